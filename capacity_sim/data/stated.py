"""Places, people and staff of a data set as its files state them, before any sharing out to units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from capacity_sim.catalogue import Catalogue, strict_yaml
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data import figures as fig
from capacity_sim.data import tables
from capacity_sim.data.dataset import FloatArray, IntArray, TraineeCohort
from capacity_sim.data.figures import Figure
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

OTHER = "other_roles"
HEAD = "dataset.yaml"


#: What each file may hold at its top.
PARTS = {
    "people.yaml": ("stock", "community_share", "history", "risk"),
    "staff.yaml": (
        "in_post",
        "whole_service",
        "fill_of_target",
        "trainee_cohorts",
        "funded",
        "funded_share_of_requirement",
        "history",
        "PO_vacancy",
        "leaving",
        "leavers",
        "sickness",
        "intakes",
        "service",
    ),
    "figure11.yaml": ("areas",),
    "releases.yaml": ("events",),
    "volumes.yaml": ("volumes", "performance", "workload"),
    "geography.yaml": ("source", "as_of", "basis", "quality", "why", "unit_count", "regions"),
    "allocation.yaml": ("seed", "spread", "po_vacancy", "least", "regions"),
}


@dataclass
class Files:
    """Reads the files of a folder; what is wrong with them is gathered in `faults`.

    A folder may rest on a base: another folder, which gives the files that this one lacks, and the parts that a file of
    figures lacks here.
    """

    folder: Path
    faults: list[Fault]

    @cached_property
    def base(self) -> Path | None:
        """Folder that this one rests on; None where `dataset.yaml` names none that can be used."""
        return base_of(self.folder, [])

    def place(self, name: str) -> Path:
        """Where a file is: here, or in the base when only the base has it."""
        here = self.folder / name
        if self.base is None or here.exists() or not (self.base / name).exists():
            return here
        return self.base / name

    def tree(self, name: str) -> Tree | None:
        """Tree of a YAML file, or None when it cannot be read."""
        try:
            return strict_yaml.read(self.place(name))
        except DataError as error:
            self.faults.extend(error.faults)
            return None

    def figures(self, name: str) -> Mapping[str, Any]:
        """Content of a file of figures; empty when it cannot be read."""
        tree = self.tree(name)
        if tree is None:
            return {}
        if tree.kind != "map":
            self.faults.append(tree.fault("bad-file", f"`{name}` has the parts {one_of(PARTS[name])}"))
            return {}
        self.check_parts(tree, name)
        content: Mapping[str, Any] = fig.figures(
            tree, f"`{name}`", self.faults, blank=name == "releases.yaml"
        )
        if self.base is not None and self.place(name).parent != self.base and (self.base / name).exists():
            return MappingProxyType({**Files(self.base, self.faults).figures(name), **content})
        return content

    def check_parts(self, tree: Tree, name: str) -> None:
        """Say which parts of a file it may not have."""
        for key, _ in tree.entries:
            if key.scalar not in PARTS[name]:
                hint = did_you_mean(str(key.scalar), PARTS[name], f"it has {one_of(PARTS[name])}")
                message = f"`{key.scalar}` is not a part of `{name}`"
                self.faults.append(key.fault("unknown-key", message, hint))

    def lacks(self, name: str, what: str) -> None:
        """Say that a file lacks something."""
        self.faults.append(
            Fault("missing-figure", f"`{name}` lacks {what}", shown_path(self.folder / name), hint="add it")
        )


def base_of(folder: Path, faults: list[Fault]) -> Path | None:
    """Folder that a data set rests on, from `base` in its `dataset.yaml`; what is wrong with it goes to `faults`."""
    if not (folder / HEAD).is_file():
        return None
    try:
        named = strict_yaml.read(folder / HEAD).get("base")
    except DataError:
        return None  # `load` reads the file too, and says what is wrong
    if named is None:
        return None
    base = folder / str(named.scalar)
    if not (base / HEAD).is_file():
        message = f"there is no data set in `{shown_path(base)}`, which `base` names"
        faults.append(named.fault("no-base", message, "write its folder as seen from here: `../england_wales`"))
    elif base.resolve() == folder.resolve() or _rests(base):
        message = f"`{named.scalar}` rests on another data set itself"
        faults.append(named.fault("base-of-base", message, "name one that holds all of its files"))
    else:
        return base
    return None


def _rests(folder: Path) -> bool:
    """Whether a data set names a base."""
    try:
        return strict_yaml.read(folder / HEAD).get("base") is not None
    except DataError:
        return False  # said where its files are read


def part(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Mapping under `name`; empty when there is none."""
    found = content.get(name)
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Geography:
    """Regions and their delivery units, in the order of the file."""

    regions: tuple[str, ...]
    codes: tuple[str, ...]
    units: tuple[str, ...]
    unit_region: IntArray
    source: str
    count: Figure | None


