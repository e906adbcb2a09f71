"""The runner: the same files whatever the number of workers, nothing half-written, nothing run twice."""

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.errors import RunError, UsageError
from capacity_sim.runs.parts import KEPT
from capacity_sim.runs.runner import Outcome, Request, run

BASE, RESET = FakeScenario("baseline"), FakeScenario("reset", scale=0.8)


class OneByOne(Executor):
    """An executor that runs each task when it is handed in, with plain arguments as a pool elsewhere."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as problem:
            future.set_exception(problem)
        return future


def files(outcomes: list[Outcome]) -> dict[str, bytes]:
    found = {}
    for outcome in outcomes:
        for path in sorted(outcome.folder.path.iterdir()):
            if path.name != "manifest.json":
                found[f"{outcome.folder.path.name}/{path.name}"] = path.read_bytes()
    return found


def listed(folder: Path) -> list[str]:
    """Names of finished runs; what is kept of others is looked at apart."""
    there = (path.name for path in folder.iterdir() if path.name != KEPT) if folder.exists() else ()
    return sorted(name.rpartition("-")[0] for name in there)


def kept(folder: Path) -> dict[str, list[str]]:
    """Replications that are kept of studies that are not finished, by scenario."""
    return {
        study.name.rpartition("-")[0]: sorted(part.stem for part in study.iterdir() if part.name != ".lock")
        for study in (folder / KEPT).glob("*")
    }


def test_files_are_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    request = Request([BASE, RESET], draws=3, reps=2)
    one = run(request, FakeModel(), runs_dir=tmp_path / "one", workers=1)
    many = run(request, FakeModel(sleep=0.01), runs_dir=tmp_path / "many", workers=5)
    elsewhere = run(request, FakeModel(), runs_dir=tmp_path / "elsewhere", executor=OneByOne())
    assert files(one) == files(many) == files(elsewhere)
    manifests = [{**out[0].folder.manifest, "timings": None} for out in (one, many, elsewhere)]
    assert manifests[0] == manifests[1] == manifests[2]


def test_every_replication_is_there_in_order(tmp_path: Path) -> None:
    (outcome,) = run(Request([BASE], draws=3, reps=2), FakeModel(sleep=0.01), runs_dir=tmp_path, workers=4)
    table = outcome.folder.table(["recalls"])
    assert table[["draw", "rep"]].drop_duplicates().to_numpy().tolist() == [
        [draw, rep] for draw in range(3) for rep in range(2)
    ]
    assert outcome.replications == 6
    assert not outcome.reused


def test_the_same_question_is_reused_and_a_new_one_is_not(tmp_path: Path) -> None:
    request, model = Request([BASE], draws=2), FakeModel()
    first = run(request, model, runs_dir=tmp_path)[0]
    again = run(request, model, runs_dir=tmp_path)[0]
    assert again.reused
    assert again.folder.path == first.folder.path
    assert len(model.calls) == 2
    for other in (
        Request([BASE], draws=3),
        Request([BASE], draws=2, seed=2),
        Request([BASE], draws=2, units=True),
    ):
        assert not run(other, model, runs_dir=tmp_path)[0].reused
    before = len(model.calls)
    assert not run(request, model, runs_dir=tmp_path, force=True)[0].reused
    assert len(model.calls) == before + 2


def test_a_damaged_folder_is_run_again(tmp_path: Path) -> None:
    first = run(Request([BASE]), FakeModel(), runs_dir=tmp_path)[0]
    (first.folder.path / "monthly.parquet").write_bytes(b"")
    assert not run(Request([BASE]), FakeModel(), runs_dir=tmp_path)[0].reused
    assert run(Request([BASE]), FakeModel(), runs_dir=tmp_path)[0].reused


def test_an_input_has_the_same_reading_in_every_scenario(tmp_path: Path) -> None:
    outcomes = run(Request([BASE, RESET], draws=4), FakeModel(), runs_dir=tmp_path)
    first, second = (one.folder.manifest["uncertain_inputs"] for one in outcomes)
    assert first["level"] == second["level"]
    assert len(first["level"]["quantiles"]) == 4
    assert "reset.own" in second
    assert "reset.own" not in first


def test_the_manifest_says_what_was_asked_and_with_what(tmp_path: Path) -> None:
    folder = run(Request([BASE], draws=2, reps=3, seed=7), FakeModel(), runs_dir=tmp_path)[0].folder
    question = folder.question
    assert (question["seed"], question["draws"], question["reps"]) == (7, 2, 3)
    assert (folder.draws, folder.reps, folder.place) == (2, 3, "Made-up land")
    assert set(folder.manifest["versions"]) >= {"capacity_sim", "model", "python", "numpy", "numba"}
    assert folder.manifest["counts"]["people"] > 0
    assert set(folder.manifest["timings"]) == {"finished", "seconds", "seconds_a_replication", "workers"}
    assert folder.manifest["counts"]["replications"] == 6
    assert folder.months[0] == "2024-04"


def test_rows_of_units_are_illustrative_in_every_file(tmp_path: Path) -> None:
    folder = run(Request([BASE], units=True), FakeModel(), runs_dir=tmp_path)[0].folder
    assert "illustrative (quality red)" in folder.manifest["notes"][0]
    metadata = pq.read_metadata(folder.path / "monthly.parquet").metadata
    assert b"illustrative (quality red)" in metadata[b"notes"]
    plain = run(Request([BASE]), FakeModel(), runs_dir=tmp_path)[0].folder
    assert plain.manifest["notes"] == []
    assert folder.table(["gap_fte"])["unit"].isna().all()
    assert folder.table(["gap_fte"], units=True)["unit"].notna().any()


def test_one_replication_gets_all_workers_as_threads(tmp_path: Path) -> None:
    model = FakeModel()
    run(Request([BASE]), model, runs_dir=tmp_path, workers=6)
    run(Request([BASE, RESET], draws=2), model, runs_dir=tmp_path, workers=8)
    assert model.calls[0] == ("baseline", 0, 0, 6)
    assert {threads for *_, threads in model.calls[1:]} == {2}


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_a_stopped_run_keeps_what_is_finished_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    model = FakeModel(fail_at=("reset", 1, 0), error=error)
    with pytest.raises(error):
        run(Request([BASE, RESET], draws=2), model, runs_dir=tmp_path, workers=2)
    assert listed(tmp_path) == ["baseline"]
    assert kept(tmp_path) == {"reset": ["00000-00000"]}
    model = FakeModel()
    outcomes = run(Request([BASE, RESET], draws=2), model, runs_dir=tmp_path)
    assert [one.reused for one in outcomes] == [True, False]
    assert [call[:3] for call in model.calls] == [("reset", 1, 0)]
    assert [(one.replications, one.kept) for one in outcomes] == [(0, 0), (1, 1)]
    assert not (tmp_path / KEPT).exists()
    whole = run(Request([BASE, RESET], draws=2), FakeModel(), runs_dir=tmp_path / "whole")
    assert files(outcomes) == files(whole)


def test_a_folder_that_cannot_be_written_is_found_before_anything_is_simulated(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    model = FakeModel()
    with pytest.raises(RunError, match="cannot be written"):
        run(Request([BASE]), model, runs_dir=tmp_path / "runs")
    assert model.calls == []


def test_progress_counts_parts_and_ends_at_all(tmp_path: Path) -> None:
    seen: list[tuple[float, int, float | None]] = []
    run(
        Request([BASE], draws=4),
        FakeModel(),
        runs_dir=tmp_path,
        workers=2,
        progress=lambda *a: seen.append(a),
    )
    done = [one[0] for one in seen]
    assert done == sorted(done)
    assert 0.5 in done
    assert seen[-1] == (4.0, 4, 0.0)
    assert all(left is None or left >= 0 for *_, left in seen)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 0}, "0 draws is less than one"),
        ({"reps": -1}, "-1 reps is less than one"),
        ({"seed": -1}, "seed -1 is below zero"),
        ({"scenarios": [BASE, FakeScenario("baseline", scale=2.0)]}, "two scenarios are called `baseline`"),
    ],
)
def test_counts_that_give_no_run_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Request(**{"scenarios": [BASE], **arguments})
