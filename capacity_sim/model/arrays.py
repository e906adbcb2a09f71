"""Arrays of a running replication, and the compiled drivers that take units and teams through some weeks."""

from __future__ import annotations


import numpy as np
from numba import njit

from capacity_sim.model import people as pp
from capacity_sim.model.delivery import N_QUEUES, Desks
from capacity_sim.model.kernels import (
    N_STREAMS,
    Books,
    Caseloads,
    Persons,
    enter,
    is_suspended,
    live_clock,
    schedule,
    start_streams,
    team_week,
    unit_week,
)
from capacity_sim.model.result import ACTIVITY_MEASURES


NO_LIMIT = 1 << 40
ROOM_A_PERSON = 4  # most pieces of work that a person makes fall due in a week, on average over a unit
SPARE_ROOM = 600
LIMITS = (40, 50, 60, 70)


@njit(cache=True, nogil=True)
def cut_persons(p, u):  # type: ignore[no-untyped-def]
    """Records of one unit."""
    return Persons(
        p.key[u], p.serial[u], p.state[u], p.kind[u], p.risk[u], p.band[u], p.extended[u], p.score[u], p.flags[u],
        p.length[u], p.start[u], p.released[u], p.end[u], p.post[u], p.spell[u], p.handed[u], p.event[u],
        p.event_day[u], p.exempt[u], p.adopt[u], p.needs_po[u], p.desk[u], p.left[u], p.due[u], p.next[u],
        p.bucket[u], p.meta[u],
    )  # fmt: skip


@njit(cache=True, nogil=True)
def cut_desks(q, u):  # type: ignore[no-untyped-def]
    """Desks of one block."""
    return Desks(
        q.head[u], q.tail[u], q.full[u], q.least[u], q.free[u], q.next[u], q.left[u], q.due[u], q.act[u], q.risk[u],
        q.slot[u], q.serial[u], q.group[u], q.base[u], q.capacity[u], q.limit[u], q.flow[u], q.work[u], q.lapsed[u],
    )  # fmt: skip


@njit(cache=True, nogil=True)
def cut_books(b, u):  # type: ignore[no-untyped-def]
    """Books of one block."""
    return Books(
        b.due[u], b.events[u], b.support[u], b.out_week[u], b.out_act[u], b.out_risk[u], b.out_quantile[u], b.out_n[u]
    )


@njit(cache=True, nogil=True)
def cut_caseloads(h, u):  # type: ignore[no-untyped-def]
    """Caseloads of one unit."""
    return Caseloads(h.weight[u], h.cases[u], h.grade[u], h.officers)


@njit(cache=True, nogil=True)
def load_units(p2, c, w, q2, h2, day, kind, band, key, offset, first, last):  # type: ignore[no-untyped-def]
    """Put everyone who is there on the first simulated day into the records of some units."""
    begin = -7 * c.warm_up
    for u in range(first, last):
        p = cut_persons(p2, u)
        q = cut_desks(q2, u)
        h = cut_caseloads(h2, u)
        n = offset[u + 1] - offset[u]
        k = offset[u]
        while p.meta[3] < n and day[k + p.meta[3]] < begin:
            j = k + p.meta[3]
            p.meta[3] += 1
            s = enter(p, c, w, q, h, key[j], np.int64(kind[j]), np.int64(band[j]), np.int64(day[j]), begin, 0)
            start_streams(p, c, w, s, 0, True)
            schedule(p, c, s)


@njit(cache=True, nogil=True)
def run_units(p2, c, w, q2, b2, r, h2, day, kind, band, key, offset, status, at, pool_desk, first, last, until):  # type: ignore[no-untyped-def]
    """Take some units to a week; a unit that runs out of room stops before the week and keeps its place in `at`."""
    budget = np.zeros(N_QUEUES, np.int64)
    for u in range(first, last):
        p = cut_persons(p2, u)
        q = cut_desks(q2, u)
        b = cut_books(b2, u)
        h = cut_caseloads(h2, u)
        i = offset[u]
        j = offset[u + 1]
        while at[u] < until:
            need = ROOM_A_PERSON * p.meta[4] + SPARE_ROOM
            if len(q.next) - q.free[1] < need or len(b.out_week) - b.out_n[0] < need:
                break
            unit_week(p, c, w, q, b, r, h, day[i:j], kind[i:j], band[i:j], key[i:j], at[u], status[u], budget, pool_desk)
            at[u] += 1


