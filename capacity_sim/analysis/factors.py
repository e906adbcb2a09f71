"""What is varied together: single uncertain inputs, or groups of them by name, parameter or part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue.names import Where
from capacity_sim.data.values import BaselineValue
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.parameters import UncertainInput
from capacity_sim.scenario import Change, Scenario

#: what stands for a part where an input is a value of the data
DATA = "data"
#: ways to group all inputs: each alone, those of a parameter, those of a scenario file
INPUT, PARAMETER, PART = "input", "parameter", "part"
BY = (INPUT, PARAMETER, PART)

#: ids of the changes that each scenario of a family brings, by its name
Family = Callable[[], Mapping[str, frozenset[str]]]


@dataclass(frozen=True)
class Factor:
    """Inputs that are varied together.

    Parameters
    ----------
    name : str
        Id of the one input, or name of the group.
    inputs : tuple of UncertainInput
        The inputs, by id.
    """

    name: str
    inputs: tuple[UncertainInput, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the inputs."""
        return tuple(one.id for one in self.inputs)


@dataclass(frozen=True)
class Acting:
    """An uncertain input, and what it acts on.

    Parameters
    ----------
    input : UncertainInput
        The input.
    areas : frozenset of str
        Areas of work of the cells that it moves; empty when they have none.
    changes : frozenset of str
        Ids of the changes that read it; empty for a value of the data.
    part : str
        The scenario whose file writes it, or the first word of a value of the data.
    """

    input: UncertainInput
    areas: frozenset[str]
    changes: frozenset[str]
    part: str


def acting_in(
    sides: Sequence[Scenario],
    inputs_of: Callable[[Scenario], Iterable[UncertainInput]],
    values: Iterable[BaselineValue],
    catalogue: Catalogue,
) -> list[Acting]:
    """Uncertain inputs of some scenarios, with what they act on.

    Parameters
    ----------
    sides : sequence of Scenario
        The scenarios.
    inputs_of : callable
        Uncertain inputs of a scenario.
    values, catalogue :
        As in `acting`.
    """
    inputs = {one.id: one for side in sides for one in inputs_of(side)}
    changes = {change.id: change for side in sides for change in side.changes}
    return acting(inputs.values(), values, changes.values(), catalogue)


def acting(
    inputs: Iterable[UncertainInput], values: Iterable[BaselineValue], changes: Iterable[Change], catalogue: Catalogue
) -> list[Acting]:
    """What each uncertain input acts on, by id.

    Parameters
    ----------
    inputs : iterable of UncertainInput
        Inputs of a scenario.
    values : iterable of BaselineValue
        Values of its data.
    changes : iterable of Change
        Its changes.
    catalogue : Catalogue
        Dimensions of the parameters.
    """
    cells: dict[str, list[tuple[str, Where]]] = {value.id: [(value.path, value.where)] for value in values}
    readers: dict[str, set[str]] = {}
    parts: dict[str, str] = {}
    for change in changes:
        for name in change.input_ids:
            cells.setdefault(name, []).append((change.path, change.where))
            readers.setdefault(name, set()).add(change.id)
            rolled = change.rollout if name != change.id else None
            parts[name] = rolled.of if rolled is not None else change.origin.scenario
    found = []
    for one in sorted(inputs, key=lambda one: one.id):
        areas = frozenset(area for path, where in cells.get(one.id, ()) for area in _areas(path, where, catalogue))
        part = parts.get(one.id, f"{DATA}: {one.path.partition('.')[0]}")
        found.append(Acting(one, areas, frozenset(readers.get(one.id, ())), part))
    return found


def _areas(path: str, where: Where, catalogue: Catalogue) -> Iterable[str]:
    """Areas of work of some cells of a parameter."""
    dims = catalogue.parameters[path].dims
    if "area" in dims:
        named = where.get("area", catalogue.dimensions["area"])
        return (named,) if isinstance(named, str) else named
    if "activity" not in dims:
        return ()
    named = where.get("activity", catalogue.dimensions["activity"])
    ids = (named,) if isinstance(named, str) else named
    return {activity.area for activity in catalogue.activities if activity.id in ids}


