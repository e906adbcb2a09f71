"""The house form of every chart: colours, words that go with it, and the files it is written to."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from capacity_sim.analysis.spread import RangeKind
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.writer import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Okabe and Ito's colours, which stay apart for colour-blind readers
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5A5A5A"
PURPLE = "#CC79A7"
INK, PALE, END = "#222222", "#D9D9D9", "#A6A6A6"
#: from light to dark, so that they stay apart in grey: what is well, what is not, what is worst
LIGHT, MIDDLE, DARK = "#DCE9F2", "#E8A15C", "#7A1F1F"
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
F = TypeVar("F", bound="Figure")
BAND = 0.18
WIDE, DPI = 8.2, 160
_FOOT = 150


def described(figure: F, alt: str) -> F:
    """Figure that carries what it shows, for a reader who cannot see it; `alt_of` reads it."""
    figure.set_label(alt)
    return figure


def alt_of(figure: Figure) -> str:
    """What a chart shows, for a reader who cannot see it.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> alt_of(described(Figure(), "Staff needed fall from 200 to 180."))
    'Staff needed fall from 200 to 180.'
    """
    return str(figure.get_label())


def headed(figure: Figure, title: str, foot: Sequence[str], wide: int = 95) -> None:
    """Title above a chart and the lines below it: what a band is, and where the figures come from."""
    figure.suptitle(textwrap.fill(title, wide), x=0.01, ha="left", fontsize=11, fontweight="bold")
    most = int(_FOOT * figure.get_figwidth() / 9.4)
    lines = [line for part in foot if part for line in textwrap.wrap(part, most, break_on_hyphens=False)]
    figure.supxlabel("\n".join(lines), fontsize=7, color=GREY, x=0.01, ha="left")


def in_rows(axes: Axes, names: Sequence[str] = (), most: int = 7) -> None:
    """Rows with their names down the left, the first on top, and numbers along the bottom.

    Parameters
    ----------
    axes : matplotlib Axes
        What holds bars or marks at the heights 0, 1 and so on.
    names : sequence of str
        Name of each row; none where the axes share those of others.
    most : int
        Numbers along the bottom at the most.
    """
    from matplotlib.ticker import MaxNLocator

    if names:
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(most))
    thousands(axes, "x")


def thousands(axes: Axes, which: str = "y") -> None:
    """Numbers of an axis with their thousands apart."""
    from matplotlib.ticker import FuncFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def band_words(kind: RangeKind, folder: RunFolder, band: str = "10th to 90th percentile") -> str:
    """What the bands of a run's chart are."""
    return {
        RangeKind.DRAWS: f"Bands: {band} of {folder.draws} draws of uncertain assumptions.",
        RangeKind.CHANCE: f"Bands: chance only, {band} of {folder.reps} replications.",
        RangeKind.NONE: "No bands: one draw and one replication.",
    }[kind]


def source_words(folders: Sequence[RunFolder], source: str = "") -> str:
    """Where the figures of a chart come from."""
    said = source or folders[0].source
    *names, last = dict.fromkeys(folder.path.name for folder in folders)
    runs = f"runs {', '.join(names)} and {last}" if names else f"run {last}"
    return f"Source: {said}; {runs}."


def save(figure: Figure, stem: Path, alt: str = "") -> tuple[Path, Path]:
    """Write a chart as PNG and SVG; the same chart gives the same bytes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The chart.
    stem : Path
        Path without ending.
    alt : str
        What the chart shows, for a reader who cannot see it; kept in both files. That of the figure by default.

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
    with rc_context(STYLE):
        said = alt or alt_of(figure)
        about = {"Description": said} if said else {}
        for file, metadata in ((png, {"Software": None, **about}), (svg, {"Date": None, "Creator": None, **about})):
            with whole(file) as part:
                figure.savefig(part, format=file.suffix[1:], dpi=DPI, metadata=metadata)
    return png, svg


def png_bytes(figure: Figure, dpi: int = DPI) -> bytes:
    """Chart as the bytes of a PNG file; the same chart gives the same bytes."""
    from matplotlib import rc_context

    file = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
    return file.getvalue()
