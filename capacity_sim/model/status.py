"""The status of delivery units: green, amber, red, as a state machine that managers review month by month.

What is reviewed is the load of a unit's named officers: minutes of work that fell due, also those that were paused, in
per cent of the minutes that they had, over the last months. So pausing work relieves officers and does not by itself
end the status. A worse status must be asked for at some reviews in a row before it is approved, and so must a better
one; a unit asks for a better one only when it is below the mark by a margin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

GREEN, AMBER, RED = range(3)
WARM_UP_REVIEWS = 4  # weeks between two reviews in the warm-up

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Marks:
    """When a status is asked for and when it comes.

    Attributes
    ----------
    amber, red : float
        Load in per cent above which a unit asks for amber and red.
    margin : float
        Points below a mark at which a unit asks to leave the status.
    worse_after, better_after : int
        Reviews in a row, before the one at which the status changes, that must have asked for a worse or a better one.
    """

    amber: float
    red: float
    margin: float
    worse_after: int
    better_after: int


@dataclass
class Statuses:
    """Status of every unit, and for how many reviews in a row each has asked for another.

    Parameters
    ----------
    count : int
        Number of units; all start green.

    Examples
    --------
    >>> units = Statuses(1)
    >>> marks = Marks(amber=200, red=220, margin=10, worse_after=1, better_after=1)
    >>> [int(units.review(np.array([load]), marks)[0]) for load in (230.0, 230.0, 215.0, 205.0, 205.0)]
    [0, 2, 2, 2, 1]
    """

    count: int
    now: Ints = field(init=False)
    asked_worse: Ints = field(init=False)
    asked_better: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Start green, with nothing asked for."""
        self.now = np.zeros(self.count, np.int64)
        self.asked_worse = np.zeros(self.count, np.int64)
        self.asked_better = np.zeros(self.count, np.int64)

    def review(self, load: Floats, marks: Marks) -> Ints:
        """Change the status of units after a review.

        Parameters
        ----------
        load : float array (unit,)
            Minutes that fell due in per cent of the minutes that officers had.
        marks : Marks

        Returns
        -------
        int array (unit,)
            The status from now on.
        """
        over = np.where(load > marks.red, RED, np.where(load > marks.amber, AMBER, GREEN))
        back = marks.margin
        keeps = np.where(load > marks.red - back, RED, np.where(load > marks.amber - back, AMBER, GREEN))
        wants = np.where(over >= self.now, over, np.minimum(self.now, np.maximum(keeps, over)))
        worse, better = wants > self.now, wants < self.now
        self.asked_worse[:] = np.where(worse, self.asked_worse + 1, 0)
        self.asked_better[:] = np.where(better, self.asked_better + 1, 0)
        comes = (worse & (self.asked_worse > marks.worse_after)) | (better & (self.asked_better > marks.better_after))
        self.now[:] = np.where(comes, wants, self.now)
        self.asked_worse[comes] = self.asked_better[comes] = 0
        return self.now


class Loads:
    """Load of every unit over the last reviews.

    Parameters
    ----------
    count : int
        Number of units.

    Examples
    --------
    >>> loads = Loads(1)
    >>> loads.add(np.array([200.0]), np.array([100.0]))
    >>> loads.add(np.array([300.0]), np.array([100.0]))
    >>> [float(loads.over(reviews)[0]) for reviews in (1, 2, 3)]
    [300.0, 250.0, 250.0]
    """

    def __init__(self, count: int) -> None:
        self._none = np.zeros(count)
        self._due: list[Floats] = []
        self._had: list[Floats] = []

    def add(self, due: Floats, had: Floats) -> None:
        """Note the minutes that fell due and those that officers had since the review before."""
        self._due.append(due)
        self._had.append(had)

    def noted(self) -> Ints:
        """Minutes due and minutes had at each review (unit, review, 2)."""
        if not self._due:
            return np.zeros((len(self._none), 0, 2), np.int64)
        return np.stack([np.stack(self._due, axis=1), np.stack(self._had, axis=1)], axis=-1).astype(np.int64)

    def over(self, reviews: int) -> Floats:
        """Load in per cent over the last reviews, or as many as there were; 0 where officers had no minutes."""
        due = np.sum(self._due[-reviews:], axis=0) if self._due else self._none
        had = np.sum(self._had[-reviews:], axis=0) if self._had else self._none
        return _ratio(due, had)


def _ratio(due: Floats, had: Floats) -> Floats:
    """Load in per cent, none where officers had no minutes."""
    result: Floats = np.divide(100.0 * due, had, out=np.zeros(len(had)), where=had > 0)
    return result


def warm_up_reviews(warm_up: int) -> list[int]:
    """Weeks of the warm-up before which units are reviewed: every four weeks, the last at its end.

    Examples
    --------
    >>> warm_up_reviews(10)
    [2, 6, 10]
    >>> warm_up_reviews(0)
    []
    """
    return list(range(warm_up, 0, -WARM_UP_REVIEWS))[::-1]