def read_geography(folder: Path, faults: list[Fault]) -> Geography:
    """Regions and units of the set in `folder`."""
    files = Files(folder, faults)
    tree = files.tree("geography.yaml")
    if tree is not None:
        files.check_parts(tree, "geography.yaml")
    regions: list[str] = []
    codes: list[str] = []
    units: list[str] = []
    of: list[int] = []
    listed = tree.get("regions") if tree else None
    for item in listed.items if listed else ():
        plain = item.plain() if item.kind == "map" else {}
        if not {"code", "name", "units"} <= plain.keys() or not isinstance(plain["units"], list):
            faults.append(item.fault("missing-key", "a region has `code`, `name` and a list of `units`"))
            continue
        if plain["name"] in regions:
            faults.append(item.fault("duplicate-region", f"region `{plain['name']}` is written twice"))
        for place, unit in enumerate(plain["units"]):
            if unit in units:
                here = item.at(("units", place))
                faults.append(here.fault("duplicate-unit", f"unit `{unit}` is written twice"))
            units.append(str(unit))
            of.append(len(regions))
        regions.append(str(plain["name"]))
        codes.append(str(plain["code"]))
    if tree and not units:
        faults.append(tree.fault("no-units", "`regions` lists no delivery unit"))
    stated = tree.get("unit_count") if tree else None
    count = fig.figure(stated, "`unit_count`", faults) if stated else None
    if stated and count and count.value != len(units):
        message = f"{len(units)} delivery units are listed, and `unit_count` is {count.number:g}"
        faults.append(stated.fault("wrong-total", message, "correct the list or the count"))
    source = tree.at(("source",)).scalar if tree else None
    if tree and not isinstance(source, str):
        files.lacks("geography.yaml", "`source`")
    places = np.array(of, dtype=np.int64)
    return Geography(tuple(regions), tuple(codes), tuple(units), places, str(source), count)


@dataclass(frozen=True, slots=True)
class InPost:
    """Staff in post at the start, everywhere together, as `staff.yaml` gives them."""

    staff: Mapping[str, FloatArray]
    cohorts: tuple[TraineeCohort, ...]
    funded: Mapping[tuple[str, str], tuple[Figure, ...]]
    sickness: Mapping[str, Figure]


def read_people(files: Files, states: tuple[str, ...], content: Mapping[str, Any]) -> IntArray:
    """Published people at the start by state, from the content of `people.yaml`."""
    stock = part(content, "stock")
    found = np.zeros(len(states), dtype=np.int64)
    faults = files.faults
    for at, state in enumerate(states):
        given = stock.get(state)
        if isinstance(given, Figure):
            if given.number != int(given.number):
                message = f"`{state}` is a whole number of people, not {given.number:g}"
                faults.append(Fault("bad-number", message, given.file, given.line))
            found[at] = int(given.number)
        elif content and state not in stock:
            files.lacks("people.yaml", f"`{state}` in `stock`")
    for state in stock:
        if state not in (*states, "total"):
            hint = did_you_mean(state, states, f"the states are {one_of(states)}")
            file = shown_path(files.folder / "people.yaml")
            faults.append(Fault("unknown-value", f"`{state}` of `stock` is not a state", file, hint=hint))
    total = stock.get("total")
    whole = all(isinstance(stock.get(state), Figure) for state in states)
    if whole and isinstance(total, Figure) and total.value != found.sum():
        message = f"the states add up to {found.sum():,} people, and `total` is {total.number:,.0f}"
        hint = "correct a state or the total"
        faults.append(Fault("wrong-total", message, total.file, total.line, None, hint))
    return found


