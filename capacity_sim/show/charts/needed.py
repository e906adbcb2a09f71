"""Staff needed, funded and in post over time, and what one scenario changes beside another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.compare import Comparison, compare
from capacity_sim.analysis.spread import range_kind, spread
from capacity_sim.catalogue import load
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise
from capacity_sim.show import words
from capacity_sim.show.charts.style import (
    BAND,
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
    thousands,
)
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

#: measures of staff, with colour, dash and name
_STAFF = {
    "required_fte": (BLUE, "-", "needed"),
    "funded_fte": (PURPLE, "-.", "funded"),
    "in_post_fte": (ORANGE, "-", "in post"),
    "available_fte": (GREEN, "--", "available"),
}
#: months from which only every March is named
_MANY = 30


@dataclass(frozen=True)
class Line:
    """One line of a panel: its name and look, its middle month by month, and the band around it."""

    label: str
    colour: str
    dash: str
    central: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def needed_against_in_post(
    base: RunFolder,
    other: RunFolder,
    *,
    area: str = "sentence_management",
    months: Sequence[str] | None = None,
    source: str = "",
) -> Chart:
    """Staff needed and in post in two runs, and below it the paired difference between them.

    Parameters
    ----------
    base, other : RunFolder
        Runs that differ in their scenario alone.
    area : str
        Area of work.
    months : sequence of str, optional
        Months to draw; all of them by default.
    source : str
        Line that says where the figures come from, printed below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels on one time axis. Bands are the 10th to 90th percentile of the draws.

    Raises
    ------
    NotComparableError
        When the runs differ in more than their scenario.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    chosen = list(months or base.months)
    parts = {
        measure: compare([base, other], measure, chosen, where={"area": area})
        for measure in ("required_fte", "in_post_fte", "gap_fte")
    }
    needed, in_post, gap = parts["required_fte"], parts["in_post_fte"], parts["gap_fte"]
    levels = [
        _line(needed, base, "level", f"needed, {base.name}", GREY, "-"),
        _line(needed, other, "level", f"needed, {other.name}", BLUE, "-"),
    ]
    if _same(in_post, base, other):
        levels.append(_line(in_post, other, "level", "in post, both", ORANGE, "-"))
    else:
        levels += [
            _line(in_post, folder, "level", f"in post, {folder.name}", ORANGE, dash)
            for folder, dash in ((base, "--"), (other, "-"))
        ]
    differences = [_line(needed, other, "difference", "needed", BLUE, "-")]
    available = _line(gap, other, "difference", "gap (needed less available)", GREEN, "--")
    if not np.allclose(available.central, differences[0].central, atol=1.0):
        differences.append(available)
    with rc_context(STYLE):
        figure = Chart(figsize=(8.2, 6.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        timing = words.BASES[base.timing_basis].partition(" (")[0]
        panel(upper, chosen, levels, f"{words.area_name(area)} staff needed (on {timing}) and in post")
        upper.set_ylim(bottom=0)
        panel(
            lower, chosen, differences, f"Difference that {other.name} makes ({other.name} less {base.name})"
        )
        lower.axhline(0, color=GREY, linewidth=0.8)
        lower.set_xlabel("Month")
        foot = (
            f"{band_words(needed.kind, base)} Differences are paired, draw by draw.",
            source_words([base, other], source),
        )
        headed(figure, base.place, foot)
    return described(figure, _alt_of_pair(levels, differences, base, other, chosen, area))


def needed_funded_in_post(
    folder: RunFolder, *, area: str = "sentence_management", months: Sequence[str] | None = None, source: str = ""
) -> Chart:
    """Staff needed, funded (where a run has it), in post and available in one run.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    area : str
        Area of work.
    months : sequence of str, optional
        Months to draw; all of them by default.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        One panel. Bands are the 10th to 90th percentile of the draws.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    chosen = list(months or folder.months)
    known = [measure for measure in _STAFF if measure in load().outputs]
    table = folder.table(known, {"area": [area, None]})
    lines = []
    for measure in known:
        if not (table["measure"] == measure).any():
            continue
        total = summarise(table, measure, ["month"], chosen, where={"area": area}, basis=folder.timing_basis)
        found = spread(total, ["month"]).set_index("month").reindex(chosen)
        colour, dash, label = _STAFF[measure]
        central, low, high = (found[name].to_numpy(dtype=np.float64) for name in ("central", "low", "high"))
        lines.append(Line(label, colour, dash, central, low, high))
    timing = words.BASES[folder.timing_basis].partition(" (")[0]
    said = ", ".join(line.label for line in lines)
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 4.6), layout="constrained")
        axes = figure.subplots()
        panel(axes, chosen, lines, f"{words.area_name(area)} staff, needed on {timing}")
        axes.set_ylim(bottom=0)
        headed(
            figure,
            f"{folder.title}: {folder.place}",
            (
                f"{band_words(range_kind(folder), folder)} Available: in post less what trainees, newly qualified "
                "officers and mentors cannot carry.",
                source_words([folder], source),
            ),
        )
    last = words.month_name(chosen[-1])
    ends = "; ".join(f"{line.label} {number(line.central[-1], step_of(lines))}" for line in lines)
    alt = f"{words.area_name(area)} staff in {folder.place}, FTE: {said}. In {last}: {ends}."
    return described(figure, alt)


def _line(found: Comparison, folder: RunFolder, row: str, label: str, colour: str, dash: str) -> Line:
    frame = found.frame
    rows = frame[(frame["scenario"] == folder.name) & (frame["row"] == row)].set_index("month")
    rows = rows.reindex(list(found.months))
    central, low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("central", "low", "high"))
    return Line(label, colour, dash, central, low, high)


def _same(found: Comparison, base: RunFolder, other: RunFolder) -> bool:
    """Whether two runs have the same line, so that one is enough."""
    lines = [_line(found, folder, "level", "", "", "-").central for folder in (base, other)]
    return bool(np.allclose(lines[0], lines[1], rtol=0.002))


def panel(
    axes: Axes, months: Sequence[str], lines: Sequence[Line], title: str, unit: str = "Full-time equivalent staff (FTE)"
) -> None:
    """Lines with their bands over months, each named at its right end."""
    at = np.arange(len(months))
    for line in lines:
        if np.isfinite(line.low).all():
            axes.fill_between(at, line.low, line.high, color=line.colour, alpha=BAND, linewidth=0)
        axes.plot(at, line.central, color=line.colour, linestyle=line.dash, linewidth=1.8)
    axes.margins(y=0.12)
    _name_ends(axes, at[-1], lines)
    month_axis(axes, months)
    thousands(axes)
    axes.set_ylabel(unit)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")


def month_axis(axes: Axes, months: Sequence[str]) -> None:
    """Months along the foot of a panel; of a long run every March."""
    named = ("-03",) if len(months) > _MANY else ("-03", "-06", "-09", "-12")
    ticks = [number for number, month in enumerate(months) if month.endswith(named)] or [0]
    axes.set_xticks(ticks, [words.month_name(months[number], short=True) for number in ticks])


def _name_ends(axes: Axes, end: float, lines: Sequence[Line]) -> None:
    """Name each line at its right end, moved apart where names would touch."""
    values = np.concatenate([part for line in lines for part in (line.central, line.low, line.high)])
    values = values[np.isfinite(values)]
    room = 0.085 * (float(np.ptp(np.append(values, 0.0))) or 1.0)
    place = -np.inf
    for line in sorted(lines, key=lambda line: float(line.central[-1])):
        place = max(float(line.central[-1]), place + room)
        axes.annotate(
            line.label,
            xy=(end, line.central[-1]),
            xytext=(end + 0.6 + 0.01 * end, place),
            color=line.colour,
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _alt_of_pair(
    levels: Sequence[Line],
    differences: Sequence[Line],
    base: RunFolder,
    other: RunFolder,
    months: Sequence[str],
    area: str,
) -> str:
    last = words.month_name(months[-1])
    said = "; ".join(f"{line.label} {number(line.central[-1], step_of(levels))}" for line in levels)
    less = "; ".join(f"{line.label} {number(line.central[-1], step_of(levels), sign=True)}" for line in differences)
    return (
        f"{words.area_name(area)} staff in {base.place}, FTE, {words.month_name(months[0])} to {last}. "
        f"In {last}: {said}. Difference that {other.name} makes: {less}."
    )


def step_of(lines: Sequence[Line]) -> float:
    """Rounding of staff by the size of what is drawn (FTE)."""
    return staff_step(max(float(np.nanmax(line.central)) for line in lines))
