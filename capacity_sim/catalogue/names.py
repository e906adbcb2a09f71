"""The names of the model: parameters, activities and outputs, and the cells that a `where` names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from capacity_sim.errors import Fault, did_you_mean, one_of

Where = Mapping[str, str | tuple[str, ...]]
MaskArray = npt.NDArray[np.bool_]
#: columns of results that some outputs have and others have not; a type is a state or a kind of start
TOLD_BY = ("area", "grade", "type", "risk", "activity")


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What the catalogue says about a parameter.

    Parameters
    ----------
    path : str
        Its name, such as ``supervision.suspend.licence_from``.
    unit : str
        Unit of its values.
    dims : tuple of str
        Dimensions of its values, in order.
    limits : tuple of float
        Least and greatest value that makes sense.
    varies : bool
        Whether a value may change on a date; otherwise one value holds for the run.
    words : str
        What it means.
    kind : {"number", "integer"}
        Whether values must be whole.
    rule : bool
        Whether it says who, when or how, and not how many: no strength weakens it.
    shares_of_one : bool
        Whether its values over the last dimension add up to 1; readings of their ranges are scaled until they do.
    """

    path: str
    unit: str
    dims: tuple[str, ...]
    limits: tuple[float, float]
    varies: bool
    words: str
    kind: Literal["number", "integer"] = "number"
    rule: bool = False
    shares_of_one: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """A kind of work: what is done, for which area, in which queue; everything else is in `spec`."""

    id: str
    title: str
    area: str
    queue: str
    spec: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What the catalogue says about an output measure.

    Parameters
    ----------
    name : str
        Its name, such as ``required_fte``.
    unit : str
        Unit of its values.
    over_cells : {"sum", "ratio"}
        How it totals over regions, grades and the like.
    over_months : {"mean", "sum", "last", "ratio"}
        How it totals over months.
    words : str
        What it means.
    by : tuple of str
        Which of `TOLD_BY` its rows are told apart by; all rows have a month, region and unit.
    areas : tuple of str
        Areas of work in which it is counted; empty when it is of no area.
    numerator, denominator : str, optional
        The outputs whose ratio it is.
    """

    name: str
    unit: str
    over_cells: Literal["sum", "ratio"]
    over_months: Literal["mean", "sum", "last", "ratio"]
    words: str
    by: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    numerator: str | None = None
    denominator: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """All names of the model.

    Parameters
    ----------
    dimensions : mapping
        Values of each dimension in display order; `activity` holds the ids of the activities.
    parameters : mapping
        Specification of each parameter by path.
    activities : tuple of Activity
        The kinds of work.
    outputs : mapping
        Specification of each output by name.
    streams : mapping
        The streams in which work comes round: what `activities.yaml` says of each.
    """

    dimensions: Mapping[str, tuple[str, ...]]
    parameters: Mapping[str, ParameterSpec]
    activities: tuple[Activity, ...]
    outputs: Mapping[str, OutputSpec]
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def _places(self) -> Mapping[str, Mapping[str, int]]:
        return {
            dim: {value: place for place, value in enumerate(values)}
            for dim, values in self.dimensions.items()
        }

    def place(self, dim: str, value: str) -> int:
        """Place of `value` on dimension `dim`."""
        return self._places[dim][value]

    def shape(self, path: str) -> tuple[int, ...]:
        """Count the values on each dimension of a parameter."""
        return tuple(len(self.dimensions[dim]) for dim in self.parameters[path].dims)

    def mask(self, path: str, where: Where) -> MaskArray:
        """Cells of a parameter that `where` names, as a boolean array; all of them when `where` is empty."""
        chosen = np.ones(self.shape(path), dtype=bool)
        for axis, dim in enumerate(self.parameters[path].dims):
            if dim in where:
                named = where[dim]
                values = (named,) if isinstance(named, str) else named
                keep = np.zeros(len(self.dimensions[dim]), dtype=bool)
                keep[[self.place(dim, value) for value in values]] = True
                chosen &= keep.reshape([-1 if place == axis else 1 for place in range(chosen.ndim)])
        return chosen

    def cell(self, path: str, place: Iterable[int]) -> dict[str, str]:
        """Name of the cell of a parameter at an index."""
        return {
            dim: self.dimensions[dim][i] for dim, i in zip(self.parameters[path].dims, place, strict=True)
        }

    def where_faults(self, path: str, where: Where) -> list[Fault]:
        """Faults of a `where` on a known parameter: unknown dimensions and values, without a place."""
        faults = []
        dims = self.parameters[path].dims
        for dim, named in where.items():
            if dim not in dims:
                has = f"it has {one_of(dims)}" if dims else "it has one value, so it takes no `where`"
                faults.append(
                    Fault(
                        "unknown-dimension",
                        f"`{path}` has no dimension `{dim}`",
                        hint=did_you_mean(dim, dims, has),
                    )
                )
                continue
            values = self.dimensions[dim]
            for value in (named,) if isinstance(named, str) else named:
                if value not in values:
                    faults.append(
                        Fault(
                            "unknown-value",
                            f"`{value}` is not a value of `{dim}`",
                            hint=did_you_mean(str(value), values, f"it has {one_of(values)}"),
                        )
                    )
        return faults

    def path_hint(self, path: str) -> str:
        """Hint for a parameter that does not exist."""
        return did_you_mean(path, self.parameters, "`capacity-sim list parameters` lists the names") or ""


def label(path: str, where: Where) -> str:
    """Write a parameter with its cells in one line.

    Examples
    --------
    >>> label("people.starts.monthly", {"start_type": ("custody",)})
    'people.starts.monthly[start_type=custody]'
    >>> label("people.unpaid_work.days", {})
    'people.unpaid_work.days'
    """
    if not where:
        return path
    parts = [f"{dim}={named if isinstance(named, str) else '|'.join(named)}" for dim, named in where.items()]
    return f"{path}[{','.join(parts)}]"
