"""One person and one officer followed through the clock."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity_sim.api.scenarios import Scenario, day, load_scenario
from capacity_sim.calendars import Calendar, months_to
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.parameters import Parameters
from capacity_sim.runs.replication import load_data, rests_on
from capacity_sim.show import charts
from capacity_sim.show.charts.chart import Chart

if TYPE_CHECKING:
    from capacity_sim.model.engine import World
    from capacity_sim.model.officers import Seen


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
    source : str
        What it rests on, for the line below the chart.
    """

    scenario: str
    about: Mapping[str, Any]
    facts: Mapping[str, Any]
    weeks: pd.DataFrame
    source: str = ""

    def plot(self) -> Chart:
        """State, contact and work that falls due, week by week."""
        return charts.timeline(self.weeks, self.about, self.scenario, self.source)

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


def _world(
    scenario: str | Path | Scenario,
    to: str | dt.date | None,
    data: str | None,
    region: str | None = None,
    delivery: bool = True,
) -> tuple[str, World, str]:
    """Name of a scenario, what a run of it reads at the central value of every assumption, and the source of that."""
    from capacity_sim.model import engine

    found = load_scenario(scenario).resolved
    choices = dict(found.choices) if to is None else {**found.choices, "horizon": day(to, "to")}
    found = replace(found, data=data or found.data, choices=choices)
    dataset, known = load_data(found.data), load()
    calendar = Calendar(dataset.start, found.horizon)
    parameters = Parameters(known, dataset.values, found.changes, calendar)
    source = rests_on(dataset)
    return found.name, engine.prepare(dataset, known, parameters, calendar, region, delivery), source


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
        When the day is outside the run, the key is below zero, or the start type is unknown.
    """
    from capacity_sim.model import trace

    types = load().dimensions["start_type"]
    if start_type not in types:
        hint = did_you_mean(start_type, types, f"use {one_of(types)}")
        raise UsageError(Fault("unknown-start-type", f"no start type is called `{start_type}`", hint=hint))
    if key < 0:
        raise UsageError(Fault("below-zero", f"key {key} is below zero", hint="give 0 or more"))

    name, world, source = _world(scenario, to, data, delivery=False)
    life = trace.follow(world, key, start_type, day(start, "start"))
    rows = [
        {"monday": week.monday, "state": week.state, "suspended": week.suspended, "events": week.events, **week.work}
        for week in life.weeks
    ]
    weeks = pd.DataFrame(rows)
    pieces = [name for name in weeks if name not in ("monday", "state", "suspended", "events")]
    weeks[pieces] = weeks[pieces].fillna(0).astype(int)
    return Life(name, life.about, life.facts, weeks, source)


@dataclass(frozen=True, repr=False)
class Career:
    """A member of staff, month by month, as a run would have them.

    Parameters
    ----------
    scenario : str
        The rules.
    key : int
        Who it is.
    months : pandas.DataFrame
        A row for each month in post: month, grade, training, unit, cases (missing for who has no desk of their own).
    source : str
        What it rests on, for the line below the chart.
    """

    scenario: str
    key: int
    months: pd.DataFrame
    source: str = ""

    def plot(self) -> Chart:
        """Grade and cases, month by month."""
        return charts.career(self.months, self.scenario, self.source)

    def __repr__(self) -> str:
        """One line."""
        grades = " to ".join(dict.fromkeys(self.months["grade"]))
        first, last = self.months["month"].iloc[0], self.months["month"].iloc[-1]
        return f"<Career in {self.scenario}: {grades}, {first} to {last}, {self.months['unit'].iloc[-1]}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>" + str(self.months.to_html(index=False, na_rep="", border=0))


def follow_officer(
    scenario: str | Path | Scenario,
    key: int | None = None,
    *,
    region: str | None = None,
    seed: int = 1,
    to: str | dt.date | None = None,
    data: str | None = None,
) -> Career:
    """One member of staff of sentence management through a run at the central value of every assumption.

    Parameters
    ----------
    scenario : str, path or Scenario
        Name or file of a scenario, or one made in code.
    key : int, optional
        Who it is; by default the trainee who starts within the run and holds cases for the most months.
    region : str, optional
        Simulate one region only.
    seed : int
        Key of the run.
    to : str or datetime.date, optional
        Last day to simulate; that of the scenario by default.
    data : str, optional
        Data set; that of the scenario by default.

    Raises
    ------
    UsageError
        When nobody has the key, or no trainee starts within the run.
    """
    from capacity_sim.model import officers

    name, world, source = _world(scenario, to, data, region)
    seen, grades = officers.watch(world, seed), load().dimensions["grade"]
    reported = months_to(world.parameters.calendar.end, [one.month for one in seen])
    seen = [one for one in seen if one.month in reported]
    wanted = _trainee(seen) if key is None else key
    rows = []
    for one in seen:
        for place in (one.key == wanted).nonzero()[0]:
            rows.append(
                {
                    "month": one.month,
                    "grade": grades[int(one.grade[place])],
                    "training": bool(one.training[place]),
                    "unit": str(world.data.units[int(one.unit[place])]),
                    "cases": float(one.cases[place]) if one.cases[place] >= 0 else float("nan"),
                }
            )
    if not rows:
        raise UsageError(Fault("no-officer", f"nobody has the key {key} in this run", hint="leave `key` out"))
    return Career(name, int(wanted), pd.DataFrame(rows), source)


def _trainee(seen: Sequence[Seen]) -> int:
    """Trainee who starts within the run and then holds cases for the most months; the lowest key of several."""
    before = set(seen[0].key.tolist())
    started: set[int] = set()
    months: Counter[int] = Counter()
    for one in seen[1:]:
        started.update(key for key in one.key[one.training].tolist() if key not in before)
        months.update(key for key in one.key[(one.cases >= 0) & ~one.training].tolist() if key in started)
    if not started:
        raise UsageError(Fault("no-trainee", "no trainee starts within this run", hint="give a later `to`"))
    return min(started, key=lambda key: (-months[key], key))
