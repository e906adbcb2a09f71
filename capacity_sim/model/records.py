"""Records and tables that the kernels read and write: people of a unit, what falls due, the books of a month."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacity_sim.model import people as pp

N_STREAMS = 8  # 0 is the sentence clock; 1 to 7 are the streams of the catalogue, in order
CLOCK = 0
CONTACT, REVIEW, VISIT, MONTHLY, OCCASIONAL, UNPAID, PROGRAMME_STREAM = range(1, 8)
NO_WEEK = 32767
SENIORS = 0  # desk of the seniors' pool
CASE = -1  # main desk of work that the named officer does
NONE = -1  # no desk or pool
QUANTILES = 1024
#: place of the lowest bit of a number that says which streams fall due
LOWEST = np.array([0] + [(n & -n).bit_length() - 1 for n in range(1, 1 << N_STREAMS)], np.uint8)
BIT = (1 << np.arange(N_STREAMS)).astype(np.int16)
PER_ONE = np.float32(1.0 / 1024.0)  # durations are in 1/1024 of the mean
PIECES = 1 << 40  # a piece of work in Books.week, above the sum of durations


#: a kind of work: its queue, 1 if suspension stops it, status from which it is paused (3 never), 0 unit 1 regional
#: 2 national team, pool that does it or CASE, area, deadline in weeks, pool that does what is moved or NONE
ACT = np.dtype([(n, "i8") for n in ("queue", "stops", "pause_at", "level", "main", "area", "deadline", "other")])
#: work that a trigger makes fall due in a state: what, its place among the trigger's work (it keys the draw), the flag
#: that a person must carry (0 none), 1 if multiplied by the report share,
#: 2 if it is a referral; the desk that does it, or CASE; the desk that
#: does it when it is moved, or NONE; the rest as in ACT
ITEM = np.dtype(
    [(n, "u2") for n in ("act", "place", "flag", "report", "stops", "pause_at", "level", "queue")]
    + [(n, "i2") for n in ("desk", "other")]
)
# columns of Work.dated: the last says whether anybody's contact can be less, or more, than usual in a week
ADOPTION, LICENCE_FROM, ORDER_FROM, POST_SHARE, RESIDUAL, FOLLOW, EXEMPT, NEEDS_PO, REPORT, EXEMPT_FLAGS = (
    *range(7), 10, 14, 17,
)  # fmt: skip
IMPACT, AFTER, BELOW, FRONT, IMPACT_RESIDUAL, IMPACT_FLAGS, ELIGIBLE = range(18, 25)
UNSUPERVISED_FROM, UNSUPERVISED_RESIDUAL, UNSUPERVISED, ANY = 28, 29, 30, 34
N_DATED = 35


class Work(NamedTuple):
    """What falls due, how long it takes, who does it and how desks deliver it. A trigger is an event or a stream."""

    item_from: npt.NDArray[np.int64]  # (trigger, state, 3) first item, first one that asks for a flag, after the last
    item: npt.NDArray[np.void]  # of ITEM
    mean: npt.NDArray[np.float32]  # (week, item, risk) pieces of work each time
    interval: npt.NDArray[np.int64]  # (stream, state, risk) weeks, 0 for none
    timing: npt.NDArray[np.float32]  # (week, activity, risk, 4) minutes: three bases and the time really needed
    quantile: npt.NDArray[np.int64]  # (QUANTILES,) spread of durations, in 1/1024 of the mean
    act: npt.NDArray[np.void]  # of ACT
    support: npt.NDArray[np.float64]  # (activity, pool) share of minutes of other grades
    dated: npt.NDArray[np.float64]  # (week, N_DATED) rules of suspension, needed grade, reports
    moved: npt.NDArray[np.float64]  # (week, activity, 2) share that another grade does, and its time against the first
    weight: npt.NDArray[np.int64]  # (state, risk) minutes a week (in 1/16) that a case weighs in allocation
    floor: npt.NDArray[np.int16]  # (week, activity + area) least share of full time, in 1/1024; then support work
    attention: npt.NDArray[np.float64]  # (queue,)
    lapse: npt.NDArray[np.int64]  # (N_LINES,) weeks
    held: npt.NDArray[np.int64]  # (activity,) share of pieces that staff time cannot make punctual, in 1/1024
    cover: int  # share of urgent work of officers who are away that a colleague takes, in 1/1024
    owed_share: float  # part of a green unit's week for work that was paused
    referred: npt.NDArray[np.float64]  # (week, 2) share of referrals that start, and of those that fail
    squeeze_from: float  # weeks of work in hand
    squeeze_full: float
    room: int  # pieces of work a person for which there must be room before a week
    deliver: int  # 0: only what falls due is counted


# A place in an array is unsigned wherever it cannot be negative: a signed one may count from the end, and every use of
# it then asks which.

#: what a visit to a person reads, in one cache line. `due` is the week row in which the clock and each stream next fall
#: due, `left` the unpaid work days and programme sessions to come, `event` the next event of the sentence and
#: `event_day` its day
PERSON = np.dtype(
    [
        ("key", "u8"),
        ("due", "i2", (N_STREAMS,)),
        ("event_day", "i4"),
        ("flags", "i4"),
        ("serial", "i4"),
        ("exempt", "f4"),
        ("adopt", "f4"),
        ("released", "i4"),
        ("end", "i4"),
        ("left", "i2", (2,)),
        ("desk", "u2"),
        *((n, "u1") for n in ("risk", "kind", "event", "score")),
        ("state", "i1"),
    ],
    align=True,
)
#: the rest of a person's record. A freed slot is used again, last freed first; `next` is the next free slot
COLD = np.dtype(
    [
        *((n, "i4") for n in ("start", "post", "length", "next")),
        ("spell", "i2"),
        *((n, "i1") for n in ("band", "extended", "handed", "needs_po", "changes")),
    ],
    align=True,
)
#: where a person stands with each service that has places (see `places`): before and after whom on a list, week row
#: after which unpaid work goes back to court or a bed is not needed, status, whether it has begun; whether it is known
#: if unpaid work was done in time, and how often it went back to court
NEED = np.dtype(
    [
        *((n, "i4", (4,)) for n in ("before", "after")),
        ("until", "i2", (4,)),
        *((n, "i1", (4,)) for n in ("status", "begun")),
        *((n, "i1") for n in ("decided", "rounds")),
    ],
    align=True,
)
# places in Persons.meta; FREE is one more than the first free slot, CHANGED the officers that people whose sentence
# ended this month have changed, BACK referrals that come back at once
FREE, USED, EVER, NEXT_START, ALIVE, CHANGES, OUT, CHANGED, BACK, EVENT = range(10)
N_META = EVENT + pp.N_EVENTS


class Persons(NamedTuple):
    """People of a unit."""

    rec: npt.NDArray[np.void]  # (slot,) of PERSON
    cold: npt.NDArray[np.void]  # (slot,) of COLD
    when: npt.NDArray[np.int16]  # (slot,) week row in which anything next falls due
    turn: npt.NDArray[np.int32]  # (slot,) scratch: whose turn it is this week
    meta: npt.NDArray[np.int64]  # counters, and the month's sentence events
    need: npt.NDArray[np.void]  # (slot,) of NEED
    gate: npt.NDArray[np.int64]  # (service, 5) first and last of the list, waiting, places held and allotted
    beds: npt.NDArray[np.int64]  # (week,) beds that become free in a week
    counts: npt.NDArray[np.int64]  # (service, measure, risk) of the month; referrals come last


#: work that a unit sends to a team; `risk` as in a piece of work
OUTGOING = np.dtype([("duration", "i4"), ("week", "u2"), ("act", "u1"), ("risk", "u1")])


class Books(NamedTuple):
    """Sums of a block, and work for other teams."""

    due: npt.NDArray[
        np.int64
    ]  # (activity, 3, 3) minutes of the month by grade of the desk (1 is PSO, 2 another that work moved to) and basis
    week: npt.NDArray[
        np.int64
    ]  # (activity, risk, 3) work of the week by grade: PIECES a piece, plus 1024 x its duration
    spread: npt.NDArray[np.float64]  # (pool, queue, area) the same by who does the support work
    out: npt.NDArray[np.void]  # of OUTGOING


class Notes(NamedTuple):
    """Triggers that are written down."""

    fired: npt.NDArray[np.void]  # of FIRED
    n: npt.NDArray[np.int64]  # (1,) how many of them are written down


class Scratch(NamedTuple):
    """What a thread writes down for itself while it takes units or teams through weeks."""

    budget: npt.NDArray[np.int64]  # (2, queue) minutes of a desk's week, and what its queues need
    notes: Notes  # triggers in the order in which their work is handed out
    events: Notes  # the events of a week of those who were there before it, person by person
    whose: npt.NDArray[np.int32]  # (event,) slot of the person
    hit: npt.NDArray[np.void]  # of HIT
