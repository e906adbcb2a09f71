"""Waterfall chart of an attribution: from one scenario to the other, a step for each share, and what each did alone."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from capacity_sim.analysis.credit import ALONE, INTERACTION, LEVEL, SHARE, TOTAL, Attribution
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.show import words
from capacity_sim.show.attributed import shown, step_of, title_of
from capacity_sim.show.charts.bars import HEIGHT, band, bar, first_of, limits, write
from capacity_sim.show.charts.style import BLUE, END, GREY, ORANGE, PALE, STYLE, described, in_rows
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart



def waterfall(found: Attribution) -> Chart:
    """Shares as steps from the base to the scenario, and beside them what each change does alone.

    Parameters
    ----------
    found : Attribution
        The answer.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels with one row for each change. Lines across the bars are the 10th to 90th percentile of the draws.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    step = step_of(found)
    rows = len(found.groups) + 3
    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = Chart(figsize=(9.4, 1.9 + 0.38 * rows), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        _steps(left, found, step)
        _alone(right, found, step)
        names = [
            found.base,
            *(_named(group.name, group.words) for group in found.groups),
            "interaction",
            found.scenario,
        ]
        in_rows(left, names)
        in_rows(right, most=4)
        figure.suptitle(textwrap.fill(title_of(found), 95), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        figure.supxlabel(_foot(found), fontsize=7, color=GREY, x=0.01, ha="left")
    return described(figure, alt_text(found))


def alt_text(found: Attribution) -> str:
    """What the chart shows, for a reader who cannot see it."""
    step = step_of(found)
    shares = shown(found, found.measure.name, SHARE, step)
    ends = [number(found.row(LEVEL, name)["central"], step) for name in (found.base, found.scenario)]
    steps = "; ".join(f"{name} {number(value, step, sign=True)}" for name, value in shares.items())
    apart = number(shown(found, found.measure.name, ALONE, step)[""], step, sign=True)
    return (
        f"{title_of(found)}. From {found.base}, {ends[0]} {found.measure.unit}, to {found.scenario}, {ends[1]}, by "
        f"shares: {steps}. Interaction {apart}."
    )


def _named(name: str, said: str) -> str:
    return f"{name}\n({said})" if said else name


def _steps(axes: Axes, found: Attribution, step: float) -> None:
    """Steps from the base's level to the scenario's."""
    shares = shown(found, found.measure.name, SHARE, step)
    base, top = (found.row(LEVEL, name) for name in (found.base, found.scenario))
    last = len(found.groups) + 2
    reach = [base["central"], top["central"]]
    at = base["central"]
    bar(axes, 0, 0.0, at, END)
    for place, group in enumerate(found.groups, 1):
        line = found.row(SHARE, group.name)
        after = at + line["central"]
        bar(axes, place, at, after, ORANGE if after > at else BLUE)
        band(axes, place, at + line["low"], at + line["high"], at + line["central"])
        axes.plot([after, after], [place + HEIGHT / 2, place + 1 - HEIGHT / 2], color=GREY, linewidth=0.8)
        reach += [value for value in (at, after, at + line["low"], at + line["high"]) if math.isfinite(value)]
        at = after
    axes.plot([at, at], [last - 1 - HEIGHT / 2, last - HEIGHT / 2], color=GREY, linewidth=0.8)
    bar(axes, last, 0.0, top["central"], END)
    band(axes, 0, base["low"], base["high"], base["central"])
    band(axes, last, top["low"], top["high"], top["central"])
    reach += [end[key] for end in (base, top) for key in ("low", "high") if math.isfinite(end[key])]
    cut = limits(axes, reach)
    write(axes, 0, max(base["central"], first_of(base["high"], base["central"])), number(base["central"], step))
    write(axes, last, max(top["central"], first_of(top["high"], top["central"])), number(top["central"], step))
    at = base["central"]
    for place, group in enumerate(found.groups, 1):
        line = found.row(SHARE, group.name)
        right = max(at, at + line["central"], at + first_of(line["high"], line["central"]))
        write(axes, place, right, number(shares[group.name], step, sign=True))
        at += line["central"]
    write(axes, last - 1, at, "not in the shares: each share has its part", colour=GREY)
    unit = "FTE" if found.measure.unit == "FTE" else found.measure.unit
    axes.set_xlabel(f"{unit}; the axis does not start at zero" if cut else unit)
    axes.set_title("Shares: they add up, in any order", loc="left", fontsize=9.5, fontweight="bold")


def _alone(axes: Axes, found: Attribution, step: float) -> None:
    """What each change does on its own, the interaction apart, and the total."""
    alone = shown(found, found.measure.name, ALONE, step)
    whole, apart = found.row(TOTAL), found.row(INTERACTION)
    lines = [found.row(ALONE, group.name) for group in found.groups]
    reach = [0.0]
    for place, line in enumerate([*lines, apart, whole], 1):
        last = place == len(lines) + 2
        value = line["central"]
        colour = END if last else PALE if place == len(lines) + 1 else ORANGE if value > 0 else BLUE
        bar(axes, place, 0.0, value, colour, hatch="///" if place == len(lines) + 1 else "")
        band(axes, place, line["low"], line["high"], value)
        reach += [value, first_of(line["low"], value), first_of(line["high"], value)]
    low, high = min(reach), max(reach)
    room = 0.07 * (high - low or 1.0)
    axes.set_xlim(low - room, high + 5 * room)
    axes.axvline(0, color=GREY, linewidth=0.8)
    names = [*(group.name for group in found.groups), ""]
    words_of = [number(alone[name], step, sign=True) for name in names]
    words_of.append(number(sum(alone.values()), step, sign=True))
    for place, (line, text) in enumerate(zip([*lines, apart, whole], words_of, strict=True), 1):
        note = "all together: " if place == len(lines) + 2 else ""
        write(axes, place, max(0.0, line["central"], first_of(line["high"], 0.0)), note + text)
    axes.set_xlabel(f"{'FTE' if found.measure.unit == 'FTE' else found.measure.unit}, change from {found.base}")
    axes.set_title("Alone, and the interaction", loc="left", fontsize=9.5, fontweight="bold")


def _foot(found: Attribution) -> str:
    band = {
        RangeKind.DRAWS: f"Lines: 10th to 90th percentile of {found.draws} draws of uncertain assumptions.",
        RangeKind.CHANCE: f"Lines: chance only, 10th to 90th percentile of {found.reps} replications.",
        RangeKind.NONE: "No ranges: one draw and one replication.",
    }[found.kind]
    said = (
        f"{band} Blue lowers, orange raises. Share: what a change adds on average, whatever comes first. "
        "Interaction: belongs to no single change.",
        *found.method,
        f"Source: {found.source or 'Capacity Sim'}; {found.scenario} less {found.base}, "
        f"{words.month_name(found.month)}.",
    )
    return "\n".join(line for part in said for line in textwrap.wrap(part, 150))
