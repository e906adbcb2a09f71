"""Thresholds: how long a level must last, how surely and when it is met, and contingencies that start draw by draw."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from support.pipeline import Pipeline

from capacity_sim import scenario
from capacity_sim.analysis import breaches, groups, triggers
from capacity_sim.analysis.lineage import parent_of
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import Contingency, Threshold, read_thresholds
from capacity_sim.errors import DataError, UsageError, render
from capacity_sim.runs import runner
from capacity_sim.runs.coalitions import EngineCounts
from capacity_sim.runs.replication import EngineModel
from capacity_sim.show.breached import mover_words

MONTHS = tuple(f"2026-{month:02}" for month in range(1, 13))
NAME = ("gap_fte", "sentence_management", "")


def threshold(**keys):
    given = {
        "name": "gap", "metric": "gap_fte", "area": "sentence_management", "side": "above", "amber": 10, "red": 20,
        "dwell_months": 3, "owner": "o", "action": "a", "source": "s", "quality": "red", "why": "w",
    }  # fmt: skip
    return Threshold.model_validate({key: value for key, value in {**given, **keys}.items() if value is not None})


def series(*values: float) -> dict:
    return {NAME: np.array([*values, *[values[-1]] * (12 - len(values))], dtype=np.float64)}


@pytest.mark.parametrize(
    ("values", "dwell", "fires"),
    [
        ([5, 20, 20, 20], 3, 3),
        ([20, 20, 20], 3, 2),
        ([20, 20, 19, 20, 20, 20], 3, 5),  # a month below begins the row anew
        ([20, 19, 20, 19, 20, 19], 2, None),
        ([19.999] * 6, 1, None),
        ([20], 1, 0),  # to stand on the level is to meet it
        ([20, np.nan, 20, 20], 2, 3),  # a month without a value breaks a row
        ([], 1, None),
    ],
)
def test_a_level_counts_after_so_many_months_in_a_row(values, dwell, fires):
    assert breaches.fires(np.array(values, dtype=np.float64), 20.0, "above", dwell) == fires
    assert breaches.fires(-np.array(values, dtype=np.float64), -20.0, "below", dwell) == fires


def test_probability_and_first_month_over_the_runs():
    runs = [series(0, 0, 20, 20, 20, 0), series(20, 20, 20), series(0), series(0, 20, 20, 0), series(12, 12, 12, 30)]
    found = breaches.watched(threshold(), MONTHS, runs)
    amber, red = found.breaches
    assert (amber.share, red.share) == (0.6, 0.6)
    # red fires in months 3, 5 and 6 (counted from 1) and twice never: the middle of five is the third
    assert red.first == "2026-06"
    assert (red.low, red.high) == ("2026-03", "")
    assert amber.first == "2026-05"
    assert found.month == "2026-06"


def test_a_share_of_another_output_is_in_per_cent():
    one = threshold(per="required_fte")
    lines = {NAME: np.array([10.0, 30.0]), ("required_fte", "sentence_management", ""): np.array([100.0, 0.0])}
    assert breaches.metric(one, lines)[0] == 10.0
    assert np.isnan(breaches.metric(one, lines)[1])


def test_what_moves_it_is_paired_run_by_run():
    runs = [series(*[25.0 + k] * 12) for k in range(5)]
    without = [series(*[15.0 + k / 2] * 12) for k in range(5)]
    one = breaches.watched(threshold(), MONTHS, runs)
    found = breaches.mover("part", one, MONTHS, runs, without)
    assert found.effect == pytest.approx(11.0)  # 10, 10.5, 11, 11.5, 12
    assert (found.low, found.high) == (pytest.approx(10.2), pytest.approx(11.8))
    assert found.share_without == 0


def test_an_area_or_a_grade_that_the_output_lacks_is_refused():
    with pytest.raises(UsageError, match="has no grades"):
        breaches.names_of(threshold(metric="people_supervised", grade="PO", area=None))
    with pytest.raises(UsageError, match="has no area of work"):
        breaches.names_of(threshold(metric="people_supervised"))


def test_a_contingency_starts_a_lag_after_its_trigger_draw_by_draw(tmp_path: Path):
    """Officers at the start differ by draw, so the trigger fires where they are too few, and only there."""
    base = scenario.with_changes(
        scenario.load("baseline"),
        [scenario.from_set_option("staff.trainee.starts_per_year=0@2024-04-01")],
        "nobody-starts",
    )
    change = scenario.from_set_option("staff.trainee.starts_per_year=1000@2024-04-01", verb="add")
    more = scenario.with_changes(scenario.load("baseline"), [change], "more")
    counts = Pipeline(1500.0, 1000.0, "2029-03", spread=100.0)
    one = threshold(amber=500, red=550, dwell_months=2)
    work = triggers.Work(base, [one], counts, draws=6, more=[more], runs_dir=tmp_path)
    (found,) = work.answer(workers=1)
    fired = found.breaches[1].share
    assert 0 < fired < 1, "draws that all fire argue nothing"
    acted = work.act(one, Contingency(scenario="more", at="red", lag_months=3), more, workers=1)
    assert acted.fired == acted.started == fired
    # fires at the end of May 2024; from September 2024 on, one cohort of 500 each half year, qualified 27 months later
    assert triggers.started("2024-05", 3) == dt.date(2024, 9, 1)
    qualified = 5  # Sep 2024, Mar 2025, Sep 2025, Mar 2026, Sep 2026 (December 2028)
    assert acted.change[0] == pytest.approx(-qualified * 500 * 0.83, rel=1e-3)
    later = work.act(one, Contingency(scenario="more", at="red", lag_months=9), more, workers=1)
    assert later.change[0] == pytest.approx(-(qualified - 1) * 500 * 0.83, rel=1e-3)


def test_what_moved_a_finished_run_is_what_its_scenario_run_anew_says(tmp_path: Path):
    """The folder has its own values and readings, so only what lacks a change is run; draw by draw it is the same."""
    reset = scenario.with_changes(
        scenario.load("reset"), [scenario.from_set_option("staff.leaving.annual_rate=0.2@2024-04-01")], "worse"
    )
    reset = replace(reset, data="demo", choices={**reset.choices, "horizon": dt.date(2024, 6, 30)})
    model = EngineModel("demo")
    (done,) = runner.run(runner.Request([reset], draws=3), model, runs_dir=tmp_path, workers=1)
    game = groups.game(replace(scenario.load("baseline"), data="demo"), reset, parent_of, load())
    counts = EngineCounts(model, "2024-06", reset.horizon)
    watched = [threshold(amber=1, red=2, dwell_months=1), threshold(name="other", amber=900, red=999)]
    made = triggers.Movers(done.folder, watched, game, counts, runs_dir=tmp_path)
    assert (made.draws, len(made.plan.missing)) == (3, 6)
    found = made.answer(workers=1)
    assert [one.movers[0].name for one in found] == ["reset", "reset"]
    assert found[0].movers[0].low < found[0].movers[0].high < 0
    whole = triggers.Work(reset, watched, counts, draws=3, game=game, runs_dir=tmp_path)
    assert len(whole.plan.missing) == 3, "runs without a change are shared by the two questions"
    assert whole.answer(workers=1) == found


def test_what_nothing_has_moved_by_its_first_month_is_looked_at_in_the_last():
    game = SimpleNamespace(groups=(SimpleNamespace(name="late"), SimpleNamespace(name="never")))
    run, late = series(*[25.0] * 12), series(*[25.0] * 11, 15.0)
    one = breaches.watched(threshold(dwell_months=1), MONTHS, [run])
    assert one.month == "2026-01"
    found = triggers.moved(one, game, MONTHS, [run, late, run], 1)
    assert found.month == "2026-12"
    assert [(each.name, each.effect, each.moves) for each in found.movers] == [("late", 10, True), ("never", 0, False)]
    assert mover_words(found) == "moved most by `late`, +10 FTE in December 2026"
    assert mover_words(triggers.moved(one, game, MONTHS, [run, run, run], 1)) == "no change moves it"


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-12.34, -12.34, "-12 FTE"),  # no range: two digits
        (-13.4, -11.2, "-12 (-13 to -11) FTE"),
        (-40.0, 20.0, "-10 (-40 to +20) FTE"),  # no digit finer than the range tells
        (-12.4, -12.2, "-12.3 (-12.4 to -12.2) FTE"),
    ],
)
def test_an_effect_has_no_digit_that_its_range_cannot_tell(low, high, said):
    each = breaches.Mover("part", -12.34, low, high, 0.0)
    one = replace(breaches.watched(threshold(), MONTHS, [series(25.0)]), movers=(each,))
    assert mover_words(one) == f"moved most by `part`, {said} in March 2026"


def test_a_contingency_that_is_there_already_is_refused():
    reset = scenario.load("reset")
    with pytest.raises(UsageError, match="has all of `reset` already"):
        triggers.contingent(reset, reset)


def test_a_start_keeps_the_distances_of_its_changes():
    isr = scenario.load("sentencing-act-2026")
    base = scenario.load("baseline")
    new = triggers.contingent(base, isr)
    start = dt.date(2027, 7, 1)
    moved = triggers.with_start(base, new, start)
    ids = {change.id for change in new}
    first = min(change.start for change in moved.changes if change.start is not None and change.id in ids)
    assert start <= first < dt.date(2027, 8, 1)
    before = {change.id: change.start for change in new if change.start is not None}
    after = {change.id: change.start for change in moved.changes if change.id in before}
    months = {
        (after[name].year - before[name].year) * 12 + after[name].month - before[name].month for name in before
    }
    assert len(months) == 1


BAD = """\
title: Bad
sources:
  planners: {title: Planners}
