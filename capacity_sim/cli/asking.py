"""The commands that read, check and write scenarios without changing the model, as they are typed.

Each loads what it needs when it runs, so that ``--help`` is quick.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from capacity_sim.cli import idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, following, spreadsheet_wanted, warn
from capacity_sim.errors import ExitCode, Fault, ScenarioError, UsageError, counted, one_of, render, shown_path

_Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A scenario by name or file, or a run folder: its scenario as it was run.")
]
_Where = Annotated[
    str | None,
    typer.Option("--where", metavar="DIM=VALUE,...", help="The cells of the parameter, such as grade=PO."),
]
_QUALITIES = ("red", "amber", "green")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    for name, command in (
        ("list", list_names),
        ("show", show),
        ("why", why),
        ("diff", diff),
        ("params", params),
        ("assumptions", assumptions),
        ("new", new),
        ("check", check),
    ):
        app.command(name)(command)


@guarded
def list_names(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="scenarios, parameters, outputs, regions or units.")
    ] = "scenarios",
    data: Annotated[
        str, typer.Option(metavar="NAME|PATH", help="Data set of regions and units.")
    ] = "england_wales",
    form: typed.Form = typed.Form(),
) -> None:
    r"""List what can be named: scenarios, parameters...

    \b
    Example:
      capacity-sim list
      capacity-sim list parameters
    """
    from capacity_sim.cli import files

    typed.one_among(what, files.LISTS, "list")
    if what not in ("regions", "units"):
        idle.refuse("data", f"{what} are not those of a data set", "`capacity-sim list regions` or `units` has them")
    report, refused = files.listing() if what == "scenarios" else (files.names(what, data), [])
    emit([report], form)
    if refused:
        say(
            f"not listed, as they have faults: {one_of(refused).replace(' or ', ' and ')}; "
            "`capacity-sim check` says which"
        )
        raise typer.Exit(int(ExitCode.SCENARIO))


@guarded
def show(
    name: _Name,
    yaml: Annotated[
        bool, typer.Option("--yaml", help="Print one file that stands alone, with all that is inherited.")
    ] = False,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Show a scenario resolved, and where it is written.

    Inherited changes are in, with what adjustments make of their dates and strength. `--csv` has the changes alone.

    \b
    Example:
      capacity-sim show reset-orders
      capacity-sim show reset-orders --yaml > mine.yaml
    """
    from capacity_sim.cli import reading

    if yaml and (form.csv or form.json):
        raise UsageError(Fault("two-forms", "`--yaml` stands alone", hint="leave `--csv` and `--json` out"))
    found, notes = reading.scenario(name)
    if yaml:
        print(reading.flat_text(found), end="")
    else:
        emit([reading.shown(found)], form)
    warn(notes, form.quiet)


@guarded
def why(
    name: _Name,
    path: Annotated[
        str | None, typer.Argument(metavar="PATH", help="The parameter; `capacity-sim params` has the names.")
    ] = None,
    on: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day; the last day of the run by default.")
    ] = None,
    where: _Where = None,
    data: typed.Data = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Say why a parameter has its value on a day.

    Where several cells fit, a table shows the value of each and what acts on it; more than 40 are refused.

    \b
    Example:
      capacity-sim why reset supervision.suspend.adoption --on 2027-06-01
      capacity-sim why reset staff.leaving.annual_rate --on 2027-06-01 --where grade=PO
    """
    from capacity_sim.cli import reading

    report = reading.chain(name, path, typed.day(on, "--on"), where, data)
    emit([report], form)


@guarded
def params(
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="Start of a name, or a word of its description.")
    ] = None,
    values: Annotated[
        bool, typer.Option("--values", help="Show the values of the data, with their sources.")
    ] = False,
    data: Annotated[str, typer.Option(metavar="NAME|PATH", help="Data set of `--values`.")] = "england_wales",
    form: typed.Form = typed.Form(),
) -> None:
    r"""List the parameters: unit, dimensions, limits, meaning.

    \b
    Example:
      capacity-sim params supervision
      capacity-sim params staff.leaving --values
    """
    from capacity_sim.cli import reading

    if not values:
        idle.refuse("data", "only values are those of a data set", "add `--values`")
    emit([reading.catalogue(text, data if values else None)], form)


@guarded
def assumptions(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A scenario, its file or a run folder; the baseline by default.")
    ] = "baseline",
    changes: Annotated[
        bool, typer.Option("--changes", help="Only what the scenario and its parents change.")
    ] = False,
    quality: Annotated[
        list[str] | None,
        typer.Option(metavar="red|amber|green", help="Only values of this quality; may be repeated."),
    ] = None,
    data: typed.Data = None,
    md: Annotated[bool, typer.Option("--md", help="Print the log as a Markdown table.")] = False,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Print the log of assumptions, worst first.

    Each value of the data and each change has a line: what it is, where it comes from, how good it is and why.

    \b
    Example:
      capacity-sim assumptions reset --changes
      capacity-sim assumptions reset --quality red --md
    """
    from capacity_sim.cli import reading

    if md and (form.csv or form.json):
        raise UsageError(Fault("two-forms", "`--md` stands alone", hint="leave `--csv` and `--json` out"))
    for one in quality or ():
        typed.one_among(one, _QUALITIES, "quality")
    if changes:
        idle.refuse("data", "`--changes` leaves out the values of the data", "leave one of the two out")
    report = reading.log(name, changes, quality or _QUALITIES, data)
    if md:
        print(reading.markdown(report), end="")
    else:
        emit([report], form)


