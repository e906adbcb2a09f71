"""A worked example: one person whom a part touches, and what happens to them without it and with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo

from capacity_sim.catalogue.checked import FullDate, Record, Text, WholeNumber
from capacity_sim.errors import Refused, did_you_mean, one_of
from capacity_sim.series import number

#: what stands for a day that never comes
NEVER = "never"

#: flags that a person may carry beside those of the dimension `flag`: what their sentence asks of them
REQUIREMENTS = ("unpaid_work", "programme", "tag", "rehabilitation")


def _word(dim: str, value: object, info: ValidationInfo, at: tuple[object, ...] = ()) -> str:
    catalogue = info.context.get("catalogue") if info.context else None
    values = catalogue.dimensions.get(dim, ()) if catalogue is not None else ()
    if dim == "flag" and values:
        values = (*values, *REQUIREMENTS)
    if isinstance(value, str) and (not values or value in values):
        return value
    hint = did_you_mean(str(value), values) or (f"use {one_of(values)}" if values else None)
    raise Refused(at, "unknown-value", f"`{value}` is not a value of `{dim}`", hint)


def _start_type(value: object, info: ValidationInfo) -> str:
    return _word("start_type", value, info)


def _risk(value: object, info: ValidationInfo) -> str:
    return _word("risk", value, info)


def _flags(value: object, info: ValidationInfo) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise Refused((), "not-a-list", "`flags` is a list of names", "write `flags: [mappa]`, or leave it out")
    return tuple(_word("flag", one, info, (place,)) for place, one in enumerate(value))


def _key(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Refused((), "not-a-number", f"`{value}` is not a whole number of 0 or more", "write digits alone")


def _traced(value: object) -> dict[str, tuple[Any, Any]]:
    if not isinstance(value, Mapping) or not value:
        hint = "write `traced: {release: [2025-12-15, 2025-10-06]}`"
        raise Refused((), "not-a-mapping", "`traced` is a mapping of names to what happens without and with", hint)
    found: dict[str, tuple[Any, Any]] = {}
    for name, pair in value.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise Refused((name,), "not-a-list", f"`{name}` is not a list of two", "write `[without, with]`")
        for place, one in enumerate(pair):
            if isinstance(one, dt.date) or one == NEVER:
                continue
            try:
                number(one)
            except Refused:
                message = f"`{one}` is not a date, a number or `{NEVER}`"
                hint = "write a date as `2025-12-15`, without quotes"
                raise Refused((name, place), "bad-trace", message, hint) from None
        found[str(name)] = (pair[0], pair[1])
    return found


class Person(Record):
    """The person of a worked example: enough to start their clock."""

    key: Annotated[int, PlainValidator(_key)]
    start_type: Annotated[str, PlainValidator(_start_type)]
    start: FullDate
    length_days: WholeNumber
    risk: Annotated[str, PlainValidator(_risk)]
    flags: Annotated[tuple[str, ...], PlainValidator(_flags)] = ()


class Example(Record):
    """One person whom the part touches; `traced` has each thing without the part and with it."""

    words: Text
    person: Person
    traced: Annotated[dict[str, tuple[Any, Any]], PlainValidator(_traced)]
