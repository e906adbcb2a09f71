"""Draws, or replications, until an output is known closely enough: how closely was asked, and what stopped it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from capacity_sim.calendars import months_to
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs import runner
from capacity_sim.runs.asked import area_faults, has
from capacity_sim.runs.design import Design
from capacity_sim.runs.runner import Model, Outcome, Request
from capacity_sim.runs.store import Where, chosen_rows
from capacity_sim.runs.totals import summarise

#: confidence of the half-width
CONFIDENCE = 0.95
_FORM = re.compile(
    r"""\s*(?P<measure>\w+)\s*(?:\[(?P<cells>[^\]]*)\])?\s*(?:@\s*(?P<month>\d{4}-\d{2}))?
    \s*(?:\+-|\+/-|±)\s*(?P<width>\d[\d,]*(?:\.\d+)?)\s*(?P<percent>%?)\s*""",
    re.VERBOSE,
)
_KEYS = ("area", "grade", "region", "risk", "type", "basis")
_EXAMPLE = "write it as 'gap_fte +- 50' or 'gap_fte[grade=PO,region=London]@2028-03 +- 2%'"
#: trainees are inside the published count of probation services officers
_INSIDE = {"PSO": ("PSO", "trainee")}
#: an output that has rows in every month, so that an output that is zero is known from one that is not there
ALWAYS_THERE = "in_post_fte"
_AREA, _ALL = "sentence_management", "all"


@dataclass(frozen=True)
class Goal:
    """How closely the mean of an output is to be known.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    cells : mapping of str to str
        Area, grade, region and so on that it is taken over.
    month : str or None
        Month, the last of the run when it is None.
    width : float
        Half-width of the 95% confidence interval of the mean: in the output's unit, or in per cent of the mean.
    percent : bool
        Whether the width is in per cent.
    """

    measure: str
    cells: Mapping[str, str]
    month: str | None
    width: float
    percent: bool = False

    @classmethod
    def read(cls, text: str) -> Goal:
        """Goal of a text such as ``gap_fte[grade=PO]@2028-03 +- 50``.

        Raises
        ------
        UsageError
            When it cannot be read, or names what there is not.

        Examples
        --------
        >>> Goal.read("gap_fte[grade=PO]@2028-03 ± 2%")
        Goal(measure='gap_fte', cells={'grade': 'PO'}, month='2028-03', width=2.0, percent=True)
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise UsageError(Fault("bad-until", f"`--until {text}` cannot be read", hint=_EXAMPLE))
        outputs, faults = load().outputs, []
        measure = found["measure"]
        if measure not in outputs:
            hint = did_you_mean(measure, outputs, f"outputs are {one_of(outputs, most=40)}")
            faults.append(Fault("unknown-output", f"no output is called `{measure}`", hint=hint))
        cells = {}
        for part in filter(None, (one.strip() for one in (found["cells"] or "").split(","))):
            key, _, value = (one.strip() for one in part.partition("="))
            if key not in _KEYS or not value:
                hint = did_you_mean(key, _KEYS, f"write one of {one_of(_KEYS)} with `=` and a value")
                faults.append(Fault("bad-until", f"`{part}` of `--until` is not a cell", hint=hint))
            elif value not in (names := load().dimensions.get(key, (value,))) and (key, value) != ("area", _ALL):
                hint = did_you_mean(value, names, f"use {one_of(names)}")
                faults.append(Fault(f"unknown-{key}", f"no {key} is called `{value}`", hint=hint))
            elif measure in outputs and key != "area" and not has(measure, key):
                message = f"`{measure}` has no value for each {key}"
                faults.append(Fault(f"no-{key}", message, hint=f"leave `{key}=` out"))
            cells[key] = value
        if measure in outputs:
            area = cells.get("area", _AREA if has(measure, "area") else _ALL)
            faults += area_faults(measure, area, "[area={}]") if area != _ALL else []
        width = float(found["width"].replace(",", ""))
        if width <= 0:
            faults.append(Fault("bad-until", "a half-width of 0 is never met", hint=_EXAMPLE))
        month = found["month"]
        if month is not None and not 1 <= int(month[5:]) <= 12:
            faults.append(Fault("bad-month", f"`{month}` is not a month", hint="write it as 2027-03"))
        if faults:
            raise UsageError(faults)
        return cls(measure, cells, month, width, bool(found["percent"]))

    @property
    def words(self) -> str:
        """The output and its cells, as they are typed."""
        cells = ",".join(f"{key}={value}" for key, value in self.cells.items())
        return self.measure + (f"[{cells}]" if cells else "") + (f"@{self.month}" if self.month else "")

    @property
    def where(self) -> Where:
        """Rows that it is taken over; sentence management unless an area, or all of them, is named."""
        found: dict[str, str | Sequence[str | None]] = {
            key: list(_INSIDE.get(value, (value,))) for key, value in self.cells.items() if key != "basis"
        }
        if self.cells.get("area") == _ALL or not has(self.measure, "area"):
            found.pop("area", None)
        else:
            found.setdefault("area", [_AREA])
        return found

    def values(self, table: pd.DataFrame, month: str, basis: str) -> pd.DataFrame:
        """Value of each draw and replication of a table.

        Raises
        ------
        UsageError
            When the results have no such cell or month.
        """
        stated = self.cells.get("basis", basis)
        return summarise(table, self.measure, (), month, where=self.where, basis=stated)

    @property
    def measures(self) -> tuple[str, ...]:
        """Measures that it is made of."""
        spec = load().outputs[self.measure]
        parts = (spec.name, spec.numerator, spec.denominator, ALWAYS_THERE)
        return tuple(dict.fromkeys(name for name in parts if name is not None))


