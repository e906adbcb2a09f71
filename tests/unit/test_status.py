"""The status of units as a state machine, their load, and hours that units lend."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.model.lending import factors
from capacity_sim.model.status import AMBER, GREEN, RED, Loads, Marks, Statuses, warm_up_reviews


def lived(loads: list[float], marks: Marks) -> list[int]:
    """Status of one unit after each review."""
    units = Statuses(1)
    return [int(units.review(np.array([load]), marks)[0]) for load in loads]


AT_ONCE = Marks(amber=200, red=240, margin=0, worse_after=0, better_after=0)


@pytest.mark.parametrize(("load", "status"), [(200, GREEN), (200.1, AMBER), (240, AMBER), (240.1, RED)])
def test_a_mark_itself_is_not_over_it(load, status):
    assert lived([load], AT_ONCE) == [status]


def test_a_worse_status_is_approved_after_it_was_asked_for_in_a_row():
    slow = Marks(amber=200, red=240, margin=0, worse_after=2, better_after=0)
    assert lived([250, 250, 250, 250], slow) == [GREEN, GREEN, RED, RED]
    assert lived([250, 250, 190, 250, 250, 210], slow) == [GREEN, GREEN, GREEN, GREEN, GREEN, AMBER]


def test_a_unit_leaves_a_status_below_the_mark_less_the_margin():
    marks = Marks(amber=200, red=240, margin=15, worse_after=0, better_after=0)
    assert lived([250, 230, 226, 225, 224], marks) == [RED, RED, RED, AMBER, AMBER]
    assert lived([250, 186, 185], marks) == [RED, AMBER, GREEN]


def test_a_better_status_waits_for_its_reviews_too():
    marks = Marks(amber=200, red=240, margin=0, worse_after=0, better_after=1)
    assert lived([250, 190, 250, 190, 190], marks) == [RED, RED, RED, RED, GREEN]


loads = st.lists(st.floats(100, 300), min_size=1, max_size=30)


@given(loads=loads, worse=st.integers(0, 3), better=st.integers(0, 3), margin=st.floats(0, 40))
def test_whoever_is_never_over_a_mark_is_never_in_its_status(loads, worse, better, margin):
    marks = Marks(200, 240, margin, worse, better)
    seen = lived(loads, marks)
    if max(loads) <= marks.red:
        assert RED not in seen
    if max(loads) <= marks.amber:
        assert set(seen) == {GREEN}
    for before, now, load in zip(seen, seen[1:], loads[1:], strict=False):
        if now > before:
            assert load > (marks.red if now == RED else marks.amber)
        if now < before:
            assert load <= (marks.red if before == RED else marks.amber) - margin


@given(loads=loads)
def test_higher_marks_never_make_a_unit_worse_when_nothing_waits(loads):
    higher = Marks(220, 260, 0, 0, 0)
    assert all(high <= low for high, low in zip(lived(loads, higher), lived(loads, AT_ONCE), strict=True))


def test_a_load_is_a_ratio_of_sums_and_nothing_without_minutes():
    loads = Loads(2)
    assert loads.over(3).tolist() == [0, 0]
    loads.add(np.array([100.0, 10.0]), np.array([100.0, 0.0]))
    loads.add(np.array([900.0, 10.0]), np.array([300.0, 0.0]))
    assert loads.over(1).tolist() == [300, 0]
    assert loads.over(2).tolist() == [250, 0]


def test_the_last_review_of_the_warm_up_is_at_its_end():
    assert warm_up_reviews(26) == [2, 6, 10, 14, 18, 22, 26]
    assert warm_up_reviews(3) == [3]


minutes = st.integers(0, 10**6).map(float)
units = st.lists(st.tuples(minutes, minutes), min_size=1, max_size=9)


@given(units=units, share=st.floats(0, 1), most=st.floats(0, 1))
def test_lent_hours_are_borrowed_hours(units, share, most):
    in_hand, usual = np.array(units).T
    factor = factors(in_hand, usual, share, most)
    assert (usual * factor).sum() == pytest.approx(usual.sum())
    assert (factor >= 1 - most - 1e-9).all()
    assert (factor[usual == 0] == 1).all()


def test_a_region_that_is_one_pool_has_the_same_weeks_in_hand():
    in_hand, usual = np.array([100.0, 400.0, 700.0]), np.array([100.0, 100.0, 200.0])
    shared = usual * factors(in_hand, usual, 1.0, 1.0)
    assert in_hand / shared == pytest.approx([3.0, 3.0, 3.0])
