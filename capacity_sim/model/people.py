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
from capacity_sim.model.compiled import inlined, inside, kernel
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
    UNPAID_LIMIT,
) = range(14)
N_EVENTS = 14
REFERRAL_BACK = 21  # a trigger behind the streams, so that theirs keep their draws
# flags: the first four are exclusive and may exempt from suspension
MAPPA, NATIONAL_SECURITY, CHILD_PROTECTION, INTENSIVE_COURT, UNPAID_WORK, PROGRAMME, TAG, REHABILITATION, FOLLOWED = (
    1 << b for b in range(9)
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Segments(NamedTuple):
    """Rules of release and end by segment: a span of weeks in which none of them changes."""

    day: Ints  # (segment,) first day; long before all time for the first
    fraction: Floats  # (segment, determinate, length_band) release point
    excluded: Floats  # (segment, length_band) share who keep the first release point
    added: Floats  # (segment, 2) share who serve added time, its mean
    early_share: Floats  # (segment, early_scheme, length_band)
    early_days: Ints  # (segment, early_scheme)
    early_served: Floats  # (segment, early_scheme) least fraction of the sentence
    post_share: Floats  # (segment,)
    order_share: Floats  # (segment, order_type) share of orders that end early
    order_fraction: Floats  # (segment, order_type) at this part of their length


class Clocks(NamedTuple):
    """Everything about lives that a measure can change, as arrays.

    Weekly arrays have one row or column for each simulated week, the warm-up first. Hazards have one row for each
    length band (recall) and then one for each order type (revocation).
    """

    warm_up: int
    n_weeks: int
    lengths: Floats  # (3, start_type, length_band) cumulative share, shortest and longest in days
    length_factor: Floats  # (week, order_type)
    diverted: Floats  # (week, length_band) share of custodial starts that become suspended sentences
    bands: Floats  # (2, length_band) extended share, mean days of a standard recall
    fixed_share: Floats  # (week, length_band) share of recalls that are for a fixed term
    fixed_days: Floats  # (week, length_band)
    kinds: Floats  # (3, start_type) share with unpaid work, rehabilitation days, a programme
    programme_factor: Floats  # (week, risk)
    tag: Floats  # (week, start_type)
    rules: "Segments"
    segment_of: Ints  # (week,) segment that holds a week
    hazard: Floats  # (6, week) a day
    hazard_sum: Floats  # (6, week + 1) since the first week
    flag_cut: Floats  # (flag, risk) cumulative share
    risk_cut: Floats  # (week + 1, risk) cumulative share; the last row is for people who started before day 0
    handover_days: Floats  # (week,)
    unpaid_days: Floats  # (week,) mean of an order that starts in the week
    unpaid_limit: Ints  # (week,) weeks
    remand_share: float
    post_share: float  # the largest of any segment
    programme_sessions: int
    programme_wait: int  # weeks until someone is ready
    services: Floats  # (week, places.N_COLUMNS) attendance, courts, take-up, drop-out, priority, need of a bed
    wait_at_start: Ints  # (2,) weeks of the loaded: unpaid work, programme


@inlined
def week_row(day, warm_up, n_weeks):
    """Row of the weekly arrays that holds a day (the nearest one outside the run)."""
    i = day // 7 + warm_up
    if i < 0:
        return 0
    if i >= n_weeks:
        return n_weeks - 1
    return i


@inside
def hazard_day(c, h, day, amount):
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
def exponential(u):
    """Exponential amount with mean 1 from a uniform draw in [0, 1)."""
    return -math.log(1.0 - u)


@inlined
def band_of(c, key, kind):
    """Length band of a sentence that starts."""
    u = uniform(key, streams.BAND)
    band = 0
    while band < 3 and u >= c.lengths[0, kind, band]:
        band += 1
    return band


@kernel
def starts_as(c, key, kind, row):
    """Start type of someone who is sentenced in a week: a custodial sentence may be suspended instead."""
    if kind != CUSTODY:
        return kind
    share = c.diverted[row, band_of(c, key, kind)]
    if share > 0.0 and uniform(key, streams.DIVERT) < share:
        return SUSPENDED
    return kind


@inside
def sentence(c, key, kind, band, start):
    """Length band, extended (1) or standard (0), length, release day, end of sentence, end of supervision after it.

    `kind` is the start type (0 community order, 1 suspended sentence, 2 custody); `band` is drawn when it is -1.
    For orders the release day is the start and there is no post-sentence supervision (the day is -NEVER).
    """
    if band < 0:
        band = band_of(c, key, kind)
    low = c.lengths[1, kind, band]
    days = low + uniform(key, streams.LENGTH) * (c.lengths[2, kind, band] + 1.0 - low)
    row = week_row(start, c.warm_up, c.n_weeks)
    if kind < 2:
        length = max(np.int64(1), np.int64(days * c.length_factor[row, kind]))
        return band, 0, length, start, order_end(c, key, kind, start, length, c.segment_of[row]), -NEVER
    length = max(np.int64(1), np.int64(days))
    extended = 1 if uniform(key, streams.EXTENDED) < c.bands[0, band] else 0
    served = c.remand_share * length
    release = start + 1
    n = len(c.rules.day)
    for s in range(c.segment_of[row], n):
        day = max(start + days_inside(c, key, s, extended, band, length, served), c.rules.day[s])
        if s == n - 1 or day < c.rules.day[s + 1]:
            release = day
            break
    end = start + np.int64(length - served)
    if end <= release:
        end = release + 1
    post = -NEVER
    if length < 2 * DAYS_A_YEAR and extended == 0 and uniform(key, streams.POST_SENTENCE) < c.post_share:
        post = release + DAYS_A_YEAR
    return band, extended, length, release, end, post


@inlined
def order_end(c, key, kind, start, length, segment):
    """Day on which an order ends: its last, or earlier under the first rule that ends it while it is in force."""
    end = start + length
    r = c.rules
    n = len(r.day)
    u = -1.0
    for s in range(segment, n):
        if r.order_share[s, kind] <= 0.0:
            continue
        if u < 0.0:
            u = uniform(key, streams.EARLY_END)
        day = max(start + max(1, np.int64(r.order_fraction[s, kind] * length)), r.day[s])
        if u < r.order_share[s, kind] and day < end and (s == n - 1 or day < r.day[s + 1]):
            return day
    return end


@inlined
def days_inside(c, key, s, extended, band, length, served):
    """Days from the start in custody to release under the rules of a segment, at least one."""
    r = c.rules
    part = r.fraction[s, extended, band]
    if extended == 1:
        return max(np.int64(1), np.int64(part * length - served))
    if r.excluded[s, band] > 0.0 and uniform(key, streams.EXCLUDED) < r.excluded[s, band]:
        return max(np.int64(1), np.int64(r.fraction[0, 0, band] * length - served))
    if r.added[s, 0] > 0.0:
        u = uniform(key, streams.ADDED)
        if u < r.added[s, 0]:
            part = min(1.0, part + r.added[s, 1] * 2.0 * u / r.added[s, 0])
    plain = max(np.int64(1), np.int64(part * length - served))
    best = plain
    late = plain
    for k in range(r.early_days.shape[1]):
        share = r.early_share[s, k, band]
        if share > 0.0 and uniform_k(key, streams.EARLY, k) < share:
            least = np.int64(r.early_served[s, k] * length - served)
            day = max(plain - r.early_days[s, k], max(least, np.int64(1)))
            if r.early_days[s, k] >= 0:
                best = min(best, day)
            else:
                late = max(late, day)
    return late if best == plain else best


@inside
def next_event(c, key, state, band, start, release, end, post, spell, since, handed):
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
        if post > end and goes_on(c, key, end):
            return POST_START, end
        return SUPERVISION_END, end
    if state == RECALLED:
        row = week_row(since, c.warm_up, c.n_weeks)
        if uniform_k(key, streams.RECALL_KIND, spell) < c.fixed_share[row, band]:
            days = np.int64(c.fixed_days[row, band])
        else:
            days = np.int64(exponential(uniform_k(key, streams.RECALL_LENGTH, spell)) * c.bands[1, band])
        day = since + max(1, days)
        if day < end:
            return RE_RELEASE, day
        if post > end and goes_on(c, key, end):
            return POST_START, end
        return ENDED_IN_CUSTODY, end
    return SUPERVISION_END, post_end(c, key, since, post)


@inlined
def segment(c, day):
    """Segment of the rules that holds a day."""
    return c.segment_of[week_row(day, c.warm_up, c.n_weeks)]


@inlined
def goes_on(c, key, end):
    """Whether supervision goes on after the sentence, on licence or inside on its last day."""
    return uniform(key, streams.POST_SENTENCE) < c.rules.post_share[segment(c, end)]


@inlined
def post_end(c, key, since, post):
    """Last day of supervision after the sentence: a year after release, or when it is done away with."""
    r = c.rules
    first = segment(c, since) + 1
    if first < len(r.day):
        u = uniform(key, streams.POST_SENTENCE)
        for s in range(first, len(r.day)):
            if u >= r.post_share[s]:
                return min(post, r.day[s])
    return post


@inlined
def state_after(event, state):
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


@inside
def life_until(c, key, kind, band, start, until):
    """Live a life from its start to a day, without work.

    Returns state (-1 if it ended), band, extended, length, release, end, post, spell, since, handed, and the last day
    lived (the end, or `until`).
    """
    return live_on(c, key, kind, start, sentence(c, key, kind, band, start), until)


@inside
def live_on(c, key, kind, start, whole, until):
    """Live a life as `life_until` does; `whole` is the sentence, as `sentence` says."""
    band, extended, length, release, end, post = whole
    state = kind
    spell = np.int64(0)
    handed = np.int64(0)
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
            handed = np.int64(1)
        elif event == RE_RELEASE:
            spell += 1


@inlined
def risk_of(c, key, start):
    """Risk of serious harm of a person (0 low to 3 very high)."""
    u = uniform(key, streams.RISK)
    row = week_row(start, c.warm_up, c.n_weeks) if start >= 0 else c.n_weeks
    risk = 0
    while risk < 3 and u >= c.risk_cut[row, risk]:
        risk += 1
    return risk


@inside
def flags_of(c, key, kind, risk, state, start):
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
    row = week_row(start, c.warm_up, c.n_weeks)
    if uniform(key, streams.PROGRAMME) < c.kinds[2, kind] * c.programme_factor[row, risk]:
        flags |= PROGRAMME
    if state != CUSTODY and uniform(key, streams.TAG) < c.tag[row if kind < 2 else 0, kind]:
        flags |= TAG
    return flags, u


@inlined
def tagged_now(c, key, flags, row):
    """Flags of a person who is released in a week: tagged or not by the rule of the week."""
    if uniform(key, streams.TAG) < c.tag[row, CUSTODY]:
        return flags | TAG
    return flags & ~TAG


@inlined
def unpaid_days_of(c, key, start):
    """Days of unpaid work that a person has to do: evenly from one third to five thirds of the mean."""
    mean = c.unpaid_days[week_row(start, c.warm_up, c.n_weeks)]
    return max(1, np.int64(mean * (1.0 / 3.0 + uniform(key, streams.UNPAID_DAYS) * 4.0 / 3.0) + 0.5))
