"""How much is done, and how long the rest will take."""

from __future__ import annotations

import bisect
import math
import threading
import time
from collections.abc import Callable

#: called with replications done (part of one counts as a part), replications in all, and seconds left or None
Progress = Callable[[float, int, float | None], None]
#: share that must be done before the time left is worth saying
_SURE = 0.04


class Meter:
    """Adds up the parts of replications that are done and says how long the rest will take.

    The pace is that of the second half of what is done, so that the first compile is soon forgotten.

    Parameters
    ----------
    total : int
        Replications in all.
    report : callable or None
        Told what is done and what is left.
    """

    def __init__(self, total: int, report: Progress | None) -> None:
        self._report = report
        self._parts = [0.0] * total
        self._lock = threading.Lock()
        self._seen = [(0.0, time.perf_counter())]

    def part(self, number: int) -> Callable[[float], None]:
        """Callback of a replication, for the share of it that is done."""
        return lambda share: self._set(number, share)

    def done(self, number: int) -> None:
        """Count a replication as done."""
        self._set(number, 1.0)

    def _set(self, number: int, share: float) -> None:
        if self._report is None:
            return
        with self._lock:
            self._parts[number] = max(self._parts[number], min(share, 1.0))
            done, now = sum(self._parts), time.perf_counter()
            left = self._left(done, now)
            self._seen.append((done, now))
            self._report(done, len(self._parts), left)

    def _left(self, done: float, now: float) -> float | None:
        rest = len(self._parts) - done
        if rest == 0:
            return 0.0
        if done < _SURE * len(self._parts):
            return None
        place = bisect.bisect_right(self._seen, (done / 2, math.inf)) - 1
        before, then = self._seen[place]
        return rest * (now - then) / (done - before)
