import datetime as dt
import pickle
from pathlib import Path

import numpy as np
import pytest

from capacity_sim import scenario
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import strict_yaml
from capacity_sim.errors import RunError, ScenarioError, UsageError
from capacity_sim.parameters import Parameters

BASE = """
name: base
title: Base
kind: baseline
summary: Nothing is changed.
review_by: 2027-03-31
data: tiny
not_modelled: [Weather.]
"""
MEASURE = """
name: {name}
title: A measure
extends: {extends}
kind: measure
status: announced
summary: Something is changed.
review_by: 2027-03-31
sources:
  report: {{title: A report}}
"""
CHANGE = """
  - id: {id}
    source: report 1.2
    basis: assumed
    quality: red
    impact: red
    why: To see what happens.
"""


def file(folder: Path, name: str, body: str = "", extends: str = "[base]") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(MEASURE.format(name=name, extends=extends) + body, encoding="utf-8")
    return path


def change(change_id: str, *lines: str) -> str:
    return CHANGE.format(id=change_id) + "".join(f"    {line}\n" for line in lines)


STARTS = ("path: people.starts.monthly", "from: 2025-01-01")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    file(tmp_path, "one", "changes:" + change("one.set", *STARTS, "set: 200", "range: [150, 250]"))
    file(tmp_path, "two", "changes:" + change("two.scale", *STARTS, "scale: 1.5"))
    return tmp_path


@pytest.fixture
def load(folder: Path, tiny, tiny_data):
    def load(name: str | Path) -> scenario.Scenario:
        return scenario.load(name, [folder], catalogue=tiny, load_data=lambda name: tiny_data)

    return load


@pytest.fixture
def codes(load):
    def codes(name: str | Path) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            load(name)
        return [fault.code for fault in caught.value.faults]

    return codes


def starts(tiny, tiny_data, loaded: scenario.Scenario, on: str = "2026-01-01") -> float:
    calendar = Calendar(tiny_data.start, dt.date(2029, 3, 31))
    parameters = Parameters(tiny, tiny_data.values, loaded.changes, calendar)
    return parameters.value("people.starts.monthly", dt.date.fromisoformat(on))


def test_a_scenario_is_its_parents_and_its_changes(load, folder, tiny, tiny_data):
    file(folder, "both", "changes:" + change("both.add", *STARTS, "add: 7"), extends="[two, one]")
    both = load("both")
    assert [one.id for one in both.changes] == ["both.add", "one.set", "two.scale"]
    assert [one.id for one in both.own_changes] == ["both.add"]
    assert (both.data, both.kind, both.status, both.extends) == (
        "tiny",
        "measure",
        "announced",
        ("one", "two"),
    )
    assert both.not_modelled == ("Weather.",)
    assert both.timing_basis == "policy_adjusted"
    assert both.horizon == dt.date(2029, 3, 31)
    assert starts(tiny, tiny_data, both) == 307.0
    assert starts(tiny, tiny_data, both, "2024-12-31") == 100.0
    assert both.changes[1].origin.scenario == "one"
    assert both.changes[1].origin.line == 12


def test_a_file_may_be_named_or_pointed_at(load, folder):
    assert load("one") == load(folder / "one.yaml") == load(str(folder / "one.yaml"))
    assert {"base", "one", "two"} <= scenario.available([folder]).keys()


def test_adjustments_reach_a_parents_change(load, folder, tiny, tiny_data):
    say = "    source: report\n    why: So.\n"
    file(folder, "half", f"adjust:\n  - id: one.set\n    strength: 0.5\n{say}", "[one]")
    file(folder, "late", f"adjust:\n  - id: one.set\n    delay_months: 12\n{say}", "[one]")
    file(folder, "none", f"adjust:\n  - id: one.set\n    drop: true\n{say}", "[one]")
    assert starts(tiny, tiny_data, load("half")) == 150.0
    assert starts(tiny, tiny_data, load("late"), "2025-12-31") == 100.0
    assert starts(tiny, tiny_data, load("late"), "2026-01-01") == 200.0
    assert load("none").changes == ()
    assert load("none").hash_text == load("base").hash_text


