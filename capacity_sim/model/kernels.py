"""The weekly loop of a delivery unit: starts, sentence events, work that falls due, desks.

All arrays have the block as their first axis; a unit's rows are cut once a call and stay in cache. Nothing here knows a
parameter by name: `Clocks`, `Work` and `Rules` are arrays that the parameters made.
"""

import numpy as np

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.allocation import choose_desk, cover, drop, take
from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.delivery import (
    HELD,
    N_QUEUES,
    OWED,
    RISK,
    SUPPORT,
    TEAM,
    URGENT,
    WORK_DUE,
    WORK_PAUSED,
    put,
    serve,
)
from capacity_sim.model.places import (
    BEGINS,
    DAY,
    FAILED,
    NOT_STARTED,
    REFERRALS,
    RETURNS,
    SENT,
    first_needs,
    give_places,
    last_needs,
    needs_after,
    programme_week,
    unpaid_week,
)
from capacity_sim.model.records import (
    ALIVE,
    ANY,
    BACK,
    CASE,
    CHANGED,
    CONTACT,
    EVENT,
    EVER,
    FOLLOW,
    FREE,
    LICENCE_FROM,
    LOWEST,
    MONTHLY,
    N_STREAMS,
    NEEDS_PO,
    NEXT_START,
    NO_WEEK,
    NONE,
    OCCASIONAL,
    OUT,
    PER_ONE,
    PIECES,
    QUANTILES,
    REPORT,
    UNPAID,
    USED,
    VISIT,
)
from capacity_sim.model.suspension import contact_left
from capacity_sim.streams import child, uniform, unit


@inlined
def minutes_of(w, row, a, risk, z):
    """Whole minutes that a piece of work really needs, at least one; `z` is its duration in 1/1024 of the mean."""
    m = np.int64(w.timing[row, a, risk, 3] * np.float32(z) * PER_ONE + np.float32(0.5))
    return m if m > 0 else np.int64(1)


@inside
def refer(p, w, s, row, z, pieces):
    """Find out which referrals of a person do not start, or fail, and so come back."""
    risk = p.rec[s].risk
    p.counts[REFERRALS, SENT, risk] += pieces
    for k in range(pieces):
        if unit(child(z, 2 + 2 * k)) >= w.referred[row, 0]:
            p.counts[REFERRALS, NOT_STARTED, risk] += 1
        elif unit(child(z, 3 + 2 * k)) < w.referred[row, 1]:
            p.counts[REFERRALS, FAILED, risk] += 1
        else:
            continue
        p.meta[BACK] += 1


@inlined
def fire(p, w, q, b, s, row, trigger, part, status):
    """Work that a trigger makes fall due for a person this week; `part` of what can be suspended."""
    state = p.rec[s].state
    flags = p.rec[s].flags
    first = w.item_from[trigger, state, 0]
    last = w.item_from[trigger, state, 2 if flags != 0 else 1]
    risk = p.rec[s].risk
    base = child(p.rec[s].key, streams.WORK + row * 64 + trigger)
    desk = np.int64(p.rec[s].desk)
    for j in range(first, last):
        x = w.item[j]
        if x.flag != 0 and (flags & x.flag) == 0:
            continue
        mean = np.float64(w.mean[row, j, risk])
        if x.report == 1:
            mean *= w.dated[row, REPORT + p.rec[s].kind]
        if x.stops == 1:
            mean *= part
        z = child(base, np.int64(x.place))
        pieces = np.int64(mean)
        if unit(z) < mean - pieces:
            pieces += 1
        if pieces == 0:
            continue
        if x.report == 2:
            refer(p, w, s, row, z, pieces)
        a = np.int64(x.act)
        duration = np.int64(w.quantile[np.int64(z & np.uint64(QUANTILES - 1))])
        held = risk + HELD if np.int64((z >> np.uint64(11)) & np.uint64(QUANTILES - 1)) < w.held[a] else risk
        if x.level > 0:
            for _ in range(pieces):
                n = p.meta[OUT]
                b.out[n].week = row
                b.out[n].act = a
                b.out[n].risk = held
                b.out[n].duration = duration
                p.meta[OUT] = n + 1
            continue
        to = desk
        grade = 0
        if x.desk != CASE:
            to = np.int64(x.desk)
        elif q.desk[desk].group == 1:
            grade = 1
        if x.other != NONE and w.moved[row, a, 0] > 0.0 and unit(child(z, 1)) < w.moved[row, a, 0]:
            to = np.int64(x.other)
            grade = 2
            duration = max(np.int64(1), np.int64(duration * w.moved[row, a, 1] + 0.5))
        b.week[a, risk, grade] += pieces * (PIECES + duration)
        if w.deliver == 0:
            continue
        minutes = minutes_of(w, row, a, risk, duration)
        queue = int(x.queue)
        if status >= x.pause_at:
            queue = OWED
            q.work[a, risk, WORK_PAUSED] += pieces
        elif queue == URGENT and x.desk == CASE and to >= q.officers and q.capacity[to, row] == 0:
            if np.int64((z >> np.uint64(21)) & np.uint64(QUANTILES - 1)) < w.cover:
                to = cover(q, to, row)
        for _ in range(pieces):
            put(q, to, queue, a, held, p.rec[s].serial, minutes, row, np.int64(w.floor[row, a]))


