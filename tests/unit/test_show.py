"""Tables answer a fresh reader's questions; charts are labelled and the same every time."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.analysis.compare import compare
from capacity_sim.analysis.headline import headline
from capacity_sim.errors import NotComparableError, RunError
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise
from capacity_sim.show import charts
from capacity_sim.show.reconciled import fitted_report, reconcile_report
from capacity_sim.show.sheet import Report, Sheet, interval, number, significant, to_csv, to_json, to_text
from capacity_sim.show.tables import compare_report, run_report

AREA = {"area": "sentence_management"}


#: a range in brackets
ENDS = r" \([\d,-]+ to [\d,-]+\)"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    runs = tmp_path_factory.mktemp("runs")
    return [one.folder for one in run(Request(scenarios, draws=4, units=True), FakeModel(), runs_dir=runs)]


def single(runs: Path, reps: int = 1) -> RunFolder:
    return run(Request([FakeScenario("baseline")], reps=reps), FakeModel(), runs_dir=runs)[0].folder


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (17124.0, 50, "17,100"), (17125.0, 50, "17,150"), (-20.0, 50, "0"), (-25.0, 50, "-50"), (0.4, 1, "0"),
        (float("nan"), 1, "-"), (3.14159, 0.01, "3.14"), (12.3, 0.1, "12.3"), (1234.0, 1000.0, "1,000"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_as_they_are_shown(value: float, step: float, text: str) -> None:
    assert number(value, step) == text


def test_a_missing_range_is_left_empty() -> None:
    assert interval(float("nan"), 1.0, 1) == ""
    assert interval(-1.0, 2.0, 1, sign=True) == "-1 to +2"
    assert significant([1234.0, 5.0]) == 10.0


def test_a_fresh_reader_finds_how_many_how_sure_where_when_and_on_which_timing(pair: list[RunFolder]) -> None:
    plain = to_text(run_report(headline(pair[0], "2025-03")))
    lines, text = plain.splitlines(), " ".join(plain.split())
    assert lines[0] == "baseline: Sentence management staff in March 2025, Made-up land"
    assert re.match(
        rf"Needed on staff-reported timings: [\d,]+ FTE{ENDS}\. In post: [\d,]+{ENDS}, [\d,]+{ENDS} too few \(\d+%",
        " ".join(lines[2:4]),
    )
    years = plain[plain.index("All grades over time") :].splitlines()
    assert [line.startswith("  10th to 90th percentile") for line in years[2:12]] == [False, True] * 5
    assert max(map(len, lines)) <= 110
    assert "% of the staff needed" in text
    for words in (
        "Probation officer (PO)", "needed", "funded", "in post", "available", "shortfall", "gap",
        "original timings (used before 2024)", "policy-adjusted timings", "staff-reported timings",
        "10th to 90th percentile of 4 draws", "pieces of work", "% of the pieces that fell due",
        "Shortfall is needed less in post", "Above zero is a shortage", "Rounded to 5 FTE",
        "Trainees count under PSO", "Delivery units at the end of March 2025",
    ):  # fmt: skip
        assert words in text, words
    assert "illustrative" not in text
    assert "trainee" not in [line.split()[0] for line in lines if line.strip()]


def test_each_share_has_a_range_of_its_own(pair: list[RunFolder]) -> None:
    """A share is taken draw by draw: its range is that of the ratios, not a ratio of the ranges."""
    found = headline(pair[0], "2025-03")
    text = " ".join(to_text(run_report(found)).split())
    percent = r"[\d.]+%"
    for of in ("the staff needed", "the pieces that fell due", "the hours due"):
        wanted, all_ = rf"{percent} of {of}, {percent} to {percent}", rf"{percent} of {of}"
        assert len(re.findall(wanted, text)) == len(re.findall(all_, text)) > 0, of
    table = found.folder.table(["gap_fte", "required_fte"], {"area": "sentence_management", "month": "2025-03"})
    gap, needed = (
        summarise(table, one, (), "2025-03", basis="staff_reported").set_index(["draw", "rep"])["value"]
        for one in ("gap_fte", "required_fte")
    )
    share = 100 * gap / needed
    assert found.share("gap_fte") == pytest.approx((share.median(), share.quantile(0.1), share.quantile(0.9)))


def test_a_run_in_which_nothing_lapsed_names_no_risks(pair: list[RunFolder]) -> None:
    found = headline(pair[0], "2025-03")
    assert ", by risk: low" in to_text(run_report(found)).replace("\n", " ")
    none = replace(found, not_done_by_risk=found.not_done_by_risk.iloc[:0])
    assert "by risk" not in to_text(run_report(none))


def test_a_single_replication_says_it_has_no_range(tmp_path: Path) -> None:
    text = " ".join(to_text(run_report(headline(single(tmp_path), "2025-03"))).split())
    assert "No range: one draw, with every assumption at its central value; add `--draws 20`." in text
    assert "percentile" not in text


def test_what_rounds_to_nothing_in_a_small_area_is_not_said_to_be_nothing(tmp_path: Path) -> None:
    found = headline(single(tmp_path), "2025-03")
    factor = 0.3 / found.value("gap_fte")
    few = replace(found, staff=found.staff.assign(central=found.staff["central"] * factor))
    text = " ".join(to_text(run_report(few)).split())
    assert re.search(r"Available: less than 1, less than 1 too few \([1-9]\d%", text), text
    assert " 0 too few" not in text


def test_a_range_of_chance_is_labelled(tmp_path: Path) -> None:
    text = " ".join(to_text(run_report(headline(single(tmp_path, reps=3), "2025-03"))).split())
    assert "chance only, 10th to 90th" in text
    assert "Range: chance only, the 10th to 90th percentile of 3 replications" in text


def test_records_are_the_table(pair: list[RunFolder]) -> None:
    report = run_report(headline(pair[0], "2025-03"))
    records = pd.DataFrame(report.records)
    needed = records.query("measure == 'required_fte' and month == '2025-03' and basis == 'staff_reported'")
    assert needed["row"].tolist()[-1] == "total"
    total = needed[needed["row"] == "total"].iloc[0]
    assert f"{total['central']:,}" in to_text(report)
    assert (records["central"] % 5 == 0).all()
    assert set(records["unit"]) == {"FTE"}
    assert not records.duplicated(["month", "basis", "row", "measure"]).any()


def test_units_are_illustrative_wherever_they_appear(pair: list[RunFolder]) -> None:
    report = run_report(headline(pair[0], "2025-03", by="unit"))
    assert "(illustrative by unit)" in report.title
    assert any("illustrative (quality red)" in note for note in report.notes)
    units = [one for one in report.records if one["rows"] == "unit"]
    assert {one["quality"] for one in units} == {"illustrative"}
    compared = compare_report(compare(pair, "gap_fte", by=["unit"], where=AREA))
    assert "illustrative" in to_text(compared)
    assert {one["quality"] for one in compared.records} == {"illustrative"}


def test_a_comparison_shows_levels_then_differences(pair: list[RunFolder]) -> None:
    report = compare_report(compare(pair, "required_fte", ["2024-09", "2025-03"], where=AREA))
    text = to_text(report)
    assert text.startswith("Staff needed, sentence management, Made-up land, staff-reported timings\n")
    rows = report.sheets[0].rows
    assert [row[0] for row in rows] == ["baseline", "", "reset", "", "  less baseline", ""]
    assert report.sheets[0].columns == ("", "Sep 2024", "Mar 2025")
    assert rows[4][1].startswith("-")
    assert "trust it before the levels" in text
    assert "Levels rounded to 5 FTE, differences to 5 FTE." in text


def test_a_percentage_names_its_denominator(pair: list[RunFolder]) -> None:
    report = compare_report(compare(pair, "workload_pct", where=AREA))
    assert "per cent of productive hours of the staff available" in to_text(report)
    assert {one["unit"] for one in report.records if one["less"] is None} == {
        "per cent of productive hours of the staff available"
    }
    assert "percentage points" in to_text(report)


def test_cells_come_in_the_order_of_the_catalogue(pair: list[RunFolder]) -> None:
    report = compare_report(compare(pair, "work_not_done", by=["risk"], where=AREA))
    assert [sheet.caption for sheet in report.sheets] == ["low", "medium", "high", "very high"]


def test_small_differences_do_not_vanish_in_rounding(tmp_path: Path) -> None:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.999)]
    folders = [one.folder for one in run(Request(scenarios, draws=2), FakeModel(), runs_dir=tmp_path)]
    report = compare_report(compare(folders, "required_fte", where=AREA))
    assert [one["central"] for one in report.records if one["less"]] != [0]
    assert "differences to 0.1 FTE" in to_text(report)


def test_where_a_file_lies_folds_no_other_column() -> None:
    def lines(folder: str) -> list[str]:
        rows = (("a", "word " * 20, "x" * 60, f"{folder}reset.yaml:53"), ("b", "more " * 30, "y", f"{folder}a.yaml:1"))
        report = Report("", (), (Sheet(("", "WHAT", "HOW", "WRITTEN IN"), rows, words=4, placed=True),), (), ())
        return to_text(report).replace(folder, "").splitlines()

    assert lines("/a" * 200 + "/") == lines("/b/")


def test_csv_and_json_hold_the_records() -> None:
    records: tuple = ({"a": 1, "b": None}, {"a": float("nan"), "b": "x, y"})
    report = Report("title", ("lead",), (Sheet(("A",), (("1",),)),), ("note",), records)
    assert to_csv([report]) == 'a,b\n1,\n,"x, y"\n'
    assert json.loads(to_json([report])) == [
        {"title": "title", "lead": ["lead"], "notes": ["note"],
         "records": [{"a": 1, "b": None}, {"a": None, "b": "x, y"}]}
    ]  # fmt: skip


def test_the_chart_is_labelled_and_the_same_every_time(pair: list[RunFolder], tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        figure = charts.needed_against_in_post(*pair, source="Capacity Sim on made-up data")
        written.append(charts.save(figure, tmp_path / name / "chart"))
    for first, second in zip(*written, strict=True):
        assert first.read_bytes() == second.read_bytes()
    svg = written[0][1].read_text()
    assert "<dc:date>" not in svg
    texts = {
        "".join(node.itertext()).strip() for node in ElementTree.fromstring(svg).iter() if "text" in node.tag
    }
    shown = " ".join(texts)
    for words in (
        "Full-time equivalent staff (FTE)", "Month", "needed, baseline", "needed, reset", "in post, both",
        "Difference that reset makes (reset less baseline)", "staff-reported timings",
        "10th to 90th percentile of 4 draws", "Source: Capacity Sim on made-up data", pair[0].path.name,
    ):  # fmt: skip
        assert words in shown, words
    assert written[0][0].read_bytes().startswith(b"\x89PNG")


def test_a_chart_of_one_draw_says_it_has_no_band(tmp_path: Path) -> None:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    folders = [one.folder for one in run(Request(scenarios), FakeModel(), runs_dir=tmp_path)]
    _, svg = charts.save(charts.needed_against_in_post(*folders), tmp_path / "chart")
    assert "No bands: one draw and one replication." in svg.read_text()


def test_unlike_runs_are_not_drawn(pair: list[RunFolder], tmp_path: Path) -> None:
    with pytest.raises(NotComparableError):
        charts.needed_against_in_post(pair[0], single(tmp_path))


def test_a_chart_that_cannot_be_written_leaves_nothing(pair: list[RunFolder], tmp_path: Path) -> None:
    (tmp_path / "charts").write_text("in the way")
    figure = charts.needed_against_in_post(*pair)
    with pytest.raises(RunError, match="cannot be written"):
        charts.save(figure, tmp_path / "charts" / "chart")


def test_reconciliation_has_eight_areas_blanks_and_what_is_missed() -> None:
    columns = ["area", "basis", "simulated", "published", "tolerance"]
    cells = [
        ("court", "original", 1900.0, 1852.0, 0.05),
        ("court", "policy_adjusted", 2500.0, 2184.0, 0.05),
        ("complaints", "staff_reported", 12.0, float("nan"), 0.15),
    ]
    frame = pd.DataFrame(cells, columns=columns)
    report = reconcile_report(frame, "Made-up land")
    text = to_text(report)
    assert "Court" in text
    assert "+14.5% !" in text
    assert "blank" in text
    assert "Outside their tolerance (!): court on policy adjusted timings." in text
    assert [one["inside"] for one in report.records] == ["true", "false", None]
    fine = reconcile_report(frame.head(1), "Made-up land")
    assert "Every figure that carries a tolerance is inside it (1)." in to_text(fine)


def test_fitted_values_say_why() -> None:
    frame = pd.DataFrame(
        [
            {
                "path": "work.timing.scale",
                "where": {"area": "court", "basis": "original"},
                "value": 1.23456,
                "why": "Fig",
            }
        ]
    )
    report = fitted_report(frame, "Made-up land")
    assert report.sheets[0].rows == (("work.timing.scale", "area=court,basis=original", "1.235", "Fig"),)
