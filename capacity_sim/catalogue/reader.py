"""Reads the catalogue and checks it: names, dimensions, limits, and how outputs total."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from capacity_sim.catalogue import strict_yaml
from capacity_sim.catalogue.names import TOLD_BY, Activity, Catalogue, OutputSpec, ParameterSpec
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of

FOLDER = Path(__file__).parent

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_OVER_CELLS = ("sum", "ratio")
_OVER_MONTHS = ("mean", "sum", "last", "ratio")


@cache
def load() -> Catalogue:
    """Read the catalogue of the model, once.

    Raises
    ------
    DataError
        With every fault of the catalogue's files.
    """
    return read_catalogue(FOLDER)


def read_catalogue(folder: Path) -> Catalogue:
    """Catalogue of a folder with `dimensions.yaml`, `parameters.yaml`, `activities.yaml` and `outputs.yaml`.

    Raises
    ------
    DataError
        With every fault of the four files.
    """
    faults: list[Fault] = []
    trees: dict[str, Tree] = {}
    for name in ("dimensions", "parameters", "activities", "outputs"):
        try:
            trees[name] = strict_yaml.read(folder / f"{name}.yaml")
        except DataError as problem:
            faults.extend(problem.faults)
    if faults:
        raise DataError(faults)
    dimensions = _dimensions(trees["dimensions"], faults)
    activities, streams = _work(trees["activities"], dimensions, faults)
    dimensions["activity"] = tuple(activity.id for activity in activities)
    parameters = _parameters(trees["parameters"], dimensions, faults)
    outputs = _outputs(trees["outputs"], dimensions, faults)
    if faults:
        raise DataError(faults)
    return Catalogue(
        dimensions,
        parameters,
        activities,
        outputs,
        streams,
    )


def _dimensions(tree: Tree, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    dimensions: dict[str, tuple[str, ...]] = {}
    for name, values in tree.entries:
        words = [item.scalar for item in values.items]
        if not words or not all(isinstance(word, str) for word in words):
            faults.append(values.fault("bad-dimension", f"dimension `{name.scalar}` is a list of names"))
        elif len(set(words)) < len(words):
            faults.append(values.fault("duplicate-value", f"dimension `{name.scalar}` names a value twice"))
        elif name.scalar == "activity":
            faults.append(
                name.fault("bad-dimension", "`activity` has the ids of `activities.yaml`", "remove it here")
            )
        else:
            dimensions[str(name.scalar)] = tuple(str(word) for word in words)
    return dimensions


def _records(
    tree: Tree, kind: str, required: tuple[str, ...], optional: tuple[str, ...] | None, faults: list[Fault]
) -> list[tuple[str, Tree, Tree]]:
    """Name, its place and record of each entry of a mapping of mappings whose keys are as they should be."""
    good = []
    for name, record in tree.entries:
        keys = [str(key.scalar) for key, _ in record.entries]
        missing = [key for key in required if key not in keys]
        if record.kind != "map" or missing:
            faults.append(
                name.fault("missing-key", f"{kind} `{name.scalar}` lacks {one_of(missing or required)}")
            )
            continue
        if not _NAME.fullmatch(str(name.scalar)):
            faults.append(
                name.fault(
                    "bad-name", f"`{name.scalar}` is not a name", "use lower case, digits, `_` and `.`"
                )
            )
            continue
        known = required + (optional or ())
        unknown = [key for key, _ in record.entries if optional is not None and key.scalar not in known]
        for key in unknown:
            faults.append(
                key.fault(
                    "unknown-key",
                    f"`{key.scalar}` is not a key of {kind}",
                    did_you_mean(
                        str(key.scalar),
                        known,
                        f"the keys are {one_of(known)}; text with a comma inside braces needs quotes",
                    ),
                )
            )
        if not unknown:
            good.append((str(name.scalar), name, record))
    return good


def _parameters(
    tree: Tree, dimensions: Mapping[str, tuple[str, ...]], faults: list[Fault]
) -> dict[str, ParameterSpec]:
    parameters = {}
    for path, place, record in _records(
        tree, "parameter", ("unit", "dims", "limits", "varies", "words"), ("kind", "rule", "shares_of_one"), faults
    ):
        plain = record.plain()
        before = len(faults)
        dims = plain["dims"] if isinstance(plain["dims"], list) else []
        if not isinstance(plain["dims"], list):
            faults.append(place.fault("bad-dimension", f"`dims` of `{path}` is a list of names"))
        for dim in dims:
            if dim not in dimensions:
                faults.append(
                    record.at(("dims",)).fault(
                        "unknown-dimension",
                        f"`{dim}` is not a dimension",
                        did_you_mean(str(dim), dimensions, f"the dimensions are {one_of(dimensions)}"),
                    )
                )
        limits = plain["limits"]
        if not (
            isinstance(limits, list)
            and len(limits) == 2
            and all(_is_number(end) for end in limits)
            and limits[0] <= limits[1]
        ):
            faults.append(
                record.at(("limits",)).fault("bad-limits", f"`limits` of `{path}` is `[least, greatest]`")
            )
        for switch in ("varies", "rule", "shares_of_one"):
            if not isinstance(plain.get(switch, False), bool):
                message = f"`{switch}` of `{path}` is `true` or `false`"
                faults.append(record.at((switch,)).fault("bad-switch", message))
        if plain.get("kind", "number") not in ("number", "integer"):
            faults.append(
                record.at(("kind",)).fault("bad-kind", f"`kind` of `{path}` is `number` or `integer`")
            )
        if len(faults) == before:
            parameters[path] = ParameterSpec(
                path,
                str(plain["unit"]),
                tuple(dims),
                (float(limits[0]), float(limits[1])),
                plain["varies"],
                _words(plain["words"]),
                plain.get("kind", "number"),
                plain.get("rule", False),
                plain.get("shares_of_one", False),
            )
    return parameters


def _work(
    tree: Tree, dimensions: Mapping[str, tuple[str, ...]], faults: list[Fault]
) -> tuple[tuple[Activity, ...], dict[str, Mapping[str, Any]]]:
    """Activities and streams of `activities.yaml`."""
    for key, _ in tree.entries:
        if key.scalar not in ("streams", "activities"):
            faults.append(
                key.fault(
                    "unknown-key",
                    f"`{key.scalar}` is not a part of the work",
                    did_you_mean(str(key.scalar), ("streams", "activities")),
                )
            )
    streams = tree.get("streams")
    known: dict[str, Mapping[str, Any]] = {}
    if streams is not None:
        for name, _, record in _records(streams, "stream", ("words",), None, faults):
            known[name] = record.plain()
    listed = tree.get("activities")
    if listed is None or listed.kind != "list":
        faults.append(tree.fault("missing-key", "`activities` is a list of kinds of work"))
        return (), {}
    activities: dict[str, Activity] = {}
    for item in listed.items:
        content = item.plain() if item.kind == "map" else {}
        missing = [name for name in ("id", "title", "area", "queue") if name not in content]
        if missing:
            faults.append(item.fault("missing-key", f"an activity lacks {one_of(missing)}"))
            continue
        for dim in ("area", "queue"):
            faults.extend(_value_faults(item.at((dim,)), dim, dimensions))
        name = str(content["id"])
        if not _NAME.fullmatch(name):
            faults.append(
                item.at(("id",)).fault(
                    "bad-name", f"`{name}` is not a name", "use lower case, digits and `_`"
                )
            )
        if name in activities:
            faults.append(item.at(("id",)).fault("duplicate-id", f"activity `{name}` is written twice"))
        spec = {key: value for key, value in content.items() if key not in ("id", "title", "area", "queue")}
        activities[name] = Activity(name, str(content["title"]), content["area"], content["queue"], spec)
    return tuple(activities.values()), known


def _value_faults(here: Tree, dim: str, dimensions: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    values = dimensions.get(dim, ())
    if here.scalar in values:
        return []
    hint = did_you_mean(str(here.scalar), values, f"it has {one_of(values)}")
    return [here.fault("unknown-value", f"`{here.scalar}` is not a value of `{dim}`", hint)]


def _outputs(
    tree: Tree, dimensions: Mapping[str, tuple[str, ...]], faults: list[Fault]
) -> dict[str, OutputSpec]:
    outputs = {}
    for name, _, record in _records(
        tree,
        "output",
        ("unit", "over_cells", "over_months", "words"),
        ("numerator", "denominator", "by", "areas"),
        faults,
    ):
        plain = record.plain()
        for key, allowed in (("over_cells", _OVER_CELLS), ("over_months", _OVER_MONTHS)):
            if plain[key] not in allowed:
                faults.append(
                    record.at((key,)).fault(
                        "bad-total", f"`{plain[key]}` is not a way to total", f"use {one_of(allowed)}"
                    )
                )
        ratio = plain["over_cells"] == "ratio"
        for key in ("numerator", "denominator"):
            other = plain.get(key)
            if (tree.get(other) is None) if ratio else (other is not None):
                faults.append(
                    record.fault(
                        "bad-ratio",
                        f"a ratio, and only a ratio, names an output as `{key}`",
                        "see `over_cells`",
                    )
                )
        by, areas = _told_apart(name, record, ratio, dimensions.get("area", ()), faults)
        outputs[name] = OutputSpec(
            name,
            str(plain["unit"]),
            plain["over_cells"],
            plain["over_months"],
            _words(plain["words"]),
            by,
            areas,
            cast("str | None", plain.get("numerator")),
            cast("str | None", plain.get("denominator")),
        )
    if faults:
        return outputs
    return {name: _of_its_parts(spec, outputs) for name, spec in outputs.items()}


def _told_apart(
    name: str, record: Tree, ratio: bool, every: tuple[str, ...], faults: list[Fault]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns by which an output is told apart, and the areas in which it is counted: all, unless it names some."""
    by, areas = record.get("by"), record.get("areas")
    if ratio:
        for place in (by, areas):
            if place is not None:
                message = f"`{name}` is a ratio: it is told apart by what both its parts are"
                faults.append(place.fault("bad-ratio", message, "remove this"))
        return (), ()
    if by is None or by.kind != "list":
        message = f"output `{name}` lacks `by`, a list of what its rows are told apart by"
        faults.append(record.fault("missing-key", message, f"name some of {one_of(TOLD_BY)}, or none: `[]`"))
        return (), ()
    for place, allowed in ((by, TOLD_BY), (areas, every)):
        for item in place.items if place is not None else ():
            if item.scalar not in allowed:
                message = f"`{item.scalar}` is none of {one_of(allowed).replace(' or ', ' and ')}"
                faults.append(item.fault("unknown-value", message, did_you_mean(str(item.scalar), allowed)))
    names = tuple(str(item.scalar) for item in by.items)
    if areas is None:
        return names, every if "area" in names else ()
    if "area" not in names or not areas.items:
        message = f"`areas` of `{name}` are some of the areas that it is told apart by"
        faults.append(areas.fault("bad-areas", message, "add `area` to `by`, or remove `areas`"))
    return names, tuple(str(item.scalar) for item in areas.items)


def _of_its_parts(spec: OutputSpec, outputs: Mapping[str, OutputSpec]) -> OutputSpec:
    """A ratio, told apart by what both its parts are; another output as it is."""
    if spec.numerator is None or spec.denominator is None:
        return spec
    top, bottom = outputs[spec.numerator], outputs[spec.denominator]
    by = tuple(name for name in top.by if name in bottom.by)
    return replace(spec, by=by, areas=tuple(area for area in top.areas if area in bottom.areas))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(text: object) -> str:
    return " ".join(str(text).split())
