"""`discover` as it is typed, on the made-up region, and its messages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
SMALL = ("--data", "demo", "--draws", 50, "--check", 5, "--workers", 2)
MONTH = "2025-03"


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_regions_of_a_level_that_half_of_the_readings_pass(typed: Invoke) -> None:
    never = typed("discover", "reset", "--fails", f"gap_fte > 100000 @{MONTH}", *SMALL, "--csv")
    assert never.exit_code == 0, never.stderr
    assert "50 readings of" in never.stderr
    assert "then up to 20 to check; about" in never.stderr
    (whole,) = rows(never)
    assert float(whole["density"]) == 0
    level = float(whole["value"])
    found = typed("discover", "reset", "--fails", f"gap_fte > {level} @{MONTH}", *SMALL, "--csv")
    assert found.exit_code == 0, found.stderr
    assert "50 there already" in found.stderr
    whole, *others = rows(found)
    share = float(whole["density"])
    assert 0.3 < share < 0.7, "about half pass the middle"
    regions = [row for row in others if row["row"] == "region"]
    assert regions, "some input moves the gap"
    for row in regions:
        assert float(row["density"]) > share
        # readings of the region that fail, counted both ways
        assert float(row["coverage"]) * share == pytest.approx(float(row["density"]) * float(row["share"]), abs=2e-4)
        assert float(row["fresh_low"]) <= float(row["fresh_density"]) <= float(row["fresh_high"])
        assert float(row["elsewhere_low"]) <= float(row["elsewhere"]) <= float(row["elsewhere_high"])
    named = {row["of"] for row in others if row["row"] == "side"}
    assert named
    said = typed("discover", "reset", "--fails", f"gap_fte > {level} @{MONTH}", *SMALL).stdout
    assert all(f"`{name.rpartition(':')[0] or name}`" in said for name in named)
    assert f"in {share:.0%} of 50 readings" in " ".join(said.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fails", "gap_fte beyond 5"], ["`--fails gap_fte beyond 5` cannot be read"]),
        (["--fails", "gap > 5 @2025-03"], ["no output is called `gap`", "did you mean"]),
        (["--fails", "gap_fte > 5 @2040-03"], ["`reset` has no month 2040-03"]),
        (["--fails", "gap_fte > 5 @2025-03", "--draws", "49"], ["less than 50"]),
        (["--fails", "gap_fte > 5 @2025-03", "--most-runs", "0"], ["this takes up to 1,400 runs", "at most 0 are"]),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(typed: Invoke, words: list[str], said: list[str]) -> None:
    result = typed("discover", "reset", *words, "--data", "demo")
    assert result.exit_code == 2, result.stdout + result.stderr
    assert result.stdout == ""
    for one in said:
        assert one in result.stderr
