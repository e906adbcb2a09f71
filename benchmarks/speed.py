"""Speed and size of the real model, in one run, as one table: `make bench` (some minutes).

From the root of the repository, `python -m benchmarks.speed --quick` tries it out.

The table goes to stdout and to `docs/speed.md`. Ratios are against the literal SimPy twin of the tests, which lives the
same lives by the same rules. Where one thread works, seconds are of processor time, so that other work on the machine
matters less; where several work, they are of the clock.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import floor
from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.data import DataSet
from capacity_sim.model import areas, engine
from capacity_sim.model.engine import World
from capacity_sim.model.result import FLOW_MEASURES, RunResult
from capacity_sim.parameters import Parameters
from capacity_sim.runs import runner
from capacity_sim.runs.replication import EngineModel
from tests.oracle import small, twin

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "speed.md"
INTAKE = "staff.trainee.starts_per_year"
PIECES_A_YEAR = 40  # what targets are scaled to
WEEKS_A_YEAR = 365.25 / 7
LIBRARIES = ("numba", "llvmlite", "numpy", "simpy", "pandas", "pyarrow")
MIB = 1 << 20


@dataclass(frozen=True)
class Plan:
    """What is run: the nation, or the made-up region to try the benchmark out."""

    data: str = "england_wales"
    region: str = "North East"
    end: dt.date = dt.date(2029, 3, 31)
    short: dt.date = dt.date(2026, 3, 31)
    sizes: tuple[float, ...] = (0.1, 1, 2, 5)
    share_of_twin: float = 0.02
    times: int = 3
    starts: int = 5


QUICK = Plan("demo", "Demo Region", dt.date(2025, 3, 31), dt.date(2024, 9, 29), (1, 2), 0.5, 1, 1)


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of the processor, and what came out."""

    clock: float
    processor: float
    result: Any


@dataclass
class Table:
    """Rows of the page: what, measured, target, whether it is met."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, measured: str, target: str = "", met: bool | None = None) -> None:
        """Add a row, and say it on stderr."""
        verdict = "" if met is None else "met" if met else "**missed**"
        self.rows.append((what, measured, target, verdict))
        sys.stderr.write(f"{what}: {measured}\n")

    def text(self) -> str:
        """Table in Markdown."""
        lines = [("what", "measured", "to reach", ""), ("---",) * 4, *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# --- worlds of every size ---------------------------------------------------------------------------------------------
def sized(dataset: DataSet, size: float) -> DataSet:
    """The data set in another size: every tenth unit for 0.1, or every unit and its staff more than once."""
    if size == 1:
        return dataset
    if size < 1:
        return small.cut(dataset, range(0, len(dataset.units), round(1 / size)))
    times = round(size)
    staff = {
        area: np.tile(fte, (times, 1)) if areas.LEVEL[area] == areas.UNIT else fte * times
        for area, fte in dataset.staff.items()
    }
    return replace(
        dataset,
        units=tuple(f"{unit} ({n + 1})" for n in range(times) for unit in dataset.units),
        unit_region=np.tile(dataset.unit_region, times),
        people=np.tile(dataset.people, (times, 1)),
        start_share=np.tile(dataset.start_share, (times, 1)),
        staff=staff,
        other_roles=dataset.other_roles * times,
    )


def loaded(dataset: DataSet, times: float) -> DataSet:
    """The data set with so many times the load: fewer staff in every area."""
    return replace(dataset, staff={area: fte / times for area, fte in dataset.staff.items()})


def world(
    dataset: DataSet, end: dt.date, whole: DataSet | None = None, delivery: bool = True, warm_up: int = 26
) -> World:
    """World of the baseline; intakes of trainees are in proportion when the data are a part of `whole`, or more."""
    names, calendar = catalogue.load(), Calendar(dataset.start, end, warm_up)
    changes = scenario.load("baseline").changes
    if whole is not None and whole is not dataset:
        intake = Parameters(names, dataset.values, changes, calendar).value(INTAKE, dataset.start)
        size = dataset.people.sum() / whole.people.sum()
        changes = (*changes, scenario.from_set_option(f"{INTAKE}={intake * size}@{calendar.day0}"))
    parameters = Parameters(names, dataset.values, changes, calendar)
    return engine.prepare(dataset, names, parameters, calendar, delivery=delivery)


def tight_pair(dataset: DataSet, share: float) -> list[int]:
    """Delivery units of middling size that hold about a share of the people."""
    people = dataset.people.sum(axis=1)
    count = max(1, round(share * len(people)))
    order = np.argsort(np.abs(people - people.sum() * share / count), kind="stable")
    return sorted(int(unit) for unit in order[:count])


# --- measuring --------------------------------------------------------------------------------------------------------
def timed(work: Callable[[], Any]) -> Took:
    """Run once."""
    clock, processor = time.perf_counter(), time.process_time()
    result = work()
    return Took(time.perf_counter() - clock, time.process_time() - processor, result)


def median(work: Callable[[], Any], times: int) -> Took:
    """Run some times; the run in the middle by processor time."""
    runs = sorted((timed(work) for _ in range(times)), key=lambda took: took.processor)
    return runs[len(runs) // 2]


def person_years(result: RunResult, calendar: Calendar) -> float:
    """Years that people spent on sentence in all simulated weeks, the warm-up included."""
    people = result.people[..., 0].sum(axis=(0, 2, 3)).mean()
    return float(people * calendar.n_total / WEEKS_A_YEAR)


def process(task: str, plan: str, **environment: str) -> dict[str, float]:
    """What one of `TASKS` says, run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed", "--task", task, *([plan] if plan else [])]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def task_memory(plan: Plan, times: float = 1) -> dict[str, float]:
    """Peak memory of one replication, and of the process before it."""
    dataset = loaded(data.load(plan.data), times)
    before = high_water()
    engine.simulate(world(dataset, plan.end), seed=1)
    return {"before": before, "peak": high_water()}


