"""The real model behind the runner, without simulating: its question, its files, its region."""

import csv
import dataclasses
import datetime as dt
import io
import pickle
from pathlib import Path

import pytest

from capacity_sim import scenario
from capacity_sim.errors import UsageError
from capacity_sim.runs import identity
from capacity_sim.runs.replication import EngineModel, load_data
from capacity_sim.scenario import Scenario


@pytest.fixture(scope="module")
def reset() -> Scenario:
    found = scenario.load("reset", load_data=load_data)
    return dataclasses.replace(found, data="demo")


@pytest.fixture(scope="module")
def model() -> EngineModel:
    return EngineModel("demo")


def test_the_question_holds_what_a_result_depends_on(model: EngineModel, reset: Scenario) -> None:
    question = model.question(reset)
    assert question["data"]["name"] == "demo"
    assert question["horizon"] == {"start": "2024-04-01", "end": "2029-03-31"}
    assert question["timing_basis"] == reset.timing_basis
    shorter = dataclasses.replace(reset, choices={**reset.choices, "horizon": dt.date(2026, 3, 29)})
    assert identity.digest(model.question(shorter)) != identity.digest(question)
    assert model.months(shorter)[-1] == "2026-03"
    again = EngineModel("demo")
    assert identity.digest(again.question(reset)) == identity.digest(question)


def test_the_saved_scenario_can_be_run_again(model: EngineModel, reset: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "reset.yaml"
    file.write_text(model.scenario_text(reset))
    assert scenario.load(file, load_data=load_data).hash_text == reset.hash_text


def test_changed_values_name_path_cells_date_and_changes(model: EngineModel, reset: Scenario) -> None:
    lines = list(csv.DictReader(io.StringIO(model.changed_values(reset))))
    assert list(lines[0]) == ["path", "where", "from", "value", "changes"]
    licence = [line for line in lines if line["path"] == "supervision.suspend.licence_from"]
    assert licence[0]["from"] == "2024-04-01"
    assert float(licence[0]["value"]) == 1.0
    assert float(licence[-1]["value"]) == pytest.approx(2 / 3, abs=1e-4)
    assert licence[-1]["changes"] == "reset.licence"
    exempt = [line for line in lines if line["path"] == "supervision.suspend.exempt_share"]
    assert {line["where"] for line in exempt} <= {
        f"risk={risk}" for risk in ("low", "medium", "high", "very_high")
    }


def test_a_scenario_without_changes_changes_nothing(model: EngineModel) -> None:
    plain = scenario.load("baseline", load_data=load_data)
    assert model.changed_values(plain) == "path,where,from,value,changes\n"


def test_an_unknown_region_has_a_near_name() -> None:
    with pytest.raises(UsageError) as problem:
        EngineModel("demo", "Demo Regoin")
    assert problem.value.faults[0].message == "`demo` has no region called `Demo Regoin`"
    assert problem.value.faults[0].hint == "did you mean `Demo Region`?"


def test_a_horizon_before_the_start_is_refused(model: EngineModel, reset: Scenario) -> None:
    early = dataclasses.replace(reset, choices={"horizon": dt.date(2023, 3, 31)})
    with pytest.raises(UsageError, match="the horizon ends on 2023-03-31, before its first week"):
        model.months(early)


def test_it_can_be_sent_to_another_process(model: EngineModel, reset: Scenario) -> None:
    there = pickle.loads(pickle.dumps(model))
    assert there.question(pickle.loads(pickle.dumps(reset))) == model.question(reset)


def test_the_content_of_data_counts_and_its_place_does_not() -> None:
    demo = load_data("demo")
    moved = dataclasses.replace(demo, folder=Path("elsewhere"))
    changed = dataclasses.replace(demo, other_roles=demo.other_roles + 1)
    first, second, third = (identity.content_hash(one) for one in (demo, moved, changed))
    assert first == second != third


def test_what_has_no_content_is_refused() -> None:
    with pytest.raises(TypeError, match="a object has no content to hash"):
        identity.content_hash(object())
