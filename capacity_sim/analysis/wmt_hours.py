"""Hours and available points of the two public workload tools: defaults by grade, reductions, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import trunc

from capacity_sim.analysis.wmt_rules import WMT, check_rules, exact, half_up, held, refuse
from capacity_sim.data.wmt_points import WorkloadPoints
from capacity_sim.errors import did_you_mean, one_of

STATUSES = ("ACTIVE", "SCHEDULED", "ARCHIVED", "DELETED")
#: a grade that the tool does not support; any other name it does not know counts as a PO, or as nobody
NO_GRADE = "UNSUPPORTED"
_PSO = ("PSO", "PSO_B")
_TRAINEE = ("TPO", "PQIP")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours a week that a person's available points rest on.

    Parameters
    ----------
    base : float
        Contracted hours where a number is held, otherwise the default of the grade.
    default : float
        Default of the grade, by which the points of a full-time week are divided.
    """

    base: float
    default: float


def _grade(grade: object) -> str:
    """Grade in capitals; an unwritten grade is ``DMY``, the services' own word for none recorded."""
    if grade is None:
        return "DMY"
    if not isinstance(grade, str) or not grade.strip():
        refuse("bad-grade", f"`{grade}` is not a grade", "write its short name, such as `PO`")
    return grade.strip().upper().replace("-", "_").replace(" ", "_")


def base_hours(rules: str, grade: str | None, contracted: float | None, defaults: Mapping[str, float]) -> Hours | None:
    """Hours a week that available points rest on, and the default of the grade.

    Parameters
    ----------
    rules : {"wmt", "hmpps-workload"}
        Under ``wmt`` every grade but PSO and SPO has the PO's default; under ``hmpps-workload`` every grade but PO,
        trainee and PSO has the SPO's.
    grade : str or None
        Grade as the services write it; None is one that nobody recorded.
    contracted : float or None
        Contracted hours a week; None where none are recorded.
    defaults : mapping of grade to float
        Hours a week of a PO, PSO and SPO.

    Returns
    -------
    Hours or None
        None for a grade that ``wmt`` does not support.

    Examples
    --------
    >>> base_hours("wmt", "TPO", None, {"PO": 37, "PSO": 37, "SPO": 0})
    Hours(base=37.0, default=37.0)
    >>> base_hours("hmpps-workload", "NQO", 37, {"PO": 37, "PSO": 37, "SPO": 0})
    Hours(base=37.0, default=0.0)
    """
    check_rules(rules)
    name = _grade(grade)
    if rules == WMT:
        if name.startswith(NO_GRADE):
            return None
        key = "PSO" if name in _PSO else "SPO" if name == "SPO" else "PO"
    else:
        key = "PO" if name in ("PO", *_TRAINEE) else "PSO" if name == "PSO" else "SPO"
    default = exact(held(defaults, key, "the default hours"), f"the default hours of `{key}`", least=0)
    base = default if contracted is None else exact(contracted, "contracted hours", least=0)
    return Hours(float(base), float(default))


def nominal_target(rules: str, grade: str | None, targets: Mapping[str, float]) -> float:
    """Points of a full-time week for a grade.

    Under ``wmt`` a PSO has its own and every other grade the PO's; under ``hmpps-workload`` an SPO has its own.

    Examples
    --------
    >>> [nominal_target("wmt", grade, {"PO": 2, "PSO": 1}) for grade in ("PSO", "PSO_B", "SPO")]
    [1.0, 2.0, 2.0]
    """
    own = "PSO" if check_rules(rules) == WMT else "SPO"
    key = own if _grade(grade) == own else "PO"
    return float(exact(held(targets, key, "the points of a full-time week"), f"points of `{key}`", least=0))


def available_points(
    rules: str,
    grade: str | None,
    contracted: float | None,
    reduction: float,
    nominal: float,
    defaults: Mapping[str, float],
) -> int:
    """Points a week that a person has to give.

    Parameters
    ----------
    rules, grade, contracted, defaults
        As in `base_hours`.
    reduction : float
        Hours a week that reductions take off.
    nominal : float
        Points of a full-time week.

    Returns
    -------
    int
        Points times hours left by default hours, cut off towards zero. 0 where hours or the default are 0. More
        reductions than hours make it negative under ``wmt`` and 0 under ``hmpps-workload``.

    Examples
    --------
    >>> hours = {"PO": 37, "PSO": 37, "SPO": 0}
    >>> [available_points(rules, "PO", 30, 37, 2176, hours) for rules in ("wmt", "hmpps-workload")]
    [-411, 0]
    """
    hours = base_hours(rules, grade, contracted, defaults)
    taken = exact(reduction, "the hours of reductions", least=0)
    week = exact(nominal, "the points of a full-time week", least=0)
    if hours is None or hours.default == 0 or hours.base == 0:
        return 0
    left, default = exact(hours.base, "hours") - taken, exact(hours.default, "hours")
    if rules == WMT:
        return trunc(week * left / default)
    return trunc(week * half_up(left / default, 15)) if left > 0 else 0


