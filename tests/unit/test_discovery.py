"""Where a plan fails: a tree finds a box that is known, and it is told in the units of the parameters."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.fake_result import fake_result
from support.small_model import catalogue_

from capacity_sim import scenario
from capacity_sim.analysis.boxes import Box, Checked, Side
from capacity_sim.analysis.discovery import Question, Work, boxes, inside
from capacity_sim.analysis.factors import Factor
from capacity_sim.analysis.goals import read_goal
from capacity_sim.errors import UsageError
from capacity_sim.model.result import RunResult
from capacity_sim.parameters import UncertainInput
from capacity_sim.runs.coalitions import Task
from capacity_sim.runs.identity import digest
from capacity_sim.show.discovered import box_sentence, discovered_report, side_words

#: ends of ranges of the made-up inputs
RANGES = {"tool": (0.75, 1.0), "tool:slip": (0.0, 12.0), "noise": (0.0, 1.0), "more": (0.0, 5.0)}


@dataclass
class Made:
    """The gap is 1,000 where the tool saves less than 10% and is more than four months late, and nothing elsewhere."""

    people: int = 10
    portable: bool = False
    months: int = 12
    runs: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def inputs(self, scenario: object) -> Sequence[UncertainInput]:
        return [
            UncertainInput(name, low, (low + high) / 2, high, "uniform", f"made.{name}", "s", "red")
            for name, (low, high) in RANGES.items()
        ]

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        return digest({"reading": sorted((task.reading or {}).items()), "seed": seed})

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> RunResult:
        with self._lock:
            self.runs += 1
        at = {name: low + (task.reading or {})[name] * (high - low) for name, (low, high) in RANGES.items()}
        fails = at["tool"] > 0.9 and at["tool:slip"] > 4
        found = MADE
        area, grade = catalogue_().place("area", "sentence_management"), catalogue_().place("grade", "PO")
        available = np.zeros_like(found.available)
        available[0, :, area, grade] = -1000.0 if fails else 0.0
        return replace(found, available=available, due=np.zeros_like(found.due))


MADE = fake_result(1, regions=("Northshire",), units_each=1, end=date(2024, 5, 31))


def worked(folder: Path, fails: str = "gap_fte > 500 @2024-05", draws: int = 400, check: int = 40) -> tuple[Made, Work]:
    made = Made()
    factors = [Factor(one.id, (one,)) for one in made.inputs(None)]
    question = Question(read_goal(fails, catalogue_(), "--fails", most=False), draws, check)
    return made, Work(scenario.load("baseline"), factors, question, made, runs_dir=folder)


def test_a_known_box_is_found_told_and_run_anew(tmp_path: Path) -> None:
    made, work = worked(tmp_path)
    words = {"tool": ("scale", "factor"), "tool:slip": ("slip_months", "")}
    found = work.answer(workers=1, words=words)
    box = found.boxes[0]
    assert {side.id for side in box.sides} == {"tool", "tool:slip"}
    tool, slip = (next(side for side in box.sides if side.id == name) for name in ("tool", "tool:slip"))
    assert tool.low == pytest.approx(0.9, abs=0.005)
    assert slip.low == pytest.approx(4.0, abs=0.25)
    assert tool.high is None
    assert slip.high is None
    assert box.coverage > 0.97
    assert box.density > 0.97
    assert found.failures == pytest.approx(0.4 * 2 / 3, abs=0.05)
    assert box.checked is not None
    assert box.checked.inside == box.checked.outside == 40
    assert box.checked.density[0] > 0.9
    assert box.checked.failed_outside <= 2
    assert made.runs == 400 + 80 * len(found.boxes)
    said = " ".join(discovered_report(found).lead)
    assert re.search(r"`tool` takes less than (9\.[5-9]|10)% off", said), said
    assert "`tool` slips by more than 4" in said
    assert "Run anew:" in said
    report = discovered_report(found)
    (region, *_) = [row for row in report.records if row["row"] == "region"]
    assert region["elsewhere_low"] <= region["elsewhere"] < region["elsewhere_high"] < 0.3
    shown = report.sheets[1]
    share, low, high = box.checked.elsewhere
    assert shown.columns[4] == "elsewhere, run anew"
    assert shown.rows[0][4] == f"{share:.0%} ({low:.0%} to {high:.0%})"


def test_finished_readings_are_not_made_again(tmp_path: Path) -> None:
    worked(tmp_path, draws=60, check=0)[1].answer(workers=1)
    made, again = worked(tmp_path, draws=60, check=0)
    again.answer(workers=1)
    assert made.runs == 0


@pytest.mark.parametrize(("fails", "said"), [("gap_fte > 5000 @2024-05", "never"), ("gap_fte > -5 @2024-05", "always")])
def test_a_plan_that_never_or_always_fails_has_no_region(tmp_path: Path, fails: str, said: str) -> None:
    found = worked(tmp_path, fails, draws=50)[1].answer(workers=1)
    assert found.boxes == ()
    assert f"It {said} fails, so no region can be told apart" in " ".join(discovered_report(found).lead)


def test_two_boxes_apart_are_both_found() -> None:
    random = np.random.default_rng(3)
    points = random.random((2000, 4))
    failed = (points[:, 0] > 0.8) | ((points[:, 1] < 0.3) & (points[:, 2] < 0.3))
    found = boxes(points, failed)
    named = [frozenset(np.flatnonzero(np.isfinite(ends).any(axis=1)).tolist()) for ends, _ in found[:2]]
    assert set(named) >= {frozenset({0})}
    union = inside(points, found[0][0]) | inside(points, found[1][0])
    assert (union & failed).sum() / failed.sum() > 0.9
    assert 3 not in frozenset().union(*named), "an input that does nothing is not in a region"


def test_what_does_as_well_without_any_end_is_no_region() -> None:
    points = np.random.default_rng(5).random((50, 3))
    for seed in range(30):
        failed = np.random.default_rng(seed).random(50) < 0.36
        for ends, flags in boxes(points, failed):
            assert np.isfinite(ends).any(), "of chance alone"
            assert not flags.all()


def test_coverage_of_fresh_readings_weighs_inside_and_outside() -> None:
    assert Checked(100, 100, 100, 0, 0.1).coverage == 1.0
    assert Checked(100, 50, 100, 50, 0.25).coverage == pytest.approx(0.25)
    density, low, high = Checked(100, 80, 100, 0, 0.1).density
    assert low < density == 0.8 < high
    assert Checked(100, 0, 100, 80, 0.1).elsewhere == (density, low, high), "by the same method"


def test_a_region_that_fresh_readings_do_not_bear_out_says_so() -> None:
    side = Side("a:strength", "", "strength", "", None, 0.6, (0, 0.2))
    chance = Box((side,), 0.5, 0.95, 0.15, Checked(20, 9, 20, 6, 0.15))
    assert not Checked(20, 9, 20, 6, 0.15).holds, "26% to 65% holds the 30% of elsewhere"
    assert "Not borne out" in box_sentence(chance, 0.27)
    assert "and 30% (14% to 51%) of 20 elsewhere: " in box_sentence(chance, 0.27)
    alone = box_sentence(Box((side,), 0.5, 0.95, 1.0, Checked(20, 9, 0, 0, 1.0)), 0.27)
    assert "of 20 fresh readings there fail: coverage 100%" in alone, "there is no elsewhere"
    sure = Box((side,), 0.6, 0.75, 0.22, Checked(20, 15, 20, 6, 0.22))
    assert "Not borne out" not in box_sentence(sure, 0.27)
    none = Box((side,), 0.5, 0.95, 0.15, Checked(5, 0, 5, 0, 0.15))
    said = box_sentence(none, 0.27)
    assert "none fails, so the coverage is not known. Not borne out" in said
    assert "nan" not in said


def test_sides_are_in_the_units_of_the_parameters() -> None:
    weak = Side("a:strength", "", "strength", "", None, 0.6, (0, 0.2))
    slow = Side("a:rollout", "", "months", "", 18.04, None, (0, 1))
    assert side_words(weak) == "`a` comes at a strength of at most 0.6"
    assert side_words(slow) == "`a` is rolled out over more than 18 months"
    assert side_words(Side("b", "", "scale", "", None, 0.85, (0, 0.3))) == "`b` takes more than 15% off"
    assert side_words(Side("b", "", "scale", "", 1.2, None, (0.3, 1))) == "`b` multiplies by more than 1.2"
    assert side_words(Side("c", "", "set", "people", 1234.5, 2000.2, (0.3, 0.6))) == "`c` is 1,234 to 2,000 people"


def test_nothing_to_vary_is_refused(tmp_path: Path) -> None:
    question = Question(read_goal("gap_fte > 5 @2024-05", catalogue_()), 50)
    with pytest.raises(UsageError, match="has no range that could make it fail"):
        Work(scenario.load("baseline"), [], question, Made(), runs_dir=tmp_path)
