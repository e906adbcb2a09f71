"""Where tasks run: what is lost is made again, what is done comes before a fault, and one process compiles."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from capacity_sim.errors import RunError, UsageError
from capacity_sim.runs import places

ROOT = Path(__file__).resolve().parents[2]


def double(number: int, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return 2 * number


def die_once(number: int, mark: str) -> int:
    """End the process that runs it, the first time."""
    if number == 3 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail(number: int) -> int:
    time.sleep(0.05 * (3 - number))
    if number == 1:
        message = "one"
        raise ZeroDivisionError(message)
    return number


def test_every_task_is_done_once_in_threads() -> None:
    with places.local(3) as place:
        assert dict(place.each(double, ((n, (n, 0.01)) for n in range(20)))) == {n: 2 * n for n in range(20)}


def test_what_runs_already_is_given_before_the_fault_of_another_task() -> None:
    done = {}
    with places.local(2) as place, pytest.raises(ZeroDivisionError):
        done.update(place.each(fail, ((n, (n,)) for n in range(10))))
    assert done[0] == 0
    assert set(done) <= {0, 2}


def test_a_script_without_a_guard_is_run_once(tmp_path: Path) -> None:
    """As an analyst writes it: nothing stands below `if __name__ == "__main__"`."""
    script = tmp_path / "mine.py"
    script.write_text(
        "import math\n"
        "from capacity_sim.runs import places\n"
        "print('begun')\n"
        "with places.local(2, apart=True) as place:\n"
        "    print(sorted(made for _, made in place.each(math.sqrt, ((n, (n,)) for n in (1, 4, 9)))))\n",
        encoding="utf-8",
    )
    words = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert (done.stdout, done.stderr, done.returncode) == ("begun\n[1.0, 2.0, 3.0]\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent there")
def test_a_killed_process_loses_nothing_but_time(tmp_path: Path) -> None:
    with places.local(2, apart=True) as place:
        found = dict(place.each(die_once, ((n, (n, str(tmp_path / "mark"))) for n in range(8))))
    assert found == {n: 2 * n for n in range(8)}
    assert (tmp_path / "mark").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent there")
def test_processes_that_are_lost_time_and_again_are_told() -> None:
    told = "worker processes ended 4 times without finishing"
    with pytest.raises(RunError, match=told), places.local(1, apart=True) as place:
        list(place.each(die, [(0, (0,))]))


def test_somebody_else_s_executor_is_left_running() -> None:
    with ThreadPoolExecutor(1) as pool:
        with places.given(pool, 1) as place:
            assert list(place.each(double, [("a", (2,))])) == [("a", 4)]
        assert pool.submit(double, 1).result() == 2


def test_a_scheduler_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(places, "_CONNECT_SECONDS", 0.5)
    with pytest.raises(RunError) as caught, places.cluster("tcp://127.0.0.1:9"):
        pass
    assert "no Dask scheduler answers at `tcp://127.0.0.1:9`" in str(caught.value)


def test_a_machine_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match="needs Dask, which is not installed"), places.cluster("tcp://127.0.0.1:9"):
        pass
