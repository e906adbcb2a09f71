"""Draws: one stratum of each input once, the same column for the same input, whatever else is uncertain."""

import numpy as np
import pytest

from capacity_sim.runs.design import column, readings


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