def test_a_child_settles_what_its_parents_dispute(load, codes, folder):
    say = "    source: report\n    why: So.\n"
    for name, strength in (("weak", "0.5"), ("weaker", "0.25")):
        choice = "policy_adjusted" if name == "weak" else "original"
        file(folder, name, f"choices: {{timing_basis: {choice}}}\nadjust:\n  - id: one.set\n"
             f"    strength: {strength}\n{say}", "[one]")  # fmt: skip
    file(folder, "dispute", "", "[weak, weaker]")
    assert codes("dispute") == ["unlike-choices", "unlike-adjustments"]
    settled = f"choices: {{timing_basis: staff_reported}}\nadjust:\n  - id: one.set\n    strength: 1\n{say}"
    file(folder, "settled", settled, "[weak, weaker]")
    assert load("settled").timing_basis == "staff_reported"
    assert load("settled").changes[0].strength == 1.0
    file(folder, "again", "", "[weaker, settled, weak]")
    assert load("again").changes == load("settled").changes


def test_an_inherited_change_without_effect_is_a_note(load, folder):
    file(folder, "cover", "changes:" + change("cover.nought", *STARTS, "scale: 0"), "[one, two]")
    found = load("cover")
    assert [(note.code, note.severity) for note in found.notes] == [("no-effect", "note")] * 2
    assert all("alters no value" in note.message for note in found.notes)


@pytest.mark.parametrize(
    ("dates", "said", "place"),
    [
        (("set: 120", "from: 2024-03-30"), "starts 2024-03-30, before the data (2024-03-31): it is in", "from"),
        (("set: {2019-01-01: 90, 2021-01-01: 120}",), "the first day of the run, as of 2021-01-01", "set"),
        (("set: 120", "from: 2024-03-31"), None, None),
        (("set: {2024-04-01: 120}",), None, None),
    ],
)
def test_a_change_dated_before_the_data_is_a_note(load, folder, dates, said, place):
    file(folder, "early", "changes:" + change("early.set", "path: people.starts.monthly", *dates))
    notes = load("early").notes
    if said is None:
        assert notes == ()
        return
    (note,) = notes
    assert (note.code, note.severity) == ("before-data", "note")
    assert said in note.message
    lines = (folder / "early.yaml").read_text().splitlines()
    assert lines[note.line - 1].strip().startswith(f"{place}: ")
    assert note.column == lines[note.line - 1].index(": ") + 3
    file(folder, "later", "", "[early]")
    assert load("later").notes == (), "it is said where it is written"


def test_a_range_alone_is_an_effect(load, folder):
    file(folder, "same", "changes:" + change("same.set", *STARTS, "set: 100", "range: [90, 110]"))
    assert load("same").notes == ()


def test_a_change_without_effect_is_an_error(codes, folder):
    file(folder, "same", "changes:" + change("same.set", *STARTS, "set: 100"))
    file(
        folder,
        "late",
        "changes:" + change("late.set", "path: people.starts.monthly", "from: 2031-01-01", "set: 5"),
    )
    assert codes("same") == ["no-effect"]
    assert codes("late") == ["no-effect"]


def test_sets_on_other_cells_or_days_do_not_conflict(load, codes, folder):
    path = "path: staff.leaving.rate"
    cells = "changes:" + change("a", path, "where: {grade: PO}", "set: 0.2", "from: 2025-01-01")
    file(folder, "apart", cells + change("b", path, "where: {grade: PSO}", "set: 0.3", "from: 2025-01-01"))
    days = "changes:" + change("c", path, "set: 0.2", "from: 2025-01-01", "to: 2025-12-31")
    file(folder, "after", days + change("d", path, "set: 0.3", "from: 2026-01-01"))
    file(folder, "clash", days + change("d", path, "set: 0.3", "from: 2025-12-31"))
    assert len(load("apart").changes) == 2
    assert len(load("after").changes) == 2
    assert codes("clash") == ["conflict"]


