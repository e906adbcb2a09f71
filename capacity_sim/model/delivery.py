"""Desks: waiting work, and what a week of an officer's time does to it.

A desk is one named officer, or a pool (the court officers of a unit, a regional team). It has one queue for each class
of urgency, in the order in which work fell due. Each week, for each desk:

1. work at the head of a queue that has reached its lapse age lapses;
2. the squeeze is set: 0 while the work in hand is under `squeeze_from` weeks of the desk's time, 1 when it is over
   `squeeze_full`, smooth in between; a piece of work then needs full time x (1 - squeeze x (1 - floor));
3. the week's minutes are shared between the queues in proportion to attention x minutes needed, and no queue gets more
   than it needs;
4. each queue is served from its head; no piece of work gets more than `limit` minutes in a week (one officer of a
   pool; support work is many small pieces and has no limit); what is unfinished keeps its place.

Work that the unit's status pauses is owed: it stands in a line of its own, apart from the work in hand. A green unit
gives a part of each week to it before step 3, and what is left of the week after step 4.

Minutes are integers. due = delivered + short + lapsed + waiting + owed, exactly.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.lines import append, leave_behind, set_head, step

N_QUEUES = 5
OWED = N_QUEUES  # line of the work that a status has paused
N_LINES = N_QUEUES + 1
URGENT = 0
ONE = 1024  # fixed point of time factors
HELD = 4  # added to the risk of a piece of work that something other than staff time makes late
RISK = 3  # mask of the risk itself
# who a piece of work is for, when it is not a person of the unit
SUPPORT, TEAM = -1, -2
# minutes of a group of desks
DUE, DELIVERED, SHORT, LAPSED_MINUTES = range(4)
# counts of pieces of work
WORK_DUE, WORK_DONE, WORK_ON_TIME, WORK_LAPSED, WORK_PAUSED, WORK_LAPSED_MINUTES = range(6)


#: a desk: usual minutes a week (0 when closed), most minutes for one piece of work in a week, minutes a week (in 1/16)
#: and number of the cases it holds, its group of the books (-1 for none), 0 PO, 1 PSO or 2 a pool
DESK = np.dtype(
    [("base", "i8"), ("limit", "i8"), ("weight", "i8"), ("cases", "i4"), ("group", "i2"), ("grade", "i2")], align=True
)


class Desks(NamedTuple):
    """Desks of one block and their waiting work (one row of the engine's arrays)."""

    desk: npt.NDArray[np.void]  # (desk,) of DESK
    line: npt.NDArray[np.void]  # (desk, N_LINES) of LINE
    piece: npt.NDArray[np.void]  # PIECE by PIECE, chunk by chunk
    after: npt.NDArray[np.int32]  # (chunk,) the next one of its line, -1 for none
    stack: npt.NDArray[np.int32]  # free chunks, so that none is read to be found
    free: npt.NDArray[np.int64]  # chunks on the stack, in use, and most ever in use
    capacity: npt.NDArray[np.int32]  # (desk, week) minutes
    flow: npt.NDArray[np.int64]  # (group, 4) minutes of the month
    work: npt.NDArray[np.int64]  # (activity, risk, 6) counts of the month, and minutes lapsed
    officers: int  # first desk of a named officer


@inlined
def put(q, desk, queue, act, risk, serial, minutes, row, floor):
    """Add a piece of work at the end of a queue; its desk's group is charged with the minutes due."""
    append(q, desk, queue, act, risk, serial, minutes, row)
    line = q.line[np.uint64(desk), np.uint64(queue)]
    line.full += minutes
    line.least += minutes * floor
    q.flow[q.desk[desk].group, DUE] += minutes


@inlined
def lapse(q, w, desk, row):
    """Let work at the head of each line lapse; return the minutes that wait in the queues, at full time."""
    total = np.int64(0)
    for c in range(len(w.lapse)):
        if q.line[desk, c].count > 0 and row - q.line[desk, c].oldest >= w.lapse[c]:
            lapse_line(q, w, desk, c, row)
        if c != OWED:
            total += q.line[desk, c].full
    return total


@inside
def lapse_line(q, w, desk, c, row):
    """Let work at the head of a line lapse."""
    t = np.int64(q.line[desk, c].head)
    n = np.int64(q.line[desk, c].count)
    while n > 0:
        minutes = np.int64(q.piece[t].left)
        if minutes > 0:
            due = np.int64(q.piece[t].due)
            if row - due < w.lapse[c]:
                q.line[desk, c].oldest = due
                break
            a = q.piece[t].act
            q.line[desk, c].full -= minutes
            q.line[desk, c].least -= minutes * np.int64(w.floor[due, a])
            q.flow[q.desk[desk].group, LAPSED_MINUTES] += minutes
            q.work[a, q.piece[t].risk & RISK, WORK_LAPSED] += 1
            q.work[a, q.piece[t].risk & RISK, WORK_LAPSED_MINUTES] += minutes
            n -= 1
        t = leave_behind(q, t)
    set_head(q, desk, c, t, n)


@inlined
def squeeze_of(w, in_hand, usual):
    """Squeeze in 1/1024 from minutes in hand and the desk's usual minutes a week."""
    x = (in_hand / usual - w.squeeze_from) / (w.squeeze_full - w.squeeze_from)
    if x <= 0.0:
        return 0
    if x >= 1.0:
        return ONE
    return np.int64(x * x * (3.0 - 2.0 * x) * ONE + 0.5)


@inlined
def share(q, w, desk, squeeze, minutes, budget, need):
    """Share a week's minutes between the queues; fills `budget` and `need` (queue,)."""
    total = np.int64(0)
    for c in range(N_QUEUES):
        full = q.line[desk, c].full
        need[c] = full - ((((full * ONE) - q.line[desk, c].least) * squeeze) >> 20)
        total += need[c]
    if total <= minutes:
        budget[:] = minutes
        return
    left = np.float64(minutes)
    budget[:] = -1
    while True:
        weight = 0.0
        for c in range(N_QUEUES):
            if budget[c] < 0:
                weight += w.attention[c] * need[c]
        if weight <= 0.0:
            for c in range(N_QUEUES):
                if budget[c] < 0:
                    budget[c] = 0
            return
        rate = left / weight
        filled = False
        for c in range(N_QUEUES):
            if budget[c] < 0 and rate * w.attention[c] >= 1.0:
                budget[c] = need[c]
                left -= need[c]
                filled = True
        if not filled:
            for c in range(N_QUEUES):
                if budget[c] < 0:
                    budget[c] = np.int64(rate * w.attention[c] * need[c])
            return


@inlined
def serve_queue(q, w, desk, c, row, squeeze, minutes):
    """Serve one queue from its head with some minutes; return the minutes that are left over."""
    line = q.line[np.uint64(desk), np.uint64(c)]
    limit = q.desk[desk].limit
    delivered = np.int64(0)
    full = np.int64(0)
    least = np.int64(0)
    n = np.int64(line.count)
    ahead = n
    head = np.int64(-1)  # the first piece that waits on, once there is one
    t = np.int64(line.head)
    while ahead > 0 and minutes > 0:
        piece = q.piece[np.uint64(t)]
        left = np.int64(piece.left)
        if left == 0:
            t = leave_behind(q, t) if head < 0 else step(q, t)
            continue
        due = np.int64(piece.due)
        a = piece.act
        floor = np.int64(w.floor[np.uint64(due), a])
        factor = ONE - (((ONE - floor) * squeeze) >> 10)
        need = (left * factor + ONE // 2) >> 10
        most = minutes if piece.serial == SUPPORT else min(minutes, limit)
        ahead -= 1
        if need <= most:
            minutes -= need
            delivered += need
            full += left
            least += left * floor
            risk = piece.risk
            q.work[a, risk & RISK, WORK_DONE] += 1
            if risk < HELD and row - due < w.act[a].deadline:
                q.work[a, risk, WORK_ON_TIME] += 1
            n -= 1
            if head < 0:
                line.oldest = due
                t = leave_behind(q, t)
            else:
                piece.left = 0
                t = step(q, t)
        else:
            gone = most * ONE // factor
            minutes -= most
            delivered += most
            full += gone
            least += gone * floor
            piece.left = left - gone
            if head < 0:
                head = t
            t = step(q, t)
    set_head(q, desk, c, t if head < 0 else head, n)
    group = q.desk[desk].group
    q.flow[group, DELIVERED] += delivered
    q.flow[group, SHORT] += full - delivered
    line.full -= full
    line.least -= least
    return minutes


@inlined
def serve(q, w, desk, row, scratch, status):
    """One week of one desk; `scratch` has room for two numbers a queue, and only status 0 works off what is owed."""
    if q.desk[desk].group < 0:
        return
    in_hand = lapse(q, w, desk, row)
    minutes = np.int64(q.capacity[desk, row])
    pays = status == 0 and q.line[desk, OWED].count > 0
    if minutes <= 0 or (in_hand == 0 and not pays):
        return
    usual = q.desk[desk].base if q.desk[desk].base > 0 else minutes
    squeeze = squeeze_of(w, np.float64(in_hand), np.float64(usual))
    budget = scratch[0]
    if pays:
        given = np.int64(w.owed_share * minutes)
        if given > 0:
            minutes -= given - serve_queue(q, w, desk, OWED, row, squeeze, given)
    share(q, w, desk, squeeze, minutes, budget, scratch[1])
    for c in range(len(w.attention)):  # not a constant: unrolled five times it leaves the cache
        given = min(budget[c], minutes)
        if given > 0 and q.line[desk, c].count > 0:
            minutes -= given - serve_queue(q, w, desk, c, row, squeeze, given)
    if pays and minutes > 0 and q.line[desk, OWED].count > 0:
        serve_queue(q, w, desk, OWED, row, squeeze, minutes)
