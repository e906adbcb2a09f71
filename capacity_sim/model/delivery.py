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

Minutes are integers. due = delivered + short + lapsed + waiting, exactly.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

N_QUEUES = 5
ONE = 1024  # fixed point of time factors
# who a piece of work is for, when it is not a person of the unit
SUPPORT, TEAM = -1, -2
# minutes of a group of desks
DUE, DELIVERED, SHORT, LAPSED_MINUTES = range(4)
# counts of pieces of work
WORK_DUE, WORK_DONE, WORK_ON_TIME, WORK_LAPSED, WORK_PAUSED = range(5)


class Desks(NamedTuple):
    """Waiting work of one block (arrays of one row of the engine's state).

    `head`, `tail` (desk, queue) point into the pool of pieces of work; `full` and `least` (desk, queue) are the minutes
    waiting at full time, and the same times the floor (in 1/1024).
    """

    head: npt.NDArray[np.int32]
    tail: npt.NDArray[np.int32]
    full: npt.NDArray[np.int64]
    least: npt.NDArray[np.int64]
    free: npt.NDArray[np.int64]  # [first free piece, pieces in use, most pieces ever in use]
    next: npt.NDArray[np.int32]
    left: npt.NDArray[np.int32]  # full minutes still needed
    due: npt.NDArray[np.int16]  # week row
    act: npt.NDArray[np.int8]
    risk: npt.NDArray[np.int8]
    slot: npt.NDArray[np.int32]  # person, SUPPORT or TEAM
    serial: npt.NDArray[np.int32]
    group: npt.NDArray[np.int8]  # (desk,)
    base: npt.NDArray[np.int64]  # (desk,) usual minutes a week, 0 when the desk is closed
    capacity: npt.NDArray[np.int32]  # (desk, week)
    limit: npt.NDArray[np.int64]  # (desk,) most minutes for one piece of work in a week
    flow: npt.NDArray[np.int64]  # (group, 4) minutes of the month
    work: npt.NDArray[np.int64]  # (activity, risk, 5) counts of the month
    lapsed: npt.NDArray[np.int64]  # (activity, risk) minutes of the month


class Rules(NamedTuple):
    """Delivery parameters as the kernels read them."""

    attention: npt.NDArray[np.float64]  # (queue,)
    lapse: npt.NDArray[np.int64]  # (queue,) weeks
    squeeze_from: float  # weeks of work in hand
    squeeze_full: float
    floor: npt.NDArray[np.int64]  # (week, activity) least share of full time, in 1/1024
    deadline: npt.NDArray[np.int64]  # (activity,) weeks


@njit(inline="always")
def put(q, desk, queue, act, risk, slot, serial, minutes, row, floor):  # type: ignore[no-untyped-def]
    """Add a piece of work at the end of a queue; its desk's group is charged with the minutes due."""
    t = np.int64(q.free[0])
    q.free[0] = q.next[t]
    q.free[1] += 1
    q.next[t] = -1
    q.left[t] = minutes
    q.due[t] = row
    q.act[t] = act
    q.risk[t] = risk
    q.slot[t] = slot
    q.serial[t] = serial
    last = q.tail[desk, queue]
    if last < 0:
        q.head[desk, queue] = t
    else:
        q.next[last] = t
    q.tail[desk, queue] = t
    q.full[desk, queue] += minutes
    q.least[desk, queue] += minutes * floor
    q.flow[q.group[desk], DUE] += minutes


@njit(inline="always")
def release(q, t):  # type: ignore[no-untyped-def]
    """Give a piece of work's place back to the pool."""
    q.next[t] = np.int32(q.free[0])
    q.free[0] = t
    q.free[1] -= 1


@njit(cache=True, nogil=True)
def lapse(q, rules, desk, row):  # type: ignore[no-untyped-def]
    """Let work at the head of each queue lapse; return the minutes that still wait, at full time."""
    total = np.int64(0)
    for c in range(N_QUEUES):
        t = q.head[desk, c]
        while t >= 0 and row - q.due[t] >= rules.lapse[c]:
            after = q.next[t]
            minutes = np.int64(q.left[t])
            a = q.act[t]
            q.full[desk, c] -= minutes
            q.least[desk, c] -= minutes * rules.floor[q.due[t], a]
            q.flow[q.group[desk], LAPSED_MINUTES] += minutes
            q.work[a, q.risk[t], WORK_LAPSED] += 1
            q.lapsed[a, q.risk[t]] += minutes
            release(q, t)
            t = after
        q.head[desk, c] = t
        if t < 0:
            q.tail[desk, c] = -1
        total += q.full[desk, c]
    return total


