"""A person: one process that waits for the next week in which anything falls due, and lives it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import simpy

from capacity_sim import streams

from .lives import Start, State
from .rules import STREAMS, TRIGGERS, Phase, uniform

if TYPE_CHECKING:
    from .desks import Desk
    from .teams import Unit

RESTART = ("contact", "review", "visit")  # streams that start afresh in a new state
GO_ON = ("monthly", "occasional")  # streams that do not
UNPAID_WAIT, UNPAID_LIMIT = 2, 52  # weeks from the start of an order: the first day, the last day
INSIDE = (State.CUSTODY, State.RECALLED)


class Person:
    """Someone on a sentence.

    Attributes
    ----------
    life : Life
        Where they are in the sentence; what happens next is `event`, on `event_day`.
    due : dict
        Week in which each stream of work next falls due.
    unpaid_days, sessions : int
        Days of unpaid work and sessions of a programme that are left.
    desk : Desk
        Their officer.
    number : int
        How many came to the unit before.
    turn : int
        When several have work due in the same week, who has the lower turn is first.
    """

    def __init__(self, unit: Unit, start: Start, number: int) -> None:
        self.unit, self.start, self.number = unit, start, number
        self.key, self.rules, self.law = start.key, unit.rules, unit.law
        self.due: dict[str, int] = {}
        self.desk: Desk | None = None

    def process(self, loaded: bool) -> Generator[simpy.Event, None, None]:
        """Come to the unit, then live week by week until the sentence is over or the run ends."""
        clock = self.unit.clock
        row = clock.row
        self.enter(row, loaded)
        if not loaded:
            event = "custody_start" if self.start.kind == State.CUSTODY else "order_start"
            self.unit.books.events[event] += 1
            self.fire(event, row)
            self.events_until(row)
        while self.is_alive:
            row = min([self.rules.row_of(self.event_day), *self.due.values()])
            if row >= self.rules.weeks:
                return
            yield clock.at(row, Phase.PEOPLE, self.turn)
            self.week(row)

    @property
    def is_alive(self) -> bool:
        """Whether the sentence goes on."""
        return self.life.state is not None

    @property
    def weight(self) -> int:
        """Minutes a week (in 1/16) that the case is expected to need."""
        return self.rules.weight[self.life.state][self.risk]

    # --- the start --------------------------------------------------------------------------------------------------
    def enter(self, row: int, loaded: bool) -> None:
        """Find out who this is, and get an officer."""
        law, rules, key = self.law, self.rules, self.key
        self.turn = self.unit.next_turn()
        self.life = law.sentence(self.start)
        if loaded:
            law.live_until(self.life, law.first_day)
        self.risk = law.risk(key, self.start.day)
        self.flags = law.flags(key, self.start.kind, self.risk, rules.flags)
        self.exempt_draw = float(np.float32(uniform(key, streams.FLAG)))  # who carries a flag is exempt first
        self.adoption_draw = float(np.float32(uniform(key, streams.ADOPTION)))
        self.needs_po = uniform(key, streams.NEEDS_PO) < rules.needs_po[row][self.risk]
        self.unpaid_days = law.unpaid_work_days(key) if "unpaid_work" in self.flags else 0
        self.sessions = law.sessions if "programme" in self.flags else 0
        self.followed_up = False
        self.event, self.event_day = law.next_event(self.life)
        self.unit.give(self, self.unit.choose_desk(self))
        self.start_streams(row, loaded)

    def start_streams(self, row: int, loaded: bool) -> None:
        """First week of each stream: one interval after the start; anywhere in the interval for the loaded."""
        for name in (*RESTART, *GO_ON):
            step = self.interval(name)
            phase = int(uniform(self.key, streams.PHASE + 1 + STREAMS.index(name)) * step)
            if step == 0:
                continue
            if loaded:
                self.due[name] = row + phase
            else:
                self.due[name] = row + (step if name in RESTART else phase + 1)
        started = self.rules.row_of(self.life.start)
        if self.unpaid_days > 0:
            first = started + UNPAID_WAIT
            self.unpaid_days = max(0, self.unpaid_days - max(0, row - first))
            if self.unpaid_days > 0 and row <= started + UNPAID_LIMIT:
                self.due["unpaid_work"] = max(row, first)
        if self.sessions > 0 and self.life.state not in INSIDE:
            outside = self.life.start if self.life.kind != State.CUSTODY else self.life.release
            first = self.rules.row_of(outside) + self.law.programme_wait
            self.sessions = max(0, self.sessions - max(0, row - first))
            if self.sessions > 0:
                self.due["programme"] = max(row, first)

    def interval(self, stream: str) -> int:
        """Weeks between pieces of work of a stream, 0 for none."""
        return self.rules.every[stream][self.life.state][self.risk]

    # --- a week -----------------------------------------------------------------------------------------------------
    def week(self, row: int) -> None:
        """Live a week: sentence events, then the streams of work."""
        self.events_until(row)
        if not self.is_alive:
            return
        monday = self.rules.monday(row)
        suspended = self.is_suspended(row, monday)
        if suspended and self.due.get("monthly") == row:
            self.follow_up(row, monday)
        for stream in STREAMS:
            if self.due.get(stream) == row:
                self.come_round(stream, row, suspended)

    def events_until(self, row: int) -> None:
        """Sentence events up to the end of a week, and the work they make fall due."""
        while self.is_alive and self.event_day < self.rules.monday(row + 1):
            event, day, before = self.event, self.event_day, self.life.state
            self.unit.books.events[event] += 1
            if event in ("order_completed", "order_revoked", "supervision_end", "ended_in_custody"):
                self.fire(event, row)
                self.unit.take_back(self)
                self.unit.free_turns.append(self.turn)
                self.law.happen(self.life, event, day)
                return
            self.law.happen(self.life, event, day)
            if self.life.state != before:
                self.new_state(row)
                if before in INSIDE and self.sessions > 0:
                    waits = self.sessions == self.law.sessions
                    self.due["programme"] = row + (self.law.programme_wait if waits else 1)
            self.fire(event, row)
            self.event, self.event_day = self.law.next_event(self.life)

    def new_state(self, row: int) -> None:
        """Contact, reviews and visits start afresh: first due one interval from now."""
        for name in RESTART:
            step = self.interval(name)
            self.due.pop(name, None)
            if step > 0:
                self.due[name] = row + step

    def come_round(self, stream: str, row: int, suspended: bool) -> None:
        """One turn of a stream of work, and when it comes round again."""
        step = self.interval(stream)
        again = step > 0
        if stream == "unpaid_work":
            self.unpaid_days -= 1
            again &= self.unpaid_days > 0 and row < self.rules.row_of(self.life.start) + UNPAID_LIMIT
        elif stream == "programme" and step > 0:
            if self.sessions == self.law.sessions:
                self.unit.books.events["programme_start"] += 1
                self.fire("programme_start", row)
            self.sessions -= 1
            again = self.sessions > 0
        del self.due[stream]
        if again:
            self.due[stream] = row + step
        if step > 0:
            self.fire(stream, row, suspended)

    # --- suspension of contact --------------------------------------------------------------------------------------
    def is_suspended(self, row: int, day: int) -> bool:
        """Whether contact is suspended on a day, under the rules of a week."""
        rule, state, life = self.rules.suspend, self.life.state, self.life
        adoption = rule["adoption"][row]
        if state in INSIDE or self.adoption_draw >= adoption:
            return False
        if self.flags & self.rules.exempt_flags[row] or self.exempt_draw < rule["exempt_share"][row][self.risk]:
            return False
        if state == State.LICENCE:
            part = rule["licence_from"][row]
            return part < 1.0 and day >= life.release + part * (life.end - life.release)
        if state == State.POST_SENTENCE:
            return self.adoption_draw < rule["post_sentence"][row] * adoption
        part = rule["order_from"][row]
        return part < 1.0 and "rehabilitation" in self.flags and day >= life.start + part * life.length

    def follow_up(self, row: int, monday: int) -> None:
        """One follow-up, midway through the suspended part of a licence."""
        if self.life.state != State.LICENCE or self.followed_up:
            return
        midway = 0.5 + 0.5 * self.rules.suspend["licence_from"][row]
        if monday >= self.life.release + midway * (self.life.end - self.life.release):
            self.followed_up = True
            if self.rules.suspend["follow_up"][row] > 0.0:
                self.unit.books.events["follow_up"] += 1
                self.fire("follow_up", row)

    # --- work -------------------------------------------------------------------------------------------------------
    def fire(self, trigger: str, row: int, suspended: bool = False) -> None:
        """Work that a sentence event or a stream makes fall due this week."""
        rules = self.rules
        key = streams.child_int(self.key, streams.WORK + row * 64 + TRIGGERS[trigger])
        for item in rules.items[trigger]:
            if self.life.state not in item.states or (item.flag is not None and item.flag not in self.flags):
                continue
            activity = item.activity
            mean = rules.times(item, self.risk, row)
            if item.report:
                mean *= rules.report_share[row][self.start.kind]
            if suspended and activity.suspendable:
                mean *= rules.suspend["residual"][row]
            z = streams.child_int(key, item.place)
            pieces = int(mean)
            pieces += streams.unit_int(z) < mean - pieces
            for _ in range(pieces):
                self.unit.work_for(self, activity, row, rules.durations[z % len(rules.durations)])
