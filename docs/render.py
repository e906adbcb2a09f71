"""Writes the parts of README.md and docs/ that are made by running the model.

A made part stands between two comments, `made: NAME` and `end of NAME`. Run this file to make all of them anew,
or name some: `python docs/render.py checks`. Each says in a comment which inputs and which model made it;
`--stale` lists those that other inputs or another model made, and makes nothing. `--schema` writes the JSON Schema of
scenario files for editors, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from questions import made_page
from reference import GENERATED
from ruamel.yaml import YAML
from typer.testing import CliRunner

from capacity_sim import catalogue, scenario
from capacity_sim.analysis import stability
from capacity_sim.calendars import Calendar
from capacity_sim.cli import app
from capacity_sim.data.bridge import load_bridge
from capacity_sim.runs import identity, store
from capacity_sim.runs.replication import load_data
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise
from capacity_sim.scenario import schema
from capacity_sim.show.validated import NO_REASON

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "scenarios" / "schema.json"
REASONS = ROOT / "docs" / "reasons.yaml"
NOTEBOOKS = ROOT / "notebooks"
CHART = ROOT / "docs" / "images" / "needed-and-in-post.png"
BRIDGE_CHART = ROOT / "docs" / "images" / "bridge.png"
PAST_CHART = ROOT / "docs" / "images" / "hindcast.png"
DATA = "england_wales"
PAST = "england_wales_2021"
SCALES_WITHIN = (0.5, 2.0)
#: what a small run may differ by before it counts as another model, as a share
SAME = 1e-4
#: scenarios that the steps of the bridge add up to
CHAIN = ("nao-2025", "ofps-fewer-contacts")
#: the two runs of the past, which stand with their data set
PAST_RUNS = ("hindcast-ex-ante", "hindcast-ex-post")
#: scenarios that together hold every measure
EVERYTHING = ("full-programme", "isr-full", "nao-2025", "ofps-all", "reset-orders")
_STAMP = re.compile(r"<!-- made with inputs (\w+)(?: of ([\w, ./-]+))?; a small run gives (.+?) -->")
#: region of the pages of measures and planning: every measure over the nation takes an hour of one core
MEASURED = "North East"
#: what would bring a gap about, asked without and with costs
SOLVED = (
    'solve full-programme --goal "gap_fte <= 240 @2028-03" '
    '--lever "scale staff.leaving.annual_rate@2027-01-01 between 0.25 and 1" --draws 10'
)
#: commands of the page of planning, by part, and what each rests on beside the usual inputs: scenarios and files
PLANNED: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "solve": (
            'solve full-programme --goal "gap_fte <= 25 @2028-03" '
            '--lever "staff.trainee.starts_per_year@2026-04-01 between 500 and 4000" '
            '--lever "ofps:strength between 0 and 1" '
            '--lever "scale staff.leaving.annual_rate@2026-04-01 between 0.5 and 1" --draws 10',
            ("full-programme",),
        ),
        "solve-met": (SOLVED, ("full-programme",)),
        "solve-cost": (f"{SOLVED} --cost", ("full-programme", "capacity_sim/data/pay.yaml")),
        "thresholds": (
            "thresholds in-force --act --from 2026-11 --draws 10",
            ("in-force", "ofps-fewer-contacts", "capacity_sim/data/thresholds.yaml"),
        ),
        "discover": (
            'discover full-programme --fails "gap_fte > 250 @2028-03" --draws 2000 --check 100',
            ("full-programme",),
        ),
        "ledger": (
            "ledger full-programme --observed docs/hours-freed.csv --at 2028-03 --cost",
            ("full-programme", "docs/hours-freed.csv", "capacity_sim/data/pay.yaml"),
        ),
    }
)
#: comparison of the page on draws
PAIRED = f'compare baseline reset impact --region "{MEASURED}" --draws 16 --reps 2 --to 2028-03-31'
#: what `compare` says of what pairing buys, and of the two kinds of doubt in a difference
_BOUGHT = re.compile(
    r"Pairing, (\w+) in [\w ]+: standard deviation ([\d.,]+) FTE instead of ([\d.,]+); ([\d.,]+) times less variance, "
    r"so (\d+) pairs do as much as ([\d,]+) unpaired ones"
)
_DOUBT = re.compile(r"what (\w+) makes of \w+ in [\w ]+, (\d+%) is ignorance .*? and (\d+%) chance")
_FOLDER = re.compile(r"  (\S+-[0-9a-f]{8})$", re.MULTILINE)


@dataclass(frozen=True)
class Options:
    """How much to run."""

    draws: int
    seeds: int
    workers: int
    runs_dir: Path


def main(words: Sequence[str] | None = None) -> int:
    """Make the named parts, or all; gives the exit code."""
    reader = argparse.ArgumentParser(description="Make the parts of README.md and docs/ that the model makes.")
    reader.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(GROUPS)}, or one of {', '.join(MAKERS)}")
    reader.add_argument("--draws", type=int, default=20, help="draws of the comparison, the bridge and the hindcast")
    reader.add_argument("--seeds", type=int, default=20, help="seeds of the check that people are steady")
    reader.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="replications at a time")
    reader.add_argument("--runs-dir", type=Path, default=ROOT / "runs", help="folder of the run folders")
    reader.add_argument("--stale", action="store_true", help="only list the parts that are out of date")
    reader.add_argument("--schema", action="store_true", help=f"only write {SCHEMA.relative_to(ROOT).as_posix()}")
    given = reader.parse_args(words)
    unknown = [name for name in given.names if name not in GROUPS and name not in MAKERS]
    if unknown:
        reader.error(f"nothing is called {unknown[0]}")
    if given.schema:
        SCHEMA.write_text(schema.text(catalogue.load()), encoding="utf-8")
        return 0
    if given.stale:
        found = stale()
        _say("\n".join(found) if found else "every made part is of these inputs and this model")
        return int(bool(found))
    options = Options(given.draws, given.seeds, given.workers, given.runs_dir)
    chosen = [name for asked in given.names or GROUPS for name in GROUPS.get(asked, (asked,))]
    for name in chosen:
        _say(f"making {name}")
        put(name, MAKERS[name](options))
    return 0


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


# --- parts of a page --------------------------------------------------------------------------------------------------


def pages() -> list[Path]:
    """Pages that may hold made parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def parts(text: str) -> dict[str, str]:
    """Made parts of a page, by name.

    Raises
    ------
    ValueError
        When an opening or closing comment is missing, out of place or written twice.
    """
    found: dict[str, str] = {}
    rest = text
    for name in re.findall(r"<!-- made: (\S+) -->", text):
        opening, closing = _marks(name)
        if text.count(opening) != 1 or text.count(closing) != 1:
            message = f"the part `{name}` needs one opening and one closing comment"
            raise ValueError(message)
        _, _, rest = rest.partition(opening)
        found[name], ending, rest = rest.partition(closing)
        if not ending or "<!-- made: " in found[name]:
            message = f"the part `{name}` is not closed before the next one"
            raise ValueError(message)
    if len(re.findall(r"<!-- end of \S+ -->", text)) != len(found):
        message = "a closing comment has no opening one"
        raise ValueError(message)
    return found


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- made: {name} -->", f"<!-- end of {name} -->"


