"""Tables of one's own, row by row: every cell is checked, and each fault has its file, row and column."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from capacity_sim.errors import Fault, did_you_mean, one_of, shown_path

#: more of them in one cell is taken for a slip
MOST_PEOPLE, MOST_FTE, MOST_MINUTES = 100_000, 10_000.0, 10_000.0
SAVED = "in a spreadsheet, save it as `CSV UTF-8 (comma delimited)`"
#: what else spreadsheets put between columns
_OTHER_MARKS = {";": "semicolons", "\t": "tabs"}


class _UnknownNameError(ValueError):
    """A word that is none of those that a column may hold."""

    def __init__(self, word: str, known: Sequence[str], what: str, within: Sequence[str]) -> None:
        super().__init__(f"there is no {what} `{word}`")
        self.hint = did_you_mean(word, known, f"use {one_of(within)}")


def _one_of(what: str, blank: bool = False) -> BeforeValidator:
    def check(value: object, info: ValidationInfo) -> str:
        known: Sequence[str] = (info.context or {})[what]
        word = str(value)
        if word not in known and not (blank and not word):
            # what is near may be of any region; what is listed is of the region that the row names
            within = (info.context or {}).get(f"{what} of {info.data.get('region')}", known)
            raise _UnknownNameError(word, known, what, within)
        return word

    return BeforeValidator(check)


def _as_number(value: object) -> object:
    """Numbers as people write them: `1,234` is refused with a hint, not read as text."""
    text = str(value).strip()
    if not text:
        message = "this cell is empty"
        raise ValueError(message)
    try:
        return float(text)
    except ValueError:
        message = f"`{text}` is not a number"
        raise ValueError(message) from None


_Number = BeforeValidator(_as_number)


class Row(BaseModel):
    """A row of a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PeopleRow(Row):
    """People under supervision in a unit, of a type and a risk."""

    region: Annotated[str, _one_of("region")]
    unit: Annotated[str, _one_of("unit")]
    type: Annotated[str, _one_of("type")]
    risk: Annotated[str, _one_of("risk")]
    people: Annotated[int, _Number, Field(ge=0, le=MOST_PEOPLE)]

    @property
    def cell(self) -> tuple[str, ...]:
        """What the row is about."""
        return self.region, self.unit, self.type, self.risk


class StaffRow(Row):
    """Staff in post of a unit (or, with an empty unit, of the teams of a region), by area and grade."""

    region: Annotated[str, _one_of("region")]
    unit: Annotated[str, _one_of("unit", blank=True)]
    area: Annotated[str, _one_of("area")]
    grade: Annotated[str, _one_of("grade")]
    fte: Annotated[float, _Number, Field(ge=0, le=MOST_FTE, allow_inf_nan=False)]

    @property
    def cell(self) -> tuple[str, ...]:
        """What the row is about."""
        return self.region, self.unit, self.area, self.grade


class TimingRow(Row):
    """Minutes that a piece of work takes on a timing, for a person of medium risk."""

    activity: Annotated[str, _one_of("activity")]
    basis: Annotated[str, _one_of("basis")]
    minutes: Annotated[float, _Number, Field(gt=0, le=MOST_MINUTES, allow_inf_nan=False)]

    @property
    def cell(self) -> tuple[str, ...]:
        """What the row is about."""
        return self.activity, self.basis


R = TypeVar("R", PeopleRow, StaffRow, TimingRow)


