"""Reports as a spreadsheet: each table on a sheet, the figures behind them, notes and sources on their own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity_sim.show.sheet import Report

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_NUMBER = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(%?)")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
#: characters of a cell that no spreadsheet may hold
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST_NAME, _WIDEST = 31, 60
FIGURES, NOTES = "Figures", "Notes and sources"


def write_xlsx(
    reports: Sequence[Report], path: Path, about: Sequence[str] = (), sources: Iterable[Mapping[str, str]] = ()
) -> None:
    """Write reports as a spreadsheet.

    Parameters
    ----------
    reports : sequence of Report
        What a command prints.
    path : Path
        File to write.
    about : sequence of str
        Lines at the head of the notes, such as the command and the version.
    sources : iterable of mapping
        Sources of the figures; all have the same keys.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    many = len(reports) > 1 or sum(len(report.sheets) for report in reports) > 1
    number = 0
    for report in reports:
        for sheet in report.sheets:
            number += 1
            title = sheet.caption or report.title or "Table"
            subject, colon, _ = report.title.partition(":")
            if len(reports) > 1 and colon and title != report.title:  # tables of several scenarios are called alike
                title = f"{subject}, {title}"
            page = book.create_sheet(_name(f"{number} {title}" if many else title, book.sheetnames))
            _lines(page, [report.title, sheet.caption])
            _table(page, [" ".join(column.split()) for column in sheet.columns], sheet.rows)
    records = [record for report in reports for record in report.records]
    if records:
        page = book.create_sheet(_name(FIGURES, book.sheetnames))
        columns = list(dict.fromkeys(key for record in records for key in record))
        _table(page, columns, [[record.get(column) for column in columns] for record in records])
    _notes(book, reports, about, sources)
    book.properties.creator = "Capacity Sim"
    book.save(path)


def _notes(
    book: Workbook, reports: Sequence[Report], about: Sequence[str], sources: Iterable[Mapping[str, str]]
) -> None:
    page = book.create_sheet(_name(NOTES, book.sheetnames))
    _lines(page, about)
    for report in reports:
        _lines(page, [report.title, *report.lead, *report.notes])
    listed = list(sources)
    if listed:
        _lines(page, ["Sources of the data set"])
        _table(page, list(listed[0]), [list(one.values()) for one in listed])


def _lines(page: Worksheet, lines: Sequence[str]) -> None:
    """Lines of words, with an empty one below."""
    written = [line for line in lines if line]
    for line in written:
        page.append([_text(line)])
    if written:
        page.append([])


def _table(page: Worksheet, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    page.append([_text(column) for column in columns])
    head = page.max_row
    for cell in page[head]:
        cell.font = Font(bold=True)
    widths = [len(column) for column in columns]
    for row in rows:
        cells = [value_of(cell) for cell in row]
        page.append([value for value, _ in cells])
        for at, (value, form) in enumerate(cells):
            cell = page.cell(page.max_row, at + 1)
            if form:
                cell.number_format = form
            elif isinstance(value, str):
                cell.data_type = "s"  # a text that begins with `=` is no formula
            widths[at] = max(widths[at], len(str(value if value is not None else "")))
    if page.freeze_panes is None and head < 6:
        page.freeze_panes = page.cell(head + 1, 2)
    for at, width in enumerate(widths, 1):
        letter = get_column_letter(at)
        there = page.column_dimensions[letter].width
        page.column_dimensions[letter].width = max(there, min(_WIDEST, width + 2))


def value_of(cell: object) -> tuple[Any, str]:
    """Value of a cell and its number format; what reads as one number is one.

    Examples
    --------
    >>> value_of("15,900"), value_of("+0.5"), value_of("7.8%"), value_of("8,550 to 8,850"), value_of("-")
    ((15900, '#,##0'), (0.5, '+#,##0.0;-#,##0.0;0.0'), (0.078, '0.0%'), ('8,550 to 8,850', ''), ('-', ''))
    """
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return None, ""
    if isinstance(cell, bool) or not isinstance(cell, str):
        return cell, "General"
    found = _NUMBER.fullmatch(cell.strip())
    if found is None:
        return _text(cell), ""
    sign, whole, part, percent = found.groups()
    number = float(f"{sign}{whole.replace(',', '')}{part or ''}")
    form = ("0" if percent else "#,##0") + (f".{'0' * (len(part) - 1)}" if part else "") + ("%" if percent else "")
    if sign == "+":
        form = f"+{form};-{form};{form.replace('#,##', '')}"
    if percent:
        return round(number / 100, 12), form
    return (number if part else int(number)), form


def _text(words: str) -> str:
    return _CONTROL.sub("", words)


def _name(title: str, taken: Sequence[str]) -> str:
    """Name of a sheet: at most 31 characters in whole words, none that is forbidden, none twice."""
    words = " ".join(_FORBIDDEN.sub(" ", _text(title)).split()).strip("' ")
    name = words[:_LONGEST_NAME]
    if len(words) > _LONGEST_NAME and words[_LONGEST_NAME] != " " and name.rfind(" ") > _LONGEST_NAME // 2:
        name = name[: name.rfind(" ")]
    name = name.strip(" ,;:('") or "Table"
    number = 2
    unique = name
    while unique.lower() in {one.lower() for one in taken}:
        unique = f"{name[: _LONGEST_NAME - 3].strip()} {number}"
        number += 1
    return unique
