"""A scenario with its levers moved, where each of them stands now, and whether it can be moved at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from capacity_sim.analysis.goals import SLIP, STRENGTH, Goal, Lever
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import CapacitySimError, Fault, UsageError
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change, LoadData, Scenario, from_set_option, with_changes

#: faults of one end alone: there the lever stands where the scenario has it already
_NO_MOVE = ("no-effect",)


@dataclass(frozen=True)
class Bench:
    """A scenario and the levers that may be moved.

    Parameters
    ----------
    scenario : Scenario
        As it stands.
    levers : tuple of Lever
        What may be moved.
    family : mapping
        Ids of the changes that the scenario and each of its parents bring, by name.
    catalogue : Catalogue
        Names and limits.
    """

    scenario: Scenario
    levers: tuple[Lever, ...]
    family: Mapping[str, frozenset[str]]
    catalogue: Catalogue

    def at(self, values: Sequence[float]) -> Scenario:
        """The scenario with each lever at a value; levers of parts that hold each other act together."""
        changes = {change.id: change for change in self.scenario.changes}
        for lever, value in zip(self.levers, values, strict=True):
            for change in self.moved(lever, value, tuple(changes.values())):
                changes[change.id] = change
        return replace(self.scenario, changes=tuple(changes[name] for name in sorted(changes)))

    def moved(self, lever: Lever, value: float, changes: Sequence[Change] | None = None) -> list[Change]:
        """Changes that a lever at a value brings, or what it makes of those of a part."""
        if lever.part is None:
            return [from_set_option(lever.option(value), self.catalogue, lever.verb or "set")]
        there = self.scenario.changes if changes is None else changes
        mine = [change for change in there if change.id in self.family[lever.part]]
        if lever.key == STRENGTH:
            return [replace(change, strength=change.strength * value) for change in mine]
        months = round(value)
        return [replace(change, delay_months=change.delay_months + months) for change in mine if change.dates]

    def stands(self, lever: Lever, calendar: Calendar, values: LoadData) -> float:
        """Where a lever stands in the scenario: the mean of its cells on its first day, at central values."""
        if lever.part is not None:
            return 1.0 if lever.key == STRENGTH else 0.0
        if lever.verb != "set" or lever.path is None:
            return 1.0 if lever.verb == "scale" else 0.0
        change = self.moved(lever, lever.low)[0]
        data = values(self.scenario.data)
        parameters = Parameters(self.catalogue, data.values, self.scenario.changes, calendar)
        spec = self.catalogue.parameters[lever.path]
        cells = self.catalogue.mask(lever.path, change.where)
        if not spec.varies:
            return float(parameters.fixed(lever.path)[cells].mean())
        week = calendar.warm_up if lever.date is None else max(calendar.week(lever.date), 0) + calendar.warm_up
        weekly = parameters.weekly(lever.path)
        return float(np.mean(weekly[min(week, len(weekly) - 1)][cells]))


def check(bench: Bench, goal: Goal, months: Sequence[str], load_data: LoadData) -> None:
    """Refuse levers and goals that cannot work, before anything is run.

    Parameters
    ----------
    bench : Bench
        The scenario and its levers.
    goal : Goal
        What is wanted.
    months : sequence of str
        Months of the run.
    load_data : callable
        Gives the data set of a name.

    Raises
    ------
    UsageError
        With every fault of all levers.
    """
    faults: list[Fault] = []
    if goal.month not in months:
        hint = f"it runs from {months[0]} to {months[-1]}; `--to` runs it longer"
        faults.append(Fault("unknown-month", f"`{bench.scenario.name}` has no month {goal.month}", hint=hint))
    start = load_data(bench.scenario.data).start
    for lever in bench.levers:
        if lever.date is not None and lever.date < start:
            message = f"`{lever.what}` would move what was before the data, which start on {start}"
            faults.append(Fault("too-early", message, hint=f"give a first day that can still be chosen, after {start}"))
            continue
        if lever.date is not None and lever.date.isoformat()[:7] > goal.month:
            message = f"`{lever.what}` moves nothing before {lever.date}, after the month of the goal, {goal.month}"
            faults.append(Fault("too-late", message, hint="give an earlier first day, or a later month"))
            continue
        if lever.part is not None:
            faults += _cannot(bench, lever)
            continue
        found: list[tuple[Fault, ...]] = []
        for end in (lever.low, lever.high):
            try:
                with_changes(bench.scenario, bench.moved(lever, end), load_data=load_data)
                found.append(())
            except CapacitySimError as problem:
                found.append(problem.faults)
        idle = [all(fault.code in _NO_MOVE for fault in one) and bool(one) for one in found]
        seen = dict.fromkeys(
            fault for one, still in zip(found, idle, strict=True) if not still or all(idle) for fault in one
        )
        faults += [_of_lever(fault, lever) for fault in seen]
    if faults:
        raise UsageError(faults)


def _cannot(bench: Bench, lever: Lever) -> list[Fault]:
    changes = bench.moved(lever, lever.high)
    if not changes:
        message = f"`{lever.what}`: no change of `{lever.part}` has a date that could move"
        return [Fault("no-dates", message, hint=f"use `{lever.part}:{STRENGTH}`")]
    if lever.key == STRENGTH and all(change.rule for change in changes):
        message = f"`{lever.what}`: all that `{lever.part}` changes are rules, which have no strength"
        return [Fault("no-strength", message, hint=f"use `{lever.part}:{SLIP}`")]
    return []


def _of_lever(fault: Fault, lever: Lever) -> Fault:
    hint = fault.hint
    if fault.code == "conflict":
        hint = f"use `scale {lever.what}`, which acts on what the scenario sets"
    return Fault(fault.code, f"lever `{lever.what}`: {fault.message}", hint=hint)
