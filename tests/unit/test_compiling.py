"""Compiling once: who does it, who waits, and that it leaves nothing to be compiled later."""

import datetime as dt
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.model import arrays, compiling, engine, loading, staff
from capacity_sim.parameters import Parameters


@pytest.fixture(scope="module")
def world() -> engine.World:
    region, names = data.load("demo"), catalogue.load()
    calendar = Calendar(region.start, dt.date(2024, 7, 31))
    parameters = Parameters(names, region.values, scenario.load("baseline").changes, calendar)
    return engine.prepare(region, names, parameters, calendar)


def test_one_compiles_and_others_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def compile_all(_: Any) -> None:
        order.append(f"{threading.current_thread().name} in")
        time.sleep(0.05)
        order.append(f"{threading.current_thread().name} out")

    monkeypatch.setattr(compiling, "mark", lambda: tmp_path / "new" / "whole")
    monkeypatch.setattr(compiling, "compile_all", compile_all)
    threads = [threading.Thread(target=compiling.ready, args=(None,), name=name) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order in (["a in", "a out"], ["b in", "b out"])
    assert (tmp_path / "new" / "whole").exists()


def test_what_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(compiling, "mark", lambda: tmp_path / "whole")
    monkeypatch.setattr(compiling, "compile_all", fails)
    for _ in range(2):
        with pytest.raises(MemoryError):
            compiling.ready(None)
    assert not (tmp_path / "whole").exists()


def test_nothing_is_waited_for_where_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "mark", lambda: None)
    monkeypatch.setattr(compiling, "compile_all", pytest.fail)
    compiling.ready(None)


def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(compiling, "mark", lambda: tmp_path / "file" / "folder" / "whole")
    monkeypatch.setattr(compiling, "compile_all", pytest.fail)
    compiling.ready(None)


class Beside:
    """A process beside this one, as far as it matters here."""

    def __init__(self, code: int) -> None:
        self.code, self.killed = code, False

    def wait(self) -> int:
        return self.code

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(
    ("beside", "here"),
    [(Beside(0), ["weeks"]), (Beside(1), ["weeks", "rest"]), (None, ["weeks", "rest"])],
    ids=["done beside", "failed beside", "cannot start"],
)
def test_the_rest_is_compiled_here_when_it_was_not_beside(
    beside: Beside | None, here: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(compiling, "_beside", lambda: beside)
    monkeypatch.setattr(compiling, "the_weeks", lambda _: did.append("weeks"))
    monkeypatch.setattr(compiling, "the_rest", lambda: did.append("rest"))
    compiling.compile_all(None)
    assert did == here


def test_one_processor_does_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(compiling, "_beside", pytest.fail)
    monkeypatch.setattr(compiling, "the_weeks", lambda _: did.append("weeks"))
    monkeypatch.setattr(compiling, "the_rest", lambda: did.append("rest"))
    compiling.compile_all(None)
    assert did == ["weeks", "rest"]


def test_a_failure_here_ends_the_process_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Any) -> None:
        raise KeyboardInterrupt

    beside = Beside(0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(compiling, "_beside", lambda: beside)
    monkeypatch.setattr(compiling, "the_weeks", fails)
    with pytest.raises(KeyboardInterrupt):
        compiling.compile_all(None)
    assert beside.killed


def test_after_the_two_halves_a_replication_has_nothing_left_to_compile(world: engine.World) -> None:
    """Weeks and rest, each with the types of a real replication: a new one finds every kernel compiled or kept."""
    compiling.ready(world)
    compiling.the_weeks(world)
    compiling.the_rest()
    kernels = (
        arrays.load_units, arrays.run_units, arrays.run_teams, arrays.close_books, arrays.count_people,
        arrays.reallocate_desks, staff.fill_capacity, loading.burn_in, loading.future,
    )  # fmt: skip
    known = [len(kernel.signatures) for kernel in kernels]
    assert all(known)
    engine.simulate(world, seed=1)
    assert [len(kernel.signatures) for kernel in kernels] == known
