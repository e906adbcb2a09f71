"""What `run` and `compare` share: scenarios from what is typed, run folders from scenarios."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity_sim import __version__
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import say
from capacity_sim.cli.output import duration, progress, warn
from capacity_sim.errors import Fault, RunError, ScenarioError, UsageError, shown_path

if TYPE_CHECKING:
    from capacity_sim.analysis.moving import Settled
    from capacity_sim.analysis.triggers import Movers
    from capacity_sim.data import DataSet
    from capacity_sim.data.thresholds import Thresholds
    from capacity_sim.runs.coalitions import Counts, EngineCounts
    from capacity_sim.runs.kept import How
    from capacity_sim.runs.runner import Model, Outcome, Request
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.scenario import Scenario

#: seconds from which runs are said to take so long before they are made
_WORTH_SAYING = 10.0
_WAITING = "another command is making the rest of these runs; waiting for it"


@dataclass(frozen=True, kw_only=True)
class Asked(typed.Form):
    """What was typed about how to run, and how to print."""

    draws: typed.Draws = 1
    reps: typed.Reps = 1
    seed: typed.Seed = 1
    design: typed.Layout = None
    first: typed.From = None
    last: typed.To = None
    region: typed.Region = None
    units: typed.Units = False
    workers: typed.Workers = None
    scheduler: typed.Scheduler = None
    runs_dir: typed.RunsDir = Path("runs")
    data: typed.Data = None
    timing_basis: typed.Timing = None
    force: typed.Force = False
    movers: typed.Movers = None

    @property
    def how(self) -> How:
        """How runs of which a few figures are kept are made."""
        waiting = None if self.quiet else cache(partial(say, _WAITING))  # once, as a search may wait time and again
        return {"runs_dir": self.runs_dir, "force": self.force, "scheduler": self.scheduler, "waiting": waiting}

    def check(self) -> None:
        """Refuse what cannot be run, before anything is read."""
        from capacity_sim.catalogue import load

        if self.workers is not None and self.workers < 1:
            raise UsageError(
                Fault("too-few", f"{self.workers} workers is less than one", hint="give 1 or more")
            )
        if self.design is not None and self.draws == 1:
            message = "`--design` lays out draws, and one draw has every assumption at its central value"
            raise UsageError(Fault("no-draws", message, hint="add `--draws 20`, or leave it out"))
        if self.scheduler is not None and self.workers is not None:
            message = "`--workers` is for this machine, and `--scheduler` runs on the workers of a cluster"
            raise UsageError(Fault("two-places", message, hint="leave one of them out"))
        if self.timing_basis is not None:
            typed.one_among(self.timing_basis, load().dimensions["basis"], "timing basis")


def source(dataset: DataSet) -> str:
    """What figures rest on, for the foot of a table or a chart; own data are named there."""
    from capacity_sim.runs.identity import source_line
    from capacity_sim.show.words import day_name

    own = "" if dataset.own is None else dataset.own.words
    return source_line(__version__, dataset.name, day_name(dataset.start), own)


def about(runs: int, counts: Counts, asked: Asked, desks: bool = False) -> str:
    """About how long some runs take together, for what is said before they are made.

    Parameters
    ----------
    runs : int
        How many.
    counts : Counts
        What each simulates.
    asked : Asked
        How they are made; what a cluster takes is not known, and so that of this machine is said.
    desks : bool
        Whether officers deliver the work, or it is only counted what falls due.
    """
    from capacity_sim.runs import pace

    each = pace.estimate(counts.people, counts.months, desks)
    time = duration(max(1.0, runs * each / max(1, min(runs, asked.workers or os.cpu_count() or 1))))
    return time if asked.scheduler is None else f"{time} on this machine alone"


def runs_words(missing: int, there: int) -> str:
    """Runs that have to be made and those that are there, for what is said before they are.

    Examples
    --------
    >>> runs_words(1, 0), runs_words(20, 3)
    ('1 run to make', '20 runs to make, 3 there already')
    """
    line = f"{missing} {'run' if missing == 1 else 'runs'} to make"
    return f"{line}, {there} there already" if there else line


def month_of(scenario: Scenario, months: Sequence[str], wanted: str | None) -> str:
    """The month that was typed, which must be among those of the scenario; the last March when none was."""
    from capacity_sim.analysis.compare import marches

    month = wanted or marches(months)[-1]
    if month not in months:
        hint = f"it runs from {months[0]} to {months[-1]}; `--to` runs it longer"
        raise UsageError(Fault("unknown-month", f"`{scenario.name}` has no month {month}", hint=hint))
    return month


def check_months(scenarios: Sequence[Scenario], asked: Asked, wanted: Sequence[str]) -> None:
    """Refuse months that scenarios do not have, before they are run."""
    from capacity_sim.calendars import months_to

    for one in scenarios if wanted else ():
        months = months_to(one.horizon, make_model(one.data, asked.region).months(one))
        for month in wanted:
            month_of(one, months, month)


def make_model(data: str, region: str | None) -> Model:
    """Model that runs the scenarios of a data set."""
    from capacity_sim.runs.replication import EngineModel

    return EngineModel(data, region)


def make_counts(scenario: Scenario, region: str | None, month: str) -> EngineCounts:
    """Simulation of a scenario's data up to a month."""
    from capacity_sim.runs.coalitions import EngineCounts
    from capacity_sim.runs.replication import EngineModel

    return EngineCounts(EngineModel(scenario.data, region), month, scenario.horizon)


