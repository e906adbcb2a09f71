"""What each measure does by itself: staff needed, people, and the months without contact that pay for it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from capacity_sim.analysis.spread import RangeKind
from capacity_sim.scenario import Scenario

NEEDED, EXPOSURE = "required_fte", "months_without_contact"
PEOPLE = ("people_on_sentence", "people_supervised", "people_tagged")


@dataclass(frozen=True)
class Alone:
    """Differences of scenarios from a base, each by itself.

    Parameters
    ----------
    base : Scenario
        What they are held against.
    scenarios : tuple of Scenario
        In the order of the table.
    frame : pandas.DataFrame
        Columns scenario, output (a measure, or `months_without_contact.` with a risk), central, low, high: the
        scenario less the base, draw by draw, before the middle is taken.
    needed : float
        Staff that the base needs (FTE), for rounding.
    month, place : str
        Month of the figures; exposure is of the year that ends with it.
    area : str
        Area of work of the staff.
    basis : str
        Timing basis of the staff.
    kind : RangeKind
        Where ranges come from.
    draws : int
        How many readings of the uncertain inputs.
    """

    base: Scenario
    scenarios: tuple[Scenario, ...]
    frame: pd.DataFrame
    needed: float
    month: str
    place: str
    area: str
    basis: str
    kind: RangeKind
    draws: int
