"""Desks of the real kernels, driven from a test: one at a time, or tick by tick as a queue in a book."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from support.small_model import places_of, world_of

from capacity_sim.model.arrays import NO_LIMIT, empty_desks
from capacity_sim.model.compiled import kernel
from capacity_sim.model.delivery import N_LINES, N_QUEUES, ONE, SUPPORT, TEAM, WORK_DONE, Desks, put, serve
from capacity_sim.model.lines import step
from capacity_sim.model.records import Work

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROOM = 1 << 14


@cache
def work_tables() -> Work:
    """Tables of the demo set, but time is never squeezed, nothing lapses and all queues are alike."""
    tables = world_of(warm_up=1).work
    return tables._replace(
        floor=np.full_like(tables.floor, ONE),
        squeeze_from=1e9,
        squeeze_full=2e9,
        lapse=np.full(N_LINES, 1 << 40),
        attention=np.ones(N_QUEUES),
    )


def tables_with(floor: int = ONE, lapse: int = 1 << 40, **keys: object) -> Work:
    """The same tables with one floor (in 1/1024) for all work, one lapse age for all queues, and what else is given."""
    tables = work_tables()
    same = {"floor": np.full_like(tables.floor, floor), "lapse": np.full(N_LINES, lapse)}
    return tables._replace(**same, **keys)


def one_desk(minutes: int, limit: int = NO_LIMIT, weeks: int = 1) -> Desks:
    """A desk with the same minutes in every week; no piece of work gets more than `limit` of them in a week."""
    tables = work_tables()
    acts = len(tables.support)
    q = empty_desks(1, 1, ROOM, weeks, 1, acts, len(tables.act) - acts, 0)
    q.desk["group"] = 0
    q.desk["limit"] = limit
    q.desk["base"] = minutes
    q.capacity[:] = minutes
    return Desks(*(part[0] for part in q[:-1]), q.officers)


@kernel
def add(q, queue, act, risk, support, minutes, row, floor):
    """A piece of work falls due at the desk."""
    put(q, 0, queue, act, risk, SUPPORT if support else TEAM, minutes, row, floor)


@kernel
def work_a_week(q, w, row, scratch, status):
    """The desk works for a week."""
    serve(q, w, 0, row, scratch, status)


@kernel
def live_queue(q, w, scratch, arrival, kind, number, size, begin, end, counters):
    """Customers come, wait and are served until all have left.

    A customer is known by their kind, which is their queue and activity, and their number among their kind. `size`
    (kind, number) is what they need; `begin` takes the tick in which their service starts and `end` the ticks in which
    customers of a kind leave, in that order. `counters` (3, kind) starts at zero: come, begun, left.
    """
    come, begun, left = counters[0], counters[1], counters[2]
    tick = 0
    i = 0
    while i < len(arrival) or q.free[1] > 0:
        if q.free[1] == 0:
            tick = max(tick, arrival[i])
        while i < len(arrival) and arrival[i] <= tick:
            c = kind[i]
            put(q, 0, c, c, 0, number[i], size[c, number[i]], 0, ONE)
            come[c] += 1
            i += 1
        serve(q, w, 0, 0, scratch, 0)
        for c in range(N_QUEUES):
            # first come, first begun: everyone before the first untouched piece of work has begun
            untouched = come[c]
            t = np.int64(q.line[0, c].head)
            there = np.int64(q.line[0, c].count)
            while there > 0:
                if q.piece[t].left > 0:
                    if q.piece[t].left == size[c, q.piece[t].serial]:
                        untouched = np.int64(q.piece[t].serial)
                        break
                    there -= 1
                t = step(q, t)
            while begun[c] < untouched:
                begin[c, begun[c]] = tick
                begun[c] += 1
            while left[c] < q.work[c, 0, WORK_DONE]:
                end[c, left[c]] = tick
                left[c] += 1
        tick += 1
    return tick


class Desk:
    """A desk that is driven week by week.

    Parameters
    ----------
    minutes : int
        What it has in each week.
    tables : Work
        The rules that it works by.
    limit : int
        Most minutes for one piece of work in a week.
    """

    def __init__(self, minutes: int, tables: Work, limit: int = NO_LIMIT, weeks: int = 30) -> None:
        self.q, self.w = one_desk(minutes, limit, weeks), tables
        self.scratch = np.zeros((2, N_QUEUES), np.int64)

    def add(
        self, queue: int, minutes: int, row: int = 0, *, act: int = 0, risk: int = 0, support: bool = False
    ) -> None:
        """A piece of work falls due."""
        add(self.q, queue, act, risk, support, minutes, row, int(self.w.floor[row, act]))

    def week(self, row: int = 0, status: int = 0) -> None:
        """The desk works for a week, in a unit of some status."""
        work_a_week(self.q, self.w, row, self.scratch, status)

    @property
    def flow(self) -> dict[str, int]:
        """Minutes so far, and those that wait, piece by piece."""
        due, delivered, short, lapsed = (int(x) for x in self.q.flow[0])
        waiting = sum(sum(queue) for queue in self.waiting)
        return {"due": due, "delivered": delivered, "short": short, "lapsed": lapsed, "waiting": waiting}

    @property
    def waiting(self) -> list[list[int]]:
        """Full minutes still needed of each piece of work of each queue, from its head."""
        found = []
        for line in self.q.line[0]:
            found.append(self.q.piece["left"][places_of(self.q.piece, self.q.after, line)].tolist())
            assert sum(found[-1]) == line["full"]
        return found


@dataclass(frozen=True)
class Visits:
    """What became of the customers of one kind, in ticks.

    Attributes
    ----------
    wait : float array
        From arrival until service starts, in the order of arrival.
    stay : float array
        From the k-th arrival to the k-th departure: each customer's own with one server, and with the right mean
        whatever the order.
    """

    wait: Floats
    stay: Floats


def queue_of(
    sizes: list[Ints], arrivals: list[Ints], minutes: int, limit: int = NO_LIMIT, attention: Floats | None = None
) -> list[Visits]:
    """Visits of each kind of customer to a desk with so many minutes a tick."""
    kinds, most = len(sizes), max(len(one) for one in sizes)
    size, begin, end = (np.zeros((N_QUEUES, most), np.int64) for _ in range(3))
    for c, one in enumerate(sizes):
        size[c, : len(one)] = one
    arrival = np.concatenate(arrivals)
    order = np.argsort(arrival, kind="stable")
    kind = np.repeat(np.arange(kinds), [len(one) for one in arrivals])[order]
    number = np.concatenate([np.arange(len(one)) for one in arrivals])[order]
    w = work_tables()
    if attention is not None:
        w = w._replace(attention=attention)
    q, counters = one_desk(minutes, limit), np.zeros((3, N_QUEUES), np.int64)
    live_queue(q, w, np.zeros((2, N_QUEUES), np.int64), arrival[order], kind, number, size, begin, end, counters)
    assert q.free[1] == 0
    assert (counters[:, :kinds] == [len(one) for one in arrivals]).all()
    return [
        Visits((begin[c, : len(a)] - a).astype(float), (np.sort(end[c, : len(a)]) - a).astype(float))
        for c, a in enumerate(arrivals)
    ]


def batch_interval(values: Floats, batches: int = 20, warm_up: float = 0.05) -> tuple[float, float]:
    """Mean of a series of neighbours that are alike, and its standard error from means of batches."""
    kept = values[int(len(values) * warm_up) :]
    means = np.array([part.mean() for part in np.array_split(kept, batches)])
    return float(kept.mean()), float(means.std(ddof=1) / np.sqrt(batches))