def read_scenarios(names: Sequence[str], asked: Asked) -> list[Scenario]:
    """Scenarios of names or files, with the data, horizon and timing that were typed; all faults at once."""
    from capacity_sim import scenario
    from capacity_sim.runs.replication import load_data
    from capacity_sim.runs.store import MANIFEST

    asked.check()
    chosen = {"timing_basis": asked.timing_basis, "horizon": asked.last}
    data_of = typed.data_of(asked.data)
    found: list[Scenario] = []
    problems: list[ScenarioError] = []
    for name in dict.fromkeys(names):
        if any((folder / MANIFEST).is_file() for folder in (Path(name), asked.runs_dir / name)):
            message = f"`{name}` is a run folder, and a scenario is wanted here: it is run"
            hint = "name the scenario; `compare`, `thresholds`, `delivery`, `report` and `brief` read run folders"
            raise UsageError(Fault("a-scenario", message, hint=hint))
        try:
            one = scenario.load(name, load_data=data_of)
        except ScenarioError as problem:
            problems.append(problem)
            continue
        choices: dict[str, Any] = {
            **one.choices,
            **{key: value for key, value in chosen.items() if value is not None},
        }
        found.append(replace(one, choices=choices, data=asked.data or one.data))
    if problems:
        raise typed.together(problems)
    for one in found:
        warn(scenario.far_note(one, load_data(one.data).start), asked.quiet)
    return found


def run_scenarios(scenarios: Sequence[Scenario], asked: Asked, thresholds: bool = True) -> list[Outcome]:
    """Run folders of scenarios; what is on disk is reused. Says on stderr what was done.

    Parameters
    ----------
    scenarios : sequence of Scenario
        What to run.
    asked : Asked
        How.
    thresholds : bool
        Whether the thresholds that a run meets are written beside its results; `run` does so itself, as it says them.
    """
    from capacity_sim.runs import runner

    outcomes: dict[str, Outcome] = {}
    for data in dict.fromkeys(one.data for one in scenarios):
        mine = [one for one in scenarios if one.data == data]
        request = make_request(mine, asked)
        model = ready_model(mine, data, asked)
        with progress(asked.quiet) as callback:
            done = runner.run(
                request,
                model,
                runs_dir=asked.runs_dir,
                workers=asked.workers,
                scheduler=asked.scheduler,
                force=asked.force,
                progress=callback,
                before=None if asked.quiet else partial(_say_time, model, mine, asked),
                waiting=None if asked.quiet else say_waiting,
            )
        outcomes.update({one.name: outcome for one, outcome in zip(mine, done, strict=True)})
    found = [outcomes[one.name] for one in scenarios]
    if not asked.quiet:
        say_done(found)
    if thresholds:
        keep_thresholds([one.folder for one in found], scenarios, asked)
    return found


def say_waiting(name: str) -> None:
    """Say that another command makes the same runs, which are waited for and used."""
    say(f"{name}: another command is making these runs; waiting for it")


def _say_time(model: Model, scenarios: Sequence[Scenario], asked: Asked, missing: int, there: int) -> None:
    """Say how many runs are made and about how long they take, where runs were timed here and it is worth a line."""
    from capacity_sim.runs import pace

    if not model.portable or asked.scheduler is not None or not pace.known():
        return
    months = max(len(model.months(one)) for one in scenarios)
    seconds = missing * pace.estimate(model.people, months, True) / (asked.workers or os.cpu_count() or 1)
    if seconds >= _WORTH_SAYING:
        names = ", ".join(one.name for one in scenarios)
        say(f"{names}: {runs_words(missing, there)}; about {duration(seconds)}")


def keep_thresholds(folders: Sequence[RunFolder], scenarios: Sequence[Scenario], asked: Asked) -> None:
    """Write beside the results of runs which of the shipped thresholds they meet, where that is not there."""
    from capacity_sim.data.thresholds import read_thresholds

    for folder, one in zip(folders, scenarios, strict=True):
        settle(folder, one, read_thresholds(), asked)


