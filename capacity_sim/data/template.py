"""Tables that a region fills with its own figures, written with ours in them so that the form is plain."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

import numpy as np

from capacity_sim.catalogue import Catalogue
from capacity_sim.data.allocate import apportion
from capacity_sim.data.dataset import REGION_AREAS, UNIT_AREAS, DataSet
from capacity_sim.data.own import ABOUT, PEOPLE, PLACEHOLDER, STAFF, TIMINGS
from capacity_sim.data.own_values import minutes_of
from capacity_sim.data.rows import PeopleRow, StaffRow, TimingRow
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of, shown_path

README = "README.md"


def write_template(folder: Path, dataset: DataSet, catalogue: Catalogue, regions: Sequence[str]) -> list[Path]:
    """Write the tables of some regions into a new or empty folder.

    Parameters
    ----------
    folder : Path
        Where to.
    dataset : DataSet
        The set on which they stand, and whose figures they are filled with.
    catalogue : Catalogue
        The names.
    regions : sequence of str
        Regions to replace; all of the set when empty.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    DataError
        When there is no such region, or the folder holds something.
    """
    faults = [
        Fault("unknown-region", f"no region is called `{name}`", hint=_near(name, dataset))
        for name in regions
        if name not in dataset.regions
    ]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        message = f"`{shown_path(folder)}` holds something already"
        faults.append(Fault("folder-in-use", message, hint="give a new folder; nothing is overwritten"))
    if faults:
        raise DataError(faults)
    chosen = tuple(name for name in dataset.regions if not regions or name in regions)
    files = {
        README: _readme(dataset, chosen),
        ABOUT: _about(dataset, chosen),
        PEOPLE: _table(tuple(PeopleRow.model_fields), _people(dataset, catalogue, chosen)),
        STAFF: _table(tuple(StaffRow.model_fields), _staff(dataset, catalogue, chosen)),
        TIMINGS: _table(tuple(TimingRow.model_fields), _timings(dataset, catalogue)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _near(name: str, dataset: DataSet) -> str | None:
    return did_you_mean(name, dataset.regions, f"its regions are {one_of(dataset.regions)}")


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _people(dataset: DataSet, catalogue: Catalogue, regions: Sequence[str]) -> Iterable[Sequence[object]]:
    """Our people, each type shared out by the risk mix of the start."""
    risks, states = catalogue.dimensions["risk"], catalogue.dimensions["state"]
    mix = np.zeros(len(risks))
    for value in dataset.values:
        if value.path == "people.risk.stock_mix":
            mix[catalogue.mask(value.path, value.where)] = value.quantity.amounts[0]
    for at, unit in enumerate(dataset.units):
        region = dataset.regions[dataset.unit_region[at]]
        if region not in regions:
            continue
        for state, total in zip(states, dataset.people[at], strict=True):
            for risk, people in zip(risks, apportion(int(total), mix), strict=True):
                yield region, unit, state, risk, int(people)


def _staff(dataset: DataSet, catalogue: Catalogue, regions: Sequence[str]) -> Iterable[Sequence[object]]:
    grades = catalogue.dimensions["grade"]
    for at, unit in enumerate(dataset.units):
        region = dataset.regions[dataset.unit_region[at]]
        if region in regions:
            for area in UNIT_AREAS:
                for grade, fte in zip(grades, dataset.staff[area][at], strict=True):
                    if fte > 0:
                        yield region, unit, area, grade, f"{fte:.2f}"
    for at, region in enumerate(dataset.regions):
        if region in regions:
            for area in REGION_AREAS:
                for grade, fte in zip(grades, dataset.staff[area][at], strict=True):
                    if fte > 0:
                        yield region, "", area, grade, f"{fte:.2f}"


def _timings(dataset: DataSet, catalogue: Catalogue) -> Iterable[Sequence[object]]:
    for (activity, basis), minutes in minutes_of(dataset.values, catalogue).items():
        if minutes > 0:
            yield activity, basis, f"{minutes:.1f}"


def _about(dataset: DataSet, regions: Sequence[str]) -> str:
    whole = len(regions) == len(dataset.regions)
    where = dataset.title if whole else ", ".join(regions)
    name = "-".join("".join(c if c.isalnum() else " " for c in where.lower()).split())[:40].strip("-")
    return f"""\
# Whose figures these are. `title` and `source` must be filled in before they are used.
name: own-{name}
title: "{PLACEHOLDER}: whose figures, such as {where}, own caseload and staff in post"
base: {dataset.name}
source: "{PLACEHOLDER}: the system or return they come from, and who drew them"
as_of: {dataset.start.isoformat()}
quality: amber                 # green: counted and checked; amber: usable with care; red: an estimate
"""


def _readme(dataset: DataSet, regions: Sequence[str]) -> str:
    words = Template((Path(__file__).parent / "own_readme.md").read_text(encoding="utf-8"))
    start = dataset.start.isoformat()
    return words.substitute(regions=", ".join(regions), first=regions[0], start=start)
