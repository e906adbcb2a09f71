"""Chart of what drives an output: bars from the central value, sizes of effects, or shares of the variance."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from capacity_sim.analysis.drivers import Driver, Method, Sensitivity
from capacity_sim.analysis.screening import Effect, Index
from capacity_sim.show.amounts import plain
from capacity_sim.show.charts.style import BLUE, GREY, ORANGE, STYLE, described, in_rows
from capacity_sim.show.sensitive import MOST, measure_name, sentence, step_of, title_of
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

_HEIGHT = 0.62
_INK, _PALE = "#222222", "#D9D9D9"
_WORDS_WIDE = 44


def drivers_chart(found: Sensitivity, most: int = MOST) -> Chart:
    """What drives an output, greatest first.

    Parameters
    ----------
    found : Sensitivity
        The answer.
    most : int
        Factors that are drawn.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each factor: for a tornado a bar from the output at its low end to that at its high end, else its
        effect or its shares with their 95% intervals.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    shown = found.drivers[:most]
    draw = {Method.TORNADO: _tornado, Method.MORRIS: _morris, Method.SOBOL: _sobol}[found.question.method]
    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = Chart(figsize=(9.4, 2.2 + 0.36 * len(shown)), layout="constrained")
        axes = figure.subplots()
        draw(axes, found, shown)
        in_rows(axes, [_named(one) for one in shown])
        figure.suptitle(textwrap.fill(title_of(found), 95), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        figure.supxlabel(_foot(found, most), fontsize=7, color=GREY, x=0.01, ha="left")
    return described(figure, alt_text(found))


def alt_text(found: Sensitivity) -> str:
    """What the chart shows, for a reader who cannot see it."""
    return f"{title_of(found)}. {found.scenario}{f' less {found.less}' if found.less else ''}. {sentence(found)}"


def _named(one: Driver) -> str:
    """Name of a factor; a long one breaks where its cells or its inputs start."""
    many = len(one.factor.ids)
    name = one.factor.name if many == 1 else f"{one.factor.name} ({many} inputs)"
    if len(name) <= _WORDS_WIDE:
        return name
    return name.replace("[", "\n[", 1) if "[" in name else name.replace(" (", "\n(", 1)


def _axis(found: Sensitivity) -> str:
    unit = found.question.spec.unit
    name = measure_name(found)
    whose = f"{found.scenario} less {found.less}" if found.less else found.scenario
    return f"{name[0].upper()}{name[1:]}, {whose} ({unit})"


def _tornado(axes: Axes, found: Sensitivity, shown: Sequence[Driver]) -> None:
    step, central = step_of(found), found.central
    axes.axvspan(central - found.chance, central + found.chance, color=_PALE, alpha=0.6, linewidth=0)
    reach = [central - found.chance, central + found.chance]
    for place, one in enumerate(shown):
        alone = one.factor.inputs[0] if len(one.factor.inputs) == 1 else None
        words = (plain(alone.low), plain(alone.high)) if alone else ("", "")
        for value in one.at:
            colour = ORANGE if value > central else BLUE
            axes.barh(place, value - central, left=central, height=_HEIGHT, color=colour, linewidth=0)
        ends = sorted(zip(one.at, words, strict=True))
        for (value, word), left in zip(ends, (True, False), strict=True):
            _write(axes, place, min(value, central) if left else max(value, central), _end(value, word, step), left)
        reach += list(one.at)
    axes.axvline(central, color=_INK, linewidth=1.0)
    low, high = min(reach), max(reach)
    room = 0.28 * (high - low or 1.0)
    axes.set_xlim(low - room, high + room)
    axes.set_xlabel(_axis(found))
    axes.set_title(
        f"One input at a time; {number(central, step)} at central values", loc="left", fontsize=9.5, fontweight="bold"
    )


def _end(value: float, word: str, step: float) -> str:
    return f"{number(value, step)} at {word}" if word else number(value, step)


def _morris(axes: Axes, found: Sensitivity, shown: Sequence[Driver]) -> None:
    step = step_of(found)
    reach = [0.0]
    for place, one in enumerate(shown):
        axes.barh(place, one.size, height=_HEIGHT, color=BLUE, linewidth=0)
        _interval(axes, place, max(0.0, one.size - one.error), one.size + one.error)
        spread = one.detail.spread if isinstance(one.detail, Effect) else math.nan
        if math.isfinite(spread):
            axes.plot([spread], [place], marker="D", markersize=5, color=ORANGE, linestyle="none", zorder=4)
        right = max(one.size + one.error, spread if math.isfinite(spread) else 0.0)
        _write(axes, place, right, number(one.size, step))
        reach.append(right)
    axes.set_xlim(0.0, 1.12 * max(reach) or 1.0)
    axes.set_xlabel(f"Size of the effect over the whole range: {_axis(found)}")
    title = "Bar: mean effect. Diamond: how far it depends on the others"
    axes.set_title(title, loc="left", fontsize=9.5, fontweight="bold")


def _sobol(axes: Axes, found: Sensitivity, shown: Sequence[Driver]) -> None:
    reach = [0.0]
    low = 0.0
    for place, one in enumerate(shown):
        if not isinstance(one.detail, Index):
            continue
        rows = (
            (place - 0.18, one.detail.first, one.detail.first_error, BLUE),
            (place + 0.18, one.detail.total, one.detail.total_error, ORANGE),
        )
        for at, share, error, colour in rows:
            axes.barh(at, 100 * share, height=0.3, color=colour, linewidth=0)
            _interval(axes, at, 100 * (share - error), 100 * (share + error))
            _write(axes, at, 100 * max(share + error, 0.0), f"{number(100 * share, 1)}%")
            reach.append(100 * (share + error))
            low = min(low, 100 * (share - error))
    axes.set_xlim(1.1 * low, 1.12 * max(reach) or 1.0)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_xlabel(f"Share of the variance (per cent): {_axis(found)}")
    axes.set_title("Blue: alone. Orange: with the others", loc="left", fontsize=9.5, fontweight="bold")


def _interval(axes: Axes, place: float, low: float, high: float) -> None:
    ends = [low, high]
    axes.plot(ends, [place, place], color=_INK, linewidth=1.2, solid_capstyle="butt", zorder=3)
    for end in ends:
        axes.plot([end, end], [place - 0.1, place + 0.1], color=_INK, linewidth=1.2, zorder=3)


def _write(axes: Axes, place: float, at: float, text: str, left: bool = False) -> None:
    axes.annotate(
        text, xy=(at, place), xytext=(-4 if left else 4, 0), textcoords="offset points", va="center",
        ha="right" if left else "left", fontsize=7.5, color=_INK, annotation_clip=False,
    )  # fmt: skip


def _foot(found: Sensitivity, most: int) -> str:
    lines = {
        Method.TORNADO: "Blue lowers, orange raises. Grey band: one standard deviation of chance, "
        f"{found.rolls} replications at central values.",
        Method.MORRIS: f"Lines: 95% intervals of {found.question.size} trajectories.",
        Method.SOBOL: f"Lines: 95% intervals of {found.question.size} base points.",
    }[found.question.method]
    rest = f" {len(found.drivers) - most} smaller ones are not drawn." if len(found.drivers) > most else ""
    shared = "All readings share the same rolls of chance. Only assumptions that carry a range are varied."
    source = f"Source: {found.source or 'Capacity Sim'}; {found.scenario}, {found.runs:,} runs."
    return "\n".join(line for part in (lines + rest, shared, source) for line in textwrap.wrap(part, 150))
