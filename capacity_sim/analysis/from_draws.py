"""What drives an output, read off the draws that a run already has: nothing more is run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from capacity_sim.analysis.compare import paired, staffed_rows
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

Floats = npt.NDArray[np.float64]
#: draws below which nothing can be told apart from chance
FEWEST = 8
#: chance of naming any input when none matters
_SURE = 0.05


@dataclass(frozen=True)
class Drawn:
    """How an output goes with each uncertain input over the draws.

    Parameters
    ----------
    measure, month : str
        The output.
    less : str
        Name of the run that is taken off; empty for the level.
    draws : int
        How many.
    frame : pandas.DataFrame
        Columns id, low, mid, high (of the input), rank (Spearman's correlation, -1 to 1), effect (slope of the output
        over the whole range of the input), beyond (whether it is beyond chance, all inputs together); strongest first.
        Empty when there are too few draws.
    """

    measure: str
    month: str
    less: str
    draws: int
    frame: pd.DataFrame


def drawn(
    folder: RunFolder,
    measure: str = "gap_fte",
    month: str | None = None,
    area: str | None = "sentence_management",
    less: RunFolder | None = None,
) -> Drawn:
    """How an output goes with each uncertain input over the draws of a run.

    Parameters
    ----------
    folder : RunFolder
        A run of many draws.
    measure : str
        Output of the catalogue.
    month : str, optional
        The month; the last by default.
    area : str or None
        Area of work; None for all.
    less : RunFolder, optional
        A run that is taken off, draw by draw.

    Notes
    -----
    With some dozens of draws and inputs chance alone gives correlations of 0.3 and more. So an input is said to be
    beyond chance only where its p-value times the number of inputs is below 0.05; `capacity-sim sensitivity` says
    more, at the price of more runs.
    """
    month = month or folder.months[-1]
    inputs = dict(folder.manifest.get("uncertain_inputs", {}))
    if less is not None:
        inputs = {**less.manifest.get("uncertain_inputs", {}), **inputs}
    name = "" if less is None else less.name
    columns = ["id", "low", "mid", "high", "rank", "effect", "beyond"]
    if folder.draws < FEWEST or not inputs:
        return Drawn(measure, month, name, folder.draws, pd.DataFrame(columns=columns))
    total = _total(folder, measure, month, area)
    if less is not None:
        total = paired(_total(less, measure, month, area), total, ())
    values = total.groupby("draw")["value"].mean().sort_index().to_numpy()
    rows = []
    for one, found in inputs.items():
        quantiles = np.array(found["quantiles"], dtype=float)
        rank, chance = _spearman(quantiles, values)
        slope = float(np.polyfit(quantiles, values, 1)[0]) if np.ptp(quantiles) > 0 else 0.0
        beyond = bool(np.isfinite(chance) and chance * len(inputs) < _SURE)
        ends = {key: found[key] for key in ("low", "mid", "high")}
        rows.append({"id": one, **ends, "rank": float(np.nan_to_num(rank)), "effect": slope, "beyond": beyond})
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.sort_values(["rank", "id"], key=lambda one: -one.abs() if one.name == "rank" else one)
    return Drawn(measure, month, name, folder.draws, frame.reset_index(drop=True))


def _spearman(one: Floats, other: Floats) -> tuple[float, float]:
    """Rank correlation, and its chance where there is none; neither where one never moves."""
    from scipy.stats import spearmanr

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan"), float("nan")
    found = spearmanr(one, other)
    return float(found.statistic), float(found.pvalue)


def _total(folder: RunFolder, measure: str, month: str, area: str | None) -> pd.DataFrame:
    where = {} if area is None else {"area": area}
    table = staffed_rows(folder, [measure], where, [month])
    return summarise(table, measure, (), month, where=where, basis=folder.timing_basis)
