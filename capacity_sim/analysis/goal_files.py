"""A file of goals: what is wanted and what may be moved, as it is typed, with the place of every fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from capacity_sim.analysis.goals import LEVER_FORM, Goal, Lever, read_goal, read_levers
from capacity_sim.catalogue import Catalogue, strict_yaml
from capacity_sim.catalogue.checked import Number, Record, Switch, Text, WholeNumber, checked
from capacity_sim.data.pay import PayFile, read_pay
from capacity_sim.errors import DataError, Fault, UsageError


class _Written(Record):
    goal: Text
    levers: Any
    probability: Number = 0.8
    draws: WholeNumber = 20
    budget: Number | None = None
    cost: Switch = False
    pay: Text | None = None
    why: Text | None = None


@dataclass(frozen=True)
class Wanted:
    """What is wanted, what may be moved, and at which price.

    Parameters
    ----------
    goal : Goal
    levers : tuple of Lever
    probability : float
        Share of draws that are to meet the goal.
    budget : float or None
        Pounds a year.
    draws : int
        Readings of the uncertain inputs.
    pay : PayFile or None
        Pay by grade, where staff are to have a cost.
    """

    goal: Goal
    levers: tuple[Lever, ...]
    probability: float
    budget: float | None
    draws: int
    pay: PayFile | None


def read_goals(path: Path, catalogue: Catalogue, family: Mapping[str, frozenset[str]]) -> Wanted:
    """What a file of goals says.

    Parameters
    ----------
    path : Path
        The file: `goal`, `levers` (a list), and where wanted `probability`, `draws`, `budget`, `cost`, `pay`, `why`.
    catalogue : Catalogue
        Names of outputs and parameters.
    family : mapping
        Ids of the changes that the scenario and each of its parents bring, by name.

    Raises
    ------
    DataError
        With every fault of the file, each with its place.
    """
    tree = strict_yaml.read(path)
    faults: list[Fault] = []
    written = checked(_Written, tree, "a file of goals", faults)
    goal: Goal | None = None
    levers: list[Lever] = []
    place, listed = tree.get("goal"), tree.get("levers")
    if place is not None and place.kind == "scalar" and place.scalar is not None:
        try:
            goal = read_goal(str(place.scalar), catalogue, "goal:")
        except UsageError as problem:
            faults += [_at(fault, place.file, place.line, place.column) for fault in problem.faults]
    if listed is not None and (listed.kind != "list" or not listed.items):
        faults.append(listed.fault("not-a-list", "`levers` is a list of levers", "start each with `- `, in quotes"))
    for item in listed.items if listed is not None else ():
        if item.kind != "scalar":
            faults.append(item.fault("not-a-lever", "a lever is one text", f"{LEVER_FORM}, in quotes"))
            continue
        try:
            levers += read_levers([str(item.scalar)], catalogue, family, "levers:")
        except UsageError as problem:
            faults += [_at(fault, item.file, item.line, item.column) for fault in problem.faults]
        if len({lever.what for lever in levers}) < len(levers):
            twice = levers.pop()
            faults.append(item.fault("same-lever", f"`{twice.what}` is a lever twice", "keep one of the two"))
    if faults or written is None or goal is None:
        raise DataError(faults)
    paid = None
    if written.pay is not None:
        paid = read_pay(path.parent / written.pay)
    elif written.cost:
        paid = read_pay()
    return Wanted(goal, tuple(levers), written.probability, written.budget, written.draws, paid)


def _at(fault: Fault, file: str, line: int, column: int) -> Fault:
    return replace(fault, file=file, line=line, column=column)
