"""Adjustments of a whole part: what each acts on, which of several wins, and what is said about it."""

import datetime as dt

import pytest

from capacity_sim import scenario
from capacity_sim.analysis import groups
from capacity_sim.errors import ScenarioError
from capacity_sim.show import resolved

HEAD = """
name: {name}
title: A part
extends: [{extends}]
kind: part
status: announced
summary: Something is changed.
review_by: 2027-03-31
sources:
  report: {{title: A report}}
"""
CHANGE = """  - id: {id}
    path: {path}
    {does}
    source: report 1.2
    basis: assumed
    quality: red
    impact: red
    why: To see what happens.
"""
BASE = """
name: base
title: B
kind: baseline
summary: B.
review_by: 2027-03-31
data: tiny
sources: {report: {title: A report}}
changes:
"""
SAY = "source: report, why: So."


def change(change_id: str, path: str = "work.factor", does: str = "scale: 1.1\n    from: 2025-01-01") -> str:
    return CHANGE.format(id=change_id, path=path, does=does)


def adjust(*lines: str) -> str:
    return "adjust:\n" + "".join(f"  - {{{line}, {SAY}}}\n" for line in lines)


@pytest.fixture
def file(tmp_path):
    """Write scenarios: `base` with a change of its own, `inner`, `part` that extends it, and `other`."""

    def file(name: str, body: str = "", extends: str = "base") -> None:
        text = HEAD.format(name=name, extends=extends) + body
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    (tmp_path / "base.yaml").write_text(BASE + change("base.factor"), encoding="utf-8")
    file("inner", "changes:\n" + change("inner.a"))
    fixed = change("part.months", "staff.trainee.months", "set: 24")
    hours = change("part.hours", "work.hours", "set: 20\n    from: 2024-01-01")
    dated = change("part.dated", "staff.leaving.rate", "set: {2025-01-01: 0.2, 2026-01-01: 0.3}")
    file("part", "changes:\n" + change("part.b") + fixed + hours + dated, "inner")
    file("other", "changes:\n" + change("other.c"), "inner")
    return file


@pytest.fixture
def load(tmp_path, tiny, tiny_data):
    return lambda name: scenario.load(name, [tmp_path], catalogue=tiny, load_data=lambda data: tiny_data)


def made(found: scenario.Scenario) -> dict[str, tuple[float, int]]:
    """Strength and delay of what is adjusted."""
    return {one.id: (one.strength, one.delay_months) for one in found.changes if one.adjusted is not None}


def said(found: scenario.Scenario) -> list[str]:
    return [note.message for note in found.notes if note.code == "partly-adjusted"]


def test_a_part_is_its_own_changes_and_its_lineages_without_the_baselines(file, load):
    file("half", adjust("of: part, strength: 0.5"), "part")
    assert made(load("half")) == dict.fromkeys(
        ("inner.a", "part.b", "part.dated", "part.hours", "part.months"), (0.5, 0)
    )
    file("half", adjust("of: base, strength: 0.5"), "part")
    with pytest.raises(ScenarioError, match="`base` brings no changes to adjust") as caught:
        load("half")
    assert caught.value.faults[0].hint == "what the baseline writes is adjusted by `id`"


def test_a_delay_skips_what_has_no_dates_or_is_fixed(file, load):
    file("late", adjust("of: part, delay_months: 12"), "part")
    late = load("late")
    assert made(late) == dict.fromkeys(("inner.a", "part.b", "part.dated"), (1.0, 12))
    assert [one.dates[0] for one in late.changes if one.id == "part.dated"] == [dt.date(2026, 1, 1)]
    file("both", adjust("of: part, delay_months: 12, strength: 0.5"), "part")
    assert made(load("both")) == {
        **dict.fromkeys(("inner.a", "part.b", "part.dated"), (0.5, 12)),
        **dict.fromkeys(("part.hours", "part.months"), (0.5, 0)),
    }


def test_a_part_may_be_dropped(file, load):
    file("rest", adjust("of: part, drop: true"), "part, other")
    assert [one.id for one in load("rest").changes] == ["base.factor", "other.c"]


def test_a_change_that_another_parent_brings_too_is_one_change(file, load):
    file("half", adjust("of: part, strength: 0.5"), "part, other")
    found = load("half")
    assert made(found)["inner.a"] == (0.5, 0)
    assert "other.c" not in made(found)


def test_the_more_exact_wins(file, load):
    file("kept", adjust("of: part, delay_months: 12", "id: part.b, delay_months: 3"), "part")
    assert made(load("kept")) == {"inner.a": (1.0, 12), "part.b": (1.0, 3), "part.dated": (1.0, 12)}
    lines = ["of: inner, delay_months: 3", "of: part, delay_months: 12"]
    for order in (lines, lines[::-1]):
        file("near", adjust(*order), "part")
        assert made(load("near")) == {"inner.a": (1.0, 3), "part.b": (1.0, 12), "part.dated": (1.0, 12)}


def test_strength_1_keeps_a_part_as_written(file, load):
    file("late", adjust("of: part, delay_months: 12", "of: inner, strength: 1"), "part")
    late = load("late")
    assert made(late) == {"part.b": (1.0, 12), "part.dated": (1.0, 12)}
    assert [one.id for one in late.adjusts] == ["part.b", "part.dated"]
    assert said(late) == []


