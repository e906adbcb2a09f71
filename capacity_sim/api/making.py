"""Runs made when they are not on disk yet, opened when they are, and held against each other."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from capacity_sim import scenario as scenarios
from capacity_sim.analysis.compare import check_alike
from capacity_sim.api.asked import check_place
from capacity_sim.api.comparing import Comparison
from capacity_sim.api.running import Progress, Run, Runs
from capacity_sim.api.scenarios import Scenario, day, load_scenario
from capacity_sim.api.watching import settle_run
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, RunError, UsageError, did_you_mean, one_of, render
from capacity_sim.runs import runner, store
from capacity_sim.runs.replication import EngineModel


def run(
    scenario: str | Path | Scenario | Sequence[str | Path | Scenario],
    *,
    draws: int = 1,
    reps: int = 1,
    seed: int = 1,
    to: str | dt.date | None = None,
    region: str | None = None,
    units: bool = False,
    data: str | None = None,
    timing_basis: str | None = None,
    runs_dir: str | Path = "runs",
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    movers: bool | None = None,
    progress: Progress | None = None,
) -> Runs:
    """Runs of one or more scenarios; what is on disk already is reused.

    Parameters
    ----------
    scenario : str, path, Scenario, or a sequence of them
        Names, files, or scenarios made in code.
    draws : int
        Readings of the uncertain assumptions; one takes every central value.
    reps : int
        Rolls of chance for each draw.
    seed : int
        Key of all random numbers.
    to : str or datetime.date, optional
        Last day to simulate; that of the scenario by default.
    region : str, optional
        Simulate one region only.
    units : bool
        Keep single delivery units (illustrative).
    data : str, optional
        Name or folder of a data set; that of the scenario by default.
    timing_basis : str, optional
        Timing that headlines are stated on: original, policy_adjusted or staff_reported.
    runs_dir : path
        Folder of the run folders.
    workers : int, optional
        Replications at a time; the number of cores by default.
    scheduler : str, optional
        Address of a Dask cluster to run on, such as ``tcp://10.0.0.5:8786``; this machine by default. The results are
        the same.
    force : bool
        Run again what is on disk already.
    movers : bool, optional
        Find which change moved each threshold most, as `Run.thresholds` shows it; by default where that is not dear
        beside the run, as the commands `run` and `compare` do.
    progress : callable, optional
        Called with replications done, replications in all, and the seconds left or None.

    Returns
    -------
    Runs
        In the order asked.

    Raises
    ------
    ScenarioError
        With every fault of every scenario, before anything is run.
    UsageError
        For a count below one, an unknown region or timing basis, or workers of this machine and of a cluster.
    RunError
        When the cluster does not answer.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.run(["baseline", "reset"], data="demo", to="2024-06-30", draws=0)
    Traceback (most recent call last):
    capacity_sim.errors.UsageError: 0 draws is less than one
      = hint: give 1 or more draws
    """
    check_place(workers, scheduler)
    asked = [scenario] if isinstance(scenario, str | Path | Scenario) else list(scenario)
    if not asked:
        raise UsageError(Fault("no-scenario", "there is no scenario to run", hint="name one, such as `reset`"))
    basis = load().dimensions["basis"]
    if timing_basis is not None and timing_basis not in basis:
        hint = did_you_mean(timing_basis, basis, f"use {one_of(basis)}")
        raise UsageError(Fault("unknown-timing-basis", f"no timing basis is called `{timing_basis}`", hint=hint))
    last = None if to is None else day(to, "to")
    given: dict[str, Any] = {"timing_basis": timing_basis, "horizon": last}
    chosen = {key: value for key, value in given.items() if value is not None}
    found = []
    for one in (load_scenario(name) for name in asked):
        choices = {**one.resolved.choices, **chosen}
        found.append(replace(one, resolved=replace(one.resolved, choices=choices, data=data or one.resolved.data)))
    done: dict[int, runner.Outcome] = {}
    for name in dict.fromkeys(one.resolved.data for one in found):
        mine = [place for place, one in enumerate(found) if one.resolved.data == name]
        request = runner.Request([found[place].resolved for place in mine], draws, reps, seed, units)
        model = EngineModel(name, region)
        for place in mine:
            model.months(found[place].resolved)
            _warn(found[place].resolved)
        outcomes = runner.run(
            request, model, runs_dir=Path(runs_dir), workers=workers, scheduler=scheduler, force=force,
            progress=progress,
        )  # fmt: skip
        done.update(zip(mine, outcomes, strict=True))
        for place, outcome in zip(mine, outcomes, strict=True):
            settled = settle_run(
                outcome.folder, found[place].resolved, movers, workers, scheduler, progress, force
            )
            with suppress(RunError):  # runs of others are read where they are
                settled.write()
    return Runs([Run(done[place].folder, one, done[place].reused) for place, one in enumerate(found)])


def _warn(found: scenarios.Scenario) -> None:
    for note in [*found.notes, *scenarios.horizon_notes(found, found.horizon)]:
        if note.severity == "warning":
            warnings.warn(render([note]), stacklevel=4)


def open_runs(*names: str | Path | Sequence[str | Path], runs_dir: str | Path = "runs") -> Runs:
    """Finished runs on disk, checked to be as they were written.

    Parameters
    ----------
    *names : str or path, or a sequence of them
        Run folders, or names of scenarios that have one run; every run of the folder by default.
    runs_dir : path
        Folder of the run folders.

    Raises
    ------
    RunError
        When there is no such run, there are several of a name, or files are not as they were written.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.open_runs("baselin", runs_dir="no-such-folder")
    Traceback (most recent call last):
    capacity_sim.errors.RunError: there is no run called `baselin` in `no-such-folder`
      = hint: `capacity-sim run baselin` makes one
    """
    folder = Path(runs_dir)
    wanted: list[str | Path] = []
    for given in names:
        wanted += [given] if isinstance(given, str | Path) else given
    if not names and folder.is_dir():
        wanted = [path for path in sorted(folder.iterdir()) if (path / store.MANIFEST).is_file()]
    return Runs([Run(store.open_run(name, folder)) for name in wanted])


def compare(
    runs: Runs | Sequence[Run | str], *others: Run | str, to: str | None = None, runs_dir: str = "runs"
) -> Comparison:
    """Comparison of finished runs that differ in their scenario alone.

    Parameters
    ----------
    runs : Runs, or a sequence of Run or str
        Runs; a name or folder is opened from `runs_dir`.
    *others : Run or str
        More of them.
    to : str, optional
        Name of the run that the others are held against; the first by default.
    runs_dir : str
        Folder of the run folders.

    Returns
    -------
    Comparison

    Raises
    ------
    NotComparableError
        When they differ in more than their scenario, with a table of what differs.
    UsageError
        For fewer than two runs, or when none is called `to`.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.compare([])
    Traceback (most recent call last):
    capacity_sim.errors.UsageError: a comparison needs two runs
      = hint: give a second run
    """
    given = [runs] if isinstance(runs, Run | str) else list(runs)
    found = Runs([one if isinstance(one, Run) else open_runs(one, runs_dir=runs_dir)[0] for one in [*given, *others]])
    if len(found) < 2:
        raise UsageError(Fault("one-run", "a comparison needs two runs", hint="give a second run"))
    if to is not None:
        first = found[to]
        found = Runs([first, *(one for one in found if one is not first)])
    check_alike(found.folders)
    return Comparison(found)
