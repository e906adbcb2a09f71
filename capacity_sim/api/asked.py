"""What is refused of a question that is asked from Python."""

from __future__ import annotations

from collections.abc import Sequence

from capacity_sim.analysis.compare import output
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs.asked import area_faults, has
from capacity_sim.runs.store import RunFolder


def check_place(workers: int | None, scheduler: str | None) -> None:
    """Refuse what no place has: no workers, or those of this machine and of a cluster at once."""
    if workers is not None and workers < 1:
        raise UsageError(Fault("too-few", f"{workers} workers is less than one", hint="give 1 or more"))
    if workers is not None and scheduler is not None:
        message = "`workers` is for this machine, and `scheduler` runs on the workers of a cluster"
        raise UsageError(Fault("two-places", message, hint="leave one of them out"))


def kept_units(folder: RunFolder, columns: Sequence[str]) -> None:
    """Refuse rows of single units where a run kept none: a table of them would be empty."""
    if "unit" in columns and not folder.question.get("units"):
        message = f"the run `{folder.path.name}` kept no single delivery units"
        raise UsageError(Fault("no-units", message, hint="run it with `units=True`"))


def inside(measure: str, area: str | None) -> dict[str, str]:
    """Area to keep: none where the output has no areas.

    Raises
    ------
    UsageError
        When no area has the name, or the output is not counted there.
    """
    if area is None:
        return {}
    areas = load().dimensions["area"]
    if area not in areas:
        hint = did_you_mean(area, areas, f"use {one_of(areas)}")
        raise UsageError(Fault("unknown-area", f"no area is called `{area}`", hint=hint))
    if not has(output(measure).name, "area"):
        return {}
    if faults := area_faults(measure, area, 'area="{}"'):
        raise UsageError(faults)
    return {"area": area}
