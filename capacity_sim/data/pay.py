"""Pay and on-cost by grade, optimism bias and yearly costs of measures: the shipped file, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, model_validator

from capacity_sim.catalogue import load
from capacity_sim.catalogue.checked import AsOf, Basis, FullDate, Number, Quality, Record, Text, checked, one_word
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.alone import check_source, opened, source_names, title_of
from capacity_sim.errors import DataError, Fault, Refused, one_of
from capacity_sim.series import Quantity, quantity

SHIPPED = Path(__file__).with_name("pay.yaml")
PARTS = ("title", "sources", "salaries", "on_cost", "optimism_bias", "measures")
_WHOLE = "a pay file"


class Stated(Record):
    """A number with its range, and what makes it fit to use."""

    value: Number
    range: Any = None
    source: Text
    as_of: AsOf
    basis: Basis
    quality: Quality
    why: Text

    @property
    def spread(self) -> Quantity:
        """The number with its range."""
        return quantity(self.value, self.range)

    @model_validator(mode="after")
    def _at_least_none(self) -> Stated:
        try:
            least = min(quantity(self.value, self.range).numbers())
        except Refused as problem:
            problem.at = problem.at or ("range",)
            raise
        if least < 0:
            raise Refused(("value",), "not-a-number", f"`{least:g}` is below 0", "give 0 or more")
        return self


class Salary(Stated):
    """Pay of one grade."""

    grade: Annotated[str, PlainValidator(one_word("grade", *load().dimensions["grade"]))]


class MeasureCost(Stated):
    """Pounds a year that a part takes besides staff."""

    part: Text


class PaySource(Record):
    """Where a figure comes from."""

    title: Text
    publisher: Text | None = None
    url: Text | None = None
    date: FullDate | None = None
    retrieved: FullDate | None = None
    note: Text | None = None


@dataclass(frozen=True)
class PayFile:
    """Pay by grade with what goes with it.

    Parameters
    ----------
    title : str
        What it is.
    salaries : mapping of grade to Salary
        Pounds a year of one FTE.
    on_cost, optimism_bias : Stated
        Shares of salary, and of what measures are expected to free.
    measures : mapping of part to MeasureCost
        Pounds a year besides staff.
    file : str
        Where it is written.
    """

    title: str
    salaries: dict[str, Salary]
    on_cost: Stated
    optimism_bias: Stated
    measures: dict[str, MeasureCost]
    file: str

    @property
    def worst(self) -> str:
        """Worst quality of its pay."""
        found = {one.quality for one in (*self.salaries.values(), self.on_cost)}
        return next(quality for quality in ("red", "amber", "green") if quality in found)


def read_pay(path: Path | None = None) -> PayFile:
    """Pay of a file; the shipped one by default.

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
    >>> read_pay().salaries["PO"].spread.lows
    (35130.0,)
    """
    faults: list[Fault] = []
    tree = opened(path or SHIPPED, PARTS, _WHOLE, faults)
    title = title_of(tree, _WHOLE, faults)
    sources = source_names(tree, PaySource, _WHOLE, "say where figures come from", faults)
    salaries: dict[str, Salary] = {}
    for item in _items(tree, "salaries", faults):
        one = checked(Salary, item, "a salary", faults)
        if one is not None and one.grade in salaries:
            faults.append(item.fault("duplicate-grade", f"`{one.grade}` is written twice", "keep one of the two"))
        if one is not None:
            _cited(item, one, sources, faults)
            salaries[one.grade] = one
    lacking = [grade for grade in load().dimensions["grade"] if grade not in salaries]
    if lacking and tree.get("salaries") is not None and not faults:
        message = f"`salaries` lacks {one_of(lacking).replace(' or ', ' and ')}"
        faults.append(tree.at(("salaries",)).fault("missing-grade", message, "give every grade a salary"))
    shares = [_share(tree, name, sources, faults) for name in ("on_cost", "optimism_bias")]
    measures: dict[str, MeasureCost] = {}
    for item in _items(tree, "measures", faults, needed=False):
        cost = checked(MeasureCost, item, "a cost of a measure", faults)
        if cost is not None:
            _cited(item, cost, sources, faults)
            measures[cost.part] = cost
    on_cost, bias = shares
    if faults or on_cost is None or bias is None:
        raise DataError(faults)
    return PayFile(title, salaries, on_cost, bias, measures, tree.file)


def _items(tree: Tree, name: str, faults: list[Fault], needed: bool = True) -> tuple[Tree, ...]:
    listed = tree.get(name)
    if listed is None:
        if needed:
            faults.append(tree.fault("missing-key", f"{_WHOLE} lacks `{name}`", f"add `{name}:`"))
        return ()
    if listed.kind != "list":
        faults.append(listed.fault("not-a-list", f"`{name}` is a list", "start each with `- `"))
        return ()
    return listed.items


def _share(tree: Tree, name: str, sources: set[str], faults: list[Fault]) -> Stated | None:
    stated = tree.get(name)
    if stated is None:
        faults.append(tree.fault("missing-key", f"{_WHOLE} lacks `{name}`", "write `value: 0` for none"))
        return None
    found = checked(Stated, stated, f"`{name}`", faults)
    if found is None:
        return None
    _cited(stated, found, sources, faults)
    if name == "optimism_bias" and max(found.spread.numbers()) > 1:
        faults.append(stated.fault("out-of-limits", "`optimism_bias` is a share, at most 1", "write 0.1 for 10%"))
    return found


def _cited(place: Tree, one: Stated, sources: set[str], faults: list[Fault]) -> None:
    for citation in one.source.split(";"):
        check_source(citation.split()[0] if citation.split() else "", place, sources, faults)