def offered_hours(contracted: float, percent: float | None) -> float:
    """Hours a week that a reason for a reduction offers: a share of contracted hours, to two digits.

    Without a share up to all contracted hours may be entered; never more than those.

    Examples
    --------
    >>> offered_hours(37, 47), offered_hours(37, None)
    (17.39, 37.0)
    """
    hours = exact(contracted, "contracted hours", least=0)
    if percent is None:
        return float(hours)
    return float(min(half_up(hours * exact(percent, "the share", least=0) / 100, 2), hours))


def counted_hours(reductions: Iterable[tuple[float, str | None, bool]]) -> float:
    """Hours a week that reductions take off: those that are active and whose reason is enabled.

    Parameters
    ----------
    reductions : iterable of (float, str or None, bool)
        Hours a week, status, and whether the reason is enabled. They are not capped at the contracted hours.

    Examples
    --------
    >>> counted_hours([(9, "ACTIVE", True), (4, "SCHEDULED", True), (5, "ACTIVE", False), (7, None, True)])
    9.0
    """
    found = Fraction(0)
    for hours, status, enabled in reductions:
        number = exact(hours, "the hours of a reduction", least=0)
        if status is not None and status not in STATUSES:
            hint = did_you_mean(str(status), STATUSES, f"use {one_of(STATUSES)}")
            refuse("unknown-status", f"`{status}` is not a status of a reduction", hint)
        found += number if status == "ACTIVE" and enabled else 0
    return float(found)


def reduction_percent(reduction: float, contracted: float) -> float:
    """Hours of reductions as a percentage of contracted hours; 0 where there are no hours."""
    hours = exact(contracted, "contracted hours", least=0)
    return float(exact(reduction, "the hours of reductions", least=0) / hours * 100) if hours else 0.0


@dataclass(frozen=True, slots=True)
class Reduction:
    """Hours a week that are taken off between two days, both inclusive; without an end they stay off.

    Parameters
    ----------
    hours : float
        Hours a week.
    start, end : datetime.date, optional
        First and last day.
    reason : str
        Why, in words.
    deleted : bool
        Whether it was taken back; then it never counts.

    Examples
    --------
    >>> one = Reduction(7.4, date(2024, 1, 8), date(2024, 10, 7), "newly qualified")
    >>> [one.status(day) for day in (date(2024, 1, 7), date(2024, 10, 7), date(2024, 10, 8))]
    ['SCHEDULED', 'ACTIVE', 'ARCHIVED']
    """

    hours: float
    start: date | None = None
    end: date | None = None
    reason: str = ""
    deleted: bool = False

    def __post_init__(self) -> None:
        """Refuse hours below zero and dates the wrong way round."""
        exact(self.hours, "the hours of a reduction", least=0)
        if self.start is not None and self.end is not None and self.end < self.start:
            refuse("dates-reversed", f"a reduction ends on {self.end}, before it starts on {self.start}", "swap them")

    def status(self, on: date) -> str:
        """Status on a day, as the tool calls it."""
        if self.deleted:
            return "DELETED"
        if self.start is not None and on < self.start:
            return "SCHEDULED"
        return "ARCHIVED" if self.end is not None and on > self.end else "ACTIVE"


def reduction_for(
    reason: str, contracted: float, points: WorkloadPoints, start: date | None = None, end: date | None = None
) -> Reduction:
    """Reduction of a published share of contracted hours.

    Examples
    --------
    >>> from capacity_sim.data.wmt_points import load_points
    >>> reduction_for("newly_qualified", 37, load_points()).hours
    7.4
    """
    if reason not in points.reasons:
        hint = did_you_mean(reason, points.reasons, f"there are {one_of(points.reasons, most=20)}")
        refuse("unknown-reason", f"`{reason}` is not a reason for a reduction", hint)
    share = points.reasons[reason].percent
    if share is None:
        hint = f"at most {points.reasons[reason].most_percent:g} per cent; write a `Reduction` with its hours"
        refuse("no-share", f"`{reason}` has no share of its own", hint)
    return Reduction(offered_hours(contracted, share), start, end, reason)
