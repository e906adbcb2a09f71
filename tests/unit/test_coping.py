"""The fit of how units cope: marks from reviews that are held again."""

import numpy as np
import pytest

from capacity_sim.analysis.coping import counts, fit_marks, plans_on_time
from capacity_sim.catalogue import load
from capacity_sim.model.status import Marks

AT_ONCE = Marks(0.0, 0.0, margin=0.0, worse_after=0, better_after=0)


def steady(loads: list[float], reviews: int = 12) -> np.ndarray:
    """Minutes due and had of units whose load stays."""
    noted = np.zeros((len(loads), reviews, 2), np.int64)
    noted[..., 0] = np.rint(np.array(loads)[:, None] * 10)
    noted[..., 1] = 1000
    return noted


def test_marks_lie_between_the_units_that_are_over_them_and_those_that_are_not() -> None:
    loads = [100.0 + 10 * n for n in range(20)]
    marks = fit_marks([steady(loads)], AT_ONCE, 1, red=3, not_green=8)
    assert 260 <= marks.red < 270
    assert 210 <= marks.amber < 220
    assert counts([steady(loads)], marks, 1) == (3, 8)


def test_counts_are_means_over_the_last_year_and_over_runs() -> None:
    marks = Marks(150.0, 250.0, 0.0, 0, 0)
    early = steady([300.0, 100.0], 18)
    early[:, :6] = [5000, 1000]  # red before the year begins
    early[0, 12:, 0] = 2000  # amber in the second half of it
    assert counts([early], marks, 1) == (0.5, 1.0)
    assert counts([early, steady([300.0, 300.0])], marks, 1) == (1.25, 1.5)


def test_plans_on_time_are_those_of_the_first_year() -> None:
    class Run:
        activity = np.zeros((2, 15, len(load().activities), 4, 5), np.int64)

    place = [activity.id for activity in load().activities].index("initial_assessment")
    Run.activity[:, :12, place, :, 0] = 10
    Run.activity[:, :12, place, :, 2] = 7
    Run.activity[:, 12:, place, :, 0] = 99
    assert plans_on_time([Run], load()) == pytest.approx(70)
