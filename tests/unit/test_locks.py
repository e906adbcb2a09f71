"""Locks on files: one holder at a time across processes and threads, and none that has ended."""

import errno
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import filelock
import pytest

from capacity_sim.locks import LOOK, Lock

HOLDS = (
    "import sys, time; from pathlib import Path; from capacity_sim.locks import Lock\n"
    "lock = Lock(Path(sys.argv[1])); lock.wait(); print('held', flush=True); time.sleep(600)"
)
ADDS = (
    "import sys; from pathlib import Path; from capacity_sim.locks import Lock\n"
    "from capacity_sim import locks; locks.LOOK = 0.001\n"
    "lock, count = Lock(Path(sys.argv[1], 'lock')), Path(sys.argv[1], 'count')\n"
    "for _ in range(100):\n"
    "    lock.wait()\n"
    "    count.write_text(str(int(count.read_text()) + 1))\n"
    "    lock.let_go()\n"
)


def test_one_has_it_and_its_file_goes_with_it(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "new" / "lock"), Lock(tmp_path / "new" / "lock")
    assert first.take()
    assert first.held
    assert not second.take()
    assert not second.held
    first.let_go()
    assert not list((tmp_path / "new").iterdir())
    assert second.take()
    first.let_go()
    assert second.held, "who does not hold it lets go of nothing"


def test_it_is_waited_for_by_another_thread(tmp_path: Path) -> None:
    lock, other, said, held = Lock(tmp_path / "lock"), Lock(tmp_path / "lock"), Event(), Event()

    def wait() -> None:
        other.wait(said.set)
        held.set()

    lock.wait(pytest.fail)
    thread = Thread(target=wait)
    thread.start()
    assert said.wait(20)
    assert not held.wait(2 * LOOK)
    lock.let_go()
    thread.join(20)
    assert other.held
    other.let_go()


def test_a_killed_holder_has_let_go(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert not lock.take()
        other.kill()
        other.wait()
        assert lock.take()
    lock.let_go()


def test_processes_that_take_and_remove_it_are_never_two(tmp_path: Path) -> None:
    """Each removes the file, so that others have often opened one that is gone."""
    (tmp_path / "count").write_text("0")
    with ExitStack() as stack:
        others = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", ADDS, str(tmp_path)])) for _ in range(3)
        ]
    assert [other.returncode for other in others] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "300"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]


def failing(code: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, "as the system says")

    return fail


def test_where_there_are_no_locks_everyone_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filelock.FileLock, "acquire", failing(errno.ENOLCK))
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert (first.take(), second.take()) == (True, True)
    assert (first.held, second.held) == (False, False)
    first.let_go()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Lock(tmp_path / "file" / "lock").wait()
    monkeypatch.setattr(filelock.FileLock, "acquire", failing(errno.EROFS))
    with pytest.raises(OSError, match="as the system says"):
        Lock(tmp_path / "lock").wait()


def test_a_file_that_goes_at_that_moment_is_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acquire, fails = filelock.FileLock.acquire, [errno.ENOENT, errno.ESTALE]

    def stumbles(*words: object, **more: object) -> None:
        if fails:
            failing(fails.pop())()
        acquire(*words, **more)

    monkeypatch.setattr(filelock.FileLock, "acquire", stumbles)
    lock = Lock(tmp_path / "lock")
    lock.wait()
    assert lock.held
    lock.let_go()
