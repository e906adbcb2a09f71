"""Who gets the credit when several changes act together: shares of a game of coalitions.

A coalition is a set of groups of changes, written as a bit mask: bit i stands for group i. Its value is an array, one
number for each output, so that several outputs are shared out from the same runs. Nothing here runs anything: functions
say which coalitions they need, and compute from the values of those.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: value of each coalition that was run
Values = Mapping[int, Array]
Order = tuple[int, ...]

#: groups up to which every coalition is run
MOST_EXACT = 8


def every(n: int) -> list[int]:
    """All coalitions of `n` groups.

    Examples
    --------
    >>> every(2)
    [0, 1, 2, 3]
    """
    return list(range(1 << n))


def ends(n: int) -> list[int]:
    """Nobody, everybody, each group alone, and everybody but each.

    Examples
    --------
    >>> [f"{mask:03b}" for mask in ends(3)]
    ['000', '001', '010', '011', '100', '101', '110', '111']
    >>> len(ends(8))
    18
    """
    whole = (1 << n) - 1
    return sorted({0, whole, *(1 << i for i in range(n)), *(whole ^ (1 << i) for i in range(n))})


def alone(values: Values, n: int) -> Array:
    """What each group does on its own: (group, output)."""
    return np.stack([values[1 << i] - values[0] for i in range(n)])


def last(values: Values, n: int) -> Array:
    """What each group adds to all the others: (group, output)."""
    whole = (1 << n) - 1
    return np.stack([values[whole] - values[whole ^ (1 << i)] for i in range(n)])


def total(values: Values, n: int) -> Array:
    """What all groups do together: (output,)."""
    return values[(1 << n) - 1] - values[0]


def shapley(values: Values, n: int) -> Array:
    """Share of each group: the mean, over all orders, of what it adds to those before it.

    Parameters
    ----------
    values : mapping of coalition to array
        The value of every coalition.
    n : int
        Number of groups.

    Returns
    -------
    float array (group, output)
        The shares add up to the total.

    Examples
    --------
    >>> glove = {mask: np.array([float(mask & 1 and mask & 6)  > 0]) * 1.0 for mask in every(3)}
    >>> shapley(glove, 3).ravel().round(3).tolist()
    [0.667, 0.167, 0.167]
    """
    weight = [1.0 / (n * math.comb(n - 1, size)) for size in range(n)]
    found = []
    for i in range(n):
        mine = 1 << i
        terms = [
            weight[mask.bit_count()] * (values[mask | mine] - values[mask]) for mask in every(n) if not mask & mine
        ]
        found.append(np.sum(terms, axis=0))
    return np.stack(found)


def pairs_of_orders(n: int, pairs: int, seed: int) -> list[tuple[Order, Order]]:
    """Orders in which the groups may come, each with its reverse.

    Orders are the lines of a Latin square drawn at random, then of another: in one square each group comes once in each
    place. Any order is as likely as any other.

    Parameters
    ----------
    n : int
        Number of groups.
    pairs : int
        How many pairs.
    seed : int
        Key of the random numbers.
    """
    random = np.random.Generator(np.random.PCG64([seed, n]))
    found: list[tuple[Order, Order]] = []
    while len(found) < pairs:
        groups, places, lines = (random.permutation(n) for _ in range(3))
        for line in lines[: pairs - len(found)]:
            order = tuple(int(i) for i in groups[(line + places) % n])
            found.append((order, order[::-1]))
    return found


def prefixes(order: Order) -> Iterator[int]:
    """Coalitions that form as the groups come in an order, from nobody to everybody.

    Examples
    --------
    >>> list(prefixes((2, 0, 1)))
    [0, 4, 5, 7]
    """
    mask = 0
    yield mask
    for i in order:
        mask |= 1 << i
        yield mask


def needed(orders: Sequence[tuple[Order, Order]], n: int) -> list[int]:
    """Coalitions that sampled orders need, with each group alone and last."""
    return sorted({mask for pair in orders for order in pair for mask in prefixes(order)} | set(ends(n)))


@dataclass(frozen=True)
class Sampled:
    """Shares from sampled orders.

    Parameters
    ----------
    shares : float array (group, output)
        They add up to the total exactly, whatever the orders.
    error : float array (group, output)
        Standard error of each, from the spread between pairs as if they were drawn one by one. As each group is met in
        each place, it is on the large side.
    """

    shares: Array
    error: Array


def sampled(values: Values, orders: Sequence[tuple[Order, Order]], n: int) -> Sampled:
    """Shares estimated from pairs of an order and its reverse.

    The mean over a pair is exact when groups interact two at a time; the error is what three and more do together.
    """
    if len(orders) < 2:
        message = "a standard error needs two pairs of orders"
        raise ValueError(message)
    each = np.stack([(_added(values, one, n) + _added(values, other, n)) / 2 for one, other in orders])
    error = each.std(axis=0, ddof=1) / math.sqrt(len(orders))
    return Sampled(each.mean(axis=0), error)


def _added(values: Values, order: Order, n: int) -> Array:
    """What each group adds when they come in an order: (group, output)."""
    formed = list(prefixes(order))
    found = np.empty((n, len(values[0])))
    for i, before, after in zip(order, formed, formed[1:], strict=False):
        found[i] = values[after] - values[before]
    return found


@dataclass(frozen=True)
class Correction:
    """What half of alone and half of last miss of the shares, at one reading where the shares are known.

    Parameters
    ----------
    missed : float array (group, output)
        Share less half of alone and half of last.
    """

    missed: Array


def correction(values: Values, shares: Array, n: int) -> Correction:
    """What `from_ends` has to add, from a reading whose shares are known."""
    return Correction(shares - (alone(values, n) + last(values, n)) / 2)


def from_ends(values: Values, n: int, known: Correction) -> Array:
    """Shares at another reading from each group alone and last only: (group, output).

    Half of alone and half of last is exact when groups interact two at a time. What more of them do together is taken
    from the reading where the shares are known, and what then lacks to the total is spread evenly.
    """
    found: Array = (alone(values, n) + last(values, n)) / 2 + known.missed
    return found + (total(values, n) - found.sum(axis=0)) / n


def closing(middles: Sequence[float], whole: float, widths: Sequence[float]) -> list[float]:
    """Middles of several ranges, moved so that they add up to the middle of their sum.

    A median of sums is not the sum of medians. The difference goes to the parts by the width of their ranges, and
    evenly when there are none.

    Examples
    --------
    >>> closing([10.0, 20.0], 33.0, [1.0, 2.0])
    [11.0, 22.0]
    """
    if not len(middles):
        return []
    rest = whole - math.fsum(middles)
    sized = [width if math.isfinite(width) else 0.0 for width in widths]
    if sum(sized) <= 0:
        sized = [1.0] * len(middles)
    return [middle + rest * width / sum(sized) for middle, width in zip(middles, sized, strict=True)]


def rounded(parts: Sequence[float], whole: float, step: float) -> list[float]:
    """Parts rounded to multiples of `step` so that they add up to the whole, rounded.

    Examples
    --------
    >>> rounded([14.0, 14.0, 14.0], 42.0, 10)
    [20, 10, 10]
    """
    units = [math.floor(part / step) for part in parts]
    aim = math.floor(abs(whole) / step + 0.5) * (1 if whole >= 0 else -1)
    rest = [part / step - unit for part, unit in zip(parts, units, strict=True)]
    order = sorted(range(len(parts)), key=lambda i: (-rest[i], i))
    lacking = aim - sum(units)
    for k in range(abs(lacking)):
        if not order:
            break
        i = order[k % len(order)] if lacking > 0 else order[-1 - k % len(order)]
        units[i] += 1 if lacking > 0 else -1
    return [unit * step for unit in units]
