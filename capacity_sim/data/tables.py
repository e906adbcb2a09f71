"""The two allocation tables (people and staff by unit, staff by region): written, read and checked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from capacity_sim.data.dataset import REGION_AREAS, UNIT_AREAS, FloatArray, IntArray
from capacity_sim.errors import Fault, a_or_an, did_you_mean, one_of, shown_path

UNITS_FILE = "allocation_units.csv"
REGIONS_FILE = "allocation_regions.csv"
#: Hundredths of an FTE: the tables hold two decimals, and totals meet to this.
CENT = 0.005
#: How far stated totals may be from the sum of their parts, in FTE.
ROUNDING = 0.05


@dataclass(frozen=True, slots=True)
class UnitTable:
    """People and staff of each delivery unit, in the order of the geography."""

    people: IntArray
    staff: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class RegionTable:
    """Staff of the regional teams, and the PO target of each region, in the order of the geography."""

    po_target: FloatArray
    staff: Mapping[str, FloatArray]


def unit_columns(states: Sequence[str], grades: Sequence[str]) -> list[str]:
    """Names of the columns of the table of units."""
    return ["region", "unit", *states, *(f"{area}.{grade}" for area in UNIT_AREAS for grade in grades)]


def region_columns(grades: Sequence[str]) -> list[str]:
    """Names of the columns of the table of regions."""
    return ["region", "po_target", *(f"{area}.{grade}" for area in REGION_AREAS for grade in grades)]


def write_table(
    path: Path, notes: Sequence[str], columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table of text and numbers below its notes."""
    text = io.StringIO()
    text.writelines(f"# {note}\n" for note in notes)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def _rows(path: Path, columns: Sequence[str], faults: list[Fault]) -> list[tuple[int, list[str]]]:
    """Rows of a table with their lines; none when the file or its columns are not as they should be."""
    name = shown_path(path)
    hint = "write it again with `python -m capacity_sim.data.allocate`"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        faults.append(Fault("no-file", f"there is no file `{name}`", name, hint=hint))
        return []
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is not text in UTF-8"
        faults.append(Fault("cannot-read", f"`{name}` cannot be read: {reason.lower()}", name, hint=hint))
        return []
    lines = [(place, line) for place, line in enumerate(text.splitlines(), 1) if line and line[0] != "#"]
    found = list(zip((place for place, _ in lines), csv.reader(line for _, line in lines), strict=True))
    if not found:
        faults.append(Fault("empty-file", f"`{name}` holds nothing", name, hint=hint))
        return []
    place, header = found[0]
    wrong = [column for column in header if column not in columns]
    missing = [column for column in columns if column not in header]
    if wrong:
        near = did_you_mean(wrong[0], columns, hint)
        message = f"`{wrong[0]}` is not a column of this table"
        faults.append(Fault("unknown-column", message, name, place, 1, near))
    if missing:
        faults.append(Fault("missing-column", f"this table lacks {one_of(missing)}", name, place, 1, hint))
    if wrong or missing:
        return []
    order = [header.index(column) for column in columns]
    rows = []
    for place, row in found[1:]:
        if len(row) != len(header):
            message = f"this row has {len(row)} cells, and the table has {len(header)} columns"
            faults.append(Fault("bad-row", message, name, place, 1, hint))
            continue
        rows.append((place, [row[at] for at in order]))
    return rows


def _number(text: str, column: str, name: str, line: int, faults: list[Fault], *, whole: bool) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or (whole and value != int(value)):
        kind = "a whole number" if whole else "a number"
        faults.append(Fault("bad-number", f"`{column}` is `{text}`, and should be {kind}", name, line, None))
        return 0.0
    if value < 0:
        faults.append(
            Fault("negative-number", f"`{column}` is {text}, below 0", name, line, None, "correct the number")
        )
        return 0.0
    return value


def _places(
    rows: Sequence[tuple[int, list[str]]],
    at: int,
    names: Sequence[str],
    kind: str,
    file: str,
    faults: list[Fault],
) -> dict[str, tuple[int, list[str]]]:
    """Rows by the name in column `at`, each of `names` once."""
    found: dict[str, tuple[int, list[str]]] = {}
    for line, row in rows:
        name = row[at]
        if name not in names:
            hint = did_you_mean(name, names, f"the {kind}s are those of `geography.yaml`")
            faults.append(Fault(f"unknown-{kind}", f"`{name}` is not {a_or_an(kind)}", file, line, 1, hint))
        elif name in found:
            message = f"{kind} `{name}` is written twice, first in line {found[name][0]}"
            faults.append(Fault(f"duplicate-{kind}", message, file, line, 1, "keep one of the two"))
        else:
            found[name] = (line, row)
    missing = [name for name in names if name not in found]
    if rows and missing:
        faults.append(Fault(f"missing-{kind}", f"no row for {kind} {one_of(missing)}", file, None, None))
    return found


def read_units(
    path: Path,
    units: Sequence[str],
    regions: Sequence[str],
    unit_region: IntArray,
    states: Sequence[str],
    grades: Sequence[str],
    faults: list[Fault],
) -> UnitTable:
    """Table of units, with a fault for each thing that is wrong in it."""
    columns = unit_columns(states, grades)
    name = shown_path(path)
    people = np.zeros((len(units), len(states)), dtype=np.int64)
    staff = {area: np.zeros((len(units), len(grades))) for area in UNIT_AREAS}
    found = _places(_rows(path, columns, faults), 1, units, "unit", name, faults)
    for at, unit in enumerate(units):
        if unit not in found:
            continue
        line, row = found[unit]
        if row[0] != regions[unit_region[at]]:
            message = f"unit `{unit}` is in region `{regions[unit_region[at]]}`, not `{row[0]}`"
            faults.append(Fault("wrong-region", message, name, line, 1, "see `geography.yaml`"))
        cells = iter(zip(columns[2:], row[2:], strict=True))
        for state in range(len(states)):
            column, text = next(cells)
            people[at, state] = int(_number(text, column, name, line, faults, whole=True))
        for area in UNIT_AREAS:
            for grade in range(len(grades)):
                column, text = next(cells)
                staff[area][at, grade] = _number(text, column, name, line, faults, whole=False)
        desk = staff["sentence_management"][at]
        if people[at].sum() > 0 and (desk.sum() == 0 or desk[list(grades).index("PO")] == 0):
            message = f"unit `{unit}` has {people[at].sum():,} people and no probation officer"
            if desk.sum() == 0:
                message = f"unit `{unit}` has {people[at].sum():,} people and no sentence management staff"
            hint = "give it staff: high-risk people can only be supervised by a probation officer"
            faults.append(Fault("no-staff", message, name, line, 1, hint))
    return UnitTable(people, staff)


def read_regions(
    path: Path, regions: Sequence[str], grades: Sequence[str], faults: list[Fault]
) -> RegionTable:
    """Table of regions, with a fault for each thing that is wrong in it."""
    columns = region_columns(grades)
    name = shown_path(path)
    target = np.zeros(len(regions))
    staff = {area: np.zeros((len(regions), len(grades))) for area in REGION_AREAS}
    found = _places(_rows(path, columns, faults), 0, regions, "region", name, faults)
    for at, region in enumerate(regions):
        if region not in found:
            continue
        line, row = found[region]
        numbers = [
            _number(text, column, name, line, faults, whole=False)
            for column, text in zip(columns[1:], row[1:], strict=True)
        ]
        target[at] = numbers[0]
        for place, area in enumerate(REGION_AREAS):
            staff[area][at] = numbers[1 + place * len(grades) : 1 + (place + 1) * len(grades)]
    return RegionTable(target, staff)
