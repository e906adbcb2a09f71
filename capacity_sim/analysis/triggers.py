"""The runs behind thresholds: the scenario, the scenario without each of its parts, and with what a trigger starts.

Of a finished run only what lacks a part has to be made (`Movers`), as its own values are on disk.

A contingency is simulated in two passes. The first finds, draw by draw, the month in which the trigger fires; the
second runs each draw again with the contingency's changes moved, so that the first of them starts a lag after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.breaches import Acted, Mover, Name, Watched, fires, metric, mover, watched
from capacity_sim.analysis.groups import Game
from capacity_sim.analysis.kept_thresholds import in_folder, lines_of
from capacity_sim.calendars import add_months
from capacity_sim.data.thresholds import Contingency, Level, Threshold
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs import kept
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.lines import Line
from capacity_sim.runs.lines_kept import KeepsLines, Lines, needs_desks
from capacity_sim.runs.runner import Progress
from capacity_sim.runs.store import RunFolder
from capacity_sim.scenario import Change, Scenario

Array = npt.NDArray[np.float64]
#: draws from which a range is told
_FEWEST = 4


class Movers:
    """What moved the thresholds of a finished run: its first draws again, without each group of changes.

    The runs are those that `Work` makes, so that whichever is asked first spares the other.

    Parameters
    ----------
    folder : RunFolder
        The run.
    thresholds : sequence of Threshold
        What is watched.
    game : Game
        Groups of changes.
    counts : Counts
        Simulates to the end of the run.
    **how : How
        As in `runs.kept.plan`.
    """

    def __init__(
        self, folder: RunFolder, thresholds: Sequence[Threshold], game: Game, counts: Counts, **how: Unpack[How]
    ) -> None:
        self.folder, self.thresholds, self.game = folder, tuple(thresholds), game
        self.draws = drawn_again(folder.draws, len(game.groups))
        self._lines = lines_of(thresholds, folder.timing_basis)
        read = readings_of(folder)
        tasks = [
            Task(_without(game, place), read[draw], draw, rep)
            for place in range(len(game.groups))
            for draw in range(self.draws)
            for rep in range(folder.reps)
        ]
        self.plan = _planned(tasks, counts, self._lines, int(folder.question["seed"]), how)

    def answer(self, workers: int | None = None, progress: Progress | None = None) -> list[Watched]:
        """Make the missing runs; each threshold over all draws, with what moved it most over the first of them.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        """
        made = self.plan.run(workers, progress)
        runs, months = in_folder(self.folder, self._lines), self.folder.months
        n = self.draws * self.folder.reps
        without = _values(made, self._lines, len(months))
        found = [watched(one, months, runs) for one in self.thresholds]
        return [moved(one, self.game, months, [*runs[:n], *without], n) for one in found]


def _planned(
    tasks: Sequence[Task], counts: Counts, lines: Mapping[Name, Line], seed: int, how: How
) -> kept.Plan[Lines]:
    """Plan of runs that keep some lines; officers sit at their desks only where a line needs them."""
    wanted = tuple(lines.values())
    return kept.plan(tasks, counts, KeepsLines(wanted), seed=seed, delivery=needs_desks(wanted), **how)


def _values(made: Sequence[Lines], lines: Mapping[Name, Line], months: int) -> list[dict[Name, Array]]:
    """Values of the last months of each run."""
    return [{name: one.lines[line][-months:] for name, line in lines.items()} for one in made]


def drawn_again(draws: int, groups: int) -> int:
    """Draws of a run that are made again without each group: as many as take twice its runs, and four for a range.

    Examples
    --------
    >>> drawn_again(1, 10), drawn_again(6, 10), drawn_again(20, 5), drawn_again(20, 1)
    (1, 4, 8, 20)
    """
    return min(draws, max(_FEWEST, 2 * draws // max(1, groups)))


def readings_of(folder: RunFolder) -> list[dict[str, float] | None]:
    """Reading of every draw of a finished run, as it was made; None for central values.

    Parameters
    ----------
    folder : RunFolder
        The run.
    """
    if folder.draws == 1:
        return [None]
    inputs = folder.manifest["uncertain_inputs"]
    return [{name: float(one["quantiles"][draw]) for name, one in inputs.items()} for draw in range(folder.draws)]


def moved(one: Watched, game: Game, months: Sequence[str], runs: Sequence[Mapping[Name, Array]], n: int) -> Watched:
    """A threshold with what moved it, most first; in the last month where nothing has by the month of its breach.

    Parameters
    ----------
    one : Watched
        The threshold over the runs.
    game : Game
        Groups of changes.
    months : sequence of str
        Months of the runs.
    runs : sequence of mapping
        Values by month of `n` runs, then of the same runs without each group.
    n : int
        How many runs.
    """

    def at_month(at: Watched) -> list[Mover]:
        return [
            mover(group.name, at, months, runs[:n], runs[(place + 1) * n : (place + 2) * n])
            for place, group in enumerate(game.groups)
        ]

    found = at_month(one)
    if not any(each.moves for each in found) and one.month != months[-1]:
        one = replace(one, month=months[-1])
        found = at_month(one)
    order = tuple(sorted(found, key=lambda each: (not each.moves, -abs(each.effect), each.name)))
    return replace(one, movers=order)


class Work:
    """The runs of a scenario over which thresholds are watched.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    thresholds : sequence of Threshold
        What is watched.
    counts : Counts
        Simulates to the end of the run.
    draws, reps, seed : int
        Readings, replications, and the key of all random numbers.
    first : str
        First month that is watched; the first of the run by default.
    game : Game or None
        Groups of changes, when what moved each threshold most is asked.
    more : sequence of Scenario
        Contingencies, whose ranges are read too.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        scenario: Scenario,
        thresholds: Sequence[Threshold],
        counts: Counts,
        *,
        draws: int = 20,
        reps: int = 1,
        seed: int = 1,
        first: str = "",
        game: Game | None = None,
        more: Sequence[Scenario] = (),
        **how: Unpack[How],
    ) -> None:
        self.scenario, self.thresholds, self.counts, self.game = scenario, tuple(thresholds), counts, game
        self._lines = lines_of(thresholds, scenario.timing_basis)
        self._draws, self._reps, self._seed = draws, reps, seed
        self._how = how
        self._from = first
        inputs = {one.id: one for side in (scenario, *more) for one in counts.inputs(side)}
        self._readings = readings(seed, inputs.values(), draws)
        variants = [] if game is None else [_without(game, place) for place in range(len(game.groups))]
        self.plan = self._planned([[one] * self.runs for one in (scenario, *variants)])

    @property
    def runs(self) -> int:
        """Runs of one variant."""
        return self._draws * self._reps

    def _planned(self, variants: Sequence[Sequence[Scenario]]) -> kept.Plan[Lines]:
        """Plan of some variants, each a scenario for every draw and replication."""
        at = [(draw, rep) for draw in range(self._draws) for rep in range(self._reps)]
        tasks = [
            Task(scenario, self._readings[draw], draw, rep)
            for variant in variants
            for scenario, (draw, rep) in zip(variant, at, strict=True)
        ]
        return _planned(tasks, self.counts, self._lines, self._seed, self._how)

    def answer(self, workers: int | None = None, progress: Progress | None = None) -> list[Watched]:
        """Make the missing runs; each threshold, with what moved it most.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        """
        made = self.plan.run(workers, progress)
        self.months = tuple(month for month in made[0].months if month >= self._from)
        runs = _values(made, self._lines, len(self.months))
        self._first = runs[: self.runs]
        found = [watched(one, self.months, self._first) for one in self.thresholds]
        if self.game is None:
            return found
        return [moved(one, self.game, self.months, runs, self.runs) for one in found]

    def act(
        self,
        threshold: Threshold,
        contingency: Contingency,
        part: Scenario,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> Acted:
        """Run each draw again with a contingency that starts a lag after the trigger fires in that draw.

        Parameters
        ----------
        threshold : Threshold
            The trigger.
        contingency : Contingency
            Its level and lag.
        part : Scenario
            What starts.
        workers, progress :
            As in `runs.kept.Plan.run`.

        Raises
        ------
        UsageError
            When the scenario has all of it already, or nothing of it has a date.
        """
        new = contingent(self.scenario, part)
        level: Level = "red" if contingency.at == "red" else "amber"
        when = [
            fires(metric(threshold, one), threshold.level(level), threshold.side, threshold.dwell_months)
            for one in self._first
        ]
        starts = [None if one is None else started(self.months[one], contingency.lag_months) for one in when]
        last = dt.date.fromisoformat(f"{self.months[-1]}-01")
        variant = [
            self.scenario if start is None or start > last else with_start(self.scenario, new, start)
            for start in starts
        ]
        made = self._planned([variant]).run(workers, progress)
        runs = _values(made, self._lines, len(self.months))
        began = [place for place, start in enumerate(starts) if start is not None and start <= last]
        effects = [
            metric(threshold, runs[place])[-1] - metric(threshold, self._first[place])[-1] for place in began
        ]
        quantiles = np.quantile(effects, (0.5, 0.1, 0.9)) if effects else np.zeros(3)
        order = sorted(start for place, start in enumerate(starts) if place in began and start is not None)
        half = self.runs // 2
        return Acted(
            threshold=threshold,
            contingency=contingency,
            fired=float(np.mean([one is not None for one in when])),
            started=len(began) / self.runs,
            first=order[half].isoformat()[:7] if len(order) > half else "",
            before=watched(threshold, self.months, self._first),
            after=watched(threshold, self.months, runs),
            change=(float(quantiles[0]), float(quantiles[1]), float(quantiles[2])),
        )


def started(month: str, lag_months: int) -> dt.date:
    """First day of a contingency: the first of the month after the one in which it fires, plus the lag.

    Examples
    --------
    >>> started("2026-12", 6).isoformat()
    '2027-07-01'
    """
    return add_months(dt.date.fromisoformat(f"{month}-01"), lag_months + 1)


def contingent(scenario: Scenario, part: Scenario) -> tuple[Change, ...]:
    """Changes of a part that a scenario lacks.

    Raises
    ------
    UsageError
        When there is none, or none has a date to move.
    """
    there = {change.id for change in scenario.changes}
    new = tuple(change for change in part.changes if change.id not in there and change.acts)
    if not new:
        hint = "name another contingency, or watch a scenario without it"
        message = f"`{scenario.name}` has all of `{part.name}` already, so it cannot start as a contingency"
        raise UsageError(Fault("already-there", message, hint=hint))
    if not any(change.dates for change in new):
        message = f"nothing that `{part.name}` changes has a first day, so it cannot start with a trigger"
        raise UsageError(Fault("no-dates", message, hint="give its changes `from:`"))
    return new


def with_start(scenario: Scenario, new: Sequence[Change], start: dt.date) -> Scenario:
    """A scenario with a contingency whose first change starts on a day; the others keep their distance to it.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    new : sequence of Change
        Changes of the contingency.
    start : datetime.date
        First day.
    """
    first = min(change.start for change in new if change.start is not None)
    months = (start.year - first.year) * 12 + start.month - first.month
    months += 1 if add_months(first, months) < start else 0
    moved = [replace(change, delay_months=change.delay_months + months) if change.dates else change for change in new]
    changes = {change.id: change for change in (*scenario.changes, *moved)}
    return replace(scenario, changes=tuple(changes[name] for name in sorted(changes)))


def _without(game: Game, place: int) -> Scenario:
    return game.variant((1 << len(game.groups)) - 1 - (1 << place))
