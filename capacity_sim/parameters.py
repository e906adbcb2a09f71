"""Value of every parameter by week, or for the run, and the answer to "why this value".

Baseline values first, then changes: set, scale, add. A draw reads every uncertain input at its own quantile.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from capacity_sim.calendars import DAYS_A_WEEK, Calendar
from capacity_sim.catalogue import Catalogue, ParameterSpec, label
from capacity_sim.data.values import BaselineValue
from capacity_sim.errors import Fault, ScenarioError, UsageError, one_of
from capacity_sim.scenario.effects import Evaluator
from capacity_sim.scenario.model import Change
from capacity_sim.scenario.rollout import Rollout
from capacity_sim.scenario.written import VERBS
from capacity_sim.series import Family, FloatArray, IntArray, Quantity, moved, steps, weekly_means

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class UncertainInput:
    """A value, a change or a key of a rollout that carries a range.

    Parameters
    ----------
    id : str
        Name of its reading in a draw: the cells of a baseline value, the id of a change, or the scenario whose
        rollout it is with `:strength`, `:slip` or `:rollout`.
    low, mid, high : float
        Ends of the range and the central value; of the last date when it is dated.
    family : {"uniform", "triangular", "pert", "normal", "lognormal"}
        How a reading spreads over the range.
    path : str
        The parameter; of a rollout, which acts on several, ``rollout.`` and its key.
    source, quality : str
        Where the range comes from, and how good it is.
    group : str
        Ranges that it moves with; empty for none.
    correlation : float
        Its rank correlation in the group.
    """

    id: str
    low: float
    mid: float
    high: float
    family: Family
    path: str
    source: str
    quality: str
    group: str = ""
    correlation: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to a value.

    Parameters
    ----------
    op : {"baseline", "set", "scale", "add"}
        What happens.
    amount : float
        The number that it brings, at the reading of the draw.
    force : float
        Share of the full effect on the day: strength times phase-in, at the reading of the draw.
    value : float
        The value after this step.
    id, source, basis, quality, why : str
        What the file says.
    since : datetime.date or None
        First day of the amount.
    range : tuple of float or None
        Ends of the range.
    file, line :
        Where it is written.
    forces : tuple of float or None
        Least and largest force on the day over the ends of the ranges of the rollout; None when it has none.
    """

    op: str
    amount: float
    force: float
    value: float
    id: str
    source: str
    basis: str
    quality: str
    why: str
    since: dt.date | None
    range: tuple[float, float] | None
    file: str | None
    line: int | None
    forces: tuple[float, float] | None = None


def uncertain_inputs(values: Iterable[BaselineValue], changes: Iterable[Change]) -> list[UncertainInput]:
    """Inputs that a draw reads: baseline values, changes and rollouts with a range, by id.

    A rollout is listed once, and only the keys that act on some of the changes.

    Parameters
    ----------
    values : iterable of BaselineValue
        Values of the data set.
    changes : iterable of Change
        Changes in force; those of strength 0 are left out.
    """
    found = {
        value.id: _input(value.id, value.quantity, value, value.path) for value in values if value.quantity.uncertain
    }
    for change in changes:
        if change.acts and change.quantity.uncertain:
            found[change.id] = _input(change.id, change.quantity, change, change.path)
        if change.acts and change.rollout is not None:
            for key, input_id, spread in change.rolled_inputs():
                found[input_id] = _input(input_id, spread, change.rollout.written, f"rollout.{key}")
    return sorted(found.values(), key=lambda one: one.id)


def _input(
    input_id: str, spread: Quantity, of: BaselineValue | Change | Rollout, path: str
) -> UncertainInput:
    return UncertainInput(
        input_id,
        spread.lows[-1],
        spread.amounts[-1],
        spread.highs[-1],
        spread.family,
        path,
        of.source,
        of.quality,
        *(spread.together or ()),
    )


