"""Draws: one stratum of each input once, the same column for the same input, whatever else is uncertain."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.stats

from capacity_sim.errors import UsageError
from capacity_sim.runs.design import Design, column, readings


@pytest.mark.parametrize("draws", [2, 7, 20, 200])
def test_each_stratum_is_read_once(draws: int) -> None:
    quantiles = column(1, "delivery.floor", draws)
    assert sorted((quantiles * draws).astype(int)) == list(range(draws))


def test_an_input_more_leaves_the_others_alone() -> None:
    few = readings(1, ["a", "b"], 20)
    more = readings(1, ["c", "b", "a"], 20)
    assert [draw["a"] for draw in few if draw] == [draw["a"] for draw in more if draw]
    assert [draw["b"] for draw in few if draw] == [draw["b"] for draw in more if draw]


def test_seeds_and_inputs_are_shuffled_apart() -> None:
    columns = [column(seed, name, 2000) for seed in (1, 2) for name in ("a", "b")]
    correlations = np.corrcoef(columns) - np.eye(4)
    assert np.abs(correlations).max() < 0.1


def test_one_draw_takes_central_values() -> None:
    assert readings(1, ["a"], 1) == (None,)


@dataclass(frozen=True)
class Grouped:
    id: str
    group: str = ""
    correlation: float = 0.0


def table(inputs: list[Grouped], draws: int, design: Design | None = None, seed: int = 1) -> np.ndarray:
    found = readings(seed, inputs, draws, design)
    return np.array([[draw[one.id] for one in inputs] for draw in found if draw is not None])


TOGETHER = [
    *(Grouped(name, "g", correlation) for name, correlation in (("a", 0.7), ("b", 0.7), ("c", -0.7), ("d", 0.2))),
    Grouped("e"),
]


@pytest.mark.parametrize("kind", ["lhs", "sobol"])
def test_a_group_has_its_rank_correlations_and_each_column_its_strata(kind: str) -> None:
    quantiles = table(TOGETHER, 1024, Design(kind))
    for column_of in quantiles.T:
        assert sorted((column_of * 1024).astype(int)) == list(range(1024))
    found = scipy.stats.spearmanr(quantiles).statistic
    mixed = np.sqrt(0.7 * 0.2)
    wanted = np.array(
        [
            [1, 0.7, -0.7, mixed, 0],
            [0.7, 1, -0.7, mixed, 0],
            [-0.7, -0.7, 1, -mixed, 0],
            [mixed, mixed, -mixed, 1, 0],
            [0, 0, 0, 0, 1],
        ]
    )
    # four standard errors of a rank correlation over so many draws
    assert np.abs(found - wanted).max() < 4 / np.sqrt(1024)


def test_a_full_correlation_puts_ranks_alike_or_opposite() -> None:
    first, second, third = table([Grouped("a", "g", 1), Grouped("b", "g", 1), Grouped("c", "g", -1)], 20).T
    assert first.argsort().tolist() == second.argsort().tolist() == third.argsort()[::-1].tolist()


def test_a_member_more_of_a_group_leaves_the_others_alone() -> None:
    few, more = table(TOGETHER[:2], 50), table([*TOGETHER[1:], TOGETHER[0]], 50)
    assert np.array_equal(few, more[:, [4, 0]])


def test_blocks_are_hypercubes_of_their_own_and_the_first_is_the_plain_one() -> None:
    plain, blocks = table(TOGETHER, 20), table(TOGETHER, 60, Design(block=20))
    assert np.array_equal(blocks[:20], plain)
    assert np.array_equal(table(TOGETHER, 40, Design(block=20)), blocks[:40])
    for first in (0, 20, 40):
        for column_of in blocks[first : first + 20].T:
            assert sorted((column_of * 20).astype(int)) == list(range(20))
    assert np.unique(blocks[:, 0]).size == 60


def test_sobol_is_evener_than_a_hypercube_in_pairs() -> None:
    """Mean of products of pairs, whose true value is 0: what a Sobol sequence is for."""
    inputs = [Grouped(f"i{number}") for number in range(40)]

    def error(kind: str) -> float:
        means = []
        for seed in range(30):
            apart = table(inputs, 256, Design(kind), seed) - 0.5
            means.append(12 * (apart[:, ::2] * apart[:, 1::2]).sum(axis=1).mean())
        return float(np.sqrt(np.mean(np.square(means))))

    assert error("sobol") < 0.6 * error("lhs")


def test_a_design_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="even over 64 or 128 draws, and not over 100"):
        readings(1, ["a"], 100, Design("sobol"))
    with pytest.raises(UsageError, match="a Sobol sequence is one whole"):
        Design("sobol", block=16)
    with pytest.raises(UsageError, match="no design is called `random`"):
        Design("random")
    with pytest.raises(UsageError, match="more than the 32,767"):
        readings(1, ["a"], 40_000)
