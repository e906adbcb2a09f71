"""Small worlds: some units of a data set, with part of their people and staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.data import DataSet
from capacity_sim.model import areas
from capacity_sim.model.engine import World, prepare
from capacity_sim.parameters import Parameters


def cut(
    dataset: DataSet,
    units: Sequence[int],
    people: float = 1.0,
    staff: float = 1.0,
    regions: Sequence[int] | None = None,
) -> DataSet:
    """Some units of a data set, with the part of the regional and national teams that belongs to them.

    Parameters
    ----------
    dataset : DataSet
    units : sequence of int
        Places of the units.
    people : float
        Share of their people (and starts) that is kept.
    staff : float
        Share of the staff who belong to those people that is kept.
    regions : sequence of int, optional
        Region of each unit, counted from 0, if it is not to be its own.
    """
    chosen = list(units)
    stock = np.rint(dataset.people[chosen] * people).astype(np.int64)
    old = dataset.unit_region[chosen]
    names, place = np.unique(old, return_inverse=True)
    region_names = tuple(dataset.regions[r] for r in names)
    if regions is not None:
        place = np.asarray(regions)
        region_names = tuple(f"Region {r + 1}" for r in range(int(place.max()) + 1))
    size = stock.sum(axis=1)
    in_old_region = np.bincount(dataset.unit_region, weights=dataset.people.sum(axis=1))
    part = size.sum() / dataset.people.sum()
    kept = {}
    for area, fte in dataset.staff.items():
        if areas.LEVEL[area] == areas.UNIT:
            kept[area] = fte[chosen] * (people * staff)
        elif areas.LEVEL[area] == areas.REGION:
            kept[area] = np.zeros((len(region_names), fte.shape[1]))
            np.add.at(kept[area], place, fte[old] * (staff * size / in_old_region[old])[:, None])
        else:
            kept[area] = fte * (part * staff)
    return replace(
        dataset,
        units=tuple(dataset.units[u] for u in chosen),
        regions=region_names,
        unit_region=np.asarray(place, np.int64),
        people=stock,
        start_share=dataset.start_share[chosen] * people,
        staff=kept,
        other_roles=dataset.other_roles * part,
    )


def world(
    dataset: DataSet,
    name: str = "baseline",
    options: Sequence[str] = (),
    end: dt.date = dt.date(2026, 6, 28),
    warm_up: int = 26,
) -> World:
    """World of a data set under a shipped scenario and some more changes, at the central values.

    Parameters
    ----------
    dataset : DataSet
    name : str
        Scenario.
    options : sequence of str
        Changes as in `--set`: ``path=value@date``.
    end : datetime.date
        Last day.
    warm_up : int
        Weeks before the first that is reported.
    """
    names = catalogue.load()
    calendar = Calendar(dataset.start, end, warm_up)
    changes = (*scenario.load(name).changes, *(scenario.from_set_option(option) for option in options))
    return prepare(dataset, names, Parameters(names, dataset.values, changes, calendar, None), calendar)


def demo(units: Sequence[int] = (0, 1), people: float = 0.25, staff: float = 1.0, **options: object) -> DataSet:
    """Part of the made-up region."""
    return cut(data.load("demo"), units, people, staff, **options)
