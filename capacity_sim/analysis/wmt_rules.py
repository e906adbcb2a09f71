"""The arithmetic of the two public workload tools: points of cases and reports, and capacity in per cent.

Two rule sets stand side by side. ``wmt`` is the workload measurement tool: it truncates available points towards zero
and lets reductions make them negative. ``hmpps-workload`` is the newer service behind the allocation screens: it rounds
the share of hours to 15 digits, never goes below zero and rounds percentages to one digit. Numbers are exact inside:
a decimal that comes in is taken as it is written, never as the nearest binary number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor, isfinite
from numbers import Integral, Real
from typing import NoReturn

from capacity_sim.data.wmt_points import Weights, location_name
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of

WMT = "wmt"
WORKLOAD = "hmpps-workload"
RULE_SETS = (WMT, WORKLOAD)
_INACTIVE = ("warrants", "unpaid_work", "overdue")


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise a `UsageError` with one fault."""
    raise UsageError(Fault(code, message, hint=hint))


def exact(value: object, what: str, *, least: float | None = None) -> Fraction:
    """Value of a number as it is written in decimals.

    Raises
    ------
    UsageError
        When it is not a finite number, or below `least`.

    Examples
    --------
    >>> exact(0.1, "hours") == Fraction(1, 10)
    True
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
        refuse("bad-number", f"{what} is `{value}`, which is not a number", "write a number without a unit")
    found = Fraction(int(value)) if isinstance(value, Integral) else _decimal(value)
    if least is not None and found < Fraction(least):
        refuse("negative-number", f"{what} is `{value}`, below {least:g}", "correct the number")
    return found


def _decimal(value: Real) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def half_up(value: Fraction, places: int) -> Fraction:
    """Value rounded to decimal places, halves away from zero.

    Examples
    --------
    >>> float(half_up(Fraction("12.25"), 1)), float(half_up(Fraction("-12.25"), 1))
    (12.3, -12.3)
    """
    scale = 10**places
    size = Fraction(floor(abs(value) * scale + Fraction(1, 2)), scale)
    return size if value >= 0 else -size


def check_rules(rules: str) -> str:
    """Name of a rule set.

    Raises
    ------
    UsageError
        When it is not one.
    """
    if rules not in RULE_SETS:
        hint = did_you_mean(str(rules), RULE_SETS, f"use {one_of(RULE_SETS)}")
        refuse("unknown-rules", f"`{rules}` is not a rule set of the workload tool", hint)
    return rules


def held(table: Mapping[str, float], key: str, what: str) -> float:
    """Value of a table that must hold it."""
    if key not in table:
        refuse("missing-value", f"{what} holds nothing for `{key}`", f"it holds {one_of(table)}")
    return table[key]


def tier_points(
    cases: float,
    points_each: float,
    inactive: Mapping[str, float] | None = None,
    kept_percent: Mapping[str, float] | None = None,
) -> float:
    """Points of the cases of one tier in one location.

    Parameters
    ----------
    cases, points_each : float
        Cases, and points a week of each.
    inactive : mapping of str to float, optional
        Of those, how many are ``warrants``, ``unpaid_work`` and ``overdue``. Given for transition-to-adulthood cases
        only: other inactive cases never reach the count.
    kept_percent : mapping of str to float, optional
        Share of the points that is kept of each; at or below 0 all are taken off, at or above 100 none.

    Examples
    --------
    >>> tier_points(10, 1, {"warrants": 1, "unpaid_work": 1}, {"warrants": 75, "unpaid_work": 50})
    9.25
    """
    each = exact(points_each, "the points of a case", least=0)
    found = exact(cases, "the number of cases", least=0) * each
    for kind, number in (inactive or {}).items():
        if kind not in _INACTIVE:
            refuse("unknown-flag", f"`{kind}` is not a kind of inactive case", f"use {one_of(_INACTIVE)}")
        count = exact(number, f"the number of `{kind}`", least=0)
        if count:
            kept = exact(held(kept_percent or {}, kind, "the shares kept"), f"the share kept of `{kind}`")
            found -= count * each * (100 - min(max(kept, Fraction(0)), Fraction(100))) / 100
    return float(found)


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases of one tier in one place.

    Parameters
    ----------
    count : float
        How many; a mean over replications need not be whole.
    location : str
        ``community``, ``licence``, ``custody``, or ``unknown``, which carries no points.
    tier : str or None
        Such as ``B2``, or ``B2S`` when contact is suspended; None or ``untiered`` carries no points.
    t2a : bool
        Whether they are in transition to adulthood.
    inactive : mapping of str to float
        Of transition-to-adulthood cases, those on warrant, on unpaid work only or overdue.
    """

    count: float
    location: str
    tier: str | None
    t2a: bool = False
    inactive: Mapping[str, float] | None = None


