"""Intervals, ranges and shares of variance on a model whose answer is known in closed form."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from capacity_sim.analysis.spread import spread
from capacity_sim.analysis.variance import pairing, split
from capacity_sim.runs.design import readings
from capacity_sim.runs.until import Goal, closeness
from capacity_sim.series import Family, reading

pytestmark = pytest.mark.theory

GOAL = Goal.read("gap_fte +- 1")
SEEDS = 400


@dataclass(frozen=True)
class Input:
    """A range of known mean and variance, with its weight in the answer."""

    id: str
    low: float
    mid: float
    high: float
    family: Family
    weight: float
    group: str = ""
    correlation: float = 0.0

    @property
    def law(self) -> object:
        width, mode = self.high - self.low, (self.mid - self.low) / (self.high - self.low)
        return {
            "uniform": scipy.stats.uniform(self.low, width),
            "triangular": scipy.stats.triang(mode, self.low, width),
            "pert": scipy.stats.beta(1 + 4 * mode, 5 - 4 * mode, self.low, width),
        }[self.family]


INPUTS = [
    Input("a", 0.0, 2.0, 10.0, "uniform", 3.0),
    Input("b", -5.0, 0.0, 5.0, "triangular", 2.0),
    Input("c", 1.0, 8.0, 9.0, "pert", -4.0),
]
MEAN = sum(one.weight * one.law.mean() for one in INPUTS)
VARIANCE = sum(one.weight**2 * one.law.var() for one in INPUTS)
CHANCE = 6.0


def answers(seed: int, draws: int, reps: int = 1, chance: float = 0.0, inputs: list[Input] = INPUTS) -> pd.DataFrame:
    """What a model that only adds up gives: draw, rep, value."""
    random = np.random.default_rng(seed)
    rows = []
    for draw, quantiles in enumerate(readings(seed, inputs, draws)):
        assert quantiles is not None
        level = sum(
            one.weight * reading(one.mid, one.low, one.high, quantiles[one.id], one.family) for one in inputs
        )
        rows += [(draw, rep, level + chance * random.standard_normal()) for rep in range(reps)]
    return pd.DataFrame(rows, columns=["draw", "rep", "value"])


def binomial_slack(share: float) -> float:
    """Four standard errors of a share over the seeds."""
    return 4 * math.sqrt(share * (1 - share) / SEEDS)


def test_the_half_width_of_chance_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    found = [closeness("a", random.normal(MEAN, CHANCE, 12), GOAL) for _ in range(SEEDS)]
    share = np.mean([abs(one.mean - MEAN) <= one.half_width for one in found])
    assert abs(share - 0.95) < binomial_slack(0.95)


def test_the_half_width_over_draws_covers_at_least_as_often_as_it_says() -> None:
    """Readings lie evener than independent ones, so it is wide, never narrow."""
    found = [closeness("a", answers(seed, 20, chance=CHANCE)["value"].to_numpy(), GOAL) for seed in range(SEEDS)]
    assert np.mean([abs(one.mean - MEAN) <= one.half_width for one in found]) >= 0.95
    # and a sum over a hypercube is known far better still, when chance is left out
    errors = [answers(seed, 20)["value"].mean() - MEAN for seed in range(50)]
    assert np.std(errors) < 0.1 * math.sqrt(VARIANCE / 20)


def test_the_range_over_draws_holds_what_it_says_of_the_truth() -> None:
    """Four of five values of the model lie in the range, with many draws; somewhat fewer with 20."""
    truth = np.sort(answers(10_001, 20_000)["value"].to_numpy())

    def held(draws: int, seeds: int) -> float:
        shares = []
        for seed in range(seeds):
            (line,) = spread(answers(seed, draws)).itertuples(index=False)
            shares.append(np.mean((truth >= line.low) & (truth <= line.high)))
        return float(np.mean(shares))

    assert held(400, 10) == pytest.approx(0.80, abs=0.01)
    assert 0.70 < held(20, 60) < 0.80


def test_ignorance_and_chance_are_told_apart() -> None:
    found = [split(answers(seed, 40, 4, CHANCE)) for seed in range(60)]
    ignorance = np.mean([one.ignorance for one in found if one is not None])
    chance = np.mean([one.chance for one in found if one is not None])
    assert ignorance == pytest.approx(VARIANCE, rel=0.05)
    assert chance == pytest.approx(CHANCE**2, rel=0.05)
    share = np.mean([one.share for one in found if one is not None])
    assert share == pytest.approx(VARIANCE / (VARIANCE + CHANCE**2), abs=0.02)


def test_chance_alone_leaves_no_ignorance_and_the_other_way_round() -> None:
    flat = [Input("a", 1.0, 2.0, 3.0, "uniform", 0.0)]
    shares = [split(answers(seed, 20, 5, CHANCE, flat)) for seed in range(100)]
    # a variance below zero counts as none, so what is left is half of the estimate's own spread
    assert np.mean([one.share for one in shares if one is not None]) < 0.06
    sure = split(answers(1, 20, 5, 0.0))
    assert sure is not None
    assert (sure.chance, sure.share) == (0.0, 1.0)
    assert split(answers(1, 20, 1, CHANCE)) is None


def test_pairing_takes_out_what_is_shared() -> None:
    """B = A + own: unpaired var(A) + var(B); paired var(own)."""
    more = [*INPUTS, Input("own", 0.0, 1.0, 6.0, "uniform", 1.0)]
    own = more[-1].law.var()
    base, other = answers(3, 200), answers(3, 200, inputs=more)
    found = pairing("other", base, other)
    assert found is not None
    assert found.paired == pytest.approx(own, rel=0.02)
    assert found.unpaired == pytest.approx(2 * VARIANCE + own, rel=0.1)
    assert found.times == pytest.approx((2 * VARIANCE + own) / own, rel=0.1)


def test_ranges_that_move_together_spread_a_sum_and_narrow_a_difference() -> None:
    def variance(second: float) -> float:
        pair = [
            Input("a", 0.0, 0.5, 1.0, "uniform", 1.0, "g", 0.8),
            Input("b", 0.0, 0.5, 1.0, "uniform", second, "g", 0.8),
        ]
        return float(answers(5, 1000, inputs=pair)["value"].var())

    # of uniform numbers the rank correlation is the plain one
    assert variance(1.0) == pytest.approx((2 + 2 * 0.8) / 12, rel=0.05)
    assert variance(-1.0) == pytest.approx((2 - 2 * 0.8) / 12, rel=0.1)
