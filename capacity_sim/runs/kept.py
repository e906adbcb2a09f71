"""Makes many runs, each once, and keeps of each a few figures in a small file of its own.

A run is known by what was simulated, so an interrupted or a wider question goes on from what is there. Commands that
ask for the same runs at once share them out: each claims what it makes, and takes from disk what another has made.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypedDict, TypeVar

from capacity_sim.errors import Fault, ScenarioError
from capacity_sim.locks import LOOK
from capacity_sim.runs import identity, pace, places
from capacity_sim.runs.claims import Claims
from capacity_sim.runs.meter import Meter, Progress
from capacity_sim.runs.task import check_versions
from capacity_sim.runs.writer import write_whole, writing
from capacity_sim.scenario import Scenario

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult
    from capacity_sim.runs.coalitions import Counts, Task

Kept = TypeVar("Kept")


class How(TypedDict, total=False):
    """How the runs of a plan are made and kept; what is left out has the default of `plan`."""

    runs_dir: Path
    force: bool
    scheduler: str | None
    waiting: Callable[[], None] | None


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

    def lock(self, key: str) -> Path:
        """File that is locked by who makes a run."""
        return self.runs_dir / self.keeps.folder / f".{key}.lock"

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
    counts, seed, delivery, store, scheduler, force, waiting :
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
    scheduler: str | None = None
    force: bool = False
    waiting: Callable[[], None] | None = None
    apart_from: int = places.APART

    def run(self, workers: int | None = None, progress: Progress | None = None) -> list[Kept]:
        """Make the missing runs, or wait for others that make them; what is kept for every task, in order.

        Parameters
        ----------
        workers : int, optional
            Runs at a time on this machine; the number of cores by default.
        progress : callable, optional
            Called with runs done, runs in all, and the seconds left.

        Raises
        ------
        RunError
            When workers are lost time and again, or the cluster does not answer. What was finished is kept.
        """
        if self.missing:
            self._make(workers or os.cpu_count() or 1, progress)
        return [self.found[key] for key in self.keys]

    def _make(self, workers: int, progress: Progress | None) -> None:
        """Make what is missing; two threads of one process wait for each other in what is not compiled."""
        number = {key: place for place, key in enumerate(self.missing)}
        tasks = len(number)
        meter = Meter(tasks, progress)
        learns = self.counts.portable and self.scheduler is None
        what = self.counts.people, self.counts.months, self.delivery, min(workers, tasks), learns
        apart = self.counts.portable and tasks * self.counts.people >= self.apart_from
        with (
            places.chosen(workers=workers, tasks=tasks, apart=apart, scheduler=self.scheduler) as place,
            Claims(self.store.lock) as claims,
        ):
            threads = 1 if place.apart else max(1, workers // tasks)
            expected = identity.versions() if place.apart else None

            def arguments(key: str, task: Task) -> tuple[Any, ...]:
                share = None if place.apart or progress is None else meter.part(number[key])
                asked = None if expected is None else (key, expected)
                return self.store.keeps, self.counts, task, self.seed, self.delivery, threads, share, asked

            def has(key: str, kept: Kept) -> None:
                claims.give_up(key)
                self.found[key] = kept
                del self.missing[key]
                meter.done(number[key])

            def handed() -> Iterator[tuple[str, tuple[Any, ...]]]:
                for key, task in list(self.missing.items()):
                    with writing(self.store.runs_dir):
                        mine = claims.take(key)
                    if mine:
                        there = None if self.force else self.store.read(key)  # another may have made it since
                        if there is None:
                            yield key, arguments(key, task)
                        else:
                            has(key, there)

            while self.missing:
                before = len(self.missing)
                with pace.Watch(*what) as watch, closing(place.each(_one, handed())) as done:
                    for key, made in done:
                        self.store.write(key, made)
                        has(key, made)
                        watch.done()
                if len(self.missing) == before:
                    self._wait()

    def _wait(self) -> None:
        """Wait a little for others, which make all that is missing; say so the first time."""
        if self.waiting is not None:
            self.waiting()
            self.waiting = None
        time.sleep(LOOK)


def _one(
    keeps: Keeps[Kept],
    counts: Counts,
    task: Task,
    seed: int,
    delivery: bool,
    threads: int,
    watch: Callable[[float], None] | None,
    asked: tuple[str, Mapping[str, str]] | None,
) -> Kept:
    """One run; a plain function of plain arguments, so that it can be made in another process."""
    if asked is not None:
        key, versions = asked
        check_versions(versions, [] if counts.key(task, seed, delivery) == key else ["other data"])
    return keeps.of(counts.replicate(task, seed, delivery, threads, watch), task.draw, task.rep)


def plan(
    tasks: Iterable[Task],
    counts: Counts,
    keeps: Keeps[Kept],
    *,
    seed: int = 1,
    delivery: bool = False,
    runs_dir: Path = Path("runs"),
    force: bool = False,
    scheduler: str | None = None,
    waiting: Callable[[], None] | None = None,
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
    scheduler : str, optional
        Address of a Dask cluster that makes the runs; by default this machine does.
    waiting : callable, optional
        Called once when only others make what is missing, before they are waited for.

    Raises
    ------
    ScenarioError
        When some of the changes without the others take a parameter out of its limits.
    """
    store = Store(runs_dir, keeps)
    keys: list[str] = []
    made = Plan[Kept]((), {}, {}, counts, seed, delivery, store, scheduler, force, waiting)
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
