"""Half of a measure is the measure for half of the people: strength acts on how many, and leaves rules whole."""

import datetime as dt
from functools import cache

import pytest
from support.small_model import changes_of, world_of

from capacity_sim import catalogue, scenario
from capacity_sim.model import engine
from capacity_sim.scenario import Change
from capacity_sim.scenario.resolve import adjusted
from capacity_sim.scenario.written import Adjust

END = dt.date(2028, 3, 31)
HALF = {"strength": 0.5, "source": "s", "why": "w"}


def at_half(change: Change) -> Change:
    return adjusted(change, Adjust.model_validate({"id": change.id, **HALF}))


@cache
def run(name: str, half: bool = False) -> tuple[float, float]:
    """Minutes due in sentence management in the last year, and people tagged at its end."""
    changes = [at_half(change) if half else change for change in changes_of(name)]
    result = engine.simulate(world_of(changes, end=END, delivery=False), 1)
    return float(result.due[:, -12:, 0, :, 1].sum()), float(result.people[:, -1, ..., 2].sum())


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("impact", 0),
        ("reset", 0),
        ("policy-orders-end-early", 0),
        ("act-orders-end-early", 0),
        ("ofps-transcription", 0),
        ("ofps-commissioned-services", 0),
        ("isr-tagging", 1),
        ("act-tagging", 1),
    ],
)
def test_half_of_a_measure_does_about_half(name: str, output: int) -> None:
    base, half, full = run("baseline")[output], run(name, half=True)[output], run(name)[output]
    assert 0.3 < (half - base) / (full - base) < 0.7


def test_rules_are_whole_at_any_strength_and_gone_at_none() -> None:
    specs = catalogue.load().parameters
    seen = 0
    for name in ("impact", "reset", "act-progression", "policy-orders-end-early", "ofps-service-centres"):
        for change in scenario.load(name).changes:
            assert change.rule == specs[change.path].rule
            if change.rule:
                seen += 1
                assert at_half(change).force == 1.0
                assert adjusted(change, Adjust.model_validate({"id": change.id, **HALF, "strength": 0})).force == 0.0
                assert not change.takes("months")
    assert seen > 10


def test_what_says_how_many_is_no_rule() -> None:
    specs = catalogue.load().parameters
    reach = (
        "supervision.suspend.adoption",
        "supervision.impact.adoption",
        "supervision.unsupervised.share",
        "people.diverted.share",
        "people.early.share",
        "people.order.early_share",
        "people.tag.share",
        "work.moved.share",
        "work.commissioned.share",
        "work.timing.factor",
        "people.starts.monthly",
    )
    assert not any(specs[path].rule for path in reach)
