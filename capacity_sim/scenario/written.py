"""What a scenario file may say: its header, sources, changes and adjustments as frozen records."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, PlainValidator, ValidationInfo, model_validator

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
    one_word,
)
from capacity_sim.errors import Refused, did_you_mean, one_of
from capacity_sim.series import OF_RANGES, Quantity, Verb, quantity

VERBS: tuple[Verb, ...] = ("set", "scale", "add")
KINDS = ("baseline", "event", "part", "programme", "combination", "measure", "stress")
STATUSES = ("in_force", "announced", "proposed", "hypothetical")


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
    raise Refused((), "not-a-list", "`extends` is a list of names of scenarios", "write `extends: [baseline]`")


def _others(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return tuple(dict.fromkeys(value))
    hint = "write `instead_of: [reset]`"
    raise Refused((), "not-a-list", "`instead_of` is a list of names of scenarios", hint)


def _at_least_none(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise Refused((), "not-a-number", f"`{value}` is not a number of 0 or more", "0 is none, 1 is as written")


def _later(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        if value > 0:
            return value
        hint = "a delay only moves later; to bring a change forward, drop it and write it anew"
        raise Refused((), "not-a-number", f"`{value}` is not a number of months above 0", hint)
    raise Refused((), "not-a-number", f"`{value}` is not a whole number of months", "write digits alone")


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
    as_of: FullDate | None = None
    review_by: FullDate
    instead_of: Annotated[tuple[str, ...], PlainValidator(_others)] = ()
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
    family: FamilyWord | None = None
    group: Name | None = None
    correlation: Any = None
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
        return quantity(getattr(self, self.verb), self.range, self.family, self.group, self.correlation)

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
            amount = self.quantity
        except Refused as problem:
            if not problem.at or problem.at[0] not in OF_RANGES:
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
    """An adjustment of a change, by its id, or of every change that a scenario of the lineage brings."""

    id: Name | None = None
    of: Name | None = None
    delay_months: Annotated[int | None, PlainValidator(_later)] = None
    strength: Annotated[float | None, PlainValidator(_at_least_none)] = None
    drop: Switch | None = None
    source: Text
    why: Text

    @property
    def subject(self) -> str:
        """The change or the scenario that it adjusts."""
        return self.id or self.of or ""

    @property
    def as_written(self) -> bool:
        """Whether it keeps what it adjusts as its own file says."""
        return self.strength == 1 and self.delay_months is None

    def on(self, change: WrittenChange, dated: bool, rule: bool = False) -> Adjust | None:
        """What an adjustment of a whole part makes of one of its changes; None when it can do nothing there.

        Parameters
        ----------
        change : WrittenChange
            A change of the part.
        dated : bool
            Whether it has dates that can be delayed.
        rule : bool
            Whether it is a rule, which no strength weakens.
        """
        delay = self.delay_months if dated else None
        strength = None if rule and self.weakens else self.strength
        if delay is None and strength is None and self.drop is None:
            return None
        return self.model_copy(update={"id": change.id, "of": None, "delay_months": delay, "strength": strength})

    @property
    def weakens(self) -> bool:
        """Whether its strength is neither none nor as written."""
        return self.strength not in (None, 0, 1)

    @model_validator(mode="after")
    def _names_one(self) -> Adjust:
        if self.id is not None and self.of is not None:
            message = "an adjustment names a change by `id`, or by `of` the scenario that brings it, not both"
            raise Refused(("of",), "id-and-of", message, "make an adjustment of each")
        if self.id is None and self.of is None:
            hint = "write `id:` of a change, or `of:` a parent to adjust all that it brings"
            raise Refused((), "missing-key", "an adjustment lacks `id`", hint)
        return self

    @model_validator(mode="after")
    def _does_something(self) -> Adjust:
        others = [key for key in ("delay_months", "strength") if getattr(self, key) is not None]
        if self.drop is False:
            raise Refused(("drop",), "no-adjustment", "`drop: false` does nothing", "remove it")
        if self.drop and others:
            message = f"`{self.subject}` is dropped, so {one_of(others)} has nothing to act on"
            raise Refused((others[0],), "no-adjustment", message, "remove one of the two")
        if not self.drop and not others:
            hint = "write `delay_months:`, `strength:` or `drop: true`"
            raise Refused((), "no-adjustment", f"the adjustment of `{self.subject}` does nothing", hint)
        return self
