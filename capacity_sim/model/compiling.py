"""The first simulation of a machine compiles the engine: one half here, the other in a process beside this one.

What is compiled is kept (see `compiled`), so this happens once for each state of the sources and each kind of
processor. Processes that come meanwhile wait for it instead of doing the same. Numba compiles one function at a time in
a process, and two processes keep what they compile in one folder, so the weeks of units and teams, which take half of
the time, are compiled here, and everything else in the other process, on a made-up region in which nothing happens
between the months.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import llvmlite.binding
import numba
import numpy as np

from capacity_sim.locks import Lock
from capacity_sim.model.kernel_folder import PACKAGE, kernel_folder
from capacity_sim.model.loading import START
from capacity_sim.model.state import State

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

_LOCK = ".lock"
#: months of the made-up region: enough for an intake of trainees, leavers, and posts that are filled
_MONTHS = 7
_THE_REST = "from capacity_sim.model.compiling import the_rest; the_rest()"


@cache
def mark() -> Path | None:
    """File that stands when everything is compiled for this processor; None when nothing can be kept."""
    folder = kernel_folder(os.environ.get("NUMBA_CACHE_DIR", ""))
    return folder and folder / f".whole-{numba.__version__}-{llvmlite.binding.get_host_cpu_name()}"


def ready(world: World) -> None:
    """Have every kernel of a replication compiled and kept, if it is not.

    Parameters
    ----------
    world : World
        Any: the kernels are the same for all.
    """
    done = mark()
    if done is None or done.exists():
        return
    with alone(done.parent) as can_keep:
        if can_keep and not done.exists():
            compile_all(world)
            done.touch()


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Be the only process, and the only thread, that compiles into a folder; others wait.

    Gives whether that can be: in a folder that cannot be written to, everyone compiles for themselves as they go.

    Parameters
    ----------
    folder : Path
        Where compiled kernels are kept; made if it is not there.
    """
    lock = Lock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.wait()
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        lock.let_go()


def compile_all(world: World) -> None:
    """Compile the weeks here and the rest in another process, or all of it here where there is no second processor."""
    beside = _beside() if (os.cpu_count() or 1) > 1 and sys.executable else None
    try:
        the_weeks(world)
    except BaseException:
        if beside is not None:
            beside.kill()
        raise
    if beside is None or beside.wait() != 0:
        the_rest()


def _beside() -> subprocess.Popen[bytes] | None:
    """Process that compiles the rest; None when none can be started."""
    paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _THE_REST],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def the_weeks(world: World) -> None:
    """Compile the weeks of units and teams: nobody lives through none of them."""
    nobody = np.empty(0, START)
    with ThreadPoolExecutor(1) as pool:
        State(world, [nobody] * len(world.data.units)).advance(0, pool, 1)


class _Still(State):
    """A replication in which no week is lived."""

    def advance(self, until: int, pool: ThreadPoolExecutor, threads: int) -> None:
        """Pass over the weeks."""
        self.at[:] = until
        self.team_at[:] = until


def the_rest() -> None:
    """Compile everything but the weeks, by going through some months of a made-up region without them."""
    from capacity_sim import catalogue, data, scenario, streams
    from capacity_sim.calendars import Calendar, add_months
    from capacity_sim.model import engine
    from capacity_sim.parameters import Parameters

    names, region = catalogue.load(), data.load("demo")
    calendar = Calendar(region.start, add_months(region.start, _MONTHS))
    parameters = Parameters(names, region.values, scenario.load("baseline").changes, calendar)
    world, root = engine.prepare(region, names, parameters, calendar), streams.key_of(1)
    engine.play(world, _Still(world, engine.starts_of(world, root)), root)
