"""Data of one's own in place of ours: a region's people, staff and timings, or newer published figures.

A folder with `about.yaml` stands on a data set and says what it replaces: `people.csv`, `staff.csv`, `timings.csv` and
`values.yaml`, each only if it is there. Nothing is sent anywhere; the folder is read and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from pydantic import Field

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue.checked import FullDate, Name, Quality, Record, Text, checked
from capacity_sim.catalogue.strict_yaml import read
from capacity_sim.data.dataset import REGION_AREAS, UNIT_AREAS, DataSet, IntArray, Own
from capacity_sim.data.figures import Source
from capacity_sim.data.own_values import minutes_of, over, tilted
from capacity_sim.data.rows import PeopleRow, StaffRow, Table, TimingRow
from capacity_sim.data.values import BaselineValue, check_coverage, read_values
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path
from capacity_sim.series import quantity

ABOUT, PEOPLE, STAFF, TIMINGS, VALUES = "about.yaml", "people.csv", "staff.csv", "timings.csv", "values.yaml"
TABLES = (PEOPLE, STAFF, TIMINGS, VALUES)
#: endings of files that somebody who puts them there means to be read
_MEANT = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".yaml", ".yml")
#: what the template says until somebody has filled it in
PLACEHOLDER = "replace this"
#: timings that differ by less are those of the template, rounded
_SAME = 0.002
_COUNTED = "A timing of your own stands as it is: it is no part of what draws spread."


class About(Record):
    """What a folder of own data is."""

    name: Name
    title: Text
    base: Text = "england_wales"
    source: Text
    as_of: FullDate
    quality: Quality
    note: Text = Field(default="")


@dataclass(frozen=True)
class _Reading:
    """What is read, and where faults go."""

    folder: Path
    base: DataSet
    catalogue: Catalogue
    about: About
    faults: list[Fault]

    def there(self, name: str) -> Path | None:
        path = self.folder / name
        return path if path.exists() else None

    def fault(self, name: str, message: str, hint: str, line: int | None = None) -> None:
        column = None if line is None else 1
        self.faults.append(
            Fault("incomplete-table", message, shown_path(self.folder / name), line, column, hint)
        )


def is_own(folder: Path) -> bool:
    """Whether a folder holds data of one's own."""
    return (folder / ABOUT).is_file()


def load_own(folder: Path, base: Any, catalogue: Catalogue) -> DataSet:
    """Data set of a folder: that on which it stands, with what it replaces.

    Parameters
    ----------
    folder : Path
        Holds `about.yaml`.
    base : callable
        Gives the data set of a name.
    catalogue : Catalogue
        The names.

    Raises
    ------
    DataError
        With everything that is wrong in any file.
    """
    faults = _strangers(folder)
    tree = read(folder / ABOUT)
    about = checked(About, tree, "`about.yaml`", faults, {"catalogue": catalogue})
    if about is None:
        raise DataError(faults)
    for key in ("title", "source"):
        if PLACEHOLDER in str(getattr(about, key)):
            place = tree.at((key,))
            faults.append(place.fault("not-filled-in", f"`{key}` is still that of the template", "say whose figures"))
    try:
        dataset: DataSet = base(about.base)
    except DataError as problem:
        (fault, *more), place = problem.faults, tree.at(("base",))
        if fault.file is None:  # the name leads to nothing
            fault = place.fault(fault.code, fault.message, fault.hint)
        raise DataError([*faults, fault, *more]) from problem
    reading = _Reading(folder, dataset, catalogue, about, faults)
    if not any(reading.there(name) for name in TABLES):
        hint = f"add one of {one_of(TABLES)}"
        faults.append(Fault("nothing-own", "this folder replaces nothing", shown_path(folder / ABOUT), hint=hint))
    people, mix, regions = _people(reading)
    staff, staffed = _staff(reading, people)
    values = _values(reading)
    if faults:
        raise DataError(faults)
    own = Own(
        about.title, about.source, about.as_of, about.quality, about.note, about.base,
        tuple(name for name in dataset.regions if name in regions),
        tuple(name for name in dataset.regions if name in staffed),
        tuple(name for name in TABLES if reading.there(name)), _units(dataset, staffed), mix,
    )  # fmt: skip
    source = Source(about.name, about.source, about.title, "as its owner says", about.as_of)
    found = replace(
        dataset, name=about.name, title=dataset.title, folder=folder, people=people, staff=MappingProxyType(staff),
        start_share=_shares(dataset, people, catalogue), values=tuple(values), own=own,
        sources=MappingProxyType({**dataset.sources, about.name: source}),
    )  # fmt: skip
    for array in (found.people, found.start_share, *found.staff.values()):
        array.setflags(write=False)
    return found


