"""Worker processes that begin afresh and leave the user's script alone.

A process that is spawned runs the main module of its parent again. For a script that asks for runs that is the script
itself, which then asks for them anew in every worker, unless its author knew to guard it. Workers need nothing of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any


class Worker(SpawnProcess):
    """A spawned process that does not run the main module of its parent."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        with _no_script():
            return SpawnProcess._Popen(process_obj)


class WorkerContext(SpawnContext):
    """Starts `Worker` processes, on every system."""

    Process = Worker


@contextmanager
def _no_script() -> Iterator[None]:
    """An empty main module, which a process that is started meanwhile finds nothing to run in."""
    script = sys.modules["__main__"]
    empty = ModuleType("__main__")
    empty.__spec__ = None
    sys.modules["__main__"] = empty
    try:
        yield
    finally:
        sys.modules["__main__"] = script
