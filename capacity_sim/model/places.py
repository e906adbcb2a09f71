"""Places that units share: unpaid work, programmes, approved premises, the fitting of tags.

A person who has a need waits on a list of the unit until a place is given at the end of a week. Lists are chains
through the records of the people who wait, so that joining, leaving and going first cost nothing to the others.
"""

import numpy as np

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.compiled import inlined, inside
from capacity_sim.model.records import NO_WEEK, PROGRAMME_STREAM, UNPAID, USED
from capacity_sim.streams import uniform, uniform_k

# Constants are NumPy's, because a kernel is compiled anew for each plain number that it is given.
# services, in the order of result.SERVICES; referrals have no places
UNPAID_WORK, PROGRAMMES, TAGS, PREMISES, REFERRALS = np.arange(5)
N_SERVICES = 4
# columns of Persons.gate
HEAD, TAIL, WAITING, HELD, ALLOTTED = range(5)
# where a person stands with a service
NO_NEED, READIES, WAITS, HOLDS, DECLINES = np.arange(5)
# counts, in the order of result.SERVICE_MEASURES; the last four are stocks
(
    IMPOSED, STARTED, IN_TIME, COMPLETED, DONE_IN_TIME, DECIDED, EXPIRED, UNCOMMENCED, ENDED, RETURNED, EXTENDED,
    DECLINED, OFFERED, ATTENDED, STILL_WAITING, STILL_HELD, STILL_OPEN, STILL_LEFT,
) = np.arange(18)  # fmt: skip
SENT, NOT_STARTED, FAILED = IMPOSED, DECLINED, ENDED  # what is counted of referrals
# columns of Clocks.services
ATTENDANCE, SPREAD, EXTENDED_SHARE, EXTENSION, TAKE_UP, DROP_OUT, STAY, RANK, NEEDS_BED = (*range(8), 11)
N_COLUMNS = 15
# what a week with a place makes fall due
DAY, BEGINS, RETURNS = 1, 2, 4
UNPAID_WAIT = 2  # weeks from the start of an order to the first day that can be offered
IN_TIME_WEEKS = 3  # 15 working days


@inlined
def count(p, g, measure, s):
    """Count what happened to a person."""
    p.counts[g, measure, p.rec[s].risk] += 1


@inside
def join(p, g, s):
    """Put a person at the end of a list."""
    last = p.gate[g, TAIL]
    p.need[s].after[g] = -1
    p.need[s].before[g] = last
    if last < 0:
        p.gate[g, HEAD] = s
    else:
        p.need[last].after[g] = s
    p.gate[g, TAIL] = s
    p.gate[g, WAITING] += 1
    p.need[s].status[g] = WAITS


@inside
def unlink(p, g, s):
    """Take a person out of a list."""
    before = np.int64(p.need[s].before[g])
    after = np.int64(p.need[s].after[g])
    if before < 0:
        p.gate[g, HEAD] = after
    else:
        p.need[before].after[g] = after
    if after < 0:
        p.gate[g, TAIL] = before
    else:
        p.need[after].before[g] = before
    p.gate[g, WAITING] -= 1


@inside
def leave(p, g, s, row, status):
    """Take a person from a list or a place; `status` is where they stand then."""
    now = p.need[s].status[g]
    if now == WAITS:
        unlink(p, g, s)
    elif now == HOLDS and g == PREMISES:
        until = np.int64(p.need[s].until[g])
        if until > row:
            p.gate[g, HELD] -= 1
            if until < len(p.beds):
                p.beds[until] -= 1
    elif now == HOLDS and g != TAGS:
        p.gate[g, HELD] -= 1
    p.need[s].status[g] = status


@inside
def ask(p, g, s):
    """Someone needs a place from now on."""
    count(p, g, IMPOSED, s)
    join(p, g, s)


@inside
def attendance(c, key, row):
    """Chance that a person comes to a day of unpaid work."""
    own = c.services[row, ATTENDANCE] + c.services[row, SPREAD] * (2.0 * uniform(key, streams.ATTENDANCE) - 1.0)
    return min(1.0, max(0.0, own))


