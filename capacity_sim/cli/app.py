"""The commands that run the model, as they are typed; those that read what is written are in `asking`.

Each loads what it needs when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from capacity_sim import __version__
from capacity_sim.cli import (
    asking,
    bridging,
    delivering,
    discovering,
    hindcasting,
    idle,
    ledgering,
    measuring,
    owning,
    packing,
    piping,
    reporting,
    sensing,
    solving,
    stopping,
    validating,
    watching,
    work,
)
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import INTERRUPTED, TERMINATED, guarded, say, stop_politely
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, following
from capacity_sim.errors import Fault, UsageError, shown_path

app = typer.Typer(
    name="capacity-sim",
    help="Simulates every person under probation supervision and every officer, and the gap in staff.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_BY_STAFF = ("grade", "region", "unit")


def main() -> None:
    """Run the command line."""
    groups = (group.typer_instance for group in app.registered_groups)
    for command in (one for each in (app, *groups) if each is not None for one in each.registered_commands):
        if command.callback is not None and command.callback.__doc__:
            # the mark of a paragraph that is not to be wrapped is a backspace
            command.callback.__doc__ = command.callback.__doc__.replace("\\b\n", "\b\n")
    stop_politely()
    try:
        app()
    except SystemExit as stop:
        if stop.code in (INTERRUPTED, TERMINATED):
            # threads of a replication cannot be broken off; nothing of theirs is kept
            sys.stdout.flush()
            os._exit(int(stop.code))
        raise


def _version(wanted: bool) -> None:
    if wanted:
        print(f"capacity-sim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Simulates every person under probation supervision and every officer, and the gap in staff."""


@app.command()
@guarded
def run(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Scenarios, by name or file.")],
    draws: Annotated[
        int | None, typer.Option(help="Readings of the uncertain assumptions; one (the default) takes central values.")
    ] = None,
    until: typed.Until = None,
    limit: typed.Limit = None,
    sets: typed.Sets = None,
    save_as: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the scenario with its --set changes.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Month of the table; the last by default.")
    ] = None,
    by: Annotated[str, typer.Option(help="Rows of the table: grade, region or unit.")] = "grade",
    area: typed.Area = "sentence_management",
    thresholds: watching.File = None,
    asked: Annotated[
        work.Asked,
        Offers(
            "draws reps seed design until limit first last region units sets save_as at by area thresholds movers",
            typed.HOW, typed.FORM,
        ),
    ] = work.Asked(),
) -> None:
    r"""Simulate scenarios: staff needed, in post, short.

    \b
    Example:
      capacity-sim run baseline reset
      capacity-sim run reset --region London --draws 20
      capacity-sim run reset --region London --until 'gap_fte +- 2%'
      capacity-sim run reset --set "staff.leaving.annual_rate[grade=PO]=0.10@2026-04-01" --save-as my.yaml
    """
    from capacity_sim import scenario
    from capacity_sim.analysis.breaches import checked_names
    from capacity_sim.analysis.headline import headline
    from capacity_sim.catalogue import load
    from capacity_sim.data.thresholds import read_thresholds
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.tables import run_report

    typed.one_among(by, _BY_STAFF, "row")
    typed.one_among(area, load().dimensions["area"], "area")
    if by == "unit" and not asked.units:
        raise UsageError(
            Fault("no-units", "`--by unit` needs the rows of single units", hint="add `--units`")
        )
    month = typed.month(at) if at else None
    goal = stopping.read(until, limit, month)
    if draws is None and goal is not None:
        asked = replace(asked, draws=stopping.BLOCK)
    watched = checked_names(read_thresholds(thresholds))
    scenarios = work.read_scenarios(names, asked)
    if sets:
        changes = [scenario.from_set_option(text) for text in sets]
        called = save_as.stem if save_as and len(scenarios) == 1 else None
        scenarios = [scenario.with_changes(one, changes, called, load_data=load_data) for one in scenarios]
    if save_as is not None:
        if not sets or len(scenarios) != 1:
            raise UsageError(
                Fault(
                    "nothing-to-save",
                    "`--save-as` saves one scenario with its `--set` changes",
                    hint="name one scenario and give `--set`",
                )
            )
        say(f"saved {shown_path(scenario.save(scenarios[0], save_as, flat=False))}")
    for one in scenarios:
        typed.reported((), asked.first, load_data(one.data).start, one.horizon)
    work.check_months(scenarios, asked, [month] if month else [])
    stopped = None if goal is None else stopping.run(scenarios, asked, goal)
    outcomes = work.run_scenarios(scenarios, asked, False) if stopped is None else stopped.outcomes
    folders = [outcome.folder for outcome in outcomes]
    reports = [
        run_report(headline(folder, month, area=area, by=by, months=work.span(folder, asked.first)))
        for folder in folders
    ]
    if stopped is not None:
        reports = [replace(one, notes=(*one.notes, stopping.words(stopped))) for one in reports]
    reports = [
        replace(report, notes=(*report.notes, *watching.of_run(folder, one, watched, asked)))
        for report, folder, one in zip(reports, folders, scenarios, strict=True)
    ]
    emit(reports, asked)
    following(work.next_command(names, scenarios, folders, asked, stopped is not None), asked.quiet)


