"""Cells of a table of HTML."""

from typing import Any


def cells(table: Any) -> list[list[str]]:
    """Words of every row, heading row first."""
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
