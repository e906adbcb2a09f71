"""One person's way through the clock: what happens to them, when, and the work that it makes fall due.

The kernels that live the nation live this person too, in a unit of their own with one officer of each grade, so a
traced life is the life that a run would give to the same key.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from capacity_sim import streams
from capacity_sim.errors import Fault, UsageError
from capacity_sim.model import areas, arrays, people
from capacity_sim.model.delivery import RISK
from capacity_sim.model.engine import World
from capacity_sim.model.loading import START
from capacity_sim.model.people import CUSTODY, ENDED, RECALLED, TAG
from capacity_sim.model.places import ALLOTTED
from capacity_sim.model.records import EVENT, OUT
from capacity_sim.model.result import EVENTS

MINUTES_AN_HOUR = 60
FLAGS = (
    "mappa", "national_security", "child_protection", "intensive_court",
    "unpaid_work", "programme", "tag", "rehabilitation",
)  # fmt: skip
_ROOM = 64
_INSIDE = (CUSTODY, RECALLED)
_GRADES_OF_OFFICERS = ("PO", "PSO")


@dataclass(frozen=True)
class Week:
    """A week of a traced life.

    Attributes
    ----------
    monday : datetime.date
    state : str
        Where the person is at the end of the week.
    events : tuple of str
        What happened.
    suspended : bool
        Whether contact is suspended at the end of the week.
    work : dict of str to int
        Pieces of work that fell due, by activity.
    """

    monday: dt.date
    state: str
    events: tuple[str, ...]
    suspended: bool
    work: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Traced:
    """A traced life.

    Attributes
    ----------
    about : dict
        Who it is: start_type, start, risk, flags, length_days, band, determinate, score, needs_po.
    facts : dict
        What comes of it, by name; a date, a number, or None for what does not happen within the run.
    weeks : tuple of Week
        From the start to the end of the sentence or of the run.
    """

    about: dict[str, object]
    facts: dict[str, dt.date | float | None]
    weeks: tuple[Week, ...]


def follow(world: World, key: int, start_type: str, start: dt.date) -> Traced:
    """Life of one person under the rules of a world.

    Parameters
    ----------
    world : World
        From `capacity_sim.model.engine.prepare`; made with ``delivery=False`` it is quicker and says the same.
    key : int
        Who it is: draws about the person hang on it.
    start_type : {"community_order", "suspended_sentence", "custody"}
        What the court passes, before any rule that diverts it.
    start : datetime.date
        Day of the sentence, from the data's date to the end of the run.

    Returns
    -------
    Traced
        The facts are days (release, sentence_end, supervision_end, suspended_from), weeks (weeks_inside, weeks_outside,
        weeks_suspended, weeks_tagged, fte_weeks), counts (starts, recalls, appointments, unpaid_days,
        unpaid_work_returns, programme_sessions) and hours of work due, support of other grades apart (hours_original,
        hours_policy, hours_staff_reported; on the policy timing hours_PO, hours_PSO, hours_other, hours.<activity>).

    Raises
    ------
    UsageError
        When the day is outside the run, or the start type is unknown.
    """
    catalogue, calendar, clocks = world.catalogue, world.calendar, world.clocks
    types = catalogue.dimensions["start_type"]
    if start_type not in types:
        raise UsageError(Fault("unknown-word", f"`{start_type}` is not a start type"))
    day = calendar.day(start)
    row = day // 7 + clocks.warm_up
    if day < 0 or row >= clocks.n_weeks:
        raise UsageError(Fault("outside-run", f"{start} is outside the run, {calendar.day0} to {calendar.end}"))
    kind = types.index(start_type)
    monthly = world.parameters.weekly("people.starts.monthly")[:, kind]
    ceiling = monthly[0] * float(world.parameters.fixed("people.starts.ceiling"))
    about: dict[str, object] = {"start_type": start_type, "start": start, "key": key}
    if float(streams.uniforms(np.array([key], np.uint64), streams.THIN)[0]) * ceiling >= monthly[row]:
        return Traced(about, {"starts": 0.0}, ())
    became = int(people.starts_as(clocks, np.uint64(key), kind, row))
    one = _Alone(world, key, became, day)
    return one.live(about, row)


class _Alone:
    """A unit of one person and two officers."""

    def __init__(self, world: World, key: int, kind: int, day: int) -> None:
        self.world, self.kind = world, kind
        catalogue = world.catalogue
        self.pools = areas.pools(catalogue)
        unit_pools = [i for i, pool in enumerate(self.pools) if pool.level == areas.UNIT]
        self.pool_desk = np.full(len(self.pools), -1, np.int64)
        self.pool_desk[unit_pools] = np.arange(len(unit_pools))
        n_acts, n_areas = len(catalogue.activities), len(catalogue.dimensions["area"])
        officers = len(unit_pools)
        self.start = np.array([(key, day, kind, -1)], START)
        self.persons = arrays.empty_persons(1, 2, world.clocks.n_weeks)
        self.persons.gate[..., ALLOTTED] = 1  # alone, there is always a place
        room = world.work.room * _ROOM + arrays.SPARE_ROOM
        groups = len(areas.groups(catalogue))
        self.desks = arrays.empty_desks(1, officers + 2, room, world.clocks.n_weeks, groups, n_acts, n_areas, officers)
        self.desks.desk["group"][0, self.pool_desk[unit_pools]] = np.array(unit_pools) + len(areas.CASE_GROUPS)
        for grade in range(len(areas.CASE_GROUPS)):
            self.desks.desk["group"][0, officers + grade] = self.desks.desk["grade"][0, officers + grade] = grade
            self.desks.desk["base"][0, officers + grade] = 1
        self.books = arrays.empty_books(1, n_acts, len(self.pools), n_areas, room)
        self.work = world.work._replace(deliver=0)

    def live(self, about: dict[str, object], first: int) -> Traced:
        """Live week by week from the week of the start, and write down what comes."""
        world, clocks = self.world, self.world.clocks
        at, status = np.array([first], np.int64), np.zeros(1, np.int64)
        offset = np.array([0, 1], np.int64)
        scratch = arrays.new_scratch(len(self.work.item), self.persons.rec.shape[1])
        weeks: list[Week] = []
        count: Counter[str] = Counter()
        minutes = np.zeros((len(world.catalogue.activities), 3, 3))
        fte = 0.0
        when: dict[str, dt.date | float | None] = dict.fromkeys(("release", "supervision_end", "suspended_from"))
        for row in range(first, clocks.n_weeks):
            arrays.run_units(
                self.persons, clocks, self.work, self.desks, self.books, scratch, self.start, offset, status,
                at, self.pool_desk, 0, 1, row + 1,
            )  # fmt: skip
            if row == first:
                about.update(self.who())
                if self.kind == CUSTODY:
                    when["release"] = self.date(int(self.persons.rec[0, 0]["released"]))
                when["sentence_end"] = self.date(int(self.persons.rec[0, 0]["end"]))
            week, due = self.week(row)
            weeks.append(week)
            minutes += due
            fte += self.fte(due, row)
            count.update(week.events)
            count.update({f"pieces {name}": pieces for name, pieces in week.work.items()})
            if week.state == "ended":
                when["supervision_end"] = week.monday
                break
            inside = world.catalogue.dimensions["state"].index(week.state) in _INSIDE
            count["inside" if inside else "outside"] += 1
            count["suspended"] += week.suspended
            count["tagged"] += not inside and bool(self.persons.rec[0, 0]["flags"] & TAG)
            if week.suspended and when["suspended_from"] is None:
                when["suspended_from"] = week.monday
        return Traced(about, when | self.facts(count, minutes, fte), tuple(weeks))

    def facts(self, count: Counter[str], minutes: np.ndarray, fte: float) -> dict[str, dt.date | float | None]:
        """Counts and hours of the whole life."""
        names = [activity.id for activity in self.world.catalogue.activities]
        hours = minutes / MINUTES_AN_HOUR
        by_grade = hours[:, :, 1].sum(axis=0)
        found: dict[str, dt.date | float | None] = {
            "starts": 1.0,
            "weeks_inside": float(count["inside"]),
            "weeks_outside": float(count["outside"]),
            "weeks_suspended": float(count["suspended"]),
            "weeks_tagged": float(count["tagged"]),
            "recalls": float(count["recall"]),
            "appointments": float(count["pieces contact"]),
            "unpaid_days": float(count["pieces unpaid_work_day"]),
            "unpaid_work_returns": float(count["pieces unpaid_work_return"]),
            "programme_sessions": float(count["pieces programme_session"]),
            "fte_weeks": fte,
            "hours_original": float(hours[..., 0].sum()),
            "hours_policy": float(hours[..., 1].sum()),
            "hours_staff_reported": float(hours[..., 2].sum()),
            "hours_PO": float(by_grade[0]),
            "hours_PSO": float(by_grade[1]),
            "hours_other": float(by_grade[2]),
        }
        found |= {f"hours.{name}": float(hours[a, :, 1].sum()) for a, name in enumerate(names) if hours[a].any()}
        return found

    def who(self) -> dict[str, object]:
        """Who the person is, as the record of the first week says."""
        dims = self.world.catalogue.dimensions
        rec, cold = self.persons.rec[0, 0], self.persons.cold[0, 0]
        return {
            "starts_as": dims["start_type"][self.kind],
            "risk": dims["risk"][int(rec["risk"])],
            "flags": [name for bit, name in enumerate(FLAGS) if int(rec["flags"]) >> bit & 1],
            "length_days": int(cold["length"]),
            "band": dims["length_band"][int(cold["band"])],
            "determinate": dims["determinate"][int(cold["extended"])],
            "score": int(rec["score"]),
            "needs_po": bool(cold["needs_po"]),
        }

    def week(self, row: int) -> tuple[Week, np.ndarray]:
        """What the week just lived brought: the week, and minutes due (activity, PO or PSO or other, basis)."""
        world, meta = self.world, self.persons.meta[0]
        names = [activity.id for activity in world.catalogue.activities]
        events = tuple(name for k, name in enumerate(EVENTS) for _ in range(int(meta[EVENT + k])))
        meta[EVENT:] = 0
        due = self.books.due[0].astype(float)
        pooled = world.work.act["main"][: len(names)] >= 0
        due[pooled, 2] += due[pooled, 0]
        due[pooled, 0] = 0
        counted = self.desks.work[0, : len(names), :, 0].sum(axis=1)
        pieces = Counter({names[a]: int(n) for a, n in enumerate(counted) if n})
        for sent in self.books.out[0, : meta[OUT]]:
            a, risk = int(sent["act"]), int(sent["risk"]) & RISK
            pieces[names[a]] += 1
            due[a, 2] += world.work.timing[row, a, risk, :3] * float(sent["duration"]) / 1024
        self.books.due[0] = 0
        self.desks.work[0] = 0
        meta[OUT] = 0
        state = int(self.persons.rec[0, 0]["state"])
        if state == ENDED:
            return Week(self.date(7 * (row - world.clocks.warm_up)), "ended", events, False, dict(pieces)), due
        stopped = False
        if state not in _INSIDE:
            end_of_week = 7 * (row - world.clocks.warm_up + 1)
            stopped = bool(arrays.contact_of(self.persons, self.work, 0, row, end_of_week)[2])
        monday = self.date(7 * (row - world.clocks.warm_up))
        return Week(monday, world.catalogue.dimensions["state"][state], events, stopped, dict(pieces)), due

    def fte(self, due: np.ndarray, row: int) -> float:
        """Weeks of one full-time officer that the minutes of a week need, on the policy timing."""
        world = self.world
        grades = world.catalogue.dimensions["grade"]
        total = 0.0
        for a, activity in enumerate(world.catalogue.activities):
            grade = activity.spec["grade"]
            names = (*_GRADES_OF_OFFICERS, str(activity.spec.get("moves_to", grade)) if grade == "case" else grade)
            for column, name in enumerate(names):
                if due[a, column, 1]:
                    total += due[a, column, 1] / world.productive[row, grades.index(name)]
        return total

    def date(self, day: int) -> dt.date:
        """Date of a day of the run."""
        return self.world.calendar.date(day)
