"""Arrays of a running replication, and the compiled drivers that take units and teams through some weeks."""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity_sim.model import people as pp
from capacity_sim.model.allocation import reallocate
from capacity_sim.model.compiled import inlined, inside, kernel
from capacity_sim.model.delivery import DESK, N_LINES, N_QUEUES, OWED, Desks
from capacity_sim.model.firing import FIRED, HIT, HITS, ROOM
from capacity_sim.model.kernels import enter, schedule, start_streams, team_week, unit_week
from capacity_sim.model.lines import CHUNK, LINE, PIECE
from capacity_sim.model.places import N_SERVICES, count_needs
from capacity_sim.model.records import (
    ALIVE,
    ANY,
    COLD,
    N_META,
    NEED,
    NEXT_START,
    NO_WEEK,
    OUT,
    OUTGOING,
    PERSON,
    USED,
    Books,
    Notes,
    Persons,
    Scratch,
)
from capacity_sim.model.result import ACTIVITY_MEASURES, CASELOAD_LIMITS, SERVICE_MEASURES, SERVICES
from capacity_sim.model.suspension import contact_left

POOL_GRADE = 2  # grade of a desk that is not a named officer's
NO_LIMIT = 1 << 40
SPARE_ROOM = 600
MOST_EVENTS = 8  # of one person's sentence in one week


@inlined
def cut_persons(p, u):
    """People of one unit."""
    return Persons(
        p.rec[u], p.cold[u], p.when[u], p.turn[u], p.meta[u], p.need[u], p.gate[u], p.beds[u], p.counts[u]
    )


@inlined
def cut_desks(q, u):
    """Desks of one block."""
    return Desks(
        q.desk[u], q.line[u], q.piece[u], q.after[u], q.stack[u], q.free[u], q.capacity[u], q.flow[u], q.work[u],
        q.officers,
    )  # fmt: skip


@inlined
def cut_books(b, u):
    """Books of one block."""
    return Books(b.due[u], b.week[u], b.spread[u], b.out[u])


@inlined
def lacks_room(q, pieces):
    """Whether chunks may run out before so many pieces of work have joined lines, any of which may begin a chunk."""
    return len(q.after) - q.free[1] < pieces // CHUNK + q.line.size


@kernel
def load_units(p2, c, w, q2, starts, offset, first, last):
    """Put everyone who is there on the first simulated day into the records of some units."""
    begin = -7 * c.warm_up
    for u in range(first, last):
        p = cut_persons(p2, u)
        q = cut_desks(q2, u)
        n = offset[u + 1] - offset[u]
        k = offset[u]
        while p.meta[NEXT_START] < n and starts[k + p.meta[NEXT_START]].day < begin:
            x = starts[k + p.meta[NEXT_START]]
            p.meta[NEXT_START] += 1
            kind, day = np.int64(x.kind), np.int64(x.day)
            life = pp.life_until(c, x.key, kind, np.int64(x.band), day, begin)
            s = enter(p, c, w, q, x.key, kind, day, life, np.int64(0))
            start_streams(p, c, w, s, np.int64(0), np.int64(1))
            schedule(p, s)


@kernel
def run_units(p2, c, w, q2, b2, f, starts, offset, status, at, pool_desk, first, last, until):
    """Take some units to a week; a unit that runs out of room stops before the week and keeps its place in `at`."""
    for u in range(first, last):
        p = cut_persons(p2, u)
        q = cut_desks(q2, u)
        b = cut_books(b2, u)
        mine = starts[offset[u] : offset[u + 1]]
        while at[u] < until:
            need = w.room * p.meta[ALIVE] + SPARE_ROOM
            if lacks_room(q, need) or len(b.out) - p.meta[OUT] < need:
                break
            unit_week(p, c, w, q, b, f, mine, at[u], status[u], pool_desk)
            at[u] += 1


@kernel
def run_teams(p2, w, q2, b2, f, out, members, member_from, cursor, level, at, pool_desk, received, until):
    """Take the teams to a week, with the work that their units sent; one that lacks room stops before the week.

    `received` has room for everything that the units sent.
    """
    for t in range(len(level)):
        q = cut_desks(q2, t)
        b = cut_books(b2, t)
        while at[t] < until:
            row = at[t]
            mine = 0
            for m in range(member_from[t], member_from[t + 1]):
                mine += sent(p2, w, out, members[m], cursor[m], row, level[t], received, np.int64(-1))
            if lacks_room(q, mine + SPARE_ROOM):
                break
            n = np.int64(0)
            for m in range(member_from[t], member_from[t + 1]):
                n += sent(p2, w, out, members[m], cursor[m], row, level[t], received, n)
                while cursor[m] < p2.meta[members[m], OUT] and out[members[m], cursor[m]].week == row:
                    cursor[m] += 1
            team_week(w, q, b, f, received, n, row, pool_desk[level[t]])
            at[t] += 1


