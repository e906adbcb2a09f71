import datetime as dt

import numpy as np
import pytest

from capacity_sim.calendars import Calendar, add_months, first_monday
from capacity_sim.errors import UsageError

DEFAULT = Calendar(dt.date(2024, 3, 31), dt.date(2029, 3, 31))


def test_week_0_is_the_monday_after_the_start():
    assert DEFAULT.day0 == dt.date(2024, 4, 1)
    assert first_monday(dt.date(2024, 4, 1)) == dt.date(2024, 4, 8)
    assert first_monday(dt.date(2024, 4, 6)) == dt.date(2024, 4, 8)


def test_the_default_horizon_has_five_years_of_weeks_and_sixty_months():
    assert DEFAULT.n_weeks == 261
    assert DEFAULT.n_total == 261 + 26
    assert DEFAULT.monday(260) == dt.date(2029, 3, 26)
    assert (DEFAULT.months[0], DEFAULT.months[-1], len(DEFAULT.months)) == ("2024-04", "2029-03", 60)


def test_every_week_belongs_to_the_month_of_its_thursday():
    for week in range(DEFAULT.n_weeks):
        thursday = DEFAULT.monday(week) + dt.timedelta(days=3)
        assert DEFAULT.months[DEFAULT.week_month[week]] == f"{thursday:%Y-%m}"


def test_weeks_in_month_add_up_and_are_four_or_five():
    assert DEFAULT.weeks_in_month.sum() == DEFAULT.n_weeks
    assert set(DEFAULT.weeks_in_month) == {4, 5}


def test_days_and_weeks_are_counted_from_day_0_and_may_be_negative():
    assert DEFAULT.day(dt.date(2024, 4, 1)) == 0
    assert DEFAULT.day(dt.date(2024, 3, 31)) == -1
    assert DEFAULT.week(dt.date(2024, 3, 31)) == -1
    assert DEFAULT.week(dt.date(2024, 4, 7)) == 0
    assert DEFAULT.date(DEFAULT.day(dt.date(2027, 2, 28))) == dt.date(2027, 2, 28)
    on = np.array(["2024-04-08", "2024-03-25"], dtype="datetime64[D]")
    assert DEFAULT.days(on).tolist() == [7, -7]


def test_the_last_week_is_the_last_monday_on_or_before_the_end():
    start = dt.date(2024, 3, 31)
    assert Calendar(start, dt.date(2024, 4, 1)).n_weeks == 1
    assert Calendar(start, dt.date(2024, 4, 7)).n_weeks == 1
    assert Calendar(start, dt.date(2024, 4, 8)).n_weeks == 2


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        DEFAULT.week_month[0] = 5


def test_a_horizon_without_a_week_is_refused_in_words():
    with pytest.raises(UsageError) as caught:
        Calendar(dt.date(2024, 3, 31), dt.date(2024, 3, 1), warm_up=-1)
    assert [fault.code for fault in caught.value.faults] == ["horizon", "warm-up"]
    assert caught.value.faults[0].message == (
        "the horizon ends on 2024-03-01, before its first week, which starts on 2024-04-01"
    )


def test_months_are_added_by_the_calendar():
    assert add_months(dt.date(2024, 11, 30), 3) == dt.date(2025, 2, 28)
    assert add_months(dt.date(2024, 1, 15), -1) == dt.date(2023, 12, 15)
    assert add_months(dt.date(2024, 4, 29), 12) == dt.date(2025, 4, 29)
