"""Monthly staff, people and exposure of one replication, over all regions: what a bridge needs of a run.

How months total is said by the catalogue, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from capacity_sim.catalogue import load as load_catalogue

Line = tuple[float, ...]
_MONTHS = 12


@dataclass(frozen=True)
class Monthly:
    """Monthly values of one replication.

    Parameters
    ----------
    months : tuple of str
        Calendar months as ``YYYY-MM``.
    lines : mapping
        Values by (measure, cell, basis): a grade, a type of supervision or a risk; the basis is empty where a measure
        has none.
    """

    months: tuple[str, ...]
    lines: Mapping[tuple[str, str, str], Line]

    def value(self, measure: str, period: str, *, cell: str | None = None, basis: str = "") -> float:
        """Total of a measure over a period, by its rule: a mean, a sum, or the last month.

        Parameters
        ----------
        measure : str
            Output of the catalogue that is kept.
        period : str
            Financial year or month.
        cell : str, optional
            One grade, type or risk; all by default.
        basis : str
            Timing basis, for measures stated on one.

        Examples
        --------
        >>> found = Monthly(("2024-04", "2024-05"), {("in_post_fte", "PO", ""): (10.0, 12.0)})
        >>> found.value("in_post_fte", "2024-05")
        12.0
        """
        wanted = set(months_of(period))
        at = [number for number, month in enumerate(self.months) if month in wanted]
        if len(at) != len(wanted):
            message = f"the runs have no whole period {period}"
            raise ValueError(message)
        mine = [
            line
            for (name, where, on), line in sorted(self.lines.items())
            if name == measure and on == basis and cell in (None, where)
        ]
        sums = np.array([sum(line[month] for line in mine) for month in at], dtype=np.float64)
        rule = load_catalogue().outputs[measure].over_months
        if rule == "last":
            return float(sums[-1])
        return float(sums.mean() if rule == "mean" else sums.sum())


def months_of(period: str) -> tuple[str, ...]:
    """Months of a financial year, or the one month.

    Examples
    --------
    >>> months_of("2026-27")[::11], months_of("2024-04")
    (('2026-04', '2027-03'), ('2024-04',))
    """
    year, last = int(period[:4]), int(period[5:])
    if 1 <= last <= _MONTHS:
        return (period,)
    return tuple(f"{year + (3 + number) // 12}-{(3 + number) % 12 + 1:02}" for number in range(_MONTHS))
