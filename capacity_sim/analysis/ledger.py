"""A ledger of benefits: hours that measures are expected to free, those that were seen, and the gap that follows.

What a measure is expected to free is what the scenario needs without it, less what it needs with it, draw by draw. What
was seen over what was expected in the same months is how far it is realised; later months are taken to be as far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.benefits import Entry, Ledger
from capacity_sim.data.observed import Seen
from capacity_sim.errors import Fault, ScenarioError, UsageError
from capacity_sim.runs import kept
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.lines import Line
from capacity_sim.runs.lines_kept import KeepsLines, Lines
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Scenario

Array = npt.NDArray[np.float64]
_YEAR = 12


@dataclass(frozen=True)
class Part:
    """A measure of a scenario, and the changes that it brings."""

    name: str
    ids: frozenset[str]


def check_apart(parts: Sequence[Part]) -> None:
    """Refuse measures that hold each other: their hours would count twice.

    Raises
    ------
    UsageError
        With each pair.
    """
    faults = [
        Fault(
            "one-in-another", f"`{small.name}` is a part of `{large.name}`: their hours would count twice",
            hint="keep one of the two",
        )
        for small in parts
        for large in parts
        if small is not large and small.ids < large.ids
    ]  # fmt: skip
    if faults:
        raise UsageError(faults)


class Work:
    """The runs behind a ledger.

    Parameters
    ----------
    scenario : Scenario
        The plan.
    parts : sequence of Part
        Measures of the ledger.
    counts : Counts
        Simulates to the month of the forecast, or beyond.
    month : str
        Month of the forecast.
    area : str
        Area of work.
    hours : float
        Productive hours a year of one FTE.
    draws, seed : int
        Readings, and the key of all random numbers.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        scenario: Scenario,
        parts: Sequence[Part],
        counts: Counts,
        month: str,
        area: str,
        hours: float,
        *,
        draws: int = 20,
        seed: int = 1,
        **how: Unpack[How],
    ) -> None:
        self.scenario, self.parts, self.counts, self.month = scenario, tuple(parts), counts, month
        self._area, self._hours, self._draws, self._seed = area, hours, draws, seed
        self._how = how
        self._lines = {name: Line(name, area, "", scenario.timing_basis) for name in ("required_fte", "gap_fte")}
        self._readings = readings(seed, counts.inputs(scenario), draws)
        self.plan = self._planned([scenario, *(_without(scenario, part) for part in parts)])

    def _planned(self, scenarios: Sequence[Scenario]) -> kept.Plan[Lines]:
        tasks = [
            Task(one, reading, draw) for one in scenarios for draw, reading in enumerate(self._readings)
        ]
        return kept.plan(tasks, self.counts, KeepsLines(tuple(self._lines.values())), seed=self._seed, **self._how)

    def answer(
        self,
        seen: Sequence[Seen],
        *,
        workers: int | None = None,
        progress: Progress | None = None,
        place: str = "",
        source: str = "",
    ) -> Ledger:
        """Make the missing runs, and forecast the gap again.

        Parameters
        ----------
        seen : sequence of Seen
            What was observed; with none, the ledger has what is expected.
        workers, progress :
            As in `runs.kept.Plan.run`.
        place, source : str
            Where, and what the figures rest on.
        """
        made = self.plan.run(workers, progress)
        months: tuple[str, ...] = made[0].months
        at, n = months.index(self.month), self._draws
        needed = self._values(made[:n], "required_fte")
        gap = self._values(made[:n], "gap_fte")
        freed = {
            part.name: self._values(made[(k + 1) * n : (k + 2) * n], "required_fte") - needed
            for k, part in enumerate(self.parts)
        }
        entries, again = [], gap[:, at].copy()
        for part in self.parts:
            mine = {one.month: one.hours for one in seen if one.measure == part.name}
            where = [place_ for place_, month in enumerate(months) if month in mine]
            expected = freed[part.name][:, where].sum(axis=1) * self._hours / _YEAR
            realised = None
            if mine:
                middle = float(np.median(expected))
                if middle <= 0:
                    hint = "leave its rows out, or see whether they are of the months in which it acts"
                    message = f"`{part.name}` is expected to free no hours in the months that were observed"
                    raise UsageError(Fault("nothing-expected", message, hint=hint))
                realised = sum(mine.values()) / middle
                again += (1.0 - realised) * freed[part.name][:, at]
            year = freed[part.name][:, max(0, at + 1 - _YEAR) : at + 1].sum(axis=1) * self._hours / _YEAR
            entries.append(
                Entry(
                    name=part.name, months=len(mine), expected=expected, observed=sum(mine.values()) if mine else None,
                    realised=realised, fte=freed[part.name][:, at], year=year,
                )
            )  # fmt: skip
        shares = {one.name: one.realised for one in entries if one.realised is not None}
        simulated, note = self._simulated(shares, at, workers, progress) if shares else (None, "")
        return Ledger(
            scenario=self.scenario.name, entries=tuple(entries), gap=gap[:, at], arithmetic=again, simulated=simulated,
            note=note, month=self.month, area=self._area, basis=self.scenario.timing_basis, draws=n, place=place,
            source=source, needed=float(np.median(needed[:, at])),
        )  # fmt: skip

    def _values(self, made: Sequence[Lines], name: str) -> Array:
        return np.array([one.lines[self._lines[name]] for one in made])

    def _simulated(
        self, shares: Mapping[str, float], at: int, workers: int | None, progress: Progress | None
    ) -> tuple[Array | None, str]:
        """The gap with each measure at the strength realised; None with a reason where that cannot be."""
        changes = {change.id: change for change in self.scenario.changes}
        rules = []
        for part in self.parts:
            for name in part.ids if part.name in shares else ():
                one = changes[name]
                changes[name] = replace(one, strength=one.strength * max(0.0, shares[part.name]))
                rules += [part.name] if one.rule else []
        weaker = replace(self.scenario, changes=tuple(changes[name] for name in sorted(changes)))
        try:
            made = self._planned([weaker]).run(workers, progress)
        except ScenarioError as problem:
            return None, f"It cannot be simulated at these strengths: {problem}."
        note = ""
        if rules:
            named = ", ".join(f"`{name}`" for name in sorted(set(rules)))
            verb = "changes" if len(set(rules)) == 1 else "change"
            note = f"{named} {verb} rules too, which have no strength, so the simulated figure keeps them whole."
        return self._values(made, "gap_fte")[:, at], note


def _without(scenario: Scenario, part: Part) -> Scenario:
    return replace(scenario, changes=tuple(change for change in scenario.changes if change.id not in part.ids))
