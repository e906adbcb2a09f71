"""How surely and how fast a part comes; other versions of a measure; worked examples."""

import datetime as dt
import pickle
from pathlib import Path

import pytest

from capacity_sim import catalogue, scenario, series
from capacity_sim.calendars import Calendar
from capacity_sim.errors import ScenarioError
from capacity_sim.model import trace
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.scenario import effects
from capacity_sim.scenario.example import REQUIREMENTS
from capacity_sim.scenario.rollout import months_later

BASE = "name: base\ntitle: B\nkind: baseline\nsummary: B.\nreview_by: 2027-03-31\ndata: tiny\n"
HEAD = """
name: {name}
title: A part
extends: {extends}
kind: part
status: announced
summary: Something is changed.
as_of: 2025-10-22
review_by: 2027-03-31
sources:
  report: {{title: A report}}
"""
ROLLOUT = """
rollout:
  strength: {value: 1, range: [0.5, 1]}
  slip_months: {value: 0, range: [0, 12]}
  months: {value: 12, range: [6, 24]}
  family: triangular
  source: report 3.9
  basis: assumed
  quality: red
  why: Slips.
"""
CHANGE = """
  - id: {id}
    source: report 1.2
    basis: assumed
    quality: red
    impact: red
    why: To see what happens.
"""
EXAMPLE = """
example:
  words: One person.
  person: {key: 4711, start_type: custody, start: 2025-01-06, length_days: 700, risk: medium, flags: [mappa]}
  traced: {release: [2025-12-15, never], hours_policy: [61.5, 58]}
"""
STARTS = ("path: people.starts.monthly", "from: 2025-01-01")
LEAVING = ("path: staff.leaving.rate", "set: {2025-01-01: 0.2, 2026-01-01: 0.3}")
SAY = "source: report, why: So."


def file(folder: Path, name: str, body: str = "", extends: str = "[base]") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD.format(name=name, extends=extends) + body, encoding="utf-8")
    return path


