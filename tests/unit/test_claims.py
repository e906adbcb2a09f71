"""Runs for which several commands ask at once: each is made once, by whoever claims it, and used by all."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.fake_counts import FakeCounts

from capacity_sim import scenario
from capacity_sim.errors import RunError
from capacity_sim.locks import LOOK
from capacity_sim.runs import claims, coalitions
from capacity_sim.runs.coalitions import FOLDER, Task, Totals
from capacity_sim.runs.kept import Plan

HOLDS = (
    "import sys, time; from pathlib import Path; from capacity_sim.locks import Lock\n"
    "lock = Lock(Path(sys.argv[1])); lock.wait(); print('held', flush=True); time.sleep(600)"
)


class Slow(FakeCounts):
    """Takes long enough for another to come."""

    def replicate(self, *words: Any) -> Any:
        time.sleep(0.1)
        return super().replicate(*words)


def planned(counts: FakeCounts, runs_dir: Path, draws: range = range(6), **how: Any) -> Plan[Totals]:
    base = scenario.load("baseline")
    return coalitions.plan([Task(base, None, draw) for draw in draws], counts, runs_dir=runs_dir, **how)


def draws_of(counts: FakeCounts) -> list[int]:
    return [draw for _, draw, *_ in counts.calls]


@pytest.fixture
def counts() -> FakeCounts:
    return Slow(lambda _: 0.1)


@pytest.mark.parametrize("second", [range(6), range(5, -1, -1), range(3, 9)], ids=["alike", "backwards", "partly"])
def test_two_that_ask_at_once_make_each_run_once(tmp_path: Path, counts: FakeCounts, second: range) -> None:
    plans = [planned(counts, tmp_path / "two"), planned(counts, tmp_path / "two", second)]
    assert [len(plan.missing) for plan in plans] == [6, 6], "both have found that nothing is there"
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda plan: plan.run(1), plans))
    assert sorted(draws_of(counts)) == sorted({*range(6), *second}), "each run once"
    alone = {draw: one for draw in range(9) for one in planned(counts, tmp_path / "one", range(draw, draw + 1)).run(1)}
    assert found == [[alone[draw] for draw in draws] for draws in (range(6), second)]
    assert {path.suffix for path in (tmp_path / "two" / FOLDER).iterdir()} == {".json"}, "no lock is left"


def test_a_run_of_another_is_waited_for_and_used(tmp_path: Path, counts: FakeCounts) -> None:
    said, seen = threading.Event(), []
    plan = planned(counts, tmp_path, range(2), waiting=said.set)
    (first, other) = plan.keys
    with claims.Claims(plan.store.lock) as held, ThreadPoolExecutor(1) as pool:
        assert held.take(first)
        asked = pool.submit(plan.run, 1, lambda done, total, left: seen.append((done, total)))
        assert said.wait(20)
        assert draws_of(counts) == [1], "the other is made meanwhile"
        assert plan.store.read(other) is not None
        time.sleep(2 * LOOK)
        assert not asked.done()
        (made,) = planned(counts, tmp_path / "else", range(1)).run(1)
        plan.store.write(first, made)
        held.give_up(first)
        assert asked.result(20)[0] == made
    assert draws_of(counts) == [1, 0], "made elsewhere, and read here"
    assert seen[-1] == (2.0, 2)


def test_a_run_whose_maker_was_killed_is_made_here(tmp_path: Path, counts: FakeCounts) -> None:
    said: list[str] = []
    waits = threading.Event()
    plan = planned(counts, tmp_path, range(2), waiting=lambda: said.append("waiting") or waits.set())
    file = plan.store.lock(plan.keys[0])
    with (
        subprocess.Popen([sys.executable, "-c", HOLDS, str(file)], stdout=subprocess.PIPE, text=True) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        asked = pool.submit(plan.run, 1)
        assert waits.wait(20)
        time.sleep(2 * LOOK)
        assert not asked.done()
        assert draws_of(counts) == [1]
        other.kill()
        assert len(asked.result(20)) == 2
    assert draws_of(counts) == [1, 0]
    assert said == ["waiting"]
    assert not file.exists()


def test_what_stops_gives_up_its_claims(tmp_path: Path) -> None:
    counts = FakeCounts(lambda _: 0.1, stop_at=2)
    with pytest.raises(KeyboardInterrupt):
        planned(counts, tmp_path).run(1)
    counts.stop_at = None
    planned(counts, tmp_path).run(1)
    assert sorted(draws_of(counts)) == list(range(6))


def test_runs_that_are_forced_are_made_again(tmp_path: Path, counts: FakeCounts) -> None:
    planned(counts, tmp_path, range(2)).run(1)
    planned(counts, tmp_path, range(2), force=True).run(1)
    assert draws_of(counts) == [0, 1, 0, 1]


def test_a_few_claims_are_open_at_a_time(
    tmp_path: Path, counts: FakeCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_MOST", 1)
    plan = planned(counts, tmp_path)
    with claims.Claims(plan.store.lock) as held:
        assert [held.take(key) for key in plan.keys] == [True] * 6
        assert len(list((tmp_path / FOLDER).iterdir())) == 1
    assert len(plan.run(2)) == 6


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_run(
    tmp_path: Path, counts: FakeCounts
) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    with pytest.raises(RunError, match="cannot be written"):
        planned(counts, tmp_path / "runs").run(1)
    assert counts.calls == []
