"""What a scenario file may say, and what a scenario is once it is resolved: frozen records throughout."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, cast

from pydantic import Field, PlainValidator, ValidationInfo, model_validator

from capacity_sim.calendars import add_months
from capacity_sim.catalogue.checked import (
    Basis,
    Cells,
    FamilyWord,
    FullDate,
    Name,
    ParameterPath,
    Quality,
    Record,
    Switch,
    Text,
    WholeNumber,
    one_word,
)
from capacity_sim.errors import Fault, Refused, did_you_mean, one_of
from capacity_sim.series import Family, Quantity, Verb, quantity

#: last day of a run when nothing else is asked
DEFAULT_END = dt.date(2029, 3, 31)

#: timing basis of headline tables when nothing else is asked
DEFAULT_TIMING_BASIS = "policy_adjusted"

VERBS: tuple[Verb, ...] = ("set", "scale", "add")
KINDS = ("baseline", "measure", "stress")
STATUSES = ("in_force", "announced", "proposed", "hypothetical")
_DAYS_A_MONTH = 365.25 / 12


def _basis_of_timing(value: object, info: ValidationInfo) -> str:
    catalogue = info.context.get("catalogue") if info.context else None
    values = catalogue.dimensions.get("basis", ()) if catalogue is not None else ()
    if isinstance(value, str) and (catalogue is None or value in values):
        return value
    hint = did_you_mean(str(value), values) or f"use {one_of(values)}"
    raise Refused((), "unknown-word", f"`{value}` is not a timing basis", hint)


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
        return tuple(" ".join(item.split()) for item in value)
    raise Refused(
        (), "not-a-list", "this is a list of sentences", "start each with `- `; quote one that holds `: `"
    )


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        if len(set(value)) == len(value):
            return tuple(value)
        raise Refused((), "duplicate-parent", "a parent is named twice", "keep one of the two")
    raise Refused(
        (), "not-a-list", "`extends` is a list of names of scenarios", "write `extends: [baseline]`"
    )


def _at_least_none(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise Refused((), "not-a-number", f"`{value}` is not a number of 0 or more", "0 is none, 1 is as written")


def _months(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return float(value)
    raise Refused((), "not-a-number", f"`{value}` is not a number of months above 0", "leave it out for none")


Level = Annotated[str, PlainValidator(one_word("level", "green", "amber", "red"))]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts)]


class Source(Record):
    """Where a change comes from."""

    title: Text
    publisher: Text | None = None
    url: Text | None = None
    date: FullDate | None = None
    retrieved: FullDate | None = None
    note: Text | None = None


class Choices(Record):
    """Choices that are not parameters: the basis of headline tables and the last day."""

    timing_basis: Annotated[str | None, PlainValidator(_basis_of_timing)] = None
    horizon: FullDate | None = None


class Header(Record):
    """The top of a scenario file: everything but its sources, changes and adjustments."""

    name: Name
    title: Text
    extends: Annotated[tuple[str, ...], PlainValidator(_names)] = ()
    kind: Annotated[str, PlainValidator(one_word("kind of scenario", *KINDS))]
    status: Annotated[str | None, PlainValidator(one_word("status", *STATUSES))] = None
    summary: Text
    question: Text | None = None
    review_by: FullDate
    data: Text | None = None
    not_modelled: Texts = ()


class WrittenChange(Record):
    """A change as a file writes it."""

    id: Name
    path: ParameterPath
    where: Cells = Field(default_factory=dict)
    set: Any = None
    scale: Any = None
    add: Any = None
    from_: FullDate | None = Field(default=None, alias="from")
    to: FullDate | None = None
    phase_in_months: Annotated[float | None, PlainValidator(_months)] = None
    range: Any = None
    family: FamilyWord = "uniform"
    source: Text
    basis: Basis
    quality: Quality
    impact: Level
    why: Text

    @property
    def verb(self) -> Verb:
        """What it does: set, scale or add."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @cached_property
    def quantity(self) -> Quantity:
        """The amount, or dated amounts, with the range."""
        return quantity(getattr(self, self.verb), self.range, cast("Family", self.family))

    @model_validator(mode="after")
    def _fits_together(self) -> WrittenChange:
        verbs = [verb for verb in VERBS if getattr(self, verb) is not None]
        if not verbs:
            hint = "write `set:` a value, `scale:` a factor or `add:` an amount"
            raise Refused((), "no-verb", f"`{self.id}` changes nothing", hint)
        if len(verbs) > 1:
            message = f"`{self.id}` has {len(verbs)} verbs, {one_of(verbs).replace(' or ', ' and ')}"
            raise Refused((verbs[1],), "two-verbs", message, "make a change of each")
        verb = verbs[0]
        try:
            amount = quantity(getattr(self, verb), self.range, cast("Family", self.family))
        except Refused as problem:
            if not problem.at or problem.at[0] != "range":
                problem.at = (verb, *problem.at)
            raise
        if amount.dates and verb != "set":
            raise Refused((verb,), "dated-verb", f"`{verb}` takes one number", "make a change for each date")
        if amount.dates and self.from_ is not None:
            message = "dated values have their own first day, so `from` says it twice"
            raise Refused(("from",), "two-starts", message, "remove `from`")
        if amount.dates and self.phase_in_months is not None:
            message = "dated values are not phased in"
            hint = "write one value with `from`, or the dated values on the way"
            raise Refused(("phase_in_months",), "phased-dates", message, hint)
        first = amount.dates[0] if amount.dates else self.from_
        if self.to is not None and first is not None and self.to < first:
            message = f"this change ends on {self.to}, before it starts on {first}"
            raise Refused(("to",), "ends-early", message, "correct one of the two dates")
        if first is None and (self.to is not None or self.phase_in_months is not None):
            key = "to" if self.to is not None else "phase_in_months"
            raise Refused((key,), "missing-from", f"`{key}` needs a first day", "add `from:`")
        return self


