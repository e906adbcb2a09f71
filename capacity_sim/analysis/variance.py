"""Where the spread of a figure comes from: ignorance or chance; and what pairing takes out of a difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class Split:
    """Variance of a figure over draws and replications, taken apart.

    Parameters
    ----------
    ignorance : float
        Variance from draw to draw of what the figure is on average over chance: which assumptions hold.
    chance : float
        Variance from replication to replication of one draw.
    draws, reps : int
        How many there were.
    """

    ignorance: float
    chance: float
    draws: int
    reps: int

    @property
    def share(self) -> float:
        """Share of ignorance in the variance of one replication; 0 when nothing varies."""
        both = self.ignorance + self.chance
        return self.ignorance / both if both > 0 else 0.0


@dataclass(frozen=True)
class Pairing:
    """Variance of a difference, with and without common readings and random numbers.

    Parameters
    ----------
    name : str
        Run that is held against the first.
    paired : float
        Variance of the differences, draw by draw and replication by replication.
    unpaired : float
        Variance that the difference of two independent runs would have: the sum of the two.
    number : int
        Pairs.
    split : Split or None
        Ignorance and chance in the paired difference, where there are several of both.
    """

    name: str
    paired: float
    unpaired: float
    number: int
    split: Split | None = None

    @property
    def times(self) -> float:
        """How many times less the paired variance is, so how many times fewer pairs do; infinite for no variance."""
        if self.paired > 0:
            return self.unpaired / self.paired
        return math.inf if self.unpaired > 0 else 1.0


def split(values: pd.DataFrame) -> Split | None:
    """Ignorance and chance, by the analysis of variance of one random factor; None without several of both.

    Parameters
    ----------
    values : pandas.DataFrame
        Columns draw, rep, value, with as many replications in each draw.

    Examples
    --------
    >>> rows = [(0, 0, 9.0), (0, 1, 11.0), (1, 0, 19.0), (1, 1, 21.0)]
    >>> found = split(pd.DataFrame(rows, columns=["draw", "rep", "value"]))
    >>> found.chance, found.ignorance
    (2.0, 49.0)
    """
    table = grid(values)
    draws, reps = table.shape
    if draws < 2 or reps < 2:
        return None
    chance = float(table.var(axis=1, ddof=1).mean())
    between = float(table.mean(axis=1).var(ddof=1))
    return Split(max(0.0, between - chance / reps), chance, draws, reps)


def pairing(name: str, first: pd.DataFrame, other: pd.DataFrame) -> Pairing | None:
    """What pairing takes out of the variance of a difference; None for a single pair.

    Parameters
    ----------
    name : str
        Name of the other run.
    first, other : pandas.DataFrame
        Columns draw, rep, value, with the same draws and replications.
    """
    base, mine = grid(first), grid(other)
    if base.size < 2 or base.shape != mine.shape:
        return None
    difference = mine - base
    apart = other.assign(value=difference.ravel()[_order(other)])
    return Pairing(
        name,
        float(difference.var(ddof=1)),
        float(base.var(ddof=1) + mine.var(ddof=1)),
        difference.size,
        split(apart),
    )


def grid(values: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Values as (draws, replications)."""
    table = values.pivot_table(index="draw", columns="rep", values="value", aggfunc="sum")
    return table.to_numpy(dtype=np.float64)


def _order(values: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Place of each row in the grid, read row by row."""
    draws, reps = (np.unique(values[key], return_inverse=True)[1] for key in ("draw", "rep"))
    return np.asarray(draws * (reps.max() + 1) + reps, dtype=np.int64)
