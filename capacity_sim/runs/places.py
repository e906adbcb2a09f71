"""Where tasks run: threads or processes of this machine, or a Dask cluster. What they give back does not depend on it.

A task is a plain function of plain arguments that takes some seconds. A worker that is lost loses the task that it had,
which another worker makes again.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_process
from typing import Any, TypeVar

from capacity_sim.errors import Fault, RunError, UsageError
from capacity_sim.runs.processes import WorkerContext

Key = TypeVar("Key")
Made = TypeVar("Made")

#: people times runs from which processes pay: threads wait for each other in what is not compiled
APART = 5_000_000
#: tasks handed in for each that runs, so that no worker waits
_AHEAD = 2
#: times in a row that processes may be lost before any task is done
_MOST_LOST = 3
_CONNECT_SECONDS = 20
#: connections that are kept, by address, and what closes them
_KEPT: ContextVar[tuple[contextlib.ExitStack, dict[str, Any]] | None] = ContextVar("connections", default=None)


@dataclass
class Place:
    """A place where tasks run; made by `local`, `cluster` or `given`.

    Parameters
    ----------
    make_pool : callable
        Starts an executor.
    slots : callable
        Tasks that run at a time.
    apart : bool
        Whether that is in other processes, so that a task cannot say how far it is.
    can_renew : bool
        Whether a broken executor is started anew.
    name : str
        What the place is, in words.
    """

    make_pool: Callable[[], Executor]
    slots: Callable[[], int]
    apart: bool = False
    can_renew: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        """Start the executor."""
        self.pool = self.make_pool()

    def each(
        self, work: Callable[..., Made], tasks: Iterable[tuple[Key, tuple[Any, ...]]]
    ) -> Generator[tuple[Key, Made], None, None]:
        """Results of tasks with their keys, in the order in which they are done.

        When a task fails, those that run already are waited for and given before the error is raised.

        Parameters
        ----------
        work : callable
            A function that another process can import.
        tasks : iterable of (key, arguments)
            What to do; taken as workers get free.

        Raises
        ------
        RunError
            When workers are lost time and again.
        """
        waiting: dict[Future[Made], tuple[Key, tuple[Any, ...]]] = {}
        again: list[tuple[Key, tuple[Any, ...]]] = []
        source, problem, lost = iter(tasks), None, 0
        try:
            while True:
                broken = False
                while problem is None and len(waiting) < _AHEAD * max(1, self.slots()):
                    task = again.pop() if again else next(source, None)
                    if task is None:
                        break
                    try:
                        waiting[self.pool.submit(work, *task[1])] = task
                    except BrokenExecutor:
                        again.append(task)
                        broken = True
                        break
                if not waiting and not broken:
                    break
                done = wait(waiting, return_when=FIRST_COMPLETED).done if waiting else set()
                for future in [one for one in waiting if one in done]:
                    task = waiting.pop(future)
                    try:
                        made = future.result()
                    except BrokenExecutor:
                        again.append(task)
                        broken = True
                    except CancelledError as cancelled:
                        problem = problem or _lost_cluster(self.name, cancelled)
                    except BaseException as error:
                        problem = problem or _known(error)
                        for other in waiting:
                            other.cancel()
                    else:
                        lost = 0
                        yield task[0], made
                if broken and problem is None:
                    lost += 1
                    again += waiting.values()
                    waiting.clear()
                    if lost > _MOST_LOST or not self.can_renew:
                        raise RunError(_lost_processes(lost))
                    self.pool.shutdown(wait=False, cancel_futures=True)
                    self.pool = self.make_pool()
                elif broken:
                    waiting.clear()
            if problem is not None:
                raise problem
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def local(workers: int, apart: bool = False) -> Iterator[Place]:
    """Threads of this process, or processes of their own.

    Parameters
    ----------
    workers : int
        Tasks at a time.
    apart : bool
        Whether to start processes.
    """
    before = set(multiprocessing.active_children())

    def pool() -> Executor:
        if not apart:
            return ThreadPoolExecutor(workers, thread_name_prefix="replication")
        return ProcessPoolExecutor(workers, mp_context=WorkerContext(), initializer=_follow)

    what = "processes" if apart else "threads"
    place = Place(pool, lambda: workers, apart, apart, f"{workers} {what}")
    try:
        yield place
    except BaseException:
        with contextlib.suppress(RuntimeError):
            place.pool.shutdown(wait=False, cancel_futures=True)
        if apart:
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
        raise
    else:
        place.pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def given(pool: Executor, slots: int) -> Iterator[Place]:
    """An executor that somebody else has started, and will stop."""
    yield Place(lambda: pool, lambda: slots, apart=True)


@contextmanager
def cluster(address: str) -> Iterator[Place]:
    """Workers of a Dask cluster.

    Parameters
    ----------
    address : str
        Where its scheduler listens, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    UsageError
        When Dask is not installed.
    RunError
        When nobody answers, or there are no workers.
    """
    with contextlib.ExitStack() as alone:
        client = _client(address, alone)
        try:
            client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError:
            message = f"the Dask cluster at `{address}` has no workers"
            raise RunError(Fault("no-workers", message, hint=f"start some: `dask worker {address}`")) from None

        def pool() -> Executor:
            executor: Executor = client.get_executor(pure=False)
            return executor

        def slots() -> int:
            known = client.scheduler_info(n_workers=-1)["workers"].values()
            return max(1, sum(int(worker["nthreads"]) for worker in known))

        yield Place(pool, slots, apart=True, name=f"the Dask cluster at `{address}`")


@contextmanager
def one_connection() -> Iterator[None]:
    """Keep the connection to a cluster that is made meanwhile, for all studies of a search.

    None is made before a study needs it.
    """
    with contextlib.ExitStack() as stack:
        token = _KEPT.set((stack, {}))
        try:
            yield
        finally:
            _KEPT.reset(token)


def _client(address: str, alone: contextlib.ExitStack) -> Any:
    """Client of a cluster: the one that is kept, or a new one."""
    stack, clients = _KEPT.get() or (alone, {})
    if address in clients and clients[address].status == "running":
        return clients[address]
    try:
        from distributed import Client
    except ImportError:
        hint = "`pip install 'capacity-sim[cluster]'`, or leave `--scheduler` out"
        raise UsageError(Fault("no-dask", "`--scheduler` needs Dask, which is not installed", hint=hint)) from None
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        what = str(problem).partition("\n")[0] or type(problem).__name__
        hint = "`dask scheduler` prints its address; give it as tcp://HOST:8786"
        raise RunError(Fault("no-cluster", f"no Dask scheduler answers at `{address}`: {what}", hint=hint)) from None
    clients[address] = stack.enter_context(client)
    return client


@contextmanager
def chosen(
    *,
    workers: int,
    tasks: int,
    apart: bool,
    scheduler: str | None = None,
    executor: Executor | None = None,
) -> Iterator[Place]:
    """The place that was asked for: a cluster, an executor, or this machine."""
    if scheduler is not None:
        with cluster(scheduler) as place:
            yield place
    elif executor is not None:
        with given(executor, workers) as place:
            yield place
    else:
        with local(min(workers, tasks), apart and workers > 1 and tasks > 1) as place:
            yield place


def _follow() -> None:
    """Leave Ctrl-C to the process that asked, and end when it has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_process([sentinel])
    os._exit(1)


def _known(error: BaseException) -> BaseException:
    """The error of a task; that of a worker which ended time and again has words of its own."""
    if type(error).__name__ == "KilledWorker":
        message = "workers of the cluster ended several times while they ran one task"
        hint = "they may have too little memory: 1 GB for each thread of a worker; what is finished is kept"
        return RunError(Fault("lost-workers", message, hint=hint))
    return error


def _lost_cluster(name: str, problem: BaseException) -> BaseException:
    if not name:
        return problem
    hint = "what is finished is kept: the same command goes on from there"
    return RunError(Fault("lost-cluster", f"{name} no longer answers", hint=hint))


def _lost_processes(times: int) -> Fault:
    message = f"worker processes ended {times} times without finishing anything"
    hint = "they may have too little memory: 1 GB for each; try `--workers 1`. What is finished is kept"
    return Fault("lost-workers", message, hint=hint)
