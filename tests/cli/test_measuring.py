"""`measures` as it is typed: what each does by itself, with the exposure beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from support.fake_counts import FakeCounts
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim.cli import work

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


@pytest.fixture
def counts(model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> FakeCounts:
    """Each change takes a twentieth of the need that is left."""
    fake = FakeCounts(lambda there: 1.0 - 0.95 ** len(there))
    monkeypatch.setattr(work, "make_counts", lambda *_: fake)
    return fake


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_all_that_ship_are_shown_once_and_stress_tests_are_not(counts: FakeCounts, typed: Invoke) -> None:
    result = typed("measures", "--at", "2025-03", "--csv")
    assert result.exit_code == 0, result.stderr
    found = rows(result)
    kinds = {one["scenario"]: one["kind"] for one in found}
    assert {"ecsl", "reset", "impact", "isr", "in-force"} <= set(kinds)
    assert "baseline" not in kinds
    assert set(kinds.values()) == {"event", "measure", "part", "programme", "combination"}
    assert {one["risk"] for one in found} == {"", "low", "medium", "high", "very_high"}
    assert len({(one["scenario"], one["measure"], one["risk"]) for one in found}) == len(found)


def test_a_difference_is_from_the_baseline_and_paired(counts: FakeCounts, typed: Invoke) -> None:
    one = rows(typed("measures", "no-trend", "--at", "2025-03", "--draws", 5, "--csv"))
    needed = next(line for line in one if line["measure"] == "required_fte")
    assert float(needed["low"]) <= float(needed["central"]) <= float(needed["high"]) < 0
    both = rows(typed("measures", "no-trend", "reset", "--at", "2025-03", "--draws", 5, "--csv"))
    again = next(line for line in both if (line["scenario"], line["measure"]) == ("no-trend", "required_fte"))
    assert abs(float(again["central"]) - float(needed["central"])) < 0.2 * abs(float(needed["central"]))


def test_the_table_says_what_it_does_not_say(counts: FakeCounts, typed: Invoke) -> None:
    result = typed("measures", "no-trend", "reset", "--at", "2025-03")
    words = " ".join(result.stdout.split())
    assert "What each does by itself, less baseline, March 2025" in words
    assert "they do not add up" in words
    assert "Nothing is said here of reoffending or harm." in words
    assert "2 scenarios and the baseline: 3 runs to make" in result.stderr
    again = typed("measures", "no-trend", "reset", "--at", "2025-03")
    assert "0 runs to make, 3 there already" in again.stderr
    assert again.stdout == result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("baseline",), "the baseline alone has nothing to show"),
        (("reset", "--at", "2031-03"), "there is no month 2031-03"),
        (("reset", "--draws", 0), "0 draws is less than one"),
        (("reset", "--area", "prisons"), "no area is called `prisons`"),
        (("rest",), "no scenario is called `rest`"),
    ],
)
def test_what_cannot_be_shown_is_refused(
    counts: FakeCounts, typed: Invoke, words: tuple[str, ...], said: str
) -> None:
    result = typed("measures", *words)
    assert result.exit_code in (2, 3)
    assert said in result.stderr
    assert not result.stdout
