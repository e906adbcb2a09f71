"""What is asked of levers, what a place gives, and the answer, as records."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.goals import Goal, Lever
from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.data.pay import PayFile

Array = npt.NDArray[np.float64]
Place = tuple[float, ...]
#: confidence of the interval of a probability
SURE = 0.9


@dataclass(frozen=True)
class Question:
    """What is wanted.

    Parameters
    ----------
    goal : Goal
        The level and the month.
    probability : float
        Share of draws that are to meet it.
    draws, reps : int
        Readings of the uncertain inputs, and replications of each.
    seed : int
        Key of all random numbers.
    budget : float or None
        Most pounds a year that the levers may cost.
    """

    goal: Goal
    probability: float = 0.8
    draws: int = 20
    reps: int = 1
    seed: int = 1
    budget: float | None = None

    @property
    def runs(self) -> int:
        """Runs of one trial."""
        return self.draws * self.reps

    @property
    def rank(self) -> int:
        """How many of the runs of a trial must meet the goal."""
        return max(1, math.ceil(self.probability * self.runs - 1e-9))


@dataclass(frozen=True)
class Point:
    """What levers at some values give.

    Parameters
    ----------
    at : tuple of float
        Values of the levers; empty for the scenario as it stands.
    values : float array (run,)
        The output in every draw and replication.
    over : float
        How far the output that is met with the probability asked for is on the wrong side of the level.
    level : float
        That output itself.
    met : float
        Share of runs that meet the goal.
    costs : float array (run,)
        Pounds a year more than as it stands, where anything has a cost; zeros otherwise.
    effort : float
        What a search makes small: the mean cost, or without costs how far levers are moved between their ends.
    """

    at: Place
    values: Array
    over: float
    level: float
    met: float
    costs: Array
    effort: float

    @property
    def between(self) -> tuple[float, float]:
        """Limits of the probability at 90 per cent, from the number of runs (Clopper and Pearson)."""
        from scipy.stats import binomtest  # most commands never ask

        n = len(self.values)
        found = binomtest(round(self.met * n), n).proportion_ci(SURE, "exact")
        return float(found.low), float(found.high)

    @property
    def range(self) -> tuple[float, float, float]:
        """Middle, low and high of the output over the runs."""
        low, middle, high = (float(value) for value in np.quantile(self.values, (LOW, 0.5, HIGH)))
        return middle, low, high


@dataclass(frozen=True)
class Answer:
    """Levers that bring the goal about, or how near they come.

    Parameters
    ----------
    question : Question
    scenario : str
        Its name.
    levers : tuple of Lever
    stands : tuple of float
        Where each lever is in the scenario.
    before : Point
        The scenario as it stands.
    best : Point or None
        The answer; None when there is none.
    nearest : Point
        The answer, or the place that comes nearest.
    fresh : Point or None
        The answer in as many other draws.
    limits : tuple of float
        When the goal is met as it stands and there is one lever: how far it could go before the goal is missed.
    trials : tuple of Point
        Every place that was tried.
    over_budget : Point or None
        What would do it, when the budget does not allow it.
    first_month : str
        When there is no answer: first month in which the nearest place meets the goal; empty when none does.
    reasons : tuple of str
        Rules that bind at the answer, or at the nearest place.
    priced : bool
        Whether anything has a cost.
    pay : PayFile or None
        Pay by grade, where it is counted.
    basis, place, source : str
        Timing basis, where, and what the figures rest on.
    needed : float
        Staff needed there, which says how finely figures can be told.
    runs : int
        Runs that the answer rests on.
    """

    question: Question
    scenario: str
    levers: tuple[Lever, ...]
    stands: tuple[float, ...]
    before: Point
    best: Point | None
    nearest: Point
    fresh: Point | None
    limits: tuple[float, ...]
    trials: tuple[Point, ...]
    over_budget: Point | None
    first_month: str
    reasons: tuple[str, ...]
    priced: bool
    pay: PayFile | None
    basis: str
    place: str
    source: str
    needed: float
    runs: int
