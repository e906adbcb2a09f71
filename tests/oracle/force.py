"""Members of staff, and what happens to them month by month: leaving, moving, recruitment, training, qualification."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass

from capacity_sim import streams
from capacity_sim.model import areas

from .desks import Desk
from .rules import NAMED_AREA, Rules, uniform, uniform_k
from .teams import Block, Unit

MONTHS_A_YEAR = 12
INTAKE_MONTHS = (2, 8)  # March and September, counted from January = 0
OTHER_ROLES = -1  # block of the pool of other roles
TRAINEES, RECRUITS = 10**7, 10**8  # parts of staff keys
NAMED = {"PO": "PO", "PSO": "PSO", "trainee": "PSO"}  # desks of officers who hold cases


@dataclass(eq=False)
class Member:
    """Someone in post; months are counted from year 0.

    Attributes
    ----------
    block : int
        Place of their unit or team, or `OTHER_ROLES`.
    area : str or None
        None in other roles.
    cohort : int or None
        Month in which a trainee started.
    protected_until : int
        Month until which a newly qualified officer is protected.
    """

    key: int
    block: int
    area: str | None
    grade: str
    fte: float
    desk: Desk | None = None
    cohort: int | None = None
    protected_until: int = -1


class Force:
    """Everyone in post.

    Parameters
    ----------
    rules : Rules
    root : int
        Key of the workforce of this replication.
    units : list of Unit
    teams : list of Block
        Regional teams, then the national one.
    """

    def __init__(self, rules: Rules, root: int, units: list[Unit], teams: list[Block]) -> None:
        self.rules, self.world, self.root = rules, rules.world, root
        self.units, self.blocks = units, [*units, *teams]
        self.fixed = rules.world.parameters.fixed
        self.staff: list[Member] = []
        self.vacancies: list[Member] = []  # last month's leavers who are to be replaced
        self.in_post: Counter[tuple[int, str, str]] = Counter()
        self.available: Counter[tuple[int, str, str]] = Counter()
        self.other_roles: Counter[str] = Counter()
        blocks_of = {areas.UNIT: units, areas.REGION: teams[:-1], areas.NATION: teams[-1:]}
        for area, fte in self.world.data.staff.items():
            level = areas.LEVEL[area]
            table = [list(row) for row in (fte[None] if level == areas.NATION else fte).tolist()]
            for block, row in zip(blocks_of[level], table, strict=True):
                self.hire(block.place, area, row)
        self.hire(OTHER_ROLES, None, self.world.data.other_roles.tolist())

    def dated(self, path: str, row: int, grade: str | None = None) -> float:
        """Value of a parameter in a week."""
        value = self.world.parameters.weekly(path)[row]
        return float(value if grade is None else value[self.rules.grades.index(grade)])

    # --- the start --------------------------------------------------------------------------------------------------
    def hire(self, block: int, area: str | None, row: list[float]) -> None:
        """Members who hold the FTE of each grade: the nearest whole number of people, at least one."""
        for grade, fte in zip(self.rules.grades, row, strict=True):
            if fte <= 0:
                continue
            count = max(1, int(fte / float(self.fixed("staff.fte_per_head")) + 0.5))
            key = self.root
            for part in (
                self.lasting_place(block),
                0 if area is None else self.rules.areas.index(area) + 1,
                self.rules.grades.index(grade),
            ):
                key = streams.child_int(key, part)
            for n in range(count):
                member = Member(streams.child_int(key, n), block, area, grade, fte / count)
                if grade == "trainee" and self.world.data.trainee_cohorts:
                    member.cohort = self.cohort_of(member)
                self.staff.append(member)
                self.seat(member)

    def lasting_place(self, block: int) -> int:
        """Place of a block in the whole data set: keys must not depend on which units are simulated."""
        n_units = len(self.units)
        if block == OTHER_ROLES:
            return 999_999
        if block < n_units:
            return int(self.world.unit_ids[block])
        if block < len(self.blocks) - 1:
            return 100_000 + int(self.world.region_ids[block - n_units])
        return 200_000

    def cohort_of(self, member: Member) -> int:
        """Month in which a trainee of the start began, by the sizes of the cohorts."""
        cohorts = self.world.data.trainee_cohorts
        sizes = [float(cohort.people) for cohort in cohorts]
        shares = [size / sum(sizes) for size in itertools.accumulate(sizes)]
        place = min(bisect_left(shares, uniform(member.key, streams.PLACE)), len(cohorts) - 1)
        return cohorts[place].start.year * MONTHS_A_YEAR + cohorts[place].start.month - 1

    def seat(self, member: Member) -> None:
        """Give a member a desk: a named officer's own, or their pool's."""
        if member.area == NAMED_AREA and member.grade in NAMED:
            member.desk = self.units[member.block].open_desk(NAMED[member.grade])
        elif member.area is not None:
            member.desk = self.blocks[member.block].pools.get((member.area, member.grade))

    def rise(self, member: Member) -> None:
        """Close a named officer's desk; a pool goes on without the member."""
        if member.desk is not None and member.desk.is_named:
            self.units[member.block].close_desk(member.desk)
        member.desk = None

    def to_other_roles(self, member: Member) -> None:
        """Move a member to other roles."""
        member.block, member.area, member.desk = OTHER_ROLES, None, None

    # --- a month ----------------------------------------------------------------------------------------------------
    def leave(self, month: int, row: int) -> None:
        """Leavers, trainees who drop out, and movers to other roles in the month before."""
        months, dropout = float(self.fixed("staff.trainee.months")), float(self.fixed("staff.trainee.dropout"))
        dropout = 1.0 - (1.0 - dropout) ** (1.0 / months) if dropout < 1 else 1.0
        leavers, movers = [], []
        for member in self.staff:
            chance = a_month(self.dated("staff.leaving.annual_rate", row, member.grade))
            if member.cohort is not None:
                chance = 1.0 - (1.0 - chance) * (1.0 - dropout)
            moving = a_month(self.dated("staff.moving.annual_rate", row, member.grade))
            if uniform_k(member.key, streams.LEAVE, month) < chance:
                leavers.append(member)
            elif member.block == OTHER_ROLES or member.cohort is not None:
                continue
            elif uniform_k(member.key, streams.MOVE, month) < moving:
                movers.append(member)
        going = set(leavers + movers)
        for member in going:
            if member.desk is not None and member.desk.is_named:
                member.desk.usual = 0  # no cases for those who are about to go
        for member in [member for member in self.staff if member in going]:
            share = self.dated("staff.replacement.share", row, member.grade)
            count = math.floor(share)
            count += uniform_k(member.key, streams.ROUND, month) < share - count
            if member.cohort is None:
                keys = [streams.child_int(member.key, RECRUITS + copy) for copy in range(count)]
                self.vacancies += [Member(key, member.block, member.area, member.grade, member.fte) for key in keys]
            self.rise(member)
        for member in movers:
            self.to_other_roles(member)
        for member in leavers:
            self.staff.remove(member)

    def qualify(self, month: int, row: int) -> None:
        """Trainees whose months are over become officers: in their unit, protected, or in other roles."""
        share = self.dated("staff.qualifiers.sentence_management_share", row)
        stay = []
        for member in self.staff:
            if member.cohort is None or month - member.cohort < int(self.fixed("staff.trainee.months")):
                continue
            self.rise(member)
            member.cohort, member.grade = None, "PO"
            if uniform_k(member.key, streams.PLACE, month) < share:
                member.protected_until = month + int(self.fixed("staff.newly_qualified.months"))
                stay.append(member)
            else:
                self.to_other_roles(member)
        for member in stay:
            self.seat(member)

    def intake(self, month: int, row: int) -> None:
        """Start a cohort of trainees in March and September."""
        if month % MONTHS_A_YEAR not in INTAKE_MONTHS:
            return
        count = int(self.dated("staff.trainee.starts_per_year", row) / len(INTAKE_MONTHS) + 0.5)
        key = streams.child_int(streams.child_int(self.root, TRAINEES), month)
        shares = self.world.placement.tolist()
        unit_of = {int(place): unit for unit, place in enumerate(self.world.unit_ids)}
        fte = float(self.fixed("staff.fte_per_head"))
        for n in range(count):
            trainee = streams.child_int(key, n)
            place = min(bisect_right(shares, uniform(trainee, streams.PLACE)), len(shares) - 1)
            if place in unit_of:
                self.staff.append(Member(trainee, unit_of[place], NAMED_AREA, "trainee", fte, cohort=month))
                self.seat(self.staff[-1])

    def recruit(self, month: int) -> None:
        """Replacements of last month's leavers take up post."""
        for post in self.vacancies:
            key = streams.child_int(streams.child_int(post.key, streams.ROUND), month)
            self.staff.append(Member(key, post.block, post.area, post.grade, post.fte))
            self.seat(self.staff[-1])
        self.vacancies = []

    def share_available(self, member: Member, month: int) -> float:
        """Share of a member's time that is available: trainees by stage, newly qualified officers."""
        reduction = 0.0
        if member.cohort is not None:
            stage = min(max((month - member.cohort) // 6, 0), 3)
            reduction = 1.0 - float(self.fixed("staff.trainee.capacity")[stage])
        elif member.protected_until > month:
            reduction = float(self.fixed("staff.newly_qualified.reduction"))
        return 1.0 - reduction

    def minutes_a_week(self, grade: str, row: int) -> float:
        """Productive minutes of one FTE of a grade in a week; a trainee's time is that of a PSO."""
        works_as = "PSO" if grade == "trainee" else grade
        return self.world.productive_minutes * self.dated("staff.productive.factor", row, works_as)

    def fill(self, first: int, last: int, month: int) -> None:
        """Set in post, available, and the minutes of every desk for the weeks of a month.

        A member is away in some weeks and works more in the others, so that the mean stays.
        """
        absent = float(self.fixed("staff.absence.share"))
        full = self.world.productive_minutes
        for counter in (self.in_post, self.available, self.other_roles):
            counter.clear()
        for block in self.blocks:
            for desk in block.pools.values():
                desk.usual, desk.capacity, desk.limit = 0, {}, round(full / (1.0 - absent))
        for unit in self.units:
            for desk in unit.seats:
                if desk is not None:
                    desk.usual, desk.capacity = 0, {}
        for member in self.staff:
            if member.area is None:
                self.other_roles[member.grade] += member.fte
                continue
            share = self.share_available(member, month)
            works_as = "PSO" if member.grade == "trainee" else member.grade
            self.in_post[member.block, member.area, member.grade] += member.fte
            self.available[member.block, member.area, works_as] += member.fte * share
            if member.desk is None:
                continue
            usual = member.fte * share * self.minutes_a_week(member.grade, first)
            member.desk.usual += round(usual)
            for row in range(first, last):
                if uniform_k(member.key, streams.ABSENT, row) >= absent:
                    there = int(usual / (1.0 - absent) + 0.5)
                    member.desk.capacity[row] = member.desk.capacity.get(row, 0) + there
        for unit in self.units:
            unit.rehome()

    def lend(self, first: int, last: int) -> None:
        """Units of a region lend hours of a grade towards equal weeks of work in hand, for some weeks."""
        share, most = (self.dated(f"delivery.lending.{name}", first) for name in ("share", "most"))
        if share <= 0:
            return
        for grade in ("PO", "PSO"):
            for region in range(len(self.world.data.regions)):
                mine = [unit for unit in self.units if self.world.data.unit_region[unit.place] == region]
                officers = [[desk for desk in unit.seats if desk and desk.grade == grade] for unit in mine]
                in_hand = [float(sum(desk.in_hand() for desk in desks)) for desks in officers]
                usual = [float(sum(desk.usual for desk in desks)) for desks in officers]
                for desks, factor in zip(officers, hours_after_lending(in_hand, usual, share, most), strict=True):
                    for desk in desks:
                        desk.usual = round(desk.usual * factor)
                        desk.capacity = {row: round(minutes * factor) for row, minutes in desk.capacity.items()}


def hours_after_lending(in_hand: list[float], usual: list[float], share: float, most: float) -> list[float]:
    """Hours of each unit against its own: what lenders give up to a limit goes to borrowers as they need it."""
    staffed = [u for u in range(len(usual)) if usual[u] > 0]
    work = sum(in_hand[u] for u in staffed)
    if len(staffed) < 2 or work == 0:
        return [1.0] * len(usual)
    wanted = [in_hand[u] * sum(usual) / work for u in range(len(usual))]
    lends = {u: min(max(share * (usual[u] - wanted[u]), 0.0), most * usual[u]) for u in staffed}
    borrows = {u: max(share * (wanted[u] - usual[u]), 0.0) for u in staffed}
    total = min(sum(lends.values()), sum(borrows.values()))
    if total <= 0:
        return [1.0] * len(usual)
    to, of = total / sum(borrows.values()), total / sum(lends.values())
    return [1.0 + (borrows[u] * to - lends[u] * of) / usual[u] if u in lends else 1.0 for u in range(len(usual))]


def a_month(annual_rate: float) -> float:
    """Chance in a month that goes with a hazard a year."""
    return 1.0 - math.exp(-annual_rate / MONTHS_A_YEAR)
