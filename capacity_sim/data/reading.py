"""Loads a data set: reads its files, checks them against each other, says all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data import figures as fig
from capacity_sim.data import tables
from capacity_sim.data.alone import check_keys
from capacity_sim.data.dataset import (
    NATIONAL_AREAS,
    REGION_AREAS,
    UNIT_AREAS,
    DataSet,
    FloatArray,
    IntArray,
)
from capacity_sim.data.own import is_own, load_own
from capacity_sim.data.stated import (
    HEAD,
    OTHER,
    Files,
    InPost,
    base_of,
    part,
    read_geography,
    read_people,
    read_staff,
)
from capacity_sim.data.targets import targets as read_targets
from capacity_sim.data.values import BaselineValue, check_coverage, read_values
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

FOLDER = Path(__file__).parent
HEAD_KEYS = ("name", "title", "start", "base", "sources", "values")


#: least and largest days of sickness of a region against the mean
SICKNESS_LIMITS = (0.3, 3.0)


def shipped() -> tuple[str, ...]:
    """Names of the data sets that come with the package."""
    return tuple(sorted(place.parent.name for place in FOLDER.glob("*/dataset.yaml")))


def find(name_or_path: str | Path) -> Path:
    """Folder of a data set, by its name or its path."""
    name = str(name_or_path)
    for folder in (FOLDER / name, Path(name)):
        if (folder / "dataset.yaml").is_file() or is_own(folder):
            return folder
    otherwise = f"there are {one_of(shipped())}; or give a folder with a `dataset.yaml` or an `about.yaml`"
    hint = did_you_mean(name, shipped(), otherwise)
    raise DataError(Fault("no-data-set", f"there is no data set `{name}`", hint=hint))


def state_of(name_or_path: str | Path) -> tuple[object, ...]:
    """What tells one reading of a data set from the next: its place, and its files unless they came with the package.

    Examples
    --------
    >>> len(state_of("demo")), state_of("demo") == state_of("demo")
    (1, True)
    """
    folder = find(name_or_path).resolve()
    if folder.is_relative_to(FOLDER.resolve()):
        return (folder,)
    files = ((one, one.stat()) for one in sorted(folder.rglob("*")) if one.is_file())
    return (folder, *((one, stat.st_mtime_ns, stat.st_size) for one, stat in files))


def _read_dataset_file(files: Files) -> tuple[dict[str, Any], list[tuple[Path, tuple[str, ...]]]]:
    """Head of a set, and its files of values with the parameters that each leaves out."""
    tree = files.tree(HEAD)
    if tree is None or tree.kind != "map":
        return {}, []
    plain = tree.plain()
    check_keys(tree, HEAD_KEYS, "a key of a data set", files.faults, f"the keys are {one_of(HEAD_KEYS)}")
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
    folder: Path,
    catalogue: Catalogue,
    value_files: list[tuple[Path, tuple[str, ...]]],
    faults: list[Fault],
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
            hint = "remove the name, or write that of a parameter which the file sets"
            faults.append(Fault("no-effect", message, shown_path(folder / "dataset.yaml"), hint=hint))
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
    if is_own(folder):
        return load_own(folder, load, load_catalogue())
    faults: list[Fault] = []
    base_of(folder, faults)
    files = Files(folder, faults)
    catalogue = load_catalogue()
    states, grades = catalogue.dimensions["state"], catalogue.dimensions["grade"]
    head, value_files = _read_dataset_file(files)
    geography = read_geography(folder, faults)
    people_content, staff_content = files.figures("people.yaml"), files.figures("staff.yaml")
    stock = read_people(files, states, people_content)
    in_post = read_staff(files, catalogue, staff_content)
    published = {
        **_published(files, people_content, staff_content),
        "geography": MappingProxyType({"unit_count": geography.count}),
    }
    sources: dict[str, fig.Source] = {}
    for name in head.get("sources", ["sources.yaml"]):
        source_tree = files.tree(str(name))
        sources.update(fig.sources(source_tree, faults) if source_tree else {})
    values = _read_all_values(folder, catalogue, value_files, faults)
    if not faults:
        faults.extend(check_coverage(values, catalogue, folder.name))
    unit_table = tables.read_units(
        files.place(tables.UNITS_FILE),
        geography.units,
        geography.regions,
        geography.unit_region,
        states,
        grades,
        faults,
    )
    region_table = tables.read_regions(files.place(tables.REGIONS_FILE), geography.regions, grades, faults)
    if not faults:
        faults.extend(_check_figure11(folder, published, catalogue))
        _check_totals(folder, stock, in_post, unit_table, region_table, catalogue, faults)
        _check_trainees(folder, in_post, values, catalogue, faults)
        _check_sickness(in_post, geography.regions, faults)
        _check_citations(published, values, sources, faults)
        geography_file = shown_path(folder / "geography.yaml")
        fig.check_citation(geography.source, sources, geography_file, None, faults)
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
        sickness_by_region=MappingProxyType({name: item.number for name, item in in_post.sickness.items()}),
    )


def _published(files: Files, people: Mapping[str, Any], staff: Mapping[str, Any]) -> dict[str, Any]:
    """Published figures of a set, by subject."""
    targets = files.tree("targets.yaml")
    volumes = files.figures("volumes.yaml")
    areas = part(files.figures("figure11.yaml"), "areas")
    return {
        "figure11": MappingProxyType(
            {
                area: MappingProxyType({key: row for key, row in part(areas, area).items() if key != "scope"})
                for area in areas
            }
        ),
        "figure11_scope": MappingProxyType({area: part(areas, area).get("scope") for area in areas}),
        "targets": read_targets(targets, files.faults, load_catalogue()) if targets else (),
        "releases": files.figures("releases.yaml").get("events") or (),
        "people": people,
        "staff": staff,
        **{name: part(volumes, name) for name in ("volumes", "performance", "workload")},
    }


def _check_figure11(folder: Path, published: Mapping[str, Any], catalogue: Catalogue) -> list[Fault]:
    """Figure 11 must have a figure, or a blank, for each area and basis of the catalogue, and no other."""
    file = shown_path(folder / "figure11.yaml")
    found = published["figure11"]
    faults = []
    areas, bases = catalogue.dimensions["area"], catalogue.dimensions["basis"]
    for area in [*areas, *(area for area in found if area not in areas)]:
        if area not in areas:
            hint = did_you_mean(area, areas, f"the areas are {one_of(areas)}")
            faults.append(Fault("unknown-value", f"`{area}` is not an area", file, hint=hint))
        elif set(found.get(area, ())) != set(bases) or not all(
            cell is None or isinstance(cell, fig.Figure) for cell in found[area].values()
        ):
            message = f"`{area}` has a figure for each of {one_of(bases)}, or `null` where print is blank"
            faults.append(Fault("missing-figure", message, file))
    return faults


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
    folder: Path,
    in_post: InPost,
    values: tuple[BaselineValue, ...],
    catalogue: Catalogue,
    faults: list[Fault],
) -> None:
    """Trainees in post must be the heads of the cohorts times FTE a head."""
    per_head = next((entry for entry in values if entry.path == "staff.fte_per_head"), None)
    if per_head is None:
        return
    each = per_head.quantity.amounts[0]
    heads = sum(cohort.people for cohort in in_post.cohorts)
    stated = float(in_post.staff["sentence_management"][catalogue.dimensions["grade"].index("trainee")])
    if abs(heads * each - stated) > tables.ROUNDING:
        message = (
            f"the cohorts hold {heads:,} trainees, {heads * each:,.2f} FTE at {each:g} a head, "
            f"and {stated:,.2f} FTE of trainees are in post"
        )
        hint = "correct `in_post` or `trainee_cohorts`"
        faults.append(Fault("wrong-total", message, shown_path(folder / "staff.yaml"), hint=hint))


def _check_sickness(in_post: InPost, regions: tuple[str, ...], faults: list[Fault]) -> None:
    """Days of sickness by region are of regions that exist, against a mean of 1."""
    low, high = SICKNESS_LIMITS
    for name, given in in_post.sickness.items():
        if name not in regions:
            hint = did_you_mean(name, regions, f"the regions are {one_of(regions)}")
            message = f"`{name}` of `sickness.regions` is not a region"
            faults.append(Fault("unknown-region", message, given.file, given.line, hint=hint))
        elif not low <= given.number <= high:
            message = f"days of sickness of `{name}` are {given.number:g} times the mean, outside {low:g} to {high:g}"
            faults.append(Fault("out-of-limits", message, given.file, given.line, hint="1 is the mean of all regions"))


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
