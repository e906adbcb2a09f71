"""What differs between the inputs of two scenarios: choices, changes, and values of parameters with their days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import Fault, UsageError
from capacity_sim.scenario import Change, HasValues, Scenario
from capacity_sim.scenario.effects import Evaluator
from capacity_sim.series import FloatArray, IntArray


@dataclass(frozen=True)
class ChoiceDifference:
    """A choice that two scenarios make in unlike ways."""

    name: str
    first: str
    second: str


@dataclass(frozen=True)
class ChangeDifference:
    """A change that one of two scenarios lacks, or that acts in unlike ways.

    Parameters
    ----------
    first, second : Change or None
        The change in each; None where it is not in force.
    """

    first: Change | None
    second: Change | None

    @property
    def change(self) -> Change:
        """The change, in the one that has it."""
        found = self.first if self.first is not None else self.second
        assert found is not None
        return found


@dataclass(frozen=True)
class ValueDifference:
    """Cells of a parameter that differ, alike, over some days.

    Parameters
    ----------
    path : str
        The parameter.
    where : mapping of str to tuple of str
        The cells; empty for all of them.
    since, until : datetime.date or None
        First and last day on which they differ; None when they differ for the whole run.
    first, second : float
        Value in each scenario, on the last of those days.
    """

    path: str
    where: Mapping[str, tuple[str, ...]]
    since: dt.date | None
    until: dt.date | None
    first: float
    second: float


@dataclass(frozen=True)
class InputDifference:
    """Everything in which the inputs of two scenarios differ.

    Parameters
    ----------
    first, second : Scenario
        The scenarios.
    choices, changes, values : tuple
        What differs.
    on : datetime.date or None
        The one day of `values`, if one was asked for.
    """

    first: Scenario
    second: Scenario
    choices: tuple[ChoiceDifference, ...]
    changes: tuple[ChangeDifference, ...]
    values: tuple[ValueDifference, ...]
    on: dt.date | None

    @property
    def none(self) -> bool:
        """Whether no result can differ."""
        return self.first.hash_text == self.second.hash_text


def input_difference(
    scenarios: tuple[Scenario, Scenario],
    data: tuple[HasValues, HasValues],
    catalogue: Catalogue,
    on: dt.date | None = None,
) -> InputDifference:
    """What differs between the inputs of two scenarios, at the central value of every assumption.

    Parameters
    ----------
    scenarios : tuple of Scenario
        The two scenarios.
    data : tuple of data sets
        The data set of each.
    catalogue : Catalogue
        Names of the parameters.
    on : datetime.date, optional
        Day on which values are compared; every day up to the later horizon by default.

    Raises
    ------
    UsageError
        When the day is outside the run.
    """
    first, second = scenarios
    return InputDifference(
        first,
        second,
        choices=tuple(
            ChoiceDifference(name, one, other)
            for name, one, other in (
                ("data", first.data, second.data),
                ("horizon", str(first.horizon), str(second.horizon)),
                ("timing_basis", first.timing_basis, second.timing_basis),
            )
            if one != other
        ),
        changes=_changes(first, second),
        values=tuple(_values(scenarios, data, catalogue, on)),
        on=on,
    )


def _changes(first: Scenario, second: Scenario) -> tuple[ChangeDifference, ...]:
    mine, yours = ({change.id: change for change in one.changes} for one in (first, second))
    found = (ChangeDifference(mine.get(name), yours.get(name)) for name in sorted({*mine, *yours}))
    return tuple(
        one
        for one in found
        if one.first is None or one.second is None or one.first.content() != one.second.content()
    )


def _values(
    scenarios: tuple[Scenario, Scenario],
    data: tuple[HasValues, HasValues],
    catalogue: Catalogue,
    on: dt.date | None,
) -> Iterator[ValueDifference]:
    end = max(one.horizon for one in scenarios)
    calendar = Calendar(data[0].start, end, warm_up=0)
    days = np.arange(calendar.day(end) + 1, dtype=np.int64)
    if on is not None:
        if not calendar.day0 <= on <= end:
            hint = f"give a day from {calendar.day0} to {end}"
            raise UsageError(Fault("outside-run", f"{on} is outside the run", hint=hint))
        days = np.array([calendar.day(on)], dtype=np.int64)
    readers = [
        Evaluator(catalogue, one.values, scenario.changes, calendar)
        for scenario, one in zip(scenarios, data, strict=True)
    ]
    paths = {change.path for scenario in scenarios for change in scenario.changes}
    if scenarios[0].data != scenarios[1].data:
        paths = set(catalogue.parameters)
    for path in (one for one in catalogue.parameters if one in paths):
        when = days if catalogue.parameters[path].varies else days[:1]
        levels = np.stack([reader.level(path, when) for reader in readers])
        yield from _spans(catalogue, calendar, path, when, levels, on)


def _spans(
    catalogue: Catalogue,
    calendar: Calendar,
    path: str,
    days: IntArray,
    levels: FloatArray,
    on: dt.date | None,
) -> Iterator[ValueDifference]:
    """Differences of one parameter; `levels` is (scenario, day, cell), and cells that move alike go together."""
    apart = levels[0] != levels[1]
    alike: dict[bytes, list[int]] = {}
    for cell in np.flatnonzero(apart.any(axis=0)):
        alike.setdefault(levels[:, :, cell].tobytes(), []).append(int(cell))
    whole = not catalogue.parameters[path].varies
    for cells in alike.values():
        spent = np.flatnonzero(apart[:, cells[0]])
        since, until = (on, on) if on else (calendar.date(days[spent[0]]), calendar.date(days[spent[-1]]))
        first, second = (float(one) for one in levels[:, spent[-1], cells[0]])
        for where in named_cells(catalogue, path, cells):
            yield ValueDifference(
                path, where, None if whole else since, None if whole else until, first, second
            )


def named_cells(
    catalogue: Catalogue, path: str, cells: Sequence[int]
) -> list[Mapping[str, tuple[str, ...]]]:
    """Cells in few words: one mapping where they are all cells of some values of each dimension, else one each.

    Examples
    --------
    >>> from capacity_sim.catalogue import load
    >>> named_cells(load(), "people.risk.start_mix", [0, 2]), named_cells(load(), "people.risk.start_mix", range(4))
    ([{'risk': ('low', 'high')}], [{}])
    """
    names = [
        catalogue.cell(path, [int(i) for i in np.unravel_index(cell, catalogue.shape(path))])
        if catalogue.parameters[path].dims
        else {}
        for cell in cells
    ]
    together = {
        dim: tuple(value for value in catalogue.dimensions[dim] if value in {one[dim] for one in names})
        for dim in catalogue.parameters[path].dims
    }
    if len(list(product(*together.values()))) == len(names):
        return [{dim: values for dim, values in together.items() if values != catalogue.dimensions[dim]}]
    return [{dim: (value,) for dim, value in one.items()} for one in names]