def case_points(cases: Iterable[Cases], weights: Weights) -> float:
    """Points a week of a caseload.

    Examples
    --------
    >>> from datetime import date
    >>> from capacity_sim.data.wmt_points import load_points
    >>> weights = load_points().in_force(date(2024, 4, 1))
    >>> case_points([Cases(15, "community", "B2"), Cases(3, "community", "B2S")], weights)
    1725.0
    """
    found = Fraction(0)
    for one in cases:
        if one.inactive and not one.t2a:
            hint = "leave them out of the count, as the tool's own extract does"
            refuse("inactive-case", "inactive cases are taken off transition-to-adulthood cases only", hint)
        each = weights.case(one.tier, one.location, one.t2a)
        found += exact(tier_points(one.count, each, one.inactive, weights.kept_percent), "points")
    return float(found)


def projected_licence_points(cases: Iterable[Cases], weights: Weights) -> float:
    """Points that the custody cases of a caseload would carry on licence, as the prison view shows them.

    Examples
    --------
    >>> from datetime import date
    >>> from capacity_sim.data.wmt_points import load_points
    >>> weights = load_points().in_force(date(2024, 4, 1))
    >>> projected_licence_points([Cases(2, "custody", "B2"), Cases(9, "community", "B2")], weights)
    264.0
    """
    inside = [one for one in cases if location_name(one.location) == "custody"]
    return case_points([replace(one, location="licence") for one in inside], weights)


def report_points(reports: Iterable[tuple[float, float]]) -> float:
    """Points of reports: the sum over kinds of their number times the points of each.

    Examples
    --------
    >>> report_points([(7, 10), (12, 2)])
    94.0
    """
    parts = [
        exact(number, "the number of reports", least=0) * exact(points, "the points of a report", least=0)
        for number, points in reports
    ]
    return float(sum(parts, Fraction(0)))


def contact_points(
    points: Mapping[str, float], done_for_others: Mapping[str, float], done_by_others: Mapping[str, float]
) -> float:
    """Points of work on other people's cases, less work that others did on this person's.

    A kind of contact without points scores nothing, as both services have it.

    Examples
    --------
    >>> contact_points({"visit": 9}, {"visit": 3, "unheard": 5}, {"visit": 1})
    18.0
    """

    def of(done: Mapping[str, float]) -> Fraction:
        parts = [
            exact(number, f"the number of `{kind}`", least=0) * exact(points.get(kind, 0), f"the points of `{kind}`")
            for kind, number in done.items()
        ]
        return sum(parts, Fraction(0))

    return float(of(done_for_others) - of(done_by_others))


def total_points(parts: Iterable[float]) -> int:
    """Sum of points, rounded to the nearest whole number at the end, halves up.

    Examples
    --------
    >>> total_points([200, -15]), total_points([0.5]), total_points([-0.5])
    (185, 1, 0)
    """
    whole = sum((exact(part, "points") for part in parts), Fraction(0))
    return floor(whole + Fraction(1, 2))


def capacity_percent(rules: str, total: float, available: float) -> float:
    """Points held as a percentage of available points; 0 where there are none, as the tools show it.

    Under ``hmpps-workload`` it is rounded to one digit (the ratio to three, halves away from zero); under ``wmt`` it is
    not rounded. `capacity_sim.analysis.wmt` reports people without capacity as such and never as this 0.

    Examples
    --------
    >>> [capacity_percent(rules, 125, 170) for rules in RULE_SETS]
    [73.52941176470588, 73.5]
    """
    check_rules(rules)
    points, there = exact(total, "the points held"), exact(available, "available points")
    if there == 0:
        return 0.0
    if rules == WMT:
        return float(points / there * 100)
    return float(half_up(points / there, 3) * 100)


def shown_percent(rules: str, total: float, available: float) -> float:
    """Capacity as the screens show it, to one digit, halves away from zero.

    Examples
    --------
    >>> shown_percent("wmt", -100, 1183)
    -8.5
    """
    check_rules(rules)
    points, there = exact(total, "the points held"), exact(available, "available points")
    return float(half_up(points / there, 3) * 100) if there else 0.0


def remaining_points(total: float, available: float) -> float:
    """Available points less points held; below zero when more is held than can be done."""
    return float(exact(available, "available points") - exact(total, "the points held"))


def combined_percent(rules: str, units: Sequence[tuple[float, float]]) -> float:
    """Capacity of several people or teams: points held by all over points available to all.

    Never the mean of their percentages.

    Parameters
    ----------
    units : sequence of (float, float)
        Points held and available points of each.

    Examples
    --------
    >>> combined_percent("wmt", [(90, 100), (35, 70)])
    73.52941176470588
    """
    points = sum((exact(one, "the points held") for one, _ in units), Fraction(0))
    there = sum((exact(one, "available points") for _, one in units), Fraction(0))
    return capacity_percent(rules, float(points), float(there))


def potential_points(total: float, points_now: float, points_then: float) -> float:
    """Points held after one allocation: `points_now` are those of the same case where it is already held, else 0.

    Examples
    --------
    >>> potential_points(500, 59, 59), potential_points(500, 0, 59)
    (500.0, 559.0)
    """
    return float(exact(total, "points") - exact(points_now, "points") + exact(points_then, "points"))


def above(percent: float, threshold: float) -> bool:
    """Whether a percentage is above a threshold; at it is not above it (110 marks red in ``wmt``)."""
    return exact(percent, "the percentage") > exact(threshold, "the threshold")
