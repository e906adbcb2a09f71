"""Coalitions on the real engine: cut at a month, with and without delivery, told apart by what they change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from support.small_model import change, changes_of

from capacity_sim import scenario
from capacity_sim.analysis import attribution, groups
from capacity_sim.analysis.credit import ALONE, INTERACTION, LAST, LEVEL, SHARE, TOTAL
from capacity_sim.catalogue import load
from capacity_sim.model.result import RunResult
from capacity_sim.runs.coalitions import DELIVERED, EngineCounts, Task, plan, totals
from capacity_sim.runs.replication import EngineModel
from capacity_sim.runs.tidy import tidy
from capacity_sim.runs.totals import summarise
from capacity_sim.scenario import Change, Scenario

pytestmark = pytest.mark.properties
MONTH, LATER, END = "2026-12", "2027-10", date(2027, 10, 31)
AREA = "sentence_management"
BUSY = (
    change("delivery.amber_at", set=180.0, from_=date(2024, 6, 1)),
    change("delivery.red_at", set=220.0, from_=date(2024, 6, 1)),
)


def with_(changes: tuple[Change, ...]) -> Scenario:
    return replace(scenario.load("baseline"), data="demo", changes=changes, name="tried")


def shipped() -> tuple[Change, ...]:
    """Changes that act on lives, work and staff, most of them before the month."""
    return changes_of("full-programme")


def counts_to(month: str, end: date = END) -> EngineCounts:
    return EngineCounts(EngineModel("demo"), month, end)


def ran(changes: tuple[Change, ...], month: str = MONTH, delivery: bool = False) -> RunResult:
    counts = counts_to(month)
    return counts.replicate(Task(with_(changes), None), 1, delivery, 1, None)


@pytest.mark.parametrize("delivery", [False, True])
@pytest.mark.parametrize("changes", [(), shipped(), BUSY], ids=["none", "shipped", "status"])
def test_a_month_does_not_depend_on_what_comes_after(changes: tuple[Change, ...], delivery: bool) -> None:
    short, long = ran(changes, MONTH, delivery), ran(changes, LATER, delivery)
    n = len(short.months)
    assert short.months[-1] == MONTH
    assert long.months[:n] == short.months
    np.testing.assert_array_equal(short.weeks_in_month, long.weeks_in_month[:n])
    np.testing.assert_array_equal(short.productive_minutes, long.productive_minutes[:n])
    for name in ("due", "flow", "activity", "activity_lapsed_minutes", "people", "events", "in_post", "available",
                 "caseload", "officer_changes", "status"):  # fmt: skip
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:, :n], err_msg=name)


@pytest.mark.parametrize("changes", [shipped(), (*shipped(), *BUSY)], ids=["shipped", "status"])
def test_outputs_that_need_no_delivery_are_the_same_without_it(changes: tuple[Change, ...]) -> None:
    counted, delivered = totals(ran(changes)), totals(ran(changes, delivery=True))
    outputs = load().outputs
    other = []
    for measure, spec in outputs.items():
        both = [found.value(measure, None, "policy_adjusted") for found in (counted, delivered)]
        if {measure, spec.numerator, spec.denominator} & DELIVERED:
            other.append(measure) if both[0] != both[1] else None
        else:
            assert both[0] == both[1] or np.isnan(both).all(), measure
    assert {"hours_delivered", "backlog_hours", "work_done", "hours_lapsed"} <= set(other), "these do need it"
    assert counted.exposure == delivered.exposure
    assert sum(counted.exposure.values()) > 0


def test_a_ratio_of_what_officers_do_needs_officers() -> None:
    ratios = [spec for spec in load().outputs.values() if spec.numerator is not None]
    assert ratios
    for spec in ratios:
        assert (spec.name in DELIVERED) == bool({spec.numerator, spec.denominator} & DELIVERED), spec.name


def test_totals_are_those_of_a_run_folder() -> None:
    result = ran((*shipped(), *BUSY), delivery=True)
    table = tidy(result, load(), 0, 0).unify_dictionaries().to_pandas()
    found = totals(result)
    for measure in load().outputs:
        stated = measure in ("required_fte", "shortfall_fte", "gap_fte", "hours_due", "workload_pct")
        basis = "staff_reported" if stated else None
        whole = summarise(table, measure, months=MONTH, basis=basis)["value"].sum(min_count=1)
        stands = found.value(measure, None, "staff_reported")
        assert stands == pytest.approx(whole, rel=1e-12, nan_ok=True), measure  # a ratio to nothing is none
    for measure in ("gap_fte", "work_due", "hours_lapsed", "workload_pct"):
        basis = "staff_reported" if measure in ("gap_fte", "workload_pct") else None
        where = {"area": "court"}
        mine = summarise(table, measure, months=MONTH, where=where, basis=basis)["value"].sum()
        assert found.value(measure, "court", "staff_reported") == pytest.approx(mine, rel=1e-12), measure
    year = result.months[-12:]
    risks = summarise(table, "months_without_contact", ["risk"], year).set_index("risk")["value"]
    assert found.exposure == pytest.approx({risk: risks.get(risk, 0.0) for risk in load().dimensions["risk"]})


def test_runs_are_told_apart_by_the_values_before_the_month() -> None:
    counts = counts_to(MONTH)
    early = change("work.volume.factor", scale=0.9, where={"activity": "contact"}, from_=date(2024, 9, 1))
    late = change("work.volume.factor", id="late", scale=0.9, where={"activity": "contact"}, from_=date(2027, 1, 4))
    renamed = change("work.volume.factor", id="other", scale=0.9, where={"activity": "contact"}, from_=date(2024, 9, 1))

    def key(*changes: Change, seed: int = 1, delivery: bool = False, **of: object) -> str:
        return counts.key(Task(with_(changes), None, **of), seed, delivery)

    alone = key(early)
    assert alone == key(early, late) == key(renamed)
    others = [key(), key(early, seed=2), key(early, delivery=True), key(early, draw=1), key(early, rep=1)]
    elsewhere = counts_to("2027-01").key(Task(with_((early,)), None), 1, False)
    assert len({alone, *others, elsewhere}) == 7
    reading = {one.id: 0.9 for one in counts.inputs(with_((early,)))}
    assert counts.key(Task(with_((early,)), reading), 1, False) != alone


def test_a_rule_of_people_after_the_month_may_act_before_it() -> None:
    """A case is handed over some months before its release, which a later rule moves: so the key knows the rule."""
    counts = counts_to(MONTH)
    soon = change("people.release.fraction", scale=0.5, from_=date(2027, 1, 11))
    late = change("staff.leaving.annual_rate", scale=0.5, from_=date(2027, 1, 11))
    tasks = [Task(with_(changes), None) for changes in ((), (soon,), (late,))]
    keys = [counts.key(task, 1, False) for task in tasks]
    assert keys[0] == keys[2] != keys[1]
    events = [counts.replicate(task, 1, False, 1, None).events for task in tasks]
    np.testing.assert_array_equal(events[0], events[2])
    assert (events[0] != events[1]).any()


def test_reset_on_the_made_up_region_closes_and_agrees_with_two_plain_runs(tmp_path: Path) -> None:
    base, reset = (replace(scenario.load(name), data="demo") for name in ("baseline", "reset"))
    ids = ("reset.licence", "reset.adoption", "reset.residual")
    few = replace(reset, changes=tuple(one for one in reset.changes if one.id in ids))
    game = groups.game(base, few, lambda name, _: scenario.load(name), load())
    counts = counts_to("2024-12", date(2025, 1, 31))
    question = attribution.Question("gap_fte", "2024-12", AREA, draws=2)
    work = attribution.Work(game, question, counts, runs_dir=tmp_path)
    found = work.answer(workers=2, year=["2024-12"])
    one = attribution.Work(game, question, counts, runs_dir=tmp_path / "one").answer(workers=1, year=["2024-12"])
    assert found.frame.equals(one.frame)
    total = found.row(TOTAL)["central"]
    assert sum(found.row(SHARE, name)["central"] for name in ids) == pytest.approx(total)
    assert sum(found.row(ALONE, name)["central"] for name in ids) + found.row(INTERACTION)["central"] == (
        pytest.approx(total)
    )
    assert total < -1
    assert found.row(ALONE, "reset.licence")["central"] == 0
    assert found.row(LAST, "reset.licence")["central"] < -1
    levels = []
    for one_of_two in (base, few):
        tasks = [Task(one_of_two, reading, draw) for draw, reading in enumerate(_readings(counts, base, few))]
        made = plan(tasks, counts, runs_dir=tmp_path / "plain").run(1)
        levels.append(np.array([one.value("gap_fte", AREA, few.timing_basis) for one in made]))
    assert found.row(LEVEL, "baseline")["central"] == pytest.approx(np.median(levels[0]))
    assert total == pytest.approx(np.median(levels[1] - levels[0]))


def _readings(counts: EngineCounts, *scenarios: Scenario) -> tuple[dict[str, float] | None, ...]:
    from capacity_sim.runs.design import readings

    return readings(1, {one.id for side in scenarios for one in counts.inputs(side)}, 2)


def test_processes_give_what_threads_give(tmp_path: Path) -> None:
    counts = counts_to("2024-06", date(2024, 8, 31))
    tasks = [Task(with_(changes), None, draw) for changes in ((), changes_of("reset")) for draw in range(2)]
    threads = plan(tasks, counts, runs_dir=tmp_path / "threads").run(2)
    work = plan(tasks, counts, runs_dir=tmp_path / "processes")
    work.apart_from = 1
    assert work.run(2) == threads
    assert not work.missing
