"""The compiled engine against the literal SimPy twin: the same lives, the same work, to the event and the minute."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import numba
import numpy as np
import pytest
from oracle import small, twin

from capacity_sim import catalogue
from capacity_sim.model.engine import World, simulate
from capacity_sim.model.result import ACTIVITY_MEASURES, FLOW_MEASURES, RunResult

pytestmark = pytest.mark.twin

DUE, DONE, ON_TIME, LAPSED, PAUSED = range(len(ACTIVITY_MEASURES))
#: officers who often come and go: cases change hands, and some units are left without a PO
RESTLESS = (
    "staff.leaving.annual_rate=0.5@2024-04-01",
    "staff.moving.annual_rate=0.2@2024-04-01",
    "staff.replacement.share=0.9@2024-04-01",
)
#: units turn amber and red, and better again
TOUCHY = (
    "delivery.amber_at=120@2024-04-01",
    "delivery.red_at=150@2024-04-01",
    "delivery.hysteresis=4",
    "delivery.review.months=1",
    "delivery.recovery.reviews=0",
    "delivery.owed.time_share=0.2",
)
#: hours go to the units of the region with the most work
LENDING = ("delivery.lending.share=0.7@2024-04-01", "delivery.lending.most=0.3@2024-04-01")


@dataclass(frozen=True)
class Case:
    """A small world, and the key of its replication."""

    scenario: str
    seed: int
    units: tuple[int, ...] = (0, 1)
    people: float = 0.15
    staff: float = 1.0
    regions: tuple[int, ...] | None = None
    options: tuple[str, ...] = ()
    end: dt.date = dt.date(2026, 6, 28)
    warm_up: int = 26
    draw: int = 0
    rep: int = 0


CASES = {
    "baseline": Case("baseline", seed=1),
    "reset": Case("reset", seed=1),
    "reset, another seed, two regions": Case("reset", seed=2, units=(0, 1, 2), people=0.1, regions=(0, 1, 0)),
    "twice the load": Case("baseline", seed=3, people=0.1, staff=0.5, rep=1),
    "officers come and go": Case("reset-orders", seed=4, people=0.1, staff=0.8, options=RESTLESS, draw=2),
    "units lend": Case("reset", seed=6, units=(0, 1, 2), people=0.1, options=LENDING),
    "amber and red": Case("reset", seed=5, people=0.1, staff=1.3, options=TOUCHY, warm_up=0),
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def both(request: pytest.FixtureRequest) -> tuple[Case, RunResult, RunResult]:
    """A case, and what the engine and the twin make of it."""
    case: Case = request.param
    return case, *run_both(case)


def world_of(case: Case) -> World:
    """Small world of a case."""
    dataset = small.demo(case.units, case.people, case.staff, regions=case.regions)
    return small.world(dataset, case.scenario, case.options, case.end, case.warm_up)


def run_both(case: Case) -> tuple[RunResult, RunResult]:
    """What the engine and the twin make of a case."""
    world, key = world_of(case), (case.seed, case.draw, case.rep)
    return simulate(world, *key), twin.run(world, *key)


def agree(engine: RunResult, literal: RunResult) -> None:
    """Compare every array, to the event and the minute."""
    for field in fields(RunResult):
        ours, theirs = getattr(engine, field.name), getattr(literal, field.name)
        if not isinstance(ours, np.ndarray):
            assert ours == theirs, field.name
        elif ours.dtype.kind == "f":  # FTE are sums of fractions
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-9, err_msg=field.name)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=field.name)


def test_engine_and_twin_agree_to_the_event(both: tuple[Case, RunResult, RunResult]) -> None:
    _, engine, literal = both
    agree(engine, literal)


def test_what_the_rules_are_about_happens(both: tuple[Case, RunResult, RunResult]) -> None:
    case, engine, _ = both
    assert engine.events.sum(axis=(0, 1)).min() > (0 if "reset" in case.scenario else -1)
    assert (engine.people[..., 0].sum() > engine.people[..., 1].sum()) == ("reset" in case.scenario)
    assert engine.officer_changes.sum() > 0
    pieces = engine.activity.sum(axis=(0, 1, 2, 3))
    assert pieces[DUE] > pieces[DONE] > pieces[ON_TIME] > 0
    assert pieces[LAPSED] > 0
    if case.options == TOUCHY:
        assert set(np.unique(engine.status)) == {0, 1, 2}
    assert pieces[PAUSED] > 0 or not engine.status.any(), "the marks are fitted, so any small unit may reach them"
    delivered = engine.flow[..., FLOW_MEASURES.index("delivered")].sum(axis=(1, 3))  # by block and area
    assert ((delivered > 0) == (engine.due[..., 0].sum(axis=(1, 3)) > 0)).all()
    assert (delivered[engine.n_units :].sum(axis=1) > 0).all()  # regional teams and the national one


# --- rules that only measures switch on -------------------------------------------------------------------------------

#: each rule on its own, some from the middle of a week
RULES = {
    "diverted starts": (
        "people.diverted.share[length_band=under_12m|12m_to_24m]=0.6@2024-06-05",
        "people.diverted.share[length_band=24m_to_48m]=0.1@2024-09-02",
    ),
    "longer and shorter orders": (
        "people.length.factor[order_type=community_order]=1.4@2024-06-05",
        "people.length.factor[order_type=suspended_sentence]=0.6@2024-06-05",
    ),
    "lower release points, some excluded, added days": (
        "people.release.fraction[determinate=standard]=0.4@2024-09-10",
        "people.release.excluded_share=0.3@2024-09-10",
        "people.release.fraction[determinate=standard]=0.333@2025-03-03",
        "people.release.excluded_share[length_band=over_48m]=0.8@2025-03-03",
        "people.release.added_share=0.4@2025-03-03",
        "people.release.added_fraction=0.05@2025-03-03",
    ),
    "added days that reach the end": (
        "people.release.fraction=0.9@2024-05-06",
        "people.release.added_share=0.7@2024-05-06",
        "people.release.added_fraction=0.2@2024-05-06",
    ),
    "early release": (
        "people.early.share[early_scheme=end_of_custody]=0.5@2024-05-23",
        "people.early.days[early_scheme=end_of_custody]=18@2024-05-23",
        "people.early.days[early_scheme=end_of_custody]=70@2024-07-01",
        "people.early.served[early_scheme=end_of_custody]=0.2@2024-05-23",
        "people.early.share[early_scheme=home_detention]=0.4@2024-06-10",
        "people.early.days[early_scheme=home_detention]=185@2024-06-10",
        "people.early.served[early_scheme=home_detention]=0.25@2024-06-10",
    ),
    "one scheme goes, the other comes": (
        "people.early.share=0.6@2024-05-06",
        "people.early.days[early_scheme=end_of_custody]=-40@2024-05-06",
        "people.early.days[early_scheme=home_detention]=30@2024-05-06",
        "people.early.days[early_scheme=home_detention]=-60@2025-01-06",
        "people.early.served=0.42@2024-10-07",
    ),
    "fixed-term recalls": (
        "people.recall.fixed_share=0.3@2024-06-05",
        "people.recall.fixed_share[length_band=under_12m]=1@2024-10-07",
        "people.recall.fixed_days=56@2024-06-05",
        "people.recall.fixed_days[length_band=over_48m]=33@2024-11-04",
    ),
    "supervision after the sentence, less and less": (
        "people.post_sentence.share=0.5@2024-06-05",
        "people.post_sentence.share=1@2024-12-02",
        "people.post_sentence.share=0@2025-03-03",
    ),
    "orders that end early": (
        "people.order.early_share=0.5@2024-06-05",
        "people.order.early_fraction=0.66@2024-06-05",
        "people.order.early_share[order_type=community_order]=0.2@2024-10-07",
        "people.order.early_fraction=0.5@2025-02-03",
    ),
    "more tags, then fewer": (
        "people.tag.share=0.5@2024-06-05",
        "people.tag.share[start_type=custody]=0.9@2024-09-02",
        "people.tag.share[start_type=custody]=0.1@2025-02-03",
    ),
    "programmes by risk": (
        "people.programme.factor[risk=low|medium]=0.2@2024-06-05",
        "people.programme.factor[risk=high|very_high]=2.5@2024-06-05",
    ),
    "more unpaid work than the limit allows": (
        "people.unpaid_work.days=40@2024-04-01",
        "people.unpaid_work.limit_weeks=16@2024-04-01",
        "people.unpaid_work.limit_weeks=1@2024-12-02",
        "people.unpaid_work.limit_weeks=2@2025-01-06",
    ),
    "a long limit of unpaid work": (
        "people.unpaid_work.days=30@2024-05-06",
        "people.unpaid_work.days=60@2024-07-01",
        "people.unpaid_work.limit_weeks=104@2024-05-06",
    ),
    "impact": (
        "supervision.impact.adoption=0.8@2024-05-08",
        "supervision.impact.after_weeks=16@2024-05-06",
        "supervision.impact.reoffending_below=50@2024-05-06",
        "supervision.impact.eligible_share=0.8@2024-05-06",
        "supervision.impact.eligible_share[risk=very_high]=0@2024-05-06",
        "supervision.impact.exempt_flag[flag=mappa|child_protection]=1@2024-05-06",
        "supervision.impact.front_load=1.6@2024-05-06",
        "supervision.impact.residual=0.3@2024-05-06",
    ),
    "unsupervised to the end": (
        "supervision.unsupervised.from=0.6667@2024-07-03",
        "supervision.unsupervised.share=0.9@2024-07-03",
        "supervision.unsupervised.share[risk=very_high]=0@2024-07-03",
        "supervision.unsupervised.residual=0.1@2024-07-03",
    ),
    "moved work": (
        "work.moved.share[activity=case_records|custody_records|missed_contact]=0.5@2024-06-05",
        "work.moved.share[activity=court_results|court_report_standard]=0.7@2024-06-05",
        "work.moved.share[activity=court_duty]=1@2024-06-05",
        "work.moved.time[activity=case_records|court_results]=1.3@2024-06-05",
        "work.moved.time[activity=court_duty]=0.6@2024-06-05",
    ),
    "commissioned services": (
        "work.commissioned.share[activity=contact|referral|programme_session]=0.4@2024-06-05",
        "work.commissioned.start_rate=0.7@2024-10-02",
        "work.commissioned.failure_rate=0.25@2024-10-02",
    ),
    "places are scarce": (
        "interventions.unpaid_work.places=9@2024-04-01",
        "interventions.unpaid_work.places=3@2025-02-03",
        "interventions.programme.places=2@2024-04-01",
        "interventions.programme.places=5@2025-02-03",
        "interventions.approved_premises.beds=2@2024-04-01",
        "interventions.tag.fittings=1@2024-04-01",
        "people.tag.share=0.5@2024-04-01",
    ),
    "who goes first, who comes, who drops out": (
        "interventions.programme.places=2@2024-04-01",
        "interventions.programme.priority[risk=high|very_high]=2@2024-10-02",
        "interventions.programme.priority[risk=medium]=1@2025-02-03",
        "people.programme.factor=4@2024-04-01",
        "people.programme.take_up=0.6@2024-09-02",
        "people.programme.dropout=0.1@2024-09-02",
        "people.unpaid_work.attendance=0.3@2024-06-05",
        "people.unpaid_work.attendance_spread=0.6@2024-06-05",
        "people.unpaid_work.limit_weeks=20@2024-04-01",
        "people.unpaid_work.extended_share=0.5@2024-04-01",
        "people.unpaid_work.extension_weeks=5@2024-04-01",
        "people.approved_premises.share=0.6@2024-06-05",
        "people.approved_premises.stay=4@2024-12-04",
    ),
    "productive hours": (
        "staff.productive.factor=1.05@2024-06-05",
        "staff.productive.factor[grade=PSO|CA]=0.9@2024-10-09",
        "staff.productive.factor[grade=trainee]=1.2@2024-10-09",
    ),
    "parts of the year": (
        "staff.time.sickness_days[grade=PO|trainee]=20@2024-06-05",
        "staff.time.sickness_days[grade=PSO]=4@2024-08-05",
        "staff.time.leave_days=30@2024-06-05",
        "staff.time.training_days[grade=SPO]=10@2024-06-05",
        "staff.time.change.proposals=300@2024-06-05",
        "staff.time.change.hours_each=0.5@2024-08-07",
        "staff.time.change.paused=0.7@2024-11-04",
        "staff.time.other_hours[grade=CA]=80@2024-06-05",
    ),
    "careers": (
        "staff.leaving.annual_rate=0.6@2024-05-01",
        "staff.moving.annual_rate=0.3@2024-05-01",
        "staff.moving.regraded_share=0.5@2024-05-01",
        "staff.promotion.share[grade=SPO|PSO]=0.9@2024-05-01",
        "staff.promotion.least_years=2",
        "staff.recruitment.per_year=30@2024-06-05",
        "staff.returners.per_year[grade=PO|PSO|CA]=40@2024-08-01",
        "staff.replacement.share[grade=PO]=0.4@2024-09-02",
    ),
    "a full training": (
        "staff.trainee.starts_per_year=60@2024-04-01",
        "staff.trainee.places=46@2024-04-01",
        "staff.mentoring.trainees_per_officer=0.8@2025-01-01",
        "staff.trainee.part_time_share=0.5@2024-04-01",
        "staff.trainee.months=7",
        "staff.trainee.part_time_months=9",
        "staff.trainee.dropout=0.5",
    ),
    "overload that feeds back": (
        "staff.feedback.leaving=1.5@2024-04-01",
        "staff.feedback.sickness=-0.8@2024-07-01",
        "staff.feedback.reference=0.8",
        "staff.leaving.annual_rate=0.3@2024-04-01",
    ),
}
LATER = (
    "one scheme goes, the other comes",
    "added days that reach the end",
    "a long limit of unpaid work",
    "a full training",
)
EVERYTHING = tuple(option for name, options in RULES.items() if name not in LATER for option in options)
REASONS = RULES["impact"] + RULES["unsupervised to the end"]
SPAN = dt.date(2025, 9, 28)
RULE_CASES = {
    **{name: Case("baseline", 6, people=0.12, options=options, end=SPAN) for name, options in RULES.items()},
    "impact with Reset": Case("reset", 6, people=0.12, options=RULES["impact"], end=SPAN),
    "three reasons to suspend contact": Case("reset-orders", 6, people=0.12, options=REASONS, end=SPAN),
    "everything": Case("reset", 6, people=0.12, options=EVERYTHING, end=SPAN),
    "everything while officers come and go": Case(
        "reset-orders", 7, people=0.1, staff=0.8, options=EVERYTHING + RESTLESS + TOUCHY, end=SPAN, warm_up=4
    ),
}


@pytest.mark.parametrize("case", RULE_CASES.values(), ids=RULE_CASES)
def test_engine_and_twin_agree_under_a_rule_that_matters(case: Case) -> None:
    engine, literal = run_both(case)
    agree(engine, literal)
    plain = without(replace(case, options=()))
    assert (engine.due != plain.due).any() or (engine.flow != plain.flow).any()


def test_engine_and_twin_agree_on_sickness_by_region() -> None:
    case = Case("baseline", 6, units=(0, 1, 2), people=0.1, regions=(0, 1, 0), end=SPAN)
    world = world_of(case)
    ill = replace(world, data=replace(world.data, sickness_by_region={"Region 2": 1.8, "Region 1": 0.7}))
    engine, literal = simulate(ill, 6), twin.run(ill, 6)
    agree(engine, literal)
    plain = simulate(world, 6)
    assert np.array_equal(engine.in_post, plain.in_post)
    fewer = (engine.available < plain.available).any(axis=(1, 2, 3))
    more = (engine.available > plain.available).any(axis=(1, 2, 3))
    assert fewer.tolist() == [False, True, False, False, True, False]
    assert more.tolist() == [True, False, True, True, False, False]


@cache
def without(case: Case) -> RunResult:
    """What the engine makes of a case without the rules."""
    return simulate(world_of(case), case.seed, case.draw, case.rep)


@pytest.mark.parametrize("scenario", ["in-force", "full-programme"])
def test_engine_and_twin_agree_on_all_measures_that_ship(scenario: str) -> None:
    agree(*run_both(Case(scenario, 9, people=0.1, end=dt.date(2027, 12, 26))))


def test_no_rule_makes_the_engine_compile_again() -> None:
    def kinds(case: Case) -> dict[str, str]:
        world = world_of(case)
        return {name: str(numba.typeof(x)) for part in (world.clocks, world.work) for name, x in part._asdict().items()}

    plain = kinds(CASES["baseline"])
    assert [name for name, case in RULE_CASES.items() if kinds(case) != plain] == []


#: numbers of which the random worlds draw one for each cell and date
CHOICES = {
    "people.diverted.share": (0, 0.1, 0.6),
    "people.length.factor": (0.4, 1, 1.7),
    "people.release.fraction": (0.333, 0.4, 0.5, 0.7),
    "people.release.excluded_share": (0, 0.2, 0.9),
    "people.release.added_share": (0, 0.3, 1),
    "people.release.added_fraction": (0, 0.03, 0.25),
    "people.early.share": (0, 0.4, 1),
    "people.early.days": (-90, 0, 18, 180),
    "people.early.served": (0, 0.25, 0.45),
    "people.post_sentence.share": (0, 0.3, 1),
    "people.recall.fixed_share": (0, 0.4, 1),
    "people.recall.fixed_days": (14, 28, 56),
    "people.order.early_share": (0, 0.3, 1),
    "people.order.early_fraction": (0.05, 0.5, 0.9),
    "people.unpaid_work.days": (1, 12, 70),
    "people.unpaid_work.limit_weeks": (1, 3, 26, 200),
    "people.programme.factor": (0, 1, 3),
    "people.tag.share": (0, 0.4, 1),
    "people.unpaid_work.attendance": (0, 0.4, 1),
    "people.unpaid_work.attendance_spread": (0, 0.5),
    "people.unpaid_work.extended_share": (0, 0.5, 1),
    "people.unpaid_work.extension_weeks": (1, 8),
    "people.programme.take_up": (0, 0.7, 1),
    "people.programme.dropout": (0, 0.2, 1),
    "people.approved_premises.share": (0, 0.6, 1),
    "people.approved_premises.stay": (1, 6, 30),
    "interventions.unpaid_work.places": (0, 4, 40),
    "interventions.programme.places": (0, 2, 9),
    "interventions.programme.priority": (0, 1, 2),
    "interventions.approved_premises.beds": (0, 2, 9),
    "interventions.tag.fittings": (0, 1, 5),
    "supervision.suspend.residual": (0, 0.3, 1),
    "supervision.impact.adoption": (0.3, 1),
    "supervision.impact.after_weeks": (1, 16),
    "supervision.impact.reoffending_below": (20, 60, 100),
    "supervision.impact.eligible_share": (0, 0.5, 1),
    "supervision.impact.exempt_flag": (0, 1),
    "supervision.impact.front_load": (0, 1, 2.5),
    "supervision.impact.residual": (0, 0.5, 1),
    "supervision.unsupervised.from": (0.3, 0.6667, 1),
    "supervision.unsupervised.share": (0, 0.5, 1),
    "supervision.unsupervised.residual": (0, 0.4, 1),
    "work.moved.share": (0, 0.3, 1),
    "work.moved.time": (0.2, 1, 1.4),
    "work.commissioned.share": (0, 0.3, 1),
    "work.commissioned.start_rate": (0.2, 1),
    "work.commissioned.failure_rate": (0, 0.7),
    "staff.productive.factor": (0.8, 1, 1.2),
    "staff.time.sickness_days": (0, 9, 25),
    "staff.time.change.paused": (0, 1),
    "staff.promotion.share": (0, 0.5, 1),
    "staff.recruitment.per_year": (0, 20),
    "staff.returners.per_year": (0, 20),
    "staff.trainee.places": (0, 40, 90),
    "staff.trainee.part_time_share": (0, 0.5, 1),
    "staff.mentoring.trainees_per_officer": (0, 0.6, 3),
    "staff.feedback.leaving": (-1, 0, 1.5),
    "staff.feedback.sickness": (-1, 0, 1.5),
}
DATES = ("2024-05-06", "2024-06-19", "2024-09-09", "2024-12-06", "2025-03-31")


def random_options(seed: int) -> tuple[str, ...]:
    """Changes of a world that nobody would think of: any rules, from any dates on, for some cells."""
    names, draw, options = catalogue.load(), random.Random(seed), []
    for path, amounts in CHOICES.items():
        for date in draw.sample(DATES, draw.choice((0, 1, 1, 2))):
            dims = names.parameters[path].dims
            values = {dim: names.dimensions[dim] for dim in dims if dim != "activity"}
            if "activity" in dims:
                values["activity"] = tuple(a.id for a in names.activities if "moves_to" in a.spec)
            cells = [f"{dim}={'|'.join(sorted(draw.sample(v, draw.randint(1, len(v)))))}" for dim, v in values.items()]
            options.append(f"{path}{'[' + ','.join(cells) + ']' if cells else ''}={draw.choice(amounts)}@{date}")
    return tuple(options)


@pytest.mark.parametrize("seed", range(6))
def test_engine_and_twin_agree_in_random_worlds(seed: int) -> None:
    scenario = ("baseline", "reset", "reset-orders")[seed % 3]
    options = random_options(seed)
    agree(*run_both(Case(scenario, seed, people=0.08, options=options, end=SPAN, warm_up=(0, 13, 26)[seed // 2])))


def test_the_twin_shares_no_rule_with_the_engine() -> None:
    code = "import sys, oracle.twin; print(*(name for name in sys.modules if name.startswith('capacity_sim.model.')))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    loaded = {name.removeprefix("capacity_sim.model.") for name in ran.stdout.split()}
    assert loaded == {"areas", "result"}  # where work is done, and the shape of the answer
