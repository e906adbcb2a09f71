"""Chart of a published chain, rebuilt: staff needed step by step, and the shortfall on two supplies, beside print."""

from __future__ import annotations

import textwrap
from math import isfinite
from typing import TYPE_CHECKING

from capacity_sim.analysis.bridge import Amount, Answer, Rebuilt
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.data.bridge import GIVEN
from capacity_sim.show.bridge_figures import period_words, shown, steps_of
from capacity_sim.show.charts.style import BLUE, GREEN, GREY, ORANGE, STYLE, described, in_rows
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

_END, _INK, _HEIGHT = "#A6A6A6", "#222222", 0.52


def bridge_chart(found: Answer) -> Chart:
    """Staff needed as a waterfall with the published figures, and beside it the shortfall on each supply.

    Parameters
    ----------
    found : Answer
        The chain, rebuilt.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels with one row for each step. Lines across are the 10th to 90th percentile of the draws.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = Chart(figsize=(9.6, 1.9 + 0.62 * len(found.steps)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        _waterfall(left, found)
        _shortfalls(right, found)
        names = [f"{one.step.short}\n{period_words(one.step.period)}" for one in found.steps]
        in_rows(left, names, most=6)
        in_rows(right, most=6)
        title = f"The published chain, rebuilt: {found.place}"
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        figure.supxlabel(_foot(found), fontsize=7, color=GREY, x=0.01, ha="left")
    return described(figure, alt_text(found))


def alt_text(found: Answer) -> str:
    """What the chart shows, for a reader who cannot see it."""
    step, _ = steps_of(found)
    parts = []
    for one, line in zip(found.steps, shown(found), strict=True):
        said = f"{one.step.words} ({period_words(one.step.period)}): needed {number(line.level, step)}"
        if one.step.required is not None:
            said += f", published {number(one.step.required.value, step)}"
        said += f"; shortfall on simulated supply {number(one.shortfall.central, step)}"
        if one.on_assumed is not None:
            said += f", on assumed supply {number(one.on_assumed.central, step)}"
        if one.step.shortfall is not None:
            said += f", published {number(one.step.shortfall.value, step)}"
        parts.append(said)
    return f"The published chain, rebuilt: {found.place}, FTE. {'. '.join(parts)}."


def _waterfall(axes: Axes, found: Answer) -> None:
    """Staff needed: what each step adds, and the published figures."""
    step, _ = steps_of(found)
    reach: list[float] = []
    before = 0.0
    for place, (one, line) in enumerate(zip(found.steps, shown(found), strict=True)):
        now = one.needed.central
        if place:
            colour = ORANGE if now > before else BLUE
            given = one.step.kind == GIVEN
            axes.barh(
                place, now - before, left=before, height=_HEIGHT, color=colour, alpha=0.55 if given else 1.0,
                hatch="///" if given else "", edgecolor="white", linewidth=0,
            )  # fmt: skip
        else:
            axes.barh(place, now, left=0.0, height=_HEIGHT, color=_END, linewidth=0)
        if place + 1 < len(found.steps):
            axes.plot([now, now], [place + _HEIGHT / 2, place + 1 - _HEIGHT / 2], color=GREY, linewidth=0.8)
        _band(axes, place, one.needed, _INK)
        reach += [value for value in (now, one.needed.low, one.needed.high) if isfinite(value)]
        text = number(line.level, step) + (f" ({number(line.added, step, sign=True)})" if place else "")
        right = max(now, before if place else now, one.needed.high if isfinite(one.needed.high) else now)
        if one.step.required is not None:
            value = one.step.required.value
            axes.plot([now, value], [place + 0.36] * 2, color=GREY, linestyle=":", linewidth=1.2)
            axes.plot([value], [place + 0.36], marker="D", markersize=5, color=_INK, linestyle="")
            reach.append(value)
        axes.annotate(
            text, xy=(right, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8, color=_INK,
            annotation_clip=False,
        )  # fmt: skip
        before = now
    low, high = min(reach), max(reach)
    room = 0.08 * (high - low or 1.0)
    cut = high - low < 0.6 * high
    axes.set_xlim(low - 2 * room if cut else 0.0, high + 4 * room)
    axes.set_xlabel("FTE; the axis does not start at zero" if cut else "FTE")
    axes.set_title("Staff needed; diamonds are published", loc="left", fontsize=9.5, fontweight="bold")


def _shortfalls(axes: Axes, found: Answer) -> None:
    """Shortfall of each step: published, on the assumed supply and on the simulated one."""
    for place, one in enumerate(found.steps):
        for amount, shift, colour, marker in _lines(one):
            _band(axes, place + shift, amount, colour)
            axes.plot([amount.central], [place + shift], marker=marker, markersize=5.5, color=colour, linestyle="")
    for marker, colour, name in (
        ("D", _INK, "published"), ("o", GREEN, "on assumed supply"), ("s", ORANGE, "on simulated supply"),
    ):  # fmt: skip
        axes.plot([], [], marker=marker, color=colour, linestyle="", markersize=5, label=name)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel("FTE, needed less in post")
    axes.set_title("Shortfall", loc="left", fontsize=9.5, fontweight="bold")
    axes.legend(fontsize=7.5, loc="upper left", frameon=True, framealpha=0.9, edgecolor="none")


def _lines(one: Rebuilt) -> list[tuple[Amount, float, str, str]]:
    """Marks of a step: what, how far below its row, colour and form."""
    found = [(one.shortfall, 0.2, ORANGE, "s")]
    if one.on_assumed is not None:
        found.append((one.on_assumed, 0.0, GREEN, "o"))
    if one.step.shortfall is not None:
        found.append((Amount(one.step.shortfall.value), -0.2, _INK, "D"))
    return found


def _band(axes: Axes, place: float, amount: Amount, colour: str) -> None:
    if isfinite(amount.low) and isfinite(amount.high):
        axes.plot([amount.low, amount.high], [place, place], color=colour, linewidth=1.3, solid_capstyle="butt")
        axes.plot([amount.middle], [place], marker="|", markersize=6, color=colour, linestyle="")


def _foot(found: Answer) -> str:
    band = (
        "No ranges: one draw, with every assumption at its central value."
        if found.kind is RangeKind.NONE
        else f"Lines: 10th to 90th percentile, and middle, of {found.draws} draws of uncertain assumptions."
    )
    said = (
        f"{band} Blue lowers, orange raises; grey is fitted to the published start; hatched is given (sized to the "
        "published saving). Dotted: unexplained, published less simulated.",
        f"Staff: {found.bridge.scope}; mean of the period.",
        f"Source: {found.source or 'Capacity Sim'}.",
    )
    return "\n".join(line for part in said for line in textwrap.wrap(part, 150))
