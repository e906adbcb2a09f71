"""JSON Schema of scenario files, for editors: made from the records that read the files, and from the catalogue.

It says what a file may hold key by key. What several keys or files say together (dates in order, limits, changes
that alter nothing) only `capacity-sim check` can tell. It takes a quoted date for a date, which the reader refuses.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import PlainValidator
from pydantic.fields import FieldInfo

from capacity_sim.catalogue import Catalogue, ParameterSpec
from capacity_sim.catalogue import checked as known
from capacity_sim.scenario import example, rollout, written
from capacity_sim.series import FAMILIES

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._\-]*$"

#: what an editor shows beside a key
_WORDS: Mapping[str, str] = {
    "name": "Name of the scenario, which is that of the file.",
    "title": "A few words for tables.",
    "extends": "Parents, in any order: all that they and their parents change is in.",
    "kind": "baseline, event (before the measures), part, programme, combination, measure or stress.",
    "status": "How real it is.",
    "summary": "What it is, in a sentence or two.",
    "question": "The question that it answers.",
    "as_of": "Day of the knowledge on which the file rests.",
    "review_by": "From this day `check` warns that the file is stale.",
    "instead_of": "Other versions of the same measure, which it may never be combined with.",
    "data": "Data set, by name or folder.",
    "not_modelled": "What is left out.",
    "sources": "Where the figures come from, by id.",
    "choices": "Choices that are no parameters.",
    "timing_basis": "Timings of headline tables.",
    "horizon": "Last day of a run.",
    "adjust": "Alters a parent's change by its id, or all that a parent brings.",
    "delay_months": "Whole months by which all dates of the change move.",
    "drop": "Leaves the change out.",
    "changes": "What is changed, from when and why.",
    "of": "A parent, or a parent's parent: every change that it brings is adjusted, the baseline's apart.",
    "id": "Name of the change, and of its range in draws.",
    "path": "The parameter; `capacity-sim params` explains each.",
    "where": "The cells of the parameter; all of them when it is left out.",
    "set": "The new value, or values by their first day.",
    "scale": "A factor.",
    "add": "An amount to add.",
    "from": "First day.",
    "to": "Last day; the value without the change returns after it.",
    "phase_in_months": "Months from nothing to the full effect.",
    "range": "Lowest and highest value that is credible.",
    "family": "How a reading spreads over the range; uniform when left out.",
    "group": "Ranges with the same group move together in draws.",
    "correlation": "Rank correlation in the group; below 0 it moves the other way.",
    "source": "Ids of sources, each with its paragraph, joined by `;`.",
    "basis": "How the value is known.",
    "quality": "How good it is.",
    "impact": "How much results hang on it: red is much.",
    "why": "The reason for it.",
    "rollout": "How surely and how fast the part comes; acts on every change that this file writes.",
    "strength": "0 none, 1 as written.",
    "slip_months": "Months by which every date of the file's changes is later.",
    "months": "Phase-in of changes that have a first day and no phase-in of their own.",
    "example": "One person whom the part touches.",
    "words": "What happens to the person, for a planner.",
    "person": "Enough to start the person's clock.",
    "traced": "What happens without the part, and with it: `name: [without, with]`.",
    "trace": "Written when a scenario is saved: where each change was first written.",
    "rollouts": "Written when a scenario is saved: rollouts of its parents.",
}

_DATE: Schema = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_NUMBER: Schema = {"type": "number"}
_CORRELATION: Schema = {"type": "number", "minimum": -1, "maximum": 1, "not": {"const": 0}}
_FROM_NONE: Schema = {"type": "number", "minimum": 0}
_ENDS: Schema = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_NAMES: Schema = {"type": "array", "items": _TEXT, "uniqueItems": True}


def make(catalogue: Catalogue) -> Schema:
    """Schema of a scenario file.

    Parameters
    ----------
    catalogue : Catalogue
        Names of parameters, dimensions and values.

    Examples
    --------
    >>> from capacity_sim import catalogue
    >>> make(catalogue.load())["properties"]["kind"]["enum"][:3]
    ['baseline', 'event', 'part']
    """
    maker = _Maker(catalogue)
    top = maker.record(written.Header)
    spread = maker.record(rollout.Rollout)
    kept = maker.record(rollout.SavedRollout)
    for one in (spread, kept):
        one["anyOf"] = [{"required": [key]} for key in rollout.KEYS]
    source = maker.record(written.Source)
    top["properties"] |= {
        "sources": {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": source},
        "choices": maker.record(written.Choices),
        "adjust": _list_of({**maker.record(written.Adjust), "anyOf": [
            {"required": ["delay_months"]}, {"required": ["strength"]}, {"required": ["drop"]},
        ], "oneOf": [{"required": ["id"]}, {"required": ["of"]}]}),
        "rollout": spread,
        "changes": _list_of(maker.change()),
        "example": maker.record(example.Example),
        "trace": {"type": "object", "additionalProperties": _TEXT},
        "rollouts": {"type": "object", "additionalProperties": kept},
    }  # fmt: skip
    for key, schema in top["properties"].items():
        schema.setdefault("description", _WORDS[key])
    top["if"] = {"properties": {"kind": {"not": {"const": "baseline"}}}}
    top["then"] = {"required": ["status"]}
    return {
        "$schema": DIALECT,
        "title": "Scenario of Capacity Sim",
        "description": "Made by `python docs/render.py --schema`; not written by hand.",
        **top,
        "definitions": maker.definitions,
    }


def text(catalogue: Catalogue) -> str:
    """Schema as the text of `scenarios/schema.json`."""
    return json.dumps(make(catalogue), indent=1, ensure_ascii=False) + "\n"


class _Maker:
    """Makes the schema of each record from its fields; a field that it does not know is an error."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        values = {dim: list(names) for dim, names in catalogue.dimensions.items()}
        self.definitions: Schema = {
            f"where-{dim}": {"anyOf": [{"enum": names}, _several(names)]} for dim, names in values.items()
        }
        flags = [*values["flag"], *example.REQUIREMENTS] if "flag" in values else []
        self.by_check: dict[object, Schema] = {
            _check_of(known.Text): _TEXT,
            _check_of(known.Name): {"type": "string", "pattern": _NAME},
            _check_of(known.WholeNumber): {"type": "integer", "minimum": 1},
            _check_of(known.Switch): {"const": True},
            _check_of(known.FullDate): _DATE,
            _check_of(known.ParameterPath): {"enum": sorted(catalogue.parameters)},
            _check_of(known.Basis): {"enum": list(known.BASES)},
            _check_of(known.Quality): {"enum": list(known.QUALITIES)},
            _check_of(known.FamilyWord): {"enum": list(FAMILIES)},
            _check_of(known.Cells): {"type": "object", "minProperties": 1},
            _check_of(written.Level): {"enum": list(known.QUALITIES)},
            _check_of(written.Texts): {"type": "array", "items": _TEXT},
        }
        dated = {"type": "object", "propertyNames": _DATE, "minProperties": 1}
        self.by_key: dict[tuple[str, str], Schema] = {
            ("Header", "extends"): _NAMES,
            ("Header", "instead_of"): {**_NAMES, "minItems": 1},
            ("Header", "kind"): {"enum": list(written.KINDS)},
            ("Header", "status"): {"enum": list(written.STATUSES)},
            ("Choices", "timing_basis"): {"enum": values.get("basis", [])},
            ("Adjust", "delay_months"): {"type": "integer", "minimum": 1},
            ("Adjust", "strength"): _FROM_NONE,
            ("WrittenChange", "set"): {"anyOf": [_NUMBER, {**dated, "additionalProperties": _NUMBER}]},
            ("WrittenChange", "scale"): _NUMBER,
            ("WrittenChange", "add"): _NUMBER,
            ("WrittenChange", "phase_in_months"): {"type": "number", "exclusiveMinimum": 0},
            ("WrittenChange", "range"): {"anyOf": [_ENDS, {**dated, "additionalProperties": _ENDS}]},
            ("WrittenChange", "correlation"): _CORRELATION,
            ("SavedRollout", "changes"): {**_NAMES, "minItems": 1},
            ("Person", "key"): {"type": "integer", "minimum": 0},
            ("Person", "start_type"): _one_of(values.get("start_type", [])),
            ("Person", "risk"): _one_of(values.get("risk", [])),
            ("Person", "flags"): {"type": "array", "items": _one_of(flags), "uniqueItems": True},
            ("Example", "traced"): _traced(),
        }
        for name in ("Rollout", "SavedRollout"):
            self.by_key |= {(name, key): _spread() for key in rollout.KEYS}

    def record(self, model: type[known.Record]) -> Schema:
        """Schema of a record: its keys, those that it must have, and no others."""
        fields = {spec.alias or name: spec for name, spec in model.model_fields.items()}
        return {
            "type": "object",
            "properties": {key: self._of(model, key, spec) for key, spec in fields.items()},
            "required": [key for key, spec in fields.items() if spec.is_required()],
            "additionalProperties": False,
        }

    def _of(self, model: type[known.Record], key: str, spec: FieldInfo) -> Schema:
        found = self.by_key.get((model.__name__, key))
        if found is None and isinstance(spec.annotation, type) and issubclass(spec.annotation, known.Record):
            found = self.record(spec.annotation)
        if found is None:
            found = self.by_check.get(_check_of_field(spec))
        if found is None:
            message = (
                f"the schema does not know `{key}` of {model.__name__}: say in scenario/schema.py what it may hold"
            )
            raise NotImplementedError(message)
        words = {"description": _WORDS[key]} if key in _WORDS else {}
        return {**found, **words}

    def change(self) -> Schema:
        """Schema of a change: one verb, and the cells that its parameter has."""
        schema = self.record(written.WrittenChange)
        schema["oneOf"] = [{"required": [verb]} for verb in written.VERBS]
        alike: dict[tuple[tuple[str, ...], bool], list[ParameterSpec]] = defaultdict(list)
        for spec in self.catalogue.parameters.values():
            alike[spec.dims, spec.varies].append(spec)
        schema["allOf"] = [
            {
                "if": {"properties": {"path": {"enum": sorted(spec.path for spec in specs)}}, "required": ["path"]},
                "then": self._rules(dims, varies),
            }
            for (dims, varies), specs in sorted(alike.items())
        ]
        return schema

    def _rules(self, dims: tuple[str, ...], varies: bool) -> Schema:
        cells = {dim: {"$ref": f"#/definitions/where-{dim}"} for dim in dims}
        where: Any = {"properties": cells, "additionalProperties": False} if dims else False
        if varies:
            first = [{"required": ["from"]}, {"properties": {"set": {"type": "object"}}, "required": ["set"]}]
            return {"properties": {"where": where}, "anyOf": first}
        return {"properties": {"where": where, "to": False, "phase_in_months": False, "set": _NUMBER}}


