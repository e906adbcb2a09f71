"""Published volumes of people and work beside those of a run: the arithmetic, and whether they agree.

Only a figure of the kind `check` is evidence. One that the model is set or fitted to shows that the setting holds, and
nothing here is ever tuned to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from capacity_sim.calendars import DAYS_A_WEEK, Calendar
from capacity_sim.data import DataSet
from capacity_sim.data.figures import Figure, Target
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise

DAYS_A_YEAR = 365.25
YEAR = ("2024-04", "2025-03")
COMMUNITY = ("community_order", "suspended_sentence", "licence", "post_sentence")
REPORTS = ("court_report_oral", "court_report_fast", "court_report_standard")
HOURS_A_DAY = "unpaid_work_hours_a_day"
#: every measure that a check reads
MEASURES = (
    "releases",
    "recalls",
    "work_due",
    "work_done",
    "work_on_time",
    "people_on_sentence",
    "in_post_fte",
)


@dataclass(frozen=True)
class Volume:
    """A volume of the year that some published figures state.

    Parameters
    ----------
    figures : tuple of str
        Ids of the published volumes; two are the ends of a range.
    measure : str
        Output of the catalogue, summed over the year.
    a_year : int
        How many of the published periods a year has: 1, or 4 for quarters.
    kind : str
        What the figure may be used for, as in `targets.yaml`; that of the target where there is one.
    words, note : str
        What it is, and how the model comes by it.
    where : mapping
        Column and values to keep.
    times : str
        Id of a published figure that a simulated unit is multiplied by, where the units differ.
    target : str
        Id of a target, which gives the tolerance.
    floor : bool
        Whether the published figure is a least one.
    """

    figures: tuple[str, ...]
    measure: str
    a_year: int
    kind: str
    words: str
    note: str
    where: Where | None = None
    times: str = ""
    target: str = ""
    floor: bool = False


VOLUMES = (
    Volume(
        ("first_releases",), "releases", 4, "fit", "First releases from custody",
        "starts in custody are set so as to keep it",
    ),
    Volume(("recalls",), "recalls", 4, "fit", "Recalls from licence", "the level of the hazard is fitted to it"),
    Volume(
        ("court_reports",), "work_due", 1, "input", "Pre-sentence reports",
        "the share of starts with a report is set from it", {"activity": REPORTS},
    ),
    Volume(
        ("unpaid_work_hours_offered",), "work_due", 4, "input", "Hours of unpaid work offered",
        "days offered; the mean number of days is set from it", {"activity": "unpaid_work_day"}, times=HOURS_A_DAY,
    ),
    Volume(
        ("unpaid_work_sentenced", "unpaid_work_sentenced_2025"), "work_due", 4, "input",
        "People sentenced to unpaid work", "the share of orders with the requirement is set from it",
        {"activity": "unpaid_work_arranged"},
    ),
    Volume(
        ("programme_starts",), "work_due", 1, "input", "Starts of accredited programmes, at the least",
        "the share of starts with a programme is set above it", {"activity": "programme_assessment"}, floor=True,
    ),
    Volume(
        ("serious_further_offence_notices",), "work_due", 1, "input", "Notices of serious further offences",
        "how often, by risk, is set near it", {"activity": "serious_further_offence_review"},
    ),
    Volume(
        ("rehabilitative_service_referrals",), "work_due", 1, "check", "Referrals to commissioned services",
        "how often, by risk, was chosen near it", {"activity": "referral"}, target="crs_referrals",
    ),
)  # fmt: skip
#: people of some types at the end of a month: target, month, types
STOCKS = (
    ("caseload_total_2025_03", "2025-03", (*COMMUNITY, "custody", "recalled")),
    ("caseload_community_2025_03", "2025-03", COMMUNITY),
    ("recall_population_2025_03", "2025-03", ("recalled",)),
)
#: share of the community caseload at the end of a month: target, month, risks
SHARES = (
    ("high_vh_share_2024_12", "2024-12", ("high", "very_high")),
    ("low_share_2024_12", "2024-12", ("low",)),
)
#: staff in post in a month, everywhere: target, month, grade (all of them when empty)
STAFF = (("po_in_post_2025_03", "2025-03", "PO"), ("all_staff_2025_03", "2025-03", ""))
#: share of a year's pieces of work that are on time (or done at all): target, measure, activity
TIMELINESS = (
    ("perf_induction_5d", "work_on_time", "induction"),
    ("perf_plan_15d", "work_on_time", "initial_assessment"),
    ("perf_monthly_offer", "work_done", "contact"),
    ("perf_upw_start_15d", "work_on_time", "unpaid_work_arranged"),
)


@dataclass(frozen=True)
class Check:
    """A published figure beside the simulated one.

    Parameters
    ----------
    id : str
        Id of the target, or of the published volume.
    words, unit, source : str
        What it is, in which unit, and where it is published.
    kind : str
        What the figure may be used for: ``check`` alone is evidence.
    simulated, published : float
        The two figures.
    highest : float, optional
        Upper end, where two figures are published.
    allowed : float, optional
        How far the simulated figure may be away, in its unit; None where no tolerance is set.
    floor : bool
        Whether the published figure is a least one.
    note : str
        How the model comes by the figure.
    """

    id: str
    words: str
    unit: str
    source: str
    kind: str
    simulated: float
    published: float
    highest: float | None = None
    allowed: float | None = None
    floor: bool = False
    note: str = ""

    @property
    def difference(self) -> float:
        """Simulated less published; 0 inside a published range or above a floor."""
        top = float("inf") if self.floor else self.published if self.highest is None else self.highest
        return max(0.0, self.simulated - top) + min(0.0, self.simulated - self.published)

    @property
    def difference_pct(self) -> float:
        """The same in per cent of the published figure."""
        return 100 * self.difference / self.published

    @property
    def passes(self) -> bool | None:
        """Whether it is inside the tolerance, the range, or above the floor; None where there is none of them."""
        if self.allowed is not None:
            return abs(self.difference) <= self.allowed
        return self.difference == 0 if self.floor or self.highest is not None else None


def checks(folder: RunFolder, dataset: DataSet) -> dict[str, tuple[Check, ...]]:
    """Published figures beside those of a run.

    Parameters
    ----------
    folder : RunFolder
        A finished run of the whole data set, to March 2025 or later.
    dataset : DataSet
        The published figures.

    Returns
    -------
    dict of str to tuple of Check
        ``volumes``, ``people``, ``staff`` and ``timeliness``; what the data set does not publish is left out.

    Raises
    ------
    UsageError
        When the run is of one region, or too short.
    """
    if folder.region is not None:
        raise UsageError(
            Fault(
                "one-region",
                f"the run `{folder.path.name}` is of {folder.region} alone, and the figures are of all regions",
                hint="run the scenario without `--region`",
            )
        )
    question = folder.question
    calendar = Calendar(date.fromisoformat(question["data"]["start"]), date.fromisoformat(question["horizon"]["end"]))
    return compared(folder.table(MEASURES), calendar, dataset)


def compared(table: pd.DataFrame, calendar: Calendar, dataset: DataSet) -> dict[str, tuple[Check, ...]]:
    """Do what `checks` does on monthly rows; figures of several draws or replications are their means."""
    first, last = YEAR
    if last not in calendar.months:
        raise UsageError(
            Fault(
                "too-short",
                f"the run ends in {calendar.months[-1]}, before {last}",
                hint="the figures are of the year to March 2025; give a later `--to`",
            )
        )
    year = _Year(table, calendar, tuple(month for month in calendar.months if first <= month <= last))
    targets = {target.id: target for target in dataset.targets}
    return {
        "volumes": tuple(_volumes(year, dataset.published["volumes"], targets)),
        "people": tuple(_people(year, targets)),
        "staff": tuple(
            _against(targets[name], year.at(month, "in_post_fte", {"grade": grade} if grade else None))
            for name, month, grade in STAFF
            if name in targets
        ),
        "timeliness": tuple(
            _against(targets[name], 100 * year.share(measure, {"activity": activity}))
            for name, measure, activity in TIMELINESS
            if name in targets
        ),
    }


@dataclass(frozen=True)
class _Year:
    """A year of a run's rows."""

    table: pd.DataFrame
    calendar: Calendar
    months: tuple[str, ...]

    def total(self, measure: str, where: Where | None = None) -> float:
        """Sum of the year, as if its weeks were a whole year."""
        weeks = sum(
            int(count)
            for month, count in zip(self.calendar.months, self.calendar.weeks_in_month, strict=True)
            if month in self.months
        )
        found = summarise(self.table, measure, (), self.months, where=where)["value"].mean()
        return float(found) * DAYS_A_YEAR / (DAYS_A_WEEK * weeks)

    def at(self, month: str, measure: str, where: Where | None = None) -> float:
        """Value of a month."""
        return float(summarise(self.table, measure, (), month, where=where)["value"].mean())

    def share(self, measure: str, where: Where) -> float:
        """Pieces of work done (on time) as a share of those that fell due in the year."""
        return self.total(measure, where) / self.total("work_due", where)


