"""A report of small tables and notes, as a terminal table, plain text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Group, JustifyMethod

Value = str | int | float | None

#: width of tables that go to no terminal, places of files apart
WIDE = 240
#: width of sentences in plain text
FOLD = 110


@dataclass(frozen=True)
class Sheet:
    """One small table of words: headings, rows, and a line above it.

    Parameters
    ----------
    columns : tuple of str
        Headings; the first column holds the names of the rows.
    rows : tuple of tuple of str
        Cells as they are shown.
    caption : str
        Line above the table.
    words : int
        How many columns at the left hold words; the others hold numbers, set to the right.
    placed : bool
        Whether the last column holds places in files: as text it does not fold, nor does its width fold another column,
        so a table has the same lines wherever the files lie.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    words: int = 1
    placed: bool = False

    @property
    def place_width(self) -> int:
        """Characters of the longest place."""
        return max((len(row[-1]) for row in (self.columns, *self.rows)), default=0) if self.placed else 0


@dataclass(frozen=True)
class Report:
    """Tables that belong together, with what a reader must know, and the same figures as records.

    Parameters
    ----------
    title : str
        What it is about: subject, date, place.
    lead : tuple of str
        Sentences before the tables.
    sheets : tuple of Sheet
        The tables.
    notes : tuple of str
        Sentences after the tables.
    records : tuple of dict
        The figures, one a record, rounded as they are shown; all records have the same keys.
    counts : bool
        Whether its numbers count people, so that small ones may have to be hidden (`suppressed`).
    """

    title: str
    lead: tuple[str, ...]
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...]
    records: tuple[dict[str, Value], ...]
    counts: bool = False


