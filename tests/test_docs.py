"""What the pages say is true: commands run, names exist, values are those of the data, made parts are of this model."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
import tomllib
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import capacity_sim
from capacity_sim import catalogue, data
from capacity_sim.analysis import calibration
from capacity_sim.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
METHOD = ROOT / "docs" / "method.md"
PAST = ROOT / "docs" / "hindcast.md"
VALIDATION = ROOT / "docs" / "validation.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
MOST_BYTES = 200_000
REGION = {"London": "Demo Region"}


def load_tool() -> ModuleType:
    """The tool that makes parts of the pages."""
    spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


render = load_tool()


def without_made_parts(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    for part in render.parts(text).values():
        text = text.replace(part, "")
    return text


def commands(page: Path) -> list[str]:
    """Commands of `capacity-sim` that a page names, in blocks and in sentences."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^(?:\$ )?(capacity-sim [^#\n]+)", text, re.MULTILINE)
    inline = re.findall(r"`(capacity-sim [^`]+)`", text)
    return sorted({" ".join(found.split()) for found in (*blocks, *inline)})


ALL = sorted({one for page in PAGES for one in commands(page)})
IN_BLOCKS = [
    one
    for one in commands(README)
    if re.search(rf"^(?:{re.escape(one)}\s*(?:#|$)|\| `{re.escape(one)}` \|)", README.read_text(encoding="utf-8"), re.M)
]


#: commands of which no run on the made-up region is quick: their own tests run them
NATIONAL = ("calibrate", "bridge", "measures", "hindcast", "solve", "discover", "ledger")


# --- commands ---------------------------------------------------------------------------------------------------------


