"""How far people drift from the start when nothing changes: the loaded start against five years of its own clocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.data import DataSet
from capacity_sim.model import engine
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: per cent that the mean of a stock may be away from its start in any month
WITHIN = 1.0


@dataclass(frozen=True)
class Departure:
    """How far a stock goes from where it started.

    Parameters
    ----------
    by : {"type", "risk", "all"}
        What the people are counted by.
    name : str
        The type or risk.
    start : float
        People at the start of the data.
    mean : float
        Mean over the months, in per cent of the start.
    worst : float
        The month that is farthest away, in per cent of the start.
    month : str
        That month.
    outside : int
        Months that are farther away than `WITHIN`.
    chance : float
        Standard error of a month's mean over the seeds, in per cent of the start.
    """

    by: str
    name: str
    start: float
    mean: float
    worst: float
    month: str
    outside: int
    chance: float


def people(
    dataset: DataSet,
    changes: Iterable[Change],
    horizon: dt.date,
    seeds: Sequence[int],
    threads: int = 1,
    done: Callable[[int], None] | None = None,
) -> Counts:
    """People at the end of each month: (seed, month, state, risk). Work and staff are not simulated.

    Parameters
    ----------
    dataset : DataSet
        The start.
    changes : iterable of Change
        Changes of a scenario without trends.
    horizon : datetime.date
        Last day.
    seeds : sequence of int
        One replication each.
    threads : int
        Replications at a time.
    done : callable, optional
        Called with the seed that is done.
    """
    catalogue, calendar = load(), Calendar(dataset.start, horizon)
    parameters = Parameters(catalogue, dataset.values, tuple(changes), calendar)
    world = engine.prepare(dataset, catalogue, parameters, calendar, delivery=False)

    def one(seed: int) -> Counts:
        found = engine.simulate(world, seed).people[..., 0].sum(axis=0)
        if done is not None:
            done(seed)
        return found

    with ThreadPoolExecutor(max(1, threads)) as pool:
        return np.stack(list(pool.map(one, seeds)))


def departures(found: Counts, dataset: DataSet, months: Sequence[str]) -> tuple[Departure, ...]:
    """Worst and mean departure from the start of each type, each risk and all people.

    Parameters
    ----------
    found : int array (seed, month, state, risk)
        From `people`.
    dataset : DataSet
        The start: its stocks by type, and its mix of risk.
    months : sequence of str
        Names of the months.
    """
    dimensions = load().dimensions
    stock = dataset.people.sum(axis=0).astype(float)
    week = Calendar(dataset.start, dataset.start + dt.timedelta(days=7))
    mix = Parameters(load(), dataset.values, (), week).fixed("people.risk.stock_mix")
    lines = [("type", name, found[:, :, s].sum(axis=2), stock[s]) for s, name in enumerate(dimensions["state"])]
    for r, name in enumerate(dimensions["risk"]):
        lines.append(("risk", name, found[..., r].sum(axis=2), stock.sum() * mix[r]))
    lines.append(("all", "all", found.sum(axis=(2, 3)), stock.sum()))
    return tuple(_departure(by, name, counts, float(start), months) for by, name, counts, start in lines if start > 0)


def _departure(by: str, name: str, counts: Counts, start: float, months: Sequence[str]) -> Departure:
    away: Floats = 100 * (counts.mean(axis=0) / start - 1)
    at = int(np.argmax(np.abs(away)))
    seeds = len(counts)
    spread = counts.std(axis=0, ddof=1).mean() / np.sqrt(seeds) if seeds > 1 else float("nan")
    outside = int((np.abs(away) > WITHIN).sum())
    chance = float(100 * spread / start)
    return Departure(by, name, start, float(away.mean()), float(away[at]), months[at], outside, chance)
