"""Published figures beside simulated ones: the arithmetic that data say, verdicts, and files of one's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from support.fake_result import fake_result

from capacity_sim import data
from capacity_sim.analysis.validation import (
    MISS,
    NOT_HELD,
    OTHER,
    PASS,
    SHOWN,
    Validation,
    Verdict,
    allowed,
    by_unit,
    validate,
)
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.catalogue.strict_yaml import parse
from capacity_sim.data.holding import span
from capacity_sim.data.targets import Target, read_targets, targets
from capacity_sim.errors import DataError, Fault, counted, render
from capacity_sim.parameters import Parameters
from capacity_sim.runs.store import Where
from capacity_sim.runs.tidy import tidy
from capacity_sim.scenario import available
from capacity_sim.show.validated import NO_REASON, RESTS, to_page, unexplained, validation_report

BAD = Path(__file__).resolve().parents[1] / "bad" / "targets"
END = date(2025, 3, 30)
CALENDAR = Calendar(date(2024, 3, 31), END)
COMMUNITY = ("community_order", "suspended_sentence", "licence", "post_sentence")


@dataclass(frozen=True)
class MadeUp:
    """A run of made-up results, with parameters of the made-up region."""

    seed: int = 1
    draws: int = 1
    region: str | None = None
    units: bool = True
    name: str = "baseline"
    path: Path = Path("runs/made-up")
    months: tuple[str, ...] = CALENDAR.months
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Any:
        return self

    @property
    def question(self) -> dict[str, Any]:
        ends = {"data": {"start": "2024-03-31"}, "horizon": {"end": END.isoformat()}}
        return {**ends, "units": self.units, "seed": self.seed}

    @property
    def reps(self) -> int:
        return 1

    @property
    def rows(self) -> pd.DataFrame:
        parts = [
            tidy(fake_result(self.seed + draw, end=END), load(), draw, 0, units=True).to_pandas()
            for draw in range(self.draws)
        ]
        return pd.concat(parts, ignore_index=True)

    def table(self, measures: Any = None, where: Where | None = None, units: bool = False) -> pd.DataFrame:
        found = self.rows
        return found if units else found[found["unit"].isna()]

    @property
    def parameters(self) -> Parameters:
        return Parameters(load(), data.load("demo").values, (), CALENDAR)


def run(seed: int = 1, **more: Any) -> MadeUp:
    key = f"{seed}-{'-'.join(f'{name}{value}' for name, value in more.items())}"
    return MadeUp(seed, manifest={"hash": key}, **more)


def row(held: str, value: float | None = 1.0, kind: str = "check", more: str = "") -> Target:
    number = "null" if value is None else value
    text = (
        f'targets:\n  - {{id: a, description: "A", value: {number}, unit: FTE, date: "2025-03", kind: {kind}, '
        f"source: mine, held: {held}{more}}}\n"
    )
    faults: list[Fault] = []
    (found,) = targets(parse(text, "a.yaml"), faults, load())
    assert faults == []
    return found


def value(held: str, **runs: MadeUp) -> float:
    (found,) = validate([row(held)], runs or {"baseline": run()}).rows
    assert found.value is not None, found.because
    return found.value


def sums(measure: str, month: str | None = None, **where: Any) -> float:
    table = run().table()
    keep = table["measure"] == measure
    if month is not None:
        keep &= table["month"] == month
    for key, wanted in where.items():
        keep &= table[key].isin([wanted] if isinstance(wanted, str) else wanted)
    return float(table[keep]["value"].sum())


# --- arithmetic -------------------------------------------------------------------------------------------------------


def test_an_output_has_its_cells_and_its_month() -> None:
    held = "{scenario: baseline, value: {output: in_post_fte, grade: PO}}"
    assert value(held) == pytest.approx(sums("in_post_fte", "2025-03", grade="PO"))


def test_a_year_is_totalled_by_the_rule_of_the_output_or_by_the_one_that_is_named() -> None:
    held = "{scenario: baseline, when: 2024-25, value: {output: people_on_sentence%s}}"
    each = [sums("people_on_sentence", month) for month in CALENDAR.months]
    assert value(held % "") == pytest.approx(each[-1])
    assert value(held % ", over_months: mean") == pytest.approx(sum(each) / len(each))
    assert value(held % ", over_months: sum") == pytest.approx(sum(each))


def test_a_volume_is_a_rate_of_whole_periods() -> None:
    weeks = int(CALENDAR.weeks_in_month.sum())
    whole = sums("recalls") * 365.25 / (7 * weeks)
    held = "{scenario: baseline, when: 2024-25, value: {output: recalls, per: %s}}"
    assert value(held % "year") == pytest.approx(whole)
    assert value(held % "quarter") == pytest.approx(whole / 4)


def test_shares_differences_and_products() -> None:
    people = "{output: people_on_sentence, type: [community_order, suspended_sentence, licence, post_sentence]%s}"
    low = sums("people_on_sentence", "2025-03", type=COMMUNITY, risk="low")
    every = sums("people_on_sentence", "2025-03", type=COMMUNITY)
    held = "{scenario: baseline, value: {%s: [%s, %s]}}"
    a, b = people % ", risk: low", people % ""
    assert value(held % ("percent", a, b)) == pytest.approx(100 * low / every)
    assert value(held % ("ratio", a, b)) == pytest.approx(low / every)
    assert value(held % ("less", b, a)) == pytest.approx(every - low)
    assert value(held % ("product", "3", a)) == pytest.approx(3 * low)
    assert value(held % ("add", a, "7")) == pytest.approx(low + 7)


def test_what_is_said_once_holds_below_and_may_be_said_anew() -> None:
    held = (
        "{scenario: baseline, when: 2024-04, where: {grade: PO}, "
        "value: {less: [{output: in_post_fte, when: 2025-03}, {output: in_post_fte, grade: PSO}]}}"
    )
    assert value(held) == pytest.approx(
        sums("in_post_fte", "2025-03", grade="PO") - sums("in_post_fte", "2024-04", grade="PSO")
    )


def test_regions_are_counted_and_the_highest_taken() -> None:
    each = {region: sums("in_post_fte", "2025-03", region=region) for region in ("Northshire", "Southshire")}
    held = (
        "{scenario: baseline, where: {region: [Northshire, Southshire]}, "
        "value: {each: region, of: {output: in_post_fte}, %s}}"
    )
    between = sum(each.values()) / 2
    assert value(held % f"count_above: {between}") == 1
    assert value(held % f"percent_at_least: {min(each.values()) - 1}") == 100
    assert value(held % "mean_of_highest: 1") == pytest.approx(max(each.values()))
    assert value(held % "mean_of_lowest: 2") == pytest.approx(between)


def test_a_parameter_and_a_timing_are_those_of_the_run() -> None:
    assert value("{scenario: baseline, value: {parameter: staff.time.contract_hours}}") == 1930.6
    hours = value("{scenario: baseline, value: {timing: initial_assessment, basis: staff_reported}}")
    assert hours == pytest.approx(7.2)


def test_a_difference_between_scenarios_is_paired_draw_by_draw() -> None:
    held = "{scenario: reset, value: {less: [{output: in_post_fte, scenario: baseline}, {output: in_post_fte}]}}"
    runs = {"baseline": run(1, draws=3), "reset": run(11, draws=3)}
    (found,) = validate([row(held)], runs).rows
    one = [
        value(held, baseline=run(1 + draw), reset=run(11 + draw)) for draw in range(3)
    ]  # the same seeds one by one
    assert found.value == pytest.approx(sorted(one)[1])
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2025-03", ("2025-03", "2025-03")),
        ("2025-03-31", ("2025-03", "2025-03")),
        ("2024-04/2025-03", ("2024-04", "2025-03")),
        ("2024-25", ("2024-04", "2025-03")),
        ("1999-00", ("1999-04", "2000-03")),
        ("2025-03/2024-04", None),
        ("2024-26", None),
        ("2024-13", None),
        ("2024", None),
        ("soon", None),
    ],
)
def test_a_period_is_a_month_a_day_a_span_or_a_financial_year(text: str, months: tuple[str, str] | None) -> None:
    assert span(text) == months


# --- verdicts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "value", "simulated", "difference", "verdict"),
    [
        (", tolerance: 0.02", 100, 98, -2, PASS),
        (", tolerance: 0.02", 100, 97.9, -2.1, MISS),
        (", tolerance_abs: 3", 100, 103, 3, PASS),
        (", tolerance_abs: 3", 100, 103.1, 3.1, MISS),
        ("", 100, 97.9, -2.1, SHOWN),
        (", range: [90, 100]", 95, 100, 0, PASS),
        (", range: [90, 100], tolerance_abs: 50", 95, 101, 1, MISS),
        (", range: [90, null]", 90, 950, 0, PASS),
        (", range: [90, null]", 90, 88, -2, MISS),
        (", range: [null, 5]", 5, 6, 1, MISS),
    ],
)
def test_a_verdict_is_on_the_distance_to_the_nearest_end(
    more: str, value: float, simulated: float, difference: float, verdict: str
) -> None:
    target = row(f"{{scenario: baseline, value: {float(simulated)}}}", value, more=more)
    (found,) = validate([target], {"baseline": run()}).rows
    assert found.verdict == verdict
    assert found.difference == pytest.approx(difference)
    assert found.difference_pct == pytest.approx(100 * difference / value)


def test_a_row_that_is_only_shown_has_no_verdict() -> None:
    target = row("{scenario: baseline, value: 5.0}", None, "report", ", tolerance: 0.1")
    assert allowed(target) is None
    assert [one.verdict for one in validate([target], {"baseline": run()}).rows] == [SHOWN]


HELD = "{scenario: baseline, value: {output: in_post_fte%s}}"


@pytest.mark.parametrize(
    ("held", "runs", "why"),
    [
        ("{none: nobody counts it}", {"baseline": run()}, "nobody counts it"),
        ("{scenario: reset, value: {output: in_post_fte}}", {"baseline": run()}, "needs a run of `reset`"),
        (HELD % ", when: 2022-03", {"baseline": run()}, "before the run, which starts in 2024-04"),
        (HELD % ", when: 2029-03", {"baseline": run()}, "after the run, which ends in 2025-03"),
        (HELD % "", {"baseline": run(region="Northshire")}, "the run is of Northshire alone"),
        (HELD % ", region: Westshire", {"baseline": run()}, "the results have no region called `Westshire`"),
        (
            "{scenario: baseline, value: {each: unit, of: {output: in_post_fte}, count_above: 1}}",
            {"baseline": run(units=False)},
            "the run keeps no rows of single units; run it with `--units`",
        ),
        (
            "{scenario: baseline, value: {timing: contact, basis: original}}",
            {"baseline": run()},
            "`contact` takes another time for each risk",
        ),
        ("{scenario: baseline, value: {ratio: [{output: in_post_fte}, 0]}}", {"baseline": run()}, "divide"),
    ],
)
def test_what_cannot_be_held_says_why(held: str, runs: dict[str, MadeUp], why: str) -> None:
    (found,) = validate([row(held)], runs).rows
    assert found.verdict == NOT_HELD
    assert why in found.because


def test_a_region_that_was_run_alone_is_held_against_rows_of_its_own() -> None:
    (found,) = validate([row(HELD % ", region: Northshire")], {"baseline": run(region="Northshire")}).rows
    assert found.value is not None


def test_one_run_is_held_against_every_row_and_judged_on_its_own_alone() -> None:
    rows = [
        row("{scenario: reset, value: {output: in_post_fte}}", 1.0, more=", tolerance: 0.1"),
        row("{scenario: mine, value: {output: in_post_fte}}", 1.0, more=", tolerance: 0.1"),
        row("{scenario: mine, value: {less: [{output: in_post_fte}, {output: in_post_fte, scenario: reset}]}}"),
    ]
    found = validate(rows, {"mine": run()}, alone="mine").rows
    assert [one.verdict for one in found] == [OTHER, MISS, NOT_HELD]
    assert found[0].value == pytest.approx(found[1].value)
    assert (found[0].because, found[2].because) == ("of `reset`", "needs a run of `reset`")


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.bad
@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_fault_of_a_file_has_its_message(
    path: Path, check_text: Callable[[str, Path], None], at_root: Path
) -> None:
    with pytest.raises(DataError) as caught:
        read_targets(path.relative_to(at_root), load())
    check_text(f"{render(caught.value.faults)}\n\n{counted(caught.value.faults)}", path.with_suffix(".txt"))


def test_a_row_with_the_plain_keys_takes_the_arithmetic_of_its_id(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        'version: 1\ntargets:\n  - {id: po_in_post_2025_03, description: "Officers", value: 5700, unit: "FTE", '
        'date: "2025-03", tolerance: 0.03, kind: check, source: "002 key facts, 2.6"}\n'
        '  - {id: nobody_knows, description: "New", value: 5, range: [4, 6], unit: "percent", date: "2024", '
        "tolerance_abs: 1, kind: range, source: mine}\n",
        encoding="utf-8",
    )
    shipped = data.load("england_wales").targets
    known, unknown = read_targets(file, load(), shipped)
    (same,) = (one for one in shipped if one.id == "po_in_post_2025_03")
    assert (known.value, known.held, known.explain) == (5700, same.held, same.explain)
    found = validate([known, unknown], {"in-force": run()}).rows
    assert found[0].value == pytest.approx(sums("in_post_fte", "2025-03", grade="PO"))
    assert (found[1].verdict, found[1].because) == (NOT_HELD, "says no output")


def test_every_shipped_row_says_what_it_is_held_against() -> None:
    shipped = data.load("england_wales").targets
    assert len(shipped) > 110
    assert [one.id for one in shipped if one.held is None] == []
    scenarios = {part for one in shipped if one.held for name in one.held.scenarios for part in name.split(" + ")}
    past = {f"hindcast-{method} @ england_wales_2021" for method in ("ex-ante", "ex-post")}
    assert scenarios <= {*available(), *past}


def test_volumes_of_the_rows_are_those_that_the_fit_uses() -> None:
    nation = data.load("england_wales")
    shipped = {one.id: one for one in nation.targets}
    volumes = nation.published["volumes"]
    same = ("first_releases", "recalls", "court_reports", "unpaid_work_hours_offered")
    for name in (*same, "serious_further_offence_notices"):
        assert shipped[name].value == volumes[name].number
    assert shipped["crs_referrals"].value == volumes["rehabilitative_service_referrals"].number
    assert shipped["unpaid_work_sentenced"].range == (
        volumes["unpaid_work_sentenced"].number, volumes["unpaid_work_sentenced_2025"].number
    )  # fmt: skip
    assert shipped["programme_starts"].range == (volumes["programme_starts"].number, None)


def test_rows_by_unit_ask_for_units() -> None:
    rows = [row("{scenario: baseline, value: {each: unit, of: {output: in_post_fte}, count_above: 1}}")]
    assert by_unit(rows, "baseline")
    assert not by_unit(rows, "reset")
    assert by_unit([row(HELD % ", unit: Northshire 1")], "baseline")


# --- what is shown ----------------------------------------------------------------------------------------------------


def found() -> Validation:
    rows = [
        row(HELD % "", 1.0, more=', tolerance: 0.1, explain: "it is made up."'),
        row("{scenario: baseline, value: 5.0}", 5.0, "fit", ", tolerance: 0.1"),
        row("{none: nobody counts it}"),
        row("{scenario: baseline, value: 50.0}", 5.0, more=", tolerance: 0.1"),
    ]
    return validate(rows, {"baseline": run()})


def test_the_report_has_every_row_and_a_reason_for_each_miss() -> None:
    report = validation_report(found(), "Nowhere", "One run.")
    assert report.lead[:2] == (
        "Checked, and so evidence: 0 of 2 rows pass.",
        "Fitted, given, or following from such rows, and so no evidence: 1 of 1 hold.",
    )
    assert [cells[-1] for cells in report.sheets[0].rows] == ["MISS", "pass", "MISS"]
    assert report.sheets[1].rows == (("a", "A", "nobody counts it"),)
    assert "Missed, a: it is made up." in report.notes
    assert f"Missed, a: {NO_REASON}" in report.notes
    assert [one["verdict"] for one in report.records] == [MISS, PASS, NOT_HELD, MISS]
    assert {one["rests_on"] for one in report.records} == {RESTS["check"], RESTS["fit"]}
    assert unexplained(found().rows) == ["a"]


def test_the_page_keeps_what_stands_around_its_table() -> None:
    page = to_page(found(), "Nowhere", "One run.")
    assert page.startswith("# Validation")
    assert "- `a`: it is made up." in page
    before = page.replace("# Validation", "# Mine").replace(
        "<!-- made: validation -->\n", "<!-- made: validation -->\n<!-- made with inputs 1; a small run gives x 1 -->\n"
    )
    again = to_page(found(), "Elsewhere", "Two runs.", before)
    assert again.startswith("# Mine")
    assert "<!-- made with inputs 1; a small run gives x 1 -->\nElsewhere. Two runs." in again
    assert "Nowhere" not in again


def test_a_shown_figure_that_is_far_away_is_explained_too() -> None:
    target = row("{scenario: baseline, value: 106.0}", 100.0)
    assert Verdict(target, SHOWN, 106.0).far
    assert not Verdict(target, SHOWN, 104.0).far
