"""A desk: one named officer, or a pool of staff; one process that works through the weeks.

A desk has one queue for each class of urgency, in the order in which work fell due. Minutes are whole; what is due is
delivered, short (done in less time than it needs), lapsed or waiting, exactly.
"""

from __future__ import annotations

import bisect
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import simpy

from .rules import GREEN, ONE, Activity, Phase

if TYPE_CHECKING:
    from .people import Person
    from .teams import Block


@dataclass(eq=False)
class Piece:
    """A piece of work: `left` is the full minutes that it still needs, `due` the week in which it fell due.

    `held_up` is work that something other than staff time makes late.
    """

    activity: Activity
    risk: int
    left: int
    due: int
    person: Person | None
    held_up: bool = False


class Desk:
    """A desk and its waiting work.

    Attributes
    ----------
    area, grade : str
        Whose books its minutes are in.
    is_named : bool
        Whether it is a named officer's, who holds cases.
    usual : int
        Minutes in a usual week; none once the desk is closed, or before its officer's first month.
    capacity : dict
        Minutes in each week.
    limit : int or None
        Most minutes that one piece of work gets in a week: what one person of a pool can give.
    owed : list of Piece
        Work that the unit's status paused when it fell due.
    """

    def __init__(self, block: Block, area: str, grade: str, is_named: bool) -> None:
        self.block, self.rules, self.books = block, block.rules, block.books
        self.area, self.grade, self.is_named = area, grade, is_named
        self.usual, self.limit = 0, None
        self.capacity: dict[int, int] = {}
        self.queues: list[list[Piece]] = [[] for _ in self.rules.queues]
        self.owed: list[Piece] = []
        self.cases: list[Person] = []
        self.is_open = True

    def process(self) -> Generator[simpy.Event, None, None]:
        """Work week after week until the desk is closed or the run ends."""
        for row in range(self.block.clock.row, self.rules.weeks):
            yield self.block.clock.at(row, Phase.DESKS)
            if not self.is_open:
                return
            self.week(row)

    @property
    def lines(self) -> list[list[Piece]]:
        """The queues, and what is owed."""
        return [*self.queues, self.owed]

    def put(self, piece: Piece, line: int) -> None:
        """Add a piece of work at the end of a line."""
        self.lines[line].append(piece)
        self.count("due", piece.left)

    def put_in_order(self, piece: Piece, line: int) -> None:
        """Add a piece of work from another desk behind the work that fell due no later than it did."""
        bisect.insort_right(self.lines[line], piece, key=lambda waiting: waiting.due)
        self.count("due", piece.left)

    def count(self, measure: str, minutes: int) -> None:
        """Write minutes down."""
        self.books.flow[self.area, self.grade, measure] += minutes

    def floor(self, piece: Piece) -> int:
        """Least share of its full time (in 1/1024) that a piece of work can be done in."""
        return self.rules.floor[piece.due][piece.activity.place]

    def weight(self) -> int:
        """Minutes a week (in 1/16) that its cases are expected to need."""
        return sum(person.weight for person in self.cases)

    def in_hand(self) -> int:
        """Minutes that wait in the queues, at full time."""
        return sum(piece.left for queue in self.queues for piece in queue)

    # --- a week -----------------------------------------------------------------------------------------------------
    def week(self, row: int) -> None:
        """Let old work lapse, set the squeeze, share the week between the queues and serve them.

        In a green unit a part of the week goes first to what is owed, and what is left over at the end too.
        """
        self.lapse(row)
        in_hand, minutes = self.in_hand(), self.capacity.get(row, 0)
        pays = self.block.status == GREEN and bool(self.owed)
        if minutes == 0 or (in_hand == 0 and not pays):
            return
        squeeze = self.squeeze(in_hand / (self.usual or minutes))
        if pays:
            given = int(self.rules.owed_share * minutes)
            minutes -= given - self.serve(self.owed, given, squeeze, row)
        for queue, budget in zip(self.queues, self.budgets(minutes, squeeze), strict=True):
            given = min(budget, minutes)
            minutes -= given - self.serve(queue, given, squeeze, row)
        if pays:
            self.serve(self.owed, minutes, squeeze, row)

    def lapse(self, row: int) -> None:
        """Let work at the head of each line lapse that has reached its age."""
        for queue, age in zip(self.lines, self.rules.lapse, strict=True):
            while queue and row - queue[0].due >= age:
                piece = queue.pop(0)
                self.count("lapsed", piece.left)
                self.books.count(piece.activity, piece.risk, "lapsed")
                self.books.count(piece.activity, piece.risk, "minutes_lapsed", piece.left)

    def squeeze(self, weeks: float) -> int:
        """Squeeze in 1/1024: none under some weeks of work in hand, all over some more, smooth in between."""
        x = (weeks - self.rules.squeeze_from) / (self.rules.squeeze_full - self.rules.squeeze_from)
        x = min(max(x, 0.0), 1.0)
        return int(x * x * (3.0 - 2.0 * x) * ONE + 0.5)

    def budgets(self, minutes: int, squeeze: int) -> list[int]:
        """Minutes for each queue: in proportion to attention x minutes needed, and none gets more than it needs."""
        attention = self.rules.attention
        need = []
        for queue in self.queues:
            spare = sum(piece.left * (ONE - self.floor(piece)) for piece in queue)
            need.append(sum(piece.left for piece in queue) - (spare * squeeze >> 20))
        if sum(need) <= minutes:
            return [minutes] * len(need)
        budget: dict[int, int] = {}
        left = float(minutes)
        while True:
            hungry = [c for c in range(len(need)) if c not in budget]
            weight = 0.0
            for c in hungry:
                weight += attention[c] * need[c]
            if weight <= 0.0:
                return [budget.get(c, 0) for c in range(len(need))]
            rate = left / weight
            filled = [c for c in hungry if rate * attention[c] >= 1.0]
            for c in filled:
                budget[c] = need[c]
                left -= need[c]
            if not filled:
                return [budget[c] if c in budget else int(rate * attention[c] * need[c]) for c in range(len(need))]

    def serve(self, queue: list[Piece], minutes: int, squeeze: int, row: int) -> int:
        """Serve a queue from its head; what is unfinished keeps its place. Returns the minutes left over."""
        for piece in list(queue):
            if minutes == 0:
                break
            factor = ONE - ((ONE - self.floor(piece)) * squeeze >> 10)
            need = (piece.left * factor + ONE // 2) >> 10
            most = minutes
            if self.limit is not None and not piece.activity.is_support:
                most = min(minutes, self.limit)
            if need <= most:
                given, gone = need, piece.left
                queue.remove(piece)
                self.books.count(piece.activity, piece.risk, "done")
                if row - piece.due < piece.activity.deadline and not piece.held_up:
                    self.books.count(piece.activity, piece.risk, "on_time")
            else:
                given, gone = most, most * ONE // factor
                piece.left -= gone
            minutes -= given
            self.count("delivered", given)
            self.count("short", gone - given)
        return minutes