def factors(
    known: Sequence[Acting],
    *,
    groups: Sequence[str] = (),
    only: Sequence[str] = (),
    by: str = INPUT,
    family: Family = dict,
    areas: Sequence[str] = (),
) -> list[Factor]:
    """Factors of what was asked: groups first, then the other inputs alone, by parameter, or by part.

    Parameters
    ----------
    known : sequence of Acting
        Inputs that may be varied.
    groups : sequence of str
        Each ``NAME=WHAT,...``, or ``WHAT,...`` alone; `WHAT` is as `pick` takes it.
    only : sequence of str
        Inputs to vary, as `pick` takes them; all of them when empty.
    by : {"input", "parameter", "part"}
        How inputs outside the groups are put together.
    family : callable
        Gives the changes that each scenario among the parents brings.
    areas : sequence of str
        Areas of work.

    Raises
    ------
    UsageError
        When nothing has a name that was typed, an input is in two groups, or two factors have one name.
    """
    faults: list[Fault] = []

    def picked(what: str) -> list[Acting]:
        try:
            return pick(what, known, family, areas)
        except UsageError as problem:
            faults.extend(problem.faults)
            return []

    wanted = {one.input.id for what in only for text in split(what) for one in picked(text)}
    chosen = [one for one in known if not only or one.input.id in wanted]
    grouped: dict[str, dict[str, UncertainInput]] = {}
    within: dict[str, str] = {}
    for text in groups:
        name, inside = named(text)
        if name in grouped:
            faults.append(Fault("two-groups", f"two groups are called `{name}`", hint="give each a name of its own"))
        mine = {one.input.id: one.input for what in split(inside) for one in picked(what)}
        before = {one: within[one] for one in mine if within.get(one, name) != name}
        for other in dict.fromkeys(before.values()):
            both = one_of([one for one in before if before[one] == other], most=3).replace(" or ", " and ")
            message = f"the groups `{other}` and `{name}` both hold {both}"
            faults.append(Fault("two-groups", message, hint="an input is varied once: narrow one of them"))
        within.update(dict.fromkeys(mine, name))
        grouped[name] = mine
    if faults:
        raise UsageError(dict.fromkeys(faults))
    rest = [one for one in chosen if one.input.id not in within]
    chosen_ids = {one.input.id for one in chosen}
    for one in rest:
        name = {INPUT: one.input.id, PARAMETER: one.input.path, PART: one.part}[by]
        grouped.setdefault(name, {})[one.input.id] = one.input
    found = [
        Factor(name, tuple(mine[one] for one in sorted(mine) if one in chosen_ids)) for name, mine in grouped.items()
    ]
    return [one for one in found if one.inputs]


def named(text: str) -> tuple[str, str]:
    """Name of a group, and what is in it; a group without a name is called after what is in it.

    Examples
    --------
    >>> named("timings=work.timing@court"), named("staff.leaving.annual_rate[grade=PO]")
    (('timings', 'work.timing@court'), ('staff.leaving.annual_rate[grade=PO]', 'staff.leaving.annual_rate[grade=PO]'))
    """
    head, equals, rest = text.partition("=")
    return (head.strip(), rest) if equals and "[" not in head and head.strip() else (text.strip(), text)


def split(text: str) -> list[str]:
    """Parts between commas that stand in no brackets.

    Examples
    --------
    >>> split("a[x=1,y=2], b*")
    ['a[x=1,y=2]', 'b*']
    """
    return [part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip()]


def pick(what: str, known: Sequence[Acting], family: Family, areas: Sequence[str]) -> list[Acting]:
    """Inputs of a name.

    Parameters
    ----------
    what : str
        An id; a parameter or the start of one; a scenario among the parents, for all that it brings; with ``*`` for any
        letters. ``NAME@AREA`` keeps those that act on one area of work alone, ``NAME@SCENARIO`` those that it brings.
    known : sequence of Acting
        Inputs that may be varied.
    family : callable
        As in `factors`.
    areas : sequence of str
        Areas of work.

    Raises
    ------
    UsageError
        When there are none.
    """
    name, at, place = what.partition("@")
    mine = [one for one in known if _fits(one, name)] or (_brought(name, known, family) if name else list(known))
    if not mine:
        every = {one.input.id for one in known} | {one.input.path for one in known} | set(family())
        hint = did_you_mean(name, every, f"inputs are {one_of([one.input.id for one in known], most=12)}")
        raise UsageError(Fault("unknown-input", f"no uncertain input is called `{name}`", hint=hint))
    if not at:
        return mine
    if place in areas:
        there = [one for one in mine if one.areas == {place}]
    elif place in family() or any(place == one.part for one in known):
        ids = {one.input.id for one in _brought(place, known, family)}
        there = [one for one in mine if one.input.id in ids]
    else:
        names = [*areas, *family()]
        hint = did_you_mean(place, names, f"after `@` comes an area or a scenario: {one_of(names, most=40)}")
        raise UsageError(Fault("unknown-place", f"`{what}`: no area and no parent is called `{place}`", hint=hint))
    if not there:
        hint = f"its ranges are {one_of([one.input.id for one in mine], most=10)}"
        raise UsageError(Fault("unknown-input", f"no range of `{name}` acts on `{place}` alone", hint=hint))
    return there


def _fits(one: Acting, name: str) -> bool:
    if "*" in name:
        form = re.compile(".*".join(re.escape(part) for part in name.split("*")))
        return bool(form.fullmatch(one.input.id) or form.fullmatch(one.input.path))
    path = one.input.path
    return name == one.input.id or name == path or (bool(name) and path.startswith(f"{name}."))


def _brought(name: str, known: Sequence[Acting], family: Family) -> list[Acting]:
    """Inputs that a scenario brings: those of its changes, or those that its file writes."""
    ids = family().get(name, frozenset())
    return [one for one in known if one.part == name or one.changes & ids]
