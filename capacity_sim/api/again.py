"""The scenario of a finished run, for questions that are answered by running parts of it again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity_sim.api.scenarios import load_scenario
from capacity_sim.errors import Fault, NotComparableError
from capacity_sim.runs.replication import data_hash
from capacity_sim.scenario import Scenario as Resolved

if TYPE_CHECKING:
    from capacity_sim.api.running import Run


def resolved_of(one: Run) -> Resolved:
    """Scenario of a run with its lineage: as it was run, or as its file says if that is still the same.

    Parameters
    ----------
    one : Run
        A finished run.

    Raises
    ------
    NotComparableError
        When the scenario or the data are no longer as they were.
    """
    found = one.scenario or load_scenario(one.name)
    folder = one.folder
    horizon = found.resolved.horizon
    data = folder.data_name
    resolved = found.resolved
    if one.scenario is None:
        last = pd.Period(folder.months[-1], "M").end_time.date()
        choices = {**resolved.choices, "timing_basis": folder.timing_basis}
        if horizon.isoformat()[:7] != folder.months[-1]:
            choices["horizon"] = last
        resolved = replace(resolved, choices=choices, data=data)
        if [change.content() for change in resolved.changes if change.acts] != _asked(folder.question["scenario"]):
            message = f"`{one.name}` is no longer as it was when the run `{folder.path.name}` was made"
            raise NotComparableError(Fault("other-scenario", message, hint="run it again"))
    if data_hash(data, folder.region) != folder.question["data"]["hash"]:
        message = f"the data set `{data}` is no longer as it was when the run `{folder.path.name}` was made"
        raise NotComparableError(Fault("other-data", message, hint="run it again"))
    return resolved


def _asked(text: str) -> list[Any]:
    """Changes of the question of a run."""
    changes: list[Any] = json.loads(text)["changes"]
    return changes