@njit(cache=True, nogil=True)
def run_teams(w, q2, b2, r, out, members, member_from, level, at, pool_desk, first, last, until):  # type: ignore[no-untyped-def]
    """Take some teams to a week, with the work that their units sent; stops before a week without room."""
    budget = np.zeros(N_QUEUES, np.int64)
    for t in range(first, last):
        q = cut_desks(q2, t)
        b = cut_books(b2, t)
        place = b.out_n
        while at[t] < until:
            row = at[t]
            mine = np.int64(0)
            for m in range(member_from[t], member_from[t + 1]):
                u = members[m]
                k = place[1 + m - member_from[t]]
                while k < out.out_n[u, 0] and out.out_week[u, k] == row:
                    if w.level[out.out_act[u, k]] == level[t]:
                        mine += 1
                    k += 1
            if len(q.next) - q.free[1] < mine + SPARE_ROOM:
                break
            act = np.empty(mine, np.int8)
            risk = np.empty(mine, np.int8)
            quantile = np.empty(mine, np.int16)
            n = 0
            for m in range(member_from[t], member_from[t + 1]):
                u = members[m]
                k = place[1 + m - member_from[t]]
                while k < out.out_n[u, 0] and out.out_week[u, k] == row:
                    if w.level[out.out_act[u, k]] == level[t]:
                        act[n] = out.out_act[u, k]
                        risk[n] = out.out_risk[u, k]
                        quantile[n] = out.out_quantile[u, k]
                        n += 1
                    k += 1
                place[1 + m - member_from[t]] = k
            team_week(w, q, b, r, act, risk, quantile, 0, n, row, budget, pool_desk[level[t]])
            at[t] += 1


@njit(cache=True, nogil=True)
def close_books(q2, b2, w, blocks, month, group_area, group_grade, n_fixed, due, flow, activity, lapsed, events):  # type: ignore[no-untyped-def]
    """Write the month's sums of all blocks into the results and start new books.

    `blocks` is the place of the first block in the results; groups are named PO, named PSO, then the pools.
    """
    n_acts = len(w.queue)
    for u in range(len(q2.base)):
        q = cut_desks(q2, u)
        b = cut_books(b2, u)
        v = blocks + u
        for basis in range(3):
            for a in range(n_acts):
                first = b.due[a, 0, basis]
                second = b.due[a, 1, basis]
                if w.main[a] < 0:
                    due[v, month, group_area[0], group_grade[0], basis] += first
                    due[v, month, group_area[1], group_grade[1], basis] += second
                else:
                    g = w.main[a] + n_fixed
                    due[v, month, group_area[g], group_grade[g], basis] += first
            for pool in range(w.support.shape[1]):
                total = 0.0
                for a in range(n_acts):
                    total += w.support[a, pool] * (b.due[a, 0, basis] + b.due[a, 1, basis])
                g = pool + n_fixed
                due[v, month, group_area[g], group_grade[g], basis] += np.int64(total + 0.5)
        for g in range(len(group_area)):
            for m in range(4):
                flow[v, month, group_area[g], group_grade[g], m] += q.flow[g, m]
        for d in range(len(q.base)):
            g = q.group[d]
            if g >= 0:
                for c in range(N_QUEUES):
                    flow[v, month, group_area[g], group_grade[g], 4] += q.full[d, c]
        for a in range(n_acts):
            for k in range(4):
                for m in range(5):
                    activity[v, month, a, k, m] = q.work[a, k, m]
                lapsed[v, month, a, k] = q.lapsed[a, k]
        if v < len(events):
            events[v, month] = b.events


@njit(cache=True, nogil=True)
def count_people(p2, c, w, h2, row, people, caseload, month):  # type: ignore[no-untyped-def]
    """People by state and risk at the end of a week, on sentence and supervised, and cases by officer."""
    day = 7 * (row - c.warm_up + 1)
    for u in range(len(p2.meta)):
        p = cut_persons(p2, u)
        for s in range(p.meta[1]):
            state = p.state[s]
            if state < 0:
                continue
            people[u, month, state, p.risk[s], 0] += 1
            stopped = False
            if w.suspend[row, 0] > 0.0 and state != pp.CUSTODY and state != pp.RECALLED:
                stopped = is_suspended(p, w, s, row, day)
            if not stopped:
                people[u, month, state, p.risk[s], 1] += 1
        h = cut_caseloads(h2, u)
        for d in range(h.officers, len(h.cases)):
            n = h.cases[d]
            g = h.grade[d]
            if n > 0 and g < 2:
                caseload[u, month, g, 0] += 1
                caseload[u, month, g, 1] += n
                for k in range(4):
                    if n > LIMITS[k]:
                        caseload[u, month, g, 2 + k] += 1


