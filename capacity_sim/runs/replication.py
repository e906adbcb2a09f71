"""The real model behind the runner: dated parameters for a draw, the world they make, and its simulation."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from capacity_sim import __version__, data
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue, label, load
from capacity_sim.data import DataSet
from capacity_sim.data.own import focused
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.parameters import Parameters, UncertainInput, uncertain_inputs
from capacity_sim.runs import identity
from capacity_sim.runs.runner import Reading
from capacity_sim.scenario import Change, Scenario, to_text

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult

_COLUMNS = ("path", "where", "from", "value", "changes")


@dataclass(frozen=True)
class EngineModel:
    """The simulation on one data set, for all regions or for one.

    Parameters
    ----------
    data_name : str
        Name of a shipped data set, or the folder of one.
    region : str, optional
        The one region to simulate.

    Raises
    ------
    DataError
        When the data set cannot be read.
    UsageError
        When it has no such region.
    """

    data_name: str
    region: str | None = None

    def __post_init__(self) -> None:
        """Refuse a region that the data set lacks."""
        regions = self.dataset.regions
        if self.region is not None and self.region not in regions:
            raise UsageError(
                Fault(
                    "unknown-region",
                    f"`{self.dataset.name}` has no region called `{self.region}`",
                    hint=did_you_mean(self.region, regions, f"its regions are {one_of(regions)}"),
                )
            )

    @property
    def dataset(self) -> DataSet:
        """The data set; a run of nothing but own people has their risk for those who start, too."""
        return _focused(self.data_name, data.state_of(self.data_name), self.region)

    @property
    def portable(self) -> bool:
        """It can be sent to another process, which reads the data anew."""
        return True

    @property
    def people(self) -> int:
        """People on the first day."""
        data = self.dataset
        here = slice(None) if self.region is None else data.unit_region == data.regions.index(self.region)
        return int(data.people[here].sum())

    def calendar(self, scenario: Scenario) -> Calendar:
        """Weeks from the start of the data to the scenario's horizon."""
        return Calendar(self.dataset.start, scenario.horizon)

    def months(self, scenario: Scenario) -> tuple[str, ...]:
        """Months of the results."""
        return self.calendar(scenario).months

    def question(self, scenario: Scenario) -> dict[str, Any]:
        """What a result depends on besides seed and counts."""
        dataset, calendar = self.dataset, self.calendar(scenario)
        versions = identity.versions()
        own = dataset.own
        mine = {} if own is None else {"own": {
            "words": own.words, "people": list(own.people), "staff": list(own.staff), "regions": len(dataset.regions),
        }}  # fmt: skip
        return {
            "scenario": scenario.hash_text,
            "data": {
                "name": dataset.name,
                "title": dataset.title,
                "start": dataset.start.isoformat(),
                "hash": data_hash(self.data_name, self.region),
                **mine,
            },
            "versions": {name: versions[name] for name in ("capacity_sim", "model")},
            "horizon": {"start": calendar.day0.isoformat(), "end": calendar.end.isoformat()},
            "region": self.region,
            "timing_basis": scenario.timing_basis,
        }

    def inputs(self, scenario: Scenario) -> list[UncertainInput]:
        """Uncertain inputs of the data and the scenario."""
        return uncertain_inputs(self.dataset.values, scenario.changes)

    def replicate(
        self,
        scenario: Scenario,
        reading: Reading,
        *,
        seed: int,
        draw: int,
        rep: int,
        threads: int,
        progress: Callable[[float], None] | None,
    ) -> RunResult:
        """One replication."""
        from capacity_sim.model import engine

        catalogue, calendar = load(), self.calendar(scenario)
        parameters = Parameters(catalogue, self.dataset.values, scenario.changes, calendar, reading)
        world = engine.prepare(self.dataset, catalogue, parameters, calendar, region=self.region)
        return engine.simulate(world, seed, draw, rep, threads=threads, progress=progress)

    def scenario_text(self, scenario: Scenario) -> str:
        """Resolved scenario as a file that can be run again."""
        return to_text(scenario)

    def changed_values(self, scenario: Scenario) -> str:
        """Values that the scenario changes, as CSV: the mean of a week, from the first week that has it."""
        return changed_values(load(), self.dataset, scenario.changes, self.calendar(scenario))


