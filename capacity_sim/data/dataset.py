"""What a data set is: places, people and staff at the start, values of parameters, published figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity_sim.data.figures import Figure, Source
from capacity_sim.data.targets import Target
from capacity_sim.data.values import BaselineValue

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

#: Areas whose staff sit in delivery units, in regional teams, and in one national team.
UNIT_AREAS = ("sentence_management", "court")
REGION_AREAS = ("enforcement", "serious_further_offences", "unpaid_work", "accredited_programmes")
NATIONAL_AREAS = ("national_security", "complaints")


@dataclass(frozen=True, slots=True)
class TraineeCohort:
    """Trainees who started together and are still in training at the start.

    Parameters
    ----------
    start : datetime.date
        First day of training.
    people : int
        Heads still in training at the start of the data.
    starters : int
        Heads who started.
    """

    start: date
    people: int
    starters: int


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """Data of one's own that stand in place of those of a data set.

    Parameters
    ----------
    title, source : str
        Whose they are, and where they come from.
    as_of : datetime.date
        The day that they describe; they are loaded as of the start of the data set.
    quality : {"green", "amber", "red"}
        How far they may be trusted.
    note : str
        What else a reader must know.
    base : str
        The data set on which they stand.
    people, staff : tuple of str
        Regions whose people, and whose staff, are replaced.
    tables : tuple of str
        Files that replace something.
    fixed_grades : bool array (unit,)
        Units whose grades are counted, so that no assumed split between PO and PSO moves them.
    people_by_risk : int array (unit, state, risk), optional
        People at the start by risk; zero for units that are not replaced.
    """

    title: str
    source: str
    as_of: date
    quality: str
    note: str
    base: str
    people: tuple[str, ...]
    staff: tuple[str, ...]
    tables: tuple[str, ...]
    fixed_grades: npt.NDArray[np.bool_]
    people_by_risk: IntArray | None = None

    @property
    def words(self) -> str:
        """Sentence for the foot of a table."""
        parts = [
            f"{what} of {', '.join(regions)}"
            for what, regions in (("people", self.people), ("staff", self.staff))
            if regions
        ]
        parts += [name for name, file in (("timings", "timings.csv"), ("values", "values.yaml")) if file in self.tables]
        text = f"{'; '.join(parts)}: {self.source}, as at {self.as_of.isoformat()}, quality {self.quality}"
        return f"Own data ({self.title}). {text[0].upper()}{text[1:]}. All else is of the data set {self.base}."


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A data set: frozen, checked, with arrays that cannot be written.

    Parameters
    ----------
    name, title : str
        Name of the set and its words.
    folder : Path
        Where it was read.
    start : datetime.date
        The loaded start: people and staff at the end of this day.
    regions, region_codes, units : tuple of str
        Names in the order of all arrays.
    unit_region : int array (unit,)
        Region of each unit.
    people : int array (unit, state)
        People at the start by state of supervision; sums are the published totals, exactly.
    start_share : float array (unit, start_type)
        Share of each unit in the starts of a type; columns sum to 1.
    staff : mapping of area to float array
        FTE in post: (unit, grade) for the areas of `UNIT_AREAS`, (region, grade) for those of `REGION_AREAS`,
        (grade,) for those of `NATIONAL_AREAS`.
    other_roles : float array (grade,)
        FTE in post whose work is not modelled.
    po_target : float array (region,)
        PO target that goes with the PO vacancy rates by region (FTE of sentence management).
    trainee_cohorts : tuple of TraineeCohort
        Cohorts still in training; with `staff.fte_per_head` they add up to the trainees in `staff`.
    funded : mapping of (area, grade) to figures
        Target staffing, with its dates; `all` stands for every area or every grade.
    sickness_by_region : mapping of region to float
        Days of sickness against the mean; regions that are not named have the mean.
    values : tuple of BaselineValue
        Value of every cell of every parameter.
    published : mapping
        Published figures by subject: `figure11`, `targets`, `releases`, `volumes`, `performance`, `workload`,
        `people`, `staff`.
    sources : mapping of id to Source
        Where the figures come from.
    own : Own, optional
        Data of one's own that stand in place of some of these.
    """

    name: str
    title: str
    folder: Path
    start: date
    regions: tuple[str, ...]
    region_codes: tuple[str, ...]
    units: tuple[str, ...]
    unit_region: IntArray
    people: IntArray
    start_share: FloatArray
    staff: Mapping[str, FloatArray]
    other_roles: FloatArray
    po_target: FloatArray
    trainee_cohorts: tuple[TraineeCohort, ...]
    funded: Mapping[tuple[str, str], tuple[Figure, ...]]
    values: tuple[BaselineValue, ...]
    published: Mapping[str, Any]
    sources: Mapping[str, Source]
    own: Own | None = None
    sickness_by_region: Mapping[str, float] = field(default_factory=dict)

    @property
    def figure11(self) -> Mapping[str, Mapping[str, Figure | None]]:
        """Required staffing by area and basis; None where print has a blank."""
        content: Mapping[str, Mapping[str, Figure | None]] = self.published["figure11"]
        return content

    @property
    def targets(self) -> tuple[Target, ...]:
        """Figures that results are held against."""
        content: tuple[Target, ...] = self.published["targets"]
        return content

    def national_staff(self, area: str) -> FloatArray:
        """FTE in post of `area` by grade, everywhere together."""
        return np.atleast_2d(self.staff[area]).sum(axis=0)
