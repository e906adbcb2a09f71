"""Values of a parameter on any day: baseline, then changes by rank. The one place that applies this rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
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

    def quantile(self, input_id: str) -> float | None:
        """Reading of an uncertain input, or None for its central value."""
        return None if self.draw is None else self.draw.get(input_id)

    def constant(self, path: str) -> bool:
        """Whether neither the baseline nor a change moves the parameter."""
        return not self.changes[path] and not any(value.quantity.dates for value in self.values[path])

    def base(self, path: str, days: IntArray) -> FloatArray:
        """Baseline values on `days`, as (days, cells)."""
        shape = self.catalogue.shape(path)
        values = np.full((len(days), int(np.prod(shape))), np.nan)
        for value in self.values[path]:
            amounts = value.quantity.read(self.quantile(value.id))
            cells = self.catalogue.mask(path, value.where).ravel()
            dated = value.quantity.dates
            if dated:
                values[:, cells] = steps([self.calendar.day(day) for day in dated], amounts, days)[:, None]
            else:
                values[:, cells] = amounts[0]
        return self._whole(path, values)

    def level(self, path: str, days: IntArray, changes: Sequence[Change] | None = None) -> FloatArray:
        """Values on `days` after the changes (or after `changes` alone), as (days, cells)."""
        acting = self.changes[path] if changes is None else changes
        base = self.base(path, days)
        if not acting:
            return base
        moves = [
            (self.move(change), self.catalogue.mask(path, change.where).ravel())
            for change in acting
            if change.acts
        ]
        return self._whole(path, moved(base, moves, days))

    def move(self, change: Change) -> Move:
        """A change in days, at its reading and those of its rollout."""
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
