"""The simulated weeks, the calendar months they belong to, and days counted from the first Monday."""

from __future__ import annotations

import calendar as _calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from capacity_sim.errors import Fault, UsageError

IntArray = npt.NDArray[np.int64]

DAYS_A_WEEK = 7


def first_monday(start: dt.date) -> dt.date:
    """First Monday after `start`: figures at the end of a day describe the morning after.

    Examples
    --------
    >>> first_monday(dt.date(2024, 3, 31))
    datetime.date(2024, 4, 1)
    """
    return start + dt.timedelta(days=7 - start.weekday())


def add_months(day: dt.date, months: int) -> dt.date:
    """Date `months` later on the same day of the month, or on its last day when it is shorter.

    Examples
    --------
    >>> add_months(dt.date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    """
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    last = _calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


@dataclass(frozen=True)
class Calendar:
    """Weeks from the first Monday after `start` to the last Monday on or before `end`.

    Parameters
    ----------
    start : datetime.date
        The day whose close the data describe.
    end : datetime.date
        Last day of the horizon.
    warm_up : int
        Weeks simulated before week 0 and not reported.

    Notes
    -----
    Simulated week ``i`` (from 0 to ``n_total - 1``) is week ``i - warm_up``; week 0 starts on `day0`, which
    is day 0. A week belongs to the month of its Thursday. Days and weeks before `day0` are negative.

    Raises
    ------
    UsageError
        When the horizon holds no week, or `warm_up` is negative.

    Examples
    --------
    >>> weeks = Calendar(dt.date(2024, 3, 31), dt.date(2024, 5, 31))
    >>> weeks.n_weeks, weeks.n_total, weeks.months
    (9, 35, ('2024-04', '2024-05'))
    """

    start: dt.date
    end: dt.date
    warm_up: int = 26

    def __post_init__(self) -> None:
        """Refuse a horizon without a week."""
        faults = []
        if self.end < self.day0:
            faults.append(
                Fault(
                    "horizon",
                    f"the horizon ends on {self.end}, before its first week, which starts on {self.day0}",
                    hint=f"the data describe {self.start}; give an end on or after {self.day0}",
                )
            )
        if self.warm_up < 0:
            faults.append(
                Fault(
                    "warm-up",
                    f"{self.warm_up} weeks of warm-up is less than none",
                    hint="give 0 or more weeks",
                )
            )
        if faults:
            raise UsageError(faults)

    @cached_property
    def day0(self) -> dt.date:
        """Monday of week 0."""
        return first_monday(self.start)

    @cached_property
    def n_weeks(self) -> int:
        """Weeks that are reported."""
        return (self.end - self.day0).days // DAYS_A_WEEK + 1

    @property
    def n_total(self) -> int:
        """Weeks that are simulated, warm-up included."""
        return self.n_weeks + self.warm_up

    @cached_property
    def _thursday_months(self) -> IntArray:
        """Month number (since January 1970) of the Thursday of each reported week."""
        first = np.datetime64(self.day0, "D") + 3
        thursdays = first + DAYS_A_WEEK * np.arange(self.n_weeks)
        return thursdays.astype("datetime64[M]").astype(np.int64)

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Months that hold a reported week, as ``2024-04``."""
        numbers = self._thursday_months
        span = np.arange(numbers[0], numbers[-1] + 1).astype("datetime64[M]")
        return tuple(str(month) for month in span)

    @cached_property
    def week_month(self) -> IntArray:
        """Place in `months` of each reported week."""
        return _frozen(self._thursday_months - self._thursday_months[0])

    @cached_property
    def weeks_in_month(self) -> IntArray:
        """Reported weeks of each month."""
        return _frozen(np.bincount(self.week_month, minlength=len(self.months)).astype(np.int64))

    def day(self, on: dt.date) -> int:
        """Days from `day0` to `on`; negative before it."""
        return (on - self.day0).days

    def days(self, on: npt.NDArray[np.datetime64]) -> IntArray:
        """Days from `day0` to each date of an array; negative before it."""
        return (on.astype("datetime64[D]") - np.datetime64(self.day0, "D")).astype(np.int64)

    def week(self, on: dt.date) -> int:
        """Week that holds `on`; negative before week 0."""
        return self.day(on) // DAYS_A_WEEK

    def date(self, day: int) -> dt.date:
        """Date of a day number."""
        return self.day0 + dt.timedelta(days=int(day))

    def monday(self, week: int) -> dt.date:
        """First day of a week."""
        return self.date(DAYS_A_WEEK * int(week))


def _frozen(array: IntArray) -> IntArray:
    array.setflags(write=False)
    return array


def months_to(end: dt.date, months: Iterable[str]) -> tuple[str, ...]:
    """Months to report, to that of the last day that was asked for.

    The last week may lie for the most part in the month after; of that month there is no more than this one week, so it
    stays in the files and is no month to report.

    Examples
    --------
    >>> import datetime as dt
    >>> months_to(dt.date(2025, 3, 31), ["2025-02", "2025-03", "2025-04"])
    ('2025-02', '2025-03')
    """
    every = tuple(months)
    return tuple(month for month in every if month <= end.isoformat()[:7]) or every