def test_what_the_winner_leaves_unsaid_is_a_note(file, load):
    file("near", adjust("of: part, delay_months: 12", "of: inner, strength: 0.5"), "part")
    near = load("near")
    assert made(near)["inner.a"] == (0.5, 0)
    assert said(near) == ["`inner` is adjusted by itself, so `delay_months` of `part` does not act on it"]
    assert {note.severity for note in near.notes} == {"note"}
    file("one", adjust("of: part, delay_months: 12", "id: inner.a, strength: 0.5"), "part")
    assert said(load("one")) == ["`inner.a` is adjusted by itself, so `delay_months` of `part` does not act on it"]
    file("child", adjust("of: part, delay_months: 6"), "near")
    child = load("child")
    assert made(child)["inner.a"] == (1.0, 6)
    assert said(child) == ["the adjustment of `part` takes the place of others in parents, without their `strength`"]


def test_two_parts_that_meet_are_a_fault_only_in_unlike_ways(file, load):
    file("twice", adjust("of: part, strength: 0.5", "of: other, strength: 0.5"), "part, other")
    assert made(load("twice"))["inner.a"] == (0.5, 0)
    file("twice", adjust("of: part, strength: 0.5", "of: other, strength: 0.4"), "part, other")
    with pytest.raises(ScenarioError, match=r"`inner\.a` is adjusted in unlike ways here, by `of` `part` and `other`"):
        load("twice")
    file(
        "twice",
        adjust("of: part, strength: 0.5", "of: other, strength: 0.4", "id: inner.a, strength: 1"),
        "part, other",
    )
    assert made(load("twice"))["other.c"] == (0.4, 0)


def test_a_child_settles_parts_of_what_its_parent_says_of_a_whole(file, load):
    file("half", adjust("of: part, strength: 0.5"), "part")
    file("child", adjust("id: part.b, strength: 0.25"), "half")
    assert made(load("child")) == {**made(load("half")), "part.b": (0.25, 0)}
    file("again", "", "child, half")
    assert load("again").hash_text == load("child").hash_text


def test_parents_in_dispute_are_settled_by_the_part(file, load):
    file("half", adjust("of: part, strength: 0.5"), "part")
    file("late", adjust("of: inner, delay_months: 3"), "part")
    file("dispute", "", "late, half")
    with pytest.raises(ScenarioError, match=r"parents adjust `inner\.a` in unlike ways: `half` and `late`"):
        load("dispute")
    file("dispute", adjust("of: inner, strength: 0.5, delay_months: 3"), "late, half")
    assert made(load("dispute"))["inner.a"] == (0.5, 3)


def test_what_a_parent_drops_stays_dropped(file, load):
    file("less", adjust("id: inner.a, drop: true"), "part")
    file("late", adjust("of: part, delay_months: 12"), "less")
    assert set(made(load("late"))) == {"part.b", "part.dated"}
    file("late", adjust("of: inner, delay_months: 12"), "less")
    with pytest.raises(ScenarioError, match="no change of `inner` is left for `delay_months`"):
        load("late")


def test_notes_are_of_the_file_itself(file, load):
    file("near", adjust("of: part, delay_months: 12", "of: inner, strength: 0.5"), "part")
    file("child", "", "near")
    assert said(load("child")) == []


def test_a_parent_that_is_not_there_is_one_fault(file, load):
    file("child", adjust("of: prat, delay_months: 12"), "prat")
    with pytest.raises(ScenarioError) as caught:
        load("child")
    assert "unknown-part" not in [fault.code for fault in caught.value.faults]


def test_a_part_that_could_not_be_read_is_one_fault(file, load):
    file("torn", "changes:\n" + change("torn.a", "work.fctor"))
    file("child", adjust("of: torn, delay_months: 12"), "torn")
    with pytest.raises(ScenarioError) as caught:
        load("child")
    assert [fault.code for fault in caught.value.faults] == ["unknown-path"]


@pytest.mark.parametrize("flat", [True, False])
def test_a_saved_scenario_reads_back(file, load, tmp_path, tiny, tiny_data, flat):
    file("late", adjust("of: part, delay_months: 12", "id: part.hours, strength: 0.5"), "part")
    late = load("late")
    text = scenario.to_text(late, flat)
    assert ("of: part" in text) is not flat
    assert ("id: part.dated" in text.partition("adjust:")[2]) is flat
    (tmp_path / "kept").mkdir()
    kept = scenario.save(late, tmp_path / "kept" / "late.yaml", flat)
    again = scenario.load(kept, [tmp_path], catalogue=tiny, load_data=lambda data: tiny_data)
    assert again.hash_text == late.hash_text
    assert made(again) == made(late)


def test_the_scenario_says_what_it_adjusts_change_by_change(file, load):
    file("late", adjust("id: part.hours, strength: 0.5", "of: part, delay_months: 12"), "part")
    late = load("late")
    assert [(one.id, one.of) for one in late.adjusts] == [
        ("inner.a", None), ("part.b", None), ("part.dated", None), ("part.hours", None),
    ]  # fmt: skip
    assert [one.subject for one in late.adjusts_written] == ["part.hours", "part"]
    file("late", adjust("of: part, delay_months: 12, strength: 0.5", "of: inner, strength: 1"), "part")
    lead = resolved.resolved_report(load("late")).lead
    assert "adjusts: all of part at strength 0.5, 12 months later; all of inner as written" in lead


def test_who_gets_the_credit_is_said_with_what_is_made_of_a_part(file, load, tiny):
    file("late", adjust("of: part, delay_months: 12", "of: inner, strength: 1"), "part, other")
    found = groups.game(load("base"), load("late"), lambda name, _: load(name), tiny)
    assert {one.name: one.words for one in found.groups} == {"other": "", "part": "12 months late, 2 of 5 changes"}


def test_work_that_cannot_move_is_refused_when_typed(file, load, tiny, tiny_data):
    typed = scenario.from_set_option("work.moved.share=0.5@2025-01-01", tiny)
    with pytest.raises(ScenarioError, match="work of `report` cannot be moved to another grade"):
        scenario.with_changes(load("inner"), [typed], catalogue=tiny, load_data=lambda name: tiny_data)