def test_limits_hold_at_the_ends_of_ranges(codes, folder):
    body = "changes:" + change("high", *STARTS, "scale: 7", "range: [6, 9]")
    file(folder, "wide", body)
    assert codes("wide") == ["out-of-limits"]


def test_the_hash_is_of_content_not_of_words_or_places(load, folder):
    before = load("one").hash_text
    text = (folder / "one.yaml").read_text(encoding="utf-8")
    (folder / "one.yaml").write_text("# a comment\n" + text.replace("To see", "To learn"), encoding="utf-8")
    assert load("one").hash_text == before
    (folder / "one.yaml").write_text(text.replace("set: 200", "set: 201"), encoding="utf-8")
    assert load("one").hash_text != before
    assert "one.yaml" not in before


@pytest.mark.parametrize("flat", [True, False])
def test_a_saved_scenario_reads_back(load, folder, flat):
    body = """
adjust:
  - {id: one.set, strength: 0.5, delay_months: 2, source: report, why: "So: it is."}
choices: {timing_basis: original, horizon: 2030-03-31}
changes:"""
    cells = ("path: people.mix", "where: {risk: [high, low]}")
    body += change(
        "kid.mix", *cells, "set: {2025-01-01: 0.25, 2026-01-01: 0.5}", "range: {2026-01-01: [0.4, 0.6]}"
    )
    file(folder, "kid", body, "[one, two]")
    kid = load("kid")
    saved = load(scenario.save(kid, folder / "deep" / "saved.yaml", flat=flat))
    assert saved.hash_text == kid.hash_text
    assert saved.changes == kid.changes
    assert saved.timing_basis == "original"
    again = load(scenario.save(saved, folder / "again.yaml", flat=flat))
    assert again.trace == saved.trace
    if flat:
        assert saved.trace["one.set"].endswith("one.yaml:12")
        assert saved.extends == ()


def test_a_file_that_cannot_be_written_is_one_message_and_leaves_nothing(load, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be written"):
        scenario.save(load("one"), blocked / "one.yaml")
    assert list(tmp_path.glob(".one*")) == []


def test_changes_typed_at_the_command_line(load, folder, tiny, tiny_data):
    typed = scenario.from_set_option("staff.leaving.rate[grade=PO|PSO]=0.2@2026-04-01", tiny)
    assert (typed.id, typed.verb, typed.start) == (
        "set.staff.leaving.rate.PO.PSO.2026-04-01",
        "set",
        dt.date(2026, 4, 1),
    )
    assert typed.where == {"grade": ("PSO", "PO")}
    child = scenario.with_changes(load("one"), [typed], catalogue=tiny, load_data=lambda name: tiny_data)
    assert child.name == "one-changed"
    assert [one.id for one in child.changes] == ["one.set", typed.id]
    assert child.hash_text != load("one").hash_text
    back = load(scenario.save(child, folder / "child.yaml"))
    assert back.hash_text == child.hash_text
    assert set(back.sources) == {"command-line", "report"}
    fixed = scenario.from_set_option("staff.trainee.months=24", tiny)
    assert fixed.start is None


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("people.starts.monthly", "cannot be read"),
        ("people.starts.monthly=many@2025-01-01", "not a number"),
        ("people.starts.monthly=5@2025", "not a full date"),
        ("people.starts.monthly=5", "has no first day"),
        ("people.start.monthly=5@2025-01-01", "no parameter is called"),
        ("staff.leaving.rate[grade=XX]=0.2@2025-01-01", "not a value of `grade`"),
        ("staff.leaving.rate[grde=PO]=0.2@2025-01-01", "no dimension `grde`"),
        ("staff.leaving.rate[grade='PO]={@2025-01-01", "cannot be read|not a value"),
    ],
)
def test_a_bad_option_is_refused_in_words(tiny, option, text):
    with pytest.raises(UsageError, match=text):
        scenario.from_set_option(option, tiny)