@inside
def first_needs(p, c, s, row, loaded):
    """What a person needs from the first week on."""
    for g in range(N_SERVICES):
        p.need[s].status[g] = NO_NEED
        p.need[s].begun[g] = 0
    p.need[s].decided = 0
    p.need[s].rounds = 0
    p.rec[s].due[UNPAID] = NO_WEEK
    p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK
    state = p.rec[s].state
    inside = state == pp.CUSTODY or state == pp.RECALLED
    started = np.int64(p.cold[s].start) // 7 + c.warm_up
    if p.rec[s].left[0] > 0:
        first_unpaid(p, c, s, row, started, loaded)
    if p.rec[s].left[1] > 0:
        if not loaded:
            count(p, PROGRAMMES, IMPOSED, s)
        if inside:
            p.need[s].status[PROGRAMMES] = READIES
        elif state == pp.POST:
            p.rec[s].left[1] = 0
        else:
            since = started if state < 2 else np.int64(p.rec[s].released) // 7 + c.warm_up
            first_programme(p, c, s, row, since + c.programme_wait, loaded)
    if (p.rec[s].flags & pp.TAG) != 0 and not inside:
        if loaded:
            p.need[s].status[TAGS] = HOLDS
        else:
            ask(p, TAGS, s)


@inside
def first_unpaid(p, c, s, row, started, loaded):
    """Unpaid work of an order that starts, or of one that has been in force."""
    until = started + c.unpaid_limit[pp.week_row(np.int64(p.cold[s].start), c.warm_up, c.n_weeks)]
    p.need[s].until[UNPAID_WORK] = until
    p.rec[s].due[UNPAID] = min(until + 1, NO_WEEK)
    if not loaded:
        ask(p, UNPAID_WORK, s)
        return
    first = started + max(UNPAID_WAIT, c.wait_at_start[0])
    if row > first:
        done = np.int64((row - first) * attendance(c, p.rec[s].key, 0))
        p.rec[s].left[0] = max(0, p.rec[s].left[0] - done)
    if p.rec[s].left[0] == 0 or row > until:
        p.rec[s].left[0] = 0
        p.rec[s].due[UNPAID] = NO_WEEK
    elif row >= first:
        p.need[s].status[UNPAID_WORK] = HOLDS
        p.need[s].begun[UNPAID_WORK] = 1
        p.gate[UNPAID_WORK, HELD] += 1
        p.rec[s].due[UNPAID] = row
    else:
        join(p, UNPAID_WORK, s)


@inside
def first_programme(p, c, s, row, ready, loaded):
    """A programme of someone outside, who is ready for it in a week."""
    p.need[s].status[PROGRAMMES] = READIES
    p.rec[s].due[PROGRAMME_STREAM] = ready
    if not loaded or row < ready:
        return
    p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK
    gone = row - ready - c.wait_at_start[1]
    key = p.rec[s].key
    if gone < 0:
        join(p, PROGRAMMES, s)
    elif uniform(key, streams.TAKE_UP) >= c.services[0, TAKE_UP]:
        p.need[s].status[PROGRAMMES] = DECLINES
    elif gone >= p.rec[s].left[1] or uniform(key, streams.QUIT) < gone * c.services[0, DROP_OUT]:
        p.need[s].status[PROGRAMMES] = NO_NEED
        p.rec[s].left[1] = 0
    else:
        p.rec[s].left[1] -= gone
        p.need[s].status[PROGRAMMES] = HOLDS
        p.need[s].begun[PROGRAMMES] = 1 if gone > 0 else 0
        p.gate[PROGRAMMES, HELD] += 1
        p.rec[s].due[PROGRAMME_STREAM] = row


