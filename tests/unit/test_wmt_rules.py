"""Arithmetic of the workload tools at every edge of its rules, in both rule sets."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import floor, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.analysis import wmt_hours as hours
from capacity_sim.analysis import wmt_rules as rule
from capacity_sim.data.wmt_points import load_points
from capacity_sim.errors import CapacitySimError, UsageError

WEEK = {"PO": 37.0, "PSO": 37.0, "SPO": 0.0}
SEED = load_points().sets[0]
tenths = st.integers(0, 600).map(lambda number: number / 10)


def available(
    rules: str, contracted: float | None, reduction: float = 0, grade: str | None = "PO", **more: float
) -> int:
    nominal, default = more.get("nominal", 2176), more.get("default", 37)
    return hours.available_points(rules, grade, contracted, reduction, nominal, WEEK | {"PO": default})


# --- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [None, True, "37", nan, float("inf"), [1], Decimal(1)])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="which is not a number") as caught:
        rule.exact(value, "hours")
    assert caught.value.faults[0].code == "bad-number"
    assert "hours is `" in str(caught.value)


def test_numpy_numbers_are_numbers() -> None:
    assert rule.exact(np.float64(0.1), "x") == Fraction(1, 10)
    assert rule.exact(np.int64(7), "x") == 7


@pytest.mark.parametrize(
    ("value", "places", "wanted"),
    [
        ("0.05", 1, "0.1"),
        ("-0.05", 1, "-0.1"),
        ("0.049", 1, "0"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("1.004", 2, "1"),
    ],
)
def test_halves_go_away_from_zero(value: str, places: int, wanted: str) -> None:
    assert rule.half_up(Fraction(value), places) == Fraction(wanted)


@pytest.mark.parametrize(
    ("parts", "total"),
    [([0.5], 1), ([0.49], 0), ([-0.5], 0), ([-0.51], -1), ([-1.5], -1), ([10946.46, 226, 18205, 9], 29386), ([], 0)],
)
def test_totals_are_rounded_once_halves_up(parts: list[float], total: int) -> None:
    assert rule.total_points(parts) == total


def test_a_total_is_rounded_after_the_sum() -> None:
    assert rule.total_points([0.4, 0.4, 0.4]) == 1  # each alone would go to nothing


# --- hours and available points --------------------------------------------------------------------------------

GRADE_DEFAULTS = {
    "PO": ("PO", "PO"),
    "PSO": ("PSO", "PSO"),
    "PSO_B": ("PSO", "SPO"),
    "SPO": ("SPO", "SPO"),
    "TPO": ("PO", "PO"),
    "PQiP": ("PO", "PO"),
    "NQO": ("PO", "SPO"),
    "DMY": ("PO", "SPO"),
    None: ("PO", "SPO"),
    "anything": ("PO", "SPO"),
}


@pytest.mark.parametrize("grade", GRADE_DEFAULTS)
@pytest.mark.parametrize("at", [0, 1])
def test_default_hours_by_grade(grade: str | None, at: int) -> None:
    defaults = {"PO": 37, "PSO": 36, "SPO": 35}
    found = hours.base_hours(rule.RULE_SETS[at], grade, None, defaults)
    wanted = defaults[GRADE_DEFAULTS[grade][at]]
    assert found == hours.Hours(wanted, wanted)


def test_contracted_hours_replace_the_base_and_not_the_divisor() -> None:
    assert hours.base_hours("wmt", "PO", 22, WEEK) == hours.Hours(22, 37)
    assert hours.base_hours("wmt", "PO", 0, WEEK) == hours.Hours(0, 37)


@pytest.mark.parametrize("grade", ["UNSUPPORTED", "unsupported", "UNSUPPORTED_A"])
def test_an_unsupported_grade_has_no_hours_under_wmt(grade: str) -> None:
    assert hours.base_hours("wmt", grade, 37, WEEK) is None
    assert available("wmt", 37, grade=grade) == 0
    assert hours.base_hours("hmpps-workload", grade, 37, WEEK) == hours.Hours(37, 0)


@pytest.mark.parametrize(
    ("rules", "grade", "points"),
    [
        ("wmt", "PO", 1),
        ("wmt", "PSO", 2),
        ("wmt", "PSO_B", 1),  # band B has the PSO's hours and the PO's points
        ("wmt", "SPO", 1),
        ("wmt", None, 1),
        ("hmpps-workload", "PO", 1),
        ("hmpps-workload", "PSO", 1),  # the same column is read as that of SPOs there
        ("hmpps-workload", "SPO", 3),
        ("hmpps-workload", "DMY", 1),
    ],
)
def test_points_of_a_full_week_by_grade(rules: str, grade: str | None, points: float) -> None:
    assert hours.nominal_target(rules, grade, {"PO": 1, "PSO": 2, "SPO": 3}) == points


@pytest.mark.parametrize(
    ("contracted", "reduction", "wmt", "workload"),
    [
        (37, 0, 2176, 2176),
        (None, 0, 2176, 2176),
        (37, 7.4, 1740, 1740),
        (37, 29.6, 435, 435),
        (37, 37, 0, 0),
        (37, 36.99, 0, 0),  # 0.6 of a point is cut off
        (37, 37.1, -5, 0),  # -5.9 is cut towards zero
        (30, 37, -411, 0),
        (0, 0, 0, 0),
        (0, 5, 0, 0),  # no hours: nothing, not a negative number
        (11.1, 0, 652, 652),
        (74, 0, 4352, 4352),  # more than a week is not capped
        (0.1, 0.1, 0, 0),
    ],
)
def test_available_points_at_the_edges(contracted: float | None, reduction: float, wmt: int, workload: int) -> None:
    assert available("wmt", contracted, reduction) == wmt
    assert available("hmpps-workload", contracted, reduction) == workload


def test_the_newer_rules_lose_a_point_to_their_fifteen_digits() -> None:
    """One hour of 37 is 60 points of 2,220; the share of hours rounded down gives 59.99... and is cut off."""
    assert available("wmt", 1, nominal=2220) == 60
    assert available("hmpps-workload", 1, nominal=2220) == 59


def test_decimals_count_as_written() -> None:
    """In binary, 2,220 points times 7.4 of 37 hours is more or less than 444; written out it is 444."""
    assert available("wmt", 7.4, nominal=2220) == 444
    assert available("wmt", 37, 37 - 7.4, nominal=2220) == 444


@given(contracted=tenths, reduction=tenths, nominal=st.integers(0, 9999), default=st.integers(1, 40))
def test_available_points_follow_the_two_formulas(
    contracted: float, reduction: float, nominal: int, default: int
) -> None:
    left = Decimal(str(contracted)) - Decimal(str(reduction))
    plain = Fraction(left) * nominal / default
    cut = floor(plain) if plain >= 0 else -floor(-plain)
    assert available("wmt", contracted, reduction, nominal=nominal, default=default) == (cut if contracted else 0)
    with localcontext() as context:
        context.prec = 60
        share = (left / default).quantize(Decimal("1e-15"), ROUND_HALF_UP)
        newer = int(share * nominal) if left > 0 and contracted else 0
    assert available("hmpps-workload", contracted, reduction, nominal=nominal, default=default) == newer


@given(contracted=tenths, reduction=tenths)
def test_the_newer_rules_never_go_below_zero(contracted: float, reduction: float) -> None:
    newer, older = available("hmpps-workload", contracted, reduction), available("wmt", contracted, reduction)
    assert newer >= 0
    assert newer == pytest.approx(max(older, 0), abs=1)


@pytest.mark.parametrize(
    ("rules", "grade", "contracted", "reduction"),
    [("wtm", "PO", 37, 0), ("wmt", "", 37, 0), ("wmt", 7, 37, 0), ("wmt", "PO", -1, 0), ("wmt", "PO", 37, -1)],
)
def test_bad_hours_are_refused(rules: str, grade: object, contracted: float, reduction: float) -> None:
    with pytest.raises(UsageError):
        hours.available_points(rules, grade, contracted, reduction, 2176, WEEK)


def test_a_grade_without_default_hours_is_refused() -> None:
    with pytest.raises(UsageError, match="the default hours holds nothing for `SPO`"):
        hours.base_hours("wmt", "SPO", 37, {"PO": 37, "PSO": 37})


# --- reductions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contracted", "percent", "offered"),
    [
        (37, 100, 37),
        (37, 80, 29.6),
        (37, 47, 17.39),
        (37, 0, 0),
        (37, None, 37),
        (37, 150, 37),  # never more than the contracted hours
        (22.2, 33.3, 7.39),
        (0.5, 5, 0.03),  # 0.025 goes up
        (0, 40, 0),
    ],
)
def test_offered_hours(contracted: float, percent: float | None, offered: float) -> None:
    assert hours.offered_hours(contracted, percent) == offered


def test_only_active_reductions_of_enabled_reasons_count() -> None:
    rows = [(7, None, True), (12, "DELETED", True), (9, "ACTIVE", True), (4, "SCHEDULED", True), (5, "ARCHIVED", True)]
    assert hours.counted_hours(rows) == 9
    assert hours.counted_hours([*rows, (0.1, "ACTIVE", True), (0.2, "ACTIVE", True), (50, "ACTIVE", False)]) == 9.3
    assert hours.counted_hours([(30, "ACTIVE", True), (30, "ACTIVE", True)]) == 60  # not capped
    assert hours.counted_hours([]) == 0
    with pytest.raises(UsageError, match="`active` is not a status"):
        hours.counted_hours([(1, "active", True)])


def test_reductions_as_a_share_of_hours() -> None:
    assert hours.reduction_percent(9.25, 37) == 25
    assert hours.reduction_percent(9, 0) == 0


# --- points --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "points"), [(0, 90), (-5, 90), (25, 92.5), (99, 99.9), (100, 100), (140, 100), (0.5, 90.05)]
)
@pytest.mark.parametrize("flag", ["warrants", "unpaid_work", "overdue"])
def test_a_kept_share_outside_its_range_is_all_or_nothing(flag: str, kept: float, points: float) -> None:
    assert rule.tier_points(10, 10, {flag: 1}, {flag: kept}) == points


def test_inactive_cases_may_outnumber_the_cases() -> None:
    """Nothing in the public rule keeps a tier above zero."""
    assert rule.tier_points(1, 10, {"warrants": 1, "overdue": 1}, {"warrants": 0, "overdue": 0}) == -10


def test_faults_of_inactive_cases() -> None:
    with pytest.raises(UsageError, match="`warrant` is not a kind of inactive case"):
        rule.tier_points(1, 10, {"warrant": 1})
    with pytest.raises(UsageError, match="the shares kept holds nothing for `overdue`"):
        rule.tier_points(1, 10, {"overdue": 1}, {"warrants": 0})
    assert rule.tier_points(1, 10, {"overdue": 0}) == 10
    with pytest.raises(UsageError, match="transition-to-adulthood cases only"):
        rule.case_points([rule.Cases(5, "community", "B2", inactive={"warrants": 1})], SEED)


@pytest.mark.parametrize(
    ("location", "tier", "t2a", "points"),
    [
        ("community", "A3", False, 206),
        ("licence", "A3", False, 219),
        ("LICENSE", "a3", False, 219),
        ("custody", "A3", False, 75),
        ("community", "A0", False, 110),
        ("licence", "A0", False, 0),
        ("community", "D0", False, 29),
        ("community", "B2", True, 48),
        ("licence", "B2", True, 48),
        ("community", "B2S", False, 0),
        ("licence", "A3S", False, 0),
        ("community", "B2S", True, 0),
        ("unknown", "B2", False, 0),
        ("UNKNOWN", "B2", True, 0),
        ("community", None, False, 0),
        ("community", "untiered", False, 0),
    ],
)
def test_points_of_one_case(location: str, tier: str | None, t2a: bool, points: float) -> None:
    assert rule.case_points([rule.Cases(1, location, tier, t2a)], SEED) == points


def test_t2a_cases_lose_their_inactive_ones() -> None:
    inactive = {"warrants": 1, "unpaid_work": 2, "overdue": 3}
    assert rule.case_points([rule.Cases(10, "community", "B2", True, inactive)], SEED) == 6 * 48


@pytest.mark.parametrize(
    ("location", "tier", "hint"),
    [
        ("comunity", "B2", "did you mean `community`?"),
        ("community", "B7", "use `A3`, `A2`"),
        ("community", "B", "did you"),
    ],
)
def test_unknown_names_of_cases_are_refused_with_a_hint(location: str, tier: str, hint: str) -> None:
    with pytest.raises(CapacitySimError) as caught:
        rule.case_points([rule.Cases(1, location, tier)], SEED)
    assert caught.value.faults[0].code in ("unknown-location", "unknown-tier")
    assert hint in str(caught.value.faults[0].hint)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from(sorted(SEED.community)), st.booleans()), max_size=8))
def test_points_add_up_over_cases(rows: list[tuple[int, str, bool]]) -> None:
    cases = [rule.Cases(count, "community", tier, t2a) for count, tier, t2a in rows]
    table = {False: SEED.community, True: SEED.t2a}
    assert rule.case_points(cases, SEED) == sum(count * table[t2a][tier] for count, tier, t2a in rows)
    suspended = [rule.Cases(one.count, one.location, f"{one.tier}S", one.t2a) for one in cases]
    assert rule.case_points([*cases, *suspended], SEED) == rule.case_points(cases, SEED)


def test_reports_and_contacts() -> None:
    assert rule.report_points([(1, SEED.reports["standard"]), (2, SEED.reports["fast"])]) == 268
    assert rule.report_points([]) == 0
    assert rule.contact_points({"a": 10, "b": 2}, {"a": 5, "b": 10, "c": 99}, {"b": 1}) == 68
    assert rule.contact_points({"a": 10}, {}, {"a": 2}) == -20
    for call in (lambda: rule.report_points([(-1, 10)]), lambda: rule.contact_points({"a": 1}, {"a": -1}, {})):
        with pytest.raises(UsageError, match="below 0"):
            call()


def test_projected_licence_points_are_of_custody_cases_alone() -> None:
    cases = [rule.Cases(2, "custody", "A1"), rule.Cases(3, "licence", "A1"), rule.Cases(1, "custody", "A1S")]
    assert rule.projected_licence_points(cases, SEED) == 326


# --- percentages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "available_", "wmt", "workload", "shown"),
    [
        (1, 3, 100 / 3, 33.3, 33.3),
        (2, 3, 200 / 3, 66.7, 66.7),
        (1, 2000, 0.05, 0.1, 0.1),  # a half goes up
        (-1, 2000, -0.05, -0.1, -0.1),
        (49, 80, 61.25, 61.3, 61.3),
        (0, 2176, 0, 0, 0),
        (23, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
        (100, -400, -25, -25, -25),
    ],
)
def test_capacity_in_both_rule_sets(total: float, available_: float, wmt: float, workload: float, shown: float) -> None:
    assert rule.capacity_percent("wmt", total, available_) == pytest.approx(wmt, rel=1e-14)
    assert rule.capacity_percent("hmpps-workload", total, available_) == workload
    for rules in rule.RULE_SETS:
        assert rule.shown_percent(rules, total, available_) == shown


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 4000)), min_size=1, max_size=6))
def test_a_team_is_a_ratio_of_sums(units: list[tuple[int, int]]) -> None:
    held, there = (sum(column) for column in zip(*units, strict=True))
    assert rule.combined_percent("wmt", units) == (float(Fraction(held * 100, there)) if there else 0)
    assert rule.combined_percent("wmt", units[::-1]) == rule.combined_percent("wmt", units)


def test_a_team_is_no_mean_of_percentages() -> None:
    assert rule.combined_percent("wmt", [(90, 100), (35, 70)]) != 70
    assert rule.combined_percent("hmpps-workload", [(90, 100), (35, 70)]) == 73.5
    assert rule.combined_percent("wmt", [(230, 0), (100, 200)]) == 165  # work held without capacity stays in the sum


def test_what_is_left_may_be_below_zero() -> None:
    assert rule.remaining_points(230, 0) == -230
    assert rule.remaining_points(50, 100) == 50


def test_one_allocation() -> None:
    assert rule.capacity_percent("hmpps-workload", rule.potential_points(0, 0, 59), 2176) == 2.7
    assert rule.potential_points(500, 115, 59) == 444  # already held, and in another place from now on


def test_a_threshold_is_passed_above_it() -> None:
    assert rule.capacity_percent("wmt", 110, 100) == 110
    assert not rule.above(110, 110)
    assert rule.above(110.1, 110)
    assert not rule.above(99.9, 100)
