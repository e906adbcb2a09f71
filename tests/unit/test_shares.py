"""Shares of made-up games with a known answer: exact, sampled, and from the ends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.analysis import shares

Game = Callable[[frozenset[int]], float]


def values(game: Game, n: int, masks: list[int] | None = None) -> dict[int, np.ndarray]:
    found = shares.every(n) if masks is None else masks
    return {mask: np.array([game(frozenset(i for i in range(n) if mask >> i & 1))]) for mask in found}


def by_orders(game: Game, n: int) -> list[float]:
    """Shapley's value as it is defined: the mean over all orders."""
    total = [0.0] * n
    for order in itertools.permutations(range(n)):
        there: set[int] = set()
        for i in order:
            total[i] += game(frozenset(there | {i})) - game(frozenset(there))
            there.add(i)
    return [one / math.factorial(n) for one in total]


def glove(s: frozenset[int]) -> float:
    """A left glove and two right ones: only a pair is worth anything."""
    return float(0 in s and bool(s & {1, 2}))


def overlap(s: frozenset[int]) -> float:
    """Savings one after the other from what is left: every number of changes interacts."""
    left = 1000.0
    for i in sorted(s):
        left *= 1 - 0.02 * (i + 1)
    return left


def pairs_only(s: frozenset[int]) -> float:
    return sum(10.0 * (i + 1) for i in s) - sum(3.0 * (i + j) for i, j in itertools.combinations(sorted(s), 2))


def test_an_additive_game_gives_each_its_own() -> None:
    found = values(lambda s: 5.0 + sum(2.0**i for i in s), 5)
    own = [[2.0**i] for i in range(5)]
    for answer in (shares.shapley(found, 5), shares.alone(found, 5), shares.last(found, 5)):
        np.testing.assert_allclose(answer, own)


def test_the_glove_game() -> None:
    np.testing.assert_allclose(shares.shapley(values(glove, 3), 3).ravel(), [2 / 3, 1 / 6, 1 / 6])


def test_one_interaction_is_halved_between_its_two() -> None:
    found = values(lambda s: -100.0 * (0 in s) - 60.0 * (1 in s) + 7.0 * (2 in s) + 40.0 * ({0, 1} <= s), 3)
    np.testing.assert_allclose(shares.shapley(found, 3).ravel(), [-80.0, -40.0, 7.0])
    np.testing.assert_allclose(shares.alone(found, 3).ravel(), [-100.0, -60.0, 7.0])
    np.testing.assert_allclose(shares.last(found, 3).ravel(), [-60.0, -20.0, 7.0])


