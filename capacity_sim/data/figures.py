"""Figures: numbers with their source, date, basis and quality, as the data files hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf, isfinite
from types import MappingProxyType
from typing import Any

from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import Fault, a_or_an, did_you_mean, one_of

BASES = ("published", "derived", "calibrated", "assumed")
QUALITIES = ("green", "amber", "red")
_KEYS = ("value", "unit", "source", "as_of", "basis", "quality", "why")
_MORE = ("id", "title", "date", "sure", "tolerance", "start", "starters")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what makes it fit to use.

    Parameters
    ----------
    value : float or None
        The number; None where an event has none.
    unit : str
        Its unit.
    source : str
        Id of the source and the paragraph, such as ``nao-2025 2.19``; several are parted by `;`.
    as_of : datetime.date
        The day it holds for, or the last day of its period.
    basis : {"published", "derived", "calibrated", "assumed"}
        How we come to have it.
    quality : {"green", "amber", "red"}
        How far it may be trusted.
    why : str
        Why it is what it is, in a sentence.
    more : mapping
        What else the file says about it (a title, a tolerance...).
    file, line
        Where it is written.
    """

    value: float | None
    unit: str
    source: str
    as_of: date
    basis: str
    quality: str
    why: str
    more: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    line: int = 0

    @property
    def number(self) -> float:
        """The value, which must be there."""
        if self.value is None:
            message = f"{self.file}:{self.line} has no value"
            raise ValueError(message)
        return self.value


@dataclass(frozen=True, slots=True)
class Source:
    """Where figures come from."""

    id: str
    title: str
    publisher: str
    licence: str
    retrieved: date
    date: str | None = None
    url: str | None = None
    note: str | None = None


def number(tree: Tree, what: str, faults: list[Fault], *, least: float = -inf) -> float | None:
    """Give the number that `tree` holds; otherwise a fault that names `what`, and None."""
    value = tree.scalar
    if tree.kind != "scalar" or not isinstance(value, int | float) or isinstance(value, bool):
        faults.append(tree.fault("bad-number", f"{what} is a number", "write it without commas or a unit"))
        return None
    if not isfinite(value):
        faults.append(tree.fault("bad-number", f"{what} is `{value}`", "write a number"))
        return None
    if value < least:
        faults.append(
            tree.fault("negative-number", f"{what} is `{value}`, below {least:g}", "correct the number")
        )
        return None
    return float(value)


def figure(tree: Tree, what: str, faults: list[Fault], *, blank: bool = False) -> Figure | None:
    """Figure that `tree` holds; faults of form go to `faults`. `blank` allows a value of `null`."""
    before = len(faults)
    missing = [key for key in _KEYS if tree.get(key) is None]
    if tree.kind != "map" or missing:
        faults.append(
            tree.fault("missing-key", f"{what} lacks {one_of(missing)}", "text with a comma needs quotes")
        )
        return None
    for word, _ in tree.entries:
        if word.scalar not in _KEYS + _MORE:
            hint = did_you_mean(str(word.scalar), _KEYS + _MORE, "text with a comma needs quotes")
            faults.append(word.fault("unknown-key", f"`{word.scalar}` is not a key of a figure", hint))
    plain = tree.plain()
    value = None
    if plain["value"] is not None or not blank:
        value = number(tree.at(("value",)), what, faults, least=0.0)
    if type(plain["as_of"]) is not date:
        faults.append(
            tree.at(("as_of",)).fault("bad-date", f"`as_of` of {what} is a full date", "write 2024-03-31")
        )
    for key, allowed in (("basis", BASES), ("quality", QUALITIES)):
        if plain[key] not in allowed:
            hint = did_you_mean(str(plain[key]), allowed, f"use {one_of(allowed)}")
            faults.append(tree.at((key,)).fault("unknown-value", f"`{plain[key]}` is not {a_or_an(key)}", hint))
    if len(faults) > before:
        return None
    more = MappingProxyType({key: item for key, item in plain.items() if key not in _KEYS})
    return Figure(
        value,
        str(plain["unit"]),
        str(plain["source"]),
        plain["as_of"],
        plain["basis"],
        plain["quality"],
        " ".join(str(plain["why"]).split()),
        more,
        tree.file,
        tree.line,
    )


def figures(tree: Tree, what: str, faults: list[Fault], *, blank: bool = False) -> Any:
    """Turn a tree into nested frozen mappings and tuples with a `Figure` wherever a `value` is written.

    Text and `null` stay as they are; a number without its source is a fault.
    """
    if tree.kind == "map":
        if any(tree.get(key) is not None for key in ("value", "unit", "as_of", "basis", "quality")):
            return figure(tree, what, faults, blank=blank)
        return MappingProxyType(
            {
                key.scalar: figures(value, f"`{key.scalar}` of {what}", faults, blank=blank)
                for key, value in tree.entries
            }
        )
    if tree.kind == "list":
        return tuple(figures(item, what, faults, blank=blank) for item in tree.items)
    if isinstance(tree.scalar, int | float):
        hint = "write `{value: ..., unit: ..., source: ..., as_of: ..., basis: ..., quality: ..., why: ...}`"
        faults.append(tree.fault("bare-number", f"{what} is a number without its source", hint))
    return tree.scalar


def walk(content: Any) -> Iterator[Figure]:
    """Every figure in what `figures` gave."""
    if isinstance(content, Figure):
        yield content
    elif isinstance(content, Mapping):
        for item in content.values():
            yield from walk(item)
    elif isinstance(content, tuple):
        for item in content:
            yield from walk(item)


def sources(tree: Tree, faults: list[Fault]) -> Mapping[str, Source]:
    """Sources of a sources file, by id."""
    required, optional = ("title", "publisher", "licence", "retrieved"), ("date", "url", "note")
    found: dict[str, Source] = {}
    for key, record in tree.entries:
        plain = record.plain() if record.kind == "map" else {}
        missing = [name for name in required if name not in plain]
        unknown = [name for name in plain if name not in required + optional]
        if missing or unknown:
            message = (
                f"source `{key.scalar}` lacks {one_of(missing)}"
                if missing
                else f"`{unknown[0]}` is not a key of a source"
            )
            hint = did_you_mean(str(unknown[0]), required + optional) if unknown else None
            faults.append(key.fault("missing-key" if missing else "unknown-key", message, hint))
            continue
        if type(plain["retrieved"]) is not date:
            place = record.at(("retrieved",))
            faults.append(place.fault("bad-date", "`retrieved` is a full date", "write 2026-11-21"))
            continue
        name = str(key.scalar)
        words = {word: str(plain[word]) for word in optional if word in plain}
        found[name] = Source(
            name,
            str(plain["title"]),
            str(plain["publisher"]),
            str(plain["licence"]),
            plain["retrieved"],
            **words,
        )
    return MappingProxyType(found)


def check_citation(
    citation: str, known: Mapping[str, Source], file: str, line: int | None, faults: list[Fault]
) -> None:
    """Add a fault for each source that `citation` names and `known` has not."""
    for part in citation.split(";"):
        words = part.removeprefix(" ").removeprefix("derived, ").split()
        if words and words[0].rstrip(",") not in known:
            name = words[0].rstrip(",")
            faults.append(
                Fault(
                    "unknown-source",
                    f"`{name}` is not a source",
                    file,
                    line,
                    None,
                    did_you_mean(name, known, "add it to `sources.yaml`; parts of a citation end with `;`"),
                )
            )
