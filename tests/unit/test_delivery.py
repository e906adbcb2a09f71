"""What a week of a desk's time does to waiting work."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.desks import Desk, tables_with

from capacity_sim.model.delivery import (
    HELD,
    N_QUEUES,
    ONE,
    OWED,
    WORK_DONE,
    WORK_DUE,
    WORK_LAPSED,
    WORK_LAPSED_MINUTES,
    WORK_ON_TIME,
)

HALF = ONE // 2
WEEK = 1000


def closes(desk: Desk) -> None:
    flow = desk.flow
    assert flow["due"] == flow["delivered"] + flow["short"] + flow["lapsed"] + flow["waiting"]


def test_under_a_week_of_work_gets_its_full_time():
    desk = Desk(WEEK, tables_with(HALF, squeeze_from=1.0, squeeze_full=4.0))
    for minutes in (400, 350, 250):
        desk.add(2, minutes)
    desk.week()
    assert desk.flow == {"due": 1000, "delivered": 1000, "short": 0, "lapsed": 0, "waiting": 0}


@pytest.mark.parametrize(
    ("in_hand", "squeeze"), [(1000, 0.0), (1750, 5 / 32), (2500, 0.5), (3250, 27 / 32), (4000, 1.0), (9000, 1.0)]
)
def test_time_is_squeezed_smoothly_from_one_week_of_work_to_four(in_hand, squeeze):
    """x x (3 - 2 x) between the ends; a piece gets full time x (1 - squeeze x (1 - floor))."""
    desk = Desk(WEEK, tables_with(HALF, squeeze_from=1.0, squeeze_full=4.0))
    desk.add(2, 100)
    desk.add(2, in_hand - 100)
    desk.week()
    factor = 1 - squeeze / 2
    first = round(100 * factor)
    of_second = WEEK - first
    assert desk.flow["delivered"] == pytest.approx(WEEK, abs=1)
    taken = 100 + of_second / factor if in_hand * factor > WEEK else in_hand
    assert desk.flow["waiting"] == pytest.approx(in_hand - taken, abs=3)
    assert desk.flow["short"] == pytest.approx(taken - WEEK, abs=3)
    closes(desk)


def test_work_in_hand_is_measured_in_usual_weeks_not_in_this_one():
    desk = Desk(WEEK, tables_with(HALF, squeeze_from=1.0, squeeze_full=4.0))
    desk.q.capacity[0, 0] = 200  # most of the week away
    desk.add(2, 900)
    desk.week()
    assert desk.flow == {"due": 900, "delivered": 200, "short": 0, "lapsed": 0, "waiting": 700}


def test_a_desk_that_is_away_does_nothing_but_its_work_gets_older():
    desk = Desk(WEEK, tables_with(lapse=4))
    desk.q.capacity[0, :6] = 0
    desk.add(1, 300)
    for row in range(4):
        desk.week(row)
        assert desk.flow["waiting"] == 300
    desk.week(4)
    assert desk.flow == {"due": 300, "delivered": 0, "short": 0, "lapsed": 300, "waiting": 0}
    assert desk.q.work[0, 0, [WORK_LAPSED, WORK_LAPSED_MINUTES]].tolist() == [1, 300]


def test_minutes_are_shared_by_attention_times_need():
    weights = np.array([3.0, 1.0, 1.0, 1.0, 1.0])
    desk = Desk(WEEK, tables_with(attention=weights))
    desk.add(0, 4000)
    desk.add(1, 4000)
    desk.week()
    assert [sum(queue) for queue in desk.waiting[:2]] == [4000 - 750, 4000 - 250]


def test_no_queue_gets_more_than_it_needs_and_the_rest_goes_on():
    desk = Desk(WEEK, tables_with(attention=np.array([100.0, 1.0, 1.0, 1.0, 1.0])))
    desk.add(0, 100)
    desk.add(1, 3000)
    desk.add(4, 3000)
    desk.week()
    left = [sum(queue) for queue in desk.waiting[:N_QUEUES]]
    assert left == [0, pytest.approx(3000 - 450, abs=1), 0, 0, pytest.approx(3000 - 450, abs=1)]


def test_work_is_done_in_the_order_in_which_it_fell_due():
    desk = Desk(WEEK, tables_with())
    for minutes in (600, 500, 100):
        desk.add(3, minutes)
    desk.week()
    assert desk.waiting[3] == [100, 100]
    desk.week(1)
    assert desk.waiting[3] == []


def test_one_officer_of_a_pool_gives_no_piece_of_work_more_than_a_week():
    desk = Desk(5 * WEEK, tables_with(), limit=WEEK)
    desk.add(2, 2500)
    desk.add(2, 800)
    desk.week()
    assert desk.waiting[2] == [1500]
    desk.week(1)
    desk.week(2)
    assert desk.waiting[2] == []
    assert desk.flow["delivered"] == 3300


def test_support_work_is_many_small_pieces_and_has_no_limit():
    desk = Desk(5 * WEEK, tables_with(), limit=WEEK)
    desk.add(2, 4200, support=True)
    desk.week()
    assert desk.waiting[2] == []


@pytest.mark.parametrize(("deadline", "done_in", "on_time"), [(1, 0, 1), (1, 1, 0), (3, 2, 1), (3, 3, 0)])
def test_on_time_is_within_the_weeks_of_its_deadline(deadline, done_in, on_time):
    tables = tables_with()
    act = int(np.flatnonzero(tables.act["deadline"] == deadline)[0])
    desk = Desk(WEEK, tables)
    desk.q.capacity[0, :done_in] = 0
    desk.add(2, 300, act=act)
    for row in range(done_in + 1):
        desk.week(row)
    assert desk.q.work[act, 0, [WORK_DONE, WORK_ON_TIME]].tolist() == [1, on_time]


def test_what_is_half_done_lapses_with_what_is_left():
    desk = Desk(WEEK, tables_with(lapse=2))
    desk.add(0, 2700)
    desk.week(0)
    desk.week(1)
    desk.week(2)
    assert desk.flow == {"due": 2700, "delivered": 2000, "short": 0, "lapsed": 700, "waiting": 0}


work = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, N_QUEUES - 1), st.integers(1, 2500), st.booleans()), max_size=40
)


@given(
    work=work,
    floor=st.integers(1, ONE),
    lapse=st.integers(1, 6),
    limit=st.sampled_from([200, WEEK, 1 << 40]),
    attention=st.lists(st.sampled_from([0.001, 1.0, 10.0, 1e6]), min_size=N_QUEUES, max_size=N_QUEUES),
)
def test_whatever_falls_due_is_delivered_short_lapsed_or_waiting(work, floor, lapse, limit, attention):
    tables = tables_with(floor, lapse, squeeze_from=1.0, squeeze_full=4.0, attention=np.array(attention))
    desk = Desk(WEEK, tables, limit)
    put = {row: [one for one in work if one[0] == row] for row in range(16)}
    for row in range(16):
        before = desk.flow
        for _, queue, minutes, support in put[row]:
            desk.add(queue, minutes, row, support=support)
        desk.week(row)
        after = desk.flow
        closes(desk)
        spent = after["delivered"] - before["delivered"]
        assert 0 <= spent <= WEEK
        assert after["short"] >= before["short"]
        # the least that done work was given is its floor
        gained = after["short"] + after["delivered"] - before["short"] - before["delivered"]
        assert spent >= gained * floor / ONE - len(work) - 1
        # with more work than time the whole week is spent, but for roundings
        if limit > WEEK and after["waiting"] > 0:
            assert spent >= WEEK - N_QUEUES
    assert desk.flow["waiting"] == 0, "what is not done has lapsed"
    assert desk.q.free[1] == 0
    done, lapsed = desk.q.work[0, 0, [WORK_DONE, WORK_LAPSED]]
    assert done + lapsed == len(work)
    assert desk.q.work[0, 0, WORK_DUE] == 0, "that is counted when the week is closed"


def test_what_is_owed_waits_apart_until_the_unit_is_green():
    tables = tables_with(owed_share=0.1)
    desk = Desk(WEEK, tables)
    desk.add(OWED, 500)
    desk.week(0, status=1)
    desk.week(1, status=2)
    assert desk.flow == {"due": 500, "delivered": 0, "short": 0, "lapsed": 0, "waiting": 500}
    desk.week(2, status=0)
    assert desk.flow["delivered"] == 500, "an idle week pays all that is owed"


def test_a_green_unit_pays_a_part_of_each_week_and_what_is_left_over():
    desk = Desk(WEEK, tables_with(owed_share=0.1))
    desk.add(OWED, 500)
    desk.add(2, 1800)
    desk.week(0)
    assert desk.waiting[2] == [900]
    assert desk.waiting[OWED] == [400]
    desk.week(1)
    assert desk.waiting[2] == []
    assert desk.waiting[OWED] == [300]


def test_what_is_owed_is_not_in_hand_and_squeezes_nothing():
    desk = Desk(WEEK, tables_with(HALF, squeeze_from=1.0, squeeze_full=4.0, owed_share=0.0))
    desk.add(OWED, 40 * WEEK)
    desk.add(2, 900)
    desk.week(0, status=2)
    assert desk.flow["short"] == 0
    assert desk.flow["delivered"] == 900


def test_what_is_owed_lapses_at_an_age_of_its_own():
    tables = tables_with(owed_share=0.1)
    tables.lapse[OWED] = 3
    desk = Desk(WEEK, tables)
    desk.add(OWED, 500)
    for row in range(3):
        desk.week(row, status=2)
    assert desk.flow["lapsed"] == 0
    desk.week(3, status=2)
    assert desk.flow == {"due": 500, "delivered": 0, "short": 0, "lapsed": 500, "waiting": 0}


def test_what_is_held_up_is_done_and_not_on_time():
    desk = Desk(WEEK, tables_with())
    desk.add(2, 300, risk=2)
    desk.add(2, 300, risk=2 + HELD)
    desk.week(0)
    assert desk.q.work[0, 2, [WORK_DONE, WORK_ON_TIME]].tolist() == [2, 1]
