"""Where a scenario comes from: its parents as their files are, and what each of them brings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from capacity_sim import scenario as scenarios
from capacity_sim.runs.replication import load_data
from capacity_sim.scenario import Scenario


def parent_of(name: str, child: Scenario) -> Scenario:
    """Parent of a scenario, found as its file finds it."""
    return scenarios.load(name, [Path(child.file).parent] if child.file else (), load_data=load_data)


def family(found: Scenario) -> Mapping[str, frozenset[str]]:
    """Ids of the changes that a scenario and each of its parents brings, by name."""
    brought: dict[str, frozenset[str]] = {}
    waiting = [found]
    while waiting:
        one = waiting.pop()
        brought[one.name] = frozenset(change.id for change in one.changes)
        waiting += [parent_of(name, one) for name in one.extends if name not in brought]
    return brought
