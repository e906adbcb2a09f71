"""Data of one's own in place of ours: what is replaced, what stays, and what is refused."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from capacity_sim import data
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.data import DataSet
from capacity_sim.data.own import focused
from capacity_sim.data.own_values import minutes_of, over
from capacity_sim.data.template import write_template
from capacity_sim.data.values import BaselineValue, check_coverage
from capacity_sim.errors import DataError, counted, render
from capacity_sim.model.tables import timing
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.runs.store import illustrative
from capacity_sim.series import quantity
from capacity_sim.show.owned import own_report
from capacity_sim.show.sheet import Report, Sheet, suppressed

BAD = Path(__file__).resolve().parents[1] / "bad" / "own"
REGION = "North East"


@pytest.fixture(scope="module")
def nation() -> DataSet:
    return data.load("england_wales")


@pytest.fixture
def folder(tmp_path: Path, nation: DataSet) -> Path:
    write_template(tmp_path / "own", nation, load(), [REGION])
    about = tmp_path / "own" / "about.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("replace this: ", "Their "), encoding="utf-8")
    return tmp_path / "own"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def values_at(dataset: DataSet, path: str) -> np.ndarray:
    catalogue = load()
    found = np.full(catalogue.shape(path), np.nan)
    for value in tuple(dataset.values):
        if value.path == path:
            found[catalogue.mask(path, value.where)] = value.quantity.amounts[0]
    return found


# --- what is replaced -------------------------------------------------------------------------------------------------


def test_a_template_as_it_is_written_is_our_own_data(folder: Path, nation: DataSet) -> None:
    own = data.load(folder)
    assert (own.people == nation.people).all()
    assert own.start_share == pytest.approx(nation.start_share)
    for area, fte in nation.staff.items():
        assert own.staff[area] == pytest.approx(fte, abs=0.006)
    assert own.values == nation.values
    assert own.own is not None
    assert own.own.people == own.own.staff == (REGION,)
    assert own.own.people_by_risk is not None
    here = own.unit_region == own.regions.index(REGION)
    assert (own.own.people_by_risk.sum(axis=2)[here] == nation.people[here]).all()
    assert not own.own.people_by_risk[~here].any()
    assert (own.own.fixed_grades == here).all()


def test_people_of_a_region_take_the_place_of_ours_and_bring_starts(folder: Path, nation: DataSet) -> None:
    table = pd.read_csv(folder / "people.csv")
    table["people"] *= 2
    table.to_csv(folder / "people.csv", index=False)
    own = data.load(folder)
    here = own.unit_region == own.regions.index(REGION)
    assert (own.people[here] == 2 * nation.people[here]).all()
    assert (own.people[~here] == nation.people[~here]).all()
    assert own.start_share[here] == pytest.approx(2 * nation.start_share[here])
    assert own.start_share[~here] == pytest.approx(nation.start_share[~here])


def test_a_type_that_is_not_listed_has_nobody(folder: Path) -> None:
    table = pd.read_csv(folder / "people.csv")
    table[table["type"] != "recalled"].to_csv(folder / "people.csv", index=False)
    own = data.load(folder)
    here = own.unit_region == own.regions.index(REGION)
    assert own.people[here][:, load().place("state", "recalled")].sum() == 0


def test_staff_that_are_not_listed_are_gone_and_areas_that_are_not_listed_stay(folder: Path, nation: DataSet) -> None:
    table = pd.read_csv(folder / "staff.csv")
    keep = (table["area"] == "sentence_management") & (table["grade"] == "PO")
    table[keep].to_csv(folder / "staff.csv", index=False)
    own = data.load(folder)
    here = own.unit_region == own.regions.index(REGION)
    officer = load().place("grade", "PO")
    desk = own.staff["sentence_management"][here]
    assert desk.sum() == pytest.approx(desk[:, officer].sum())
    assert own.staff["court"] == pytest.approx(nation.staff["court"])
    assert own.staff["enforcement"] == pytest.approx(nation.staff["enforcement"])


def test_a_timing_of_ones_own_stands_as_it_is_in_every_draw(folder: Path) -> None:
    ours = minutes_of(data.load("england_wales").values, load())["induction", "policy_adjusted"]
    change(folder / "timings.csv", f"induction,policy_adjusted,{ours:.1f}", f"induction,policy_adjusted,{2 * ours:.1f}")
    names, own = load(), data.load(folder)
    calendar = Calendar(own.start, dt.date(2024, 6, 30))
    spreads = uncertain_inputs([one for one in own.values if one.path == "work.timing.spread"], ())
    assert len(spreads) > 20
    place, basis = names.place("activity", "induction"), names.place("basis", "policy_adjusted")
    minutes = []
    for quantile in (0.1, 0.9):
        draw = {one.id: 0.5 for one in uncertain_inputs(own.values, ())}
        draw |= {one.id: quantile for one in spreads if "induction" in one.id}
        parameters = Parameters(names, own.values, (), calendar, draw)
        minutes.append(timing(parameters, names)[0, place, 1])
    assert minutes[0][basis] == minutes[1][basis] == pytest.approx(2 * ours, rel=1e-3)
    assert minutes[0][0] < minutes[1][0]  # on the timings that are ours, it is spread


def test_a_timing_moves_by_its_ratio_and_all_others_stay(folder: Path, nation: DataSet) -> None:
    ours = minutes_of(nation.values, load())["induction", "policy_adjusted"]
    change(folder / "timings.csv", f"induction,policy_adjusted,{ours:.1f}", f"induction,policy_adjusted,{2 * ours:.1f}")
    own = data.load(folder)
    factor = values_at(own, "work.timing.factor")
    catalogue = load()
    at = catalogue.place("activity", "induction"), catalogue.place("basis", "policy_adjusted")
    assert factor[at] == pytest.approx(2, rel=1e-3)
    factor[at] = 1
    assert (factor == 1).all()
    assert minutes_of(own.values, catalogue)["induction", "policy_adjusted"] == pytest.approx(2 * ours, rel=1e-3)


def test_newer_figures_are_a_folder_with_values(tmp_path: Path, nation: DataSet) -> None:
    (tmp_path / "about.yaml").write_text(
        "name: vintage-2026\ntitle: Newer figures\nbase: england_wales\nsource: Invented\nas_of: 2026-03-31\n"
        "quality: red\n"
    )
    (tmp_path / "values.yaml").write_text(
        "- {path: staff.leaving.annual_rate, where: {grade: PO}, value: 0.11, source: vintage-2026,\n"
        "   as_of: 2026-03-31, basis: published, quality: green, why: Newer.}\n"
    )
    found = data.load(tmp_path)
    new, old = (values_at(one, "staff.leaving.annual_rate") for one in (found, nation))
    assert new[load().place("grade", "PO")] == 0.11
    assert (new != old).sum() == 1
    assert (found.people == nation.people).all()
    assert found.own.words.startswith("Own data (Newer figures). Values: Invented, as at 2026-03-31")


def test_cells_that_are_kept_stay_covered_once() -> None:
    catalogue = load()
    nation = data.load("england_wales")
    where = {"activity": ("induction", "contact"), "basis": ("original",)}
    one = BaselineValue("work.timing.factor", where, quantity(2.0), "a", "2024-03-31", "assumed", "red", "Test.")
    found = over(nation.values, [one], catalogue)
    assert check_coverage(found, catalogue) == []
    mask = catalogue.mask("work.timing.factor", where)
    factor = values_at(replace(nation, values=tuple(found)), "work.timing.factor")
    assert (factor[mask] == 2).all()
    assert (factor[~mask] == 1).all()


def test_where_all_that_runs_is_own_those_who_start_are_as_risky(folder: Path, nation: DataSet) -> None:
    table = pd.read_csv(folder / "people.csv")
    high = table["risk"] == "high"
    table.loc[high, "people"] *= 2
    table.to_csv(folder / "people.csv", index=False)
    own = data.load(folder)
    mine = focused(own, REGION, load())
    mix = table.groupby("risk")["people"].sum() / table["people"].sum()
    stock, start = (values_at(mine, f"people.risk.{name}_mix") for name in ("stock", "start"))
    ours = values_at(nation, "people.risk.start_mix")
    for at, risk in enumerate(load().dimensions["risk"]):
        assert stock[at] == pytest.approx(mix[risk])
    assert start.sum() == pytest.approx(1)
    assert start[2] > ours[2]
    assert focused(own, None, load()) is own, "other regions keep our mix"
    assert focused(nation, REGION, load()) is nation


@pytest.mark.parametrize(
    ("own", "region", "expected"),
    [
        ({}, None, True),
        ({}, REGION, True),
        ({"people": [REGION], "staff": [REGION], "regions": 12}, REGION, False),
        ({"people": [REGION], "staff": [], "regions": 12}, REGION, True),
        ({"people": [REGION], "staff": [REGION], "regions": 12}, None, True),
        ({"people": [REGION], "staff": [REGION], "regions": 1}, None, False),
    ],
)
def test_units_are_illustrative_unless_people_and_staff_are_own(own: dict, region: str | None, expected: bool) -> None:
    assert illustrative({"data": {"own": own} if own else {}, "region": region}) is expected


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.bad
@pytest.mark.parametrize("name", ["about", "regions", "rows"])
def test_each_fault_has_its_row_and_column(
    name: str, check_text: Callable[[str, Path], None], at_root: Path
) -> None:
    with pytest.raises(DataError) as caught:
        data.load(Path("tests/bad/own") / name)
    check_text(f"{render(caught.value.faults)}\n\n{counted(caught.value.faults)}", BAD / f"{name}.txt")


def test_a_template_must_be_filled_in(tmp_path: Path, nation: DataSet) -> None:
    write_template(tmp_path / "own", nation, load(), [REGION])
    with pytest.raises(DataError, match="`title` is still that of the template; `source` is still"):
        data.load(tmp_path / "own")


def test_nothing_is_overwritten_and_regions_must_exist(tmp_path: Path, nation: DataSet) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(DataError, match=r"no region is called `North East England`; `.*` holds something already"):
        write_template(tmp_path, nation, load(), ["North East England"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_replaces_nothing_is_refused(folder: Path) -> None:
    for name in ("people.csv", "staff.csv", "timings.csv"):
        (folder / name).unlink()
    with pytest.raises(DataError, match="this folder replaces nothing"):
        data.load(folder)


def test_a_table_that_would_not_be_read_is_said(folder: Path) -> None:
    (folder / "staff.csv").rename(folder / "Staff.csv")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "people.xlsx").write_bytes(b"x")
    with pytest.raises(DataError, match=r"`Staff\.csv` is not a table of own data, and would not be read") as caught:
        data.load(folder)
    assert [(fault.code, Path(fault.file).name, fault.hint) for fault in caught.value.faults] == [
        ("unknown-file", "Staff.csv", "did you mean `staff.csv`?"),
        ("unknown-file", "people.xlsx", "did you mean `people.csv`?"),
    ]


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_columns_apart_by_something_else_are_said(folder: Path, mark: str, name: str) -> None:
    file = folder / "people.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",", mark), encoding="utf-8")
    with pytest.raises(DataError, match=f"^the columns of this table stand apart by {name}, and should by commas"):
        data.load(folder)


def test_a_table_in_another_coding_says_how_to_save_it(folder: Path) -> None:
    (folder / "people.csv").write_text("region,unit\n", encoding="utf-16")
    with pytest.raises(DataError, match="it is not text in UTF-8") as caught:
        data.load(folder)
    assert "CSV UTF-8" in str(caught.value.faults[0].hint)


def test_a_base_that_is_not_there_has_its_place(folder: Path) -> None:
    about = folder / "about.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("england_wales", "england"), encoding="utf-8")
    with pytest.raises(DataError, match="there is no data set `england`") as caught:
        data.load(folder)
    (fault,) = caught.value.faults
    assert fault.file is not None
    assert fault.file.endswith("about.yaml")
    assert (fault.column, fault.hint) == (7, "did you mean `england_wales`?")


def test_a_table_of_a_spreadsheet_is_read(folder: Path, nation: DataSet) -> None:
    file = folder / "people.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert (data.load(folder).people == nation.people).all()
    file.write_bytes(file.read_bytes() + b",,,,\r\n , ,,,\r\n")
    assert (data.load(folder).people == nation.people).all()


def test_a_unit_that_is_none_is_told_the_units_of_its_region(folder: Path) -> None:
    change(folder / "people.csv", f"{REGION},Sunderland,custody,low,", f"{REGION},Nowhere at all,custody,low,")
    with pytest.raises(DataError, match="there is no unit `Nowhere at all`") as caught:
        data.load(folder)
    hint = next(fault.hint for fault in caught.value.faults if "Nowhere" in fault.message)
    assert hint.startswith("use `County Durham and Darlington`, ")
    assert hint.endswith(" or `Sunderland`")


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_what_is_replaced_is_shown_beside_ours(folder: Path, nation: DataSet) -> None:
    report = own_report(data.load(folder), nation)
    assert [cells[:2] for cells in report.sheets[0].rows] == [
        (REGION, "people"),
        (REGION, "staff, sentence management (FTE)"),
        (REGION, "staff, court (FTE)"),
    ]
    assert all(cells[-1] == "+0.0%" for cells in report.sheets[0].rows)
    assert f"People of {REGION}; staff of {REGION}" in report.notes[-1]


def test_small_counts_are_hidden_in_counts_alone() -> None:
    sheet = Sheet(("", "a", "b"), (("x", "4", "+3"), ("3", "0", "1,005"), ("y", "5", "-")))
    records = ({"row": "x", "central": 4, "rounded_to": 1}, {"row": "y", "central": 5, "rounded_to": None})
    report = Report("t", (), (sheet,), ("n",), records, counts=True)
    found = suppressed(report, 5)
    assert found.sheets[0].rows == (("x", "<5", "<5"), ("3", "0", "1,005"), ("y", "5", "-"))
    assert [one["central"] for one in found.records] == [None, 5]
    assert "1 to 4 are hidden" in found.notes[-1]
    assert suppressed(replace(report, counts=False), 5).sheets == report.sheets


def test_the_range_of_a_hidden_count_does_not_give_it_away() -> None:
    rows = (("x", "4", "12"), ("", "3 to 4", "2 to 1,004"), ("less", "+3 (-1 to +4)", "5 to 9"))
    report = Report("t", (), (Sheet(("", "a", "b"), rows),), (), (), counts=True)
    shown = suppressed(report, 5).sheets[0].rows
    assert shown == (("x", "<5", "12"), ("", "<5", "<5 to 1,004"), ("less", "<5 (<5)", "5 to 9"))
