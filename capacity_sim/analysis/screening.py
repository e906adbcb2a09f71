"""Designs of readings after Morris and Sobol, and what the outputs say of each factor: SALib in quantiles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: levels of a Morris design
LEVELS = 4
#: how sure the intervals of both are
SURE = 0.95
_RESAMPLES = 1000


@dataclass(frozen=True)
class Effect:
    """What moving one factor does, from many places (Morris).

    Parameters
    ----------
    size : float
        Mean of the sizes of its effects, in the unit of the output over its whole range.
    error : float
        Half of the 95% interval of the size.
    mean : float
        Mean of its effects with their signs; missing for several inputs.
    spread : float
        Standard deviation of its effects over the places: how far it depends on the others, or bends; missing for
        several inputs.
    """

    size: float
    error: float
    mean: float
    spread: float


@dataclass(frozen=True)
class Index:
    """Share of the variance of the output that one factor makes (Sobol).

    Parameters
    ----------
    first, first_error : float
        Share that it makes alone, and half of its 95% interval.
    total, total_error : float
        Share that it makes alone and with others, and half of its 95% interval.
    """

    first: float
    first_error: float
    total: float
    total_error: float


def morris_points(sizes: Sequence[int], trajectories: int, seed: int) -> Array:
    """Quantiles of a Morris design: each trajectory moves one factor after the other.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs of each factor.
    trajectories : int
        Number of trajectories.
    seed : int
        Key of the design.

    Returns
    -------
    float array (trajectories * (factors + 1), inputs)
        Quantiles; columns stand in the order of the factors.

    Examples
    --------
    >>> morris_points([1, 2], 5, seed=1).shape
    (15, 3)
    """
    from SALib.sample import morris

    found: Array = morris.sample(_problem(sizes), trajectories, num_levels=LEVELS, seed=_key(seed, "morris"))
    return np.asarray(np.clip(found, 0.0, 1.0))


def morris_effects(sizes: Sequence[int], points: Array, outputs: Array, seed: int) -> list[Effect]:
    """What each factor does, from the outputs at the points of a Morris design.

    Parameters
    ----------
    sizes, seed :
        As in `morris_points`.
    points : float array
        The design.
    outputs : float array
        Output at each point.
    """
    from SALib.analyze import morris

    found = morris.analyze(
        _problem(sizes), points, outputs, num_resamples=_RESAMPLES, conf_level=SURE, num_levels=LEVELS,
        seed=_key(seed, "morris intervals"),
    )  # fmt: skip
    place = {str(name): number for number, name in enumerate(found["names"])}

    def of(what: str, factor: int) -> float:
        return float(found[what][place[_name(factor)]])

    return [
        Effect(
            of("mu_star", factor),
            of("mu_star_conf", factor),
            of("mu", factor) if size == 1 else float("nan"),
            of("sigma", factor),
        )
        for factor, size in enumerate(sizes)
    ]


def sobol_points(sizes: Sequence[int], base: int, seed: int) -> Array:
    """Quantiles of a Sobol design after Saltelli, without second order.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs of each factor.
    base : int
        Base points, a power of two.
    seed : int
        Key of the design.

    Returns
    -------
    float array (base * (factors + 2), inputs)
        Quantiles; columns stand in the order of the factors.

    Examples
    --------
    >>> sobol_points([1, 2], 4, seed=1).shape
    (16, 3)
    """
    from SALib.sample import sobol

    found: Array = sobol.sample(_problem(sizes), base, calc_second_order=False, seed=_key(seed, "sobol"))
    return np.asarray(np.clip(found, 0.0, 1.0))


def sobol_indices(sizes: Sequence[int], outputs: Array, seed: int) -> list[Index]:
    """Shares of the variance, from the outputs at the points of a Sobol design; all 0 when nothing moves it.

    Parameters
    ----------
    sizes, seed :
        As in `sobol_points`.
    outputs : float array
        Output at each point.
    """
    from SALib.analyze import sobol

    if np.ptp(outputs) == 0:
        return [Index(0.0, 0.0, 0.0, 0.0) for _ in sizes]
    found = sobol.analyze(
        _problem(sizes), outputs, calc_second_order=False, num_resamples=_RESAMPLES, conf_level=SURE,
        seed=_key(seed, "sobol intervals"),
    )  # fmt: skip
    columns = [np.asarray(found[what], dtype=np.float64) for what in ("S1", "S1_conf", "ST", "ST_conf")]
    return [Index(*(float(column[factor]) for column in columns)) for factor in range(len(sizes))]


def independent(outputs: Array, factors: int) -> Array:
    """Outputs of a Sobol design at its independent points: the first and the last of each block."""
    blocks = outputs.reshape(-1, factors + 2)
    return np.concatenate([blocks[:, 0], blocks[:, -1]])


def _problem(sizes: Sequence[int]) -> dict[str, Any]:
    """What SALib needs to know; names are our own, so that no name of an input has a meaning to it."""
    total = sum(sizes)
    groups = [_name(factor) for factor, size in enumerate(sizes) for _ in range(size)]
    return {
        "num_vars": total,
        "names": [f"x{number}" for number in range(total)],
        "bounds": [[0.0, 1.0]] * total,
        "groups": groups,
    }


def _name(factor: int) -> str:
    return f"g{factor}"


def _key(seed: int, what: str) -> int:
    """Seed of one use of chance; never 0, which SALib takes for none."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{what}".encode()).digest()[:4], "little") | 1
