"""What happens to the workforce month by month: leaving, moving, recruitment, training, qualification."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model import areas
from capacity_sim.model.staff import (
    NOT_SET,
    OTHER_ROLES,
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

MONTHS_A_YEAR = 12
INTAKE_MONTHS = (2, 8)  # March and September, counted from January = 0
TRAINEES, RECRUITS = 10**7, 10**8  # parts of staff keys


class Workforce:
    """Everyone in post in one replication.

    Parameters
    ----------
    world : World
    root : int
        Key of the workforce of this replication.
    state : State
        Whose desks the officers sit at.
    """

    def __init__(self, world: World, root: int, state: State) -> None:
        self.world, self.root, self.state = world, root, state
        self.grades = world.catalogue.dimensions["grade"]
        self.areas = world.catalogue.dimensions["area"]
        self.grade = {name: i for i, name in enumerate(self.grades)}
        self.case_area = self.areas.index("sentence_management")
        self.fixed = world.parameters.fixed
        self.pool_place = {(p.area, p.grade): i for i, p in enumerate(state.pools)}
        self.staff = Staff()
        self.vacancies: list[tuple[int, int, int, float, int]] = []
        shape = (state.n_blocks, len(self.areas), len(self.grades))
        self.in_post, self.available = np.zeros(shape), np.zeros(shape)
        self.other_roles = np.zeros(len(self.grades))
        self.productive = np.zeros(len(self.grades))  # minutes of one FTE in a week of the month
        self._hire_all()

    # --- the start --------------------------------------------------------------------------------------------------
    def _hire_all(self) -> None:
        per_head = float(self.fixed("staff.fte_per_head"))
        state, world = self.state, self.world
        teams = [state.n_units + r for r in range(state.n_regions)]
        for area, fte in world.data.staff.items():
            level = areas.LEVEL[area]
            blocks = range(state.n_units) if level == 0 else teams if level == 1 else [state.n_blocks - 1]
            for block, row in zip(blocks, np.atleast_2d(fte), strict=True):
                for grade, amount in enumerate(row):
                    self._hire(block, area, grade, float(amount), per_head)
        for grade, amount in enumerate(world.data.other_roles):
            self._hire(OTHER_ROLES, None, grade, float(amount), per_head)

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

    def _hire(self, block: int, area: str | None, grade: int, fte: float, per_head: float) -> None:
        count = heads(fte, per_head)
        if count == 0:
            return
        place = OTHER_ROLES if area is None else self.areas.index(area)
        base = streams.child_int(streams.child_int(streams.child_int(self.root, self._place(block)), place + 1), grade)
        keys = streams.children(base, count)
        cohort = np.full(count, NOT_SET)
        if grade == self.grade["trainee"] and self.world.data.trainee_cohorts:
            sizes = np.array([c.people for c in self.world.data.trainee_cohorts], float)
            months = np.array([month_number(c.start) for c in self.world.data.trainee_cohorts])
            cut = np.cumsum(sizes) / sizes.sum()
            cohort = months[np.minimum(np.searchsorted(cut, streams.uniforms(keys, streams.PLACE)), len(sizes) - 1)]
        self._seat(
            self.staff.add(
                key=keys, block=block, area=place, grade=grade, fte=fte / count, cohort=cohort, desk=-1,
            )
        )  # fmt: skip

    def _seat(self, members: npt.NDArray[np.int64]) -> None:
        """Give members their desk: a named officer's own, or their pool's."""
        s = self.staff
        po, pso, trainee = (self.grade[g] for g in ("PO", "PSO", "trainee"))
        for m in members:
            block, area, grade = int(s.block[m]), int(s.area[m]), int(s.grade[m])
            if block < 0:
                continue
            if area == self.case_area and grade in (po, pso, trainee):
                s.desk[m] = self.state.open_desk(block, 0 if grade == po else 1)
                continue
            pool = self.pool_place.get((self.areas[area], self.grades[grade]))
            if pool is not None:
                s.desk[m] = self.state.pool_desk[areas.LEVEL[self.areas[area]], pool]

    # --- a month ----------------------------------------------------------------------------------------------------
    def fill(self, first: int, last: int, month: int) -> None:
        """Set in post, available and the capacity of every desk for the weeks of a month."""
        s, world = self.staff, self.world
        reduction = self._reduction(month)
        share = 1.0 - reduction
        factor = np.array(world.parameters.weekly("staff.productive.factor")[first])
        factor[self.grade["trainee"]] = factor[self.grade["PSO"]]  # a trainee's time is a PSO's
        self.productive = world.productive_minutes * factor
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
        state.rehome()

    def _reduction(self, month: int) -> npt.NDArray[np.float64]:
        """Share of each member's time that is not available: trainees by stage, newly qualified officers."""
        s = self.staff
        reduction = np.where(s.protected_until > month, float(self.fixed("staff.newly_qualified.reduction")), 0.0)
        training = s.cohort != NOT_SET
        stage = trainee_stage((month - s.cohort[training]).astype(np.int64))
        reduction[training] = 1.0 - self.fixed("staff.trainee.capacity")[np.maximum(0, stage)]
        return reduction

    def leave(self, month: int, row: int) -> None:
        """Leavers, movers to other roles and trainees who drop out in the month before."""
        s = self.staff
        weekly = self.world.parameters.weekly
        leave_rate = weekly("staff.leaving.annual_rate")[row][s.grade]
        months = float(self.fixed("staff.trainee.months"))
        dropout = float(self.fixed("staff.trainee.dropout"))
        training = s.cohort != NOT_SET
        chance = hazard(leave_rate)
        monthly_dropout = 1.0 - (1.0 - dropout) ** (1.0 / months) if dropout < 1 else 1.0
        chance = np.where(training, 1.0 - (1.0 - chance) * (1.0 - monthly_dropout), chance)
        leaves = streams.uniforms(s.key, streams.LEAVE, month) < chance
        move_rate = weekly("staff.moving.annual_rate")[row][s.grade]
        moves = (
            (streams.uniforms(s.key, streams.MOVE, month) < hazard(move_rate)) & ~leaves & (s.block >= 0) & ~training
        )
        going = np.flatnonzero(leaves | moves)
        share = weekly("staff.replacement.share")[row][s.grade[going]]
        extra = streams.uniforms(s.key[going], streams.ROUND, month) < share - np.floor(share)
        for m in going:
            if self._named(int(m)):
                self.state.suspend_desk(int(s.block[m]), int(s.desk[m]))
        for m, n in zip(going, (np.floor(share) + extra).astype(int), strict=True):
            place = (int(s.block[m]), int(s.area[m]), int(s.grade[m]), float(s.fte[m]))
            if s.cohort[m] == NOT_SET:
                self.vacancies += [(*place, streams.child_int(int(s.key[m]), RECRUITS + k)) for k in range(n)]
            self._rise(int(m), row)
        movers = np.flatnonzero(moves)
        s.block[movers], s.area[movers], s.desk[movers] = OTHER_ROLES, OTHER_ROLES, -1
        s.remove(leaves)

    def _rise(self, m: int, row: int) -> None:
        """Close a named officer's desk."""
        if self._named(m):
            self.state.close_desk(int(self.staff.block[m]), int(self.staff.desk[m]), row)
            self.staff.desk[m] = -1

    def _named(self, m: int) -> bool:
        """Whether a member is a named officer at a desk."""
        return 0 <= self.staff.block[m] < self.state.n_units and self.staff.desk[m] >= self.state.officers

    def qualify(self, month: int, row: int) -> None:
        """Trainees whose months are over become officers: in their unit, or in other roles."""
        s = self.staff
        done = np.flatnonzero((s.cohort != NOT_SET) & (month - s.cohort >= int(self.fixed("staff.trainee.months"))))
        if not len(done):
            return
        share = float(self.world.parameters.weekly("staff.qualifiers.sentence_management_share")[row])
        stays = streams.uniforms(s.key[done], streams.PLACE, month) < share
        for m, stay in zip(done, stays, strict=True):
            self._rise(int(m), row)
            s.cohort[m] = NOT_SET
            s.grade[m] = self.grade["PO"]
            if stay:
                s.protected_until[m] = month + int(self.fixed("staff.newly_qualified.months"))
            else:
                s.block[m], s.area[m] = OTHER_ROLES, OTHER_ROLES
        self._seat(done[stays])

    def intake(self, month: int, row: int) -> None:
        """Start a cohort of trainees in March and September."""
        if month % MONTHS_A_YEAR not in INTAKE_MONTHS:
            return
        yearly = float(self.world.parameters.weekly("staff.trainee.starts_per_year")[row])
        count = int(yearly / len(INTAKE_MONTHS) + 0.5)
        if count == 0:
            return
        keys = streams.children(streams.child_int(streams.child_int(self.root, TRAINEES), month), count)
        place = np.searchsorted(self.world.placement, streams.uniforms(keys, streams.PLACE), side="right")
        place = np.minimum(place, len(self.world.placement) - 1)
        here = np.searchsorted(self.world.unit_ids, place)
        here = np.minimum(here, self.state.n_units - 1)
        mine = self.world.unit_ids[here] == place
        if mine.any():
            self._seat(
                self.staff.add(
                    key=keys[mine], block=here[mine], area=self.case_area, grade=self.grade["trainee"],
                    fte=float(self.fixed("staff.fte_per_head")), cohort=month, desk=-1,
                )
            )  # fmt: skip

    def recruit(self, month: int, row: int) -> None:
        """Replacements of last month's leavers take up post."""
        del row
        if not self.vacancies:
            return
        block, area, grade, fte, key = zip(*self.vacancies, strict=True)
        new = streams.uniform_keys(np.array(key, np.uint64), streams.ROUND, month)
        self._seat(self.staff.add(key=new, block=block, area=area, grade=grade, fte=fte, desk=-1))
        self.vacancies = []
