"""The commands as they are typed: tables to stdout, the rest to stderr, and an exit code for each outcome."""

import csv
import errno
import io
import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim.data import reading as data
from capacity_sim.runs import pace
from capacity_sim.scenario import shipped_folder

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
COMMANDS = (
    "run", "compare", "reconcile", "calibrate", "check", "list", "show", "why", "diff", "params", "assumptions",
)  # fmt: skip


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_run_ends_with_a_table_and_the_next_command(model: FakeModel, typed: Invoke) -> None:
    result = typed("run", "baseline", "reset", "--draws", 3)
    assert result.exit_code == 0, result.stderr
    for words in (
        "baseline: Sentence management staff in March 2025",
        "reset: Sentence",
        "3 draws",
        "in post",
    ):
        assert words in result.stdout
    lines = result.stderr.splitlines()
    assert re.fullmatch(r"baseline  3 replications in .+  runs/baseline-[0-9a-f]{8}", lines[0])
    assert lines[-1] == "next: `capacity-sim compare baseline reset --draws 20`"
    again = typed("run", "baseline", "reset", "--draws", 3)
    assert again.stdout == result.stdout
    assert "reused, asked before" in again.stderr
    assert len(model.calls) == 6


def test_run_alone_leads_on_to_a_comparison(model: FakeModel, typed: Invoke) -> None:
    result = typed("run", "reset", "--seed", 3, "--region", "North East", "--draws", 30)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines()[-1] == (
        "next: `capacity-sim compare baseline reset --draws 30 --seed 3 --region 'North East'`"
    )
    assert typed("run", "baseline").stderr.endswith(
        "next: `capacity-sim compare baseline reset --draws 20`\n"
    )


def test_the_comparison_after_until_has_the_draws_that_were_made(model: FakeModel, typed: Invoke) -> None:
    grown = typed("run", "reset", "--until", "gap_fte +- 0.4", "--limit", 60, "--no-movers")
    assert grown.exit_code == 0, grown.stderr
    following = grown.stderr.splitlines()[-1]
    assert following == "next: `capacity-sim compare baseline reset --no-movers --draws 60 --design lhs-20`"
    calls = len(model.calls)
    compared = typed(*shlex.split(following.split("`")[1])[1:])
    assert compared.exit_code == 0, compared.stderr
    assert {name for name, *_ in model.calls[calls:]} == {"baseline"}, "those of reset are there"
    assert len(model.calls) == calls + 60
    few = typed("run", "reset", "--draws", 4, "--until", "gap_fte +- 90%")
    assert few.stderr.splitlines()[-1] == "next: `capacity-sim compare baseline reset --draws 4`"
    chance = typed("run", "reset", "--draws", 1, "--reps", 4, "--until", "gap_fte +- 90%")
    assert chance.stderr.splitlines()[-1] == "next: `capacity-sim compare baseline reset --draws 1 --reps 4`"


def test_blocks_of_draws_are_those_that_until_adds(model: FakeModel, typed: Invoke) -> None:
    both = typed("run", "reset", "--draws", 40, "--design", "lhs-20", "--until", "gap_fte +- 9%")
    assert both.exit_code == 2
    assert "`--design lhs-20` is not for it" in both.stderr
    assert "`--draws 20` says how large" in both.stderr
    for text, said in (
        ("lhs-1", "it takes two to be even"),
        ("sobol-8", "a Sobol sequence is one whole"),
        ("lhs-", "no design is called `lhs-`"),
    ):
        refused = typed("run", "reset", "--draws", 8, "--design", text)
        assert refused.exit_code == 2
        assert said in refused.stderr
    assert not model.calls
    assert typed("run", "reset", "--draws", 4, "--design", "lhs-2", "--no-movers").exit_code == 0
    assert typed("run", "baseline", "--draws", 4, "--no-movers").exit_code == 0
    folders = sorted(Path("runs").glob("[!.]*"))
    unlike = typed("compare", *folders)
    assert unlike.exit_code == 4
    assert "`capacity-sim compare baseline reset --draws 4 --design lhs-2` makes them alike" in unlike.stderr


