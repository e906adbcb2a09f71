"""`thresholds` as it is typed, and what `run` says of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim.analysis import moving

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
MINE = """\
title: Mine
sources: {me: {title: Me}}
thresholds:
  - {name: everyone, metric: people_on_sentence, side: above, amber: 1, red: 1000000, dwell_months: 2, owner: Me,
     action: Look., source: me, quality: red, why: w}
  - name: gap
    metric: gap_fte
    per: required_fte
    area: sentence_management
    side: above
    amber: 10
    red: 20
    owner: Me
    action: Look.
    contingency: {scenario: reset, at: amber, lag_months: 1}
    source: me
    quality: red
    why: w
"""


def test_a_run_says_which_thresholds_it_meets_and_keeps_them(typed: Invoke, model: FakeModel, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    result = typed("run", "baseline", "--draws", 4, "--thresholds", "mine.yaml")
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "Threshold `everyone`: amber in 100% of the runs, first met in May 2024 (middle); Me: Look." in said
    assert "moved" not in said, "the baseline changes nothing"
    (file,) = tmp_path.glob("runs/baseline-*/thresholds.csv")
    kept = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert [(row["threshold"], row["level"]) for row in kept] == [
        ("everyone", "amber"), ("everyone", "red"), ("gap", "amber"), ("gap", "red"),
    ]  # fmt: skip
    assert [row["probability"] for row in kept[:2]] == ["1.0", "0.0"]
    folder = typed("thresholds", file.parent, "--thresholds", "mine.yaml", "--csv")
    assert folder.exit_code == 0, folder.stderr
    assert list(csv.DictReader(io.StringIO(folder.stdout))) == kept
    again = typed("run", "baseline", "--draws", 4)
    assert "reused" in again.stderr, "a file beside the results does not spoil them"
    assert "Threshold `caseload`" in again.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "baseline", "reset", "--draws", 2),
        ("compare", "baseline", "reset", "--until", "gap_fte +- 90%", "--limit", 20),
        ("diff", "baseline", "reset", "--draws", 2),
    ],
)
def test_every_run_folder_says_which_thresholds_it_meets_and_what_moved_them(
    typed: Invoke, model: FakeModel, tmp_path: Path, words: tuple[object, ...]
) -> None:
    result = typed(*words)
    assert result.exit_code == 0, result.stderr
    assert "changes moved the thresholds of reset: " in result.stderr
    assert "`--no-movers` leaves them out" in result.stderr
    files = sorted(tmp_path.glob("runs/*/thresholds.csv"))
    assert [file.parent.name.rpartition("-")[0] for file in files] == ["baseline", "reset"]
    kept = [list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))) for file in files]
    assert [{row["row"] for row in one} for one in kept] == [{"level"}, {"level", "mover"}]
    asked = typed("thresholds", files[1].parent, "--csv")
    assert asked.exit_code == 0, asked.stderr
    assert list(csv.DictReader(io.StringIO(asked.stdout))) == kept[1]


@pytest.mark.parametrize(
    "words", [("compare", "baseline", "reset"), ("diff", "baseline", "reset"), ("delivery", "reset")]
)
def test_what_moved_them_can_be_left_out_and_is_added_later(
    typed: Invoke, model: FakeModel, tmp_path: Path, words: tuple[str, ...]
) -> None:
    without = typed(*words, "--draws", 2, "--no-movers")
    assert without.exit_code == 0, without.stderr
    assert "moved the thresholds" not in without.stderr
    (file,) = tmp_path.glob("runs/reset-*/thresholds.csv")
    assert "mover" not in file.read_text(encoding="utf-8")
    said = typed("thresholds", file.parent)
    assert "`capacity-sim run reset --movers` with the same options" in " ".join(said.stdout.split())
    later = typed(*words, "--draws", 2)
    assert later.exit_code == 0, later.stderr
    found = file.read_text(encoding="utf-8")
    assert "mover" in found
    assert typed("run", "reset", "--draws", 2, "--no-movers").exit_code == 0
    assert file.read_text(encoding="utf-8") == found, "what was found is not lost"
    assert typed("run", "reset", "--draws", 2).exit_code == 0
    assert file.read_text(encoding="utf-8") == found, "`run` finds the same"


def test_a_comparison_leaves_what_a_run_has_found(typed: Invoke, model: FakeModel, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    assert typed("run", "baseline", "--draws", 2, "--thresholds", "mine.yaml").exit_code == 0
    (file,) = tmp_path.glob("runs/baseline-*/thresholds.csv")
    kept = file.read_text(encoding="utf-8")
    assert typed("compare", "baseline", "reset", "--draws", 2).exit_code == 0
    assert file.read_text(encoding="utf-8") == kept, "my own stay"
    mine = typed("run", "reset", "--draws", 2, "--thresholds", "mine.yaml", "--no-movers")
    assert mine.exit_code == 0, mine.stderr
    (other,) = tmp_path.glob("runs/reset-*/thresholds.csv")
    kept = other.read_text(encoding="utf-8")
    assert typed("compare", "baseline", "reset", "--draws", 2).exit_code == 0
    assert other.read_text(encoding="utf-8") == kept, "what moved others is not added to mine"
    assert typed("compare", "baseline", "reset", "--draws", 2, "--movers").exit_code == 0
    assert "caseload" in other.read_text(encoding="utf-8"), "asked for by name"
    assert "mover" in other.read_text(encoding="utf-8")
    forced = typed("compare", "baseline", "reset", "--draws", 2, "--force")
    assert forced.exit_code == 0, forced.stderr
    assert "caseload" in file.read_text(encoding="utf-8"), "a new folder has the shipped ones"


def test_a_run_says_which_change_moved_each_most(typed: Invoke, tmp_path: Path) -> None:
    """On the real engine: Reset spares staff, though none by the month in which the level is met first."""
    mine = "thresholds:\n" + MINE.partition("thresholds:\n")[2].replace("red: 1000000", "red: 2")
    (tmp_path / "mine.yaml").write_text(MINE.partition("thresholds:\n")[0] + mine, encoding="utf-8")
    words = ("--data", "demo", "--to", "2024-09-30", "--thresholds", "mine.yaml", "--workers", 1)
    more = ("--set", "staff.leaving.annual_rate[grade=PO]=0.9@2024-09-01")
    result = typed("run", "reset", *more, *words)
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "Threshold `everyone`: red in this run, first met in May 2024; no change moves it; Me: Look." in said
    assert "Threshold `gap`: red in this run, first met in April 2024; moved most by `reset`, -" in said
    assert "percentage points in September 2024; Me: Look." in said
    assert "which of 2 changes moved the thresholds of reset-changed: 2 runs to make, about " in result.stderr
    (file,) = tmp_path.glob("runs/reset-changed-*/thresholds.csv")
    kept = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    movers = [row for row in kept if row["row"] == "mover" and row["threshold"] == "gap"]
    assert movers[0]["change"] == "reset"
    assert len(movers) == 2
    assert float(movers[0]["effect"]) < 0
    assert float(movers[1]["effect"]) > 0, "officers leave"
    read = typed("thresholds", file.parent, "--thresholds", "mine.yaml", "--csv")
    assert list(csv.DictReader(io.StringIO(read.stdout))) == kept, "the folder says what the run did"
    other = typed("thresholds", file.parent, "--csv")
    assert "mover" not in other.stdout, "other thresholds were not asked"
    without = typed("run", "reset", *more, *words, "--no-movers")
    assert "moved most by" not in " ".join(without.stdout.split())
    assert "runs to make" not in without.stderr
    again = typed("run", "reset", *more, *words)
    assert again.stdout == result.stdout
    assert "runs to make" not in again.stderr, "they are kept"


def test_what_is_dear_beside_a_run_is_left_until_asked(
    typed: Invoke, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "MOST_PEOPLE", 0)
    unasked = typed("run", "in-force")
    assert unasked.exit_code == 0, unasked.stderr
    said = " ".join(unasked.stdout.split())
    assert "moved most by" not in said
    assert "`--movers` says which of 8 changes moved each most, for 8 runs more." in said
    compared = typed("compare", "baseline", "in-force", "--draws", 1)
    assert "moved the thresholds" not in compared.stderr, "the same rule"
    asked = " ".join(typed("run", "in-force", "--movers").stdout.split())
    assert "Moved most by: the run with a change less the run without it" in asked
    assert "`--movers`" not in asked
    again = " ".join(typed("run", "in-force").stdout.split())
    assert again == asked, "what was found is shown"


def test_a_scenario_with_what_moved_it_and_a_contingency(typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    words = ("--data", "demo", "--to", "2024-12-31", "--draws", 2, "--thresholds", "mine.yaml")
    result = typed("thresholds", "hdc-extension", "--act", *words, "--csv", "--from", "2024-08")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["row"] for row in rows].count("level") == 4
    movers = [row for row in rows if row["row"] == "mover"]
    assert {row["threshold"] for row in movers} == {"everyone", "gap"}
    assert all(row["change"] and row["month"] for row in movers)
    (acted,) = [row for row in rows if row["row"] == "contingency"]
    assert acted["change"] == "reset"
    assert acted["probability"] == "1.0"
    assert float(acted["effect"]) < 0, "Reset spares staff"
    amber = next(row for row in rows if row["threshold"] == "gap" and row["level"] == "amber")
    assert amber["first"] == "2024-08"


def test_what_is_wrong_is_said_with_its_place(typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    there = typed("thresholds", "reset", "--act", "--thresholds", "mine.yaml", "--data", "demo")
    assert there.exit_code == 2
    assert "threshold `gap`: `reset` has all of `reset` already" in there.stderr
    assert "--> mine.yaml:6:5" in there.stderr
    (tmp_path / "mine.yaml").write_text(MINE.replace("red: 20", "red: 2"), encoding="utf-8")
    bad = typed("run", "baseline", "--thresholds", "mine.yaml")
    assert bad.exit_code == 3
    assert "error[levels-out-of-order]: red at 2 comes before amber at 10" in bad.stderr
    assert "--> mine.yaml:12:10" in bad.stderr
    assert not (tmp_path / "runs").exists(), "nothing is run"
    early = typed("thresholds", "reset", "--from", "2020-01", "--data", "demo")
    assert early.exit_code == 2
    assert "`reset` has no month 2020-01" in early.stderr
    few = typed("thresholds", "reset", "--draws", 0)
    assert few.exit_code == 2
    assert "`--draws 0` is less than 1" in few.stderr


@pytest.mark.parametrize("command", ["run", "thresholds"])
def test_an_area_that_an_output_does_not_have_is_said_with_its_place(
    typed: Invoke, model: FakeModel, tmp_path: Path, command: str
) -> None:
    wrong = MINE.replace("metric: people_on_sentence,", "metric: people_on_sentence, area: court, grade: PO,")
    (tmp_path / "mine.yaml").write_text(wrong, encoding="utf-8")
    result = typed(command, "baseline", "--thresholds", "mine.yaml")
    assert result.exit_code == 3
    assert [line for line in result.stderr.splitlines() if line.startswith(("error", " -->"))] == [
        "error[no-grade]: threshold `everyone`: `people_on_sentence` has no grades",
        " --> mine.yaml:4:5",
        "error[no-area]: threshold `everyone`: `people_on_sentence` has no area of work",
        " --> mine.yaml:4:5",
    ]
    assert not model.calls, "nothing is run before"
