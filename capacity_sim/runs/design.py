"""Which reading of every uncertain input each draw takes: a Latin hypercube with one column for each input.

The column of an input is shuffled by a key made from the seed and the input's own id. So an input has the
same readings in every scenario that includes it, and an input more or less leaves the columns of the others
alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def column(seed: int, input_id: str, draws: int) -> npt.NDArray[np.float64]:
    """Quantiles of one input, one for each draw: one in each of `draws` strata of equal width.

    Parameters
    ----------
    seed : int
        Seed of the run.
    input_id : str
        Id of the uncertain input.
    draws : int
        Number of draws.

    Returns
    -------
    array of float
        Quantiles between 0 and 1.

    Examples
    --------
    >>> sorted(int(u * 4) for u in column(1, "delivery.floor", 4))
    [0, 1, 2, 3]
    """
    key = hashlib.sha256(f"{seed}/{input_id}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "little")))
    strata = random.permutation(draws)
    quantiles: npt.NDArray[np.float64] = (strata + random.random(draws)) / draws
    return quantiles


def readings(seed: int, input_ids: Iterable[str], draws: int) -> tuple[dict[str, float] | None, ...]:
    """Reading of each draw: the quantile of every input, or None (central values) when there is one draw.

    Parameters
    ----------
    seed : int
        Seed of the run.
    input_ids : iterable of str
        Ids of the uncertain inputs.
    draws : int
        Number of draws.

    Returns
    -------
    tuple of dict or None
        One item for each draw.

    Examples
    --------
    >>> readings(1, ["delivery.floor"], 1)
    (None,)
    """
    if draws == 1:
        return (None,)
    columns = {name: column(seed, name, draws).tolist() for name in sorted(set(input_ids))}
    return tuple({name: values[draw] for name, values in columns.items()} for draw in range(draws))
