"""One output month by month: percentiles over the draws, of a run or of its difference from another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from capacity_sim.analysis.compare import check_alike, output, paired, staffed_rows
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise

#: ends of the bands of a fan, in per cent
LEVELS = (10, 25, 50, 75, 90)


def percentiles(
    folder: RunFolder,
    measure: str,
    months: Sequence[str] | None = None,
    *,
    where: Where | None = None,
    less: RunFolder | None = None,
    levels: Sequence[float] = LEVELS,
) -> pd.DataFrame:
    """Percentiles of an output over draws and replications, month by month.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    measure : str
        Output of the catalogue.
    months : sequence of str, optional
        Months; all of the run by default.
    where : mapping, optional
        Column and the value or values to keep.
    less : RunFolder, optional
        A run that is taken off it, draw by draw.
    levels : sequence of float
        Percentiles, from 0 to 100.

    Returns
    -------
    pandas.DataFrame
        A row for each month, a column for each percentile.

    Raises
    ------
    UsageError
        For an unknown output.
    NotComparableError
        When the two runs differ in more than their scenario.
    """
    spec = output(measure)
    chosen = list(months or folder.months)
    parts = [name for name in (spec.name, spec.numerator, spec.denominator) if name is not None]

    def total(one: RunFolder) -> pd.DataFrame:
        table = staffed_rows(one, parts, where or {})
        return summarise(table, measure, ["month"], chosen, where=where, basis=one.timing_basis)

    found = total(folder)
    if less is not None:
        check_alike([less, folder])
        found = paired(total(less), found, ["month"])
    groups = found.groupby("month")["value"]
    return pd.DataFrame({level: groups.quantile(level / 100) for level in levels}).reindex(chosen)