@inside
def sent(p2, w, out, u, k, row, level, received, place):
    """Count what a unit sent to teams of a level in a week, and copy it from `place` on (unless it is negative)."""
    n = 0
    while k < p2.meta[u, OUT] and out[u, k].week == row:
        if w.act[out[u, k].act].level == level:
            if place >= 0:
                received[place + n].week = row
                received[place + n].act = out[u, k].act
                received[place + n].risk = out[u, k].risk
                received[place + n].duration = out[u, k].duration
            n += 1
        k += 1
    return n


@kernel
def close_books(q2, b2, w, blocks, month, group_area, group_grade, n_fixed, due, flow, activity, lapsed):
    """Write the month's sums of all blocks into the results and start new books.

    `blocks` is the place of the first block in the results; groups are named PO, named PSO, then the pools.
    """
    n_acts = w.support.shape[0]
    for u in range(len(q2.desk)):
        q = cut_desks(q2, u)
        b = cut_books(b2, u)
        v = blocks + u
        for basis in range(3):
            for a in range(n_acts):
                first = b.due[a, 0, basis]
                second = b.due[a, 1, basis]
                if w.act[a].other >= 0:
                    g = w.act[a].other + n_fixed
                    due[v, month, group_area[g], group_grade[g], basis] += b.due[a, 2, basis]
                if w.act[a].main < 0:
                    due[v, month, group_area[0], group_grade[0], basis] += first
                    due[v, month, group_area[1], group_grade[1], basis] += second
                else:
                    g = w.act[a].main + n_fixed
                    due[v, month, group_area[g], group_grade[g], basis] += first
            for pool in range(w.support.shape[1]):
                total = 0.0
                for a in range(n_acts):
                    total += w.support[a, pool] * (b.due[a, 0, basis] + b.due[a, 1, basis] + b.due[a, 2, basis])
                g = pool + n_fixed
                due[v, month, group_area[g], group_grade[g], basis] += np.int64(total + 0.5)
        for g in range(len(group_area)):
            for m in range(4):
                flow[v, month, group_area[g], group_grade[g], m] += q.flow[g, m]
        for d in range(len(q.desk)):
            g = q.desk[d].group
            if g >= 0:
                for c in range(N_QUEUES):
                    flow[v, month, group_area[g], group_grade[g], 4] += q.line[d, c].full
                flow[v, month, group_area[g], group_grade[g], 5] += q.line[d, OWED].full
        for a in range(n_acts):
            for k in range(4):
                for m in range(5):
                    activity[v, month, a, k, m] = q.work[a, k, m]
                lapsed[v, month, a, k] = q.work[a, k, 5]


@kernel
def count_people(p2, c, w, q2, row, people, caseload, month):
    """People by state and risk at the end of a week (on sentence, supervised, tagged), and cases by officer."""
    day = 7 * (row - c.warm_up + 1)
    for u in range(len(p2.meta)):
        p = cut_persons(p2, u)
        count_needs(p, row)
        for s in range(p.meta[USED]):
            state = p.rec[s].state
            if state < 0:
                continue
            people[u, month, state, p.rec[s].risk, 0] += 1
            inside = state == pp.CUSTODY or state == pp.RECALLED
            stopped = False
            if w.dated[row, ANY] > 0.0 and not inside:
                _, _, stopped, _ = contact_left(p, w, s, row, day)
            if not stopped:
                people[u, month, state, p.rec[s].risk, 1] += 1
            if not inside and (p.rec[s].flags & pp.TAG) != 0:
                people[u, month, state, p.rec[s].risk, 2] += 1
        q = cut_desks(q2, u)
        for d in range(q.officers, len(q.desk)):
            n = q.desk[d].cases
            g = q.desk[d].grade
            if n > 0 and g < POOL_GRADE:
                caseload[u, month, g, 0] += 1
                caseload[u, month, g, 1] += n
                for k in range(len(CASELOAD_LIMITS)):
                    if n > CASELOAD_LIMITS[k]:
                        caseload[u, month, g, 2 + k] += 1


@kernel
def contact_of(p2, w, slot, row, day):
    """What is left of the contact of a person of the first unit on a day: see `contact_left`."""
    return contact_left(cut_persons(p2, 0), w, slot, row, day)


@kernel
def reallocate_desks(p2, w, q2, units, desks, first, closed_from, slots, places, goes):
    """Share out the cases and work of desks of units, one desk after another from the `first` on.

    They close from the week `closed_from` on, unless it is negative. Returns how many are done: one that lacks room for
    work stops before it. `slots` has room for the cases of a unit, `places` and `goes` for its work.
    """
    for k in range(first, len(units)):
        p = cut_persons(p2, units[k])
        q = cut_desks(q2, units[k])
        d = desks[k]
        if lacks_room(q, 0):
            return k
        if closed_from >= 0:
            q.desk[d].base = 0
            q.capacity[d, closed_from:] = 0
        reallocate(p, w, q, d, slots, places, goes)
        if closed_from >= 0:
            q.desk[d].group = -1
            q.desk[d].grade = POOL_GRADE
    return len(units)


