"""How units cope, as a table: on time, time given, cases, and units by status."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pandas as pd

from capacity_sim.analysis.delivered import (
    ACTIVITY_COLUMNS,
    CASE_GRADES,
    GRADE_COLUMNS,
    UNIT_COLUMNS,
    YEAR,
    Delivered,
)
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import load
from capacity_sim.runs.schema import NATIONAL
from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number

_HEADS = {
    "work_due": "fell due",
    "work_done_pct": "done %",
    "work_on_time_pct": "on time %",
    "time_given_pct": "time given %",
    "workload_pct": "load %",
    "backlog_hours": "hours waiting",
    "hours_owed": "hours owed",
    "caseload_per_officer": "cases each",
    "officers_over_40_pct": "over 40 %",
    "officers_over_50_pct": "over 50 %",
    "officers_over_60_pct": "over 60 %",
    "officers_over_70_pct": "over 70 %",
    "units_amber": "amber",
    "units_red": "red",
    "months_to_leave_red": "months to leave red",
}
_STEPS = {"work_due": 100, "backlog_hours": 1000, "hours_owed": 1000}
_CONTINUITY = "Changes of officer in a sentence that ended: {}, since the run began."
_UNITS = "Which unit is red is illustrative: below region figures rest on an allocation. Counts come before names."
_OF_CASES = tuple(name for name in GRADE_COLUMNS if name.startswith(("officers", "caseload")))


def delivery_report(found: Delivered) -> Report:
    """Table of how units cope.

    Parameters
    ----------
    found : Delivered

    Returns
    -------
    Report
    """
    last = words.month_name(found.year[-1])
    span = f"the year to {last}" if len(found.year) == YEAR else f"the {len(found.year)} months to {last}"
    titles = {activity.id: activity.title for activity in load().activities}
    grades = [grade for grade in load().dimensions["grade"] if grade != "trainee"]
    regions = [*(name for name in dict.fromkeys(found.units["region"]) if name not in ("total", NATIONAL)), "total"]
    label = {RangeKind.DRAWS: "range", RangeKind.CHANCE: "chance only"}.get(found.kind, "")
    by_grade = f"Sentence management by grade, {span}; cases and waiting at its end"
    by_region = f"Delivery units by status, mean of {span}"
    sheets = (
        _sheet(found.activities, "activity", _present(found.activities, "activity", list(titles)), ACTIVITY_COLUMNS,
               titles.__getitem__, f"{words.area_name(found.area)}: work of {span}", label),
        _sheet(found.grades, "grade", _present(found.grades, "grade", grades), GRADE_COLUMNS,
               lambda grade: words.GRADES[grade], by_grade, label),
        _sheet(found.units, "region", regions, UNIT_COLUMNS,
               lambda region: "All" if region == "total" else region, by_region, label),
    )  # fmt: skip
    changes = found.continuity.iloc[0]
    spread = interval(changes["low"], changes["high"], 0.01)
    told = number(changes["central"], 0.01) + (f" ({spread})" if spread else "")
    continuity = [] if math.isnan(changes["central"]) else [_CONTINUITY.format(told)]
    notes = (
        "Time given is the time that work was given as a share of what it needs: officers hurry when much is in hand. "
        "On time counts work done by its deadline, of all that fell due. What a red or amber status has paused is "
        "owed: it is no part of what waits. Load is hours due for each hundred hours available.",
        *continuity,
        *([_UNITS] if found.folder.illustrative else []),
        found.words,
        *([found.folder.own_words] if found.folder.own_words else []),
    )
    title = f"How units cope, {found.folder.name}, {found.folder.place}: {span}"
    return Report(title, (), sheets, notes, tuple(_records(found)))


def _present(frame: pd.DataFrame, key: str, order: Sequence[str]) -> list[str]:
    """Rows that have anything, in order."""
    there = set(frame.loc[frame["central"].fillna(0) != 0, key].astype(str))
    return [name for name in order if name in there]


def _sheet(
    frame: pd.DataFrame,
    key: str,
    rows: Sequence[str],
    columns: Sequence[str],
    name: Callable[[str], str],
    caption: str,
    label: str,
) -> Sheet:
    cells: list[tuple[str, ...]] = []
    for row in rows:
        mine = frame[frame[key].astype(str) == row].set_index("measure").reindex(list(columns))
        if key == "grade" and row not in CASE_GRADES:
            mine.loc[list(_OF_CASES)] = math.nan
        steps = [_STEPS.get(column, 0.1 if key == "region" else 1) for column in columns]
        cells.append((name(row), *(number(value, step) for value, step in zip(mine["central"], steps, strict=True))))
        if label and mine["low"].notna().any():
            ends = zip(mine["low"], mine["high"], steps, strict=True)
            cells.append((f"  {label}", *(interval(low, high, step) for low, high, step in ends)))
    return Sheet(("", *(_HEADS[column] for column in columns)), tuple(cells), caption)


def _records(found: Delivered) -> list[dict[str, Value]]:
    frames = (
        (found.activities, "activity"),
        (found.grades, "grade"),
        (found.units, "region"),
        (found.continuity, None),
    )
    records: list[dict[str, Value]] = []
    for frame, key in frames:
        for line in frame.to_dict("records"):
            figures = {end: line[end] for end in ("central", "low", "high")}
            records.append(
                {
                    "scenario": found.folder.name,
                    "from": found.year[0],
                    "to": found.year[-1],
                    "of": key or "all",
                    "name": str(line[key]) if key else "all",
                    "measure": str(line["measure"]),
                    **{end: None if value != value else round(float(value), 3) for end, value in figures.items()},
                }
            )
    return records
