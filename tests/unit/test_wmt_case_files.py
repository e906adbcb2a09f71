"""A case file of the workload tool is read strictly: all is worked out, and what nobody understands is a fault."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.wmt_cases import Case, alike, read
from support.wmt_tier_cases import TODAY, person, released

from capacity_sim.errors import CapacitySimError, DataError

OWN = Path(__file__).parents[1] / "data" / "wmt_cases.json"
CONTENT: dict[str, Any] = json.loads(OWN.read_text(encoding="utf-8"))
BY_ID = {case["id"]: case for case in CONTENT["cases"]}


def file_of(folder: Path, *cases: dict[str, Any], **parts: Any) -> Path:
    path = folder / "cases.json"
    held = {"weight_sets": CONTENT["weight_sets"], "cases": list(cases), **parts}
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


def run(folder: Path, *cases: dict[str, Any], **parts: Any) -> None:
    for one in read(file_of(folder, *cases, **parts)):
        one.check()


def test_every_case_of_the_file_is_read_under_every_rule_set_that_it_names() -> None:
    both = sum(one["rules"] == "both" for one in CONTENT["cases"])
    names = [one.name for one in read(OWN)]
    assert len(names) == len(set(names)) == len(CONTENT["cases"]) + both + 30


@pytest.mark.parametrize("name", BY_ID)
def test_an_expected_answer_that_is_off_fails(name: str, tmp_path: Path) -> None:
    """The comparison itself can fail, for every case and every answer."""
    for key, value in BY_ID[name]["expected"].items():
        one = copy.deepcopy(BY_ID[name])
        wrong = {at: number + 1 for at, number in value.items()} if isinstance(value, dict) else None
        off = [number + 1 for number in value] if isinstance(value, list) else value if wrong else value + 0.1
        one["expected"][key] = wrong or off
        with pytest.raises(AssertionError, match="was expected"):
            run(tmp_path, one)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "tier_point"}, "unknown-kind"),
        ({"rules": "wtm"}, "unknown-rules"),
        ({"rules": ""}, "unknown-rules"),
        ({"rules": "hmpps-workload pre-2023"}, "unknown-rules"),
        ({"remark": "?"}, "bad-case"),
        ({"expected": None}, "bad-case"),
    ],
)
def test_a_malformed_case_is_refused(change: dict[str, Any], code: str, tmp_path: Path) -> None:
    one = {**BY_ID["tier-wmt-01"], **change}
    one = {key: value for key, value in one.items() if value is not None}
    with pytest.raises(DataError) as caught:
        run(tmp_path, one)
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize("name", BY_ID)
def test_a_key_that_no_kind_knows_is_refused(name: str, tmp_path: Path) -> None:
    one = copy.deepcopy(BY_ID[name])
    one["input"]["shoe_size"] = 44
    with pytest.raises(CapacitySimError, match="shoe_size"):
        run(tmp_path, one)


@pytest.mark.parametrize("name", BY_ID)
def test_an_answer_that_nothing_gives_is_refused(name: str, tmp_path: Path) -> None:
    one = copy.deepcopy(BY_ID[name])
    one["expected"] = {"shoe_size": 44}
    with pytest.raises(CapacitySimError, match="nothing gives `shoe_size`"):
        run(tmp_path, one)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tier-wmt-01", "cases"),
        ("tier-wmt-01", "points_per_case"),
        ("mix-hw-01", "cases"),
        ("agg-01", "units"),
        ("contact-hw-01", "points_by_type"),
        ("pot-hw-03", "add_case"),
        ("rep-hw-01", "standard_reports"),
        ("red-wmt-03", "contracted_hours"),
        ("total-wmt-01", "cases_per_tier"),
    ],
)
@pytest.mark.parametrize("how", ["missing", "null", "text"])
def test_a_missing_or_bad_input_is_a_fault_of_our_own(name: str, key: str, how: str, tmp_path: Path) -> None:
    one = copy.deepcopy(BY_ID[name])
    if how == "missing":
        del one["input"][key]
    else:
        one["input"][key] = None if how == "null" else "many"
    with pytest.raises(CapacitySimError):
        run(tmp_path, one)
    one["expected"] = {"error": True}
    run(tmp_path, one)


def test_an_error_that_does_not_come_fails(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="an error was expected"):
        run(tmp_path, {**BY_ID["tier-wmt-01"], "expected": {"error": True}})


@pytest.mark.parametrize(
    ("text", "code"),
    [("{", "not-json"), ("[]", "no-cases"), ('{"cases": {}}', "no-cases")],
)
def test_a_file_that_is_none(text: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "cases.json")
    assert caught.value.faults[0].code == code
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "other.json")


def test_what_is_wrong_with_one_case_does_not_hide_the_others(tmp_path: Path) -> None:
    good, bad = BY_ID["tier-wmt-01"], {**BY_ID["tier-wmt-02"], "kind": "tier_point"}
    path = file_of(tmp_path, bad, good, 7, remarks=[], tier_v3_cases={"some": [{"arp": 90, "tier": "D"}, 7]})
    found = {one.name: one for one in read(path)}
    assert list(found) == [
        "tier-wmt-02",
        "tier-wmt-01-wmt",
        "case-2",
        "remarks",
        "tier_v3_cases-some-0",
        "tier_v3_cases-some-1",
    ]
    for name in ("tier-wmt-01-wmt", "tier_v3_cases-some-0"):
        found.pop(name).check()
    for one in found.values():
        with pytest.raises(DataError):
            one.check()


def test_answers_may_differ_by_rule_set(tmp_path: Path) -> None:
    one = {**BY_ID["edge-01"], "rules": "both"}
    one["expected"] = {"wmt": {"available_points": -411}, "hmpps-workload": {"available_points": 0}}
    run(tmp_path, one)


OWN_CASES = OWN.with_name("wmt_own_cases.json")


@pytest.mark.parametrize("one", read(OWN_CASES), ids=lambda one: one.name)
def test_cases_of_our_own(one: Case) -> None:
    one.check()


@pytest.mark.parametrize("at", range(len(json.loads(OWN_CASES.read_text(encoding="utf-8"))["tier_v3_cases"]["people"])))
def test_a_wrong_tier_fails(at: int, tmp_path: Path) -> None:
    one = json.loads(OWN_CASES.read_text(encoding="utf-8"))["tier_v3_cases"]["people"][at]
    with pytest.raises((AssertionError, CapacitySimError)):
        run(tmp_path, tier_v3_cases={"some": [{**one, "expected": {"tier": "X"}}]})


def test_lists_of_people_in_other_words(tmp_path: Path) -> None:
    people: list[dict[str, Any]] = [
        {"case": "two flags", "flags": ["domestic_abuse", "stalking"], "expected_tier": "E"},
        {"released": "over 5 years ago", "tier": "E"},
        {"released": None, "tier": "G"},
        {"direct_srp_band": "HIGH", "direct_srp_score": 1.5, "tier": "B"},
        {"mappa_level": 2, "rosh": "none", "tier": "E"},
    ]
    run(tmp_path, tier_v3_cases={"some": people})


@pytest.mark.parametrize(
    "part", [[], {"some": {}}, {"some": [7]}, {"some": [{"arp": 1}]}, {"some": [{"shoe_size": 44, "tier": "A"}]}]
)
def test_tier_lists_that_are_refused(part: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(tmp_path, tier_v3_cases=part)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", TODAY),
        ("2 years", date(2024, 11, 21)),
        ("1 year and 1 day ago", date(2025, 11, 20)),
        ("1 year less 1 day", date(2025, 11, 22)),
        ("1 year minus a day", date(2025, 11, 22)),
        ("30 days", date(2026, 10, 22)),
        ("2024-02-29", date(2024, 2, 29)),
        ("over five years ago", date(2021, 11, 20)),
        ("under a year", date(2025, 11, 21)),
        ("never", None),
        (None, None),
    ],
)
def test_times_since_release(text: str | None, day: date | None) -> None:
    assert released(text, "x") == day


def test_a_time_since_release_that_is_none() -> None:
    with pytest.raises(DataError, match="is not a time since release"):
        released("long ago", "x")
    assert person({"arp": 1}).csrp == 0


@pytest.mark.parametrize(
    ("got", "wanted", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (None, None, True),
        (0, None, False),
        (None, 0, False),
        ([1, 2], [1], False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ("A", "A", True),
        (1 + 1e-13, 1, True),
        (1.0001, 1, False),
    ],
)
def test_answers_are_compared_with_their_kind(got: Any, wanted: Any, same: bool) -> None:
    assert alike(got, wanted) is same
