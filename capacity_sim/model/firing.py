"""What a trigger makes fall due: which pieces of work, how long they take, whose desk they go to.

Three steps, each a short loop over what the one before wrote down, because a processor foresees little of what happens
to a person, and waits for less when the next one does not depend on it:

1. `note` writes down that a trigger fired, and what of the person its work depends on;
2. `expand` rolls for each kind of work of each trigger, and keeps what falls due;
3. `hand_out` gives each piece its time, its place in the books and its desk.

The order of the pieces on a desk is that in which their triggers fired.
"""

import numpy as np

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.allocation import cover
from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.delivery import HELD, OWED, URGENT, WORK_PAUSED, put
from capacity_sim.model.places import FAILED, NOT_STARTED, REFERRALS, SENT
from capacity_sim.model.records import (
    BACK,
    CASE,
    CONTACT,
    NONE,
    OCCASIONAL,
    OUT,
    PER_ONE,
    PIECES,
    QUANTILES,
    REPORT,
)
from capacity_sim.streams import child, unit

FIRST_STREAM, LAST_STREAM = pp.N_EVENTS + CONTACT - 1, pp.N_EVENTS + OCCASIONAL - 1
#: triggers written down before their work is handed out, and how many one person may fire in a week
ROOM, SPARE = 256, 64
HITS = 512  # pieces of work written down before they are handed out, beside room for all kinds of work once
_TOO_MANY = "a person fires more triggers in a week than there is room for"

#: a trigger that fired, and what of the person its work depends on; `part` is of what can be suspended
FIRED = np.dtype(
    [("key", "u8"), ("part", "f8"), ("serial", "i4"), ("flags", "i4"), ("desk", "u2")]
    + [(n, "u1") for n in ("trigger", "state", "risk", "kind")],
    align=True,
)
#: work that falls due: the draw that made it, its item, who fired it, how many pieces
HIT = np.dtype([("z", "u8"), ("item", "u2"), ("fired", "u2"), ("pieces", "i4")], align=True)


@inlined
def minutes_of(w, row, a, risk, z):
    """Whole minutes that a piece of work really needs, at least one; `z` is its duration in 1/1024 of the mean."""
    m = np.int64(w.timing[row, a, risk, 3] * np.float32(z) * PER_ONE + np.float32(0.5))
    return m if m > 0 else np.int64(1)


@inlined
def another(notes):
    """Place of one more trigger."""
    n = notes.n[0]
    if n >= len(notes.fired):
        raise IndexError(_TOO_MANY)
    notes.n[0] = n + 1
    return np.uint64(n)


@inlined
def note(p, notes, s, trigger, part):
    """Write down that a trigger fires for a person this week; `part` of what can be suspended."""
    x = notes.fired[another(notes)]
    x.key = p.rec[s].key
    x.part = part
    x.serial = p.rec[s].serial
    x.flags = p.rec[s].flags
    x.desk = p.rec[s].desk
    x.trigger = trigger
    x.state = p.rec[s].state
    x.risk = p.rec[s].risk
    x.kind = p.rec[s].kind


@inside
def refer(p, w, row, risk, z, pieces):
    """Find out which referrals of a person do not start, or fail, and so come back."""
    p.counts[REFERRALS, SENT, risk] += pieces
    for k in range(pieces):
        if unit(child(z, 2 + 2 * k)) >= w.referred[row, 0]:
            p.counts[REFERRALS, NOT_STARTED, risk] += 1
        elif unit(child(z, 3 + 2 * k)) < w.referred[row, 1]:
            p.counts[REFERRALS, FAILED, risk] += 1
        else:
            continue
        p.meta[BACK] += 1