def empty_desks(blocks: int, desks: int, room: int, weeks: int, groups: int, acts: int, kinds: int) -> Desks:
    """Desks of some blocks with no work; `acts` kinds of work of which `kinds` rows hold counts."""
    following = np.empty((blocks, room), np.int32)
    following[:] = np.arange(1, room + 1)
    return Desks(
        head=np.full((blocks, desks, N_QUEUES), -1, np.int32),
        tail=np.full((blocks, desks, N_QUEUES), -1, np.int32),
        full=np.zeros((blocks, desks, N_QUEUES), np.int64),
        least=np.zeros((blocks, desks, N_QUEUES), np.int64),
        free=np.zeros((blocks, 3), np.int64),
        next=following,
        left=np.empty((blocks, room), np.int32),
        due=np.empty((blocks, room), np.int16),
        act=np.empty((blocks, room), np.int8),
        risk=np.empty((blocks, room), np.int8),
        slot=np.empty((blocks, room), np.int32),
        serial=np.empty((blocks, room), np.int32),
        group=np.full((blocks, desks), -1, np.int8),
        base=np.zeros((blocks, desks), np.int64),
        capacity=np.zeros((blocks, desks, weeks), np.int32),
        limit=np.full((blocks, desks), NO_LIMIT, np.int64),
        flow=np.zeros((blocks, groups, 4), np.int64),
        work=np.zeros((blocks, acts + kinds, 4, len(ACTIVITY_MEASURES)), np.int64),
        lapsed=np.zeros((blocks, acts + kinds, 4), np.int64),
    )


def more_room(q: Desks) -> Desks:
    """Desks with twice the room for pieces of work."""
    old = q.next.shape[1]
    wider = {}
    for name in ("next", "left", "due", "act", "risk", "slot", "serial"):
        array = getattr(q, name)
        bigger = np.empty((array.shape[0], 2 * old), array.dtype)
        bigger[:, :old] = array
        wider[name] = bigger
    wider["next"][:, old:] = np.arange(old + 1, 2 * old + 1)
    # the last piece of the old chain already points at `old`, the first of the new room
    return q._replace(**wider)


def empty_books(blocks: int, acts: int, room: int, cursors: int = 1) -> Books:
    """Books of some blocks with nothing in them."""
    return Books(
        due=np.zeros((blocks, acts, 2, 3), np.int64),
        events=np.zeros((blocks, pp.N_EVENTS), np.int64),
        support=np.zeros((blocks, acts, 2)),
        out_week=np.empty((blocks, room), np.int16),
        out_act=np.empty((blocks, room), np.int8),
        out_risk=np.empty((blocks, room), np.int8),
        out_quantile=np.empty((blocks, room), np.int16),
        out_n=np.zeros((blocks, cursors), np.int64),
    )


def empty_persons(units: int, room: int, weeks: int) -> Persons:
    """Records of some units with nobody in them."""
    kinds = {
        "key": np.uint64, "serial": np.int32, "flags": np.int32, "length": np.int32, "start": np.int32,
        "released": np.int32, "end": np.int32, "post": np.int32, "spell": np.int16, "event_day": np.int32,
        "exempt": np.float32, "adopt": np.float32, "desk": np.int16,
    }  # fmt: skip
    columns = {
        name: np.empty((units, room), kinds.get(name, np.int8))
        for name in Persons._fields
        if name not in ("left", "due", "next", "bucket", "meta")
    }
    columns["state"] = np.full((units, room), pp.ENDED, np.int8)
    following = np.empty((units, room), np.int32)
    following[:] = np.arange(1, room + 1)
    return Persons(
        **columns,
        left=np.zeros((units, room, 2), np.int16),
        due=np.empty((units, room, N_STREAMS), np.int16),
        next=following,
        bucket=np.full((units, weeks, 2), -1, np.int32),
        meta=np.zeros((units, 6), np.int64),
    )
