"""The weekly loop of a delivery unit: starts, sentence events, work that falls due, desks.

All arrays have the block as their first axis; a unit's rows are cut once a call and stay in cache. Nothing here knows a
parameter by name: `Clocks`, `Work` and `Rules` are arrays that the parameters made.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.delivery import (
    N_QUEUES,
    SUPPORT,
    TEAM,
    WORK_DUE,
    WORK_PAUSED,
    LAPSED_MINUTES,
    DUE,
    Desks,
    move_work,
    put,
    serve,
)
from capacity_sim.streams import child, uniform, unit

N_STREAMS = 8  # 0 is the sentence clock; 1 to 7 are the streams of the catalogue, in order
CONTACT, REVIEW, VISIT, MONTHLY, OCCASIONAL, UNPAID, PROGRAMME_STREAM = range(1, 8)
NO_WEEK = 32767
SENIORS = 0  # desk of the seniors' pool
CASE = -1  # main desk of work that the named officer does
QUANTILES = 1024


class Work(NamedTuple):
    """What falls due, how long it takes and who does it, as arrays. A trigger is an event (0-12) or a stream (13-19)."""

    item_from: npt.NDArray[np.int64]  # (trigger + 1,) first item of each trigger
    item_act: npt.NDArray[np.int64]
    item_mean: npt.NDArray[np.float64]  # (item, state, risk) pieces of work each time
    item_flag: npt.NDArray[np.int64]  # flag that a person must carry, 0 for none
    item_report: npt.NDArray[np.int64]  # 1: multiplied by the share of starts with a report
    interval: npt.NDArray[np.int64]  # (stream, state, risk) weeks, 0 for none
    timing: npt.NDArray[np.float32]  # (week, activity, risk, 4) minutes: three bases and the time really needed
    volume: npt.NDArray[np.float32]  # (week, activity, risk)
    report: npt.NDArray[np.float32]  # (week, start_type)
    quantile: npt.NDArray[np.float32]  # (QUANTILES,) spread of durations, mean 1
    queue: npt.NDArray[np.int64]  # (activity,)
    stops: npt.NDArray[np.int64]  # (activity,) 1 if suspension stops it
    pause_at: npt.NDArray[np.int64]  # (activity,) status from which it is paused (3 never)
    level: npt.NDArray[np.int64]  # (activity,) 0 unit, 1 regional team, 2 national team
    main: npt.NDArray[np.int64]  # (activity,) pool that does it, or CASE
    area: npt.NDArray[np.int64]  # (activity,)
    support: npt.NDArray[np.float64]  # (activity, pool) share of minutes of other grades
    needs_po: npt.NDArray[np.float64]  # (week, risk)
    suspend: npt.NDArray[np.float64]  # (week, 6) adoption, licence from, order from, post share, residual, follow-up
    exempt_share: npt.NDArray[np.float64]  # (week, risk)
    exempt_flags: npt.NDArray[np.int64]  # (week,) bits
    weight: npt.NDArray[np.int64]  # (state, risk) minutes a week that a case weighs in allocation
    deliver: int  # 0: only what falls due is counted


class Persons(NamedTuple):
    """Records of the people of a unit, in slots; a freed slot is used again, last freed first."""

    key: npt.NDArray[np.uint64]
    serial: npt.NDArray[np.int32]
    state: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]
    risk: npt.NDArray[np.int8]
    band: npt.NDArray[np.int8]
    extended: npt.NDArray[np.int8]
    score: npt.NDArray[np.int8]  # reoffending score, per cent
    flags: npt.NDArray[np.int32]
    length: npt.NDArray[np.int32]  # days
    start: npt.NDArray[np.int32]
    released: npt.NDArray[np.int32]
    end: npt.NDArray[np.int32]
    post: npt.NDArray[np.int32]
    spell: npt.NDArray[np.int16]
    handed: npt.NDArray[np.int8]
    event: npt.NDArray[np.int8]
    event_day: npt.NDArray[np.int32]
    exempt: npt.NDArray[np.float32]
    adopt: npt.NDArray[np.float32]
    needs_po: npt.NDArray[np.int8]
    desk: npt.NDArray[np.int16]
    left: npt.NDArray[np.int16]  # (slot, 2) unpaid work days, programme sessions
    due: npt.NDArray[np.int16]  # (slot, stream) week row in which each stream next falls due
    next: npt.NDArray[np.int32]  # next person due in the same week, or next free slot
    bucket: npt.NDArray[np.int32]  # (week, 2) first and last person due
    meta: npt.NDArray[np.int64]  # first free slot, slots ever used, people ever, next start, alive, changes of officer


class Caseloads(NamedTuple):
    """What each desk of a unit holds (desk,): weight in minutes, cases; and desks that may be given cases."""

    weight: npt.NDArray[np.int64]
    cases: npt.NDArray[np.int32]
    grade: npt.NDArray[np.int8]  # 0 PO, 1 PSO, 2 pool
    officers: int  # first desk of a named officer; desk 0 is the seniors' pool, which holds a case when no officer may


class Books(NamedTuple):
    """Sums of the month of a unit, and work for other teams."""

    due: npt.NDArray[np.int64]  # (activity, 2, 3) minutes on each basis, by grade of the desk (0 PO or pool, 1 PSO)
    events: npt.NDArray[np.int64]  # (event,)
    support: npt.NDArray[np.float64]  # (activity, 2) minutes of the week by needed time; the second is spare
    out_week: npt.NDArray[np.int16]
    out_act: npt.NDArray[np.int8]
    out_risk: npt.NDArray[np.int8]
    out_quantile: npt.NDArray[np.int16]
    out_n: npt.NDArray[np.int64]  # [pieces of work for other teams this month]


@njit(inline="always")
def minutes_of(w, row, a, risk, basis, z):  # type: ignore[no-untyped-def]
    """Whole minutes that a piece of work takes, at least one."""
    m = np.int64(w.timing[row, a, risk, basis] * w.quantile[z] + np.float32(0.5))
    return m if m > 0 else np.int64(1)


@njit(cache=True, nogil=True)
def choose_desk(p, h, q, s):  # type: ignore[no-untyped-def]
    """Officer of the eligible grade with the most room: the least weight for their usual time."""
    grade = 0 if p.needs_po[s] == 1 else 1
    best = -1
    for d in range(h.officers, len(q.base)):
        if h.grade[d] == grade and q.base[d] > 0:
            if best < 0 or h.weight[d] * q.base[best] < h.weight[best] * q.base[d]:
                best = d
    return best if best >= 0 else SENIORS


@njit(inline="always")
def take(p, h, w, s, d):  # type: ignore[no-untyped-def]
    """Give a case to a desk."""
    p.desk[s] = d
    h.weight[d] += w.weight[p.state[s], p.risk[s]]
    h.cases[d] += 1


@njit(inline="always")
def drop(p, h, w, s):  # type: ignore[no-untyped-def]
    """Take a case from its desk."""
    d = p.desk[s]
    h.weight[d] -= w.weight[p.state[s], p.risk[s]]
    h.cases[d] -= 1


@njit(cache=True, nogil=True)
def is_suspended(p, w, s, row, day):  # type: ignore[no-untyped-def]
    """Whether a person's contact is suspended on a day."""
    if p.adopt[s] >= w.suspend[row, 0]:
        return False
    if (p.flags[s] & w.exempt_flags[row]) != 0 or p.exempt[s] < w.exempt_share[row, p.risk[s]]:
        return False
    state = p.state[s]
    if state == pp.LICENCE:
        part = w.suspend[row, 1]
        return part < 1.0 and day >= p.released[s] + part * (p.end[s] - p.released[s])
    if state == pp.POST:
        return p.adopt[s] < w.suspend[row, 3] * w.suspend[row, 0]
    if state == pp.ORDER or state == pp.SUSPENDED:
        part = w.suspend[row, 2]
        return part < 1.0 and (p.flags[s] & pp.REHABILITATION) != 0 and day >= p.start[s] + part * p.length[s]
    return False


