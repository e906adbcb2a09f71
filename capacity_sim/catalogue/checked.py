"""Strict, frozen records of YAML files, and their faults in plain words with a place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, ValidationInfo

from capacity_sim.catalogue.names import Catalogue
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import Fault, Refused, a_or_an, did_you_mean, one_of
from capacity_sim.series import FAMILIES, Family, full_date, number


class Record(BaseModel):
    """A record of a file: unknown keys are refused and nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


R = TypeVar("R", bound=Record)


def _text(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return " ".join(value.split())
    raise Refused(
        (),
        "not-text",
        f"`{_shown(value)}` is not text",
        "write a few words, in quotes if they hold `: ` or `#`",
    )


def a_name(value: object) -> str:
    """Name as it is written; raises `Refused` when it is none."""
    text = str(value)
    plain = text.replace("-", "").replace("_", "").replace(".", "")
    if isinstance(value, str) and plain.isascii() and plain.isalnum() and text[0].isalnum():
        return text
    raise Refused((), "bad-name", f"`{_shown(value)}` is not a name", "use letters, digits, `-`, `_` and `.`")


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise Refused(
        (), "not-a-number", f"`{_shown(value)}` is not a whole number above 0", "write digits alone"
    )


def _where(value: object, info: ValidationInfo) -> dict[str, tuple[str, ...]]:
    """Cells in the catalogue's order of dimensions and values; unknown names are refused."""
    if not isinstance(value, Mapping) or not value:
        raise Refused(
            (), "bad-where", "`where` is a mapping of dimensions to values", "write `where: {grade: [PO]}`"
        )
    written: dict[str, tuple[str, ...]] = {}
    for dim, named in value.items():
        listed = list(named) if isinstance(named, list | tuple) else [named]
        if not listed or not all(isinstance(one, str) for one in listed):
            raise Refused(
                (dim,), "bad-where", f"`{dim}` takes names here", "write a name, or a list of names"
            )
        if len(set(listed)) < len(listed):
            raise Refused((dim,), "bad-where", f"`{dim}` names a value twice", "keep one of the two")
        written[str(dim)] = tuple(listed)
    catalogue, path = _context(info), str(info.data.get("path"))
    if catalogue is None or path not in catalogue.parameters:
        return written
    for fault in catalogue.where_faults(path, written):
        raise Refused(_guilty(fault, written), fault.code, fault.message, fault.hint)
    return {
        dim: tuple(sorted(written[dim], key=lambda one: catalogue.place(dim, one)))
        for dim in catalogue.parameters[path].dims
        if dim in written
    }


def _guilty(fault: Fault, written: Mapping[str, tuple[str, ...]]) -> tuple[object, ...]:
    for dim, values in written.items():
        if fault.code == "unknown-dimension" and fault.message.endswith(f"`{dim}`"):
            return (dim,)
        for place, value in enumerate(values):
            if fault.code == "unknown-value" and fault.message == f"`{value}` is not a value of `{dim}`":
                return (dim, place)
    return ()


def _path(value: object, info: ValidationInfo) -> str:
    catalogue = _context(info)
    if not isinstance(value, str) or (catalogue is not None and value not in catalogue.parameters):
        hint = catalogue.path_hint(str(value)) if catalogue is not None else None
        raise Refused((), "unknown-path", f"no parameter is called `{_shown(value)}`", hint)
    return value


def _context(info: ValidationInfo) -> Catalogue | None:
    return info.context.get("catalogue") if info.context else None


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Refused((), "not-a-switch", f"`{_shown(value)}` is not `true` or `false`")


def _as_of(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        full_date(value)
    return _text(value)


def one_word(kind: str, *words: str) -> Callable[[object], str]:
    """Make the check of one of a few words; `kind` is what a message calls it."""

    def check(value: object) -> str:
        if value in words:
            return str(value)
        hint = did_you_mean(str(value), words) or f"use {one_of(words)}"
        raise Refused((), "unknown-word", f"`{_shown(value)}` is not {a_or_an(kind)}", hint)

    return check


#: how a value is known, and how good it is
BASES = ("published", "derived", "calibrated", "assumed", "policy")
QUALITIES = ("green", "amber", "red")

#: faults of a key, not of its value
_OF_KEYS = ("unknown-dimension", "unknown-key", "two-verbs")

Text = Annotated[str, PlainValidator(_text)]
Name = Annotated[str, PlainValidator(a_name)]
Number = Annotated[float, PlainValidator(number)]
WholeNumber = Annotated[int, PlainValidator(_whole)]
Switch = Annotated[bool, PlainValidator(_flag)]
FullDate = Annotated[dt.date, PlainValidator(full_date)]
AsOf = Annotated[str, PlainValidator(_as_of)]
ParameterPath = Annotated[str, PlainValidator(_path)]
Basis = Annotated[str, PlainValidator(one_word("basis", *BASES))]
Quality = Annotated[str, PlainValidator(one_word("quality", *QUALITIES))]
FamilyWord = Annotated[Family, PlainValidator(one_word("family of readings", *FAMILIES))]
Cells = Annotated[dict[str, tuple[str, ...]], PlainValidator(_where)]


def checked(
    model: type[R],
    tree: Tree,
    kind: str,
    faults: list[Fault],
    context: Mapping[str, object] | None = None,
    also: tuple[str, ...] = (),
) -> R | None:
    """Record of a mapping, or None with its faults added to `faults`.

    Parameters
    ----------
    model : type of Record
        What the mapping must be.
    tree : Tree
        The mapping with its places.
    kind : str
        What a message calls it, such as ``a change``.
    faults : list of Fault
        Where faults are added, in the order of the file.
    context : mapping, optional
        `catalogue` to check names of parameters, dimensions and values.
    also : tuple of str
        Keys that are read elsewhere, for hints.
    """
    if tree.kind != "map":
        faults.append(
            tree.fault("not-a-mapping", f"{kind} is a mapping of keys to values", "write `key: value` lines")
        )
        return None
    try:
        return model.model_validate(tree.plain(), context=dict(context or {}))
    except ValidationError as problem:
        found = [
            _fault(error, keys_of(model) + also, tree, kind) for error in problem.errors(include_url=False)
        ]
        faults.extend(sorted(found, key=lambda fault: (fault.line or 0, fault.column or 0)))
        return None


def keys_of(model: type[Record]) -> tuple[str, ...]:
    """Keys of a record as they are written in a file."""
    return tuple(spec.alias or name for name, spec in model.model_fields.items())


def _fault(error: Any, keys: tuple[str, ...], tree: Tree, kind: str) -> Fault:
    loc = tuple(error["loc"])
    if error["type"] == "missing":
        return tree.fault("missing-key", f"{kind} lacks `{loc[-1]}`", f"add `{loc[-1]}:`")
    if error["type"] == "extra_forbidden":
        here = tree.key(loc[-1]) or tree
        return here.fault(
            "unknown-key",
            f"`{loc[-1]}` is not a key of {kind}",
            did_you_mean(str(loc[-1]), keys, f"the keys are {one_of(keys, most=30)}"),
        )
    refused = error.get("ctx", {}).get("error")
    if isinstance(refused, Refused):
        place = _place(tree, (*loc, *refused.at), refused.code in _OF_KEYS)
        return place.fault(refused.code, refused.message, refused.hint)
    where = tree.at(loc)
    return where.fault("wrong-type", f"`{loc[0]}` of {kind} is of the wrong kind: {error['msg'].lower()}")


def _place(tree: Tree, path: tuple[Any, ...], of_key: bool) -> Tree:
    """The place of a value, or of its key when the key itself is what is wrong."""
    above, last = tree.at(path[:-1]), path[-1] if path else None
    if above.kind == "map" and (of_key or isinstance(last, dt.date | int)):
        return above.key(last) or above
    return tree.at(path)


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:37] + "..."
