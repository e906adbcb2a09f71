"""Makes many runs, each once, and keeps of each a few figures in a small file of its own.

A run is known by what was simulated, so an interrupted or a wider question goes on from what is there.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from capacity_sim.errors import Fault, ScenarioError
from capacity_sim.runs.meter import Meter, Progress
from capacity_sim.runs.writer import write_whole
from capacity_sim.scenario import Scenario

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult
    from capacity_sim.runs.coalitions import Counts, Task

Kept = TypeVar("Kept")
#: people times runs from which it pays to start processes
APART = 5_000_000


class Keeps(Protocol[Kept]):
    """What is kept of a run, and how it is written down."""

    @property
    def folder(self) -> str:
        """Name of its folder among the run folders."""

    def of(self, result: RunResult, draw: int, rep: int) -> Kept:
        """What is kept of a replication."""

    def to_json(self, found: Kept) -> dict[str, Any]:
        """Plain data of it."""

    def from_json(self, content: Mapping[str, Any]) -> Kept:
        """The same from plain data; raises ValueError, KeyError, TypeError or AttributeError for another form."""


@dataclass(frozen=True)
class Store(Generic[Kept]):
    """What is kept of runs on disk, one file for each.

    Parameters
    ----------
    runs_dir : Path
        Folder of the run folders.
    keeps : Keeps
        What is kept.
    """

    runs_dir: Path
    keeps: Keeps[Kept]

    def read(self, key: str) -> Kept | None:
        """What was kept of a run that was finished before, or None when there is nothing that can be read."""
        try:
            content = json.loads(self._file(key).read_text(encoding="utf-8"))
            return self.keeps.from_json(content) if content["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, key: str, found: Kept) -> None:
        """Keep what a run gave; a file is there whole or not at all."""
        write_whole(self._file(key), json.dumps({"key": key, **self.keeps.to_json(found)}, indent=0), self.runs_dir)

    def _file(self, key: str) -> Path:
        return self.runs_dir / self.keeps.folder / f"{key}.json"


@dataclass
class Plan(Generic[Kept]):
    """Tasks with the runs that answer them: how many there are, and how many are on disk.

    Parameters
    ----------
    keys : tuple of str
        Run of each task.
    missing : dict of str to Task
        Runs that have to be made.
    found : dict
        What was kept of the runs that are there.
    counts, seed, delivery, store :
        As `plan` is given them.
    apart_from : int
        People times runs from which runs are made in processes of their own.
    """

    keys: tuple[str, ...]
    missing: dict[str, Task]
    found: dict[str, Kept]
    counts: Counts
    seed: int
    delivery: bool
    store: Store[Kept]
    apart_from: int = APART

    def run(self, workers: int | None = None, progress: Progress | None = None) -> list[Kept]:
        """Make the missing runs; what is kept for every task, in order.

        Parameters
        ----------
        workers : int, optional
            Runs at a time; the number of cores by default.
        progress : callable, optional
            Called with runs done, runs in all, and the seconds left.
        """
        if self.missing:
            self._make(workers or os.cpu_count() or 1, progress)
        return [self.found[key] for key in self.keys]

    def _make(self, workers: int, progress: Progress | None) -> None:
        meter = Meter(len(self.missing), progress)
        waiting: dict[Future[Kept], tuple[int, str]] = {}
        threads = max(1, workers // len(self.missing))
        tasks = list(enumerate(list(self.missing.items())))[::-1]
        pool, apart = self._pool(min(workers, len(tasks)))
        try:
            while tasks or waiting:
                while tasks and len(waiting) < workers:
                    number, (key, task) = tasks.pop()
                    watch = None if apart or progress is None else meter.part(number)
                    future = pool.submit(
                        _one, self.store.keeps, self.counts, task, self.seed, self.delivery, threads, watch
                    )
                    waiting[future] = number, key
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    number, key = waiting.pop(future)
                    made = future.result()
                    self.store.write(key, made)
                    self.found[key] = made
                    del self.missing[key]
                    meter.done(number)
        finally:
            with contextlib.suppress(RuntimeError):
                pool.shutdown(wait=not waiting, cancel_futures=True)
            if apart and waiting:
                for child in multiprocessing.active_children():
                    child.terminate()

    def _pool(self, workers: int) -> tuple[Executor, bool]:
        """Where the runs are made, and whether that is in processes of their own: it is when there are many.

        Two threads of one process wait for each other in what is not compiled, about a fifth of a run.
        """
        if workers > 1 and self.counts.portable and len(self.missing) * self.counts.people >= self.apart_from:
            context = multiprocessing.get_context("spawn")
            return ProcessPoolExecutor(workers, mp_context=context, initializer=_leave_signals), True
        return ThreadPoolExecutor(max_workers=workers, thread_name_prefix="coalition"), False


def _one(
    keeps: Keeps[Kept],
    counts: Counts,
    task: Task,
    seed: int,
    delivery: bool,
    threads: int,
    watch: Callable[[float], None] | None,
) -> Kept:
    """One run; a plain function of plain arguments, so that it can be made in another process."""
    return keeps.of(counts.replicate(task, seed, delivery, threads, watch), task.draw, task.rep)


def _leave_signals() -> None:
    """Leave Ctrl-C to the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def plan(
    tasks: Iterable[Task],
    counts: Counts,
    keeps: Keeps[Kept],
    *,
    seed: int = 1,
    delivery: bool = False,
    runs_dir: Path = Path("runs"),
    force: bool = False,
) -> Plan[Kept]:
    """Find which runs answer the tasks; none is made twice, and what is on disk is read.

    Parameters
    ----------
    tasks : iterable of Task
        What to run.
    counts : Counts
        Simulates one task.
    keeps : Keeps
        What is kept of a run.
    seed : int
        Key of all random numbers.
    delivery : bool
        Whether officers deliver the work. A run with delivery answers for one without.
    runs_dir : Path
        Folder of the run folders.
    force : bool
        Make again what is on disk.

    Raises
    ------
    ScenarioError
        When some of the changes without the others take a parameter out of its limits.
    """
    store = Store(runs_dir, keeps)
    keys: list[str] = []
    made = Plan[Kept]((), {}, {}, counts, seed, delivery, store)
    for task in tasks:
        try:
            key = counts.key(task, seed, delivery)
        except ScenarioError as problem:
            raise ScenarioError([_apart(fault, task.scenario) for fault in problem.faults]) from None
        keys.append(key)
        if key in made.found or key in made.missing:
            continue
        known = None if force else store.read(key)
        if known is None and not delivery and not force:
            known = store.read(counts.key(task, seed, True))
        if known is None:
            made.missing[key] = task
        else:
            made.found[key] = known
    made.keys = tuple(keys)
    return made


def _apart(fault: Fault, scenario: Scenario) -> Fault:
    hint = (
        f"this is met with only a part of the changes of `{scenario.name}`: give a change limits that hold without the "
        "others, or write the two as one"
    )
    return replace(fault, hint=hint)
