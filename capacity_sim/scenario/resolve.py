"""Parents, adjustments and changes made into one scenario, with every fault of every file on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.values import BaselineValue
from capacity_sim.errors import (
    CapacitySimError,
    Fault,
    ScenarioError,
    did_you_mean,
    one_of,
    shown_path,
)
from capacity_sim.scenario import reader
from capacity_sim.scenario.check import Placed, check
from capacity_sim.scenario.model import Change, Scenario, could_take
from capacity_sim.scenario.parts import Wide, idle, listed, part_of, spread, unknown
from capacity_sim.scenario.reader import Draft
from capacity_sim.scenario.written import Adjust, Source


class HasValues(Protocol):
    """What a scenario needs to know of a data set."""

    @property
    def start(self) -> date:
        """The day whose close the data describe."""

    @property
    def values(self) -> tuple[BaselineValue, ...]:
        """Values of every cell of every parameter."""


#: what a rollout needs of the changes of its file
_NEEDS = {
    "slip_months": "it moves dates: give a change `from:`, or take the key out",
    "months": "it acts on changes with `from:` and without `phase_in_months`; take the key out",
}

LoadData = Callable[[str], HasValues]

_Key = tuple[Path, int, int, str]


@dataclass(frozen=True)
class _Said:
    """A choice or an adjustment, and who makes it."""

    what: Any
    place: Tree
    draft: Draft

    @property
    def key(self) -> _Key:
        """Where it is said and of which change, which is what it is."""
        about = str(self.what.id) if isinstance(self.what, Adjust) else ""
        return self.draft.path.resolve(), self.place.line, self.place.column, about


@dataclass
class _Merged:
    """What a file and its parents say together.

    `settled` holds what a child has said again: it no longer counts when it comes by another way.
    """

    said: dict[tuple[str, str], list[_Said]] = field(default_factory=dict)
    settled: set[_Key] = field(default_factory=set)
    drafts: dict[Path, Draft] = field(default_factory=dict)


class Resolver:
    """Resolves scenario files against a catalogue, gathering faults.

    Parameters
    ----------
    catalogue : Catalogue
        Names and limits.
    search : sequence of path
        Folders searched before the usual ones.
    """

    def __init__(self, catalogue: Catalogue, search: Sequence[Path | str] = ()) -> None:
        self.catalogue = catalogue
        self.search = tuple(search)
        self.faults: list[Fault] = []
        self.notes: dict[Path, list[Fault]] = {}
        self.broken = False
        self._drafts: dict[Path, Draft | None] = {}
        self._merged: dict[Path, _Merged] = {}

    def draft(self, path: Path) -> Draft | None:
        """Pieces of a file, read once."""
        key = path.resolve()
        if key not in self._drafts:
            self._drafts[key] = reader.read_draft(path, self.catalogue, self.faults)
        return self._drafts[key]

    def merged(self, draft: Draft, above: tuple[Path, ...] = ()) -> _Merged:
        """What a file and its parents say together."""
        key = draft.path.resolve()
        if key in self._merged:
            return self._merged[key]
        merged = _Merged()
        for name, place in draft.extends:
            parent = self._parent(draft, name, place, (*above, key))
            if parent is None:
                self.broken = True
            else:
                self._take(merged, self.merged(parent, (*above, key)))
        merged.drafts[key] = draft
        for which, (what, place) in draft.choices.items():
            self._say(merged, ("choice", which), _Said(what, place, draft))
        self._adjust(merged, draft)
        self._unlike(merged, draft)
        self._same_measure(merged, draft)
        self._merged[key] = merged
        return merged

    def _adjust(self, merged: _Merged, draft: Draft) -> None:
        """Say what the file adjusts: single changes, and parts change by change."""
        known = set().union(*(one.ids for one in merged.drafts.values()))
        single: dict[str, tuple[Adjust, Tree]] = {}
        wide: list[Wide] = []
        for adjust, place in draft.adjusts:
            if adjust.of is not None:
                wide += self._part(merged, draft, adjust, place)
            elif adjust.id in known:
                single[adjust.id] = (adjust, place)
            else:
                name = adjust.subject
                hint = did_you_mean(name, known, f"the changes are {one_of(sorted(known))}" if known else None)
                message = f"no change is called `{name}` here or in a parent"
                self.faults.append(place.at(("id",)).fault("unknown-change", message, hint))
        adjusts = [said for key, said in merged.said.items() if key[0] == "adjust"]
        live = [one for said in adjusts for one in said if one.key not in merged.settled]
        standing: dict[str, list[Adjust]] = {}
        for one in live:
            standing.setdefault(one.what.subject, []).append(one.what)
        found = spread(wide, single, standing, self.catalogue)
        self.faults += found.faults
        self.notes[draft.path.resolve()] = found.notes
        for adjust, place in [*single.values(), *found.adjusts]:
            self._say(merged, ("adjust", adjust.subject), _Said(adjust, place, draft))

    def _part(self, merged: _Merged, draft: Draft, adjust: Adjust, place: Tree) -> list[Wide]:
        """Adjustment of a part with its part; none, and a fault, when the lineage has no such scenario."""
        name = adjust.subject
        for file, one in merged.drafts.items():
            if one.name == name and one is not draft:
                return [Wide(adjust, place, part_of(file, lambda path: self._merged[path].drafts))]
        # a parent that could not be read has its own fault
        if not self.broken:
            there = reader.available((draft.path.parent, *self.search))
            self.faults.append(unknown(draft, place.at(("of",)), name, merged.drafts, there))
        return []

    def adjusts(self, merged: _Merged, draft: Draft) -> tuple[Adjust, ...]:
        """What a file adjusts, change by change, without what it keeps as written."""
        said = (one for key, each in merged.said.items() if key[0] == "adjust" for one in each)
        own = (one.what for one in said if one.draft is draft and not one.what.as_written)
        return tuple(sorted(own, key=lambda adjust: adjust.subject))

    def _parent(self, draft: Draft, name: str, place: Tree, above: tuple[Path, ...]) -> Draft | None:
        search = (draft.path.parent, *self.search)
        try:
            path = reader.find(name, search)
        except ScenarioError:
            self.faults.append(reader.unknown_scenario(name, search, place))
            return None
        if path.resolve() in above:
            chain = [self._drafts[one] for one in above[above.index(path.resolve()) :]]
            names = [one.name for one in chain if one is not None]
            message = "these scenarios extend each other in a circle: " + " -> ".join([*names, names[0]])
            self.faults.append(place.fault("circle", message, "take one of the links out"))
            return None
        found = self.draft(path)
        if found is not None and found.name != name:
            message = f"`{shown_path(path)}` is called `{found.name}`, not `{name}`"
            self.faults.append(place.fault("wrong-name", message, "make its name and the file's the same"))
        return found

    @staticmethod
    def _take(merged: _Merged, parent: _Merged) -> None:
        merged.drafts.update(parent.drafts)
        merged.settled |= parent.settled
        for key, said in parent.said.items():
            here = merged.said.setdefault(key, [])
            here.extend(one for one in said if all(one.key != other.key for other in here))

    @staticmethod
    def _say(merged: _Merged, key: tuple[str, str], one: _Said) -> None:
        merged.settled |= {other.key for other in merged.said.get(key, [])}
        merged.said[key] = [one]

    def _unlike(self, merged: _Merged, draft: Draft) -> None:
        """Add a fault where parents say unlike things and the child does not settle it."""
        disputes: dict[tuple[str, ...], list[str]] = {}
        place = draft.tree.get("extends") or draft.tree
        for (kind, name), said in merged.said.items():
            live = [one for one in said if one.key not in merged.settled]
            merged.said[kind, name] = live
            if len({_content(one.what) for one in live}) < 2:
                continue
            if kind == "choice":
                values = sorted(f"`{one.draft.name}` has `{one.what}`" for one in live)
                message = f"parents choose unlike values of `{name}`: {', '.join(values)}"
                hint = (
                    f"settle it here: `{name}:`"
                    if name == "data"
                    else f"settle it here: `choices: {{{name}: ...}}`"
                )
                self.faults.append(place.fault("unlike-choices", message, hint))
            else:
                disputes.setdefault(tuple(sorted(one.draft.name for one in live)), []).append(name)
        for names, ids in disputes.items():
            message = f"parents adjust {listed(sorted(ids))} in unlike ways: {listed(names, most=12)}"
            one = f"adjust `{ids[0]}`" if len(ids) == 1 else "adjust each, or by `of` the parent that brings them"
            self.faults.append(place.fault("unlike-adjustments", message, f"settle it here: {one}"))

    def _same_measure(self, merged: _Merged, draft: Draft) -> None:
        """Add a fault where two versions of one measure meet for the first time, and for names that do not exist."""
        for name, place in draft.instead_of:
            if name == draft.name:
                message = f"`{name}` is named as another version of itself"
                self.faults.append(place.fault("same-measure", message, "name the other file"))
                continue
            search = (draft.path.parent, *self.search)
            try:
                reader.find(name, search)
            except ScenarioError:
                self.faults.append(reader.unknown_scenario(name, search, place))
        here = {one.name: one for one in merged.drafts.values()}
        before = [one.drafts.values() for path, one in self._merged.items() if path in merged.drafts]
        told: set[frozenset[str]] = set()
        for one in here.values():
            for name, _ in one.instead_of:
                pair = frozenset((one.name, name))
                met = any(pair <= {other.name for other in drafts} for drafts in before)
                if name not in here or len(pair) < 2 or pair in told or met:
                    continue
                told.add(pair)
                place = draft.tree.get("extends") or draft.tree
                first, second = sorted((one, here[name]), key=lambda draft: draft.name)
                message = (
                    f"`{first.name}` in {first.tree.file} and `{second.name}` in {second.tree.file} are two versions "
                    "of the same measure"
                )
                hint = f"take `{first.name}` or `{second.name}` out, or the parent that brings it in"
                self.faults.append(place.fault("same-measure", message, hint))

    def rollouts(self, merged: _Merged) -> None:
        """Add a fault where a rollout finds nothing in its file to act on."""
        for draft in merged.drafts.values():
            if len(draft.changes) < len(draft.ids) or draft.tree.get("rollouts") is not None:
                continue
            for rolled, place in draft.rolled:
                written = [change for change, _ in draft.changes if draft.rollout(change.id) == rolled]
                if not written:
                    message = "this file writes no changes for the rollout to act on"
                    self.faults.append(place.fault("no-rollout", message, "write it in the file of the changes"))
                    continue
                for key, hint in _NEEDS.items():
                    if rolled.spread(key) is not None and not any(could_take(one, key) for one in written):
                        message = f"`{key}` has no change of this file to act on"
                        self.faults.append((place.get(key) or place).fault("no-rollout", message, hint))

    def sources(self, merged: _Merged) -> dict[str, Source]:
        """Sources of all files by id, and faults of ids that mean two things or nothing."""
        found: dict[str, tuple[Source, Tree]] = {}
        for draft in merged.drafts.values():
            for name, (source, place) in draft.sources.items():
                if name in found and found[name][0] != source:
                    other = found[name][1]
                    message = f"`{name}` is another source in {other.file}:{other.line}"
                    self.faults.append(
                        place.fault("unlike-sources", message, "write both alike, or rename one")
                    )
                found.setdefault(name, (source, place))
        for draft in merged.drafts.values():
            lineage = self._merged[draft.path.resolve()].drafts.values()
            known = set().union(*(one.source_ids for one in lineage))
            citations = [(change.source, place) for change, place in draft.changes]
            citations += [(adjust.source, place) for adjust, place in draft.adjusts]
            citations += [(rolled.written.source, place) for rolled, place in draft.rolled]
            for citation, place in citations:
                for name in cited(citation):
                    if name not in known:
                        hint = did_you_mean(name, known, f"add `{name}:` to `sources`")
                        fault = place.at(("source",)).fault(
                            "unknown-source", f"`{name}` is not a source", hint
                        )
                        self.faults.append(fault)
        return {name: source for name, (source, _) in sorted(found.items())}

    def changes(self, merged: _Merged) -> dict[str, Placed]:
        """Changes of all files by id, adjusted; dropped ones are left out."""
        found: dict[str, Placed] = {}
        for draft in merged.drafts.values():
            for written, place in draft.changes:
                if written.id in found:
                    other = found[written.id].change.origin
                    message = f"`{written.id}` is the id of another change, in {other.place}"
                    self.faults.append(
                        place.at(("id",)).fault("duplicate-id", message, "give each its own id")
                    )
                    continue
                adjust = next((one.what for one in merged.said.get(("adjust", written.id), [])), None)
                rule = self.catalogue.parameters[written.path].rule
                plain = Change(written, draft.origin(place), rollout=draft.rollout(written.id), rule=rule)
                change = adjusted(plain, adjust)
                if adjust is not None:
                    said = merged.said["adjust", written.id][0]
                    self.faults += idle(adjust, bool(change.dates), rule, said.place)
                found[written.id] = Placed(change, place, inherited=written.id in draft.trace)
        dropped = {name for name, one in found.items() if _dropped(one.change)}
        return {name: found[name] for name in sorted(found) if name not in dropped}


def adjusted(change: Change, adjust: Adjust | None) -> Change:
    """Change with an adjustment; one that is dropped keeps its adjustment and has strength 0.

    One that keeps it as written, which only settles what others say, leaves nothing behind.
    """
    if adjust is None or adjust.as_written:
        return change
    strength = 0.0 if adjust.drop else 1.0 if adjust.strength is None else adjust.strength
    return replace(change, delay_months=adjust.delay_months or 0, strength=strength, adjusted=adjust)


def _dropped(change: Change) -> bool:
    return change.adjusted is not None and bool(change.adjusted.drop)


def cited(citation: str) -> list[str]:
    """Ids of the sources that a citation names.

    Examples
    --------
    >>> cited("nao-2025 2.16 and Figure 9; guidance-2024")
    ['nao-2025', 'guidance-2024']
    """
    parts = [part.split() for part in citation.split(";")]
    return [words[0].rstrip(",") for words in parts if words]


def _content(what: object) -> str:
    return what.model_dump_json() if isinstance(what, Adjust) else str(what)


def resolve(
    path: Path, catalogue: Catalogue, load_data: LoadData, search: Iterable[Path | str] = ()
) -> Scenario:
    """Scenario of a file.

    Raises
    ------
    ScenarioError
        With every fault of the file and of its parents.
    """
    resolver = Resolver(catalogue, tuple(search))
    draft = resolver.draft(path)
    if draft is None:
        raise ScenarioError(resolver.faults)
    merged = resolver.merged(draft)
    sources = resolver.sources(merged)
    resolver.rollouts(merged)
    placed = resolver.changes(merged)
    faults = resolver.faults
    choices = {key[1]: said[0].what for key, said in merged.said.items() if key[0] == "choice" and said}
    data = choices.pop("data", None)
    header = draft.header
    if data is None and not resolver.broken and header is not None:
        message = f"`{draft.name}` and its parents name no data"
        faults.append(draft.tree.fault("no-data", message, "add `data: england_wales`, or extend `baseline`"))
    notes: list[Fault] = []
    if data is not None:
        horizon = next(
            (said[0].place for key, said in merged.said.items() if key == ("choice", "horizon")), None
        )
        try:
            loaded = load_data(str(data))
        except CapacitySimError as problem:
            place = merged.said["choice", "data"][0].place
            faults.extend(
                fault if fault.file else replace(fault, file=place.file, line=place.line, column=place.column)
                for fault in problem.faults
            )
        else:
            found, notes = check(draft.name, placed.values(), catalogue, loaded.values, loaded.start,
                                 choices.get("horizon"), horizon)  # fmt: skip
            faults.extend(found)
    if faults or header is None or data is None:
        raise ScenarioError(in_order(faults, merged.drafts.values()))
    return Scenario(
        name=header.name,
        title=header.title,
        kind=header.kind,
        status=header.status,
        summary=header.summary,
        question=header.question,
        review_by=header.review_by,
        data=str(data),
        choices=dict(sorted(choices.items())),
        changes=tuple(one.change for one in placed.values()),
        sources=sources,
        not_modelled=_left_out(draft, merged.drafts.values()),
        extends=tuple(sorted(header.extends)),
        adjusts=resolver.adjusts(merged, draft),
        adjusts_written=tuple(adjust for adjust, _ in draft.adjusts),
        file=shown_path(path),
        trace=dict(draft.trace),
        notes=(*resolver.notes[path.resolve()], *notes),
        as_of=header.as_of,
        instead_of=header.instead_of,
        example=draft.example,
    )


def _left_out(draft: Draft, drafts: Iterable[Draft]) -> tuple[str, ...]:
    """What the file leaves out, then what its parents do, each once and in an order of its own."""
    parents = sorted((one for one in drafts if one is not draft), key=lambda one: one.name)
    headers = [one.header for one in (draft, *parents) if one.header is not None]
    return tuple(dict.fromkeys(words for header in headers for words in header.not_modelled))


def in_order(faults: Iterable[Fault], drafts: Iterable[Draft]) -> list[Fault]:
    """Faults in the order of files (the child first) and lines, each once."""
    files = {draft.tree.file: place for place, draft in enumerate(reversed(list(drafts)))}
    unique = list(dict.fromkeys(faults))
    return sorted(
        unique,
        key=lambda fault: (files.get(fault.file or "", len(files)), fault.line or 0, fault.column or 0),
    )
