"""Outputs by month, from the monthly rows of a replication; read without the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity_sim.catalogue import load as load_catalogue

if TYPE_CHECKING:
    import pandas as pd

#: trainees are inside the published count of probation services officers
INSIDE = {"PSO": ("PSO", "trainee")}


@dataclass(frozen=True, order=True)
class Line:
    """An output by month, in an area and a grade or in all of them.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    area, grade : str
        Empty for all of them; trainees count under PSO, as published.
    basis : str
        Timing basis, for measures that are stated on one.
    """

    measure: str
    area: str = ""
    grade: str = ""
    basis: str = ""

    @property
    def text(self) -> str:
        """All of it in one word."""
        return "|".join((self.measure, self.area, self.grade, self.basis))


def values_of(rows: pd.DataFrame, months: Sequence[str], line: Line) -> npt.NDArray[np.float64]:
    """Values of a line by month, from monthly rows of one replication.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns of a run's results.
    months : sequence of str
        The months wanted.
    line : Line
        What of them.
    """
    spec = load_catalogue().outputs[line.measure]
    if spec.numerator is not None and spec.denominator is not None:
        above = values_of(rows, months, replace(line, measure=spec.numerator))
        below = values_of(rows, months, replace(line, measure=spec.denominator))
        factor = 100.0 if spec.unit == "per cent" else 1.0
        return factor * np.divide(above, below, out=np.full(len(months), np.nan), where=below != 0)
    mine = rows[rows["measure"] == line.measure]
    if line.area:
        mine = mine[mine["area"] == line.area]
    if line.grade:
        mine = mine[mine["grade"].isin(INSIDE.get(line.grade, (line.grade,)))]
    if mine["basis"].notna().any():
        mine = mine[mine["basis"] == line.basis]
    sums = mine.groupby("month", observed=True, sort=False)["value"].sum()
    by_month = {str(month): float(value) for month, value in sums.items()}
    return np.array([by_month.get(month, 0.0) for month in months], dtype=np.float64)
