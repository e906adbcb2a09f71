"""The commands `data template` and `data check`: tables that a region fills, and what is wrong with them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.output import emit, following
from capacity_sim.errors import DataError, Fault, shown_path

if TYPE_CHECKING:
    from capacity_sim.show.sheet import Report

app = typer.Typer(
    name="data",
    help="Your own people, staff and timings in place of ours; nothing leaves this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
@guarded
def template(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the tables.")],
    region: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Region to replace; may be repeated. All by default.")
    ] = None,
    data: Annotated[str, typer.Option(metavar="NAME|PATH", help="Data set they stand on.")] = "england_wales",
    quiet: typed.Quiet = False,
    debug: typed.Debug = False,
) -> None:
    r"""Write the tables that a region would fill.

    \b
    Example:
      capacity-sim data template own/wales --region Wales
    """
    from capacity_sim.catalogue import load
    from capacity_sim.data.template import write_template
    from capacity_sim.runs.replication import load_data
    from capacity_sim.runs.writer import writing

    with writing(folder.parent, ""):
        files = write_template(folder, load_data(data), load(), region or ())
    for file in files:
        print(shown_path(file))
    following(f"capacity-sim data check {shlex.quote(shown_path(folder))}", quiet)


@app.command()
@guarded
def check(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the tables.")],
    form: typed.Form = typed.Form(),
) -> None:
    r"""Check tables of your own: every fault, by row.

    Prints what they replace, beside our figures.

    \b
    Example:
      capacity-sim data check own/wales
    """
    emit([checked(folder)], form)
    following(f"capacity-sim run in-force --data {shlex.quote(shown_path(folder))}", form.quiet)
    if not form.quiet:
        say("nothing was sent anywhere: the tables were read on this machine")


def checked(folder: Path) -> Report:
    """What own data replace, beside ours."""
    from capacity_sim.data.own import ABOUT, is_own
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.owned import own_report

    if not is_own(folder):
        hint = "`capacity-sim data template` writes one that can be filled in"
        raise DataError(Fault("no-own-data", f"`{shown_path(folder)}` holds no `{ABOUT}`", hint=hint))
    dataset = load_data(str(folder))
    if dataset.own is None:
        message = "a folder with `about.yaml` was read as a data set of ours"
        raise ValueError(message)
    return own_report(dataset, load_data(dataset.own.base))
