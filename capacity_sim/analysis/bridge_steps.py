"""Steps of a published chain as scenarios, each the union of what its own and all earlier steps add; and their runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Unpack

from capacity_sim.analysis.bridge import Answer, rebuild
from capacity_sim.catalogue import Catalogue
from capacity_sim.data.bridge import Bridge
from capacity_sim.errors import Fault, ScenarioError, UsageError
from capacity_sim.runs import kept
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.months_kept import KeepsMonths
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Change, HasValues, Scenario
from capacity_sim.scenario.check import Placed, check

#: gives a scenario by its name
Load = Callable[[str], Scenario]


def unions(bridge: Bridge, load: Load, dataset: HasValues, data: str, catalogue: Catalogue) -> list[Scenario]:
    """Scenario of every step, in order; steps that add nothing have that of the step before.

    Parameters
    ----------
    bridge : Bridge
        The chain.
    load : callable
        Gives a scenario by its name.
    dataset : DataSet
        Values that the scenarios change.
    data : str
        Name of the data set, which stands in place of that of the scenarios.
    catalogue : Catalogue
        Names and limits.

    Raises
    ------
    ScenarioError
        When scenarios that are to stand together conflict.
    """
    names: list[str] = []
    found: list[Scenario] = []
    for step in bridge.steps:
        names += [name for name in step.adds if name not in names]
        if step.adds or not found:
            parts = [replace(load(name), data=data) for name in names]
            found.append(union(f"bridge-{step.id}", parts, dataset, catalogue))
        else:
            found.append(found[-1])
    return found


def union(name: str, parts: Sequence[Scenario], dataset: HasValues, catalogue: Catalogue) -> Scenario:
    """One scenario with the changes of several, each once; its choices are those of the first.

    Parameters
    ----------
    name : str
        What it is called.
    parts : sequence of Scenario
        At least one.
    dataset, catalogue :
        What they change.

    Raises
    ------
    ScenarioError
        When two make the same change in unlike ways, or set the same cells on the same days.
    """
    changes = _changes(part.changes for part in parts)
    placed = [Placed(change, inherited=True) for change in changes]
    faults, _ = check(name, placed, catalogue, dataset.values, dataset.start, parts[0].horizon)
    if faults:
        raise ScenarioError(faults)
    sources = {key: source for part in parts for key, source in part.sources.items()}
    return replace(
        parts[0], name=name, changes=changes, extends=tuple(part.name for part in parts), adjusts=(),
        sources=dict(sorted(sources.items())), file=None, notes=(), example=None,
    )  # fmt: skip


def _changes(lists: Iterable[Iterable[Change]]) -> tuple[Change, ...]:
    """Changes by id, each once."""
    found: dict[str, Change] = {}
    faults: list[Fault] = []
    for change in (change for changes in lists for change in changes):
        there = found.setdefault(change.id, change)
        if there.content() != change.content():
            places = " and ".join(f"`{one.origin.place}`" for one in (there, change))
            message = f"two scenarios make the change `{change.id}` in unlike ways: {places}"
            hint = "take one of the two scenarios out of the chain"
            faults.append(Fault("unlike-changes", message, hint=hint))
    if faults:
        raise ScenarioError(faults)
    return tuple(found[name] for name in sorted(found))


class Work:
    """The runs behind a bridge: counted before they are made, then made, then read.

    Parameters
    ----------
    bridge : Bridge
        The chain.
    scenarios : sequence of Scenario
        One for each step; equal ones are run once.
    counts : Counts
        Simulates one replication up to the last month of the chain.
    draws, seed : int
        Readings of the uncertain assumptions beside the central one, none when it is 1; key of all random numbers.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        bridge: Bridge,
        scenarios: Sequence[Scenario],
        counts: Counts,
        draws: int,
        seed: int = 1,
        **how: Unpack[How],
    ) -> None:
        if draws < 1:
            raise UsageError(Fault("too-few", f"{draws} draws is less than 1", hint="give 1 or more"))
        self.bridge, self.draws, self.seed = bridge, draws if draws > 1 else 0, seed
        self.n_scenarios = len(set(map(id, scenarios)))
        inputs = [one for scenario in scenarios for one in counts.inputs(scenario)]
        drawn = readings(seed, inputs, self.draws) if self.draws else ()
        tasks = [Task(scenario, None) for scenario in scenarios]
        tasks += [Task(scenario, reading, draw) for draw, reading in enumerate(drawn) for scenario in scenarios]
        self.plan = kept.plan(tasks, counts, KeepsMonths(), seed=seed, **how)

    @property
    def runs(self) -> tuple[int, int]:
        """Runs to make, and runs that are there already."""
        return len(self.plan.missing), len(self.plan.found)

    def answer(
        self, *, workers: int | None = None, progress: Progress | None = None, place: str = "", source: str = ""
    ) -> Answer:
        """Make the missing runs and rebuild the chain.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        place, source : str
            Where, and what the figures rest on.
        """
        made = self.plan.run(workers, progress)
        width = len(self.bridge.steps)
        central, *drawn = [made[at : at + width] for at in range(0, len(made), width)]
        return rebuild(self.bridge, central, drawn, seed=self.seed, place=place, source=source)
