"""`solve` as it is typed, on the made-up region, and every message of a bad goal or lever."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
SMALL = ("--data", "demo", "--draws", 4, "--to", "2025-03-31", "--workers", 2)
HOURS = "scale staff.productive.factor@2024-05-01 between 1 and 1.2"


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_an_answer_with_its_probability_and_the_trials(typed: Invoke) -> None:
    words = ("solve", "reset", "--lever", "reset:strength between 0 and 1", *SMALL)
    first = typed(*words, "--goal", "gap_fte <= 100000 @2025-03")
    assert first.exit_code == 0, first.stderr
    assert "Nothing has to be moved: the goal is met as it stands." in first.stdout
    assert "1 lever, 4 runs a trial, at most" in first.stderr
    levels = rows(typed(*words, "--goal", "gap_fte <= 0 @2025-03", "--csv"))
    trials = {float(row["reset:strength"]): float(row["at_probability"]) for row in levels if row["row"] == "trial"}
    assert trials[0.0] > trials[1.0], "Reset spares staff"
    goal = f"gap_fte <= {(trials[0.0] + trials[1.0]) / 2} @2025-03"
    # from the baseline's side: how little of Reset still does
    less = typed(*words, "--goal", goal, "--json")
    assert less.exit_code == 0, less.stderr
    found = json.loads(less.stdout)[0]
    assert any("beyond that it is missed" in line for line in found["lead"])
    assert found["records"][0]["feasible"] == "true"


def test_infeasible_says_why_and_how_near(typed: Invoke) -> None:
    result = typed(
        "solve", "baseline", "--goal", "gap_fte[grade=PO] <= -1000 @2025-03",
        "--lever", "staff.trainee.starts_per_year@2024-05-01 between 10 and 4000", *SMALL,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "Infeasible, because a trainee qualifies 27" in said
    assert "first intake that `staff.trainee.starts_per_year@2024-05-01` moves is that of September 2024" in said
    assert "Nearest date: there the goal is met in no month of the run" in said


def test_one_draw_has_no_range_and_no_probability(typed: Invoke) -> None:
    small = [*SMALL[: SMALL.index("--draws")], "--draws", 1, *SMALL[SMALL.index("--draws") + 2 :]]
    result = typed(
        "solve", "reset", "--goal", "gap_fte <= -5000 @2025-03", "--lever", "reset:strength between 0 and 1", *small
    )
    assert result.exit_code == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "Wanted: -5,000 FTE or less at central values." in said
    assert "Infeasible, because the levers are too weak; no rule of time binds." in said
    assert "with that probability" not in said
    lines = result.stdout.splitlines()
    heads = lines[lines.index("What was tried, nearest to the goal") + 1]
    assert heads.split() == ["reset:strength", "gap", "met"]
    assert "%" not in result.stdout.partition("What was tried")[2]


def test_several_levers_with_costs_and_a_file_of_goals(typed: Invoke, tmp_path: Path) -> None:
    words = ("solve", "baseline", "--lever", HOURS + " cost 1000000", *SMALL)
    there = rows(typed(*words, "--goal", "gap_fte <= -9999 @2025-03", "--csv"))
    middle = {row["row"]: float(row["at_probability"]) for row in there}
    goal = f"gap_fte <= {(middle['as it stands'] + middle['nearest']) / 2} @2025-03"
    (tmp_path / "goals.yaml").write_text(
        f'goal: "{goal}"\nprobability: 0.75\ndraws: 4\ncost: true\nlevers:\n  - "{HOURS} cost 1000000"\n',
        encoding="utf-8",
    )
    result = typed("solve", "baseline", "--goals", "goals.yaml", *SMALL[:2], *SMALL[4:], "--csv")
    assert result.exit_code == 0, result.stderr
    answer = next(row for row in rows(result) if row["row"] == "answer")
    assert float(answer["met"]) >= 0.75
    moved = float(answer["staff.productive.factor@2024-05-01"]) - 1
    assert 0.05 < moved < 0.15
    assert float(answer["cost"]) == pytest.approx(1_000_000 * moved), "nobody more is paid"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--goal", "gap_fte under 500"],
            ["`--goal gap_fte under 500` cannot be read", "write `gap_fte <= 500 @2028-03`"],
        ),
        (["--goal", "gap_fte <= 500"], ["`--goal gap_fte <= 500` has no month"]),
        (["--goal", "gap_ft <= 500 @2025-03"], ["no output is called `gap_ft`", "did you mean `gap_fte`?"]),
        (["--goal", "gap_fte[grade=P0] <= 500 @2025-03"], ["no grade is called `P0`"]),
        (["--goal", "gap_fte[unit=X] <= 5 @2025-03"], ["`unit=X` of `--goal` names no area and no grade"]),
        (["--goal", "people_supervised[grade=PO] <= 5 @2025-03"], ["`people_supervised` has no grades"]),
        (["--goal", "gap_fte <= 5 @2031-03"], ["`reset` has no month 2031-03", "it runs from 2024-04 to 2025-03"]),
        (["--goal", "gap_fte <= 5 @march"], ["`@march` of `--goal` is not a month"]),
        (["--lever", "reset:strength from 0 to 1"], ["`--lever reset:strength from 0 to 1` cannot be read"]),
        (["--lever", "reset:strength between 1 and 0"], ["`reset:strength` between 1 and 0 leaves nothing to move"]),
        (["--lever", "reset:speed between 0 and 1"], ["`:speed` is not a lever of a part"]),
        (["--lever", "rest:slip between 0 and 1"], ["the scenario has no part called `rest`", "did you mean `reset`?"]),
        (["--lever", "reset:slip between -3 and 1"], ["`reset:slip` cannot be below 0"]),
        (["--lever", "staff.trainee.starts between 1 and 2"], ["no parameter is called `staff.trainee.starts`"]),
        (
            ["--lever", "staff.trainee.starts_per_year between 1 and 2"],
            ["`--lever staff.trainee.starts_per_year` has no first day", "write `path@date between"],
        ),
        (
            ["--lever", "staff.trainee.starts_per_year@2025-04-01 between 1 and 2"],
            ["moves nothing before 2025-04-01, after the month of the goal, 2025-03"],
        ),
        (
            ["--lever", "staff.absence.share between 0.1 and 2"],
            ["lever `staff.absence.share`:", "outside its limits"],
        ),
        (["--lever", "reset:slip between 0 and 1 cost -5"], ["`cost -5` of `reset:slip` is below zero"]),
        (["--probability", "80"], ["a probability of 80 is not above 0 and at most 1", "write 0.8 for 80%"]),
        (["--budget", "1000"], ["there is a budget, and nothing has a cost"]),
        (["--most-runs", "10"], ["could take 184 runs", "at most 10 are allowed", "fewer `--draws`"]),
        (["--goals", "none.yaml"], ["there is no file `none.yaml`"]),
        (["--pay", "none.yaml"], ["there is no file `none.yaml`"]),
        (["--draws", "0"], ["less than 1"]),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_command(typed: Invoke, words: list[str], said: list[str]) -> None:
    given = list(words)
    if "--goal" not in given:
        given += ["--goal", "gap_fte <= 5 @2025-03"]
    if "--lever" not in given:
        given += ["--lever", "reset:slip between 0 and 3"]
    draws = [] if "--draws" in given else ["--draws", "4"]
    result = typed("solve", "reset", *given, *draws, "--data", "demo", "--to", "2025-03-31")
    assert result.exit_code in (2, 3), result.stdout + result.stderr
    assert result.stdout == ""
    for one in said:
        assert one in result.stderr


def test_all_faults_at_once(typed: Invoke) -> None:
    result = typed(
        "solve", "reset", "--goal", "gap <= 5 @2025", "--lever", "x between 1 and 2",
        "--lever", "reset:speed between 3 and 2",
    )  # fmt: skip
    assert result.exit_code == 2
    for code in ("unknown-output", "bad-month", "unknown-path", "unknown-lever", "no-room"):
        assert f"error[{code}]" in result.stderr


def test_faults_of_a_file_have_their_place(typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "goals.yaml").write_text(
        'goal: "gap_ft <= 5 @2025-03"\nlevers:\n  - "reset:slip between 0 and 3"\n  - "reset:speed between 0 and 1"\n',
        encoding="utf-8",
    )
    result = typed("solve", "reset", "--goals", "goals.yaml")
    assert result.exit_code == 3
    assert "--> goals.yaml:1:7" in result.stderr
    assert "--> goals.yaml:4:5" in result.stderr
    assert "`:speed` is not a lever of a part" in result.stderr


def test_a_key_that_is_not_known_hides_no_other_fault(typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "goals.yaml").write_text(
        "goal: gap_ft <= 5 @2025-03\nlevers:\n  - {lever: reset:slip between 0 and 3}\n"
        "  - reset:slip betwen 0 and 3\nprobabilty: 0.5\ndraws: few\n",
        encoding="utf-8",
    )
    result = typed("solve", "reset", "--goals", "goals.yaml")
    assert result.exit_code == 3
    for code, place in (
        ("unknown-output", "1:7"), ("not-a-lever", "3:5"), ("bad-lever", "4:5"), ("unknown-key", "5:1"),
        ("not-a-number", "6:8"),
    ):  # fmt: skip
        assert f"error[{code}]" in result.stderr
        assert f"--> goals.yaml:{place}\n" in result.stderr


def test_a_lever_in_the_past_is_none(typed: Invoke) -> None:
    lever = "scale staff.leaving.annual_rate@2019-04-01 between 0.5 and 1"
    result = typed("solve", "reset", "--goal", "gap_fte <= 5 @2025-03", "--lever", lever)
    assert result.exit_code == 2
    assert "error[too-early]: `staff.leaving.annual_rate@2019-04-01` would move what was before the" in result.stderr


def test_a_set_on_what_the_scenario_sets_points_to_scale(typed: Invoke) -> None:
    result = typed(
        "solve", "stress-small-intake", "--goal", "gap_fte <= 5 @2028-03",
        "--lever", "staff.trainee.starts_per_year@2026-04-01 between 500 and 4000",
    )  # fmt: skip
    assert result.exit_code == 2
    assert "use `scale staff.trainee.starts_per_year@2026-04-01`" in result.stderr
