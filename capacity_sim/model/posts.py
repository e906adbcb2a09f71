"""Where staff are placed and what is funded there: parts of a data set, posts for recruits, target staffing."""

from __future__ import annotations

import calendar as months_of_years
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from capacity_sim.catalogue import Catalogue
from capacity_sim.data import DataSet
from capacity_sim.data.figures import Figure
from capacity_sim.model import areas

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ABSENT = -2  # block of a post in a region that is not simulated
OTHER_ROLES = -1  # area and block of the pool of other roles


class Posts(NamedTuple):
    """Posts of the whole data set, as places for recruits of each grade.

    Attributes
    ----------
    cumulative : float array (grade, post)
        Cumulative share of the grade's FTE at the start.
    block, area : int arrays (post,)
        Where the post is in the run; a block of `ABSENT` is not simulated.
    kept : float array (post,)
        Share of the post that belongs to the simulated units: 1, or their share of what is national.
    """

    cumulative: Floats
    block: Ints
    area: Ints
    kept: Floats


def split_grades(data: DataSet, catalogue: Catalogue, share: float) -> DataSet:
    """Data set with FTE moved between PO and PSO, so that POs have their share of all sentence management staff."""
    area = areas.CASE_GROUPS[0][0]
    po, pso, trainee = (catalogue.place("grade", grade) for grade in ("PO", "PSO", "trainee"))
    whole = np.array(data.staff[area], float)
    free = np.ones(len(whole), bool) if data.own is None else ~data.own.fixed_grades
    if not free.any():
        return data
    table = whole[free]
    wanted = share * table.sum() * table[:, po] / max(table[:, po].sum(), 1e-9)
    both = table[:, [pso, trainee]].sum(axis=1)
    keep = np.divide(both - (wanted - table[:, po]), both, out=np.ones_like(both), where=both > 0)
    table[:, po] = wanted
    table[:, [pso, trainee]] *= np.maximum(0.0, keep)[:, None]
    whole[free] = table
    return replace(data, staff={**data.staff, area: whole})


def restrict(data: DataSet, units: Ints, regions: Ints, share: float) -> DataSet:
    """Part of a data set: some units, their regional teams, and their share of what is national."""
    staff = {}
    for area, fte in data.staff.items():
        level = areas.LEVEL[area]
        staff[area] = fte[units] if level == areas.UNIT else fte[regions] if level == areas.REGION else fte * share
    place = {int(r): i for i, r in enumerate(regions)}
    return replace(
        data,
        regions=tuple(data.regions[r] for r in regions),
        units=tuple(data.units[u] for u in units),
        unit_region=np.array([place[int(data.unit_region[u])] for u in units], np.int64),
        people=data.people[units],
        start_share=data.start_share[units],
        staff=staff,
        other_roles=data.other_roles * share,
    )


def posts(data: DataSet, catalogue: Catalogue, units: Ints, regions: Ints, share: float) -> Posts:
    """Posts of a whole data set in which some units and regions are simulated."""
    n_units, n_regions = len(units), len(regions)
    names = catalogue.dimensions["area"]
    place_of_unit = {int(u): i for i, u in enumerate(units)}
    place_of_region = {int(r): n_units + i for i, r in enumerate(regions)}
    weights: list[Floats] = []
    block: list[int] = []
    area: list[int] = []
    kept: list[float] = []
    for number, name in enumerate(names):
        table = np.atleast_2d(data.staff[name])
        level = areas.LEVEL[name]
        found = place_of_unit if level == areas.UNIT else place_of_region
        for row, fte in enumerate(table):
            weights.append(fte)
            area.append(number)
            block.append(n_units + n_regions if level == areas.NATION else found.get(row, ABSENT))
            kept.append(share if level == areas.NATION else 1.0)
    weights.append(data.other_roles)
    block, area, kept = [*block, OTHER_ROLES], [*area, OTHER_ROLES], [*kept, share]
    table = np.array(weights).T
    totals = table.sum(axis=1, keepdims=True)
    return Posts(
        np.cumsum(table / np.where(totals > 0, totals, 1.0), axis=1), np.array(block), np.array(area), np.array(kept)
    )


def funded(data: DataSet, catalogue: Catalogue, units: Ints, regions: Ints, months: Sequence[str]) -> Floats:
    """Target staffing (FTE) by block, month, area and grade; the last block is the other roles.

    Parameters
    ----------
    data : DataSet
        The whole data set.
    catalogue : Catalogue
    units, regions : int arrays
        Those that are simulated.
    months : sequence of str
        As ``2024-04``; the target in force on the last day of the month counts, and the first before its own date.

    Returns
    -------
    float array (block, month, area, grade)
        Shared out by people; where no grade is stated, as staff in post are at the start, trainees under PSO.
    """
    names, grades = catalogue.dimensions["area"], catalogue.dimensions["grade"]
    days = [_last_day(month) for month in months]
    people = data.people.sum(axis=1).astype(float)
    people /= max(1.0, people.sum())
    by_region = np.bincount(data.unit_region, people, len(data.regions))
    n_units, n_regions = len(units), len(regions)
    found = np.zeros((n_units + n_regions + 2, len(months), len(names), len(grades)))
    whole = float(people[units].sum())
    for number, name in enumerate(names):
        line = _by_grade(data, catalogue, name, days)
        level = areas.LEVEL[name]
        if level == areas.UNIT:
            found[:n_units, :, number] = people[units][:, None, None] * line
        elif level == areas.REGION:
            found[n_units : n_units + n_regions, :, number] = by_region[regions][:, None, None] * line
        else:
            found[n_units + n_regions, :, number] = whole * line
    for grade, name in enumerate(grades):
        figures = data.funded.get(("other_roles", name), ())
        if figures:
            found[-1, :, 0, grade] = whole * _in_force(figures, days)
    return found


def _by_grade(data: DataSet, catalogue: Catalogue, area: str, days: Sequence[dt.date]) -> Floats:
    """Target of an area by month and grade, everywhere together."""
    grades = catalogue.dimensions["grade"]
    line = np.zeros((len(days), len(grades)))
    stated = [grade for grade in grades if data.funded.get((area, grade))]
    for grade in stated:
        line[:, grades.index(grade)] = _in_force(data.funded[area, grade], days)
    if stated or not data.funded.get((area, "all")):
        return line
    fte = np.array(data.national_staff(area))
    trainee, pso = grades.index("trainee"), grades.index("PSO")
    fte[pso] += fte[trainee]
    fte[trainee] = 0.0
    return np.asarray(_in_force(data.funded[area, "all"], days)[:, None] * (fte / max(fte.sum(), 1e-9)))


def _in_force(figures: Sequence[Figure], days: Sequence[dt.date]) -> Floats:
    """Value on each day of dated figures."""
    ordered = sorted(figures, key=lambda figure: figure.as_of)
    values = [next((f.number for f in reversed(ordered) if f.as_of <= day), ordered[0].number) for day in days]
    return np.array(values, dtype=np.float64)


def _last_day(month: str) -> dt.date:
    year, number = (int(part) for part in month.split("-"))
    return dt.date(year, number, months_of_years.monthrange(year, number)[1])
