"""What happens to the workforce month by month: leaving, moving, qualification, and the hours that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model import areas
from capacity_sim.model.careers import MOST_SICKNESS, SHORT_SERVICE, WEEKLY_MINUTES, Careers, feedback
from capacity_sim.model.posts import OTHER_ROLES
from capacity_sim.model.result import STAFF_COUNTS
from capacity_sim.model.staff import (
    COLUMNS,
    NOT_SET,
    Staff,
    fill_capacity,
    hazard,
    heads,
    month_number,
    trainee_stage,
)

if TYPE_CHECKING:
    from capacity_sim.model.engine import World
    from capacity_sim.model.state import State

RECRUITS = 10**8  # part of staff keys
JOINED, LEFT, MOVED_IN, MOVED_OUT, NOT_TAKEN, SHORT, MENTORING = range(len(STAFF_COUNTS))
POLICY = 1  # timing basis on which feedback reads workload
Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]
Vacancy = tuple[int, int, int, float, int]


class Workforce:
    """Everyone in post in one replication.

    Parameters
    ----------
    world : World
    root : int
        Key of the workforce of this replication.
    state : State
        Whose desks the officers sit at.

    Attributes
    ----------
    counts : float array (block, grade, STAFF_COUNTS)
        What happened this month; the last block is the other roles.
    """

    def __init__(self, world: World, root: int, state: State) -> None:
        self.world, self.root, self.state = world, root, state
        self.grades = world.catalogue.dimensions["grade"]
        self.areas = world.catalogue.dimensions["area"]
        self.grade = {name: i for i, name in enumerate(self.grades)}
        self.case_area = self.areas.index("sentence_management")
        self.fixed, self.weekly = world.parameters.fixed, world.parameters.weekly
        self.careers = Careers(world.parameters, world.catalogue)
        self.pool_seat = np.full((len(self.areas), len(self.grades)), -1)  # the desk that a pool shares
        for i, pool in enumerate(state.pools):
            place = self.areas.index(pool.area), self.grade[pool.grade]
            self.pool_seat[place] = state.pool_desk[areas.LEVEL[pool.area], i]
        self.staff = Staff()
        self.vacancies: list[Vacancy] = []
        shape = (state.n_blocks, len(self.areas), len(self.grades))
        self.in_post, self.available = np.zeros(shape), np.zeros(shape)
        self.other_roles = np.zeros(len(self.grades))
        self.productive = np.zeros(len(self.grades))  # minutes of one FTE in a week of the month
        self.counts = np.zeros((state.n_blocks + 1, len(self.grades), len(STAFF_COUNTS)))
        self.workload: Floats | None = None  # of each unit in the month before
        year, month = (int(part) for part in world.calendar.months[0].split("-"))
        self.first_month = year * 12 + month - 1
        by_region = [world.data.sickness_by_region.get(name, 1.0) for name in world.data.regions]
        regions = np.array(by_region)
        self.sickness = np.concatenate([regions[world.data.unit_region], regions, [1.0, 1.0]])
        self._hire_all()

    # --- the start --------------------------------------------------------------------------------------------------
    def _hire_all(self) -> None:
        per_head = float(self.fixed("staff.fte_per_head"))
        state, world = self.state, self.world
        teams = [state.n_units + r for r in range(state.n_regions)]
        hired = []
        for area, fte in world.data.staff.items():
            level = areas.LEVEL[area]
            blocks = range(state.n_units) if level == 0 else teams if level == 1 else [state.n_blocks - 1]
            for block, row in zip(blocks, np.atleast_2d(fte), strict=True):
                hired += [self._hire(block, area, grade, float(fte), per_head) for grade, fte in enumerate(row)]
        others = enumerate(world.data.other_roles)
        hired += [self._hire(OTHER_ROLES, None, grade, float(fte), per_head) for grade, fte in others]
        columns = {name: np.concatenate([group[name] for group in hired]) for name in COLUMNS}
        self.seat(self.staff.add(**columns))

    def _place(self, block: int) -> int:
        """Place of a block in the whole data set: keys must not depend on which units are simulated."""
        state = self.state
        if block < 0:
            return 999_999
        if block < state.n_units:
            return int(self.world.unit_ids[block])
        if block < state.n_blocks - 1:
            return 100_000 + int(self.world.region_ids[block - state.n_units])
        return 200_000

    def _hire(self, block: int, area: str | None, grade: int, fte: float, per_head: float) -> Columns:
        """People of a grade in a team, by the columns of the staff."""
        count = heads(fte, per_head)
        place = OTHER_ROLES if area is None else self.areas.index(area)
        base = streams.child_int(streams.child_int(streams.child_int(self.root, self._place(block)), place + 1), grade)
        keys = streams.children(base, count)
        cohort, training, protected = np.full(count, NOT_SET), np.zeros(count, np.int64), np.full(count, -1)
        joined = self.first_month - self.careers.service_at_start(keys, grade)
        if grade == self.grade["trainee"] and self.world.data.trainee_cohorts:
            sizes = np.array([c.people for c in self.world.data.trainee_cohorts], float)
            months = np.array([month_number(c.start) for c in self.world.data.trainee_cohorts])
            cut = np.cumsum(sizes) / sizes.sum()
            cohort = months[np.minimum(np.searchsorted(cut, streams.uniforms(keys, streams.PLACE)), len(sizes) - 1)]
            joined, training = cohort, self.training_of(keys, 0)
        elif grade == self.grade["PO"] and place == self.case_area:
            ends = joined + self.careers.full + int(self.fixed("staff.newly_qualified.months"))
            protected = np.where(ends > self.first_month, ends, -1)
        same = {"block": block, "area": place, "grade": grade, "fte": fte / max(1, count), "desk": -1}
        each = {"key": keys, "cohort": cohort, "joined": joined, "training": training, "protected_until": protected}
        return {**each, **{name: np.full(count, value) for name, value in same.items()}}

    def training_of(self, keys: npt.NDArray[np.uint64], row: int) -> npt.NDArray[np.int64]:
        """Months that the training of trainees takes who start in a week: full-time or part-time."""
        part_time = streams.uniforms(keys, streams.PART_TIME) < float(self.weekly("staff.trainee.part_time_share")[row])
        return np.where(part_time, self.careers.part, self.careers.full).astype(np.int64)

    def seat(self, members: npt.NDArray[np.int64]) -> None:
        """Give members their desk: a named officer's own, or their pool's."""
        s = self.staff
        s.desk[members] = -1
        here = members[s.block[members] >= 0]
        grades = [self.grade[g] for g in ("PO", "PSO", "trainee")]
        named = np.equal(s.area[here], self.case_area) & np.isin(s.grade[here], grades)
        officers, others = here[named], here[~named]
        as_pso = np.not_equal(s.grade[officers], self.grade["PO"])
        s.desk[officers] = self.state.open_desks(s.block[officers], as_pso)
        s.desk[others] = self.pool_seat[s.area[others], s.grade[others]]

    # --- a month ----------------------------------------------------------------------------------------------------
    def fill(self, first: int, last: int, month: int) -> None:
        """Set in post, available and the capacity of every desk for the weeks of a month."""
        s, world = self.staff, self.world
        self.productive = world.productive[first]
        share = (1.0 - self._reduction(month)) * (1.0 - self._more_sickness(first))
        usual = s.fte * share * self.productive[s.grade]
        absent = float(self.fixed("staff.absence.share"))
        state = self.state
        unit = (s.block >= 0) & (s.block < state.n_units)
        for rows, desks, shift in ((unit, state.desks, 0), (s.block >= state.n_units, state.team_desks, state.n_units)):
            fill_capacity(
                s.key[rows], s.block[rows] - shift, s.desk[rows], usual[rows],
                np.rint(usual[rows]).astype(np.int64), first, last, absent, desks.capacity, desks.desk,
            )  # fmt: skip
        limit = round(world.productive_minutes / (1.0 - absent))
        state.team_desks.desk["limit"] = limit
        state.desks.desk["limit"][:, : state.officers] = limit
        self.in_post[:] = 0
        self.available[:] = 0
        here = s.block >= 0
        trainee, pso = self.grade["trainee"], self.grade["PSO"]
        np.add.at(self.in_post, (s.block[here], s.area[here], s.grade[here]), s.fte[here])
        works_as = np.where(s.grade == trainee, pso, s.grade)
        np.add.at(self.available, (s.block[here], s.area[here], works_as[here]), (s.fte * share)[here])
        self.other_roles[:] = np.bincount(s.grade[~here], weights=s.fte[~here], minlength=len(self.grades))
        recent = month - s.joined <= SHORT_SERVICE
        self.counts[:, :, SHORT] = 0
        np.add.at(self.counts[:, :, SHORT], (s.block[recent], s.grade[recent]), s.fte[recent])
        state.rehome()

    def _reduction(self, month: int) -> Floats:
        """Share of each member's time that is not available: trainees, newly qualified officers, mentors."""
        s, state = self.staff, self.state
        reduction = np.where(s.protected_until > month, float(self.fixed("staff.newly_qualified.reduction")), 0.0)
        training = s.cohort != NOT_SET
        stage = trainee_stage(np.maximum(0, month - s.cohort[training]).astype(np.int64))
        reduction[training] = 1.0 - self.fixed("staff.trainee.capacity")[stage]
        cases = (s.block >= 0) & (s.block < state.n_units) & (s.area == self.case_area)
        taught = training & cases
        stage = stage[cases[training]]
        self.counts[:, :, MENTORING] = 0
        for name, path in (("PO", "staff.mentoring.po_share"), ("SPO", "staff.mentoring.spo_share")):
            grade = self.grade[name]
            asked = np.bincount(s.block[taught], s.fte[taught] * self.fixed(path)[stage], state.n_units)
            mentors = cases & (s.grade == grade) & (s.protected_until <= month)
            there = np.bincount(s.block[mentors], s.fte[mentors], state.n_units)
            part = np.minimum(1.0, np.divide(asked, there, out=np.zeros(state.n_units), where=there > 0))
            reduction[mentors] = part[s.block[mentors]]
            self.counts[: state.n_units, grade, MENTORING] = part * there
        return np.asarray(reduction)

    def _more_sickness(self, row: int) -> Floats | float:
        """Share of productive time that sickness takes beyond the mean of the grade: by region, and by workload."""
        factor = self.sickness
        size = float(self.weekly("staff.feedback.sickness")[row])
        if size != 0.0:
            factor = factor * self._feedback(size)
        if (factor == 1.0).all():
            return 0.0
        works_as = np.where(self.staff.grade == self.grade["trainee"], self.grade["PSO"], self.staff.grade)
        days = self.weekly("staff.time.sickness_days")[row] * float(self.fixed("staff.time.day_hours"))
        lost = days * WEEKLY_MINUTES / self.productive
        return np.asarray(np.minimum(MOST_SICKNESS, lost[works_as] * (factor[self.staff.block] - 1.0)))

    def _feedback(self, size: float) -> Floats:
        """Factor of each block (other roles last) that the workload of the month before puts on leaving or sickness."""
        factor = np.ones(self.state.n_blocks + 1)
        if self.workload is not None:
            reference = float(self.fixed("staff.feedback.reference"))
            factor[: self.state.n_units] = feedback(size, self.workload, reference)
        return factor

    def observe(self, due: npt.NDArray[np.int64], weeks: int) -> None:
        """Take in the minutes that fell due on the policy timing in sentence management (unit, grade) in a month."""
        there = (self.available[: self.state.n_units, self.case_area] * self.productive).sum(axis=1) * weeks
        reference = np.full(len(due), float(self.fixed("staff.feedback.reference")))
        self.workload = np.divide(due.sum(axis=1), there, out=reference, where=there > 0)

    def leave(self, month: int, row: int) -> None:
        """Leavers, movers inside the service and trainees who drop out in the month before."""
        s, weekly = self.staff, self.weekly
        training = s.cohort != NOT_SET
        rate = weekly("staff.leaving.annual_rate")[row][s.grade]
        rate = rate * self.careers.leaving_factor(s.grade, (month - s.joined).astype(np.int64))
        size = float(weekly("staff.feedback.leaving")[row])
        if size != 0.0:
            rate = rate * self._feedback(size)[s.block]
        chance = hazard(rate)
        drops = self.careers.dropout_chance(s.training[training], (month - s.cohort[training]).astype(np.int64))
        chance[training] = 1.0 - (1.0 - chance[training]) * (1.0 - drops)
        leaves = streams.uniforms(s.key, streams.LEAVE, month) < chance
        moves = streams.uniforms(s.key, streams.MOVE, month) < hazard(weekly("staff.moving.annual_rate")[row][s.grade])
        moves &= ~leaves & ~training
        regraded = streams.uniforms(s.key, streams.REGRADE, month) < weekly("staff.moving.regraded_share")[row][s.grade]
        moves &= (s.block >= 0) | (regraded & (s.grade != self.grade["specialist"]))
        going = np.flatnonzero(leaves | moves)
        share = weekly("staff.replacement.share")[row][s.grade[going]]
        extra = streams.uniforms(s.key[going], streams.ROUND, month) < share - np.floor(share)
        named = going[self.named(going)]
        self.state.suspend_desks(s.block[named], s.desk[named])
        for m, n in zip(going.tolist(), (np.floor(share) + extra).astype(int).tolist(), strict=True):
            self.vacate(m, n)
        self.rise(going, row)
        movers = np.flatnonzero(moves)
        self.count(movers, MOVED_OUT)
        s.block[movers], s.area[movers], s.desk[movers] = OTHER_ROLES, OTHER_ROLES, -1
        s.grade[movers] = np.where(regraded[movers], self.grade["specialist"], s.grade[movers])
        self.count(movers, MOVED_IN)
        self.count(np.flatnonzero(leaves), LEFT)
        s.remove(leaves)

    def vacate(self, m: int, replaced: int) -> None:
        """Note the posts that someone who goes leaves to be filled; trainees leave none."""
        s = self.staff
        if s.cohort[m] == NOT_SET:
            place = (int(s.block[m]), int(s.area[m]), int(s.grade[m]), float(s.fte[m]))
            self.vacancies += [(*place, streams.child_int(int(s.key[m]), RECRUITS + k)) for k in range(replaced)]

    def count(self, members: npt.NDArray[np.int64], what: int) -> None:
        """Count what happened to members in this month, where and in the grade in which they are."""
        np.add.at(self.counts[:, :, what], (self.staff.block[members], self.staff.grade[members]), 1.0)

    def close(self) -> None:
        """Begin to count anew, once the month is in the results."""
        self.counts[:, :, : NOT_TAKEN + 1] = 0

    def rise(self, members: npt.NDArray[np.int64], row: int) -> None:
        """Close the desks of those members who are named officers, in this order."""
        named = members[self.named(members)]
        if len(named):
            self.state.close_desks(self.staff.block[named], self.staff.desk[named], row)
            self.staff.desk[named] = -1

    def named(self, members: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which members are named officers at a desk."""
        block, desk = self.staff.block[members], self.staff.desk[members]
        return np.asarray((block >= 0) & (block < self.state.n_units) & (desk >= self.state.officers))

    def qualify(self, month: int, row: int) -> None:
        """Trainees whose months are over become officers: in their unit, or in other roles."""
        s = self.staff
        done = np.flatnonzero((s.cohort != NOT_SET) & (month - s.cohort >= s.training))
        if not len(done):
            return
        share = float(self.weekly("staff.qualifiers.sentence_management_share")[row])
        stays = streams.uniforms(s.key[done], streams.PLACE, month) < share
        self.count(done, MOVED_OUT)
        self.rise(done, row)
        s.cohort[done], s.training[done] = NOT_SET, 0
        s.grade[done] = self.grade["PO"]
        s.protected_until[done[stays]] = month + int(self.fixed("staff.newly_qualified.months"))
        s.block[done[~stays]], s.area[done[~stays]] = OTHER_ROLES, OTHER_ROLES
        self.count(done, MOVED_IN)
        self.seat(done[stays])
