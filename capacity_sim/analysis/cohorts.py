"""Trainee cohorts in expected numbers, and when each begins to help: what `pipeline` answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.calendars import add_months

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cohort:
    """One intake, in expected numbers.

    Parameters
    ----------
    start : datetime.date
        First day of the month of the start.
    starters, dropouts, qualified : float
        Heads; of a cohort that is in training at the start of the data those who started, and those lost in all.
    qualifies, qualifies_part_time : datetime.date
        Months in which full-time and part-time trainees qualify.
    effect, officers : float array (month,)
        FTE that the cohort adds in each month from its start on, trainees' part less their mentors' time and, once
        qualified, officers less protection: in all grades, and in POs alone (whose mentoring counts against it).
    """

    start: dt.date
    starters: float
    dropouts: float
    qualified: float
    qualifies: dt.date
    qualifies_part_time: dt.date
    effect: Floats
    officers: Floats

    def positive(self, line: Floats) -> dt.date | None:
        """First month from which a line stays above zero; None when it does not within the years followed."""
        below = np.flatnonzero(line <= 0)
        first = int(below[-1]) + 1 if len(below) else 0
        return add_months(self.start, first) if first < len(line) else None

    def paid_back(self, line: Floats) -> dt.date | None:
        """First month from which the sum of a line stays above zero."""
        return self.positive(np.cumsum(line))


@dataclass(frozen=True)
class Pipeline:
    """Cohorts of a scenario, and which intake is the last that can help by a month.

    Parameters
    ----------
    cohorts : tuple of Cohort
        In order of their start.
    months, part_time_months : int
        Durations of the training.
    by : datetime.date
        The month asked for.
    latest : datetime.date
        Last month in which training could start and end by then.
    last_intake : datetime.date
        Last intake not after it.
    """

    cohorts: tuple[Cohort, ...]
    months: int
    part_time_months: int
    by: dt.date
    latest: dt.date
    last_intake: dt.date
