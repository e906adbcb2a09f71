"""Reads one scenario file into checked pieces with their places, and finds files by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from capacity_sim.catalogue import Catalogue, strict_yaml
from capacity_sim.catalogue.checked import Record, checked
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import Fault, ScenarioError, did_you_mean, one_of
from capacity_sim.scenario.example import Example
from capacity_sim.scenario.model import Origin
from capacity_sim.scenario.rollout import Rolled, Rollout, SavedRollout
from capacity_sim.scenario.written import Adjust, Choices, Header, Source, WrittenChange

SUFFIXES = (".yaml", ".yml")
_SECTIONS = ("sources", "choices", "adjust", "rollout", "changes", "example", "trace", "rollouts")
_PACKAGE = Path(__file__).parent.parent

R = TypeVar("R", bound=Record)


def shipped_folder() -> Path:
    """Folder of the scenarios that come with the model: in the package, or at the root of a checkout."""
    inside = _PACKAGE / "scenarios_shipped"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def folders(search: Iterable[Path | str] = ()) -> tuple[Path, ...]:
    """Folders searched for scenarios, in order: the given ones, `scenarios`, the shipped ones."""
    listed = [*(Path(folder) for folder in search), Path("scenarios"), shipped_folder()]
    seen: dict[Path, Path] = {}
    for folder in listed:
        if folder.is_dir():
            seen.setdefault(folder.resolve(), folder)
    return tuple(seen.values())


def available(search: Iterable[Path | str] = ()) -> dict[str, Path]:
    """Scenario files that can be named, by name; the first folder that has a name wins."""
    found: dict[str, Path] = {}
    for folder in folders(search):
        for suffix in SUFFIXES:
            for path in sorted(folder.glob(f"*{suffix}")):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def find(name: Path | str, search: Iterable[Path | str] = ()) -> Path:
    """File of a scenario: a path as it stands, a name in the folders that are searched.

    Raises
    ------
    ScenarioError
        When no folder has the name.
    """
    text = str(name)
    if isinstance(name, Path) or text.endswith(SUFFIXES) or "/" in text or "\\" in text:
        return Path(text)
    search = tuple(search)
    for folder in folders(search):
        for suffix in SUFFIXES:
            if (folder / f"{text}{suffix}").is_file():
                return folder / f"{text}{suffix}"
    raise ScenarioError(unknown_scenario(text, search))


def unknown_scenario(name: str, search: Sequence[Path | str], place: Tree | None = None) -> Fault:
    """Fault of a name that no folder has."""
    names = available(search)
    hint = did_you_mean(name, names, f"there are {one_of(names)}" if names else "there are no scenarios here")
    message = f"no scenario is called `{name}`"
    return (
        place.fault("unknown-scenario", message, hint)
        if place
        else Fault("unknown-scenario", message, hint=hint)
    )


@dataclass
class Draft:
    """One scenario file, piece by piece; what could not be read is missing and has a fault.

    Parameters
    ----------
    path : Path
        The file.
    tree : Tree
        Its content.
    name : str
        Its name, or the file's when it has none.
    header : Header or None
        The top of the file.
    extends, instead_of : list of (str, Tree)
        Names of parents, and of other versions of the same measure, with their places.
    choices : dict
        Choices that it makes, with their places.
    changes, adjusts : list
        Good changes and adjustments, with their places.
    sources : dict
        Good sources, with their places.
    ids, source_ids : set of str
        Ids of all changes and sources, good or not, so that one fault does not cause another.
    rolled : list of (Rolled, Tree)
        Rollouts, with their places: its own, or those of a saved scenario.
    rolled_by : dict
        For each change of a saved scenario, the rollout that acts on it; otherwise empty.
    example : Example or None
        Its worked example.
    trace : dict
        For a saved scenario, where each change was first written.
    """

    path: Path
    tree: Tree
    name: str
    header: Header | None = None
    extends: list[tuple[str, Tree]] = field(default_factory=list)
    instead_of: list[tuple[str, Tree]] = field(default_factory=list)
    choices: dict[str, tuple[object, Tree]] = field(default_factory=dict)
    changes: list[tuple[WrittenChange, Tree]] = field(default_factory=list)
    adjusts: list[tuple[Adjust, Tree]] = field(default_factory=list)
    sources: dict[str, tuple[Source, Tree]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    source_ids: set[str] = field(default_factory=set)
    rolled: list[tuple[Rolled, Tree]] = field(default_factory=list)
    rolled_by: dict[str, Rolled] = field(default_factory=dict)
    example: Example | None = None
    trace: dict[str, str] = field(default_factory=dict)

    def rollout(self, change_id: str) -> Rolled | None:
        """Rollout that acts on a change of the file."""
        if self.tree.get("rollouts") is not None:
            return self.rolled_by.get(change_id)
        return self.rolled[0][0] if self.rolled else None

    def origin(self, tree: Tree) -> Origin:
        """Origin of a piece of the file."""
        return Origin(self.name, tree.file, tree.line, tree.column)


def read_draft(path: Path, catalogue: Catalogue, faults: list[Fault]) -> Draft | None:
    """Pieces of a scenario file, or None when it is no scenario at all; faults are added to `faults`."""
    try:
        tree = strict_yaml.read(path, ScenarioError)
    except ScenarioError as problem:
        faults.extend(problem.faults)
        return None
    if tree.kind != "map":
        faults.append(
            tree.fault("not-a-mapping", "a scenario is a mapping of keys to values", "start with `name:`")
        )
        return None
    named = tree.get("name")
    draft = Draft(path, tree, str(named.scalar) if named and isinstance(named.scalar, str) else path.stem)
    top = tuple((key, value) for key, value in tree.entries if key.scalar not in _SECTIONS)
    context = {"catalogue": catalogue}
    head = Tree("map", tree.file, tree.line, tree.column, entries=top)
    draft.header = checked(Header, head, "a scenario", faults, context, _SECTIONS)
    if draft.header is not None and draft.header.status is None and draft.header.kind != "baseline":
        faults.append(tree.fault("missing-key", "a scenario lacks `status`", "add `status:`"))
    draft.extends, draft.instead_of = _named(tree, "extends"), _named(tree, "instead_of")
    _read_choices(draft, context, faults)
    _read_sources(draft, faults)
    for change, place in _records(draft, "changes", WrittenChange, "a change", context, faults):
        if change.id in catalogue.parameters:
            message = f"`{change.id}` is the name of a parameter"
            faults.append(place.at(("id",)).fault("bad-name", message, "give the change a name of its own"))
        else:
            draft.changes.append((change, place))
    draft.ids = _ids(draft, "changes")
    draft.adjusts = _records(draft, "adjust", Adjust, "an adjustment", context, faults)
    _read_rollouts(draft, context, faults)
    example = tree.get("example")
    if example is not None:
        draft.example = checked(Example, example, "`example`", faults, context)
    _read_trace(draft, faults)
    return draft


def _named(tree: Tree, key: str) -> list[tuple[str, Tree]]:
    listed = tree.get(key)
    return [(str(one.scalar), one) for one in (listed.items if listed else ()) if isinstance(one.scalar, str)]


def _read_rollouts(draft: Draft, context: dict[str, Catalogue], faults: list[Fault]) -> None:
    """Read the file's own rollout, or those that a saved scenario has from its parents."""
    own, saved = draft.tree.get("rollout"), draft.tree.get("rollouts")
    if own is not None:
        rollout = checked(Rollout, own, "`rollout`", faults, context)
        if rollout is not None:
            draft.rolled.append((Rolled(draft.name, rollout), own))
    if saved is None:
        return
    if own is not None or saved.kind != "map":
        message = "`rollouts` is a mapping of scenarios to the rollouts of a saved file, without `rollout`"
        hint = "`rollouts` is written when a scenario is saved; write `rollout:`"
        faults.append(saved.fault("bad-rollouts", message, hint))
        return
    for key, value in saved.entries:
        kept = checked(SavedRollout, value, "a saved rollout", faults, context)
        if kept is None:
            continue
        plain = {name: given for name, given in kept.model_dump(exclude_unset=True).items() if name != "changes"}
        rolled = Rolled(str(key.scalar), Rollout.model_validate(plain))
        draft.rolled.append((rolled, value))
        for name in kept.changes:
            if name not in draft.ids:
                message = f"`{name}` of `rollouts` is not a change of this file"
                faults.append(value.at(("changes",)).fault("bad-rollouts", message, "take it out"))
            draft.rolled_by[name] = rolled


