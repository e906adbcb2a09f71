"""What must hold for every shipped measure: it moves something, leaves the baseline alone, meets others in any order.

Runs are of people and the work that they cause on the demo set, without delivery: what a part does to the rest follows
from that, and it is quick.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.small_model import catalogue_, demo, same, world_of

from capacity_sim import scenario
from capacity_sim.calendars import Calendar
from capacity_sim.errors import ScenarioError
from capacity_sim.model import engine
from capacity_sim.model.result import RunResult
from capacity_sim.parameters import Parameters
from capacity_sim.runs.tidy import tidy
from capacity_sim.scenario import Change, Scenario

pytestmark = pytest.mark.properties

FOLDER = Path(__file__).parent.parent.parent / "scenarios"
END = dt.date(2029, 3, 25)
PART_KINDS = ("event", "part", "measure")
COMBINATIONS = ("in-force", "nao-2025", "full-programme")
#: arrays of a result that its tables of people, work and staff are made of
TABLES = {"due", "activity", "people", "events", "in_post", "available", "productive_minutes"}
RULES = ("published", "policy")


@cache
def shipped() -> dict[str, Scenario]:
    """Every shipped scenario, by name."""
    return {path.stem: scenario.load(path) for path in sorted(FOLDER.glob("*.yaml"))}


def names(*kinds: str) -> list[str]:
    return [name for name, one in shipped().items() if one.kind in kinds]


PARTS = names(*PART_KINDS)


def run(changes: Sequence[Change]) -> RunResult:
    return engine.simulate(world_of(changes, end=END, delivery=False, warm_up=0), seed=1)


@cache
def baseline() -> RunResult:
    """The baseline, run before any measure."""
    return run(())


def table(result: RunResult) -> bytes:
    """Tables of a result, to the byte."""
    sink = pa.BufferOutputStream()
    rows = tidy(result, catalogue_(), 0, 0)
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    return sink.getvalue().to_pybytes()


def off(changes: Iterable[Change]) -> list[Change]:
    """Changes at strength 0, as `adjust` makes them."""
    return [replace(change, strength=0.0) for change in changes]


def combined(folder: Path, parents: Sequence[str], name: str = "together") -> Scenario:
    """Scenario of some parents in an order."""
    path = folder / f"{name}.yaml"
    path.write_text(
        f"name: {name}\ntitle: Parents together\nextends: [{', '.join(parents)}]\nkind: combination\n"
        "summary: Made by a test.\nreview_by: 2099-03-31\nstatus: hypothetical\n",
        encoding="utf-8",
    )
    return scenario.load(path, [FOLDER])


# --- what each does


@pytest.mark.parametrize("name", PARTS)
def test_a_part_moves_a_table(name: str) -> None:
    one = shipped()[name]
    (parent,) = one.extends
    without = baseline() if parent == "baseline" else run(shipped()[parent].changes)
    assert TABLES & set(same(run(one.changes), without)), f"`{name}` moves nothing"


def test_the_baseline_is_the_same_after_all_of_them_to_the_byte() -> None:
    before = table(baseline())
    for name in COMBINATIONS:
        assert table(run(shipped()[name].changes)) != before
    assert table(run(())) == before
    assert table(run(shipped()["baseline"].changes)) == before


@pytest.mark.parametrize("name", names(*PART_KINDS, "programme", "combination", "stress"))
def test_at_strength_0_every_parameter_is_that_of_the_baseline(name: str) -> None:
    calendar = Calendar(demo().start, END, 0)
    plain = Parameters(catalogue_(), demo().values, (), calendar)
    found = Parameters(catalogue_(), demo().values, off(shipped()[name].changes), calendar)
    for path, spec in catalogue_().parameters.items():
        read = "weekly" if spec.varies else "fixed"
        one, other = (getattr(parameters, read)(path) for parameters in (found, plain))
        assert (one == other).all(), path


@pytest.mark.parametrize("name", COMBINATIONS)
def test_at_strength_0_the_tables_are_those_of_the_baseline(name: str) -> None:
    assert table(run(off(shipped()[name].changes))) == table(baseline())


@pytest.mark.parametrize("name", [name for name in PARTS if shipped()[name].own_changes])
def test_a_part_without_itself_is_what_it_stands_on(name: str) -> None:
    """Its own changes at strength 0 leave exactly its parent, by parameter."""
    one = shipped()[name]
    own = {change.id for change in one.own_changes}
    rest = [replace(change, strength=0.0) if change.id in own else change for change in one.changes]
    (parent,) = one.extends
    calendar = Calendar(demo().start, END, 0)
    pair = [Parameters(catalogue_(), demo().values, changes, calendar) for changes in (rest, shipped()[parent].changes)]
    for path in {change.path for change in one.changes}:
        assert (pair[0].weekly(path) == pair[1].weekly(path)).all(), path


@pytest.mark.parametrize("name", ["ofps-transcription", "ofps-sickness"])
def test_a_rollout_that_reads_none_is_absence(name: str) -> None:
    """These may bring nothing at all: at the low end of their strength the parameters are those of the baseline."""
    calendar = Calendar(demo().start, END, 0)
    changes = shipped()[name].changes
    plain = Parameters(catalogue_(), demo().values, (), calendar)
    for quantile, moves in ((0.0, False), (0.5, True)):
        found = Parameters(catalogue_(), demo().values, changes, calendar, {f"{name}:strength": quantile})
        for path in {change.path for change in changes}:
            assert (found.weekly(path) != plain.weekly(path)).any() == moves


# --- how they meet


@pytest.mark.parametrize("name", [name for name, one in shipped().items() if len(one.extends) > 1])
def test_the_order_of_parents_is_nothing(name: str, tmp_path: Path) -> None:
    parents = list(shipped()[name].extends)
    first = combined(tmp_path, parents)
    for order in (parents[::-1], random.Random(name).sample(parents, len(parents))):
        again = combined(tmp_path, order)
        assert again.hash_text == first.hash_text
        assert again.changes == first.changes


def twins() -> set[frozenset[str]]:
    """Pairs of files that are versions of one measure."""
    return {frozenset((name, other)) for name, one in shipped().items() for other in one.instead_of}


def test_each_part_of_the_act_replaces_its_twin_of_2025() -> None:
    assert len(twins()) == 8
    act = [name for name in PARTS if name.startswith("act-")]
    assert all(shipped()[name].instead_of for name in act)
    assert len(act) == 8


@settings(max_examples=20, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.data())
def test_parts_meet_in_any_way(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any parts without their twins make a scenario, in any order the same one."""
    chosen = data.draw(st.lists(st.sampled_from(PARTS), min_size=2, max_size=8, unique=True))
    kept = [name for i, name in enumerate(chosen) if not any({name, one} in twins() for one in chosen[:i])]
    if len(kept) < 2:
        return
    folder = tmp_path_factory.mktemp("parts")
    first = combined(folder, kept)
    assert combined(folder, kept[::-1]).hash_text == first.hash_text
    ids = {change.id for name in kept for change in shipped()[name].changes}
    assert {change.id for change in first.changes} == ids


