"""The trainee pipeline as sentences and a table of cohorts."""

from __future__ import annotations

import datetime as dt

from capacity_sim.analysis.cohorts import Cohort, Pipeline
from capacity_sim.data import DataSet
from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, number

_STEP = 1
_COLUMNS = (
    "start", "starters", "drop-outs", "qualify", "part-time", "qualified", "helps from", "paid back", "POs from",
    "POs paid back",
)  # fmt: skip


def pipeline_report(found: Pipeline, scenario: str, dataset: DataSet, show: bool) -> Report:
    """Report of a pipeline.

    Parameters
    ----------
    found : Pipeline
    scenario : str
        What it is of.
    dataset : DataSet
        What it rests on.
    show : bool
        Whether the cohorts are shown one by one.
    """
    sheets = (Sheet(_COLUMNS, tuple(_row(cohort) for cohort in found.cohorts), "Heads; months"),) if show else ()
    notes = (
        "Expected numbers by the rules, without chance and as if there were places and mentors for all; runs count "
        "who is not taken on. Helps from: first month from which what trainees give as PSOs, less their mentors' "
        "time, and what officers give stays above zero; paid back: the sum does. POs count the time of POs alone, so "
        "mentoring is all that they have of a cohort until it qualifies.",
        "Time of mentors is assumed: no figure is published.",
    )
    own = (dataset.own.words,) if dataset.own is not None else ()
    return Report(
        f"{scenario}: the trainee pipeline, {dataset.title}",
        sentences(found),
        sheets,
        (*notes, *own) if show else own,
        tuple(_record(found, scenario, dataset.title, cohort) for cohort in found.cohorts),
    )


def sentences(found: Pipeline) -> tuple[str, ...]:
    """What the calendar and the durations say of a month."""
    by, latest, last = (_month(day) for day in (found.by, found.latest, found.last_intake))
    takes = f"{found.months} months full-time, {found.part_time_months} part-time"
    first = (
        f"No intake after {latest} (with intakes in March and September: after {last}) can yield a qualified "
        f"officer by {by}: training takes {takes}."
    )
    known = next((one for one in found.cohorts if one.start == found.last_intake), None)
    if known is None:
        return (first,)
    when = "qualifies in"
    return (
        first,
        f"The intake of {last}, {number(known.starters, _STEP)} starters, {when} {_month(known.qualifies)}: "
        f"{number(known.qualified, _STEP)} officers, part-time trainees among them in "
        f"{_month(known.qualifies_part_time)}.",
    )


def _row(cohort: Cohort) -> tuple[str, ...]:
    dates = (
        cohort.positive(cohort.effect), cohort.paid_back(cohort.effect), cohort.positive(cohort.officers),
        cohort.paid_back(cohort.officers),
    )  # fmt: skip
    return (
        _month(cohort.start, short=True),
        number(cohort.starters, _STEP),
        number(cohort.dropouts, _STEP),
        _month(cohort.qualifies, short=True),
        _month(cohort.qualifies_part_time, short=True),
        number(cohort.qualified, _STEP),
        *("-" if day is None or not cohort.starters else _month(day, short=True) for day in dates),
    )


def _record(found: Pipeline, scenario: str, place: str, cohort: Cohort) -> dict[str, Value]:
    def text(day: dt.date | None) -> str | None:
        return None if day is None or not cohort.starters else f"{day:%Y-%m}"

    return {
        "scenario": scenario,
        "place": place,
        "start": text(cohort.start) or f"{cohort.start:%Y-%m}",
        "starters": round(cohort.starters),
        "dropouts": round(cohort.dropouts),
        "qualifies": f"{cohort.qualifies:%Y-%m}",
        "qualifies_part_time": f"{cohort.qualifies_part_time:%Y-%m}",
        "qualified": round(cohort.qualified),
        "helps_from": text(cohort.positive(cohort.effect)),
        "paid_back": text(cohort.paid_back(cohort.effect)),
        "po_helps_from": text(cohort.positive(cohort.officers)),
        "po_paid_back": text(cohort.paid_back(cohort.officers)),
        "by": f"{found.by:%Y-%m}",
        "in_time": "yes" if cohort.qualifies <= found.by else "no",
    }


def _month(day: dt.date, short: bool = False) -> str:
    return words.month_name(f"{day:%Y-%m}", short)