def _check_of(annotated: Any) -> object:
    """Function that checks a type of the records, which tells the types apart."""
    return next(one.func for one in annotated.__metadata__ if isinstance(one, PlainValidator))


def _check_of_field(spec: FieldInfo) -> object:
    """Function that checks a field, also where the field may be left out."""
    found = [one.func for one in spec.metadata if isinstance(one, PlainValidator)]
    inside = [_check_of(one) for one in get_args(spec.annotation) if hasattr(one, "__metadata__")]
    return next(iter([*found, *inside]), None)


def _list_of(items: Schema) -> Schema:
    return {"type": ["array", "null"], "items": items}


def _one_of(names: Sequence[str]) -> Schema:
    return {"enum": list(names)} if names else dict(_TEXT)


def _several(names: Sequence[str]) -> Schema:
    return {"type": "array", "items": {"enum": list(names)}, "minItems": 1, "uniqueItems": True}


def _spread() -> Schema:
    ends = {**_ENDS, "items": _FROM_NONE}
    apart = {
        "type": "object",
        "properties": {
            "value": _FROM_NONE,
            "range": ends,
            "group": {"type": "string", "pattern": _NAME},
            "correlation": _CORRELATION,
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [_FROM_NONE, apart]}


def _traced() -> Schema:
    one = {"anyOf": [_NUMBER, _DATE, {"const": example.NEVER}]}
    pair = {"type": "array", "items": one, "minItems": 2, "maxItems": 2}
    return {"type": "object", "additionalProperties": pair, "minProperties": 1}