@inside
def fire_event(p, w, q, b, s, row, event, status):
    """Work that an event of the sentence makes fall due."""
    fire(p, w, q, b, s, row, event, 1.0, status)


@inlined
def set_streams(p, w, s, row):
    """Contact, review and visit streams start afresh in a new state: first due one interval from now."""
    for j in range(CONTACT, VISIT + 1):
        step = w.interval[j - 1, p.rec[s].state, p.rec[s].risk]
        p.rec[s].due[j] = row + step if step > 0 else NO_WEEK


@inlined
def plan_clock(p, c, s, since):
    """Find a person's next sentence event."""
    event, day = pp.next_event(
        c,
        p.rec[s].key,
        np.int64(p.rec[s].state),
        np.int64(p.cold[s].band),
        np.int64(p.cold[s].start),
        np.int64(p.rec[s].released),
        np.int64(p.rec[s].end),
        np.int64(p.cold[s].post),
        np.int64(p.cold[s].spell),
        since,
        np.int64(p.cold[s].handed),
    )
    p.rec[s].event = event
    p.rec[s].event_day = min(day, pp.NEVER)


@inlined
def schedule(p, c, s):
    """Note the next week in which anything falls due for a person."""
    week = np.int64(p.rec[s].event_day) // 7 + c.warm_up
    for j in range(1, N_STREAMS):
        if p.rec[s].due[j] < week:
            week = np.int64(p.rec[s].due[j])
    p.when[s] = min(week, NO_WEEK)


@inside
def enter(p, c, w, q, key, kind, band, start, now, row):
    """Make the record of a person who started on `start`, as they are on day `now`; returns the slot."""
    s = p.meta[FREE] - 1
    if s >= 0:
        p.meta[FREE] = np.int64(p.cold[s].next) + 1
    else:
        s = p.meta[USED]
        p.meta[USED] = s + 1
    p.rec[s].serial = p.meta[EVER]
    p.meta[EVER] += 1
    p.meta[ALIVE] += 1
    state, band, extended, length, release, end, post, spell, since, handed, _ = pp.life_until(
        c, key, kind, band, start, now
    )
    risk = pp.risk_of(c, key, start)
    flags, exempt = pp.flags_of(c, key, kind, risk, state, start)
    p.rec[s].key = key
    p.rec[s].state = state
    p.rec[s].kind = kind
    p.rec[s].risk = risk
    p.cold[s].band = band
    p.cold[s].extended = extended
    p.rec[s].score = np.int64(uniform(key, streams.SCORE) * 100.0)
    p.rec[s].flags = flags
    p.cold[s].length = length
    p.cold[s].start = start
    p.rec[s].released = release
    p.rec[s].end = end
    p.cold[s].post = post
    p.cold[s].spell = spell
    p.cold[s].handed = handed
    p.cold[s].changes = 0
    p.rec[s].exempt = exempt
    p.rec[s].adopt = uniform(key, streams.ADOPTION)
    p.cold[s].needs_po = 1 if uniform(key, streams.NEEDS_PO) < w.dated[row, NEEDS_PO + risk] else 0
    p.rec[s].left[0] = pp.unpaid_days_of(c, key, start) if (flags & pp.UNPAID_WORK) != 0 else 0
    p.rec[s].left[1] = c.programme_sessions if (flags & pp.PROGRAMME) != 0 else 0
    plan_clock(p, c, s, since)
    take(p, q, w, s, choose_desk(p, q, s))
    return s


