"""Waterfall of several runs: from the first to the last, a step for each, or what each does alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from capacity_sim.analysis.compare import staffed_rows
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.analysis.steps import INTERACTION, REST, Kind, Steps
from capacity_sim.runs.totals import summarise
from capacity_sim.show import words
from capacity_sim.show.charts.bars import HEIGHT, band, bar, first_of, limits, write
from capacity_sim.show.charts.style import (
    BLUE,
    END,
    GREY,
    ORANGE,
    PALE,
    STYLE,
    described,
    headed,
    in_rows,
    source_words,
)
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import number, significant
from capacity_sim.show.tables import measure_title

if TYPE_CHECKING:
    from capacity_sim.show.charts.chart import Chart

_SAID = {
    Kind.CHAIN: "Each step is a scenario less the one above it, which it holds whole.",
    Kind.WHOLE: "Each measure alone, less the first; what is hatched belongs to no single one.",
    Kind.BESIDE: "Each by itself, less the first. They act on the same hours, so they do not add up.",
}

#: said where middles are shown, as the middle of sums is not the sum of middles
_LED = "The last bar is where the middle steps lead, which may differ a little from the middle of its own draws."


def steps_chart(found: Steps, source: str = "") -> Chart:
    """From the first run to the last, a step for each.

    Parameters
    ----------
    found : Steps
        The steps.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each run. Lines across the bars are the 10th to 90th percentile of the draws.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    step = step_of(found)
    levels = found.ends.to_dict("records") if found.kind is not Kind.BESIDE else []
    lines = found.frame.to_dict("records")
    names = [str(line["name"]) for line in lines]
    base = str(found.ends["scenario"].iloc[0])
    if levels:
        names = [base, *names, f"all: {levels[-1]['scenario']}"]
    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = Chart(figsize=(8.2, 1.7 + 0.4 * len(names)), layout="constrained")
        axes = figure.subplots()
        at = float(levels[0]["central"]) if levels else 0.0
        reach = [at]
        marks: list[tuple[int, float, str]] = []
        for place, line in enumerate(lines, 1 if levels else 0):
            value, low, high = (float(line[key]) for key in ("central", "low", "high"))
            apart = line["name"] in (INTERACTION, REST)
            colour = PALE if apart else ORANGE if value > 0 else BLUE
            bar(axes, place, at, at + value, colour, "///" if apart else "")
            band(axes, place, at + low, at + high, at + value)
            right = max(at, at + value, at + first_of(high, value))
            marks.append((place, right, number(value, step, sign=True)))
            reach += [at, at + value, at + first_of(low, value), at + first_of(high, value)]
            if levels:
                at += value
                axes.plot([at, at], [place + HEIGHT / 2, place + 1 - HEIGHT / 2], color=GREY, linewidth=0.8)
        for place, level in zip((0, len(names) - 1), levels, strict=False):
            bar(axes, place, 0.0, float(level["central"]), END)
            band(axes, place, level["low"], level["high"], level["central"])
            right = max(level["central"], first_of(level["high"], level["central"]))
            marks.append((place, right, number(level["central"], step)))
            reach += [value for value in (level["central"], level["low"], level["high"]) if math.isfinite(value)]
        cut = limits(axes, reach)
        for place, right, text in marks:
            write(axes, place, right, text)
        in_rows(axes, names)
        if not levels:
            axes.axvline(0, color=GREY, linewidth=0.8)
        unit = found.measure.unit if levels else f"{found.measure.unit}, change from {base}"
        axes.set_xlabel(f"{unit}; the axis does not start at zero" if cut and levels else unit)
        lines_are = {
            RangeKind.DRAWS: f"Lines: 10th to 90th percentile of {found.folders[0].draws} draws.",
            RangeKind.CHANCE: f"Lines: chance only, of {found.folders[0].reps} replications.",
            RangeKind.NONE: "No ranges: one draw and one replication.",
        }[found.range]
        led = f" {_LED}" if levels and found.range is not RangeKind.NONE else ""
        said = f"{_SAID[found.kind]} {lines_are} Blue lowers, orange raises.{led}"
        headed(figure, title_of(found), (said, source_words(found.folders, source)))
    said = "; ".join(f"{line['name']} {number(float(line['central']), step, sign=True)}" for line in lines)
    ends = ""
    if levels:
        first, last = (number(float(level["central"]), step) for level in levels)
        ends = f" From {base}, {first} {found.measure.unit}, to {levels[-1]['scenario']}, {last}."
    return described(figure, f"{title_of(found)}.{ends} {_SAID[found.kind]} {said}.")


def title_of(found: Steps) -> str:
    """What was taken apart, where and when."""
    area = f", {words.area_name(found.area).lower()}" if found.area else ""
    place = found.folders[0].place
    return f"{measure_title(found.measure)}{area}, {words.month_name(found.month)}, {place}"


def step_of(found: Steps) -> float:
    """Rounding: staff by the size of the place, else three figures."""
    if found.measure.unit != "FTE":
        return significant(found.frame["central"])
    folder = found.folders[0]
    where = {"area": found.area} if found.area else {}
    table = staffed_rows(folder, ["required_fte"], where, [found.month])
    needed = summarise(table, "required_fte", (), found.month, where=where, basis=folder.timing_basis)["value"].median()
    step = float(staff_step(float(needed)))
    largest = float(found.frame["central"].abs().max())
    return step if largest >= 10 * step else max(step / 10, 0.1)
