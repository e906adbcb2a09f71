"""The pipeline command's figures: durations and the calendar, cohorts in closed form, and when they begin to help."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small_model import catalogue_, change, demo, fixed

from capacity_sim.analysis.cohorts import Pipeline
from capacity_sim.analysis.pipeline import pipeline
from capacity_sim.calendars import Calendar, add_months
from capacity_sim.model.careers import Careers, dropout_chances
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change
from capacity_sim.show.piped import pipeline_report, sentences

APRIL_2027 = dt.date(2027, 4, 1)


def parameters_of(*changes: Change) -> Parameters:
    return Parameters(catalogue_(), demo().values, changes, Calendar(demo().start, dt.date(2029, 3, 31)))


def made(*changes: Change, by: dt.date = APRIL_2027) -> Pipeline:
    return pipeline(demo(), catalogue_(), parameters_of(*changes), by)


def test_no_intake_after_september_2024_can_help_by_april_2027():
    found = made()
    assert (found.latest, found.last_intake) == (dt.date(2025, 1, 1), dt.date(2024, 9, 1))
    in_time = [cohort.start for cohort in found.cohorts if cohort.qualifies <= found.by]
    assert max(in_time) == found.last_intake
    assert sentences(found)[0] == (
        "No intake after January 2025 (with intakes in March and September: after September 2024) can yield a "
        "qualified officer by April 2027: training takes 27 months full-time, 30 part-time."
    )


@given(
    by=st.dates(dt.date(2025, 1, 1), dt.date(2031, 12, 31)),
    months=st.integers(6, 60),
    longer=st.integers(0, 12),
)
@settings(max_examples=30, deadline=None)
def test_the_last_intake_in_time_follows_from_the_duration(by, months, longer):
    found = made(fixed("staff.trainee.months", months), fixed("staff.trainee.part_time_months", months + longer), by=by)
    month = by.replace(day=1)
    assert add_months(found.latest, months) == month
    assert found.last_intake <= found.latest < add_months(found.last_intake, 6)
    assert found.last_intake.month in (3, 9)
    for cohort in found.cohorts:
        assert (cohort.qualifies <= month) == (cohort.start <= found.last_intake)


@given(
    total=st.floats(0, 1),
    shape=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    months=st.integers(1, 60),
)
def test_dropouts_add_up_to_their_share_whatever_the_shape(total, shape, months):
    chances = dropout_chances(total, np.array(shape), months)
    assert len(chances) == months
    assert ((chances >= 0) & (chances <= 1)).all()
    assert 1 - np.prod(1 - chances) == pytest.approx(total, abs=1e-9)


def test_qualified_are_starters_less_the_dropout_and_the_effect_is_what_the_rules_give():
    p = parameters_of()
    for cohort in made().cohorts:
        assert cohort.qualified == pytest.approx(cohort.starters * 0.83)
        assert cohort.dropouts + cohort.qualified == pytest.approx(cohort.starters)
        fte = cohort.starters * float(p.fixed("staff.fte_per_head"))
        capacity, po, spo = (
            p.fixed(f"staff.{name}")[0] for name in ("trainee.capacity", "mentoring.po_share", "mentoring.spo_share")
        )
        assert cohort.effect[0] == pytest.approx(fte * (capacity - po - spo))
        assert cohort.officers[0] == pytest.approx(-fte * po)
        full = 1 - float(p.weekly("staff.trainee.part_time_share")[0])
        training = Careers(p, catalogue_()).dropout[1]
        part = (1 - full) * np.prod(1 - training[: 27 + 1]) * p.fixed("staff.mentoring.po_share")[3]
        assert cohort.officers[27] == pytest.approx(fte * (full * 0.83 * 0.8 - part))


def test_a_cohort_costs_before_it_gives():
    for cohort in made().cohorts:
        helps, back = cohort.positive(cohort.effect), cohort.paid_back(cohort.effect)
        officers, officers_back = cohort.positive(cohort.officers), cohort.paid_back(cohort.officers)
        assert cohort.start < helps <= back
        assert officers == cohort.qualifies < officers_back


def test_heavier_mentoring_puts_off_the_day_on_which_a_cohort_helps():
    light, plain, heavy = (
        made(*(() if scale == 1 else (fixed("staff.mentoring.po_share", scale, "scale"),))).cohorts[-1]
        for scale in (0.5, 1, 4)
    )
    days = [cohort.positive(cohort.effect) for cohort in (light, plain, heavy)]
    assert days[0] == light.start < days[1] < days[2]
    back = [cohort.paid_back(cohort.officers) for cohort in (light, plain, heavy)]
    assert back == sorted(back)
    assert len(set(back)) == 3


def test_no_starters_are_no_help():
    found = made(change("staff.trainee.starts_per_year", set=0))
    report = pipeline_report(found, "none", demo(), show=True)
    new = [row for row in report.records if row["starters"] == 0]
    assert new
    assert {row["helps_from"] for row in new} == {None}
    assert all(set(row[-4:]) == {"-"} for row in report.sheets[0].rows if row[1] == "0")
