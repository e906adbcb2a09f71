"""How the places of a region are shared out among its units at a review."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: parameters that say how many there are of each service with places, in the order of `places`
PLACES = (
    "interventions.unpaid_work.places",
    "interventions.programme.places",
    "interventions.tag.fittings",
    "interventions.approved_premises.beds",
)

Ints = npt.NDArray[np.int64]


def share_out(there: int, held: Ints, waiting: Ints, people: Ints) -> Ints:
    """Places of each unit: those held stay, the rest goes to who waits, and what is then left to who waits and holds.

    Parameters
    ----------
    there : int
        Places of the region.
    held, waiting, people : int arrays (unit,)
        Places held, people on the list, and people at the start.

    Returns
    -------
    int array (unit,)
        They add up to `there`.

    Examples
    --------
    >>> import numpy as np
    >>> held, waiting, people = np.array([4, 2, 0]), np.array([6, 0, 3]), np.array([100, 100, 50])
    >>> share_out(9, held, waiting, people).tolist()  # three are free, nine people wait
    [6, 2, 1]
    >>> share_out(20, held, waiting, people).tolist()  # five more than needed
    [13, 3, 4]
    >>> share_out(3, held, waiting, people).tolist()  # fewer than are held: nobody is turned out, none is given
    [2, 1, 0]
    """
    free = there - int(held.sum())
    if free < 0:
        return in_proportion(there, held)
    queue = int(waiting.sum())
    if free < queue:
        return held + in_proportion(free, waiting)
    claims = held + waiting
    return claims + in_proportion(free - queue, claims if claims.any() else people)


def in_proportion(amount: int, weights: Ints) -> Ints:
    """Whole parts of an amount in proportion to weights; what is left goes to the largest remainders, first ones first.

    Examples
    --------
    >>> import numpy as np
    >>> in_proportion(7, np.array([1, 1, 1])).tolist()
    [3, 2, 2]
    """
    total = int(weights.sum())
    if total == 0:
        return np.zeros(len(weights), np.int64)
    shares = amount * weights
    parts = shares // total
    order = np.argsort(-(shares % total), kind="stable")
    parts[order[: amount - int(parts.sum())]] += 1
    return parts