class Parameters:
    """Every parameter through time, for one scenario and one draw.

    Parameters
    ----------
    catalogue : Catalogue
        Names, dimensions and limits.
    values : iterable of BaselineValue
        Values that cover every cell.
    changes : iterable of Change
        The resolved changes of a scenario.
    calendar : Calendar
        The simulated weeks.
    draw : mapping of id to quantile, optional
        Reading of each uncertain input; an input that is not named has its central value, and names of inputs
        of other scenarios are left alone. Without a draw all values are central.

    Notes
    -----
    Arrays are made when first asked for and kept; they cannot be written to.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        values: Iterable[BaselineValue],
        changes: Iterable[Change],
        calendar: Calendar,
        draw: Mapping[str, float] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.calendar = calendar
        self._evaluator = Evaluator(catalogue, values, changes, calendar, draw)
        self._weekly: dict[str, FloatArray] = {}
        self._fixed: dict[str, FloatArray] = {}

    def weekly(self, path: str) -> FloatArray:
        """Value of each simulated week, weighted by the days of the week.

        Warm-up weeks have the baseline of the first day: no change acts before week 0.

        Parameters
        ----------
        path : str
            The parameter.

        Returns
        -------
        float array (n_total, *dimensions)
            In the unit of the catalogue.

        Raises
        ------
        UsageError
            When no parameter has this name.
        ScenarioError
            When a value is outside its limits.
        """
        if path not in self._weekly:
            self._weekly[path] = self._make_weekly(path)
        return self._weekly[path]

    def fixed(self, path: str) -> FloatArray:
        """Value for the whole run of a parameter that does not vary.

        Parameters
        ----------
        path : str
            A parameter with `varies: false`.

        Returns
        -------
        float array (*dimensions)
            In the unit of the catalogue.

        Raises
        ------
        UsageError
            When the parameter varies, or no parameter has this name.
        ScenarioError
            When a value is outside its limits.
        """
        if path not in self._fixed:
            if self._spec(path).varies:
                raise UsageError(Fault("varies", f"`{path}` varies through time", hint="ask for it by week"))
            level = self._evaluator.level(path, np.zeros(1, dtype=np.int64))
            self._fixed[path] = self._checked(path, level.reshape(self.catalogue.shape(path)))
        return self._fixed[path]

    def value(self, path: str, on: dt.date, **where: str) -> float:
        """Value of one cell on a day.

        Parameters
        ----------
        path : str
            The parameter.
        on : datetime.date
            The day; before week 0 the value is that of its first day without any change.
        **where : str
            A value for each dimension.

        Raises
        ------
        UsageError
            When a name is unknown or a dimension is left out.
        """
        cell = self._cell(path, where)
        day = self.calendar.day(on)
        if self._spec(path).varies and day < 0:
            found = self._evaluator.base(path, np.zeros(1, dtype=np.int64))
        else:
            found = self._evaluator.level(path, np.array([day], dtype=np.int64))
        return float(self._shares(path, found.reshape(self.catalogue.shape(path))).ravel()[cell])

    def why(self, path: str, on: dt.date, **where: str) -> list[Step]:
        """Steps from the baseline to the value of one cell on a day, in the order in which they apply.

        Changes that do not act on that day or on that cell are left out; the last step has the value.

        Raises
        ------
        UsageError
            When a name is unknown or a dimension is left out.
        """
        cell = self._cell(path, where)
        evaluator, day = self._evaluator, self.calendar.day(on)
        before = self._spec(path).varies and day < 0
        at = np.array([max(day, 0) if before else day], dtype=np.int64)
        baseline = next(
            value for value in evaluator.values[path] if self.catalogue.mask(path, value.where).ravel()[cell]
        )
        now = evaluator.base(path, at)[:, [cell]]
        amount = float(now[0, 0])
        taken = [_step("baseline", baseline, baseline.quantity.dates, on, amount, 1.0, amount)]
        one = np.ones(1, dtype=np.bool_)
        acting = [] if before else evaluator.changes[path]
        for change in sorted(acting, key=lambda change: VERBS.index(change.verb)):
            move = evaluator.move(change)
            force = float(move.force(at)[0])
            if force == 0 or not self.catalogue.mask(path, change.where).ravel()[cell]:
                continue
            now = moved(now, [(move, one)], at)
            amount = float(steps(move.days, move.amounts, at)[0])
            step = _step(change.verb, change, change.dates_in(evaluator.draw), on, amount, force, float(now[0, 0]))
            taken.append(replace(step, forces=self._forces(change, at)))
        return taken

    def _forces(self, change: Change, at: IntArray) -> tuple[float, float] | None:
        """Least and largest force of a change on a day over the ends of the ranges of its rollout."""
        names = [input_id for _, input_id, _ in change.rolled_inputs()]
        if not names:
            return None
        found = []
        for ends in product((0.0, 1.0), repeat=len(names)):
            evaluator = self._evaluator.at(dict(zip(names, ends, strict=True)))
            found.append(float(evaluator.move(change).force(at)[0]))
        return min(found), max(found)

    def _spec(self, path: str) -> ParameterSpec:
        spec = self.catalogue.parameters.get(path)
        if spec is None:
            hint = self.catalogue.path_hint(path)
            raise UsageError(Fault("unknown-path", f"no parameter is called `{path}`", hint=hint))
        return spec

    def _cell(self, path: str, where: Mapping[str, str]) -> int:
        """Place of one cell among all cells of a parameter."""
        spec = self._spec(path)
        faults = self.catalogue.where_faults(path, where)
        missing = [dim for dim in spec.dims if dim not in where]
        if missing and not faults:
            needs = " and ".join(f"`{dim}`" for dim in missing)
            hint = "; ".join(f"`{dim}` has {one_of(self.catalogue.dimensions[dim])}" for dim in missing)
            faults.append(Fault("which-cell", f"`{path}` differs by {needs}: name one value", hint=hint))
        if faults:
            raise UsageError(faults)
        place = tuple(self.catalogue.place(dim, where[dim]) for dim in spec.dims)
        return int(np.ravel_multi_index(place, self.catalogue.shape(path))) if place else 0

    def _make_weekly(self, path: str) -> FloatArray:
        self._spec(path)
        calendar, evaluator = self.calendar, self._evaluator
        shape = (calendar.n_total, *self.catalogue.shape(path))
        if evaluator.constant(path):
            level = evaluator.base(path, np.zeros(1, dtype=np.int64))
            values = np.broadcast_to(level, (calendar.n_total, level.shape[1]))
        else:
            days = np.arange(calendar.n_weeks * DAYS_A_WEEK, dtype=np.int64)
            weeks = weekly_means(evaluator.level(path, days))
            before = evaluator.base(path, days[:1])
            if not self._spec(path).varies:
                before = weeks[:1]
            values = np.concatenate([np.repeat(before, calendar.warm_up, axis=0), weeks])
        # in one order of memory whether it varies or not: another would compile every kernel again
        return self._checked(path, np.array(values, order="C").reshape(shape))

    def _shares(self, path: str, values: FloatArray) -> FloatArray:
        """Values as they are, or, of shares of one that a draw reads, scaled until they add up."""
        scaled = self.catalogue.parameters[path].shares_of_one and bool(self._evaluator.draw)
        return _shares_of_one(values) if scaled else values

    def _checked(self, path: str, values: FloatArray) -> FloatArray:
        """The array, made read-only, once it is known to be within limits."""
        values = self._shares(path, values)
        low, high = self.catalogue.parameters[path].limits
        slack = _ROUNDING * max(1.0, abs(low), abs(high))
        if not (values >= low - slack).all() or not (values <= high + slack).all():
            place = np.argwhere(~((values >= low - slack) & (values <= high + slack)))[0]
            cell = place[values.ndim - len(self.catalogue.shape(path)) :]
            name = label(path, self.catalogue.cell(path, [int(i) for i in cell]))
            ids = [change.id for change in self._evaluator.changes[path]]
            because = f" after {one_of(ids).replace(' or ', ' and ')}" if ids else ""
            message = f"`{name}` is {values[tuple(place)]:g}{because}, outside its limits {low:g} to {high:g}"
            hint = "narrow the ranges of what moves it, or the changes"
            raise ScenarioError(Fault("out-of-limits", message, hint=hint))
        np.clip(values, low, high, out=values)
        values.setflags(write=False)
        return values


def _step(
    op: str,
    of: BaselineValue | Change,
    dates: tuple[dt.date, ...],
    on: dt.date,
    amount: float,
    force: float,
    value: float,
) -> Step:
    """Step of a baseline value or a change whose amounts start on `dates`."""
    last = max(sum(day <= on for day in dates) - 1, 0)
    since = dates[last] if dates else None
    spread, place = of.quantity, min(last, len(of.quantity.amounts) - 1)
    ends = (spread.lows[place], spread.highs[place]) if spread.uncertain else None
    return Step(
        op,
        amount,
        force,
        value,
        of.id,
        of.source,
        of.basis,
        of.quality,
        of.why,
        since,
        ends,
        of.file,
        of.line,
    )


def _shares_of_one(values: FloatArray) -> FloatArray:
    """Shares that add up to 1 over the last dimension; those that do are left as they are, to the last bit."""
    total = values.sum(axis=-1, keepdims=True)
    return np.where(np.abs(total - 1.0) > _ROUNDING, values / np.where(total > 0, total, 1.0), values)
