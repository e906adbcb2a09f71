"""Adjustments of whole parts, made into adjustments of single changes: which acts where, and which of several wins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import Fault, did_you_mean, one_of
from capacity_sim.scenario.model import could_take
from capacity_sim.scenario.reader import Draft
from capacity_sim.scenario.written import Adjust, WrittenChange

#: what an adjustment says of a change
KEYS = ("delay_months", "strength", "drop")

_MOST_NAMED = 3

#: files of a scenario and of all its parents, by place
Lineage = Mapping[Path, Draft]


@dataclass(frozen=True)
class Part:
    """What a scenario of the lineage brings: its own changes and those of its parents, the baseline's apart."""

    file: Path
    files: frozenset[Path]
    changes: Mapping[str, WrittenChange]
    read_whole: bool


@dataclass(frozen=True)
class Wide:
    """An adjustment of a part, where it is written, and the part."""

    adjust: Adjust
    place: Tree
    part: Part

    def inside(self, other: Wide) -> bool:
        """Whether its part is contained in another."""
        return self is not other and self.part.file in other.part.files

    def dated(self, change_id: str, catalogue: Catalogue) -> bool:
        """Whether a change of its part has dates that can be delayed."""
        change = self.part.changes[change_id]
        return could_take(change, "slip_months") and catalogue.parameters[change.path].varies

    def on(self, change_id: str, catalogue: Catalogue) -> Adjust | None:
        """What it makes of a change of its part; None when it can do nothing there."""
        change = self.part.changes[change_id]
        return self.adjust.on(change, self.dated(change_id, catalogue), catalogue.parameters[change.path].rule)


