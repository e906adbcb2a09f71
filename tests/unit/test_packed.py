"""The zip of an audit pack: the same whenever it is written, and whole."""

from pathlib import Path

import pytest

from capacity_sim.errors import DataError
from capacity_sim.runs.packed import check_whole, libraries, write_zip


def test_the_same_files_give_the_same_zip(tmp_path: Path) -> None:
    files = {"b.txt": b"two", "a/a.txt": b"one"}
    for name in ("one.zip", "two.zip"):
        write_zip(tmp_path / name, dict(reversed(files.items())) if name == "two.zip" else files, "top")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.zip", "two.zip"]


def test_a_folder_without_hashes_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no unpacked audit pack"):
        check_whole(tmp_path)


def test_versions_are_those_of_all_that_is_needed_and_no_more() -> None:
    found = libraries()
    assert {"numpy", "numba", "llvmlite", "pandas"} <= set(found)
    assert "pytest" not in found
