"""Hours that officers of one unit lend to another unit of the region, at the monthly review.

Within a region and grade, hours are best placed when every unit has the same weeks of work in hand. A share of the
way there is gone, and no unit lends more than a part of its hours. A lender's officers have less time for their own
cases, a borrower's have more; cases and staff on the books stay where they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def factors(in_hand: Floats, usual: Floats, share: float, most: float) -> Floats:
    """Hours of each unit of a region after lending, as a ratio to its own.

    Parameters
    ----------
    in_hand : float array (unit,)
        Minutes of work in hand.
    usual : float array (unit,)
        Usual minutes a week of the officers.
    share : float
        Share of the way to equal weeks of work in hand.
    most : float
        Largest share of its hours that a unit lends.

    Returns
    -------
    float array (unit,)
        1 where nothing is lent or borrowed, and where there are no officers.

    Examples
    --------
    >>> factors(np.array([100.0, 300.0]), np.array([100.0, 100.0]), 1.0, 1.0)
    array([0.5, 1.5])
    >>> factors(np.array([100.0, 300.0]), np.array([100.0, 100.0]), 1.0, 0.2)
    array([0.8, 1.2])
    """
    result: Floats = np.ones(len(usual))
    there = usual > 0
    if share <= 0.0 or there.sum() < 2 or in_hand[there].sum() <= 0:
        return result
    wanted = in_hand * (usual[there].sum() / in_hand[there].sum())
    lends = np.where(there, np.clip(share * (usual - wanted), 0.0, most * usual), 0.0)
    borrows = np.where(there, np.maximum(share * (wanted - usual), 0.0), 0.0)
    total = min(lends.sum(), borrows.sum())
    if total <= 0.0:
        return result
    moved = borrows * (total / borrows.sum()) - lends * (total / lends.sum())
    result[there] = 1.0 + moved[there] / usual[there]
    return result
