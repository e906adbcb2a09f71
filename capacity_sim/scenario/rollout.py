"""How surely and how fast a part comes: strength, slip and phase-in of every change that one file writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import PlainValidator, model_validator

from capacity_sim.calendars import add_months
from capacity_sim.catalogue.checked import Basis, FamilyWord, Quality, Record, Text, a_name
from capacity_sim.errors import Refused, did_you_mean, one_of
from capacity_sim.series import Quantity, quantity

#: keys of a rollout, the ends of the names of their readings, and the number at which each does nothing
KEYS = ("strength", "slip_months", "months")
INPUTS = {"strength": "strength", "slip_months": "slip", "months": "rollout"}
#: keys of one number of a rollout that has a range
_INSIDE = ("value", "range", "group", "correlation")
_NOTHING = {"strength": 1.0, "slip_months": 0.0, "months": 0.0}


class Rollout(Record):
    """A rollout as a file writes it: each number alone, or with a range."""

    strength: Any = None
    slip_months: Any = None
    months: Any = None
    family: FamilyWord | None = None
    source: Text
    basis: Basis
    quality: Quality
    why: Text

    @cached_property
    def spreads(self) -> dict[str, Quantity]:
        """The numbers that are given, by key, with their ranges."""
        return {key: self._spread(key) for key in KEYS if getattr(self, key) is not None}

    def _spread(self, key: str) -> Quantity:
        written = getattr(self, key)
        inside = written if isinstance(written, Mapping) else {"value": written}
        for name in inside:
            if name not in _INSIDE:
                hint = did_you_mean(str(name), _INSIDE, f"the keys are {one_of(_INSIDE).replace(' or ', ' and ')}")
                raise Refused((key, name), "unknown-key", f"`{name}` is not a key of `{key}`", hint)
        if "value" not in inside:
            raise Refused((key,), "missing-key", f"`{key}` lacks `value`", "add `value:`")
        if isinstance(inside["value"], Mapping):
            raise Refused((key, "value"), "not-a-number", f"`{key}` takes one number", "write digits")
        try:
            family = self.family if "range" in inside else None
            found = quantity(inside["value"], inside.get("range"), family, *self._together(inside))
        except Refused as problem:
            if problem.at == ("family",):
                raise
            at = problem.at if isinstance(written, Mapping) else ()
            problem.at = (key, *(at or (("value",) if isinstance(written, Mapping) else ())))
            raise
        if min(found.numbers()) < 0:
            message = f"`{key}` is {min(found.numbers()):g}, and below 0 it has no meaning"
            raise Refused((key,), "not-a-number", message, f"{_NOTHING[key]:g} is as written")
        return found

    def _together(self, inside: Mapping[str, Any]) -> tuple[str | None, object]:
        """Group and correlation of a number, as written."""
        group = inside.get("group")
        try:
            return (None if group is None else a_name(group)), inside.get("correlation")
        except Refused as problem:
            problem.at = ("group",)
            raise

    @model_validator(mode="after")
    def _does_something(self) -> Rollout:
        if not self.spreads:
            raise Refused((), "no-rollout", "the rollout says nothing", f"write {one_of(KEYS)}")
        for key, spread in self.spreads.items():
            if not spread.uncertain and spread.amounts[0] == _NOTHING[key]:
                message = f"`{key}: {spread.amounts[0]:g}` does nothing"
                raise Refused((key,), "no-rollout", message, "give it a range, or leave it out")
        return self


def _ids(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise Refused((), "not-a-list", "`changes` is a list of ids of changes", "write `changes: [some.change]`")


class SavedRollout(Rollout):
    """A rollout in a saved scenario, with the changes that it acts on."""

    changes: Annotated[tuple[str, ...], PlainValidator(_ids)]


@dataclass(frozen=True)
class Rolled:
    """A rollout, and the scenario whose file writes it, after which its readings are named.

    Parameters
    ----------
    of : str
        Name of the scenario.
    written : Rollout
        As the file writes it.
    """

    of: str
    written: Rollout

    def spread(self, key: str) -> Quantity | None:
        """Number of a key with its range, or None when the file does not say."""
        return self.written.spreads.get(key)

    def input_id(self, key: str) -> str:
        """Name of the reading of a key, such as ``reset:slip``."""
        return f"{self.of}:{INPUTS[key]}"

    def read(self, key: str, draw: Mapping[str, float] | None) -> float | None:
        """Number of a key at its reading in a draw, its central value without one; None when it is not given."""
        spread = self.spread(key)
        if spread is None:
            return None
        return spread.read(None if draw is None else draw.get(self.input_id(key)))[0]


def months_later(day: dt.date, months: float) -> dt.date:
    """Date some months later; a part of a month counts by its share of the days of that month.

    Examples
    --------
    >>> months_later(dt.date(2025, 3, 1), 1.5)
    datetime.date(2025, 4, 16)
    """
    whole = int(months)
    first = add_months(day, whole)
    if months == whole:
        return first
    return first + dt.timedelta(days=round((months - whole) * (add_months(day, whole + 1) - first).days))