class Adjust(Record):
    """An adjustment of a change, by its id."""

    id: Name
    delay_months: WholeNumber | None = None
    strength: Annotated[float | None, PlainValidator(_at_least_none)] = None
    drop: Switch | None = None
    source: Text
    why: Text

    @model_validator(mode="after")
    def _does_something(self) -> Adjust:
        others = [key for key in ("delay_months", "strength") if getattr(self, key) is not None]
        if self.drop is False:
            raise Refused(("drop",), "no-adjustment", "`drop: false` does nothing", "remove it")
        if self.drop and others:
            message = f"`{self.id}` is dropped, so {one_of(others)} has nothing to act on"
            raise Refused((others[0],), "no-adjustment", message, "remove one of the two")
        if not self.drop and not others:
            hint = "write `delay_months:`, `strength:` or `drop: true`"
            raise Refused((), "no-adjustment", f"the adjustment of `{self.id}` does nothing", hint)
        return self


@dataclass(frozen=True, slots=True)
class Origin:
    """The scenario and the place in which something is written."""

    scenario: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """The place in words."""
        return (
            f"{self.file}:{self.line}" if self.file is not None and self.line is not None else self.scenario
        )


@dataclass(frozen=True)
class Change:
    """A change in force: as it is written, with what adjustments make of it.

    Parameters
    ----------
    written : WrittenChange
        As a file writes it.
    origin : Origin
        Where.
    delay_months : int
        Months that an adjustment moves all its dates by.
    strength : float
        0 none, 1 as written.
    adjusted : Adjust, optional
        The adjustment.
    """

    written: WrittenChange
    origin: Origin = field(compare=False)
    delay_months: int = 0
    strength: float = 1.0
    adjusted: Adjust | None = None

    @property
    def id(self) -> str:
        """Its name, and the name of its range as an uncertain input."""
        return self.written.id

    @property
    def path(self) -> str:
        """The parameter."""
        return self.written.path

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The cells; empty for all."""
        return self.written.where

    @property
    def verb(self) -> Verb:
        """What it does: set, scale or add."""
        return self.written.verb

    @property
    def quantity(self) -> Quantity:
        """The amount with its range; `dates` gives the first days of a dated one, adjustments included."""
        return self.written.quantity

    @property
    def source(self) -> str:
        """Citations: ids of sources, each with its paragraph."""
        return self.written.source

    @property
    def basis(self) -> str:
        """How it is known."""
        return self.written.basis

    @property
    def quality(self) -> str:
        """How good it is."""
        return self.written.quality

    @property
    def why(self) -> str:
        """The reason for it."""
        return self.written.why

    @property
    def file(self) -> str | None:
        """File in which it is written."""
        return self.origin.file

    @property
    def line(self) -> int | None:
        """Line in which it is written."""
        return self.origin.line

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """First day of each amount, adjustments included; empty when it holds for the whole run."""
        written = self.written.quantity.dates or ((self.written.from_,) if self.written.from_ else ())
        return tuple(add_months(day, self.delay_months) for day in written)

    @property
    def start(self) -> dt.date | None:
        """First day, adjustments included; None when it holds for the whole run."""
        return self.dates[0] if self.dates else None

    @property
    def end(self) -> dt.date | None:
        """Last day, adjustments included; None when it stays."""
        return add_months(self.written.to, self.delay_months) if self.written.to else None

    @property
    def ramp_days(self) -> int:
        """Days from nothing to the full effect; part of a month counts by its share of a mean month."""
        months = self.written.phase_in_months
        if months is None or self.start is None:
            return 0
        whole = add_months(self.start, int(months))
        return (whole - self.start).days + round((months - int(months)) * _DAYS_A_MONTH)

    def content(self) -> dict[str, Any]:
        """What it does, as plain data: no words and no places."""
        amount = self.quantity
        return {
            "id": self.id,
            "path": self.path,
            "where": {dim: list(values) for dim, values in self.where.items()},
            "verb": self.verb,
            "amounts": list(amount.amounts),
            "dates": [day.isoformat() for day in self.dates],
            "to": self.end.isoformat() if self.end else None,
            "ramp_days": self.ramp_days,
            "range": [list(amount.lows), list(amount.highs)],
            "family": amount.family,
            "strength": self.strength,
            "source": self.source,
            "basis": self.written.basis,
            "quality": self.written.quality,
        }


@dataclass(frozen=True)
class Scenario:
    """A resolved scenario: its parents and its own changes as one list without conflicts.

    Parameters
    ----------
    name, title, kind, status, summary, question, review_by :
        As the file says.
    data : str
        Name of the data set, or its folder.
    choices : mapping
        `timing_basis` and `horizon`.
    changes : tuple of Change
        Every change in force, by id.
    sources : mapping of id to Source
        Where they come from.
    not_modelled : tuple of str
        What it and its parents leave out.
    extends : tuple of str
        Its parents.
    adjusts : tuple of Adjust
        What its own file adjusts.
    file : str, optional
        Where it is written.
    trace : mapping of id to str
        For a saved scenario, where each change was first written.
    notes : tuple of Fault
        Notes and warnings that stop nothing.
    """

    name: str
    title: str
    kind: Literal["baseline", "measure", "stress"] | str
    status: str | None
    summary: str
    question: str | None
    review_by: dt.date
    data: str
    choices: Mapping[str, Any]
    changes: tuple[Change, ...]
    sources: Mapping[str, Source]
    not_modelled: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    adjusts: tuple[Adjust, ...] = ()
    file: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Fault, ...] = field(default=(), compare=False)

    @property
    def timing_basis(self) -> str:
        """Timing basis of headline tables."""
        return str(self.choices.get("timing_basis") or DEFAULT_TIMING_BASIS)

    @property
    def horizon(self) -> dt.date:
        """Last day of a run when nothing else is asked."""
        return cast("dt.date", self.choices.get("horizon") or DEFAULT_END)

    @property
    def own_changes(self) -> tuple[Change, ...]:
        """Changes that the scenario's own file writes."""
        return tuple(change for change in self.changes if change.origin.scenario == self.name)

    @cached_property
    def hash_text(self) -> str:
        """Canonical text of all that a result depends on; no names, words or places."""
        content = {
            "data": self.data,
            "timing_basis": self.timing_basis,
            "horizon": self.horizon.isoformat(),
            "changes": [change.content() for change in self.changes if change.strength != 0],
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False)

    @property
    def content_hash(self) -> str:
        """Short hash of `hash_text`."""
        return hashlib.sha256(self.hash_text.encode()).hexdigest()[:8]
