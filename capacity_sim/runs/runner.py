"""Runs scenarios x draws x replications on an executor and writes one run folder for each scenario."""

from __future__ import annotations

import bisect
import math
import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs import identity, store
from capacity_sim.runs.design import readings
from capacity_sim.runs.schema import ILLUSTRATIVE
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.tidy import tidy
from capacity_sim.runs.writer import RunWriter

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult
    from capacity_sim.parameters import UncertainInput
    from capacity_sim.scenario import Scenario

#: quantile of every uncertain input, or None for the central values
Reading = Mapping[str, float] | None
#: called with replications done (part of one counts as a part), replications in all, and seconds left or None
Progress = Callable[[float, int, float | None], None]
_WINDOW = 2
#: share that must be done before the time left is worth saying
_SURE = 0.04


class Model(Protocol):
    """Simulates replications of scenarios; `capacity_sim.runs.replication.EngineModel` is the real one."""

    def months(self, scenario: Scenario) -> tuple[str, ...]:
        """Months of the results."""

    def question(self, scenario: Scenario) -> dict[str, Any]:
        """What a result depends on, as plain data: scenario, data, versions, horizon, region and so on."""

    def inputs(self, scenario: Scenario) -> Sequence[UncertainInput]:
        """Uncertain inputs of a scenario."""

    def replicate(
        self,
        scenario: Scenario,
        reading: Reading,
        *,
        seed: int,
        draw: int,
        rep: int,
        threads: int,
        progress: Callable[[float], None] | None,
    ) -> RunResult:
        """One replication."""

    def scenario_text(self, scenario: Scenario) -> str:
        """Resolved scenario as a file that can be run again."""

    def changed_values(self, scenario: Scenario) -> str:
        """Values that the scenario changes, as CSV."""


@dataclass(frozen=True)
class Request:
    """What to run.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Each gives one run folder.
    draws : int
        Readings of the uncertain inputs; with one, every input has its central value.
    reps : int
        Rolls of chance for each draw.
    seed : int
        Key of all random numbers.
    units : bool
        Whether to keep rows of single delivery units.
    """

    scenarios: Sequence[Scenario]
    draws: int = 1
    reps: int = 1
    seed: int = 1
    units: bool = False

    def __post_init__(self) -> None:
        """Refuse counts that give no run."""
        faults = [
            Fault("too-few", f"{number} {name} is less than one", hint=f"give 1 or more {name}")
            for name, number in (("draws", self.draws), ("reps", self.reps))
            if number < 1
        ]
        if self.seed < 0:
            faults.append(
                Fault("bad-seed", f"seed {self.seed} is below zero", hint="give a whole number from 0")
            )
        names = Counter(scenario.name for scenario in self.scenarios)
        faults += [
            Fault("same-name", f"two scenarios are called `{name}`", hint="name each scenario once")
            for name, number in names.items()
            if number > 1
        ]
        if faults:
            raise UsageError(faults)


@dataclass(frozen=True)
class Outcome:
    """A scenario's folder, and whether it was there already."""

    folder: RunFolder
    reused: bool
    replications: int
    seconds: float


@dataclass
class _Job:
    """A scenario that has to be run."""

    place: int
    scenario: Scenario
    question: dict[str, Any]
    digest: str
    readings: tuple[Reading, ...]
    writer: RunWriter | None = None
    counts: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0
    began: float = 0.0


@dataclass(frozen=True)
class _Task:
    job: _Job
    draw: int
    rep: int


