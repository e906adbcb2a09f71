"""How units cope in one run: what is on time, the time work is given, who is red, how many cases officers hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from capacity_sim.analysis.spread import RangeKind, range_kind, range_words, spread
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

AREA = "sentence_management"
YEAR = 12
#: of each activity: pieces due, and shares done and on time
ACTIVITY_COLUMNS = ("work_due", "work_done_pct", "work_on_time_pct")
#: of each grade: over the year, and at its end
GRADE_COLUMNS = (
    "time_given_pct",
    "workload_pct",
    "backlog_hours",
    "hours_owed",
    "caseload_per_officer",
    "officers_over_40_pct",
    "officers_over_50_pct",
    "officers_over_60_pct",
    "officers_over_70_pct",
)
#: grades that hold cases
CASE_GRADES = ("PO", "PSO")
UNIT_COLUMNS = ("units_amber", "units_red", "months_to_leave_red")


@dataclass(frozen=True)
class Delivered:
    """How units cope, over the year that ends with a month.

    Parameters
    ----------
    folder : RunFolder
    year : tuple of str
        Months of the year.
    activities : pandas.DataFrame
        activity, measure, central, low, high: of an area of work.
    grades : pandas.DataFrame
        grade, measure, central, low, high: of sentence management.
    units : pandas.DataFrame
        region, measure, central, low, high: units by status on average over the year, and months to leave red.
    continuity : pandas.DataFrame
        measure, central, low, high.
    area : str
        Area of `activities`.
    kind : RangeKind
    words : str
        Where the ranges come from, in a sentence.
    """

    folder: RunFolder
    year: tuple[str, ...]
    activities: pd.DataFrame
    grades: pd.DataFrame
    units: pd.DataFrame
    continuity: pd.DataFrame
    area: str
    kind: RangeKind
    words: str


def delivered(folder: RunFolder, month: str | None = None, area: str = AREA) -> Delivered:
    """How units cope over the year that ends with a month.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    month : str, optional
        Last month of the year; the last of the run by default. A run that begins later has a shorter year.
    area : str
        Area of work of which activities are listed.

    Returns
    -------
    Delivered

    Raises
    ------
    UsageError
        When the run has no such month.
    """
    month = month or folder.months[-1]
    if month not in folder.months:
        raise UsageError(
            Fault(
                "unknown-month",
                f"the run `{folder.path.name}` has no month `{month}`",
                hint=f"its months run from {folder.months[0]} to {folder.months[-1]}",
            )
        )
    year = tuple(found for found in folder.months if found <= month)[-YEAR:]
    work = folder.table(["work_due", "work_done", "work_on_time"], {"area": area})
    staff = folder.table(_parts(GRADE_COLUMNS), {"area": AREA})
    whole = folder.table([*_parts(UNIT_COLUMNS), *_parts(("officer_changes_per_sentence",))])
    grades = [_shown(staff, name, ["grade"], year) for name in GRADE_COLUMNS]
    units = [_units(whole, year, keys) for keys in ([], ["region"])]
    return Delivered(
        folder,
        year,
        activities=pd.concat([_shown(work, name, ["activity"], year) for name in ACTIVITY_COLUMNS], ignore_index=True),
        grades=pd.concat(grades, ignore_index=True),
        units=pd.concat(units, ignore_index=True),
        continuity=_shown(whole, "officer_changes_per_sentence", [], year),
        area=area,
        kind=range_kind(folder),
        words=range_words(folder),
    )


def _parts(names: Sequence[str]) -> list[str]:
    """Measures that files hold for some outputs: of a ratio its parts."""
    outputs = load().outputs
    found: list[str] = []
    for name in names:
        spec = outputs[name]
        found += [part for part in (spec.numerator, spec.denominator) if part] or [name]
    return list(dict.fromkeys(found))


def _shown(table: pd.DataFrame, measure: str, keys: list[str], year: Sequence[str]) -> pd.DataFrame:
    """Middle and range of a measure over the year."""
    return spread(summarise(table, measure, keys, year), keys).assign(measure=measure)


def _units(table: pd.DataFrame, year: Sequence[str], keys: list[str]) -> pd.DataFrame:
    """Units by status, on average over the months of the year, and months to leave red."""
    frames = []
    for measure in UNIT_COLUMNS:
        if measure == "months_to_leave_red":
            frames.append(_shown(table, measure, keys, year))
            continue
        monthly = summarise(table, measure, [*keys, "month"], year)
        mean = monthly.groupby(["draw", "rep", *keys], as_index=False, dropna=False, observed=True)["value"].mean()
        frames.append(spread(mean, keys).assign(measure=measure))
    found = pd.concat(frames, ignore_index=True)
    return found if keys else found.assign(region="total")
