"""All that a report says of one or more runs, from their folders alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from capacity_sim.analysis.compare import NEVER_ZERO, Comparison, check_alike, compare, marches
from capacity_sim.analysis.exposure import MEASURE as EXPOSED
from capacity_sim.analysis.exposure import Exposure, exposure
from capacity_sim.analysis.from_draws import Drawn, drawn
from capacity_sim.analysis.headline import STAFF, Headline, headline
from capacity_sim.analysis.places import WITH_CASES, caseloads, regions
from capacity_sim.analysis.recorded import Recorded, recorded
from capacity_sim.analysis.steps import Steps, steps
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.held import held
from capacity_sim.runs.store import RunFolder

#: outputs whose differences a report shows
COMPARED = ("gap_fte", "shortfall_fte", "required_fte", "in_post_fte")
#: outputs of which it asks much
_ASKED = (*STAFF, EXPOSED, WITH_CASES, *(name for name in load().outputs if name.startswith("officers_over_")))


@dataclass(frozen=True)
class Dossier:
    """All that a report says.

    Parameters
    ----------
    folders : tuple of RunFolder
        The runs: the first is what the others are held against, the last is what the report is about.
    month, area : str
        Of the figures.
    headlines : tuple of Headline
        Short answer of each run.
    comparisons : mapping of measure to Comparison
        Paired differences; empty for one run.
    exposure : Exposure
        Months without contact by risk.
    steps : Steps or None
        From the first run to the last.
    regions : pandas.DataFrame
        Gap of the last run by region.
    caseloads : pandas.DataFrame
        Officers of the last run by cases held.
    drivers : tuple of Drawn
        What goes with the gap of the last run, and with its difference from the first.
    recorded : tuple of Recorded
        Scenario of each run.
    """

    folders: tuple[RunFolder, ...]
    month: str
    area: str
    headlines: tuple[Headline, ...]
    comparisons: Mapping[str, Comparison]
    exposure: Exposure
    steps: Steps | None
    regions: pd.DataFrame
    caseloads: pd.DataFrame
    drivers: tuple[Drawn, ...]
    recorded: tuple[Recorded, ...]

    @property
    def base(self) -> RunFolder:
        """Run that the others are held against."""
        return self.folders[0]

    @property
    def subject(self) -> RunFolder:
        """Run that the report is about."""
        return self.folders[-1]

    @property
    def headline(self) -> Headline:
        """Short answer of the run that the report is about."""
        return self.headlines[-1]

    def total(self, measure: str, run: int = -1) -> tuple[float, float, float]:
        """Middle, low and high of a measure of staff over all grades of a run."""
        frame = self.headlines[run].staff
        line = frame[(frame["measure"] == measure) & (frame[self.headlines[run].by] == "total")].iloc[0]
        return float(line["central"]), float(line["low"]), float(line["high"])

    def difference(self, measure: str, run: str | None = None) -> tuple[float, float, float]:
        """Middle, low and high of the paired difference of a run from the first, in the month of the report."""
        frame = self.comparisons[measure].frame
        name = run or self.subject.name
        mine = (frame["scenario"] == name) & (frame["row"] == "difference") & (frame["month"] == self.month)
        line = frame[mine].iloc[0]
        return float(line["central"]), float(line["low"]), float(line["high"])


def dossier(
    folders: Sequence[RunFolder], month: str | None = None, area: str = "sentence_management"
) -> Dossier:
    """Everything a report needs, from run folders alone.

    Parameters
    ----------
    folders : sequence of RunFolder
        One or more finished runs.
    month : str, optional
        Month of the figures; the last March by default.
    area : str
        Area of work.

    Raises
    ------
    NotComparableError
        When runs differ in more than their scenario.
    UsageError
        For no run, one run twice, or a month that the runs lack.
    """
    if not folders:
        raise UsageError(Fault("no-run", "a report needs a run", hint="name a run folder"))
    names = [folder.name for folder in folders]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(Fault("same-name", f"two runs are of `{twice}`", hint="name one run of each scenario"))
    check_alike(folders)
    folders = [held(folder, _ASKED, area, [NEVER_ZERO]) for folder in folders]
    base, subject = folders[0], folders[-1]
    month = month or marches(subject.months)[-1]
    heads = tuple(headline(folder, month, area=area) for folder in folders)
    several = len(folders) > 1
    months = [*(one for one in marches(base.months) if one < month), month]
    found = {
        measure: compare(folders, measure, months, where={"area": area}) for measure in (COMPARED if several else ())
    }
    drivers = [drawn(subject, "gap_fte", month, area)]
    if several:
        drivers.insert(0, drawn(subject, "gap_fte", month, area, less=base))
    return Dossier(
        tuple(folders),
        month,
        area,
        heads,
        found,
        exposure(folders, month),
        steps(folders, "gap_fte", month, area) if several else None,
        regions(subject, "gap_fte", month, area),
        caseloads(subject, month),
        tuple(drivers),
        tuple(recorded(folder) for folder in folders),
    )
