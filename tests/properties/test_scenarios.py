"""What must hold for any scenario: no order of parents or changes matters, strength 0 is absence."""

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sim import scenario
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.scenario import Change, Origin, WrittenChange

pytestmark = pytest.mark.properties

CALENDAR = Calendar(dt.date(2024, 3, 31), dt.date(2027, 3, 31), warm_up=4)
PATHS = ("people.starts.monthly", "staff.leaving.rate", "work.factor")
FIRST = dt.date(2024, 1, 1)

VERBS = [("scale", 1.1), ("scale", 0.9), ("add", 0.01)]

days = st.integers(0, 1200).map(lambda number: FIRST + dt.timedelta(days=number))


@st.composite
def changes(draw: st.DrawFn, number: int) -> Change:
    """A change of a tiny parameter; sets get a year of their own, so that they never meet."""
    path = draw(st.sampled_from(PATHS))
    verb = draw(st.sampled_from(["set", "scale", "add"]))
    first = draw(days)
    last = draw(st.one_of(st.none(), st.integers(0, 900).map(lambda more: first + dt.timedelta(days=more))))
    if verb == "set":
        first, last = dt.date(2024 + number, 1, 1), dt.date(2024 + number, 12, 31)
    amounts = {
        "set": st.sampled_from([0.01, 0.05, 0.3]),
        "scale": st.sampled_from([0.5, 0.9, 1.0, 1.2]),
        "add": st.sampled_from([0.0, 0.01, 0.1]),
    }
    amount = draw(amounts[verb])
    record = {
        "id": f"c{number}",
        "path": path,
        verb: amount,
        "from": first,
        "to": last,
        "phase_in_months": draw(st.sampled_from([None, 1.0, 2.5])),
        "range": draw(st.sampled_from([None, [amount * 0.9, amount * 1.1 + 0.001]])),
        "source": "report",
        "basis": "assumed",
        "quality": "red",
        "impact": "red",
        "why": "Any.",
    }
    if path == "staff.leaving.rate" and draw(st.booleans()):
        record["where"] = {"grade": ("PO",)}
    if path == "work.factor" and draw(st.booleans()):
        record["where"] = {"risk": ("low", "high")}
    given_keys = {key: value for key, value in record.items() if value is not None}
    strength = draw(st.sampled_from([0.0, 0.5, 1.0]))
    delay = draw(st.sampled_from([0, 0, 3])) if verb != "set" else 0
    return Change(WrittenChange.model_validate(given_keys), Origin("any"), delay, strength)


@st.composite
def change_lists(draw: st.DrawFn) -> list[Change]:
    return [draw(changes(number)) for number in range(draw(st.integers(0, 4)))]


def arrays(tiny: Catalogue, values, listed: list[Change], reading=None) -> dict[str, np.ndarray]:
    parameters = Parameters(tiny, values, listed, CALENDAR, reading)
    return {path: parameters.weekly(path) for path in tiny.parameters}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[path], other[path]) for path in one)


@given(
    listed=change_lists(), order=st.randoms(use_true_random=False), u=st.sampled_from([None, 0.0, 0.3, 1.0])
)
def test_the_order_of_changes_changes_nothing(tiny, tiny_data, listed, order, u):
    ids = [one.id for one in uncertain_inputs(tiny_data.values, listed)]
    reading = None if u is None else dict.fromkeys(ids, u)
    shuffled = order.sample(listed, len(listed))
    assert same(
        arrays(tiny, tiny_data.values, listed, reading), arrays(tiny, tiny_data.values, shuffled, reading)
    )


@given(listed=change_lists())
def test_strength_0_is_absence(tiny, tiny_data, listed):
    acting = [one for one in listed if one.strength != 0]
    assert same(arrays(tiny, tiny_data.values, listed), arrays(tiny, tiny_data.values, acting))
    assert uncertain_inputs(tiny_data.values, listed) == uncertain_inputs(tiny_data.values, acting)


@given(listed=change_lists())
def test_the_warm_up_is_the_baseline_and_cells_outside_where_are_untouched(tiny, tiny_data, listed):
    before, after = arrays(tiny, tiny_data.values, []), arrays(tiny, tiny_data.values, listed)
    for path in PATHS:
        assert np.array_equal(before[path][: CALENDAR.warm_up], after[path][: CALENDAR.warm_up])
        touched = np.zeros(tiny.shape(path), dtype=bool)
        for one in listed:
            if one.path == path:
                touched |= tiny.mask(path, one.where)
        assert np.array_equal(before[path][:, ~touched], after[path][:, ~touched])


@given(listed=change_lists(), day=days.filter(lambda day: day >= CALENDAR.day0))
def test_why_ends_at_the_value(tiny, tiny_data, listed, day):
    parameters = Parameters(tiny, tiny_data.values, listed, CALENDAR)
    steps = parameters.why("work.factor", day, activity="contact", risk="high")
    assert steps[-1].value == parameters.value("work.factor", day, activity="contact", risk="high")
    assert steps[0].op == "baseline"


@given(listed=change_lists())
def test_a_week_lies_between_the_values_of_its_days(tiny, tiny_data, listed):
    parameters = Parameters(tiny, tiny_data.values, listed, CALENDAR)
    weekly = parameters.weekly("people.starts.monthly")
    for week in (0, 40, 100):
        on = [CALENDAR.monday(week) + dt.timedelta(days=more) for more in range(7)]
        of_days = [parameters.value("people.starts.monthly", day) for day in on]
        value = weekly[CALENDAR.warm_up + week]
        assert min(of_days) - 1e-9 <= value <= max(of_days) + 1e-9
        assert value == pytest.approx(np.mean(of_days))


HEAD = """name: {name}
title: Any
extends: [{extends}]
kind: measure
status: proposed
summary: Any.
review_by: 2027-03-31
sources: {{report: {{title: A report}}}}
"""
CHANGE = """  - id: {name}.change
    path: {path}
    {verb}: {amount}
    from: {first}
    source: report
    basis: assumed
    quality: red
    impact: red
    why: Any.
"""
BASE = "name: base\ntitle: B\nkind: baseline\nsummary: B.\nreview_by: 2027-03-31\ndata: tiny\n"


@settings(max_examples=25)
@given(
    parts=st.lists(
        st.tuples(st.sampled_from(PATHS), st.sampled_from(VERBS), days),
        min_size=2, max_size=4,
    ),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_order_of_parents_changes_nothing(tiny, tiny_data, parts, order):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "base.yaml").write_text(BASE, encoding="utf-8")
        names = []
        for number, (path, (verb, amount), first) in enumerate(parts):
            name = f"part{number}"
            text = HEAD.format(name=name, extends="base") + "changes:\n"
            text += CHANGE.format(name=name, path=path, verb=verb, amount=amount, first=first)
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
            names.append(name)
        found = []
        for extends in (names, order.sample(names, len(names))):
            (folder / "all.yaml").write_text(
                HEAD.format(name="all", extends=", ".join(extends)), encoding="utf-8"
            )
            found.append(scenario.load("all", [folder], catalogue=tiny, load_data=lambda name: tiny_data))
        assert found[0] == found[1]
        assert found[0].hash_text == found[1].hash_text
        saved = scenario.save(found[0], folder / "saved.yaml")
        again = scenario.load(saved, catalogue=tiny, load_data=lambda name: tiny_data)
        assert again.hash_text == found[0].hash_text
        assert again.changes == found[0].changes