@njit(cache=True, nogil=True)
def fire(p, w, q, b, r, s, row, trigger, stopped, status):  # type: ignore[no-untyped-def]
    """Work that a trigger makes fall due for a person this week."""
    first = w.item_from[trigger]
    last = w.item_from[trigger + 1]
    if first == last:
        return
    state = p.state[s]
    risk = p.risk[s]
    base = child(p.key[s], streams.WORK + row * 64 + trigger)
    for j in range(first, last):
        mean = w.item_mean[j, state, risk]
        if mean <= 0.0:
            continue
        if w.item_flag[j] != 0 and (p.flags[s] & w.item_flag[j]) == 0:
            continue
        a = w.item_act[j]
        mean *= w.volume[row, a, risk]
        if w.item_report[j] == 1:
            mean *= w.report[row, p.kind[s]]
        if stopped and w.stops[a] == 1:
            mean *= w.suspend[row, 4]
        z = child(base, j - first)
        pieces = np.int64(mean)
        if unit(z) < mean - pieces:
            pieces += 1
        k = np.int64(z & np.uint64(QUANTILES - 1))
        for _ in range(pieces):
            if w.level[a] > 0:
                n = b.out_n[0]
                b.out_week[n] = row
                b.out_act[n] = a
                b.out_risk[n] = risk
                b.out_quantile[n] = k
                b.out_n[0] = n + 1
                continue
            main = w.main[a]
            grade = 0
            desk = np.int64(p.desk[s])
            if main != CASE:
                desk = main
            elif q.group[desk] == 1:
                grade = 1
            for basis in range(3):
                b.due[a, grade, basis] += minutes_of(w, row, a, risk, basis, k)
            q.work[a, risk, WORK_DUE] += 1
            if w.deliver == 0:
                continue
            minutes = minutes_of(w, row, a, risk, 3, k)
            b.support[a, 0] += minutes
            if status >= w.pause_at[a]:
                q.work[a, risk, WORK_PAUSED] += 1
                q.flow[q.group[desk], DUE] += minutes
                q.flow[q.group[desk], LAPSED_MINUTES] += minutes
                continue
            put(q, desk, w.queue[a], a, risk, s, p.serial[s], minutes, row, r.floor[row, a])


