"""YAML with places and without surprises: the one way in which any file of the project is read.

Refused: duplicate keys, anchors and aliases, merge keys, tags, more than one document, keys that are not
names or dates. A plain scalar is a number, `true`, `false`, `null`, a full date, or text; anything else (a
time, an octal number, `yes`) is text, and the reader of the file says so where it wanted something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scanner import ScannerError

from capacity_sim.catalogue import plain_yaml
from capacity_sim.catalogue.tree import Scalar, Tree, scalar
from capacity_sim.errors import CapacitySimError, DataError, Fault, shown_path

__all__ = ["Scalar", "Tree", "parse", "read"]

_PLAIN_TAGS = "tag:yaml.org,2002:"


def read(path: Path, error: type[CapacitySimError] = DataError) -> Tree:
    """Tree of a YAML file.

    Parameters
    ----------
    path : Path
        The file.
    error : type of CapacitySimError
        What to raise: `DataError` for the files of the project, `ScenarioError` for a scenario.

    Raises
    ------
    CapacitySimError
        Of the type `error`, with every fault of form: not readable, not YAML, or using what is refused.
    """
    name = shown_path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error(
            Fault("no-file", f"there is no file `{name}`", name, hint="check the name and the folder")
        ) from None
    except UnicodeDecodeError:
        raise error(
            Fault("not-text", f"`{name}` is not text in UTF-8", name, hint="save the file as UTF-8")
        ) from None
    except OSError as problem:
        reason = (problem.strerror or "the system refused").lower()
        raise error(
            Fault(
                "cannot-read",
                f"`{name}` cannot be read: {reason}",
                name,
                hint="check that it is a file and that you may read it",
            )
        ) from None
    return parse(text, name, error)


def parse(text: str, name: str, error: type[CapacitySimError] = DataError) -> Tree:
    r"""Tree of a YAML text; `name` is the file that its faults name.

    Examples
    --------
    >>> parse("name: reset\nfrom: 2024-04-29", "a.yaml").plain()
    {'name': 'reset', 'from': datetime.date(2024, 4, 29)}
    """
    try:
        return _parsed(text, name)
    except DataError as problem:
        raise error(problem.faults) from None


@lru_cache(maxsize=256)  # a command that reads many scenarios meets the same parents again and again
def _parsed(text: str, name: str) -> Tree:
    plain = plain_yaml.read(text, name)
    if plain is not None:
        return plain
    try:
        nodes = list(_documents(text))
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        tabs = isinstance(problem, ScannerError) and "\\t" in str(problem.problem)
        hint = (
            "use spaces, not tabs"
            if tabs
            else "check the indentation, the brackets and the quotes around here"
        )
        raise DataError(
            Fault("not-yaml", f"this is not YAML: {_reason(problem)}", name, line, column, hint)
        ) from None
    except YAMLError as problem:
        raise DataError(Fault("not-yaml", f"this is not YAML: {str(problem).splitlines()[0]}", name)) from None
    if not nodes:
        raise DataError(Fault("empty-file", f"`{name}` holds nothing", name, hint="write the file or remove it"))
    faults: list[Fault] = []
    if len(nodes) > 1:
        mark = nodes[1].start_mark
        faults.append(
            Fault(
                "two-documents",
                "a file holds one document, and a second one starts here",
                name,
                mark.line + 1,
                mark.column + 1,
                "remove the line `---` or make two files",
            )
        )
    tree = _tree(nodes[0], name, faults, set())
    if faults:
        raise DataError(faults)
    return tree


def _documents(text: str) -> Iterator[Node]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.compose_all(text)


def _reason(problem: MarkedYAMLError) -> str:
    return " ".join(str(problem.problem or problem.context).split())


def _tree(node: Node, file: str, faults: list[Fault], seen: set[str]) -> Tree:
    """Tree of a node; what is refused goes to `faults`."""
    mark = node.start_mark
    line, column = mark.line + 1, mark.column + 1

    def refuse(code: str, message: str, hint: str) -> None:
        faults.append(Fault(code, message, file, line, column, hint))

    if node.anchor is not None and node.anchor not in seen:
        seen.add(node.anchor)
        refuse(
            "anchor",
            f"anchors (`&{node.anchor}`) and aliases are not used in these files",
            "write the value out where it is needed, or put what is shared in a parent scenario",
        )
    tag = str(node.tag)
    if not tag.startswith(_PLAIN_TAGS) or tag.startswith(_PLAIN_TAGS + "python"):
        refuse("tag", f"tags (`{tag}`) are not used in these files", "write the plain value")
    if isinstance(node, ScalarNode):
        return Tree("scalar", file, line, column, scalar=_value(node))
    if isinstance(node, SequenceNode):
        return Tree(
            "list", file, line, column, items=tuple(_tree(item, file, faults, seen) for item in node.value)
        )
    if not isinstance(node, MappingNode):
        raise TypeError(type(node).__name__)
    entries: list[tuple[Tree, Tree]] = []
    first: dict[Scalar, Tree] = {}
    for key_node, value_node in node.value:
        key = _tree(key_node, file, faults, seen)
        if key.scalar == "<<":
            faults.append(
                key.fault(
                    "merge-key",
                    "merge keys (`<<`) are not used in these files",
                    "write the values out, or put what is shared in a parent scenario",
                )
            )
        elif key.kind != "scalar" or isinstance(key.scalar, bool | float) or key.scalar is None:
            faults.append(
                key.fault("bad-key", "a key is a name or a date", "put the key in quotes if it is a name")
            )
        elif key.scalar in first:
            before = first[key.scalar]
            faults.append(
                key.fault(
                    "duplicate-key",
                    f"`{key.scalar}` is written twice, first in line {before.line}",
                    "keep one of the two",
                )
            )
        else:
            first[key.scalar] = key
        entries.append((key, _tree(value_node, file, faults, seen)))
    return Tree("map", file, line, column, entries=tuple(entries))


def _value(node: ScalarNode) -> Scalar:
    text = str(node.value)
    return text if node.style is not None else scalar(text)