def put(name: str, made: str) -> None:
    """Write a made part where its comments stand."""
    opening, closing = _marks(name)
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if opening in text:
            old = parts(text)[name]
            page.write_text(text.replace(opening + old + closing, f"{opening}\n{made}\n{closing}"), encoding="utf-8")
            return
    message = f"no page has the comments of `{name}`"
    raise ValueError(message)


# --- whether a part is still true ------------------------------------------------------------------------------------


def stamp(*scenarios: str) -> str:
    """Comment that says which inputs and which model made a part; scenarios, and files, are those beside the usual."""
    small = ", ".join(f"{name} {value:.0f}" for name, value in small_run().items())
    of = f" of {', '.join(scenarios)}" if scenarios else ""
    return f"<!-- made with inputs {inputs_hash(*scenarios)}{of}; a small run gives {small} -->"


def stale() -> list[str]:
    """Made parts of pages, and notebooks, that other inputs or another model made."""
    found = []
    for page in pages():
        for name, text in parts(page.read_text(encoding="utf-8")).items():
            if name in CHEAP:
                continue
            why = outdated(text) or reworded(name, text)
            if why:
                found.append(f"{page.relative_to(ROOT)}: `{name}` {why}; `python docs/render.py {name}`")
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        made = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("made", "")
        why = outdated(made)
        if why:
            found.append(f"{notebook.relative_to(ROOT)} {why}; `python notebooks/make.py {notebook.stem[:2]}`")
    return found


