"""`validate` as it is typed: on the made-up region with the real engine, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from capacity_sim.show.validated import HEAD

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
DEMO = ("--data", "demo", "--to", "2024-08-31")
FILE = """\
targets:
  - {id: caseload_total, description: "People", value: 9, unit: people, date: "2024-04", tolerance: 0.1, kind: check,
     source: mine}
  - {id: unheard_of, description: "New", value: 9, unit: people, date: "2024-04", tolerance: 0.1, kind: check,
     source: mine}
  - {id: by_unit, description: "Units", value: 1, unit: units, date: "2024-05", kind: check, range: [0, null],
     source: mine,
     held: {scenario: reset, value: {each: unit, of: {output: in_post_fte}, count_above: 0}}}
"""


def test_the_made_up_region_is_held_against_its_rows(typed: Invoke) -> None:
    result = typed("validate", *DEMO)
    assert result.exit_code == 0, result.stderr
    assert "no evidence: 2 of 2 hold." in result.stdout
    assert not Path("docs").exists(), "only a checkout has the page"
    again = typed("validate", "baseline", *DEMO, "--json", "--quiet")
    assert again.stderr == ""
    (report,) = json.loads(again.stdout)
    assert [one["verdict"] for one in report["records"]] == ["pass", "pass"]
    assert [one["rests_on"] for one in report["records"]] == ["given", "fitted"]


def test_a_miss_is_no_fault_unless_that_is_asked(typed: Invoke) -> None:
    Path("mine.yaml").write_text(FILE, encoding="utf-8")
    words = ("validate", *DEMO, "--targets", "mine.yaml")
    result = typed(*words, "--write", "pages/mine.md")
    assert result.exit_code == 0, result.stderr
    assert "1 of 2 rows pass" in result.stdout
    assert "says no output" in result.stdout
    page = Path("pages/mine.md").read_text(encoding="utf-8")
    assert page.startswith(HEAD)
    assert "## Missed" in page
    strict = typed(*words, "--strict")
    assert strict.exit_code == 1
    assert strict.stderr.endswith("1 checked row is missed\n")


def test_a_checkout_has_its_page_written(typed: Invoke) -> None:
    Path("docs").mkdir()
    Path("docs/validation.md").write_text("old", encoding="utf-8")
    assert typed("validate", *DEMO).exit_code == 0
    assert Path("docs/validation.md").read_text(encoding="utf-8") == "old", "it is of other data"


def test_a_run_that_stands_for_another_is_judged_as_that(typed: Invoke) -> None:
    other = json.loads(typed("validate", "reset", *DEMO, "--json").stdout)[0]["records"]
    assert {one["verdict"] for one in other} == {"other scenario"}
    same = json.loads(typed("validate", "reset", *DEMO, "--json", "--as", "baseline").stdout)[0]["records"]
    assert {one["verdict"] for one in same} == {"pass"}
    refused = typed("validate", "--as", "baseline", *DEMO)
    assert refused.exit_code == 2
    assert "`--as` goes with one run" in refused.stderr


def test_a_file_with_faults_is_refused_before_anything_runs(typed: Invoke) -> None:
    Path("mine.yaml").write_text(FILE.replace("kind: check", "kind: chek"), encoding="utf-8")
    result = typed("validate", *DEMO, "--targets", "mine.yaml")
    assert result.exit_code == 3
    assert "mine.yaml:2:" in result.stderr
    assert "did you mean `check`?" in result.stderr
    assert not Path("runs").exists()
    missing = typed("validate", *DEMO, "--targets", "not-there.yaml")
    assert missing.exit_code == 3
    assert "not-there.yaml" in missing.stderr