def _read_choices(draft: Draft, context: dict[str, Catalogue], faults: list[Fault]) -> None:
    tree = draft.tree.get("choices")
    if tree is not None:
        choices = checked(Choices, tree, "`choices`", faults, context)
        for key, value in (choices.model_dump() if choices is not None else {}).items():
            if value is not None:
                draft.choices[key] = (value, tree.get(key) or tree)
    if draft.header is not None and draft.header.data is not None:
        draft.choices["data"] = (draft.header.data, draft.tree.get("data") or draft.tree)


def _read_sources(draft: Draft, faults: list[Fault]) -> None:
    tree = draft.tree.get("sources")
    if tree is None:
        return
    if tree.kind != "map":
        faults.append(
            tree.fault("not-a-mapping", "`sources` is a mapping of ids to sources", "write `nao-2025:`")
        )
        return
    for key, value in tree.entries:
        draft.source_ids.add(str(key.scalar))
        source = checked(Source, value, "a source", faults)
        if source is not None:
            draft.sources[str(key.scalar)] = (source, key)


def _records(
    draft: Draft, section: str, model: type[R], kind: str, context: dict[str, Catalogue], faults: list[Fault]
) -> list[tuple[R, Tree]]:
    tree = draft.tree.get(section)
    if tree is None or (tree.kind == "scalar" and tree.scalar is None):
        return []
    if tree.kind != "list":
        faults.append(tree.fault("not-a-list", f"`{section}` is a list", "start each item with `- id:`"))
        return []
    good: list[tuple[R, Tree]] = []
    seen: dict[tuple[str, str], Tree] = {}
    for item in tree.items:
        record = checked(model, item, kind, faults, context)
        key = "of" if item.get("of") is not None and item.get("id") is None else "id"
        name = item.get(key)
        if name is not None and isinstance(name.scalar, str):
            if (key, name.scalar) in seen:
                message = f"`{name.scalar}` is written twice, first in line {seen[key, name.scalar].line}"
                hint = "give each its own id" if key == "id" else "keep one of the two"
                faults.append(name.fault("duplicate-id", message, hint))
                continue
            seen[key, name.scalar] = name
        if record is not None:
            good.append((record, item))
    return good


def _ids(draft: Draft, section: str) -> set[str]:
    tree = draft.tree.get(section)
    return {str(name.scalar) for item in (tree.items if tree else ()) if (name := item.get("id")) is not None}


def _read_trace(draft: Draft, faults: list[Fault]) -> None:
    tree = draft.tree.get("trace")
    for key, value in tree.entries if tree is not None else ():
        if str(key.scalar) not in draft.ids or not isinstance(value.scalar, str):
            message = f"`{key.scalar}` of `trace` is not a change of this file with its first place"
            faults.append(
                key.fault("bad-trace", message, "`trace` is written when a scenario is saved; leave it out")
            )
        else:
            draft.trace[str(key.scalar)] = value.scalar