def read_staff(files: Files, catalogue: Catalogue, content: Mapping[str, Any]) -> InPost:
    """Staff in post by area and grade, trainee cohorts and targets, from the content of `staff.yaml`."""
    name, faults = "staff.yaml", files.faults
    file = shown_path(files.folder / name)
    grades = catalogue.dimensions["grade"]
    areas = (*catalogue.dimensions["area"], OTHER)
    in_post = part(content, "in_post")
    staff: dict[str, FloatArray] = {area: np.zeros(len(grades)) for area in areas}
    for area in areas:
        if content and area not in in_post:
            files.lacks(name, f"`{area}` in `in_post`")
    for area in in_post:
        if area not in areas:
            hint = did_you_mean(area, areas, f"the areas are {one_of(areas)}")
            faults.append(Fault("unknown-value", f"`{area}` of `in_post` is not an area", file, hint=hint))
            continue
        for key, given in part(in_post, area).items():
            if key in grades and isinstance(given, Figure):
                staff[area][grades.index(key)] = given.number
            elif key not in (*grades, "total"):
                hint = did_you_mean(str(key), grades, f"the grades are {one_of(grades)}")
                faults.append(Fault("unknown-value", f"`{key}` of `{area}` is not a grade", file, hint=hint))
        total = part(in_post, area).get("total")
        _same(total, float(staff[area].sum()), f"the grades of `{area}`", faults)
    sums = sum(staff.values(), np.zeros(len(grades)))
    for key, stated in part(content, "whole_service").items():
        parts = grades if key == "total" else tuple(str(key).split("_and_"))
        if not set(parts) <= set(grades):
            message = f"`{key}` of `whole_service` is neither `total` nor a grade"
            faults.append(Fault("unknown-value", message, file, hint="join grades with `_and_`"))
            continue
        _same(stated, float(sum(sums[grades.index(one)] for one in parts)), f"`{key}` over all areas", faults)
    regions = part(part(content, "sickness"), "regions")
    return InPost(
        MappingProxyType(staff),
        _cohorts(files, content),
        _funded(files, content, (*areas, "all"), grades),
        MappingProxyType({name: item for name, item in regions.items() if isinstance(item, Figure)}),
    )


def _cohorts(files: Files, content: Mapping[str, Any]) -> tuple[TraineeCohort, ...]:
    """Trainee cohorts of `staff.yaml`."""
    cohorts = []
    for given in content.get("trainee_cohorts") or ():
        if not isinstance(given, Figure):
            continue
        start = given.more.get("start")
        if type(start) is not date or given.number != int(given.number):
            message = "a cohort has a `start`, a full date, and a whole number of people as its `value`"
            files.faults.append(Fault("bad-cohort", message, given.file, given.line))
            continue
        starters = int(given.more.get("starters", given.number))
        cohorts.append(TraineeCohort(start, int(given.number), starters))
    if content and "trainee_cohorts" not in content:
        files.lacks("staff.yaml", "`trainee_cohorts` (an empty list when nobody is in training)")
    return tuple(cohorts)


def _funded(
    files: Files, content: Mapping[str, Any], areas: tuple[str, ...], grades: tuple[str, ...]
) -> Mapping[tuple[str, str], tuple[Figure, ...]]:
    """Target staffing of `staff.yaml`, by area and grade."""
    found: dict[tuple[str, str], tuple[Figure, ...]] = {}
    file = shown_path(files.folder / "staff.yaml")
    funded = part(content, "funded")
    for area in funded:
        for grade, rows in part(funded, area).items():
            if area not in areas or grade not in (*grades, "all"):
                message = f"`funded` has `{area}`, `{grade}`, which is not an area and a grade"
                hint = did_you_mean(area, areas) if area not in areas else did_you_mean(grade, grades)
                files.faults.append(Fault("unknown-value", message, file, hint=hint))
            found[(area, grade)] = tuple(item for item in rows or () if isinstance(item, Figure))
    return MappingProxyType(found)


def _same(stated: Any, found: float, what: str, faults: list[Fault]) -> None:
    """Fault when `found` is not the stated FTE, to a twentieth of a post."""
    if not isinstance(stated, Figure) or abs(stated.number - found) <= tables.ROUNDING:
        return
    message = f"{what} add up to {found:,.2f} FTE, and `{stated.number:,.2f}` is stated"
    hint = "correct a grade or the total"
    faults.append(Fault("wrong-total", message, stated.file, stated.line, None, hint))
