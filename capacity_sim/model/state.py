"""A running replication: its arrays, how they are advanced, and the results that the recorder fills."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity_sim.model import areas, arrays, lending
from capacity_sim.model.delivery import DUE, N_QUEUES
from capacity_sim.model.lines import CHUNK
from capacity_sim.model.places import ALLOTTED, HELD, TAGS, WAITING
from capacity_sim.model.records import ALIVE, CHANGED, CHANGES, EVENT, EVER, OUT, OUTGOING, SENIORS
from capacity_sim.model.result import (
    CASELOAD_LIMITS,
    EVENTS,
    FLOW_MEASURES,
    SERVICE_MEASURES,
    SERVICES,
    STAFF_COUNTS,
    RunResult,
)
from capacity_sim.model.sharing import PLACES, share_out
from capacity_sim.model.status import WARM_UP_REVIEWS, Loads, Marks, Statuses

if TYPE_CHECKING:
    from capacity_sim.model.engine import World
    from capacity_sim.model.loading import Starts
    from capacity_sim.model.workforce import Workforce

Floats = npt.NDArray[np.float64]
ROOM_FOR_WORK = 6  # pieces of work a person for which there is room at first


class State:
    """Arrays of a replication: delivery units first, then teams (one for each region, one national).

    Parameters
    ----------
    world : World
    starts : list of Starts
        People of each unit.
    """

    def __init__(self, world: World, starts: list[Starts]) -> None:
        self.world = world
        catalogue, calendar, data = world.catalogue, world.calendar, world.data
        self.pools = areas.pools(catalogue)
        self.groups = areas.groups(catalogue)
        self.group_area = np.array([catalogue.place("area", area) for area, _ in self.groups], np.int64)
        self.group_grade = np.array([catalogue.place("grade", grade) for _, grade in self.groups], np.int64)
        self.n_units, self.n_regions = len(data.units), len(data.regions)
        self.n_teams = self.n_regions + 1
        self.n_blocks = self.n_units + self.n_teams
        self.pool_desk = np.full((3, len(self.pools)), -1, np.int64)
        for level in range(3):
            mine = [i for i, pool in enumerate(self.pools) if pool.level == level]
            self.pool_desk[level, mine] = np.arange(len(mine))
        self.officers = int((self.pool_desk[0] >= 0).sum())
        self._make_people(starts)
        self._make_desks(calendar.n_total)
        self._make_results(len(calendar.months))
        self.free = [list(range(self.desks.desk.shape[1] - 1, self.officers - 1, -1)) for _ in range(self.n_units)]

    def _make_people(self, starts: list[Starts]) -> None:
        sizes = [len(s) for s in starts]
        self.offset = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.starts = np.concatenate(starts)
        self.persons = arrays.empty_persons(self.n_units, max(sizes) + 1, self.world.calendar.n_total)
        self.at = np.zeros(self.n_units, np.int64)
        self.team_at = np.zeros(self.n_teams, np.int64)
        self.statuses, self.loads = Statuses(self.n_units), Loads(self.n_units)
        self.noted = np.zeros(self.n_units)  # minutes due in the books that the last review has counted

    def _make_desks(self, weeks: int) -> None:
        n_acts = len(self.world.catalogue.activities)
        n_areas = len(self.world.catalogue.dimensions["area"])
        most = int(self.world.data.people.sum(axis=1).max())
        spare = self.world.work.room * 2 * most + arrays.SPARE_ROOM
        rooms = ROOM_FOR_WORK * most + spare
        groups = len(self.groups)
        self.desks = arrays.empty_desks(
            self.n_units, self.officers, rooms, weeks, groups, n_acts, n_areas, self.officers
        )
        self.books = arrays.empty_books(self.n_units, n_acts, len(self.pools), n_areas, spare + 16 * most)
        widest = int((self.pool_desk[1:] >= 0).sum(axis=1).max())
        units_of = [np.flatnonzero(self.world.data.unit_region == r) for r in range(self.n_regions)]
        units_of.append(np.arange(self.n_units))
        self.members = np.concatenate(units_of).astype(np.int64)
        self.member_from = np.concatenate([[0], np.cumsum([len(m) for m in units_of])]).astype(np.int64)
        self.level = np.array([areas.REGION] * self.n_regions + [areas.NATION], np.int64)
        room = 4096 + 2 * int(self.world.data.people.sum() / max(1, self.n_regions))
        self.team_desks = arrays.empty_desks(self.n_teams, widest, room, weeks, groups, n_acts, n_areas, widest)
        self.team_books = arrays.empty_books(self.n_teams, n_acts, len(self.pools), n_areas, 1)
        self.cursor = np.zeros(len(self.members), np.int64)
        for level, desks in ((0, self.desks), (1, self.team_desks), (2, self.team_desks)):
            rows = slice(None) if level == 0 else np.flatnonzero(self.level == level)
            for pool, desk in enumerate(self.pool_desk[level]):
                if desk >= 0:
                    desks.desk["group"][rows, desk] = pool + len(areas.CASE_GROUPS)

    def _make_results(self, months: int) -> None:
        c = self.world.catalogue.dimensions
        n_acts, n_risk = len(self.world.catalogue.activities), len(c["risk"])
        shape = (self.n_blocks, months, len(c["area"]), len(c["grade"]))
        self.due = np.zeros((*shape, len(c["basis"])), np.int64)
        self.flow = np.zeros((*shape, len(FLOW_MEASURES)), np.int64)
        self.activity = np.zeros((self.n_blocks, months, n_acts, n_risk, 5), np.int32)
        self.lapsed = np.zeros((self.n_blocks, months, n_acts, n_risk), np.int64)
        self.people = np.zeros((self.n_units, months, len(c["state"]), n_risk, 3), np.int64)
        self.events = np.zeros((self.n_units, months, len(EVENTS)), np.int64)
        self.productive = np.zeros((months, len(c["grade"])))
        self.in_post = np.zeros(shape)
        self.available = np.zeros(shape)
        self.other = np.zeros((months, len(c["grade"])))
        self.staff_counts = np.zeros((self.n_blocks + 1, months, len(c["grade"]), len(STAFF_COUNTS)))
        self.caseload = np.zeros((self.n_units, months, 2, 2 + len(CASELOAD_LIMITS)), np.int64)
        self.changes = np.zeros((self.n_units, months), np.int64)
        self.changed = np.zeros((self.n_units, months), np.int64)
        self.unit_status = np.zeros((self.n_units, months), np.int8)
        self.services = np.zeros((self.n_units, months, len(SERVICES), len(SERVICE_MEASURES), n_risk), np.int32)

    # --- desks of named officers ------------------------------------------------------------------------------------
    def open_desks(self, units: npt.NDArray[Any], grades: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Give new officers (grade 0 PO, 1 PSO) a free desk of their unit, the one closed last first."""
        lacking = int((np.bincount(units, minlength=self.n_units) - [len(free) for free in self.free]).max())
        if lacking > 0:
            have = self.desks.desk.shape[1]
            self.desks = arrays.more_desks(self.desks, max(lacking, 32))
            for free in self.free:
                free[:0] = range(self.desks.desk.shape[1] - 1, have - 1, -1)
        desks = np.array([self.free[unit].pop() for unit in units.tolist()], np.int64)
        self.desks.desk["group"][units, desks] = grades
        self.desks.desk["grade"][units, desks] = grades
        return desks

    def close_desks(self, units: npt.NDArray[Any], desks: npt.NDArray[Any], row: int) -> None:
        """Close officers' desks in this order: cases and waiting work go to the officers with the most room."""
        self._reallocate(units.astype(np.int64), desks.astype(np.int64), row)
        for unit, desk in zip(units.tolist(), desks.tolist(), strict=True):
            self.free[unit].append(desk)

    def suspend_desks(self, units: npt.NDArray[Any], desks: npt.NDArray[Any]) -> None:
        """Give officers who are about to go no more cases."""
        self.desks.desk["base"][units, desks] = 0

    def rehome(self) -> None:
        """Cases that the seniors hold for want of an officer go to an officer as soon as there is one."""
        units = np.flatnonzero(self.desks.desk["cases"][:, SENIORS] > 0)
        self._reallocate(units, np.full(len(units), SENIORS), -1)

    def _reallocate(self, units: npt.NDArray[np.int64], desks: npt.NDArray[np.int64], closed_from: int) -> None:
        done = 0
        slots = np.empty(max(1, int(self.persons.meta[:, ALIVE].max())), np.int64)
        while done < len(units):
            places, goes = np.empty((2, max(1, int(self.desks.free[:, 1].max()) * CHUNK)), np.int64)
            done = arrays.reallocate_desks(
                self.persons, self.world.work, self.desks, units, desks, done, closed_from, slots, places, goes
            )
            if done < len(units):
                self.desks = arrays.more_room(self.desks)

    # --- time -------------------------------------------------------------------------------------------------------
    def load(self, pool: ThreadPoolExecutor, threads: int) -> None:
        """Seat everyone who is there on the first simulated day."""
        w = self.world

        def part(first: int, last: int) -> None:
            arrays.load_units(self.persons, w.clocks, w.work, self.desks, self.starts, self.offset, first, last)

        self._share_out(part, pool, threads)

    def advance(self, until: int, pool: ThreadPoolExecutor, threads: int) -> None:
        """Live the weeks up to a week, units first and then the teams that they send work to."""
        w = self.world

        def part(first: int, last: int) -> None:
            scratch = arrays.new_scratch(len(w.work.item), self.persons.rec.shape[1])
            arrays.run_units(
                self.persons, w.clocks, w.work, self.desks, self.books, scratch, self.starts, self.offset,
                self.statuses.now, self.at, self.pool_desk[0], first, last, until,
            )  # fmt: skip

        while True:
            self._share_out(part, pool, threads)
            if (self.at >= until).all():
                break
            self.desks = arrays.more_room(self.desks)
            self.books = arrays.more_out(self.books, self.persons.meta[:, OUT])
        received = np.empty(max(1, int(self.persons.meta[:, OUT].sum())), OUTGOING)
        scratch = arrays.new_scratch(len(w.work.item))
        while True:
            arrays.run_teams(
                self.persons, w.work, self.team_desks, self.team_books, scratch, self.books.out, self.members,
                self.member_from, self.cursor, self.level, self.team_at, self.pool_desk, received, until,
            )  # fmt: skip
            if (self.team_at >= until).all():
                break
            self.team_desks = arrays.more_room(self.team_desks)
        self.persons.meta[:, OUT] = 0
        self.cursor[:] = 0

    def _share_out(self, part: Callable[[int, int], None], pool: ThreadPoolExecutor, threads: int) -> None:
        if threads == 1:
            part(0, self.n_units)
            return
        cuts = np.linspace(0, self.n_units, min(self.n_units, 4 * threads) + 1).astype(int)
        list(pool.map(part, cuts[:-1], cuts[1:]))

    # --- months -----------------------------------------------------------------------------------------------------
    def clear_books(self) -> None:
        """Start new books."""
        self.noted = np.zeros(self.n_units)
        for q, b in ((self.desks, self.books), (self.team_desks, self.team_books)):
            for array in (q.flow, q.work, b.due):
                array[:] = 0
        self.persons.meta[:, [CHANGES, CHANGED]] = 0
        self.persons.meta[:, EVENT:] = 0
        self.persons.counts[:] = 0

    def close(self, month: int, row: int, force: Workforce) -> None:
        """Write the month that ends with week `row` into the results."""
        w = self.world
        self._note_load(int((w.calendar.week_month == month).sum()), row + 1)
        n_fixed = len(areas.CASE_GROUPS)
        sides = ((self.desks, self.books, 0), (self.team_desks, self.team_books, self.n_units))
        for desks, books, first in sides:
            arrays.close_books(
                desks, books, w.work, first, month, self.group_area, self.group_grade, n_fixed,
                self.due, self.flow, self.activity, self.lapsed,
            )  # fmt: skip
        arrays.count_people(self.persons, w.clocks, w.work, self.desks, row, self.people, self.caseload, month)
        self.events[:, month] = self.persons.meta[:, EVENT:]
        self.changes[:, month] = self.persons.meta[:, CHANGES]
        self.changed[:, month] = self.persons.meta[:, CHANGED]
        self.services[:, month] = self.persons.counts
        self.productive[month] = force.productive
        self.in_post[:, month] = force.in_post
        self.available[:, month] = force.available
        self.other[month] = force.other_roles
        self.staff_counts[:, month] = force.counts
        force.close()
        self.clear_books()

    def _in_hand(self, grades: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Minutes of work in hand and usual minutes a week of the named officers of some grades, by unit."""
        named = np.isin(self.desks.desk["grade"][:, self.officers :], grades)
        waiting = self.desks.line["full"][:, self.officers :, :N_QUEUES].sum(axis=2)
        usual = self.desks.desk["base"][:, self.officers :]
        return (waiting * named).sum(axis=1).astype(float), (usual * named).sum(axis=1).astype(float)

    def _note_load(self, weeks: int, last: int) -> None:
        """Note what fell due for named officers, and the minutes that they had, in the weeks up to `last`."""
        due = self.desks.flow[:, : len(areas.CASE_GROUPS), DUE].sum(axis=1).astype(float)
        had = self.desks.capacity[:, self.officers :, last - weeks : last].sum(axis=(1, 2), dtype=np.int64)
        self.loads.add(due - self.noted, had.astype(float))
        self.noted = due

    def review(self, row: int, month: int | None = None) -> None:
        """Review each unit's status (see `status`); `month` is the month that ends, none in the warm-up."""
        dated, fixed = self.world.parameters.weekly, self.world.parameters.fixed
        if month is None:
            self._note_load(min(row, WARM_UP_REVIEWS), row)
        marks = Marks(
            float(dated("delivery.amber_at")[row]),
            float(dated("delivery.red_at")[row]),
            float(fixed("delivery.hysteresis")),
            round(float(fixed("delivery.approval.reviews"))),
            round(float(fixed("delivery.recovery.reviews"))),
        )
        self.statuses.review(self.loads.over(round(float(fixed("delivery.review.months")))), marks)
        if month is not None:
            self.unit_status[:, month] = self.statuses.now

    def lend(self, first: int, last: int) -> None:
        """Let units of a region lend hours to each other for some weeks (see `lending`)."""
        share = float(self.world.parameters.weekly("delivery.lending.share")[first])
        if share <= 0.0:
            return
        most = float(self.world.parameters.weekly("delivery.lending.most")[first])
        desk, capacity = self.desks.desk, self.desks.capacity
        for grade in (0, 1):
            in_hand, usual = self._in_hand((grade,))
            factor = np.ones(self.n_units)
            for region in range(self.n_regions):
                mine = self.world.data.unit_region == region
                factor[mine] = lending.factors(in_hand[mine], usual[mine], share, most)
            for unit in np.flatnonzero(factor != 1.0):
                seats = self.officers + np.flatnonzero(desk["grade"][unit, self.officers :] == grade)
                desk["base"][unit, seats] = np.rint(desk["base"][unit, seats] * factor[unit])
                capacity[unit, seats, first:last] = np.rint(capacity[unit, seats, first:last] * factor[unit])

    def share_places(self, row: int) -> None:
        """Share the places of a week out to the units, region by region."""
        w, gate = self.world, self.persons.gate
        people = w.data.people.sum(axis=1)
        for service, path in enumerate(PLACES):
            nation = float(w.parameters.weekly(path)[row])
            for region in range(self.n_regions):
                units = np.flatnonzero(w.data.unit_region == region)
                there = int(nation * w.place_share[region] + 0.5)
                held = gate[units, service, HELD] * (service != TAGS)
                gate[units, service, ALLOTTED] = share_out(there, held, gate[units, service, WAITING], people[units])

    def result(self) -> RunResult:
        """Hand over what the recorder wrote."""
        w = self.world
        weeks = np.bincount(w.calendar.week_month, minlength=len(w.calendar.months))
        names = (*w.data.units, *(f"{r} regional team" for r in w.data.regions), "National team")
        region = np.concatenate([w.data.unit_region, np.arange(self.n_regions), [-1]]).astype(np.int64)
        return RunResult(
            months=w.calendar.months,
            weeks_in_month=weeks.astype(np.int64),
            productive_minutes=self.productive,
            block_names=names,
            block_region=region,
            n_units=self.n_units,
            regions=w.data.regions,
            due=self.due,
            flow=self.flow,
            activity=self.activity,
            activity_lapsed_minutes=self.lapsed,
            people=self.people,
            events=self.events,
            in_post=self.in_post,
            available=self.available,
            other_roles=self.other,
            funded=w.funded,
            headroom=w.parameters.weekly("staff.headroom")[w.month_rows],
            staff_counts=self.staff_counts,
            caseload=self.caseload,
            officer_changes=self.changes,
            changes_of_ended=self.changed,
            status=self.unit_status,
            load=self.loads.noted(),
            services=self.services,
            counts={
                "people": int(self.persons.meta[:, EVER].sum()),
                "people_at_start": int(w.data.people.sum()),
                "work": int(self.activity[..., 0].sum()),
            },
        )
