"""The pipeline of trainees: who starts, drops out and qualifies in each half-year, and who is in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from capacity_sim.analysis.compare import NEVER_ZERO
from capacity_sim.analysis.spread import range_kind, spread
from capacity_sim.catalogue import load
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise
from capacity_sim.show import words
from capacity_sim.show.charts.needed import month_axis
from capacity_sim.show.charts.style import (
    BAND,
    BLUE,
    GREEN,
    INK,
    ORANGE,
    STYLE,
    WIDE,
    band_words,
    described,
    headed,
    source_words,
    thousands,
)
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

#: flows of trainees, where a run has them: name, colour and side of the line
_FLOWS = {
    "staff_joined": ("start", BLUE, 1.0),
    "staff_moved_out": ("qualify", GREEN, -1.0),
    "staff_left": ("leave or drop out", ORANGE, -1.0),
}
_TRAINEE = {"grade": "trainee"}
_HALF = 6


def pipeline(folder: RunFolder, source: str = "") -> Chart:
    """Trainees in training month by month, and those who start, qualify and leave in each half-year.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        Trainees in post (FTE) with their range; below it the flows of each half-year, where the run has them.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    flows = [name for name in _FLOWS if name in load().outputs]
    table = folder.table(["in_post_fte", *flows, NEVER_ZERO])
    stock = spread(summarise(table, "in_post_fte", ["month"], where=_TRAINEE), ["month"]).set_index("month")
    stock = stock.reindex(list(folder.months))
    halves = {name: _halves(table, name) for name in flows if (table["measure"] == name).any()}
    whole, part = _whole_halves(folder.months)
    title = f"Trainees: {folder.name}, {folder.place}"
    at = np.arange(len(stock))
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 3.4 + (2.4 if halves else 0.0)), layout="constrained")
        panels = figure.subplots(2 if halves else 1, 1, sharex=True, squeeze=False)[:, 0]
        if stock["low"].notna().all():
            panels[0].fill_between(at, stock["low"], stock["high"], color=BLUE, alpha=BAND, linewidth=0)
        panels[0].plot(at, stock["central"], color=BLUE, linewidth=1.8)
        panels[0].set_ylim(bottom=0)
        panels[0].set_ylabel("FTE in post")
        panels[0].set_title("In training, all areas of work", loc="left", fontsize=10, fontweight="bold")
        thousands(panels[0])
        if halves:
            _draw(panels[1], halves, list(folder.months))
        month_axis(panels[-1], list(folder.months))
        foot = (band_words(range_kind(folder), folder), _part_words(part) if halves else "")
        headed(figure, title, (" ".join(foot).strip(), source_words([folder], source)))
    first, last = stock.iloc[0]["central"], stock.iloc[-1]["central"]
    said = "; ".join(
        f"{_FLOWS[name][0]} {number(float(one.reindex(whole).mean()), 1)} a half-year on average"
        for name, one in halves.items()
        if whole
    )
    alt = (
        f"{title}. In training in {words.month_name(folder.months[0])}: {number(first, 1)} FTE; in "
        f"{words.month_name(folder.months[-1])}: {number(last, 1)}.{f' {said}.' if said else ''}"
    )
    return described(figure, alt)


def _halves(table: pd.DataFrame, name: str) -> pd.Series:
    """Middle of the draws of a flow, by the half-year that begins with an intake (March or September)."""
    total = summarise(table, name, ["month"], where=_TRAINEE)
    start = [_half(str(month)) for month in total["month"]]
    sums = total.assign(half=start).groupby(["draw", "rep", "half"])["value"].sum()
    return sums.groupby("half").median()


def _whole_halves(months: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Half-years of which the run has every month; and the months that it has of each other one.

    Examples
    --------
    >>> _whole_halves(["2026-02", *(f"2026-{month:02}" for month in range(3, 10))])
    (['2026-03'], {'2025-09': 1, '2026-09': 1})
    """
    found = Counter(_half(month) for month in months)
    return [half for half, many in found.items() if many == _HALF], {h: n for h, n in found.items() if n < _HALF}


def _part_words(part: Mapping[str, int]) -> str:
    """Which half-years are not whole, so that their lower bars are not read as a fall."""
    said = " and ".join(f"that from {words.month_name(half)} ({many} of 6 months)" for half, many in part.items())
    return f"Not whole: {said}." if said else ""


def _half(month: str) -> str:
    """First month of the half-year of a month.

    Examples
    --------
    >>> _half("2026-02"), _half("2026-03"), _half("2026-10")
    ('2025-09', '2026-03', '2026-09')
    """
    year, number = int(month[:4]), int(month[5:])
    if number < 3:
        return f"{year - 1}-09"
    return f"{year}-03" if number < 9 else f"{year}-09"


def _draw(axes: Axes, halves: dict[str, pd.Series], months: list[str]) -> None:
    """Bars of each half-year: who comes above the line, who goes below it."""
    place = {month: at for at, month in enumerate(months)}
    below: dict[str, float] = {}
    for name, one in halves.items():
        label, colour, side = _FLOWS[name]
        for half, value in one.items():
            at = place.get(str(half), 0)
            base = below.get(str(half), 0.0) if side < 0 else 0.0
            axes.bar(at + 2.5, side * value, bottom=base, width=5.0, color=colour, linewidth=0)
            if side < 0:
                below[str(half)] = base + side * value
        axes.bar(0, 0, color=colour, label=label)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylabel("Heads in a half-year")
    axes.set_title("Who comes and goes", loc="left", fontsize=10, fontweight="bold")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=8, frameon=False, borderaxespad=0.1)
