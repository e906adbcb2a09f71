"""The commands `pack audit` and `pack verify`: all that is behind a run in one file, and whether it gives the same."""

from __future__ import annotations

import json
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim import __version__
from capacity_sim.cli import options as typed
from capacity_sim.cli import work
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, following
from capacity_sim.errors import ExitCode, Fault, UsageError, shown_path

if TYPE_CHECKING:
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.scenario import Scenario

app = typer.Typer(
    name="pack",
    help="All that is behind a run in one file for an auditor, and the check that it gives the same.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_SCENARIO = "scenario.yaml"


@dataclass(frozen=True)
class _Figure:
    """A table or chart of a pack, and the command that makes it anew from the unpacked folder."""

    name: str
    content: bytes
    command: str


@app.command()
@guarded
def audit(
    names: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Runs or scenarios; with several, each is compared with the first."),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The zip to write.")],
    asked: Annotated[
        work.Asked, Offers("draws reps seed last region movers", typed.HOW, "force quiet debug")
    ] = work.Asked(),
) -> None:
    r"""Zip all behind runs: inputs, results, commands.

    Scenario, resolved parameters, assumptions, data, results, versions, tables, and the commands that make each anew.

    \b
    Example:
      capacity-sim pack audit reset --region Wales -o reset-wales.zip
    """
    from capacity_sim.cli import comparing
    from capacity_sim.runs.packed import write_zip

    if output.suffix != ".zip":
        raise UsageError(Fault("bad-name", f"`{output}` is not the name of a zip", hint="end it with .zip"))
    folders = comparing.find(names, asked)
    top = f"audit-{folders[0].path.name}"
    files = _files(folders)
    write_zip(output, files, top)
    print(shown_path(output))
    if not asked.quiet:
        say(f"{len(files)} files, {output.stat().st_size / 1e6:.1f} MB; unpack it anywhere, then:")
    following(f"capacity-sim pack verify {top}", asked.quiet)