@inside
def expand(p, w, q, b, f, row, status):
    """Roll for the work of every trigger that is written down, and hand it out."""
    mean_of = w.mean[row]
    n = np.int64(0)
    for r in range(f.notes.n[0]):
        x = f.notes.fired[np.uint64(r)]
        trigger = np.int64(x.trigger)
        part = x.part
        state = np.uint64(x.state)
        risk = np.uint64(x.risk)
        flags = np.int64(x.flags)
        while True:
            base = child(x.key, streams.WORK + row * 64 + trigger)
            first = w.item_from[np.uint64(trigger), state, 0]
            last = w.item_from[np.uint64(trigger), state, 2 if flags != 0 else 1]
            if n + last - first > len(f.hit):
                hand_out(p, w, q, b, f, n, row, status)
                n = np.int64(0)
            begin, refers = n, np.int64(0)
            for j in range(first, last):
                item = w.item[np.uint64(j)]
                mean = np.float64(mean_of[np.uint64(j), risk])
                if item.report == 1:
                    mean *= w.dated[row, REPORT + np.int64(x.kind)]
                if item.stops == 1:
                    mean *= part
                z = child(base, np.int64(item.place))
                pieces = np.int64(mean)
                pieces += 1 if unit(z) < mean - pieces else 0
                if item.flag != 0 and (flags & item.flag) == 0:
                    pieces = np.int64(0)
                hit = f.hit[np.uint64(n)]
                hit.z = z
                hit.item = j
                hit.fired = r
                hit.pieces = pieces
                n += 1 if pieces > 0 else 0
                refers |= item.report & 2
            if refers != 0:
                for k in range(begin, n):
                    hit = f.hit[np.uint64(k)]
                    if w.item[np.uint64(hit.item)].report == 2:
                        refer(p, w, row, np.int64(risk), hit.z, np.int64(hit.pieces))
            if p.meta[BACK] == 0 or not (trigger == pp.REFERRAL_BACK or FIRST_STREAM <= trigger <= LAST_STREAM):
                break
            p.meta[BACK] -= 1  # a referral that comes back is the officer's work at once
            trigger = np.int64(pp.REFERRAL_BACK)
            part = 1.0
    hand_out(p, w, q, b, f, n, row, status)
    f.notes.n[0] = 0


@inside
def hand_out(p, w, q, b, f, n, row, status):
    """Give pieces of work their time, their place in the books and their desk."""
    for k in range(n):
        hit = f.hit[np.uint64(k)]
        x = w.item[np.uint64(hit.item)]
        who = f.notes.fired[np.uint64(hit.fired)]
        a = np.int64(x.act)
        risk = np.int64(who.risk)
        pieces = np.int64(hit.pieces)
        z = hit.z
        duration = np.int64(w.quantile[z & np.uint64(QUANTILES - 1)])
        held = risk + HELD if np.int64((z >> np.uint64(11)) & np.uint64(QUANTILES - 1)) < w.held[a] else risk
        if x.level > 0:
            for _ in range(pieces):
                m = p.meta[OUT]
                b.out[m].week = row
                b.out[m].act = a
                b.out[m].risk = held
                b.out[m].duration = duration
                p.meta[OUT] = m + 1
            continue
        to = np.int64(who.desk)
        grade = 0
        if x.desk != CASE:
            to = np.int64(x.desk)
        elif q.desk[np.uint64(to)].group == 1:
            grade = 1
        if x.other != NONE and w.moved[row, a, 0] > 0.0 and unit(child(z, 1)) < w.moved[row, a, 0]:
            to = np.int64(x.other)
            grade = 2
            duration = max(np.int64(1), np.int64(duration * w.moved[row, a, 1] + 0.5))
        b.week[a, risk, grade] += pieces * (PIECES + duration)
        if w.deliver == 0:
            continue
        minutes = minutes_of(w, row, a, risk, duration)
        queue = np.int64(x.queue)
        if status >= x.pause_at:
            queue = np.int64(OWED)
            q.work[a, risk, WORK_PAUSED] += pieces
        elif queue == URGENT and x.desk == CASE and to >= q.officers and q.capacity[to, row] == 0:
            if np.int64((z >> np.uint64(21)) & np.uint64(QUANTILES - 1)) < w.cover:
                to = cover(q, to, row)
        for _ in range(pieces):
            put(q, to, queue, a, held, who.serial, minutes, row, np.int64(w.floor[row, a]))