@njit(inline="always")
def set_streams(p, w, s, row):  # type: ignore[no-untyped-def]
    """Contact, review and visit streams start afresh in a new state: first due one interval from now."""
    for j in range(CONTACT, VISIT + 1):
        step = w.interval[j - 1, p.state[s], p.risk[s]]
        p.due[s, j] = row + step if step > 0 else NO_WEEK


@njit(inline="always")
def plan_clock(p, c, s, since):  # type: ignore[no-untyped-def]
    """Find a person's next sentence event."""
    event, day = pp.next_event(
        c,
        p.key[s],
        p.state[s],
        np.int64(p.band[s]),
        np.int64(p.start[s]),
        np.int64(p.released[s]),
        np.int64(p.end[s]),
        np.int64(p.post[s]),
        np.int64(p.spell[s]),
        since,
        p.handed[s],
    )
    p.event[s] = event
    p.event_day[s] = min(day, pp.NEVER)


@njit(cache=True, nogil=True)
def schedule(p, c, s):  # type: ignore[no-untyped-def]
    """Put a person behind those already due in the next week in which anything falls due for them."""
    week = np.int64(p.event_day[s]) // 7 + c.warm_up
    for j in range(1, N_STREAMS):
        if p.due[s, j] < week:
            week = np.int64(p.due[s, j])
    if week >= c.n_weeks:
        return
    p.next[s] = -1
    last = p.bucket[week, 1]
    if last < 0:
        p.bucket[week, 0] = s
    else:
        p.next[last] = s
    p.bucket[week, 1] = s