def empty_desks(
    blocks: int, desks: int, room: int, weeks: int, groups: int, acts: int, kinds: int, officers: int
) -> Desks:
    """Desks of some blocks with no work; `acts + kinds` rows hold the counts of pieces of work."""
    chunks = -(-room // CHUNK) + desks * N_LINES
    return Desks(
        desk=new_desks(blocks, desks),
        line=new_lines(blocks, desks),
        piece=_sparse((blocks, chunks * CHUNK), PIECE),
        after=_sparse((blocks, chunks), np.int32),
        stack=_sparse((blocks, chunks), np.int32),
        free=np.zeros((blocks, 3), np.int64),
        capacity=np.zeros((blocks, desks, weeks), np.int32),
        flow=np.zeros((blocks, groups, 4), np.int64),
        work=np.zeros((blocks, acts + kinds, 4, len(ACTIVITY_MEASURES) + 1), np.int64),
        officers=officers,
    )


def new_desks(blocks: int, desks: int) -> npt.NDArray[np.void]:
    """Closed desks."""
    array = np.zeros((blocks, desks), DESK)
    array["group"] = -1
    array["limit"] = NO_LIMIT
    array["grade"] = POOL_GRADE
    return array


def new_lines(blocks: int, desks: int) -> npt.NDArray[np.void]:
    """Empty queues."""
    array = np.zeros((blocks, desks, N_LINES), LINE)
    array["head"] = array["tail"] = -1
    return array


def more_desks(q: Desks, add: int) -> Desks:
    """Desks with room for more officers."""
    blocks = len(q.desk)
    capacity = np.zeros((blocks, add, q.capacity.shape[2]), np.int32)
    return q._replace(
        desk=np.concatenate([q.desk, new_desks(blocks, add)], axis=1),
        line=np.concatenate([q.line, new_lines(blocks, add)], axis=1),
        capacity=np.concatenate([q.capacity, capacity], axis=1),
    )


def more_room(q: Desks) -> Desks:
    """Desks with twice the room for pieces of work; what was never in use is not copied, so it takes no memory."""
    chunks, used = 2 * q.after.shape[1], q.free[:, 2]
    return q._replace(
        piece=_with_room(q.piece, chunks * CHUNK, used * CHUNK),
        after=_with_room(q.after, chunks, used),
        stack=_with_room(q.stack, chunks, q.free[:, 0]),
    )


def more_out(b: Books, used: npt.NDArray[np.int64]) -> Books:
    """Books with twice the room for work that goes to teams; `used` is how much of it each block has written."""
    return b._replace(out=_with_room(b.out, 2 * b.out.shape[1], used))


def _with_room(array: npt.NDArray[Any], room: int, used: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """The first `used` places of each row of an array in an array with wider rows."""
    wider = _sparse((len(array), room), array.dtype)
    for row, n in enumerate(used):
        wider[row, :n] = array[row, :n]
    return wider


def empty_books(blocks: int, acts: int, pools: int, areas: int, room: int) -> Books:
    """Books of some blocks with nothing in them."""
    return Books(
        due=np.zeros((blocks, acts, 3, 3), np.int64),
        week=np.zeros((blocks, acts, 4, 3), np.int64),
        spread=np.zeros((blocks, pools, N_QUEUES, areas)),
        out=_sparse((blocks, room), np.dtype(OUTGOING)),
    )


def new_scratch(kinds: int, people: int = 0) -> Scratch:
    """Room in which one thread writes down what it has yet to hand out: kinds of work, people of a unit."""
    events = MOST_EVENTS * people
    return Scratch(
        budget=np.zeros((2, N_QUEUES), np.int64),
        notes=Notes(np.zeros(ROOM, FIRED), np.zeros(1, np.int64)),
        events=Notes(np.empty(events, FIRED), np.zeros(1, np.int64)),
        whose=np.empty(events, np.int32),
        hit=np.zeros(HITS + kinds, HIT),
    )


def empty_persons(units: int, room: int, weeks: int) -> Persons:
    """Units with nobody in them."""
    return Persons(
        rec=_sparse((units, room), PERSON),
        cold=_sparse((units, room), COLD),
        when=np.full((units, room), NO_WEEK, np.int16),
        turn=_sparse((units, room), np.int32),
        meta=np.zeros((units, N_META), np.int64),
        need=_sparse((units, room), NEED),
        gate=np.tile(np.array([-1, -1, 0, 0, 0], np.int64), (units, N_SERVICES, 1)),
        beds=np.zeros((units, weeks), np.int64),
        counts=np.zeros((units, len(SERVICES), len(SERVICE_MEASURES), 4), np.int64),
    )


def _sparse(shape: tuple[int, int], kind: npt.DTypeLike) -> npt.NDArray[Any]:
    """Array whose rows have more room than they may need: only what is written takes memory. Starts on a cache line.

    NumPy asks for pages so large that a row with room to spare fills them all.
    """
    dtype = np.dtype(kind)
    room = mmap.mmap(-1, max(1, math.prod(shape) * dtype.itemsize))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        room.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(room, dtype, math.prod(shape)).reshape(shape)
