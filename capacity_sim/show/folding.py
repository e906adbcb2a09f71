"""Tables that are wider than the terminal: cells are folded where a reader would break them, not in a word."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

from capacity_sim.show.sheet import Report, Sheet

#: characters between columns
GAP = 2
#: pieces of names stay together up to this length
_PIECE = 14
#: width below which words are made narrower only when nothing else helps
_READABLE = 22
#: cells of a column that has nothing to say
_NOTHING = {"", "-"}
_WITH_RANGE = re.compile(r"(\S+(?: %)?) (\([^()]* to [^()]*\))")


def fitted_to(report: Report, width: int) -> Report:
    """Report whose tables fit a terminal."""
    return replace(report, sheets=tuple(fitted(one, width) for one in report.sheets))


def fitted(sheet: Sheet, width: int) -> Sheet:
    r"""Table whose cells are folded until it is no wider than `width`, as far as it can be.

    Columns of numbers that hold nothing are left out; ranges go below their figures, headings fold at spaces, and
    columns of words are made narrower, the widest first; then ranges fold before their upper ends.

    Examples
    --------
    >>> fitted(Sheet(("measure", "FTE freed"), (("policy-incentives", "96.2 (54.6 to 108.9)"),)), 34).rows
    (('policy-incentives', '96.2\n(54.6 to 108.9)'),)
    >>> fitted(Sheet(("measure", "FTE freed"), (("policy-incentives", "96.2 (54.6 to 108.9)"),)), 26).rows
    (('policy-\nincentives', '96.2\n(54.6 to\n108.9)'),)
    """
    columns = [list(cells) for cells in zip(sheet.columns, *sheet.rows, strict=True)]
    if _width(columns) <= width or not sheet.rows:
        return sheet
    columns = [cells for number, cells in enumerate(columns) if number < sheet.words or set(cells[1:]) - _NOTHING]
    words = {place: columns[place] for place in range(sheet.words)}
    numbers = range(sheet.words, len(columns))
    for place in numbers:
        columns[place][1:] = [_WITH_RANGE.sub(r"\1\n\2", cell) for cell in columns[place][1:]]
    if _width(columns) > width:
        for cells in columns:
            _fold_heading(cells)
    _narrow(columns, words, width, _READABLE)
    if _width(columns) > width:
        for place in sorted(numbers, key=lambda one: -_widest(columns[one])):
            if _width(columns) > width:
                columns[place][1:] = [cell.replace(" to ", " to\n") for cell in columns[place][1:]]
                _fold_heading(columns[place])
    _narrow(columns, words, width)
    heading, *rows = zip(*columns, strict=True)
    return replace(sheet, columns=tuple(heading), rows=tuple(tuple(row) for row in rows))


def _fold_heading(cells: list[str]) -> None:
    cells[0] = _folded(cells[0], max(_widest(cells[1:]), _least(cells[:1])))


def _narrow(columns: list[list[str]], whole: dict[int, list[str]], width: int, floor: int = 0) -> None:
    """Make columns of words narrower, the widest first, until the table fits or none can be, or is at the floor."""
    widths = {place: _widest(columns[place]) for place in whole}
    least = {place: max(floor, _least(cells)) for place, cells in whole.items()}
    over = _width(columns) - width
    while over > 0:
        can = [place for place in widths if widths[place] > least[place]]
        if not can:
            break
        widest = max(can, key=lambda place: widths[place])
        widths[widest] -= 1
        over -= 1
    for place, cells in whole.items():
        columns[place] = [_folded(cell, widths[place]) for cell in cells]


def _folded(cell: str, width: int) -> str:
    """Cell in lines of at most `width`; a name is broken after a dot, dash, line or slash."""
    lines: list[str] = []
    for line in cell.split("\n"):
        if len(line) <= width:
            lines.append(line)
            continue
        pieces = [piece for word in line.split() for piece in _pieces(word, width)]
        folded = ""
        for piece, starts in pieces:
            glue = " " if folded and starts else ""
            if folded and len(folded.rpartition("\n")[2]) + len(glue) + len(piece) > width:
                folded += f"\n{piece}"
            else:
                folded += f"{glue}{piece}"
        lines.append(folded)
    return "\n".join(lines)


def _pieces(word: str, width: int) -> list[tuple[str, bool]]:
    """Pieces of a word that is too wide, and whether each starts it."""
    if len(word) <= width:
        return [(word, True)]
    parts = re.findall(r"[^-_./:]*[-_./:]*", word)[:-1]
    cut = [one for part in parts for one in textwrap.wrap(part, max(1, width), break_on_hyphens=False)]
    return [(piece, number == 0) for number, piece in enumerate(cut)]


def _least(cells: list[str]) -> int:
    """Width below which words would be cut: that of the longest piece, of names no more than some letters."""
    words = [word for cell in cells for word in cell.split()]
    pieces = [piece for word in words for piece, _ in _pieces(word, _PIECE)]
    return max((len(piece) for piece in pieces), default=0)


def _widest(cells: list[str]) -> int:
    return max((len(line) for cell in cells for line in cell.split("\n")), default=0)


def _width(columns: list[list[str]]) -> int:
    return sum(map(_widest, columns)) + GAP * (len(columns) - 1)
