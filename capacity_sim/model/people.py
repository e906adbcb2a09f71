"""People and their sentence clocks.

A life is a pure function of a person's key: what happens next follows from the state they are in, the day they came
into it and draws keyed by purpose. The same functions serve the loaded start (which looks ahead) and the weekly kernel
(which lives it), so no rule is written twice.

Days are whole days since the Monday after the data's date (day 0); they may be negative.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model.compiled import inlined, kernel
from capacity_sim.streams import uniform, uniform_k

DAYS_A_MONTH = 365.25 / 12
DAYS_A_YEAR = 365
NEVER = 1 << 30

# states, in the order of the catalogue's dimension `state`; a person whose sentence is over has state -1
ORDER, SUSPENDED, CUSTODY, RECALLED, LICENCE, POST = range(6)
ENDED = -1
# events, in the order of result.EVENTS
(
    ORDER_START,
    CUSTODY_START,
    HANDOVER,
    RELEASE,
    RECALL,
    RE_RELEASE,
    POST_START,
    FOLLOW_UP,
    ORDER_COMPLETED,
    ORDER_REVOKED,
    SUPERVISION_END,
    ENDED_IN_CUSTODY,
    PROGRAMME_START,
) = range(13)
N_EVENTS = 13
# flags: the first four are exclusive and may exempt from suspension
MAPPA, NATIONAL_SECURITY, CHILD_PROTECTION, INTENSIVE_COURT, UNPAID_WORK, PROGRAMME, TAG, REHABILITATION, FOLLOWED = (
    1 << b for b in range(9)
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Clocks(NamedTuple):
    """Everything about lives that a measure can change, as arrays.

    Weekly arrays have one row or column for each simulated week, the warm-up first. Hazards have one row for each
    length band (recall) and then one for each order type (revocation).
    """

    warm_up: int
    n_weeks: int
    lengths: Floats  # (3, start_type, length_band) cumulative share, shortest and longest in days
    bands: (
        Floats  # (4, length_band) extended share, fixed-term share, days of a fixed term, mean days of a standard one
    )
    kinds: Floats  # (4, start_type) share with unpaid work, rehabilitation days, a programme, a tag
    segment_day: Ints  # (segment,) day from which a set of release points is in force
    segment_fraction: Floats  # (segment, determinate, length_band)
    hazard: Floats  # (6, week) a day
    hazard_sum: Floats  # (6, week + 1) since the first week
    flag_cut: Floats  # (flag, risk) cumulative share
    risk_cut: Floats  # (week + 1, risk) cumulative share; the last row is for people who started before day 0
    handover_days: Floats  # (week,)
    remand_share: float
    post_share: float
    unpaid_days: float
    programme_sessions: int
    programme_wait: int  # weeks


@inlined
def week_row(day, warm_up, n_weeks):  # type: ignore[no-untyped-def]
    """Row of the weekly arrays that holds a day (the nearest one outside the run)."""
    i = day // 7 + warm_up
    if i < 0:
        return 0
    if i >= n_weeks:
        return n_weeks - 1
    return i


@kernel
def hazard_day(c, h, day, amount):  # type: ignore[no-untyped-def]
    """Day on which a hazard has used up an exponential amount since a day; NEVER if it does not."""
    rate = c.hazard[h]
    total = c.hazard_sum[h]
    n_weeks = c.n_weeks
    first = -7 * c.warm_up
    if day < first:
        gone = (first - day) * rate[0]
        if amount < gone:
            return day + np.int64(amount / rate[0])
        amount -= gone
        day = first
    last = first + 7 * n_weeks
    if day >= last:
        if rate[n_weeks - 1] <= 0.0:
            return NEVER
        return day + np.int64(min(amount / rate[n_weeks - 1], 1e8))
    i = (day - first) // 7
    target = total[i] + (day - first - 7 * i) * rate[i] + amount
    if target >= total[n_weeks]:
        if rate[n_weeks - 1] <= 0.0:
            return NEVER
        return last + np.int64(min((target - total[n_weeks]) / rate[n_weeks - 1], 1e8))
    low = i
    high = n_weeks
    while high - low > 1:
        mid = (low + high) // 2
        if total[mid] <= target:
            low = mid
        else:
            high = mid
    return max(day, first + 7 * low + np.int64((target - total[low]) / rate[low]))


@inlined
def exponential(u):  # type: ignore[no-untyped-def]
    """Exponential amount with mean 1 from a uniform draw in [0, 1)."""
    return -math.log(1.0 - u)


@kernel
def sentence(c, key, kind, band, start):  # type: ignore[no-untyped-def]
    """Length band, extended (1) or standard (0), length, release day, end of sentence, end of supervision after it.

    `kind` is the start type (0 community order, 1 suspended sentence, 2 custody); `band` is drawn when it is -1.
    For orders the release day is the start and there is no post-sentence supervision (the day is -NEVER).
    """
    if band < 0:
        u = uniform(key, streams.BAND)
        band = 0
        while band < 3 and u >= c.lengths[0, kind, band]:
            band += 1
    low = c.lengths[1, kind, band]
    length = np.int64(low + uniform(key, streams.LENGTH) * (c.lengths[2, kind, band] + 1.0 - low))
    length = max(np.int64(1), length)
    if kind < 2:
        return band, 0, length, start, start + length, -NEVER
    extended = 1 if uniform(key, streams.EXTENDED) < c.bands[0, band] else 0
    served = c.remand_share * length
    release = start + 1
    n = len(c.segment_day)
    for s in range(n):
        day = start + max(1, np.int64(c.segment_fraction[s, extended, band] * length - served))
        if day < c.segment_day[s]:
            day = c.segment_day[s]
        if s == n - 1 or day < c.segment_day[s + 1]:
            release = day
            break
    end = start + np.int64(length - served)
    if end <= release:
        end = release + 1
    post = -NEVER
    if length < 2 * DAYS_A_YEAR and extended == 0 and uniform(key, streams.POST_SENTENCE) < c.post_share:
        post = release + DAYS_A_YEAR
    return band, extended, length, release, end, post


@kernel
def next_event(c, key, state, band, start, release, end, post, spell, since, handed):  # type: ignore[no-untyped-def]
    """What happens next to a person in a state since a day: the event and its day (never before `since`)."""
    if state == ORDER or state == SUSPENDED:
        day = hazard_day(c, 4 + state, start, exponential(uniform(key, streams.REVOKE)))
        if day < end:
            return ORDER_REVOKED, day
        return ORDER_COMPLETED, end
    if state == CUSTODY:
        if handed == 0:
            day = release - np.int64(c.handover_days[week_row(start, c.warm_up, c.n_weeks)])
            return HANDOVER, max(day, start)
        return RELEASE, release
    if state == LICENCE:
        amount = exponential(uniform_k(key, streams.RECALL, spell))
        day = hazard_day(c, band, since, amount)
        if day < end:
            return RECALL, day
        if post > end:
            return POST_START, end
        return SUPERVISION_END, end
    if state == RECALLED:
        if uniform_k(key, streams.RECALL_KIND, spell) < c.bands[1, band]:
            days = np.int64(c.bands[2, band])
        else:
            days = np.int64(exponential(uniform_k(key, streams.RECALL_LENGTH, spell)) * c.bands[3, band])
        day = since + max(1, days)
        if day < end:
            return RE_RELEASE, day
        return ENDED_IN_CUSTODY, end
    return SUPERVISION_END, post


@inlined
def state_after(event, state):  # type: ignore[no-untyped-def]
    """State of a person after an event of their sentence."""
    if event == HANDOVER:
        return state
    if event == RELEASE or event == RE_RELEASE:
        return LICENCE
    if event == RECALL:
        return RECALLED
    if event == POST_START:
        return POST
    return ENDED


@kernel
def life_until(c, key, kind, band, start, until):  # type: ignore[no-untyped-def]
    """Live a life from its start to a day, without work.

    Returns state (-1 if it ended), band, extended, length, release, end, post, spell, since, handed, and the last day
    lived (the end, or `until`).
    """
    band, extended, length, release, end, post = sentence(c, key, kind, band, start)
    state = kind
    spell = 0
    handed = 0
    since = start
    while True:
        event, day = next_event(c, key, state, band, start, release, end, post, spell, since, handed)
        if day >= until:
            return state, band, extended, length, release, end, post, spell, since, handed, until
        state = state_after(event, state)
        if state == ENDED:
            return state, band, extended, length, release, end, post, spell, since, handed, day
        since = day
        if event == HANDOVER:
            handed = 1
        elif event == RE_RELEASE:
            spell += 1


@inlined
def risk_of(c, key, start):  # type: ignore[no-untyped-def]
    """Risk of serious harm of a person (0 low to 3 very high)."""
    u = uniform(key, streams.RISK)
    row = week_row(start, c.warm_up, c.n_weeks) if start >= 0 else c.n_weeks
    risk = 0
    while risk < 3 and u >= c.risk_cut[row, risk]:
        risk += 1
    return risk


@kernel
def flags_of(c, key, kind, risk):  # type: ignore[no-untyped-def]
    """Flags of a person, and the draw that says who is exempt first (flagged people have the lowest)."""
    flags = 0
    u = uniform(key, streams.FLAG)
    for f in range(4):
        if u < c.flag_cut[f, risk]:
            flags = 1 << f
            break
    if kind < 2:
        if uniform(key, streams.UNPAID) < c.kinds[0, kind]:
            flags |= UNPAID_WORK
        if uniform(key, streams.REHABILITATION) < c.kinds[1, kind]:
            flags |= REHABILITATION
    if uniform(key, streams.PROGRAMME) < c.kinds[2, kind]:
        flags |= PROGRAMME
    if uniform(key, streams.TAG) < c.kinds[3, kind]:
        flags |= TAG
    return flags, u


@inlined
def unpaid_days_of(c, key):  # type: ignore[no-untyped-def]
    """Days of unpaid work offered to a person: evenly from one third to five thirds of the mean."""
    return max(1, np.int64(c.unpaid_days * (1.0 / 3.0 + uniform(key, streams.UNPAID_DAYS) * 4.0 / 3.0) + 0.5))
