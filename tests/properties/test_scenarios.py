"""What must hold for any scenario: no order of parents or changes matters, strength 0 is absence."""

import datetime as dt
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sim import scenario
from capacity_sim.calendars import Calendar, add_months
from capacity_sim.catalogue import Catalogue
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.runs import design
from capacity_sim.scenario import Change, Origin, Rolled, Rollout, WrittenChange
from capacity_sim.scenario.rollout import months_later

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


ROLLOUT = {"source": "report", "basis": "assumed", "quality": "red", "why": "Any."}


def written(first: dt.date, verb: str = "add", amount: float = 0.01, **more: object) -> WrittenChange:
    """A change of the leaving rate."""
    record = {"id": "c", "path": "staff.leaving.rate", verb: amount, "from": first, "source": "report",
              "basis": "assumed", "quality": "red", "impact": "red", "why": "Any.", **more}  # fmt: skip
    return WrittenChange.model_validate(record)


def rolled(**keys: object) -> Rolled:
    return Rolled("part", Rollout.model_validate({**keys, **ROLLOUT}))


def one(of: WrittenChange, delay: int = 0, strength: float = 1.0, by: Rolled | None = None) -> list[Change]:
    return [Change(of, Origin("any"), delay, strength, None, by)]


@given(first=days, verb=st.sampled_from(["set", "scale", "add"]), low=st.sampled_from([0.0, 0.3]),
       delay=st.integers(0, 9), u=st.sampled_from([0.0, 0.5, 1.0]))  # fmt: skip
def test_a_reading_of_strength_is_that_strength(tiny, tiny_data, first, verb, low, delay, u):
    change = written(first, verb, 0.5, phase_in_months=2)
    by = rolled(strength={"value": 0.6, "range": [low, 0.9]})
    found = arrays(tiny, tiny_data.values, one(change, delay, 0.5, by), {"part:strength": u})
    # the ends are read as written: 0.3 + (0.9 - 0.3) is not 0.9 to the last bit
    strength = 0.5 * {0.0: low, 0.5: low + 0.5 * (0.9 - low), 1.0: 0.9}[u]
    assert same(found, arrays(tiny, tiny_data.values, one(change, delay, strength)))
    if strength == 0:
        assert same(found, arrays(tiny, tiny_data.values, []))


@given(listed=change_lists())
def test_strength_0_by_rollout_is_absence(tiny, tiny_data, listed):
    absent = arrays(tiny, tiny_data.values, [])
    for by, reading in (
        (rolled(strength=0), None),
        (rolled(strength={"value": 0, "range": [0, 1]}), None),
        (rolled(strength={"value": 1, "range": [0, 1]}, slip_months=3), {"part:strength": 0.0}),
    ):
        muted = [Change(one.written, one.origin, one.delay_months, one.strength, None, by) for one in listed]
        assert same(arrays(tiny, tiny_data.values, muted, reading), absent)
    none = rolled(strength=0, months={"value": 1, "range": [1, 2]})
    never = [Change(one.written, one.origin, rollout=none) for one in listed]
    assert uncertain_inputs(tiny_data.values, never) == uncertain_inputs(tiny_data.values, [])


@given(first=days, verb=st.sampled_from(["set", "scale", "add"]), delay=st.integers(0, 5),
       u=st.sampled_from([0.0, 0.5, 1.0]), last=st.sampled_from([None, 200]))  # fmt: skip
def test_a_slip_moves_every_date(tiny, tiny_data, first, verb, delay, u, last):
    more = {} if last is None else {"to": first + dt.timedelta(days=last)}
    by = rolled(slip_months={"value": 2, "range": [0, 12]})
    found = arrays(tiny, tiny_data.values, one(written(first, verb, **more), delay, by=by), {"part:slip": u})
    months = delay + {0.0: 0, 0.5: 6, 1.0: 12}[u]
    later = {key: add_months(day, months) for key, day in more.items()}
    moved = written(add_months(first, months), verb, **later)
    assert same(found, arrays(tiny, tiny_data.values, one(moved)))
    assert same(found, arrays(tiny, tiny_data.values, one(written(first, verb, **more), months)))


@given(first=days, u=st.sampled_from([0.0, 0.5, 1.0]), slip=st.sampled_from([None, 3]))
def test_a_reading_of_months_is_that_phase_in(tiny, tiny_data, first, u, slip):
    keys = {} if slip is None else {"slip_months": slip}
    by = rolled(months={"value": 7, "range": [6, 24]}, **keys)
    found = arrays(tiny, tiny_data.values, one(written(first), by=by), {"part:rollout": u})
    months = {0.0: 6.0, 0.5: 15.0, 1.0: 24.0}[u]
    assert same(found, arrays(tiny, tiny_data.values, one(written(first, phase_in_months=months), slip or 0)))
    own = written(first, phase_in_months=2)
    kept = arrays(tiny, tiny_data.values, one(own, by=by), {"part:rollout": u})
    assert same(kept, arrays(tiny, tiny_data.values, one(own, slip or 0)))


@given(first=days, months=st.floats(0, 40), more=st.floats(0, 3))
def test_a_longer_slip_is_never_earlier(first, months, more):
    early, late = months_later(first, months), months_later(first, months + more)
    assert first <= early <= late
    assert add_months(first, int(months)) <= early <= add_months(first, int(months) + 1)


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


SLIPS = """rollout:
  strength: {value: 0.8, range: [0.5, 1.0]}
  slip_months: {value: 1, range: [0, 6]}
  months: {value: 3, range: [1, 5]}
  family: triangular
  source: report
  basis: assumed
  quality: red
  why: Any.
"""
ADJUST = """adjust:
  - {{id: {id}, {what}, source: report, why: Any.}}
"""


