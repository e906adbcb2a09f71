"""Scenarios: what is changed, from when, and why; read strictly, resolved to one list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from capacity_sim import data as _data
from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue import load as _load_catalogue
from capacity_sim.errors import ScenarioError
from capacity_sim.scenario.check import Placed, check
from capacity_sim.scenario.example import Example, Person
from capacity_sim.scenario.model import (
    DEFAULT_END,
    DEFAULT_TIMING_BASIS,
    Change,
    Origin,
    Scenario,
)
from capacity_sim.scenario.reader import available, find, shipped_folder
from capacity_sim.scenario.resolve import HasValues, LoadData, cited, resolve
from capacity_sim.scenario.rollout import Rolled, Rollout
from capacity_sim.scenario.write import (
    TYPED,
    TYPED_ID,
    far_note,
    from_set_option,
    horizon_notes,
    review_notes,
    save,
    to_text,
)
from capacity_sim.scenario.written import Adjust, Choices, Source, WrittenChange

__all__ = [
    "DEFAULT_END",
    "DEFAULT_TIMING_BASIS",
    "Adjust",
    "Change",
    "Choices",
    "Example",
    "HasValues",
    "LoadData",
    "Origin",
    "Person",
    "Rolled",
    "Rollout",
    "Scenario",
    "Source",
    "WrittenChange",
    "available",
    "cited",
    "far_note",
    "find",
    "from_set_option",
    "horizon_notes",
    "load",
    "review_notes",
    "save",
    "shipped_folder",
    "to_text",
    "with_changes",
]


@cache
def _shipped_data(name: str) -> HasValues:
    """Shipped data set, read once: its files do not change under a running program."""
    return _data.load(name)


def _load_data(name: str) -> HasValues:
    return _shipped_data(name) if name in _data.shipped() else _data.load(name)


def load(
    name: str | Path,
    search: Sequence[str | Path] = (),
    *,
    catalogue: Catalogue | None = None,
    load_data: LoadData | None = None,
) -> Scenario:
    """Scenario of a name or a file, resolved and checked.

    Parameters
    ----------
    name : str or path
        A file, or a name that is looked for in `search`, in `scenarios` and among the shipped scenarios.
    search : sequence of path
        Folders searched first, for the scenario and its parents.
    catalogue : Catalogue, optional
        Names and limits; the model's own by default.
    load_data : callable, optional
        Gives the data set of a name; `capacity_sim.data.load` by default.

    Raises
    ------
    ScenarioError
        With every fault of the scenario and of its parents.
    """
    path = find(name, search)
    return resolve(path, catalogue or _load_catalogue(), load_data or _load_data, search)


def with_changes(
    scenario: Scenario,
    changes: Iterable[Change],
    name: str | None = None,
    *,
    catalogue: Catalogue | None = None,
    load_data: LoadData | None = None,
) -> Scenario:
    """Child of a scenario with more changes, checked as if a file had written them.

    Parameters
    ----------
    scenario : Scenario
        The parent.
    changes : iterable of Change
        What is added, such as changes of `from_set_option`.
    name : str, optional
        Name of the child; the parent's with `-changed` by default.
    catalogue, load_data : optional
        As in `load`.

    Raises
    ------
    ScenarioError
        When the changes conflict, alter nothing, or leave the limits.
    """
    called = name or f"{scenario.name}-changed"
    added = [replace(change, origin=replace(change.origin, scenario=called)) for change in changes]
    placed = [Placed(change) for change in sorted((*scenario.changes, *added), key=lambda change: change.id)]
    values = (load_data or _load_data)(scenario.data)
    faults, notes = check(
        called,
        placed,
        catalogue or _load_catalogue(),
        values.values,
        values.start,
        scenario.choices.get("horizon"),
    )
    if faults:
        raise ScenarioError(faults)
    sources = dict(scenario.sources)
    if any(TYPED_ID in cited(change.source) for change in added):
        sources[TYPED_ID] = TYPED
    return replace(
        scenario,
        name=called,
        title=f"{scenario.title}, changed",
        kind="stress",
        status="hypothetical",
        changes=tuple(one.change for one in placed),
        sources=dict(sorted(sources.items())),
        extends=(scenario.name,),
        adjusts=(),
        adjusts_written=(),
        file=None,
        trace={},
        instead_of=(),
        example=None,
        notes=tuple(notes),
    )
