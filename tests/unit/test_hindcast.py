"""The past, rerun: errors, intervals and scores by hand, and the arithmetic of a row at another month."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sim import data, scenario
from capacity_sim.analysis.hindcast import (
    EVERY,
    EX_ANTE,
    EX_POST,
    FIGURE_8,
    MARCHES,
    NO_CHANGE,
    Ahead,
    Forecast,
    Line,
    Past,
    at_month,
    score,
)
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.data.hindcast import Series, load_hindcast
from capacity_sim.data.holding import leaves
from capacity_sim.data.targets import Target
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.show.past import ahead_words

SERIES = Series(id="officers", words="Officers", rows=["a"])


def line(published: float, month: str, **forecasts: Forecast) -> Line:
    target = Target("a", "Officers", published, "FTE", month, "check", "somewhere")
    return Line(SERIES, target, {name.replace("_", " "): one for name, one in forecasts.items()})


LINES = (
    line(100, "2022-03", ex_ante=Forecast(110, 100, 120), ex_post=Forecast(98, 99, 101), no_change=Forecast(90)),
    line(200, "2023-03", ex_ante=Forecast(180, 150, 190), ex_post=Forecast(206, 195, 210), no_change=Forecast(90)),
    line(50, "2023-06", ex_ante=Forecast(50, 40, 60), ex_post=Forecast(45, 46, 60), no_change=Forecast(90)),
)
WITH_FIGURE_8 = tuple(
    replace(one, forecasts={**one.forecasts, FIGURE_8: Forecast(value)})
    for one, value in zip(LINES[:2], (104.0, 240.0), strict=True)
)


def test_scores_by_hand():
    found = {(one.method, one.dates): one for one in score((*WITH_FIGURE_8, LINES[2]))}
    ante = found[EX_ANTE, EVERY]
    assert (ante.count, ante.mean, ante.absolute) == (3, pytest.approx(-10 / 3), 10)  # +10, -20, 0
    assert (ante.absolute_pct, ante.worst_pct) == (pytest.approx((10 + 10 + 0) / 3), 10)
    assert (ante.covered, ante.intervals) == (2, 3)  # 100 lies on an end, 200 outside, 50 inside
    post = found[EX_POST, EVERY]
    assert (post.mean, post.absolute, post.worst_pct) == (pytest.approx(-1 / 3), pytest.approx(13 / 3), 10)
    assert (post.covered, post.intervals) == (3, 3)
    still = found[NO_CHANGE, EVERY]
    assert (still.mean, still.absolute, still.intervals) == (pytest.approx(-80 / 3), pytest.approx(160 / 3), 0)
    paper = found[FIGURE_8, MARCHES]
    assert (paper.count, paper.mean, paper.absolute_pct) == (2, 22, 12)
    assert found[EX_POST, MARCHES].absolute == 4
    assert (FIGURE_8, EVERY) not in found  # it says nothing of other months


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(1, 1e4)), min_size=1, max_size=8))
def test_a_mean_error_is_never_larger_than_the_mean_size(pairs):
    lines = [line(published, "2022-03", ex_ante=Forecast(value)) for published, value in pairs]
    (found, *_) = score(lines)
    assert abs(found.mean) <= found.absolute * (1 + 1e-9)
    assert found.absolute_pct <= found.worst_pct * (1 + 1e-9)


def test_an_interval_covers_its_ends_and_nothing_without_one():
    assert Forecast(5, 4, 6).covers(4)
    assert Forecast(5, 4, 6).covers(6)
    assert not Forecast(5, 4, 6).covers(6.1)
    assert Forecast(5).covers(5) is None


def test_a_row_moves_to_another_month_with_all_its_parts():
    past = data.load("england_wales_2021")
    for row in past.targets:
        if row.held is not None and row.held.value is not None:
            moved = at_month(row, "2022-06")
            assert moved.held is not None
            assert {leaf.months for leaf in leaves(moved.held.value)} == {("2022-06", "2022-06")}
            assert moved.date == "2022-06"


def test_rows_of_the_past_agree_with_those_of_the_later_set():
    """Its file restates figures with what they are held against; the figures are the same."""
    later = {target.id: target for target in data.load("england_wales").targets}
    past = data.load("england_wales_2021").targets
    both = [one for one in past if one.id in later]
    assert len(both) > 20
    for one in both:
        assert (one.value, one.unit) == (later[one.id].value, later[one.id].unit), one.id


def test_nothing_after_2022_is_said_to_be_fitted_but_the_workload():
    fitted = [one for one in data.load("england_wales_2021").targets if one.kind == "fit"]
    assert [one.id for one in fitted] == ["po_in_post_2022_03", "po_in_post_2022_12", "wmt_po_national"]


def test_both_scenarios_load_without_a_note_and_on_one_span():
    past = data.load("england_wales_2021")
    names = load_hindcast(past).scenarios
    found = [scenario.load(name, [past.folder]) for name in (names.ex_ante, names.ex_post)]
    assert [one.notes for one in found] == [(), ()]
    assert {(one.data, one.horizon) for one in found} == {("england_wales_2021", date(2025, 3, 30))}
    # only what is dated after unification may be in the run without hindsight
    moved = [change for change in found[0].changes if change.verb != "scale" or change.quantity.amounts != (1.0,)]
    assert {change.path for change in moved} == {"delivery.amber_at", "delivery.red_at"}
    assert all(change.quantity.uncertain for change in found[0].changes if change not in moved)  # a range, and no more
    assert {"reset.licence", "sds40.release.first", "recall-2024.fixed", "past.intakes"} <= {
        change.id for change in found[1].changes
    }


def test_every_row_but_the_starts_is_shown_once():
    past = data.load("england_wales_2021")
    plan = load_hindcast(past)
    shown = [name for series in plan.series for name in series.rows]
    assert len(shown) == len(set(shown))
    assert set(shown) == {one.id for one in past.targets if one.held is not None and one.held.value is not None}


def ex_post() -> scenario.Scenario:
    past = data.load("england_wales_2021")
    return scenario.load(load_hindcast(past).scenarios.ex_post, [past.folder])


def at(draw=None) -> Parameters:
    """Parameters of the run with hindsight, at central values or in a draw."""
    past, found = data.load("england_wales_2021"), ex_post()
    return Parameters(load(), past.values, found.changes, Calendar(past.start, found.horizon), draw)


def test_what_happened_carries_a_range_unless_it_was_counted():
    """Dates, counts and rules are exact; whatever was derived or assumed of a rate, a share or a split is not."""
    mine = [change for change in ex_post().changes if change.id.startswith("past.")]
    sure = {change.id for change in mine if not change.quantity.uncertain}
    assert sure == {
        "past.intakes",  # cohorts as published
        "past.amber", "past.red", "past.ecsl.days",  # when a rule held, and its days
        "past.risk.medium", "past.risk.very_high",  # what the other two leave: the four are scaled to add up to 1
    }  # fmt: skip


def test_cohorts_are_those_of_print():
    """1,518 in 2021-22 and 1,514 in 2022-23, of whom 891 in March; 543 in 2023-24, of whom 328 in September."""
    parameters = at()
    days = (date(2021, 9, 6), date(2022, 3, 7), date(2022, 9, 5), date(2023, 3, 6), date(2023, 9, 4), date(2024, 3, 4))
    cohorts = [parameters.value("staff.trainee.starts_per_year", day) / 2 for day in days]
    assert cohorts == [759, 759, 623, 891, 328, 215]
    assert [sum(cohorts[year : year + 2]) for year in (0, 2, 4)] == [1518, 1514, 543]
    loaded = data.load("england_wales_2021").trainee_cohorts
    assert [cohort.starters for cohort in loaded] == [225, 225, 443, 564]
    assert sum(cohort.starters for cohort in loaded[2:]) == 1007


def test_the_later_set_has_the_same_cohorts():
    """What started in 2022 and after is in training in March 2024: the cohorts of print, less who dropped out."""
    loaded = data.load("england_wales").trainee_cohorts
    assert [cohort.starters for cohort in loaded] == [759, 623, 891, 328, 215]
    assert all(0.83 * cohort.starters < cohort.people <= cohort.starters for cohort in loaded)


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_shares_by_risk_add_up_to_one_at_every_reading(low, high):
    parameters = at({"past.risk.low": low, "past.risk.high": high})
    mix = parameters.weekly("people.risk.start_mix")
    assert mix.sum(axis=1) == pytest.approx(np.ones(len(mix)))
    day = date(2023, 1, 2)
    each = [parameters.value("people.risk.start_mix", day, risk=risk) for risk in load().dimensions["risk"]]
    assert sum(each) == pytest.approx(1)
    assert np.array_equal(parameters.fixed("people.risk.stock_mix"), at().fixed("people.risk.stock_mix"))


def test_only_the_run_with_hindsight_knows_what_was_fitted():
    """The fit to 2022 is in ex post alone; training takes two years in both, as was said in 2020."""
    past = data.load("england_wales_2021")
    before = scenario.load(load_hindcast(past).scenarios.ex_ante, [past.folder])
    then = Parameters(load(), past.values, before.changes, Calendar(past.start, before.horizon))
    day = date(2024, 6, 3)
    assert then.value("staff.moving.annual_rate", day, grade="PO") == 0
    assert at().value("staff.moving.annual_rate", day, grade="PO") > 0
    assert (int(then.fixed("staff.trainee.months")), int(at().fixed("staff.trainee.months"))) == (24, 24)
    named = {one.id for one in uncertain_inputs(past.values, ex_post().changes)}
    assert {"staff.trainee.months", "past.moves", "past.leaving.PO", "past.intake.autumn-2021"} <= named


def test_what_one_cohort_of_2021_gains_the_other_loses():
    both = [change.quantity for change in ex_post().changes if change.id.startswith("past.intake.")]
    assert [one.together.correlation for one in both if one.together is not None] == [1, -1]
    assert len({one.together.group for one in both if one.together is not None}) == 1


def test_coverage_counts_checks_alone():
    """Two of the three lines are checks; the fitted one lies inside its interval and is not counted."""
    fitted = replace(LINES[2], target=replace(LINES[2].target, kind="fit"))
    found = Past(data.load("england_wales_2021"), {}, (*LINES[:2], fitted), (), (), (), None)
    assert found.coverage(EX_ANTE) == (1, 2)  # 100 on its end, 200 outside
    assert found.coverage(EX_POST) == (2, 2)
    assert found.coverage(NO_CHANGE) == (0, 0)  # no interval at all


@pytest.mark.parametrize(
    ("forecasts", "words"),
    [
        ([(60, None, None), (70, None, None)], "is not reached by March 2026; one draw has no range."),
        ([(60, None, None), (90, None, None)], "is reached by March 2026; one draw has no range."),
        ([(60, 50, 70), (70, 60, 75)], "is not reached by March 2026, at the upper end of the range either."),
        (
            [(60, 50, 80), (70, 60, 90)],
            "is not reached by March 2026 in the middle; at the upper end it is by March 2025.",
        ),
        (
            [(60, 50, 80), (80, 60, 90)],
            "is reached by March 2026 in the middle, and not by March 2026 at the lower end of the range.",
        ),
        (
            [(90, 70, 99), (90, 80, 99)],
            "is reached by March 2025 in the middle, by March 2026 at the lower end of the range.",
        ),
    ],
)
def test_what_the_view_forward_says_of_the_target(forecasts, words):
    target = Target("t", "Target", 80, "FTE", "2025-03", "input", "somewhere")
    ahead = Ahead(None, ("2025-03", "2026-03"), tuple(Forecast(*one) for one in forecasts), target)
    assert ahead_words(ahead) == f"The view forward: the target of 80 FTE {words}"
