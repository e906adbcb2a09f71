"""What data of one's own replace, beside ours."""

from __future__ import annotations

from collections.abc import Iterable

from capacity_sim.data import UNIT_AREAS, DataSet
from capacity_sim.show.sheet import Report, Sheet, Value


def own_report(own: DataSet, ours: DataSet) -> Report:
    """Regions that are replaced: people and staff, own beside ours.

    Parameters
    ----------
    own, ours : DataSet
        The set with own data, and the one it stands on.
    """
    if own.own is None:
        message = f"`{own.name}` has no data of one's own"
        raise ValueError(message)
    rows, records = [], []
    for what, region, mine, theirs in _lines(own, ours):
        change = f"{100 * (mine / theirs - 1):+.1f}%" if theirs else "-"
        rows.append((region, what, f"{mine:,.0f}", f"{theirs:,.0f}", change))
        record: dict[str, Value] = {"region": region, "what": what, "own": round(mine, 2), "ours": round(theirs, 2)}
        records.append(record)
    changed = len(own.values) - sum(one in ours.values for one in own.values)
    sheet = Sheet(("Region", "What", "Own", "Ours", "Change"), tuple(rows), words=2)
    some = "1 value of a parameter is own." if changed == 1 else f"{changed} values of parameters are own."
    timed = some if changed else "No timing or other value differs from ours."
    return Report(
        f"Own data: {own.own.title}",
        ("No faults.",),
        (sheet,) if rows else (),
        (timed, *((own.own.note,) if own.own.note else ()), own.own.words),
        tuple(records),
        counts=True,
    )


def _lines(own: DataSet, ours: DataSet) -> Iterable[tuple[str, str, float, float]]:
    for at, region in enumerate(own.regions):
        here = own.unit_region == at
        if own.own is not None and region in own.own.people:
            yield "people", region, float(own.people[here].sum()), float(ours.people[here].sum())
        if own.own is not None and region in own.own.staff:
            for area in UNIT_AREAS:
                words = f"staff, {area.replace('_', ' ')} (FTE)"
                yield words, region, float(own.staff[area][here].sum()), float(ours.staff[area][here].sum())
