"""Runs scenarios x draws x replications, keeps each as it is done, and writes one run folder for each scenario."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex

from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs import identity, pace, places, store
from capacity_sim.runs.design import MOST_DRAWS, Design, readings
from capacity_sim.runs.meter import Meter as Meter
from capacity_sim.runs.meter import Progress as Progress
from capacity_sim.runs.parts import Parts
from capacity_sim.runs.schema import ILLUSTRATIVE
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.task import replicate
from capacity_sim.runs.writer import RunWriter

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult
    from capacity_sim.parameters import UncertainInput
    from capacity_sim.scenario import Scenario

#: quantile of every uncertain input, or None for the central values
Reading = Mapping[str, float] | None


class Model(Protocol):
    """Simulates replications of scenarios; `capacity_sim.runs.replication.EngineModel` is the real one."""

    def months(self, scenario: Scenario) -> tuple[str, ...]:
        """Months of the results."""

    def question(self, scenario: Scenario) -> dict[str, Any]:
        """What a result depends on, as plain data: scenario, data, versions, horizon, region and so on."""

    def inputs(self, scenario: Scenario) -> Sequence[UncertainInput]:
        """Uncertain inputs of a scenario."""

    @property
    def portable(self) -> bool:
        """Whether it can be sent to another process."""

    @property
    def people(self) -> int:
        """People on the first day: what a replication costs."""

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
    design : Design
        How the readings of the draws are laid out.
    """

    scenarios: Sequence[Scenario]
    draws: int = 1
    reps: int = 1
    seed: int = 1
    units: bool = False
    design: Design = field(default_factory=Design)

    def __post_init__(self) -> None:
        """Refuse counts that give no run."""
        counts = (("draws", self.draws), ("reps", self.reps), ("seed", self.seed))
        faults = [
            Fault("not-whole", f"{number!r} is no whole number, as `{name}` is", hint="give one, without quotes")
            for name, number in counts
            if isinstance(number, bool) or not isinstance(number, SupportsIndex)
        ]
        if faults:
            raise UsageError(faults)
        faults = [
            Fault("too-few", f"{number} {name} is less than one", hint=f"give 1 or more {name}")
            for name, number in counts[:2]
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
        if self.reps > MOST_DRAWS:
            message = f"{self.reps:,} reps are more than the {MOST_DRAWS:,} that results can number"
            faults.append(Fault("too-many", message, hint="the chance of one reading needs some dozens"))
        if faults:
            raise UsageError(faults)
        self.design.check(self.draws)


@dataclass(frozen=True)
class Outcome:
    """What a scenario has: its folder, or the replications of one that is not written yet.

    Parameters
    ----------
    folder : RunFolder or None
        The folder; None when it was not to be written.
    reused : bool
        Whether it was there already.
    replications : int
        Replications that were made now.
    seconds : float
        How long that took, with what other scenarios did meanwhile.
    kept : int
        Replications that were there from a study that had been stopped.
    parts : Parts or None
        Where replications are kept, until a folder is written.
    """

    made: RunFolder | None
    reused: bool
    replications: int
    seconds: float
    kept: int = 0
    parts: Parts | None = None

    @property
    def folder(self) -> RunFolder:
        """The finished folder."""
        if self.made is None:
            message = "the run folder was not to be written yet"
            raise ValueError(message)
        return self.made


@dataclass
class _Job:
    """A scenario that has to be run."""

    place: int
    scenario: Scenario
    question: dict[str, Any]
    digest: str
    readings: tuple[Reading, ...]
    parts: Parts
    missing: set[tuple[int, int]] = field(default_factory=set)
    kept: int = 0
    made: int = 0
    began: float = 0.0


def run(
    request: Request,
    model: Model,
    *,
    runs_dir: Path = Path("runs"),
    workers: int | None = None,
    executor: Executor | None = None,
    scheduler: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    finish: bool = True,
    before: Callable[[int, int], None] | None = None,
    waiting: Callable[[str], None] | None = None,
) -> list[Outcome]:
    """Run what is not on disk yet; give the folder of every scenario, in the order asked.

    What another process is making now is waited for and used; where that process ends before it is done, this one goes
    on from what is there.

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
        Where the replications run; by default threads of this process, or processes of their own when there is much
        to do.
    scheduler : str, optional
        Address of a Dask cluster to run them on.
    force : bool
        Run again what is there already.
    progress : callable, optional
        Called with replications done, replications in all, and the seconds left.
    finish : bool
        Whether to write the folders; otherwise replications are made and kept.
    before : callable, optional
        Called with replications to make, and those that are there, before any is made.
    waiting : callable, optional
        Called with the name of a scenario that another process is running, before it is waited for.

    Returns
    -------
    list of Outcome
        One for each scenario.

    Raises
    ------
    RunError
        When a folder cannot be written, or workers are lost time and again. Nothing half-written is left; replications
        that were finished are kept, and the same request goes on from there.
    """
    outcomes: dict[int, Outcome] = {}
    jobs: list[_Job] = []
    for place, (scenario, question, read) in enumerate(_asked(request, model)):
        digest = identity.digest(question)
        folder = None if force else store.find(runs_dir, scenario.name, digest)
        if folder is not None:
            outcomes[place] = Outcome(folder, True, 0, 0.0)
            continue
        wait = None if waiting is None else partial(waiting, scenario.name)
        parts = Parts(runs_dir, scenario.name, _study(question, request), wait)
        jobs.append(_Job(place, scenario, question, digest, read, parts))
    if jobs:
        made = _Making(request, model, runs_dir, workers or os.cpu_count() or 1, progress, finish, before)
        outcomes |= made.outcomes(jobs, executor, scheduler, force)
    return [outcomes[place] for place in sorted(outcomes)]


def find(request: Request, model: Model, runs_dir: Path) -> list[RunFolder | None]:
    """Finished folders of a request, None for each that is not on disk."""
    return [
        store.find(runs_dir, scenario.name, identity.digest(question))
        for scenario, question, _ in _asked(request, model)
    ]


def _asked(request: Request, model: Model) -> list[tuple[Scenario, dict[str, Any], tuple[Reading, ...]]]:
    """Scenarios with their questions and readings."""
    inputs = [list(model.inputs(scenario)) for scenario in request.scenarios]
    design, drawn = request.design, request.draws > 1
    joint = design.kind == "sobol" and drawn
    everything = [one for mine in inputs for one in mine]
    dimensions = {"dimensions": sorted({one.id for one in everything})} if joint else {}
    found = []
    for scenario, mine in zip(request.scenarios, inputs, strict=True):
        question = {
            **model.question(scenario),
            "seed": request.seed,
            "draws": request.draws,
            "reps": request.reps,
            "units": request.units,
            "design": design.words(request.draws),
            **dimensions,
        }
        read: tuple[Reading, ...] = readings(request.seed, everything if joint else mine, request.draws, design)
        found.append((scenario, question, read))
    return found


def _study(question: Mapping[str, Any], request: Request) -> str:
    """Hash of what one replication depends on: the question but for how many there are."""
    size = "central" if request.draws == 1 else f"{request.design.kind} of {request.design.block or request.draws}"
    return identity.digest({**question, "draws": size, "reps": "any", "design": "as draws"})


@dataclass(frozen=True)
class _Making:
    """How the replications of some jobs are made."""

    request: Request
    model: Model
    runs_dir: Path
    workers: int
    progress: Progress | None
    finish: bool
    before: Callable[[int, int], None] | None

    def outcomes(
        self, jobs: list[_Job], executor: Executor | None, scheduler: str | None, force: bool
    ) -> dict[int, Outcome]:
        """Make what is missing; one outcome for each job, by its place."""
        every = [(draw, rep) for draw in range(self.request.draws) for rep in range(self.request.reps)]
        found: dict[int, Outcome] = {}
        with ExitStack() as stack:
            for job in sorted(jobs, key=lambda one: one.parts.folder):
                stack.enter_context(job.parts)
            for job in jobs if not force else ():  # another process may have written it since
                folder = store.find(self.runs_dir, job.scenario.name, job.digest)
                if folder is not None:
                    found[job.place] = Outcome(folder, True, 0, 0.0)
                    job.parts.close()
            jobs = [job for job in jobs if job.place not in found]
            for job in jobs:
                if force:
                    job.parts.clear()
                there = job.parts.there()
                job.missing = {one for one in every if one not in there}
                job.kept = len(every) - len(job.missing)
                job.began = time.perf_counter()
            tasks = [(job, *one) for job in jobs for one in every if one in job.missing]
            for job in jobs:
                if not job.missing:
                    found[job.place] = self._done(job)
            if tasks:
                if self.before is not None:
                    self.before(len(tasks), sum(job.kept for job in jobs))
                apart = self.model.portable and len(tasks) * self.model.people >= places.APART
                place = stack.enter_context(
                    places.chosen(
                        workers=self.workers, tasks=len(tasks), apart=apart, scheduler=scheduler, executor=executor
                    )
                )
                self._make(tasks, place, found, scheduler is None)
        return found

    def _make(
        self, tasks: Sequence[tuple[_Job, int, int]], place: places.Place, found: dict[int, Outcome], here: bool
    ) -> None:
        months = len(self.model.months(tasks[0][0].scenario))
        at_once = min(self.workers, len(tasks))
        meter = Meter(len(tasks), self.progress)
        threads = 1 if place.apart else max(1, self.workers // len(tasks))
        watched = not place.apart and self.progress is not None

        def arguments(number: int, job: _Job, draw: int, rep: int) -> tuple[Any, ...]:
            expected = {"question": job.question, "versions": identity.versions()} if place.apart else None
            watch = meter.part(number) if watched else None
            reading = job.readings[draw]
            return (
                self.model, job.scenario, reading, self.request.seed, draw, rep, self.request.units, threads, watch,
                expected,
            )  # fmt: skip

        handed = (((number, *task), arguments(number, *task)) for number, task in enumerate(tasks))
        watching = pace.Watch(self.model.people, months, True, at_once, here and self.model.portable)
        with watching as seen, closing(place.each(replicate, handed)) as done:
            for (number, job, draw, rep), rows in done:
                job.parts.write(draw, rep, rows)
                job.missing.discard((draw, rep))
                job.made += 1
                meter.done(number)
                seen.done()
                if not job.missing:
                    found[job.place] = self._done(job)

    def _done(self, job: _Job) -> Outcome:
        """Outcome of a job without missing replications; its folder is written if it is to be."""
        folder = self._write(job) if self.finish else None
        if self.finish:
            job.parts.close()
        seconds = time.perf_counter() - job.began
        return Outcome(folder, False, job.made, seconds, job.kept, None if self.finish else job.parts)

    def _write(self, job: _Job) -> RunFolder:
        """Folder of a job, from its parts in the order of draws and replications, one in memory at a time."""
        counts: Counter[str] = Counter()
        busy = 0.0
        with RunWriter(self.runs_dir, job.scenario.name, job.digest) as writer:
            for draw in range(self.request.draws):
                for rep in range(self.request.reps):
                    rows = job.parts.read(draw, rep)
                    writer.write(rows.table)
                    counts.update(rows.counts)
                    busy += rows.seconds
            folder = writer.finish(
                self._manifest(job, counts, busy),
                self.model.scenario_text(job.scenario),
                self.model.changed_values(job.scenario),
            )
        job.parts.remove()
        return folder

    def _manifest(self, job: _Job, counts: Mapping[str, int], busy: float) -> dict[str, Any]:
        replications = self.request.draws * self.request.reps
        inputs = {
            one.id: {
                "low": one.low,
                "mid": one.mid,
                "high": one.high,
                "family": one.family,
                **({"group": one.group, "correlation": one.correlation} if one.group else {}),
                "quantiles": [None if reading is None else reading[one.id] for reading in job.readings],
            }
            for one in self.model.inputs(job.scenario)
        }
        return {
            "name": job.scenario.name,
            "title": job.scenario.title,
            "hash": job.digest,
            "question": job.question,
            "versions": identity.versions(),
            "months": list(self.model.months(job.scenario)),
            "uncertain_inputs": inputs,
            "counts": {"replications": replications, **dict(sorted(counts.items()))},
            "notes": [
                *([ILLUSTRATIVE] if self.request.units and store.illustrative(job.question) else []),
                *(job.question["data"].get("own", {}).get("words", "").splitlines()),
            ],
            "timings": {
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - job.began, 3),
                "seconds_a_replication": round(busy / replications, 3),
                "workers": self.workers,
            },
        }