@inside
def needs_after(p, c, s, event, row):
    """What a change of state does to a person's needs: call it when state and flags are the new ones."""
    status = p.need[s].status[PROGRAMMES]
    if event == pp.RECALL:
        if status == READIES or status == WAITS or status == HOLDS:
            leave(p, PROGRAMMES, s, row, READIES)
            p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK
        for g in range(TAGS, N_SERVICES):
            if p.need[s].status[g] == WAITS:
                count(p, g, UNCOMMENCED, s)
            leave(p, g, s, row, NO_NEED)
    elif event == pp.RELEASE or event == pp.RE_RELEASE:
        if status == READIES:
            p.rec[s].due[PROGRAMME_STREAM] = row + (1 if p.need[s].begun[PROGRAMMES] == 1 else c.programme_wait)
        if (p.rec[s].flags & pp.TAG) != 0:
            ask(p, TAGS, s)
        share = c.services[row, NEEDS_BED + p.rec[s].risk]
        if share > 0.0 and uniform_k(p.rec[s].key, streams.APPROVED, p.cold[s].spell) < share:
            p.need[s].until[PREMISES] = row + np.int64(c.services[row, STAY])
            ask(p, PREMISES, s)
    elif event == pp.POST_START and status != NO_NEED:
        expire(p, PROGRAMMES, s, row)
        p.rec[s].left[1] = 0
        p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK


@inside
def expire(p, g, s, row):
    """A requirement that is not completed ends with the sentence."""
    if g == UNPAID_WORK and p.need[s].decided == 0:
        count(p, g, DECIDED, s)
    count(p, g, EXPIRED if p.need[s].begun[g] == 1 else UNCOMMENCED, s)
    leave(p, g, s, row, NO_NEED)


@inside
def last_needs(p, s, row):
    """End everything that a person still needs."""
    for g in range(N_SERVICES):
        status = p.need[s].status[g]
        if status == NO_NEED:
            continue
        if g < TAGS:
            expire(p, g, s, row)
        else:
            if status == WAITS:
                count(p, g, UNCOMMENCED, s)
            leave(p, g, s, row, NO_NEED)


@inside
def unpaid_week(p, c, s, row, step):
    """A week in which a day of unpaid work is offered, or its limit; returns what falls due."""
    key = p.rec[s].key
    g = UNPAID_WORK
    if row > p.need[s].until[g]:
        count(p, g, RETURNED, s)
        if p.need[s].decided == 0:
            p.need[s].decided = 1
            count(p, g, DECIDED, s)
        if uniform_k(key, streams.EXTEND, p.need[s].rounds) < c.services[row, EXTENDED_SHARE]:
            count(p, g, EXTENDED, s)
            p.need[s].rounds += 1
            until = row + np.int64(c.services[row, EXTENSION])
            p.need[s].until[g] = until
            p.rec[s].due[UNPAID] = min(row + step if p.need[s].status[g] == HOLDS else until + 1, until + 1)
        else:
            count(p, g, ENDED, s)
            leave(p, g, s, row, NO_NEED)
            p.rec[s].left[0] = 0
            p.rec[s].due[UNPAID] = NO_WEEK
        return RETURNS
    count(p, g, OFFERED, s)
    if uniform_k(key, streams.ATTEND, row) < attendance(c, key, row):
        count(p, g, ATTENDED, s)
        p.rec[s].left[0] -= 1
    if p.rec[s].left[0] > 0:
        p.rec[s].due[UNPAID] = min(row + step, p.need[s].until[g] + 1)
        return DAY
    count(p, g, COMPLETED, s)
    if p.need[s].decided == 0:
        p.need[s].decided = 1
        count(p, g, DECIDED, s)
        count(p, g, DONE_IN_TIME, s)
    leave(p, g, s, row, NO_NEED)
    p.rec[s].due[UNPAID] = NO_WEEK
    return DAY