def test_pages_name_commands() -> None:
    known = set(typer.main.get_command(app).commands)
    table = set(re.findall(r"^\| `capacity-sim (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert table == known, "the table of commands in README.md has each command once"
    assert known <= {one.split()[1] for one in IN_BLOCKS}


@pytest.mark.parametrize("command", ALL)
def test_a_named_command_and_its_options_exist(command: str) -> None:
    name, *words = shlex.split(command)[1:]
    known = typer.main.get_command(app)
    if name.startswith("-"):
        assert name in ("--help", "--version")
        return
    assert name in known.commands, f"`{command}` of the pages does not exist"
    if words:  # alone it is a name in a sentence
        known.commands[name].make_context(name, words)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of the commands of the README: what one has simulated, another may find."""
    return tmp_path_factory.mktemp("readme-runs")


@pytest.mark.parametrize("command", [one for one in IN_BLOCKS if one.split()[1] not in NATIONAL])
def test_a_command_of_the_readme_runs_on_the_made_up_region(
    command: str, tmp_path: Path, kept: Path, at_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if command.startswith("capacity-sim sensitivity"):  # dozens of runs; there is one region, which is all of it
        command = command.replace("--region London", "")
    name, *words = [REGION.get(word, word) for word in shlex.split(command)[1:]]
    if name in ("new", "data", "pack", "report", "brief"):  # they write files, or read what was run
        monkeypatch.chdir(tmp_path)
    words = ["Demo Region" if word == "Wales" else word for word in words]
    if name in ("report", "brief"):
        made = CliRunner().invoke(app, ["run", *words, "--data", "demo", "--to", "2025-03-31", "--draws", "2"])
        assert made.exit_code == 0, made.stderr
    if name == "data":
        words += ["--data", "demo"]
    if name == "pack":
        words += ["--data", "demo", "--to", "2024-08-31"]
    if name == "thresholds":
        words += ["--draws", "2"]
    if name in ("run", "compare", "diff", "sensitivity", "validate", "delivery", "thresholds"):
        words += ["--data", "demo", "--to", "2024-08-31", "--runs-dir", str(kept)]
    if name in ("compare", "diff"):
        words += ["--draws", "2"]
    if name == "reconcile":
        monkeypatch.setattr(calibration, "SEEDS", 1)  # that it runs and prints is all that is asked
        words += ["--data", "demo"]
    result = CliRunner().invoke(app, [name, *words])
    assert result.exit_code == 0, result.stderr
    assert result.stdout


#: commands of how to do things that take dozens of runs or the nation: their own tests run them
LONG = ("sensitivity", "solve", "compare baseline isr --by change", "validate", "pack verify")


@pytest.mark.slow
def test_commands_of_how_to_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "howto.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(targets:.+?)```", text, re.DOTALL)
    Path("mine.yaml").write_text(example.replace("Wales}", "Demo Region}"), encoding="utf-8")
    lines = re.findall(r"^capacity-sim (.+)$", text, re.MULTILINE)
    assert len(lines) > 15
    for line in lines:
        if line.startswith(LONG) and "mine.yaml" not in line:
            continue
        name, *words = ["Demo Region" if word == "Wales" else word for word in shlex.split(line)]
        if name in ("run", "delivery", "compare", "diff", "pack"):
            words += ["--to", "2026-05-31" if "--set" in words else "2024-08-31"]
        if name in ("run", "delivery", "compare", "diff", "pack", "pipeline", "validate") and "--data" not in words:
            words += ["--data", "demo"]
        if name == "data" and "template" in words:
            words += ["--data", "demo"]
        done = CliRunner().invoke(app, [name, *words])
        assert done.exit_code == 0, f"{line}: {done.stderr}"
        assert done.stdout, line
        if "template" in words:
            about = Path("own", "wales", "about.yaml")
            filled = about.read_text(encoding="utf-8").replace("replace this: ", "")
            about.write_text(filled, encoding="utf-8")


def test_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"run", "test", "docs"} <= named
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_anchors_are_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    known = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= known


# --- method -----------------------------------------------------------------------------------------------------------


def test_method_names_every_parameter_and_output() -> None:
    text, known = METHOD.read_text(encoding="utf-8"), catalogue.load()
    assert [name for name in (*known.parameters, *known.outputs) if f"`{name}`" not in text] == []


def test_method_names_nothing_unknown() -> None:
    text, known = METHOD.read_text(encoding="utf-8"), catalogue.load()
    named = re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", text)
    assert [name for name in named if name not in known.parameters and not name.endswith(".yaml")] == []


@pytest.mark.parametrize(
    ("name", "stated"), re.findall(r"`([a-z_.]+)` = (\d+(?:\.\d+)?)", METHOD.read_text(encoding="utf-8"))
)
def test_values_of_the_method_are_those_of_the_data(name: str, stated: str) -> None:
    found = [value for value in data.load("england_wales").values if value.path == name]
    assert [value.quantity.amounts for value in found] == [(float(stated),)]


def test_method_starts_when_the_data_start() -> None:
    start = data.load("england_wales").start
    assert start == date(2024, 3, 31)
    assert "31 March 2024" in METHOD.read_text(encoding="utf-8")


def test_decisions_are_numbered_once() -> None:
    numbers = re.findall(r"^\*\*(D-\d+) ", (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(numbers) == len(set(numbers))
    assert sorted(numbers) == [f"D-{number:03}" for number in range(1, len(numbers) + 1)]


# --- figures and lists in sentences -----------------------------------------------------------------------------------


def flat(page: Path) -> str:
    return " ".join(page.read_text(encoding="utf-8").split())


def made_flat(page: Path, name: str) -> str:
    return " ".join(render.parts(page.read_text(encoding="utf-8"))[name].split())


def test_the_weak_points_of_the_method_are_those_of_the_data() -> None:
    weak = flat(METHOD).partition("Known weak points")[2].lower()
    figures = data.load("england_wales").figure11
    days = sorted({str(one.as_of) for each in figures.values() for one in each.values() if one is not None})
    first, last = (date.fromisoformat(day).strftime("%B %Y").lower() for day in (days[0], days[-1]))
    assert f"of {('six', 'seven', 'eight', 'nine')[len(days) - 6]} dates from {first} to {last}" in weak
    assert figures["complaints"]["policy_adjusted"].number < figures["complaints"]["original"].number / 4
    for line in render.made_scales(render.Options(1, 1, 1, ROOT)).splitlines():
        assert line.removeprefix("- ").partition(" on ")[0] in weak


def test_the_readme_says_how_many_draws_its_table_has() -> None:
    text = flat(README)
    asked = re.search(r"capacity-sim compare baseline reset --draws (\d+) ", made_flat(README, "compare"))
    stated = re.search(r"over the same (\d+) readings of the uncertain assumptions([^,]*),", text)
    assert asked is not None
    assert stated is not None
    assert (stated[1], stated[2]) == (asked[1], "")
    assert f"DRAWS ?= {asked[1]}\n" in (ROOT / "Makefile").read_text(encoding="utf-8"), "`make run` makes the same"


def test_the_readme_says_of_the_past_what_its_page_has() -> None:
    text, made = flat(README).partition("## The past, rerun")[2], made_flat(PAST, "hindcast")
    for words, pattern in (
        (r"at (\d+) of (\d+) published dates", "within 5 per cent on {} of {} dates"),
        (r"mean error (\d+) FTE against (\d+)", "the mean error over them is {} FTE against {}"),
        (r"it gives ([\d,]+) \(([\d,]+ to [\d,]+)\) for March 2025", "it gives {} FTE ({}) in March 2025"),
        (r"for March 2025, where ([\d,]+) were", "from the {} counted"),
        (r"target of ([\d,]+) officers is not", "the target of {} FTE is not reached by March 2029, at the upper end"),
    ):
        stated = re.search(words, text)
        assert stated is not None, words
        assert pattern.format(*stated.groups()) in made


def test_what_the_fit_to_the_past_leaves_is_that_of_the_validation() -> None:
    table = VALIDATION.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(po_in_post_2022_\d\d)` .+?\(([+-][\d.]+)%\)", table, re.MULTILINE))
    stated = re.search(r"It leaves ([+-][\d.]+) and ([+-][\d.]+) per cent on those two dates", flat(PAST))
    assert stated is not None
    assert stated.groups() == (rows["po_in_post_2022_03"], rows["po_in_post_2022_12"])


def test_every_part_of_a_programme_has_what_the_page_of_measures_says() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "scenarios").glob("*.yaml")]
    parts = [text for text in texts if re.search(r"^kind: part$", text, re.MULTILINE)]
    assert len(parts) > 10
    for text in parts:
        lacking = [key for key in ("source", "range", "not_modelled", "example") if f"{key}:" not in text]
        assert lacking == [], text.splitlines()[0]


def test_parts_have_the_ranges_of_delivery_that_the_questions_say() -> None:
    """All three of a programme's rollout; of the law, delay where it is not in force."""
    said = "of Our Future Probation Service has its own range of strength, delay and phase-in, with source and quality"
    assert said in flat(ROOT / "docs" / "questions.md")
    for path in (ROOT / "scenarios").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"^kind: part$", text, re.MULTILINE):
            continue
        rollout = re.search(r"^rollout:\n((?:  .*\n)+)", text, re.MULTILINE)
        ranged = set(re.findall(r"^  (\w+): \{.*range:", rollout[1], re.MULTILINE)) if rollout else set()
        if path.stem.startswith("ofps-"):
            assert ranged == {"strength", "slip_months", "months"}, path.stem
        elif not re.search(r"^status: in_force$", text, re.MULTILINE):
            assert "slip_months" in ranged, path.stem


def test_contributing_has_the_rooms_in_their_order() -> None:
    (written,) = re.findall(r"^errors → .+$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in linter["contracts"] if one["id"] == "one-way")
    rooms = [sorted(re.split(r"\s*[,:]\s*", room)) for room in written.split(" → ")]
    assert rooms == [sorted(re.split(r"\s*:\s*", layer)) for layer in reversed(layers)]


@pytest.mark.slow
def test_the_code_of_the_page_on_python_runs(at_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.+?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    known: dict[str, Any] = {}
    for block in blocks:
        many_runs = re.compile(r"compared\.(by_change|tornado)")
        kept = [line for line in block.splitlines() if not many_runs.match(line)]
        text = "\n".join(kept).replace("draws=20", "draws=2, data='demo', to='2028-03-31'")
        exec(compile(text, "python.md", "exec"), known)
    assert Path("scenarios", "fewer-leavers.yaml").exists()
    about = {"runs": known["runs"], "compared": known["compared"], "run": known["runs"]["baseline"]}
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name, attribute in re.findall(r"\b(runs|compared|run)\.([a-z_]+)", page):
        assert hasattr(about[name], attribute), f"{name}.{attribute}"


def test_quality_says_whether_most_checks_are_missed() -> None:
    found = re.search(r"Checked, and so evidence: (\d+) of (\d+) rows pass", flat(ROOT / "docs" / "validation.md"))
    assert found is not None
    assert (2 * int(found[1]) < int(found[2])) == ("Most of them are missed" in flat(ROOT / "docs" / "quality.md"))


def test_the_page_of_python_names_lists_every_name() -> None:
    (listed,) = re.findall(r"members: \[([^]]+)\]", flat(ROOT / "docs" / "api.md"))
    assert sorted(listed.split(", ")) == sorted(capacity_sim.__all__)


def test_the_page_on_draws_names_the_commands_that_run_on_a_cluster() -> None:
    known = typer.main.get_command(app).commands
    leaves = {name: one for name, one in known.items() if not hasattr(one, "commands")}
    leaves |= {
        f"{name} {word}": one for name, group in known.items() for word, one in getattr(group, "commands", {}).items()
    }
    take = {name for name, one in leaves.items() if any("--scheduler" in option.opts for option in one.params)}
    page = flat(ROOT / "docs" / "draws.md")
    (said,) = re.findall(r"any command that makes runs: (.+?) work on this machine alone", page)
    assert set(re.findall(r"`([a-z]+(?: [a-z]+)?)`", said)) == take


# --- extending it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dimension", "title"), [("activity", "An activity"), ("grade", "A grade")])
def test_what_a_new_value_of_a_dimension_lacks_is_said(dimension: str, title: str) -> None:
    """Parameters of which no entry holds for every activity, or grade, alike: a new one needs an entry of its own."""
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    values = data.load("england_wales").values
    for name, spec in catalogue.load().parameters.items():
        if dimension in spec.dims:
            everywhere = any(value.path == name and dimension not in value.where for value in values)
            assert everywhere != (f"`{name}`" in section), name


def test_the_example_of_how_to_add_a_measure_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(
        r"```yaml\n(example:.+?)```", (ROOT / "docs" / "extending.md").read_text(encoding="utf-8"), re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["new", "my-measure"]).exit_code == 0
    path = Path("scenarios", "my-measure.yaml")
    text = path.read_text(encoding="utf-8").replace("kind: stress", "kind: measure")
    path.write_text(text.replace("\nchanges:", f"\n{example}\nchanges:", 1), encoding="utf-8")
    checked = CliRunner().invoke(app, ["check", str(path)])
    assert checked.exit_code == 0, checked.stderr
    shown = CliRunner().invoke(app, ["show", str(path)])
    assert "Example: person 4, custody of 586 days" in shown.stdout


# --- made parts -------------------------------------------------------------------------------------------------------


def made() -> dict[str, str]:
    return {
        name: text for page in render.pages() for name, text in render.parts(page.read_text(encoding="utf-8")).items()
    }


def test_every_made_part_has_its_place_and_its_maker() -> None:
    assert set(made()) == set(render.MAKERS)
    assert {name for names in render.GROUPS.values() for name in names} == set(render.MAKERS)


@pytest.mark.parametrize("name", sorted(render.CHEAP))
def test_a_cheap_part_is_as_it_would_be_made(name: str, at_root: Path, tmp_path: Path) -> None:
    options = render.Options(1, 1, 1, tmp_path)
    assert made()[name].strip() == render.MAKERS[name](options).strip(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(set(render.MAKERS) - render.CHEAP))
def test_a_made_part_is_of_these_inputs_and_this_model(name: str, at_root: Path) -> None:
    why = render.outdated(made()[name])
    assert why == "", f"`{name}` {why}; run `make docs` and read the diff"


@pytest.mark.parametrize("path", sorted(render.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_of_these_inputs_and_this_model(path: Path, at_root: Path) -> None:
    why = render.outdated(json.loads(path.read_text(encoding="utf-8"))["metadata"]["made"])
    assert why == "", f"`{path.name}` {why}; run `make notebooks` and read the diff"


def test_a_part_of_other_inputs_or_another_model_is_seen(at_root: Path) -> None:
    now = render.stamp()
    assert render.outdated(now) == ""
    assert render.outdated("") == "was never made"
    assert render.outdated(now.replace(render.inputs_hash(), "0" * 12)) == "was made from other inputs"
    people = re.sub(r"people (\d+)", lambda found: f"people {int(found[1]) + 9}", now)
    assert render.outdated(people) == "was made by a model with other results"


def test_a_part_of_another_command_is_stale() -> None:
    there = made()
    assert render.reworded("ledger", there["ledger"]) == ""
    assert render.reworded("ledger", there["ledger"].replace("--cost", "--pay mine.yaml")) == "shows another command"
    assert render.reworded("compare", there["compare"]) == "", "its command is told by an option"


def test_a_part_rests_on_the_files_that_its_command_reads(
    at_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line, beside in render.PLANNED.values():
        files = {word for word in shlex.split(line) if word.startswith("docs/")}
        assert files <= set(beside), line
    beside = ("reset", "docs/hours-freed.csv")
    now = render.stamp(*beside)
    assert render.outdated(now) == ""
    (tmp_path / "docs").mkdir()
    (tmp_path / beside[1]).write_text("measure,month,hours_freed\n", encoding="utf-8")
    monkeypatch.setattr(render, "ROOT", tmp_path)
    render.inputs_hash.cache_clear()
    assert render.outdated(now) == "was made from other inputs"
    render.inputs_hash.cache_clear()


@pytest.mark.parametrize(
    "text",
    [
        "<!-- made: a -->\nx\n",
        "<!-- made: a -->\nx\n<!-- end of b -->",
        "<!-- made: a -->\n<!-- made: b -->\n<!-- end of a -->\n<!-- end of b -->",
        "<!-- made: a -->x<!-- end of a --><!-- made: a -->x<!-- end of a -->",
        "<!-- end of a -->",
    ],
)
def test_comments_out_of_place_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"part|closing"):
        render.parts(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_place_of_the_machine_it_was_made_on(page: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:tmp|home|root|Users|var|private)/\S+", page.read_text(encoding="utf-8")) == []


def test_pictures_are_there_and_small() -> None:
    pictures = [
        page.parent / name
        for page in PAGES
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert pictures
    assert [picture.name for picture in pictures if picture.stat().st_size > MOST_BYTES] == []


def test_every_miss_of_a_published_figure_is_explained() -> None:
    assert render.unexplained((ROOT / "docs" / "validation.md").read_text(encoding="utf-8")) == []


def test_no_reason_is_kept_for_what_is_not_checked() -> None:
    dimensions = catalogue.load().dimensions
    assert set(render.reasons()["drifts"]) <= {*dimensions["state"], *dimensions["risk"]}


def test_what_pairing_buys_is_read_from_what_compare_says(
    monkeypatch: pytest.MonkeyPatch, at_root: Path, tmp_path: Path
) -> None:
    line = "compare baseline reset --data demo --draws 3 --reps 2 --to 2024-12-31"
    monkeypatch.setattr(render, "PAIRED", line)
    made = render.made_pairing(render.Options(1, 1, 1, tmp_path))
    (row,) = (one for one in made.splitlines() if one.startswith("| `"))
    assert re.fullmatch(
        r"\| `reset` less `baseline` \|( [\d.,]+ FTE \|){2} [\d.,]+ \| 6 pairs: .+ \| \d+% and \d+% \|", row
    )


def test_the_makers_work_on_little(monkeypatch: pytest.MonkeyPatch, at_root: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(render, "DATA", "demo")
    monkeypatch.setattr(render.stability, "WITHIN", 100.0)  # two seeds of 3,000 people are far from steady
    monkeypatch.setattr(render, "_reason", lambda kind, name: f"{kind} {name}")  # a small region drifts by chance
    options = render.Options(1, 2, 1, tmp_path)
    made = render.made_stability(options)
    assert made.count("| ") > 10
    assert "Mean of 2 seeds" in made
