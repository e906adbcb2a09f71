"""The JSON Schema of scenario files: made from the records and the catalogue, true of every file that ships."""

import copy
import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import PlainValidator

from capacity_sim import catalogue, scenario
from capacity_sim.catalogue import strict_yaml
from capacity_sim.catalogue.checked import Record, keys_of
from capacity_sim.scenario import rollout, schema, written

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "scenarios" / "schema.json"
GOOD = """
name: one
title: One
extends: [baseline]
kind: part
status: announced
summary: One.
as_of: 2025-10-22
review_by: 2027-03-31
instead_of: [two]
sources: {report: {title: A report}}
choices: {timing_basis: original, horizon: 2030-03-31}
rollout:
  strength: {value: 1, range: [0.5, 1], group: parts, correlation: 0.5}
  months: 12
  source: report
  basis: assumed
  quality: red
  why: Slips.
adjust:
  - {id: other, strength: 0.5, source: report, why: So.}
  - {of: two, delay_months: 12, source: report, why: So.}
changes:
  - id: one.leaving
    path: staff.leaving.annual_rate
    where: {grade: [PO, PSO]}
    set: {2025-01-01: 0.1, 2026-01-01: 0.2}
    range: {2026-01-01: [0.1, 0.3]}
    family: pert
    group: leaving
    correlation: -0.6
    source: report 1
    basis: assumed
    quality: red
    impact: red
    why: So.
  - id: one.volume
    path: work.volume.factor
    where: {risk: high}
    scale: 1.1
    from: 2025-01-01
    to: 2026-01-01
    phase_in_months: 2.5
    source: report 1
    basis: assumed
    quality: red
    impact: red
    why: So.
not_modelled: [Weather.]
example:
  words: One person.
  person: {key: 4711, start_type: custody, start: 2025-01-06, length_days: 700, risk: medium, flags: [mappa, tag]}
  traced: {release: [2025-12-15, never], hours_policy: [61.5, 58]}
"""


def plain(tree: strict_yaml.Tree) -> Any:
    """What an editor sees: dates are text."""
    if tree.kind == "map":
        return {seen(key.scalar): plain(value) for key, value in tree.entries}
    if tree.kind == "list":
        return [plain(item) for item in tree.items]
    return seen(tree.scalar)


def seen(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    made = schema.make(catalogue.load())
    jsonschema.Draft7Validator.check_schema(made)
    return jsonschema.Draft7Validator(made, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)


@pytest.fixture
def good() -> dict[str, Any]:
    return copy.deepcopy(plain(strict_yaml.parse(GOOD, "good.yaml")))


def test_the_file_is_of_this_catalogue_and_these_records():
    assert SCHEMA.read_text(encoding="utf-8") == schema.text(catalogue.load()), "run `python docs/render.py --schema`"


@pytest.mark.parametrize("path", sorted(scenario.shipped_folder().glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_is_valid(validator, path):
    faults = list(validator.iter_errors(plain(strict_yaml.parse(path.read_text(encoding="utf-8"), path.name))))
    assert [fault.message for fault in faults] == []


def test_a_saved_scenario_is_valid(validator, at_root):
    for name in ("reset", "in-force"):
        text = scenario.to_text(scenario.load(name))
        assert list(validator.iter_errors(plain(strict_yaml.parse(text, "saved")))) == []


def test_the_good_file_uses_every_key(validator, good):
    assert list(validator.iter_errors(good)) == []
    top = {*keys_of(written.Header), "sources", "choices", "adjust", "rollout", "changes", "example"}
    assert top - good.keys() == {"question", "data"}
    used = set().union(*(one.keys() for one in good["changes"]))
    assert set(keys_of(written.WrittenChange)) - used == {"add"}


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (("knid",), "part"),
        (("kind",), "parts"),
        (("status",), "done"),
        (("as_of",), 2025),
        (("review_by",), "31/03/2027"),
        (("review_by",), "2027-02-30"),
        (("extends",), "baseline"),
        (("instead_of",), []),
        (("sources", "report", "titel"), "A report"),
        (("choices", "timing_basis"), "policy"),
        (("rollout", "strength"), -1),
        (("rollout", "strength", "rnge"), [0, 1]),
        (("rollout", "slip_months"), "soon"),
        (("adjust", 0, "strength"), None),
        (("adjust", 0, "delay"), 3),
        (("adjust", 0, "of"), "two"),
        (("adjust", 1, "of"), None),
        (("changes", 0, "path"), "staff.leaving.rate_annual"),
        (("changes", 0, "where"), {"risk": "high"}),
        (("changes", 0, "where", "grade"), ["PQ"]),
        (("changes", 0, "set", "2025"), 0.1),
        (("changes", 0, "scale"), 2),
        (("changes", 0, "quality"), "blue"),
        (("changes", 0, "impact"), None),
        (("changes", 1, "where", "risk"), "highest"),
        (("changes", 1, "from"), None),
        (("changes", 1, "scale"), {"2025-01-01": 1}),
        (("changes", 1, "range"), [1]),
        (("changes", 1, "phase_in_months"), 0),
        (("example", "person", "risk"), "severe"),
        (("example", "person", "flags"), ["mapa"]),
        (("example", "person", "key"), -1),
        (("example", "traced", "release"), ["2025-12-15"]),
        (("example", "traced", "release"), ["2025-12-15", "soon"]),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_a_wrong_file_is_refused(validator, good, at, value):
    *above, last = at
    place = good
    for key in above:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    assert not validator.is_valid(good)


def test_a_baseline_needs_no_status_and_others_do(validator, good):
    del good["status"]
    assert not validator.is_valid(good)
    good["kind"] = "baseline"
    assert validator.is_valid(good)


def test_a_parameter_without_dimensions_takes_no_where_and_a_fixed_one_no_dates(validator, good):
    parameters = catalogue.load().parameters.values()
    single = next(one.path for one in parameters if one.varies and not one.dims)
    fixed = next(one.path for one in parameters if not one.varies and not one.dims)
    good["changes"][1] |= {"path": single}
    assert not validator.is_valid(good)
    del good["changes"][1]["where"]
    assert validator.is_valid(good)
    good["changes"][1]["path"] = fixed
    assert not validator.is_valid(good)
    del good["changes"][1]["to"], good["changes"][1]["phase_in_months"]
    assert validator.is_valid(good)


def test_a_key_that_the_schema_does_not_know_is_an_error():
    class Odd(Record):
        odd: Annotated[str, PlainValidator(str)]

    with pytest.raises(NotImplementedError, match="does not know `odd` of Odd"):
        schema._Maker(catalogue.load()).record(Odd)


def test_every_key_is_explained_to_the_planner():
    made = schema.make(catalogue.load())
    for section in (made, made["properties"]["rollout"], made["properties"]["changes"]["items"]):
        silent = [key for key, one in section["properties"].items() if "description" not in one]
        assert silent == []
    assert set(rollout.KEYS) <= made["properties"]["rollout"]["properties"].keys()
