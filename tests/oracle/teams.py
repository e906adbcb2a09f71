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
from .rules import AMBER, CASE, GREEN, MOVED, NAMED_AREA, ONE, RED, Activity, Clock, Phase, Rules


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
    ) -> None:
        """Work falls due at a desk; the unit's status may pause it, and then it lapses at once."""
        self.books.count(activity, risk, "due")
        officer = MOVED if is_moved else "PSO" if desk.is_named and desk.grade == "PSO" else "PO"
        self.week[activity, risk, officer] += duration
        minutes = self.rules.minutes(activity, risk, row, duration)
        if self.status >= activity.pause_at:
            self.books.count(activity, risk, "paused")
            desk.count("due", minutes)
            desk.count("lapsed", minutes)
            return
        desk.put(Piece(activity, risk, minutes, row, person), activity.queue)

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
        self.sent: dict[int, list[tuple[Activity, int, int]]] = {areas.REGION: [], areas.NATION: []}
        self.starts = sorted(starts, key=lambda start: (start.day, start.key))
        self.seniors = self.pools[areas.FALLBACK]
        clock.env.process(self.courts())

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

    def next_turn(self) -> int:
        """Turn of someone who comes: the last that was freed, or a new one."""
        if self.free_turns:
            return self.free_turns.pop()
        self.turns += 1
        return self.turns

    def work_for(self, person: Person, activity: Activity, row: int, duration: int, is_moved: bool) -> None:
        """Work falls due for a person: at their officer's desk, in a pool of the unit, or in a team."""
        if activity.level != self.level:
            self.sent[activity.level].append((activity, person.risk, duration))
            return
        grade = activity.moves_to if is_moved else activity.grade
        desk = person.desk if grade == CASE else self.pools[activity.area, grade]
        self.fall_due(activity, person.risk, row, duration, desk, person, is_moved)

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
        moved = set(cases)
        for place, queue in enumerate(desk.queues):
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
    def review(self, amber: float, red: float, back: float) -> None:
        """Set the status from the work in hand of the officers, in weeks of their usual time.

        A unit turns worse at once, and better only when it is below the mark by some margin.
        """
        officers = [desk for desk in self.seats if desk is not None]
        usual = sum(desk.usual for desk in officers)
        weeks = sum(desk.in_hand() for desk in officers) / max(1, usual)
        worse = RED if weeks > red else AMBER if weeks > amber else GREEN
        stays = RED if weeks > red - back else AMBER if weeks > amber - back else GREEN
        self.status = worse if worse >= self.status else min(self.status, max(stays, worse))


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
                for activity, risk, duration in unit.sent[self.level]:
                    desk = self.pools[activity.area, activity.grade]
                    self.fall_due(activity, risk, row, duration, desk, None)
                unit.sent[self.level].clear()