@njit(inline="always")
def squeeze_of(rules, in_hand, usual):  # type: ignore[no-untyped-def]
    """Squeeze in 1/1024 from minutes in hand and the desk's usual minutes a week."""
    x = (in_hand / usual - rules.squeeze_from) / (rules.squeeze_full - rules.squeeze_from)
    if x <= 0.0:
        return 0
    if x >= 1.0:
        return ONE
    return np.int64(x * x * (3.0 - 2.0 * x) * ONE + 0.5)


@njit(cache=True, nogil=True)
def share(q, rules, desk, squeeze, minutes, budget):  # type: ignore[no-untyped-def]
    """Share a week's minutes between the queues; fills `budget` (queue,)."""
    need = np.zeros(N_QUEUES, np.int64)
    total = np.int64(0)
    for c in range(N_QUEUES):
        full = q.full[desk, c]
        need[c] = full - ((((full * ONE) - q.least[desk, c]) * squeeze) >> 20)
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
                weight += rules.attention[c] * need[c]
        if weight <= 0.0:
            for c in range(N_QUEUES):
                if budget[c] < 0:
                    budget[c] = 0
            return
        rate = left / weight
        filled = False
        for c in range(N_QUEUES):
            if budget[c] < 0 and rate * rules.attention[c] >= 1.0:
                budget[c] = need[c]
                left -= need[c]
                filled = True
        if not filled:
            for c in range(N_QUEUES):
                if budget[c] < 0:
                    budget[c] = np.int64(rate * rules.attention[c] * need[c])
            return


@njit(cache=True, nogil=True)
def serve_queue(q, rules, desk, c, row, squeeze, minutes):  # type: ignore[no-untyped-def]
    """Serve one queue from its head with some minutes; return the minutes that are left over."""
    group = q.group[desk]
    limit = q.limit[desk]
    before = np.int32(-1)
    t = q.head[desk, c]
    while t >= 0 and minutes > 0:
        a = q.act[t]
        floor = rules.floor[q.due[t], a]
        factor = ONE - (((ONE - floor) * squeeze) >> 10)
        left = np.int64(q.left[t])
        need = (left * factor + ONE // 2) >> 10
        most = minutes if q.slot[t] == SUPPORT else min(minutes, limit)
        after = q.next[t]
        if need <= most:
            minutes -= need
            q.flow[group, DELIVERED] += need
            q.flow[group, SHORT] += left - need
            q.full[desk, c] -= left
            q.least[desk, c] -= left * floor
            risk = q.risk[t]
            q.work[a, risk, WORK_DONE] += 1
            if row - q.due[t] < rules.deadline[a]:
                q.work[a, risk, WORK_ON_TIME] += 1
            if before < 0:
                q.head[desk, c] = after
            else:
                q.next[before] = after
            if after < 0:
                q.tail[desk, c] = before
            release(q, t)
        else:
            gone = most * ONE // factor
            minutes -= most
            q.flow[group, DELIVERED] += most
            q.flow[group, SHORT] += gone - most
            q.left[t] = left - gone
            q.full[desk, c] -= gone
            q.least[desk, c] -= gone * floor
            before = t
        t = after
    return minutes


@njit(cache=True, nogil=True)
def serve(q, rules, desk, row, budget):  # type: ignore[no-untyped-def]
    """One week of one desk."""
    in_hand = lapse(q, rules, desk, row)
    minutes = np.int64(q.capacity[desk, row])
    if in_hand == 0 or minutes <= 0:
        return
    usual = q.base[desk] if q.base[desk] > 0 else minutes
    squeeze = squeeze_of(rules, np.float64(in_hand), np.float64(usual))
    share(q, rules, desk, squeeze, minutes, budget)
    for c in range(N_QUEUES):
        given = min(budget[c], minutes)
        if given > 0 and q.head[desk, c] >= 0:
            minutes -= given - serve_queue(q, rules, desk, c, row, squeeze, given)


@njit(cache=True, nogil=True)
def move_work(q, from_desk, to_desk, t, before, c, floor):  # type: ignore[no-untyped-def]
    """Move a piece of work to another desk's queue: behind the work that fell due no later than it did.

    Its minutes still needed move from one group's due to the other's, so that both still close.
    """
    after = q.next[t]
    if before < 0:
        q.head[from_desk, c] = after
    else:
        q.next[before] = after
    if after < 0:
        q.tail[from_desk, c] = before
    left = np.int64(q.left[t])
    q.full[from_desk, c] -= left
    q.least[from_desk, c] -= left * floor
    q.full[to_desk, c] += left
    q.least[to_desk, c] += left * floor
    q.flow[q.group[from_desk], DUE] -= left
    q.flow[q.group[to_desk], DUE] += left
    ahead = np.int32(-1)
    x = q.head[to_desk, c]
    while x >= 0 and q.due[x] <= q.due[t]:
        ahead = x
        x = q.next[x]
    q.next[t] = x
    if ahead < 0:
        q.head[to_desk, c] = t
    else:
        q.next[ahead] = t
    if x < 0:
        q.tail[to_desk, c] = t
    return after
