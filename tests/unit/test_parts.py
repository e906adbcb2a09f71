"""Replications that are kept until their study is finished: whole or not at all, and of that study alone."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow as pa
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.locks import LOOK
from capacity_sim.runs import parts as kept
from capacity_sim.runs.design import Design
from capacity_sim.runs.parts import KEPT, Parts, Rows
from capacity_sim.runs.runner import Outcome, Request, run
from capacity_sim.runs.task import replicate
from capacity_sim.runs.until import Closeness, Goal, Study

KEY = "ab" * 32


@pytest.fixture(scope="module")
def rows() -> Rows:
    return replicate(FakeModel(), FakeScenario("baseline"), None, 1, 0, 0, False, 1, None, None)


def test_what_is_read_is_what_was_written(tmp_path: Path, rows: Rows) -> None:
    with Parts(tmp_path, "baseline", KEY) as parts:
        parts.write(3, 1, rows)
        found = parts.read(3, 1)
        assert parts.there() == {(3, 1)}
    assert found.table.equals(rows.table)
    assert found.table.column("region").chunk(0).dictionary.equals(rows.table.column("region").chunk(0).dictionary)
    assert (dict(found.counts), found.seconds) == (dict(rows.counts), rows.seconds)


def test_half_a_file_and_another_study_are_not_there(tmp_path: Path, rows: Rows) -> None:
    with Parts(tmp_path, "baseline", KEY) as parts:
        for draw in range(4):
            parts.write(draw, 0, rows)
        half = parts.folder / "00001-00000.arrow"
        half.write_bytes(half.read_bytes()[:-100])
        (parts.folder / "00002-00000.arrow").write_bytes(b"")
        (parts.folder / "00009-00000.part").write_bytes(b"half")
        assert parts.there() == {(0, 0), (3, 0)}
    # the same start of a hash, and another hash: told apart by what each file says
    with Parts(tmp_path, "baseline", KEY[:8] + "0" * 56) as other:
        assert other.folder == parts.folder
        assert other.there() == set()
        assert not list(other.folder.glob("*.part"))


def test_a_study_that_another_works_on_is_waited_for(tmp_path: Path, rows: Rows) -> None:
    said: list[str] = []
    second = Parts(tmp_path, "baseline", KEY, lambda: said.append("waiting"))
    with Parts(tmp_path, "baseline", KEY) as first:
        waits = Thread(target=second.__enter__)
        waits.start()
        first.write(0, 0, rows)
        time.sleep(3 * LOOK)
        assert waits.is_alive(), "one at a time"
        assert said == ["waiting"]
    waits.join(20)
    assert second.there() == {(0, 0)}, "what the first has made"
    second.close()


def test_a_folder_that_its_owner_removes_is_nobody_elses(tmp_path: Path, rows: Rows) -> None:
    """Who removed a folder has let go of it, and leaves the next one alone, whoever asks for it to be removed."""
    first = Parts(tmp_path, "baseline", KEY)
    with first:
        first.write(0, 0, rows)
        first.remove()
        assert not (tmp_path / KEPT).exists()
        with Parts(tmp_path, "baseline", KEY) as second:
            second.write(1, 0, rows)
            first.close()
            first.remove()
            assert second.there() == {(1, 0)}
    assert [path.name for path in second.folder.iterdir()] == ["00001-00000.arrow"]
    first.remove()
    assert not (tmp_path / KEPT).exists()


def test_a_killed_process_has_let_go_of_its_study(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from capacity_sim.runs.parts import Parts\n"
        f"with Parts(Path(sys.argv[1]), 'baseline', '{KEY}'): print('held', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        second = Parts(tmp_path, "baseline", KEY)
        waits = Thread(target=second.__enter__)
        waits.start()
        time.sleep(3 * LOOK)
        assert waits.is_alive()
        other.kill()
        waits.join(20)
        assert not waits.is_alive()
        second.close()


def test_two_that_ask_the_same_make_it_once(tmp_path: Path) -> None:
    """In either order of the scenarios, so that neither waits for the other for ever."""
    baseline, reset = FakeScenario("baseline"), FakeScenario("reset", scale=0.8)
    model = FakeModel(sleep=0.1)
    waited: list[str] = []

    def asked(scenarios: list[FakeScenario]) -> list[Outcome]:
        request = Request(scenarios, draws=6)
        return run(request, model, runs_dir=tmp_path / "two", workers=1, waiting=waited.append)

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(asked, one) for one in ([baseline, reset], [reset, baseline])]
        first, second = (one.result(60) for one in both)
    assert len(model.calls) == 12, "each replication once"
    assert {one.folder.path for one in first} == {one.folder.path for one in second}
    assert sorted(one.reused for one in [*first, *second]) == [False, False, True, True]
    assert waited
    assert [path.name for path in (tmp_path / "two").iterdir() if path.name.startswith(".")] == []
    (alone,) = run(Request([reset], draws=6), FakeModel(), runs_dir=tmp_path / "one")
    same = next(one.folder for one in first if one.folder.name == "reset")
    assert (same.path / "monthly.parquet").read_bytes() == (alone.folder.path / "monthly.parquet").read_bytes()


def test_a_study_that_another_finishes_between_two_blocks_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another with another limit writes its folder, and the replications that this one has not read yet are gone."""
    request, goal, model = Request([FakeScenario("baseline")], draws=4), Goal.read("gap_fte +- 0.001"), FakeModel()
    alone = Study(request, goal, 8).run(model, runs_dir=tmp_path / "one")
    closeness, taken = Study._closeness, []

    def taking(self: Study, outcomes: list[Outcome], *rest: Any) -> tuple[Closeness, ...]:
        if outcomes[0].parts is not None and len(taken) < 2:
            taken.append(outcomes[0].parts.folder)
            outcomes[0].parts.remove()
        return closeness(self, outcomes, *rest)

    monkeypatch.setattr(Study, "_closeness", taking)
    found = Study(request, goal, 8).run(model, runs_dir=tmp_path / "two")
    assert len(taken) == 2
    assert found.found == alone.found
    assert found.outcomes[0].folder.path.name == alone.outcomes[0].folder.path.name


