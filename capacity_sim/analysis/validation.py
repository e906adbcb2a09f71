"""Published figures beside those of runs: what gives each is read from the file of targets, and computed here.

A row that is `check` or `range` is evidence; one that the model is set or fitted to shows only that the setting holds.
Nothing is ever tuned to a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from capacity_sim.calendars import DAYS_A_WEEK, Calendar
from capacity_sim.catalogue import Catalogue, load
from capacity_sim.data.holding import PERIODS, Each, Given, Node, Output, Sum, Timing, leaves
from capacity_sim.data.targets import Target
from capacity_sim.errors import CapacitySimError, one_of
from capacity_sim.parameters import Parameters
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

DAYS_A_YEAR = 365.25
MINUTES = 60.0
PASS, MISS, SHOWN, OTHER, NOT_HELD = "pass", "miss", "shown", "other scenario", "not held"
#: per cent of a figure without a tolerance from which it is said to be away
FAR = 5.0
#: an output with rows in every month and replication; cells that are zero throughout are not kept
_ALWAYS = "in_post_fte"
LOW, HIGH = 0.1, 0.9


class NotHeldError(Exception):
    """A row that this run cannot be held against; its words say why."""


class Run(Protocol):
    """A run of a scenario and the parameters behind it."""

    @property
    def folder(self) -> RunFolder:
        """The finished run."""

    @property
    def parameters(self) -> Parameters:
        """Its parameters at central values."""


@dataclass(frozen=True)
class Verdict:
    """A published figure beside the simulated one.

    Parameters
    ----------
    target : Target
        The published figure.
    verdict : {"pass", "miss", "shown", "other scenario", "not held"}
        Whether it is inside what is allowed; `shown` where nothing is allowed or forbidden.
    value : float, optional
        The simulated figure, in the target's unit: the middle over draws, or the mean over replications of one draw.
    low, high : float, optional
        10th and 90th percentile over draws.
    because : str
        Why it is not held.
    """

    target: Target
    verdict: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    because: str = ""

    @property
    def evidence(self) -> bool:
        """Whether the row is a check, and neither fitted nor given."""
        return self.target.kind in ("check", "range")

    @property
    def difference(self) -> float | None:
        """Simulated less published; from the nearest end of a range, and 0 inside it."""
        return None if self.value is None else difference(self.target, self.value)

    @property
    def difference_pct(self) -> float | None:
        """The same in per cent of the published figure."""
        if self.difference is None or not self.target.value:
            return None
        return 100 * self.difference / self.target.value

    @property
    def far(self) -> bool:
        """Whether a figure without a tolerance is away by more than a twentieth."""
        return self.verdict == SHOWN and abs(self.difference_pct or 0.0) > FAR


@dataclass(frozen=True)
class Validation:
    """Every row of a file of targets, and the runs that they were held against."""

    rows: tuple[Verdict, ...]
    folders: Mapping[str, RunFolder]

    def count(self, verdict: str, evidence: bool) -> int:
        """Rows of a verdict that are evidence, or are not."""
        return sum(one.verdict == verdict and one.evidence == evidence for one in self.rows)


def validate(targets: Sequence[Target], runs: Mapping[str, Run], alone: str = "") -> Validation:
    """Hold runs against published figures.

    Parameters
    ----------
    targets : sequence of Target
        The rows.
    runs : mapping of scenario to Run
        Finished runs.
    alone : str
        Scenario of the one run that every row is read from, where no row is to choose its own.

    Returns
    -------
    Validation
        A verdict for each row, in order.
    """
    catalogue = load()
    return Validation(
        tuple(_verdict(target, runs, catalogue, alone) for target in targets),
        {name: run.folder for name, run in runs.items()},
    )


def allowed(target: Target) -> float | None:
    """How far a figure may be away, in its unit; None where nothing is stated, or where a range is."""
    if target.range is not None or target.kind == "report":
        return None
    if target.tolerance_abs is not None:
        return target.tolerance_abs
    return None if target.tolerance is None or target.value is None else target.tolerance * abs(target.value)


def difference(target: Target, value: float) -> float | None:
    """Simulated less published; from the nearest end of a range, and 0 inside it.

    Examples
    --------
    >>> row = Target("a", "", 5.0, "FTE", "2025-03", "range", "", range=(4.0, 6.0))
    >>> difference(row, 5.5), difference(row, 7.5), difference(row, 3.0)
    (0.0, 1.5, -1.0)
    """
    if target.range is not None:
        low, high = target.range
        above = max(0.0, value - high) if high is not None else 0.0
        return above + (min(0.0, value - low) if low is not None else 0.0)
    return None if target.value is None else value - target.value


def _verdict(target: Target, runs: Mapping[str, Run], catalogue: Catalogue, alone: str) -> Verdict:
    held = target.held
    if held is None:
        return Verdict(target, NOT_HELD, because="says no output")
    if held.value is None:
        return Verdict(target, NOT_HELD, because=held.because)
    lacking = [name for name in held.scenarios if name not in runs]
    if lacking and (not alone or len(held.scenarios) > 1):
        return Verdict(target, NOT_HELD, because=f"needs a run of {one_of(lacking)}")
    try:
        values = _Reading(runs, catalogue, alone).value(held.value)
    except NotHeldError as why:
        return Verdict(target, NOT_HELD, because=str(why))
    except CapacitySimError as problem:
        return Verdict(target, NOT_HELD, because="; ".join(fault.message for fault in problem.faults))
    low, middle, high = _spread(values)
    if not np.isfinite(middle):
        return Verdict(target, NOT_HELD, because="the run has nothing to divide by")
    if alone and alone not in held.scenarios:
        return Verdict(target, OTHER, middle, low, high, f"of `{held.scenario}`")
    return Verdict(target, _judged(target, middle), middle, low, high)


def _judged(target: Target, value: float) -> str:
    away, most = difference(target, value), allowed(target)
    if away is None or target.kind == "report" or (most is None and target.range is None):
        return SHOWN
    return PASS if abs(away) <= (most or 0.0) * (1 + 1e-12) else MISS


def _spread(values: pd.Series | float) -> tuple[float | None, float, float | None]:
    """Ends over draws and the middle; replications of a draw are averaged first."""
    if isinstance(values, float):
        return None, values, None
    draws = values.groupby(level="draw").mean()
    if len(draws) == 1:
        return None, float(draws.iloc[0]), None
    return float(draws.quantile(LOW)), float(draws.median()), float(draws.quantile(HIGH))


@dataclass(frozen=True)
class _Reading:
    """Computes pieces of the arithmetic: a number, or a series by draw, replication and what `each` goes over."""

    runs: Mapping[str, Run]
    catalogue: Catalogue
    alone: str
    by: str = ""

    def value(self, node: Node) -> pd.Series | float:
        """Value of a piece."""
        if isinstance(node, float | int):
            return float(node)
        if isinstance(node, Sum):
            return self._sum(node)
        if isinstance(node, Each):
            return self._each(node)
        run = self._run(node.scenario)
        if isinstance(node, Output):
            return self._output(node, run)
        return self._input(node, run)

    def _run(self, scenario: str) -> Run:
        return self.runs[scenario if scenario in self.runs else self.alone]

    def _sum(self, node: Sum) -> pd.Series | float:
        first, *rest = (self.value(part) for part in node.parts)
        total = first
        for other in rest:
            if node.what in ("ratio", "percent"):
                total = total / _not_zero(other)
            else:
                total = total + other if node.what == "add" else total - other if node.what == "less" else total * other
        return 100.0 * total if node.what == "percent" else total

    def _each(self, node: Each) -> pd.Series | float:
        values = _Reading(self.runs, self.catalogue, self.alone, node.by).value(node.of)
        if isinstance(values, float):
            message = f"nothing differs by {node.by}"
            raise NotHeldError(message)
        groups = values.groupby(level=["draw", "rep"])
        if node.take == "count_above":
            return groups.apply(lambda found: float((found > node.number).sum()))
        if node.take == "percent_at_least":
            return groups.apply(lambda found: 100.0 * float((found >= node.number).mean()))
        many = int(node.number)
        if node.take == "mean_of_highest":
            return groups.apply(lambda found: float(found.nlargest(many).mean()))
        return groups.apply(lambda found: float(found.nsmallest(many).mean()))

    def _output(self, node: Output, run: Run) -> pd.Series:
        folder = run.folder
        months = _months(folder, node.months)
        if self.by == "unit" and not folder.question["units"]:
            message = "the run keeps no rows of single units; run it with `--units`"
            raise NotHeldError(message)
        if folder.region is not None and not _inside(node, folder.region):
            message = f"the run is of {folder.region} alone"
            raise NotHeldError(message)
        where: dict[str, str | tuple[str, ...]] = dict(node.where)
        named = where.pop("basis", None)
        basis = None if named is None else named if isinstance(named, str) else named[0]
        by = [self.by] if self.by else []
        names = (node.name, *_parts(self.catalogue, node.name), _ALWAYS)
        table = _table(folder, names, self.by == "unit" or "unit" in where)
        each = ["month"] if node.over_months and "month" not in by else []
        found = summarise(table, node.name, [*by, *each], months, where=where, basis=basis)
        values = found.set_index(["draw", "rep", *by, *each])["value"]
        if each:
            values = _over(values, node.over_months, ["draw", "rep", *by])
        return values * _weeks(folder, months, node.per) if node.per else values

    def _input(self, node: Given | Timing, run: Run) -> float:
        weeks = _week_numbers(run.folder, _months(run.folder, node.months))
        parameters = run.parameters
        rows = [parameters.calendar.warm_up + week for week in weeks]
        if isinstance(node, Given):
            mask = self.catalogue.mask(node.path, {dim: tuple(values) for dim, values in node.where.items()})
            return float(np.mean([parameters.weekly(node.path)[row][mask].mean() for row in rows]))
        activity = next(one for one in self.catalogue.activities if one.id == node.activity)
        at = self.catalogue.place("activity", activity.id), self.catalogue.place("basis", node.basis)
        factor = float(np.mean([parameters.weekly("work.timing.factor")[row][at] for row in rows]))
        minutes = activity.spec.get("published", {}).get(node.basis)
        if minutes is None:
            shape = set(activity.spec["minutes"])
            if len(shape) > 1:
                message = f"`{node.activity}` takes another time for each risk"
                raise NotHeldError(message)
            place = self.catalogue.place("area", activity.area), at[1]
            minutes = shape.pop() * float(parameters.fixed("work.timing.scale")[place])
        return factor * float(minutes) / MINUTES


def by_unit(targets: Sequence[Target], scenario: str) -> bool:
    """Whether a row reads single units of a scenario's run."""

    def units(node: Node | None) -> bool:
        if isinstance(node, Sum):
            return any(units(part) for part in node.parts)
        return isinstance(node, Each) and (node.by == "unit" or units(node.of))

    mine = [row.held for row in targets if row.held is not None and scenario in row.held.scenarios]
    named = any("unit" in one.where for held in mine for one in leaves(held.value) if isinstance(one, Output))
    return named or any(units(held.value) for held in mine)