@inside
def programme_week(p, c, s, row, step):
    """A week in which someone is ready for a programme, or has a session; returns what falls due."""
    g = PROGRAMMES
    if p.need[s].status[g] == READIES:
        join(p, g, s)
        p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK
        return 0
    p.rec[s].due[PROGRAMME_STREAM] = row + step
    falls = DAY
    if p.need[s].begun[g] == 0:
        p.need[s].begun[g] = 1
        count(p, g, STARTED, s)
        falls |= BEGINS
    count(p, g, OFFERED, s)
    count(p, g, ATTENDED, s)
    p.rec[s].left[1] -= 1
    if p.rec[s].left[1] > 0 and uniform_k(p.rec[s].key, streams.QUIT, row) >= c.services[row, DROP_OUT]:
        return falls
    count(p, g, COMPLETED if p.rec[s].left[1] == 0 else ENDED, s)
    leave(p, g, s, row, NO_NEED)
    p.rec[s].left[1] = 0
    p.rec[s].due[PROGRAMME_STREAM] = NO_WEEK
    return falls


@inside
def next_of(p, c, g, row):
    """Who of a list goes first: the highest rank, then the longest wait."""
    best = p.gate[g, HEAD]
    if g != PROGRAMMES:
        return best
    rank = c.services[row, RANK + p.rec[best].risk]
    s = np.int64(p.need[best].after[g])
    while s >= 0:
        if c.services[row, RANK + p.rec[s].risk] > rank:
            best = s
            rank = c.services[row, RANK + p.rec[s].risk]
        s = np.int64(p.need[s].after[g])
    return best


@inside
def give_places(p, c, row):
    """Give a unit's free places of a week to those who wait."""
    p.gate[PREMISES, HELD] -= p.beds[row]
    s = p.gate[PREMISES, HEAD]
    while s >= 0:
        after = np.int64(p.need[s].after[PREMISES])
        if p.need[s].until[PREMISES] <= row:
            count(p, PREMISES, UNCOMMENCED, s)
            leave(p, PREMISES, s, row, NO_NEED)
        s = after
    for g in range(N_SERVICES):
        free = p.gate[g, ALLOTTED] - (0 if g == TAGS else p.gate[g, HELD])
        while free > 0 and p.gate[g, HEAD] >= 0:
            s = next_of(p, c, g, row)
            unlink(p, g, s)
            if g == PROGRAMMES and uniform(p.rec[s].key, streams.TAKE_UP) >= c.services[row, TAKE_UP]:
                p.need[s].status[g] = DECLINES
                count(p, g, DECLINED, s)
                continue
            free -= 1
            hold(p, c, g, s, row)


@inside
def hold(p, c, g, s, row):
    """Give someone who has left the list a place."""
    p.need[s].status[g] = HOLDS
    if g != TAGS:
        p.gate[g, HELD] += 1
    if g == PROGRAMMES:
        p.rec[s].due[PROGRAMME_STREAM] = row + 1
        p.when[s] = min(p.when[s], row + 1)
        return
    count(p, g, STARTED, s)
    if g == UNPAID_WORK:
        started = np.int64(p.cold[s].start) // 7 + c.warm_up
        p.need[s].begun[g] = 1
        if row - started < IN_TIME_WEEKS:
            count(p, g, IN_TIME, s)
        due = min(max(row + 1, started + UNPAID_WAIT), p.need[s].until[g] + 1)
        p.rec[s].due[UNPAID] = due
        p.when[s] = min(p.when[s], due)
    elif g == PREMISES and p.need[s].until[g] < len(p.beds):
        p.beds[p.need[s].until[g]] += 1


@inside
def count_needs(p, row):
    """Write down where people stand with each service at the end of a week."""
    p.counts[:, STILL_WAITING:] = 0
    for s in range(p.meta[USED]):
        if p.rec[s].state < 0:
            continue
        for g in range(N_SERVICES):
            status = p.need[s].status[g]
            if status == NO_NEED:
                continue
            if status == WAITS:
                count(p, g, STILL_WAITING, s)
            elif status == HOLDS and (g != PREMISES or p.need[s].until[g] > row):
                count(p, g, STILL_HELD, s)
            if g < TAGS:
                count(p, g, STILL_OPEN, s)
                p.counts[g, STILL_LEFT, p.rec[s].risk] += p.rec[s].left[g]