def test_old_studies_go_and_others_stay(tmp_path: Path, rows: Rows) -> None:
    # names whose last word has eight letters, as a hash has
    for name in ("ofps-sickness", "old-sickness"):
        with Parts(tmp_path, name, KEY) as parts:
            parts.write(0, 0, rows)
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(tmp_path / KEPT / f"old-sickness-{KEY[:8]}", (month_ago, month_ago))
    with Parts(tmp_path, "baseline", KEY):
        pass
    assert [folder.name for folder in (tmp_path / KEPT).iterdir()] == [f"ofps-sickness-{KEY[:8]}"]


def test_a_study_goes_on_whatever_number_of_draws_is_asked(tmp_path: Path) -> None:
    """A block of a hypercube, and replications, are the same whether more come after them or not."""
    scenario = FakeScenario("baseline")
    model = FakeModel()
    run(Request([scenario], draws=4, reps=2), model, runs_dir=tmp_path, finish=False)
    assert len(model.calls) == 8
    run(Request([scenario], draws=4, reps=3), model, runs_dir=tmp_path, finish=False)
    assert len(model.calls) == 12
    (more,) = run(Request([scenario], draws=8, design=Design(block=4)), model, runs_dir=tmp_path)
    assert len(model.calls) == 16
    assert (more.kept, more.replications) == (4, 4)
    (other,) = run(Request([scenario], draws=8), model, runs_dir=tmp_path)
    assert (other.kept, other.replications) == (0, 8)
    assert more.folder.question["design"] == "lhs in blocks of 4"
    assert more.folder.path != other.folder.path


def test_the_end_of_a_file_is_what_arrow_writes() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([])):
        pass
    assert sink.getvalue().to_pybytes().endswith(kept._END)