@pytest.mark.parametrize("game", [glove, overlap, pairs_only])
@pytest.mark.parametrize("n", [1, 3, 5])
def test_weights_are_those_of_all_orders(game: Game, n: int) -> None:
    np.testing.assert_allclose(shares.shapley(values(game, n), n).ravel(), by_orders(game, n), atol=1e-9)


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_shares_add_up_whatever_the_game(n: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = {mask: random.normal(size=3) * 1000 for mask in shares.every(n)}
    total = shares.total(found, n)
    np.testing.assert_allclose(shares.shapley(found, n).sum(axis=0), total, atol=1e-8)
    orders = shares.pairs_of_orders(n, 3, seed)
    np.testing.assert_allclose(shares.sampled(found, orders, n).shares.sum(axis=0), total, atol=1e-8)
    fix = shares.correction({mask: random.normal(size=3) for mask in shares.every(n)}, np.ones((n, 3)), n)
    np.testing.assert_allclose(shares.from_ends(found, n, fix).sum(axis=0), total, atol=1e-8)


def test_alike_changes_get_alike_shares() -> None:
    found = values(lambda s: float(len(s)) ** 2 - 3.0 * (4 in s), 5)
    given_out = shares.shapley(found, 5).ravel()
    np.testing.assert_allclose(given_out[:4], given_out[0])
    assert given_out[4] == pytest.approx(given_out[0] - 3.0)


def test_a_change_that_does_nothing_gets_nothing() -> None:
    found = values(lambda s: overlap(s - {2}), 5)
    assert shares.shapley(found, 5)[2, 0] == pytest.approx(0.0, abs=1e-9)


def test_one_pair_of_an_order_and_its_reverse_is_exact_for_two_at_a_time() -> None:
    n = 6
    truth = shares.shapley(values(pairs_only, n), n)
    orders = shares.pairs_of_orders(n, 2, 5)
    found = shares.sampled(values(pairs_only, n, shares.needed(orders, n)), orders, n)
    np.testing.assert_allclose(found.shares, truth)
    np.testing.assert_allclose(found.error, 0.0, atol=1e-9)


def test_sampled_orders_need_no_other_coalitions_and_meet_each_place() -> None:
    n = 10
    orders = shares.pairs_of_orders(n, n, 1)
    masks = shares.needed(orders, n)
    assert len(masks) == len(set(masks)) < 2**n
    assert set(shares.ends(n)) <= set(masks)
    for place in range(n):
        assert sorted(order[place] for order, _ in orders) == list(range(n))
    assert all(one == other[::-1] for one, other in orders)


def rough(n: int) -> Game:
    """A game in which many changes interact, three and more at a time."""
    random = np.random.default_rng(8)
    sizes = random.normal(size=(30,)) * 40
    sets = [frozenset(random.choice(n, size=random.integers(1, 6), replace=False).tolist()) for _ in sizes]
    return lambda s: sum(float(size) for size, needed in zip(sizes, sets, strict=True) if needed <= s)


def test_sampled_shares_come_nearer_with_more_orders() -> None:
    n = 9
    everything = values(rough(n), n)
    truth = shares.shapley(everything, n)

    def miss(pairs: int) -> float:
        tries = [shares.sampled(everything, shares.pairs_of_orders(n, pairs, seed), n) for seed in range(40)]
        return float(np.sqrt(np.mean([(one.shares - truth) ** 2 for one in tries])))

    few, many = miss(9), miss(36)
    assert many < 0.6 * few
    assert few < 0.1 * np.abs(truth).max()


def test_the_stated_error_covers_the_truth() -> None:
    n, pairs = 9, 14
    everything = values(rough(n), n)
    truth = shares.shapley(everything, n)
    inside, ratio = [], []
    for seed in range(200):
        found = shares.sampled(everything, shares.pairs_of_orders(n, pairs, seed), n)
        inside.append(np.abs(found.shares - truth) <= 2.16 * found.error + 1e-9)  # t of 13, 95%
        ratio.append((found.shares - truth) ** 2 / np.maximum(found.error**2, 1e-12))
    assert np.mean(inside) >= 0.95
    assert np.mean(inside, axis=0).min() >= 0.90, "for each change, not only for most"
    assert 0.2 < np.mean(ratio) < 1.1, "on the large side, but not by much"


def test_the_ends_are_exact_where_the_shares_are_known_and_for_two_at_a_time() -> None:
    n = 5
    here = values(overlap, n)
    fix = shares.correction(here, shares.shapley(here, n), n)
    np.testing.assert_allclose(shares.from_ends(values(overlap, n, shares.ends(n)), n, fix), shares.shapley(here, n))
    there = values(lambda s: overlap(s) + 3 * pairs_only(s), n)
    np.testing.assert_allclose(shares.from_ends(there, n, fix), shares.shapley(there, n))


def test_the_ends_follow_a_game_that_moves() -> None:
    n = 8
    here = values(overlap, n)
    fix = shares.correction(here, shares.shapley(here, n), n)
    there = values(lambda s: 1.4 * overlap(s), n)
    found, truth = shares.from_ends(there, n, fix), shares.shapley(there, n)
    assert np.abs(found - truth).max() < 0.003 * abs(shares.total(there, n)[0])


def test_rounded_parts_add_up() -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        parts = (random.normal(size=random.integers(1, 9)) * 500).tolist()
        whole = math.fsum(parts)
        found = shares.rounded(parts, whole, 10)
        assert sum(found) == shares.rounded([whole], whole, 10)[0]
        assert all(abs(a - b) <= 10.001 for a, b in zip(found, parts, strict=True))
    assert shares.rounded([0.0], 30.0, 10) == [30]
    assert shares.rounded([], 30.0, 10) == []


def test_a_standard_error_needs_two_pairs() -> None:
    with pytest.raises(ValueError, match="two pairs"):
        shares.sampled(values(overlap, 3), shares.pairs_of_orders(3, 1, 1), 3)
