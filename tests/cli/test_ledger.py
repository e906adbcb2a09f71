"""The ledger: what is expected, what was seen, and the gap that follows as arithmetic says."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import Result

from capacity_sim.analysis.benefits import Entry, Ledger
from capacity_sim.analysis.ledger import Part, check_apart
from capacity_sim.cli import ledgering, work
from capacity_sim.data.observed import Seen, read_observed
from capacity_sim.errors import DataError, UsageError, render
from capacity_sim.show.ledgered import ledgered_report

Invoke = Callable[..., Result]
TOOL = "ofps-assessment-tool"
SMALL = ("--data", "demo", "--draws", 1, "--to", "2028-03-31", "--at", "2028-03", "--workers", 2)


def rows(result: Result) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["row"], row["name"]): row for row in csv.DictReader(io.StringIO(result.stdout))}


@pytest.mark.cli
def test_a_half_realised_tool_moves_the_gap_by_half_of_what_it_frees(typed: Invoke, tmp_path: Path) -> None:
    planned = typed("ledger", TOOL, *SMALL, "--csv")
    assert planned.exit_code == 0, planned.stderr
    head = "measure,month,hours_freed"
    (tmp_path / "whole.csv").write_text(f"{head}\n{TOOL},2028-01,1\n{TOOL},2028-02,1\n", encoding="utf-8")
    first = typed("ledger", TOOL, *SMALL, "--observed", "whole.csv", "--csv")
    assert first.exit_code == 0, first.stderr
    expected = float(rows(first)["measure", TOOL]["hours_expected"])
    assert expected > 100, "a tool that frees nothing argues nothing"
    (tmp_path / "half.csv").write_text(
        f"{head},note\n{TOOL},2028-01,{expected / 4},a\n{TOOL},2028-02,{expected / 4},b\n", encoding="utf-8"
    )
    found = rows(typed("ledger", TOOL, *SMALL, "--observed", "half.csv", "--csv"))
    measure = found["measure", TOOL]
    assert float(measure["realised"]) == pytest.approx(0.5, abs=0.001)
    names = ("as planned", "arithmetic", "simulated")
    plan, arithmetic, simulated = (float(found["gap", name]["value"]) for name in names)
    freed = float(measure["value"])
    assert freed > 0.5
    assert arithmetic - plan == pytest.approx(freed / 2, abs=0.03)
    assert simulated - plan == pytest.approx(freed / 2, rel=0.1, abs=0.05), "a weaker tool does as arithmetic says"


@pytest.mark.cli
def test_what_is_wrong_is_said(typed: Invoke, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text(f"measure,month,hours_freed\n{TOOL},2024-06,10\n", encoding="utf-8")
    short = ("--data", "demo", "--draws", 1, "--to", "2024-09-30", "--at", "2024-08")
    result = typed("ledger", TOOL, *short, "--observed", "none.csv")
    assert result.exit_code == 2
    assert f"`{TOOL}` is expected to free no hours in the months that were observed" in result.stderr
    late = typed("ledger", TOOL, "--data", "demo", "--at", "2040-01")
    assert late.exit_code == 2
    assert "has no month 2040-01" in late.stderr


def test_every_fault_of_a_file_has_its_row_and_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seen.csv").write_text(
        "month,measure,hours_freed\n2027-13,reset,5\n2027-03,rest,x\n2035-01,reset,5\n2027-03\n2027-03,reset,1\n"
        "2027-03,reset,2\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as problem:
        read_observed(Path("seen.csv"), ["reset", "impact"], ["2027-03", "2027-04"])
    assert [(fault.code, fault.place) for fault in problem.value.faults] == [
        ("bad-month", "seen.csv:2:1"),
        ("unknown-measure", "seen.csv:3:9"),
        ("not-a-number", "seen.csv:3:14"),
        ("unknown-month", "seen.csv:4:1"),
        ("bad-row", "seen.csv:5:1"),
        ("duplicate-row", "seen.csv:7:1"),
    ]
    text = render(problem.value.faults)
    assert "did you mean `reset`?" in text
    assert "it runs from 2027-03 to 2027-04" in text


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["empty-file"]),
        ("measure,month,hours_freed\n", ["empty-file"]),
        ("measure,month,hours\n", ["unknown-column", "missing-column"]),
        ("measure;month;hours_freed\nreset;2027-03;5\n", ["not-commas"]),
        (b"measure,month,hours_freed,note\nreset,2027-03,5,\xa35\n", ["cannot-read"]),
    ],
)
def test_a_file_without_what_it_needs_is_refused(tmp_path: Path, text: str | bytes, codes: list[str]) -> None:
    (tmp_path / "seen.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError) as problem:
        read_observed(tmp_path / "seen.csv", ["reset"], ["2027-03"])
    assert [fault.code for fault in problem.value.faults] == codes
    with pytest.raises(DataError, match="there is no file"):
        read_observed(tmp_path / "other.csv", ["reset"], ["2027-03"])


def test_good_rows_are_read(tmp_path: Path) -> None:
    (tmp_path / "seen.csv").write_text('measure,month,hours_freed\nreset,2027-03,"1,234.5"\n\n', encoding="utf-8-sig")
    assert read_observed(tmp_path / "seen.csv", ["reset"], ["2027-03"]) == (Seen("reset", "2027-03", 1234.5),)


@pytest.mark.parametrize(
    ("observed", "said"),
    [
        (-5.0, "lie below the range of those expected"),
        (50.0, "lie inside the range of those expected, so they may come of a late or slow start"),
        (100.0, "lie above the range of those expected"),
    ],
)
def test_what_was_seen_is_held_against_the_range_of_what_is_expected(observed: float, said: str) -> None:
    draws = np.linspace(0.0, 100.0, 21)
    entry = Entry("tool", 2, draws, observed, observed / 50.0, draws / 100, draws)
    gap = draws + 300.0
    found = Ledger(
        "plan", (entry,), gap, gap, None, "", "2028-03", "sentence_management", "policy_adjusted", 21, "Here", "Made",
        1000.0,
    )  # fmt: skip
    assert said in " ".join(ledgered_report(found).lead)
    one = replace(found, entries=(replace(entry, expected=draws[:1], fte=draws[:1], year=draws[:1]),), draws=1)
    assert "the range of those expected" not in " ".join(ledgered_report(one).lead), "one draw has no range"


def test_hours_that_were_seen_are_shown_as_they_were_written() -> None:
    draws = np.linspace(90_000.0, 110_000.0, 21)
    large = Entry("large", 2, draws / 10, 5_500.0, 0.55, draws / 1000, draws)
    small = Entry("small", 1, draws / 80, 104.0, 0.08, draws / 1000, draws)
    found = Ledger(
        "plan", (large, small), draws, draws, None, "", "2028-03", "sentence_management", "policy_adjusted", 21, "Here",
        "Made", 1000.0,
    )  # fmt: skip
    (sheet,) = ledgered_report(found).sheets
    seen, expected = sheet.columns.index("hours observed"), sheet.columns.index("hours expected")
    assert [row[seen] for row in sheet.rows] == ["5,500", "104"]
    assert [row[expected].partition(" ")[0] for row in sheet.rows] == ["10,000", "1,300"], "no finer, but not gone"


def test_a_ledger_of_a_small_place_says_no_hundredths_and_how_to_give_hours() -> None:
    draws = np.linspace(10.0, 20.0, 21)
    entry = Entry("tool", 0, draws, None, None, draws / 7, draws * 100)
    found = Ledger(
        "plan", (entry,), draws, draws, None, "", "2028-03", "sentence_management", "policy_adjusted", 21, "Here",
        "Made", 150.0,
    )  # fmt: skip
    report = ledgered_report(found)
    assert report.sheets[0].rows[0][1] == "2.1 (1.6 to 2.7)"
    assert any(note.startswith("No hours were observed: `--observed FILE`") for note in report.notes)
    seen = replace(found, entries=(replace(entry, months=1, observed=5.0, realised=0.3),))
    assert not any("No hours were observed" in note for note in ledgered_report(seen).notes)


def test_measures_that_hold_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="their hours would count twice"):
        check_apart([Part("ofps", frozenset("ab")), Part("tool", frozenset("a"))])
    check_apart([Part("one", frozenset("ab")), Part("two", frozenset("bc"))])


@pytest.mark.cli
@pytest.mark.parametrize(
    ("name", "small", "large"),
    [("in-force", "sds40", "sentencing-act-2026"), ("nao-2025", "fixed-term-recall-2024", "isr")],
)
def test_a_measure_within_another_is_counted_there(
    name: str, small: str, large: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = work.Asked()
    parts, seen = ledgering._parts(work.read_scenarios([name], asked)[0], None, [], asked)
    check_apart(parts)
    names = {part.name for part in parts}
    assert large in names
    assert small not in names
    assert seen == ()
    assert f"note[one-in-another]: `{small}` is a part of `{large}`" in capsys.readouterr().err


@pytest.mark.cli
def test_the_baseline_has_no_ledger(typed: Invoke) -> None:
    result = typed("ledger", "baseline")
    assert result.exit_code == 2
    assert result.stderr.startswith("error[no-measures]: `baseline` brings no measure whose hours could be counted")
