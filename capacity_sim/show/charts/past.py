"""Chart of the past, rerun: simulated with and without hindsight, published, and the simpler forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from capacity_sim.analysis.hindcast import EX_ANTE, EX_POST, FIGURE_8, NO_CHANGE, Line, Past, Track
from capacity_sim.show.charts.style import (
    BAND,
    BLUE,
    GREY,
    INK,
    ORANGE,
    STYLE,
    described,
    headed,
    source_words,
    thousands,
)
from capacity_sim.show.sheet import number
from capacity_sim.show.words import month_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LOOK = {EX_ANTE: (ORANGE, "--"), EX_POST: (BLUE, "-")}
_WORDS = {EX_ANTE: "ex ante: as known at the start", EX_POST: "ex post: what happened as input"}


def past_chart(found: Past, source: str = "") -> Figure:
    """Each charted series: the two runs with their ranges, published figures, no change and Figure 8.

    Parameters
    ----------
    found : Past
        The past, rerun.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        The first series above, the others in a row below it.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(track.series.id for track in found.tracks))
    below = max(1, len(names) - 1)
    with rc_context(STYLE):
        figure = Figure(figsize=(9.4, 7.4 if len(names) > 1 else 4.6), layout="constrained")
        rows = 2 if len(names) > 1 else 1
        grid = figure.add_gridspec(rows, below, height_ratios=(3, 2)[:rows])
        for at, name in enumerate(names):
            axes = figure.add_subplot(grid[0, :] if at == 0 else grid[1, at - 1])
            _panel(axes, found, name, wide=at == 0)
        figure.axes[0].legend(loc="upper left", frameon=False, fontsize=8, ncols=2)
        folder = found.folders[EX_ANTE]
        ranges = (
            f"Bands: 10th to 90th percentile of {folder.draws} draws of uncertain assumptions."
            if folder.draws > 1
            else "No bands: one draw."
        )
        shown = "FTE: full-time equivalent staff. No change: the first figure, held."
        foot = (f"{ranges} {shown}", source_words(list(found.folders.values()), source))
        headed(figure, f"The past, rerun: {found.dataset.title}", foot)
    return described(figure, alt_text(found))


def alt_text(found: Past) -> str:
    """What the chart shows, for a reader who cannot see it."""
    parts = []
    for name in dict.fromkeys(track.series.id for track in found.tracks):
        line = found.of(name)[-1]
        post, ante = line.forecasts[EX_POST], line.forecasts[EX_ANTE]
        step = _step(line)
        parts.append(
            f"{line.series.words} in {month_name(line.target.date[:7])}: published {number(line.published, step)}, "
            f"ex post {number(post.value, step)}, ex ante {number(ante.value, step)}"
        )
    return f"The past, rerun: {found.dataset.title}. {'. '.join(parts)}."


def _step(line: Line) -> float:
    return {"FTE": 10.0, "persons": 100.0}.get(line.target.unit, 0.1)


def _when(month: str) -> float:
    """Place of a month's end on the axis, in years."""
    return int(month[:4]) + int(month[5:7]) / 12


def _panel(axes: Axes, found: Past, name: str, *, wide: bool) -> None:
    lines = found.of(name)
    tracks = [track for track in found.tracks if track.series.id == name]
    for track in tracks:
        _track(axes, track)
    at = [_when(line.target.date[:7]) for line in lines]
    start = _when(f"{found.dataset.start:%Y-%m}")
    plain = [line.forecasts[NO_CHANGE].value for line in lines if NO_CHANGE in line.forecasts]
    if plain:
        axes.plot([start, at[-1]], [plain[0]] * 2, color=GREY, linewidth=1.2, linestyle=":", label="no change")
    marches = [line for line in lines if FIGURE_8 in line.forecasts]
    if marches:
        places = [_when(line.target.date[:7]) for line in marches]
        values = [line.forecasts[FIGURE_8].value for line in marches]
        axes.plot(
            places, values, color=GREY, marker="^", markersize=5.5, linewidth=0.9, linestyle="-.",
            label="Figure 8 method (NAO)",
        )  # fmt: skip
    published = [line.published for line in lines]
    axes.plot(at, published, color=INK, marker="o", markersize=4.5, linestyle="none", label="published", zorder=5)
    unit = {"FTE": "FTE", "persons": "people", "percent": "per cent"}.get(lines[0].target.unit, lines[0].target.unit)
    axes.set_title(f"{lines[0].series.words} ({unit})", loc="left", fontsize=10 if wide else 8.5, fontweight="bold")
    years = range(int(start), int(max(_when(track.months[-1]) for track in tracks)) + 1)
    ticks = [year + 3 / 12 for year in years][1:]
    axes.set_xticks(ticks, [f"Mar {year if wide else str(year)[2:]}" for year in years][1:])
    axes.margins(y=0.18 if wide else 0.1)
    thousands(axes)


def _track(axes: Axes, track: Track) -> None:
    colour, dash = _LOOK[track.method]
    at = [_when(month) for month in track.months]
    middle = [one.value for one in track.forecasts]
    ends = [(one.low, one.high) for one in track.forecasts]
    if all(low is not None and high is not None for low, high in ends):
        low, high = (np.array([end[side] for end in ends], dtype=np.float64) for side in (0, 1))
        axes.fill_between(at, low, high, color=colour, alpha=BAND, linewidth=0)
    axes.plot(at, middle, color=colour, linestyle=dash, linewidth=1.8, label=_WORDS[track.method])
