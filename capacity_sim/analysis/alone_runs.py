"""The runs behind what each measure does by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Unpack

import pandas as pd

from capacity_sim.analysis.alone import EXPOSURE, NEEDED, PEOPLE, Alone
from capacity_sim.analysis.spread import RangeKind, spread
from capacity_sim.catalogue import load
from capacity_sim.runs import coalitions
from capacity_sim.runs.coalitions import Counts, Task, Totals
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Scenario


class Work:
    """The runs behind the table: counted before they are made.

    Parameters
    ----------
    base : Scenario
    scenarios : sequence of Scenario
        They are run as they stand; choices of timing are those of the base.
    counts : Counts
        Simulates one of them.
    draws, seed : int
        Readings of the uncertain inputs (one takes central values), and the key of all random numbers.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        base: Scenario,
        scenarios: Sequence[Scenario],
        counts: Counts,
        draws: int = 1,
        seed: int = 1,
        **how: Unpack[How],
    ) -> None:
        self.base, self.scenarios, self.draws = base, tuple(scenarios), draws
        everyone = (base, *self.scenarios)
        inputs = [one for scenario in everyone for one in counts.inputs(scenario)]
        tasks = [
            Task(scenario, reading, draw)
            for draw, reading in enumerate(readings(seed, inputs, draws))
            for scenario in everyone
        ]
        self.plan = coalitions.plan(tasks, counts, seed=seed, **how)

    @property
    def runs(self) -> tuple[int, int]:
        """Runs to make, and runs that are there already."""
        return len(self.plan.missing), len(self.plan.found)

    def answer(
        self, area: str, month: str, place: str = "", workers: int | None = None, progress: Progress | None = None
    ) -> Alone:
        """Make the missing runs, and the table of differences.

        Parameters
        ----------
        area : str
            Area of work of the staff.
        month, place : str
            Of the figures.
        workers, progress :
            As in `runs.kept.Plan.run`.
        """
        made = self.plan.run(workers, progress)
        basis, n = self.base.timing_basis, len(self.scenarios) + 1
        rows: list[dict[str, object]] = []
        levels = []
        for draw in range(self.draws):
            mine = made[draw * n : (draw + 1) * n]
            base = dict(_outputs(mine[0], area, basis))
            levels.append(base[NEEDED])
            for scenario, found in zip(self.scenarios, mine[1:], strict=True):
                rows += [
                    {"draw": draw, "rep": 0, "scenario": scenario.name, "output": name, "value": value - base[name]}
                    for name, value in _outputs(found, area, basis)
                ]
        frame = spread(pd.DataFrame(rows), ["scenario", "output"])
        kind = RangeKind.DRAWS if self.draws > 1 else RangeKind.NONE
        needed = float(pd.Series(levels).median())
        return Alone(self.base, self.scenarios, frame, needed, month, place, area, basis, kind, self.draws)


def _outputs(found: Totals, area: str, basis: str) -> Iterable[tuple[str, float]]:
    yield NEEDED, found.value(NEEDED, area, basis)
    for name in PEOPLE:
        yield name, found.value(name, None, basis)
    exposure: Mapping[str, float] = found.exposure
    for risk in load().dimensions["risk"]:
        yield f"{EXPOSURE}.{risk}", exposure[risk]
