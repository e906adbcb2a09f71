"""The compiled engine against the literal SimPy twin: the same lives, the same work, to the event and the minute."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pytest
from oracle import small, twin

from capacity_sim.model.engine import simulate
from capacity_sim.model.result import ACTIVITY_MEASURES, FLOW_MEASURES, RunResult

pytestmark = pytest.mark.twin

DUE, DONE, ON_TIME, LAPSED, PAUSED = range(len(ACTIVITY_MEASURES))
#: officers who often come and go: cases change hands, and some units are left without a PO
RESTLESS = (
    "staff.leaving.annual_rate=0.5@2024-04-01",
    "staff.moving.annual_rate=0.2@2024-04-01",
    "staff.replacement.share=0.9@2024-04-01",
)
#: units turn amber and red, and better again
TOUCHY = ("delivery.amber_at=0.6@2024-04-01", "delivery.red_at=1.2@2024-04-01", "delivery.hysteresis=0.2")


@dataclass(frozen=True)
class Case:
    """A small world, and the key of its replication."""

    scenario: str
    seed: int
    units: tuple[int, ...] = (0, 1)
    people: float = 0.15
    staff: float = 1.0
    regions: tuple[int, ...] | None = None
    options: tuple[str, ...] = ()
    warm_up: int = 26
    draw: int = 0
    rep: int = 0


CASES = {
    "baseline": Case("baseline", seed=1),
    "reset": Case("reset", seed=1),
    "reset, another seed, two regions": Case("reset", seed=2, units=(0, 1, 2), people=0.1, regions=(0, 1, 0)),
    "twice the load": Case("baseline", seed=3, people=0.1, staff=0.5, rep=1),
    "officers come and go": Case("reset-orders", seed=4, people=0.1, staff=0.8, options=RESTLESS, draw=2),
    "amber and red": Case("reset", seed=5, people=0.1, staff=1.3, options=TOUCHY, warm_up=0),
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def both(request: pytest.FixtureRequest) -> tuple[Case, RunResult, RunResult]:
    """A case, and what the engine and the twin make of it."""
    case: Case = request.param
    dataset = small.demo(case.units, case.people, case.staff, regions=case.regions)
    world = small.world(dataset, case.scenario, case.options, warm_up=case.warm_up)
    key = (case.seed, case.draw, case.rep)
    return case, simulate(world, *key), twin.run(world, *key)


def test_engine_and_twin_agree_to_the_event(both: tuple[Case, RunResult, RunResult]) -> None:
    _, engine, literal = both
    for field in fields(RunResult):
        ours, theirs = getattr(engine, field.name), getattr(literal, field.name)
        if not isinstance(ours, np.ndarray):
            assert ours == theirs, field.name
        elif ours.dtype.kind == "f":  # FTE are sums of fractions
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-9, err_msg=field.name)
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=field.name)


def test_what_the_rules_are_about_happens(both: tuple[Case, RunResult, RunResult]) -> None:
    case, engine, _ = both
    assert engine.events.sum(axis=(0, 1)).min() > (0 if "reset" in case.scenario else -1)
    assert (engine.people[..., 0].sum() > engine.people[..., 1].sum()) == ("reset" in case.scenario)
    assert engine.officer_changes.sum() > 0
    pieces = engine.activity.sum(axis=(0, 1, 2, 3))
    assert pieces[DUE] > pieces[DONE] > pieces[ON_TIME] > 0
    assert pieces[LAPSED] > 0
    assert (pieces[PAUSED] > 0) == (case.options == TOUCHY)
    assert set(np.unique(engine.status)) == ({0, 1, 2} if case.options == TOUCHY else {0})
    delivered = engine.flow[..., FLOW_MEASURES.index("delivered")].sum(axis=(1, 3))  # by block and area
    assert ((delivered > 0) == (engine.due[..., 0].sum(axis=(1, 3)) > 0)).all()
    assert (delivered[engine.n_units :].sum(axis=1) > 0).all()  # regional teams and the national one


def test_the_twin_shares_no_rule_with_the_engine() -> None:
    code = "import sys, oracle.twin; print(*(name for name in sys.modules if name.startswith('capacity_sim.model.')))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    loaded = {name.removeprefix("capacity_sim.model.") for name in ran.stdout.split()}
    assert loaded == {"areas", "result"}  # where work is done, and the shape of the answer