def outdated(text: str) -> str:
    """Why a made part is out of date; empty when it is not."""
    made = _STAMP.search(text)
    if made is None:
        return "was never made"
    if made[1] != inputs_hash(*(made[2].split(", ") if made[2] else ())):
        return "was made from other inputs"
    now = small_run()
    then = {word.rpartition(" ")[0]: float(word.rpartition(" ")[2]) for word in made[3].split(", ")}
    if then.keys() != now.keys() or any(abs(then[key] - now[key]) > SAME * abs(now[key]) + 0.5 for key in now):
        return "was made by a model with other results"
    return ""


def reworded(name: str, text: str) -> str:
    """Why a part of the page of planning is of another command than it is made by now; empty when it is not."""
    known = name not in PLANNED or f"$ {_planned(name)}\n" in text
    return "" if known else "shows another command"


@cache
def inputs_hash(*scenarios: str) -> str:
    """Hash of what a made part rests on: values, people, staff and published figures, the scenarios and files."""
    sets = [load_data(DATA), *([load_data(PAST)] if scenarios == PAST_RUNS else [])]
    search = [data.folder for data in sets]
    values = [(value.path, dict(value.where), value.quantity) for data in sets for value in data.values]
    start = [
        part
        for data in sets
        for part in (data.people, data.start_share, dict(data.staff), data.other_roles, data.trainee_cohorts)
    ]
    published = [
        (one.id, one.value, one.tolerance, one.tolerance_abs, one.kind) for data in sets for one in data.targets
    ]
    printed = [(name, one.value) for data in sets for name, one in data.published["volumes"].items()]
    changes = [
        [(change.path, change.verb, dict(change.where), change.quantity, change.end) for change in one.changes]
        for one in (
            scenario.load(name, search, load_data=load_data)
            for name in ("baseline", "reset", "no-trend", *scenarios)
            if "." not in name
        )
    ]
    changes += [(ROOT / name).read_text(encoding="utf-8") for name in scenarios if "." in name]
    if scenarios == CHAIN:
        figures = load_bridge(sets[0]).figures()
        changes.append([(name, one.value, one.ends, one.above, one.below) for name, one in figures])
    return identity.content_hash([values, start, published, printed, changes])[:12]


@cache
def small_run() -> Mapping[str, float]:
    """What a small run of the made-up region gives: another model is seen by other figures."""
    with tempfile.TemporaryDirectory() as place:
        options = ("--data", "demo", "--to", "2024-08-31", "--runs-dir", place, "--workers", "1")
        folder = _folders(_typed("run", "reset", *options)[1])[0]
        table = folder.table()
        months = folder.months
        return MappingProxyType(
            {
                "people": float(summarise(table, "people_supervised", (), months[-1])["value"].sum()),
                "pieces due": float(summarise(table, "work_due", (), months)["value"].sum()),
                "pieces on time": float(summarise(table, "work_on_time", (), months)["value"].sum()),
                "hours due": float(
                    summarise(table, "hours_due", (), months, basis="policy_adjusted")["value"].sum()
                ),
                "hours delivered": float(summarise(table, "hours_delivered", (), months)["value"].sum()),
            }
        )