def change(change_id: str, *lines: str) -> str:
    return CHANGE.format(id=change_id) + "".join(f"    {line}\n" for line in lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    body = ROLLOUT + "changes:" + change("part.add", *STARTS, "add: 20") + change("part.dated", *LEAVING)
    body += change("part.own", "path: work.factor", "scale: 2", "from: 2025-01-01", "phase_in_months: 1")
    file(tmp_path, "part", body + change("part.fixed", "path: staff.trainee.months", "set: 24") + EXAMPLE)
    return tmp_path


@pytest.fixture
def load(folder: Path, tiny, tiny_data):
    def load(name: str | Path) -> scenario.Scenario:
        return scenario.load(name, [folder], catalogue=tiny, load_data=lambda name: tiny_data)

    return load


@pytest.fixture
def messages(load):
    def messages(name: str) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            load(name)
        return [fault.message for fault in caught.value.faults]

    return messages


@pytest.fixture
def value(tiny, tiny_data):
    def value(of: scenario.Scenario, path: str, on: str, draw=None, **where: str) -> float:
        parameters = Parameters(tiny, tiny_data.values, of.changes, Calendar(tiny_data.start, of.horizon), draw)
        return parameters.value(path, dt.date.fromisoformat(on), **where)

    return value


def test_a_rollout_acts_on_every_change_of_its_file(load):
    changes = {one.id: one for one in load("part").changes}
    assert [one.rollout.of for one in changes.values()] == ["part"] * 4
    assert changes["part.add"].input_ids == ("part:strength", "part:slip", "part:rollout")
    assert changes["part.dated"].input_ids == ("part:strength", "part:slip")
    assert changes["part.own"].input_ids == ("part:strength", "part:slip")
    assert changes["part.fixed"].input_ids == ("part:strength",)
    assert changes["part.add"].ramp_days == 365
    assert changes["part.own"].ramp_days == 31


@pytest.mark.parametrize(
    ("draw", "on", "expected"),
    [
        (None, "2024-12-31", 100.0),
        (None, "2026-01-01", 120.0),
        ({"part:slip": 1.0}, "2026-01-01", 100.0),
        ({"part:slip": 1.0}, "2027-01-01", 120.0),
        ({"part:rollout": 0.0}, "2025-07-01", 120.0),
        ({"part:rollout": 1.0}, "2026-01-01", 110.0),
        ({"part:strength": 0.0}, "2028-01-01", 110.0),
        ({"part:strength": 0.5}, "2028-01-01", 100 + 20 * (0.5 + 0.5 * 0.5**0.5)),
        # the mode of the slip is its low end: half of the readings are below 12 * (1 - sqrt(1/2)) = 3.51 months
        ({"part:slip": 0.5, "part:rollout": 0.0}, "2025-04-16", 100.0),
        ({"part:slip": 0.5, "part:rollout": 0.0}, "2025-04-17", 100 + 20 / 183),
        ({"part:strength": 0.0, "part:slip": 1.0, "part:rollout": 1.0}, "2027-01-01", 105.0),
    ],
)
def test_readings_act_as_arithmetic_says(load, value, draw, on, expected):
    assert value(load("part"), "people.starts.monthly", on, draw) == pytest.approx(expected, abs=0.01)


def test_a_slip_moves_dated_values_and_leaves_fixed_parameters(load, value):
    part = load("part")
    assert value(part, "staff.leaving.rate", "2026-01-01", {"part:slip": 1.0}, grade="PO") == pytest.approx(0.2)
    assert value(part, "staff.leaving.rate", "2027-01-01", {"part:slip": 1.0}, grade="PO") == pytest.approx(0.3)
    assert value(part, "staff.trainee.months", "2025-01-01", {"part:slip": 1.0}) == 24
    assert value(part, "staff.trainee.months", "2025-01-01", {"part:strength": 0.0}) == 26  # 27, half way to 24


def test_an_adjustment_multiplies_the_strength_and_adds_to_the_slip(load, folder, value):
    file(folder, "less", f"adjust: [{{id: part.add, strength: 0.5, delay_months: 3, {SAY}}}]", "[part]")
    draw = {"part:strength": 0.0, "part:slip": 1.0, "part:rollout": 0.0}
    less = load("less")
    assert value(less, "people.starts.monthly", "2026-03-31", draw) == 100.0
    assert value(less, "people.starts.monthly", "2026-10-01", draw) == 105.0
    assert less.changes[0].dates == (dt.date(2025, 4, 1),)


def test_inputs_of_a_rollout_are_listed_once_and_only_where_they_act(load, folder, tiny_data):
    found = {one.id: one for one in uncertain_inputs(tiny_data.values, load("part").changes)}
    assert [name for name in found if name.startswith("part")] == ["part:rollout", "part:slip", "part:strength"]
    slip = found["part:slip"]
    assert (slip.low, slip.mid, slip.high, slip.family) == (0.0, 0.0, 12.0, "triangular")
    assert (slip.path, slip.source, slip.quality) == ("rollout.slip_months", "report 3.9", "red")
    drops = ", ".join(f"{{id: part.{name}, drop: true, {SAY}}}" for name in ("add", "dated", "own"))
    file(folder, "rest", f"adjust: [{drops}]", "[part]")
    assert [one.id for one in uncertain_inputs((), load("rest").changes)] == ["part:strength"]


def test_the_hash_knows_ranges_and_readings_and_no_words(load, folder):
    before = load("part").hash_text
    text = (folder / "part.yaml").read_text(encoding="utf-8")
    for old, new, alike in (
        ("Slips.", "Slides.", True),
        ("as_of: 2025-10-22", "as_of: 2025-10-23", True),
        ("4711", "4712", True),
        ("value: 1, range: [0.5, 1]", "value: 1, range: [0.6, 1]", False),
        ("range: [0, 12]", "range: [0, 11]", False),
        ("value: 12, range", "value: 11, range", False),
        ("family: triangular", "family: uniform", False),
        ("  slip_months: {value: 0, range: [0, 12]}\n", "", False),
    ):
        assert old in text
        (folder / "part.yaml").write_text(text.replace(old, new), encoding="utf-8")
        assert (load("part").hash_text == before) == alike, old


def test_a_certain_rollout_has_the_content_of_what_it_makes(load, folder):
    certain = ROLLOUT.replace("{value: 1, range: [0.5, 1]}", "0.5").replace("{value: 0, range: [0, 12]}", "3")
    certain = certain.replace("  months: {value: 12, range: [6, 24]}\n", "")
    file(folder, "sure", certain + "changes:" + change("one", *STARTS, "add: 20"))
    late = change("one", "path: people.starts.monthly", "from: 2025-04-01", "add: 20")
    file(folder, "plain", "changes:" + late)
    file(folder, "half", f"adjust: [{{id: one, strength: 0.5, {SAY}}}]", "[plain]")
    assert load("sure").hash_text == load("half").hash_text


@pytest.mark.parametrize("flat", [True, False])
def test_a_saved_scenario_keeps_its_rollouts(load, folder, tiny_data, flat):
    body = ROLLOUT.replace("[6, 24]", "[3, 24]") + "changes:" + change("kid.scale", *STARTS, "scale: 2")
    file(folder, "kid", "instead_of: [base-line]\n" + body + EXAMPLE, "[part]")
    file(folder, "base-line", "", "[base]")
    kid = load("kid")
    saved = load(scenario.save(kid, folder / "saved.yaml", flat=flat))
    assert saved.hash_text == kid.hash_text
    assert saved.changes == kid.changes
    assert uncertain_inputs((), saved.changes) == uncertain_inputs((), kid.changes)
    assert (saved.as_of, saved.example) == (kid.as_of, kid.example)
    assert saved.instead_of == (() if flat else ("base-line",))
    again = load(scenario.save(saved, folder / "again.yaml", flat=flat))
    assert again.changes == kid.changes
    assert pickle.loads(pickle.dumps(kid)) == kid


def test_why_tells_the_force_and_its_range(load, tiny, tiny_data):
    parameters = Parameters(
        tiny, tiny_data.values, load("part").changes, Calendar(tiny_data.start, dt.date(2029, 3, 31))
    )
    _, step = parameters.why("people.starts.monthly", dt.date(2025, 7, 1))
    assert step.force == pytest.approx(181 / 365)
    assert step.forces == (0.0, 1.0)
    _, step = parameters.why("people.starts.monthly", dt.date(2028, 7, 1))
    assert (step.force, step.forces, step.value) == (1.0, (0.5, 1.0), 120.0)
    assert parameters.why("people.mix", dt.date(2028, 7, 1), risk="low")[0].forces is None


def test_why_follows_the_draw(load, tiny, tiny_data):
    calendar = Calendar(tiny_data.start, dt.date(2029, 3, 31))
    parameters = Parameters(tiny, tiny_data.values, load("part").changes, calendar, {"part:slip": 1.0})
    assert len(parameters.why("people.starts.monthly", dt.date(2025, 12, 31))) == 1
    assert parameters.why("people.starts.monthly", dt.date(2026, 7, 1))[1].since == dt.date(2026, 1, 1)


def test_limits_hold_at_the_ends_of_a_rollout(load, messages, folder):
    body = "changes:" + change("big", *STARTS, "scale: 4")
    file(folder, "fine", ROLLOUT + body)
    assert load("fine").notes == ()
    file(folder, "wide", ROLLOUT.replace("[0.5, 1]", "[0.5, 4]") + body)
    assert ["at the high ends of ranges" in one for one in messages("wide")] == [True]


def test_sets_may_not_meet_at_any_reading_of_their_slips(load, messages, folder):
    say = "rollout: {slip_months: {value: 0, range: [0, 3]}, source: report, basis: assumed, quality: red, why: So.}\n"
    path, first, second = "path: people.starts.monthly", ("to: 2025-06-30", "set: 120"), ("set: 140",)
    both = "changes:" + change("a", path, "from: 2025-01-01", *first) + change("b", path, "from: 2025-07-01", *second)
    file(folder, "together", say + both)
    assert load("together").notes == ()
    file(folder, "early", say + "changes:" + change("a", path, "from: 2025-01-01", *first))
    file(folder, "later", "changes:" + change("b", path, "from: 2025-07-01", *second), "[early]")
    (message,) = messages("later")
    assert "from 2025-07-01 when one slips" in message
    file(folder, "apart", "changes:" + change("b", path, "from: 2025-10-01", *second), "[early]")
    assert load("apart").notes == ()


def test_a_change_that_acts_at_one_end_of_a_range_has_an_effect(load, messages, folder):
    body = "changes:" + change("some", *STARTS, "add: 20")
    none = ROLLOUT.replace("strength: {value: 1, range: [0.5, 1]}", "strength: {value: 0, range: [0, 1]}")
    file(folder, "maybe", none + body)
    assert load("maybe").notes == ()
    late = none.replace("{value: 0, range: [0, 12]}", "{value: 60, range: [12, 80]}")
    file(folder, "late", late + body)  # in full strength and late it never comes; early it does
    assert load("late").notes == ()
    file(folder, "never", ROLLOUT.replace("{value: 1, range: [0.5, 1]}", "0") + body)
    assert messages("never") == ["`some` alters no value of `people.starts.monthly` at strength 0"]


def test_a_rollout_of_the_parent_is_not_the_childs(load, folder):
    file(folder, "child", "changes:" + change("child.scale", *STARTS, "scale: 2"), "[part]")
    by = {one.id: one.rollout for one in load("child").changes}
    assert by.pop("child.scale") is None
    assert {one.of for one in by.values()} == {"part"}


def test_two_versions_of_a_measure_are_refused_where_they_meet(load, messages, folder):
    scales = "changes:" + change("again.scale", *STARTS, "scale: 2")
    file(folder, "again", "instead_of: [part]\n" + scales)
    assert load("again").instead_of == ("part",)
    file(folder, "both", "", "[again, part]")
    file(folder, "above", "", "[both]")
    file(folder, "one-way", "", "[again]")
    file(folder, "other-way", "", "[one-way, part]")
    for name in ("both", "above", "other-way"):
        (message,) = messages(name)
        assert message.startswith("`again` in ")
        assert "are two versions of the same measure" in message
    assert load("one-way").instead_of == ()


def test_an_example_is_the_files_own(load, folder):
    example = load("part").example
    assert (example.person.key, example.person.start, example.person.flags) == (4711, dt.date(2025, 1, 6), ("mappa",))
    assert example.traced == {"release": (dt.date(2025, 12, 15), "never"), "hours_policy": (61.5, 58)}
    file(folder, "child", "changes:" + change("child.scale", *STARTS, "scale: 2"), "[part]")
    assert load("child").example is None


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2025-01-31", 1, "2025-02-28"), ("2025-01-31", 0.5, "2025-02-14"), ("2024-04-29", 2.07, "2024-07-01"),
     ("2025-04-01", 0, "2025-04-01"), ("2025-04-01", 12.1, "2026-04-04")],
)  # fmt: skip
def test_part_of_a_month_is_its_share_of_that_month(day, months, later):
    assert months_later(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(later)


def test_checks_evaluate_one_cell_of_each_kind_and_few_days(load, folder, monkeypatch):
    body = ROLLOUT + "changes:" + change("n", *STARTS, "add: 1")
    for number in range(30):
        body += change(f"n{number}", "path: work.factor", "scale: 0.99", "from: 2025-01-01")
    file(folder, "many", body)
    sizes = []

    def counted(base, moves, at):
        sizes.append(base.size)
        return series.moved(base, moves, at)

    monkeypatch.setattr(effects, "moved", counted)
    assert len(load("many").changes) == 31
    # three sweeps of all days for each of two parameters, and for each change twice a few days: work.factor has 6 cells
    days = 261 * 7
    assert sum(size >= days - 7 for size in sizes) == 6
    assert max(sizes) <= days
    assert sum(size < 20 for size in sizes) == len(sizes) - 6 <= 2 * 31


def test_an_example_may_name_every_flag_that_a_traced_life_has():
    values = catalogue.load().dimensions["flag"]
    assert (*values, *REQUIREMENTS) == trace.FLAGS


def test_ranges_of_changes_and_rollouts_move_together(load, folder: Path, tiny_data):
    slip = "rollout:\n  slip_months: {value: 0, range: [0, 12], group: courts, correlation: 0.5}\n"
    slip += "  source: report\n  basis: assumed\n  quality: red\n  why: Slips.\n"
    body = change("one", *STARTS, "add: 20", "range: [10, 30]", "family: pert", "group: courts", "correlation: -0.5")
    file(folder, "joined", slip + "changes:" + body)
    found = load("joined")
    inputs = {one.id: one for one in uncertain_inputs(tiny_data.values, found.changes)}
    assert (inputs["one"].family, inputs["one"].group, inputs["one"].correlation) == ("pert", "courts", -0.5)
    assert (inputs["joined:slip"].group, inputs["joined:slip"].correlation) == ("courts", 0.5)
    assert found.notes == ()
    for flat in (True, False):
        saved = scenario.save(found, folder / f"saved-{flat}.yaml", flat=flat)
        assert load(saved).hash_text == found.hash_text
    file(folder, "apart", slip.replace("0.5", "0.9") + "changes:" + body)
    assert load("apart").hash_text != found.hash_text


def test_a_range_alone_in_its_group_is_noted(load, folder: Path):
    one = change("one", *STARTS, "add: 20", "range: [10, 30]", "group: courts", "correlation: 0.5")
    other = change("other", *STARTS, "scale: 2", "range: [1, 3]", "group: court", "correlation: 0.5")
    file(folder, "near", "changes:" + one + other)
    notes = load("near").notes
    assert [note.code for note in notes] == ["alone-in-group"] * 2
    assert notes[0].message == "`one` is alone in the group `courts`, so nothing moves with it here"
    assert notes[0].hint == "did you mean `court`?"
    file(folder, "child", "", "[near]")
    assert load("child").notes == ()
