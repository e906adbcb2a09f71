"""One person followed through the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from capacity_sim.api.scenarios import Scenario, day, load_scenario
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.parameters import Parameters
from capacity_sim.runs.replication import load_data
from capacity_sim.show import charts
from capacity_sim.show.charts.chart import Chart


@dataclass(frozen=True, repr=False)
class Life:
    """A person's way through a sentence, as a run would live it.

    Parameters
    ----------
    scenario : str
        The rules.
    about : mapping
        Who it is.
    facts : mapping
        What comes of it: days, counts, and hours of work due.
    weeks : pandas.DataFrame
        A row for each week: monday, state, suspended, events, and pieces of work that fell due by activity.
    """

    scenario: str
    about: Mapping[str, Any]
    facts: Mapping[str, Any]
    weeks: pd.DataFrame

    def plot(self) -> Chart:
        """State, contact and work that falls due, week by week."""
        return charts.timeline(self.weeks, self.about, self.scenario)

    def __repr__(self) -> str:
        """One line."""
        if self.weeks.empty:
            return f"<Life in {self.scenario}: does not start>"
        kind = str(self.about["starts_as"]).replace("_", " ")
        who = f"{kind}, {self.about['risk']} risk"
        return f"<Life in {self.scenario}: {who}, {len(self.weeks)} weeks from {self.about['start']}>"

    def _repr_html_(self) -> str:
        said = {**self.about, **{name: value for name, value in self.facts.items() if not name.startswith("hours.")}}
        rows = "".join(
            f"<tr><th scope=row>{escape(name.replace('_', ' '))}</th><td>{escape(_said(value))}</td></tr>"
            for name, value in said.items()
        )
        return f"<table><caption>{escape(repr(self)[1:-1])}</caption><tbody>{rows}</tbody></table>"


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.10g}" if value == int(value) else f"{value:,.1f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else "-" if value is None else str(value)


def follow(
    scenario: str | Path | Scenario,
    key: int,
    start_type: str = "custody",
    start: str | dt.date = "2025-06-02",
    *,
    to: str | dt.date | None = None,
    data: str | None = None,
) -> Life:
    """Life of one person under the rules of a scenario: the life that a run would give to the same key.

    Parameters
    ----------
    scenario : str, path or Scenario
        Name or file of a scenario, or one made in code.
    key : int
        Who it is: the same key is the same person in every scenario.
    start_type : {"community_order", "suspended_sentence", "custody"}
        What the court passes.
    start : str or datetime.date
        Day of the sentence.
    to : str or datetime.date, optional
        Last day to follow; that of the scenario by default.
    data : str, optional
        Data set; that of the scenario by default.

    Raises
    ------
    UsageError
        When the day is outside the run, or the start type is unknown.
    """
    from capacity_sim.model import engine, trace

    found = load_scenario(scenario).resolved
    choices = dict(found.choices) if to is None else {**found.choices, "horizon": day(to, "to")}
    found = replace(found, data=data or found.data, choices=choices)
    dataset, known = load_data(found.data), load()
    calendar = Calendar(dataset.start, found.horizon)
    parameters = Parameters(known, dataset.values, found.changes, calendar)
    world = engine.prepare(dataset, known, parameters, calendar, delivery=False)
    life = trace.follow(world, key, start_type, day(start, "start"))
    rows = [
        {"monday": week.monday, "state": week.state, "suspended": week.suspended, "events": week.events, **week.work}
        for week in life.weeks
    ]
    weeks = pd.DataFrame(rows)
    pieces = [name for name in weeks if name not in ("monday", "state", "suspended", "events")]
    weeks[pieces] = weeks[pieces].fillna(0).astype(int)
    return Life(found.name, life.about, life.facts, weeks)
