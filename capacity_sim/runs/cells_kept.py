"""Keeps of each run the cells of its last month, so that one run answers for any output, area and grade."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.runs.coalitions import cut
from capacity_sim.runs.lines import INSIDE
from capacity_sim.runs.tidy import tidy

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult

FORMAT = 1
FOLDER = "readings"
#: measure, area, grade and basis of a cell; an empty word where a measure has none
Name = tuple[str, str, str, str]


@dataclass(frozen=True)
class Cells:
    """Cells of one month of a run, over all regions that were simulated.

    Parameters
    ----------
    names : tuple of (measure, area, grade, basis)
        The cells; runs of a kind share one tuple.
    values : float array
        Value of each, in the unit of the measure.
    """

    names: tuple[Name, ...]
    values: npt.NDArray[np.float64]

    def __reduce__(self) -> tuple[Callable[..., Cells], tuple[tuple[Name, ...], npt.NDArray[np.float64]]]:
        """From another process they come with the names that are here already."""
        return _with_names, (self.names, self.values)

    def value(self, measure: str, area: str | None, grade: str | None, basis: str) -> float:
        """Value of a measure in an area and a grade, or in all of them (None); a ratio is the ratio of two sums.

        Parameters
        ----------
        measure : str
            Output of the catalogue.
        area, grade : str or None
            Area of work, and grade; trainees count under PSO, as published.
        basis : str
            Timing basis, for measures that are stated on one.

        Examples
        --------
        >>> names = (("gap_fte", "court", "PO", "original"), ("gap_fte", "court", "trainee", "original"))
        >>> Cells(names, np.array([3.0, 2.0])).value("gap_fte", "court", "PSO", "original")
        2.0
        """
        spec = load_catalogue().outputs[measure]
        if spec.numerator is not None and spec.denominator is not None:
            below = self.value(spec.denominator, area, grade, basis)
            factor = 100.0 if spec.unit == "per cent" else 1.0
            return factor * self.value(spec.numerator, area, grade, basis) / below if below else float("nan")
        return float(self.values[list(_places(self.names, measure, area, grade, basis))].sum())


@lru_cache(maxsize=4096)
def _places(
    names: tuple[Name, ...], measure: str, area: str | None, grade: str | None, basis: str
) -> tuple[int, ...]:
    """Places of the cells that add up to a value."""
    grades = None if grade is None else INSIDE.get(grade, (grade,))
    mine = [
        (place, name[3])
        for place, name in enumerate(names)
        if name[0] == measure
        and area in (None, name[1])
        and (grades is None or name[2] in grades)
    ]
    bases = {one for _, one in mine} - {""}
    return tuple(place for place, one in mine if one == (basis if bases else ""))


def cells(result: RunResult, draw: int = 0, rep: int = 0) -> Cells:
    """Cells of the last month of a replication."""
    months = len(result.months)
    rows = tidy(cut(result, months - 1, months), load_catalogue(), draw, rep).unify_dictionaries().to_pandas()
    keys = ["measure", "area", "grade", "basis"]
    sums = rows.groupby(keys, observed=True, dropna=False, sort=False)["value"].sum()
    found = {tuple(_word(part) for part in name): float(value) for name, value in sums.items()}
    return _made(found)


def _made(found: Mapping[tuple[str, ...], float]) -> Cells:
    names = tuple((name[0], name[1], name[2], name[3]) for name in sorted(found))
    return _with_names(names, np.array([found[name] for name in names], dtype=np.float64))


def _with_names(names: tuple[Name, ...], values: npt.NDArray[np.float64]) -> Cells:
    return Cells(_shared(names), values)


@lru_cache(maxsize=64)
def _shared(names: tuple[Name, ...]) -> tuple[Name, ...]:
    """The same names as one object, so that thousands of runs do not hold thousands of copies."""
    return names


def _word(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


@dataclass(frozen=True)
class KeepsCells:
    """Keeps cells, as text."""

    folder: str = FOLDER

    def of(self, result: RunResult, draw: int, rep: int) -> Cells:
        """Cells of a replication."""
        return cells(result, draw, rep)

    def to_json(self, found: Cells) -> dict[str, Any]:
        """Plain data of cells."""
        return {
            "format": FORMAT,
            "cells": {"|".join(name): float(value) for name, value in zip(found.names, found.values, strict=True)},
        }

    def from_json(self, content: Mapping[str, Any]) -> Cells:
        """Cells from plain data; raises ValueError when it is of another form."""
        if content["format"] != FORMAT:
            message = f"format {content['format']} is not {FORMAT}"
            raise ValueError(message)
        found: dict[tuple[str, ...], float] = {}
        for name, value in content["cells"].items():
            measure, area, grade, basis = name.split("|")
            found[measure, area, grade, basis] = float(value)
        return _made(found)
