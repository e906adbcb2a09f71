"""Members of staff, and what happens to them month by month: leaving, moving, recruitment, training, qualification."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from capacity_sim import streams
from capacity_sim.model import areas

from .careers import BELOW, MINUTES, MONTHS_A_YEAR, Careers, a_month, whole_and_chance
from .desks import Desk
from .rules import NAMED_AREA, Rules, uniform, uniform_k
from .teams import Block, Unit

INTAKE_MONTHS = (2, 8)  # March and September, counted from January = 0
OTHER_ROLES = -1  # block of the pool of other roles
ABSENT = -2  # block of posts that are not simulated
TRAINEES, EXTRAS, RECRUITS, HOW_MANY = 10**7, 2 * 10**7, 10**8, 10**9  # parts of staff keys
NAMED = {"PO": "PO", "PSO": "PSO", "trainee": "PSO"}  # desks of officers who hold cases
SHORT_SERVICE = 48  # months


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
    joined : int
        Month in which they joined the service.
    training : int
        Months that their training takes.
    """

    key: int
    block: int
    area: str | None
    grade: str
    fte: float
    desk: Desk | None = None
    cohort: int | None = None
    protected_until: int = -1
    joined: int = 0
    training: int = 0

    def is_protected(self, month: int) -> bool:
        """Whether they are newly qualified."""
        return self.protected_until > month


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
        self.careers = Careers(rules)
        self.units, self.blocks = units, [*units, *teams]
        self.fixed, self.dated = rules.world.parameters.fixed, self.careers.dated
        self.staff: list[Member] = []
        self.vacancies: list[Member] = []  # posts of last month's leavers who are to be replaced
        self.in_post: Counter[tuple[int, str, str]] = Counter()
        self.available: Counter[tuple[int, str, str]] = Counter()
        self.other_roles: Counter[str] = Counter()
        self.counts: Counter[tuple[str, int, str]] = Counter()  # by what, block and grade
        self.workload: dict[int, float] = {}  # of each unit in the month before
        year, number = (int(part) for part in self.world.calendar.months[0].split("-"))
        self.first_month = year * MONTHS_A_YEAR + number - 1
        blocks_of = {areas.UNIT: units, areas.REGION: teams[:-1], areas.NATION: teams[-1:]}
        for area, fte in self.world.data.staff.items():
            level = areas.LEVEL[area]
            table = [list(row) for row in (fte[None] if level == areas.NATION else fte).tolist()]
            for block, row in zip(blocks_of[level], table, strict=True):
                self.hire(block.place, area, row)
        self.hire(OTHER_ROLES, None, self.world.data.other_roles.tolist())

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
                member.joined = self.first_month - self.careers.service(member.key, grade)
                if grade == "trainee" and self.world.data.trainee_cohorts:
                    member.cohort = member.joined = self.cohort_of(member)
                    member.training = self.careers.training(member.key, 0)
                elif grade == "PO" and area == NAMED_AREA:
                    months = int(self.fixed("staff.trainee.months")) + int(self.fixed("staff.newly_qualified.months"))
                    if member.joined + months > self.first_month:
                        member.protected_until = member.joined + months
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

    def region_of(self, block: int) -> int | None:
        """Region of a unit or regional team; none of the national team and the other roles."""
        n_units = len(self.units)
        if 0 <= block < n_units:
            return int(self.world.data.unit_region[block])
        return block - n_units if n_units <= block < len(self.blocks) - 1 else None

    def cohort_of(self, member: Member) -> int:
        """Month in which a trainee of the start began, by the sizes of the cohorts."""
        cohorts = self.world.data.trainee_cohorts
        sizes = [float(cohort.people) for cohort in cohorts]
        shares = [size / sum(sizes) for size in itertools.accumulate(sizes)]
        place = min(bisect_left(shares, uniform(member.key, streams.PLACE)), len(cohorts) - 1)
        return cohorts[place].start.year * MONTHS_A_YEAR + cohorts[place].start.month - 1

    def seat(self, member: Member) -> None:
        """Give a member a desk: a named officer's own, or their pool's."""
        member.desk = None
        if member.area == NAMED_AREA and member.grade in NAMED:
            member.desk = self.units[member.block].open_desk(NAMED[member.grade])
        elif member.area is not None:
            member.desk = self.blocks[member.block].pools.get((member.area, member.grade))

    def rise(self, member: Member) -> None:
        """Close a named officer's desk; a pool goes on without the member."""
        if member.desk is not None and member.desk.is_named:
            self.units[member.block].close_desk(member.desk)
        member.desk = None

    def change_post(self, member: Member, block: int, area: str | None, grade: str) -> None:
        """Give a member who stays in the service another post."""
        self.counts["moved_out", member.block, member.grade] += 1
        member.block, member.area, member.grade, member.desk = block, area, grade, None
        self.counts["moved_in", block, grade] += 1

    def join(self, member: Member) -> None:
        """Put someone new on the books."""
        self.staff.append(member)
        self.counts["joined", member.block, member.grade] += 1
        self.seat(member)

    # --- a month ----------------------------------------------------------------------------------------------------
    def leave(self, month: int, row: int) -> None:
        """Leavers, trainees who drop out, and movers inside the service in the month before."""
        leavers, movers = [], []
        for member in self.staff:
            rate = self.careers.leaving(member.grade, month - member.joined, row)
            chance = a_month(rate * self.feedback("staff.feedback.leaving", member.block, row))
            if member.cohort is not None:
                chance = 1.0 - (1.0 - chance) * (
                    1.0 - self.careers.dropout(month - member.cohort, member.training)
                )
            moving = a_month(self.dated("staff.moving.annual_rate", row, member.grade))
            if uniform_k(member.key, streams.LEAVE, month) < chance:
                leavers.append(member)
            elif member.cohort is None and uniform_k(member.key, streams.MOVE, month) < moving:
                if member.block != OTHER_ROLES or (self.regrades(member, month, row) and member.grade != "specialist"):
                    movers.append(member)
        going = set(leavers + movers)
        for member in going:
            if member.desk is not None and member.desk.is_named:
                member.desk.usual = 0  # no cases for those who are about to go
        for member in [member for member in self.staff if member in going]:
            self.vacate(member, month, row)
            self.rise(member)
        for member in movers:
            grade = "specialist" if self.regrades(member, month, row) else member.grade
            self.change_post(member, OTHER_ROLES, None, grade)
        for member in leavers:
            self.counts["left", member.block, member.grade] += 1
            self.staff.remove(member)

    def regrades(self, member: Member, month: int, row: int) -> bool:
        """Whether someone who moves takes a post of another kind."""
        share = self.dated("staff.moving.regraded_share", row, member.grade)
        return uniform_k(member.key, streams.REGRADE, month) < share

    def vacate(self, member: Member, month: int, row: int) -> None:
        """Note the posts that someone who goes leaves to be filled; trainees leave none."""
        share = self.dated("staff.replacement.share", row, member.grade)
        count = whole_and_chance(share, uniform_k(member.key, streams.ROUND, month))
        if member.cohort is None:
            keys = [streams.child_int(member.key, RECRUITS + copy) for copy in range(count)]
            self.vacancies += [Member(key, member.block, member.area, member.grade, member.fte) for key in keys]

    def feedback(self, path: str, block: int, row: int) -> float:
        """Factor that the workload of a member's unit puts on leaving or sickness."""
        size = self.dated(path, row)
        return self.careers.feedback(size, self.workload[block]) if size and block in self.workload else 1.0

    def qualify(self, month: int, row: int) -> None:
        """Trainees whose months are over become officers: in their unit, protected, or in other roles."""
        share = self.dated("staff.qualifiers.sentence_management_share", row)
        stay = []
        for member in self.staff:
            if member.cohort is None or month - member.cohort < member.training:
                continue
            self.rise(member)
            member.cohort, member.training = None, 0
            if uniform_k(member.key, streams.PLACE, month) < share:
                member.protected_until = month + int(self.fixed("staff.newly_qualified.months"))
                self.change_post(member, member.block, member.area, "PO")
                stay.append(member)
            else:
                self.change_post(member, OTHER_ROLES, None, "PO")
        for member in stay:
            self.seat(member)

    def intake(self, month: int, row: int) -> None:
        """Start a cohort of trainees in March and September, as far as each region has places and mentors."""
        if month % MONTHS_A_YEAR not in INTAKE_MONTHS:
            return
        count = int(self.dated("staff.trainee.starts_per_year", row) / len(INTAKE_MONTHS) + 0.5)
        key = streams.child_int(streams.child_int(self.root, TRAINEES), month)
        shares = self.world.placement.tolist()
        unit_of = {int(place): unit for unit, place in enumerate(self.world.unit_ids)}
        room = {region: self.room(region, month, row) for region in range(len(self.world.data.regions))}
        taken = []
        for n in range(count):
            trainee = streams.child_int(key, n)
            place = min(bisect_right(shares, uniform(trainee, streams.PLACE)), len(shares) - 1)
            if place not in unit_of:
                continue
            unit = unit_of[place]
            region = self.region_of(unit)
            if room[region] > 0:
                room[region] -= 1
                taken.append((trainee, unit))
            else:
                self.counts["not_taken", unit, "trainee"] += 1
        for trainee, unit in taken:
            self.join(self.new_trainee(trainee, unit, NAMED_AREA, month, row))

    def new_trainee(self, key: int, block: int, area: str | None, month: int, row: int) -> Member:
        """Someone who starts training."""
        fte, training = float(self.fixed("staff.fte_per_head")), self.careers.training(key, row)
        return Member(key, block, area, "trainee", fte, cohort=month, joined=month, training=training)

    def room(self, region: int, month: int, row: int) -> int:
        """How many more trainees a region can take on."""
        shares = [0.0, *self.world.placement.tolist()]
        mine = [unit for unit in range(len(self.units)) if self.region_of(unit) == region]
        share = 0.0
        for unit in mine:
            place = int(self.world.unit_ids[unit])
            share += shares[place + 1] - shares[place]
        here = [member for member in self.staff if member.area == NAMED_AREA and member.block in mine]
        officers = sum(member.grade == "PO" and not member.is_protected(month) for member in here)
        training = sum(member.cohort is not None for member in here)
        places = int(share * self.dated("staff.trainee.places", row))
        mentored = int(officers * self.dated("staff.mentoring.trainees_per_officer", row))
        return max(0, min(places, mentored) - training)

    def recruit(self, month: int, row: int) -> None:
        """Last month's vacancies are filled, by promotion or with recruits; then recruits and returners beyond them."""
        posts, self.vacancies = self.vacancies, []
        left = []
        for post in posts:
            risen = None
            if uniform_k(post.key, streams.PROMOTE, month) < self.dated("staff.promotion.share", row, post.grade):
                risen = self.candidate(post, month)
            if risen is None:
                left.append(post)
                continue
            self.vacate(risen, month, row)
            self.rise(risen)
            self.change_post(risen, post.block, post.area, post.grade)
            self.seat(risen)
        for post in left:
            key = streams.child_int(streams.child_int(post.key, streams.ROUND), month)
            self.join(Member(key, post.block, post.area, post.grade, post.fte, joined=month))
        service = {
            "staff.recruitment.per_year": 0,
            "staff.returners.per_year": round(MONTHS_A_YEAR * float(self.fixed("staff.returners.years"))),
        }
        for kind, (path, months) in enumerate(service.items()):
            for place, grade in enumerate(self.rules.grades):
                self.recruit_more(self.dated(path, row, grade), grade, 2 * place + kind, month, row, months)

    def candidate(self, post: Member, month: int) -> Member | None:
        """Who is promoted into a post: someone of the same team, or else near it."""
        least = MONTHS_A_YEAR * float(self.fixed("staff.promotion.least_years"))
        region = self.region_of(post.block)

        def same_team(member: Member) -> bool:
            return (member.block, member.area) == (post.block, post.area)

        def near(member: Member) -> bool:
            if post.block == OTHER_ROLES:
                return False
            if region is None:
                return member.block == OTHER_ROLES
            if member.area != NAMED_AREA:
                return False
            same_region = self.region_of(member.block) == region
            return member.block == post.block if post.block < len(self.units) else same_region

        places: list[Callable[[Member], bool]] = [same_team, near]
        for is_there in places:
            able = [
                member
                for member in self.staff
                if member.grade == BELOW.get(post.grade)
                and not member.is_protected(month)
                and month - member.joined >= least
                and is_there(member)
            ]
            if able:
                return min(able, key=lambda member: uniform_k(member.key, streams.PROMOTE, month))
        return None

    def recruit_more(self, yearly: float, grade: str, number: int, month: int, row: int, service: int) -> None:
        """Recruits or returners of a grade beyond replacement, placed as the grade was at the start."""
        if yearly <= 0:
            return
        key = streams.child_int(streams.child_int(streams.child_int(self.root, EXTRAS), month), number)
        posts = self.world.posts
        shares = posts.cumulative[self.rules.grades.index(grade)].tolist()
        if shares[-1] <= 0:
            return
        count = whole_and_chance(yearly / MONTHS_A_YEAR, streams.unit_int(streams.child_int(key, HOW_MANY)))
        for n in range(count):
            person = streams.child_int(key, n)
            place = min(bisect_right(shares, uniform(person, streams.PLACE)), len(shares) - 1)
            block, area = int(posts.block[place]), int(posts.area[place])
            if block == ABSENT or uniform(person, streams.KEEP) >= float(posts.kept[place]):
                continue
            name = None if area < 0 else self.rules.areas[area]
            fte = float(self.fixed("staff.fte_per_head"))
            if grade == "trainee":
                member = self.new_trainee(person, block, name, month, row)
                member.joined = month - service
            else:
                member = Member(person, block, name, grade, fte, joined=month - service)
            self.join(member)

    # --- hours ------------------------------------------------------------------------------------------------------
    def mentoring(self, month: int) -> dict[tuple[int, str], float]:
        """Share of the time of the mentors of each unit and grade that trainees take."""
        asked: Counter[tuple[int, str]] = Counter()
        there: Counter[tuple[int, str]] = Counter()
        for member in self.staff:
            if member.area != NAMED_AREA:
                continue
            if member.cohort is not None:
                for grade, path in (("PO", "staff.mentoring.po_share"), ("SPO", "staff.mentoring.spo_share")):
                    asked[member.block, grade] += member.fte * float(self.fixed(path)[self.stage(member, month)])
            elif member.grade in ("PO", "SPO") and not member.is_protected(month):
                there[member.block, member.grade] += member.fte
        return {cell: min(1.0, asked[cell] / fte) for cell, fte in there.items()}

    def stage(self, member: Member, month: int) -> int:
        """Stage of training."""
        return min(max(month - (member.cohort or 0), 0) // 6, 3)

    def share_available(
        self, member: Member, month: int, row: int, mentoring: dict[tuple[int, str], float]
    ) -> float:
        """Share of a member's time that is available."""
        reduction = 0.0
        if member.cohort is not None:
            reduction = 1.0 - float(self.fixed("staff.trainee.capacity")[self.stage(member, month)])
        elif member.is_protected(month):
            reduction = float(self.fixed("staff.newly_qualified.reduction"))
        elif member.area == NAMED_AREA:
            reduction = mentoring.get((member.block, member.grade), 0.0)
        return (1.0 - reduction) * (1.0 - self.more_sickness(member, row))

    def more_sickness(self, member: Member, row: int) -> float:
        """Share of productive time that sickness takes beyond the mean of the grade."""
        region = self.region_of(member.block)
        factor = 1.0
        if region is not None:
            factor = self.world.data.sickness_by_region.get(self.world.data.regions[region], 1.0)
        factor *= self.feedback("staff.feedback.sickness", member.block, row)
        works_as = "PSO" if member.grade == "trainee" else member.grade
        lost = self.dated("staff.time.sickness_days", row, works_as) * float(self.fixed("staff.time.day_hours"))
        lost = lost * MINUTES / self.minutes_a_week(works_as, row)
        return min(0.95, lost * (factor - 1.0))

    def minutes_a_week(self, grade: str, row: int) -> float:
        """Productive minutes of one FTE of a grade in a week."""
        return self.careers.minutes_a_week(grade, row)

    def observe(self, due: dict[int, int], first: int, weeks: int) -> None:
        """Take in the minutes due on the policy timing in sentence management of each unit in a month."""
        for unit, minutes in due.items():
            there = sum(
                self.available[unit, NAMED_AREA, grade] * self.minutes_a_week(grade, first)
                for grade in self.rules.grades
            )
            reference = float(self.fixed("staff.feedback.reference"))
            self.workload[unit] = minutes / (there * weeks) if there > 0 else reference

    def fill(self, first: int, last: int, month: int) -> None:
        """Set in post, available, and the minutes of every desk for the weeks of a month.

        A member is away in some weeks and works more in the others, so that the mean stays.
        """
        absent = float(self.fixed("staff.absence.share"))
        full = self.world.productive_minutes
        for counter in (self.in_post, self.available, self.other_roles):
            counter.clear()
        for what, block, grade in list(self.counts):
            if what in ("short_service", "mentoring"):
                del self.counts[what, block, grade]
        for block in self.blocks:
            for desk in block.pools.values():
                desk.usual, desk.capacity, desk.limit = 0, {}, round(full / (1.0 - absent))
        for unit in self.units:
            for desk in unit.seats:
                if desk is not None:
                    desk.usual, desk.capacity = 0, {}
        mentoring = self.mentoring(month)
        minutes = {grade: self.minutes_a_week(grade, first) for grade in self.rules.grades}
        for member in self.staff:
            if month - member.joined <= SHORT_SERVICE:
                self.counts["short_service", member.block, member.grade] += member.fte
            if member.area is None:
                self.other_roles[member.grade] += member.fte
                continue
            share = self.share_available(member, month, first, mentoring)
            works_as = "PSO" if member.grade == "trainee" else member.grade
            self.in_post[member.block, member.area, member.grade] += member.fte
            self.available[member.block, member.area, works_as] += member.fte * share
            if member.area == NAMED_AREA and (member.block, member.grade) in mentoring:
                if not member.is_protected(month):
                    given = member.fte * mentoring[member.block, member.grade]
                    self.counts["mentoring", member.block, member.grade] += given
            if member.desk is None:
                continue
            usual = member.fte * share * minutes[member.grade]
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