@app.command()
@guarded
def compare(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME", help="Scenarios or run folders; the others are held against the first."
        ),
    ],
    output: Annotated[str, typer.Option(metavar="MEASURE", help="Output to compare.")] = "gap_fte",
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="YYYY-MM", help="Month; may be repeated. Every March by default."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="A block for each grade, region, risk...; or `change`: who gets the credit."),
    ] = None,
    area: Annotated[str, typer.Option(metavar="AREA", help="Area of work, or all.")] = "sentence_management",
    chart: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the chart; the runs folder by default.")
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="With `--by change`: every single change, not each parent.")
    ] = False,
    orders: Annotated[
        int | None,
        typer.Option(metavar="PAIRS", help="With `--by change` and more than 8 changes: pairs of orders sampled."),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(help="Readings of the uncertain assumptions: 20, or with `--by change` as many as are soon run."),
    ] = None,
    until: typed.Until = None,
    limit: typed.Limit = None,
    asked: Annotated[
        work.Asked, Offers("reps seed design until limit first last region movers", typed.HOW, typed.FORM)
    ] = work.Asked(draws=20),
) -> None:
    r"""Compare scenarios: paired differences and a chart.

    Runs first what is not on disk. The table has a range for each figure; the chart (PNG and SVG) shows staff
    needed against staff in post, and the difference.

    \b
    Example:
      capacity-sim compare baseline reset
      capacity-sim compare baseline reset --output required_fte --by grade --at 2026-03
      capacity-sim compare baseline reset --by change --at 2028-03
      capacity-sim compare baseline reset --until 'gap_fte@2028-03 +- 20'
    """
    from capacity_sim.cli import comparing, crediting

    months = [typed.month(text) for text in at or ()]
    asked = replace(asked, units=by == "unit")
    asked.check()
    goal = stopping.read(until, limit, months[-1] if months else None)
    if by == crediting.CHANGE:
        if goal is not None or asked.design is not None:
            option = "--design" if goal is None else "--until"
            message = f"`{option}` does not go with `--by change`, whose draws are laid out with its coalitions"
            raise UsageError(Fault("no-until", message, hint="leave one of the two out"))
        idle.refuse("movers", "`--by change` makes no run folder", "leave it out; the table says what each adds")
        wanted = crediting.Asked(output, months, area, draws, each, orders, chart)
        crediting.attribute(names, asked, wanted)
        return
    if each or orders is not None:
        option = "--each" if each else "--orders"
        raise UsageError(Fault("no-change", f"`{option}` goes with `--by change`", hint="add `--by change`"))
    comparing.compare(names, asked, output, months, by, area, chart, goal)


@app.command()
@guarded
def reconcile(
    data: Annotated[str, typer.Option(metavar="NAME|PATH", help="Data set.")] = "england_wales",
    workers: typed.Workers = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Hold simulated need against published, area by area.

    \b
    Example:
      capacity-sim reconcile
    """
    from capacity_sim.cli import calibrating

    emit([calibrating.reconcile(data, workers, form.quiet)], form)


@app.command()
@guarded
def calibrate(
    data: Annotated[str, typer.Option(metavar="NAME|PATH", help="Data set.")] = "england_wales",
    delivery: Annotated[
        bool,
        typer.Option("--delivery", help="Fit instead how units cope: the floor of time, and when units turn red."),
    ] = False,
    workers: typed.Workers = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Fit unpublished timings to published staffing.

    Writes the data file that says, value by value, what was fitted to what.

    \b
    Example:
      capacity-sim calibrate
      capacity-sim calibrate --delivery
    """
    from capacity_sim.cli import calibrating

    emit([calibrating.calibrate(data, workers, form.quiet, delivery)], form)
    following("capacity-sim reconcile", form.quiet)


app.command("bridge")(bridging.bridge)
app.command("delivery")(delivering.delivery)
app.command("hindcast")(hindcasting.hindcast)
app.command("pipeline")(piping.pipeline)
app.command("measures")(measuring.measures)
app.command("sensitivity")(sensing.sensitivity)
app.add_typer(owning.app)
app.command("report")(reporting.report)
app.command("brief")(reporting.brief)
app.add_typer(packing.app)
app.command("validate")(validating.validate)
app.command("solve")(solving.solve)
app.command("thresholds")(watching.thresholds)
app.command("discover")(discovering.discover)
app.command("ledger")(ledgering.ledger)
asking.add_to(app)
