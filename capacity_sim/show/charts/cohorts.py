"""Trainee cohorts one by one: when each starts, qualifies, begins to help and has paid back its mentors' time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from capacity_sim.analysis.cohorts import Cohort, Pipeline
from capacity_sim.calendars import add_months
from capacity_sim.show import words
from capacity_sim.show.charts.style import BLUE, GREEN, INK, ORANGE, PALE, STYLE, WIDE, described, headed, in_rows
from capacity_sim.show.sheet import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from capacity_sim.show.charts.chart import Chart

#: months that are shown after the last cohort has qualified
_AFTER = 12
_NOTE = (
    "Expected numbers by the rules, without chance and as if there were places and mentors for all. Training ends for "
    "full-time trainees where it gets pale, for part-time ones where green begins. Helps: what trainees and officers "
    "give, less their mentors' time, stays above zero. Paid back: of the time of POs, its sum does."
)


def cohorts_chart(found: Pipeline, scenario: str, place: str, source: str = "") -> Chart:
    """Cohorts of trainees in expected numbers, a row for each.

    Parameters
    ----------
    found : Pipeline
        The cohorts, and the month by which officers are wanted.
    scenario, place : str
        What it is of.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        One panel.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    rows = [one for one in found.cohorts if one.starters > 0]
    title = f"Trainee cohorts one by one: {scenario}, {place}"
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 1.9 + 0.27 * len(rows)), layout="constrained")
        axes = figure.subplots()
        if rows:
            end = add_months(max(one.qualifies_part_time for one in rows), _AFTER)
            for at, one in enumerate(rows):
                _row(axes, at, one, end)
            in_rows(axes, [f"{words.month_name(f'{one.start:%Y-%m}', short=True)}" for one in rows])
            axes.grid(axis="y", visible=False)
            axes.set_xlim(_days(rows[0].start) - 20, _days(end))
            _wanted(axes, found.by)
            _years(axes, rows[0].start.year, end.year)
            _legend(axes)
        axes.set_ylabel("Intake")
        headed(figure, title, (_NOTE, f"Source: {source}." if source else ""))
    return described(figure, _alt(title, found, rows))


def _days(day: dt.date) -> float:
    return float(day.toordinal())


def _row(axes: Axes, at: int, one: Cohort, end: dt.date) -> None:
    """Training, then officers, with how many there are of each and what a cohort gives and when."""
    spans = (
        (one.start, one.qualifies, BLUE, 1.0),
        (one.qualifies, one.qualifies_part_time, BLUE, 0.35),
        (one.qualifies_part_time, end, GREEN, 1.0),
    )
    for first, last, colour, strength in spans:
        width = _days(last) - _days(first)
        axes.barh(at, width, left=_days(first), height=0.72, color=colour, alpha=strength, linewidth=0)
    helps, paid = one.positive(one.effect), one.paid_back(one.officers)
    first = helps if helps is not None and helps < one.qualifies else one.start
    then = paid if paid is not None and one.qualifies_part_time <= paid < end else one.qualifies_part_time
    for day, text, ink in (
        (first, f"{number(one.starters, 1)} start", "white"),
        (then, f"{number(one.qualified, 1)} qualify", INK),
    ):
        axes.annotate(
            text, xy=(_days(day), at), xytext=(6, 0), textcoords="offset points", color=ink, fontsize=7.5, va="center",
            annotation_clip=False,
        )  # fmt: skip
    for mark, shape, colour in ((helps, "o", "white"), (paid, "D", PALE)):
        if mark is not None and mark < end:
            axes.plot(_days(mark), at, marker=shape, color=colour, markeredgecolor=INK, markersize=4.5, clip_on=True)


def _wanted(axes: Axes, by: dt.date) -> None:
    axes.axvline(_days(by), color=ORANGE, linewidth=1.4)
    axes.annotate(
        f"wanted by {words.month_name(f'{by:%Y-%m}', short=True)}", xy=(_days(by), 1.0),
        xycoords=("data", "axes fraction"), xytext=(0, 3), textcoords="offset points", color=ORANGE, fontsize=8,
        ha="center",
    )  # fmt: skip


def _years(axes: Axes, first: int, last: int) -> None:
    marches = [dt.date(year, 3, 1) for year in range(first, last + 1)]
    axes.set_xticks([_days(day) for day in marches], [f"Mar {day.year}" for day in marches])


def _legend(axes: Axes) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = [
        Patch(color=BLUE, label="in training"),
        Patch(color=GREEN, label="qualified officers (heads)"),
        Line2D([], [], marker="o", color="white", markeredgecolor=INK, markersize=4.5, label="helps from"),
        Line2D([], [], marker="D", color=PALE, linestyle="", markeredgecolor=INK, markersize=4.5, label="paid back"),
    ]
    axes.legend(handles=marks, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=4, fontsize=8, frameon=False)


def _alt(title: str, found: Pipeline, rows: list[Cohort]) -> str:
    def month(day: dt.date | None) -> str:
        return words.month_name(f"{day:%Y-%m}") if day else "never"

    said = "; ".join(
        f"{month(one.start)}: {number(one.starters, 1)} start, {number(one.qualified, 1)} qualify in "
        f"{month(one.qualifies)}, help from {month(one.positive(one.effect))}"
        for one in rows
    )
    return (
        f"{title}. Wanted by {month(found.by)}; the last intake that can yield an officer by then is that of "
        f"{month(found.last_intake)}. {said or 'No cohort'}."
    )