@st.composite
def families(draw: st.DrawFn) -> dict[str, tuple[list[str], str]]:
    """Files by name, as parents and the rest: grandparents, parents that share them and adjust, and one child."""
    grand = {f"grand{number}": (["base"], number) for number in range(draw(st.integers(1, 3)))}
    found: dict[str, tuple[list[str], str]] = {}
    for name in grand:
        path, (verb, amount), first = draw(st.sampled_from(PATHS)), draw(st.sampled_from(VERBS)), draw(days)
        rolling = SLIPS if draw(st.booleans()) else ""
        body = CHANGE.format(name=name, path=path, verb=verb, amount=amount, first=first)
        found[name] = (["base"], f"{rolling}changes:\n{body}")
    # one parent at most adjusts a grandparent's change, so that nothing is in dispute
    free = list(grand)
    for number in range(draw(st.integers(1, 3))):
        parents = draw(st.lists(st.sampled_from(list(grand)), min_size=1, unique=True))
        body = ""
        if free and free[0] in parents and draw(st.booleans()):
            what = draw(st.sampled_from(["delay_months: 3", "strength: 0", "strength: 0.5", "drop: true"]))
            body = ADJUST.format(id=f"{free.pop(0)}.change", what=what)
        body += f"{SLIPS}changes:\n" + CHANGE.format(
            name=f"parent{number}", path="people.starts.monthly", verb="add", amount=number + 1, first=draw(days)
        )
        found[f"parent{number}"] = (parents, body)
    return found


@settings(max_examples=25)
@given(family=families(), order=st.randoms(use_true_random=False), u=st.sampled_from([0.0, 0.4, 1.0]))
def test_no_order_of_a_family_matters_and_nothing_counts_twice(tiny, tiny_data, family, order, u):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "base.yaml").write_text(BASE, encoding="utf-8")
        tops = [name for name in family if name.startswith("parent")]
        reached = sorted({above for name in tops for above in family[name][0]})
        found = []
        for extends in (tops, order.sample(tops, len(tops)), [*reached, *tops], [*tops, *reached, "base"]):
            for name, (parents, body) in family.items():
                text = HEAD.format(name=name, extends=", ".join(order.sample(parents, len(parents))))
                (folder / f"{name}.yaml").write_text(text + body, encoding="utf-8")
            (folder / "all.yaml").write_text(HEAD.format(name="all", extends=", ".join(extends)), encoding="utf-8")
            found.append(scenario.load("all", [folder], catalogue=tiny, load_data=lambda name: tiny_data))
        assert all(one.changes == found[0].changes for one in found)
        assert len({one.hash_text for one in found}) == 1
        ids = [one.id for one in found[0].changes]
        assert len(set(ids)) == len(ids)
        inputs = uncertain_inputs(tiny_data.values, found[0].changes)
        reading = dict.fromkeys((one.id for one in inputs), u)
        before = arrays(tiny, tiny_data.values, found[0].changes, reading)
        saved = scenario.load(
            scenario.save(found[1], folder / "saved.yaml"), catalogue=tiny, load_data=lambda name: tiny_data
        )
        assert saved.hash_text == found[0].hash_text
        assert same(before, arrays(tiny, tiny_data.values, saved.changes, reading))
        # what a parent's rollout reads is the same wherever the parent is included
        for name in tops:
            alone = scenario.load(name, [folder], catalogue=tiny, load_data=lambda name: tiny_data)
            own = {one.id: one for one in uncertain_inputs(tiny_data.values, alone.changes)}
            together = {one.id: one for one in inputs}
            assert own[f"{name}:slip"] == together[f"{name}:slip"]
            columns = [design.readings(7, of, 5) for of in (own, together)]
            assert [one[f"{name}:slip"] for one in columns[0]] == [one[f"{name}:slip"] for one in columns[1]]


@settings(max_examples=25)
@given(family=families(), order=st.randoms(use_true_random=False),
       what=st.sampled_from(["strength: 0", "strength: 0.5", "delay_months: 5", "drop: true"]))  # fmt: skip
def test_adjusting_a_part_is_adjusting_each_of_its_changes(tiny, tiny_data, family, order, what):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "base.yaml").write_text(BASE, encoding="utf-8")
        for name, (parents, body) in family.items():
            text = HEAD.format(name=name, extends=", ".join(parents)) + body
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        tops = [name for name in family if name.startswith("parent")]
        part = order.choice(tops)
        inside = {f"{name}.change" for name in (part, *family[part][0])}

        def child(body: str) -> scenario.Scenario:
            extends = order.sample(tops, len(tops))
            text = HEAD.format(name="child", extends=", ".join(extends)) + body
            (folder / "child.yaml").write_text(text, encoding="utf-8")
            return scenario.load("child", [folder], catalogue=tiny, load_data=lambda name: tiny_data)

        plain = child("")
        # what a parent drops stays dropped, and only an id brings it back
        each = [one.id for one in plain.changes if one.id in inside]
        one_by_one = "adjust:\n" + "".join(ADJUST.partition("\n")[2].format(id=name, what=what) for name in each)
        whole = child(ADJUST.replace("id: {id}", "of: {id}").format(id=part, what=what))
        single = child(one_by_one)
        assert whole.hash_text == single.hash_text
        assert [one.adjusted for one in whole.changes] == [one.adjusted for one in single.changes]
        assert {one.id for one in whole.adjusts} == set(each)
        if what in ("strength: 0", "drop: true"):
            rest = [one for one in plain.changes if one.id not in inside]
            assert same(arrays(tiny, tiny_data.values, whole.changes), arrays(tiny, tiny_data.values, rest))
            assert whole.hash_text == replace(plain, changes=tuple(rest)).hash_text


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
