"""Before any test or doctest: where compiled kernels are kept, and one profile for hypothesis.

Kernels compile once and are kept between sessions in `.cache/numba/<worker>/<digest of the engine's sources>` (see
`capacity_sim.model.kernel_folder`). `<worker>` keeps parallel workers apart, because numba numbers its files from an
index that two processes may read at the same moment. Before workers take the whole suite they are compiled once, and
each worker begins with a copy.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hypothesis
import pytest

from capacity_sim.model.kernel_folder import digest_of_sources

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "numba"
KEPT_SECONDS = 7 * 24 * 3600
DIGEST = digest_of_sources()
MAIN = CACHE / "main"
#: the shortest command that simulates, and so compiles everything
SHORTEST = "run baseline --data demo --to 2024-04-30 --no-movers --quiet --workers 1 --runs-dir"


def _is_whole(folder: Path) -> bool:
    """Whether every kernel of these sources is compiled there (see `capacity_sim.model.compiling`)."""
    return any((folder / DIGEST).glob(".whole-*"))


def _use_cache(worker: str | None) -> None:
    mine = CACHE / (worker or "main")
    if worker is None:  # the session itself, before it starts workers
        for old in CACHE.glob("*/*"):
            if old.name != DIGEST and old.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    elif _is_whole(MAIN) and not (mine / DIGEST).exists():
        part = mine / f"{DIGEST}.part"
        shutil.copytree(MAIN / DIGEST, part, dirs_exist_ok=True)
        with contextlib.suppress(OSError):  # another session of the same worker's name was first
            part.rename(mine / DIGEST)
    os.environ["NUMBA_CACHE_DIR"] = str(mine)


def pytest_configure(config: pytest.Config) -> None:
    """Compile the kernels once where several workers are about to take the whole suite."""
    whole = config.args_source is config.ArgsSource.TESTPATHS
    if whole and getattr(config.option, "numprocesses", None) and not _is_whole(MAIN):
        with tempfile.TemporaryDirectory() as runs:
            words = [sys.executable, "-m", "capacity_sim", *SHORTEST.split(), runs]
            subprocess.run(words, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# Before any test module imports numba; commands that tests start in another process inherit it.
_use_cache(os.environ.get("PYTEST_XDIST_WORKER"))

# The same examples on every machine; time limits belong to the benchmarks.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")
