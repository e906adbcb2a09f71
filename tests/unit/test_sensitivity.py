"""What drives an output: designs, analyses, groups, pairing, and what is kept, on formulas with a known answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.formula import CELL, Formula, FormulaCounts, KeepsFormula, ishigami, ishigami_shares, uncertain

from capacity_sim import scenario
from capacity_sim.analysis import screening, sensitivity
from capacity_sim.analysis.drivers import Driver, Method, Question, Sensitivity
from capacity_sim.analysis.factors import Acting, Factor, acting, factors
from capacity_sim.analysis.screening import Effect, Index
from capacity_sim.analysis.sensitivity import ROLLS, Work, most_runs, varied
from capacity_sim.catalogue import load
from capacity_sim.errors import ScenarioError, UsageError
from capacity_sim.runs.cells_kept import Cells, KeepsCells, cells
from capacity_sim.runs.coalitions import EngineCounts, Task, totals
from capacity_sim.runs.replication import EngineModel, load_data
from capacity_sim.scenario import Scenario
from capacity_sim.show import charts
from capacity_sim.show.charts.drivers import alt_text, drivers_chart
from capacity_sim.show.sensitive import sensitive_report, sentence
from capacity_sim.show.sheet import to_text

ASKED = Question("gap_fte", "2028-03")


@cache
def named(name: str) -> Scenario:
    return scenario.load(name)


def singles(names: str) -> list[Factor]:
    return [Factor(name, (uncertain(name),)) for name in names]


def make(
    formula: Formula,
    tmp_path: Path,
    vary: list[Factor],
    question: Question = ASKED,
    base: Scenario | None = None,
) -> tuple[Work, FormulaCounts]:
    counts = FormulaCounts(formula, [name for factor in vary for name in factor.ids])
    work = Work(named("reset"), base, vary, question, counts, keeps=KeepsFormula(), runs_dir=tmp_path)
    return work, counts


def answer(
    formula: Formula, tmp_path: Path, vary: list[Factor], question: Question = ASKED, workers: int = 1
) -> Sensitivity:
    return make(formula, tmp_path, vary, question)[0].answer(workers=workers, place="Somewhere")


def by_name(found: Sensitivity) -> dict[str, Driver]:
    return {one.factor.name: one for one in found.drivers}


# --- Sobol ------------------------------------------------------------------------------------------------------------


def test_shares_of_ishigami_are_the_known_ones_within_their_intervals(tmp_path: Path) -> None:
    first, total = ishigami_shares()
    found = answer(ishigami, tmp_path, singles("abc"), replace(ASKED, method=Method.SOBOL, points=1024))
    for name, one in by_name(found).items():
        assert isinstance(one.detail, Index)
        assert one.detail.first == pytest.approx(first[name], abs=one.detail.first_error)
        assert one.detail.total == pytest.approx(total[name], abs=one.detail.total_error)
        assert 0 < one.detail.total_error < 0.1
        assert 0 < one.detail.first_error < 0.1
    assert [one.factor.name for one in found.drivers] == ["a", "b", "c"], "sorted by the total"
    assert found.runs == 1024 * 5 + ROLLS
    # variance of Ishigami's function: 13.84
    assert found.assumptions == pytest.approx(13.8446**0.5, rel=0.02)
    assert found.low < found.central < found.high


def test_intervals_hold_the_known_shares_about_as_often_as_they_say() -> None:
    first, total = ishigami_shares()
    held = []
    for seed in range(1, 31):
        points = screening.sobol_points([1, 1, 1], 256, seed)
        outputs = np.array([ishigami(dict(zip("abc", row, strict=True))) for row in points])
        for name, one in zip("abc", screening.sobol_indices([1, 1, 1], outputs, seed), strict=True):
            held += [abs(one.first - first[name]) <= one.first_error, abs(one.total - total[name]) <= one.total_error]
    assert np.mean(held) >= 0.93


def test_the_share_of_a_group_is_that_of_its_inputs_together(tmp_path: Path) -> None:
    first, total = ishigami_shares()
    vary = [Factor("b", (uncertain("b"),)), Factor("both", (uncertain("a"), uncertain("c")))]
    found = by_name(answer(ishigami, tmp_path, vary, replace(ASKED, method=Method.SOBOL, points=1024)))
    both = found["both"].detail
    assert isinstance(both, Index)
    assert both.first == pytest.approx(total["a"], abs=both.first_error), "a, c and what they do together"
    assert found["b"].size == pytest.approx(first["b"], abs=found["b"].error)


def test_nothing_moves_it(tmp_path: Path) -> None:
    for method, points in ((Method.TORNADO, None), (Method.MORRIS, 4), (Method.SOBOL, 8)):
        question = replace(ASKED, method=method, points=points)
        found = answer(lambda reading, rep: 7.0, tmp_path / method, singles("ab"), question)
        assert [one.size for one in found.drivers] == [0.0, 0.0]
        assert sentence(found) == "None of the ranges moves the gap."


def test_a_design_is_the_same_for_a_seed_and_another_for_another() -> None:
    for points in (screening.sobol_points, screening.morris_points):
        assert np.array_equal(points([1, 2], 8, 1), points([1, 2], 8, 1))
        assert not np.array_equal(points([1, 2], 8, 1), points([1, 2], 8, 2))
        assert points([1, 2], 8, 0).min() >= 0
        assert points([1, 2], 8, 0).max() <= 1


def test_intervals_are_the_same_for_a_seed_and_seed_0_is_a_seed() -> None:
    points = screening.sobol_points([1, 1, 1], 16, 0)
    outputs = np.array([ishigami(dict(zip("abc", row, strict=True))) for row in points])
    assert screening.sobol_indices([1, 1, 1], outputs, 0) == screening.sobol_indices([1, 1, 1], outputs, 0)


def test_many_factors_keep_their_order() -> None:
    sizes = [1] * 14
    slopes = np.arange(14.0)
    points = screening.sobol_points(sizes, 256, 1)
    shares = [one.total for one in screening.sobol_indices(sizes, points @ slopes, 1)]
    assert shares == pytest.approx(slopes**2 / (slopes**2).sum(), abs=0.06)
    walks = screening.morris_points(sizes, 4, 1)
    effects = screening.morris_effects(sizes, walks, walks @ slopes, 1)
    assert [one.size for one in effects] == pytest.approx(slopes)


def test_independent_points_are_the_ends_of_each_block() -> None:
    assert screening.independent(np.arange(10.0), factors=3).tolist() == [0.0, 5.0, 4.0, 9.0]


# --- Morris -----------------------------------------------------------------------------------------------------------


def linear(reading: Mapping[str, float], rep: int = 0) -> float:
    return 10 + reading["a"] - 5 * reading["b"] + 3 * reading["c"]


def test_morris_ranks_a_linear_model_and_gives_its_slopes(tmp_path: Path) -> None:
    found = answer(linear, tmp_path, singles("abcd"), replace(ASKED, method=Method.MORRIS))
    assert [one.factor.name for one in found.drivers] == ["b", "c", "a", "d"]
    assert [one.size for one in found.drivers] == pytest.approx([5, 3, 1, 0])
    slopes = {name: one.detail.mean for name, one in by_name(found).items() if isinstance(one.detail, Effect)}
    assert slopes == pytest.approx({"a": 1, "b": -5, "c": 3, "d": 0}, abs=1e-9)
    assert all(isinstance(one.detail, Effect) and abs(one.detail.spread) < 1e-9 for one in found.drivers)
    assert found.runs <= 10 * 5 + ROLLS


def test_morris_sees_what_depends_on_another(tmp_path: Path) -> None:
    def formula(reading: Mapping[str, float], rep: int) -> float:
        return reading["a"] * (reading["b"] - 0.5) + 0.3 * reading["c"]

    found = by_name(answer(formula, tmp_path, singles("abc"), replace(ASKED, method=Method.MORRIS, points=40)))
    a, c = found["a"].detail, found["c"].detail
    assert isinstance(a, Effect)
    assert isinstance(c, Effect)
    assert a.spread > 0.2
    assert c.spread < 1e-9
    assert abs(a.mean) < a.size


def test_a_group_moves_as_one_in_morris_and_has_no_sign(tmp_path: Path) -> None:
    vary = [Factor("pair", (uncertain("a"), uncertain("b"))), Factor("c", (uncertain("c"),))]
    found = by_name(answer(linear, tmp_path, vary, replace(ASKED, method=Method.MORRIS, points=200)))
    assert found["pair"].size == pytest.approx((4 + 6) / 2, rel=0.1), "both ways together, or against each other"
    assert isinstance(found["pair"].detail, Effect)
    assert np.isnan(found["pair"].detail.mean)
    assert np.isnan(found["pair"].detail.spread)
    assert found["c"].size == pytest.approx(3)


# --- tornado ----------------------------------------------------------------------------------------------------------


def test_a_tornado_shows_both_ends_and_is_sorted_by_swing(tmp_path: Path) -> None:
    found = answer(linear, tmp_path, singles("abcd"))
    assert [(one.factor.name, one.at) for one in found.drivers] == [
        ("b", (12.0, 7.0)),
        ("c", (8.0, 11.0)),
        ("a", (9.0, 10.0)),
        ("d", (9.5, 9.5)),
    ]
    assert [one.size for one in found.drivers] == pytest.approx([5, 3, 1, 0])
    assert found.central == pytest.approx(9.5)


def test_a_tornado_is_paired_so_chance_that_all_share_is_in_no_swing(tmp_path: Path) -> None:
    luck = [100.0, -50.0, 30.0, 4.0, 1000.0]
    found = answer(lambda reading, rep: linear(reading) + luck[rep], tmp_path, singles("abc"), replace(ASKED, reps=3))
    assert [one.size for one in found.drivers] == pytest.approx([5, 3, 1])
    assert [one.error for one in found.drivers] == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.chance == pytest.approx(np.std(luck, ddof=1))
    assert found.central == pytest.approx(9.5 + np.mean(luck[:3])), "of the replications that the ends have too"
    assert found.rolls == ROLLS


def test_chance_in_a_swing_is_its_standard_error(tmp_path: Path) -> None:
    slopes = [1.0, 2.0, 6.0, 0.0, 0.0]
    found = answer(lambda reading, rep: slopes[rep] * reading["a"], tmp_path, singles("a"), replace(ASKED, reps=3))
    assert found.drivers[0].size == pytest.approx(3.0)
    assert found.drivers[0].error == pytest.approx(np.std(slopes[:3], ddof=1) / 3**0.5)
    alone = answer(lambda reading, rep: slopes[rep] * reading["a"], tmp_path, singles("a"))
    assert np.isnan(alone.drivers[0].error)


def test_an_output_that_turns_back_between_the_ends_has_a_swing(tmp_path: Path) -> None:
    found = answer(lambda reading, rep: (2 * reading["a"] - 1) ** 2, tmp_path, singles("a"))
    assert found.drivers[0].size == pytest.approx(1.0)
    assert found.drivers[0].at == (1.0, 1.0)


def test_the_inputs_of_a_group_go_the_way_that_moves_it_most(tmp_path: Path) -> None:
    vary = [Factor("pair", (uncertain("a"), uncertain("b"))), Factor("c", (uncertain("c"),))]
    work, counts = make(linear, tmp_path, vary)
    before = sum(work.runs) + work.later
    found = work.answer(workers=1)
    assert by_name(found)["pair"].at == (6.5, 12.5), "a low with b high, and the other way round"
    assert found.drivers[0].factor.name == "pair"
    assert len(counts.calls) == before == found.runs == most_runs(vary, ASKED)
    again, _ = make(linear, tmp_path, vary)
    assert (again.runs, again.later) == ((0, found.runs - 2), 0)


def test_the_difference_of_two_scenarios_is_taken_reading_by_reading(tmp_path: Path) -> None:
    class Two(FormulaCounts):
        def replicate(self, task: Task, *rest: Any) -> Any:
            made = super().replicate(task, *rest)
            made.value *= 2 if task.scenario.name == "reset" else 1
            return made

    counts = Two(linear, "abc")
    base = named("baseline")
    made = Work(named("reset"), base, singles("abc"), ASKED, counts, keeps=KeepsFormula(), runs_dir=tmp_path)
    found = made.answer(workers=1)
    assert found.less == "baseline"
    assert found.central == pytest.approx(9.5)
    assert by_name(found)["b"].at == (12.0, 7.0)
    assert len(counts.calls) == most_runs(singles("abc"), ASKED, sides=2)
    assert "the effect of reset on the gap" in sentence(found)


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "points"), [(Method.TORNADO, None), (Method.MORRIS, 6), (Method.SOBOL, 8)])
def test_workers_change_nothing_and_a_second_question_makes_nothing(
    tmp_path: Path, method: Method, points: int | None
) -> None:
    question = replace(ASKED, method=method, points=points, reps=2)
    vary = [Factor("pair", (uncertain("a"), uncertain("c"))), Factor("b", (uncertain("b"),))]
    one = answer(ishigami, tmp_path / "one", vary, question)
    work, counts = make(ishigami, tmp_path / "two", vary, question)
    assert most_runs(vary, question) >= sum(work.runs) + work.later
    two = work.answer(workers=2, place="Somewhere")
    assert _same(one, two)
    made = len(counts.calls)
    assert made == two.runs
    again, counts = make(ishigami, tmp_path / "two", vary, question)
    assert again.runs[0] == 0
    assert again.later == 0
    assert _same(again.answer(place="Somewhere"), one)
    assert counts.calls == []
    more, counts = make(ishigami, tmp_path / "two", vary, replace(question, reps=3))
    more.answer(workers=1)
    assert 0 < len(counts.calls) < made, "another replication goes on from what is there"


def _same(one: Sensitivity, two: Sensitivity) -> bool:
    return sensitive_report(one).records == sensitive_report(two).records and one.runs == two.runs


@pytest.mark.slow
def test_processes_of_their_own_change_nothing(tmp_path: Path) -> None:
    base = named("reset")
    counts = EngineCounts(EngineModel("demo"), "2024-08", base.horizon)
    known = {one.id: one for one in counts.inputs(base)}
    vary = [Factor(name, (known[name],)) for name in ("reset.residual", "staff.trainee.dropout")]
    question = Question("gap_fte", "2024-08", "sentence_management", "PSO")
    found = []
    for workers, apart_from in ((1, None), (2, 0)):
        work = Work(base, None, vary, question, counts, runs_dir=tmp_path / str(workers))
        if apart_from is not None:
            work.plan.apart_from = apart_from
        found.append(work.answer(workers=workers))
    assert [(one.size, one.at) for one in found[0].drivers] == [(one.size, one.at) for one in found[1].drivers]
    assert _same(*found)
    folders = [tmp_path / name / "readings" for name in ("1", "2")]
    texts = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]
    assert len(texts[0]) == 9
    assert texts[0] == texts[1]


def test_another_output_of_the_same_kind_comes_from_the_same_runs(tmp_path: Path) -> None:
    make(linear, tmp_path, singles("abc"))[0].answer(workers=1)
    other, counts = make(linear, tmp_path, singles("abc"), replace(ASKED, measure="required_fte"))
    assert other.runs[0] == 0
    assert other.answer().drivers[0].size == 0.0
    desks, _ = make(linear, tmp_path, singles("abc"), replace(ASKED, measure="backlog_hours"))
    assert desks.runs[0] > 0
    assert counts.calls == []


@pytest.mark.parametrize("method", list(Method))
def test_every_run_has_the_same_draw_and_central_readings_come_first(tmp_path: Path, method: Method) -> None:
    work, counts = make(linear, tmp_path, singles("abc"), replace(ASKED, reps=2, method=method))
    work.answer(workers=1)
    assert counts.draws == {0}, "the same lives at every reading"
    assert [(reading, rep) for reading, rep, _ in counts.calls[:ROLLS]] == [({}, rep) for rep in range(ROLLS)]
    assert {rep for reading, rep, _ in counts.calls if reading} == {0, 1}


def test_a_reading_out_of_limits_says_what_to_do(tmp_path: Path) -> None:
    from capacity_sim.errors import Fault

    class Refuses(FormulaCounts):
        def key(self, task: Task, seed: int, delivery: bool) -> str:
            if task.reading:
                raise ScenarioError(Fault("out-of-limits", "`a` is 2"))
            return super().key(task, seed, delivery)

    with pytest.raises(ScenarioError) as problem:
        Work(
            named("reset"), None, singles("a"), ASKED, Refuses(linear, "a"), keeps=KeepsFormula(), runs_dir=tmp_path
        )  # fmt: skip
    assert problem.value.faults[0].hint is not None
    assert "narrow one of them" in problem.value.faults[0].hint


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"reps": 0}, "0 reps is less than 1"),
        ({"points": 4}, "a tornado has two ends of each input"),
        ({"method": Method.MORRIS, "points": 1}, "1 points is less than 2"),
        ({"method": Method.SOBOL, "points": 4}, "4 points is less than 8"),
        ({"method": Method.SOBOL, "points": 100}, "100 points is not a power of two"),
    ],
)
def test_counts_that_give_no_answer_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(ASKED, **changed)


def test_a_scenario_without_ranges_has_nothing_to_vary(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no range that could move this"):
        make(linear, tmp_path, [Factor("delivery.floor", (uncertain("delivery.floor"),))])


# --- what cannot matter -----------------------------------------------------------------------------------------------


def test_how_officers_work_is_varied_only_where_it_can_matter() -> None:
    floor, other = uncertain("f", "delivery.floor"), uncertain("s", "staff.fte_per_head")
    vary = [Factor("f", (floor,)), Factor("both", (floor, other))]
    left, idle = varied(vary, delivery=False)
    assert [(one.name, one.ids) for one in left] == [("both", ("s",))]
    assert {one.id for one in idle} == {"f"}
    assert varied(vary, delivery=True) == (vary, ())


def test_how_officers_work_moves_no_output_that_is_counted_without_them() -> None:
    model = EngineModel("demo")
    base = named("baseline")
    counts = EngineCounts(model, "2024-08", base.horizon)
    ids = [one.id for one in counts.inputs(base) if sensitivity.acts_at_desks(one.path)]
    assert len(ids) >= 10
    made = [
        cells(counts.replicate(Task(base, reading), 1, True, 1, None))
        for reading in (None, dict.fromkeys(ids, 0.0), dict.fromkeys(ids, 1.0))
    ]
    values = [dict(zip(one.names, one.values.tolist(), strict=True)) for one in made]
    moved = {name[0] for name in set().union(*values) if len({one.get(name, 0.0) for one in values}) > 1}
    assert "backlog_hours" in moved
    assert {measure for measure in moved if not sensitivity.needs_desks(measure)} == set()


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_cells_add_up_to_the_totals_and_come_back_from_text() -> None:
    base = named("baseline")
    counts = EngineCounts(EngineModel("demo"), "2024-06", base.horizon)
    made = counts.replicate(Task(base, None), 1, True, 1, None)
    found, whole = cells(made), totals(made)
    for measure in load().outputs:
        for area in (None, "sentence_management", "court"):
            want = whole.value(measure, area, "original")
            assert found.value(measure, area, None, "original") == pytest.approx(want, nan_ok=True)
    grades = ("CA", "PSO", "PO", "SPO", "specialist")
    parts = [found.value("in_post_fte", "court", grade, "original") for grade in grades]
    assert sum(parts) == pytest.approx(whole.value("in_post_fte", "court", "original")), "trainees are under PSO"
    keeps = KeepsCells()
    again = keeps.from_json(json.loads(json.dumps(keeps.to_json(found))))
    assert again.names is found.names
    assert np.array_equal(again.values, found.values)
    with pytest.raises(ValueError, match="format"):
        keeps.from_json({**keeps.to_json(found), "format": 0})


def test_cells_from_another_process_share_their_names() -> None:
    import pickle

    found = KeepsFormula().of(type("Made", (), {"value": 1.0}), 0, 0)
    one, two = (pickle.loads(pickle.dumps(found)) for _ in range(2))
    assert one.names is two.names
    assert one.value(CELL[0], "court", "PO", CELL[3]) == 1.0


def test_a_trainee_counts_under_pso_and_also_alone() -> None:
    names = tuple(("gap_fte", "court", grade, "original") for grade in ("PSO", "trainee", "PO"))
    found = Cells(names, np.array([1.0, 2.0, 4.0]))
    values = {grade: found.value("gap_fte", "court", grade, "original") for grade in ("PSO", "trainee", "PO", None)}
    assert values == {"PSO": 3.0, "trainee": 2.0, "PO": 4.0, None: 7.0}


# --- factors ----------------------------------------------------------------------------------------------------------


@cache
def of_ofps() -> tuple[Acting, ...]:
    one = named("ofps")
    values = load_data("demo").values
    inputs = EngineModel("demo").inputs(one)
    return tuple(acting(inputs, values, one.changes, load()))


def parents() -> Mapping[str, frozenset[str]]:
    names = ("ofps", "ofps-court-roles", "ofps-sickness")
    return {name: frozenset(change.id for change in named(name).changes) for name in names}


AREAS = load().dimensions["area"]


def grouped(**options: Any) -> dict[str, tuple[str, ...]]:
    found = factors(of_ofps(), family=parents, areas=AREAS, **options)
    return {one.name: one.ids for one in found}


def test_inputs_stand_alone_when_nothing_is_asked() -> None:
    assert grouped() == {one.input.id: (one.input.id,) for one in of_ofps()}


@pytest.mark.parametrize(
    ("what", "holds", "lacks"),
    [
        ("staff.trainee", "staff.trainee.dropout", "staff.fte_per_head"),
        ("staff.leaving.annual_rate", "staff.leaving.annual_rate[grade=PO]", "staff.trainee.dropout"),
        ("staff.leaving.annual_rate[grade=PO]", "staff.leaving.annual_rate[grade=PO]", None),
        ("*:slip", "ofps-court-roles:slip", "ofps-court-roles:strength"),
        ("rollout", "ofps-court-roles:slip", "ofps.court.share"),
        ("ofps-court-roles", "ofps.court.share", "ofps.sickness"),
        ("ofps", "ofps-sickness:strength", "staff.trainee.dropout"),
        ("rollout@ofps-court-roles", "ofps-court-roles:rollout", "ofps-sickness:rollout"),
        ("*@court", "ofps.court.time", "ofps.centres.share"),
        ("@court", "ofps.court.time", "ofps.sickness"),
        ("work.timing@sentence_management", "ofps.assessment", "ofps.court.time"),
    ],
)
def test_a_group_is_what_was_named(what: str, holds: str, lacks: str | None) -> None:
    found = grouped(groups=[f"mine={what}"])
    assert holds in found["mine"]
    assert lacks is None or found[lacks] == (lacks,)
    assert sorted(name for ids in found.values() for name in ids) == [one.input.id for one in of_ofps()]
    only = grouped(only=[what])
    assert sorted(only) == sorted(found["mine"])


def test_all_inputs_by_parameter_or_by_part() -> None:
    by_path, by_part = grouped(by="parameter"), grouped(by="part")
    assert len(by_path["staff.leaving.annual_rate"]) == 5
    assert set(by_part["ofps-court-roles"]) >= {"ofps.court.share", "ofps-court-roles:slip"}
    assert "staff.trainee.dropout" in by_part["data: staff"]
    assert sum(map(len, by_part.values())) == sum(map(len, by_path.values())) == len(of_ofps())


def test_a_group_may_hold_several_names_and_only_narrows_it() -> None:
    found = grouped(groups=["mine=staff.trainee, ofps.transcripts"], only=["staff"], by="parameter")
    assert "ofps.transcripts" not in {name for ids in found.values() for name in ids}
    assert "staff.trainee.dropout" in found["mine"]
    assert "staff.leaving.annual_rate" in found
    unnamed = grouped(groups=["staff.leaving.annual_rate[grade=PO],staff.fte_per_head"])
    assert "staff.leaving.annual_rate[grade=PO],staff.fte_per_head" in unnamed


def test_an_area_takes_only_what_acts_on_it_alone() -> None:
    known = [
        Acting(uncertain("one", "work.a"), frozenset({"court"}), frozenset(), "p"),
        Acting(uncertain("two", "work.a"), frozenset({"court", "enforcement"}), frozenset(), "p"),
        Acting(uncertain("none", "work.b"), frozenset(), frozenset(), "q"),
    ]
    assert [one.ids for one in factors(known, groups=["mine=*@court"], areas=AREAS)] == [("one",), ("two",), ("none",)]
    assert [one.ids for one in factors(known, groups=["mine=p"], areas=AREAS)] == [("one", "two"), ("none",)]


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ({"only": ["staff.trainees"]}, "no uncertain input is called `staff.trainees`", "staff.trainee"),
        ({"groups": ["a=nothing"]}, "no uncertain input is called `nothing`", "inputs are"),
        ({"groups": ["a=staff@courts"]}, "no area and no parent is called `courts`", "`court`"),
        ({"groups": ["a=staff.trainee@court"]}, "no range of `staff.trainee` acts on `court` alone", "its ranges are"),
        ({"groups": ["a=staff", "b=staff.trainee"]}, "`a` and `b` both hold `staff.trainee.capacity", "varied once"),
        ({"groups": ["a=staff.fte_per_head", "a=staff.trainee"]}, "two groups are called `a`", "name of its own"),
    ],
)
def test_groups_with_faults(options: dict[str, list[str]], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as problem:
        grouped(**options)
    assert any(message in fault.message and hint in (fault.hint or "") for fault in problem.value.faults)


def test_all_faults_of_groups_come_at_once() -> None:
    with pytest.raises(UsageError) as problem:
        grouped(groups=["a=nothing", "b=nowhere"], only=["never"])
    assert len(problem.value.faults) == 3


# --- words and charts -------------------------------------------------------------------------------------------------


def found_by(method: Method, tmp_path: Path, formula: Callable[..., float] = linear, reps: int = 1) -> Sensitivity:
    return answer(formula, tmp_path, singles("abcd"), replace(ASKED, method=method, grade="PO", reps=reps))


def test_the_sentence_says_what_drives_it(tmp_path: Path) -> None:
    tornado = sentence(found_by(Method.TORNADO, tmp_path / "t"))
    assert tornado == (
        "`b` matters most: between its ends the gap goes from 7.0 to 12.0 FTE, a swing of 5.0. Then `c` (3.0) and `a` "
        "(1.0). The last: nothing that shows."
    )
    morris = sentence(found_by(Method.MORRIS, tmp_path / "m"))
    assert morris.startswith("`b` matters most: over its whole range it moves the gap by 5.0 FTE on average")
    shares = sentence(found_by(Method.SOBOL, tmp_path / "s", ishigami))
    assert shares.startswith("`a` matters most: it has a part in")
    assert "What they do together, beyond what each does alone, is" in shares


def test_what_inputs_do_together_is_said_only_where_it_is_beyond_the_error(tmp_path: Path) -> None:
    added = found_by(Method.SOBOL, tmp_path / "added")
    assert "beyond what each does alone, is lost in the error (± " in sentence(added), "they add up"

    def times(reading: Mapping[str, float], rep: int) -> float:
        return 100 * (reading["a"] - 0.5) * (reading["b"] - 0.5)

    crossed = sentence(found_by(Method.SOBOL, tmp_path / "crossed", times))
    share, error = re.search(r"is (\d+)% \(± (\d+)%\)", crossed).groups()
    assert int(share) > int(error)
    assert int(share) > 70, "all of it"


def test_the_interval_of_a_size_does_not_go_below_zero(tmp_path: Path) -> None:
    def formula(reading: Mapping[str, float], rep: int) -> float:
        return 10.0 * float(reading["a"] > 0.9 and reading["b"] > 0.9)

    found = answer(formula, tmp_path, singles("ab"), replace(ASKED, method=Method.MORRIS, points=10))
    assert any(one.error > one.size > 0 for one in found.drivers)
    spans = [row[2] for row in sensitive_report(found).sheets[0].rows]
    assert any(span.startswith("0.0 to") for span in spans)
    assert not any("-" in span for span in spans)


def test_a_first_place_that_is_not_settled_is_said(tmp_path: Path) -> None:
    close = found_by(Method.SOBOL, tmp_path / "s", lambda reading, rep: reading["a"] + 1.01 * reading["b"])
    assert not close.settled
    assert "not settled (too few points)" in sentence(close)
    slopes = [1.0, 2.0, 3.0, 0.0, 0.0]

    def lucky(reading: Mapping[str, float], rep: int) -> float:
        return slopes[rep] * reading["a"] + 1.9 * reading["b"]

    chancy = found_by(Method.TORNADO, tmp_path / "t", lucky, reps=3)
    assert not chancy.settled
    assert "not settled (chance)" in sentence(chancy)
    assert found_by(Method.TORNADO, tmp_path / "u", linear, reps=3).settled


def test_the_report_tells_chance_from_ignorance(tmp_path: Path) -> None:
    luck = [0.0, 1.0, 2.0, 3.0, 4.0]
    found = found_by(Method.SOBOL, tmp_path, lambda reading, rep: linear(reading) + luck[rep])
    text = " ".join(to_text(sensitive_report(found)).split())
    assert "other rolls differs by a standard deviation of 1.6 FTE (5 replications" in text
    part = np.var(luck, ddof=1) / (np.var(luck, ddof=1) + found.assumptions**2)
    assert f"chance makes {100 * part:.1f}% of the variance of one run" in text
    assert "No emulator" in text
    records = sensitive_report(found).records
    assert {record["row"] for record in records} == {"level", "chance", "assumptions", "driver"}
    assert len({tuple(record) for record in records}) == 1, "all records have the same keys"


def test_one_replication_says_that_chance_in_a_swing_is_unknown(tmp_path: Path) -> None:
    assert "`--reps 3` shows it" in to_text(sensitive_report(found_by(Method.TORNADO, tmp_path)))
    thrice = to_text(sensitive_report(found_by(Method.TORNADO, tmp_path, reps=3)))
    assert "`--reps 3` shows it" not in thrice
    assert "± 0" in thrice


def test_the_table_has_no_more_rows_than_asked_and_the_records_all(tmp_path: Path) -> None:
    report = sensitive_report(found_by(Method.TORNADO, tmp_path), most=2)
    assert [row[0] for row in report.sheets[0].rows] == ["b", "c"]
    assert any("2 more are not shown" in note for note in report.notes)
    assert [record["of"] for record in report.records if record["row"] == "driver"] == ["b", "c", "a", "d"]


@pytest.mark.parametrize("method", list(Method))
def test_the_chart_is_the_same_bytes_and_says_what_it_shows(tmp_path: Path, method: Method) -> None:
    found = found_by(method, tmp_path / "runs", ishigami if method is Method.SOBOL else linear)
    files = [charts.save(drivers_chart(found), tmp_path / f"{n}" / "chart", alt_text(found)) for n in range(2)]
    for one, two in zip(*files, strict=True):
        assert one.read_bytes() == two.read_bytes()
    text = files[0][1].read_text(encoding="utf-8")
    assert "matters most" in text
    assert "Gap, reset (FTE)" in text
    assert ">b<" in text