def test_typed_changes_are_checked_like_written_ones(load, tiny, tiny_data):
    for option, code in (("people.starts.monthly=5@2025-06-01", "conflict"),
                         ("people.starts.monthly=2000@2024-06-01", "conflict"),
                         ("staff.leaving.rate[grade=PO]=0.08@2024-06-01", "no-effect"),
                         ("staff.leaving.rate[grade=PO]=8@2024-06-01", "out-of-limits")):  # fmt: skip
        typed = scenario.from_set_option(option, tiny)
        with pytest.raises(ScenarioError) as caught:
            scenario.with_changes(load("one"), [typed], catalogue=tiny, load_data=lambda name: tiny_data)
        assert code in [fault.code for fault in caught.value.faults]


def test_reviews_and_short_runs_are_warned_about_once(load):
    one = load("one")
    assert scenario.review_notes(one, dt.date(2026, 11, 21)) == []
    (soon,) = scenario.review_notes(one, dt.date(2027, 3, 1))
    assert (soon.code, soon.severity) == ("review-soon", "warning")
    assert soon.message == "`one` is due for review on 2027-03-31, in 30 days"
    assert scenario.review_notes(one, dt.date(2027, 4, 1))[0].code == "review-overdue"
    (short,) = scenario.horizon_notes(one, dt.date(2024, 12, 31))
    assert short.message == "the run ends on 2024-12-31, before `one.set` of `one` can act"
    assert scenario.horizon_notes(one, dt.date(2025, 12, 31)) == []


@pytest.mark.parametrize("name", sorted(scenario.available()))
def test_every_shipped_scenario_loads_by_name(name, at_root):
    found = scenario.load(name)
    assert found.name == name
    assert found.notes == ()
    assert (name == "baseline") == (found.changes == ())
    text = scenario.to_text(found)
    assert strict_yaml.parse(text, "saved").get("name").scalar == name


def test_reset_acts_on_its_dates(at_root):
    from capacity_sim import catalogue, data

    loaded = data.load("england_wales")
    calendar = Calendar(loaded.start, dt.date(2029, 3, 31))
    parameters = Parameters(catalogue.load(), loaded.values, scenario.load("reset").changes, calendar)
    weekly = parameters.weekly
    assert (weekly("supervision.suspend.licence_from")[: calendar.warm_up + 4] == 1).all()
    assert weekly("supervision.suspend.licence_from")[calendar.warm_up + 4] == 0.6667
    adoption = weekly("supervision.suspend.adoption")[calendar.warm_up :]
    assert adoption[calendar.week(dt.date(2024, 7, 1))] == 1
    assert 0.4 < adoption[calendar.week(dt.date(2024, 5, 30))] < 0.6
    assert (np.diff(adoption) >= 0).all()
    assert weekly("supervision.suspend.exempt_share")[-1].tolist() == [0.1, 0.1, 0.525, 1.0]
    assert (weekly("supervision.suspend.order_from") == 1).all()
    factor = weekly("work.volume.factor")[-1]
    assert factor.max() == 1.175
    assert (factor != 1).sum() == 1


def test_a_name_that_no_folder_has_says_what_is_near(load):
    with pytest.raises(ScenarioError) as caught:
        load("resets")
    assert caught.value.faults[0].hint == "did you mean `reset`?"
    with pytest.raises(ScenarioError, match="there is no file"):
        load("none.yaml")


def test_what_a_task_needs_can_be_sent_to_another_process(load, tiny, tiny_data):
    for one in (load("one"), tiny, tiny_data.values):
        assert pickle.loads(pickle.dumps(one)) == one