def _parts(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    spec = catalogue.outputs[name]
    return tuple(part for part in (spec.numerator, spec.denominator) if part is not None)


_READ: dict[tuple[str, tuple[str, ...], bool], pd.DataFrame] = {}
_MOST_READ = 24


def _table(folder: RunFolder, names: tuple[str, ...], units: bool) -> pd.DataFrame:
    """Rows of some outputs of a run, kept for the rows that follow."""
    key = (f"{folder.path.resolve()}:{folder.manifest['hash']}", names, units)
    if key not in _READ:
        while len(_READ) >= _MOST_READ:
            _READ.pop(next(iter(_READ)))
        _READ[key] = folder.table(names, units=units)
    return _READ[key]


def _inside(node: Output, region: str) -> bool:
    return node.where.get("region") == (region,)


def _months(folder: RunFolder, months: tuple[str, str]) -> tuple[str, ...]:
    first, last = months
    if first < folder.months[0]:
        message = f"before the run, which starts in {folder.months[0]}"
        raise NotHeldError(message)
    if last > folder.months[-1]:
        message = f"after the run, which ends in {folder.months[-1]}"
        raise NotHeldError(message)
    return tuple(month for month in folder.months if first <= month <= last)


def calendar_of(folder: RunFolder) -> Calendar:
    """Weeks of a run."""
    question = folder.question
    return Calendar(date.fromisoformat(question["data"]["start"]), date.fromisoformat(question["horizon"]["end"]))


def _week_numbers(folder: RunFolder, months: Sequence[str]) -> list[int]:
    calendar = calendar_of(folder)
    return [week for week in range(calendar.n_weeks) if calendar.months[int(calendar.week_month[week])] in months]


def _weeks(folder: RunFolder, months: Sequence[str], per: str) -> float:
    """Factor from a sum over the weeks of some months to one of a whole period."""
    weeks = len(_week_numbers(folder, months))
    return DAYS_A_YEAR / (DAYS_A_WEEK * weeks) / PERIODS[per]


def _over(values: pd.Series, how: str, by: list[str]) -> pd.Series:
    groups = values.groupby(level=by)
    return groups.mean() if how == "mean" else groups.sum() if how == "sum" else groups.last()


def _not_zero(value: pd.Series | float) -> pd.Series | float:
    if isinstance(value, float):
        return value or float("nan")
    return value.where(value != 0)