def test_what_a_data_set_lacks_is_laid_to_what_named_it(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    for name in ("demo", "england_wales"):  # the first reads files of the second
        shutil.copytree(data.find(name), tmp_path / "sets" / name)
    (tmp_path / "sets" / "demo").rename(tmp_path / "sets" / "bare")
    file = tmp_path / "sets" / "bare" / "parameters.yaml"
    text = file.read_text(encoding="utf-8")
    entry = text[text.index("- {path: staff.trainee.places,") :].partition("\n- {")[0]
    file.write_text(text.replace(entry, "# none"), encoding="utf-8")
    head = tmp_path / "sets" / "bare" / "dataset.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("name: demo", "name: bare"), encoding="utf-8")
    mine = Path("mine.yaml")
    mine.write_text(
        "name: mine\ntitle: Mine\nkind: stress\nstatus: hypothetical\nsummary: s\nreview_by: 2027-01-01\n"
        "extends: [reset]\ndata: sets/bare\nchanges: []\n",
        encoding="utf-8",
    )
    lacks = "error[not-covered]: `staff.trainee.places` is not covered: it has no value"
    hint = "  = hint: add an entry to the values of the data set `bare`"
    for command in ("run reset", "sensitivity reset", "why reset staff.trainee.places", "params staff --values"):
        result = typed(*command.split(), "--data", "sets/bare")
        assert result.exit_code == 3, result.stderr
        assert result.stderr.splitlines() == [lacks, " --> --data sets/bare", hint], command
    own = typed("run", "mine.yaml")
    assert own.exit_code == 3
    assert own.stderr.splitlines()[:2] == [lacks, " --> mine.yaml:8:7"], "its own line named it"
    assert not model.calls
    other = typed("run", "mine.yaml", "--data", "demo", "--no-movers")
    assert other.exit_code == 0, "what its own line names is not read"


def test_every_table_is_csv_and_json_too(model: FakeModel, typed: Invoke) -> None:
    shown = typed("run", "baseline")
    found = rows(typed("run", "baseline", "--csv"))
    total = next(
        one for one in found
        if one["row"] == "total" and one["measure"] == "required_fte" and one["basis"] == "policy_adjusted"
    )  # fmt: skip
    assert f"{int(total['central']):,}" in shown.stdout
    as_json = typed("run", "baseline", "--json")
    content = json.loads(as_json.stdout)
    assert content[0]["title"] == shown.stdout.splitlines()[0]
    assert len(content[0]["records"]) == len(found)
    assert rows(typed("compare", "baseline", "reset", "--draws", 2, "--csv"))[0]["measure"] == "gap_fte"
    both = typed("run", "baseline", "--csv", "--json")
    assert both.exit_code == 2
    assert "`--csv` and `--json` were both given" in both.stderr


def test_quiet_leaves_stderr_empty(model: FakeModel, typed: Invoke) -> None:
    for words in (
        ["run", "baseline"],
        ["run", "baseline", "--csv"],
        ["compare", "baseline", "reset", "--draws", 2],
    ):
        result = typed(*words, "--quiet")
        assert result.exit_code == 0
        assert result.stderr == ""


def test_compare_runs_what_is_missing_and_draws_a_chart(
    model: FakeModel, typed: Invoke, tmp_path: Path
) -> None:
    typed("run", "baseline", "--draws", 20)
    before = len(model.calls)
    result = typed("compare", "baseline", "reset")
    assert result.exit_code == 0, result.stderr
    assert {name for name, *_ in model.calls[before:]} == {"reset"}
    assert "less baseline" in result.stdout
    assert "Range: 10th to 90th percentile of 20 draws" in result.stdout
    charts = re.findall(r"^chart: (.+)$", result.stderr, re.MULTILINE)
    assert [Path(name).suffix for name in charts] == [".png", ".svg"]
    assert all((tmp_path / name).is_file() for name in charts)
    elsewhere = typed("compare", "baseline", "reset", "--chart", "charts")
    assert "chart: charts/baseline-" in elsewhere.stderr


def test_compare_takes_run_folders(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    typed("run", "baseline", "reset", "--draws", 2)
    folders = sorted(path.name for path in (tmp_path / "runs").glob("[!.]*"))
    by_path = typed("compare", *(f"runs/{name}" for name in folders))
    by_name = typed("compare", *folders)
    assert by_path.exit_code == 0, by_path.stderr
    assert by_path.stdout == by_name.stdout
    assert len(model.calls) == 4


def test_compare_by_grade_at_a_month(model: FakeModel, typed: Invoke) -> None:
    result = typed(
        "compare", "baseline", "reset", "--draws", 2, "--output", "required_fte",
        "--by", "grade", "--at", "2024-09",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert "Probation officer (PO)" in result.stdout
    assert "Sep 2024" in result.stdout
    assert "Mar 2025" not in result.stdout


def test_unlike_runs_exit_with_their_own_code(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    typed("run", "baseline", "--draws", 2)
    typed("run", "reset", "--draws", 2, "--seed", 2)
    folders = sorted(path.name for path in (tmp_path / "runs").glob("[!.]*"))
    result = typed("compare", *folders)
    assert result.exit_code == 4
    assert result.stdout == ""
    assert "error[not-comparable]: `baseline` and `reset` differ in more than their scenario" in result.stderr
    assert re.search(r"^seed +1 +2$", result.stderr, re.MULTILINE)


def test_a_missing_run_folder(model: FakeModel, typed: Invoke) -> None:
    result = typed("compare", "runs/baseline-00000000", "reset", "--draws", 2)
    assert result.exit_code == 1
    assert "error[no-run]: there is no run called `runs/baseline-00000000` in `runs`" in result.stderr
    assert "= hint: `capacity-sim run baseline` makes one" in result.stderr


def test_a_damaged_manifest(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    typed("run", "baseline", "reset", "--draws", 2)
    folders = sorted((tmp_path / "runs").glob("[!.]*"))
    (folders[0] / "manifest.json").write_text("{ half")
    result = typed("compare", *(path.name for path in folders))
    assert result.exit_code == 1
    assert "manifest.json is damaged" in result.stderr
    assert f" --> runs/{folders[0].name}/manifest.json:1:3" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_disk(
    model: FakeModel, typed: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(pq.ParquetWriter, "write_batch", full)
        result = typed("run", "baseline", "--draws", 2)
    assert result.exit_code == 1
    assert "error[disk-full]: the disk of `runs` is full; nothing half-written was kept" in result.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [".kept"]
    before = len(model.calls)
    again = typed("run", "baseline", "--draws", 2)
    assert again.exit_code == 0, again.stderr
    assert len(model.calls) == before
    assert "0 replications in" in again.stderr
    assert "2 were there" in again.stderr


def test_a_folder_that_cannot_be_written(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    result = typed("run", "baseline", "--runs-dir", "taken")
    assert result.exit_code == 1
    assert "error[not-writable]: `taken` cannot be written: File exists" in result.stderr
    assert "`--runs-dir`" in result.stderr


def test_finished_runs_are_read_where_nothing_can_be_written(
    model: FakeModel, typed: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = typed("run", "reset")
    assert first.exit_code == 0, first.stderr

    def refused(file: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(file))

    monkeypatch.setattr(Path, "write_text", refused)
    again = typed("run", "reset")
    assert again.exit_code == 0, again.stderr
    assert again.stdout == first.stdout
    assert "warning[not-writable]: `runs` cannot be written: Read-only file system" in again.stderr
    assert "`thresholds.csv` is left out" in again.stderr
    brief = typed("brief", "reset", "--out", "brief.md")
    assert brief.exit_code == 1
    assert brief.stderr.endswith("= hint: give a folder that you may write to for the file\n"), "no other runs folder"


def test_ctrl_c_keeps_what_is_finished(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    model.fail_at = ("reset", 1, 0)
    result = typed("run", "baseline", "reset", "--draws", 2)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1].startswith("stopped: what was finished is kept")
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert [name.rpartition("-")[0] for name in names if name != ".kept"] == ["baseline"]
    assert result.stderr.splitlines()[-1].endswith("the same command goes on from there")
    model.fail_at, before = None, len(model.calls)
    assert typed("run", "baseline", "reset", "--draws", 2).exit_code == 0
    assert [call[:3] for call in model.calls[before:]] == [("reset", 1, 0)]
    assert not (tmp_path / "runs" / ".kept").exists()


def test_a_fault_in_the_program_is_one_message_unless_debugged(model: FakeModel, typed: Invoke) -> None:
    model.fail_at, model.error = ("baseline", 0, 0), ZeroDivisionError
    result = typed("run", "baseline")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "error[fault-in-program]: a fault in the program, not in your files: ZeroDivisionError",
        "  = hint: `--debug` shows where; please report it with the command",
    ]
    debugged = typed("run", "baseline", "--debug").stderr
    assert "Traceback (most recent call last)" in debugged
    assert "in replicate" in debugged


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("run baselin", 3, "no scenario is called `baselin`"),
        ("run baselin", 3, "= hint: did you mean `baseline`?"),
        (
            "run baseline --from 2023-01-01",
            2,
            "`--from 2023-01-01` is before the data, which start on 2024-03-31",
        ),
        (
            "run baseline --from 2030-01-01",
            2,
            "`--from 2030-01-01` is after the last day of the run, 2029-03-31",
        ),
        ("run baseline --from 2026", 2, "`--from 2026` is not a full date"),
        ("run baseline --to soon", 2, "`--to soon` is not a full date"),
        ("run baseline --draws 0", 2, "0 draws is less than one"),
        ("run baseline --workers 0", 2, "0 workers is less than one"),
        ("run baseline --at 2025-13", 2, "`--at 2025-13` is not a month"),
        ("run baseline --by grad", 2, "no row is called `grad`"),
        ("run baseline --by unit", 2, "`--by unit` needs the rows of single units"),
        ("run baseline --area courts", 2, "= hint: did you mean `court`?"),
        ("run baseline --timing-basis policy", 2, "no timing basis is called `policy`"),
        ("run baseline --data nowhere", 3, "nowhere"),
        ("run baseline --save-as x.yaml", 2, "`--save-as` saves one scenario with its `--set` changes"),
        ("run baseline --set nonsense", 2, "`--set nonsense` cannot be read"),
        ("run baseline --set staff.leaving.anual_rate=0.1@2026-04-01", 2, "staff.leaving.anual_rate"),
        ("run baseline --set staff.leaving.anual_rate=0.1@2026-04-01", 2, "did you mean"),
        ("run", 2, "Missing argument"),
        ("run baseline --drawz 3", 2, "No such option"),
        ("compare baseline", 2, "hint: `capacity-sim compare baseline reset`"),
        ("compare baseline", 2, "a comparison needs two scenarios or run folders"),
        ("compare baseline reset --output gap", 2, "= hint: did you mean `gap_fte`?"),
        ("compare baseline reset --by grad", 2, "= hint: did you mean `grade`?"),
        ("compare baseline resett", 3, "= hint: did you mean `reset`?"),
        ("check nowhere.yaml", 3, "there is no file `nowhere.yaml`"),
        ("list scenaros", 2, "= hint: did you mean `scenarios`?"),
        ("reconcile --workers 0", 2, "0 workers is less than one"),
    ],
)
def test_what_cannot_be_done_is_one_clear_message(
    model: FakeModel, typed: Invoke, tmp_path: Path, words: str, code: int, message: str
) -> None:
    result = typed(*words.split())
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert model.calls == []
    assert not (tmp_path / "runs").exists()


def test_unknown_names_are_found_all_at_once(model: FakeModel, typed: Invoke) -> None:
    result = typed("run", "baselin", "resett")
    assert result.stderr.count("error[unknown-scenario]") == 2
    assert result.stderr.endswith("2 errors; nothing was run\n")


def test_the_real_model_refuses_regions_and_horizons(typed: Invoke, tmp_path: Path) -> None:
    region = typed("run", "baseline", "--region", "Lodon")
    assert region.exit_code == 2
    assert "`england_wales` has no region called `Lodon`" in region.stderr
    assert "did you mean `London`?" in region.stderr
    early = typed("run", "baseline", "--to", "2023-03-31")
    assert early.exit_code == 2
    assert "the horizon ends on 2023-03-31, before its first week, which starts on 2024-04-01" in early.stderr
    assert not (tmp_path / "runs").exists()


def test_one_change_can_be_tried_and_saved(model: FakeModel, typed: Invoke, tmp_path: Path) -> None:
    change = "staff.leaving.annual_rate[grade=PO]=0.2@2026-04-01"
    tried = typed("run", "baseline", "--set", change, "--draws", 2)
    assert tried.exit_code == 0, tried.stderr
    assert tried.stdout.startswith("baseline-changed: ")
    assert re.search(
        r"next: `capacity-sim compare baseline runs/baseline-changed-[0-9a-f]{8} --draws 2`", tried.stderr
    )
    saved = typed("run", "baseline", "--set", change, "--save-as", "leavers.yaml")
    assert saved.exit_code == 0, saved.stderr
    assert "saved leavers.yaml" in saved.stderr
    assert "staff.leaving.annual_rate" in (tmp_path / "leavers.yaml").read_text()
    assert typed("run", "leavers.yaml").exit_code == 0


def test_from_trims_the_report_alone(model: FakeModel, typed: Invoke) -> None:
    whole = typed("run", "baseline", "--draws", 2)
    trimmed = typed("run", "baseline", "--draws", 2, "--from", "2025-01-01")
    assert "reused" in trimmed.stderr
    assert trimmed.stdout.splitlines()[0] == whole.stdout.splitlines()[0]
    assert len(model.calls) == 2


def test_units_are_illustrative(model: FakeModel, typed: Invoke) -> None:
    result = typed("run", "baseline", "--units", "--by", "unit")
    assert result.exit_code == 0, result.stderr
    assert "illustrative" in result.stdout
    assert "Northshire 1" in result.stdout


def test_the_shipped_scenarios_pass_the_check(typed: Invoke) -> None:
    result = typed("check", shipped_folder())
    assert result.exit_code == 0, result.stderr
    assert re.fullmatch(r"\d+ scenarios, \d+ changes, \d+ sources: no errors\n", result.stdout)
    assert typed("check", "--csv").exit_code == 0


def test_check_finds_every_fault_with_its_place(typed: Invoke, tmp_path: Path) -> None:
    text = (shipped_folder() / "reset.yaml").read_text()
    (tmp_path / "one.yaml").write_text(text.replace("name: reset\n", "name: one\n").replace("kind:", "kidn:"))
    (tmp_path / "two.yaml").write_text("name: two\n")
    result = typed("check", "one.yaml", "two.yaml")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "one.yaml:" in result.stderr
    assert "two.yaml" in result.stderr
    assert re.search(r"^\d+ errors in 2 files; nothing was run$", result.stderr, re.MULTILINE)
    found = json.loads(typed("check", "one.yaml", "two.yaml", "--json").stdout)[0]["records"]
    assert {one["file"] for one in found} == {"one.yaml", "two.yaml"}
    assert all(one["code"] and one["message"] for one in found)


def test_check_of_a_folder_without_scenarios(typed: Invoke, tmp_path: Path) -> None:
    result = typed("check", tmp_path)
    assert result.exit_code == 2
    assert "holds no scenario files" in result.stderr


def test_list_shows_what_can_be_named(typed: Invoke, tmp_path: Path) -> None:
    result = typed("list")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["NAME", "KIND", "STATUS", "AS", "OF", "CHANGES", "REVIEW", "BY", "TITLE"]
    assert lines[1].startswith("baseline")
    assert {one["name"] for one in rows(typed("list", "--csv"))} >= {"baseline", "reset"}
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "broken.yaml").write_text("name: broken\n")
    refused = typed("list")
    assert refused.exit_code == 3
    assert "baseline" in refused.stdout
    assert "not listed, as they have faults: `broken`" in refused.stderr


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("parameters", "staff.leaving.annual_rate"),
        ("outputs", "gap_fte"),
        ("regions", "London"),
        ("units", "Kent"),
    ],
)
def test_list_shows_other_names(typed: Invoke, what: str, name: str) -> None:
    result = typed("list", what)
    assert result.exit_code == 0, result.stderr
    assert name in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_and_the_common_options(typed: Invoke, command: str) -> None:
    text = typed(command, "--help").stdout
    assert "Example:" in text
    assert f"capacity-sim {command}" in text
    for option in ("--csv", "--json", "--quiet", "--debug"):
        assert option in text


def test_reconcile_and_calibrate_show_what_the_fit_gives(
    typed: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sys
    import types

    import pandas as pd

    from capacity_sim import analysis
    from capacity_sim.runs import replication

    held = pd.DataFrame(
        [{"area": "court", "basis": "original", "simulated": 1900.0, "published": 1852.0, "tolerance": 0.05}]
    )
    fitted = pd.DataFrame(
        [
            {"path": "work.timing.scale", "where": {"area": "court", "basis": "original"}, "value": 1.234567,
             "range": None, "source": "nao-2025 Figure 11", "as_of": "2023-12-31", "basis": "calibrated",
             "quality": "amber", "why": 'Fitted to 1,852 FTE; "as printed".'},
        ]
    )  # fmt: skip
    fake = types.SimpleNamespace(reconcile=lambda *_, **__: held, calibrate=lambda *_, **__: fitted)
    monkeypatch.setitem(sys.modules, "capacity_sim.analysis.calibration", fake)
    monkeypatch.setattr(analysis, "calibration", fake, raising=False)
    demo: Any = types.SimpleNamespace(folder=tmp_path, title="Made-up land", values=())
    monkeypatch.setattr(replication, "load_data", lambda _: demo)

    shown = typed("reconcile")
    assert shown.exit_code == 0, shown.stderr
    assert "+2.6%" in shown.stdout
    assert rows(typed("reconcile", "--csv"))[0]["inside"] == "true"

    done = typed("calibrate")
    assert done.exit_code == 0, done.stderr
    assert "wrote calibrated.yaml" in done.stderr
    assert done.stderr.endswith("next: `capacity-sim reconcile`\n")
    text = (tmp_path / "calibrated.yaml").read_text()
    assert text == (
        "# Written by `capacity-sim calibrate`: values fitted to published figures, and to which.\n"
        "- {path: work.timing.scale, where: {area: court, basis: original},\n"
        "   value: 1.23457, source: nao-2025 Figure 11, as_of: 2023-12-31, basis: calibrated, "
        "quality: amber,\n"
        '   why: "Fitted to 1,852 FTE; \\"as printed\\"."}\n'
    )


def test_whole_runs_say_beforehand_how_long_they_take_where_that_is_known(
    typed: Invoke, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.portable = True
    words = ("compare", "baseline", "reset", "--draws", 3, "--workers", 2, "--no-movers")
    monkeypatch.setattr(pace, "estimate", lambda people, months, desks: 30.0 if desks else 1.0)
    monkeypatch.setattr(pace, "known", lambda: False)
    assert "to make" not in typed("run", "baseline").stderr, "a guess is not said"
    monkeypatch.setattr(pace, "known", lambda: True)
    asked = typed(*words)
    assert asked.exit_code == 0, asked.stderr
    assert asked.stderr.startswith("baseline, reset: 6 runs to make; about 1 min 30 s\n")
    assert "to make" not in typed(*words).stderr, "they are there"
    assert "to make" not in typed(*words, "--force", "--quiet").stderr
    monkeypatch.setattr(pace, "estimate", lambda people, months, desks: 1.0)
    assert "to make" not in typed(*words, "--force").stderr, "it is done before it is read"