@inside
def start_streams(p, c, w, s, row, loaded):
    """First week of each stream: one interval after a start, anywhere in the interval for the loaded (1)."""
    state = p.rec[s].state
    risk = p.rec[s].risk
    for j in range(CONTACT, OCCASIONAL + 1):
        step = w.interval[j - 1, state, risk]
        if step <= 0:
            p.rec[s].due[j] = NO_WEEK
        elif loaded or j >= MONTHLY:
            p.rec[s].due[j] = row + np.int64(uniform(p.rec[s].key, streams.PHASE + j) * step) + (0 if loaded else 1)
        else:
            p.rec[s].due[j] = row + step
    first_needs(p, c, s, row, loaded)


@inside
def live_clock(p, c, w, q, b, s, row, status):
    """Sentence events of a person up to the end of a week; returns False when the sentence is over."""
    until = 7 * (row - c.warm_up + 1)
    while p.rec[s].event_day < until:
        event = np.int64(p.rec[s].event)
        day = np.int64(p.rec[s].event_day)
        p.meta[EVENT + event] += 1
        after = pp.state_after(event, np.int64(p.rec[s].state))
        if after == pp.ENDED:
            fire_event(p, w, q, b, s, row, event, status)
            drop(p, q, w, s)
            p.meta[CHANGED] += p.cold[s].changes
            last_needs(p, s, row)
            p.rec[s].state = pp.ENDED
            p.rec[s].serial = -1
            p.cold[s].next = np.int32(p.meta[FREE] - 1)
            p.meta[FREE] = s + 1
            p.when[s] = NO_WEEK
            p.meta[ALIVE] -= 1
            return False
        if event == pp.HANDOVER:
            p.cold[s].handed = 1
        else:
            if event == pp.RE_RELEASE:
                p.cold[s].spell += 1
            q.desk[p.rec[s].desk].weight -= w.weight[p.rec[s].state, p.rec[s].risk]
            p.rec[s].state = after
            q.desk[p.rec[s].desk].weight += w.weight[after, p.rec[s].risk]
            set_streams(p, w, s, row)
            if event == pp.RELEASE or event == pp.RE_RELEASE:
                p.rec[s].flags = pp.tagged_now(c, p.rec[s].key, p.rec[s].flags, row)
            needs_after(p, c, s, event, row)
        fire_event(p, w, q, b, s, row, event, status)
        plan_clock(p, c, s, day)
    return True


@inlined
def visit(p, c, w, q, b, s, row, status):
    """Everything that falls due for a person this week."""
    day = 7 * (row - c.warm_up)
    if p.rec[s].event_day < day + 7 and not live_clock(p, c, w, q, b, s, row, status):
        return
    state = p.rec[s].state
    part = 1.0
    appointments = 1.0
    if w.dated[row, ANY] > 0.0 and state != pp.CUSTODY and state != pp.RECALLED:
        part, appointments, _, reset = contact_left(p, w, s, row, day)
        if reset and p.rec[s].due[MONTHLY] == row and state == pp.LICENCE and (p.rec[s].flags & pp.FOLLOWED) == 0:
            midway = 0.5 + 0.5 * w.dated[row, LICENCE_FROM]
            if day >= p.rec[s].released + midway * (p.rec[s].end - p.rec[s].released):
                p.rec[s].flags |= pp.FOLLOWED
                if w.dated[row, FOLLOW] > 0.0:
                    p.meta[EVENT + pp.FOLLOW_UP] += 1
                    fire_event(p, w, q, b, s, row, pp.FOLLOW_UP, status)
    streams_due = 0
    for k in range(CONTACT, N_STREAMS):
        if p.rec[s].due[k] == row:
            streams_due |= 1 << k
    while streams_due != 0:  # a test for each stream is one that the processor cannot foresee
        j = np.int64(LOWEST[streams_due])
        streams_due &= streams_due - 1
        step = w.interval[j - 1, state, p.rec[s].risk]
        if j >= UNPAID:
            if j == UNPAID:
                falls = unpaid_week(p, c, s, row, step)
            else:
                falls = programme_week(p, c, s, row, step)
            if falls & BEGINS:
                p.meta[EVENT + pp.PROGRAMME_START] += 1
                fire_event(p, w, q, b, s, row, pp.PROGRAMME_START, status)
            if falls & DAY:
                fire_event(p, w, q, b, s, row, pp.N_EVENTS + j - 1, status)
            if falls & RETURNS:
                p.meta[EVENT + pp.UNPAID_LIMIT] += 1
                fire_event(p, w, q, b, s, row, pp.UNPAID_LIMIT, status)
            continue
        p.rec[s].due[j] = row + step if step > 0 else NO_WEEK
        if step > 0:
            left = appointments if j == CONTACT else part
            fire(p, w, q, b, s, row, pp.N_EVENTS + j - 1, left, status)
            while p.meta[BACK] > 0:
                p.meta[BACK] -= 1
                fire_event(p, w, q, b, s, row, pp.REFERRAL_BACK, status)


