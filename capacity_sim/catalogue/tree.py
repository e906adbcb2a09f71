"""A piece of a YAML file with its place, and what its plain scalars mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from capacity_sim.errors import Fault

Scalar = str | int | float | bool | date | None

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Tree:
    """A piece of a YAML file with its place: a scalar, a list or a mapping.

    Parameters
    ----------
    kind : {"scalar", "list", "map"}
        Which of the next three fields holds the content.
    scalar : str, int, float, bool, datetime.date or None
        A single value.
    items : tuple of Tree
        The items of a list.
    entries : tuple of (Tree, Tree)
        The keys and values of a mapping, in the order of the file.
    file : str
        The file, as a person would write it.
    line, column : int
        Counted from 1.
    """

    kind: Literal["scalar", "list", "map"]
    file: str
    line: int
    column: int
    scalar: Scalar = None
    items: tuple[Tree, ...] = ()
    entries: tuple[tuple[Tree, Tree], ...] = ()

    def plain(self) -> Any:
        """Give the content as plain Python values."""
        if self.kind == "list":
            return [item.plain() for item in self.items]
        if self.kind == "map":
            return {key.scalar: value.plain() for key, value in self.entries}
        return self.scalar

    def get(self, key: Scalar) -> Tree | None:
        """Value under `key` of a mapping, or None."""
        return next((value for name, value in self.entries if name.scalar == key), None)

    def key(self, key: Scalar) -> Tree | None:
        """Give the key itself, for its place, or None."""
        return next((name for name, _ in self.entries if name.scalar == key), None)

    def at(self, path: tuple[str | int | date, ...]) -> Tree:
        """Give the deepest piece on `path` (keys and places in lists) that exists."""
        here = self
        for step in path:
            found = here._step(step)
            if found is None:
                return here
            here = found
        return here

    def _step(self, step: str | int | date) -> Tree | None:
        if self.kind == "list" and isinstance(step, int):
            return self.items[step] if 0 <= step < len(self.items) else None
        if self.kind == "map":
            return next(
                (value for name, value in self.entries if name.scalar == step or str(name.scalar) == step),
                None,
            )
        return None

    def fault(self, code: str, message: str, hint: str | None = None) -> Fault:
        """Make a fault at this place."""
        return Fault(code, message, self.file, self.line, self.column, hint)


def scalar(text: str) -> Scalar:
    """Value of a plain scalar by the rules of `strict_yaml`, not by those of any YAML version."""
    if text.lower() in _WORDS and text in {text.lower(), text.capitalize()}:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) and any(char.isdigit() for char in text.partition("e")[0].partition("E")[0]):
        return float(text)
    found = _DATE.fullmatch(text)
    if found:
        try:
            return date(*(int(part) for part in found.groups()))
        except ValueError:
            return text
    return text
