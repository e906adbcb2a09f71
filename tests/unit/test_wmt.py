"""The workload tool's view of people and units, the data behind it, and what is refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.wmt_case_parts import weights_of

from capacity_sim import data
from capacity_sim.analysis.wmt import Officer, Shown, View, cases_of, shown, wmt_view
from capacity_sim.analysis.wmt_hours import Reduction, reduction_for
from capacity_sim.analysis.wmt_rules import RULE_SETS, Cases
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data.wmt_points import FILE, SHIPPED, Weights, load_points
from capacity_sim.errors import DataError, UsageError

DAY = date(2024, 9, 2)
POINTS = load_points()
CASES = Path(__file__).parents[1] / "data" / "wmt_cases.json"
TEXT = (SHIPPED / FILE).read_text(encoding="utf-8")
B2 = (Cases(15, "community", "B2"),)
caseloads = st.lists(
    st.builds(
        Officer,
        name=st.uuids().map(str),
        grade=st.sampled_from(["PO", "PSO", "SPO", None]),
        contracted_hours=st.sampled_from([None, 0, 18.5, 37]),
        cases=st.lists(
            st.builds(Cases, st.integers(0, 30), st.just("community"), st.sampled_from(["A3", "C2S", None])), max_size=3
        ).map(tuple),
        unit=st.sampled_from(["north", "south"]),
        reductions=st.lists(st.builds(Reduction, st.integers(0, 20)), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=6,
)


def one(officer: Officer, on: date = DAY, rules: str = "hmpps-workload") -> View:
    return wmt_view([officer], on, POINTS, rules)


# --- people --------------------------------------------------------------------------------


def test_a_full_caseload() -> None:
    row = one(Officer("a", "PO", 37, B2)).people[0]
    assert (row.points, row.available, row.remaining, row.workload.percent) == (1725, 2176, 451, 79.3)
    assert one(Officer("a", "PO", 37, B2), rules="wmt").people[0].workload.percent == pytest.approx(1725 / 2176 * 100)
    assert not row.over(100)
    assert row.over(79.2)
    assert not row.over(79.3)


def test_at_the_threshold_is_not_above_it() -> None:
    """In binary, 1.1 times 100 is more than 110."""
    for rules in RULE_SETS:
        row = one(Officer("a", "PO", 37, adjustment=2393), rules=rules).people[0]
        assert not row.over()
        assert one(Officer("a", "PO", 37, adjustment=2396), rules=rules).people[0].over()
    pool = one(Officer("a", "PO", 370, adjustment=23936), rules="wmt").people[0]
    assert (pool.workload.percent, pool.over()) == (110, False)


@pytest.mark.parametrize(
    ("day", "available"),
    [(date(2024, 1, 7), 2176), (date(2024, 1, 8), 1740), (date(2024, 10, 7), 1740), (date(2024, 10, 8), 2176)],
)
def test_a_reduction_counts_from_its_first_to_its_last_day(day: date, available: int) -> None:
    cut = reduction_for("newly_qualified", 37, POINTS, date(2024, 1, 8), date(2024, 10, 7))
    assert one(Officer("a", "PO", 37, B2, reductions=(cut,)), day).people[0].available == available


def test_a_deleted_reduction_never_counts_and_an_open_one_stays() -> None:
    assert Reduction(5, deleted=True).status(DAY) == "DELETED"
    assert Reduction(5, date(2024, 1, 1)).status(date(2040, 1, 1)) == "ACTIVE"
    with pytest.raises(UsageError, match="before it starts"):
        Reduction(5, date(2024, 1, 2), date(2024, 1, 1))
    with pytest.raises(UsageError, match="below 0"):
        Reduction(-1)


def test_published_reductions() -> None:
    found = {
        reason: reduction_for(reason, 37, POINTS).hours
        for reason in ("trainee_m0_6", "trainee_m6_12", "trainee_m12_18")
    }
    assert found == {"trainee_m0_6": 29.6, "trainee_m6_12": 22.2, "trainee_m12_18": 14.8}
    with pytest.raises(UsageError, match="has no share of its own"):
        reduction_for("trade_union", 37, POINTS)
    with pytest.raises(UsageError, match="`newly_qualifed` is not a reason") as caught:
        reduction_for("newly_qualifed", 37, POINTS)
    assert caught.value.faults[0].hint == "did you mean `newly_qualified`?"


def test_suspended_and_untiered_cases_stay_on_the_count() -> None:
    cases = (*B2, Cases(4, "licence", "C2S"), Cases(2, "community", None), Cases(1, "unknown", "B2"))
    row = one(Officer("a", "PO", 37, cases)).people[0]
    assert (row.cases, row.suspended, row.untiered, row.points) == (22, 4, 2, 1725)


@pytest.mark.parametrize(("day", "points"), [(date(2022, 12, 31), 138 + 130 + 69 + 35 + 120), (date(2023, 1, 1), 268)])
def test_arms_and_parole_count_to_the_end_of_2022(day: date, points: int) -> None:
    busy = Officer(
        "a", "PO", 37, standard_reports=1, fast_reports=2, arms_community=1, arms_licence=1, parole_reports=1
    )
    assert one(busy, day).people[0].points == points


def test_work_for_others_adds_and_work_by_others_takes_off() -> None:
    assert one(Officer("a", "PO", 37, B2, adjustment=9)).people[0].points == 1734
    assert one(Officer("a", "PO", 37, B2, adjustment=-15)).people[0].points == 1710


@pytest.mark.parametrize(
    ("officer", "state", "available"),
    [
        (Officer("a", "SPO", 37, B2), "zero capacity", 0),
        (Officer("a", "PO", 0, B2), "zero capacity", 0),
        (Officer("a", "PO", 37, B2, reductions=(Reduction(37),)), "zero capacity", 0),
        (Officer("a", "PO", 30, B2, reductions=(Reduction(37),)), "negative capacity", -411),
    ],
)
def test_people_without_capacity_are_said_to_have_none(officer: Officer, state: str, available: int) -> None:
    view = one(officer, rules="wmt")
    row = view.people[0]
    assert (row.state, row.available, row.points) == (state, available, 1725)
    assert row.workload == Shown(None, None, None)
    assert str(row.workload) == "no capacity to divide by"
    assert (row.no_capacity, row.points_without_capacity) == (1, 1725)
    assert not row.over(0)
    assert view.notes[-1] == "1 of 1 people have no capacity and hold 1,725 points."


def test_no_grade_has_the_default_of_the_rule_set() -> None:
    assert one(Officer("a", None, None, B2), rules="wmt").people[0].available == 2176
    assert one(Officer("a", None, 37, B2)).people[0].state == "zero capacity"
    assert one(Officer("a", "TPO", None, B2)).people[0].available == 2176


# --- units --------------------------------------------------------------------------------


def test_units_are_ratios_of_sums_and_keep_everyone() -> None:
    officers = [
        Officer("a", "PO", 37, B2, "north"),
        Officer("b", "PO", 18.5, (Cases(14, "community", "B2"),), "north"),
        Officer("c", "SPO", 37, (Cases(2, "community", "B2"),), "south"),
    ]
    view = wmt_view(officers, DAY, POINTS, "wmt")
    north, south = view.units["north"], view.units["south"]
    assert list(view.units) == ["north", "south"]
    assert north.workload.percent == pytest.approx((1725 + 1610) / (2176 + 1088) * 100)
    assert north.workload.percent != pytest.approx(sum(row.workload.percent or 0 for row in view.people[:2]) / 2)
    assert (south.state, south.no_capacity, south.points_without_capacity) == ("zero capacity", 1, 230)
    assert view.whole.workload.percent == pytest.approx((1725 + 1610 + 230) / (2176 + 1088) * 100)
    assert (view.whole.people, view.whole.cases, view.whole.remaining) == (3, 31, 3264 - 3565)


@given(officers=caseloads, rules=st.sampled_from(RULE_SETS))
def test_the_whole_is_the_sum_of_its_people(officers: list[Officer], rules: str) -> None:
    view = wmt_view(officers, DAY, POINTS, rules)
    for name in ("people", "cases", "suspended", "untiered", "points", "available", "remaining", "no_capacity"):
        total = sum(getattr(row, name) for row in view.people)
        assert getattr(view.whole, name) == pytest.approx(total)
        assert sum(getattr(row, name) for row in view.units.values()) == pytest.approx(total)
    for row in (*view.people, view.whole):
        assert (row.workload.percent is None) == (row.available <= 0)
        assert (row.state == "") == (row.available > 0)


@given(officers=caseloads)
def test_the_order_of_people_does_not_matter(officers: list[Officer]) -> None:
    assert wmt_view(officers, DAY, POINTS).whole == wmt_view(officers[::-1], DAY, POINTS).whole


# --- never alone --------------------------------------------------------------------------------


def test_a_percentage_stands_beside_its_rebased_values() -> None:
    found = shown(118, POINTS.rebase)
    assert (round(found.policy_adjusted or 0), round(found.staff_reported or 0)) == (179, 197)
    assert re.fullmatch(r"118% on .* \(about 179% policy-adjusted, 197% staff-reported\)", str(found))


def test_rebasing_is_that_of_the_targets() -> None:
    targets = {one.id: one.value for one in data.load("england_wales").targets}
    for basis in ("original", "policy_adjusted", "staff_reported"):
        name = f"sm_required_{basis.removesuffix('_adjusted')}_2024"
        assert getattr(POINTS.rebase, basis) == targets[name]
    with pytest.raises(UsageError, match="`policy` is not a timing"):
        POINTS.rebase.factor("policy")


def test_notes_say_that_the_points_are_not_those_in_use() -> None:
    before, after = one(Officer("a", "PO", 37), date(2022, 11, 29)), one(Officer("a", "PO", 37), date(2022, 11, 30))
    assert "illustrative" in before.notes[0]
    assert not any("2022-11-30" in note for note in before.notes)
    assert any("not public, since 2022-11-30" in note for note in after.notes)


# --- refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("officer", "code", "hint"),
    [
        (Officer("a", "POO", 37), "unknown-grade", "did you mean `PO`?"),
        (Officer("a", "po", 37), "unknown-grade", None),
        (Officer("a", "PO", -1), "negative-number", "correct the number"),
        (Officer("a", "PO", 37, (Cases(-1, "community", "B2"),)), "negative-number", "correct the number"),
        (Officer("a", "PO", 37, (Cases(1, "comunity", "B2"),)), "unknown-location", "did you mean `community`?"),
        (Officer("a", "PO", 37, (Cases(1, "community", "E2"),)), "unknown-tier", None),
        (Officer("a", "PO", 37, standard_reports=-1), "negative-number", "correct the number"),
    ],
)
def test_what_a_person_cannot_be(officer: Officer, code: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        one(officer)
    assert caught.value.faults[0].code == code
    assert hint is None or caught.value.faults[0].hint == hint


def test_what_a_view_cannot_be() -> None:
    with pytest.raises(UsageError, match="there is nobody to show"):
        wmt_view([], DAY, POINTS)
    with pytest.raises(UsageError, match="`a` stands twice in `x`"):
        wmt_view([Officer("a", "PO", 37, unit="x"), Officer("a", "PO", 37, unit="x")], DAY, POINTS)
    assert len(wmt_view([Officer("a", "PO", 37, unit="x"), Officer("a", "PO", 37, unit="y")], DAY, POINTS).units) == 2
    with pytest.raises(UsageError, match="`wtm` is not a rule set") as caught:
        wmt_view([Officer("a", "PO", 37)], DAY, POINTS, "wtm")
    assert caught.value.faults[0].hint == "did you mean `wmt`?"
    with pytest.raises(UsageError, match="no points of the workload tool are held for 2021-06-30"):
        one(Officer("a", "PO", 37), date(2021, 6, 30))


# --- simulated people --------------------------------------------------------------------------------


def test_simulated_people_become_cases() -> None:
    found = cases_of(
        {("high", "licence"): 2.5, ("low", "recalled"): 1, ("medium", "suspended_sentence"): 3},
        POINTS.mapping,
        DAY,
        suspended={("very_high", "post_sentence"): 4},
    )
    assert [(one.count, one.location, one.tier) for one in found] == [
        (2.5, "licence", "B2"),
        (1, "custody", "D2"),
        (3, "community", "C2"),
        (4, "licence", "A2S"),
    ]


def test_a_pool_of_officers_is_one_with_their_hours() -> None:
    """Mean workload of a group: the hours of all, fewer the reductions, against all cases."""
    pool = Officer("POs", "PO", 10 * 37, (Cases(150, "community", "B2"),), reductions=(Reduction(74),))
    row = one(pool).people[0]
    assert (row.points, row.available, row.workload.percent) == (17250, 17408, 99.1)


def test_the_mapping_covers_the_catalogue() -> None:
    dimensions = load_catalogue().dimensions
    assert set(POINTS.mapping.tier) == set(dimensions["risk"])
    assert set(POINTS.mapping.location) == set(dimensions["state"])
    assert (POINTS.mapping.basis, POINTS.mapping.quality) == ("assumed", "red")


@pytest.mark.parametrize(
    ("table", "day", "message"),
    [
        ({("hgh", "licence"): 1}, DAY, "`hgh` is not a risk"),
        ({("high", "license"): 1}, DAY, "`license` is not a state"),
        ({("high", "licence"): -1}, DAY, "below 0"),
        ({("high", "licence"): 1}, date(2021, 6, 30), "are stated for 2021-06-30"),
    ],
)
def test_simulated_people_that_are_refused(table: dict[tuple[str, str], float], day: date, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        cases_of(table, POINTS.mapping, day)


# --- data --------------------------------------------------------------------------------


def changed(folder: Path, old: str, new: str, count: int = 1) -> Path:
    assert TEXT.count(old) >= count
    (folder / FILE).write_text(TEXT.replace(old, new, count), encoding="utf-8")
    return folder


def test_seed_points_are_dated_and_sourced() -> None:
    row = POINTS.in_force(DAY)
    assert (row.id, row.status, row.start, row.quality) == (
        "seed-2021-illustrative",
        "illustrative",
        date(2021, 7, 1),
        "amber",
    )
    assert row.source.startswith("hmpps-workload-seed-2021")
    written = json.loads(CASES.read_text(encoding="utf-8"))["weight_sets"]["seed_default"]
    wanted = weights_of(written)
    assert all(getattr(row, name) == getattr(wanted, name) for name in Weights.model_fields)
    assert row.nominal == {"PO": 2176, "PSO": 2176, "SPO": 2176}
    assert tuple(row.community) == tuple(written["tier_order"])


def test_the_latest_row_that_has_begun_counts(tmp_path: Path) -> None:
    first = TEXT.index("  - id: seed")
    row = TEXT[first : TEXT.index("# What the tool takes off")]
    later = (
        row.replace("seed-2021-illustrative", "later")
        .replace("from: 2021-07-01", "from: 2023-01-01")
        .replace("A3: 206", "A3: 300")
    )
    (tmp_path / FILE).write_text(TEXT.replace(row, later + row), encoding="utf-8")
    points = load_points(tmp_path)
    assert [one.id for one in points.sets] == ["seed-2021-illustrative", "later"]
    assert points.in_force(date(2022, 12, 31)).community["A3"] == 206
    assert points.in_force(date(2023, 1, 1)).community["A3"] == 300


def test_two_rows_of_one_day_are_refused(tmp_path: Path) -> None:
    first = TEXT.index("  - id: seed")
    row = TEXT[first : TEXT.index("# What the tool takes off")]
    (tmp_path / FILE).write_text(TEXT.replace(row, row + row), encoding="utf-8")
    with pytest.raises(DataError, match="two rows of points begin on the same day"):
        load_points(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("A3: 206", "A3: lots", "bad-points"),
        ("A3: 206", "A3: -1", "bad-points"),
        ("A3: 206", "A3: 10000", "bad-points"),
        ("A3: 206, ", "", "unlike-tiers"),
        ("status: illustrative", "status: official", "unknown-word"),
        ("from: 2021-07-01", "from: 2021", "bare-year"),
        ("    parole: 120\n", "", "missing-key"),
        ("    parole: 120\n", "    parole: 120\n    gs: 0\n", "unknown-key"),
        ("PSO: 37, SPO: 0", "PSO: 37", "wrong-keys"),
        ("{standard: 138, fast: 65}", "{standard: 138}", "wrong-keys"),
        ("percent: 80", "percent: 180", "bad-percent"),
        ("very_high: A2", "very_high: A9", "unknown-tier"),
        ("very_high: A2", "extreme: A2", "wrong-keys"),
        ("licence: licence", "licence: license", "unknown-location"),
        ("original: 10298", "original: 0", "bad-number"),
        ("rebase:\n", "rebasing:\n", "missing-key"),
        ("mapping:\n", "other: 1\nmapping:\n", "unknown-key"),
    ],
)
def test_a_broken_file_of_points_is_refused_with_its_place(tmp_path: Path, old: str, new: str, code: str) -> None:
    with pytest.raises(DataError) as caught:
        load_points(changed(tmp_path, old, new))
    fault = next(one for one in caught.value.faults if one.code == code)
    assert fault.file is not None
    assert fault.line is not None


def test_all_faults_of_a_file_come_at_once(tmp_path: Path) -> None:
    changed(tmp_path, "A3: 206", "A3: lots")
    text = (tmp_path / FILE).read_text(encoding="utf-8").replace("percent: 80", "percent: 180")
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_points(tmp_path)
    assert {one.code for one in caught.value.faults} >= {"bad-points", "bad-percent"}


def test_a_data_set_without_points_is_told_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no points of the workload tool"):
        load_points(tmp_path)


def test_a_source_must_be_known(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text((SHIPPED / "sources.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    assert load_points(changed(tmp_path, "A3: 206", "A3: 207")).sets[0].community["A3"] == 207
    with pytest.raises(DataError, match="`nobody` is not a source"):
        load_points(changed(tmp_path, "source: assumed", "source: nobody"))


def test_a_view_takes_the_points_it_is_given(tmp_path: Path) -> None:
    points = load_points(changed(tmp_path, "B2: 115", "B2: 100"))
    view = wmt_view([replace(Officer("a", "PO", 37), cases=B2)], DAY, points)
    assert view.whole.points == 1500


def test_the_example_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "wmt.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    exec(compile(code[1], "wmt.md", "exec"), {})
    first, *notes = capsys.readouterr().out.splitlines()
    assert first == "89% on the original timings (about 135% policy-adjusted, 148% staff-reported)"
    assert len(notes) == 3
