"""Run folders: whole or not there, the same bytes for the same rows, not trusted when they are damaged."""

import errno
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.fake_result import fake_result

from capacity_sim.catalogue import load
from capacity_sim.errors import RunError, render
from capacity_sim.runs import store, writer
from capacity_sim.runs.schema import SCHEMA
from capacity_sim.runs.store import RunFolder, find, open_run
from capacity_sim.runs.tidy import tidy
from capacity_sim.runs.writer import RunWriter

DIGEST = "0123456789abcdef" * 4
MANIFEST = {
    "name": "baseline",
    "title": "Base",
    "hash": DIGEST,
    "question": {},
    "months": [],
    "timings": {"s": 1},
}


def rows(draw: int = 0) -> pa.Table:
    return tidy(fake_result(1, draw), load(), draw, 0)


def write(runs: Path, *tables: pa.Table, digest: str = DIGEST) -> RunFolder:
    with RunWriter(runs, "baseline", digest) as out:
        for table in tables:
            out.write(table)
        return out.finish({**MANIFEST, "hash": digest}, "name: baseline\n", "path,value\n")


def stopped(runs: Path, table: pa.Table) -> None:
    with RunWriter(runs, "baseline", DIGEST) as out:
        out.write(table)
        raise KeyboardInterrupt


def listed(runs: Path) -> list[str]:
    return sorted(path.name for path in runs.iterdir())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, rows(0), rows(1))
    assert listed(tmp_path) == ["baseline-01234567"]
    assert listed(folder.path) == ["manifest.json", "monthly.parquet", "parameters.csv", "scenario.yaml"]
    again = open_run(folder.path)
    assert again.manifest == folder.manifest
    wanted = pa.concat_tables([rows(0), rows(1)]).to_pandas().astype({"month": str})
    found = again.table().astype({"month": str})
    assert found["value"].tolist() == wanted["value"].tolist()
    assert found["measure"].tolist() == wanted["measure"].tolist()


@pytest.mark.parametrize(
    ("end", "months"),
    [
        ("2025-03-31", ("2025-02", "2025-03")),  # a Monday: its week lies in April
        ("2025-04-06", ("2025-02", "2025-03", "2025-04")),
        ("2025-01-31", ("2025-02", "2025-03", "2025-04")),
    ],
)
def test_a_month_after_the_last_day_is_no_month_to_report(tmp_path: Path, end: str, months: tuple[str, ...]) -> None:
    asked = {"question": {"horizon": {"end": end}}, "months": ["2025-02", "2025-03", "2025-04"]}
    assert RunFolder(tmp_path, {**MANIFEST, **asked}).months == months


def test_the_file_opens_in_one_line_of_pandas(tmp_path: Path) -> None:
    import pandas as pd

    folder = write(tmp_path, rows())
    assert len(pd.read_parquet(folder.path / "monthly.parquet")) == rows().num_rows


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    folders = [write(tmp_path / name, rows(0), rows(1)) for name in ("a", "b")]
    for name in listed(folders[0].path):
        assert (folders[0].path / name).read_bytes() == (folders[1].path / name).read_bytes(), name


def test_one_row_group_for_each_kind_of_row_of_a_replication(tmp_path: Path) -> None:
    folder = write(tmp_path, rows(0), rows(1))
    assert pq.read_metadata(folder.path / "monthly.parquet").num_row_groups == 4


def test_reading_some_measures_gives_the_same_rows(tmp_path: Path) -> None:
    folder = write(tmp_path, rows(0), rows(1))
    whole = folder.table()
    for names in (["gap_fte"], ["work_due"], ["gap_fte", "work_not_done"]):
        wanted = whole[whole["measure"].isin(names)]["value"].tolist()
        assert folder.table(names)["value"].tolist() == wanted
    court = folder.table(["gap_fte"], {"area": "court", "grade": ["PO", "PSO"]})
    assert set(court["area"]) == {"court"}
    assert set(court["grade"]) == {"PO", "PSO"}
    either = folder.table(["gap_fte", "units_red"], {"area": ["court", None]})
    assert set(either["measure"]) == {"gap_fte", "units_red"}


def test_leaving_early_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, rows())
    assert listed(tmp_path) == []


