"""Files that stand alone, such as the chain of gaps of a data set: read whole, or refused with every fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from capacity_sim.catalogue import strict_yaml
from capacity_sim.catalogue.checked import Record, checked
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of

Found = TypeVar("Found")


def read_alone(
    path: Path,
    absent: Callable[[], Fault],
    read: Callable[[Tree, list[Fault]], Found | None],
    check: Callable[[Found, Tree, list[Fault]], None],
) -> Found:
    """What a file says.

    Parameters
    ----------
    path : Path
        The file.
    absent : callable
        Says what is wrong when there is none.
    read : callable
        Reads the tree; puts what is wrong into the list.
    check : callable
        Looks at what was read without a fault.

    Raises
    ------
    DataError
        When there is no file, or with everything that is wrong in it.
    """
    if not path.is_file():
        raise DataError(absent())
    tree, faults = strict_yaml.read(path), list[Fault]()
    found = read(tree, faults)
    if found is not None and not faults:
        check(found, tree, faults)
    if faults or found is None:
        raise DataError(faults)
    return found


def opened(path: Path, parts: Sequence[str], whole: str, faults: list[Fault]) -> Tree:
    """A file that is a mapping of some parts.

    Parameters
    ----------
    path : Path
        The file.
    parts : sequence of str
        Keys that it may have.
    whole : str
        What it is, in words.
    faults : list of Fault
        Where faults for other keys go.

    Raises
    ------
    DataError
        When it cannot be read, or is no mapping.
    """
    tree = strict_yaml.read(path)
    if tree.kind != "map":
        raise DataError(tree.fault("bad-file", f"{whole} is a mapping", f"it has {one_of(parts)}"))
    check_keys(tree, parts, f"a part of {whole}", faults)
    return tree


def lacks(tree: Tree, needed: Sequence[str], whole: str, faults: list[Fault]) -> bool:
    """Whether a tree lacks keys that it needs; then there is a fault that names them.

    Parameters
    ----------
    tree : Tree
        The mapping.
    needed : sequence of str
        Its keys.
    whole : str
        What it is, in words.
    faults : list of Fault
        Where the fault goes.
    """
    missing = [name for name in needed if tree.kind != "map" or tree.get(name) is None]
    if missing:
        faults.append(tree.fault("missing-key", f"{whole} lacks {one_of(missing)}"))
    return bool(missing)


def check_keys(tree: Tree, known: Sequence[str], what: str, faults: list[Fault], hint: str = "") -> None:
    """Faults for keys that are not known.

    Parameters
    ----------
    tree : Tree
        The mapping.
    known : sequence of str
        Keys that it may have.
    what : str
        What a key is, such as "a key of a target".
    faults : list of Fault
        Where they go.
    hint : str
        Said of a key that is like none of them; that it has these by default.
    """
    for key, _ in tree.entries:
        if key.scalar not in known:
            said = did_you_mean(str(key.scalar), known, hint or f"it has {one_of(known)}")
            faults.append(key.fault("unknown-key", f"`{key.scalar}` is not {what}", said))


def title_of(tree: Tree, whole: str, faults: list[Fault]) -> str:
    """Title of a file; empty with a fault when it has none."""
    title = tree.get("title")
    if title is None or not isinstance(title.scalar, str):
        faults.append((title or tree).fault("missing-key", f"{whole} lacks `title`", "say what it is"))
        return ""
    return title.scalar


def source_names(tree: Tree, kind: type[Record], whole: str, hint: str, faults: list[Fault]) -> set[str]:
    """Names of the sources of a file, each checked; none with a fault when it has no such part.

    Parameters
    ----------
    tree : Tree
        The file.
    kind : type of Record
        What a source holds.
    whole, hint : str
        What the file is, in words, and what to do when it has no sources.
    faults : list of Fault
        Where faults go.
    """
    listed = tree.get("sources")
    if listed is None or listed.kind != "map":
        faults.append((listed or tree).fault("missing-key", f"{whole} lacks `sources`", hint))
        return set()
    for _, item in listed.entries:
        checked(kind, item, "a source", faults)
    return {str(key.scalar) for key, _ in listed.entries}


def check_source(name: str, place: Tree, sources: set[str], faults: list[Fault]) -> None:
    """A fault when a source is not among those of its file."""
    if name not in sources:
        hint = did_you_mean(name, sources, "add it under `sources:`")
        faults.append(place.at(("source",)).fault("unknown-source", f"`{name}` is not among the sources", hint))
