"""What runs took here makes the next estimate; whatever happens to the file, there is an estimate."""

import json
from pathlib import Path

import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.runs import pace
from capacity_sim.runs.runner import Request, run

REGION, NATION = 12_000, 240_000


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where it is kept, in a folder of its own."""
    found = tmp_path / pace.FILE
    monkeypatch.setattr(pace, "_file", lambda: found)
    return found


def test_what_a_run_took_is_what_the_next_is_said_to_take(file: Path) -> None:
    guess = pace.estimate(REGION, 48, False)
    pace.learn(REGION, 48, False, 3 * guess)
    assert pace.estimate(REGION, 48, False) == pytest.approx(3 * guess, rel=0.01)
    pace.learn(REGION, 48, False, 2 * guess)
    assert pace.estimate(REGION, 48, False) == pytest.approx(2 * guess, rel=0.01), "the last counts"


def test_a_region_tells_of_the_nation_until_the_nation_was_run(file: Path) -> None:
    nation = pace.estimate(NATION, 60, True)
    pace.learn(REGION, 48, True, 4 * pace.estimate(REGION, 48, True))
    assert pace.estimate(NATION, 60, True) == pytest.approx(4 * nation, rel=0.01)
    pace.learn(NATION, 60, True, 1.5 * nation)
    assert pace.estimate(NATION, 60, True) == pytest.approx(1.5 * nation, rel=0.01)
    assert pace.estimate(NATION, 30, True) < 0.6 * pace.estimate(NATION, 60, True), "half the months"


def test_one_kind_of_run_tells_of_the_other(file: Path) -> None:
    due, desks = (pace.estimate(NATION, 60, desks) for desks in (False, True))
    pace.learn(NATION, 60, False, 2 * due)
    assert pace.estimate(NATION, 60, True) == pytest.approx(2 * desks, rel=0.01)


@pytest.mark.parametrize(
    "text",
    ["", "{ half", "[]", '{"due": 3}', '{"due": {"x": 1}}', '{"due": {"20": "fast"}}', '{"due": {"20": -1}}',
     '{"due": {"20": NaN}}'],
)
def test_a_broken_file_leaves_the_guess_and_is_written_anew(file: Path, text: str) -> None:
    guess = pace.estimate(REGION, 48, False)
    file.write_text(text, encoding="utf-8")
    assert pace.estimate(REGION, 48, False) == guess
    pace.learn(REGION, 48, False, 2 * guess)
    assert pace.estimate(REGION, 48, False) == pytest.approx(2 * guess, rel=0.01)
    assert [one.name for one in file.parent.iterdir()] == [pace.FILE], "nothing half-written"


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_file", lambda: tmp_path / "missing" / pace.FILE)
    guess = pace.estimate(REGION, 48, False)
    pace.learn(REGION, 48, False, 2 * guess)
    monkeypatch.setattr(pace, "_file", lambda: None)
    pace.learn(REGION, 48, False, 2 * guess)
    assert pace.estimate(REGION, 48, False) == guess


def test_what_starts_and_compiles_is_left_aside(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = iter([40.0, 41.0, 43.0, 43.0, 45.0, 45.0, 47.0])
    monkeypatch.setattr(pace.time, "perf_counter", lambda: next(ends))
    watch = pace.Watch(NATION, 60, False, 2)
    for _ in range(5):
        watch.done()
    watch.learn()
    assert not file.exists(), "three runs after the first two are too few"
    watch.done()
    watch.learn()
    times = json.loads(file.read_text())["due"]
    assert list(times.values()) == [pytest.approx(2 * (45.0 - 41.0) / 4 / 6.1, abs=0.001)]


@pytest.mark.parametrize("learns", [True, False])
def test_runs_that_are_stopped_are_learnt_from_too(
    file: Path, monkeypatch: pytest.MonkeyPatch, learns: bool
) -> None:
    ends = iter([40.0, 45.0, 50.0, 55.0])
    monkeypatch.setattr(pace.time, "perf_counter", lambda: next(ends))

    def stopped() -> None:
        with pace.Watch(NATION, 60, False, 1, learns) as watch:
            for _ in range(4):
                watch.done()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert file.exists() == learns, "what a cluster takes says nothing of this machine"
    if learns:
        assert pace.estimate(NATION, 60, False) == pytest.approx(5.0, rel=0.01)


@pytest.mark.parametrize(("seconds", "kept"), [(1e-9, False), (1e9, False), (5.0, True)])
def test_what_cannot_be_is_not_learnt(file: Path, seconds: float, kept: bool) -> None:
    pace.learn(NATION, 60, False, seconds)
    assert file.exists() == kept


def test_whole_runs_are_timed_too_on_this_machine(file: Path, tmp_path: Path) -> None:
    assert not pace.known()
    request = Request([FakeScenario("baseline")], draws=9)
    run(request, FakeModel(sleep=0.02), runs_dir=tmp_path / "made-up", workers=2)
    assert not pace.known(), "it is no run of the engine"
    model = FakeModel(sleep=0.02, portable=True)
    run(request, model, runs_dir=tmp_path / "runs", workers=2)
    assert pace.known()
    seconds = pace.estimate(model.people, len(model.months(None)), True)
    assert 0.01 < seconds < 1.0
