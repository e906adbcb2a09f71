"""Fan chart: one output month by month, with bands that widen as less is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from capacity_sim.analysis.compare import output
from capacity_sim.analysis.over_time import LEVELS, percentiles
from capacity_sim.analysis.spread import range_kind
from capacity_sim.runs.store import RunFolder
from capacity_sim.show import words
from capacity_sim.show.charts.needed import month_axis
from capacity_sim.show.charts.style import (
    BLUE,
    GREY,
    INK,
    STYLE,
    WIDE,
    band_words,
    described,
    headed,
    source_words,
    thousands,
)
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import number, significant
from capacity_sim.show.tables import measure_title

if TYPE_CHECKING:
    from capacity_sim.show.charts.chart import Chart

#: strength of the colour of each pair of bands, from the outside
_PALE = (0.18, 0.34)


def fan(
    folder: RunFolder,
    measure: str = "gap_fte",
    *,
    area: str | None = "sentence_management",
    months: Sequence[str] | None = None,
    less: RunFolder | None = None,
    source: str = "",
) -> Chart:
    """One output month by month: its middle, half of the draws around it, and eight in ten.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    measure : str
        Output of the catalogue.
    area : str or None
        Area of work; None for measures that have none, or for all.
    months : sequence of str, optional
        Months to draw; all of them by default.
    less : RunFolder, optional
        A run that is taken off it, draw by draw.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.

    Raises
    ------
    UsageError
        For an unknown output.
    NotComparableError
        When the two runs differ in more than their scenario.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    spec = output(measure)
    where = {"area": area} if area else {}
    found = percentiles(folder, measure, months, where=where, less=less)
    at = np.arange(len(found))
    middle = found[50].to_numpy()
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 4.4), layout="constrained")
        axes = figure.subplots()
        for (low, high), strength in zip(((10, 90), (25, 75)), _PALE, strict=True):
            axes.fill_between(
                at, found[low], found[high], color=BLUE, alpha=strength, linewidth=0, label=f"{low} to {high}%"
            )
        axes.plot(at, middle, color=BLUE, linewidth=1.9, label="middle")
        if (found[LEVELS[0]] < 0).any() or less is not None:
            axes.axhline(0, color=GREY, linewidth=0.9)
        elif spec.unit == "FTE":
            axes.set_ylim(bottom=0)
        month_axis(axes, list(found.index))
        thousands(axes)
        axes.set_ylabel(spec.unit)
        for level, text in ((90, "9 in 10 below"), (50, "middle"), (10, "1 in 10 below")):
            axes.annotate(
                text, xy=(at[-1], found[level].iloc[-1]), xytext=(6, {90: 3, 50: 0, 10: -3}[level]),
                textcoords="offset points", va="center", fontsize=8, color=INK, annotation_clip=False,
            )  # fmt: skip
        axes.set_title(_named(folder, less), loc="left", fontsize=10, fontweight="bold")
        kind = range_kind(folder)
        folders = [folder] if less is None else [less, folder]
        foot = (
            f"{spec.words} {band_words(kind, folder, '10th to 90th and 25th to 75th percentile')}",
            source_words(folders, source),
        )
        headed(figure, _title(folder, measure, area), foot)
    step = float(staff_step(abs(float(np.nanmax(np.abs(middle)))))) if spec.unit == "FTE" else significant(middle)
    last = found.iloc[-1]
    alt = (
        f"{_title(folder, measure, area)}, {spec.unit}: {_named(folder, less)}. In {words.month_name(found.index[-1])} "
        f"the middle is {number(last[50], step)}, and eight draws in ten lie between {number(last[10], step)} and "
        f"{number(last[90], step)}; in {words.month_name(found.index[0])} it was {number(middle[0], step)}."
    )
    return described(figure, alt)


def _named(folder: RunFolder, less: RunFolder | None) -> str:
    return folder.name if less is None else f"{folder.name} less {less.name}"


def _title(folder: RunFolder, measure: str, area: str | None) -> str:
    spec = output(measure)
    inside = f", {words.area_name(area).lower()}" if area else ""
    return f"{measure_title(spec)}{inside}, {folder.place}"
