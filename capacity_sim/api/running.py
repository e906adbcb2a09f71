"""Finished runs, and what can be asked of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, overload

import pandas as pd

from capacity_sim.analysis.compare import NEVER_ZERO, marches, output
from capacity_sim.analysis.headline import headline
from capacity_sim.analysis.spread import spread
from capacity_sim.api.asked import inside, kept_units
from capacity_sim.api.naming import why
from capacity_sim.api.scenarios import Scenario
from capacity_sim.api.shown import Shown
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise
from capacity_sim.show import charts, rounding
from capacity_sim.show.charts.chart import Chart
from capacity_sim.show.tables import run_report

if TYPE_CHECKING:
    from capacity_sim.api.comparing import Comparison

AREA = "sentence_management"
Progress = Callable[[float, int, float | None], None]


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run: its answer, its figures as pandas, and its charts.

    Parameters
    ----------
    folder : RunFolder
        The folder on disk.
    scenario : Scenario, optional
        What was run, when it is at hand.
    reused : bool
        Whether it was on disk already.
    """

    folder: RunFolder
    scenario: Scenario | None = field(default=None, compare=False)
    reused: bool = field(default=True, compare=False)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.folder.name

    @property
    def months(self) -> tuple[str, ...]:
        """Months of the results, as ``2029-03``."""
        return self.folder.months

    @cached_property
    def monthly(self) -> pd.DataFrame:
        """All rows: draw, rep, month, region, unit, area, grade, basis, measure, type, risk, activity, value."""
        return self.folder.table(units=True)

    def headline(
        self, at: str | None = None, *, by: str = "grade", area: str = AREA
    ) -> Shown:
        """Short answer: staff needed, in post, available, short; on each timing; over time; and what is not done.

        Parameters
        ----------
        at : str, optional
            Month, as ``2029-03``; the last by default.
        by : {"grade", "region", "unit"}
            Rows of the table.
        area : str
            Area of work.
        """
        kept_units(self.folder, [by])
        inside("required_fte", area)
        found = headline(self.folder, at, by=by, area=area)
        return Shown(run_report(found), lambda: self.plot(area=area))

    def table(
        self,
        measure: str = "gap_fte",
        *,
        at: str | Sequence[str] | None = None,
        by: str | Sequence[str] = (),
        area: str | None = AREA,
        where: Where | None = None,
        basis: str | None = None,
    ) -> pd.DataFrame:
        """One output, month by month: the middle of the draws and the 10th to 90th percentile.

        Parameters
        ----------
        measure : str
            Output of the catalogue.
        at : str or sequence of str, optional
            Months; every March by default.
        by : str or sequence of str
            Columns to keep, such as ``"grade"``.
        area : str or None
            Area of work; None for all of them. Not used where an output has none.
        where : mapping, optional
            Column and the value or values to keep.
        basis : str, optional
            Timing basis; that of the run by default.

        Returns
        -------
        pandas.DataFrame
            Columns of `by`, month, central, low, high, in the unit of the output; not rounded.

        Raises
        ------
        UsageError
            For an unknown output, month, column or value, or for units that the run did not keep.
        """
        spec = output(measure)
        keys = [by] if isinstance(by, str) else list(by)
        months = list(marches(self.months)) if at is None else [at] if isinstance(at, str) else list(at)
        kept = {**inside(measure, None if "area" in keys else area), **(where or {})}
        parts = [name for name in (spec.name, spec.numerator, spec.denominator) if name is not None]
        kept_units(self.folder, [*keys, *kept])
        table = self.folder.table([*parts, NEVER_ZERO], units="unit" in [*keys, *kept])
        total = summarise(
            table, measure, [*keys, "month"], months, where=kept, basis=basis or self.folder.timing_basis
        )
        return spread(total, [*keys, "month"])

    def say(
        self,
        measure: str = "gap_fte",
        *,
        at: str | None = None,
        area: str | None = AREA,
        where: Where | None = None,
        basis: str | None = None,
    ) -> str:
        """One figure with its range, for a sentence: such as ``7,200 FTE (6,900 to 7,600)``.

        Parameters
        ----------
        measure : str
            Output of the catalogue.
        at : str, optional
            Month; the last March by default.
        area, where, basis
            As of `table`.

        Returns
        -------
        str
            Rounded as tables are; without a range when there is one draw.
        """
        month = at or marches(self.months)[-1]
        line = self.table(measure, at=month, area=area, where=where, basis=basis).iloc[0]
        kept = {**inside(measure, area), **(where or {})}
        step = rounding.level_step(output(measure), self.folder, kept, [line["central"]])
        return rounding.said(line, output(measure), step)

    def thresholds(
        self,
        *,
        movers: bool = False,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: Progress | None = None,
    ) -> Shown:
        """Which thresholds the run meets: how surely, when first, who acts, and which change moved each most.

        Parameters
        ----------
        movers : bool
            Find what moved each, by running the first draws again without each part; it is kept in the run's folder.
            Without it, what was found before is shown.
        workers : int, optional
            Runs at a time.
        scheduler : str, optional
            As in `capacity_sim.run`.
        progress : callable, optional
            As in `capacity_sim.run`.

        Raises
        ------
        UsageError
            When the scenario changes nothing, so that nothing can have moved them.
        NotComparableError
            When the scenario or the data are no longer as they were.
        """
        from capacity_sim.api.watching import thresholds

        return thresholds(self, movers, workers, scheduler, progress)

    def plot(self, *, area: str = AREA) -> Chart:
        """Staff needed, funded, in post and available over time."""
        return charts.needed_funded_in_post(self.folder, area=area)

    def fan(self, measure: str = "gap_fte", *, area: str | None = AREA) -> Chart:
        """One output over time, with bands for half and for eight in ten of the draws."""
        kept = inside(measure, area)
        return charts.fan(self.folder, measure, area=str(kept["area"]) if kept else None)

    def regions(self, measure: str = "gap_fte", *, at: str | None = None, area: str = AREA) -> Chart:
        """Regions as tiles that lie roughly as on a map, shaded by the share of the staff needed that is missing."""
        return charts.region_tiles(self.folder, measure, month=at, area=area)

    def status(self) -> Chart:
        """Status of delivery units month by month; needs a run with ``units=True``."""
        return charts.status_months(self.folder)

    def caseload(self, *, at: str | None = None, region: str | None = None) -> Chart:
        """Officers by the cases they hold."""
        if region is not None:
            held = [str(one) for one in self.folder.table(["cases_held"])["region"].unique()]
            if region not in held:
                hint = did_you_mean(region, held, f"its regions are {one_of(held)}")
                raise UsageError(Fault("unknown-region", f"the run has no region called `{region}`", hint=hint))
        return charts.caseload(self.folder, month=at, region=region)

    def pipeline(self) -> Chart:
        """Trainees in training, and who starts, qualifies and leaves in each half-year."""
        return charts.pipeline(self.folder)

    def __repr__(self) -> str:
        """One line."""
        parts = [f"{self.folder.draws} draws" if self.folder.draws > 1 else "1 draw"]
        parts += [f"{self.folder.reps} reps"] if self.folder.reps > 1 else []
        span = f"{self.months[0]} to {self.months[-1]}"
        return f"<Run {self.name}: {self.folder.place}, {span}, {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        return self.headline()._repr_html_()


