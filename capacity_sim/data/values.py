"""Baseline values of parameters: entries with their sources, and the check that every cell has one value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from capacity_sim.catalogue import Catalogue, label, strict_yaml
from capacity_sim.catalogue.checked import (
    AsOf,
    Basis,
    Cells,
    FamilyWord,
    Name,
    ParameterPath,
    Quality,
    Record,
    Text,
    checked,
)
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import DataError, Fault, Refused
from capacity_sim.series import OF_RANGES, Family, Quantity, quantity


@dataclass(frozen=True, slots=True)
class BaselineValue:
    """A value of some cells of a parameter, with where it comes from.

    Parameters
    ----------
    path : str
        The parameter.
    where : mapping of str to tuple of str
        Its cells, by dimension; empty for all of them.
    quantity : Quantity
        The value or dated values, and the range.
    source, as_of, basis, quality, why : str
        Where it comes from, for when, how, how good it is, and the reason for it.
    file, line :
        Where it is written.
    """

    path: str
    where: Mapping[str, tuple[str, ...]]
    quantity: Quantity
    source: str
    as_of: str
    basis: str
    quality: str
    why: str
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def id(self) -> str:
        """Name of the value as an uncertain input: the path and its cells."""
        return label(self.path, self.where)

    @property
    def value(self) -> float | Mapping[dt.date, float]:
        """The number, or the dated numbers, as written."""
        numbers = self.quantity
        return dict(zip(numbers.dates, numbers.amounts, strict=True)) if numbers.dates else numbers.amounts[0]

    @property
    def family(self) -> Family:
        """How a reading spreads over the range."""
        return self.quantity.family


class _Entry(Record):
    """One entry as a file writes it."""

    path: ParameterPath
    where: Cells = Field(default_factory=dict)
    value: Any
    range: Any = None
    family: FamilyWord | None = None
    group: Name | None = None
    correlation: Any = None
    source: Text
    as_of: AsOf
    basis: Basis
    quality: Quality
    why: Text

    @model_validator(mode="after")
    def _value_and_range(self) -> _Entry:
        self.read()
        return self

    def read(self) -> Quantity:
        try:
            return quantity(self.value, self.range, self.family, self.group, self.correlation)
        except Refused as problem:
            if not problem.at or problem.at[0] not in OF_RANGES:
                problem.at = ("value", *problem.at)
            raise


def read_values(path: Path, catalogue: Catalogue) -> tuple[BaselineValue, ...]:
    """Baseline values of a file: a list of entries.

    Parameters
    ----------
    path : Path
        The file.
    catalogue : Catalogue
        The names and limits to hold it against.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    tree = strict_yaml.read(path)
    if tree.kind != "list":
        raise DataError(tree.fault("not-a-list", "values are a list of entries", "start each with `- path:`"))
    faults: list[Fault] = []
    values = []
    for item in tree.items:
        entry = checked(_Entry, item, "a value", faults, {"catalogue": catalogue})
        if entry is None:
            continue
        value = BaselineValue(
            entry.path, entry.where, entry.read(), entry.source, entry.as_of, entry.basis, entry.quality,
            entry.why, item.file, item.line,
        )  # fmt: skip
        found = _spec_faults(value, item, catalogue)
        faults.extend(found)
        if not found:
            values.append(value)
    if faults:
        raise DataError(faults)
    return tuple(values)


def _spec_faults(value: BaselineValue, item: Tree, catalogue: Catalogue) -> list[Fault]:
    """Faults of a value against its parameter: limits, whole numbers, dates where none can be."""
    spec = catalogue.parameters[value.path]
    place = item.get("value") or item
    low, high = spec.limits
    for one in value.quantity.numbers():
        if not low <= one <= high:
            message = f"{one:g} is outside the limits of `{value.path}`, {low:g} to {high:g}"
            return [place.fault("out-of-limits", message, "correct the value or its range")]
        if spec.kind == "integer" and one != round(one):
            return [place.fault("not-whole", f"`{value.path}` is a whole number, and {one:g} is not")]
    if value.quantity.dates and not spec.varies:
        message = f"`{value.path}` is fixed for the run and takes no dates"
        return [place.fault("fixed-parameter", message, "write one number")]
    return []


def check_coverage(values: Iterable[BaselineValue], catalogue: Catalogue, dataset: str = "") -> list[Fault]:
    """Faults of a set of values as a whole: cells without a value, and cells with two.

    Parameters
    ----------
    values : iterable of BaselineValue
        The values of a data set, in the order of its files.
    catalogue : Catalogue
        The parameters to cover.
    dataset : str
        What the data set is called, for the message.
    """
    faults = []
    owner = {path: np.full(catalogue.shape(path), -1, dtype=np.int64) for path in catalogue.parameters}
    listed = list(values)
    for number, value in enumerate(listed):
        cells, mask = owner[value.path], catalogue.mask(value.path, value.where)
        taken = cells[mask]
        if (taken >= 0).any():
            first = listed[int(taken[taken >= 0][0])]
            place = np.argwhere(mask & (cells >= 0))[0]
            name = label(value.path, catalogue.cell(value.path, [int(i) for i in place]))
            message = f"`{name}` has a value already, in {first.file}:{first.line}"
            hint = "name other cells in `where`, or remove one of the two"
            faults.append(Fault("overlap", message, value.file, value.line, 1, hint))
        cells[mask & (cells < 0)] = number
    for path, cells in owner.items():
        missing = np.argwhere(cells < 0)
        if len(missing):
            name = label(path, catalogue.cell(path, [int(i) for i in missing[0]]))
            lacks = "it has no value"
            if cells.size > 1:
                lacks = f"{len(missing)} of its {cells.size} cells have no value, such as `{name}`"
            hint = "add an entry to the values of the data set" + (f" `{dataset}`" if dataset else "")
            faults.append(Fault("not-covered", f"`{path}` is not covered: {lacks}", hint=hint))
    return faults
