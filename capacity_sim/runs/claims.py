"""Who makes a run for which several commands ask at once: it claims the run first, and the others use what it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from capacity_sim.locks import Lock

#: runs that are claimed at a time, as each claim is an open file; others are made unclaimed, and at worst made twice
_MOST = 256


class Claims:
    """Runs that are claimed here; use it in a ``with`` block, which gives up those that are left.

    Nobody waits while it makes runs, so that no two wait for each other; one that is killed has given up its claims.

    Parameters
    ----------
    file_of : callable
        File that is locked for a run, by its key.
    """

    def __init__(self, file_of: Callable[[str], Path]) -> None:
        self._file_of = file_of
        self._held: dict[str, Lock] = {}

    def __enter__(self) -> Self:
        """Begin, with none."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give up what is left."""
        for key in list(self._held):
            self.give_up(key)

    def take(self, key: str) -> bool:
        """Claim a run; whether it is to be made here, as nobody else makes it.

        Raises
        ------
        OSError
            When nothing can be written there.
        """
        if len(self._held) >= _MOST:
            return True
        lock = Lock(self._file_of(key))
        if not lock.take():
            return False
        self._held[key] = lock
        return True

    def give_up(self, key: str) -> None:
        """Give up a run, which is made and kept, or will not be."""
        lock = self._held.pop(key, None)
        if lock is not None:
            lock.let_go()
