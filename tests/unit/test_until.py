"""Draws until an output is known closely enough: what is asked, when it stops, and what is made only once."""

import math
from pathlib import Path

import numpy as np
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.errors import UsageError
from capacity_sim.runs.design import Design
from capacity_sim.runs.runner import Request
from capacity_sim.runs.until import Goal, Stopped, Study, closeness

BASE, RESET = FakeScenario("baseline"), FakeScenario("reset", scale=0.8)


def stop(
    tmp_path: Path,
    text: str,
    limit: int = 40,
    *,
    model: FakeModel | None = None,
    paired: bool = False,
    said: list[str] | None = None,
    **counts: int,
) -> Stopped:
    scenarios = [BASE, RESET] if paired else [BASE]
    request = Request(scenarios, **{"draws": 10, **counts})
    study = Study(request, Goal.read(text), limit, paired)
    return study.run(model or FakeModel(), None if said is None else said.append, runs_dir=tmp_path, workers=2)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("gap_fte +- 50", Goal("gap_fte", {}, None, 50.0)),
        ("gap_fte±1,500", Goal("gap_fte", {}, None, 1500.0)),
        ("gap_fte@2028-03 +/- 0.5", Goal("gap_fte", {}, "2028-03", 0.5)),
        (
            " required_fte[area=court, grade=PO ,region=North East]@2028-03 +- 2 % ",
            Goal("required_fte", {"area": "court", "grade": "PO", "region": "North East"}, "2028-03", 2.0, True),
        ),
    ],
)
def test_what_is_asked(text: str, goal: Goal) -> None:
    assert Goal.read(text) == goal


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("gap_fte", ["`--until gap_fte` cannot be read"]),
        ("gap_fte +- fifty", ["`--until gap_fte +- fifty` cannot be read"]),
        ("gap +- 0", ["no output is called `gap`", "a half-width of 0 is never met"]),
        ("gap_fte[grade=XX,colour=red] +- 5", ["no grade is called `XX`", "`colour=red` of `--until` is not a cell"]),
        ("gap_fte@2028-13 +- 5", ["`2028-13` is not a month"]),
    ],
)
def test_what_cannot_be_asked(text: str, messages: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        Goal.read(text)
    assert [fault.message for fault in caught.value.faults] == messages


def test_a_half_width_is_student_s() -> None:
    found = closeness("a", np.array([10.0, 12.0, 14.0, 16.0]), Goal.read("gap_fte +- 10%"))
    assert found.half_width == pytest.approx(3.182446 * math.sqrt(20 / 3) / 2, rel=1e-6)
    assert (found.mean, found.wanted, found.met) == (13.0, pytest.approx(1.3), False)
    assert closeness("a", np.array([1.0]), Goal.read("gap_fte +- 5")).half_width == math.inf


def test_it_stops_when_the_goal_is_met_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    first = stop(tmp_path, "required_fte +- 1000", said=said)
    assert first.met
    assert (first.found[0].number, first.of) == (10, "draws")
    assert first.outcomes[0].folder.draws == 10
    assert len(said) == 1
    assert not (tmp_path / ".kept").exists()


def test_it_stops_at_the_limit_and_says_how_many_would_do(tmp_path: Path) -> None:
    model = FakeModel()
    said: list[str] = []
    found = stop(tmp_path, "required_fte +- 0.001", 35, model=model, said=said)
    assert not found.met
    assert [call[1] for call in model.calls] == list(range(35))
    assert len(said) == 4
    (one,) = found.found
    assert one.number == 35
    assert one.enough == math.ceil(35 * (one.half_width / 0.001) ** 2)
    folder = found.outcomes[0].folder
    assert (folder.draws, folder.question["design"]) == (35, "lhs in blocks of 10")
    assert (found.outcomes[0].replications, found.outcomes[0].reused) == (35, False)
    # asked again, what is there is not made again
    again = stop(tmp_path, "required_fte +- 0.001", 35, model=model)
    assert len(model.calls) == 35
    assert again.found == found.found
    assert again.outcomes[0].reused


def test_the_half_width_shrinks_with_the_draws(tmp_path: Path) -> None:
    few = stop(tmp_path, "required_fte +- 0.001", 5, draws=5).found[0]
    many = stop(tmp_path, "required_fte +- 0.001", 20, draws=5).found[0]
    assert many.half_width < 0.7 * few.half_width
    met = stop(tmp_path / "anew", f"required_fte +- {1.05 * many.half_width}", 60, draws=5)
    assert met.met
    assert 5 < met.found[0].number <= 25


def test_with_one_draw_replications_are_added(tmp_path: Path) -> None:
    model = FakeModel()
    found = stop(tmp_path, "recalls +- 0.0001", 9, model=model, draws=1, reps=4)
    assert found.of == "reps"
    assert [call[1:3] for call in model.calls] == [(0, rep) for rep in range(9)]
    assert (found.outcomes[0].folder.draws, found.outcomes[0].folder.reps) == (1, 9)


def test_a_comparison_stops_on_the_paired_difference(tmp_path: Path) -> None:
    found = stop(tmp_path, "required_fte +- 0.0001", 10, paired=True)
    (one,) = found.found
    assert one.name == "reset less baseline"
    level = stop(tmp_path / "level", "required_fte +- 0.0001", 10).found[0]
    assert one.half_width < level.half_width
    assert [outcome.folder.draws for outcome in found.outcomes] == [10, 10]


def test_a_stopped_study_goes_on(tmp_path: Path) -> None:
    model = FakeModel(fail_at=("baseline", 14, 0))
    with pytest.raises(KeyboardInterrupt):
        stop(tmp_path, "required_fte +- 0.001", 30, model=model)
    kept = len(list(tmp_path.glob(".kept/*/*.arrow")))
    assert kept >= 10
    model = FakeModel()
    stop(tmp_path, "required_fte +- 0.001", 30, model=model)
    assert len(model.calls) == 30 - kept


def test_what_cannot_be_added_to_is_refused(tmp_path: Path) -> None:
    goal = Goal.read("gap_fte +- 5")
    with pytest.raises(UsageError, match="there is nothing to add to"):
        Study(Request([BASE]), goal, 10)
    with pytest.raises(UsageError, match="the limit of 10 is below the first 20 draws"):
        Study(Request([BASE], draws=20), goal, 10)
    with pytest.raises(UsageError, match="a Sobol sequence is one whole"):
        Study(Request([BASE], draws=16, design=Design("sobol")), goal, 64)
    with pytest.raises(UsageError, match="the results of `baseline` have no month 2040-03"):
        stop(tmp_path, "gap_fte@2040-03 +- 5")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("starts[grade=PO] +- 5", "no-grade"),
        ("gap_fte[risk=high] +- 5", "no-risk"),
        ("gap_fte[type=order] +- 5", "no-type"),
        ("beds_needed[area=court] +- 5", "no-area"),
        ("requirements_open +- 5", "not-in-area"),
        ("requirements_open[area=court] +- 5", "not-in-area"),
    ],
)
def test_what_is_never_there_is_not_said_to_be_known(text: str, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        Goal.read(text)
    assert [fault.code for fault in refused.value.faults] == [code]
    assert Goal.read("requirements_open[area=unpaid_work,risk=high] +- 5").where["area"] == ["unpaid_work"]
