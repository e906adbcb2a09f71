"""The command `validate`: runs held against published figures, row by row, as data say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit
from capacity_sim.errors import ExitCode, Fault, UsageError, one_of, shown_path

if TYPE_CHECKING:
    from capacity_sim.analysis.validation import Validation
    from capacity_sim.data import Target
    from capacity_sim.parameters import Parameters
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.scenario import Scenario

_DATA = "england_wales"
#: the page of the documentation, which a call from a checkout writes anew
_PAGE = Path("docs") / "validation.md"
JOINS = " + "
#: between a scenario and the older data set that brings it
ON = " @ "


@dataclass(frozen=True)
class Simulated:
    """A finished run with its parameters, read when they are needed."""

    folder: RunFolder
    data: str

    @cached_property
    def parameters(self) -> Parameters:
        """Parameters at central values, from the scenario that the run keeps."""
        from capacity_sim import scenario
        from capacity_sim.analysis.validation import calendar_of
        from capacity_sim.catalogue import load
        from capacity_sim.parameters import Parameters
        from capacity_sim.runs.replication import load_data

        found = scenario.load(self.folder.path / "scenario.yaml", load_data=load_data)
        dataset = load_data(self.data)
        return Parameters(load(), dataset.values, found.changes, calendar_of(self.folder))


@guarded
def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN", help="Runs or scenarios; by default those that the rows name, run if need be."),
    ] = None,
    targets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Published figures of your own, in the form of targets.yaml.")
    ] = None,
    stands_for: Annotated[
        str | None,
        typer.Option("--as", metavar="SCENARIO", help="Hold the run against the rows of this scenario."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Markdown page to write; docs/validation.md in a checkout, without RUN."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a checked row is missed.")] = False,
    asked: Annotated[
        work.Asked, Offers("draws reps seed last region workers scheduler runs_dir data", typed.FORM)
    ] = work.Asked(movers=False),
) -> None:
    r"""Hold runs against published figures, row by row.

    Each row says as data which output, place, months and arithmetic it is held against, and of which scenario.
    A miss is shown with its reason, and is no fault.

    \b
    Example:
      capacity-sim validate
      capacity-sim validate in-force --targets mine.yaml
    """
    from capacity_sim.analysis import validation
    from capacity_sim.catalogue import load
    from capacity_sim.data.targets import read_targets
    from capacity_sim.runs.replication import load_data
    from capacity_sim.runs.writer import write_whole
    from capacity_sim.show.validated import to_page, validation_report

    asked.check()
    dataset = load_data(asked.data or _DATA)
    rows = dataset.targets if targets is None else read_targets(targets, load(), dataset.targets)
    if stands_for is not None and len(names or ()) != 1:
        raise UsageError(Fault("which-run", "`--as` goes with one run", hint="name one scenario or run folder"))
    runs, alone = _given(names, stands_for, asked) if names else (_named(rows, asked, dataset.name), "")
    found = validation.validate(rows, runs, alone)
    options = _words(found)
    places = {one.place for one in found.folders.values()}
    emit([validation_report(found, places.pop() if len(places) == 1 else dataset.title, options)], asked)
    page = write
    whole = not names and targets is None and asked.data is None and asked.region is None
    if page is None and whole and _PAGE.is_file():
        page = _PAGE
    if page is not None:
        before = page.read_text(encoding="utf-8") if page.is_file() else ""
        write_whole(page, to_page(found, dataset.title, options, before))
        if not asked.quiet:
            say(f"wrote {shown_path(page)}")
    if strict and (missed := found.count(validation.MISS, True)):
        say(f"{missed} checked row{' is' if missed == 1 else 's are'} missed")
        raise typer.Exit(int(ExitCode.PROGRAM))


def _given(names: Sequence[str], stands_for: str | None, asked: work.Asked) -> tuple[dict[str, Simulated], str]:
    """Runs that were named, by the scenario that each is, or stands for; the one that every row is read from."""
    from capacity_sim.cli import comparing

    folders = comparing.find(names, asked, idle_too=idle.RUNNING.replace(" data", ""))
    data = asked.data or _DATA
    found = {stands_for or folder.name: Simulated(folder, data) for folder in folders}
    return found, next(iter(found)) if len(found) == 1 else ""


def _named(rows: Sequence[Target], asked: work.Asked, data: str) -> dict[str, Simulated]:
    """Runs of every scenario that a row names; those of rows by unit keep the units."""
    from capacity_sim.analysis.validation import by_unit
    from capacity_sim.scenario import available

    wanted = list(dict.fromkeys(name for row in rows if row.held is not None for name in row.held.scenarios))
    there = available()
    known = [name for name in wanted if ON in name or all(part in there for part in name.split(JOINS))]
    unknown = [name for name in wanted if name not in known]
    if unknown and not asked.quiet:
        say(f"rows of {one_of(unknown)} are left out: no scenario is called so")
    scenarios = {name: _scenario(name, asked, data) for name in known}
    with_units = {name for name in known if by_unit(rows, name)}
    folders: dict[str, RunFolder] = {}
    for units in (False, True):
        mine = [name for name in known if (name in with_units) == units]
        if mine:
            outcomes = work.run_scenarios([scenarios[name] for name in mine], replace(asked, units=units))
            folders.update({name: outcome.folder for name, outcome in zip(mine, outcomes, strict=True)})
    return {
        name: Simulated(folder, name.partition(ON)[2] or asked.data or data) for name, folder in folders.items()
    }


def _scenario(name: str, asked: work.Asked, data: str) -> Scenario:
    """Scenario of a name, or of several that stand together, or of one that another data set brings."""
    from capacity_sim import scenario
    from capacity_sim.analysis.bridge_steps import union
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data

    called, on, other = name.partition(ON)
    if on:
        return replace(scenario.load(called, [load_data(other).folder], load_data=load_data), data=other)
    parts = work.read_scenarios(name.split(JOINS), replace(asked, data=asked.data or data))
    return parts[0] if len(parts) == 1 else union(name.replace(" ", ""), parts, load_data(parts[0].data), load())


def _words(found: Validation) -> str:
    """How the runs were made."""
    folders = list(found.folders.values())
    if not folders:
        return "No run."
    one = folders[0]
    draws = "at the central value of every assumption" if one.draws == 1 else f"in {one.draws} draws of the assumptions"
    reps = "" if one.reps == 1 else f", mean of {one.reps} replications"
    many = "One run" if len(folders) == 1 else f"{len(folders)} scenarios"
    return f"{many}, {draws}{reps}, seed {one.question['seed']}."
