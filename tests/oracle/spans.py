"""Spans of weeks in which the rules of release and end do not change, and what those rules say of a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from capacity_sim import streams

from .rules import uniform, uniform_k

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

LONG_AGO = -(10**7)  # first day of the first span
RULES = {
    "fraction": "people.release.fraction",
    "excluded": "people.release.excluded_share",
    "added_share": "people.release.added_share",
    "added": "people.release.added_fraction",
    "scheme_share": "people.early.share",
    "scheme_days": "people.early.days",
    "scheme_served": "people.early.served",
    "post_share": "people.post_sentence.share",
    "order_share": "people.order.early_share",
    "order_part": "people.order.early_fraction",
}


@dataclass
class Span:
    """Rules that are in force from a day until the day before `until`.

    Attributes
    ----------
    since, until : int
        First day, and first day of the next span (None: to the end of all time).
    old_fraction : list
        Release points of the first span of all, which the excluded keep.
    """

    since: int
    until: int | None
    fraction: list[list[float]]  # of determinate and extended sentences, by band
    old_fraction: list[list[float]]
    excluded: list[float]  # by band
    added_share: float
    added: float
    scheme_share: list[list[float]]  # by scheme of early release and band
    scheme_days: list[float]
    scheme_served: list[float]
    post_share: float
    order_share: list[float]  # by kind
    order_part: list[float]

    def holds(self, day: int) -> bool:
        """Whether a day is before the next span."""
        return self.until is None or day < self.until

    def release_day(self, key: int, start: int, length: int, served: float, extended: int, band: int) -> int:
        """Day of release of a custodial sentence."""
        return max(start + self.days_inside(key, length, served, extended, band), self.since)

    def days_inside(self, key: int, length: int, served: float, extended: int, band: int) -> int:
        """Days from the start to release, at least one."""
        part = self.fraction[extended][band]
        if extended:
            return max(1, int(part * length - served))
        if uniform(key, streams.EXCLUDED) < self.excluded[band]:
            return max(1, int(self.old_fraction[0][band] * length - served))
        u = uniform(key, streams.ADDED)
        if u < self.added_share:
            part = min(part + self.added * 2 * u / self.added_share, 1.0)
        usual = max(1, int(part * length - served))
        earlier, later = [usual], [usual]
        for k, share in enumerate(self.scheme_share):
            if uniform_k(key, streams.EARLY, k) < share[band]:
                days = round(self.scheme_days[k])
                day = max(usual - days, int(self.scheme_served[k] * length - served), 1)
                (earlier if days >= 0 else later).append(day)
        return min(earlier) if min(earlier) < usual else max(later)

    def order_ends_early(self, key: int, start: int, length: int, kind: int) -> int | None:
        """Day on which an order ends early while these rules are in force."""
        day = max(start + max(1, int(self.order_part[kind] * length)), self.since)
        is_early = uniform(key, streams.EARLY_END) < self.order_share[kind]
        return day if is_early and self.holds(day) and day < start + length else None


def spans(world: World) -> list[Span]:
    """Spans of a run, one after the other."""
    calendar = world.calendar
    weekly = {name: world.parameters.weekly(path) for name, path in RULES.items()}
    rows = [
        row
        for row in range(calendar.n_total)
        if row == 0 or any(not np.array_equal(values[row], values[row - 1]) for values in weekly.values())
    ]
    since = [7 * (row - calendar.warm_up) if row else LONG_AGO for row in rows]
    old = weekly["fraction"][0].tolist()
    return [
        Span(first, until, old_fraction=old, **{name: values[row].tolist() for name, values in weekly.items()})
        for row, first, until in zip(rows, since, [*since[1:], None], strict=True)
    ]
