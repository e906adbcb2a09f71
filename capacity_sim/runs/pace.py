"""How long a run takes on this machine: what runs took here before, so that an estimate of time is not a guess.

It is kept beside the compiled kernels, which are those of one state of the engine on one machine. No result depends on
it: a file that is not there, cannot be read or cannot be written leaves the guess.
"""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any, Self

#: seconds of one core for a run of hardly anybody, and for a month of a person on top; with officers at their desks
_AT_ONCE, _A_MONTH, _AT_DESKS = 0.1, 6.0 / 60 / 240_000, 1.7
FILE = "pace.json"
#: kinds of run: what falls due alone, and officers at their desks
_DUE, _DESKS = "due", "desks"
#: times the guess that are believed
_LEAST, _MOST = 1 / 64, 64.0


def estimate(people: int, months: int, desks: bool) -> float:
    """Seconds of one core that a run takes.

    Parameters
    ----------
    people, months : int
        People on the first day, and months that are simulated.
    desks : bool
        Whether officers deliver the work, or it is only counted what falls due.
    """
    known = _read()
    size = people * months
    mine = known.get(_DESKS if desks else _DUE) or known.get(_DUE if desks else _DESKS) or {}
    nearest = min(mine, key=lambda one: abs(one - _bucket(size)), default=None)
    return _guess(size, desks) * (1.0 if nearest is None else mine[nearest])


def known() -> bool:
    """Whether any run was timed here before, so that an estimate is more than a guess."""
    return any(_read().values())


def learn(people: int, months: int, desks: bool, seconds: float) -> None:
    """Remember what a run took.

    Parameters
    ----------
    people, months, desks :
        As in `estimate`.
    seconds : float
        Of one core.
    """
    size = people * months
    times = seconds / _guess(size, desks)
    if not _LEAST <= times <= _MOST:
        return
    known = _read()
    known.setdefault(_DESKS if desks else _DUE, {})[_bucket(size)] = round(times, 3)
    file = _file()
    if file is None:
        return
    part = file.with_name(f".{FILE}-{os.getpid()}")
    try:
        part.write_text(json.dumps(known), encoding="utf-8")
        part.replace(file)
    except OSError:
        return


class Watch:
    """Learns from runs as they are finished; the first ones, which start processes and compile, are left aside.

    Use it in a ``with`` block: what was seen is remembered when the block is left, also when the runs are stopped.

    Parameters
    ----------
    people, months, desks :
        As in `estimate`.
    at_once : int
        Runs at a time.
    learns : bool
        Whether they are runs of the model on this machine.
    """

    def __init__(self, people: int, months: int, desks: bool, at_once: int, learns: bool = True) -> None:
        self._what = people, months, desks
        self._at_once = at_once
        self._learns = learns
        self._done: list[float] = []

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remember what was seen."""
        if self._learns:
            self.learn()

    def done(self) -> None:
        """Count a run as finished."""
        self._done.append(time.perf_counter())

    def learn(self) -> None:
        """Remember what a run took, where there were enough of them."""
        first, made = self._at_once - 1, len(self._done) - self._at_once
        if made >= 2 * self._at_once:
            learn(*self._what, (self._done[-1] - self._done[first]) / made * self._at_once)


def _guess(size: int, desks: bool) -> float:
    return (_AT_ONCE + _A_MONTH * size) * (_AT_DESKS if desks else 1.0)


def _bucket(size: int) -> int:
    """Runs of about the same size, so that a region and the nation each have their own."""
    return round(math.log2(max(1, size)))


def _file() -> Path | None:
    from capacity_sim.model.kernel_folder import kernel_folder

    folder = kernel_folder(os.environ.get("NUMBA_CACHE_DIR", ""))
    return None if folder is None or not folder.is_dir() else folder / FILE


def _read() -> dict[str, dict[int, float]]:
    """What is remembered, by kind and bucket; what cannot be understood is nothing."""
    file = _file()
    try:
        content: Any = {} if file is None else json.loads(file.read_text(encoding="utf-8"))
        found = {
            kind: {int(bucket): float(times) for bucket, times in content.get(kind, {}).items()}
            for kind in (_DUE, _DESKS)
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {
        kind: {bucket: times for bucket, times in mine.items() if _LEAST <= times <= _MOST}
        for kind, mine in found.items()
    }
