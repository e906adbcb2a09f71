"""Loads a data set: reads its files, checks them against each other, says all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from capacity_sim.catalogue import Catalogue, strict_yaml
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data import figures as fig
from capacity_sim.data import tables
from capacity_sim.data.dataset import (
    NATIONAL_AREAS,
    REGION_AREAS,
    UNIT_AREAS,
    DataSet,
    FloatArray,
    IntArray,
    TraineeCohort,
)
from capacity_sim.data.figures import Figure
from capacity_sim.data.values import BaselineValue, check_coverage, read_values
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

FOLDER = Path(__file__).parent
OTHER = "other_roles"


def shipped() -> tuple[str, ...]:
    """Names of the data sets that come with the package."""
    return tuple(sorted(place.parent.name for place in FOLDER.glob("*/dataset.yaml")))


def find(name_or_path: str | Path) -> Path:
    """Folder of a data set, by its name or its path."""
    name = str(name_or_path)
    for folder in (FOLDER / name, Path(name)):
        if (folder / "dataset.yaml").is_file():
            return folder
    otherwise = f"there are {one_of(shipped())}; or give a folder with a `dataset.yaml`"
    hint = did_you_mean(name, shipped(), otherwise)
    raise DataError(Fault("no-data-set", f"there is no data set `{name}`", hint=hint))


@dataclass
class _Files:
    """Reads the files of a folder; what is wrong with them is gathered."""

    folder: Path
    faults: list[Fault]

    def tree(self, name: str) -> Tree | None:
        try:
            return strict_yaml.read(self.folder / name)
        except DataError as error:
            self.faults.extend(error.faults)
            return None

    def figures(self, name: str, *, least: float | None = 0.0) -> Mapping[str, Any]:
        tree = self.tree(name)
        if tree is None:
            return {}
        if tree.kind != "map":
            self.faults.append(tree.fault("bad-file", f"`{name}` is a mapping"))
            return {}
        content: Mapping[str, Any] = fig.figures(tree, f"`{name}`", self.faults, least=least)
        return content


@dataclass(frozen=True, slots=True)
class Geography:
    """Regions and their delivery units, in the order of the file."""

    regions: tuple[str, ...]
    codes: tuple[str, ...]
    units: tuple[str, ...]
    unit_region: IntArray


def read_geography(folder: Path, faults: list[Fault]) -> Geography:
    """Regions and units of the set in `folder`."""
    tree = _Files(folder, faults).tree("geography.yaml")
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
    return Geography(tuple(regions), tuple(codes), tuple(units), np.array(of, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class InPost:
    """Staff in post at the start, everywhere together, as `staff.yaml` gives them."""

    staff: Mapping[str, FloatArray]
    cohorts: tuple[TraineeCohort, ...]
    funded: Mapping[tuple[str, str], tuple[Figure, ...]]


def read_people(content: Mapping[str, Any], states: tuple[str, ...], faults: list[Fault]) -> IntArray:
    """Published people at the start by state, from the content of `people.yaml`."""
    stock = content.get("stock", {})
    found = np.zeros(len(states), dtype=np.int64)
    for at, state in enumerate(states):
        given = stock.get(state)
        if not isinstance(given, Figure):
            faults.append(Fault("missing-figure", f"`stock` in `people.yaml` lacks `{state}`"))
            continue
        if given.number != int(given.number):
            message = f"`{state}` is a whole number of people, not {given.number:g}"
            faults.append(Fault("bad-number", message, given.file, given.line))
        found[at] = int(given.number)
    total = stock.get("total")
    if isinstance(total, Figure) and total.value != found.sum():
        message = f"the states add up to {found.sum():,} people, and `total` is {total.number:,.0f}"
        hint = "correct a state or the total"
        faults.append(Fault("wrong-total", message, total.file, total.line, None, hint))
    return found


def read_staff(content: Mapping[str, Any], catalogue: Catalogue, faults: list[Fault]) -> InPost:
    """Staff in post by area and grade, trainee cohorts and targets, from the content of `staff.yaml`."""
    grades = catalogue.dimensions["grade"]
    areas = (*catalogue.dimensions["area"], OTHER)
    in_post = content.get("in_post", {})
    staff: dict[str, FloatArray] = {}
    for area in areas:
        block = in_post.get(area)
        staff[area] = np.zeros(len(grades))
        if not isinstance(block, Mapping):
            faults.append(Fault("missing-figure", f"`in_post` in `staff.yaml` lacks `{area}`"))
            continue
        for key, given in block.items():
            if key in grades and isinstance(given, Figure):
                staff[area][grades.index(key)] = given.number
            elif key != "total":
                hint = did_you_mean(str(key), grades, f"the grades are {one_of(grades)}")
                faults.append(Fault("unknown-grade", f"`{key}` of `{area}` is not a grade", hint=hint))
        _same(block.get("total"), float(staff[area].sum()), f"the grades of `{area}`", faults)
    whole = content.get("whole_service", {})
    sums = sum(staff.values(), np.zeros(len(grades)))
    for key, stated in whole.items():
        parts = grades if key == "total" else tuple(str(key).split("_and_"))
        if set(parts) <= set(grades):
            together = float(sum(sums[grades.index(part)] for part in parts))
            _same(stated, together, f"{key} over all areas", faults)
    cohorts = []
    for given in content.get("trainee_cohorts", ()):
        if isinstance(given, Figure) and isinstance(given.more.get("start"), date):
            starters = given.more.get("starters", given.number)
            cohorts.append(TraineeCohort(given.more["start"], int(given.number), int(starters)))
    if not cohorts:
        faults.append(Fault("missing-figure", "`trainee_cohorts` in `staff.yaml` is empty"))
    funded = {
        (str(area), str(grade)): tuple(item for item in rows if isinstance(item, Figure))
        for area, block in content.get("funded", {}).items()
        for grade, rows in block.items()
    }
    for area, grade in funded:
        if area not in (*areas, "all") or grade not in (*grades, "all"):
            faults.append(Fault("unknown-value", f"`funded` has no area and grade `{area}`, `{grade}`"))
    return InPost(MappingProxyType(staff), tuple(cohorts), MappingProxyType(funded))


def _same(stated: Any, found: float, what: str, faults: list[Fault]) -> None:
    """Fault when `found` is not the stated FTE, to a twentieth of a post."""
    if not isinstance(stated, Figure) or abs(stated.number - found) <= 10 * tables.CENT:
        return
    message = f"{what} add up to {found:,.2f} FTE, and `{stated.number:,.2f}` is stated"
    hint = "correct a grade or the total"
    faults.append(Fault("wrong-total", message, stated.file, stated.line, None, hint))


def _read_dataset_file(files: _Files) -> tuple[dict[str, Any], list[tuple[Path, tuple[str, ...]]]]:
    """Head of a set, and its files of values with the parameters that each leaves out."""
    tree = files.tree("dataset.yaml")
    if tree is None or tree.kind != "map":
        return {}, []
    plain = tree.plain()
    missing = [key for key in ("name", "title", "start", "values") if key not in plain]
    if missing or type(plain.get("start")) is not date or not isinstance(plain.get("values"), list):
        message = f"a data set has {one_of(('name', 'title', 'start', 'values'))}, `start` a full date"
        files.faults.append(tree.fault("missing-key", message))
        return {}, []
    value_files = []
    for place, item in enumerate(plain["values"]):
        here = tree.at(("values", place))
        if not isinstance(item, dict) or "file" not in item or set(item) - {"file", "without"}:
            message = "an entry of `values` is `file:` and, if need be, `without:` and a list of parameters"
            files.faults.append(here.fault("bad-entry", message))
            continue
        value_files.append((files.folder / str(item["file"]), tuple(item.get("without", ()))))
    return plain, value_files


def _read_all_values(
    catalogue: Catalogue, value_files: list[tuple[Path, tuple[str, ...]]], faults: list[Fault]
) -> tuple[BaselineValue, ...]:
    """Every value of the set; what is wrong in any of its files goes to `faults`."""
    found: list[BaselineValue] = []
    for path, without in value_files:
        try:
            entries = read_values(path, catalogue)
        except DataError as error:
            faults.extend(error.faults)
            continue
        unused = [name for name in without if all(entry.path != name for entry in entries)]
        for name in unused:
            message = f"`without` names `{name}`, which `{shown_path(path)}` does not set"
            faults.append(Fault("no-effect", message, shown_path(path.parent / "dataset.yaml")))
        found.extend(entry for entry in entries if entry.path not in without)
    return tuple(found)


def load(name_or_path: str | Path) -> DataSet:
    """Load a data set by its name (``england_wales``, ``demo``) or its folder, and check all of it.

    Raises
    ------
    DataError
        With everything that is wrong in any of its files.
    """
    folder = find(name_or_path)
    faults: list[Fault] = []
    files = _Files(folder, faults)
    catalogue = load_catalogue()
    states, grades = catalogue.dimensions["state"], catalogue.dimensions["grade"]
    head, value_files = _read_dataset_file(files)
    geography = read_geography(folder, faults)
    people_content, staff_content = files.figures("people.yaml"), files.figures("staff.yaml")
    stock = read_people(people_content, states, faults)
    in_post = read_staff(staff_content, catalogue, faults)
    published = _published(files, people_content, staff_content)
    sources: dict[str, fig.Source] = {}
    for name in head.get("sources", ["sources.yaml"]):
        source_tree = files.tree(str(name))
        sources.update(fig.sources(source_tree, faults) if source_tree else {})
    values = _read_all_values(catalogue, value_files, faults)
    if not faults:
        faults.extend(check_coverage(values, catalogue))
    unit_table = tables.read_units(
        folder / tables.UNITS_FILE,
        geography.units,
        geography.regions,
        geography.unit_region,
        states,
        grades,
        faults,
    )
    region_table = tables.read_regions(folder / tables.REGIONS_FILE, geography.regions, grades, faults)
    if not faults:
        _check_totals(folder, stock, in_post, unit_table, region_table, catalogue, faults)
        _check_trainees(in_post, values, catalogue, faults)
        _check_citations(published, values, sources, faults)
    if faults:
        raise DataError(faults)
    national = {area: in_post.staff[area] for area in NATIONAL_AREAS}
    staff = {**unit_table.staff, **region_table.staff, **national}
    arrays = [*staff.values(), in_post.staff[OTHER], unit_table.people, region_table.po_target]
    share = _start_share(unit_table.people, catalogue)
    for array in (*arrays, share, geography.unit_region):
        array.setflags(write=False)
    return DataSet(
        name=str(head["name"]),
        title=str(head["title"]),
        folder=folder,
        start=head["start"],
        regions=geography.regions,
        region_codes=geography.codes,
        units=geography.units,
        unit_region=geography.unit_region,
        people=unit_table.people,
        start_share=share,
        staff=MappingProxyType(staff),
        other_roles=in_post.staff[OTHER],
        po_target=region_table.po_target,
        trainee_cohorts=in_post.cohorts,
        funded=in_post.funded,
        values=values,
        published=MappingProxyType(published),
        sources=MappingProxyType(sources),
    )


def _published(files: _Files, people: Mapping[str, Any], staff: Mapping[str, Any]) -> dict[str, Any]:
    """Published figures of a set, by subject."""
    targets = files.tree("targets.yaml")
    volumes = files.figures("volumes.yaml")
    figure11 = files.figures("figure11.yaml").get("areas", {})
    return {
        "figure11": MappingProxyType(
            {
                area: MappingProxyType({basis: cell for basis, cell in row.items() if basis != "scope"})
                for area, row in figure11.items()
            }
        ),
        "figure11_scope": MappingProxyType({area: row.get("scope") for area, row in figure11.items()}),
        "targets": fig.targets(targets, files.faults) if targets else (),
        "releases": files.figures("releases.yaml").get("events", ()),
        "people": people,
        "staff": staff,
        **volumes,
    }


def _check_totals(
    folder: Path,
    stock: IntArray,
    in_post: InPost,
    units: tables.UnitTable,
    regions: tables.RegionTable,
    catalogue: Catalogue,
    faults: list[Fault],
) -> None:
    """The tables must add up to `people.yaml` and `staff.yaml`."""
    hint = "write the tables again with `python -m capacity_sim.data.allocate`"
    file = shown_path(folder / tables.UNITS_FILE)
    for at, state in enumerate(catalogue.dimensions["state"]):
        total = int(units.people[:, at].sum())
        if total != stock[at]:
            message = f"`{state}` adds up to {total:,} people, and `people.yaml` has {stock[at]:,}"
            faults.append(Fault("wrong-total", message, file, None, None, hint))
    for table, areas, name in ((units.staff, UNIT_AREAS, file), (regions.staff, REGION_AREAS, "")):
        name = name or shown_path(folder / tables.REGIONS_FILE)
        for area in areas:
            for at, grade in enumerate(catalogue.dimensions["grade"]):
                found, stated = float(table[area][:, at].sum()), float(in_post.staff[area][at])
                if abs(found - stated) > tables.CENT:
                    message = (
                        f"`{area}.{grade}` adds up to {found:,.2f} FTE, and `staff.yaml` has {stated:,.2f}"
                    )
                    faults.append(Fault("wrong-total", message, name, None, None, hint))


def _check_trainees(
    in_post: InPost, values: tuple[BaselineValue, ...], catalogue: Catalogue, faults: list[Fault]
) -> None:
    """Trainees in post must be the heads of the cohorts times FTE a head."""
    per_head = next((entry for entry in values if entry.path == "staff.fte_per_head"), None)
    if per_head is None:
        return
    each = per_head.quantity.amounts[0]
    heads = sum(cohort.people for cohort in in_post.cohorts)
    stated = float(in_post.staff["sentence_management"][catalogue.dimensions["grade"].index("trainee")])
    if abs(heads * each - stated) > 10 * tables.CENT:
        message = (
            f"the cohorts hold {heads:,} trainees, {heads * each:,.2f} FTE at {each:g} a head, "
            f"and `staff.yaml` has {stated:,.2f} FTE of trainees"
        )
        hint = "correct `in_post` or `trainee_cohorts` in `staff.yaml`"
        faults.append(Fault("wrong-total", message, hint=hint))


def _check_citations(
    published: Mapping[str, Any],
    values: tuple[BaselineValue, ...],
    sources: Mapping[str, fig.Source],
    faults: list[Fault],
) -> None:
    """Every source that is cited must be in `sources.yaml`."""
    for given in fig.walk(MappingProxyType(dict(published))):
        fig.check_citation(given.source, sources, given.file, given.line, faults)
    for target in published["targets"]:
        fig.check_citation(target.source, sources, target.file, target.line, faults)
    for entry in values:
        fig.check_citation(entry.source, sources, entry.file or "", entry.line or 0, faults)


def _start_share(people: IntArray, catalogue: Catalogue) -> FloatArray:
    """Share of each unit in the starts of a type: as its stock of that type, custody with what follows it."""
    states = catalogue.dimensions["state"]
    columns = []
    for kind in catalogue.dimensions["start_type"]:
        chain = ("custody", "recalled", "licence", "post_sentence") if kind == "custody" else (kind,)
        columns.append(people[:, [states.index(state) for state in chain]].sum(axis=1).astype(np.float64))
    share = np.stack(columns, axis=1)
    totals = share.sum(axis=0)
    result: FloatArray = np.divide(share, totals, out=np.zeros_like(share), where=totals > 0)
    return result
