"""How figures are rounded: no finer than the place is large, and a difference no coarser than it is told by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from capacity_sim.catalogue import OutputSpec
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise
from capacity_sim.show.sheet import interval, number, significant, small

#: rounding of staff by the size of the place: least total needed, and step in FTE
_STEPS = ((5000.0, 50), (200.0, 5), (0.0, 1))


def staff_step(needed: float) -> int:
    """Rounding of staff by the size of the place: step in FTE for a total needed.

    Examples
    --------
    >>> staff_step(14900.0), staff_step(640.0), staff_step(12.0)
    (50, 5, 1)
    """
    return next(step for least, step in _STEPS if needed >= least)


def level_step(spec: OutputSpec, folder: RunFolder, where: Where, levels: Iterable[float]) -> float:
    """Rounding of levels of an output of a run.

    Parameters
    ----------
    spec : OutputSpec
        The output.
    folder : RunFolder
        The run; staff are rounded by what it needs in all.
    where : mapping
        Rows that are kept.
    levels : iterable of float
        What is shown; it says how anything else is rounded.
    """
    if spec.unit == "FTE":
        table = folder.table(["required_fte"], where)
        months = folder.months[-1]
        total = summarise(table, "required_fte", (), months, basis=folder.timing_basis)["value"].median()
        return float(staff_step(float(total)))
    return 1.0 if spec.unit == "per cent" else significant(levels)


def difference_step(spec: OutputSpec, level_step: float, differences: pd.DataFrame) -> float:
    """Step of the levels, or finer where every difference is so small that it would vanish.

    Parameters
    ----------
    spec : OutputSpec
        The output.
    level_step : float
        Rounding of its levels.
    differences : pandas.DataFrame
        Columns central, low and high.
    """
    sizes = [
        abs(value)
        for column in ("central", "low", "high")
        for value in differences[column]
        if math.isfinite(value)
    ]
    largest = max(sizes, default=0.0)
    if spec.unit == "per cent":
        return 0.1
    steps: Sequence[float] = (
        (level_step, 10.0, 1.0, 0.1) if spec.unit == "FTE" else (level_step, significant([largest], 2))
    )
    fine = [step for step in steps if step <= level_step and step * 10 <= largest]
    return fine[0] if fine else min(steps)


def said(line: pd.Series, spec: OutputSpec, step: float, sign: bool = False) -> str:
    """A figure with its range, as it stands in a sentence.

    Parameters
    ----------
    line : pandas.Series
        With central, low and high.
    spec : OutputSpec
        The output.
    step : float
        Rounding.
    sign : bool
        Whether it is a difference; one that is nothing in every draw needs no range.

    Examples
    --------
    >>> from capacity_sim.catalogue import load
    >>> line = pd.Series({"central": -1112.0, "low": -1161.0, "high": -1013.0})
    >>> said(line, load().outputs["gap_fte"], 50, sign=True)
    '-1,100 FTE (-1,150 to -1,000)'
    >>> said(pd.Series({"central": 0.3, "low": 0.1, "high": 0.8}), load().outputs["gap_fte"], 1)
    'less than 1 FTE (0 to 1)'
    """
    if sign and not any(line[["central", "low", "high"]].fillna(0.0)):
        step, line = 1.0, line[["central"]].reindex(["central", "low", "high"])
    unit = {"per cent": " percentage points" if sign else "%"}.get(spec.unit, f" {spec.unit}")
    spread = interval(line["low"], line["high"], step, sign)
    middle = number(line["central"], step, sign) if sign else small(line["central"], step)
    return f"{middle}{unit}" + (f" ({spread})" if spread else "")
