"""Who gets the credit: groups, runs that are made once, shares that close, and the table of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.fake_counts import FakeCounts

from capacity_sim import scenario
from capacity_sim.analysis import attribution, groups
from capacity_sim.analysis.attribution import Question, Work
from capacity_sim.analysis.credit import ALONE, INTERACTION, LAST, LEVEL, SHARE, TOTAL, Attribution
from capacity_sim.analysis.groups import Game
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.errors import NotComparableError, ScenarioError, UsageError
from capacity_sim.runs.coalitions import FOLDER
from capacity_sim.scenario import Scenario
from capacity_sim.show.attributed import attributed_report, shown

MONTH, AREA = "2025-03", "sentence_management"
Write = Callable[..., None]
HEAD = """
title: {name}
kind: {kind}
status: hypothetical
summary: A made-up scenario.
review_by: 2030-01-01
sources: {{s: {{title: A source}}}}
"""
CHANGE = """
  - {{id: {id}, path: {path}, where: {{{where}}}, {verb}: {amount}, from: {first}, source: s, basis: assumed,
     quality: red, impact: red, why: w}}
"""
ADJUST = """
  - {{id: {id}, {what}, source: s, why: w}}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file; changes are (id, activity) and scale the volume of that work."""

    def put(name: str, extends: list[str], changes: tuple[str, ...] = (), adjust: dict[str, str] | None = None) -> None:
        text = f"name: {name}" + HEAD.format(name=name, kind="measure" if extends else "baseline")
        text += f"extends: [{', '.join(extends)}]\n" if extends else "data: demo\n"
        if changes:
            text += "changes:" + "".join(CHANGE.format(**as_written(one)) for one in changes)
        if adjust:
            text += "adjust:" + "".join(ADJUST.format(id=one, what=what) for one, what in adjust.items())
        (tmp_path / f"{name}.yaml").write_text(text)

    put("base", [])
    return put


def as_written(text: str) -> dict[str, str]:
    """`x.a scale 0.9 2024-06-01 low` as keys of a change."""
    name, verb, amount, first, risk = text.split()
    where = f"activity: contact, risk: {risk}"
    return {"id": name, "path": "work.volume.factor", "where": where, "verb": verb, "amount": amount, "first": first}


def a(name: str, amount: float = 0.9, risk: str = "low", first: str = "2024-06-01", verb: str = "scale") -> str:
    return f"{name} {verb} {amount} {first} {risk}"


def game_of(folder: Path, base: str, name: str, each: bool = False) -> Game:
    def load(name: str, _: Scenario | None = None) -> Scenario:
        return scenario.load(name, [folder])

    return groups.game(load(base), load(name), load, load_catalogue(), each)


def ids(found: Game) -> dict[str, set[str]]:
    return {group.name: set(group.ids) for group in found.groups}


def credit(game: Game, counts: FakeCounts, tmp_path: Path, workers: int = 1, **asked: object) -> Attribution:
    question = Question("gap_fte", MONTH, AREA, **asked)
    return Work(game, question, counts, runs_dir=tmp_path / "runs").answer(workers=workers, year=["2025-03"] * 12)


def overlap(there: frozenset[str]) -> float:
    left = 1.0
    for name in sorted(there):
        left *= 1.0 - 0.02 * (1 + sum(map(ord, name)) % 4)
    return 1.0 - left


# --- groups ---------------------------------------------------------------------------------------------------------


def test_parents_and_own_changes_are_the_groups(write: Write, tmp_path: Path) -> None:
    write("one", ["base"], (a("one.a"), a("one.b", risk="high")))
    write("two", ["base"], (a("two.a", risk="medium"),))
    write("both", ["two", "one"], (a("both.own", risk="very_high"),), {"one.a": "strength: 0.5, delay_months: 3"})
    found = game_of(tmp_path, "base", "both")
    assert ids(found) == {"one": {"one.a", "one.b"}, "two": {"two.a"}, "both.own": {"both.own"}}
    assert [group.words for group in found.groups] == ["3 months late at strength 0.5, 1 of 2 changes", "", ""]
    variant = found.variant(0b001)
    assert {change.id: (change.strength, change.delay_months) for change in variant.changes} == {
        "one.a": (0.5, 3), "one.b": (1.0, 0)
    }  # fmt: skip
    assert found.variant(0).changes == ()
    assert found.variant(0b111).changes == found.scenario.changes
    assert ids(game_of(tmp_path, "base", "both", each=True)) == {
        name: {name} for name in ("one.a", "one.b", "two.a", "both.own")
    }
    assert ids(game_of(tmp_path, "two", "both")) == {"one": {"one.a", "one.b"}, "both.own": {"both.own"}}


def test_own_changes_of_a_child_of_the_base(write: Write, tmp_path: Path) -> None:
    write("one", ["base"], (a("one.a"), a("one.b", risk="high")))
    assert ids(game_of(tmp_path, "base", "one")) == {"one.a": {"one.a"}, "one.b": {"one.b"}}
    write("alias", ["one"])
    assert ids(game_of(tmp_path, "base", "alias")) == {"one.a": {"one.a"}, "one.b": {"one.b"}}


def test_a_change_of_two_parents_belongs_to_both_and_is_met_once(write: Write, tmp_path: Path) -> None:
    write("shared", ["base"], (a("shared.a"),))
    write("one", ["shared"], (a("one.a", risk="high"),))
    write("two", ["shared"], (a("two.a", risk="medium"),))
    write("both", ["one", "two"])
    found = game_of(tmp_path, "base", "both")
    assert ids(found) == {"one": {"one.a", "shared.a"}, "two": {"two.a", "shared.a"}}
    assert sorted(change.id for change in found.variant(3).changes) == ["one.a", "shared.a", "two.a"]
    answer = credit(found, FakeCounts(lambda there: 0.1 * ("shared.a" in there)), tmp_path, draws=1)
    one, two, whole = (answer.row(*what)["central"] for what in ((ALONE, "one"), (ALONE, "two"), (TOTAL, "")))
    assert one == two == pytest.approx(whole)
    assert answer.row(SHARE, "one")["central"] == pytest.approx(whole / 2)
    assert answer.row(INTERACTION)["central"] == pytest.approx(-whole)


def test_the_order_of_parents_changes_nothing(write: Write, tmp_path: Path) -> None:
    for name, risk in (("one", "low"), ("two", "medium"), ("three", "high")):
        write(name, ["base"], (a(f"{name}.a", risk=risk),))
    write("first", ["one", "two", "three"])
    write("other", ["three", "one", "two"])
    games = [game_of(tmp_path, "base", name) for name in ("first", "other")]
    assert games[0].groups == games[1].groups
    answers = [credit(game, FakeCounts(overlap), tmp_path / str(i), draws=2) for i, game in enumerate(games)]
    frames = [one.frame[one.frame["what"] != LEVEL].reset_index(drop=True) for one in answers]
    assert frames[0].equals(frames[1])


def test_what_the_scenario_makes_of_the_base_is_a_group(write: Write, tmp_path: Path) -> None:
    write("one", ["base"], (a("one.a"), a("one.b", risk="high")))
    write("late", ["one"], (), {"one.a": "delay_months: 2", "one.b": "drop: true"})
    found = game_of(tmp_path, "one", "late")
    assert ids(found) == {"one, adjusted": {"one.a"}, "one, taken out": {"one.b"}}
    assert found.variant(0).changes == found.base.changes
    assert found.variant(3).changes == found.scenario.changes


def test_a_change_that_takes_the_place_of_another_goes_with_it(write: Write, tmp_path: Path) -> None:
    write("one", ["base"], (a("one.a", 1.1, verb="set"), a("one.b", 1.2, "high", verb="set")))
    write("other", ["one"], (a("other.a", 1.3, verb="set"),), {"one.a": "drop: true"})
    found = game_of(tmp_path, "one", "other")
    assert ids(found) == {"other.a": {"other.a", "one.a"}}
    assert [change.id for change in found.variant(1).changes] == ["one.b", "other.a"]


def test_scenarios_that_cannot_be_told_apart_are_refused(write: Write, tmp_path: Path) -> None:
    write("one", ["base"], (a("one.a"),))
    write("alias", ["one"])
    with pytest.raises(UsageError, match="have the same changes"):
        game_of(tmp_path, "one", "alias")
    (tmp_path / "abroad.yaml").write_text(
        "name: abroad" + HEAD.format(name="a", kind="baseline") + "data: england_wales\n"
    )
    with pytest.raises(NotComparableError):
        game_of(tmp_path, "abroad", "one")


# --- the answer -----------------------------------------------------------------------------------------------------


@pytest.fixture
def five(write: Write, tmp_path: Path) -> Game:
    for name, risk in (("p", "low"), ("q", "medium"), ("r", "high")):
        write(name, ["base"], (a(f"{name}.a", risk=risk),))
    write("all", ["p", "q", "r"], (a("own.a", risk="very_high"), a("own.b", 0.8)))
    return game_of(tmp_path, "base", "all")


def check_closed(found: Attribution) -> None:
    names = [group.name for group in found.groups]
    for output in (found.measure.name, "low", "very_high"):
        total = found.row(TOTAL, "", output)["central"]
        assert sum(found.row(SHARE, name, output)["central"] for name in names) == pytest.approx(total, abs=1e-6)
        alone = sum(found.row(ALONE, name, output)["central"] for name in names)
        assert alone + found.row(INTERACTION, "", output)["central"] == pytest.approx(total, abs=1e-6)
        ends = [found.row(LEVEL, name, output)["central"] for name in (found.base, found.scenario)]
        assert ends[1] - ends[0] == pytest.approx(total, abs=1e-6)


def test_one_draw_is_exact_and_closes(five: Game, tmp_path: Path) -> None:
    counts = FakeCounts(overlap)
    found = credit(five, counts, tmp_path, draws=1)
    assert len(counts.calls) == 2**5
    check_closed(found)
    needed = found.row(LEVEL, "base")["central"]
    assert found.row(ALONE, "p")["central"] < 0 < needed
    assert abs(found.row(SHARE, "p")["central"]) < abs(found.row(ALONE, "p")["central"]), "savings overlap"
    assert found.row(INTERACTION)["central"] > 0
    assert np.isnan(found.row(SHARE, "p")["low"])


def test_an_additive_game_has_no_interaction(five: Game, tmp_path: Path) -> None:
    found = credit(five, FakeCounts(lambda there: 0.01 * len(there)), tmp_path, draws=1)
    total = found.row(TOTAL)["central"]
    for group in found.groups:
        for what in (ALONE, LAST, SHARE):
            assert found.row(what, group.name)["central"] == pytest.approx(total / 5, rel=1e-4)
    assert found.row(INTERACTION)["central"] == pytest.approx(0, abs=abs(total) * 1e-4)


def test_draws_are_paired_and_close(five: Game, tmp_path: Path) -> None:
    found = credit(five, FakeCounts(overlap), tmp_path, draws=4)
    check_closed(found)
    share, level = found.row(SHARE, "p"), found.row(LEVEL, "base")
    assert share["low"] < share["central"] < share["high"] < 0
    assert level["high"] - level["low"] > 0
    report = attributed_report(found)
    assert any("4 draws" in note for note in report.notes)


def test_many_draws_of_a_large_service_take_the_ends_alone(five: Game, tmp_path: Path) -> None:
    counts = FakeCounts(overlap, people=600_000)
    design = attribution.design(5, counts.people, 6)
    assert (design.whole, design.runs) == (False, 32 + 6 * 12)
    found = credit(five, counts, tmp_path, draws=6)
    assert len(counts.calls) == design.runs
    check_closed(found)
    exact = credit(five, FakeCounts(overlap), tmp_path / "exact", draws=6)
    assert attribution.design(5, 1000, 6).whole
    for group in found.groups:
        one, two = found.row(SHARE, group.name), exact.row(SHARE, group.name)
        for key in ("central", "low", "high"):
            assert one[key] == pytest.approx(two[key], rel=0.01)
    assert any("half of what the change does alone" in line for line in found.method)


def test_the_default_keeps_a_national_answer_within_its_budget() -> None:
    for n in range(1, 20):
        one = attribution.design(n, 240_000, None)
        assert one.runs <= attribution.BUDGET or one.draws == 1
        assert one.draws == 1 or one.draws >= 8
        assert len(one.known) <= 2**8 or n > 17
    assert [attribution.design(n, 240_000, None).draws for n in (1, 4, 5, 6, 8, 12)] == [20, 20, 20, 16, 1, 1]
    assert attribution.design(8, 20_000, None).draws == 20


def test_more_than_eight_are_sampled_with_an_error(write: Write, tmp_path: Path) -> None:
    names = tuple(f"n{i}.x" for i in range(10))
    risks = ("low", "medium", "high", "very_high")
    write("ten", ["base"], tuple(a(name, 0.9 + 0.005 * i, risks[i % 4]) for i, name in enumerate(names)))
    game = game_of(tmp_path, "base", "ten")
    counts = FakeCounts(overlap)
    found = credit(game, counts, tmp_path, draws=1)
    assert 100 < len(counts.calls) <= 256
    check_closed(found)
    errors = [found.row(SHARE, name)["error"] for name in names]
    assert all(
        0 < error < 0.05 * abs(found.row(SHARE, name)["central"]) for error, name in zip(errors, names, strict=True)
    )
    assert "16 pairs of an order of the 10 changes and its reverse" in found.method[0]
    text = "\n".join(" ".join(row) for row in attributed_report(found).sheets[0].rows)
    assert "± " in text
    drawn = credit(game, FakeCounts(overlap, people=240_000), tmp_path, draws=3)
    check_closed(drawn)


def test_workers_change_nothing(five: Game, tmp_path: Path) -> None:
    one = credit(five, FakeCounts(overlap), tmp_path / "one", workers=1, draws=2)
    two = credit(five, FakeCounts(overlap), tmp_path / "two", workers=2, draws=2)
    assert one.frame.equals(two.frame)


def test_coalitions_that_are_alike_are_one_run(five: Game, tmp_path: Path) -> None:
    counts = FakeCounts(overlap, unseen=frozenset({"q.a", "own.b"}))
    found = credit(five, counts, tmp_path, draws=1)
    assert len(counts.calls) == 2**3
    assert found.row(SHARE, "q")["central"] == pytest.approx(0, abs=1e-9)


def test_what_was_finished_is_used_again(five: Game, tmp_path: Path) -> None:
    broken = FakeCounts(overlap, stop_at=11)
    with pytest.raises(KeyboardInterrupt):
        credit(five, broken, tmp_path, draws=1)
    kept = list((tmp_path / "runs" / FOLDER).iterdir())
    assert len(kept) == 11
    assert all(file.suffix == ".json" for file in kept)
    again = FakeCounts(overlap)
    found = credit(five, again, tmp_path, draws=1)
    assert len(again.calls) == 32 - 11
    assert found.frame.equals(credit(five, FakeCounts(overlap), tmp_path / "fresh", draws=1).frame)
    kept[0].write_text("{")
    kept[1].write_text(kept[2].read_text())
    third = FakeCounts(overlap)
    credit(five, third, tmp_path, draws=1)
    assert len(third.calls) == 2, "a damaged file and one that answers another question"
    forced = FakeCounts(overlap)
    Work(five, Question("gap_fte", MONTH, AREA, 1), forced, runs_dir=tmp_path / "runs", force=True).answer()
    assert len(forced.calls) == 32


def test_a_run_with_delivery_answers_for_one_without(five: Game, tmp_path: Path) -> None:
    counts = FakeCounts(overlap)
    Work(five, Question("backlog_hours", MONTH, AREA, 1), counts, runs_dir=tmp_path / "runs").answer()
    assert all(delivery for *_, delivery in counts.calls)
    credit(five, counts, tmp_path, draws=1)
    assert len(counts.calls) == 32
    Work(five, Question("workload_pct", MONTH, AREA, 1), counts, runs_dir=tmp_path / "runs").answer()
    assert len(counts.calls) == 32


def test_part_of_the_changes_outside_the_limits_is_said(write: Write, tmp_path: Path) -> None:
    class Refusing(FakeCounts):
        def key(self, task: object, seed: int, delivery: bool) -> str:
            from capacity_sim.errors import Fault

            raise ScenarioError(Fault("out-of-limits", "too much"))

    write("one", ["base"], (a("one.a"),))
    with pytest.raises(ScenarioError) as problem:
        credit(game_of(tmp_path, "base", "one"), Refusing(overlap), tmp_path)
    assert "only a part of the changes of `one`" in str(problem.value.faults[0].hint)


def test_counts_that_give_no_answer_are_refused() -> None:
    for asked in ({"draws": 0}, {"reps": 0}, {"pairs": 1}):
        with pytest.raises(UsageError, match="is less than"):
            Question("gap_fte", MONTH, AREA, **asked)


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_columns_add_up_as_they_are_shown(five: Game, tmp_path: Path) -> None:
    found = credit(five, FakeCounts(overlap), tmp_path, draws=1)
    report = attributed_report(found)
    for output in ("gap_fte", "medium"):
        for what in (ALONE, SHARE):
            parts = shown(found, output, what, 10.0)
            ends = [round(found.row(LEVEL, name, output)["central"] / 10) * 10 for name in ("base", "all")]
            assert sum(parts.values()) == ends[1] - ends[0]
    rows = {row[0].strip(): row for row in report.sheets[0].rows if row[0]}
    assert list(rows) == ["base", "p", "q", "r", "own.a", "own.b", "interaction", "all"]
    assert rows["interaction"][1] == "belongs to no single change"
    assert rows["p"][2].startswith("-")
    assert {record["row"] for record in report.records} == {LEVEL, TOTAL, ALONE, LAST, SHARE, INTERACTION}
    assert len({tuple(record) for record in report.records}) == 1


def test_exposure_stands_below_the_saving(five: Game, tmp_path: Path) -> None:
    found = credit(five, FakeCounts(overlap), tmp_path, draws=1)
    report = attributed_report(found)
    sheet = report.sheets[1]
    assert sheet.columns[2:] == ("low", "medium", "high", "very high")
    assert "Person-months without contact in the year to March 2025" in sheet.caption
    line = next(row for row in sheet.rows if row[0].strip() == "p")
    assert all(cell.startswith("+") for cell in line[2:]), "work that goes leaves people without contact"
    assert any("No claim is made about reoffending" in note for note in report.notes)