@dataclass
class Spread:
    """Adjustments of parts, change by change, with the faults and notes of finding them."""

    adjusts: list[tuple[Adjust, Tree]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def part_of(file: Path, lineage: Callable[[Path], Lineage]) -> Part:
    """Part that a scenario of the lineage is, by the place of its file."""
    drafts = lineage(file)
    bases = [path for path, one in drafts.items() if one.header is not None and one.header.kind == "baseline"]
    files = frozenset(drafts) - frozenset[Path]().union(*(lineage(path) for path in bases))
    inside = [drafts[path] for path in sorted(files)]
    changes = {change.id: change for one in inside for change, _ in one.changes}
    return Part(file, files, changes, all(len(one.changes) == len(one.ids) for one in inside))


def unknown(draft: Draft, place: Tree, name: str, lineage: Lineage, there: Iterable[str]) -> Fault:
    """Fault of a name that is not in the lineage.

    Parameters
    ----------
    draft : Draft
        The file that names it.
    place : Tree
        Where.
    name : str
        The name.
    lineage : mapping
        The file's parents and theirs.
    there : iterable of str
        Scenarios that exist.
    """
    if name == draft.name:
        message = f"`{name}` is this scenario itself, and an adjustment acts on what its parents bring"
        return place.fault("not-in-lineage", message, "`rollout:` acts on the changes of this file")
    drafts = (one for one in lineage.values() if one is not draft)
    names = sorted(one.name for one in drafts if one.header is None or one.header.kind != "baseline")
    known = f"the parents and theirs are {one_of(names)}" if names else "this scenario has no parents to adjust"
    if name in set(there):
        message = f"`{name}` is not a parent of this scenario, nor a parent's parent"
        return place.fault("not-in-lineage", message, f"add it to `extends`; {known}" if names else known)
    message = f"no scenario that this one extends is called `{name}`"
    return place.fault("unknown-part", message, did_you_mean(name, names, known))


def spread(
    wide: Sequence[Wide],
    single: Mapping[str, tuple[Adjust, Tree]],
    standing: Mapping[str, Sequence[Adjust]],
    catalogue: Catalogue,
) -> Spread:
    """Adjustments of parts as adjustments of their changes, each change at most once.

    Parameters
    ----------
    wide : sequence of Wide
        The adjustments of parts of one file.
    single : mapping of id to (Adjust, Tree)
        Those of single changes in the same file, which win.
    standing : mapping of id to adjustments
        What parents say of each change; what one of them drops stays dropped.
    catalogue : Catalogue
        Says which changes can be delayed.
    """
    found = Spread()
    done: dict[int, set[str]] = {place: set() for place in range(len(wide))}
    clashes: dict[tuple[int, ...], list[str]] = defaultdict(list)
    in_order = sorted(range(len(wide)), key=lambda place: wide[place].adjust.subject)
    for change_id in sorted({name for one in wide for name in one.part.changes}):
        meeting = [place for place in in_order if change_id in wide[place].part.changes]
        nearest = [one for one in meeting if not any(wide[other].inside(wide[one]) for other in meeting)]
        beaten = [wide[one].adjust for one in meeting if one not in nearest]
        before = standing.get(change_id, ())
        if change_id in single:
            found.notes += _unsaid(*single[change_id], [wide[one].adjust for one in meeting])
            continue
        if any(one.drop for one in before):
            continue
        acting = [(one, made) for one in nearest if (made := wide[one].on(change_id, catalogue)) is not None]
        ways = {tuple(getattr(made, key) for key in KEYS) for _, made in acting}
        if len(ways) > 1:
            clashes[tuple(sorted(one for one, _ in acting))].append(change_id)
            continue
        for one, made in acting:
            done[one] |= {key for key in KEYS if getattr(made, key) is not None}
            found.notes += _unsaid(wide[one].adjust, wide[one].place, beaten)
            found.notes += _replaced(wide[one].adjust, wide[one].place, before)
        if acting:
            one, made = acting[0]
            found.adjusts.append((made, wide[one].place))
    for places, ids in clashes.items():
        found.faults.append(_clash([wide[place] for place in places], ids))
    if not clashes:
        for place, each in enumerate(wide):
            found.faults += _nothing(each, done[place], catalogue)
    found.notes = list(dict.fromkeys(found.notes))
    return found


def idle(adjust: Adjust, dated: bool, rule: bool, place: Tree) -> list[Fault]:
    """Faults of an adjustment of one change that finds nothing to act on."""
    faults = []
    if adjust.delay_months is not None and not dated:
        message = f"`{adjust.id}` has no dates to delay"
        faults.append(place.at(("delay_months",)).fault("no-adjustment", message, "use `strength` or `drop`"))
    if rule and adjust.weakens:
        message = f"`{adjust.id}` is a rule and has no strength between: it holds or it does not"
        hint = "adjust the change that says how many it reaches, or `drop` this one"
        faults.append(place.at(("strength",)).fault("no-adjustment", message, hint))
    return faults


def listed(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """Names in words, cut after `most` names.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c", "d"])
    ('`a`', '`a` and `b`', '`a`, `b`, `c` and 1 more')
    """
    return one_of(names, most=most).replace(" or ", " and ")


def _clash(meeting: Sequence[Wide], ids: Sequence[str]) -> Fault:
    names = listed([one.adjust.subject for one in meeting])
    message = f"{listed(ids)} is adjusted in unlike ways here, by `of` {names}"
    if len(ids) > 1:
        message = f"{listed(ids)} are adjusted in unlike ways here, by `of` {names}"
    hint = "neither is inside the other: adjust by `id` what both bring"
    return meeting[-1].place.at(("of",)).fault("unlike-adjustments", message, hint)


def _nothing(one: Wide, done: set[str], catalogue: Catalogue) -> list[Fault]:
    """Faults of an adjustment that finds nothing to act on, as a whole or with one of its keys."""
    name, place = one.adjust.subject, one.place
    if not one.part.read_whole:
        return []
    if not one.part.changes:
        baseline = "what the baseline writes is adjusted by `id`"
        hint = baseline if one.part.file not in one.part.files else "name a scenario that brings changes"
        return [place.at(("of",)).fault("nothing-to-adjust", f"`{name}` brings no changes to adjust", hint)]
    faults = []
    missing = [key for key in KEYS if getattr(one.adjust, key) is not None and key not in done]
    dated = any(one.dated(change_id, catalogue) for change_id in one.part.changes)
    for key in missing:
        if key == "delay_months" and not dated:
            message = f"no change of `{name}` has dates to delay"
            faults.append(place.at((key,)).fault("nothing-to-adjust", message, "use `strength` or `drop`"))
        else:
            message = f"no change of `{name}` is left for `{key}`"
            hint = "each is adjusted by `id` or in a part inside it, is dropped, or cannot take it"
            faults.append(place.at((key,)).fault("nothing-to-adjust", message, hint))
    return faults


def _unsaid(winner: Adjust, place: Tree, others: Iterable[Adjust]) -> list[Fault]:
    """Notes of what an adjustment of a part says of a change and the more exact one that wins does not."""
    notes = []
    for other in others:
        for key in _lost(winner, other):
            message = f"`{winner.subject}` is adjusted by itself, so `{key}` of `{other.subject}` does not act on it"
            notes.append(_note(place, message, "say it there too if it is meant"))
    return notes


def _replaced(winner: Adjust, place: Tree, before: Iterable[Adjust]) -> list[Fault]:
    """Notes of what parents say of a change and the adjustment of a part that takes their place does not."""
    lost = sorted({key for other in before for key in _lost(winner, other)})
    message = f"the adjustment of `{winner.subject}` takes the place of others in parents, without their "
    return [_note(place, f"{message}`{key}`", "say it there too if it is meant") for key in lost]


def _lost(winner: Adjust, other: Adjust) -> list[str]:
    if winner.drop or winner.as_written:
        return []
    return [key for key in KEYS[:2] if getattr(other, key) is not None and getattr(winner, key) is None]


def _note(place: Tree, message: str, hint: str) -> Fault:
    return replace(place.fault("partly-adjusted", message, hint), severity="note")