@app.command()
@guarded
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The unpacked folder.")],
    workers: typed.Workers = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Rebuild the runs of an audit pack and compare.

    Every file is held against its hash, then each run is made anew and its result files compared byte for byte.

    \b
    Example:
      capacity-sim pack verify audit-reset-1a2b3c4d
    """
    from capacity_sim.runs import packed, store
    from capacity_sim.show.verified import verified_report

    found = []
    place = Path(tempfile.mkdtemp(prefix="capacity-sim-verify-"))
    try:
        for path in packed.check_whole(folder):
            one = store.open_run(path)
            found += packed.rebuilt(one, _again(folder, one, place, workers, form.quiet))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    emit([verified_report(found, folder.name)], form)
    if not all(one.same for one in found):
        raise typer.Exit(int(ExitCode.PROGRAM))


def _again(folder: Path, one: RunFolder, place: Path, workers: int | None, quiet: bool) -> RunFolder:
    from capacity_sim.runs.design import as_typed

    question = one.question
    own = folder / "data" / str(question["data"]["name"])
    asked = work.Asked(
        draws=one.draws, reps=one.reps, seed=int(question["seed"]), region=one.region, units=bool(question["units"]),
        workers=workers, runs_dir=place, data=str(own) if own.is_dir() and "own" in question["data"] else None,
        force=True, quiet=quiet, movers=False, design=as_typed(str(question.get("design", ""))),
    )  # fmt: skip
    text = (folder / "scenarios" / f"{one.name}.yaml").read_text(encoding="utf-8")
    if asked.data is not None:
        text = text.replace(f"\ndata: data/{own.name}\n", f"\ndata: {own}\n")
    file = place / f"{one.name}.yaml"
    file.write_text(text, encoding="utf-8")
    scenarios = work.read_scenarios([str(file)], asked)
    (outcome,) = work.run_scenarios(scenarios, asked)
    return outcome.folder


def _files(folders: Sequence[RunFolder]) -> dict[str, bytes]:
    """Everything that goes into a pack."""
    from capacity_sim.data.reading import find
    from capacity_sim.runs.packed import RUNS, folder_files, libraries

    files: dict[str, bytes] = {}
    figures: list[_Figure] = []
    for one in folders:
        files.update(folder_files(one.path, f"{RUNS}/{one.path.name}"))
        text = (one.path / _SCENARIO).read_text(encoding="utf-8")
        data = _data_of(one)
        kept = f"data/{one.question['data']['name']}"
        where = kept if "own" in one.question["data"] else data
        files[f"scenarios/{one.name}.yaml"] = text.replace(f"\ndata: {data}\n", f"\ndata: {where}\n").encode()
        files.update(folder_files(find(data), kept))
        files.update(_inputs(one, data))
        figures += _tables(one)
    if len(folders) > 1:
        figures += _compared(folders)
    files.update({figure.name: figure.content for figure in figures})
    files["versions.json"] = (json.dumps({**libraries()}, indent=1) + "\n").encode()
    files["README.md"] = _readme(folders, figures).encode()
    return files


def _data_of(one: RunFolder) -> str:
    """Data set of a run, as its scenario names it."""
    from capacity_sim.catalogue.strict_yaml import read

    named = read(one.path / _SCENARIO).get("data")
    return str(named.scalar) if named is not None else str(one.question["data"]["name"])


def _scenario_of(one: RunFolder) -> Scenario:
    from capacity_sim import scenario
    from capacity_sim.runs.replication import load_data

    return scenario.load(one.path / _SCENARIO, load_data=load_data)


def _inputs(one: RunFolder, data: str) -> dict[str, bytes]:
    """Resolved parameters and the log of assumptions."""
    from capacity_sim.catalogue import load
    from capacity_sim.cli import reading
    from capacity_sim.runs.replication import EngineModel, all_values
    from capacity_sim.show import sheet

    found = _scenario_of(one)
    model = EngineModel(data, one.region)
    log = reading.log(str(one.path / _SCENARIO), False, ("red", "amber", "green"), None)
    values = all_values(load(), model.dataset, found.changes, model.calendar(found))
    return {
        f"parameters/{one.name}.csv": values.encode(),
        f"assumptions/{one.name}.csv": sheet.to_csv([log]).encode(),
        f"assumptions/{one.name}.md": reading.markdown(log).encode(),
    }


def _tables(one: RunFolder) -> list[_Figure]:
    from capacity_sim.analysis.headline import headline
    from capacity_sim.cli import watching
    from capacity_sim.data.thresholds import read_thresholds
    from capacity_sim.show import sheet
    from capacity_sim.show.tables import run_report

    report = run_report(headline(one))
    report = replace(report, notes=(*report.notes, *watching.said_of(one, read_thresholds(None))))
    command = _command(one)
    return [
        _Figure(f"tables/{one.name}.txt", sheet.to_text(report).encode(), command),
        _Figure(f"tables/{one.name}.csv", sheet.to_csv([report]).encode(), f"{command} --csv"),
    ]


def _compared(folders: Sequence[RunFolder]) -> list[_Figure]:
    from capacity_sim.analysis.compare import compare
    from capacity_sim.cli import comparing
    from capacity_sim.show import sheet
    from capacity_sim.show.tables import compare_report

    where = {"area": "sentence_management"}
    found = compare(folders, "gap_fte", where=where)
    report = compare_report(found)
    reports = [report, *comparing.exposed(folders, found.months[-1])]
    names = " ".join(shlex.quote(f"runs/{one.path.name}") for one in folders)
    command = f"capacity-sim compare {names}"
    figures = [
        _Figure("tables/compared.txt", "\n".join(sheet.to_text(one) for one in reports).encode(), command),
        _Figure("tables/compared.csv", sheet.to_csv([report]).encode(), f"{command} --csv"),
    ]
    with tempfile.TemporaryDirectory() as place:
        for path in comparing.draw(folders, folders[0].months, "sentence_management", Path(place)):
            if path.suffix == ".png":
                figures.append(_Figure(f"charts/{path.name}", path.read_bytes(), f"{command} --chart charts"))
    return figures


def _command(one: RunFolder) -> str:
    """Command that makes a run anew from the unpacked folder."""
    from capacity_sim.runs.design import as_typed

    question = one.question
    words = ["capacity-sim", "run", f"scenarios/{one.name}.yaml", "--draws", one.draws, "--reps", one.reps]
    words += ["--seed", question["seed"], "--no-movers", "--runs-dir", "rebuilt"]
    words += ["--region", one.region] if one.region is not None else []
    words += ["--units"] if question["units"] else []
    design = as_typed(str(question.get("design", "")))
    words += ["--design", design] if design else []
    if "own" in question["data"]:
        words += ["--data", f"data/{question['data']['name']}"]
    return shlex.join(str(word) for word in words)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _readme(folders: Sequence[RunFolder], figures: Sequence[_Figure]) -> str:
    listed = "\n".join(f"| `{one.name}` | `{one.command}` |" for one in figures)
    runs = "\n".join(
        f"- `{one.path.name}`: {one.title}; {one.place}, {_counted(one.draws, 'draw')}, "
        f"{_counted(one.reps, 'replication')}, seed {one.question['seed']}, "
        f"{one.timing_basis.replace('_', '-')} timings"
        for one in folders
    )
    versions = folders[0].manifest["versions"]
    own = "\n".join(dict.fromkeys(one.own_words for one in folders if one.own_words))
    return f"""\
# Audit pack

{runs}

Made with Capacity Sim {__version__} (rules {versions['model']}), Python {versions['python']}. {own}

| folder | what |
|---|---|
| `runs/` | results, with a manifest of what was asked, and with which versions |
| `scenarios/` | each scenario with all that it inherits, as one file that runs |
| `parameters/` | the value of every parameter, from the week in which it holds |
| `assumptions/` | each value and change with source, date, basis, quality and why |
| `data/` | the data set as it was |
| `tables/`, `charts/` | what was shown |
| `versions.json` | every library behind it |
| `checksums.txt` | SHA-256 of every file here |

To check it, install this version with the libraries of `versions.json`, and from the folder above this one:

    capacity-sim pack verify {'audit-' + folders[0].path.name}

It holds every file against its hash, makes each run anew, and compares the result files byte for byte. By hand, from
this folder:

| figure | command |
|---|---|
{listed}
"""
