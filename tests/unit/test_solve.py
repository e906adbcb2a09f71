"""Goals on a pipeline whose answer is arithmetic: what brings them about, and why nothing does."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from support.pipeline import DROPOUT, Pipeline
from support.small_model import catalogue_, demo

from capacity_sim import scenario
from capacity_sim.analysis import binding
from capacity_sim.analysis.answers import Answer, Question
from capacity_sim.analysis.cost import pay_of
from capacity_sim.analysis.goals import read_goal, read_levers
from capacity_sim.analysis.levers import Bench
from capacity_sim.analysis.search import Axis, furthest, search
from capacity_sim.analysis.solve import Work
from capacity_sim.data.pay import read_pay
from capacity_sim.show.solved import solved_report

pytestmark = pytest.mark.theory

INTAKE = "staff.trainee.starts_per_year@2024-05-01"
MONTH = "2028-03"
#: intakes from September 2024 on that are qualified by March 2028: Sep 24, Mar 25, Sep 25
COHORTS = 3


def solved(
    folder: Path,
    goal: str,
    lever: str | list[str],
    need: float,
    *,
    spread: float = 0.0,
    draws: int = 1,
    pay: bool = False,
    budget: float | None = None,
    probability: float = 0.8,
) -> Answer:
    catalogue = catalogue_()
    levers = read_levers([lever] if isinstance(lever, str) else lever, catalogue, {})
    bench = Bench(scenario.load("baseline"), tuple(levers), {}, catalogue)
    bench = Bench(
        scenario.with_changes(bench.scenario, [scenario.from_set_option("staff.trainee.starts_per_year=0@2024-04-01")]),
        tuple(levers), {}, catalogue,
    )  # fmt: skip
    wanted = read_goal(goal, catalogue)
    counts = Pipeline(need, 1000.0, wanted.month, spread)
    question = Question(wanted, probability, draws, 1, 1, budget)
    work = Work(
        bench, [0.0] * len(levers), question, counts,
        pay=pay_of(read_pay(), draws) if pay else None, runs_dir=folder,
    )  # fmt: skip
    return work.answer(
        workers=1,
        explain=lambda point: binding.reasons(bench, wanted, point, demo(), counts.calendar),
        later=Pipeline(need, 1000.0, "2029-03", spread),
    )


def lever(low: int, high: int, more: str = "") -> str:
    return f"add {INTAKE} between {low} and {high}{more}"


def closed_form(short: float) -> float:
    """Trainees a year that give so many officers by the month."""
    return short / (COHORTS * (1 - DROPOUT) / 2)


def test_one_lever_is_found_to_its_step(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 50 @{MONTH}", lever(0, 2000), 1500.0)
    exact = closed_form(1500 - 1000 - 50)
    assert found.best is not None
    assert found.before.range[0] == pytest.approx(500, abs=0.1)
    assert found.best.at[0] == math.ceil(exact / 10) * 10
    assert found.best.values[0] <= 50 < found.best.values[0] + 10 * COHORTS * (1 - DROPOUT) / 2
    assert found.best.met == 1
    assert not found.priced


def test_the_probability_is_the_share_of_draws(tmp_path):
    """Officers at the start are uncertain: to be sure of 80% the intake covers the 80th percentile of what is short."""
    found = solved(tmp_path, f"gap_fte <= 0 @{MONTH}", lever(0, 2000), 1400.0, spread=200.0, draws=10)
    assert found.best is not None
    assert found.best.met == 0.8
    shortages = np.sort(found.before.values)
    assert found.best.at[0] == math.ceil(closed_form(shortages[7]) / 10) * 10
    assert np.ptp(shortages) > 150, "draws that are alike argue nothing"
    assert found.fresh is not None
    assert found.fresh.values.tolist() != found.best.values.tolist()
    low, high = found.best.between
    assert low < 0.8 < high


def test_nothing_has_to_be_moved_and_how_far_it_could_be(tmp_path):
    found = solved(tmp_path, f"gap_fte >= 100 @{MONTH}", lever(0, 2000), 1500.0)
    assert found.best is found.before
    assert found.limits == (math.floor(closed_form(400) / 10) * 10,)
    text = " ".join(solved_report(found).lead)
    assert "Nothing has to be moved" in text
    assert "and beyond that it is missed" in text


def test_too_weak_a_lever_says_how_near_it_comes_and_when_it_would_do(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 50 @{MONTH}", lever(0, 300), 1500.0)
    assert found.best is None
    assert found.nearest.at == (300.0,)
    assert found.nearest.level == pytest.approx(500 - 300 * COHORTS * (1 - DROPOUT) / 2, abs=0.1)
    # each cohort of 150 gives 124.5: 450 short takes four of them, and March 2026 qualifies in June 2028
    assert found.first_month == "2028-06"
    text = " ".join(solved_report(found).lead)
    assert "Even at the end of its bounds" in text
    assert "first met in June 2028" in text


def test_several_levers_that_are_too_weak_name_no_answer(tmp_path):
    early = "add staff.trainee.starts_per_year@2024-05-01 between 0 and 100"
    late = "add staff.trainee.starts_per_year@2025-05-01 between 0 and 100"
    found = solved(tmp_path, f"gap_fte <= 0 @{MONTH}", [early, late], 1500.0)
    assert found.best is None
    assert found.nearest.at == (100.0, 100.0)
    report = solved_report(found)
    assert "Even with all levers at their best" in " ".join(report.lead)
    assert "the answer is" not in " ".join(report.notes)


def test_an_intake_that_cannot_qualify_in_time_names_the_rule(tmp_path):
    late = "add staff.trainee.starts_per_year@2026-04-01 between 0 and 5000"
    found = solved(tmp_path, "gap_fte <= 50 @2027-04", late, 1500.0)
    assert found.best is None
    assert found.nearest.level == pytest.approx(500, abs=0.1)
    months = binding.qualifying_months(_parameters())
    last = binding.training(min(months), "2027-04", late_from())
    assert last.binds
    (reason,) = found.reasons
    assert reason.startswith(f"A trainee qualifies {' or '.join(str(n) for n in months)} months after the start")
    assert f"the last intake that can be an officer by April 2027 is that of {last.last.strftime('%B %Y')}" in reason
    assert f"qualified in {last.qualified.strftime('%B %Y')}" in reason
    assert found.first_month == "2028-12"
    assert "Infeasible, because a trainee qualifies" in " ".join(solved_report(found).lead)


def late_from():
    import datetime as dt

    return dt.date(2026, 4, 1)


def _parameters():
    from capacity_sim.parameters import Parameters

    pipeline = Pipeline(0, 0, "2027-04")
    return Parameters(catalogue_(), demo().values, (), pipeline.calendar)


def test_the_last_intake_follows_the_months_of_training():
    for months, last in ((27, "2025-09-01"), (30, "2025-09-01"), (31, "2025-03-01"), (24, "2026-03-01")):
        assert binding.training(months, "2028-03", late_from()).last.isoformat() == last


def test_two_levers_take_the_cheaper_first(tmp_path):
    """Two intakes that qualify in time: the second costs less an officer, and is taken to its end first."""
    early = "add staff.trainee.starts_per_year@2024-05-01 between 0 and 1000 cost 100"
    late = "add staff.trainee.starts_per_year@2025-05-01 between 0 and 400 cost 10"
    found = solved(tmp_path, f"gap_fte <= 0 @{MONTH}", [early, late], 1400.0)
    assert found.best is not None
    each = (1 - DROPOUT) / 2
    # from May 2025 on one cohort counts (September 2025): 400 of it, then the rest from the dearer one
    rest = (400 - 400 * each) / (3 * each)
    assert found.best.at[1] == pytest.approx(400, abs=5), "rounding the dearer one up leaves a little"
    assert found.best.at[0] == pytest.approx(rest, abs=5)
    assert found.best.over <= 0
    assert found.best.costs[0] <= 100 * math.ceil(rest / 5) * 5 + 10 * 400
    assert found.best.costs[0] == pytest.approx(100 * found.best.at[0] + 10 * found.best.at[1])


def test_a_budget_that_binds_is_said_with_what_it_allows(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 50 @{MONTH}", lever(0, 2000, " cost 1000"), 1500.0, budget=100_000.0)
    assert found.best is None
    assert found.over_budget is not None
    assert found.over_budget.costs.mean() == pytest.approx(1000 * found.over_budget.at[0])
    assert 95_000 <= found.nearest.costs.mean() <= 100_000
    assert found.nearest.level == pytest.approx(500 - found.nearest.at[0] * COHORTS * (1 - DROPOUT) / 2, abs=0.1)
    assert "because the budget binds" in " ".join(solved_report(found).lead)


def test_pay_of_the_officers_gained_is_counted_with_its_range(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 0 @{MONTH}", lever(0, 2000), 1400.0, draws=4, pay=True)
    assert found.best is not None
    pay = pay_of(read_pay(), 4)
    gained = found.before.values - found.best.values
    assert found.best.costs == pytest.approx(gained * pay.each["PO"], rel=1e-6)
    assert np.ptp(found.best.costs) > 0


def test_a_search_that_turns_back_finds_the_inside():
    class Trial:
        def __init__(self, at):
            self.at, self.over, self.effort = at, (at[0] - 3) ** 2 - 0.5, abs(at[0])

    found = search([Axis(0, 10, 0, 0.05)], Trial)
    assert found.best is not None
    assert found.best.at[0] == pytest.approx(3 - math.sqrt(0.5), abs=0.051)
    assert found.best.over <= 0
    assert furthest(Axis(0, 10, 3, 0.05), Trial) == [pytest.approx(2.3), pytest.approx(3.7)]


def test_several_levers_that_overlap_meet_their_optimum():
    """Least x + y with x y >= 1/4 is at one half each: no lever alone, and no corner."""

    class Trial:
        def __init__(self, at):
            self.at, self.over, self.effort = at, 0.25 - at[0] * at[1], at[0] ** 2 + at[1] ** 2

    found = search([Axis(0, 1, 0.05, 0.005)] * 2, Trial)
    assert found.best is not None
    assert found.best.at == (pytest.approx(0.5, abs=0.03), pytest.approx(0.5, abs=0.03))
    assert found.best.over <= 0


def test_a_flat_slope_is_left_soon_and_said(tmp_path):
    """An intake that qualifies after the month moves nothing: its ends and its middle say so."""
    late = "add staff.trainee.starts_per_year@2026-04-01 between 0 and 5000"
    found = solved(tmp_path, "gap_fte <= 50 @2027-04", late, 1500.0)
    assert len([one for one in found.trials if one.at]) == 3
    text = " ".join(solved_report(found).lead)
    assert "`staff.trainee.starts_per_year@2026-04-01` does not move the gap in April 2027: it stays 500." in text


def test_a_lever_that_moves_little_beside_what_is_missing_is_left_soon(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 0 @{MONTH}", lever(0, 100), 3000.0)
    assert len([one for one in found.trials if one.at]) == 3
    most = 100 * COHORTS * (1 - DROPOUT) / 2
    said = " ".join(solved_report(found).lead)
    assert found.nearest.level == pytest.approx(2000 - most, abs=0.1)
    assert "moves the gap in March 2028 from 2,000 to 1,8" in said
    assert "at most; 1,8" in said
    assert "more would be needed." in said


def test_a_lever_that_does_all_it_can_halfway_names_the_least_of_it():
    class Trial:
        def __init__(self, at):
            self.at, self.over, self.effort = at, 90 - min(at[0], 4.0), at[0]

    found = search([Axis(0, 10, 0, 0.05)], Trial)
    assert found.best is None
    assert found.nearest.at == (5.0,)


def test_a_lever_that_is_too_weak_all_the_way_is_left_soon(tmp_path):
    found = solved(tmp_path, f"gap_fte <= 50 @{MONTH}", lever(0, 300), 1500.0)
    assert sorted(one.at[0] for one in found.trials if one.at) == [0, 150, 294, 300]
    assert found.nearest.at == (300.0,)
    assert "move" not in " ".join(solved_report(found).lead)


@pytest.mark.parametrize(("turn", "met"), [(9.3, False), (9.3, True), (0.4, False), (0.6, True), (6.0, True)])
def test_what_turns_back_near_an_end_is_still_looked_at(turn: float, met: bool):
    seen = []

    class Trial:
        def __init__(self, at):
            seen.append(at[0])
            self.at, self.over, self.effort = at, (at[0] - turn) ** 2 + (-0.2 if met else 0.2), abs(at[0] - 5)

    found = search([Axis(0, 10, 5, 0.05)], Trial)
    assert (found.best is not None) == met
    assert found.nearest.at[0] == pytest.approx(turn, abs=0.46 if met else 0.1)
    assert len(seen) > 6
