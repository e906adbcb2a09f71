"""One replication as a task of its own, which any process can do that has the same versions and data."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.errors import Fault, RunError
from capacity_sim.runs import identity, places
from capacity_sim.runs.parts import Rows
from capacity_sim.runs.tidy import tidy

if TYPE_CHECKING:
    from capacity_sim.runs.runner import Model, Reading
    from capacity_sim.scenario import Scenario


def replicate(
    model: Model,
    scenario: Scenario,
    reading: Reading,
    seed: int,
    draw: int,
    rep: int,
    units: bool,
    threads: int,
    progress: Callable[[float], None] | None,
    expected: Mapping[str, Any] | None,
) -> Rows:
    """One task; a plain function of plain arguments, so that it can run in another process.

    Raises
    ------
    RunError
        When this process has other versions or other data than the one that asks.
    """
    began = time.perf_counter()
    with ExitStack() as stack:
        if expected is not None:
            _check_alike(model.question(scenario), expected)
            if model.portable:
                from capacity_sim.model.kernel_folder import kernel_folder

                folder = kernel_folder(os.environ.get("NUMBA_CACHE_DIR", ""))
                stack.enter_context(places.compiling_alone(folder))
        result = model.replicate(
            scenario, reading, seed=seed, draw=draw, rep=rep, threads=threads, progress=progress
        )
    table = tidy(result, load_catalogue(), draw, rep, units)
    return Rows(table, dict(result.counts), time.perf_counter() - began)


def _check_alike(mine: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Refuse to work with other versions, data or scenarios than asked, which would mix unlike results."""
    versions = identity.versions()
    unlike = [f"{name} {versions[name]} instead of {wanted}" for name, wanted in expected["versions"].items()
              if versions.get(name) != wanted]  # fmt: skip
    asked = expected["question"]
    unlike += [f"another {name}" for name in ("data", "scenario", "horizon") if mine[name] != asked[name]]
    if unlike:
        message = f"a worker has {', '.join(unlike)}"
        hint = "install the same versions and the same data on every worker"
        raise RunError(Fault("unlike-worker", message, hint=hint))
