"""Table of what each measure does by itself."""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from capacity_sim.analysis.alone import EXPOSURE, NEEDED, PEOPLE, Alone
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import load
from capacity_sim.show import words
from capacity_sim.show.exposed import NOTE
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step

_HEADINGS = {
    NEEDED: "staff needed",
    "people_on_sentence": "on sentence",
    "people_supervised": "supervised",
    "people_tagged": "tagged",
}
#: kinds in the order of the table
_NAMES = {
    "event": "Events before the measures",
    "measure": "Measures",
    "part": "Parts of programmes",
    "programme": "Programmes",
    "combination": "Combinations",
    "stress": "Stress tests",
}
_STAFF_STEPS = ((10_000, 10.0), (1_000, 1.0))


def alone_report(found: Alone) -> Report:
    """One line a scenario, grouped by kind: what it changes, and the range below it."""
    outputs = (NEEDED, *PEOPLE, *(f"{EXPOSURE}.{risk}" for risk in load().dimensions["risk"]))
    steps = {name: _step(found, name) for name in outputs}
    by_name = {key: group.set_index("output") for key, group in found.frame.groupby("scenario")}
    ordered = sorted(found.scenarios, key=lambda one: list(_NAMES).index(one.kind))
    sheets = []
    for kind, group in groupby(ordered, key=lambda one: one.kind):
        rows: list[tuple[str, ...]] = []
        for one in group:
            mine = by_name[one.name]
            rows.append((one.name, *(number(mine.loc[name, "central"], steps[name], sign=True) for name in outputs)))
            if mine["low"].notna().any():
                ends = ((mine.loc[name, "low"], mine.loc[name, "high"], steps[name]) for name in outputs)
                rows.append(("", *(interval(low, high, step, sign=True) for low, high, step in ends)))
        risks = [words.RISKS[risk] for risk in load().dimensions["risk"]]
        heading = ("", _HEADINGS[NEEDED], *(_HEADINGS[name] for name in PEOPLE), *risks)
        sheets.append(Sheet(heading, tuple(rows), _NAMES[kind]))
    month = words.month_name(found.month)
    title = f"What each does by itself, less {found.base.name}, {month}, {found.place}"
    staff = f"{words.area_name(found.area).lower()} on {words.BASES[found.basis].partition(' (')[0]}"
    lead = (
        f"Staff needed is FTE of {staff}, mean of the month; people are at its end; the last four columns are "
        "person-months without contact in the year to it, by risk.",
    )
    ranges = (
        f"Range: 10th to 90th percentile of {found.draws} draws; the figure is the middle one."
        if found.kind is RangeKind.DRAWS
        else "No range: every assumption at its central value. `--draws 20` gives ranges; `capacity-sim assumptions` "
        "has the range of every one."
    )
    notes = (
        "Each stands on the baseline alone, with the law before it where it builds on one. They act on the same hours, "
        "so they do not add up: `capacity-sim compare baseline in-force --by change` says what each adds.",
        ranges,
        NOTE,
    )
    return Report(title, lead, tuple(sheets), notes, _records(found, steps))


def _step(found: Alone, output: str) -> float:
    """Rounding: staff by the size of the service, counts to three figures of the largest."""
    if output == NEEDED:
        return next((step for least, step in _STAFF_STEPS if found.needed >= least), 0.1)
    values = found.frame.loc[found.frame["output"] == output, "central"].abs()
    return max(1.0, significant(values)) if values.any() else 1.0


def _records(found: Alone, steps: dict[str, float]) -> tuple[dict[str, Value], ...]:
    kinds = {one.name: one.kind for one in found.scenarios}
    records: list[dict[str, Value]] = []
    for line in found.frame.to_dict("records"):
        output = str(line["output"])
        measure, _, risk = output.partition(".")
        ends = {key: _end(line[key], steps[output]) for key in ("central", "low", "high")}
        records.append(
            {
                "scenario": str(line["scenario"]),
                "kind": kinds[str(line["scenario"])],
                "less": found.base.name,
                "place": found.place,
                "measure": measure,
                "unit": load().outputs[measure].unit,
                "area": found.area if measure == NEEDED else None,
                "basis": found.basis if measure == NEEDED else None,
                "risk": risk or None,
                "month": found.month,
                **ends,
                "range": found.kind.value,
                "rounded_to": steps[output],
            }
        )
    return tuple(records)


def _end(value: float, step: float) -> Value:
    return None if pd.isna(value) else to_step(value, step)
