"""Tables of calibration: what was fitted to what, and simulated beside published need."""

from __future__ import annotations

import math

import pandas as pd

from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, number

_BASES = tuple(words.BASES)


def reconcile_report(frame: pd.DataFrame, place: str) -> Report:
    """Eight areas on three timings: simulated, published, and the difference.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns area, basis, simulated, published (missing where print has a blank) and tolerance (as a
        share).
    place : str
        Title of the data set.
    """
    rows, records, missed, held = [], [], [], 0
    for area in dict.fromkeys(frame["area"]):
        cells = [words.area_name(area)]
        for basis in _BASES:
            found = frame[(frame["area"] == area) & (frame["basis"] == basis)]
            if found.empty:
                cells += ["-", "-", "-"]
                continue
            line = found.iloc[0]
            simulated, published = float(line["simulated"]), float(line["published"])
            blank = math.isnan(published)
            off = math.nan if blank else 100 * (simulated - published) / published
            tolerance = float(line["tolerance"]) if "tolerance" in found else math.nan
            inside = None if blank or math.isnan(tolerance) else abs(off) <= 100 * tolerance
            held += inside is not None
            mark = " !" if inside is False else ""
            cells += [
                number(simulated, 1),
                "blank" if blank else number(published, 1),
                "" if blank else f"{off:+.1f}%{mark}",
            ]
            if inside is False:
                missed.append(f"{words.area_name(area).lower()} on {basis.replace('_', ' ')} timings")
            records.append(_record(str(area), basis, simulated, published, off, tolerance, inside))
        rows.append(tuple(cells))
    columns = ["Area"]
    for basis in _BASES:
        columns += [f"{basis.replace('_', '-')}\nsimulated", "\npublished", "\ndiffers"]
    verdict = (
        f"Outside their tolerance (!): {', '.join(missed)}."
        if missed
        else f"Every figure that carries a tolerance is inside it ({held})."
    )
    notes = (
        "The difference is per cent of the published figure. A blank is a cell that the report leaves empty.",
        "The level of each area is fitted to these figures, so agreement is no evidence: it shows that the "
        "fit holds.",
        verdict,
    )
    return Report(
        f"Staff needed before Reset, simulated beside published, {place} (FTE)",
        (),
        (Sheet(tuple(columns), tuple(rows)),),
        notes,
        tuple(records),
    )


def _record(
    area: str,
    basis: str,
    simulated: float,
    published: float,
    off: float,
    tolerance: float,
    inside: bool | None,
) -> dict[str, Value]:
    return {
        "area": area,
        "basis": basis,
        "simulated": round(simulated, 1),
        "published": None if math.isnan(published) else published,
        "difference_pct_of_published": None if math.isnan(off) else round(off, 2),
        "tolerance_pct": None if math.isnan(tolerance) else 100 * tolerance,
        "inside": None if inside is None else str(inside).lower(),
    }


def fitted_report(frame: pd.DataFrame, place: str) -> Report:
    """What was fitted: each value, and why it is what it is.

    Parameters
    ----------
    frame : pandas.DataFrame
        A line for each value: path, where (a mapping), value, why.
    place : str
        Title of the data set.
    """
    records: list[dict[str, Value]] = [
        {
            "path": str(line["path"]),
            "where": ",".join(f"{dim}={value}" for dim, value in (line.get("where") or {}).items()),
            "value": round(float(line["value"]), 6),
            "why": str(line["why"]),
        }
        for line in frame.to_dict("records")
    ]
    rows = tuple(
        (str(one["path"]), str(one["where"]), f"{one['value']:.4g}", str(one["why"])) for one in records
    )
    sheet = Sheet(("path", "where", "value", "why"), rows, words=4)
    notes = ("A scale outside 0.5 to 2 is a sign of work that the catalogue lacks.",)
    return Report(f"Fitted values, {place}", (), (sheet,), notes, tuple(records))