def test_a_full_disk_is_one_clear_message_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for target, name in (
        (pq.ParquetWriter, "write_batch"),
        (pq.ParquetWriter, "close"),
        (Path, "write_text"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(target, name, full)
            with pytest.raises(RunError) as problem:
                write(tmp_path, rows())
        fault = problem.value.faults[0]
        assert fault.code == "disk-full"
        assert fault.message == f"the disk of `{tmp_path}` is full; nothing half-written was kept"
        assert listed(tmp_path) == []


def test_the_systems_own_full_device_is_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no full device")
    plain = Path.open

    def opened(self: Path, mode: str = "r", *rest: object, **options: object) -> object:
        return plain(
            full if self.name == "monthly.parquet" and mode == "wb" else self, mode, *rest, **options
        )

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(RunError, match="is full"):
        write(tmp_path, *(rows(draw) for draw in range(4)))
    assert listed(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file in the way")
    with pytest.raises(RunError) as problem:
        write(tmp_path / "runs", rows())
    fault = problem.value.faults[0]
    assert fault.code == "not-writable"
    assert fault.message == f"`{tmp_path / 'runs'}` cannot be written: File exists"
    assert "--runs-dir" in (fault.hint or "")


def test_what_a_killed_process_left_is_cleared_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    with RunWriter(tmp_path, "other", DIGEST) as living:
        dead = tmp_path / ".baseline-01234567-deadbeef.part"
        dead.mkdir()
        (tmp_path / f"{dead.name}.lock").touch()
        (dead / "monthly.parquet").write_bytes(b"half")
        write(tmp_path, rows())
        assert listed(tmp_path) == [living.temp.name, f"{living.temp.name}.lock", "baseline-01234567"]
    assert listed(tmp_path) == ["baseline-01234567"]


def test_a_folder_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    first = write(tmp_path, rows(0))
    with pytest.raises(KeyboardInterrupt):
        stopped(tmp_path, rows(1))
    assert open_run(first.path).manifest == first.manifest
    second = write(tmp_path, rows(1))
    assert second.path == first.path
    assert set(open_run(first.path).table()["draw"]) == {1}
    assert listed(tmp_path) == ["baseline-01234567"]


def test_a_run_is_found_by_folder_name_or_scenario(tmp_path: Path) -> None:
    folder = write(tmp_path, rows())
    for name in (folder.path, "baseline-01234567", "baseline"):
        assert open_run(name, tmp_path).path == folder.path
    assert find(tmp_path, "baseline", DIGEST) is not None
    assert find(tmp_path, "baseline", "f" * 64) is None
    write(tmp_path, rows(), digest="f" * 64)
    with pytest.raises(RunError, match="`baseline` has 2 runs"):
        open_run("baseline", tmp_path)


def test_a_run_that_is_not_there_has_a_near_name(tmp_path: Path) -> None:
    write(tmp_path, rows())
    with pytest.raises(RunError) as problem:
        open_run("baselin", tmp_path)
    assert problem.value.faults[0].hint == "did you mean `baseline`?"
    with pytest.raises(RunError) as problem:
        open_run("reset", tmp_path / "nowhere")
    assert problem.value.faults[0].hint == "`capacity-sim run reset` makes one"
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="is not a run folder: it holds no manifest"):
        open_run(tmp_path / "empty")


def test_a_damaged_manifest_is_named_with_its_place(tmp_path: Path) -> None:
    folder = write(tmp_path, rows())
    manifest = folder.path / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text[: len(text) // 2])
    with pytest.raises(RunError) as problem:
        open_run(folder.path)
    shown = render(problem.value.faults)
    assert shown.startswith(
        "error[bad-run]: the run `baseline-01234567` cannot be used: manifest.json is damaged"
    )
    assert f"--> {manifest}:" in shown
    assert find(tmp_path, "baseline", DIGEST) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "lacks what a manifest must say"),
        ({**MANIFEST, "format": 99, "files": {}}, "was written in form 99; this version reads form 1"),
        ({**MANIFEST, "format": 1, "files": {}}, "does not list the files"),
    ],
)
def test_a_manifest_that_says_too_little_is_refused(tmp_path: Path, content: dict, message: str) -> None:
    folder = write(tmp_path, rows())
    (folder.path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(RunError, match=message):
        open_run(folder.path)


def test_a_changed_or_missing_file_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, rows())
    table = folder.path / "monthly.parquet"
    content = bytearray(table.read_bytes())
    content[100] ^= 1
    table.write_bytes(content)
    with pytest.raises(RunError, match=r"monthly\.parquet is not as it was written"):
        open_run(folder.path)
    table.unlink()
    with pytest.raises(RunError, match=r"monthly\.parquet is missing"):
        open_run(folder.path)


def test_a_table_that_turns_out_to_be_none_is_one_clear_message(tmp_path: Path) -> None:
    folder = write(tmp_path, rows())
    (folder.path / "monthly.parquet").write_bytes(b"not a table")
    with pytest.raises(RunError, match=r"monthly\.parquet cannot be read"):
        folder.table()


def test_codes_of_unlike_dictionaries_are_compared_as_words() -> None:
    other = pa.DictionaryArray.from_arrays(pa.array(np.array([1, 0], np.int16)), pa.array(["court", "PO"]))
    again = pa.DictionaryArray.from_arrays(pa.array(np.array([1, 0], np.int16)), pa.array(["PO", "court"]))
    column = pa.chunked_array([other, again])
    assert store._among(column, ["court"]).tolist() == [False, True, True, False]


def test_an_empty_run_has_the_columns(tmp_path: Path) -> None:
    assert list(write(tmp_path).table().columns) == SCHEMA.names


def test_systems_without_locks_still_write_and_clear_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    other = tmp_path / ".baseline-01234567-deadbeef.part"
    other.mkdir()
    (tmp_path / f"{other.name}.lock").touch()
    monkeypatch.setattr(filelock.FileLock, "acquire", refuses)
    write(tmp_path, rows())
    assert listed(tmp_path) == [other.name, f"{other.name}.lock", "baseline-01234567"]
    assert writer.folder_name("baseline", DIGEST) == "baseline-01234567"
