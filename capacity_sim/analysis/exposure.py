"""What a saving is paid with: months that people spend on a sentence without contact, by risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from capacity_sim.analysis.compare import check_alike, staffed_rows
from capacity_sim.analysis.spread import RangeKind, range_kind, spread
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

MEASURE = "months_without_contact"
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Exposure:
    """Person-months without contact of several runs.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns scenario, row (``level``, or ``difference`` from the first run), risk, central, low, high.
    months : tuple of str
        Months that are added up.
    kind : RangeKind
        Where the ranges come from.
    folders : tuple of RunFolder
        The runs.
    """

    frame: pd.DataFrame
    months: tuple[str, ...]
    kind: RangeKind
    folders: tuple[RunFolder, ...]


def exposure(folders: Sequence[RunFolder], month: str) -> Exposure:
    """Person-months without contact in the year to a month, by risk, and paired differences from the first run.

    Parameters
    ----------
    folders : sequence of RunFolder
        Two or more finished runs.
    month : str
        Last month of the year, as ``2028-03``; the year is cut at the start of the run.

    Raises
    ------
    NotComparableError
        When the runs differ in more than their scenario.
    """
    check_alike(folders)
    base = folders[0]
    months = tuple(one for one in base.months if one <= month)[-MONTHS_A_YEAR:]
    totals = [
        summarise(staffed_rows(folder, [MEASURE], {}, months), MEASURE, ["risk"], months).assign(scenario=folder.name)
        for folder in folders
    ]
    parts = []
    for place, total in enumerate(totals):
        parts.append(spread(total, ["scenario", "risk"]).assign(row="level"))
        if place:
            keys = ["draw", "rep", "risk"]
            both = total.merge(totals[0][[*keys, "value"]], on=keys, how="outer", suffixes=("", "_base"))
            less = both["value"].fillna(0.0) - both["value_base"].fillna(0.0)
            pairs = both.assign(value=less, scenario=folders[place].name)
            parts.append(spread(pairs, ["scenario", "risk"]).assign(row="difference"))
    frame = pd.concat(parts, ignore_index=True)
    return Exposure(frame, months, range_kind(base), tuple(folders))
