"""Hours that measures were seen to free, month by month, from a CSV file; every fault with its row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from capacity_sim.data.rows import SAVED, cells, not_commas
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

COLUMNS = ("measure", "month", "hours_freed")
_MORE = ("note",)
_HEAD = f"`{','.join(COLUMNS)}`"
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
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        hint = "check the name and the folder"
        raise DataError(Fault("no-file", f"there is no file `{name}`", name, hint=hint)) from None
    except UnicodeDecodeError:
        message = f"`{name}` cannot be read: it is not text in UTF-8"
        raise DataError(Fault("cannot-read", message, name, hint=SAVED)) from None
    except OSError as problem:
        message = f"`{name}` cannot be read: {(problem.strerror or str(problem)).lower()}"
        raise DataError(Fault("cannot-read", message, name, hint=f"give a CSV file with {_HEAD}")) from None
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip(" ,")]
    if not rows:
        raise DataError(Fault("empty-file", f"`{name}` holds nothing", name, hint=f"its first row is {_HEAD}"))
    head = _heading(*rows[0], name)
    faults: list[Fault] = []
    found: dict[tuple[str, str], Seen] = {}
    for number, line in rows[1:]:
        one = _row(cells(line), head, name, number, measures, months, faults)
        if one is None:
            continue
        if (one.measure, one.month) in found:
            message = f"`{one.measure}` in {one.month} is written twice"
            faults.append(Fault("duplicate-row", message, name, number, 1, "keep one of the two, or add them up"))
        found[one.measure, one.month] = one
    if not found and not faults:
        faults.append(Fault("empty-file", f"`{name}` has no row below its head", name, 1, 1, "add what was seen"))
    if faults:
        raise DataError(faults)
    return tuple(found.values())


def _heading(number: int, line: str, name: str) -> list[str]:
    """Columns of the file."""
    other = not_commas(line, name, number)
    if other is not None:
        raise DataError(other)
    head = [word for _, word in cells(line)]
    faults = [
        Fault(
            "unknown-column", f"`{word}` is not a column of observed hours", name, number, at,
            did_you_mean(word, (*COLUMNS, *_MORE), f"its first row is {_HEAD}"),
        )
        for at, word in cells(line)
        if word not in (*COLUMNS, *_MORE)
    ]  # fmt: skip
    lacking = [column for column in COLUMNS if column not in head]
    if lacking:
        message = f"this table lacks {one_of(lacking).replace(' or ', ' and ')}"
        faults.append(Fault("missing-column", message, name, number, 1, f"its first row is {_HEAD}"))
    if faults:
        raise DataError(faults)
    return head


def _row(
    row: list[tuple[int, str]],
    head: list[str],
    name: str,
    number: int,
    measures: Collection[str],
    months: Collection[str],
    faults: list[Fault],
) -> Seen | None:
    before = len(faults)
    if len(row) != len(head):
        message = f"this row has {len(row)} cells, and the table has {len(head)} columns"
        faults.append(Fault("bad-row", message, name, number, 1, "a text with a comma needs quotes"))
        return None
    place = dict(zip(head, row, strict=True))

    def fault(code: str, message: str, column: str, hint: str | None) -> None:
        faults.append(Fault(code, message, name, number, place[column][0], hint))

    measure, month, text = (place[column][1] for column in COLUMNS)
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
