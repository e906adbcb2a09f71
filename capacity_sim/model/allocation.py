"""Who holds a case: the eligible officer with the most room, and what happens when an officer leaves."""

import numpy as np

from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.delivery import N_LINES, URGENT
from capacity_sim.model.lines import leave_behind, merge, set_head, step
from capacity_sim.model.records import CHANGES, SENIORS, USED


@inside
def choose_desk(p, q, s):
    """Officer of the eligible grade with the most room: the least weight for their usual time."""
    grade = 0 if p.cold[s].needs_po == 1 else 1
    best = -1
    for d in range(q.officers, len(q.desk)):
        if q.desk[d].grade == grade and q.desk[d].base > 0:
            if best < 0 or q.desk[d].weight * q.desk[best].base < q.desk[best].weight * q.desk[d].base:
                best = d
    return best if best >= 0 else SENIORS


@inside
def cover(q, desk, row):
    """Who takes urgent work of an officer who is away: the one who is there with the least of it waiting."""
    best = desk
    for d in range(q.officers, len(q.desk)):
        if q.desk[d].grade == q.desk[desk].grade and q.desk[d].base > 0 and q.capacity[d, row] > 0:
            if best == desk or q.line[d, URGENT].full < q.line[best, URGENT].full:
                best = d
    return best


@inlined
def take(p, q, w, s, d):
    """Give a case to a desk."""
    p.rec[s].desk = d
    q.desk[d].weight += w.weight[p.rec[s].state, p.rec[s].risk]
    q.desk[d].cases += 1


@inlined
def drop(p, q, w, s):
    """Take a case from its desk."""
    d = p.rec[s].desk
    q.desk[d].weight -= w.weight[p.rec[s].state, p.rec[s].risk]
    q.desk[d].cases -= 1


@inside
def reallocate(p, w, q, leaver, slots, places, goes):
    """Share out the cases and work of a desk that closes, in the order in which people came to the unit.

    Work goes with its case; work of people whose sentence is over goes to the desk of the same grade with the most
    room. `slots` has room for the cases of the desk, `places` and `goes` for the work in any of its lines.
    """
    n = 0
    cases = np.int64(q.desk[leaver].cases)
    for s in range(p.meta[USED]):
        if n == cases:
            break
        if p.rec[s].state >= 0 and p.rec[s].desk == leaver:
            k = n
            while k > 0 and p.rec[slots[k - 1]].serial > p.rec[s].serial:
                slots[k] = slots[k - 1]
                k -= 1
            slots[k] = s
            n += 1
    for k in range(n):
        s = slots[k]
        drop(p, q, w, s)
        d = choose_desk(p, q, s)
        take(p, q, w, s, d)
        if d != leaver:
            p.meta[CHANGES] += 1
            p.cold[s].changes += 1
    other = any_desk(q, leaver)
    for queue in range(N_LINES):
        waits = np.int64(q.line[leaver, queue].count)
        t = np.int64(q.line[leaver, queue].head)
        k = 0
        while k < waits:
            if q.piece[t].left > 0:
                places[k] = t
                goes[k] = desk_of(p, slots, n, q.piece[t].serial, other)
                k += 1
            t = step(q, t)
        stay = 0
        for k in range(waits):
            if goes[k] == leaver:
                stay += 1
            elif goes[k] >= 0:
                merge(q, w, leaver, goes[k], queue, places, goes, k, waits)
        keep(q, leaver, queue, places, goes, waits, stay)


@inlined
def desk_of(p, slots, n, serial, other):
    """Desk of a person among `n` whose case has moved; `other` for anybody else."""
    low = 0
    high = n
    while low < high:
        mid = (low + high) // 2
        if p.rec[slots[mid]].serial < serial:
            low = mid + 1
        else:
            high = mid
    if low < n and p.rec[slots[low]].serial == serial:
        return np.int64(p.rec[slots[low]].desk)
    return np.int64(other)


@inside
def keep(q, desk, queue, places, goes, waits, stay):
    """Leave a line with the pieces that stay: what has gone becomes a hole, or goes with the head."""
    if waits == 0:
        return
    for k in range(waits):
        if goes[k] != desk:
            q.piece[places[k]].left = 0
    t = np.int64(q.line[desk, queue].head)
    if stay > 0:
        while q.piece[t].left == 0:
            t = leave_behind(q, t)
    set_head(q, desk, queue, t, stay)


@inside
def any_desk(q, leaver):
    """Desk of the leaver's grade with the most room, for work of people whose sentence is over."""
    best = -1
    for d in range(q.officers, len(q.desk)):
        if q.desk[d].grade == q.desk[leaver].grade and q.desk[d].base > 0 and d != leaver:
            if best < 0 or q.desk[d].weight * q.desk[best].base < q.desk[best].weight * q.desk[d].base:
                best = d
    return best if best >= 0 else SENIORS