def run(
    request: Request,
    model: Model,
    *,
    runs_dir: Path = Path("runs"),
    workers: int | None = None,
    executor: Executor | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Run what is not on disk yet; give the folder of every scenario, in the order asked.

    Parameters
    ----------
    request : Request
        Scenarios, draws, replications, seed.
    model : Model
        Simulates one replication of a scenario.
    runs_dir : Path
        Folder of the run folders.
    workers : int, optional
        Replications at a time, or threads inside a replication when there is one; the number of cores by
        default.
    executor : concurrent.futures.Executor, optional
        Where the replications run; threads of this process by default. A pool of processes or a cluster will
        do.
    force : bool
        Run again what is there already.
    progress : callable, optional
        Called with replications done, replications in all, and the seconds left.

    Returns
    -------
    list of Outcome
        One for each scenario.

    Raises
    ------
    RunError
        When a folder cannot be written. Nothing half-written is left, and folders finished before stay.
    """
    workers = workers or os.cpu_count() or 1
    outcomes: dict[int, Outcome] = {}
    jobs: list[_Job] = []
    for place, scenario in enumerate(request.scenarios):
        question = {
            **model.question(scenario),
            "seed": request.seed,
            "draws": request.draws,
            "reps": request.reps,
            "units": request.units,
        }
        digest = identity.digest(question)
        folder = None if force else store.find(runs_dir, scenario.name, digest)
        if folder is not None:
            outcomes[place] = Outcome(folder, True, 0, 0.0)
            continue
        ids = [found.id for found in model.inputs(scenario)]
        jobs.append(_Job(place, scenario, question, digest, readings(request.seed, ids, request.draws)))
    if jobs:
        for job, outcome in _run_jobs(jobs, request, model, runs_dir, workers, executor, progress):
            outcomes[job.place] = outcome
    return [outcomes[place] for place in sorted(outcomes)]


def _run_jobs(
    jobs: list[_Job],
    request: Request,
    model: Model,
    runs_dir: Path,
    workers: int,
    executor: Executor | None,
    progress: Progress | None,
) -> list[tuple[_Job, Outcome]]:
    tasks = deque(
        _Task(job, draw, rep) for job in jobs for draw in range(request.draws) for rep in range(request.reps)
    )
    total = len(tasks)
    meter = Meter(total, progress)
    finished: list[tuple[_Job, Outcome]] = []
    waiting: deque[tuple[_Task, int, Future[_Rows]]] = deque()
    with ExitStack() as stack:
        own = executor is None
        pool = executor or ThreadPoolExecutor(
            max_workers=min(workers, total), thread_name_prefix="replication"
        )
        stack.callback(_stop, pool if own else None, waiting)

        def submit() -> None:
            while tasks and len(waiting) < _WINDOW * workers:
                task = tasks.popleft()
                number = total - len(tasks) - 1
                watch = meter.part(number) if own and progress is not None else None
                threads = max(1, workers // total) if own else 1
                future = pool.submit(
                    _replicate,
                    model,
                    task.job.scenario,
                    task.job.readings[task.draw],
                    request.seed,
                    task.draw,
                    task.rep,
                    request.units,
                    threads,
                    watch,
                )
                waiting.append((task, number, future))

        _open(jobs[0], runs_dir, stack)
        submit()
        while waiting:
            task, number, future = waiting[0]
            rows = future.result()
            waiting.popleft()
            submit()
            job = task.job
            if job.writer is None:
                _open(job, runs_dir, stack)
            _keep(job, rows)
            meter.done(number)
            if (task.draw, task.rep) == (request.draws - 1, request.reps - 1):
                finished.append((job, _finish(job, request, model, workers)))
    return finished


def _open(job: _Job, runs_dir: Path, stack: ExitStack) -> None:
    job.began = time.perf_counter()
    job.writer = stack.enter_context(RunWriter(runs_dir, job.scenario.name, job.digest))


def _keep(job: _Job, rows: _Rows) -> None:
    if job.writer is not None:
        job.writer.write(rows.table)
    job.counts.update(rows.counts)
    job.busy += rows.seconds


def _stop(pool: Executor | None, waiting: deque[tuple[_Task, int, Future[_Rows]]]) -> None:
    for _, _, future in waiting:
        future.cancel()
    if pool is not None:
        pool.shutdown(wait=not waiting, cancel_futures=True)


@dataclass(frozen=True)
class _Rows:
    table: pa.Table
    counts: dict[str, int]
    seconds: float


def _replicate(
    model: Model,
    scenario: Scenario,
    reading: Reading,
    seed: int,
    draw: int,
    rep: int,
    units: bool,
    threads: int,
    progress: Callable[[float], None] | None,
) -> _Rows:
    """One task; a plain function of plain arguments, so that it can run in another process."""
    began = time.perf_counter()
    result = model.replicate(
        scenario, reading, seed=seed, draw=draw, rep=rep, threads=threads, progress=progress
    )
    table = tidy(result, load_catalogue(), draw, rep, units)
    return _Rows(table, dict(result.counts), time.perf_counter() - began)


def _finish(job: _Job, request: Request, model: Model, workers: int) -> Outcome:
    if job.writer is None:
        message = "the run folder is not open"
        raise ValueError(message)
    seconds = time.perf_counter() - job.began
    replications = request.draws * request.reps
    inputs = {
        found.id: {
            "low": found.low,
            "mid": found.mid,
            "high": found.high,
            "quantiles": [None if reading is None else reading[found.id] for reading in job.readings],
        }
        for found in model.inputs(job.scenario)
    }
    manifest = {
        "name": job.scenario.name,
        "title": job.scenario.title,
        "hash": job.digest,
        "question": job.question,
        "versions": identity.versions(),
        "months": list(model.months(job.scenario)),
        "uncertain_inputs": inputs,
        "counts": {"replications": replications, **dict(sorted(job.counts.items()))},
        "notes": [
            *([ILLUSTRATIVE] if request.units and store.illustrative(job.question) else []),
            *(job.question["data"].get("own", {}).get("words", "").splitlines()),
        ],
        "timings": {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
            "seconds_a_replication": round(job.busy / replications, 3),
            "workers": workers,
        },
    }
    folder = job.writer.finish(
        manifest, model.scenario_text(job.scenario), model.changed_values(job.scenario)
    )
    return Outcome(folder, False, replications, seconds)


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