@inside
def close_week(w, q, b, row, pool_desk):
    """Minutes due of the week on each basis, and the time of other grades that went with its work.

    Support work is one piece a pool, area and queue.
    """
    n_acts, n_pools = w.support.shape
    minutes = b.spread
    minutes[:] = 0.0
    for a in range(n_acts):
        needed = 0.0
        for risk in range(4):
            for grade in range(b.week.shape[2]):
                x = b.week[a, risk, grade]
                if x == 0:
                    continue
                b.week[a, risk, grade] = 0
                q.work[a, risk, WORK_DUE] += x // PIECES
                durations = np.float64(x % PIECES) / 1024.0
                for basis in range(3):
                    b.due[a, grade, basis] += np.int64(w.timing[row, a, risk, basis] * durations + 0.5)
                needed += w.timing[row, a, risk, 3] * durations
        if needed > 0.0:
            for pool in range(n_pools):
                if w.support[a, pool] > 0.0:
                    minutes[pool, w.act[a].queue, w.act[a].area] += needed * w.support[a, pool]
    if w.deliver == 0:
        return
    for pool in range(n_pools):
        desk = pool_desk[pool]
        if desk < 0:
            continue
        for c in range(N_QUEUES):
            for area in range(8):
                whole = np.int64(minutes[pool, c, area] + 0.5)
                if whole > 0:
                    put(q, desk, c, n_acts + area, 0, SUPPORT, whole, row, np.int64(w.floor[row, n_acts + area]))


@inside
def unit_week(p, c, w, q, b, starts, row, status, budget, pool_desk):
    """One week of one delivery unit."""
    until = 7 * (row - c.warm_up + 1)
    n = len(starts)
    while p.meta[NEXT_START] < n and starts[p.meta[NEXT_START]].day < until:
        k = p.meta[NEXT_START]
        p.meta[NEXT_START] = k + 1
        kind = np.int64(starts[k].kind)
        start = np.int64(starts[k].day)
        s = enter(p, c, w, q, starts[k].key, kind, np.int64(starts[k].band), start, start, row)
        event = pp.CUSTODY_START if kind == 2 else pp.ORDER_START
        p.meta[EVENT + event] += 1
        start_streams(p, c, w, s, row, np.int64(0))
        fire_event(p, w, q, b, s, row, event, status)
        if live_clock(p, c, w, q, b, s, row, status):
            schedule(p, c, s)
    n = 0
    for s in range(p.meta[USED]):  # whose turn it is: without a branch that cannot be foreseen
        p.turn[n] = s
        n += 1 if p.when[s] == row else 0
    for k in range(n):
        s = np.int64(p.turn[k])
        visit(p, c, w, q, b, s, row, status)
        if p.rec[s].state >= 0:
            schedule(p, c, s)
    give_places(p, c, row)
    close_week(w, q, b, row, pool_desk)
    if w.deliver == 0:
        return
    for d in range(len(q.desk)):
        serve(q, w, d, row, budget, status)


@inside
def team_week(w, q, b, received, n_received, row, budget, pool_desk):
    """One week of a regional or national team: work sent by delivery units, in the order in which it was sent."""
    for n in range(n_received):
        a = np.int64(received[n].act)
        held = np.int64(received[n].risk)
        risk = held & RISK
        duration = np.int64(received[n].duration)
        b.week[a, risk, 0] += PIECES + duration
        if w.deliver == 1:
            minutes = minutes_of(w, row, a, risk, duration)
            put(q, pool_desk[w.act[a].main], w.act[a].queue, a, held, TEAM, minutes, row, np.int64(w.floor[row, a]))
    close_week(w, q, b, row, pool_desk)
    if w.deliver == 0:
        return
    for d in range(len(q.desk)):
        serve(q, w, d, row, budget, np.int64(0))
