"""Runs many variants of a scenario up to one month and keeps of each the totals of that month, by what was simulated.

A variant is known by the value of every parameter in every week that counts: two that differ in name alone, or only in
what acts after the month, are one run. What is finished is kept in a small file of its own, so that an interrupted or a
wider question goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Unpack

import numpy as np

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.parameters import Parameters, UncertainInput
from capacity_sim.runs import identity, kept
from capacity_sim.runs.replication import EngineModel
from capacity_sim.runs.runner import Reading
from capacity_sim.runs.schema import WORK_MEASURES
from capacity_sim.runs.tidy import tidy
from capacity_sim.scenario import Scenario

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult
    from capacity_sim.scenario import Change

FORMAT = 1
FOLDER = "coalitions"
EXPOSURE = "months_without_contact"
#: months before and with the last one over which exposure is added up
YEAR = 12
#: outputs that need officers at their desks; all others follow from people, from what falls due and from who is in post
DELIVERED = frozenset(
    {
        "hours_delivered", "hours_short", "hours_lapsed", "backlog_hours", "hours_owed", "hours_taken_on",
        "time_given_pct", "work_done_pct", "work_on_time_pct", "units_amber", "units_red", "red_spells_ended",
        "red_months_ended", "months_to_leave_red",
    }
    | (set(WORK_MEASURES) - {"work_due"})
)
#: parameters whose values after the month may act before it
_AHEAD = "people."
#: arrays of a result whose first or second axis is the month
_BY_MONTH = ("weeks_in_month", "productive_minutes", "other_roles", "headroom")
_BY_PLACE_AND_MONTH = (
    "due", "flow", "activity", "activity_lapsed_minutes", "people", "events", "in_post", "available", "caseload",
    "officer_changes", "changes_of_ended", "status", "services", "funded", "staff_counts",
)  # fmt: skip


@dataclass(frozen=True)
class Task:
    """One replication of a variant of a scenario."""

    scenario: Scenario
    reading: Reading
    draw: int = 0
    rep: int = 0


@dataclass(frozen=True)
class Totals:
    """Totals of a replication over all regions and grades.

    Parameters
    ----------
    month : mapping
        Value of the last month by (measure, area, basis); an empty word where a measure has no area or basis.
    exposure : mapping of risk to float
        Person-months without contact over the year that ends with the month.
    """

    month: Mapping[tuple[str, str, str], float]
    exposure: Mapping[str, float]

    def value(self, measure: str, area: str | None, basis: str) -> float:
        """Value of a measure in an area, or in all of them (None); a ratio is the ratio of two sums.

        Parameters
        ----------
        measure : str
            Output of the catalogue.
        area : str or None
            Area of work.
        basis : str
            Timing basis, for measures that are stated on one.
        """
        spec = load_catalogue().outputs[measure]
        if spec.numerator is not None and spec.denominator is not None:
            below = self.value(spec.denominator, area, basis)
            factor = 100.0 if spec.unit == "per cent" else 1.0
            return factor * self.value(spec.numerator, area, basis) / below if below else float("nan")
        mine = {key: found for key, found in self.month.items() if key[0] == measure and area in (None, key[1])}
        bases = {key[2] for key in mine} - {""}
        return sum(found for key, found in sorted(mine.items()) if key[2] == (basis if bases else ""))


class Counts(Protocol):
    """Simulates variants of a scenario up to a month; `EngineCounts` is the real one."""

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        """What the result of a task depends on, as a hash."""

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> RunResult:
        """One replication."""

    def inputs(self, scenario: Scenario) -> Sequence[UncertainInput]:
        """Uncertain inputs of a scenario."""

    @property
    def people(self) -> int:
        """People on the first day: what a run costs."""

    @property
    def months(self) -> int:
        """Months that are simulated."""

    @property
    def portable(self) -> bool:
        """Whether it can be sent to another process."""


@dataclass(frozen=True)
class EngineCounts:
    """The simulation up to a month.

    People's dates follow the rules of the whole horizon, as they do in a run (a case is handed over some months before
    a release that a later rule may move); only the weeks after the month are left out.

    Parameters
    ----------
    model : EngineModel
        Data set and region.
    month : str
        The last month, as ``2028-03``.
    horizon : datetime.date
        Last day of the scenario.
    """

    model: EngineModel
    month: str
    horizon: date
    _seen: dict[tuple[object, ...], str] = field(default_factory=dict, compare=False, repr=False)
    _contents: dict[int, tuple[Change, str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def portable(self) -> bool:
        """It can: another process makes it again from what it was given."""
        return True

    def __reduce__(self) -> tuple[type[EngineCounts], tuple[EngineModel, str, date]]:
        """What another process needs; what was found so far stays here."""
        return EngineCounts, (self.model, self.month, self.horizon)

    @cached_property
    def calendar(self) -> Calendar:
        """Weeks of the horizon."""
        return Calendar(self.model.dataset.start, self.horizon)

    @cached_property
    def months(self) -> int:
        """Months that are simulated."""
        return self.calendar.months.index(self.month) + 1

    @cached_property
    def _weeks(self) -> int:
        """Weeks that are simulated, warm-up included."""
        return self.calendar.warm_up + int((self.calendar.week_month < self.months).sum())

    @cached_property
    def people(self) -> int:
        """People on the first day."""
        data, region = self.model.dataset, self.model.region
        here = slice(None) if region is None else data.unit_region == data.regions.index(region)
        return int(data.people[here].sum())

    def inputs(self, scenario: Scenario) -> Sequence[UncertainInput]:
        """Uncertain inputs of the data and the scenario."""
        return self.model.inputs(scenario)

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        """Hash of seed, data, rules, weeks and every parameter's values in them."""
        what = {
            "data": self._data,
            "weeks": [self.calendar.day0.isoformat(), self.calendar.n_total, self.calendar.warm_up, self._weeks],
            "region": self.model.region,
            "delivery": delivery,
            "seed": [seed, task.draw, task.rep],
            "values": self._values(task),
        }
        return identity.digest(what)[:32]

    @cached_property
    def _data(self) -> list[object]:
        known = identity.versions()
        return [FORMAT, identity.content_hash(self.model.dataset), known["capacity_sim"], known["model"]]

    def _values(self, task: Task) -> str:
        """Hash of all parameters; the part of each is found once for the same changes and readings that act on it."""
        by_path: dict[str, list[str]] = {path: [] for path in load_catalogue().parameters}
        inputs = {path: list(ids) for path, ids in self._ranges.items()}
        for change in task.scenario.changes:
            by_path[change.path].append(self._content(change))
            inputs[change.path] += change.input_ids
        readings = task.reading or {}
        parameters: Parameters | None = None
        found = hashlib.sha256()
        for path, changes in by_path.items():
            read = tuple((name, readings[name]) for name in inputs[path] if name in readings)
            known = (path, tuple(changes), read, task.reading is None, not readings)
            if known not in self._seen:
                parameters = parameters or self._parameters(task)
                values = parameters.weekly(path)
                acting = values if path.startswith(_AHEAD) else values[: self._weeks]
                self._seen[known] = hashlib.sha256(np.ascontiguousarray(acting).tobytes()).hexdigest()
            found.update(f"{path}={self._seen[known]};".encode())
        return found.hexdigest()

    @cached_property
    def _ranges(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the values of the data that have a range, by parameter."""
        found: dict[str, tuple[str, ...]] = dict.fromkeys(load_catalogue().parameters, ())
        for value in self.model.dataset.values:
            if value.quantity.uncertain:
                found[value.path] += (value.id,)
        return found

    def _content(self, change: Change) -> str:
        """Hash of what a change does; kept by the object, which is kept too."""
        if id(change) not in self._contents:
            self._contents[id(change)] = change, identity.content_hash(change.content())
        return self._contents[id(change)][1]

    def _parameters(self, task: Task) -> Parameters:
        dataset = self.model.dataset
        return Parameters(load_catalogue(), dataset.values, task.scenario.changes, self.calendar, task.reading)

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> RunResult:
        """One replication."""
        from capacity_sim.model import engine

        catalogue, region = load_catalogue(), self.model.region
        world = engine.prepare(self.model.dataset, catalogue, self._parameters(task), self.calendar, region, delivery)
        whole = engine.simulate(
            world, seed, task.draw, task.rep, threads=threads, progress=progress, months=self.months
        )
        return cut(whole, 0, self.months)


def totals(result: RunResult, draw: int = 0, rep: int = 0) -> Totals:
    """Totals of a replication's last month, and of the year that ends with it."""
    year = cut(result, max(0, len(result.months) - YEAR), len(result.months))
    rows = tidy(year, load_catalogue(), draw, rep).unify_dictionaries().to_pandas()
    now = rows[rows["month"] == result.months[-1]]
    keys = ["measure", "area", "basis"]
    sums = now.groupby(keys, observed=True, dropna=False, sort=False)["value"].sum()
    month = {(str(measure), _word(area), _word(basis)): float(value) for (measure, area, basis), value in sums.items()}
    risks = rows[rows["measure"] == EXPOSURE].groupby("risk", observed=False, sort=False)["value"].sum()
    names = load_catalogue().dimensions["risk"]
    return Totals(month, {risk: float(risks.get(risk, 0.0)) for risk in names})


def _word(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def cut(result: RunResult, first: int, last: int) -> RunResult:
    """Months of a result from `first` up to, and without, `last`."""
    span = {
        name: (slice(None),) * axis + (slice(first, last),)
        for axis, names in ((0, _BY_MONTH), (1, _BY_PLACE_AND_MONTH))
        for name in names
    }
    kept = {name: getattr(result, name)[where] for name, where in span.items()}
    return replace(result, months=result.months[first:last], **kept)


@dataclass(frozen=True)
class KeepsTotals:
    """Keeps totals, as text."""

    folder: str = FOLDER

    def of(self, result: RunResult, draw: int, rep: int) -> Totals:
        """Totals of a replication."""
        return totals(result, draw, rep)

    def to_json(self, found: Totals) -> dict[str, Any]:
        """Plain data of totals."""
        return {
            "month": {"|".join(name): value for name, value in found.month.items()},
            "exposure": dict(found.exposure),
        }

    def from_json(self, content: Mapping[str, Any]) -> Totals:
        """Totals from plain data."""
        month = {}
        for name, value in content["month"].items():
            measure, area, basis = name.split("|")
            month[measure, area, basis] = float(value)
        return Totals(month, {str(risk): float(value) for risk, value in content["exposure"].items()})


def plan(
    tasks: Iterable[Task],
    counts: Counts,
    *,
    seed: int = 1,
    delivery: bool = False,
    **how: Unpack[kept.How],
) -> kept.Plan[Totals]:
    """Find which runs answer the tasks: `kept.plan` for totals."""
    return kept.plan(tasks, counts, KeepsTotals(), seed=seed, delivery=delivery, **how)
