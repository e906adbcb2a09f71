"""Charts of results, as an analyst would put them in a paper: labelled, with units, bands and sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.compare import Comparison, compare
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.writer import writing
from capacity_sim.show import words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Okabe and Ito's colours, which stay apart for colour-blind readers
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5A5A5A"
#: the house form of every chart
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E3E3E3",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "svg.hashsalt": "capacity-sim",
    "svg.fonttype": "none",
}
_BAND = 0.18
#: months from which only every March is named
_MANY = 30


@dataclass(frozen=True)
class _Line:
    """One line of a panel: months as numbers, its middle, and the band around it."""

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
) -> Figure:
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
    from matplotlib.figure import Figure

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
        figure = Figure(figsize=(8.2, 6.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        timing = words.BASES[base.timing_basis].partition(" (")[0]
        _panel(upper, chosen, levels, f"{words.area_name(area)} staff needed (on {timing}) and in post")
        figure.suptitle(base.place, x=0.01, ha="left", fontsize=11, fontweight="bold")
        upper.set_ylim(bottom=0)
        _panel(
            lower, chosen, differences, f"Difference that {other.name} makes ({other.name} less {base.name})"
        )
        lower.axhline(0, color=GREY, linewidth=0.8)
        lower.set_xlabel("Month")
        figure.supxlabel(_foot(needed, source), fontsize=7, color=GREY, x=0.01, ha="left", wrap=True)
    return figure


def save(figure: Figure, stem: Path, alt: str = "") -> tuple[Path, Path]:
    """Write a chart as PNG and SVG; the same chart gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The chart.
    stem : Path
        Path without ending.
    alt : str
        What the chart shows, for a reader who cannot see it; kept in both files.

    Returns
    -------
    tuple of Path
        The PNG and the SVG.

    Raises
    ------
    RunError
        When the folder cannot be written; no part of a chart is left.
    """
    from matplotlib import rc_context

    png, svg = stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")
    with writing(stem.parent), rc_context(STYLE):
        stem.parent.mkdir(parents=True, exist_ok=True)
        said = {"Description": alt} if alt else {}
        for file, metadata in ((png, {"Software": None, **said}), (svg, {"Date": None, "Creator": None, **said})):
            part = file.with_name(f".{file.name}.part")
            try:
                figure.savefig(part, format=file.suffix[1:], dpi=160, metadata=metadata)
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)
    return png, svg


def _line(found: Comparison, folder: RunFolder, row: str, label: str, colour: str, dash: str) -> _Line:
    frame = found.frame
    rows = frame[(frame["scenario"] == folder.name) & (frame["row"] == row)].set_index("month")
    rows = rows.reindex(list(found.months))
    central, low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("central", "low", "high"))
    return _Line(label, colour, dash, central, low, high)


def _same(found: Comparison, base: RunFolder, other: RunFolder) -> bool:
    """Whether two runs have the same line, so that one is enough."""
    lines = [_line(found, folder, "level", "", "", "-").central for folder in (base, other)]
    return bool(np.allclose(lines[0], lines[1], rtol=0.002))


def _panel(axes: Axes, months: Sequence[str], lines: Sequence[_Line], title: str) -> None:
    from matplotlib.ticker import FuncFormatter

    at = np.arange(len(months))
    for line in lines:
        if np.isfinite(line.low).all():
            axes.fill_between(at, line.low, line.high, color=line.colour, alpha=_BAND, linewidth=0)
        axes.plot(at, line.central, color=line.colour, linestyle=line.dash, linewidth=1.8)
    axes.margins(y=0.12)
    _name_ends(axes, at[-1], lines)
    named = ("-03",) if len(months) > _MANY else ("-03", "-06", "-09", "-12")
    ticks = [number for number, month in enumerate(months) if month.endswith(named)] or [0]
    axes.set_xticks(ticks, [words.month_name(months[number], short=True) for number in ticks])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_ylabel("Full-time equivalent staff (FTE)")
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")


def _name_ends(axes: Axes, end: float, lines: Sequence[_Line]) -> None:
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


def _foot(found: Comparison, source: str) -> str:
    base = found.folders[0]
    band = {
        RangeKind.DRAWS: f"Bands: 10th to 90th percentile of {base.draws} draws of uncertain assumptions.",
        RangeKind.CHANCE: f"Bands: chance only, 10th to 90th percentile of {base.reps} replications.",
        RangeKind.NONE: "No bands: one draw and one replication.",
    }[found.kind]
    runs = " and ".join(folder.path.name for folder in found.folders)
    return f"{band} Differences are paired, draw by draw.\nSource: {source or 'Capacity Sim'}; runs {runs}."
