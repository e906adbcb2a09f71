import datetime as dt
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.errors import Refused
from capacity_sim.series import (
    FAMILIES,
    Move,
    Quantity,
    full_date,
    moved,
    number,
    quantity,
    reading,
    steps,
    weekly_means,
)

DAYS = np.arange(14)
ALL = np.ones(1, dtype=bool)


def flat(value: float) -> np.ndarray:
    return np.full((14, 1), value)


def test_set_then_scale_then_add_whatever_the_order():
    moves = [
        (Move("add", (0,), (1.0,)), ALL),
        (Move("scale", (0,), (3.0,)), ALL),
        (Move("set", (0,), (5.0,)), ALL),
    ]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert (moved(flat(2.0), [moves[i] for i in order], DAYS) == 16.0).all()


def test_a_change_acts_from_its_first_to_its_last_day_on_its_cells_alone():
    base = np.full((14, 2), 2.0)
    values = moved(base, [(Move("scale", (3,), (0.5,), last=5), np.array([True, False]))], DAYS)
    assert values[:, 0].tolist() == [2.0] * 3 + [1.0] * 3 + [2.0] * 8
    assert (values[:, 1] == 2.0).all()
    assert (base == 2.0).all()


def test_phase_in_is_linear_by_day_from_nothing():
    values = moved(flat(0.0), [(Move("set", (2,), (1.0,), ramp=4), ALL)], DAYS)[:, 0]
    assert values[:8].tolist() == [0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]


@pytest.mark.parametrize(
    ("verb", "amount", "half"), [("set", 4.0, 3.0), ("scale", 0.5, 1.5), ("add", 1.0, 2.5)]
)
def test_strength_is_between_nothing_and_as_written(verb, amount, half):
    for strength, expected in ((0.0, 2.0), (0.5, half)):
        move = Move(verb, (0,), (amount,), strength=strength)
        assert (moved(flat(2.0), [(move, ALL)], DAYS) == expected).all()


def test_full_strength_is_exact():
    assert (moved(flat(0.1), [(Move("set", (0,), (0.3,)), ALL)], DAYS) == 0.3).all()
    assert (moved(flat(1.0), [(Move("scale", (0,), (1.175,)), ALL)], DAYS) == 1.175).all()


def test_dated_amounts_hold_until_the_next():
    move = Move("set", (2, 5), (7.0, 8.0))
    assert moved(flat(1.0), [(move, ALL)], DAYS)[:7, 0].tolist() == [1.0, 1.0, 7.0, 7.0, 7.0, 8.0, 8.0]
    assert steps([2, 5], [7.0, 8.0], np.array([0, 2, 4, 5, 9])).tolist() == [7.0, 7.0, 7.0, 8.0, 8.0]


def test_weekly_means_weight_by_days_and_are_exact_when_nothing_changes():
    values = np.array([0.1] * 7 + [1.0] * 2 + [8.0] * 5)[:, None]
    assert weekly_means(values)[:, 0].tolist() == [0.1, 6.0]


def test_ranges_are_read_by_quantile():
    spread = quantity(0.2, [0.1, 0.4])
    assert spread.read(None) == (0.2,)
    assert spread.read(0.0) == (0.1,)
    assert spread.read(1.0) == (0.4,)
    assert spread.read(0.5) == (0.25,)
    assert not quantity(0.2).uncertain
    assert quantity(0.2).read(0.9) == (0.2,)


def test_a_triangular_reading_has_its_mode_at_the_value():
    assert reading(0.2, 0.0, 1.0, 0.2, "triangular") == pytest.approx(0.2)
    assert reading(0.2, 0.0, 1.0, 0.0, "triangular") == 0.0
    assert reading(0.2, 0.0, 1.0, 1.0, "triangular") == 1.0
    u = (np.arange(20000) + 0.5) / 20000
    mean = np.mean([reading(0.2, 0.0, 1.0, one, "triangular") for one in u])
    assert mean == pytest.approx(0.4, abs=1e-4)


def families_of_scipy(low: float, value: float, high: float) -> dict[str, Any]:
    """The same distributions, as another library writes them."""
    width, mode = high - low, (value - low) / (high - low)
    sd = width / 4
    return {
        "uniform": scipy.stats.uniform(low, width),
        "triangular": scipy.stats.triang(mode, low, width),
        "pert": scipy.stats.beta(1 + 4 * mode, 1 + 4 * (1 - mode), low, width),
        "normal": scipy.stats.truncnorm((low - value) / sd, (high - value) / sd, value, sd),
    }


