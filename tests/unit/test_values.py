from pathlib import Path

import pytest

from capacity_sim import catalogue
from capacity_sim.data.values import BaselineValue, check_coverage, read_values
from capacity_sim.errors import DataError, render

from .test_catalogue import write

ENTRY = """- path: a.b
  value: 0.5
  source: report 1.2
  as_of: 2024-03-31
  basis: published
  quality: green
  why: Printed.
"""


@pytest.fixture
def small(tmp_path: Path) -> catalogue.Catalogue:
    return catalogue.read_catalogue(write(tmp_path))


def read(tmp_path: Path, small: catalogue.Catalogue, text: str) -> tuple[BaselineValue, ...]:
    (tmp_path / "values.yaml").write_text(text, encoding="utf-8")
    return read_values(tmp_path / "values.yaml", small)


def test_an_entry_is_read_with_its_place(tmp_path: Path, small: catalogue.Catalogue):
    (value,) = read(tmp_path, small, ENTRY + "  range: [0.25, 0.75]\n  where: {risk: [high, low]}\n")
    assert value.id == "a.b[risk=low|high]"
    assert (value.quantity.amounts, value.quantity.lows, value.quantity.highs) == ((0.5,), (0.25,), (0.75,))
    assert (value.as_of, value.basis, value.quality, value.family) == (
        "2024-03-31",
        "published",
        "green",
        "uniform",
    )
    assert value.line == 1
    assert str(value.file).endswith("values.yaml")


def test_dated_values_are_in_order_of_date(tmp_path: Path, small: catalogue.Catalogue):
    (value,) = read(tmp_path, small, ENTRY.replace("0.5", "{2025-01-01: 0.4, 2024-01-01: 0.3}"))
    assert [day.year for day in value.quantity.dates] == [2024, 2025]
    assert value.quantity.amounts == (0.3, 0.4)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("a.b", "a.c", "unknown-path", 1),
        ("0.5", "half", "not-a-number", 2),
        ("0.5", "1.5", "out-of-limits", 2),
        ("0.5", "{2024: 0.5}", "bare-year", 2),
        ("0.5", "0.5\n  range: [0.6, 0.9]", "bad-range", 3),
        ("0.5", "0.5\n  where: {risk: huge}", "unknown-value", 3),
        ("0.5", "0.5\n  where: {rsik: low}", "unknown-dimension", 3),
        ("as_of: 2024-03-31", "as_of: 2024", "bare-year", 4),
        ("published", "guessed", "unknown-word", 5),
        ("  why: Printed.\n", "", "missing-key", 1),
        ("why:", "wyh:", "unknown-key", 7),
    ],
)
def test_each_fault_has_its_place(tmp_path, small, old: str, new: str, code: str, line: int):
    with pytest.raises(DataError) as caught:
        read(tmp_path, small, ENTRY.replace(old, new))
    assert (code, line) in [(fault.code, fault.line) for fault in caught.value.faults]
    assert render(caught.value.faults)


def test_a_fixed_parameter_takes_no_dates_and_a_whole_one_no_fractions(tmp_path: Path):
    fixed = write(
        tmp_path,
        parameters="a.b: {unit: x, dims: [], limits: [0, 9], varies: false, kind: integer, words: w}\n",
    )
    small = catalogue.read_catalogue(fixed)
    for value, code in (("{2024-01-01: 1}", "fixed-parameter"), ("1.5", "not-whole")):
        with pytest.raises(DataError) as caught:
            read(tmp_path, small, ENTRY.replace("0.5", value))
        assert [fault.code for fault in caught.value.faults] == [code]


def test_every_cell_is_covered_exactly_once(tmp_path: Path, small: catalogue.Catalogue):
    low = ENTRY + "  where: {risk: low}\n"
    high = ENTRY + "  where: {risk: high}\n"
    assert check_coverage(read(tmp_path, small, low + high), small) == []
    assert check_coverage(read(tmp_path, small, ENTRY), small) == []
    (missing,) = check_coverage(read(tmp_path, small, low), small)
    assert missing.message == (
        "`a.b` is not covered: 1 of its 2 cells have no value, such as `a.b[risk=high,activity=report]`"
    )
    (overlap,) = check_coverage(read(tmp_path, small, ENTRY + high), small)
    assert overlap.code == "overlap"
    assert overlap.message.startswith("`a.b[risk=high,activity=report]` has a value already, in ")


def test_a_file_of_values_is_a_list(tmp_path: Path, small: catalogue.Catalogue):
    with pytest.raises(DataError, match="a list of entries"):
        read(tmp_path, small, "a: 1")


@pytest.mark.parametrize(
    ("lines", "message", "line"),
    [
        ("  range: [0.25, 0.75]\n  family: beta\n", "`beta` is not a family of readings", 9),
        ("  family: pert\n", "`family` is said of a range, and there is no `range`", 8),
        ("  range: [0, 0.75]\n  family: lognormal\n", "a lognormal reading is above 0, and the range starts at 0", 9),
        ("  range: [0.25, 0.75]\n  group: g\n", "the group `g` lacks the rank correlation of its ranges", 9),
        ("  range: [0.25, 0.75]\n  correlation: 0.5\n", "`correlation` is with the ranges of a group", 9),
    ],
)
def test_what_is_said_of_a_range_is_checked(
    tmp_path: Path, small: catalogue.Catalogue, lines: str, message: str, line: int
):
    with pytest.raises(DataError) as caught:
        read(tmp_path, small, ENTRY + lines)
    (fault,) = caught.value.faults
    assert message in fault.message
    assert (fault.line, str(fault.file).endswith("values.yaml")) == (line, True)


def test_a_value_may_move_with_others(tmp_path: Path, small: catalogue.Catalogue):
    said = "  range: [0.25, 0.75]\n  family: pert\n  group: courts\n  correlation: -0.5\n"
    (value,) = read(tmp_path, small, ENTRY + said)
    assert (value.family, value.quantity.together) == ("pert", ("courts", -0.5))
