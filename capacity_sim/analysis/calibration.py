"""Fits what no source prints: sentence clocks to the published stocks and flows, timings to the published staffing.

Nothing that is a check is fitted to. The clocks are fitted first, on single lives; then one steady year is simulated
without delivery, and each area's shape of timings gets one scale for each basis.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq, least_squares

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue, load
from capacity_sim.data import DataSet
from capacity_sim.data.values import BaselineValue
from capacity_sim.model import engine, steady, tables
from capacity_sim.model.people import CUSTODY, LICENCE, POST, RECALLED, Clocks
from capacity_sim.model.result import RunResult
from capacity_sim.parameters import Parameters
from capacity_sim.series import quantity

LIVES = 300_000
SEEDS = 4
STEADY_DAYS = 364
SCALES = (0.5, 2.0)  # outside, the catalogue lacks work or has too much
RECALLS = "recalls"
BANDS_FITTED = ("people.recall.monthly_rate", "people.recall.standard_days")

Floats = npt.NDArray[np.float64]


def reconcile(dataset: DataSet, threads: int = 1) -> pd.DataFrame:
    """Staff needed in a steady year before Reset, simulated beside published.

    Parameters
    ----------
    dataset : DataSet
    threads : int

    Returns
    -------
    pandas.DataFrame
        area, basis, simulated (FTE, mean of the year over seeds), published (FTE, missing where print has a blank)
        and tolerance (share).
    """
    catalogue = load()
    needed = _needed(dataset, dataset.values, catalogue, threads)
    rows = []
    for a, area in enumerate(catalogue.dimensions["area"]):
        for b, basis in enumerate(catalogue.dimensions["basis"]):
            figure = dataset.figure11[area][basis]
            rows.append(
                {
                    "area": area,
                    "basis": basis,
                    "simulated": float(needed[a, b]),
                    "published": np.nan if figure is None else figure.number,
                    "tolerance": np.nan if figure is None else float(figure.more.get("tolerance", np.nan)),
                }
            )
    return pd.DataFrame(rows)


def calibrate(dataset: DataSet, threads: int = 1) -> pd.DataFrame:
    """Fit the clocks to stocks and flows and the timings to the published staffing.

    Parameters
    ----------
    dataset : DataSet
    threads : int

    Returns
    -------
    pandas.DataFrame
        A line for each value of the data set's fitted file: path, where, value, source, as_of, basis, quality, why.
    """
    catalogue = load()
    fitted = _fit_clocks(dataset, catalogue)
    values = _with_values(dataset.values, fitted)
    fitted += _fit_timings(dataset, values, catalogue, threads)
    return pd.DataFrame(fitted)


def steady_parameters(dataset: DataSet, values: Iterable[BaselineValue], catalogue: Catalogue) -> Parameters:
    """Parameters of a year in which nothing changes: starts have the risk mix of the stock."""
    values = list(values)
    stock = {tuple(v.where.get("risk", ())): v for v in values if v.path == "people.risk.stock_mix"}
    still = [v for v in values if v.path != "people.risk.start_mix"]
    still = [replace(v, quantity=quantity(v.quantity.amounts[0])) if v.quantity.dates else v for v in still]
    still += [replace(v, path="people.risk.start_mix") for v in stock.values()]
    calendar = Calendar(dataset.start, dataset.start + dt.timedelta(days=STEADY_DAYS))
    return Parameters(catalogue, still, (), calendar, None)


def _year(dataset: DataSet, values: Iterable[BaselineValue], catalogue: Catalogue, threads: int) -> list[RunResult]:
    parameters = steady_parameters(dataset, values, catalogue)
    world = engine.prepare(dataset, catalogue, parameters, parameters.calendar, delivery=False)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(lambda seed: engine.simulate(world, seed), range(1, SEEDS + 1)))


def _needed(
    dataset: DataSet, values: Iterable[BaselineValue], catalogue: Catalogue, threads: int
) -> Floats:
    """FTE needed by area and basis, mean of a steady year over seeds."""
    total = [
        (r.due.sum(axis=0) / r.productive_minutes[:, None, :, None]).sum(axis=(0, 2)) / r.weeks_in_month.sum()
        for r in _year(dataset, values, catalogue, threads)
    ]
    return np.asarray(np.mean(total, axis=0))


# --- timings ----------------------------------------------------------------------------------------------------------
def _fit_timings(
    dataset: DataSet, values: list[BaselineValue], catalogue: Catalogue, threads: int
) -> list[dict[str, Any]]:
    bases = catalogue.dimensions["basis"]
    shapes, free, printed = _parts(dataset, values, catalogue, threads)
    rows = []
    for a, area in enumerate(catalogue.dimensions["area"]):
        scales: dict[str, float] = {}
        for b, basis in enumerate(bases):
            figure = dataset.figure11[area][basis]
            where = {"area": area, "basis": basis}
            if figure is None:
                scales[basis] = scales["policy_adjusted"]
                why = "Blank in print; taken to be as on policy-adjusted timings."
                source, as_of = "assumed", dataset.start.isoformat()
            else:
                scales[basis] = max(0.0, (figure.number - printed[a, b]) / free[a, b])
                source, as_of = figure.source, str(figure.as_of)
                why = f"Fitted to {figure.number:,.0f} FTE in a steady year before Reset."
                if printed[a, b] > 0:
                    why += f" Timings that a source prints take {printed[a, b]:,.0f} FTE of it and are not scaled."
            if not SCALES[0] <= scales[basis] <= SCALES[1]:
                why += _lacking(area, scales[basis])
            rows.append(_row("work.timing.scale", where, scales[basis], source, as_of, why))
    for activity, staff in zip(catalogue.activities, shapes, strict=True):
        figure = dataset.figure11[activity.area]["original"]
        source, as_of = (figure.source, str(figure.as_of)) if figure else ("assumed", dataset.start.isoformat())
        why = "FTE of its shape at scale 1 in a steady year before Reset: what holds the area's total in draws."
        rows.append(_row("work.timing.weight", {"activity": activity.id}, float(staff), source, as_of, why))
    return rows


def _lacking(area: str, scale: float) -> str:
    name = area.replace("_", " ")
    if scale > 1:
        return f" Outside 0.5 to 2: the catalogue lacks work of {name} that this staffing includes."
    return f" Outside 0.5 to 2: the catalogue counts work of {name} that this staffing leaves out."


def _parts(
    dataset: DataSet, values: list[BaselineValue], catalogue: Catalogue, threads: int
) -> tuple[Floats, Floats, Floats]:
    """FTE of the shapes at scale 1, by activity, by area and basis, and of timings that a source prints."""
    results = _year(dataset, values, catalogue, threads)
    counts = np.mean([r.activity[..., 0].sum(axis=(0, 1)) for r in results], axis=0)
    minutes = float(results[0].productive_minutes[0, 0]) * float(results[0].weeks_in_month.sum())
    shape = (len(catalogue.dimensions["area"]), len(catalogue.dimensions["basis"]))
    shapes, free, printed = np.zeros(len(catalogue.activities)), np.zeros(shape), np.zeros(shape)
    for k, activity in enumerate(catalogue.activities):
        area = catalogue.place("area", activity.area)
        whole = 1.0 + sum(activity.spec.get("support", {}).values())
        shapes[k] = whole * float(counts[k] @ np.asarray(activity.spec["minutes"], float)) / minutes
        for b, basis in enumerate(catalogue.dimensions["basis"]):
            known = activity.spec.get("published", {}).get(basis)
            if known is None:
                free[area, b] += shapes[k]
            else:
                printed[area, b] += whole * float(counts[k].sum()) * known / minutes
    return shapes, free, printed


# --- clocks -----------------------------------------------------------------------------------------------------------
def _fit_clocks(dataset: DataSet, catalogue: Catalogue) -> list[dict[str, Any]]:
    parameters = steady_parameters(dataset, dataset.values, catalogue)
    clocks = tables.clocks(parameters, parameters.calendar)
    stock = dataset.people.sum(axis=0).astype(float)
    monthly = parameters.weekly("people.starts.monthly")[0]
    written = _by_cell(dataset.values)

    def keep(path: str, where: Mapping[str, str], value: float, why: str) -> dict[str, Any]:
        old = written[path, tuple(sorted((d, c) for d, c in where.items()))]
        return _row(path, where, value, old.source, old.as_of, why, old.quality)

    rows = []
    types = catalogue.dimensions["start_type"]
    scale = parameters.fixed("people.length.scale")
    for k, name in enumerate(types):
        old = written["people.starts.monthly", (("start_type", name),)]
        rows.append({**keep("people.starts.monthly", {"start_type": name}, monthly[k], old.why), "basis": old.basis})
    for kind in range(2):
        months = stock[kind] / monthly[kind]
        factor = _order_factor(clocks, kind, months)
        why = f"Fitted: {months:.2f} months in force on average keep {stock[kind]:,.0f} people steady."
        rows.append(keep("people.length.scale", {"start_type": types[kind]}, scale[kind] * factor, why))
    return rows + _fit_custody(parameters, dataset, clocks, stock, float(monthly[CUSTODY]), float(scale[CUSTODY]), keep)


def _order_factor(clocks: Clocks, kind: int, months: float) -> float:
    def miss(factor: float) -> float:
        there = steady.months_per_start(steady.with_factors(clocks, kind, length=factor), kind, LIVES)
        return float(there[kind]) - months

    return float(brentq(miss, 0.3, 3.0, xtol=1e-5))


def _fit_custody(
    parameters: Parameters, dataset: DataSet, clocks: Clocks, stock: Floats, monthly: float, scale: float, keep: Any
) -> list[dict[str, Any]]:
    """Length, remand, recall hazard, length of standard recalls and share with post-sentence supervision."""
    volumes = dataset.published["volumes"]
    # a volume of the nation; a smaller set has its share of it by first releases
    recalls = volumes[RECALLS].number / volumes["first_releases"].number
    states = [CUSTODY, LICENCE, RECALLED, POST]
    target = np.array([*(stock[states] / monthly), recalls])

    def clocks_at(x: Floats) -> Clocks:
        return steady.with_factors(
            clocks, CUSTODY, length=x[0], remand=x[1], recall=x[2], recall_days=x[3], post=min(1.0, x[4])
        )

    def miss(x: Floats) -> Floats:
        there = steady.months_per_start(clocks_at(x), CUSTODY, LIVES)
        return np.asarray(there[[*states, 7]] / target - 1.0)

    start = [1.0, clocks.remand_share, 1.0, 1.0, clocks.post_share * 0.98]
    bounds = ([0.5, 0.0, 0.2, 0.2, 0.0], [2.0, 0.3, 5.0, 5.0, 1.0])
    best = least_squares(miss, start, bounds=bounds, x_scale=[0.1, 0.02, 0.1, 0.1, 0.1], diff_step=0.02, xtol=1e-6)
    x, off = best.x, 100 * miss(best.x)
    names = ("first custody", "licence", "recalled", "post-sentence supervision")
    fit = "; ".join(f"{n} {stock[s]:,.0f} ({o:+.2f}%)" for n, s, o in zip(names, states, off, strict=False))
    fit = f"Fitted together to the stocks {fit} and {recalls:.3f} recalls a first release ({off[4]:+.2f}%)."
    rows = [
        keep("people.length.scale", {"start_type": "custody"}, scale * x[0], fit),
        keep("people.remand.share", {}, x[1], fit),
        keep("people.post_sentence.share", {}, x[4], fit),
    ]
    for path, factor in zip(BANDS_FITTED, (x[2], x[3]), strict=True):
        values = parameters.weekly(path)[0] if "rate" in path else parameters.fixed(path)
        bands = parameters.catalogue.dimensions["length_band"]
        for band, value in zip(bands, values, strict=True):
            rows.append(keep(path, {"length_band": band}, float(value) * factor, fit))
    return rows


def _row(
    path: str, where: Mapping[str, str], value: float, source: str, as_of: str, why: str, quality: str = "red"
) -> dict[str, Any]:
    return {
        "path": path,
        "where": dict(where),
        "value": float(f"{value:.6g}"),
        "source": source,
        "as_of": as_of,
        "basis": "calibrated",
        "quality": quality,
        "why": why,
    }


def _with_values(values: Iterable[BaselineValue], rows: list[dict[str, Any]]) -> list[BaselineValue]:
    """Values of the data set with the fitted ones in their place."""
    new = {(r["path"], tuple(sorted(r["where"].items()))): r["value"] for r in rows}
    out = []
    for v in values:
        out.append(replace(v, quantity=quantity(new[_cell(v)])) if _cell(v) in new else v)
    return out


def _by_cell(values: Iterable[BaselineValue]) -> dict[tuple[str, tuple[tuple[str, ...], ...]], BaselineValue]:
    return {_cell(v): v for v in values}


def _cell(value: BaselineValue) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Path and cells of a value, to find it by."""
    return value.path, tuple(sorted((dim, *cells) for dim, cells in value.where.items()))
