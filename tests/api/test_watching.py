"""Thresholds of a run from Python: those of the command, with what moved them once somebody asked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

import capacity_sim as cs
from capacity_sim.cli import app


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> cs.Runs:
    folder = tmp_path_factory.mktemp("short-runs")
    return cs.run(["baseline", "reset"], data="demo", draws=2, to="2025-03-31", runs_dir=folder, movers=False)


def test_thresholds_of_a_run_are_shown_and_what_moved_them_once_it_was_found(short: cs.Runs) -> None:
    one = short["reset"]
    before = one.thresholds()
    assert repr(before) == "<Shown: Thresholds: reset, Demo Region (made up)>"
    assert set(before.frame["row"]) == {"level"}
    assert {"sentence-management-gap", "officers-gap", "caseload"} == set(before.frame["threshold"])
    assert "--movers" in before.text
    after = one.thresholds(movers=True)
    levels = after.frame[after.frame["row"] == "level"]
    same = ["threshold", "level", "at", "probability", "first"]
    assert levels[same].reset_index(drop=True).equals(before.frame[same])
    moved = after.frame[(after.frame["row"] != "level") & (after.frame["threshold"] == "sentence-management-gap")]
    assert {name.partition(".")[0] for name in moved["change"]} == {"reset"}
    assert (moved["effect"] < 0).any()
    assert "--movers" not in after.text
    again = cs.open_runs("reset", runs_dir=one.folder.path.parent)["reset"]
    assert again.thresholds().text == after.text


def test_the_file_of_a_run_is_the_same_whichever_way_the_run_was_made(tmp_path: Path) -> None:
    made = cs.run(["baseline", "reset"], data="demo", draws=2, to="2024-09-30", runs_dir=tmp_path / "python")["reset"]
    found = (made.folder.path / "thresholds.csv").read_text(encoding="utf-8")
    assert "mover" in found, "cheap, so found unasked"
    assert set(made.thresholds().frame["row"]) == {"level", "mover"}
    for words in (["run", "reset"], ["compare", "baseline", "reset"], ["diff", "baseline", "reset"]):
        place = tmp_path / words[0]
        options = ["--data", "demo", "--draws", "2", "--to", "2024-09-30", "--runs-dir", str(place), "--quiet"]
        result = CliRunner().invoke(app, [*words, *options])
        assert result.exit_code == 0, result.stderr
        (file,) = place.glob("reset-*/thresholds.csv")
        assert file.read_text(encoding="utf-8") == found, words[0]


def test_what_changes_nothing_has_no_movers(short: cs.Runs) -> None:
    assert len(short["baseline"].thresholds().frame) > 0
    with pytest.raises(cs.CapacitySimError, match="`baseline` changes nothing, so no change of its own moved"):
        short["baseline"].thresholds(movers=True)


def test_a_scenario_that_is_no_longer_the_same_is_refused(tmp_path: Path) -> None:
    file = cs.load_scenario("reset").child("mine").change("staff.headroom", set=0.1, since="2024-09-01").save(
        tmp_path / "mine.yaml"
    )
    made = cs.run(file, data="demo", to="2024-12-31", runs_dir=tmp_path)[0]
    opened = cs.open_runs(made.folder.path, runs_dir=tmp_path)[0]
    with pytest.raises(cs.CapacitySimError, match="mine"):
        opened.thresholds(movers=True)
