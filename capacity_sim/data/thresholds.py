"""Thresholds: levels of an output at which a plan is amber or red, who acts then, and a contingency that starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, model_validator

from capacity_sim.catalogue import load
from capacity_sim.catalogue.checked import Name, Number, Quality, Record, Text, checked, one_word
from capacity_sim.data.alone import check_source, opened, source_names, title_of
from capacity_sim.errors import DataError, Fault, Refused, did_you_mean

SHIPPED = Path(__file__).with_name("thresholds.yaml")
PARTS = ("title", "sources", "thresholds")
_WHOLE = "a file of thresholds"
Level = Literal["amber", "red"]
LEVELS: tuple[Level, ...] = ("amber", "red")


def _output(value: object) -> str:
    outputs = load().outputs
    if isinstance(value, str) and value in outputs:
        return value
    hint = did_you_mean(str(value), outputs, "`capacity-sim list outputs` has them all")
    raise Refused((), "unknown-output", f"no output is called `{value}`", hint)


def _months(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Refused((), "not-a-number", f"`{value}` is not a whole number of months", "write digits alone")


Output = Annotated[str, PlainValidator(_output)]
Months = Annotated[int, PlainValidator(_months)]


class Contingency(Record):
    """A scenario that starts when a threshold fires, plus a lag."""

    scenario: Text
    at: Annotated[str, PlainValidator(one_word("level", *LEVELS))] = "red"
    lag_months: Months


class Threshold(Record):
    """Levels of an output, how long they must last, who acts and how.

    Notes
    -----
    With `per` the output is taken as a share of another, in per cent. `dwell_months` is how many months in a row count.
    """

    name: Name
    metric: Output
    per: Output | None = None
    area: Annotated[str | None, PlainValidator(one_word("area", *load().dimensions["area"]))] = None
    grade: Annotated[str | None, PlainValidator(one_word("grade", *load().dimensions["grade"]))] = None
    side: Annotated[str, PlainValidator(one_word("side", "above", "below"))]
    amber: Number
    red: Number
    dwell_months: Months = 1
    owner: Text
    action: Text
    contingency: Any = None
    source: Text
    quality: Quality
    why: Text

    @model_validator(mode="after")
    def _in_order(self) -> Threshold:
        if (self.red < self.amber) if self.side == "above" else (self.red > self.amber):
            message = f"red at {self.red:g} comes before amber at {self.amber:g}, and the side is `{self.side}`"
            raise Refused(("red",), "levels-out-of-order", message, "swap them, or the side")
        if self.dwell_months < 1:
            raise Refused(("dwell_months",), "not-a-number", "`dwell_months` is less than 1", "1 is the month itself")
        return self

    def level(self, name: Level) -> float:
        """Its amber or red level."""
        return self.red if name == "red" else self.amber


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of a file.

    Parameters
    ----------
    title, file : str
        What they are, and where they are written.
    each : tuple of Threshold
        Them.
    contingencies : mapping of name to Contingency
        What starts when one fires.
    places : mapping of name to (line, column)
        Where each is written.
    """

    title: str
    file: str
    each: tuple[Threshold, ...]
    contingencies: dict[str, Contingency]
    places: dict[str, tuple[int, int]]


class _Source(Record):
    title: Text
    publisher: Text | None = None
    url: Text | None = None
    date: Any = None
    retrieved: Any = None
    note: Text | None = None


def read_thresholds(path: Path | None = None) -> Thresholds:
    """Thresholds of a file; the shipped ones by default.

    Parameters
    ----------
    path : Path, optional
        The file.

    Raises
    ------
    DataError
        With every fault of the file.

    Examples
    --------
    >>> [one.name for one in read_thresholds().each]
    ['sentence-management-gap', 'officers-gap', 'caseload']
    """
    faults: list[Fault] = []
    tree = opened(path or SHIPPED, PARTS, _WHOLE, faults)
    title = title_of(tree, _WHOLE, faults)
    sources = source_names(tree, _Source, _WHOLE, "name them", faults)
    listed = tree.get("thresholds")
    if listed is None or listed.kind != "list" or not listed.items:
        faults.append((listed or tree).fault("not-a-list", "`thresholds` is a list", "start each with `- name:`"))
    each: dict[str, Threshold] = {}
    acts: dict[str, Contingency] = {}
    places: dict[str, tuple[int, int]] = {}
    for item in listed.items if listed is not None else ():
        one = checked(Threshold, item, "a threshold", faults)
        if one is None:
            continue
        check_source(one.source.split()[0].rstrip(";"), item, sources, faults)
        if one.name in each:
            faults.append(item.fault("duplicate-name", f"`{one.name}` is written twice", "keep one of the two"))
        each[one.name] = one
        places[one.name] = (item.line, item.column)
        if one.contingency is not None:
            act = checked(Contingency, item.at(("contingency",)), "a contingency", faults)
            if act is not None:
                acts[one.name] = act
    if faults:
        raise DataError(sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0)))
    return Thresholds(title, tree.file, tuple(each.values()), acts, places)