@dataclass(frozen=True)
class Closeness:
    """How closely a mean is known.

    Parameters
    ----------
    name : str
        Scenario, or the difference of two.
    mean, half_width : float
        Mean over draws (over replications of one draw), and half of its 95% confidence interval; infinite for one.
    number : int
        Draws, or replications.
    wanted : float
        Half-width that was asked for, in the output's unit.
    """

    name: str
    mean: float
    half_width: float
    number: int
    wanted: float

    @property
    def met(self) -> bool:
        """Whether it is close enough."""
        return self.half_width <= self.wanted

    @property
    def enough(self) -> int:
        """About how many would do at this spread."""
        return math.ceil(self.number * (self.half_width / self.wanted) ** 2) if self.wanted > 0 else 0


def closeness(name: str, values: npt.NDArray[np.float64], goal: Goal) -> Closeness:
    """How closely the mean of independent values is known, by Student's t.

    Values of a Latin hypercube lie evener than independent ones, so the true half-width is at most this one.

    Parameters
    ----------
    name : str
        What they are of.
    values : array of float
        One for each draw (the mean of its replications), or for each replication.
    goal : Goal
        What is asked.

    Examples
    --------
    >>> found = closeness("a", np.array([9.0, 10.0, 11.0]), Goal.read("gap_fte +- 3"))
    >>> round(found.half_width, 2), found.met
    (2.48, True)
    """
    from scipy.stats import t

    number, mean = len(values), float(np.mean(values))
    wanted = goal.width if not goal.percent else abs(mean) * goal.width / 100
    if number < 2:
        return Closeness(name, mean, math.inf, number, wanted)
    error = float(np.std(values, ddof=1)) / math.sqrt(number)
    return Closeness(name, mean, error * float(t.ppf((1 + CONFIDENCE) / 2, number - 1)), number, wanted)


@dataclass(frozen=True)
class Stopped:
    """Where a study stopped, and why.

    Parameters
    ----------
    outcomes : list of Outcome
        Folders of the scenarios.
    goal : Goal
        What was asked.
    found : tuple of Closeness
        How closely each mean is known.
    of : {"draws", "reps"}
        What was added.
    limit : int
        The most there may be.
    month : str
        Month that was looked at.
    """

    outcomes: list[Outcome]
    goal: Goal
    found: tuple[Closeness, ...]
    of: str
    limit: int
    month: str

    @property
    def met(self) -> bool:
        """Whether every mean is known closely enough."""
        return all(one.met for one in self.found)


