"""The short answer of one run: how many are needed, how many there are, on which timing, what is not done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from capacity_sim.analysis.compare import marches, paired
from capacity_sim.analysis.spread import RangeKind, range_kind, range_words, spread
from capacity_sim.analysis.variance import Split, split
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise

#: the columns of the table, in order
STAFF = ("required_fte", "funded_fte", "in_post_fte", "available_fte", "shortfall_fte", "gap_fte")
#: measures that are stated on a timing basis
ON_BASIS = ("required_fte", "shortfall_fte", "gap_fte")
EVERY = "every"
_WORK = (
    "work_due",
    "work_not_done",
    "hours_due",
    "hours_short",
    "hours_lapsed",
    "backlog_hours",
    "units_amber",
    "units_red",
)
#: shares that are told with what they are of; each is taken draw by draw, so it has a range of its own
_SHARES = {
    "shortfall_fte": "required_fte",
    "gap_fte": "required_fte",
    "work_not_done": "work_due",
    "hours_short": "hours_due",
}
_YEAR = 12
#: trainees are inside the published count of probation services officers
TRAINEE_INSIDE = {"trainee": "PSO"}
TOTAL = "total"


@dataclass(frozen=True)
class Headline:
    """The short answer of one run, for one area of work and one month.

    Parameters
    ----------
    folder : RunFolder
        The run.
    month : str
        Month of the figures.
    area : str
        Area of work.
    by : str
        What the rows of `staff` are: grade, region or unit.
    staff : pandas.DataFrame
        Columns of `by` (with a row ``total``), measure, central, low, high.
    bases : pandas.DataFrame
        The total on each timing: basis, measure, central, low, high.
    years : pandas.DataFrame
        The total month by month, for each March: month, measure, central, low, high.
    work : pandas.DataFrame
        What is not done, over the year to the month (or since the start): measure, central, low, high.
    not_done_by_risk : pandas.DataFrame
        Pieces of work not done in that year: risk, central, low, high.
    shares : pandas.DataFrame
        Parts of a whole in per cent, draw by draw: shortfall and gap of the staff needed, pieces not done of those
        that fell due, hours that work went without of those due: measure, central, low, high.
    year : tuple of str
        Months of that year.
    kind : RangeKind
        Where the ranges come from.
    words : str
        The same in a sentence.
    split : Split or None
        Ignorance and chance in the gap of the month.
    moved : pandas.DataFrame
        The gap of the month less that of the first of `years`, draw by draw: central, low, high; no row where there is
        one month.
    """

    folder: RunFolder
    month: str
    area: str
    by: str
    staff: pd.DataFrame
    bases: pd.DataFrame
    years: pd.DataFrame
    work: pd.DataFrame
    not_done_by_risk: pd.DataFrame
    shares: pd.DataFrame
    year: tuple[str, ...]
    kind: RangeKind
    words: str
    split: Split | None
    moved: pd.DataFrame

    def value(self, measure: str, row: str = TOTAL) -> float:
        """Central value of a measure in a row of the table."""
        found = self.staff[(self.staff["measure"] == measure) & (self.staff[self.by] == row)]
        return float(found["central"].iloc[0])

    def share(self, measure: str) -> tuple[float, float, float]:
        """Middle, low and high of a share (per cent)."""
        line = self.shares[self.shares["measure"] == measure].iloc[0]
        return float(line["central"]), float(line["low"]), float(line["high"])


def headline(
    folder: RunFolder,
    month: str | None = None,
    *,
    area: str = "sentence_management",
    by: str = "grade",
    months: Sequence[str] | None = None,
) -> Headline:
    """Short answer of a run.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    month : str, optional
        Month of the figures; the last of `months` by default.
    area : str
        Area of work.
    by : {"grade", "region", "unit"}
        Rows of the table; a run with its units kept is needed for the last.
    months : sequence of str, optional
        Months to report; those of the run by default.

    Raises
    ------
    UsageError
        When the run has no such month.
    """
    reported = tuple(months or folder.months)
    month = month or reported[-1]
    if month not in folder.months:
        raise UsageError(
            Fault(
                "unknown-month",
                f"the run `{folder.path.name}` has no month `{month}`",
                hint=f"its months run from {folder.months[0]} to {folder.months[-1]}",
            )
        )
    marked = [found for found in marches(reported) if found < month] + [month]
    year = tuple(found for found in folder.months if found <= month)[-_YEAR:]
    # of many draws, only what is shown is held in memory
    where: Where = {"area": [area, None], "month": sorted({*marked, *year})}
    table = folder.table([*STAFF, *_WORK], where, units=by == "unit")
    totals = _totals(table, marked)
    basis = folder.timing_basis
    now, stated = totals["month"] == month, totals["basis"].isin([basis, EVERY])
    return Headline(
        folder,
        month,
        area,
        by,
        staff=pd.concat(
            [_rows(table, month, basis, by), totals[now & stated].assign(**{by: TOTAL})], ignore_index=True
        )[[by, "measure", "central", "low", "high"]],
        bases=_on_every_basis(totals[now]),
        years=totals[stated].drop(columns="basis"),
        work=_work(table, year),
        shares=_shares(table, month, year, basis),
        not_done_by_risk=spread(summarise(table, "work_not_done", ["risk"], year), ["risk"]),
        year=year,
        kind=range_kind(folder),
        words=range_words(folder),
        split=split(summarise(table, "gap_fte", (), month, basis=basis)),
        moved=_moved(table, marked, basis),
    )


def _totals(table: pd.DataFrame, months: Sequence[str]) -> pd.DataFrame:
    """Totals of the area by month, measure and basis; measures without a basis have the basis ``every``."""
    frames = []
    for measure in STAFF:
        keys = ["month", "basis"] if measure in ON_BASIS else ["month"]
        frames.append(spread(summarise(table, measure, keys, months), keys).assign(measure=measure))
    totals = pd.concat(frames, ignore_index=True)
    return totals.assign(basis=totals["basis"].fillna(EVERY))


def _moved(table: pd.DataFrame, months: Sequence[str], basis: str) -> pd.DataFrame:
    """Gap of the last month less that of the first, draw by draw."""
    last, first = (summarise(table, "gap_fte", (), months[place], basis=basis) for place in (-1, 0))
    return spread(paired(first, last, [])).head(len(months) - 1)


def _on_every_basis(totals: pd.DataFrame) -> pd.DataFrame:
    """One block of rows for each basis; what has no basis is the same on each."""
    blocks = [
        totals[totals["basis"].isin([name, EVERY])].assign(basis=name) for name in load().dimensions["basis"]
    ]
    return pd.concat(blocks, ignore_index=True).drop(columns="month")


def _rows(table: pd.DataFrame, month: str, basis: str, by: str) -> pd.DataFrame:
    frames = []
    for measure in STAFF:
        totals = summarise(table, measure, [by], month, basis=basis)
        if by == "grade":
            grades = totals["grade"].replace(TRAINEE_INSIDE)
            totals = (
                totals.assign(grade=grades).groupby(["draw", "rep", "grade"], as_index=False)["value"].sum()
            )
        frames.append(spread(totals, [by]).assign(measure=measure))
    return pd.concat(frames, ignore_index=True)


def _work(table: pd.DataFrame, year: Sequence[str]) -> pd.DataFrame:
    frames = [spread(summarise(table, measure, (), year)).assign(measure=measure) for measure in _WORK]
    return pd.concat(frames, ignore_index=True)


def _shares(table: pd.DataFrame, month: str, year: Sequence[str], basis: str) -> pd.DataFrame:
    keys, frames = ["draw", "rep"], []
    for measure, whole in _SHARES.items():
        months = month if measure in STAFF else year
        part, of = (
            summarise(table, name, (), months, basis=basis if name in ON_BASIS else None).set_index(keys)["value"]
            for name in (measure, whole)
        )
        share = (100 * part / of.where(of > 0)).reset_index()
        frames.append(spread(share).assign(measure=measure))
    return pd.concat(frames, ignore_index=True)