@njit(cache=True, nogil=True)
def enter(p, c, w, q, h, key, kind, band, start, now, row):  # type: ignore[no-untyped-def]
    """Make the record of a person who started on `start`, as they are on day `now`; returns the slot."""
    s = p.meta[0]
    p.meta[0] = p.next[s]
    if s >= p.meta[1]:
        p.meta[1] = s + 1
    p.serial[s] = p.meta[2]
    p.meta[2] += 1
    p.meta[4] += 1
    state, band, extended, length, release, end, post, spell, since, handed, _ = pp.life_until(
        c, key, kind, band, start, now
    )
    risk = pp.risk_of(c, key, start)
    flags, exempt = pp.flags_of(c, key, kind, risk)
    p.key[s] = key
    p.state[s] = state
    p.kind[s] = kind
    p.risk[s] = risk
    p.band[s] = band
    p.extended[s] = extended
    p.score[s] = np.int64(uniform(key, streams.SCORE) * 100.0)
    p.flags[s] = flags
    p.length[s] = length
    p.start[s] = start
    p.released[s] = release
    p.end[s] = end
    p.post[s] = post
    p.spell[s] = spell
    p.handed[s] = handed
    p.exempt[s] = exempt
    p.adopt[s] = uniform(key, streams.ADOPTION)
    p.needs_po[s] = 1 if uniform(key, streams.NEEDS_PO) < w.needs_po[row, risk] else 0
    p.left[s, 0] = pp.unpaid_days_of(c, key) if (flags & pp.UNPAID_WORK) != 0 else 0
    p.left[s, 1] = c.programme_sessions if (flags & pp.PROGRAMME) != 0 else 0
    plan_clock(p, c, s, since)
    take(p, h, w, s, choose_desk(p, h, q, s))
    return s


@njit(cache=True, nogil=True)
def start_streams(p, c, w, s, row, loaded):  # type: ignore[no-untyped-def]
    """First week of each stream: one interval after a start, anywhere in the interval for the loaded."""
    state = p.state[s]
    risk = p.risk[s]
    for j in range(CONTACT, OCCASIONAL + 1):
        step = w.interval[j - 1, state, risk]
        if step <= 0:
            p.due[s, j] = NO_WEEK
        elif loaded or j >= MONTHLY:
            p.due[s, j] = row + np.int64(uniform(p.key[s], streams.PHASE + j) * step) + (0 if loaded else 1)
        else:
            p.due[s, j] = row + step
    p.due[s, UNPAID] = NO_WEEK
    p.due[s, PROGRAMME_STREAM] = NO_WEEK
    started = np.int64(p.start[s]) // 7 + c.warm_up
    if p.left[s, 0] > 0:
        gone = row - (started + 2)
        if gone > 0:
            p.left[s, 0] = max(0, p.left[s, 0] - gone)
        if p.left[s, 0] > 0 and row <= started + 52:
            p.due[s, UNPAID] = max(row, started + 2)
    if p.left[s, 1] > 0 and state != pp.CUSTODY and state != pp.RECALLED:
        since = started if state < 2 else np.int64(p.released[s]) // 7 + c.warm_up
        gone = row - (since + c.programme_wait)
        if gone > 0:
            p.left[s, 1] = max(0, p.left[s, 1] - gone)
        if p.left[s, 1] > 0:
            p.due[s, PROGRAMME_STREAM] = max(row, since + c.programme_wait)


@njit(cache=True, nogil=True)
def live_clock(p, c, w, q, b, r, h, s, row, status):  # type: ignore[no-untyped-def]
    """Sentence events of a person up to the end of a week; returns False when the sentence is over."""
    until = 7 * (row - c.warm_up + 1)
    while p.event_day[s] < until:
        event = np.int64(p.event[s])
        day = np.int64(p.event_day[s])
        b.events[event] += 1
        after = pp.state_after(event, np.int64(p.state[s]))
        if after == pp.ENDED:
            fire(p, w, q, b, r, s, row, event, False, status)
            drop(p, h, w, s)
            p.state[s] = pp.ENDED
            p.serial[s] = -1
            p.next[s] = np.int32(p.meta[0])
            p.meta[0] = s
            p.meta[4] -= 1
            return False
        if event == pp.HANDOVER:
            p.handed[s] = 1
        else:
            if event == pp.RE_RELEASE:
                p.spell[s] += 1
            h.weight[p.desk[s]] -= w.weight[p.state[s], p.risk[s]]
            p.state[s] = after
            h.weight[p.desk[s]] += w.weight[after, p.risk[s]]
            set_streams(p, w, s, row)
            if (event == pp.RELEASE or event == pp.RE_RELEASE) and p.left[s, 1] > 0:
                wait = c.programme_wait if p.left[s, 1] == c.programme_sessions else 1
                p.due[s, PROGRAMME_STREAM] = row + wait
        fire(p, w, q, b, r, s, row, event, False, status)
        plan_clock(p, c, s, day)
    return True


