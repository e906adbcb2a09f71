"""Options that would have no effect are refused: one message, whichever command they were typed after."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_model import FakeModel
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
FOLDERS = "run folders are read as they are"
FOLDER = "is a run folder, which is read as it is"
BOTH = "`--pay` counts pay on your own figures"
LEVER = ("--goal", "gap_fte <= 500 @2025-03", "--lever", "staff.trainee.starts_per_year between 500 and 4000")


@pytest.fixture
def folders(model: FakeModel, typed: Invoke, tmp_path: Path) -> list[str]:
    """Folders of two finished runs."""
    assert typed("run", "baseline", "reset", "--draws", 2, "--no-movers", "--quiet").exit_code == 0
    return sorted(f"runs/{path.name}" for path in (tmp_path / "runs").glob("[!.]*"))


@pytest.mark.parametrize(
    ("command", "options", "named", "why"),
    [
        ("compare BOTH", "--scheduler tcp://127.0.0.1:9", "`--scheduler` has", FOLDERS),
        ("compare BOTH", "--draws 5 --workers 2", "`--draws` and `--workers` have", FOLDERS),
        ("compare BOTH", "--seed 2 --reps 2 --to 2026-03-31", "`--reps`, `--seed` and `--to` have", FOLDERS),
        ("compare BOTH", "--region Wales", "`--region` has", FOLDERS),
        ("compare BOTH", "--data demo", "`--data` has", FOLDERS),
        ("compare BOTH", "--timing-basis original", "`--timing-basis` has", FOLDERS),
        ("compare BOTH", "--force", "`--force` has", FOLDERS),
        ("compare BOTH", "--movers", "`--movers` has", FOLDERS),
        ("compare baseline reset --by change", "--no-movers", "`--movers` has", "`--by change` makes no run folder"),
        ("compare baseline reset --by change", "--from 2024-09-01", "`--from` has", "`--by change` is of one month"),
        ("compare baseline ecsl --by change", "--orders 4", "`--orders` has", "are shared out exactly"),
        ("thresholds ONE", "--draws 5", "`--draws` has", FOLDER),
        ("thresholds ONE", "--act --less ecsl", "`--act` and `--less` have", FOLDER),
        ("thresholds ONE", "--from 2024-09", "`--from` has", FOLDER),
        ("thresholds ONE", "--seed 2 --region Wales --force", "`--seed`, `--region` and `--force` have", FOLDER),
        ("thresholds reset --no-movers", "--less ecsl", "`--less` has", "leaves out what moved each threshold"),
        ("delivery ONE", "--draws 5", "`--draws` has", FOLDER),
        ("validate ONE", "--draws 5 --workers 1", "`--draws` and `--workers` have", FOLDER),
        ("pack audit BOTH -o a.zip", "--draws 5", "`--draws` has", FOLDERS),
        ("diff baseline reset --inputs", "--draws 5", "`--draws` has", "`--inputs` runs nothing"),
        ("diff baseline reset --inputs", "--runs-dir other", "`--runs-dir` has", "`--inputs` runs nothing"),
        ("list", "--data demo", "`--data` has", "scenarios are not those of a data set"),
        ("params staff", "--data demo", "`--data` has", "only values are those of a data set"),
        ("assumptions reset --changes", "--data demo", "`--data` has", "leaves out the values of the data"),
        ("ledger reset --pay mine.yaml", "--cost", "`--cost` has", BOTH),
        ("solve reset GOAL --pay mine.yaml", "--cost", "`--cost` has", BOTH),
    ],
)
def test_an_option_without_effect_is_refused(
    model: FakeModel, typed: Invoke, folders: list[str], command: str, options: str, named: str, why: str
) -> None:
    calls = len(model.calls)
    meant = {"BOTH": folders, "ONE": folders[1:], "GOAL": LEVER}
    words = [part for word in command.split() for part in meant.get(word, [word])]
    result = typed(*words, *options.split())
    assert result.exit_code == 2, result.stdout + result.stderr
    assert result.stdout == ""
    first, *_ = result.stderr.splitlines()
    assert first.startswith(f"error[no-effect]: {named} no effect here: "), first
    assert why in first
    assert "  = hint: " in result.stderr
    assert len(model.calls) == calls, "nothing is run"


def test_options_on_how_it_is_shown_act_on_folders_too(typed: Invoke, folders: list[str]) -> None:
    result = typed("compare", *folders, "--at", "2025-03", "--from", "2024-09-01", "--area", "court", "--csv")
    assert result.exit_code == 0, result.stderr
    mixed = typed("compare", folders[0], "reset", "--draws", 2)
    assert mixed.exit_code == 0, "a scenario among them is run as the options say"


@pytest.mark.parametrize("words", ["run", "solve", "ledger", "discover", "sensitivity"])
def test_a_run_folder_is_no_scenario(typed: Invoke, folders: list[str], words: str) -> None:
    more = {"solve": LEVER, "discover": ("--fails", "gap_fte > 3000 @2025-03")}.get(words, ())
    result = typed(words, folders[1], *more)
    assert result.exit_code == 2, result.stderr
    assert result.stderr.startswith("error[a-scenario]: ")
    assert "is a run folder" in result.stderr


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("compare baseline reset --by change --output starts", "error[no-area]: `starts` has no area of work"),
        ("sensitivity reset --output units_red", "error[no-area]: `units_red` has no area of work"),
        ("compare baseline reset --output tags_fitted", "error[no-area]: `tags_fitted` has no area of work"),
        (
            "compare baseline reset --output requirements_open",
            "error[not-in-area]: `requirements_open` is not counted in `court`, but in `unpaid_work` and",
        ),
    ],
)
def test_an_area_that_an_output_does_not_have(model: FakeModel, typed: Invoke, command: str, message: str) -> None:
    result = typed(*command.split(), "--area", "court")
    assert result.exit_code == 2, result.stdout
    assert result.stderr.startswith(message)
    assert not model.calls, "it is known before anything is run"


def test_an_output_of_another_area_is_not_shown_as_nothing(model: FakeModel, typed: Invoke) -> None:
    result = typed("compare", "baseline", "reset", "--output", "requirements_open")
    assert result.exit_code == 2
    assert "= hint: give `--area unpaid_work` or `--area accredited_programmes`" in result.stderr
    assert "not counted in `sentence_management`" in result.stderr


@pytest.mark.parametrize("command", ["run reset", "compare baseline reset", "delivery reset"])
def test_a_month_that_is_not_there_is_said_before_anything_is_run(
    model: FakeModel, typed: Invoke, command: str
) -> None:
    result = typed(*command.split(), "--at", "2035-01")
    assert result.exit_code == 2, result.stdout
    assert result.stderr.splitlines() == [
        f"error[unknown-month]: `{command.split()[1]}` has no month 2035-01",
        "  = hint: it runs from 2024-04 to 2025-03; `--to` runs it longer",
    ]
    assert not model.calls


@pytest.mark.parametrize(
    ("words", "code"),
    [("--by risk", "no-risk"), ("--by activity", "no-activity"), ("--by grade --output starts", "no-grade")],
)
def test_a_column_by_which_an_output_is_not_told_apart(
    model: FakeModel, typed: Invoke, words: str, code: str
) -> None:
    result = typed("compare", "baseline", "reset", *words.split())
    assert result.exit_code == 2, result.stdout
    assert result.stderr.startswith(f"error[{code}]: ")
    assert not model.calls


def test_a_run_that_ends_long_after_its_data_is_warned_of(model: FakeModel, typed: Invoke) -> None:
    far = typed("run", "baseline", "--to", "2099-03-31", "--no-movers")
    assert "warning[far-horizon]: `baseline` runs to 2099-03-31, 75 years after its data" in far.stderr
    assert "far-horizon" not in typed("run", "baseline", "--to", "2035-03-31", "--no-movers").stderr


def test_a_part_of_a_scenario_is_no_parameter(model: FakeModel, typed: Invoke) -> None:
    result = typed("run", "reset", "--set", "reset:strength=0.5")
    assert result.exit_code == 2
    assert result.stderr.startswith("error[not-a-parameter]: `reset:strength` of `--set reset:strength=0.5` is a part")
    assert "`capacity-sim new NAME --from SCENARIO`" in result.stderr