@guarded
def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A scenario, by name or file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The scenario that is held against it.")],
    inputs: Annotated[bool, typer.Option("--inputs", help="Inputs only: nothing is run.")] = False,
    on: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Day of the parameters; the spans in which they differ by default."),
    ] = None,
    with_data: Annotated[
        str | None,
        typer.Option("--with-data", metavar="NAME|PATH", help="Data set of B, such as newer figures."),
    ] = None,
    asked: Annotated[
        work.Asked,
        Offers("draws reps seed last region movers workers scheduler runs_dir data with_data timing_basis", typed.FORM),
    ] = work.Asked(draws=20),
) -> None:
    r"""Show how two scenarios differ: inputs, outputs.

    Runs first what is not on disk, as `compare` does. With `--with-data` B runs on another data set: what newer
    figures, or your own, move.

    \b
    Example:
      capacity-sim diff reset reset-orders --inputs
      capacity-sim diff reset reset-orders --draws 2 --region London
      capacity-sim diff baseline baseline --with-data own/wales --region Wales --draws 1
    """
    from capacity_sim.cli import differing

    asked.check()
    reports = differing.diff(first, second, asked, typed.day(on, "--on"), inputs, with_data)
    emit(reports, asked)


@guarded
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the scenario, or the file to write (.yaml).")
    ],
    parents: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="SCENARIO", help="Scenario to build on; may be repeated."),
    ] = None,
    quiet: typed.Quiet = False,
    debug: typed.Debug = False,
) -> None:
    r"""Start a scenario from a working example.

    The file is valid as it stands and goes into `scenarios/`; nothing is ever overwritten.

    \b
    Example:
      capacity-sim new more-leavers
      capacity-sim new weaker-reset --from reset
    """
    from capacity_sim.cli import starting

    file = starting.start(name, parents or ())
    print(shown_path(file))
    following(f"capacity-sim check {starting.typed_as(file)}", quiet)
    following(f"capacity-sim diff {starting.first_parent(parents)} {starting.typed_as(file)} --inputs", quiet)


@guarded
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH", help="Scenario files, or folders of them; all that can be named by default."
        ),
    ] = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Check scenario files: every fault, with its place.

    \b
    Example:
      capacity-sim check scenarios/
    """
    from capacity_sim.cli import files

    found = files.check(paths)
    warn([fault for fault in found.faults if fault.severity != "error"], form.quiet)
    errors = [fault for fault in found.faults if fault.severity == "error"]
    if form.csv or form.json or spreadsheet_wanted():
        emit([files.fault_report(found.faults)], replace(form, quiet=True))
    if errors:
        if not (form.csv or form.json):
            say(render(errors))
        say(f"\n{counted(errors)}; nothing was run")
        raise typer.Exit(int(ScenarioError.exit_code))
    if not (form.csv or form.json):
        print(found.summary)
