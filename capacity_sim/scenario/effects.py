"""Values of a parameter on any day: baseline, then changes by rank. The one place that applies this rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

import numpy as np

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue, Where
from capacity_sim.catalogue.names import MaskArray
from capacity_sim.data.values import BaselineValue
from capacity_sim.scenario.model import Change
from capacity_sim.series import ALWAYS_FROM, ALWAYS_TO, FloatArray, IntArray, Move, moved, steps


class Evaluator:
    """Evaluates parameters from baseline values and changes.

    Parameters
    ----------
    catalogue : Catalogue
        The parameters.
    values : iterable of BaselineValue
        Values that cover every cell.
    changes : iterable of Change
        Changes in force; those that are muted are left out.
    calendar : Calendar
        Counts days.
    draw : mapping of id to quantile, optional
        Reading of each uncertain input; an input that is not named has its central value.
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
        self.draw = draw
        self.values: dict[str, list[BaselineValue]] = {path: [] for path in catalogue.parameters}
        for value in values:
            self.values[value.path].append(value)
        self.changes: dict[str, list[Change]] = {path: [] for path in catalogue.parameters}
        for change in sorted(changes, key=lambda one: one.id):
            if change.acts:
                self.changes[change.path].append(change)
        self._moves: dict[str, tuple[Change, Move]] = {}
        self._masks: dict[str, tuple[Change, MaskArray]] = {}

    def quantile(self, input_id: str) -> float | None:
        """Reading of an uncertain input, or None for its central value."""
        return None if self.draw is None else self.draw.get(input_id)

    def constant(self, path: str) -> bool:
        """Whether neither the baseline nor a change moves the parameter."""
        return not self.changes[path] and not any(value.quantity.dates for value in self.values[path])

    def at(self, draw: Mapping[str, float] | None) -> Evaluator:
        """The same values and changes at the readings of another draw."""
        if draw == self.draw:
            return self
        other = copy(self)
        other.draw, other._moves = draw, {}
        return other

    def mask(self, change: Change) -> MaskArray:
        """Cells of its parameter that a change acts on, in one row; kept, as checks ask for it again and again."""
        kept = self._masks.get(change.id)
        if kept is None or kept[0] is not change:
            kept = self._masks[change.id] = (change, self.catalogue.mask(change.path, change.where).ravel())
        return kept[1]

    def kinds_of_cells(self, path: str) -> IntArray:
        """The first cell of each kind; cells with the same baseline value and the same changes are always alike."""
        named: Sequence[Where] = [one.where for one in self.values[path]] + [one.where for one in self.changes[path]]
        marks = np.packbits([self.catalogue.mask(path, where).ravel() for where in named], axis=0)
        first: dict[bytes, int] = {}
        for cell, mark in enumerate(np.ascontiguousarray(marks.T)):
            first.setdefault(mark.tobytes(), cell)
        return np.array(list(first.values()), dtype=np.int64)

    def base(self, path: str, days: IntArray, cells: IntArray | None = None) -> FloatArray:
        """Baseline values on `days`, as (days, cells); of `cells` alone when they are named."""
        count = int(np.prod(self.catalogue.shape(path))) if cells is None else len(cells)
        values = np.full((len(days), count), np.nan)
        for value in self.values[path]:
            whole = self.catalogue.mask(path, value.where).ravel()
            covered = whole if cells is None else whole[cells]
            if not covered.any():
                continue
            amounts = value.quantity.read(self.quantile(value.id))
            dated = value.quantity.dates
            if dated:
                values[:, covered] = steps([self.calendar.day(day) for day in dated], amounts, days)[:, None]
            else:
                values[:, covered] = amounts[0]
        return self._whole(path, values)

    def level(
        self,
        path: str,
        days: IntArray,
        changes: Sequence[Change] | None = None,
        cells: IntArray | None = None,
    ) -> FloatArray:
        """Values on `days` after the changes (or after `changes` alone), as (days, cells)."""
        acting = self.changes[path] if changes is None else changes
        base = self.base(path, days, cells)
        masks = [self.mask(one) if cells is None else self.mask(one)[cells] for one in acting]
        moves = [(self.move(one), mask) for one, mask in zip(acting, masks, strict=True) if one.acts and mask.any()]
        return self._whole(path, moved(base, moves, days)) if moves else base

    def move(self, change: Change) -> Move:
        """A change in days, at its reading and those of its rollout."""
        kept = self._moves.get(change.id)
        if kept is None or kept[0] is not change:
            kept = self._moves[change.id] = (change, self._move(change))
        return kept[1]

    def _move(self, change: Change) -> Move:
        amounts = change.quantity.read(self.quantile(change.id))
        fixed = not self.catalogue.parameters[change.path].varies
        dates, end = change.dates_in(self.draw), change.end_in(self.draw)
        first = (ALWAYS_FROM,) if fixed or not dates else tuple(map(self.calendar.day, dates))
        last = ALWAYS_TO if end is None else self.calendar.day(end)
        ramp = 0 if fixed else change.ramp_in(self.draw)
        return Move(change.verb, first, amounts, last, ramp, change.force_in(self.draw))

    def _whole(self, path: str, values: FloatArray) -> FloatArray:
        if self.catalogue.parameters[path].kind == "integer" and self.draw is not None:
            return np.rint(values)
        return values
