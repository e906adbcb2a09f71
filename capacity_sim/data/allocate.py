"""Shares out people and staff to regions and units where no source does: seeded, repeatable, totals exact.

Run as ``python -m capacity_sim.data.allocate england_wales``. It follows `allocation.yaml` of the set and
writes the two tables that `load` reads. Purposes draw from streams of their own, so that a new one changes no
old one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data import tables
from capacity_sim.data.dataset import REGION_AREAS, UNIT_AREAS, FloatArray, IntArray
from capacity_sim.data.figures import Figure
from capacity_sim.data.reading import find
from capacity_sim.data.stated import Files, Geography, InPost, part, read_geography, read_people, read_staff
from capacity_sim.errors import CapacitySimError, DataError, ExitCode, Fault, render

NOTES = (
    "Written by `python -m capacity_sim.data.allocate` by the rules of allocation.yaml; do not edit.",
    "basis: assumed, quality: red. Totals are those of people.yaml and staff.yaml; units are illustrative.",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of an allocation, from `allocation.yaml`.

    Parameters
    ----------
    seed : int
        Seed of every stream.
    spread : float
        Coefficient of variation of units around the share of their region.
    po_vacancy : float
        National PO vacancy rate.
    least : mapping of grade to float
        FTE of sentence management that every unit has.
    people_share : float array (region,)
        Share of people by region.
    vacancy : float array (region,)
        PO vacancy rate by region; NaN where the rest share one rate.
    """

    seed: int
    spread: float
    po_vacancy: float
    least: Mapping[str, float]
    people_share: FloatArray
    vacancy: FloatArray


@dataclass(frozen=True, slots=True)
class Allocation:
    """People and staff by unit and region, and the PO target by region that goes with the vacancy rates."""

    people: IntArray
    unit_staff: Mapping[str, FloatArray]
    region_staff: Mapping[str, FloatArray]
    po_target: FloatArray


def read_rules(folder: Path, regions: tuple[str, ...], faults: list[Fault]) -> Rules | None:
    """Rules of the set in `folder`, or None when something is wrong with them."""
    before = len(faults)
    tree = Files(folder, faults).tree("allocation.yaml")
    content = Files(folder, faults).figures("allocation.yaml") if tree else {}
    if tree is None:
        return None
    by_region = part(content, "regions")
    missing = [name for name in ("seed", "spread", "po_vacancy") if not isinstance(content.get(name), Figure)]
    faults.extend(tree.fault("missing-figure", f"`allocation.yaml` lacks `{name}`") for name in missing)
    for region in [*regions, *by_region]:
        if not isinstance(part(by_region, region).get("people_share"), Figure):
            faults.append(tree.fault("missing-region", f"there is no people share for `{region}`"))
        if region not in regions:
            faults.append(tree.fault("unknown-region", f"`{region}` is not a region of `geography.yaml`"))
    if len(faults) > before:
        return None
    share = np.array([by_region[region]["people_share"].number for region in regions])
    if abs(share.sum() - 1) > 1e-9:
        faults.append(tree.fault("wrong-total", f"shares of people add up to {share.sum():.4f}, not 1"))
        return None
    given = [by_region[region].get("po_vacancy") for region in regions]
    return Rules(
        int(content["seed"].number),
        content["spread"].number,
        content["po_vacancy"].number,
        {grade: item.number for grade, item in part(content, "least").items() if isinstance(item, Figure)},
        share,
        np.array([item.number if isinstance(item, Figure) else np.nan for item in given]),
    )


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Random stream of a purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, crc32(purpose.encode())])))


def spread_out(rules: Rules, purpose: str, count: int) -> FloatArray:
    """Give `count` lognormal numbers with mean 1 and the stated spread."""
    sigma = np.sqrt(np.log1p(rules.spread**2))
    draws: FloatArray = stream(rules.seed, purpose).lognormal(-(sigma**2) / 2, sigma, count)
    return draws


def apportion(total: int, weights: FloatArray, least: int = 0) -> IntArray:
    """Whole numbers that add up to `total`, by largest remainder on `weights`, none below `least`.

    Examples
    --------
    >>> apportion(10, np.array([1.0, 1.0, 1.0])).tolist()
    [4, 3, 3]
    >>> apportion(10, np.array([8.0, 1.0, 1.0]), least=2).tolist()
    [6, 2, 2]
    """
    if total < least * len(weights) or weights.sum() <= 0:
        message = f"{total} cannot be shared among {len(weights)} with at least {least} each"
        raise DataError(Fault("cannot-share", message, hint="lower `least` in `allocation.yaml`"))
    held = np.zeros(len(weights), dtype=bool)
    while True:
        left = total - least * int(held.sum())
        ideal = np.where(held, float(least), weights * (left / weights[~held].sum()))
        low = ~held & (ideal < least)
        if not low.any():
            break
        held |= low
    whole = np.floor(ideal).astype(np.int64)
    remainder = np.where(held, -1.0, ideal - whole)
    extra = np.argsort(-remainder, kind="stable")[: total - int(whole.sum())]
    whole[extra] += 1
    return whole


