"""The command `thresholds`: how surely and when a plan turns amber or red, why, and what a contingency would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import comparing, idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress
from capacity_sim.errors import Fault, ScenarioError, UsageError

if TYPE_CHECKING:
    from capacity_sim.analysis.breaches import Watched
    from capacity_sim.analysis.groups import Game
    from capacity_sim.analysis.triggers import Work
    from capacity_sim.data.thresholds import Thresholds
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.scenario import Scenario

NoMovers = Annotated[
    bool, typer.Option("--no-movers", help="Leave out which change moved each threshold most; takes fewer runs.")
]
File = Annotated[
    Path | None, typer.Option("--thresholds", metavar="FILE", help="Your own thresholds; the shipped ones by default.")
]


@guarded
def thresholds(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario by name or file, or a run folder.")],
    file: File = None,
    act: Annotated[
        bool, typer.Option("--act", help="Simulate contingencies: each starts when its trigger fires, plus its lag.")
    ] = False,
    less: Annotated[
        str, typer.Option(metavar="NAME", help="Changes beside this scenario are held to account for moving it.")
    ] = "baseline",
    no_movers: NoMovers = False,
    draws: Annotated[int | None, typer.Option(help="Readings of the uncertain assumptions; 20 by default.")] = None,
    reps: Annotated[int | None, typer.Option(help="Rolls of chance for each draw; 1 by default.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM", help="First month that is watched; the first of the run.")
    ] = None,
    asked: Annotated[
        work.Asked, Offers("seed region since last", typed.HOW, typed.FORM)
    ] = work.Asked(draws=20),
) -> None:
    r"""Say how surely and when a plan turns amber or red.

    A run folder is read as it is. A scenario is run, also without each of its parts, to say what moved each most.

    \b
    Example:
      capacity-sim thresholds full-programme --region London
      capacity-sim thresholds reset --act --thresholds mine.yaml
    """
    from capacity_sim.analysis import triggers
    from capacity_sim.analysis.breaches import checked_names
    from capacity_sim.calendars import months_to
    from capacity_sim.data.thresholds import read_thresholds
    from capacity_sim.runs import store
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show import threshold_file
    from capacity_sim.show.breached import breached_report, thresholds_words

    wanted = checked_names(read_thresholds(file))
    if comparing.is_folder(name, asked.runs_dir):
        comparing.refuse_of_folders([name], f"{idle.RUNNING} act less no_movers since")
        folder = store.open_run(name, asked.runs_dir)
        emit([threshold_file.report(folder, wanted)], asked)
        return
    if no_movers:
        idle.refuse("less", "`--no-movers` leaves out what moved each threshold", "leave one of the two out")
    _check_numbers(asked)
    scenario = work.read_scenarios([name], asked)[0]
    game = None if no_movers else _game(scenario, less, asked)
    parts = _parts(scenario, wanted, asked) if act else {}
    months = months_to(scenario.horizon, work.make_model(scenario.data, None).months(scenario))
    counts = work.make_counts(scenario, asked.region, months[-1])
    made = triggers.Work(
        scenario, wanted.each, counts, draws=asked.draws, reps=asked.reps, seed=asked.seed,
        first=_since(since, months, scenario), game=game, more=tuple(parts[one] for one in sorted(parts)),
        **asked.how,
    )  # fmt: skip
    if not asked.quiet:
        say(_cost(made, len(parts), asked))
    with progress(asked.quiet) as callback:
        found = made.answer(asked.workers, callback)
        acted = [
            made.act(one, wanted.contingencies[one.name], parts[one.name], asked.workers, callback)
            for one in wanted.each
            if one.name in parts
        ]
    report = breached_report(
        found, name=scenario.name, place=asked.region or load_data(scenario.data).title, draws=asked.draws,
        reps=asked.reps, source=thresholds_words(wanted, work.source(load_data(scenario.data))), acted=acted,
    )  # fmt: skip
    emit([report], asked)


def said_of(folder: RunFolder, wanted: Thresholds) -> list[str]:
    """Sentences on thresholds for the table of a run, as `run --no-movers` has them; nothing is written."""
    from capacity_sim.analysis.kept_thresholds import from_folder

    return _said(from_folder(folder, wanted.each), folder)


def _said(found: Sequence[Watched], folder: RunFolder) -> list[str]:
    from capacity_sim.show.breached import lines, movers_wanted

    return [*lines(found, folder.draws * folder.reps), movers_wanted(folder.name)]


def of_run(folder: RunFolder, scenario: Scenario, wanted: Thresholds, asked: work.Asked) -> list[str]:
    """Sentences on thresholds for the table of a run; the whole table is written beside its results.

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
    """
    from capacity_sim.analysis.kept_thresholds import FILE
    from capacity_sim.show.breached import lines

    made = work.settle(folder, scenario, wanted, asked, named=True)
    if asked.movers is False:
        return _said([replace(one, movers=()) for one in made.found], folder)
    said, again = lines(made.found, folder.draws * folder.reps), made.again
    if again:
        over = "" if folder.draws == 1 else f", over {'all' if again == folder.draws else f'the first {again}'} draws"
        said.append(
            f"Moved most by: the run with a change less the run without it{over}; `{FILE}` in its folder has every one."
        )
    return [*said, made.reason] if made.reason else said


def _since(first: str | None, months: Sequence[str], scenario: Scenario) -> str:
    """First month that is watched, as it was typed."""
    if first is None:
        return ""
    month = first[:7]
    if month not in months:
        hint = f"it runs from {months[0]} to {months[-1]}; write it as 2026-11"
        raise UsageError(Fault("unknown-month", f"`{scenario.name}` has no month {first}", hint=hint))
    return month


def _check_numbers(asked: work.Asked) -> None:
    asked.check()
    faults = typed.too_few(("--draws", asked.draws, 1), ("--reps", asked.reps, 1))
    if faults:
        raise UsageError(faults)


def _game(scenario: Scenario, less: str, asked: work.Asked) -> Game | None:
    """Groups of changes that may have moved a threshold; none where the scenario is the base itself."""
    from capacity_sim.analysis import groups
    from capacity_sim.analysis.lineage import parent_of
    from capacity_sim.catalogue import load

    if scenario.name == less:
        return None
    base = work.read_scenarios([less], asked)[0]
    return groups.game(base, scenario, parent_of, load())


def _parts(scenario: Scenario, wanted: Thresholds, asked: work.Asked) -> dict[str, Scenario]:
    """Scenario of each contingency, checked beside the scenario; all faults at once."""
    from capacity_sim import scenario as scenarios
    from capacity_sim.analysis import triggers
    from capacity_sim.runs.replication import load_data

    found: dict[str, Scenario] = {}
    faults: list[Fault] = []
    for name, contingency in wanted.contingencies.items():
        line, column = wanted.places[name]
        try:
            part = work.read_scenarios([contingency.scenario], asked)[0]
            new = triggers.contingent(scenario, part)
            scenarios.with_changes(scenario, new, load_data=load_data)
            found[name] = part
        except (UsageError, ScenarioError) as problem:
            faults += [
                Fault(fault.code, f"threshold `{name}`: {fault.message}", wanted.file, line, column, fault.hint)
                for fault in problem.faults
            ]
    if faults:
        raise UsageError(faults)
    if not wanted.contingencies:
        hint = "add `contingency: {scenario: ..., at: red, lag_months: 6}` to a threshold"
        raise UsageError(Fault("no-contingency", "no threshold has a contingency to simulate", hint=hint))
    return found


def _cost(made: Work, contingencies: int, asked: work.Asked) -> str:
    missing, there = len(made.plan.missing), len(made.plan.found)
    groups = 0 if made.game is None else len(made.game.groups)
    line = f"{made.runs} {'run' if made.runs == 1 else 'runs'}"
    line += f", and without each of {groups} changes" if groups else ""
    line += f": {missing} to make" + (f", {there} there already" if there else "")
    more = contingencies * made.runs
    line += f", then up to {more} with contingencies" if more else ""
    if missing + more:
        line += f"; about {work.about(missing + more, made.counts, asked, made.plan.delivery)}"
    return line