class Runs(Sequence[Run]):
    """Finished runs, by place or by name.

    Parameters
    ----------
    runs : iterable of Run
        The runs.

    Examples
    --------
    >>> Runs([])
    <Runs: none>
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self._runs = tuple(runs)

    @overload
    def __getitem__(self, key: str | int) -> Run: ...

    @overload
    def __getitem__(self, key: slice) -> Runs: ...

    def __getitem__(self, key: str | int | slice) -> Run | Runs:
        """Run of a scenario's name or of a place; several for a slice."""
        if isinstance(key, slice):
            return Runs(self._runs[key])
        if isinstance(key, int):
            return self._runs[key]
        found = [one for one in self._runs if one.name == key or one.folder.path.name == key]
        if not found:
            names = [one.name for one in self._runs]
            hint = did_you_mean(key, names, f"there are {one_of(names)}" if names else None)
            raise UsageError(Fault("no-run", f"none of the runs is called `{key}`", hint=hint))
        return found[0]

    def __len__(self) -> int:
        """Number of runs."""
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        """Each run."""
        return iter(self._runs)

    @property
    def folders(self) -> list[RunFolder]:
        """Folders on disk."""
        return [one.folder for one in self._runs]

    @property
    def monthly(self) -> pd.DataFrame:
        """Rows of all runs, with the scenario's name in the first column."""
        frames = [one.monthly.assign(scenario=one.name) for one in self._runs]
        found = pd.concat(frames, ignore_index=True)
        return found[["scenario", *(name for name in found if name != "scenario")]]

    def compare(self, to: str | None = None) -> Comparison:
        """Paired differences from one of the runs, the first by default."""
        from capacity_sim.api.making import compare

        return compare(self, to=to)

    def why(
        self, scenario: str, path: str, on: str | dt.date | None = None, **where: str | Sequence[str]
    ) -> Shown:
        """Why a parameter has its value in one of the runs; see `capacity_sim.why`."""
        found = self[scenario]
        return why(found.scenario or found.name, path, on, data=found.folder.data_name, **where)

    def __repr__(self) -> str:
        """One line."""
        return f"<Runs: {', '.join(one.name for one in self._runs) or 'none'}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope=row>{escape(one.name)}</th><td>{escape(one.folder.title)}</td>"
            f"<td>{escape(one.folder.place)}</td>"
            f"<td>{one.months[0]} to {one.months[-1]}</td><td>{one.folder.draws}</td><td>{one.folder.reps}</td>"
            f"<td>{escape(one.folder.path.name)}</td></tr>"
            for one in self._runs
        )
        names = ("run of", "title", "place", "months", "draws", "reps", "folder")
        heads = "".join(f"<th scope=col>{name}</th>" for name in names)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