class Table(Generic[R]):
    """A table of one's own: its rows, each with its place.

    Parameters
    ----------
    path : Path
        The file.
    kind : type
        What each row is.
    names : mapping
        Words that each column may hold.
    faults : list of Fault
        Where what is wrong goes.
    """

    def __init__(self, path: Path, kind: type[R], names: Mapping[str, Sequence[str]], faults: list[Fault]) -> None:
        self.file = shown_path(path)
        self.rows: list[tuple[int, R]] = []
        self._seen: dict[tuple[str, ...], int] = {}
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as problem:
            why, hint = getattr(problem, "strerror", None), None
            if why is None:
                why, hint = "it is not text in UTF-8", SAVED
            faults.append(Fault("cannot-read", f"`{self.file}` cannot be read: {why}", self.file, hint=hint))
            return
        # a spreadsheet saves an empty row as nothing but commas
        lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip(" ,") and line[0] != "#"]
        columns = tuple(kind.model_fields)
        if not lines:
            faults.append(Fault("empty-file", f"`{self.file}` holds nothing", self.file, hint=_head(columns)))
            return
        header = self._header(lines[0], columns, faults)
        if header is None:
            return
        for number, line in lines[1:]:
            self._row(number, cells(line), header, kind, names, faults)
        if len(lines) == 1:
            faults.append(Fault("empty-file", f"`{self.file}` has no row below its heading", self.file, lines[0][0], 1))

    def _header(self, first: tuple[int, str], columns: Sequence[str], faults: list[Fault]) -> list[str] | None:
        number, line = first
        found_at = cells(line)
        found = [word for _, word in found_at]
        before = len(faults)
        other = not_commas(line, self.file, number)
        if other is not None:
            faults.append(other)
            return None
        for at, word in found_at:
            if word not in columns:
                hint = did_you_mean(word, columns, _head(columns))
                message = f"`{word}` is not a column of this table"
                faults.append(Fault("unknown-column", message, self.file, number, at, hint))
            elif found.count(word) > 1:
                message = f"`{word}` is a column twice"
                faults.append(Fault("duplicate-column", message, self.file, number, at, "keep one of the two"))
        lacking = [column for column in columns if column not in found]
        if lacking:
            message = f"this table lacks {one_of(lacking)}"
            faults.append(Fault("missing-column", message, self.file, number, 1, _head(columns)))
        return found if len(faults) == before else None

    def _row(
        self,
        number: int,
        cells: Sequence[tuple[int, str]],
        header: Sequence[str],
        kind: type[R],
        names: Mapping[str, Sequence[str]],
        faults: list[Fault],
    ) -> None:
        if len(cells) != len(header):
            message = f"this row has {len(cells)} cells, and the table has {len(header)} columns"
            hint = "a name with a comma needs quotes"
            faults.append(Fault("bad-row", message, self.file, number, 1, hint))
            return
        place = dict(zip(header, (at for at, _ in cells), strict=True))
        content = dict(zip(header, (word for _, word in cells), strict=True))
        try:
            row = kind.model_validate(content, context=dict(names))
        except ValidationError as problem:
            faults.extend(self._fault(error, number, place, content) for error in problem.errors())
            return
        first = self._seen.setdefault(row.cell, number)
        if first != number:
            message = f"{' / '.join(part for part in row.cell if part)} is written twice, first in row {first}"
            faults.append(Fault("duplicate-row", message, self.file, number, 1, "keep one of the two"))
            return
        self.rows.append((number, row))

    def _fault(self, error: Any, number: int, place: Mapping[str, int], content: Mapping[str, str]) -> Fault:
        column = str(error["loc"][0])
        inner = error.get("ctx", {}).get("error")
        if isinstance(inner, _UnknownNameError):
            return Fault("unknown-value", str(inner), self.file, number, place[column], inner.hint)
        written = content[column]
        if isinstance(inner, ValueError):
            message, hint = f"`{column}`: {inner}", "write it without commas or a unit"
        elif error["type"] in ("greater_than_equal", "greater_than"):
            message = f"`{column}` is {written}, and should be {'0 or more' if column != 'minutes' else 'above 0'}"
            hint = "correct the number"
        elif error["type"] == "less_than_equal":
            message = f"`{column}` is {written}, more than {error['ctx']['le']:,.0f}"
            hint = "correct the number; one row is one cell of the table"
        else:
            kind = "a whole number" if error["type"].startswith("int") else "a number"
            message, hint = f"`{column}` is `{written}`, and should be {kind}", "correct the number"
        return Fault("bad-number", message, self.file, number, place[column], hint)


def _head(columns: Sequence[str]) -> str:
    return f"the columns are {','.join(columns)}"


def not_commas(line: str, file: str, number: int) -> Fault | None:
    """Fault of a heading whose columns stand apart by something else than commas; None where they do not."""
    mark = next((mark for mark in _OTHER_MARKS if len(cells(line)) == 1 and mark in line), None)
    if mark is None:
        return None
    message = f"the columns of this table stand apart by {_OTHER_MARKS[mark]}, and should by commas"
    return Fault("not-commas", message, file, number, line.index(mark) + 1, SAVED)


def cells(line: str) -> list[tuple[int, str]]:
    """Cells of a line with the column, counted from 1, where each begins."""
    words = next(csv.reader([line]))
    found, at = [], 0
    for word in words:
        found.append((at + 1, word.strip()))
        quoted = line[at : at + 1] == '"'
        at += len(word) + (2 + word.count('"') if quoted else 0) + 1
    return found
