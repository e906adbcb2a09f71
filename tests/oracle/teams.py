"""Delivery units and teams: who takes a case, where work goes, and what happens when an officer leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from fractions import Fraction

import simpy

from capacity_sim.model import areas

from .books import Books
from .desks import Desk, Piece
from .lives import Law, Start
from .people import Person
from .places import Office
from .rules import AMBER, CASE, GREEN, MOVED, NAMED_AREA, ONE, RED, URGENT, Activity, Clock, Phase, Rules


class Block:
    """A delivery unit or a team: its pools of staff, its books, and the support work of the week.

    Attributes
    ----------
    place : int
        Place in the results.
    level : int
        0 delivery unit, 1 regional team, 2 national team.
    pools : dict of Desk
        By area and grade.
    week : Counter
        Durations of the week's work by activity, risk and grade of the named officer (PO for work in pools, `MOVED` for
        work that was moved).
    """

    def __init__(self, clock: Clock, rules: Rules, place: int, level: int) -> None:
        self.clock, self.rules, self.place, self.level = clock, rules, place, level
        self.books = Books(rules)
        self.status = GREEN
        self.week: Counter[tuple[Activity, int, str]] = Counter()
        self.pools = {
            (pool.area, pool.grade): Desk(self, pool.area, pool.grade, is_named=False)
            for pool in areas.pools(rules.catalogue)
            if pool.level == level
        }
        for desk in self.pools.values():
            clock.env.process(desk.process())
        clock.env.process(self.close_weeks())

    def fall_due(
        self,
        activity: Activity,
        risk: int,
        row: int,
        duration: int,
        desk: Desk,
        person: Person | None,
        is_moved: bool = False,
        held_up: bool = False,
        z: int = 0,
    ) -> None:
        """Work falls due at a desk; the unit's status may pause it, and then it is owed.

        Urgent work of an officer who is away this week may go to a colleague.
        """
        self.books.count(activity, risk, "due")
        officer = MOVED if is_moved else "PSO" if desk.is_named and desk.grade == "PSO" else "PO"
        self.week[activity, risk, officer] += duration
        minutes = self.rules.minutes(activity, risk, row, duration)
        piece = Piece(activity, risk, minutes, row, person, held_up)
        if self.status >= activity.pause_at:
            self.books.count(activity, risk, "paused")
            desk.put(piece, len(self.rules.queues))
            return
        is_own = activity.grade == CASE and not is_moved and desk.is_named
        is_away = is_own and desk.capacity.get(row, 0) == 0
        if is_away and activity.queue == URGENT and self.rules.is_covered(z):
            desk = self.cover(desk, row)
        desk.put(piece, activity.queue)

    def close_weeks(self) -> Generator[simpy.Event, None, None]:
        """Minutes due of each week on each basis, and the time of other grades that goes with its work."""
        for row in range(self.rules.weeks):
            yield self.clock.at(row, Phase.SUPPORT)
            needed: dict[Activity, float] = {}
            for (activity, risk, grade), total in sorted(self.week.items(), key=lambda x: (x[0][1], x[0][2])):
                minutes = self.rules.timing[row, activity.place, risk].astype(float) * (total / ONE)
                needed[activity] = needed.get(activity, 0.0) + minutes[self.rules.spent]
                for basis in self.rules.bases:
                    self.books.due[activity, grade, basis] += int(minutes[basis] + 0.5)
            self.week.clear()
            for desk in self.pools.values():
                for queue in self.rules.queues:
                    self.support(row, desk, queue, needed)

    def support(self, row: int, desk: Desk, queue: int, needed: dict[Activity, float]) -> None:
        """Support work of a pool in one class of urgency: one piece, from the minutes that the work needed."""
        minutes = 0.0
        for activity in self.rules.activities:
            if activity.area == desk.area and activity.queue == queue and desk.grade in activity.support:
                minutes += needed.get(activity, 0.0) * activity.support[desk.grade]
        whole = int(minutes + 0.5)
        if whole > 0:
            desk.put(Piece(self.rules.support_of[desk.area], 0, whole, row, None), queue)


class Unit(Block):
    """A delivery unit: people, named officers in their seats, and work sent to teams.

    Attributes
    ----------
    seats : list of Desk or None
        Desks of named officers; a new officer takes the seat that was left last.
    free_seats : list of int
        Seats that officers left.
    sent : dict of list
        Work for the regional (1) and the national team (2): activity, risk, duration.
    free_turns : list of int
        Turns of people whose sentence is over; the last freed is used first.
    """

    def __init__(self, clock: Clock, rules: Rules, law: Law, place: int, starts: Iterable[Start]) -> None:
        super().__init__(clock, rules, place, areas.UNIT)
        self.law = law
        self.people: list[Person] = []
        self.turns, self.free_turns = 0, []
        self.seats: list[Desk | None] = []
        self.free_seats: list[int] = []
        self.sent: dict[int, list[tuple[Activity, int, int, bool]]] = {areas.REGION: [], areas.NATION: []}
        self.loads: list[tuple[int, int]] = []
        self.noted = 0
        self.asked = [0, 0]
        self.starts = sorted(starts, key=lambda start: (start.day, start.key))
        self.seniors = self.pools[areas.FALLBACK]
        self.office = Office(self)
        clock.env.process(self.courts())
        clock.env.process(self.places())

    def courts(self) -> Generator[simpy.Event, None, None]:
        """People come: those of the first day at once, the others in the week in which their sentence starts."""
        coming = iter(self.starts)
        start = next(coming, None)
        for row in range(self.rules.weeks):
            yield self.clock.at(row, Phase.STARTS)
            while start is not None and start.day < self.rules.monday(row + 1):
                person = Person(self, start, len(self.people))
                self.people.append(person)
                self.clock.env.process(person.process(loaded=start.day < self.law.first_day))
                start = next(coming, None)

    def places(self) -> Generator[simpy.Event, None, None]:
        """Free places are given out at the end of each week."""
        for row in range(self.rules.weeks):
            yield self.clock.at(row, Phase.PLACES)
            self.office.give(row)

    def next_turn(self) -> int:
        """Turn of someone who comes: the last that was freed, or a new one."""
        if self.free_turns:
            return self.free_turns.pop()
        self.turns += 1
        return self.turns

    def work_for(self, person: Person, activity: Activity, row: int, duration: int, z: int, is_moved: bool) -> None:
        """Work falls due for a person: at their officer's desk, in a pool of the unit, or in a team."""
        held_up = self.rules.is_held_up(activity, z)
        if activity.level != self.level:
            self.sent[activity.level].append((activity, person.risk, duration, held_up))
            return
        grade = activity.moves_to if is_moved else activity.grade
        desk = person.desk if grade == CASE else self.pools[activity.area, grade]
        self.fall_due(activity, person.risk, row, duration, desk, person, is_moved, held_up, z)

    def cover(self, desk: Desk, row: int) -> Desk:
        """Colleague of the grade who is there with the least urgent work waiting, or the officer if there is none."""
        there = [d for d in self.seats if d and d.grade == desk.grade and d.usual > 0 and d.capacity.get(row, 0) > 0]
        return min(there, key=lambda d: sum(piece.left for piece in d.queues[URGENT]), default=desk)

    # --- cases ------------------------------------------------------------------------------------------------------
    def most_room(self, grade: str) -> Desk:
        """Officer of a grade with the least weight of cases for their usual time; without one, the seniors' pool."""
        officers = [desk for desk in self.seats if desk is not None and desk.grade == grade and desk.usual > 0]
        return min(officers, key=lambda desk: Fraction(desk.weight(), desk.usual), default=self.seniors)

    def choose_desk(self, person: Person) -> Desk:
        """Officer for a person."""
        return self.most_room("PO" if person.needs_po else "PSO")

    def give(self, person: Person, desk: Desk) -> None:
        """Give a case to a desk."""
        person.desk = desk
        desk.cases.append(person)

    def take_back(self, person: Person) -> None:
        """Take a case from its desk."""
        person.desk.cases.remove(person)
        person.desk = None

    # --- officers come and go ---------------------------------------------------------------------------------------
    def open_desk(self, grade: str) -> Desk:
        """Seat a new officer."""
        desk = Desk(self, NAMED_AREA, grade, is_named=True)
        if self.free_seats:
            self.seats[self.free_seats.pop()] = desk
        else:
            self.seats.append(desk)
        self.clock.env.process(desk.process())
        return desk

    def close_desk(self, desk: Desk) -> None:
        """Close an officer's desk: cases and waiting work go to the officers with the most room."""
        desk.usual = 0
        self.share_out(desk)
        self.free_seats.append(self.seats.index(desk))
        self.seats[self.free_seats[-1]] = None
        desk.is_open = False

    def rehome(self) -> None:
        """Cases that the seniors hold for want of an officer go to an officer as soon as there is one."""
        if self.seniors.cases:
            self.share_out(self.seniors)

    def share_out(self, desk: Desk) -> None:
        """Share out the cases of a desk, in the order in which people came, then its work.

        Work goes with its case; work of people whose sentence is over goes to the officer of the grade with most room.
        """
        cases = sorted(desk.cases, key=lambda person: person.number)
        for person in cases:
            self.take_back(person)
            self.give(person, self.choose_desk(person))
            self.books.officer_changes += person.desk is not desk
            person.officer_changes += person.desk is not desk
        moved = set(cases)
        for place, queue in enumerate(desk.lines):
            for piece in list(queue):
                if piece.person in moved:
                    to = piece.person.desk
                else:
                    to = self.most_room(desk.grade) if desk.is_named else desk
                if to is not desk:
                    queue.remove(piece)
                    desk.count("due", -piece.left)
                    to.put_in_order(piece, place)

    # --- the monthly review -----------------------------------------------------------------------------------------
    def note_load(self, first: int, last: int) -> None:
        """Note what fell due for named officers in some weeks, and the minutes that they had."""
        due = sum(self.books.flow[NAMED_AREA, grade, "due"] for grade in ("PO", "PSO"))
        officers = [desk for desk in self.seats if desk is not None]
        had = sum(desk.capacity.get(row, 0) for desk in officers for row in range(first, last))
        self.loads.append((due - self.noted, had))
        self.noted = due

    def review(self, amber: float, red: float, back: float, worse_after: int, better_after: int, reviews: int) -> None:
        """Ask for another status when the load of the last reviews is over a mark, or well below it.

        It comes when some reviews in a row before this one have asked for a worse one, or for a better one.
        """
        due, had = (sum(part) for part in zip(*self.loads[-reviews:], strict=True)) if self.loads else (0, 0)
        load = 100.0 * due / had if had else 0.0
        worse = RED if load > red else AMBER if load > amber else GREEN
        stays = RED if load > red - back else AMBER if load > amber - back else GREEN
        wanted = worse if worse >= self.status else min(self.status, max(stays, worse))
        wants = (wanted > self.status, wanted < self.status)
        self.asked = [before + 1 if asks else 0 for before, asks in zip(self.asked, wants, strict=True)]
        if self.asked[0] > worse_after or self.asked[1] > better_after:
            self.status, self.asked = wanted, [0, 0]


class Team(Block):
    """A regional team, or the national one: it does what its units send."""

    def __init__(self, clock: Clock, rules: Rules, place: int, level: int, units: list[Unit]) -> None:
        super().__init__(clock, rules, place, level)
        self.units = units
        clock.env.process(self.inbox())

    def inbox(self) -> Generator[simpy.Event, None, None]:
        """Take in the week's work, unit by unit, in the order in which it was sent."""
        for row in range(self.rules.weeks):
            yield self.clock.at(row, Phase.TEAMS)
            for unit in self.units:
                for activity, risk, duration, held_up in unit.sent[self.level]:
                    desk = self.pools[activity.area, activity.grade]
                    self.fall_due(activity, risk, row, duration, desk, None, held_up=held_up)
                unit.sent[self.level].clear()
