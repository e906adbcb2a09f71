"""Comparisons of runs: paired differences, who gets the credit, what drives an output, and their charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from capacity_sim.analysis import attribution, factors, groups, sensitivity
from capacity_sim.analysis import compare as comparison
from capacity_sim.analysis.drivers import Method, Question
from capacity_sim.analysis.exposure import exposure
from capacity_sim.analysis.lineage import family, parent_of
from capacity_sim.analysis.recorded import recorded
from capacity_sim.analysis.steps import steps
from capacity_sim.api.again import resolved_of
from capacity_sim.api.asked import check_place, inside, kept_units
from capacity_sim.api.running import AREA, Progress, Run, Runs
from capacity_sim.api.shown import Shown
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs.coalitions import EngineCounts
from capacity_sim.runs.replication import EngineModel, load_data
from capacity_sim.runs.store import Where
from capacity_sim.scenario import Scenario as Resolved
from capacity_sim.show import charts, rounding
from capacity_sim.show.attributed import attributed_report
from capacity_sim.show.charts.chart import Chart
from capacity_sim.show.exposed import exposure_report
from capacity_sim.show.sensitive import sensitive_report
from capacity_sim.show.tables import compare_report

_YEAR = 12
_BAND = (10.0, 90.0)


@dataclass(frozen=True, repr=False)
class Comparison:
    """Runs that differ in their scenario alone, held against the first of them.

    Parameters
    ----------
    runs : Runs
        The runs; the first is what the others are held against.
    """

    runs: Runs

    @property
    def base(self) -> Run:
        """Run that the others are held against."""
        return self.runs[0]

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
        """Levels of every run, and the paired difference of each from the first.

        Parameters
        ----------
        measure : str
            Output of the catalogue.
        at : str or sequence of str, optional
            Months, as ``2029-03``; every March by default.
        by : str or sequence of str
            Columns to keep, such as ``"grade"``.
        area : str or None
            Area of work; None for all. Not used where an output has none.
        where : mapping, optional
            Column and the value or values to keep.
        basis : str, optional
            Timing basis; that of the runs by default.

        Returns
        -------
        pandas.DataFrame
            Columns scenario, row (``level``, or ``difference`` from the first run), those of `by`, month, central, low,
            high; not rounded. A difference is taken draw by draw before its middle is.

        Raises
        ------
        UsageError
            For an unknown output, month, column or value.
        """
        return self._found(measure, at, by, area, where, basis).frame

    def show(
        self,
        measure: str = "gap_fte",
        *,
        at: str | Sequence[str] | None = None,
        by: str | Sequence[str] = (),
        area: str | None = AREA,
        where: Where | None = None,
        basis: str | None = None,
    ) -> Shown:
        """The same as `table`, rounded and laid out as the command shows it."""
        whole = "area" in ([by] if isinstance(by, str) else by)
        drawn = partial(self.plot, measure, area=None if whole else area, where=where)
        return Shown(compare_report(self._found(measure, at, by, area, where, basis)), drawn)

    def say(
        self,
        scenario: str | None = None,
        measure: str = "gap_fte",
        *,
        at: str | None = None,
        area: str | None = AREA,
        where: Where | None = None,
        basis: str | None = None,
    ) -> str:
        """What one of the runs changes, with its range, for a sentence: ``-1,100 FTE (-1,150 to -1,000)``.

        Parameters
        ----------
        scenario : str, optional
            Which of the runs; the last by default.
        measure : str
            Output of the catalogue.
        at : str, optional
            Month; the last March by default.
        area, where, basis
            As of `table`.

        Returns
        -------
        str
            The paired difference from the first run, rounded as tables are.
        """
        spec, name = comparison.output(measure), (self.runs[scenario] if scenario else self.runs[-1]).name
        found = self._found(measure, self._month(at), (), area, where, basis)
        lines = found.frame[found.frame["scenario"] == name].set_index("row")
        if "difference" not in lines.index:
            message = f"`{name}` is the run that the others are held against"
            raise UsageError(Fault("one-run", message, hint="name another of the runs"))
        levels = found.frame[found.frame["row"] == "level"]
        level = rounding.level_step(spec, self.base.folder, found.where, levels["central"])
        differences = lines.loc[["difference"]]
        return rounding.said(differences.iloc[0], spec, rounding.difference_step(spec, level, differences), sign=True)

    def _found(
        self,
        measure: str,
        at: str | Sequence[str] | None,
        by: str | Sequence[str],
        area: str | None,
        where: Where | None,
        basis: str | None,
    ) -> comparison.Comparison:
        months = [at] if isinstance(at, str) else at
        keys = [by] if isinstance(by, str) else list(by)
        kept = {**inside(measure, None if "area" in keys else area), **(where or {})}
        for folder in self.runs.folders:
            kept_units(folder, [*keys, *kept])
        return comparison.compare(self.runs.folders, measure, months, by=keys, where=kept, basis=basis)

    def exposure(self, at: str | None = None) -> Shown:
        """Months without contact in the year to a month, by risk; the last month by default."""
        return Shown(exposure_report(exposure(self.runs.folders, at or self.base.months[-1])))

    def plot(
        self,
        measure: str | None = None,
        *,
        scenario: str | None = None,
        area: str | None = AREA,
        where: Where | None = None,
        band: tuple[float, float] = _BAND,
        mark: Sequence[str] = (),
    ) -> Chart:
        """Chart of every run over time, and of what each takes off the first or adds to it.

        Parameters
        ----------
        measure : str, optional
            Output of the catalogue. By default staff needed and in post in the first run and another.
        scenario : str, optional
            The other run; with a measure all runs are drawn, by default the last without one.
        area : str or None
            Area of work; None for all.
        where : mapping, optional
            Column and the value or values to keep.
        band : tuple of float
            Percentiles over the draws at which the bands of a measure end.
        mark : sequence of str
            Changes of the runs, whose first days are drawn as lines.

        Raises
        ------
        UsageError
            For an unknown output, run or change, or ends of a band out of order.
        """
        other = self.runs[scenario] if scenario else self.runs[-1]
        if measure is None:
            if mark or where or band != _BAND or area is None:
                hint = 'name an output, such as `plot("gap_fte", mark=["reset.adoption"])`'
                message = "`mark`, `where`, `band` and no area go with an output"
                raise UsageError(Fault("no-measure", message, hint=hint))
            return charts.needed_against_in_post(self.base.folder, other.folder, area=area)
        kept = inside(measure, area)
        folders = [self.base.folder, other.folder] if scenario else self.runs.folders
        return charts.runs_over_time(
            folders, measure, area=str(kept["area"]) if kept else None, where=where, band=band,
            marks=self._days(mark),
        )  # fmt: skip

    def _days(self, changes: Sequence[str]) -> dict[str, dt.date]:
        """First days of changes, each in the first of the runs that has it."""
        every = [recorded(one.folder) for one in self.runs]
        found = {}
        for name in changes:
            day = next((one for one in every if name in one.changes), every[-1]).starts(name)
            if day is not None:
                found[name] = day
        return found

    def fan(self, scenario: str | None = None, measure: str = "gap_fte", *, area: str | None = AREA) -> Chart:
        """Difference of a run from the first over time, with bands for half and for eight in ten of the draws."""
        other = self.runs[scenario] if scenario else self.runs[-1]
        kept = inside(measure, area)
        return charts.fan(
            other.folder, measure, area=str(kept["area"]) if kept else None, less=self.base.folder
        )

    def waterfall(self, measure: str = "gap_fte", *, at: str | None = None, area: str | None = AREA) -> Chart:
        """From the first run to the last, a step for each of the runs between; nothing more is run.

        `by_change` runs what is missing and gives each change its share.
        """
        kept = inside(measure, area)
        return charts.steps_chart(steps(self.runs.folders, measure, at, str(kept["area"]) if kept else None))

    def by_change(
        self,
        scenario: str | None = None,
        measure: str = "gap_fte",
        *,
        at: str | None = None,
        area: str | None = AREA,
        draws: int | None = None,
        each: bool = False,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: Progress | None = None,
    ) -> Shown:
        """Who gets the credit for a difference: each part alone, last, its share, and the interaction.

        Runs what is missing; finished runs are kept for the next question.

        Parameters
        ----------
        scenario : str, optional
            Which of the runs; the last by default.
        measure : str
            Output of the catalogue.
        at : str, optional
            Month; the last March by default.
        area : str or None
            Area of work.
        draws : int, optional
            Readings of the uncertain assumptions: 20, or as many as are soon run.
        each : bool
            Every single change, and not each parent.
        workers : int, optional
            Runs at a time.
        scheduler : str, optional
            As in `capacity_sim.run`.
        progress : callable, optional
            As in `capacity_sim.run`.
        """
        check_place(workers, scheduler)
        other = self.runs[scenario] if scenario else self.runs[-1]
        base, found = resolved_of(self.base), resolved_of(other)
        month, kept = self._month(at), inside(measure, area)
        game = groups.game(base, found, parent_of, load(), each)
        folder = self.base.folder
        question = attribution.Question(
            measure, month, kept.get("area"), draws, folder.reps, int(folder.question["seed"])
        )
        counts = self._counts(found, month)
        made = attribution.Work(game, question, counts, runs_dir=folder.path.parent, scheduler=scheduler)
        answer = made.answer(
            workers=workers,
            progress=progress,
            place=folder.place,
            source=self.base.folder.source,
            year=[one for one in self.base.months if one <= month][-_YEAR:],
        )
        return Shown(attributed_report(answer), partial(charts.waterfall, answer))

    def tornado(
        self,
        scenario: str | None = None,
        measure: str = "gap_fte",
        *,
        at: str | None = None,
        area: str | None = AREA,
        grade: str | None = None,
        less: bool = False,
        top: int = 15,
        by: str = "input",
        most_runs: int = 2000,
        reps: int = 1,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: Progress | None = None,
    ) -> Shown:
        """Which uncertain assumptions move an output: each at both ends of its range, one at a time.

        Runs what is missing; finished runs are kept for the next question.

        Parameters
        ----------
        scenario : str, optional
            Which of the runs; the last by default.
        measure : str
            Output of the catalogue.
        at : str, optional
            Month; the last March by default.
        area, grade : str or None
            Area of work, and one grade.
        less : bool
            Ask it of the difference from the first run, and not of the level.
        top : int
            Assumptions shown.
        by : {"input", "parameter", "part"}
            What moves together.
        most_runs : int
            Refuse what takes more runs.
        reps : int
            Rolls of chance for each reading.
        workers : int, optional
            Runs at a time.
        scheduler : str, optional
            As in `capacity_sim.run`.
        progress : callable, optional
            As in `capacity_sim.run`.

        Raises
        ------
        UsageError
            When it would take more than `most_runs` runs, or nothing has a range.
        """
        check_place(workers, scheduler)
        grades = load().dimensions["grade"]
        if grade is not None and grade not in grades:
            hint = did_you_mean(grade, grades, f"use {one_of(grades)}")
            raise UsageError(Fault("unknown-grade", f"no grade is called `{grade}`", hint=hint))
        other = self.runs[scenario] if scenario else self.runs[-1]
        found = resolved_of(other)
        base = resolved_of(self.base) if less and other is not self.base else None
        month, kept = self._month(at), inside(measure, area)
        counts = self._counts(found, month)
        sides = [found] if base is None else [base, found]
        acting = factors.acting_in(sides, counts.inputs, load_data(found.data).values, load())
        chosen = factors.factors(
            acting, groups=(), only=(), by=by, family=lambda: family(found), areas=load().dimensions["area"]
        )
        question = Question(
            measure, month, kept.get("area"), grade, Method.TORNADO, None, reps, int(self.base.folder.question["seed"])
        )
        vary, _ = sensitivity.varied(chosen, sensitivity.needs_desks(measure))
        price = sensitivity.most_runs(vary, question, len(sides))
        if price > most_runs:
            message = f"this takes {price:,} runs; at most {most_runs:,} are allowed"
            hint = f'`most_runs={price}` allows it; `by="part"` or one region needs less'
            raise UsageError(Fault("too-many-runs", message, hint=hint))
        runs_dir = self.base.folder.path.parent
        made = sensitivity.Work(found, base, chosen, question, counts, runs_dir=runs_dir, scheduler=scheduler)
        answer = made.answer(
            workers=workers, progress=progress, place=self.base.folder.place, source=self.base.folder.source
        )
        return Shown(sensitive_report(answer, top), partial(charts.drivers_chart, answer, top))

    def _month(self, at: str | None) -> str:
        months = self.base.months
        month = at or comparison.marches(months)[-1]
        if month not in months:
            hint = f"they run from {months[0]} to {months[-1]}"
            raise UsageError(Fault("unknown-month", f"the runs have no month {month}", hint=hint))
        return month

    def _counts(self, found: Resolved, month: str) -> EngineCounts:
        return EngineCounts(EngineModel(found.data, self.base.folder.region), month, found.horizon)

    def __repr__(self) -> str:
        """One line."""
        others = ", ".join(one.name for one in self.runs[1:])
        return f"<Comparison: {others} less {self.base.name}; {self.base.folder.place}>"

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()
