"""Totals of the monthly rows by the rule that the catalogue states for each measure.

Sums add up over regions, grades and the like; ratios are the ratio of two sums, never a mean of ratios. Over
months a measure is a mean, a sum, or the value of the last month. Draws and replications are never mixed: a
total keeps both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs.schema import KEYS
from capacity_sim.runs.store import Where

_REPLICATION = ["draw", "rep"]


def summarise(
    table: pd.DataFrame,
    measure: str,
    by: Sequence[str] = (),
    months: Sequence[str] | str | None = None,
    *,
    where: Where | None = None,
    basis: str | None = None,
) -> pd.DataFrame:
    """Totals of one measure for each draw and replication.

    Parameters
    ----------
    table : pandas.DataFrame
        Monthly rows, as a run folder gives them.
    measure : str
        Output of the catalogue.
    by : sequence of str
        Columns to keep. With ``month`` every month is kept; without it months are totalled by the measure's
        rule.
    months : str or sequence of str, optional
        Months to use, as ``2029-03``; all of them by default.
    where : mapping, optional
        Column and the value or values to keep.
    basis : str, optional
        Timing basis, for measures that are stated on more than one.

    Returns
    -------
    pandas.DataFrame
        Columns draw, rep, those of `by`, and value. A cell that no row mentions is zero; a ratio whose
        denominator is zero has no value.

    Raises
    ------
    UsageError
        For an unknown measure, column or month, or when a basis is needed and not given.
    """
    outputs = load().outputs
    if measure not in outputs:
        raise UsageError(
            Fault(
                "unknown-output",
                f"no output is called `{measure}`",
                hint=did_you_mean(measure, outputs, f"outputs are {one_of(outputs, most=40)}"),
            )
        )
    spec = outputs[measure]
    if spec.over_cells == "ratio":
        if spec.numerator is None or spec.denominator is None:
            message = f"the ratio `{measure}` lacks its numerator or denominator"
            raise ValueError(message)
        above = summarise(table, spec.numerator, by, months, where=where, basis=basis)
        on = [key for key in by if key != "basis"]
        there = {key: names for key, names in (where or {}).items() if key != "basis"}
        below = summarise(table, spec.denominator, on, months, where=there)
        return _ratio(above, below, list(by), on, 100.0 if spec.unit == "per cent" else 1.0)
    chosen = _months(table, months)
    rows = _select(table, measure, by, where or {}, basis)
    keys = [*_REPLICATION, *(key for key in by if key != "month")]
    sums = _by_month(table, rows, keys, chosen)
    if "month" in by:
        return sums[[*_REPLICATION, *by, "value"]]
    if spec.over_months == "last":
        return sums.loc[sums["month"] == chosen[-1], [*keys, "value"]].reset_index(drop=True)
    groups = sums.groupby(keys, dropna=False, as_index=False)["value"]
    return groups.mean() if spec.over_months == "mean" else groups.sum()


def months_of(table: pd.DataFrame) -> tuple[str, ...]:
    """Months of a table, in order."""
    column = table["month"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = np.bincount(column.cat.codes.to_numpy() + 1, minlength=len(column.cat.categories) + 1)[1:]
        return tuple(sorted(column.cat.categories[codes > 0].astype(str)))
    return tuple(sorted(str(month) for month in column.dropna().unique()))


def replications(table: pd.DataFrame) -> pd.DataFrame:
    """Draws and replications of a table: columns draw and rep."""
    codes = pd.unique(table["draw"].to_numpy().astype(np.int64) << 32 | table["rep"].to_numpy())
    return pd.DataFrame(
        {"draw": (codes >> 32).astype(np.int16), "rep": (codes & 0xFFFFFFFF).astype(np.int16)}
    )


def _by_month(table: pd.DataFrame, rows: pd.DataFrame, keys: list[str], months: list[str]) -> pd.DataFrame:
    """Sums for each replication, cell and month; zero where there is no row."""
    rows = rows[rows["month"].isin(months)]
    sums = rows.groupby([*keys, "month"], dropna=False, observed=True)["value"].sum().reset_index()
    sums = sums.astype({key: object for key in sums.columns.difference([*_REPLICATION, "value"])})
    lines = replications(table)
    cells = [key for key in keys if key not in _REPLICATION]
    if cells:
        lines = lines.merge(sums[cells].drop_duplicates(), how="cross").sort_values(keys)
    grid = lines.merge(pd.DataFrame({"month": pd.array(months, dtype=object)}), how="cross")
    whole = grid.merge(sums, on=[*keys, "month"], how="left")
    return whole.assign(value=whole["value"].fillna(0.0))


def _months(table: pd.DataFrame, months: Sequence[str] | str | None) -> list[str]:
    present = months_of(table)
    if months is None:
        return list(present)
    chosen = [months] if isinstance(months, str) else list(months)
    missing = [month for month in chosen if month not in present]
    if missing or not chosen:
        raise UsageError(
            Fault(
                "unknown-month",
                f"the results have no month {one_of(missing) or 'at all'}",
                hint=f"they run from {present[0]} to {present[-1]}" if present else "the results are empty",
            )
        )
    return chosen


def _select(
    table: pd.DataFrame, measure: str, by: Sequence[str], where: Where, basis: str | None
) -> pd.DataFrame:
    for key in [*by, *where]:
        if key not in KEYS or key == "measure":
            raise UsageError(
                Fault(
                    "unknown-column",
                    f"results have no column `{key}`",
                    hint=did_you_mean(key, KEYS, f"columns are {one_of(KEYS)}"),
                )
            )
    keep = table["measure"] == measure
    by_unit = "unit" in by or "unit" in where
    keep &= table["unit"].notna() if by_unit else table["unit"].isna()
    for key, wanted in where.items():
        named = [wanted] if isinstance(wanted, str) else list(wanted)
        known = [str(name) for name in _known(table[key])]
        for name in named:
            if name is not None and name not in known:
                raise UsageError(
                    Fault(
                        f"unknown-{key}",
                        f"the results have no {key} called `{name}`",
                        hint=did_you_mean(name, known, f"they have {one_of(known)}"),
                    )
                )
        keep &= table[key].isin(named) | (table[key].isna() if None in named else False)
    if basis is not None:
        stated = table["basis"].notna()
        if (keep & stated).any():
            keep &= table["basis"] == basis
    rows = table[keep]
    if basis is None and "basis" not in by and "basis" not in where:
        if rows["basis"].isna().any():
            rows = rows[rows["basis"].isna()]
        elif len(bases := sorted(str(name) for name in rows["basis"].unique())) > 1:
            raise UsageError(
                Fault(
                    "no-basis",
                    f"`{measure}` is stated on {len(bases)} timings and none was chosen",
                    hint=f"give basis={one_of(bases)}, or keep the column with by=['basis']",
                )
            )
    return rows


def _known(column: pd.Series) -> pd.Index:
    return (
        column.cat.categories
        if isinstance(column.dtype, pd.CategoricalDtype)
        else pd.Index(column.dropna().unique())
    )


def _ratio(
    above: pd.DataFrame, below: pd.DataFrame, by: list[str], on: list[str], factor: float
) -> pd.DataFrame:
    """One sum over another; the denominator has no basis, so it serves every basis of the numerator."""
    both = above.merge(
        below, on=[*_REPLICATION, *on], how="outer" if on == by else "left", suffixes=("_above", "_below")
    )
    parts = both[["value_above", "value_below"]].fillna(0.0)
    values = factor * parts["value_above"] / parts["value_below"].where(parts["value_below"] != 0)
    return both[[*_REPLICATION, *by]].assign(value=values)