def task_compile(plan: Plan) -> dict[str, float]:
    """Seconds of a replication of the made-up region, the first of its process."""
    ready = world(data.load(QUICK.data), QUICK.end)
    return {"clock": timed(lambda: engine.simulate(ready, seed=1)).clock}


TASKS = {"memory": task_memory, "memory-twice": lambda plan: task_memory(plan, 2), "compile": task_compile}


def high_water() -> float:
    """Most memory that this process has held so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # what `getrusage` says on Linux starts at the mark of the process that started this one
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


# --- what is measured -------------------------------------------------------------------------------------------------
def national(plan: Plan, whole: DataSet, table: Table) -> Took:
    """One replication on one thread, and where its time goes."""
    ready = world(whole, plan.end)
    took = median(lambda: engine.simulate(world(whole, plan.end), seed=1), plan.times)
    result, seconds, weeks = took.result, took.processor, ready.calendar.n_weeks
    pieces = result.counts["work"]
    people = result.people[..., 0].sum(axis=(0, 2, 3)).mean()
    each = pieces / (people * weeks / WEEKS_A_YEAR)
    table.add(
        f"one replication of {whole.title}: {len(whole.units)} units, {whole.people.sum():,} people at the start, "
        f"{weeks} weeks and {ready.calendar.warm_up} of warm-up, one thread, median of {plan.times}",
        f"{seconds:.2f} s ({took.clock:.2f} s by the clock)",
    )
    scaled = seconds * PIECES_A_YEAR / each
    table.add(
        f"the same, scaled to {PIECES_A_YEAR} pieces of work a person a year (the model has {each:.1f})",
        f"{scaled:.2f} s",
        "2 s; 1 s is the moonshot",
        scaled <= 2,
    )
    rate = pieces / seconds / 1e6
    table.add(
        f"pieces of work a second (of {pieces / 1e6:.1f} million; those of the warm-up come on top)",
        f"{rate:.1f} million",
        "25 million",
        rate >= 25,
    )
    start = timed(lambda: engine.simulate(world(whole, ready.calendar.day0, warm_up=0), seed=1)).processor
    lives = timed(lambda: engine.simulate(world(whole, plan.end, delivery=False), seed=1)).processor
    table.add(
        "where the time goes: loading the start; lives and work that falls due; desks",
        f"{start:.2f} s; {lives - start:.2f} s; {seconds - lives:.2f} s",
    )
    bare(pieces * ready.calendar.n_total / weeks, PIECES_A_YEAR / each, plan, table)
    return took


def bare(pieces: float, scale: float, plan: Plan, table: Table) -> None:
    """The least that as many pieces of work take; the quickest of some runs, as it is to be a floor."""
    floor.least(units=1, weeks=2)  # compile
    one, *_ = runs = [floor.least() for _ in range(plan.times + 2)]
    seconds = min(run.seconds for run in runs) / one.pieces * pieces
    table.add(
        f"the draws, tables and queues of as many pieces, the warm-up's too, in bare loops without any rule: for each "
        f"{one.visits / one.pieces:.2f} visits, {one.triggers / one.pieces:.2f} triggers and "
        f"{one.draws / one.pieces:.2f} draws; quickest of {len(runs)}",
        f"{seconds:.2f} s; scaled {seconds * scale:.2f} s",
    )


def against_twin(plan: Plan, whole: DataSet, big: Took, table: Table) -> None:
    """The engine and the literal twin on the same rules, draws and results."""
    units = tight_pair(whole, plan.share_of_twin)
    part = small.cut(whole, units)
    ready = world(part, plan.short, whole)
    literal = timed(lambda: twin.run(ready, seed=1))
    same = median(lambda: engine.simulate(ready, seed=1), plan.times)
    for name in ("due", "flow", "people", "events", "activity"):
        if not np.array_equal(getattr(literal.result, name), getattr(same.result, name)):
            message = f"the twin and the engine differ in `{name}`: the ratio would mean nothing"
            raise SystemExit(message)
    years = person_years(literal.result, ready.calendar)
    all_years = person_years(big.result, world(whole, plan.end).calendar)
    slow, quick = literal.processor / years, big.processor / all_years
    table.add(
        f"the SimPy twin, same rules, draws and results: {len(units)} units, {part.people.sum():,} people "
        f"({part.people.sum() / whole.people.sum():.1%} of all), {ready.calendar.n_total} weeks",
        f"{literal.processor:.1f} s; the engine takes {same.processor:.2f} s for it",
    )
    table.add(
        "the same in milliseconds a person-year: the twin on that part (so scaled by people), the engine on all of it",
        f"{slow * 1e3:.2f} and {quick * 1e3:.4f}",
    )
    table.add(
        "ratio of the two (and of the two on the same part)",
        f"{slow / quick:.0f} times ({literal.processor / same.processor:.0f} times)",
        "150 times; 300 is the moonshot",
        slow / quick >= 150,
    )


def against_size(plan: Plan, whole: DataSet, table: Table) -> None:
    """Seconds a person-year should not depend on the size."""
    costs = []
    for size in plan.sizes:
        dataset = sized(whole, size)
        ready = world(dataset, plan.short, whole)
        took = timed(lambda ready=ready: engine.simulate(ready, seed=1))
        costs.append(took.processor / person_years(took.result, ready.calendar))
        table.add(
            f"cost against size: {size:g} x, {len(dataset.units)} units, {dataset.people.sum():,} people, "
            f"{ready.calendar.n_total} weeks",
            f"{took.processor:.2f} s; {costs[-1] * 1e6:.1f} µs a person-year",
        )
    spread, linear = max(costs) / min(costs), 1.25
    words = f"linear: {linear:g} or less"
    table.add("dearest over cheapest person-year of these sizes", f"{spread:.2f}", words, spread <= linear)


def memory(plan: Plan, quick: str, table: Table) -> None:
    """High-water mark of fresh processes."""
    for task, words, target in (
        ("memory", "peak memory of one replication in a fresh process", 500),
        ("memory-twice", "the same at twice the load (half the staff)", None),
    ):
        found = process(task, quick)
        table.add(
            f"{words} (before it starts: {found['before']:.0f} MiB)",
            f"{found['peak']:.0f} MiB",
            f"{target} MB" if target else "",
            found["peak"] * MIB / 1e6 <= target if target else None,
        )


def twice_the_load(plan: Plan, whole: DataSet, big: Took, table: Table) -> None:
    """Long queues must not make it slow."""
    ready = world(loaded(whole, 2), plan.end)
    took = timed(lambda: engine.simulate(ready, seed=1))
    waiting = [r.flow[:, -1, ..., FLOW_MEASURES.index("waiting")].sum() / 60 for r in (took.result, big.result)]
    table.add(
        f"twice the load (half the staff): {waiting[0]:,.0f} hours wait at the end instead of {waiting[1]:,.0f}",
        f"{took.processor:.2f} s, {took.processor / big.processor:.2f} times as long",
    )


def start_up(plan: Plan, quick: str, folder: str, table: Table) -> None:
    """What a person waits for at the command line."""

    def command(*words: str) -> float:
        whole = [sys.executable, "-m", "capacity_sim", *words]
        return timed(lambda: subprocess.run(whole, capture_output=True, check=True)).clock

    command("--help")
    helped = statistics.median(command("--help") for _ in range(plan.starts))
    table.add(f"`capacity-sim --help`, median of {plan.starts}", f"{helped:.2f} s", "0.4 s", helped < 0.4)
    with tempfile.TemporaryDirectory() as empty:
        first, second = (process("compile", quick, NUMBA_CACHE_DIR=empty)["clock"] for _ in range(2))
    extra = first - second
    table.add("compiling everything, once (first run less second, empty cache)", f"{extra:.1f} s", "20 s", extra < 20)
    words = ("run", "baseline", "--region", plan.region, "--data", plan.data, "--quiet")
    command(*words, "--to", str(plan.short), "--runs-dir", folder)  # reads the compiled code once
    ran = command(*words, "--runs-dir", folder)
    what = f'`capacity-sim run baseline --region "{plan.region}"`, compiled, all in all'
    table.add(what, f"{ran:.2f} s", "a second or two", ran <= 2.5)


def in_parallel(plan: Plan, whole: DataSet, table: Table) -> None:
    """Threads inside a replication; replications side by side."""
    ready = world(whole, plan.end)

    def best(threads: int) -> float:
        return min(timed(lambda: engine.simulate(ready, seed=1, threads=threads)).clock for _ in range(2))

    one, two = best(1), best(2)
    words = f"{two:.2f} s instead of {one:.2f}: {one / two:.2f} times as fast"
    table.add("one replication on two threads, by the clock", words)
    model = EngineModel(plan.data)
    chosen = replace(scenario.load("baseline"), data=plan.data, choices={"horizon": plan.end})
    alone, side = (each_rep(runner.Request([chosen], reps=2 * workers * workers), model, workers) for workers in (1, 2))
    table.add(
        "a rep of the whole span with result files, in processes that have begun: 8 reps in two processes, 2 in one, "
        "by the clock",
        f"{side:.2f} s instead of {alone:.2f}: {alone / side:.2f} times as fast",
        "1.9 times",
        alone / side >= 1.9,
    )
    minutes = side * 1000 / 60
    table.add("1,000 reps on two processes, projected from that", f"{minutes:.0f} min", "18 min", minutes <= 18)


def each_rep(request: runner.Request, model: EngineModel, workers: int) -> float:
    """Seconds by the clock that a rep takes in some processes, once each of them has made one."""
    first = replace(request, reps=workers, seed=2)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        runner.run(first, model, runs_dir=Path(folder), workers=workers, executor=pool)
        took = timed(lambda: runner.run(request, model, runs_dir=Path(folder), workers=workers, executor=pool))
    return took.clock / request.reps


# --- the page ---------------------------------------------------------------------------------------------------------
def page(table: Table, plan: Plan, load: float, seconds: float) -> str:
    """Markdown of the table with what it was measured on."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = "" if load < 0.5 else " Other work was running, so seconds by the clock are too many, and the others may be."
    return f"""\
# Speed and size

<!-- written by `make bench`; do not edit -->
`make bench` wrote this page on {dt.date.today().isoformat()} in {seconds / 60:.0f} minutes, in one run.
Machine: {cores} cores ({processor()}), {platform.system()}; load average {load:.1f} when it began.{busy}
Python {platform.python_version()}, {versions}.

Where one thread works, seconds are of processor time; elsewhere of the clock. Everything but the first compile is
measured after compiling. A piece of work is one task that falls due: an appointment, a report, a review.

{table.text()}

- **The twin** (`tests/oracle/`) is the model written out in SimPy: a process for each person and each desk. The
  benchmark stops if it and the engine do not give the same minutes, people and events.
- **Bare loops** (`benchmarks/floor.py`) do what every piece of work needs at least, about as often as the model does
  it: its person's turn, its draws, its time, its place in the books and in a queue, and being served. The model has in
  addition lives, measures, places, staff, squeezed time, lapsing, what waits from week to week, and results.
- **Sizes**: 0.1 is every tenth delivery unit; 2 and 5 are every unit that many times, with its people, starts and
  staff, and intakes of trainees in proportion.
- **What is scaled**: the ratio to the twin is by person-year, because the twin would need hours for all of it; 1,000
  reps are projected from 8. Nothing else is.
"""


def processor() -> str:
    """Name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def main(words: Sequence[str] | None = None) -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the made-up region, to try it out; writes no page")
    parser.add_argument("--task", choices=TASKS, help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    plan, quick = (QUICK, "--quick") if asked.quick else (Plan(), "")
    if asked.task:
        sys.stdout.write(json.dumps(TASKS[asked.task](plan)) + "\n")
        return
    began, load, table = time.perf_counter(), os.getloadavg()[0], Table()
    whole = data.load(plan.data)
    engine.simulate(world(data.load(QUICK.data), QUICK.end), seed=1)  # compile
    big = national(plan, whole, table)
    against_twin(plan, whole, big, table)
    against_size(plan, whole, table)
    twice_the_load(plan, whole, big, table)
    memory(plan, quick, table)
    with tempfile.TemporaryDirectory() as folder:
        start_up(plan, quick, folder, table)
    in_parallel(plan, whole, table)
    text = page(table, plan, load, time.perf_counter() - began)
    sys.stdout.write(text)
    if not asked.quick:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