@pytest.mark.parametrize(("low", "value", "high"), [(0.6, 0.75, 0.9), (-3.0, -3.0, 1.0), (1.0, 2.5, 2.5), (0, 12, 100)])
def test_each_family_is_the_distribution_that_it_says(low: float, value: float, high: float):
    quantiles = np.linspace(0, 1, 41)
    for family, known in families_of_scipy(low, value, high).items():
        found = [reading(value, low, high, one, family) for one in quantiles]
        assert found == pytest.approx(known.ppf(quantiles), abs=1e-9), family
        assert (found[0], found[-1]) == pytest.approx((low, high))


def test_a_lognormal_reading_is_a_normal_one_of_logarithms():
    quantiles = np.linspace(0, 1, 41)
    logs = families_of_scipy(np.log(2.0), np.log(5.0), np.log(40.0))["normal"].ppf(quantiles)
    found = [reading(5.0, 2.0, 40.0, one, "lognormal") for one in quantiles]
    assert found == pytest.approx(np.exp(logs))
    assert (found[0], found[-1]) == (2.0, 40.0)


@given(
    st.sampled_from(FAMILIES),
    st.tuples(*[st.floats(0.001, 1000)] * 3).filter(lambda ends: len(set(ends)) == 3),
    st.tuples(*[st.floats(0, 1)] * 2),
)
def test_a_reading_rises_with_its_quantile_and_stays_inside(family, ends, quantiles):
    low, value, high = sorted(ends)
    first, second = (reading(value, low, high, one, family) for one in sorted(quantiles))
    slack = 1e-9 * high
    assert low - slack <= first <= second + slack <= high + 2 * slack


def test_what_is_said_of_a_range_is_kept_with_it():
    spread = quantity(0.2, [0.1, 0.4], "pert", "courts", -0.5)
    assert (spread.family, spread.together) == ("pert", ("courts", -0.5))
    assert quantity(0.2, [0.1, 0.4]).together is None


def test_one_range_for_dated_values_is_the_range_of_the_last_and_the_others_keep_their_ratio():
    spread = quantity(
        {dt.date(2024, 1, 1): 0.0, dt.date(2025, 1, 1): 0.4, dt.date(2026, 1, 1): 0.8}, [0.6, 1.0]
    )
    assert spread.read(0.0) == pytest.approx((0.0, 0.3, 0.6))
    assert spread.read(1.0) == pytest.approx((0.0, 0.5, 1.0))


def test_a_dated_range_leaves_other_dates_certain():
    first, last = dt.date(2024, 1, 1), dt.date(2025, 1, 1)
    spread = quantity({last: 0.8, first: 0.6}, {last: [0.7, 0.9]})
    assert spread == Quantity((0.6, 0.8), (first, last), (0.6, 0.7), (0.6, 0.9))


@pytest.mark.parametrize(
    ("value", "spread", "code", "at"),
    [
        (True, None, "not-a-number", ()),
        ("0.5", None, "not-a-number", ()),
        (float("nan"), None, "not-a-number", ()),
        ({}, None, "no-value", ()),
        ({2024: 1}, None, "bare-year", (2024,)),
        ({"soon": 1}, None, "not-a-date", ("soon",)),
        ({dt.date(2024, 1, 1): "x"}, None, "not-a-number", (dt.date(2024, 1, 1),)),
        (1, [2, 3], "bad-range", ("range",)),
        (1, [3, 0], "bad-range", ("range",)),
        (1, [1], "bad-range", ("range",)),
        (1, [0, "x"], "not-a-number", ("range",)),
        (1, {dt.date(2024, 1, 1): [0, 2]}, "bad-range", ("range",)),
        ({dt.date(2024, 1, 1): 0}, [0, 2], "bad-range", ("range",)),
        (
            {dt.date(2024, 1, 1): 1},
            {dt.date(2024, 2, 1): [0, 2]},
            "bad-range",
            ("range", dt.date(2024, 2, 1)),
        ),
        ({dt.date(2024, 1, 1): 1}, {dt.date(2024, 1, 1): [0]}, "bad-range", ("range", dt.date(2024, 1, 1))),
    ],
)
def test_what_is_refused(value, spread, code, at):
    with pytest.raises(Refused) as caught:
        quantity(value, spread)
    assert (caught.value.code, caught.value.at) == (code, at)


def test_numbers_and_dates():
    assert number(3) == 3.0
    assert full_date(dt.date(2024, 4, 29)) == dt.date(2024, 4, 29)
    with pytest.raises(Refused, match="`12` is not a full date"):
        full_date(12)