def to_rich(report: Report, whole: bool = False) -> Group:
    """Report for a Rich console; wide cells fold where it is narrow, and places in files too unless they are whole."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[Text | Table] = [Text(report.title, style="bold")] if report.title else []
    parts += [Text(line) for line in report.lead]
    for sheet in report.sheets:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
        for number, heading in enumerate(sheet.columns):
            place = whole and sheet.placed and number == len(sheet.columns) - 1
            justify: JustifyMethod = "left" if number < sheet.words else "right"
            table.add_column(heading, justify=justify, overflow="fold", no_wrap=place)
        for row in sheet.rows:
            table.add_row(*(Text(cell) for cell in row))
        if parts:
            parts.append(Text(""))
        if sheet.caption:
            parts.append(Text(sheet.caption, style="bold"))
        parts.append(table)
    if report.notes:
        parts.append(Text(""))
        parts += [Text(note) for note in report.notes]
    return Group(*parts)


def to_text(report: Report) -> str:
    """Report as plain text, without colour; its tables fold beyond a width that no place in a file takes part of."""
    from rich.console import Console

    folded = replace(report, lead=_folded(report.lead), notes=_folded(report.notes))
    width = WIDE + max((one.place_width for one in report.sheets), default=0)
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        console.print(to_rich(folded, whole=True))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _folded(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(textwrap.fill(line, FOLD, break_on_hyphens=False) for line in lines)


def to_csv(reports: Sequence[Report]) -> str:
    """Records of all reports as one CSV table."""
    records = [record for report in reports for record in report.records]
    out = io.StringIO()
    fields = list(dict.fromkeys(key for record in records for key in record))
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({key: "" if _missing(value) else value for key, value in record.items()})
    return out.getvalue()


def to_json(reports: Sequence[Report]) -> str:
    """All reports as JSON: title, lead, notes and records of each."""
    content = [
        {
            "title": report.title,
            "lead": list(report.lead),
            "notes": list(report.notes),
            "records": [
                {key: None if _missing(value) else value for key, value in record.items()}
                for record in report.records
            ],
        }
        for report in reports
    ]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


#: part of a step below which a value is what sums of floating point numbers leave, and nothing
_CRUMB = 1e-6
#: a count as it is shown, and a cell of nothing but a count, a range, or a count with its range
_COUNT = re.compile(r"[+-]?[\d,]+(?:\.\d+)?")
_COUNTS = re.compile(rf"{_COUNT.pattern}(?: to {_COUNT.pattern})?(?: \({_COUNT.pattern} to {_COUNT.pattern}\))?")


def suppressed(report: Report, least: int) -> Report:
    """Report in which counts of people above 0 and below `least` are hidden; others are as they were.

    Examples
    --------
    >>> small = Report("", (), (Sheet(("a", "b"), (("x", "3"), ("y", "12"))),), (), ({"people": 3},), counts=True)
    >>> found = suppressed(small, 5)
    >>> found.sheets[0].rows, found.records
    ((('x', '<5'), ('y', '12')), ({'people': None},))
    >>> sheet = Sheet(("",), (("3 to 4",), ("4 to 12",), ("12 (4 to 20)",), ("+3 to +4",), ("-3 to 0",), ("5 to 9",)))
    >>> [cell for cell, in suppressed(replace(small, sheets=(replace(sheet, words=0),)), 5).sheets[0].rows]
    ['<5', '<5 to 12', '12 (<5 to 20)', '<5', '<5 to 0', '5 to 9']
    """
    if not report.counts:
        return report

    def hidden(value: Value) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < abs(value) < least

    def count(found: re.Match[str]) -> str:
        return f"<{least}" if hidden(float(found[0].replace(",", ""))) else found[0]

    def shown(cell: str) -> str:
        # a range of a small count would give it away, so its ends are hidden too
        if not _COUNTS.fullmatch(cell):
            return cell
        return _COUNT.sub(count, cell).replace(f"<{least} to <{least}", f"<{least}")

    def row(cells: tuple[str, ...], words: int) -> tuple[str, ...]:
        return (*cells[:words], *(shown(cell) for cell in cells[words:]))

    sheets = tuple(replace(one, rows=tuple(row(cells, one.words) for cells in one.rows)) for one in report.sheets)
    records = tuple({key: None if hidden(value) else value for key, value in one.items()} for one in report.records)
    note = f"Counts of people from 1 to {least - 1} are hidden (<{least}); a total beside them may still give one away."
    return replace(report, sheets=sheets, records=records, notes=(*report.notes, note))


def _missing(value: Value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def to_step(value: float, step: float) -> float | int | None:
    """Value rounded to a multiple of `step` (halves away from zero); None when there is no value.

    Examples
    --------
    >>> to_step(17124, 50), to_step(-1425, 50), to_step(3.14159, 0.1)
    (17100, -1450, 3.1)
    """
    if not math.isfinite(value):
        return None
    multiple = math.floor(abs(value) / step + 0.5)
    rounded = math.copysign(multiple * step, value) if multiple else 0.0
    return int(rounded) if float(step).is_integer() else round(rounded, 6)


def number(value: float, step: float, sign: bool = False) -> str:
    """Value as it is shown: rounded to `step`, thousands apart; ``-`` when there is none.

    Examples
    --------
    >>> number(17124, 50), number(-1425, 10, sign=True), number(20, 10, sign=True), number(float("nan"), 1)
    ('17,100', '-1,430', '+20', '-')
    """
    rounded = to_step(value, step)
    if rounded is None:
        return "-"
    places = 0 if isinstance(rounded, int) else max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{rounded:,.{places}f}"
    return f"+{text}" if sign and rounded > 0 else text


def small(value: float, step: float) -> str:
    """Value as a sentence has it: as `number`, but one that would round to nothing is said to be small, not nothing.

    Examples
    --------
    >>> small(0.3, 1), small(-2.0, 5), small(0.0, 1), small(1e-12, 1), small(17124, 50)
    ('less than 1', 'more than -5', '0', '0', '17,100')
    """
    if to_step(value, step) or not abs(value) > _CRUMB * step:
        return number(value, step)
    return f"less than {number(step, step)}" if value > 0 else f"more than {number(-step, step)}"


def interval(low: float, high: float, step: float, sign: bool = False) -> str:
    """Range as it is shown, or nothing when there is none.

    Examples
    --------
    >>> interval(15912, 18266, 50)
    '15,900 to 18,250'
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"{number(low, step, sign)} to {number(high, step, sign)}"


def significant(values: Iterable[float], digits: int = 3) -> float:
    """Step that leaves the largest of the values with so many digits.

    Examples
    --------
    >>> significant([48211.0, 12.0]), significant([3.14159]), significant([0.0])
    (100.0, 0.01, 1.0)
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0:
        return 1.0
    power = math.floor(math.log10(largest)) - digits + 1
    return float(round(10.0**power, 9))


def told(step: float, low: float, high: float) -> float:
    """Step for a figure with a range: no finer than the range can tell, so that the range spans two steps or more.

    Examples
    --------
    >>> told(0.1, -5.1, -1.4), told(0.1, -130.0, -111.0), told(50, -130.0, -111.0), told(0.1, 3.0, 3.0)
    (1.0, 1.0, 50, 0.1)
    """
    width = abs(high - low)
    return max(step, 10.0 ** math.floor(math.log10(width / 2))) if width > 0 and math.isfinite(width) else step
