"""A person: one process that waits for the next week in which anything falls due, and lives it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import simpy

from capacity_sim import streams

from .lives import Start, State
from .places import Needs
from .rules import STREAMS, TRIGGERS, Phase, uniform
from .services import REQUIREMENTS

if TYPE_CHECKING:
    from .desks import Desk
    from .teams import Unit

RESTART = ("contact", "review", "visit")  # streams that start afresh in a new state
GO_ON = ("monthly", "occasional")  # streams that do not
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
    needs : Needs
        Where they stand with services that have places.
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
            if self.needs.waits:
                row = min(row, clock.row + 1)  # a place may have come
            if row >= self.rules.weeks:
                return
            yield clock.at(row, Phase.PEOPLE, self.turn)
            self.week(row)

    @property
    def is_alive(self) -> bool:
        """Whether the sentence goes on."""
        return self.life.state is not None

    @property
    def is_tagged(self) -> bool:
        """Whether they wear a tag: in the community only."""
        return "tag" in self.flags and self.life.state not in INSIDE

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
        self.flags = law.flags(self.life, self.risk, rules.flags)
        self.exempt_draw = float(np.float32(uniform(key, streams.FLAG)))  # who carries a flag is exempt first
        self.adoption_draw = float(np.float32(uniform(key, streams.ADOPTION)))
        self.score = int(uniform(key, streams.SCORE) * 100)  # chance of reoffending, in per cent
        self.needs_po = uniform(key, streams.NEEDS_PO) < rules.needs_po[row][self.risk]
        self.unpaid_days = law.unpaid_work_days(key, self.start.day) if "unpaid_work" in self.flags else 0
        self.sessions = law.sessions if "programme" in self.flags else 0
        self.followed_up = False
        self.officer_changes = 0
        self.returned = 0
        self.needs = Needs(self)
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
        self.needs.start(row, loaded)

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
        residuals = self.residuals(row, monday)
        if "reset" in residuals and self.due.get("monthly") == row:
            self.follow_up(row, monday)
        for stream in STREAMS:
            if self.due.get(stream) == row:
                if residuals:
                    share = min(residuals.values())
                elif stream == "contact" and self.is_eligible(row):
                    share = self.rules.impact["front_load"][row]
                else:
                    share = 1.0
                self.come_round(stream, row, share)

    def events_until(self, row: int) -> None:
        """Sentence events up to the end of a week, and the work they make fall due."""
        while self.is_alive and self.event_day < self.rules.monday(row + 1):
            event, day, before = self.event, self.event_day, self.life.state
            self.unit.books.events[event] += 1
            if event in ("order_completed", "order_revoked", "supervision_end", "ended_in_custody"):
                self.fire(event, row)
                self.unit.take_back(self)
                self.unit.books.changes_of_ended += self.officer_changes
                self.needs.end()
                self.unit.free_turns.append(self.turn)
                self.law.happen(self.life, event, day)
                return
            self.law.happen(self.life, event, day)
            if self.life.state != before:
                self.new_state(row)
            if event in ("release", "re_release"):
                self.come_out(row)
            self.needs.after(event, row)
            self.fire(event, row)
            self.event, self.event_day = self.law.next_event(self.life)

    def new_state(self, row: int) -> None:
        """Contact, reviews and visits start afresh: first due one interval from now."""
        for name in RESTART:
            step = self.interval(name)
            self.due.pop(name, None)
            if step > 0:
                self.due[name] = row + step

    def come_out(self, row: int) -> None:
        """At a release, with a tag or without one."""
        self.flags.discard("tag")
        if self.law.is_tagged(self.key, self.life.kind, row):
            self.flags.add("tag")

    def come_round(self, stream: str, row: int, share: float) -> None:
        """One turn of a stream of work, with a share of what may be suspended, and when it comes round again."""
        step = self.interval(stream)
        if stream in REQUIREMENTS:
            if stream == "unpaid_work":
                falls = self.needs.unpaid_week(row, step)
            else:
                falls = self.needs.programme_week(row, step)
            for trigger in falls:
                if trigger != stream:
                    self.unit.books.events[trigger] += 1
                self.fire(trigger, row)
            return
        del self.due[stream]
        if step > 0:
            self.due[stream] = row + step
            self.fire(stream, row, share)
            while self.returned:
                self.returned -= 1
                self.fire("referral_returned", row)

    # --- suspension of contact --------------------------------------------------------------------------------------
    def residuals(self, row: int, day: int) -> dict[str, float]:
        """Reasons for which contact is suspended on a day, and the share of work that goes on under each."""
        if self.life.state in INSIDE:
            return {}
        rules, found = self.rules, {}
        if self.is_reset(row, day):
            found["reset"] = rules.suspend["residual"][row]
        if self.is_eligible(row) and day >= self.life.release + 7 * rules.impact["after_weeks"][row]:
            found["impact"] = rules.impact["residual"][row]
        if self.is_unsupervised(row, day):
            found["unsupervised"] = rules.unsupervised["residual"][row]
        return found

    def is_reset(self, row: int, day: int) -> bool:
        """Whether Reset suspends contact on a day, under the rules of a week."""
        rule, state, life = self.rules.suspend, self.life.state, self.life
        adoption = rule["adoption"][row]
        if self.adoption_draw >= adoption:
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

    def is_eligible(self, row: int) -> bool:
        """Whether Impact reaches someone in the community: at first with more contact, after some weeks with less."""
        rule = self.rules.impact
        if self.life.state in INSIDE or self.adoption_draw >= rule["adoption"][row]:
            return False
        if self.flags & self.rules.impact_exempt_flags[row] or self.score >= rule["reoffending_below"][row]:
            return False
        return uniform(self.key, streams.IMPACT) < rule["eligible_share"][row][self.risk]

    def is_unsupervised(self, row: int, day: int) -> bool:
        """Whether someone is in the last part of a sentence, which goes without supervision."""
        rule, life = self.rules.unsupervised, self.life
        if life.state != State.LICENCE or uniform(self.key, streams.UNSUPERVISED) >= rule["share"][row][self.risk]:
            return False
        part = rule["from"][row]
        return part < 1.0 and day >= life.end - (1 - part) * life.length

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

    def refer(self, row: int, z: int, pieces: int) -> None:
        """Find out which referrals do not start, or fail, and so come back; `z` is the key of their draws."""
        for k in range(pieces):
            self.needs.count("referral", "imposed")
            if uniform(z, 2 + 2 * k) >= self.rules.start_rate[row]:
                self.needs.count("referral", "declined")
            elif uniform(z, 3 + 2 * k) < self.rules.failure_rate[row]:
                self.needs.count("referral", "ended")
            else:
                continue
            self.returned += 1

    # --- work -------------------------------------------------------------------------------------------------------
    def fire(self, trigger: str, row: int, share: float = 1.0) -> None:
        """Work that a sentence event or a stream makes fall due this week, with a share of what may be suspended."""
        rules = self.rules
        key = streams.child_int(self.key, streams.WORK + row * 64 + TRIGGERS[trigger])
        for item in rules.items[trigger]:
            if self.life.state not in item.states or (item.flag is not None and item.flag not in self.flags):
                continue
            activity = item.activity
            mean = rules.times(item, self.risk, row)
            if item.report:
                mean *= rules.report_share[row][self.start.kind]
            if activity.suspendable:
                mean *= share
            z = streams.child_int(key, item.place)
            pieces = int(mean)
            pieces += streams.unit_int(z) < mean - pieces
            if item.referred:
                self.refer(row, z, pieces)
            duration = rules.durations[z % len(rules.durations)]
            is_moved = rules.is_moved(activity, row, z)
            if is_moved:
                duration = rules.moved_duration(activity, row, duration)
            for _ in range(pieces):
                self.unit.work_for(self, activity, row, duration, z, is_moved)
