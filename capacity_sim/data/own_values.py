"""Values of parameters with some of their cells replaced, and what timings come to in minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from capacity_sim.catalogue import Catalogue
from capacity_sim.data.values import BaselineValue

#: place of medium risk in the shape of a timing
MEDIUM = 1
_MIXES = ("people.risk.stock_mix", "people.risk.start_mix")


def over(
    values: Iterable[BaselineValue], own: Sequence[BaselineValue], catalogue: Catalogue
) -> list[BaselineValue]:
    """Values with the cells of `own` in place of theirs; an entry that keeps some cells names those.

    Parameters
    ----------
    values : iterable of BaselineValue
        One value for each cell of each parameter.
    own : sequence of BaselineValue
        What takes the place of some.
    catalogue : Catalogue
        The dimensions.
    """
    found: list[BaselineValue] = []
    for value in values:
        mine = [one for one in own if one.path == value.path]
        if not mine:
            found.append(value)
            continue
        before = catalogue.mask(value.path, value.where)
        kept = before.copy()
        for one in mine:
            kept &= ~catalogue.mask(one.path, one.where)
        if (kept == before).all():
            found.append(value)
        elif kept.any():
            found.extend(replace(value, where=where) for where in _blocks(kept, value.path, catalogue))
    return [*found, *own]


def _blocks(mask: npt.NDArray[np.bool_], path: str, catalogue: Catalogue) -> list[Mapping[str, tuple[str, ...]]]:
    """Cells of a mask as few `where`: cells of a line of the last dimension go together, and equal lines too."""
    dims = catalogue.parameters[path].dims
    if not dims:
        return []
    names = [catalogue.dimensions[dim] for dim in dims]
    lines: dict[tuple[bool, ...], list[tuple[int, ...]]] = {}
    for place in np.ndindex(mask.shape[:-1]):
        line = tuple(bool(one) for one in mask[place])
        if any(line):
            lines.setdefault(line, []).append(place)
    found: list[Mapping[str, tuple[str, ...]]] = []
    for line, places in lines.items():
        last = tuple(name for name, there in zip(names[-1], line, strict=True) if there)
        if len(dims) <= 2:
            first = {dims[0]: tuple(names[0][place[0]] for place in places)} if len(dims) == 2 else {}
            found.append({**first, dims[-1]: last})
            continue
        for place in places:
            head = {dim: (names[at][i],) for at, (dim, i) in enumerate(zip(dims[:-1], place, strict=True))}
            found.append({**head, dims[-1]: last})
    return found


def minutes_of(values: Iterable[BaselineValue], catalogue: Catalogue) -> dict[tuple[str, str], float]:
    """Minutes of each activity on each timing, for a person of medium risk.

    Parameters
    ----------
    values : iterable of BaselineValue
        Values of a data set, with the fitted scales.
    catalogue : Catalogue
        The activities.
    """
    shape = catalogue.shape("work.timing.scale"), catalogue.shape("work.timing.factor")
    scale, factor = np.ones(shape[0]), np.ones(shape[1])
    for value in values:
        if value.path == "work.timing.scale":
            scale[catalogue.mask(value.path, value.where)] = value.quantity.amounts[0]
        elif value.path == "work.timing.factor":
            factor[catalogue.mask(value.path, value.where)] = value.quantity.amounts[0]
    found = {}
    for k, activity in enumerate(catalogue.activities):
        area = catalogue.place("area", activity.area)
        for b, basis in enumerate(catalogue.dimensions["basis"]):
            known = activity.spec.get("published", {}).get(basis)
            plain = activity.spec["minutes"][MEDIUM] * scale[area, b] if known is None else known
            found[activity.id, basis] = float(plain) * float(factor[k, b])
    return found


def tilted(
    values: Iterable[BaselineValue], mix: npt.NDArray[np.float64], catalogue: Catalogue, source: str
) -> tuple[BaselineValue, ...]:
    """Values with another risk mix at the start; those who start later keep their distance from it.

    Parameters
    ----------
    values : iterable of BaselineValue
        Values of a data set.
    mix : float array (risk,)
        Share of each risk in the people at the start.
    catalogue : Catalogue
        The risks.
    source : str
        Id of where the mix comes from.
    """
    listed = list(values)
    risks = catalogue.dimensions["risk"]
    ours = np.zeros(len(risks))
    starts = [value for value in listed if value.path == _MIXES[1]]
    for value in listed:
        if value.path == _MIXES[0]:
            ours[catalogue.mask(value.path, value.where)] = value.quantity.amounts[0]
    ratio = np.divide(mix, ours, out=np.ones_like(mix), where=ours > 0)
    amounts = {value.where["risk"][0]: np.array(value.quantity.amounts) for value in starts}
    total = sum((amounts[risk] * ratio[at] for at, risk in enumerate(risks)), np.zeros(1))
    found = []
    for value in listed:
        if value.path not in _MIXES:
            found.append(value)
            continue
        at = risks.index(value.where["risk"][0])
        new = (mix[at],) if value.path == _MIXES[0] else tuple(amounts[risks[at]] * ratio[at] / total)
        quantity = replace(value.quantity, amounts=tuple(float(one) for one in new), lows=(), highs=())
        why = "As in the people at the start." if value.path == _MIXES[0] else "Ours, moved as the people at the start."
        found.append(replace(value, quantity=quantity, source=source, why=why))
    return tuple(found)