def share_fte(total: float, weights: FloatArray, least: float = 0.0) -> FloatArray:
    """FTE in hundredths that add up to `total`, by `weights`, none below `least`."""
    hundredths: FloatArray = apportion(round(total * 100), weights, round(least * 100)) / 100
    return hundredths


def regional_vacancy(rules: Rules) -> FloatArray:
    """PO vacancy by region: as given, and for the rest the one rate with which the national rate holds."""
    given = ~np.isnan(rules.vacancy)
    rate = rules.vacancy.copy()
    if given.all():
        return rate
    rest = rules.po_vacancy - float((rules.people_share * rate)[given].sum())
    rate[~given] = rest / rules.people_share[~given].sum()
    return rate


def allocate(
    rules: Rules, geography: Geography, stock: IntArray, in_post: InPost, grades: tuple[str, ...]
) -> Allocation:
    """Share out people by state and staff by area and grade."""
    count, of = len(geography.units), geography.unit_region
    weight = spread_out(rules, "people", count)
    within = np.bincount(of, weight, minlength=len(geography.regions))
    weight = weight / within[of] * rules.people_share[of]
    people = np.stack([apportion(int(total), weight) for total in stock], axis=1)
    heads = people.sum(axis=1).astype(np.float64)
    region_heads = np.bincount(of, heads, minlength=len(geography.regions)).astype(np.float64)
    po = grades.index("PO")
    filled = rules.people_share * (1 - regional_vacancy(rules))
    unit_staff: dict[str, FloatArray] = {}
    for area in UNIT_AREAS:
        fte = np.zeros((count, len(grades)))
        for at, grade in enumerate(grades):
            desk = area == "sentence_management"
            least = rules.least.get(grade, 0.0) if desk else 0.0
            total = float(in_post.staff[area][at])
            if total == 0:
                continue
            by_region = share_fte(total, filled if desk and at == po else region_heads)
            weights = heads * spread_out(rules, f"{area}.{grade}", count)
            for region, amount in enumerate(by_region):
                here = of == region
                fte[here, at] = share_fte(float(amount), weights[here], least)
        unit_staff[area] = fte
    region_staff: dict[str, FloatArray] = {}
    for area in REGION_AREAS:
        columns = [
            share_fte(float(total), region_heads) if total else np.zeros(len(region_heads))
            for total in in_post.staff[area]
        ]
        region_staff[area] = np.stack(columns, axis=1)
    need = float(in_post.staff["sentence_management"][po]) / (1 - rules.po_vacancy)
    return Allocation(people, unit_staff, region_staff, share_fte(need, rules.people_share))


def write(folder: Path, into: Path | None = None) -> tuple[Path, Path]:
    """Allocate the set in `folder` and write its tables into `into` (the set itself by default).

    Raises
    ------
    DataError
        With everything that is wrong in the files that it reads.
    """
    faults: list[Fault] = []
    catalogue = load_catalogue()
    states, grades = catalogue.dimensions["state"], catalogue.dimensions["grade"]
    geography = read_geography(folder, faults)
    files = Files(folder, faults)
    stock = read_people(files, states, files.figures("people.yaml"))
    in_post = read_staff(files, catalogue, files.figures("staff.yaml"))
    rules = read_rules(folder, geography.regions, faults)
    if faults or rules is None:
        raise DataError(faults)
    found = allocate(rules, geography, stock, in_post, grades)
    target = into or folder
    units, regions = target / tables.UNITS_FILE, target / tables.REGIONS_FILE
    unit_rows = [
        [geography.regions[geography.unit_region[at]], unit, *found.people[at]]
        + [f"{fte:.2f}" for area in UNIT_AREAS for fte in found.unit_staff[area][at]]
        for at, unit in enumerate(geography.units)
    ]
    region_rows = [
        [region, f"{found.po_target[at]:.2f}"]
        + [f"{fte:.2f}" for area in REGION_AREAS for fte in found.region_staff[area][at]]
        for at, region in enumerate(geography.regions)
    ]
    tables.write_table(units, NOTES, tables.unit_columns(states, grades), unit_rows)
    tables.write_table(regions, NOTES, tables.region_columns(grades), region_rows)
    return units, regions


def main(arguments: list[str]) -> int:
    """Write the tables of each named set; faults go to stderr."""
    if {"-h", "--help"} & {*arguments}:
        sys.stderr.write("usage: python -m capacity_sim.data.allocate [DATA SET ...]  (england_wales by default)\n")
        return int(ExitCode.OK)
    try:
        for name in arguments or ["england_wales"]:
            for path in write(find(name)):
                sys.stderr.write(f"written: {path}\n")
    except CapacitySimError as error:
        sys.stderr.write(render(error.faults) + "\n")
        return int(error.exit_code)
    return int(ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
