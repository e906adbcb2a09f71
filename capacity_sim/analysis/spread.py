"""The middle of many draws and replications, the range around it, and what kind of range it is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import pandas as pd

from capacity_sim.runs.store import RunFolder

LOW, HIGH = 0.10, 0.90


class RangeKind(StrEnum):
    """Where a range comes from."""

    NONE = "none"
    CHANCE = "chance only"
    DRAWS = "draws"


def range_kind(folder: RunFolder) -> RangeKind:
    """Kind of range that a run can give."""
    if folder.draws > 1:
        return RangeKind.DRAWS
    return RangeKind.CHANCE if folder.reps > 1 else RangeKind.NONE


def range_words(folder: RunFolder) -> str:
    """What the range of a run says, and what it does not, in a sentence."""
    draws, reps = folder.draws, folder.reps
    kind = range_kind(folder)
    if kind is RangeKind.DRAWS:
        chance = f", each with {reps} rolls of chance" if reps > 1 else ""
        return (
            f"Range: 10th to 90th percentile of {draws} draws of the assumptions that carry a range{chance}; "
            "the figure is the middle one."
        )
    if kind is RangeKind.CHANCE:
        return (
            f"Range: chance only, the 10th to 90th percentile of {reps} replications with every assumption "
            "at its central value; it does not say how sure the assumptions are. Add `--draws 20`."
        )
    return "No range: one draw, with every assumption at its central value; add `--draws 20`."


def spread(values: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Median, 10th and 90th percentile of the column `value` over draws and replications.

    Parameters
    ----------
    values : pandas.DataFrame
        Totals with the columns draw, rep, those of `by`, and value.
    by : sequence of str
        Columns to keep.

    Returns
    -------
    pandas.DataFrame
        Columns of `by`, then central, low and high; low and high are missing when there is one replication.
    """
    keys = list(by)
    groups = values.assign(all=0).groupby(keys or ["all"], sort=False, dropna=False)["value"]
    found = pd.DataFrame(
        {"central": groups.median(), "low": groups.quantile(LOW), "high": groups.quantile(HIGH)}
    )
    found.loc[groups.size() < 2, ["low", "high"]] = float("nan")
    return found.reset_index(drop=not keys)
