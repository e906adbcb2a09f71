"""One replication as a task of its own, which any process can do that has the same versions and data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.errors import Fault, RunError
from capacity_sim.runs import identity
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
    if expected is not None:
        mine, asked = model.question(scenario), expected["question"]
        unlike = [f"another {name}" for name in ("data", "scenario", "horizon") if mine[name] != asked[name]]
        check_versions(expected["versions"], unlike)
    result = model.replicate(scenario, reading, seed=seed, draw=draw, rep=rep, threads=threads, progress=progress)
    table = tidy(result, load_catalogue(), draw, rep, units)
    return Rows(table, dict(result.counts), time.perf_counter() - began)


def check_versions(expected: Mapping[str, str], more: Sequence[str] = ()) -> None:
    """Refuse to work with other versions or data than asked, which would mix unlike results.

    Parameters
    ----------
    expected : mapping of str
        Versions of the process that asks.
    more : sequence of str
        What else is unlike, in words.

    Raises
    ------
    RunError
        With all that is unlike.
    """
    versions = identity.versions()
    unlike = [f"{name} {versions[name]} instead of {wanted}" for name, wanted in expected.items()
              if versions.get(name) != wanted]  # fmt: skip
    unlike += more
    if unlike:
        message = f"a worker has {', '.join(unlike)}"
        hint = "install the same versions and the same data on every worker"
        raise RunError(Fault("unlike-worker", message, hint=hint))
