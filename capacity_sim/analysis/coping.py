"""Fits how units cope: the least time that work is given, and the loads at which units turn amber and red.

The marks come first. The load of a unit does not depend on its status, so the reviews of a run can be held again with
other marks. Then the floor is moved until as many plans are on time as is published. Everything else in `delivery.*` is
assumed, and no other figure on timeliness or status is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from capacity_sim import scenario
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue, load
from capacity_sim.data import DataSet
from capacity_sim.data.values import BaselineValue
from capacity_sim.errors import DataError, Fault
from capacity_sim.model import engine
from capacity_sim.model.result import ACTIVITY_MEASURES, RunResult
from capacity_sim.model.status import RED, Loads, Marks, Statuses
from capacity_sim.parameters import Parameters
from capacity_sim.series import quantity

SCENARIO = "in-force"  # what is published of the year 2024-25 has its early releases, recalls and Reset in it
YEAR = 12  # months of the published year, from the first of the run
SEEDS = (1, 2)
SEEDS_OF_MARKS = (1, 2, 3, 4)  # chance moves the count of red units more than the share of plans
PLAN = "initial_assessment"
FLOOR, AMBER_AT, RED_AT = "delivery.floor", "delivery.amber_at", "delivery.red_at"
TARGETS = ("perf_plan_15d", "pdu_red", "pdu_red_or_amber")
FLOOR_SPAN = (0.5, 1.0)
_CLOSE = 0.002

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Aim:
    """Published figures that are fitted to: plans on time (per cent), units red, and units red or amber."""

    plan: float
    red: float
    not_green: float
    red_off: float
    not_green_off: float


def fit(dataset: DataSet, threads: int = 1) -> pd.DataFrame:
    """Fit the floor and the marks of the status to the year 2024-25.

    Parameters
    ----------
    dataset : DataSet
        With the three targets that are fitted to; counts of units are scaled to the units that it has.
    threads : int

    Returns
    -------
    pandas.DataFrame
        A line for each value: path, where, value, range, source, as_of, basis, quality, why.

    Raises
    ------
    DataError
        If the data set lacks a target.
    """
    aim = _aim(dataset)
    values = written = list(dataset.values)
    fixed = _parameters(dataset, values).fixed
    reviews = round(float(fixed("delivery.review.months")))
    waits = Marks(
        0.0,
        0.0,
        float(fixed("delivery.hysteresis")),
        round(float(fixed("delivery.approval.reviews"))),
        round(float(fixed("delivery.recovery.reviews"))),
    )
    runs = _runs(dataset, values, threads, SEEDS_OF_MARKS)
    loads = [run.load for run in runs]
    marks = fit_marks(loads, waits, reviews, aim.red, aim.not_green)
    ends = [
        fit_marks(loads, waits, reviews, aim.red + sign * aim.red_off, aim.not_green + sign * aim.not_green_off)
        for sign in (1, -1)
    ]
    values = _with(values, {AMBER_AT: marks.amber, RED_AT: marks.red})

    def miss(floor: float) -> float:
        found = _runs(dataset, _with(values, {FLOOR: floor}), threads)
        return plans_on_time(found, load()) - aim.plan

    floor = float(brentq(miss, *FLOOR_SPAN, xtol=_CLOSE))
    red, other = counts(loads, marks, reviews)
    plan = miss(floor) + aim.plan
    span = next(one.quantity for one in written if one.path == FLOOR)
    spread = [span.lows[0], span.highs[0]] if span.lows and span.highs else None
    said = f"under `{SCENARIO}` in the year to March 2025"
    return pd.DataFrame(
        [
            _row(FLOOR, round(floor, 3), spread, "nao-2025 Figure 4",
                 f"Fitted to {aim.plan:.0f}% of plans on time {said}: {plan:.1f}% (mean of "
                 f"{len(SEEDS)} seeds). The range is assumed."),
            _row(AMBER_AT, round(marks.amber, 1), [round(end.amber, 1) for end in ends], "nao-2025 2.14",
                 f"Fitted to {aim.not_green:.1f} units not green on average {said}: {other:.1f} (mean of "
                 f"{len(SEEDS_OF_MARKS)} seeds). The range is where that count is at the ends of its tolerance."),
            _row(RED_AT, round(marks.red, 1), [round(end.red, 1) for end in ends], "nao-2025 2.14",
                 f"Fitted to {aim.red:.1f} units red on average {said}: {red:.1f} (mean of "
                 f"{len(SEEDS_OF_MARKS)} seeds). The range is where that count is at the ends of its tolerance."),
        ]
    )  # fmt: skip


def counts(loads: Sequence[Ints], marks: Marks, reviews: int) -> tuple[float, float]:
    """Units red, and units red or amber, on average over the year and over runs, had they been reviewed so.

    Parameters
    ----------
    loads : sequence of int arrays (unit, review, 2)
        Minutes due and minutes had at each review of a run: see `RunResult.load`.
    marks : Marks
    reviews : int
        Reviews over which the load is taken.

    Returns
    -------
    tuple of float
    """
    red, worse = [], []
    for noted in loads:
        units, seen = Statuses(len(noted)), Loads(len(noted))
        for n in range(noted.shape[1]):
            seen.add(noted[:, n, 0].astype(float), noted[:, n, 1].astype(float))
            status = units.review(seen.over(reviews), marks)
            if n >= noted.shape[1] - YEAR:
                red.append(int((status == RED).sum()))
                worse.append(int((status > 0).sum()))
    return float(np.mean(red)), float(np.mean(worse))


def fit_marks(loads: Sequence[Ints], waits: Marks, reviews: int, red: float, not_green: float) -> Marks:
    """Marks that give so many units red, and so many red or amber; counts fall as marks rise.

    Parameters
    ----------
    loads : sequence of int arrays (unit, review, 2)
    waits : Marks
        Margin and reviews in a row; its marks are not used.
    reviews : int
        Reviews over which the load is taken.
    red, not_green : float
        Mean counts of the year.

    Returns
    -------
    Marks
    """
    top = max(float((100.0 * x[..., 0] / np.maximum(1, x[..., 1])).max()) for x in loads) + 1.0

    def highest(too_many: Any) -> float:
        low, high = 0.0, top
        while high - low > 0.05:
            middle = (low + high) / 2
            low, high = (middle, high) if too_many(middle) else (low, middle)
        return high

    red_at = highest(lambda mark: counts(loads, replace(waits, amber=mark, red=mark), reviews)[0] > red)
    amber_at = highest(
        lambda mark: counts(loads, replace(waits, amber=min(mark, red_at), red=red_at), reviews)[1] > not_green
    )
    return replace(waits, amber=min(amber_at, red_at), red=red_at)


def plans_on_time(runs: Iterable[RunResult], catalogue: Catalogue) -> float:
    """Per cent of the first assessments and plans that fell due in the year and were done by their deadline."""
    place = [activity.id for activity in catalogue.activities].index(PLAN)
    pieces = sum(run.activity[:, :YEAR, place].sum(axis=(0, 1, 2)) for run in runs)
    due, on_time = (int(pieces[ACTIVITY_MEASURES.index(name)]) for name in ("due", "on_time"))
    return 100.0 * on_time / due


def _aim(dataset: DataSet) -> Aim:
    targets = {target.id: target for target in dataset.targets}
    missing = [name for name in TARGETS if name not in targets]
    if missing:
        raise DataError(
            [Fault("missing-target", f"`{dataset.name}` has no target `{name}` to fit to") for name in missing]
        )
    plan, red, worse = (targets[name] for name in TARGETS)
    units = len(dataset.units) / float(red.unit.split(" of ")[-1])
    numbers = (red.value, worse.value, red.tolerance_abs, worse.tolerance_abs)
    return Aim(float(plan.value or 0.0), *(units * float(number or 0.0) for number in numbers))


def _parameters(dataset: DataSet, values: Iterable[BaselineValue]) -> Parameters:
    last = dataset.start + dt.timedelta(days=365)
    calendar = Calendar(dataset.start, last)
    return Parameters(load(), list(values), scenario.load(SCENARIO).changes, calendar, None)


def _runs(
    dataset: DataSet, values: Iterable[BaselineValue], threads: int, seeds: Sequence[int] = SEEDS
) -> list[RunResult]:
    parameters = _parameters(dataset, values)
    world = engine.prepare(dataset, load(), parameters, parameters.calendar)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(lambda seed: engine.simulate(world, seed, months=YEAR), seeds))


def _with(values: Iterable[BaselineValue], new: Mapping[str, float]) -> list[BaselineValue]:
    return [replace(v, quantity=quantity(new[v.path])) if v.path in new else v for v in values]


def _row(path: str, value: float, span: Any, source: str, why: str) -> dict[str, Any]:
    return {
        "path": path,
        "where": {},
        "value": value,
        "range": None if span is None else list(span),
        "source": source,
        "as_of": "2025-03-31",
        "basis": "calibrated",
        "quality": "red",
        "why": why,
    }