thresholds:
  - name: one
    metric: gap_ft
    side: over
    amber: 20
    red: 33
    owner: o
    action: a
    source: planers
    quality: red
    why: w
  - name: two
    metric: gap_fte
    side: above
    amber: 20
    red: 3
    owner: o
    action: a
    source: planners
    quality: red
    why: w
  - name: three
    metric: gap_fte
    side: above
    amber: 20
    red: 33
    dwell_month: 3
    owner: o
    source: planners
    quality: red
    why: w
    contingency: {scenario: reset, at: purple, lag_months: -1}
"""


def test_every_fault_of_a_file_has_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(BAD, encoding="utf-8")
    with pytest.raises(DataError) as problem:
        read_thresholds(Path("mine.yaml"))
    said = [(fault.code, fault.line, fault.column) for fault in problem.value.faults]
    assert said == [
        ("unknown-output", 6, 13),
        ("unknown-word", 7, 11),
        ("levels-out-of-order", 19, 10),
        ("missing-key", 25, 5),
        ("unknown-key", 30, 5),
    ]
    text = render(problem.value.faults)
    assert "red at 3 comes before amber at 20, and the side is `above`" in text
    assert "did you mean `gap_fte`?" in text
    assert "did you mean `dwell_months`?" in text
    good = BAD.replace("gap_ft\n", "gap_fte\n").replace("side: over", "side: above").replace("red: 3\n", "red: 30\n")
    good = good.replace("dwell_month:", "dwell_months:")
    good = good.replace("    owner: o\n    source", "    owner: o\n    action: a\n    source")
    (tmp_path / "mine.yaml").write_text(good, encoding="utf-8")
    with pytest.raises(DataError) as problem:
        read_thresholds(Path("mine.yaml"))
    assert [(fault.code, fault.line) for fault in problem.value.faults] == [
        ("unknown-source", 12), ("unknown-word", 36), ("not-a-number", 36),
    ]  # fmt: skip


def test_the_shipped_file_holds():
    found = read_thresholds()
    assert {name for one in found.each for name in breaches.names_of(one)}
    assert found.contingencies["officers-gap"].lag_months == 6
    assert not triggers.needs_desks(list(triggers.lines_of(found.each, "policy_adjusted").values()))
