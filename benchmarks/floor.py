"""The least that work takes: its draws, its tables and its queues, in the plainest loops, without any rule.

A unit of people whose streams of work come round, each piece of work with draws of its own, a time, a place in the
books, and a place in a queue of a named officer or a pool, from which it is served in the same week. What the model has
besides is left out: sentences that start, change and end, measures, places, staff who come and go, squeezed time,
lapsing, what waits from week to week, results. It is a floor for loops of this kind, in which every piece has draws of
its own and waits for its officer in a queue; it is no proof that no other kind is quicker.

`python -m benchmarks.floor` prints it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from capacity_sim.streams import GAMMA, S11, mix

WEEKS, UNITS = 287, 4
PEOPLE, DESKS, POOLS, QUEUES, RING = 2240, 96, 6, 5, 256
#: weeks between two times of each stream by risk (0 for none), and the chance of each piece of work that it may bring,
#: much as they are in the catalogue: contact, monthly, occasional, and weekly for the share of people who have it
EVERY = ((4, 3, 2, 1), (4, 4, 4, 4), (13, 13, 13, 13), (1, 1, 1, 1))
CHANCES = ((1.0, 0.15), (1.0, 1.0, 0.1), (0.16, 0.15, 0.15, 0.2, 0.3), (1.0,))
RISKS, WEEKLY_SHARE = (0.2, 0.5, 0.25, 0.05), 0.13
NEVER = 30_000
PIECE = 1 << 40

_PERSON = np.dtype(
    [
        ("key", "u8"),
        *((name, "i2", (4,)) for name in ("due", "every")),
        ("serial", "i4"),
        *((name, "u2") for name in ("desk", "risk")),
        ("rest", "u8", (4,)),
    ],
    align=True,
)
_KIND = np.dtype(
    [("chance", "u8"), ("step", "u8"), ("minutes", "f4"), ("act", "u2"), ("queue", "u2"), ("pool", "i2")], align=True
)
_FIRED = np.dtype([("base", "u8"), ("who", "u4"), ("first", "u2"), ("last", "u2")])
_HIT = np.dtype([("z", "u8"), ("who", "u4"), ("kind", "u4")])
_LINE = np.dtype([("minutes", "i8"), ("head", "i4"), ("tail", "i4")])
_WORK = np.dtype([("minutes", "i4"), ("serial", "i4"), ("due", "u2"), ("act", "u1"), ("risk", "u1")])
_kernel: Any = numba.njit(error_model="numpy", _nrt=False)


@dataclass(frozen=True)
class Least:
    """What was measured.

    Attributes
    ----------
    seconds : float
        Of the processor, for all weeks.
    visits, triggers, draws, pieces : int
        What was done in them: people who had something due, streams that came round, draws, pieces of work.
    """

    seconds: float
    visits: int
    triggers: int
    draws: int
    pieces: int


@_kernel
def whose_turn(when, row, turn):
    """People who have something due in a week."""
    n = 0
    for s in range(len(when)):
        turn[n] = s
        n += 1 if when[s] == row else 0
    return n


@_kernel
def come_round(people, when, row, turn, n, begins, fired):
    """Streams that come round, and the week in which each person is next due."""
    m = 0
    for k in range(n):
        s = np.uint64(turn[k])
        x = people[s]
        following = np.int16(NEVER)
        for j in range(len(EVERY)):
            is_due = x.due[j] == np.int16(row)
            fired[m].base = x.key
            fired[m].who = s
            fired[m].first = begins[j]
            fired[m].last = begins[j + 1]
            m += 1 if is_due else 0
            due = x.due[j] + x.every[j] if is_due else x.due[j]
            x.due[j] = due
            following = min(following, due)
        when[s] = following
    return m


@_kernel
def draw(people, row, fired, m, kinds, hits):
    """A draw for each piece of work that may fall due: how many there were, and how many pieces do."""
    n, h = 0, 0
    for k in range(m):
        x = fired[k]
        base = mix(x.base + np.uint64(row * 64) * GAMMA)
        risk = np.uint64(people[np.uint64(x.who)].risk)
        for j in range(np.uint64(x.first), np.uint64(x.last)):
            kind = kinds[risk, j]
            z = mix(base + kind.step)
            hits[h].z = z
            hits[h].who = x.who
            hits[h].kind = j
            h += 1 if (z >> S11) < kind.chance else 0
            n += 1
    return n, h


@_kernel
def hand_out(people, row, hits, h, kinds, quantile, books, lines, work):
    """The time of each piece, its place in the books, and its place in a queue."""
    for k in range(h):
        hit = hits[k]
        x = people[np.uint64(hit.who)]
        risk = np.uint64(x.risk)
        kind = kinds[risk, np.uint64(hit.kind)]
        duration = quantile[hit.z & np.uint64(1023)]
        books[np.uint64(kind.act) * np.uint64(4) + risk] += PIECE + duration
        minutes = max(1, np.int64(kind.minutes * np.float32(duration) + np.float32(0.5)))
        desk = np.int64(x.desk) if kind.pool < 0 else np.int64(kind.pool)
        place = np.uint64(desk * QUEUES + kind.queue)
        line = lines[place]
        piece = work[place, np.uint64(line.tail & (RING - 1))]
        piece.minutes = minutes
        piece.serial = x.serial
        piece.due = row
        piece.act = kind.act
        piece.risk = risk
        line.tail += 1
        line.minutes += minutes


@_kernel
def serve(row, lines, work, done):
    """Everything that waits is done, and counted by what it was and whether it was in time."""
    for place in range(len(lines)):
        line = lines[place]
        at, gone = np.int64(line.head), np.int64(0)
        while at < line.tail:
            piece = work[place, np.uint64(at & (RING - 1))]
            gone += piece.minutes
            cell = np.uint64(piece.act) * np.uint64(4) + np.uint64(piece.risk)
            done[cell, 0] += 1
            done[cell, 1] += 1 if row - np.int64(piece.due) < 2 else 0
            at += 1
        line.head = at
        line.minutes -= gone


def least(seed: int = 1, units: int = UNITS, weeks: int = WEEKS) -> Least:
    """Live some weeks of some units, one after another.

    Parameters
    ----------
    seed : int
        Of the people.
    units, weeks : int
        How many.
    """
    begins = np.cumsum([0, *(len(one) for one in CHANCES)])
    kinds = np.zeros((4, begins[-1]), _KIND)
    kinds["chance"] = np.ceil(np.concatenate(CHANCES) * 2.0**53).astype(np.uint64)
    kinds["step"] = np.arange(1, begins[-1] + 1, dtype=np.uint64) * GAMMA
    kinds["minutes"] = 30 / 1024
    kinds["act"], kinds["pool"] = np.arange(begins[-1]), np.where(np.arange(begins[-1]) % 4 == 3, 1, -1)
    kinds["queue"] = np.arange(begins[-1]) % QUEUES
    quantile = np.full(1024, 1024, np.int64)
    fired, hits = np.zeros(len(EVERY) * PEOPLE + 1, _FIRED), np.zeros(int(begins[-1]) * PEOPLE + 1, _HIT)
    books, turn = np.zeros(4 * begins[-1], np.int64), np.zeros(PEOPLE + 1, np.int32)
    random = np.random.default_rng(seed)
    counts, seconds = np.zeros(4, np.int64), 0.0
    for _ in range(units):
        people, when = _unit(random)
        lines, work = np.zeros(DESKS * QUEUES, _LINE), np.zeros((DESKS * QUEUES, RING), _WORK)
        done = np.zeros((4 * begins[-1], 2), np.int64)
        began, before = time.process_time(), counts[3]
        for row in range(weeks):
            n = whose_turn(when, row, turn)
            m = come_round(people, when, row, turn, n, begins, fired)
            draws, h = draw(people, row, fired, m, kinds, hits)
            hand_out(people, row, hits, h, kinds, quantile, books, lines, work)
            serve(row, lines, work, done)
            counts += n, m, draws, h
        seconds += time.process_time() - began
        if done[:, 0].sum() != counts[3] - before:
            message = "not every piece of work was done"
            raise SystemExit(message)
    return Least(seconds, *counts.tolist())


def _unit(random: np.random.Generator) -> tuple[Any, Any]:
    """People of a unit, and the week in which each is next due."""
    people = np.zeros(PEOPLE, _PERSON)
    people["key"] = random.integers(0, 2**63, PEOPLE)
    people["serial"] = np.arange(PEOPLE)
    people["risk"] = random.choice(len(RISKS), PEOPLE, p=RISKS)
    people["desk"] = random.integers(POOLS, DESKS, PEOPLE)
    people["every"] = np.array(EVERY).T[people["risk"]]
    people["due"] = (random.random((PEOPLE, len(EVERY))) * people["every"]).astype(np.int16)
    without = random.random(PEOPLE) >= WEEKLY_SHARE
    people["every"][without, -1] = people["due"][without, -1] = NEVER
    return people, people["due"].min(axis=1)


def main() -> None:
    """Print it."""
    least(units=1, weeks=2)  # compile
    found = least()
    sys.stdout.write(
        f"{found.seconds / found.pieces * 1e9:.1f} ns a piece: {found.visits / found.pieces:.2f} visits, "
        f"{found.triggers / found.pieces:.2f} triggers and {found.draws / found.pieces:.2f} draws for each\n"
    )


if __name__ == "__main__":
    main()
