"""What makes two runs the same question: its hash, and the versions behind it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from capacity_sim import __version__

PACKAGE = Path(__file__).parent.parent
#: what a result depends on besides data and scenario: the rules of the model and the rows they become
_RULES = (
    "calendars.py",
    "series.py",
    "streams.py",
    "parameters.py",
    "scenario/effects.py",
    "scenario/model.py",
    "scenario/rollout.py",
    "catalogue",
    "model",
    "runs/design.py",
    "runs/tidy.py",
    "runs/schema.py",
)
#: where a value was written down, which is no part of the value
_PLACES = frozenset({"file", "line", "column", "origin", "path_on_disk", "folder"})
_LIBRARIES = ("numpy", "numba", "pandas", "pyarrow")


def digest(question: Mapping[str, Any]) -> str:
    """Hash of a question: the same for the same question, whatever the order of its keys.

    Examples
    --------
    >>> digest({"seed": 1, "reps": 2}) == digest({"reps": 2, "seed": 1})
    True
    """
    text = json.dumps(question, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def text_hash(text: str) -> str:
    """Hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def model_version() -> str:
    """Version of the rules: changes with any line of the model, so that no older run passes for a new one."""
    found = hashlib.sha256()
    for name in _RULES:
        place = PACKAGE / name
        files = [place] if place.is_file() else sorted(place.rglob("*.py")) + sorted(place.rglob("*.yaml"))
        for file in files:
            found.update(file.relative_to(PACKAGE).as_posix().encode())
            found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of the package, its rules, Python and the libraries behind the numbers."""
    libraries = {name: version(name) for name in _LIBRARIES}
    return {
        "capacity_sim": __version__,
        "model": model_version(),
        "python": platform.python_version(),
        **libraries,
    }


def source_line(version: str, data: str, when: object, own_words: str) -> str:
    """What figures rest on, for the foot of a table or a chart; own data are named there.

    Examples
    --------
    >>> source_line("0.1.0", "demo", "2024-03-31", "Own data (ours).")
    'Capacity Sim 0.1.0 on the data set demo, as at 2024-03-31. Own data (ours)'
    """
    said = f"Capacity Sim {version} on the data set {data}, as at {when}"
    return f"{said}. {own_words.rstrip('.')}" if own_words else said


def content_hash(value: object) -> str:
    """Hash of data by what it says: values, names and order, but not the files it was read from."""
    found = hashlib.sha256()
    for part in _parts(value):
        found.update(part)
    return found.hexdigest()


def _parts(value: object) -> Iterator[bytes]:
    if value is None or isinstance(value, (str, bool, int, float, date)):
        yield f"{type(value).__name__}:{value!r};".encode()
    elif isinstance(value, np.generic):
        yield from _parts(value.item())
    elif isinstance(value, np.ndarray):
        yield f"array:{value.dtype.str}:{value.shape};".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield f"{type(value).__name__}(".encode()
        yield from _pairs((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
    elif isinstance(value, Mapping):
        yield b"{"
        yield from _pairs(
            sorted(((repr(key), item) for key, item in value.items()), key=lambda pair: pair[0])
        )
    elif isinstance(value, (set, frozenset)):
        yield from _parts(sorted(value, key=repr))
    elif isinstance(value, Iterable):
        yield b"["
        for item in value:
            yield from _parts(item)
        yield b"]"
    elif isinstance(value, Path):
        yield b"path;"
    else:
        message = f"a {type(value).__name__} has no content to hash"
        raise TypeError(message)


def _pairs(pairs: Iterable[tuple[str, object]]) -> Iterator[bytes]:
    for name, item in pairs:
        if name.strip("'") not in _PLACES:
            yield f"{name}=".encode()
            yield from _parts(item)
    yield b")"