def test_parts_meet_two_by_two() -> None:
    """No two parts set the same cell on the same day, unless one is the other's twin."""
    paths = {name: {(c.path, c.verb) for c in shipped()[name].changes if c.verb == "set"} for name in PARTS}
    calendar = Calendar(demo().start, END, 0)
    sets = {
        name: [
            (c.path, catalogue_().mask(c.path, c.where), calendar.day(c.start) if c.start else 0, c.id)
            for c in shipped()[name].changes
            if c.verb == "set"
        ]
        for name in PARTS
    }
    for one, other in combinations(PARTS, 2):
        if {one, other} in twins() or not paths[one] & paths[other]:
            continue
        if any({mine, yours} in twins() for mine in lineage(one) for yours in lineage(other)):
            continue
        for path, cells, _, change in sets[one]:
            for path_, cells_, _, change_ in sets[other]:
                if path == path_ and change != change_:
                    assert not (cells & cells_).any(), f"{change} and {change_} set the same cell"


def lineage(name: str) -> set[str]:
    found = {name}
    for parent in shipped()[name].extends:
        found |= lineage(parent)
    return found


@pytest.mark.parametrize("pair", sorted(map(sorted, twins())), ids=" ".join)
def test_twins_do_not_meet(pair: list[str], tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        combined(tmp_path, pair)
    assert {fault.code for fault in refused.value.faults} >= {"same-measure"}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_combinations_hold_one_version_of_each_measure(name: str) -> None:
    held = lineage(name)
    assert not [pair for pair in twins() if pair <= held]
    assert {"ecsl", "sds40", "hdc-extension", "fixed-term-recall-2024", "reset", "impact"} <= held
    assert not [note for note in shipped()[name].notes if note.severity == "error"]


def test_the_programmes_are_what_they_say() -> None:
    """Figure 13 note 4 counts five measures of the review, note 5 three of agreed policy; the Act has eight parts."""
    assert len(shipped()["isr"].extends) == 5
    assert "isr-post-sentence" not in lineage("isr")
    assert "isr-post-sentence" in lineage("isr-full")
    assert len(shipped()["agreed-policy"].extends) == 3
    assert len(shipped()["sentencing-act-2026"].extends) == 8
    assert "ofps-fewer-contacts" not in lineage("ofps")
    assert {"ofps-fewer-contacts", "ofps-out-of-court"} <= lineage("ofps-all")
    assert lineage("in-force") | {"ofps-all"} <= lineage("full-programme")
    assert len(names("stress")) > 6


# --- what each file says


def ranges(one: Scenario) -> bool:
    """Whether a change of a file or its rollout carries a range."""
    return any(change.quantity.uncertain or change.rolled_inputs() for change in one.own_changes)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_says_all_that_a_reader_needs(name: str) -> None:
    one = shipped()[name]
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert one.title
    assert one.summary
    assert one.question
    assert one.status in scenario.written.STATUSES
    assert re.search(r"(?m)^not_modelled:\n  - \w", text), "its own file says what it leaves out"
    assert one.example is not None
    assert one.own_changes
    cited = {source for change in one.own_changes for source in scenario.cited(change.source)}
    assert cited
    for source in cited:
        about = one.sources[source]
        assert about.title, source
        assert about.publisher, source
        assert about.retrieved, source
    for change in one.own_changes:
        assert change.dates, f"{change.id} has no day"
        assert re.search(r"\w{3,}", change.why), change.id
        if change.basis == "assumed" and change.verb != "set":
            assert change.quantity.uncertain or change.rolled_inputs(), f"{change.id} is assumed and has no range"
    known = all(change.basis in RULES for change in one.own_changes)
    assert ranges(one) or known, "nothing is uncertain, and not all of it is a published rule"
    assert "planners" not in text, "a part rests on a source, not on a stress test"


@pytest.mark.parametrize("name", [name for name in PARTS if name.startswith("ofps-")])
def test_a_part_of_the_programme_may_be_weak_slow_and_late(name: str) -> None:
    ids = {key for change in shipped()[name].own_changes for key in change.input_ids if ":" in key}
    assert ids == {f"{name}:{word}" for word in ("strength", "slip", "rollout")}


def test_views_are_dated() -> None:
    """What rests on the report has its day, what rests on the Act a later one."""
    for name, one in shipped().items():
        if name.startswith(("isr", "policy-", "agreed", "ofps", "nao-")):
            assert one.as_of == dt.date(2025, 10, 22), name
        if name.startswith(("act-", "sentencing-act", "in-force", "full-")):
            assert one.as_of == dt.date(2026, 11, 21), name
