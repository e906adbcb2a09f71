"""The same study of the real model on threads, processes and a Dask cluster: the same files, whatever is lost.

The same of studies that keep a few figures of many runs, by the commands that make them.

A made-up region over a few months; nothing here is timed.
"""

import dataclasses
import datetime as dt
import json
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from support.past import past_demo
from typer.testing import CliRunner

from capacity_sim import scenario
from capacity_sim.cli import app
from capacity_sim.errors import RunError
from capacity_sim.runs import coalitions, identity, places
from capacity_sim.runs.coalitions import EngineCounts, Task
from capacity_sim.runs.parts import KEPT
from capacity_sim.runs.replication import EngineModel, load_data
from capacity_sim.runs.runner import Outcome, Request, run
from capacity_sim.runs.task import replicate
from capacity_sim.scenario import Scenario

pytestmark = pytest.mark.slow

DEMO = EngineModel("demo")
DRAWS, REPS = 3, 2


def short(name: str) -> Scenario:
    found = scenario.load(name, load_data=load_data)
    return dataclasses.replace(found, data="demo", choices={**found.choices, "horizon": dt.date(2024, 6, 30)})


def request() -> Request:
    return Request([short("baseline"), short("reset")], DRAWS, REPS)


def files(outcomes: list[Outcome]) -> dict[str, bytes]:
    """Every file of the folders but the manifest, and the manifest without its timings."""
    found: dict[str, Any] = {}
    for outcome in outcomes:
        folder = outcome.folder
        for path in folder.path.iterdir():
            if path.name != "manifest.json":
                found[f"{folder.path.name}/{path.name}"] = path.read_bytes()
        found[folder.path.name] = {key: part for key, part in folder.manifest.items() if key != "timings"}
    return found


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files(run(request(), DEMO, runs_dir=tmp_path_factory.mktemp("one"), workers=1))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(  # with a port of its own for what nobody looks at, as others may have one too
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", memory_limit=0
    ) as made:
        yield made


@pytest.mark.parametrize("workers", [2, 5])
def test_threads_give_the_same_files(tmp_path: Path, wanted: dict[str, bytes], workers: int) -> None:
    assert files(run(request(), DEMO, runs_dir=tmp_path, workers=workers)) == wanted


def test_processes_give_the_same_files(
    tmp_path: Path, wanted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "APART", 0)
    made: list[bool] = []
    before = places.local
    monkeypatch.setattr(places, "local", lambda number, apart: made.append(apart) or before(number, apart))
    assert files(run(request(), DEMO, runs_dir=tmp_path, workers=3)) == wanted
    assert made == [True]


def test_a_dask_cluster_gives_the_same_files(tmp_path: Path, wanted: dict[str, bytes], cluster: Any) -> None:
    seen: list[tuple[float, int]] = []
    outcomes = run(
        request(),
        DEMO,
        runs_dir=tmp_path,
        scheduler=cluster.scheduler_address,
        progress=lambda done, total, left: seen.append((done, total)),
    )
    assert files(outcomes) == wanted
    assert seen[-1] == (12.0, 12)
    assert len(seen) == 12
    assert not (tmp_path / KEPT).exists()


def killing_one(cluster: Any, folder: Path, first: str) -> Future[int]:
    """Kills a worker once a file is there, which the first run leaves; gives its process."""

    def kill() -> int:
        while not list(folder.glob(first)):
            time.sleep(0.02)
        victim: int = next(iter(cluster.workers.values())).pid
        os.kill(victim, signal.SIGKILL)
        return victim

    found: Future[int] = Future()
    threading.Thread(target=lambda: found.set_result(kill()), daemon=True).start()
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent there")
def test_a_killed_worker_of_a_cluster_loses_nothing_but_time(
    tmp_path: Path, wanted: dict[str, bytes], cluster: Any
) -> None:
    killer = killing_one(cluster, tmp_path, f"{KEPT}/*/*.arrow")
    outcomes = run(request(), DEMO, runs_dir=tmp_path, scheduler=cluster.scheduler_address)
    assert killer.result(timeout=60)
    assert files(outcomes) == wanted


def test_a_study_that_was_stopped_goes_on_elsewhere_with_the_same_files(
    tmp_path: Path, wanted: dict[str, bytes], cluster: Any
) -> None:
    """Some replications from threads of this process, the rest from the cluster."""

    class Stops(EngineModel):
        made = 0

        def replicate(self, *words: Any, **more: Any) -> Any:
            Stops.made += 1
            if Stops.made > 5:
                raise KeyboardInterrupt
            return super().replicate(*words, **more)

    with pytest.raises(KeyboardInterrupt):
        run(request(), Stops("demo"), runs_dir=tmp_path, workers=1)
    assert len(list(tmp_path.glob(f"{KEPT}/*/*.arrow"))) == 5
    outcomes = run(request(), DEMO, runs_dir=tmp_path, scheduler=cluster.scheduler_address)
    assert sum(one.kept for one in outcomes) == 5
    assert sum(one.replications for one in outcomes) == 7
    assert files(outcomes) == wanted


