"""The workload tool's view of officers: points held, points available and capacity, by person and by unit.

The points are illustrative (`capacity_sim.data.wmt_points`) and rest on the original timings and contracted hours. So a
percentage never stands alone here: `Shown` holds it beside what the same work is on the two later timings. It is never
compared with the model's own `workload_pct`, which counts productive hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from capacity_sim.analysis.wmt_hours import Reduction, available_points, counted_hours, nominal_target
from capacity_sim.analysis.wmt_rules import (
    WORKLOAD,
    Cases,
    above,
    capacity_percent,
    case_points,
    check_rules,
    exact,
    refuse,
    remaining_points,
    report_points,
    total_points,
)
from capacity_sim.data.wmt_points import PersonTiers, PointSet, Rebase, WorkloadPoints, load_points, tier_name
from capacity_sim.errors import a_or_an, did_you_mean, one_of

GRADES = ("PO", "PSO", "SPO", "TPO", "PQiP", "NQO", "DMY")
#: marks of the newer screens and of the older ones, in per cent
HIGHLIGHT, RED = 100.0, 110.0
FINE, ZERO, NEGATIVE = "", "zero capacity", "negative capacity"


@dataclass(frozen=True, slots=True)
class Officer:
    """A person and the work they hold.

    Parameters
    ----------
    name : str
        Name or number, unlike any other's in its unit.
    grade : str or None
        One of `GRADES`; None where nobody recorded it.
    contracted_hours : float or None
        Hours a week; None takes the default of the grade.
    cases : tuple of Cases
        Counts by tier and place.
    unit : str
        Team, delivery unit or region to add up by.
    reductions : tuple of Reduction
        What is taken off the hours, with its days.
    standard_reports, fast_reports : float
        Court reports: standard ones of a month, and fast ones of the last thirty days.
    arms_community, arms_licence, parole_reports : float
        Assessments and reports that counted until the end of 2022.
    adjustment : float
        Points of work for others (above zero) or by others (below).
    """

    name: str
    grade: str | None
    contracted_hours: float | None
    cases: tuple[Cases, ...] = ()
    unit: str = ""
    reductions: tuple[Reduction, ...] = ()
    standard_reports: float = 0.0
    fast_reports: float = 0.0
    arms_community: float = 0.0
    arms_licence: float = 0.0
    parole_reports: float = 0.0
    adjustment: float = 0.0


@dataclass(frozen=True, slots=True)
class Shown:
    """Capacity in per cent with the same work on the later timings beside it; None where there is nothing to divide by.

    Parameters
    ----------
    percent : float or None
        Points held over points available, on the original timings and contracted hours.
    policy_adjusted, staff_reported : float or None
        The same, re-based: times the staff needed on that timing over those on the original one. Indicative.

    Examples
    --------
    >>> print(shown(118.0, load_points().rebase))
    118% on the original timings (about 179% policy-adjusted, 197% staff-reported)
    """

    percent: float | None
    policy_adjusted: float | None
    staff_reported: float | None

    def __str__(self) -> str:
        """All three, or that there is no capacity."""
        if self.percent is None or self.policy_adjusted is None or self.staff_reported is None:
            return "no capacity to divide by"
        later = f"{self.policy_adjusted:.0f}% policy-adjusted, {self.staff_reported:.0f}% staff-reported"
        return f"{self.percent:.0f}% on the original timings (about {later})"


def shown(percent: float | None, rebase: Rebase) -> Shown:
    """A percentage with its re-based values."""
    if percent is None:
        return Shown(None, None, None)
    return Shown(percent, *(percent * rebase.factor(basis) for basis in ("policy_adjusted", "staff_reported")))


@dataclass(frozen=True, slots=True)
class Row:
    """One person, unit or whole.

    Parameters
    ----------
    name, unit, grade : str
        Whose it is; `unit` and `grade` are empty for a sum.
    people : int
        People behind it.
    cases, suspended, untiered : float
        Cases held, and of those the ones that carry no points because contact is suspended or no tier is known.
    points, available, remaining : float
        Points a week held, available, and what is left.
    workload : Shown
        Capacity; without a value for someone who has none.
    state : str
        Empty, ``zero capacity`` or ``negative capacity``.
    no_capacity, points_without_capacity : int, float
        People with nothing to give, and the points that they hold all the same. They count in the sums.
    """

    name: str
    unit: str
    grade: str
    people: int
    cases: float
    suspended: float
    untiered: float
    points: float
    available: float
    remaining: float
    workload: Shown
    state: str
    no_capacity: int
    points_without_capacity: float

    def over(self, threshold: float = RED) -> bool:
        """Whether it is above a threshold in per cent; 110 is the older screens' red, 100 the newer ones' mark."""
        return self.workload.percent is not None and above(self.workload.percent, threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The view on a day: people, units as ratios of sums, and the whole.

    Parameters
    ----------
    on : datetime.date
        The day.
    rules : str
        Rule set.
    points : PointSet
        Points that were used, with their source and status.
    rebase : Rebase
        Staff needed on each timing.
    people : tuple of Row
        Every person, those without capacity among them.
    units : mapping of str to Row
        Sums by unit, in the order in which the units come.
    whole : Row
        Sum of all.
    """

    on: date
    rules: str
    points: PointSet
    rebase: Rebase
    people: tuple[Row, ...]
    units: Mapping[str, Row]
    whole: Row

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to stand wherever the figures stand."""
        found = [f"Points: {self.points.words} ({self.points.status}), on the original timings and contracted hours."]
        if self.points.replaced is not None and self.on >= self.points.replaced:
            found.append(f"The service has used other points, not public, since {self.points.replaced.isoformat()}.")
        found.append("Re-based figures are indicative: their ratio is that of all four grades together.")
        if self.whole.no_capacity:
            held = f"{self.whole.points_without_capacity:,.0f} points"
            found.append(f"{self.whole.no_capacity} of {self.whole.people} people have no capacity and hold {held}.")
        return tuple(found)


def wmt_view(
    officers: Sequence[Officer], on: date, points: WorkloadPoints | None = None, rules: str = WORKLOAD
) -> View:
    """What the workload tool would say of officers and their caseloads on a day.

    Parameters
    ----------
    officers : sequence of Officer
        The people.
    on : datetime.date
        Day for points, reductions and what counts.
    points : WorkloadPoints, optional
        Points, reductions and re-basing; those shipped for England and Wales by default.
    rules : {"hmpps-workload", "wmt"}
        Rule set.

    Raises
    ------
    UsageError
        When a grade, tier, place or number is not one, a name stands twice in a unit, or nobody is given.

    Examples
    --------
    >>> anna = Officer("Anna", "PO", 37, (Cases(15, "community", "B2"), Cases(4, "licence", "C2S")))
    >>> view = wmt_view([anna, Officer("Ben", "SPO", 37, (Cases(2, "community", "B2"),))], date(2024, 9, 2))
    >>> for row in view.people:
    ...     print(row.name, row.points, row.available, row.workload, row.state)
    Anna 1725 2176 79% on the original timings (about 121% policy-adjusted, 132% staff-reported)
    Ben 230 0 no capacity to divide by zero capacity
    >>> view.whole.workload.percent, view.whole.no_capacity
    (89.8, 1)
    """
    check_rules(rules)
    held = points if points is not None else load_points()
    row = held.in_force(on)
    if not officers:
        refuse("nobody", "there is nobody to show", "give at least one officer")
    for (unit, name), times in Counter((one.unit, one.name) for one in officers).items():
        if times > 1:
            refuse("duplicate-officer", f"`{name}` stands twice in `{unit}`", "give each person a name of their own")
    people = tuple(_person(one, on, row, held.rebase, rules) for one in officers)
    units = {
        unit: _sum(unit, [one for one in people if one.unit == unit], held.rebase, rules)
        for unit in dict.fromkeys(one.unit for one in people)
    }
    whole = _sum("all", people, held.rebase, rules)
    return View(
        on=on,
        rules=rules,
        points=row,
        rebase=held.rebase,
        people=people,
        units=MappingProxyType(units),
        whole=whole,
    )


def _person(one: Officer, on: date, row: PointSet, rebase: Rebase, rules: str) -> Row:
    if one.grade is not None and one.grade not in GRADES:
        hint = did_you_mean(one.grade, GRADES, f"use {one_of(GRADES)}, or None")
        refuse("unknown-grade", f"`{one.grade}` of `{one.name}` is not a grade of the workload tool", hint)
    nominal = nominal_target(rules, one.grade, row.nominal)
    taken = counted_hours((cut.hours, cut.status(on), True) for cut in one.reductions)
    available = available_points(rules, one.grade, one.contracted_hours, taken, nominal, row.hours)
    points = total_points([case_points(one.cases, row), _reports(one, on, row), one.adjustment])
    kinds = [(cases.count, tier_name(cases.tier, row.community)) for cases in one.cases]
    state = FINE if available > 0 else NEGATIVE if available < 0 else ZERO
    percent = capacity_percent(rules, points, available) if available > 0 else None
    return Row(
        name=one.name,
        unit=one.unit,
        grade=one.grade or "",
        people=1,
        cases=sum(count for count, _ in kinds),
        suspended=sum(count for count, tier in kinds if tier is not None and tier.endswith("S")),
        untiered=sum(count for count, tier in kinds if tier is None),
        points=points,
        available=available,
        remaining=remaining_points(points, available),
        workload=shown(percent, rebase),
        state=state,
        no_capacity=int(available <= 0),
        points_without_capacity=float(points if available <= 0 else 0),
    )


def _reports(one: Officer, on: date, row: PointSet) -> float:
    found = [(one.standard_reports, row.reports["standard"]), (one.fast_reports, row.reports["fast"])]
    if on <= row.arms_and_parole_until:
        found += [
            (one.arms_community, row.arms["community"]),
            (one.arms_licence, row.arms["licence"]),
            (one.parole_reports, row.parole),
        ]
    return report_points(found)


def _sum(name: str, rows: Sequence[Row], rebase: Rebase, rules: str) -> Row:
    """Sum of rows, with the ratio of their sums."""
    points, available = sum(one.points for one in rows), sum(one.available for one in rows)
    percent = capacity_percent(rules, points, available) if available > 0 else None
    return Row(
        name=name,
        unit="",
        grade="",
        people=sum(one.people for one in rows),
        cases=sum(one.cases for one in rows),
        suspended=sum(one.suspended for one in rows),
        untiered=sum(one.untiered for one in rows),
        points=points,
        available=available,
        remaining=remaining_points(points, available),
        workload=shown(percent, rebase),
        state=FINE if available > 0 else NEGATIVE if available < 0 else ZERO,
        no_capacity=sum(one.no_capacity for one in rows),
        points_without_capacity=sum(one.points_without_capacity for one in rows),
    )


def cases_of(
    people: Mapping[tuple[str, str], float],
    mapping: PersonTiers,
    on: date,
    suspended: Mapping[tuple[str, str], float] | None = None,
) -> tuple[Cases, ...]:
    """Simulated people by risk and state as cases of the workload tool, through a stated and dated assumption.

    Parameters
    ----------
    people : mapping of (risk, state) to float
        People supervised, without those in `suspended`.
    mapping : PersonTiers
        Which risk is which tier, and which state which place.
    on : datetime.date
        Day of the caseload; before the mapping begins it is refused.
    suspended : mapping of (risk, state) to float, optional
        People whose contact is suspended: they stay on the count, without points.

    Examples
    --------
    >>> mapping = load_points().mapping
    >>> day = date(2024, 9, 2)
    >>> cases_of({("high", "licence"): 6.0}, mapping, day, suspended={("medium", "licence"): 2.0})
    (Cases(count=6.0, location='licence', tier='B2', ...), Cases(count=2.0, location='licence', tier='C2S', ...))
    """
    if on < mapping.start:
        hint = f"it is stated from {mapping.start.isoformat()}"
        refuse("no-mapping", f"no tiers of simulated people are stated for {on.isoformat()}", hint)
    return tuple(
        Cases(count, location, f"{tier}{suffix}")
        for table, suffix in ((people, ""), (suspended or {}, "S"))
        for count, tier, location in _mapped(table, mapping)
    )


def _mapped(table: Mapping[tuple[str, str], float], mapping: PersonTiers) -> Iterable[tuple[float, str, str]]:
    for (risk, state), count in table.items():
        for name, known, kind in ((risk, mapping.tier, "risk"), (state, mapping.location, "state")):
            if name not in known:
                hint = did_you_mean(name, known, f"use {one_of(known)}")
                refuse(f"unknown-{kind}", f"`{name}` is not {a_or_an(kind)}", hint)
        exact(count, "the number of people", least=0)
        yield count, mapping.tier[risk], mapping.location[state]
