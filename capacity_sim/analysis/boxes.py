"""Regions of the ranges in which a plan fails, as records in the units of the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.goals import Goal
from capacity_sim.parameters import UncertainInput
from capacity_sim.series import reading

Array = npt.NDArray[np.float64]
SURE = 0.9


@dataclass(frozen=True)
class Side:
    """An input of a box, and the ends between which it lies there.

    Parameters
    ----------
    id, path : str
        The input, and its parameter.
    verb : str
        What its reading does: ``set``, ``scale``, ``add``, or a key of a rollout.
    unit : str
        Unit of the parameter.
    low, high : float or None
        Ends, in that unit; None where the box reaches the end of the range.
    quantiles : tuple of float
        The same as quantiles of the range.
    """

    id: str
    path: str
    verb: str
    unit: str
    low: float | None
    high: float | None
    quantiles: tuple[float, float]


@dataclass(frozen=True)
class Checked:
    """A box run anew.

    Parameters
    ----------
    inside, failed_inside, outside, failed_outside : int
        Fresh readings in and out of the box, and how many of them fail.
    share : float
        Share of all readings that lie in the box.
    """

    inside: int
    failed_inside: int
    outside: int
    failed_outside: int
    share: float

    @property
    def density(self) -> tuple[float, float, float]:
        """Share of the fresh readings inside that fail, with a 90% interval."""
        return _share(self.failed_inside, self.inside)

    @property
    def elsewhere(self) -> tuple[float, float, float]:
        """Share of the fresh readings outside that fail, with a 90% interval.

        Examples
        --------
        >>> [round(one, 2) for one in Checked(20, 15, 20, 6, 0.2).elsewhere]
        [0.3, 0.14, 0.51]
        """
        return _share(self.failed_outside, self.outside)

    @property
    def coverage(self) -> float:
        """Share of all failures that lie in the box, from the fresh readings inside and outside.

        Examples
        --------
        >>> Checked(100, 80, 100, 20, 0.2).coverage
        0.5
        """
        within = self.share * self.density[0]
        beyond = (1 - self.share) * (self.elsewhere[0] if self.outside else 0.0)
        return within / (within + beyond) if within + beyond else float("nan")

    @property
    def holds(self) -> bool:
        """Whether fresh readings tell the box apart: its interval lies above what fails outside.

        Examples
        --------
        >>> Checked(20, 15, 20, 6, 0.2).holds, Checked(20, 9, 20, 6, 0.2).holds
        (True, False)
        """
        return self.density[1] > (self.elsewhere[0] if self.outside else 0.0)


def _share(failed: int, readings: int) -> tuple[float, float, float]:
    """Share of some readings that fail, with its exact interval; nothing is known of none."""
    if not readings:
        return float("nan"), 0.0, 1.0
    from scipy.stats import binomtest  # most commands never ask

    found = binomtest(failed, readings).proportion_ci(SURE, "exact")
    return failed / readings, float(found.low), float(found.high)


@dataclass(frozen=True)
class Box:
    """A region in which the plan fails more often than on the whole.

    Parameters
    ----------
    sides : tuple of Side
        Inputs that make it.
    coverage : float
        Share of the failures that it holds.
    density : float
        Share of its readings that fail.
    share : float
        Share of all readings that lie in it.
    checked : Checked or None
        The same, run anew.
    """

    sides: tuple[Side, ...]
    coverage: float
    density: float
    share: float
    checked: Checked | None


@dataclass(frozen=True)
class Discovery:
    """Where a plan fails.

    Parameters
    ----------
    scenario : str
    fails : Goal
        What a failure is.
    draws, inputs : int
        Readings, and inputs that are varied.
    failures : float
        Share of the readings in which it fails.
    values : float array (reading,)
        The output.
    boxes : tuple of Box
        Best first; empty when it never or always fails.
    basis, place, source : str
    needed : float
        Staff needed there, which says how finely figures can be told.
    """

    scenario: str
    fails: Goal
    draws: int
    inputs: int
    failures: float
    values: Array
    boxes: tuple[Box, ...]
    basis: str
    place: str
    source: str
    needed: float


def side_of(one: UncertainInput, ends: Array, words: tuple[str, str]) -> Side:
    """An input of a box in the unit of its parameter.

    Parameters
    ----------
    one : UncertainInput
        The input.
    ends : float array (2,)
        Quantiles; infinite where there is no end.
    words : tuple of str
        What its reading does, and its unit.
    """
    low, high = (
        None if not np.isfinite(end) else reading(one.mid, one.low, one.high, float(end), one.family) for end in ends
    )
    quantiles = (max(0.0, float(ends[0])), min(1.0, float(ends[1])))
    return Side(one.id, one.path, words[0], words[1], low, high, quantiles)
