"""The worked example of every part: the person it names lives as it says, without the part and with it.

`without` is what the part stands on (the scenario it extends), `with` is the part. Facts are those of
`capacity_sim.model.trace`. Figures that moved for good are written anew by ``--update-golden``; the words are not, so
read them against the new figures.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path

import pytest

from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.model import engine, trace
from capacity_sim.model.engine import World
from capacity_sim.model.trace import Traced
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Scenario

pytestmark = pytest.mark.properties

FOLDER = Path(__file__).parent.parent.parent / "scenarios"
SHORT = "baseline", "no-trend"  # nothing that happens to one person
WITH_EXAMPLE = ("event", "part", "measure")
REGION = "Wales"  # lives do not depend on it
DECIMALS = {"hours": 1, "fte_weeks": 2}

Fact = dt.date | float | None


@cache
def scenarios() -> dict[str, Scenario]:
    """Every shipped scenario, by name."""
    return {path.stem: scenario.load(path) for path in sorted(FOLDER.glob("*.yaml"))}


PARTS = [name for name, one in scenarios().items() if one.kind in WITH_EXAMPLE]


@cache
def world(name: str) -> World:
    """World of a scenario on the data of England and Wales, without delivery."""
    names, loaded = catalogue.load(), data.load("england_wales")
    calendar = Calendar(loaded.start, scenario.DEFAULT_END, 0)
    parameters = Parameters(names, loaded.values, scenarios()[name].changes, calendar)
    return engine.prepare(loaded, names, parameters, calendar, REGION, delivery=False)


@cache
def lives(name: str) -> tuple[Traced, Traced]:
    """The person of an example, without the part and with it."""
    one = scenarios()[name]
    assert one.example is not None
    person = one.example.person
    (parent,) = one.extends
    without, with_ = (trace.follow(world(of), person.key, person.start_type, person.start) for of in (parent, name))
    return without, with_


def fact(life: Traced, name: str) -> Fact:
    """A fact as an example writes it: hours of what never fell due are 0."""
    value = life.facts.get(name, 0.0 if name.startswith("hours") else "unknown")
    assert value != "unknown", f"`{name}` is not a fact of a traced life"
    if value is None or isinstance(value, dt.date):
        return value
    decimals = next((digits for start, digits in DECIMALS.items() if name.startswith(start)), 0)
    return round(float(value), decimals)


def written(value: Fact) -> str:
    """A fact in YAML."""
    if value is None:
        return "never"
    return value.isoformat() if isinstance(value, dt.date) else f"{value:g}"


def test_every_part_has_an_example_and_nothing_else_has() -> None:
    assert len(PARTS) > 35
    for name, one in scenarios().items():
        assert (one.example is not None) == (one.kind in WITH_EXAMPLE), name
        assert name in SHORT or one.example is not None or one.kind in ("programme", "combination", "stress"), name


@pytest.mark.parametrize("name", PARTS)
def test_the_person_is_who_the_example_says(name: str) -> None:
    example = scenarios()[name].example
    assert example is not None
    person, about = example.person, lives(name)[0].about
    found = tuple(about[key] for key in ("start_type", "start", "length_days", "risk", "flags"))
    assert found == (person.start_type, person.start, person.length_days, person.risk, list(person.flags))


@pytest.mark.parametrize("name", PARTS)
def test_the_person_lives_as_the_example_says(name: str, update_golden: bool) -> None:
    example = scenarios()[name].example
    assert example is not None
    without, with_ = lives(name)
    found = {key: (fact(without, key), fact(with_, key)) for key in example.traced}
    if update_golden:
        path = FOLDER / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        for key, pair in found.items():
            line = f"    {key}: [{', '.join(map(written, pair))}]"
            text, changed = re.subn(rf"(?m)^    {re.escape(key)}: \[.*\]$", line, text)
            assert changed == 1, f"`{key}` of {path.name} is not on a line of its own"
        path.write_text(text, encoding="utf-8")
        return
    said = {key: tuple(written(one) for one in pair) for key, pair in found.items()}
    assert said == {
        key: tuple(one if isinstance(one, str) else written(one) for one in pair)
        for key, pair in example.traced.items()
    }


@pytest.mark.parametrize("name", PARTS)
def test_the_example_shows_what_the_part_does(name: str) -> None:
    """Something differs between the two columns, or it is no example of the part."""
    example = scenarios()[name].example
    assert example is not None
    assert any(without != with_ for without, with_ in example.traced.values())
