"""Where it sits: regions as a grid of tiles, delivery units by month, and officers by the cases they hold."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity_sim.analysis.compare import output
from capacity_sim.analysis.places import caseloads, regions, status
from capacity_sim.analysis.spread import RangeKind, range_kind
from capacity_sim.runs.schema import ILLUSTRATIVE
from capacity_sim.runs.store import RunFolder
from capacity_sim.show import words
from capacity_sim.show.charts.needed import month_axis
from capacity_sim.show.charts.style import (
    BLUE,
    DARK,
    GREY,
    INK,
    LIGHT,
    MIDDLE,
    ORANGE,
    STYLE,
    WIDE,
    band_words,
    described,
    headed,
    source_words,
)
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import interval, number
from capacity_sim.show.tables import measure_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

#: column and row of each probation region, roughly as they lie; others are set in rows of their own
TILES: Mapping[str, tuple[int, int]] = {
    "North East": (2, 0),
    "North West": (1, 1),
    "Yorkshire & the Humber": (2, 1),
    "Greater Manchester": (1, 2),
    "East Midlands": (2, 2),
    "Wales": (0, 3),
    "West Midlands": (1, 3),
    "East of England": (3, 2),
    "London": (3, 3),
    "South West": (0, 4),
    "South Central": (1, 4),
    "Kent, Surrey & Sussex": (2, 4),
}
_MOST_OFF = 40.0


def region_tiles(
    folder: RunFolder,
    measure: str = "gap_fte",
    *,
    month: str | None = None,
    area: str = "sentence_management",
    source: str = "",
) -> Chart:
    """Regions as tiles that lie roughly as they do on a map, shaded by the share of the staff needed that is missing.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    measure : str
        ``gap_fte`` or ``shortfall_fte``.
    month : str, optional
        The month; the last by default.
    area : str
        Area of work.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        A tile for each region with its name, the figure in FTE and the share with its range.
    """
    from matplotlib import rc_context
    from matplotlib.colors import LinearSegmentedColormap, Normalize
    from matplotlib.patches import Rectangle

    from capacity_sim.show.charts.chart import Chart

    month = month or folder.months[-1]
    found = regions(folder, measure, month, area)
    at = _places(list(found["region"]))
    shares = found["share"].to_numpy(dtype=np.float64)
    shade = LinearSegmentedColormap.from_list("gap", ["#F4F7FA", "#9CC3DC", "#2C7FB8", "#0B3C5D"])
    norm = Normalize(min(0.0, float(np.nanmin(shares))), max(1.0, float(np.nanmax(shares))))
    across, down = (max(place[i] for place in at.values()) + 1 for i in range(2))
    title = f"{measure_title(output(measure))} by region, {words.area_name(area).lower()}, {words.month_name(month)}"
    said = []
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Chart(figsize=(max(6.2, 1.75 * across + 0.4), 1.0 + 1.18 * down), layout="constrained")
        axes = figure.subplots()
        for line in found.to_dict("records"):
            left, top = at[str(line["region"])]
            colour = shade(norm(float(line["share"])))
            axes.add_patch(Rectangle((left + 0.03, top + 0.03), 0.94, 0.94, facecolor=colour, edgecolor="white"))
            ink = "white" if _dark(colour) else INK
            step = staff_step(float(line["needed"]))
            figures = number(float(line["central"]), step, sign=True)
            share = f"{float(line['share']):.0f}% of {number(float(line['needed']), step)} needed"
            span = interval(float(line["share_low"]), float(line["share_high"]), 1)
            name = textwrap.fill(str(line["region"]), 16)
            axes.text(left + 0.5, top + 0.2, name, ha="center", va="center", fontsize=8, color=ink, fontweight="bold")
            axes.text(left + 0.5, top + 0.5, f"{figures} FTE", ha="center", va="center", fontsize=10, color=ink)
            axes.text(left + 0.5, top + 0.7, share, ha="center", va="center", fontsize=7, color=ink)
            if span:
                axes.text(left + 0.5, top + 0.85, f"({span}%)", ha="center", va="center", fontsize=7, color=ink)
            said.append(f"{line['region']} {figures} ({float(line['share']):.0f}% of the staff needed)")
        axes.set_xlim(0, across)
        axes.set_ylim(down, 0)
        axes.set_axis_off()
        foot = (
            f"Shade: share of the staff needed, draw by draw; {_ranges(folder)} Regional figures rest on an assumed "
            "allocation of published totals: trust the country before a region.",
            source_words([folder], source),
        )
        headed(figure, f"{title}: {folder.name}", foot, int(9.8 * figure.get_figwidth()))
    return described(figure, f"{title}, {folder.name}: {'; '.join(said)}.")


def _ranges(folder: RunFolder) -> str:
    return {
        RangeKind.DRAWS: f"in brackets its 10th to 90th percentile over {folder.draws} draws.",
        RangeKind.CHANCE: f"in brackets its 10th to 90th percentile over {folder.reps} replications, chance only.",
        RangeKind.NONE: "one draw, so no ranges.",
    }[range_kind(folder)]


def _places(names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Column and row of each region; those that have no place of their own follow in rows of four."""
    known = {name: TILES[name] for name in names if name in TILES}
    if known:
        left, top = (min(place[i] for place in known.values()) for i in range(2))
        known = {name: (x - left, y - top) for name, (x, y) in known.items()}
    below = max((y for _, y in known.values()), default=-1) + 1
    others = [name for name in names if name not in known]
    return known | {name: (i % 4, below + i // 4) for i, name in enumerate(others)}


def _dark(colour: Any) -> bool:
    red, green, blue = colour[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.55


def status_months(folder: RunFolder, *, months: Sequence[str] | None = None, source: str = "") -> Chart:
    """Status of each delivery unit, month by month, as a heat map.

    Parameters
    ----------
    folder : RunFolder
        A run with its units kept.
    months : sequence of str, optional
        Months to draw; all of them by default.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each unit, by region. With one replication a cell is green, amber or red (light, middle, dark); with
        several, its shade is the mean of them.

    Raises
    ------
    UsageError
        When the run kept no units.
    """
    from matplotlib import rc_context
    from matplotlib.colors import LinearSegmentedColormap

    from capacity_sim.show.charts.chart import Chart

    found = status(folder, months)
    chosen = list(months or folder.months)
    found["score"] = found["amber"] + 2 * found["red"]
    wide = found.pivot(index=["region", "unit"], columns="month", values="score")[chosen]
    shade = LinearSegmentedColormap.from_list("status", [LIGHT, MIDDLE, DARK])
    units = [str(unit) for _, unit in wide.index]
    region_of = [str(region) for region, _ in wide.index]
    with rc_context({**STYLE, "axes.grid": False}):
        figure = Chart(figsize=(WIDE, 1.9 + 0.155 * max(len(units), 6)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(wide.to_numpy(), aspect="auto", cmap=shade, vmin=0, vmax=2, interpolation="nearest")
        axes.set_yticks(range(len(units)), units, fontsize=6.5)
        axes.tick_params(axis="y", length=0)
        month_axis(axes, chosen)
        _regions_beside(axes, region_of)
        bar = figure.colorbar(image, ax=axes, location="top", shrink=0.45, aspect=30, pad=0.01, anchor=(0.0, 0.0))
        bar.set_ticks([0, 1, 2], labels=["green", "amber", "red"])
        bar.outline.set_visible(False)
        many = folder.draws * folder.reps
        mean = f"Shade: mean of {many} replications. " if many > 1 else ""
        headed(figure, f"Status of delivery units: {folder.name}, {folder.place}", (
            (mean + (ILLUSTRATIVE if folder.illustrative else "")).strip(), source_words([folder], source),
        ))  # fmt: skip
    last = found[found["month"] == chosen[-1]]
    first = found[found["month"] == chosen[0]]
    alt = (
        f"Status of {len(units)} delivery units month by month, {folder.name}, {folder.place}. Red in "
        f"{words.month_name(chosen[0])}: {number(first['red'].sum(), 0.1)}; in {words.month_name(chosen[-1])}: "
        f"{number(last['red'].sum(), 0.1)}, amber {number(last['amber'].sum(), 0.1)} (means over replications)."
    )
    return described(figure, alt)


def _regions_beside(axes: Axes, region_of: Sequence[str]) -> None:
    """Line between regions, and their names at the right."""
    for region in dict.fromkeys(region_of):
        rows = [place for place, name in enumerate(region_of) if name == region]
        if rows[0]:
            axes.axhline(rows[0] - 0.5, color="white", linewidth=1.6)
        axes.annotate(
            textwrap.fill(region, 12), xy=(1.0, float(np.mean(rows))), xycoords=("axes fraction", "data"),
            xytext=(5, 0), textcoords="offset points", va="center", fontsize=7.5, color=GREY, annotation_clip=False,
        )  # fmt: skip


def caseload(
    folder: RunFolder, *, month: str | None = None, region: str | None = None, source: str = ""
) -> Chart:
    """Officers by the cases they hold at the end of a month, grade by grade.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    month : str, optional
        The month; the last by default.
    region : str, optional
        One region; all of them by default.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each grade of officers who hold cases, with the share of them in each band of caseload.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    month = month or folder.months[-1]
    found = caseloads(folder, month, region)
    grades = list(dict.fromkeys(found["grade"]))
    title = f"Officers by cases held, end of {words.month_name(month)}: {folder.name}, {region or folder.place}"
    said = []
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 3.6), layout="constrained")
        panels = figure.subplots(1, max(1, len(grades)), sharey=True, squeeze=False)[0]
        for axes, grade in zip(panels, grades, strict=False):
            mine = found[found["grade"] == grade].reset_index(drop=True)
            names = [_band_name(float(low), float(to)) for low, to in zip(mine["above"], mine["to"], strict=True)]
            over = mine["above"] >= _MOST_OFF
            axes.bar(mine.index, mine["central"], width=0.72, color=np.where(over, ORANGE, BLUE))
            ends = mine["low"].notna()
            for place, low, high in zip(mine.index[ends], mine["low"][ends], mine["high"][ends], strict=True):
                axes.plot([place, place], [low, high], color=INK, linewidth=1.2)
            for place, value, high in zip(mine.index, mine["central"], mine["high"], strict=True):
                top = max(value, high) if np.isfinite(high) else value
                axes.annotate(
                    f"{value:.0f}%", xy=(place, top), xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8
                )
            axes.set_xticks(list(mine.index), names, fontsize=8)
            axes.set_title(words.GRADES.get(grade, grade), loc="left", fontsize=9.5, fontweight="bold")
            axes.set_xlabel("Cases held")
            values = (f"{name} cases {value:.0f}%" for name, value in zip(names, mine["central"], strict=True))
            said.append(f"{words.GRADES.get(grade, grade)}: {', '.join(values)}")
        panels[0].set_ylabel("Per cent of officers who hold cases")
        panels[0].margins(y=0.12)
        foot = (
            f"Orange: bands above {_MOST_OFF:.0f} cases. "
            + ("Each bar is the middle of the draws by itself, so bars do not add up. " if folder.draws > 1 else "")
            + band_words(range_kind(folder), folder).replace("Bands", "Lines"),
            source_words([folder], source),
        )
        headed(figure, title, foot)
    return described(figure, f"{title}. {'. '.join(said)}.")


def _band_name(above: float, to: float) -> str:
    if not np.isfinite(to):
        return f">{above:.0f}"
    return f"{above + 1:.0f}–{to:.0f}"