def _volumes(year: _Year, figures: Mapping[str, Any], targets: Mapping[str, Target]) -> Iterator[Check]:
    for volume in VOLUMES:
        found = [figures.get(name) for name in volume.figures if name in figures]
        if not found or (volume.times and volume.times not in figures):
            continue
        published: Sequence[Figure] = [one for one in found if isinstance(one, Figure)]
        low, high = published[0], published[-1]
        target = targets.get(volume.target)
        each = figures[volume.times].number if volume.times else 1.0
        simulated = each * year.total(volume.measure, volume.where) / volume.a_year
        yield Check(
            volume.figures[0],
            volume.words,
            low.unit,
            low.source,
            target.kind if target else volume.kind,
            simulated,
            low.number,
            high.number if len(published) > 1 else None,
            _allowed(target) if target else None,
            volume.floor,
            volume.note,
        )


def _people(year: _Year, targets: Mapping[str, Target]) -> Iterator[Check]:
    for name, month, types in STOCKS:
        if name in targets:
            yield _against(targets[name], year.at(month, "people_on_sentence", {"type": types}))
    for name, month, risks in SHARES:
        if name in targets:
            whole = year.at(month, "people_on_sentence", {"type": COMMUNITY})
            part = year.at(month, "people_on_sentence", {"type": COMMUNITY, "risk": risks})
            yield _against(targets[name], 100 * part / whole)


def _against(target: Target, simulated: float) -> Check:
    if target.value is None:
        message = f"target `{target.id}` has no value"
        raise ValueError(message)
    return Check(
        target.id,
        target.description,
        target.unit,
        target.source,
        target.kind,
        simulated,
        target.value,
        allowed=_allowed(target),
    )


def _allowed(target: Target) -> float | None:
    if target.tolerance_abs is not None:
        return target.tolerance_abs
    return None if target.tolerance is None or target.value is None else target.tolerance * target.value
