"""Hours that measures were seen to free, month by month, from a CSV file; every fault with its row and column."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

COLUMNS = ("measure", "month", "hours_freed")
_MORE = ("note",)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Seen:
    """Hours that a measure freed in a month.

    Parameters
    ----------
    measure : str
        A part of the scenario.
    month : str
        As ``2027-03``.
    hours : float
        Hours freed; below zero where it cost time.
    """

    measure: str
    month: str
    hours: float


def read_observed(path: Path, measures: Collection[str], months: Collection[str]) -> tuple[Seen, ...]:
    """Rows of a file with the columns measure, month and hours_freed (and note, if wanted).

    Parameters
    ----------
    path : Path
        The file.
    measures, months : collection of str
        Parts of the scenario, and months of the run.

    Raises
    ------
    DataError
        With every fault of the file, as file:row:column.
    """
    name = shown_path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.reader(opened))
    except FileNotFoundError:
        hint = "check the name and the folder"
        raise DataError(Fault("no-file", f"there is no file `{name}`", name, hint=hint)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        hint = "save it as CSV in UTF-8"
        raise DataError(Fault("cannot-read", f"`{name}` cannot be read: {problem}", name, hint=hint)) from None
    if not rows:
        hint = f"its columns are {one_of(COLUMNS)}"
        raise DataError(Fault("empty-file", f"`{name}` holds nothing", name, hint=hint))
    head = [cell.strip() for cell in rows[0]]
    faults = [
        Fault(
            "unknown-column", f"`{cell}` is not a column of observed hours", name, 1, place + 1,
            did_you_mean(cell, (*COLUMNS, *_MORE), f"its columns are {one_of((*COLUMNS, *_MORE))}"),
        )
        for place, cell in enumerate(head)
        if cell not in (*COLUMNS, *_MORE)
    ]  # fmt: skip
    faults += [
        Fault("missing-column", f"`{name}` has no column `{column}`", name, 1, hint=f"it needs {one_of(COLUMNS)}")
        for column in COLUMNS
        if column not in head
    ]
    if faults:
        raise DataError(faults)
    at = {column: head.index(column) for column in COLUMNS}
    found: dict[tuple[str, str], Seen] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        one = _row(row, at, name, number, measures, months, faults)
        if one is None:
            continue
        if (one.measure, one.month) in found:
            message = f"`{one.measure}` in {one.month} is written twice"
            faults.append(Fault("duplicate-row", message, name, number, hint="keep one of the two, or add them up"))
        found[one.measure, one.month] = one
    if not found and not faults:
        faults.append(Fault("empty-file", f"`{name}` has no row below its head", name, 1, hint="add what was seen"))
    if faults:
        raise DataError(faults)
    return tuple(found.values())


def _row(
    row: list[str],
    at: dict[str, int],
    name: str,
    number: int,
    measures: Collection[str],
    months: Collection[str],
    faults: list[Fault],
) -> Seen | None:
    before = len(faults)

    def fault(code: str, message: str, column: str, hint: str | None) -> None:
        faults.append(Fault(code, message, name, number, at[column] + 1, hint))

    if len(row) <= max(at.values()):
        message = f"row {number} has {len(row)} cells, fewer than the head"
        faults.append(Fault("short-row", message, name, number, hint="give every row all columns"))
        return None
    measure, month, text = (row[at[column]].strip() for column in COLUMNS)
    if measure not in measures:
        hint = did_you_mean(measure, measures, f"its parts are {one_of(sorted(measures))}")
        fault("unknown-measure", f"the scenario has no part called `{measure}`", "measure", hint)
    if not _MONTH.fullmatch(month):
        fault("bad-month", f"`{month}` is not a month", "month", "write it as 2027-03")
    elif month not in months:
        fault("unknown-month", f"the run has no month {month}", "month", f"it runs from {min(months)} to {max(months)}")
    try:
        hours = float(text.replace(",", ""))
    except ValueError:
        hours = math.nan
    if not math.isfinite(hours):
        fault("not-a-number", f"`{text}` is not a number of hours", "hours_freed", "write digits with a full stop")
    return Seen(measure, month, hours) if len(faults) == before else None