def settle(
    folder: RunFolder, scenario: Scenario, wanted: Thresholds, asked: Asked, named: bool = False
) -> Settled:
    """Thresholds that a run meets and what moved them, written beside its results.

    Parameters
    ----------
    folder : RunFolder
        The run.
    scenario : Scenario
        What was run.
    wanted : Thresholds
        The thresholds.
    asked : Asked
        How runs are made, and whether what moved the thresholds is found.
    named : bool
        Whether these thresholds take the place of others.
    """
    from capacity_sim.analysis import moving
    from capacity_sim.analysis.kept_thresholds import FILE
    from capacity_sim.show.threshold_file import Beside

    def counts() -> Counts:
        return make_counts(scenario, asked.region, folder.months[-1])

    def before(made: Movers) -> AbstractContextManager[Callable[[float, int, float | None], None] | None]:
        missing = len(made.plan.missing)
        if missing and not asked.quiet:
            say(
                f"which of {len(made.game.groups)} changes moved the thresholds of {folder.name}: "
                f"{runs_words(missing, 0)}, about {about(missing, made.plan.counts, asked, made.plan.delivery)}; "
                "`--no-movers` leaves them out"
            )
        return progress(asked.quiet)

    found = moving.settle(
        Beside(folder), scenario, wanted.each, asked.movers, counts, named=named, workers=asked.workers,
        before=before, **asked.how,
    )  # fmt: skip
    try:
        found.write()
    except RunError as problem:  # runs of others are read where they are
        hint = f"`{FILE}` is left out"
        warn([replace(fault, severity="warning", hint=hint) for fault in problem.faults], asked.quiet)
    return found


def make_request(scenarios: Sequence[Scenario], asked: Asked) -> Request:
    """Request of scenarios with the counts and the design that were typed."""
    from capacity_sim.runs.design import Design
    from capacity_sim.runs.runner import Request

    design = Design() if asked.design is None else Design.read(asked.design)
    return Request(scenarios, asked.draws, asked.reps, asked.seed, asked.units, design)


def ready_model(scenarios: Sequence[Scenario], data: str, asked: Asked) -> Model:
    """Model of scenarios on one data set; their horizons are checked, and their notes said."""
    from capacity_sim import scenario

    model = make_model(data, asked.region)
    for one in scenarios:
        model.months(one)
    for one in scenarios:
        warn([*one.notes, *scenario.horizon_notes(one, one.horizon)], asked.quiet)
    return model


def say_done(outcomes: Sequence[Outcome]) -> None:
    """Say on stderr what was made, what was there, and where it is."""
    lines = [(one.folder.name, _what(one), shown_path(one.folder.path)) for one in outcomes]
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    for name, what, place in lines:
        say(f"{name:<{widths[0]}}  {what:<{widths[1]}}  {place}")


def _what(one: Outcome) -> str:
    if one.reused:
        return "reused, asked before"
    there = f", {one.kept} were there" if one.kept else ""
    return f"{_counted(one.replications)} in {duration(one.seconds)}{there}"


def _counted(replications: int) -> str:
    return f"{replications} {'replication' if replications == 1 else 'replications'}"


def next_command(
    names: Sequence[str], scenarios: Sequence[Scenario], folders: Sequence[RunFolder], asked: Asked, same: bool
) -> str:
    """Comparison that goes on from a run: with the scenario it came from, the baseline, or Reset.

    Parameters
    ----------
    names : sequence of str
        What was run, as it was typed.
    scenarios : sequence of Scenario
        The same.
    folders : sequence of RunFolder
        The runs.
    asked : Asked
        How they were made.
    same : bool
        Whether the comparison has the draws of the runs, however few; else it has enough for a range.
    """
    from capacity_sim.runs.design import as_typed

    first, run = scenarios[0], folders[0]
    draws = run.draws if same or first.file is None else max(run.draws, 20)
    if first.file is None:
        words = [names[0], shown_path(run.path)]
    elif len(scenarios) > 1:
        words = list(names)
    else:
        words = [names[0], "reset"] if first.name == "baseline" else ["baseline", names[0]]
    options = {
        "--draws": draws,
        "--reps": run.reps if run.reps > 1 else None,
        "--seed": asked.seed if asked.seed != 1 else None,
        "--design": as_typed(str(run.question.get("design", ""))) or asked.design,
        "--to": asked.last,
        "--region": asked.region,
        "--data": asked.data,
        "--timing-basis": asked.timing_basis,
        "--runs-dir": asked.runs_dir if asked.runs_dir != Path("runs") else None,
    }
    words += {None: [], True: ["--movers"], False: ["--no-movers"]}[asked.movers]
    words += [f"{option} {shlex.quote(str(value))}" for option, value in options.items() if value is not None]
    return " ".join(["capacity-sim compare", *words])


def span(folder: RunFolder, first: date | None) -> tuple[str, ...]:
    """Months of a run to report."""
    data, horizon = folder.question["data"], folder.question["horizon"]
    return typed.reported(
        folder.months, first, date.fromisoformat(data["start"]), date.fromisoformat(horizon["end"])
    )