def kept(folder: Path) -> dict[str, Any]:
    """Files of what is kept of runs, and of run folders, without timings; charts are drawn here."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*.*"):
        if path.name == "manifest.json":
            found[path.parent.name] = {**json.loads(path.read_text(encoding="utf-8")), "timings": None}
        elif path.is_file() and path.suffix not in (".png", ".svg"):
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


@pytest.mark.parametrize(
    "words",
    [
        "measures reset --data demo --at 2024-06 --draws 2",
        "sensitivity reset --data demo --at 2024-06 --only staff.trainee.dropout --reps 2",
        "ledger reset --data demo --at 2024-06 --draws 2",
        "thresholds reset --data demo --to 2024-06-30 --draws 2",
        "compare reset reset-orders --data demo --by change --at 2024-06 --draws 2",
        "solve reset --data demo --to 2024-06-30 --goal 'gap_fte <= 90 @2024-06' --draws 2 --probability 0.5"
        " --lever 'scale work.timing.factor@2024-04-29 between 0.8 and 1'",
        "discover baseline --data demo --only staff.sentence_management.po_share --draws 50 --check 0"
        " --fails 'gap_fte > 108 @2024-04'",
        "bridge --data demo --draws 1",
        "hindcast --data past_demo --draws 2 --no-forward",
    ],
    ids=lambda words: words.partition(" ")[0],
)
def test_commands_that_keep_figures_of_runs_say_the_same_from_a_cluster(
    words: str, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = shlex.split(words.replace("past_demo", str(past_demo(tmp_path))))
    distributed = pytest.importorskip("distributed")
    here, there = tmp_path / "here", tmp_path / "there"
    wanted = CliRunner().invoke(app, [*typed, "--workers", "1", "--runs-dir", str(here)])
    assert wanted.exit_code == 0, wanted.stderr

    def refused(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(places, "local", refused)
    made: list[Any] = []
    before = distributed.Client.__init__
    monkeypatch.setattr(distributed.Client, "__init__", lambda *words, **more: made.append(before(*words, **more)))
    scheduler = ["--scheduler", cluster.scheduler_address, "--runs-dir", str(there)]
    found = CliRunner().invoke(app, [*typed, *scheduler])
    assert found.exit_code == 0, found.stderr
    assert found.stdout == wanted.stdout
    assert len(made) == 1, "a command connects once"
    assert kept(there) == kept(here) != {}
    again = CliRunner().invoke(app, [*typed, "--scheduler", "tcp://127.0.0.1:9", "--runs-dir", str(there)])
    assert again.stdout == wanted.stdout, "what is kept needs no cluster"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent there")
def test_a_killed_worker_loses_none_of_the_runs_that_are_kept(tmp_path: Path, cluster: Any) -> None:
    counts = EngineCounts(DEMO, "2024-05", dt.date(2024, 6, 30))
    tasks = [Task(short("baseline"), None, draw) for draw in range(12)]
    here, there = tmp_path / "here", tmp_path / "there"
    wanted = coalitions.plan(tasks, counts, runs_dir=here).run(1)
    killer = killing_one(cluster, there, "*/*.json")
    assert coalitions.plan(tasks, counts, runs_dir=there, scheduler=cluster.scheduler_address).run() == wanted
    assert killer.result(timeout=60)
    assert kept(there) == kept(here)


def test_a_worker_on_other_data_makes_none_of_the_runs_that_are_kept(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = EngineCounts(DEMO, "2024-05", dt.date(2024, 6, 30))
    monkeypatch.setattr(EngineCounts, "key", lambda *_: "0" * 32)
    tasks, address = [Task(short("baseline"), None)], cluster.scheduler_address
    plan = coalitions.plan(tasks, counts, runs_dir=tmp_path, scheduler=address)
    with pytest.raises(RunError, match="a worker has other data"):
        plan.run()
    assert kept(tmp_path) == {}


def test_a_worker_with_other_versions_or_other_data_is_refused() -> None:
    one = short("baseline")
    expected = {"question": DEMO.question(one), "versions": {**identity.versions(), "numpy": "1.0"}}
    with pytest.raises(RunError, match=r"a worker has numpy \S+ instead of 1\.0"):
        replicate(DEMO, one, None, 1, 0, 0, False, 1, None, expected)
    other = {**DEMO.question(one), "data": {"hash": "another"}}
    with pytest.raises(RunError, match="a worker has another data"):
        replicate(DEMO, one, None, 1, 0, 0, False, 1, None, {"question": other, "versions": identity.versions()})
