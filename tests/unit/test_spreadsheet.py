"""Reports as a spreadsheet: numbers are numbers, words are words, names of sheets are allowed."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.show.sheet import Report, Sheet, number
from capacity_sim.show.spreadsheet import FIGURES, NOTES, value_of, write_xlsx


def report(*sheets: Sheet, **more: Any) -> Report:
    parts = {"title": "Staff", "lead": ("Few.",), "notes": ("A note.",), "records": ({"grade": "PO", "value": 4050.5},)}
    return Report(sheets=sheets, **{**parts, **more})


def written(path: Path, *reports: Report, **more: Any) -> openpyxl.Workbook:
    write_xlsx(reports, path, **more)
    return openpyxl.load_workbook(path)


def test_each_table_has_a_sheet_with_numbers(tmp_path: Path) -> None:
    rows = (("PO", "7,100", "+3,050"), ("share", "7.8%", "-"))
    tables = Sheet(("Grade", "needed", "gap"), rows, "By grade: all / some")
    book = written(tmp_path / "a.xlsx", report(tables, Sheet(("", "Mar"), (("in post", "9.5"),), "Over time")))
    assert book.sheetnames == ["1 By grade all some", "2 Over time", FIGURES, NOTES]
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    assert cells[3:] == [("Grade", "needed", "gap"), ("PO", 7100, 3050), ("share", 0.078, "-")]
    assert [cell.number_format for cell in book.worksheets[0][5]] == ["General", "#,##0", "+#,##0;-#,##0;0"]
    assert list(book[FIGURES].iter_rows(values_only=True)) == [("grade", "value"), ("PO", 4050.5)]


def test_notes_and_sources_have_a_sheet_of_their_own(tmp_path: Path) -> None:
    sources = [{"id": "nao-2025", "licence": "OGL"}]
    book = written(tmp_path / "a.xlsx", report(), about=["$ capacity-sim run"], sources=sources)
    cells = [cell for row in book[NOTES].iter_rows(values_only=True) for cell in row if cell is not None]
    for words in ("$ capacity-sim run", "Staff", "Few.", "A note.", "nao-2025", "OGL"):
        assert words in cells


def test_a_text_that_begins_like_a_formula_is_a_text(tmp_path: Path) -> None:
    book = written(tmp_path / "a.xlsx", report(Sheet(("a",), (("=1+1",),))))
    assert book.worksheets[0]["A4"].data_type == "s"


def test_names_of_sheets_are_short_and_unlike(tmp_path: Path) -> None:
    long = Sheet(("a",), (("b",),), "'A caption of more than thirty characters: [all]")
    book = written(tmp_path / "a.xlsx", report(long), report(long), report(records=(), title=""))
    assert len(set(book.sheetnames)) == len(book.sheetnames)
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_sheets_of_several_scenarios_say_whose_they_are_in_whole_words(tmp_path: Path) -> None:
    grades = Sheet(("a",), (("b",),), "FTE, mean of the month; needed on policy-adjusted timings")
    reports = [report(grades, title=f"{name}: staff in March 2029") for name in ("baseline", "reset")]
    book = written(tmp_path / "a.xlsx", *reports)
    assert book.sheetnames == ["1 baseline, FTE, mean of the", "2 reset, FTE, mean of the", FIGURES, NOTES]


@given(st.floats(-1e9, 1e9), st.sampled_from([0.01, 0.1, 1.0, 50.0]), st.booleans())
def test_a_number_as_it_is_shown_is_read_back(value: float, step: float, sign: bool) -> None:
    shown = number(value, step, sign)
    assert value_of(shown)[0] == pytest.approx(float(shown.replace(",", "")))


@pytest.mark.parametrize("words", ["2024-04", "8,550 to 8,850", "1,23", "Mar 2025", "", "12 of 18", "±4"])
def test_what_is_not_one_number_stays_words(words: str) -> None:
    assert value_of(words) == (words, "")
