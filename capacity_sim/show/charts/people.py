"""A person's timeline: where they are, whether contact goes on, what happens, and the work that falls due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from capacity_sim.catalogue import load
from capacity_sim.show.charts.needed import month_axis
from capacity_sim.show.charts.style import (
    BLUE,
    END,
    GREEN,
    GREY,
    INK,
    MIDDLE,
    ORANGE,
    PALE,
    PURPLE,
    STYLE,
    WIDE,
    described,
    headed,
)
from capacity_sim.show.words import month_name as word_month

if TYPE_CHECKING:
    from capacity_sim.show.charts.chart import Chart

_STATES = {
    "custody": ("in custody", GREY),
    "recalled": ("recalled to custody", ORANGE),
    "licence": ("on licence", BLUE),
    "post_sentence": ("post-sentence supervision", PURPLE),
    "community_order": ("community order", GREEN),
    "suspended_sentence": ("suspended sentence order", GREEN),
    "ended": ("ended", PALE),
}
_OTHERS = ("monday", "state", "suspended", "events")
#: events that come every other week say little
_QUIET = ("programme_start",)


def timeline(weeks: pd.DataFrame, about: Mapping[str, Any], scenario: str = "", source: str = "") -> Chart:
    """A person's way through a sentence, week by week.

    Parameters
    ----------
    weeks : pandas.DataFrame
        A row for each week: monday, state, suspended, events, and pieces of work that fell due by activity.
    about : mapping
        Who it is: starts_as, risk, start, length_days.
    scenario : str
        The rules.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        A line of states with what happened, and below it the pieces of work that fell due, activity by activity.
    """
    from matplotlib import rc_context
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    from capacity_sim.show.charts.chart import Chart

    mondays = list(weeks["monday"])
    titles = {activity.id: activity.title for activity in load().activities}
    pieces = [name for name in weeks if name not in _OTHERS and weeks[name].sum() > 0]
    pieces.sort(key=lambda name: -int(weeks[name].sum()))
    kind = str(about.get("starts_as", "")).replace("_", " ")
    risk = str(about.get("risk", "")).replace("_", " ")
    title = f"One person in {scenario}: {kind}, {risk} risk of serious harm" if scenario else f"{kind}, {risk} risk"
    events = [(monday, event) for monday, one in zip(mondays, weeks["events"], strict=True) for event in one]
    with rc_context({**STYLE, "axes.grid.axis": "x"}):
        figure = Chart(figsize=(WIDE, 2.9 + 0.24 * max(len(pieces), 3)), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.7, 0.24 * max(len(pieces), 3) + 0.3))
        seen = []
        for state, first, last in _spells(weeks):
            name, colour = _STATES.get(state, (state, END))
            label = name if name not in seen else None
            seen.append(name)
            upper.barh(0, last - first, left=first, height=0.5, color=colour, linewidth=0, label=label)
        for first, last in _suspended(weeks):
            upper.barh(
                0, last - first, left=first, height=0.5, color="none", edgecolor="white", hatch="////", linewidth=0
            )
            upper.barh(-0.42, last - first, left=first, height=0.12, color=MIDDLE, linewidth=0)
        if weeks["suspended"].any():
            upper.barh(-0.42, timedelta(0), left=mondays[0], height=0.12, color=MIDDLE, label="contact suspended")
        _events(upper, events)
        upper.set_ylim(-0.6, 1.9)
        upper.set_yticks([])
        upper.spines["left"].set_visible(False)
        upper.legend(loc="upper right", ncols=4, fontsize=7.5, frameon=False, bbox_to_anchor=(1.0, 1.12))
        for place, name in enumerate(pieces):
            there = weeks[name] > 0
            size = 9 + 7 * weeks.loc[there, name].to_numpy(dtype=float)
            at = np.array(mondays)[there.to_numpy()]
            lower.scatter(at, np.full(len(at), place), s=size, color=INK, lw=0)
        names = [f"{titles.get(name, name)} ({int(weeks[name].sum())})" for name in pieces]
        lower.set_yticks(range(len(pieces)), names, fontsize=7.5)
        lower.set_ylim(max(len(pieces), 1) - 0.4, -0.6)
        lower.tick_params(axis="y", length=0)
        lower.spines["left"].set_visible(False)
        lower.set_title("Work that falls due (pieces)", loc="left", fontsize=9, fontweight="bold")
        room = max((mondays[-1] - mondays[0]) * 0.03, timedelta(7))
        lower.set_xlim(mondays[0] - room, mondays[-1] + 3 * room)
        locator = AutoDateLocator(minticks=4, maxticks=10)
        lower.xaxis.set_major_locator(locator)
        lower.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        foot = (
            "A made-up person: drawn from the key as a run draws everybody. The same key lives the same life in every "
            "scenario, up to what the scenario changes.",
            f"Source: {source}." if source else "",
        )
        headed(figure, title, foot)
    said = "; ".join(
        f"{_STATES.get(state, (state,))[0]} from {first:%d %B %Y}" for state, first, _ in _spells(weeks)
    )
    told = ", ".join(f"{_event(event)} in the week of {monday:%d %B %Y}" for monday, event in events)
    work = ", ".join(names)
    return described(figure, f"{title}. {said}. Events: {told or 'none'}. Work due: {work or 'none'}.")


def career(months: pd.DataFrame, scenario: str = "", source: str = "") -> Chart:
    """A member of staff, month by month: cases held, and the grade that they hold them in.

    Parameters
    ----------
    months : pandas.DataFrame
        A row for each month: month, grade, training, unit, cases.
    scenario : str
        The rules.
    source : str
        Where the figures come from, for the line below the chart.

    Returns
    -------
    matplotlib.figure.Figure
        Bars of cases, with the spells of each grade named below.
    """
    from matplotlib import rc_context

    from capacity_sim.show.charts.chart import Chart

    names = months["grade"].where(~months["training"], "in training")
    colours = {"in training": PALE, "PSO": GREEN, "PO": BLUE}
    with rc_context(STYLE):
        figure = Chart(figsize=(WIDE, 3.4), layout="constrained")
        axes = figure.subplots()
        at = np.arange(len(months))
        axes.bar(at, months["cases"].fillna(0), width=0.9, color=[colours.get(name, END) for name in names])
        axes.set_ylabel("Cases held, end of month")
        axes.set_ylim(bottom=0)
        spells = []
        for _, one in months.groupby((names != names.shift()).cumsum()):
            first, last = int(one.index[0]), int(one.index[-1])
            name = str(names[first])
            spells.append(f"{name} from {word_month(months['month'][first])}")
            axes.axvspan(first - 0.5, last + 0.5, ymin=0, ymax=0.025, color=colours.get(name, END), linewidth=0)
            axes.annotate(name, xy=(first, 1.0), xycoords=("data", "axes fraction"), fontsize=8, color=INK, va="bottom")
        month_axis(axes, list(months["month"]))
        title = f"One officer in {scenario}: {months['unit'].iloc[-1]}" if scenario else str(months["unit"].iloc[-1])
        foot = (
            "A made-up officer, drawn as a run draws everybody. Units are illustrative.",
            f"Source: {source}." if source else "",
        )
        headed(figure, title, foot)
    most = months["cases"].max()
    alt = f"{title}. {'; '.join(spells)}. Most cases at once: {0 if np.isnan(most) else most:.0f}."
    return described(figure, alt)


def _spells(weeks: pd.DataFrame) -> list[tuple[str, Any, Any]]:
    """Each state with its first Monday and the Monday after its last."""
    group = (weeks["state"] != weeks["state"].shift()).cumsum()
    return [
        (str(one["state"].iloc[0]), one["monday"].iloc[0], one["monday"].iloc[-1] + timedelta(7))
        for _, one in weeks.groupby(group)
    ]


def _suspended(weeks: pd.DataFrame) -> list[tuple[Any, Any]]:
    group = (weeks["suspended"] != weeks["suspended"].shift()).cumsum()
    return [
        (one["monday"].iloc[0], one["monday"].iloc[-1] + timedelta(7))
        for _, one in weeks.groupby(group)
        if bool(one["suspended"].iloc[0])
    ]


def _event(name: str) -> str:
    """Event in words.

    Examples
    --------
    >>> _event("re_release"), _event("custody_start")
    ('re-release', 'custody start')
    """
    return name.replace("re_release", "re-release").replace("_", " ")


def _events(axes: Any, events: list[tuple[Any, str]]) -> None:
    """Names of events above the line, on three heights so that neighbours stay apart."""
    shown = [(monday, event) for monday, event in events if event not in _QUIET]
    for place, (monday, event) in enumerate(shown):
        height = 0.55 + 0.3 * (place % 4)
        axes.plot([monday, monday], [0.25, height - 0.04], color=GREY, linewidth=0.7)
        axes.annotate(_event(event), xy=(monday, height), fontsize=7.5, color=INK, ha="left", va="center")
