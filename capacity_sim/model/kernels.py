"""The weekly loop of a delivery unit: starts, sentence events, work that falls due, desks.

All arrays have the block as their first axis; a unit's rows are cut once a call and stay in cache. Nothing here knows a
parameter by name: `Clocks`, `Work` and `Rules` are arrays that the parameters made.
"""

import numpy as np

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.allocation import choose_desk, drop, take
from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.delivery import (
    N_QUEUES,
    RISK,
    SUPPORT,
    TEAM,
    WORK_DUE,
    put,
    serve,
)
from capacity_sim.model.firing import ROOM, SPARE, another, expand, minutes_of, note
from capacity_sim.model.places import (
    BEGINS,
    DAY,
    RETURNS,
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
    BIT,
    CHANGED,
    CLOCK,
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
    OCCASIONAL,
    PIECES,
    UNPAID,
    USED,
    VISIT,
)
from capacity_sim.model.suspension import contact_left
from capacity_sim.streams import uniform


@inlined
def set_streams(p, w, s, row):
    """Contact, review and visit streams start afresh in a new state: first due one interval from now."""
    for j in range(CONTACT, VISIT + 1):
        step = w.interval[j - 1, p.rec[s].state, p.rec[s].risk]
        p.rec[s].due[j] = row + step if step > 0 else NO_WEEK


@inlined
def plan_clock(p, c, s, since):
    """Find a person's next sentence event, and its week."""
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
    day = min(day, pp.NEVER)
    p.rec[s].event = event
    p.rec[s].event_day = day
    p.rec[s].due[CLOCK] = min(day // 7 + c.warm_up, NO_WEEK)


@inlined
def schedule(p, s):
    """Note the next week in which anything falls due for a person."""
    week = p.rec[s].due[CLOCK]
    for j in range(1, N_STREAMS):
        due = p.rec[s].due[j]
        week = due if due < week else week
    p.when[s] = week


@inlined
def enter(p, c, w, q, key, kind, start, life, row):
    """Make the record of a person as they are on a day: `life` is what `people.life_until` says. Returns the slot."""
    s = p.meta[FREE] - 1
    if s >= 0:
        p.meta[FREE] = np.int64(p.cold[s].next) + 1
    else:
        s = p.meta[USED]
        p.meta[USED] = s + 1
    p.rec[s].serial = p.meta[EVER]
    p.meta[EVER] += 1
    p.meta[ALIVE] += 1
    state, band, extended, length, release, end, post, spell, since, handed, _ = life
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


@inlined
def live_clock(p, c, w, q, notes, s, row):
    """Sentence events of a person up to the end of a week; returns False when the sentence is over."""
    until = 7 * (row - c.warm_up + 1)
    while p.rec[s].event_day < until:
        event = np.int64(p.rec[s].event)
        day = np.int64(p.rec[s].event_day)
        p.meta[EVENT + event] += 1
        after = pp.state_after(event, np.int64(p.rec[s].state))
        if after == pp.ENDED:
            note(p, notes, s, event, 1.0)
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
        note(p, notes, s, event, 1.0)
        plan_clock(p, c, s, day)
    return True


@inside
def begin_week(p, c, w, q, b, f, starts, row, status):
    """Sentences that start this week, and what happens in them by its end."""
    until = 7 * (row - c.warm_up + 1)
    n = len(starts)
    while p.meta[NEXT_START] < n and starts[p.meta[NEXT_START]].day < until:
        x = starts[p.meta[NEXT_START]]
        p.meta[NEXT_START] += 1
        kind = np.int64(x.kind)
        start = np.int64(x.day)
        band, extended, length, release, end, post = pp.sentence(c, x.key, kind, np.int64(x.band), start)
        zero = np.int64(0)
        life = (kind, band, extended, length, release, end, post, zero, start, zero, start)
        s = enter(p, c, w, q, x.key, kind, start, life, row)
        event = np.int64(pp.CUSTODY_START if kind == pp.CUSTODY else pp.ORDER_START)
        p.meta[EVENT + event] += 1
        start_streams(p, c, w, s, row, zero)
        note(p, f.notes, s, event, 1.0)
        if live_clock(p, c, w, q, f.notes, s, row):
            schedule(p, s)
        if f.notes.n[0] > ROOM - SPARE:
            expand(p, w, q, b, f, row, status)
    expand(p, w, q, b, f, row, status)


@inside
def live_clocks(p, c, w, q, f, n, row):
    """Let happen this week what happens in the sentences of those whose turn it is.

    The triggers are written down apart, with whose they are: they come before what streams make fall due for them.
    """
    for k in range(n):
        s = np.int64(p.turn[k])
        if p.rec[s].due[CLOCK] <= row:
            before = f.events.n[0]
            live_clock(p, c, w, q, f.events, s, row)
            for e in range(before, f.events.n[0]):
                f.whose[e] = s


@inlined
def visit(p, c, w, f, s, row):
    """Everything that streams make fall due for a person this week."""
    day = 7 * (row - c.warm_up)
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
                    note(p, f.notes, s, pp.FOLLOW_UP, 1.0)
    this_week = np.int16(row)
    streams_due = np.int16(0)
    for k in range(N_STREAMS):  # all of them, the clock too, so that they are compared at once
        streams_due |= BIT[k] if p.rec[s].due[k] == this_week else np.int16(0)
    streams_due &= ~BIT[CLOCK]
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
                note(p, f.notes, s, pp.PROGRAMME_START, 1.0)
            if falls & DAY:
                note(p, f.notes, s, pp.N_EVENTS + j - 1, 1.0)
            if falls & RETURNS:
                p.meta[EVENT + pp.UNPAID_LIMIT] += 1
                note(p, f.notes, s, pp.UNPAID_LIMIT, 1.0)
            continue
        p.rec[s].due[j] = row + step if step > 0 else NO_WEEK
        if step > 0:
            left = appointments if j == CONTACT else part
            note(p, f.notes, s, pp.N_EVENTS + j - 1, left)


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
def visit_all(p, c, w, f, first, last, begin, row):
    """Write down what falls due for some of those whose turn it is, until there is no more room.

    `begin` is the first event of theirs; returns who is next, and their first event.
    """
    e = begin
    for k in range(first, last):
        s = np.int64(p.turn[k])
        while e < f.events.n[0] and f.whose[e] == s:
            f.notes.fired[another(f.notes)] = f.events.fired[e]
            e += 1
        if p.rec[s].state >= 0:
            visit(p, c, w, f, s, row)
            schedule(p, s)
        if f.notes.n[0] > ROOM - SPARE:
            return k + 1, e
    return last, e


@inside
def unit_week(p, c, w, q, b, f, starts, row, status, pool_desk):
    """One week of one delivery unit."""
    begin_week(p, c, w, q, b, f, starts, row, status)
    n = 0
    for s in range(p.meta[USED]):  # whose turn it is: without a branch that cannot be foreseen
        p.turn[n] = s
        n += 1 if p.when[s] == row else 0
    f.events.n[0] = 0
    live_clocks(p, c, w, q, f, n, row)
    k, e = 0, 0
    while k < n:
        k, e = visit_all(p, c, w, f, k, n, e, row)
        expand(p, w, q, b, f, row, status)
    give_places(p, c, row)
    close_week(w, q, b, row, pool_desk)
    if w.deliver == 0:
        return
    for d in range(len(q.desk)):
        serve(q, w, d, row, f.budget, status)


@inside
def team_week(w, q, b, f, received, n_received, row, pool_desk):
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
        serve(q, w, d, row, f.budget, np.int64(0))