@njit(cache=True, nogil=True)
def visit(p, c, w, q, b, r, h, s, row, status):  # type: ignore[no-untyped-def]
    """Everything that falls due for a person this week."""
    if not live_clock(p, c, w, q, b, r, h, s, row, status):
        return
    day = 7 * (row - c.warm_up)
    state = p.state[s]
    stopped = False
    if w.suspend[row, 0] > 0.0 and state != pp.CUSTODY and state != pp.RECALLED:
        stopped = is_suspended(p, w, s, row, day)
        if stopped and p.due[s, MONTHLY] == row and state == pp.LICENCE and (p.flags[s] & pp.FOLLOWED) == 0:
            part = 0.5 + 0.5 * w.suspend[row, 1]
            if day >= p.released[s] + part * (p.end[s] - p.released[s]):
                p.flags[s] |= pp.FOLLOWED
                if w.suspend[row, 5] > 0.0:
                    b.events[pp.FOLLOW_UP] += 1
                    fire(p, w, q, b, r, s, row, pp.FOLLOW_UP, False, status)
    for j in range(CONTACT, OCCASIONAL + 1):
        if p.due[s, j] == row:
            fire(p, w, q, b, r, s, row, pp.N_EVENTS + j - 1, stopped, status)
            step = w.interval[j - 1, state, p.risk[s]]
            p.due[s, j] = row + step if step > 0 else NO_WEEK
    if p.due[s, UNPAID] == row:
        fire(p, w, q, b, r, s, row, pp.N_EVENTS + UNPAID - 1, stopped, status)
        p.left[s, 0] -= 1
        started = np.int64(p.start[s]) // 7 + c.warm_up
        p.due[s, UNPAID] = row + 1 if p.left[s, 0] > 0 and row < started + 52 else NO_WEEK
    if p.due[s, PROGRAMME_STREAM] == row:
        if w.interval[PROGRAMME_STREAM - 1, state, p.risk[s]] > 0:
            if p.left[s, 1] == c.programme_sessions:
                b.events[pp.PROGRAMME_START] += 1
                fire(p, w, q, b, r, s, row, pp.PROGRAMME_START, stopped, status)
            fire(p, w, q, b, r, s, row, pp.N_EVENTS + PROGRAMME_STREAM - 1, stopped, status)
            p.left[s, 1] -= 1
            p.due[s, PROGRAMME_STREAM] = row + 1 if p.left[s, 1] > 0 else NO_WEEK
        else:
            p.due[s, PROGRAMME_STREAM] = NO_WEEK


@njit(cache=True, nogil=True)
def push_support(w, q, b, r, row, level, pool_desk):  # type: ignore[no-untyped-def]
    """Time of other grades that went with the week's work: one piece of work a pool, area and queue."""
    n_acts = len(w.queue)
    n_pools = w.support.shape[1]
    minutes = np.zeros((n_pools, N_QUEUES, 8))
    for a in range(n_acts):
        m = b.support[a, 0]
        if m > 0.0:
            b.support[a, 0] = 0.0
            for pool in range(n_pools):
                if w.support[a, pool] > 0.0:
                    minutes[pool, w.queue[a], w.area[a]] += m * w.support[a, pool]
    for pool in range(n_pools):
        desk = pool_desk[pool]
        if desk < 0:
            continue
        for c in range(N_QUEUES):
            for area in range(8):
                whole = np.int64(minutes[pool, c, area] + 0.5)
                if whole > 0:
                    a = n_acts + area
                    put(q, desk, c, a, 0, SUPPORT, -1, whole, row, r.floor[row, a])