def _strangers(folder: Path) -> list[Fault]:
    """Faults of tables that would be left unread, because of how they are called."""
    known = (ABOUT, *TABLES)
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix.lower() in _MEANT and path.name not in known and path.name[0] not in ".~":
            otherwise = f"only {one_of(known)} are read: rename it, or keep it elsewhere"
            hint = did_you_mean(path.name.lower(), known, otherwise)
            message = f"`{path.name}` is not a table of own data, and would not be read"
            found.append(Fault("unknown-file", message, shown_path(path), hint=hint))
    return found


def focused(dataset: DataSet, region: str | None, catalogue: Catalogue) -> DataSet:
    """Data set for a run of one region or of all: where every unit that runs has own people, they start as risky.

    Parameters
    ----------
    dataset : DataSet
        Perhaps with data of one's own.
    region : str or None
        The one region, or None for all.
    catalogue : Catalogue
        The names.
    """
    own, run = dataset.own, dataset.regions if region is None else (region,)
    if own is None or own.people_by_risk is None or not set(run) <= set(own.people):
        return dataset
    units = slice(None) if region is None else dataset.unit_region == dataset.regions.index(region)
    counts = own.people_by_risk[units].sum(axis=(0, 1)).astype(float)
    return replace(dataset, values=tilted(dataset.values, counts / counts.sum(), catalogue, dataset.name))


def _units(dataset: DataSet, regions: Iterable[str]) -> Any:
    return np.isin(dataset.unit_region, [dataset.regions.index(name) for name in regions])


def _names(reading: _Reading) -> dict[str, Sequence[str]]:
    dims, base = reading.catalogue.dimensions, reading.base
    within = {
        f"unit of {name}": [unit for unit, of in zip(base.units, base.unit_region, strict=True) if of == place]
        for place, name in enumerate(base.regions)
    }
    return {
        **within,
        "region": base.regions,
        "unit": base.units,
        "type": dims["state"],
        "risk": dims["risk"],
        "area": (*UNIT_AREAS, *REGION_AREAS),
        "grade": dims["grade"],
        "activity": dims["activity"],
        "basis": dims["basis"],
    }


def _people(reading: _Reading) -> tuple[IntArray, IntArray | None, tuple[str, ...]]:
    """People by unit and state, of own units also by risk, and the regions that are replaced."""
    base, path = reading.base, reading.there(PEOPLE)
    people = np.array(base.people)
    if path is None:
        return people, None, ()
    table: Table[PeopleRow] = Table(path, PeopleRow, _names(reading), reading.faults)
    dims = reading.catalogue.dimensions
    counts = np.zeros((len(base.units), len(dims["state"]), len(dims["risk"])), np.int64)
    listed: dict[str, None] = {}
    for line, row in table.rows:
        unit = base.units.index(row.unit)
        if not _placed(reading, PEOPLE, line, unit, row.region):
            continue
        listed[row.unit] = None
        counts[unit, dims["state"].index(row.type), dims["risk"].index(row.risk)] = row.people
    regions = _whole_regions(reading, PEOPLE, listed)
    for name in listed:
        at = base.units.index(name)
        if counts[at].sum() == 0:
            reading.fault(PEOPLE, f"unit `{name}` has nobody", "give its people, or leave the region out")
        people[at] = counts[at].sum(axis=1)
    return people, counts, regions


def _staff(reading: _Reading, people: IntArray) -> tuple[dict[str, Any], tuple[str, ...]]:
    """FTE by area, and the regions whose units are replaced. An area that a unit does not list keeps ours."""
    base, path = reading.base, reading.there(STAFF)
    staff = {area: np.array(fte) for area, fte in base.staff.items()}
    if path is None:
        return staff, ()
    table: Table[StaffRow] = Table(path, StaffRow, _names(reading), reading.faults)
    grades = reading.catalogue.dimensions["grade"]
    cleared: set[tuple[str, int]] = set()
    listed: dict[str, None] = {}
    for line, row in table.rows:
        of_units = row.area in UNIT_AREAS
        if of_units != bool(row.unit):
            where = "has a unit" if of_units else "is of the region, and `unit` stays empty"
            reading.fault(STAFF, f"staff of `{row.area}` {where}", "correct the row", line)
            continue
        at = base.units.index(row.unit) if of_units else base.regions.index(row.region)
        if of_units:
            if not _placed(reading, STAFF, line, at, row.region):
                continue
            if row.area == UNIT_AREAS[0]:
                listed[row.unit] = None
        if (row.area, at) not in cleared:
            staff[row.area][at] = 0.0
            cleared.add((row.area, at))
        staff[row.area][at, grades.index(row.grade)] = row.fte
    regions = _whole_regions(reading, STAFF, listed)
    officer = grades.index("PO")
    for unit in listed:
        at = base.units.index(unit)
        if people[at].sum() > 0 and staff[UNIT_AREAS[0]][at, officer] == 0:
            message = f"unit `{unit}` has {people[at].sum():,} people and no probation officer"
            reading.fault(STAFF, message, "high-risk people can only be supervised by a probation officer")
    return staff, regions


