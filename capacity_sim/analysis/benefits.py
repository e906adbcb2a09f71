"""Entries of a ledger of benefits, as records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Entry:
    """What a measure is expected to free, and what was seen.

    Parameters
    ----------
    name : str
        The measure.
    months : int
        Months that were observed.
    expected : float array (draw,)
        Hours expected in those months.
    observed : float or None
        Hours that were seen in them.
    realised : float or None
        Observed over the middle of expected.
    fte, year : float array (draw,)
        Staff that it is expected to free in the month of the forecast, and hours in the year that ends with it.
    """

    name: str
    months: int
    expected: Array
    observed: float | None
    realised: float | None
    fte: Array
    year: Array


@dataclass(frozen=True)
class Costed:
    """What a measure frees after optimism bias, and what that costs.

    Parameters
    ----------
    name : str
    bias : float array (draw,)
        Share that is taken off.
    after : float array (draw,)
        Staff freed after it.
    cost, each : float array (draw,) or None
        Pounds a year of the measure besides staff, and for each FTE freed; None where the pay file has no cost of it.
    """

    name: str
    bias: Array
    after: Array
    cost: Array | None
    each: Array | None


@dataclass(frozen=True)
class Ledger:
    """A ledger and the forecast that follows.

    Parameters
    ----------
    scenario : str
    entries : tuple of Entry
    gap, arithmetic : float array (draw,)
        The gap as planned, and with later months realised as far as those observed.
    simulated : float array (draw,) or None
        The same simulated, with each measure at the strength to which it is realised.
    note : str
        What to know of the simulated figure.
    month, area, basis, place, source : str
    draws : int
    needed : float
        Staff needed, which says how finely figures can be told.
    """

    scenario: str
    entries: tuple[Entry, ...]
    gap: Array
    arithmetic: Array
    simulated: Array | None
    note: str
    month: str
    area: str
    basis: str
    draws: int
    place: str
    source: str
    needed: float
