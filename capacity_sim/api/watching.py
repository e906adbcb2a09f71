"""Which thresholds a finished run meets, and which change moved each most."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from capacity_sim.analysis import moving
from capacity_sim.api.again import resolved_of
from capacity_sim.api.asked import check_place
from capacity_sim.api.shown import Shown
from capacity_sim.data.thresholds import read_thresholds
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.coalitions import EngineCounts
from capacity_sim.runs.replication import EngineModel
from capacity_sim.runs.store import RunFolder
from capacity_sim.scenario import Scenario as Resolved
from capacity_sim.show import threshold_file

if TYPE_CHECKING:
    from capacity_sim.api.running import Progress, Run


def thresholds(
    run: Run, movers: bool, workers: int | None, scheduler: str | None, progress: Progress | None
) -> Shown:
    """Thresholds of a run; see `Run.thresholds`."""
    check_place(workers, scheduler)
    wanted, folder = read_thresholds(), run.folder
    if movers:
        settled = settle_run(folder, resolved_of(run), True, workers, scheduler, progress)
        if not settled.again:
            message = f"`{run.name}` changes nothing, so no change of its own moved a threshold"
            nothing = Fault("no-changes", message, hint="ask it of a run of a scenario with changes")
            raise UsageError(Fault("not-known", settled.reason) if settled.reason else nothing)
        settled.write()
    return Shown(threshold_file.report(folder, wanted))


def settle_run(
    folder: RunFolder,
    scenario: Resolved,
    movers: bool | None,
    workers: int | None,
    scheduler: str | None,
    progress: Progress | None,
    force: bool = False,
) -> moving.Settled:
    """The shipped thresholds of a run that was made in Python, as `analysis.moving.settle` finds them."""

    def counts() -> EngineCounts:
        return EngineCounts(EngineModel(scenario.data, folder.region), folder.months[-1], scenario.horizon)

    return moving.settle(
        threshold_file.Beside(folder), scenario, read_thresholds().each, movers, counts, workers=workers,
        before=lambda _: nullcontext(progress), runs_dir=folder.path.parent, scheduler=scheduler, force=force,
    )  # fmt: skip
