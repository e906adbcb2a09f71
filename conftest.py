"""Before any test or doctest: where compiled kernels are kept, and one profile for hypothesis.

Kernels compile once and are kept between sessions in `.cache/numba/<worker>/<digest of the engine's sources>` (see
`capacity_sim.model.kernel_folder`). `<worker>` keeps parallel workers apart, because numba numbers its files from an
index that two processes may read at the same moment.
"""

import os
import shutil
import time
from pathlib import Path

import hypothesis

from capacity_sim.model.kernel_folder import digest_of_sources

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "numba"
KEPT_SECONDS = 7 * 24 * 3600


def _use_cache(worker: str | None) -> None:
    if worker is None:  # the session itself, before it starts workers
        current = digest_of_sources()
        for old in CACHE.glob("*/*"):
            if old.name != current and old.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(CACHE / (worker or "main"))


# Before any test module imports numba; commands that tests start in another process inherit it.
_use_cache(os.environ.get("PYTEST_XDIST_WORKER"))

# The same examples on every machine; time limits belong to the benchmarks.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("repeatable")