# --- commands ---------------------------------------------------------------------------------------------------------


def _typed(*words: str) -> tuple[str, str]:
    """What a command prints to stdout and to stderr."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    if done.exit_code:
        message = f"`capacity-sim {' '.join(words)}` failed:\n{done.stderr}"
        raise RuntimeError(message)
    return done.stdout, done.stderr


def _folders(stderr: str) -> list[RunFolder]:
    return [store.open_run(Path(name)) for name in _FOLDER.findall(stderr)]


def _block(command: str, printed: str) -> str:
    return f"```text\n$ {command}\n{printed.rstrip()}\n```"


def _run(options: Options, *names: str) -> tuple[str, list[RunFolder]]:
    counts = ("--workers", str(options.workers))
    printed, notes = _typed("run", *names, *counts, "--runs-dir", str(options.runs_dir))
    return printed, _folders(notes)


# --- the parts --------------------------------------------------------------------------------------------------------


def made_list(options: Options) -> str:
    """Scenarios that ship."""
    del options
    return _block("capacity-sim list", _typed("list")[0])


def made_run(options: Options) -> str:
    """What one run of Reset prints."""
    printed, _ = _run(options, "reset")
    return f"{stamp()}\n{_block('capacity-sim run reset', printed)}"


def made_compare(options: Options) -> str:
    """What `make run` prints, and its chart."""
    draws = str(options.draws)
    words = ("compare", "baseline", "reset", "--draws", draws)
    printed, notes = _typed(*words, "--runs-dir", str(options.runs_dir), "--workers", str(options.workers))
    (chart,) = (line.removeprefix("chart: ") for line in notes.splitlines() if line.endswith(".png"))
    CHART.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(chart, CHART)
    picture = f"![Staff needed and in post, with and without Reset]({CHART.relative_to(ROOT).as_posix()})"
    return f"{stamp()}\n{_block('capacity-sim ' + ' '.join(words), printed)}\n\n{picture}"


def made_bridge(options: Options) -> str:
    """What `capacity-sim bridge` prints, and its chart."""
    printed, chart = _bridge(options)
    BRIDGE_CHART.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(chart, BRIDGE_CHART)
    words = "Staff needed step by step, and the shortfall on two supplies, beside published figures"
    picture = f"![{words}](images/{BRIDGE_CHART.name})"
    return f"{stamp(*CHAIN)}\n{_block(f'capacity-sim bridge --draws {options.draws}', printed)}\n\n{picture}"


def made_bridge_short(options: Options) -> str:
    """The first table of what `capacity-sim bridge` prints."""
    printed = _bridge(options)[0].partition("\n\nStaff needed, step by step")[0]
    return f"{stamp(*CHAIN)}\n{_block(f'capacity-sim bridge --draws {options.draws}', printed)}"


def _bridge(options: Options) -> tuple[str, str]:
    counts = ("--runs-dir", str(options.runs_dir), "--workers", str(options.workers), "--data", DATA)
    printed, notes = _typed("bridge", "--draws", str(options.draws), *counts)
    (chart,) = (line.removeprefix("chart: ") for line in notes.splitlines() if line.endswith(".png"))
    return printed, chart


def _copy_small(picture: Path, to: Path) -> None:
    """Copy a picture in few colours: bands over bands make many, and a page should load fast."""
    from PIL import Image

    with Image.open(picture) as whole:
        whole.convert("RGB").quantize(128).save(to, format="PNG", optimize=True)


def made_hindcast(options: Options) -> str:
    """What `capacity-sim hindcast` prints, and its chart."""
    counts = ("--runs-dir", str(options.runs_dir), "--workers", str(options.workers))
    printed, notes = _typed("hindcast", "--draws", str(options.draws), *counts)
    (chart,) = (line.removeprefix("chart: ") for line in notes.splitlines() if line.endswith(".png"))
    PAST_CHART.parent.mkdir(parents=True, exist_ok=True)
    _copy_small(Path(chart), PAST_CHART)
    words = "Officers, all staff, risk and people, 2021 to 2025: simulated twice, published, and two benchmarks"
    picture = f"![{words}](images/{PAST_CHART.name})"
    return f"{stamp(*PAST_RUNS)}\n{_block(f'capacity-sim hindcast --draws {options.draws}', printed)}\n\n{picture}"


def made_measures(options: Options) -> str:
    """What `capacity-sim measures` prints."""
    counts = ("--runs-dir", str(options.runs_dir), "--workers", str(options.workers))
    printed, _ = _typed("measures", "--region", MEASURED, *counts)
    return f"{stamp(*EVERYTHING)}\n{_block(f'capacity-sim measures --region {json.dumps(MEASURED)}', printed)}"


def made_validation(options: Options) -> str:
    """Every published figure beside what it gives."""
    with tempfile.TemporaryDirectory() as place:
        page = Path(place) / "validation.md"
        counts = ("--workers", str(options.workers), "--runs-dir", str(options.runs_dir))
        _typed("validate", "--write", str(page), *counts)
        made = parts(page.read_text(encoding="utf-8"))["validation"]
    for name in unexplained(made):
        _say(f"{name} is missed, and targets.yaml has no sentence on why (`explain`)")
    return f"{stamp(*validated())}\n{made.strip()}"


def unexplained(page: str) -> list[str]:
    """Rows of the page that are missed and say nothing of why."""
    return sorted(set(re.findall(rf"^- `(\w+)`: {re.escape(NO_REASON)}", page, re.MULTILINE)))


@cache
def validated() -> tuple[str, ...]:
    """Scenarios that the rows of targets.yaml are held against."""
    there = scenario.available()
    named = {
        part
        for target in load_data(DATA).targets
        if target.held is not None
        for name in target.held.scenarios
        for part in name.partition(" @ ")[0].split(" + ")
    }
    return tuple(sorted(named & set(there)))


def made_stability(options: Options) -> str:
    """Drift of people in five years without a trend."""
    data, still = load_data(DATA), scenario.load("no-trend", load_data=load_data)
    seeds = range(1, options.seeds + 1)
    found = stability.people(data, still.changes, still.horizon, seeds, options.workers, lambda s: _say(f"seed {s}"))
    lines = stability.departures(found, data, Calendar(data.start, still.horizon).months)
    months = found.shape[1]
    head = (
        "| | at the start | mean of the months | farthest month | | months outside | chance |\n"
        "|---|--:|--:|--:|---|--:|--:|"
    )
    rows = [
        f"| {_spaced(one.name)} | {one.start:,.0f} | {one.mean:+.2f}% | {one.worst:+.2f}% | {one.month} | "
        f"{one.outside} of {months} | {one.chance:.2f}% |"
        for one in lines
    ]
    worst = max(lines, key=lambda one: abs(one.worst))
    verdict = "inside" if worst.outside == 0 else "**missed**: outside"
    words = (
        f"Mean of {options.seeds} seeds. The farthest of all is {_spaced(worst.name)} in {worst.month}, "
        f"{worst.worst:+.2f} per cent ({abs(worst.worst) / worst.chance:.1f} standard errors): {verdict} "
        f"{stability.WITHIN:g} per cent. *Chance* is the standard error of one month's mean over the seeds."
    )
    away = [f"- {_spaced(one.name)}: {_reason('drifts', one.name)}" for one in lines if one.outside]
    return "\n".join([stamp(), "", words, "", head, *rows, *(["", "Missed:", "", *away] if away else [])])


def made_scales(options: Options) -> str:
    """Fitted scales outside 0.5 to 2."""
    del options
    low, high = SCALES_WITHIN
    odd = [
        f"- {_spaced(value.where['area'][0])} on {value.where['basis'][0].replace('_', '-')} timings: "
        f"{value.quantity.amounts[0]:.2f}"
        for value in load_data(DATA).values
        if value.path == "work.timing.scale" and not low <= value.quantity.amounts[0] <= high
    ]
    return "\n".join(odd) or "None."


def _spaced(name: str) -> str:
    return name.replace("_", " ")


@cache
def reasons() -> Mapping[str, Mapping[str, str]]:
    """Sentences on why a stock does not stay where it starts (`drifts`)."""
    found: Mapping[str, Mapping[str, str]] = YAML(typ="safe").load(REASONS)
    return found


def _reason(kind: str, name: str) -> str:
    if name not in reasons()[kind]:
        message = f"`{name}` misses and docs/reasons.yaml has no sentence on why"
        raise ValueError(message)
    return reasons()[kind][name]


def made_questions(options: Options) -> str:
    """Forty questions of four readers, each with a command and what it prints."""
    return f"{stamp()}\n{made_page(ROOT / 'docs' / 'questions.yaml', _typed, options.runs_dir)}"


def made_pairing(options: Options) -> str:
    """What pairing takes out of two differences, from the sentences below the table of `compare`."""
    counts = ("--runs-dir", str(options.runs_dir), "--workers", str(options.workers))
    said = " ".join(_typed(*shlex.split(PAIRED), *counts)[0].split())
    doubt = {name: f"{ignorance} and {chance}" for name, ignorance, chance in _DOUBT.findall(said)}
    rows = [
        f"| `{name}` less `baseline` | {paired} FTE | {apart} FTE | {times} | {pairs} pairs: {runs} | {doubt[name]} |"
        for name, paired, apart, times, pairs, runs in _BOUGHT.findall(said)
    ]
    if not rows:
        message = "`compare` says in other words what pairing buys: mend `_BOUGHT`"
        raise RuntimeError(message)
    head = (
        f"| gap in sentence management, {MEASURED}, March 2028 | standard deviation, paired | independent runs | times "
        "less variance | independent runs of each side that do as much | ignorance and chance in the difference |\n"
        "|---|--:|--:|--:|--:|--:|"
    )
    return "\n".join([stamp("impact"), "", head, *rows, "", f"From `capacity-sim {PAIRED}`."])


def made_planned(name: str) -> Callable[[Options], str]:
    """Maker of what a command of the page of planning prints."""
    beside, typed = PLANNED[name][1], _planned(name)

    def made(options: Options) -> str:
        counts = ("--runs-dir", str(options.runs_dir), "--workers", str(options.workers))
        return f"{stamp(*beside)}\n{_block(typed, _typed(*shlex.split(typed)[1:], *counts)[0])}"

    return made


def _planned(name: str) -> str:
    """Command of a part of the page of planning, as it is typed."""
    return f"capacity-sim {PLANNED[name][0]} --region {json.dumps(MEASURED)}"


def made_reference(name: str) -> Callable[[Options], str]:
    """Maker of a page that is generated from the catalogue and the data."""

    def made(options: Options) -> str:
        del options
        return GENERATED[name]()

    return made


MAKERS: Mapping[str, Callable[[Options], str]] = MappingProxyType(
    {
        **{name: made_reference(name) for name in GENERATED},
        **{name: made_planned(name) for name in PLANNED},
        "questions": made_questions,
        "list": made_list,
        "measures": made_measures,
        "pairing": made_pairing,
        "run": made_run,
        "compare": made_compare,
        "bridge-short": made_bridge_short,
        "bridge": made_bridge,
        "hindcast": made_hindcast,
        "validation": made_validation,
        "stability": made_stability,
        "scales": made_scales,
    }
)
#: parts that stand on one page
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "readme": ("run", "compare", "bridge-short"),
        "measures": ("list", "measures"),
        "checks": ("stability", "scales"),
        "validation": ("validation",),
        "bridge": ("bridge",),
        "hindcast": ("hindcast",),
        "reference": tuple(GENERATED),
        "questions": ("questions",),
        "planning": tuple(PLANNED),
        "draws": ("pairing",),
    }
)
#: parts that cost nothing: the tests make them anew and compare
CHEAP = frozenset({"list", "scales", *GENERATED})

if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
