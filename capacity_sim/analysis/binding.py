"""Why a goal cannot be met: the rules that bind, from the parameters and the calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from capacity_sim.analysis.answers import Point
from capacity_sim.analysis.goals import SLIP, Goal, Lever
from capacity_sim.analysis.levers import Bench
from capacity_sim.calendars import Calendar, add_months
from capacity_sim.data import DataSet
from capacity_sim.errors import one_of
from capacity_sim.model.joiners import INTAKE_MONTHS
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change

#: start of the parameters that say how many trainees come
_TRAINEES = "staff.trainee.starts"
#: months from start to qualification, full-time and part-time where a catalogue tells them apart
_MONTHS = ("staff.trainee.months", "staff.trainee.part_time_months")
#: outputs that more officers move
_STAFF = ("gap_fte", "shortfall_fte", "available_fte", "in_post_fte", "workload_pct")


@dataclass(frozen=True)
class Training:
    """When trainees can be officers.

    Parameters
    ----------
    months : int
        Least months from start to qualification.
    last : datetime.date
        Last intake that is qualified in the month of the goal, or before.
    first : datetime.date
        First intake that a lever can move.
    """

    months: int
    last: dt.date
    first: dt.date

    @property
    def qualified(self) -> dt.date:
        """Month in which the first intake that a lever can move is qualified."""
        return add_months(self.first, self.months)

    @property
    def binds(self) -> bool:
        """Whether no intake that the lever can move is qualified in time."""
        return self.first > self.last


def training(months: int, goal_month: str, from_: dt.date) -> Training:
    """When trainees who start from a day can be officers.

    Parameters
    ----------
    months : int
        Months from start to qualification.
    goal_month : str
        Month in which they are to be officers.
    from_ : datetime.date
        First day on which a lever moves intakes.

    Examples
    --------
    >>> found = training(27, "2027-04", dt.date(2026, 4, 1))
    >>> found.last.isoformat(), found.first.isoformat(), found.qualified.isoformat(), found.binds
    ('2024-09-01', '2026-09-01', '2028-12-01', True)
    """
    end = dt.date(int(goal_month[:4]), int(goal_month[5:7]), 1)
    last = add_months(end, -months)
    while last.month - 1 not in INTAKE_MONTHS:
        last = add_months(last, -1)
    first = dt.date(from_.year, from_.month, 1)
    if from_.day > 1:
        first = add_months(first, 1)
    while first.month - 1 not in INTAKE_MONTHS:
        first = add_months(first, 1)
    return Training(months, last, first)


def reasons(bench: Bench, goal: Goal, point: Point, data: DataSet, calendar: Calendar) -> tuple[str, ...]:
    """Sentences that say which rules bind at a place: what keeps it from doing more.

    Parameters
    ----------
    bench : Bench
        The scenario and its levers.
    goal : Goal
        What is wanted.
    point : Point
        The answer, or the nearest place that the search found.
    data : DataSet
        Baseline values.
    calendar : Calendar
        Weeks of the run.
    """
    at = point.at or tuple(lever.low for lever in bench.levers)
    scenario = bench.at(at)
    parameters = Parameters(bench.catalogue, data.values, scenario.changes, calendar)
    said: list[str] = []
    for lever, value in zip(bench.levers, at, strict=True):
        if lever.path is not None and lever.path.startswith(_TRAINEES) and goal.measure in _STAFF:
            said += _of_training(lever, goal, parameters, calendar)
        elif lever.part is not None:
            said += _of_part(bench, lever, goal, value, scenario.changes, point.over > 0)
    return tuple(said)


def _of_training(lever: Lever, goal: Goal, parameters: Parameters, calendar: Calendar) -> list[str]:
    months = qualifying_months(parameters)
    found = training(min(months), goal.month, lever.date or calendar.day0)
    durations = one_of(f"{n}" for n in months).replace("`", "")
    takes = f"A trainee qualifies {durations} months after the start, and trainees start in {_intakes()}"
    last = (
        f"the last intake that can be an officer by {_month(goal.month)} is that of {_month(found.last)}"
    )
    if found.binds:
        return [
            f"{takes}: {last}. The first intake that `{lever.what}` moves is that of {_month(found.first)}, qualified "
            f"in {_month(found.qualified)}. Until then it gives only the part of a PSO's time that a trainee has.",
        ]
    return [f"{takes}: {last}, so only the intakes from {_month(found.first)} to then can give officers in time."]


def qualifying_months(parameters: Parameters) -> tuple[int, ...]:
    """Months from start to qualification, each way of training once, shortest first."""
    known = [path for path in _MONTHS if path in parameters.catalogue.parameters]
    values = [np.rint(parameters.fixed(path)).astype(int).ravel() for path in known]
    return tuple(int(value) for value in np.unique(np.concatenate(values)))


def _of_part(
    bench: Bench, lever: Lever, goal: Goal, value: float, changes: Sequence[Change], missed: bool
) -> list[str]:
    """What keeps a part from doing more: that it starts too late, or that it is in force whole already."""
    ids = bench.family[lever.part or ""]
    mine = [change for change in changes if change.id in ids]
    dated = sorted((change.start, change.id) for change in mine if change.start is not None)
    late = [name for day, name in dated if day.isoformat()[:7] > goal.month]
    if dated and len(late) == len(mine):
        first = dated[0][0]
        return [f"`{lever.part}` starts on {_day(first)}, after {_month(goal.month)}, so it moves nothing by then."]
    ramps = [
        (change.start, change.ramp_days)
        for change in mine
        if change.start is not None and change.ramp_days and change.start.isoformat()[:7] <= goal.month
    ]
    full = [start + dt.timedelta(days=days) for start, days in ramps]
    said = []
    if full and max(full).isoformat()[:7] > goal.month:
        said.append(
            f"`{lever.part}` is phased in until {_month(max(full))}, so by {_month(goal.month)} it has not its whole "
            "effect."
        )
    if missed and lever.key == SLIP and value == 0:
        said.append(f"Even if `{lever.part}` comes on the day planned, it does not do enough.")
    return said


def _intakes() -> str:
    names = [dt.date(2000, month + 1, 1).strftime("%B") for month in INTAKE_MONTHS]
    return " and ".join(names)


def _month(when: str | dt.date) -> str:
    day = dt.date(int(when[:4]), int(when[5:7]), 1) if isinstance(when, str) else when
    return day.strftime("%B %Y")


def _day(when: dt.date) -> str:
    return f"{when.day} {when.strftime('%B %Y')}"
