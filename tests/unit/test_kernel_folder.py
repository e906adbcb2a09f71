import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from capacity_sim.model.kernel_folder import PACKAGE, digest_of_sources, kernel_folder

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="home and modes are those of POSIX")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a temporary folder of our own."""
    for name in ("home", "tmp"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


@on_posix
def test_kernels_are_kept_in_the_cache_of_the_user(home: Path, monkeypatch: pytest.MonkeyPatch):
    folder = kernel_folder()
    assert folder is not None
    assert folder.is_relative_to(home / "home")
    assert folder.name == digest_of_sources()
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "elsewhere"))
    assert kernel_folder() == home / "elsewhere" / "capacity-sim" / "kernels" / digest_of_sources()
    assert kernel_folder("/chosen") == Path("/chosen") / digest_of_sources()


@on_posix
def test_kernels_are_kept_in_the_temporary_folder_when_the_home_cannot_be_written_to(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    (home / "file").touch()
    monkeypatch.setenv("HOME", str(home / "file"))  # nothing can be made under a file, not even by root
    folder = kernel_folder()
    assert folder is not None
    assert folder.is_relative_to(home / "tmp")
    assert oct(folder.parents[1].stat().st_mode)[-3:] == "700"
    folder.parents[1].chmod(0o777)  # where others could put code, nothing is read
    assert kernel_folder() is None
    monkeypatch.setattr("tempfile.tempdir", str(home / "file"))
    assert kernel_folder() is None


def test_an_edit_to_any_source_of_a_kernel_gives_another_folder(tmp_path: Path):
    (tmp_path / "model").mkdir()
    shutil.copy(PACKAGE / "streams.py", tmp_path)
    for path in (PACKAGE / "model").glob("*.py"):
        shutil.copy(path, tmp_path / "model")
    seen = {digest_of_sources(tmp_path)}
    assert seen == {digest_of_sources()}
    for path in (tmp_path / "streams.py", tmp_path / "model" / "people.py"):
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        seen.add(digest_of_sources(tmp_path))
    assert len(seen) == 3


def test_numba_keeps_nothing_but_through_compiled():
    """A bare `njit(cache=True)` would be kept beside its file, whatever its callees become."""
    offenders = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if path.name != "compiled.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "cache" and path.parent.name in ("model", PACKAGE.name)
    ]
    assert offenders == []


@on_posix
def test_kernels_go_where_they_should_and_numba_stays_as_it_was(tmp_path: Path):
    """In a process of its own, with and without `NUMBA_CACHE_DIR`."""
    code = (
        "from numba import config; before = config.CACHE_DIR\n"
        "from capacity_sim.model import arrays\n"
        "assert config.CACHE_DIR == before\n"
        "print(arrays.run_units.stats.cache_path)"
    )
    base = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    cases = (({"XDG_CACHE_HOME": str(tmp_path / "a")}, "a"), ({"NUMBA_CACHE_DIR": str(tmp_path / "b")}, "b"))
    for extra, name in cases:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=base | extra, cwd=PACKAGE.parent, capture_output=True, text=True, check=True)
        place = Path(done.stdout.strip())
        assert place.is_relative_to(tmp_path / name)
        assert digest_of_sources() in place.parts