def rests_on(dataset: DataSet) -> str:
    """What figures made from a data set rest on; own data are named."""
    own = "" if dataset.own is None else dataset.own.words
    return identity.source_line(__version__, dataset.name, dataset.start, own)


def load_data(name: str) -> DataSet:
    """Data set of a name or folder, read again only when its files have changed."""
    return _loaded(name, data.state_of(name))


def data_hash(name: str, region: str | None = None) -> str:
    """Hash of what a data set says where one region, or all are simulated."""
    return _hash(name, data.state_of(name), region)


@cache
def _loaded(name: str, state: tuple[object, ...]) -> DataSet:
    return data.load(name)


@cache
def _focused(name: str, state: tuple[object, ...], region: str | None) -> DataSet:
    return focused(_loaded(name, state), region, load())


@cache
def _hash(name: str, state: tuple[object, ...], region: str | None) -> str:
    dataset = _focused(name, state, region)
    # what results are held against does not alter them
    published = {key: part for key, part in dataset.published.items() if key != "targets"}
    return identity.content_hash(replace(dataset, published=published))


def changed_values(
    catalogue: Catalogue, dataset: DataSet, changes: Iterable[Change], calendar: Calendar
) -> str:
    """Values of every cell that a change moves, as CSV with one line for each new value.

    Parameters
    ----------
    catalogue : Catalogue
        Names of the parameters.
    dataset : DataSet
        Values without the changes.
    changes : iterable of Change
        The changes.
    calendar : Calendar
        The weeks.

    Returns
    -------
    str
        Columns path, where, from (Monday of the week), value (mean of that week, central), changes (ids).
    """
    acting = tuple(changes)
    before = Parameters(catalogue, dataset.values, (), calendar)
    after = Parameters(catalogue, dataset.values, acting, calendar)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for path in sorted({change.path for change in acting}):
        mine = [change for change in acting if change.path == path]
        writer.writerows(_lines(catalogue, calendar, path, mine, before, after))
    return out.getvalue()


def all_values(catalogue: Catalogue, dataset: DataSet, changes: Iterable[Change], calendar: Calendar) -> str:
    """Values of every cell of every parameter, as CSV with one line for each new value.

    Parameters
    ----------
    catalogue, dataset, changes, calendar :
        As in `changed_values`.

    Returns
    -------
    str
        Columns path, where, from (Monday of the week), value (mean of that week, central).
    """
    parameters = Parameters(catalogue, dataset.values, tuple(changes), calendar)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS[:4])
    for path in sorted(catalogue.parameters):
        weekly = parameters.weekly(path)[calendar.warm_up :]
        for cell in np.ndindex(weekly.shape[1:]):
            values = weekly[(slice(None), *cell)]
            where = label("", catalogue.cell(path, list(cell))).strip("[]")
            for week in (0, *(np.flatnonzero(np.diff(values)) + 1)):
                monday = calendar.monday(int(week)).isoformat()
                writer.writerow((path, where, monday, repr(float(values[week]))))
    return out.getvalue()


def _lines(
    catalogue: Catalogue,
    calendar: Calendar,
    path: str,
    changes: list[Change],
    before: Parameters,
    after: Parameters,
) -> Iterator[tuple[str, str, str, str, str]]:
    old, new = (parameters.weekly(path)[calendar.warm_up :] for parameters in (before, after))
    for cell in np.ndindex(new.shape[1:]):
        values = new[(slice(None), *cell)]
        if np.array_equal(values, old[(slice(None), *cell)]):
            continue
        ids = " ".join(change.id for change in changes if catalogue.mask(path, change.where)[cell])
        where = label("", catalogue.cell(path, list(cell))).strip("[]")
        for week in (0, *(np.flatnonzero(np.diff(values)) + 1)):
            yield path, where, calendar.monday(int(week)).isoformat(), repr(float(values[week])), ids
