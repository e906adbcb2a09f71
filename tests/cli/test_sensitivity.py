"""`sensitivity` as it is typed, on the made-up region."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from capacity_sim.cli import sensing
from capacity_sim.runs.coalitions import Counts
from capacity_sim.scenario import Scenario

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
SMALL = ("--data", "demo", "--to", "2024-08-31", "--at", "2024-08")
FEW = ("--only", "reset.residual", "--only", "staff.trainee")


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each replication had officers at their desks."""
    seen: list[bool] = []
    real = sensing.make_counts

    def make(scenario: Scenario, region: str | None, month: str) -> Counts:
        counts = real(scenario, region, month)

        class Watched(type(counts)):
            def replicate(self, task, seed, delivery, threads, progress):
                seen.append(delivery)
                return super().replicate(task, seed, delivery, threads, progress)

        return Watched(counts.model, counts.month, counts.horizon)

    monkeypatch.setattr(sensing, "make_counts", make)
    return seen


def test_a_sentence_a_table_a_chart_and_what_it_costs(typed: Invoke, tmp_path: Path, kinds: list[bool]) -> None:
    result = typed("sensitivity", "reset", *SMALL, *FEW)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("What matters most: gap, sentence management, August 2024, Demo Region")
    assert "matters most: between its ends the gap goes from" in " ".join(result.stdout.split())
    assert "tornado of 7 inputs, 3 replications of each reading: 47 runs to make; about" in result.stderr
    assert len(kinds) == 47
    charts = re.findall(r"^chart: (.+)$", result.stderr, re.MULTILINE)
    assert charts == [f"runs/reset-tornado-gap_fte-sentence_management-2024-08.{end}" for end in ("png", "svg")]
    assert "matters most" in (tmp_path / charts[1]).read_text(encoding="utf-8")
    again = typed("sensitivity", "reset", *SMALL, *FEW, "--workers", 2)
    assert again.stdout == result.stdout
    assert "0 runs to make, 47 there already" in again.stderr
    assert len(kinds) == 47


def test_other_outputs_areas_and_grades_come_from_the_same_runs(typed: Invoke, kinds: list[bool]) -> None:
    first = typed("sensitivity", "reset", *SMALL, *FEW, "--csv")
    assert first.exit_code == 0, first.stderr
    made = len(kinds)
    drivers = [row for row in rows(first) if row["row"] == "driver"]
    swings = [float(row["size"]) for row in drivers]
    assert swings == sorted(swings, reverse=True)
    assert {row["of"] for row in drivers} >= {"reset.residual", "staff.trainee.dropout"}
    for measure, *words in (
        ("required_fte", "--grade", "PO"),
        ("people_supervised",),
        ("gap_fte", "--area", "court"),
        ("workload_pct", "--area", "all"),
    ):
        other = typed("sensitivity", "reset", *SMALL, *FEW, "--output", measure, *words, "--json")
        assert other.exit_code == 0, other.stderr
        assert json.loads(other.stdout)[0]["records"][0]["measure"] == measure
    assert len(kinds) == made
    residual = next(row for row in drivers if row["of"] == "reset.residual")
    assert (residual["range_low"], residual["range_high"], residual["inputs"]) == ("0.15", "0.25", "reset.residual")
    assert float(residual["at_low"]) < float(residual["at_high"]), "less contact is less work"


@pytest.mark.parametrize(("method", "points"), [("morris", 3), ("sobol", 8)])
def test_screening_and_shares_of_variance(typed: Invoke, method: str, points: int) -> None:
    words = ("sensitivity", "reset", *SMALL, *FEW, "--group", "trainees=staff.trainee", "--method", method)
    result = typed(*words, "--points", points, "--csv")
    assert result.exit_code == 0, result.stderr
    drivers = {row["of"]: row for row in rows(result) if row["row"] == "driver"}
    assert set(drivers) == {"trainees", "reset.residual"}
    assert drivers["trainees"]["inputs"].count(";") == 5
    shown = "size" if method == "morris" else "total"
    assert all(float(row[shown]) >= 0 for row in drivers.values())
    assert f"{method} of 7 inputs in 2 groups" in result.stderr


def test_what_drives_a_difference(typed: Invoke) -> None:
    result = typed("sensitivity", "reset", "--less", "baseline", *SMALL, *FEW, "--reps", 1, "--csv")
    assert result.exit_code == 0, result.stderr
    drivers = [row for row in rows(result) if row["row"] == "driver"]
    assert drivers[0]["of"] == "reset.residual"
    assert drivers[0]["less"] == "baseline"
    assert float(drivers[0]["size"]) > 0
    assert all(float(row["size"]) == 0 for row in drivers if row["of"] == "staff.trainee.dropout")


def test_an_output_of_officers_varies_how_they_work(typed: Invoke, kinds: list[bool]) -> None:
    result = typed("sensitivity", "reset", *SMALL, "--only", "delivery", "--output", "backlog_hours", "--reps", 1)
    assert result.exit_code == 0, result.stderr
    assert all(kinds)
    assert "`delivery." in result.stdout
    other = typed("sensitivity", "reset", *SMALL, "--only", "delivery")
    assert other.exit_code == 2
    assert "no range that could move this" in other.stderr


def test_the_price_is_said_and_can_be_refused(typed: Invoke, tmp_path: Path, kinds: list[bool]) -> None:
    result = typed("sensitivity", "reset", *SMALL, *FEW, "--most-runs", 40)
    assert result.exit_code == 2
    assert "this takes 47 runs, about" in result.stderr
    assert "`--most-runs 47` allows it" in result.stderr
    assert result.stdout == ""
    assert kinds == []
    assert not (tmp_path / "runs").exists()
    allowed = typed("sensitivity", "reset", *SMALL, *FEW, "--most-runs", 47, "--quiet")
    assert (allowed.exit_code, allowed.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("resett", 3, "did you mean `reset`?"),
        ("reset --output gap", 2, "did you mean `gap_fte`?"),
        ("reset --method sobel", 2, "did you mean `sobol`?"),
        ("reset --grade POs", 2, "did you mean `PO`?"),
        ("reset --area courts", 2, "did you mean `court`?"),
        ("reset --by parts", 2, "did you mean `part`?"),
        ("reset --at 2031-03", 2, "`reset` has no month 2031-03"),
        ("reset --region Londn", 2, "no region called `Londn`"),
        ("reset --output people_supervised --grade PO", 2, "`people_supervised` has no grades"),
        ("reset --only staff.traine", 2, "no uncertain input is called `staff.traine`"),
        ("reset --group a=staff@London", 2, "no area and no parent is called `London`"),
        ("reset --points 8", 2, "a tornado has two ends of each input"),
        ("reset --method sobol --points 9", 2, "9 points is not a power of two"),
        ("reset --reps 0", 2, "0 reps is less than 1"),
        ("reset --top 0", 2, "`--top 0` is less than 1"),
        ("reset --most-runs -1", 2, "`--most-runs -1` is less than 0"),
        ("reset --less reset", 2, "`reset` less itself is nothing"),
        ("runs/reset-00000000", 2, "is a run folder"),
        ("reset --csv --json", 2, "`--csv` and `--json` were both given"),
        ("reset --workers 0", 2, "0 workers is less than one"),
    ],
)
def test_what_cannot_be_done(typed: Invoke, tmp_path: Path, words: str, code: int, message: str) -> None:
    result = typed("sensitivity", *words.split(), "--data", "demo")
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "runs").exists()
