"""Whether it is looked for what moved the thresholds of a run: one rule, whichever way the run was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol, Unpack

from capacity_sim.analysis import groups
from capacity_sim.analysis.breaches import Watched
from capacity_sim.analysis.kept_thresholds import from_folder
from capacity_sim.analysis.lineage import parent_of
from capacity_sim.analysis.triggers import Movers, drawn_again
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import Threshold
from capacity_sim.errors import ScenarioError, UsageError
from capacity_sim.runs.coalitions import Counts
from capacity_sim.runs.kept import How
from capacity_sim.runs.runner import Progress
from capacity_sim.runs.store import RunFolder
from capacity_sim.scenario import Scenario
from capacity_sim.scenario import load as load_scenario

#: people lived again that are spent unasked on what moved a threshold, if it is more than twice those of the run
MOST_PEOPLE = 500_000


@dataclass(frozen=True)
class Sought:
    """Runs that tell what moved the thresholds of a run, or why there are none.

    Parameters
    ----------
    made : Movers or None
        The runs.
    reason : str
        Why there are none, as a sentence; empty too where nobody wants them or the scenario changes nothing.
    """

    made: Movers | None = None
    reason: str = ""


def sought(
    folder: RunFolder,
    scenario: Scenario,
    thresholds: Sequence[Threshold],
    wanted: bool | None,
    counts: Callable[[], Counts],
    **how: Unpack[How],
) -> Sought:
    """Runs that tell which change moved the thresholds of a run; none where nobody wants them or none can tell.

    Parameters
    ----------
    folder : RunFolder
        The run.
    scenario : Scenario
        What was run.
    thresholds : sequence of Threshold
        What is watched.
    wanted : bool or None
        Whether to look; None for where that is not dear, which depends on the scenario, its people and its draws alone,
        so that the same run has the same file on any machine.
    counts : callable
        Gives what simulates to the end of the run.
    **how : How
        As in `runs.kept.plan`.
    """
    if wanted is False:
        return Sought()
    base = replace(load_scenario("baseline"), data=scenario.data)
    try:
        game = groups.game(base, scenario, parent_of, load())
    except UsageError:  # it changes nothing
        return Sought()
    simulates, n = counts(), len(game.groups)
    own, runs = folder.draws * folder.reps, n * drawn_again(folder.draws, n) * folder.reps
    if wanted is None and runs > 2 * own and runs * simulates.people > MOST_PEOPLE:
        return Sought(None, f"`--movers` says which of {n} changes moved each most, for {runs} runs more.")
    try:
        return Sought(Movers(folder, thresholds, game, simulates, **how))
    except ScenarioError as problem:
        why = f"{problem.faults[0].message} without some of them"
        return Sought(None, f"Which change moved each most is not known: {why}.")


class Beside(Protocol):
    """File beside the results of a run that says which thresholds it meets."""

    @property
    def folder(self) -> RunFolder:
        """The run."""

    @property
    def there(self) -> bool:
        """Whether there is a file."""

    @property
    def has_movers(self) -> bool:
        """Whether it says what moved thresholds."""

    def says(self, found: Sequence[Watched]) -> bool:
        """Whether it has these thresholds as they are found, and no others."""

    def with_movers(self, found: Sequence[Watched]) -> tuple[list[Watched], int]:
        """Thresholds with what moved them where it says so, and the draws behind that; 0 for none."""

    def write(self, found: Sequence[Watched], again: int) -> None:
        """Write thresholds, and the draws behind what moved them; raises RunError where nothing can be written."""


@dataclass(frozen=True)
class Settled:
    """Thresholds that a run meets, and what moved them.

    Parameters
    ----------
    file : Beside
        The file of the run.
    found : sequence of Watched
        The thresholds; empty where the file of the run is left as it is.
    again : int
        Draws behind what moved them; 0 where that is not known.
    reason : str
        Why it is not, as a sentence; empty where nobody asked or nothing is changed.
    """

    file: Beside
    found: Sequence[Watched] = ()
    again: int = 0
    reason: str = ""

    def write(self) -> None:
        """Write them beside the results of the run; raises RunError where nothing can be written."""
        if self.found:
            self.file.write(self.found, self.again)


def settle(
    file: Beside,
    scenario: Scenario,
    thresholds: Sequence[Threshold],
    movers: bool | None,
    counts: Callable[[], Counts],
    *,
    named: bool = False,
    workers: int | None = None,
    before: Callable[[Movers], AbstractContextManager[Progress | None]] = lambda _: nullcontext(),
    **how: Unpack[How],
) -> Settled:
    """Thresholds that a run meets and which change moved each most, by one rule whichever way the run was made.

    What its folder says already is kept: what moved them, and other thresholds than these unless these were named.

    Parameters
    ----------
    file : Beside
        The file of the run.
    scenario : Scenario
        What was run.
    thresholds : sequence of Threshold
        The thresholds.
    movers : bool or None
        Whether to find what moved them, for which the run is made again without each change; None for where that is
        not dear.
    counts : callable
        Gives what simulates to the end of the run.
    named : bool
        Whether these thresholds were asked for, so that they take the place of others.
    workers : int, optional
        Runs at a time.
    before : callable
        Given the runs before they are made; gives the context in which they are, and their progress.
    **how : How
        As in `runs.kept.plan`.
    """
    stays = file.there and not named and not movers  # unless something is to be added to it
    if stays and (movers is False or file.has_movers):
        return Settled(file)
    runs = sought(file.folder, scenario, thresholds, movers, counts, **how)
    if stays and runs.made is None:
        return Settled(file)
    levels = from_folder(file.folder, thresholds)
    if stays and not file.says(levels):
        return Settled(file)
    if runs.made is None:
        found, again = file.with_movers(levels)
        return Settled(file, found, again, "" if again else runs.reason)
    with before(runs.made) as progress:
        return Settled(file, runs.made.answer(workers, progress), runs.made.draws)
