"""Runs: made when they are not on disk yet, opened when they are, and what can be asked of them."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from capacity_sim import scenario as scenarios
from capacity_sim.analysis.compare import NEVER_ZERO, marches, output
from capacity_sim.analysis.headline import headline
from capacity_sim.analysis.spread import spread
from capacity_sim.api.naming import why
from capacity_sim.api.scenarios import Scenario, day, load_scenario
from capacity_sim.api.shown import Shown
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, RunError, UsageError, did_you_mean, one_of, render
from capacity_sim.runs import runner, store
from capacity_sim.runs.asked import area_faults, has
from capacity_sim.runs.replication import EngineModel
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import summarise
from capacity_sim.show import charts, rounding, threshold_file
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
        from capacity_sim.api.comparing import compare

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


def run(
    scenario: str | Path | Scenario | Sequence[str | Path | Scenario],
    *,
    draws: int = 1,
    reps: int = 1,
    seed: int = 1,
    to: str | dt.date | None = None,
    region: str | None = None,
    units: bool = False,
    data: str | None = None,
    timing_basis: str | None = None,
    runs_dir: str | Path = "runs",
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Runs:
    """Runs of one or more scenarios; what is on disk already is reused.

    Parameters
    ----------
    scenario : str, path, Scenario, or a sequence of them
        Names, files, or scenarios made in code.
    draws : int
        Readings of the uncertain assumptions; one takes every central value.
    reps : int
        Rolls of chance for each draw.
    seed : int
        Key of all random numbers.
    to : str or datetime.date, optional
        Last day to simulate; that of the scenario by default.
    region : str, optional
        Simulate one region only.
    units : bool
        Keep single delivery units (illustrative).
    data : str, optional
        Name or folder of a data set; that of the scenario by default.
    timing_basis : str, optional
        Timing that headlines are stated on: original, policy_adjusted or staff_reported.
    runs_dir : path
        Folder of the run folders.
    workers : int, optional
        Replications at a time; the number of cores by default.
    scheduler : str, optional
        Address of a Dask cluster to run on, such as ``tcp://10.0.0.5:8786``; this machine by default. The results are
        the same.
    force : bool
        Run again what is on disk already.
    progress : callable, optional
        Called with replications done, replications in all, and the seconds left or None.

    Returns
    -------
    Runs
        In the order asked.

    Raises
    ------
    ScenarioError
        With every fault of every scenario, before anything is run.
    UsageError
        For a count below one, an unknown region or timing basis, or workers of this machine and of a cluster.
    RunError
        When the cluster does not answer.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.run(["baseline", "reset"], data="demo", to="2024-06-30", draws=0)
    Traceback (most recent call last):
    capacity_sim.errors.UsageError: 0 draws is less than one
      = hint: give 1 or more draws
    """
    check_place(workers, scheduler)
    asked = [scenario] if isinstance(scenario, str | Path | Scenario) else list(scenario)
    if not asked:
        raise UsageError(Fault("no-scenario", "there is no scenario to run", hint="name one, such as `reset`"))
    basis = load().dimensions["basis"]
    if timing_basis is not None and timing_basis not in basis:
        hint = did_you_mean(timing_basis, basis, f"use {one_of(basis)}")
        raise UsageError(Fault("unknown-timing-basis", f"no timing basis is called `{timing_basis}`", hint=hint))
    last = None if to is None else day(to, "to")
    given: dict[str, Any] = {"timing_basis": timing_basis, "horizon": last}
    chosen = {key: value for key, value in given.items() if value is not None}
    found = []
    for one in (load_scenario(name) for name in asked):
        choices = {**one.resolved.choices, **chosen}
        found.append(replace(one, resolved=replace(one.resolved, choices=choices, data=data or one.resolved.data)))
    done: dict[int, runner.Outcome] = {}
    for name in dict.fromkeys(one.resolved.data for one in found):
        mine = [place for place, one in enumerate(found) if one.resolved.data == name]
        request = runner.Request([found[place].resolved for place in mine], draws, reps, seed, units)
        model = EngineModel(name, region)
        for place in mine:
            model.months(found[place].resolved)
            _warn(found[place].resolved)
        outcomes = runner.run(
            request, model, runs_dir=Path(runs_dir), workers=workers, scheduler=scheduler, force=force,
            progress=progress,
        )  # fmt: skip
        done.update(zip(mine, outcomes, strict=True))
        for outcome in outcomes:
            with suppress(RunError):  # runs of others are read where they are
                threshold_file.ensure(outcome.folder)
    return Runs([Run(done[place].folder, one, done[place].reused) for place, one in enumerate(found)])


def _warn(found: scenarios.Scenario) -> None:
    for note in [*found.notes, *scenarios.horizon_notes(found, found.horizon)]:
        if note.severity == "warning":
            warnings.warn(render([note]), stacklevel=4)


def open_runs(*names: str | Path | Sequence[str | Path], runs_dir: str | Path = "runs") -> Runs:
    """Finished runs on disk, checked to be as they were written.

    Parameters
    ----------
    *names : str or path, or a sequence of them
        Run folders, or names of scenarios that have one run; every run of the folder by default.
    runs_dir : path
        Folder of the run folders.

    Raises
    ------
    RunError
        When there is no such run, there are several of a name, or files are not as they were written.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.open_runs("baselin", runs_dir="no-such-folder")
    Traceback (most recent call last):
    capacity_sim.errors.RunError: there is no run called `baselin` in `no-such-folder`
      = hint: `capacity-sim run baselin` makes one
    """
    folder = Path(runs_dir)
    wanted: list[str | Path] = []
    for given in names:
        wanted += [given] if isinstance(given, str | Path) else given
    if not names and folder.is_dir():
        wanted = [path for path in sorted(folder.iterdir()) if (path / store.MANIFEST).is_file()]
    return Runs([Run(store.open_run(name, folder)) for name in wanted])


def check_place(workers: int | None, scheduler: str | None) -> None:
    """Refuse what no place has: no workers, or those of this machine and of a cluster at once."""
    if workers is not None and workers < 1:
        raise UsageError(Fault("too-few", f"{workers} workers is less than one", hint="give 1 or more"))
    if workers is not None and scheduler is not None:
        message = "`workers` is for this machine, and `scheduler` runs on the workers of a cluster"
        raise UsageError(Fault("two-places", message, hint="leave one of them out"))


def kept_units(folder: RunFolder, columns: Sequence[str]) -> None:
    """Refuse rows of single units where a run kept none: a table of them would be empty."""
    if "unit" in columns and not folder.question.get("units"):
        message = f"the run `{folder.path.name}` kept no single delivery units"
        raise UsageError(Fault("no-units", message, hint="run it with `units=True`"))


def inside(measure: str, area: str | None) -> dict[str, str]:
    """Area to keep: none where the output has no areas.

    Raises
    ------
    UsageError
        When no area has the name, or the output is not counted there.
    """
    if area is None:
        return {}
    areas = load().dimensions["area"]
    if area not in areas:
        hint = did_you_mean(area, areas, f"use {one_of(areas)}")
        raise UsageError(Fault("unknown-area", f"no area is called `{area}`", hint=hint))
    if not has(output(measure).name, "area"):
        return {}
    if faults := area_faults(measure, area, 'area="{}"'):
        raise UsageError(faults)
    return {"area": area}
