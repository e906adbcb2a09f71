"""The commands `report` and `brief`: what finished runs say, as one HTML file or one page of Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.errors import Fault, UsageError, shown_path

if TYPE_CHECKING:
    from capacity_sim.analysis.dossier import Dossier

_Runs = Annotated[
    list[str],
    typer.Argument(metavar="RUN", help="Run folders, or scenarios that have one run; the last is the subject."),
]
_At = Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Month of the figures; the last March by default.")]
_Out = Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="File to write.")]


@guarded
def report(
    names: _Runs,
    at: _At = None,
    area: typed.Area = "sentence_management",
    title: Annotated[str, typer.Option(metavar="WORDS", help="Heading of the page.")] = "",
    out: _Out = None,
    runs_dir: typed.RunsDir = Path("runs"),
    quiet: typed.Quiet = False,
    debug: typed.Debug = False,
) -> None:
    r"""Write a report of finished runs: one HTML file.

    Nothing is run and nothing is loaded from anywhere: the file opens and prints on its own. The first run is what the
    others are held against; give a run that holds them all last to see the interaction.

    \b
    Example:
      capacity-sim report reset
      capacity-sim report baseline reset impact in-force --out board.html
    """
    from capacity_sim.runs.writer import write_whole
    from capacity_sim.show.page import page

    found = _dossier(names, at, area, runs_dir)
    file = out or runs_dir / f"report-{'-'.join(folder.path.name for folder in found.folders)}.html"
    if file.suffix not in (".html", ".htm"):
        hint = "`capacity-sim brief` writes Markdown" if file.suffix == ".md" else "give a name that ends in .html"
        raise UsageError(Fault("not-html", f"`{shown_path(file)}` is not the name of an HTML file", hint=hint))
    write_whole(file, page(found, title))
    print(shown_path(file))
    if not quiet:
        say("open it in any browser; it needs no network")


@guarded
def brief(
    names: _Runs,
    at: _At = None,
    area: typed.Area = "sentence_management",
    out: _Out = None,
    runs_dir: typed.RunsDir = Path("runs"),
    quiet: typed.Quiet = False,
    debug: typed.Debug = False,
) -> None:
    r"""Print a brief of finished runs: one page of Markdown.

    \b
    Example:
      capacity-sim brief baseline reset
      capacity-sim brief reset --out brief.md
    """
    from capacity_sim.runs.writer import write_whole
    from capacity_sim.show.page import brief

    text = brief(_dossier(names, at, area, runs_dir))
    if out is None:
        print(text, end="")
        return
    write_whole(out, text)
    print(shown_path(out))


def _dossier(names: list[str], at: str | None, area: str, runs_dir: Path) -> Dossier:
    from capacity_sim.analysis.dossier import dossier
    from capacity_sim.catalogue import load
    from capacity_sim.runs import store

    month = typed.month(at) if at else None
    typed.one_among(area, load().dimensions["area"], "area")
    return dossier([store.open_run(name, runs_dir) for name in names], month, area)
