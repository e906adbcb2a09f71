"""Replications that are kept until their study is finished: whole or not at all, and of that study alone."""

import os
import time
from pathlib import Path

import pyarrow as pa
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.runs import parts as kept
from capacity_sim.runs.design import Design
from capacity_sim.runs.parts import KEPT, Parts, Rows
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.task import replicate

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


def test_a_study_that_another_process_works_on_is_left_alone(tmp_path: Path, rows: Rows) -> None:
    with Parts(tmp_path, "baseline", KEY) as first, Parts(tmp_path, "baseline", KEY) as second:
        first.write(0, 0, rows)
        assert second.folder != first.folder
        assert second.there() == set()
        second.write(1, 0, rows)
    assert first.folder.is_dir()
    assert not second.folder.exists()


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