@dataclass(frozen=True)
class Study:
    """Draws, or replications of one draw, in blocks until a goal is met.

    Parameters
    ----------
    request : Request
        Scenarios, and the first block: so many draws, or with one draw so many replications.
    goal : Goal
        How closely.
    limit : int
        The most draws, or replications.
    paired : bool
        Whether the goal is of differences from the first scenario, and not of levels.
    """

    request: Request
    goal: Goal
    limit: int
    paired: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be added to."""
        if self.block < 2:
            hint = "leave `--draws` out for draws in blocks of 20, or add `--reps 10` for chance alone"
            message = "with one draw and one replication there is nothing to add to"
            raise UsageError(Fault("nothing-to-add", message, hint=hint))
        if self.limit < self.block:
            message = f"the limit of {self.limit} is below the first {self.block} {self.of}"
            raise UsageError(Fault("low-limit", message, hint=f"`--limit {self.block}` or more"))
        Design(self.request.design.kind, self.block)

    @property
    def of(self) -> str:
        """What is added: draws, unless there is but one."""
        return "draws" if self.request.draws > 1 else "reps"

    @property
    def block(self) -> int:
        """How many are added at a time."""
        return self.request.draws if self.of == "draws" else self.request.reps

    def sized(self, number: int) -> Request:
        """The request with so many draws, or replications."""
        if self.of == "reps":
            return replace(self.request, reps=number)
        return replace(self.request, draws=number, design=replace(self.request.design, block=self.block))

    def run(self, model: Model, say: Callable[[str], None] | None = None, **how: Any) -> Stopped:
        """Run block after block, and write the folders once.

        Parameters
        ----------
        model : Model
            Simulates one replication.
        say : callable, optional
            Told how closely the means are known after each block.
        **how
            Options of `runs.runner.run`.
        """
        runs_dir, forced = how["runs_dir"], how.pop("force", False)
        first = self.request.scenarios[0]
        month = self.goal.month or months_to(first.horizon, model.months(first))[-1]
        self._check_month(month, model)
        sizes = [*range(self.block, self.limit, self.block), self.limit]
        # what is on disk already is never made again for fewer
        whole = [size for size in sizes if not forced and None not in runner.find(self.sized(size), model, runs_dir)]
        read: list[dict[tuple[int, int], float]] = [{} for _ in self.request.scenarios]
        made = [0] * len(read)
        began = time.perf_counter()
        for size in [one for one in sizes if not whole or one >= whole[-1]]:
            while True:
                outcomes = runner.run(self.sized(size), model, force=forced, finish=False, **how)
                forced = False
                made = [before + one.replications for before, one in zip(made, outcomes, strict=True)]
                try:
                    found = self._closeness(outcomes, size, month, model, read)
                    break
                except FileNotFoundError:  # another process has finished the study since, and its parts are gone
                    continue
            if say is not None:
                say(self.words(found))
            if all(one.met for one in found):
                break
        seconds = time.perf_counter() - began
        done = []
        for number, before, one in zip(
            made, outcomes, runner.run(self.sized(size), model, finish=True, **how), strict=True
        ):
            if one.reused and before.parts is not None:  # a folder that was to be made anew was there
                before.parts.remove()
            done.append(replace(one, reused=before.reused, replications=number, seconds=seconds))
        return Stopped(done, self.goal, found, self.of, self.limit, month)

    def _check_month(self, month: str, model: Model) -> None:
        for scenario in self.request.scenarios:
            months = model.months(scenario)
            if month not in months:
                message = f"the results of `{scenario.name}` have no month {month}"
                raise UsageError(Fault("unknown-month", message, hint=f"they run from {months[0]} to {months[-1]}"))

    def words(self, found: Sequence[Closeness]) -> str:
        """How closely the means are known after a block, the farthest first."""
        worst = max(found, key=lambda one: one.half_width / one.wanted if one.wanted else math.inf)
        which = f" of {worst.name}" if len(found) > 1 else ""
        return f"{self.goal.words}{which}: ± {worst.half_width:,.3g} after {worst.number} {self.of}"

    def _closeness(
        self,
        outcomes: Sequence[Outcome],
        size: int,
        month: str,
        model: Model,
        read: Sequence[dict[tuple[int, int], float]],
    ) -> tuple[Closeness, ...]:
        """How closely each mean is known; values that were read before are not read again."""
        request = self.sized(size)
        series = []
        for place, (outcome, mine) in enumerate(zip(outcomes, read, strict=True)):
            every = [(draw, rep) for draw in range(request.draws) for rep in range(request.reps)]
            basis = str(model.question(request.scenarios[place])["timing_basis"])
            if outcome.parts is None:
                table = self.goal.values(outcome.folder.table(self.goal.measures), month, basis)
                cells = zip(table["draw"], table["rep"], table["value"], strict=True)
                mine |= {(int(draw), int(rep)): float(value) for draw, rep, value in cells}
            else:
                for draw, rep in [one for one in every if one not in mine]:
                    rows = chosen_rows(outcome.parts.read(draw, rep).table, {"measure": list(self.goal.measures)})
                    mine[draw, rep] = float(self.goal.values(rows, month, basis)["value"].sum())
            values = np.array([mine[one] for one in every]).reshape(request.draws, request.reps)
            series.append(values.mean(axis=1) if self.of == "draws" else values[0])
        names = [scenario.name for scenario in request.scenarios]
        if not self.paired:
            return tuple(closeness(name, one, self.goal) for name, one in zip(names, series, strict=True))
        return tuple(
            closeness(f"{name} less {names[0]}", one - series[0], self.goal)
            for name, one in zip(names[1:], series[1:], strict=True)
        )