def _placed(reading: _Reading, name: str, line: int, unit: int, region: str) -> bool:
    base = reading.base
    there = base.regions[base.unit_region[unit]]
    if there != region:
        reading.fault(name, f"unit `{base.units[unit]}` is in `{there}`, not `{region}`", "correct the region", line)
    return there == region


def _whole_regions(reading: _Reading, name: str, listed: Mapping[str, None]) -> tuple[str, ...]:
    """Regions of the units that a table lists; each must be there with all its units."""
    base = reading.base
    regions = {int(base.unit_region[base.units.index(unit)]) for unit in listed}
    for region in sorted(regions):
        lacking = [
            unit for unit, at in zip(base.units, base.unit_region, strict=True) if at == region and unit not in listed
        ]
        if lacking:
            message = f"`{base.regions[region]}` lacks {one_of(lacking)}"
            reading.fault(name, message, "a region is replaced with all its units; `data template` lists them")
    return tuple(base.regions[region] for region in sorted(regions))


def _shares(base: DataSet, people: IntArray, catalogue: Catalogue) -> Any:
    """Starts of each unit in proportion to its people, against the whole that the starts of the base are of.

    Units that keep our figures keep their starts, so columns of own data do not add up to 1.
    """
    states = catalogue.dimensions["state"]
    share = np.array(base.start_share)
    for column, kind in enumerate(catalogue.dimensions["start_type"]):
        chain = ("custody", "recalled", "licence", "post_sentence") if kind == "custody" else (kind,)
        places = [states.index(state) for state in chain]
        whole = float(base.people[:, places].sum())
        changed = (people[:, places] != base.people[:, places]).any(axis=1)
        if whole > 0:
            share[changed, column] = people[changed][:, places].sum(axis=1) / whole
    return share


def _values(reading: _Reading) -> list[BaselineValue]:
    """Values of the base, with those of `values.yaml` and the timings in their place."""
    values = list(reading.base.values)
    own: list[BaselineValue] = []
    path = reading.there(VALUES)
    if path is not None:
        try:
            own += read_values(path, reading.catalogue)
        except DataError as problem:
            reading.faults.extend(problem.faults)
    path = reading.there(TIMINGS)
    if path is not None:
        own += _timings(path, reading, over(values, own, reading.catalogue))
    found = over(values, own, reading.catalogue)
    if not reading.faults:
        reading.faults.extend(check_coverage(found, reading.catalogue, reading.folder.name))
    return found


def _timings(path: Path, reading: _Reading, values: Sequence[BaselineValue]) -> list[BaselineValue]:
    table: Table[TimingRow] = Table(path, TimingRow, _names(reading), reading.faults)
    about, ours = reading.about, minutes_of(values, reading.catalogue)
    spec = reading.catalogue.parameters["work.timing.factor"]
    found = []
    for line, row in table.rows:
        ratio = row.minutes / ours[row.activity, row.basis]
        if abs(ratio - 1) < _SAME or abs(row.minutes - ours[row.activity, row.basis]) <= 0.051:
            continue
        if not spec.limits[0] <= ratio <= spec.limits[1]:
            message = f"{row.minutes:g} minutes are {ratio:.1f} times ours, and the limit is {spec.limits[1]:g}"
            reading.fault(TIMINGS, message, "correct the minutes", line)
            continue
        where = {"activity": (row.activity,), "basis": (row.basis,)}
        why = f"{row.minutes:g} minutes for a person of medium risk, {ratio:.3g} times ours."
        factor, as_of = quantity(float(f"{ratio:.6g}")), about.as_of.isoformat()
        value = BaselineValue(
            spec.path, where, factor, about.name, as_of, "published", about.quality, why, table.file, line
        )
        found.append(value)
        found.append(replace(value, path="work.timing.weight", quantity=quantity(0.0), why=_COUNTED))
    return found
