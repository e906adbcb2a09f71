"""Which changes get credit together when two scenarios differ, and the variants of a scenario with some of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from capacity_sim.analysis.credit import Group
from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import Fault, NotComparableError, UsageError
from capacity_sim.scenario import Change, Scenario

#: gives a scenario by its name, seen from the file of another
Parent = Callable[[str, Scenario], Scenario]


@dataclass(frozen=True)
class Game:
    """Two scenarios and the groups of changes in which they differ.

    Parameters
    ----------
    base, scenario : Scenario
        The two.
    groups : tuple of Group
        Who gets credit, in an order that does not depend on the order of parents.
    """

    base: Scenario
    scenario: Scenario
    groups: tuple[Group, ...]

    def variant(self, mask: int) -> Scenario:
        """The base with the changes of some groups, as the scenario has them; choices are the scenario's.

        Parameters
        ----------
        mask : int
            Bit i stands for group i.
        """
        taken = frozenset[str]().union(*(group.ids for i, group in enumerate(self.groups) if mask >> i & 1))
        before, after = _by_id(self.base), _by_id(self.scenario)
        found = [(after if name in taken else before).get(name) for name in sorted(before.keys() | after.keys())]
        return replace(self.scenario, changes=tuple(change for change in found if change is not None))


def game(base: Scenario, scenario: Scenario, parent: Parent, catalogue: Catalogue, each: bool = False) -> Game:
    """Groups of changes in which two scenarios differ.

    A group is a direct parent of the scenario, with all changes that it brings and the base lacks, or a change that the
    scenario's own file writes. A scenario that is nothing but one parent is taken apart as that parent is. What the
    scenario makes of changes that the base has (adjusted, or dropped) is a group for each file that wrote them.

    Parameters
    ----------
    base, scenario : Scenario
        The two.
    parent : callable
        Gives a parent by its name and the scenario that names it.
    catalogue : Catalogue
        Says which cells a change meets.
    each : bool
        Make every single change a group.

    Raises
    ------
    NotComparableError
        When the two are on different data.
    UsageError
        When they have the same changes.
    """
    if base.data != scenario.data:
        message = f"`{base.name}` is on the data `{base.data}` and `{scenario.name}` on `{scenario.data}`"
        raise NotComparableError(Fault("not-comparable", message, hint="give one with `--data`"))
    before, after = _by_id(base), _by_id(scenario)
    new = {name for name, change in after.items() if name not in before and change.acts}
    other = {name for name, change in before.items() if name not in after or change.content() != after[name].content()}
    if not new | other:
        known = base.name == "baseline"
        hint = "name a scenario that changes something" if known else "name a base that lacks some, such as `baseline`"
        message = f"`{base.name}` and `{scenario.name}` have the same changes"
        raise UsageError(Fault("same-changes", message, hint=hint))
    with_it = _displaced(before, after, new, other, catalogue)
    loose = other - set().union(*with_it.values())
    parts: dict[str, set[str]] = {name: {name} for name in new}
    if not each:
        parts = {name: ids & new for name, ids in _parts(base, scenario, parent).items() if ids & new}
        for name in sorted(new - set().union(*parts.values())):
            parts.setdefault(after[name].origin.scenario, set()).add(name)
    for name in sorted(loose):
        change = before[name]
        verb = "adjusted" if name in after else "taken out"
        parts.setdefault(f"{name if each else change.origin.scenario}, {verb}", set()).add(name)
    own = {change.id for change in scenario.own_changes}
    names = sorted(parts, key=lambda name: (name in own, name))
    groups = []
    for name in names:
        ids = parts[name].union(*(with_it.get(one, ()) for one in parts[name]))
        groups.append(Group(name, frozenset(ids), _adjusted_words(parts[name], scenario, own)))
    return Game(base, scenario, tuple(groups))


def _by_id(scenario: Scenario) -> dict[str, Change]:
    return {change.id: change for change in scenario.changes}


def _parts(base: Scenario, scenario: Scenario, parent: Parent) -> dict[str, set[str]]:
    """Ids that each parent brings and those of each own change; a lone parent is taken apart in its place."""
    there = {change.id for change in base.changes}
    at = scenario
    while True:
        parents = {name: parent(name, at) for name in at.extends if name != base.name}
        parts = {name: {change.id for change in one.changes} - there for name, one in parents.items()}
        parts = {name: ids for name, ids in parts.items() if ids}
        own = {change.id for change in at.own_changes} - there
        if len(parts) != 1 or own:
            return {**parts, **{name: {name} for name in own}}
        at = parents[next(iter(parts))]


def _displaced(
    before: Mapping[str, Change],
    after: Mapping[str, Change],
    new: Iterable[str],
    other: Iterable[str],
    catalogue: Catalogue,
) -> dict[str, set[str]]:
    """For each new change, the changes of the base that it cannot stand beside: both set the same cells."""
    found: dict[str, set[str]] = defaultdict(set)
    sets = [before[name] for name in other if before[name].verb == "set"]
    for name in new:
        change = after[name]
        for old in sets:
            if change.verb == "set" and old.path == change.path:
                cells = [catalogue.mask(one.path, one.where) for one in (change, old)]
                if (cells[0] & cells[1]).any():
                    found[name].add(old.id)
    return found


def _adjusted_words(ids: Iterable[str], scenario: Scenario, own: set[str]) -> str:
    """What the adjustments of the scenario's own file make of a group, in words."""
    mine = {adjust.id: adjust for adjust in scenario.adjusts}
    there = _by_id(scenario)
    here = [name for name in sorted(ids) if name in there and name not in own]
    said = {name: _delay_and_strength(mine[name].delay_months, mine[name].strength) for name in here if name in mine}
    kinds = set(said.values())
    if not kinds:
        return ""
    some = f"{len(said)} of {len(here)} changes"
    if len(kinds) > 1:
        return f"{some} adjusted"
    return kinds.pop() if len(said) == len(here) else f"{kinds.pop()}, {some}"


def _delay_and_strength(months: int | None, strength: float | None) -> str:
    """Adjustment in words.

    Examples
    --------
    >>> _delay_and_strength(12, 0.5)
    '12 months late at strength 0.5'
    """
    parts = []
    if months:
        parts.append(f"{abs(months):g} {'month' if abs(months) == 1 else 'months'} {'late' if months > 0 else 'early'}")
    if strength is not None:
        parts.append(f"at strength {strength:g}")
    return " ".join(parts)


def bases_unlike(base: Scenario, scenario: Scenario) -> Sequence[str]:
    """Choices in which the base differs from the scenario; the scenario's are used for both."""
    names = sorted({*base.choices, *scenario.choices})
    pairs = {"timing_basis": (base.timing_basis, scenario.timing_basis), "horizon": (base.horizon, scenario.horizon)}
    return [name for name in names if name in pairs and pairs[name][0] != pairs[name][1]]
