"""`new`: a file that works as it stands and is never written over another."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from support import made
from typer.testing import Result

from capacity_sim import data, scenario
from capacity_sim.analysis.difference import input_difference
from capacity_sim.catalogue import load
from capacity_sim.catalogue.strict_yaml import read
from capacity_sim.cli import starting

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


def acts(child: str, parent: str) -> bool:
    """Whether every change that the child writes or adjusts gives other values than its parent."""
    one, other = scenario.load(parent), scenario.load(child)
    loaded = data.load("england_wales")
    found = {change.path for change in other.changes if change.origin.scenario == other.name or change.adjusted}
    differing = {value.path for value in input_difference((one, other), (loaded, loaded), load()).values}
    return bool(found) and found <= differing


def test_a_new_scenario_passes_the_check_and_acts(typed: Invoke, tmp_path: Path) -> None:
    result = typed("new", "more-leavers")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "scenarios/more-leavers.yaml\n"
    assert result.stderr == (
        "next: `capacity-sim check more-leavers`\nnext: `capacity-sim diff baseline more-leavers --inputs`\n"
    )
    checked = typed("check", "scenarios")
    assert (checked.exit_code, checked.stderr) == (0, ""), checked.stderr
    assert checked.stdout == "1 scenario, 2 changes, 1 source: no errors\n"
    assert acts("more-leavers", "baseline")
    text = (tmp_path / "scenarios" / "more-leavers.yaml").read_text()
    assert "my-scenario" not in text
    found = scenario.load("more-leavers")
    assert found.as_of == date.today()
    assert (found.review_by - date.today()).days == 365
    assert typed("diff", "baseline", "more-leavers", "--inputs").exit_code == 0


@pytest.mark.parametrize("parent", ["reset", "reset-orders", "no-trend"])
def test_a_child_adjusts_a_change_of_its_parent_and_acts(typed: Invoke, tmp_path: Path, parent: str) -> None:
    result = typed("new", "weaker", "--from", parent)
    assert result.exit_code == 0, result.stderr
    assert f"next: `capacity-sim diff {parent} weaker --inputs`" in result.stderr
    checked = typed("check", "weaker")
    assert (checked.exit_code, checked.stderr) == (0, ""), checked.stderr
    child = scenario.load("weaker")
    assert child.extends == (parent,)
    assert len(child.adjusts) == 1
    assert acts("weaker", parent)


def test_a_child_names_the_changes_that_it_could_adjust(typed: Invoke, tmp_path: Path) -> None:
    typed("new", "weaker", "--from", "reset")
    text = (tmp_path / "scenarios" / "weaker.yaml").read_text()
    assert "the.change" not in text
    for change in scenario.load("reset").changes:
        assert f"  #   {change.id}\n" in text


def test_a_child_of_several_parents(typed: Invoke, tmp_path: Path) -> None:
    made.write(tmp_path / "scenarios")
    result = typed("new", "both", "--from", "part", "--from", "reset")
    assert result.exit_code == 0, result.stderr
    found = scenario.load("both")
    assert found.extends == ("part", "reset")
    assert {one.id for one in found.changes} >= {"part.recalls", "reset.licence"}
    assert typed("check", "both").stdout.endswith("no errors\n")


def test_a_parent_without_changes_gets_the_example(typed: Invoke) -> None:
    assert typed("new", "first", "--from", "baseline").exit_code == 0
    assert len(scenario.load("first").own_changes) == 2


def test_a_change_that_would_not_act_is_passed_over(typed: Invoke, tmp_path: Path) -> None:
    made.write(tmp_path / "scenarios")
    (tmp_path / "scenarios" / "part.yaml").write_text(
        made.PART.replace("impact: amber", "impact: red").replace("from: 2026-04-01", "from: 2024-04-01", 1)
        .replace("to: 2028-03-31", "to: 2024-04-01").replace("    phase_in_months: 6\n", "")
        .replace("slip_months: {value: 0, range: [0, 12]}\n", "months: {value: 0, range: [0, 12]}\n")
        .replace("scale: 0.8", "scale: 1").replace("range: [0.7, 0.9]", "range: [0.9, 1]")
    )  # fmt: skip
    assert typed("check", "part").exit_code == 0
    assert typed("new", "weaker", "--from", "part").exit_code == 0
    assert [one.id for one in scenario.load("weaker").adjusts] == ["part.trainees"]


def test_a_file_goes_where_it_is_named(typed: Invoke, tmp_path: Path) -> None:
    result = typed("new", "mine/trial.yaml", "--from", "reset")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "mine/trial.yaml\n"
    assert "next: `capacity-sim check mine/trial.yaml`" in result.stderr
    assert typed("check", "mine/trial.yaml").exit_code == 0
    assert not (tmp_path / "scenarios").exists()
    near = typed("new", "mine/nearer.yaml", "--from", "mine/trial.yaml")
    assert near.exit_code == 0, near.stderr
    assert read(tmp_path / "mine" / "nearer.yaml").plain()["extends"] == ["trial"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            "there.yaml", 2,
            "error[exists]: `there.yaml` is there already\n  = hint: give another name, or edit the file\n",
        ),
        (
            "reset", 2,
            "error[taken]: there is a scenario called `reset` already\n"
            "  = hint: `capacity-sim new another-name --from reset` builds on it\n",
        ),
        (
            "my,name", 2,
            "error[bad-name]: `my,name` is not a name for a scenario\n"
            "  = hint: use letters, digits, `-`, `_` and `.`; a number, a date or `true` is no name\n",
        ),
        (
            "2027", 2,
            "error[bad-name]: `2027` is not a name for a scenario\n"
            "  = hint: use letters, digits, `-`, `_` and `.`; a number, a date or `true` is no name\n",
        ),
        (
            "folder/name", 2,
            "error[not-a-file]: `folder/name` is not a scenario file\n  = hint: write `folder/name.yaml`\n",
        ),
        (
            "name --from resett", 3,
            "error[unknown-scenario]: no scenario is called `resett`\n  = hint: did you mean `reset`?\n\n"
            "1 error; nothing was run\n",
        ),
        (
            "there.yaml/name.yaml", 1,
            "error[cannot-write]: `there.yaml/name.yaml` cannot be written: file exists\n"
            "  = hint: name another file\n",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_left_alone(
    typed: Invoke, tmp_path: Path, words: str, code: int, message: str
) -> None:
    (tmp_path / "there.yaml").write_text("mine")
    result = typed("new", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", message)
    assert [path.name for path in tmp_path.iterdir()] == ["there.yaml"]
    assert (tmp_path / "there.yaml").read_text() == "mine"


def test_a_file_that_appears_meanwhile_is_left_alone(
    typed: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(file: Path, *_: object) -> str:
        file.parent.mkdir()
        file.write_text("mine")
        return "theirs"

    monkeypatch.setattr(starting, "_written", slowly)
    result = typed("new", "trial")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error[exists]: `scenarios/trial.yaml` is there already" in result.stderr
    assert (tmp_path / "scenarios" / "trial.yaml").read_text() == "mine"


def test_help_of_new_has_an_example(typed: Invoke) -> None:
    text = " ".join(typed("new", "--help").stdout.split())
    assert "Example:" in text
    assert "capacity-sim new weaker-reset --from reset" in text
