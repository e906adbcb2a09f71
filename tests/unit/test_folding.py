"""Tables in a terminal: as narrow as it is, with nothing lost and no word cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.show.folding import GAP, fitted
from capacity_sim.show.sheet import Sheet

RANGES = Sheet(
    ("threshold", "watches", "first met", "owner", "last month"),
    (
        ("sentence-management-gap", "gap, sentence management, % of staff needed", "Jun 2024", "-", "48.8 (40 to 49)"),
        ("caseload", "caseload per officer", "-", "-", "29.6 (26 to 30)"),
    ),
    words=2,
)


def width(sheet: Sheet) -> int:
    columns = zip(sheet.columns, *sheet.rows, strict=True)
    widest = [max(len(line) for cell in cells for line in cell.split("\n")) for cells in columns]
    return sum(widest) + GAP * (len(widest) - 1)


def bare(cell: str) -> str:
    return "".join(cell.split())


@pytest.mark.parametrize("limit", [60, 70, 80, 100])
def test_a_table_is_as_narrow_as_the_terminal(limit: int) -> None:
    found = fitted(RANGES, limit)
    assert width(found) <= limit
    assert "owner" not in found.columns, "a column of nothing goes first"
    for row, before in zip(found.rows, RANGES.rows, strict=True):
        assert [bare(cell) for cell in row] == [bare(before[place]) for place in (0, 1, 2, 4)]


def test_names_and_ranges_are_not_cut() -> None:
    watched, since, last = "gap, sentence\nmanagement, % of staff\nneeded", "Jun 2024", "48.8\n(40 to 49)"
    assert fitted(RANGES, 70).rows[0] == ("sentence-management-gap", watched, since, last)
    assert fitted(RANGES, 62).rows[0] == ("sentence-management-\ngap", watched, since, "48.8\n(40 to\n49)")


def test_a_table_that_fits_is_as_it_was() -> None:
    assert fitted(RANGES, width(RANGES)) is RANGES


CELLS = st.text(alphabet="ab-_. ", max_size=40).map(str.strip)


@given(st.integers(1, 3), st.integers(0, 3), st.integers(20, 90), st.data())
def test_nothing_is_lost_and_no_column_grows(words: int, numbers: int, limit: int, data: st.DataObject) -> None:
    number = st.sampled_from(["7", "12,300", "9,000 (8,000 to 12,000)", "15,900 to 18,250", "-"])
    row = st.tuples(*([CELLS] * words), *([number] * numbers))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    heads = tuple(f"heading {place}" for place in range(words + numbers))
    sheet = Sheet(heads, tuple(rows), words=words)
    found = fitted(sheet, limit)
    assert width(found) <= max(width(sheet), limit)
    kept = [heads.index(" ".join(heading.split())) for heading in found.columns]
    assert kept[:words] == list(range(words))
    for before, after in zip(sheet.rows, found.rows, strict=True):
        assert [bare(before[place]) for place in kept] == [bare(cell) for cell in after]
        assert all(before[place] in ("", "-") for place in range(len(heads)) if place not in kept)
