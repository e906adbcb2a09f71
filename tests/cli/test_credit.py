"""`compare --by change` as it is typed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_counts import FakeCounts
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim.cli import work

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
NAMES = ("compare", "baseline", "no-trend", "--by", "change")


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


@pytest.fixture
def counts(model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> FakeCounts:
    """Simulation of coalitions whose answer is made up: each change takes a little of what is left."""
    fake = FakeCounts(lambda there: 1.0 - 0.95 ** len(there))
    monkeypatch.setattr(work, "make_counts", lambda *_: fake)
    return fake


def test_the_table_the_chart_and_what_it_costs(counts: FakeCounts, typed: Invoke, tmp_path: Path) -> None:
    result = typed(*NAMES, "--draws", 1)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Who gets the credit: gap (needed less available), sentence management, March 2025")
    groups = len(set().union(*(ids for ids, *_ in counts.calls)))
    assert f"{groups} changes, 1 draw: {2**groups} runs to make" in result.stderr
    assert sum(line.startswith("  no-trend") for line in lines) >= groups
    assert "belongs to no single change" in result.stdout
    assert "No claim is made about reoffending." in " ".join(result.stdout.split())
    charts = re.findall(r"^chart: (.+)$", result.stderr, re.MULTILINE)
    stem = "runs/baseline-no-trend-by-change-gap_fte-sentence_management-2025-03"
    assert charts == [f"{stem}.png", f"{stem}.svg"]
    text = (tmp_path / charts[1]).read_text()
    assert "Who gets the credit" in text
    assert "by shares" in text, "the words for who cannot see it are in the file"
    again = typed(*NAMES, "--draws", 1)
    assert again.stdout == result.stdout
    assert f"0 runs to make, {2**groups} there already" in again.stderr


def test_ranges_and_another_output_come_from_the_same_runs(counts: FakeCounts, typed: Invoke) -> None:
    first = typed(*NAMES, "--draws", 3, "--at", "2024-12", "--csv")
    assert first.exit_code == 0, first.stderr
    made = len(counts.calls)
    share = next(row for row in rows(first) if row["row"] == "share" and not row["risk"])
    assert float(share["low"]) < float(share["central"]) < float(share["high"]) < 0
    assert share["month"] == "2024-12"
    assert share["range"] == "draws"
    other = typed(*NAMES, "--draws", 3, "--at", "2024-12", "--output", "required_fte", "--area", "all", "--json")
    assert other.exit_code == 0, other.stderr
    assert len(counts.calls) == made
    records = json.loads(other.stdout)[0]["records"]
    parts = [one for one in records if one["row"] == "share" and one["risk"] is None]
    total = next(one for one in records if one["row"] == "total" and one["risk"] is None)
    assert sum(one["central"] for one in parts) == pytest.approx(total["central"], abs=total["rounded_to"])
    assert {one["risk"] for one in records} == {None, "low", "medium", "high", "very_high"}


def test_an_output_of_officers_says_what_it_costs(counts: FakeCounts, typed: Invoke) -> None:
    result = typed(*NAMES, "--draws", 1, "--output", "backlog_hours")
    assert result.exit_code == 0, result.stderr
    assert "`backlog_hours` needs officers at their desks" in result.stderr
    assert all(delivery for *_, delivery in counts.calls)


def test_quiet_says_nothing(counts: FakeCounts, typed: Invoke) -> None:
    result = typed(*NAMES, "--draws", 1, "--quiet")
    assert (result.exit_code, result.stderr) == (0, "")


def test_ctrl_c_keeps_what_is_finished(counts: FakeCounts, typed: Invoke, tmp_path: Path) -> None:
    counts.stop_at = 3
    result = typed(*NAMES, "--draws", 1, "--workers", 1)
    assert result.exit_code == 130
    assert "what was finished is kept" in result.stderr
    assert len(list((tmp_path / "runs" / "coalitions").glob("*.json"))) == 3


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("compare baseline reset no-trend --by change", 2, "`--by change` takes two scenarios"),
        ("compare baseline baseline --by change", 2, "`--by change` takes two scenarios"),
        ("compare baseline runs/reset-00000000 --by change", 2, "is a run folder"),
        ("compare baseline reset --by change --at 2024-05 --at 2024-06", 2, "`--by change` takes one month"),
        ("compare baseline reset --by change --at 2031-03", 2, "`reset` has no month 2031-03"),
        ("compare baseline reset --by change --output gap", 2, "did you mean `gap_fte`?"),
        ("compare baseline reset --by change --area courts", 2, "did you mean `court`?"),
        ("compare baseline reset --by change --draws 0", 2, "0 draws is less than 1"),
        ("compare baseline reset --by change --orders 1", 2, "1 pairs of orders is less than 2"),
        ("compare baseline reset --each", 2, "`--each` goes with `--by change`"),
        ("compare baseline reset --orders 4", 2, "`--orders` goes with `--by change`"),
        ("compare baseline resett --by change", 3, "did you mean `reset`?"),
    ],
)
def test_what_cannot_be_done(
    counts: FakeCounts, typed: Invoke, tmp_path: Path, words: str, code: int, message: str
) -> None:
    result = typed(*words.split())
    assert result.exit_code == code, result.stderr
    assert message in result.stderr
    assert result.stdout == ""
    assert counts.calls == []
    assert not (tmp_path / "runs").exists()


def test_reset_on_the_made_up_region_agrees_with_a_plain_comparison(typed: Invoke) -> None:
    common = ("--data", "demo", "--at", "2024-06", "--draws", 1, "--to", "2024-08-31", "--csv", "--quiet")
    found = typed("compare", "baseline", "reset", "--by", "change", "--orders", 2, *common)
    assert found.exit_code == 0, found.stderr
    plain = typed("compare", "baseline", "reset", *common)
    assert plain.exit_code == 0, plain.stderr
    total = next(row for row in rows(found) if row["row"] == "total" and not row["risk"])
    level = next(row for row in rows(found) if row["row"] == "level" and row["of"] == "baseline" and not row["risk"])
    base = next(row for row in rows(plain) if row["scenario"] == "baseline")
    less = next(row for row in rows(plain) if row["less"])
    assert float(level["central"]) == pytest.approx(float(base["central"]), abs=1)
    assert float(total["central"]) == pytest.approx(float(less["central"]), abs=1)
