"""One output of several runs month by month, and below it what each takes off the first or adds to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from capacity_sim.analysis.compare import check_alike, output
from capacity_sim.analysis.over_time import percentiles
from capacity_sim.analysis.spread import range_kind
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.show import words
from capacity_sim.show.charts.needed import Line, panel
from capacity_sim.show.charts.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    STYLE,
    WIDE,
    band_words,
    described,
    headed,
    source_words,
)
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import number, significant
from capacity_sim.show.tables import measure_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

#: looks of the runs after the first, which is grey; more than these cannot be told apart
_LOOKS = tuple((colour, dash) for dash in ("-", "--") for colour in (BLUE, ORANGE, GREEN, PURPLE))
MOST = 1 + len(_LOOKS)


def runs_over_time(
    folders: Sequence[RunFolder],
    measure: str = "gap_fte",
    *,
    area: str | None = "sentence_management",
    where: Where | None = None,
    band: tuple[float, float] = (10, 90),
    marks: Mapping[str, dt.date] | None = None,
    source: str = "",
) -> Chart:
    """One output of several runs month by month, and the paired difference of each from the first.

    Parameters
    ----------
    folders : sequence of RunFolder
        Runs that differ in their scenario alone.
    measure : str
        Output of the catalogue.
    area : str or None
        Area of work; None for measures that have none, or for all.
    where : mapping, optional
        Column and the value or values to keep, beside the area.
    band : tuple of float
        Percentiles over the draws at which the bands end.
    marks : mapping of name to datetime.date, optional
        Days on which something starts, drawn as lines with their names.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one time axis; one for a single run.

    Raises
    ------
    UsageError
        For an unknown output, ends of a band out of order, or more runs than can be told apart.
    NotComparableError
        When the runs differ in more than their scenario.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    spec = output(measure)
    low, high = band
    if not 0 <= low < 50 < high <= 100:
        hint = "the ends are percentiles below and above 50, such as 10 and 90"
        raise UsageError(Fault("not-a-band", f"{low:g} to {high:g} is not a band around the middle", hint=hint))
    if len(folders) > MOST:
        message = f"{len(folders)} runs cannot be told apart in one chart"
        raise UsageError(Fault("too-many-runs", message, hint=f"draw at most {MOST}"))
    check_alike(folders)
    base, months = folders[0], list(folders[0].months)
    kept = {**({"area": area} if area else {}), **(where or {})}

    def line(folder: RunFolder, place: int, less: RunFolder | None = None) -> Line:
        found = percentiles(folder, measure, months, where=kept, less=less, levels=(low, 50, high))
        colour, dash = _LOOKS[place - 1] if place else (GREY, "-")
        middle, below, above = (found[level].to_numpy(dtype=np.float64) for level in (50, low, high))
        return Line(folder.name, colour, dash, middle, below, above)

    levels = [line(one, place) for place, one in enumerate(folders)]
    less = [line(one, place, base) for place, one in enumerate(folders) if place]
    title = ", ".join(
        [measure_title(spec), *([words.area_name(area).lower()] if area else []), *_named(where or {})]
    )
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 6.6 if less else 4.6), layout="constrained")
        panels = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2)) if less else [figure.subplots()]
        panel(panels[0], months, levels, title, spec.unit)
        if min(float(np.nanmin(one.low)) for one in levels) >= 0:
            panels[0].set_ylim(bottom=0)
        if less:
            panel(panels[1], months, less, f"Less {base.name}", spec.unit)
            panels[1].axhline(0, color=GREY, linewidth=0.8)
        panels[-1].set_xlabel("Month")
        for axes in panels:
            _mark(axes, months, marks or {}, axes is panels[0])
        said = f"{low:g}th to {high:g}th percentile"
        foot = (
            f"{spec.words} {band_words(range_kind(base), base, said)}"
            + (" Differences are paired, draw by draw." if less else ""),
            source_words(folders, source),
        )
        headed(figure, base.place, foot)
    return described(figure, _alt(f"{title}, {base.place}, {spec.unit}", base, levels, less, marks or {}))


def _named(where: Where) -> list[str]:
    """What is kept, in words."""
    return [value if isinstance(value, str) else " and ".join(map(str, value or ())) for value in where.values()]


def _mark(axes: Axes, months: Sequence[str], marks: Mapping[str, dt.date], named: bool) -> None:
    """Lines where something starts, with their names down the line."""
    for name, day in marks.items():
        month = f"{day:%Y-%m}"
        if month not in months:
            continue
        at = months.index(month) + (day.day - 1) / 31 - 0.5
        axes.axvline(at, color=GREY, linewidth=0.9, linestyle=":")
        if named:
            axes.annotate(
                name, xy=(at, 0.02), xycoords=("data", "axes fraction"), xytext=(2, 0), textcoords="offset points",
                rotation=90, va="bottom", ha="left", fontsize=7, color=GREY,
            )  # fmt: skip


def _alt(
    title: str, base: RunFolder, levels: Sequence[Line], less: Sequence[Line], marks: Mapping[str, dt.date]
) -> str:
    largest = max(float(np.nanmax(np.abs(one.central))) for one in levels)
    step = float(staff_step(largest)) if title.endswith("FTE") else significant([largest])
    last = words.month_name(base.months[-1])
    said = "; ".join(f"{one.label} {number(one.central[-1], step)}" for one in levels)
    text = f"{title}, {words.month_name(base.months[0])} to {last}. In {last}: {said}."
    if less:
        moved = "; ".join(f"{one.label} {number(one.central[-1], step, sign=True)}" for one in less)
        text += f" Less {base.name}: {moved}."
    if marks:
        text += " Marked: " + ", ".join(f"{name} from {day}" for name, day in marks.items()) + "."
    return text
