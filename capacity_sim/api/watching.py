"""Which thresholds a finished run meets, and which change moved each most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from capacity_sim.analysis import groups, triggers
from capacity_sim.analysis.lineage import parent_of
from capacity_sim.api.again import resolved_of
from capacity_sim.api.asked import check_place
from capacity_sim.api.scenarios import load_scenario
from capacity_sim.api.shown import Shown
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import read_thresholds
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.coalitions import EngineCounts
from capacity_sim.runs.replication import EngineModel
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
        scenario = resolved_of(run)
        base = replace(load_scenario("baseline").resolved, data=scenario.data)
        if not any(change.acts for change in scenario.changes):
            message = f"`{run.name}` changes nothing, so no change of its own moved a threshold"
            raise UsageError(Fault("no-changes", message, hint="ask it of a run of a scenario with changes"))
        game = groups.game(base, scenario, parent_of, load())
        counts = EngineCounts(EngineModel(scenario.data, folder.region), folder.months[-1], scenario.horizon)
        made = triggers.Movers(
            folder, wanted.each, game, counts, runs_dir=folder.path.parent, scheduler=scheduler
        )
        found = made.answer(workers, progress)
        threshold_file.write(folder, found, made.draws)
    return Shown(threshold_file.report(folder, wanted))
