"""Table of exposure: person-months without contact, by risk, of the runs that are compared."""

from __future__ import annotations

import pandas as pd

from capacity_sim.analysis.exposure import MEASURE, MONTHS_A_YEAR, Exposure
from capacity_sim.catalogue import load
from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step

NOTE = (
    "Exposure only: months that people in the community spend on a sentence without contact, because it is suspended "
    "or they are unsupervised. Nothing is said here of reoffending or harm."
)


def exposure_report(found: Exposure) -> Report:
    """Levels of each run by risk, and differences from the first."""
    risks = load().dimensions["risk"]
    step = max(1.0, significant(found.frame["central"]))
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, Value]] = []
    base = found.folders[0].name
    for folder in dict.fromkeys(one.name for one in found.folders):
        for row, sign in (("level", False), ("difference", True)):
            cells = _cells(found.frame, folder, row, risks)
            if cells is None:
                continue
            label = folder if row == "level" else f"  less {base}"
            rows.append((label, *(number(one, step, sign) for one in cells["central"])))
            if cells["low"].notna().any():
                spans = zip(cells["low"], cells["high"], strict=True)
                rows.append(("", *(interval(low, high, step, sign) for low, high in spans)))
            for risk, line in cells.iterrows():
                ends = {key: to_step(line[key], step) for key in ("central", "low", "high")}
                records.append(
                    {
                        "scenario": folder,
                        "less": base if sign else None,
                        "place": found.folders[0].place,
                        "measure": MEASURE,
                        "unit": load().outputs[MEASURE].unit,
                        "risk": str(risk),
                        "month": found.months[-1],
                        "months": len(found.months),
                        **ends,
                        "range": found.kind.value,
                        "rounded_to": step,
                    }
                )
    columns = ("", *(words.RISKS[risk] for risk in risks))
    last = words.month_name(found.months[-1])
    whole = len(found.months) == MONTHS_A_YEAR
    span = f"the year to {last}" if whole else f"the {len(found.months)} months to {last}"
    title = f"Person-months without contact in {span}, by risk of serious harm, {found.folders[0].place}"
    return Report(title, (), (Sheet(columns, tuple(rows)),), (NOTE,), tuple(records))


def _cells(frame: pd.DataFrame, folder: str, row: str, risks: tuple[str, ...]) -> pd.DataFrame | None:
    """Middle and range of a run by risk; risks without anybody are 0."""
    found = frame[(frame["scenario"] == folder) & (frame["row"] == row)]
    if found.empty and row == "difference":
        return None
    by_risk = found.assign(risk=found["risk"].astype(str)).set_index("risk").reindex(list(risks))
    return by_risk[["central", "low", "high"]].fillna({"central": 0.0})
