"""Locks on files: one holder each, in whichever process or thread; who ends, however it ends, has let go."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Callable
from pathlib import Path

#: seconds between looks at whether another has let go
LOOK = 0.2
#: what a file system says that knows no locks
_KNOWS_NONE = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
#: what is said of a file, or of its folder, that its last holder removes at this moment
_GOES = (errno.ENOENT, errno.ESTALE)


class Lock:
    """Lock on a file that is there for nothing else, and gone when nobody holds it.

    On a file system that knows no locks everyone gets it.

    Parameters
    ----------
    file : Path
        The file. Its folder must be there, or can be made, as in another case its holder is waited for without end.
    """

    def __init__(self, file: Path) -> None:
        from filelock import FileLock  # loads a tenth of a second's worth of modules, which most commands do not need

        self.file = file
        self._lock = FileLock(file, thread_local=False, fallback_to_soft=False)

    @property
    def held(self) -> bool:
        """Whether it is held here, and not only given because there are no locks."""
        return self._lock.is_locked

    def take(self) -> bool:
        """Take it if it is free; whether it was.

        Raises
        ------
        OSError
            When the file cannot be written.
        """
        try:
            self._lock.acquire(blocking=False)
        except TimeoutError:
            return False
        except OSError as problem:
            if problem.errno in _GOES:
                return False
            if problem.errno not in _KNOWS_NONE:
                raise
        return True

    def wait(self, waiting: Callable[[], None] | None = None) -> None:
        """Take it as soon as it is free.

        Parameters
        ----------
        waiting : callable, optional
            Called once when another holds it, before it is waited for.
        """
        while not self.take():
            if waiting is not None:
                waiting()
                waiting = None
            time.sleep(LOOK)

    def let_go(self) -> None:
        """Let go of it.

        The file goes while it is held: who has opened it meanwhile finds it gone and takes a new one.
        """
        with contextlib.suppress(OSError):  # Windows refuses, and removes it when it is released
            self.file.unlink()
        self._lock.release(force=True)