@njit(cache=True, nogil=True)
def unit_week(p, c, w, q, b, r, h, starts_day, starts_kind, starts_band, starts_key, row, status, budget, pool_desk):  # type: ignore[no-untyped-def]
    """One week of one delivery unit."""
    until = 7 * (row - c.warm_up + 1)
    n = len(starts_day)
    while p.meta[3] < n and starts_day[p.meta[3]] < until:
        k = p.meta[3]
        p.meta[3] = k + 1
        kind = np.int64(starts_kind[k])
        start = np.int64(starts_day[k])
        s = enter(p, c, w, q, h, starts_key[k], kind, np.int64(starts_band[k]), start, start, row)
        event = pp.CUSTODY_START if kind == 2 else pp.ORDER_START
        b.events[event] += 1
        start_streams(p, c, w, s, row, False)
        fire(p, w, q, b, r, s, row, event, False, status)
        if live_clock(p, c, w, q, b, r, h, s, row, status):
            schedule(p, c, s)
    s = np.int64(p.bucket[row, 0])
    while s >= 0:
        after = np.int64(p.next[s])
        visit(p, c, w, q, b, r, h, s, row, status)
        if p.state[s] >= 0:
            schedule(p, c, s)
        s = after
    if w.deliver == 0:
        b.support[:, 0] = 0.0
        return
    push_support(w, q, b, r, row, 0, pool_desk)
    for d in range(len(q.base)):
        serve(q, r, d, row, budget)


@njit(cache=True, nogil=True)
def team_week(w, q, b, r, in_act, in_risk, in_quantile, first, last, row, budget, pool_desk):  # type: ignore[no-untyped-def]
    """One week of a regional or national team: work sent by delivery units, in the order in which it was sent."""
    for n in range(first, last):
        a = np.int64(in_act[n])
        risk = np.int64(in_risk[n])
        k = np.int64(in_quantile[n])
        for basis in range(3):
            b.due[a, 0, basis] += minutes_of(w, row, a, risk, basis, k)
        q.work[a, risk, WORK_DUE] += 1
        if w.deliver == 0:
            continue
        minutes = minutes_of(w, row, a, risk, 3, k)
        b.support[a, 0] += minutes
        put(q, pool_desk[w.main[a]], w.queue[a], a, risk, TEAM, -1, minutes, row, r.floor[row, a])
    if w.deliver == 0:
        return
    push_support(w, q, b, r, row, 1, pool_desk)
    for d in range(len(q.base)):
        serve(q, r, d, row, budget)


@njit(cache=True, nogil=True)
def reallocate(p, c, w, q, r, h, leaver):  # type: ignore[no-untyped-def]
    """Share out the cases and work of a desk that closes, in the order in which people came to the unit."""
    n = 0
    slots = np.empty(max(1, h.cases[leaver]), np.int64)
    for s in range(p.meta[1]):
        if p.state[s] >= 0 and p.desk[s] == leaver:
            slots[n] = s
            n += 1
    order = np.argsort(p.serial[slots[:n]])
    changed = 0
    for k in order:
        s = slots[k]
        drop(p, h, w, s)
        d = choose_desk(p, h, q, s)
        take(p, h, w, s, d)
        if d != leaver:
            changed += 1
    p.meta[5] += changed
    for queue in range(N_QUEUES):
        t = q.head[leaver, queue]
        before = np.int32(-1)
        while t >= 0:
            s = q.slot[t]
            if s >= 0 and p.state[s] >= 0 and p.serial[s] == q.serial[t]:
                d = np.int64(p.desk[s])
            else:
                d = any_desk(h, q, leaver)
            if d == leaver:
                before = t
                t = q.next[t]
            else:
                t = move_work(q, leaver, d, t, before, queue, r.floor[q.due[t], q.act[t]])
    return changed


@njit(cache=True, nogil=True)
def any_desk(h, q, leaver):  # type: ignore[no-untyped-def]
    """Desk of the leaver's grade with the most room, for work of people whose sentence is over."""
    best = -1
    for d in range(h.officers, len(q.base)):
        if h.grade[d] == h.grade[leaver] and q.base[d] > 0 and d != leaver:
            if best < 0 or h.weight[d] * q.base[best] < h.weight[best] * q.base[d]:
                best = d
    return best if best >= 0 else SENIORS
