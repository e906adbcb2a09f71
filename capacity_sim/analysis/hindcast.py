"""The past, rerun: simulated beside published at every date, with the error, and beside two simpler forecasts.

Two forecasts are made without the model: that nothing changes from the start, and the method behind the NAO's Figure 8.
A forecast's error is forecast less published; an interval covers a figure that lies on or between its ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from capacity_sim.analysis import figure8
from capacity_sim.analysis.validation import Run, Verdict, validate
from capacity_sim.data import DataSet
from capacity_sim.data.hindcast import Hindcast, Series
from capacity_sim.data.holding import Each, Node, Sum
from capacity_sim.data.targets import Target
from capacity_sim.errors import DataError, Fault, UsageError
from capacity_sim.runs.store import RunFolder

EX_ANTE, EX_POST, NO_CHANGE, FIGURE_8 = "ex ante", "ex post", "no change", "Figure 8"
METHODS = (EX_ANTE, EX_POST, NO_CHANGE, FIGURE_8)
#: every date, and those that the method of Figure 8 has
EVERY, MARCHES = "every date", "each March"
_QUARTERS = ("-03", "-06", "-09", "-12")


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of a figure: its middle and, over draws, the 10th and 90th percentile.

    Examples
    --------
    >>> one = Forecast(105.0, 95.0, 110.0)
    >>> one.error(100.0), one.covers(100.0), one.covers(111.0), Forecast(105.0).covers(105.0)
    (5.0, True, False, None)
    """

    value: float
    low: float | None = None
    high: float | None = None

    def error(self, published: float) -> float:
        """Forecast less published."""
        return self.value - published

    def covers(self, published: float) -> bool | None:
        """Whether the interval holds the published figure; None where there is no interval."""
        return None if self.low is None or self.high is None else self.low <= published <= self.high


@dataclass(frozen=True, slots=True)
class Line:
    """A published figure beside what each method gives; a method that says nothing of it is not there."""

    series: Series
    target: Target
    forecasts: Mapping[str, Forecast]

    @property
    def published(self) -> float:
        """The published figure, in the target's unit."""
        return float(self.target.value or 0.0)

    def error_pct(self, method: str) -> float | None:
        """Error of a method in per cent of the published figure; None where it says nothing."""
        one = self.forecasts.get(method)
        return None if one is None or not self.published else 100.0 * one.error(self.published) / self.published


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of one method over some dates.

    Parameters
    ----------
    method, dates : str
    count : int
        Published figures that it gives.
    mean, absolute : float
        Mean of the errors, and of their sizes.
    absolute_pct, worst_pct : float
        Mean size and largest size in per cent of the published figures.
    covered, intervals : int
        Published figures inside the interval, and how many intervals there are.
    """

    method: str
    dates: str
    count: int
    mean: float
    absolute: float
    absolute_pct: float
    worst_pct: float
    covered: int
    intervals: int


@dataclass(frozen=True, slots=True)
class Track:
    """What the runs give at the end of each quarter: method, months, middle, low and high."""

    series: Series
    method: str
    months: tuple[str, ...]
    forecasts: tuple[Forecast, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """The view forward: every March, and the target it is held against.

    Parameters
    ----------
    folder : RunFolder
        The run.
    months : tuple of str
    forecasts : tuple of Forecast
    target : Target
    """

    folder: RunFolder
    months: tuple[str, ...]
    forecasts: tuple[Forecast, ...]
    target: Target

    def first(self, end: str = "value") -> str | None:
        """First of the months in which the middle (`value`), the `low` or the `high` end reaches the target."""
        goal = float(self.target.value or 0.0)
        for month, one in zip(self.months, self.forecasts, strict=True):
            found = getattr(one, end)
            if found is not None and found >= goal:
                return month
        return None


@dataclass(frozen=True, slots=True)
class Past:
    """The past, rerun.

    Parameters
    ----------
    dataset : DataSet
    folders : mapping of method to RunFolder
        The two runs.
    lines : tuple of Line
        Every published figure, in the order of the plan.
    scores : tuple of Score
        Errors of each method in the series that Figure 8 is a benchmark of (the first where there is none).
    tracks : tuple of Track
        What the chart draws.
    figure8 : tuple of Year
        Years by the method of Figure 8.
    ahead : Ahead or None
    """

    dataset: DataSet
    folders: Mapping[str, RunFolder]
    lines: tuple[Line, ...]
    scores: tuple[Score, ...]
    tracks: tuple[Track, ...]
    figure8: tuple[figure8.Year, ...]
    ahead: Ahead | None

    def of(self, series: str) -> tuple[Line, ...]:
        """Lines of a series."""
        return tuple(line for line in self.lines if line.series.id == series)

    def coverage(self, method: str) -> tuple[int, int]:
        """How many checks, of every series, lie inside the interval of a method, and how many have one.

        Figures that were fitted or given, or follow from such, are left out, and so are those that are only shown.
        """
        checks = [line for line in self.lines if line.target.kind in ("check", "range") and method in line.forecasts]
        inside = [covers for line in checks if (covers := line.forecasts[method].covers(line.published)) is not None]
        return sum(inside), len(inside)


def rerun(plan: Hindcast, dataset: DataSet, runs: Mapping[str, Run], ahead: Ahead | None = None) -> Past:
    """Hold the two runs, and the simpler forecasts, against every published figure.

    Parameters
    ----------
    plan : Hindcast
    dataset : DataSet
    runs : mapping of method to Run
        Finished runs for `EX_ANTE` and `EX_POST`.
    ahead : Ahead, optional

    Raises
    ------
    DataError
        When a published figure cannot be held against a run, or the method of Figure 8 lacks a figure.
    """
    targets = {target.id: target for target in dataset.targets}
    rows = [(series, targets[name]) for series in plan.series for name in series.rows]
    found = {method: _verdicts([row for _, row in rows], method, run) for method, run in runs.items()}
    _refuse_unheld(found)
    years = _years(plan, dataset, runs)
    lines = []
    for at, (series, target) in enumerate(rows):
        forecasts = {method: _forecast(verdicts[at]) for method, verdicts in found.items()}
        start = targets[series.start].value if series.start else None
        if start is not None:
            forecasts[NO_CHANGE] = Forecast(start)
        by_year = {one.month: one.in_post for one in years}
        if series.id == plan.figure8 and target.date[:7] in by_year:
            forecasts[FIGURE_8] = Forecast(by_year[target.date[:7]])
        lines.append(Line(series, target, forecasts))
    scored = plan.figure8 or plan.series[0].id
    tracks = [
        _track(series, targets[series.rows[0]], method, run)
        for series in plan.series
        if series.chart
        for method, run in runs.items()
    ]
    scores = score([line for line in lines if line.series.id == scored])
    folders = {method: run.folder for method, run in runs.items()}
    return Past(dataset, folders, tuple(lines), scores, tuple(tracks), years, ahead)


def score(lines: Sequence[Line]) -> tuple[Score, ...]:
    """Errors of every method over every date it gives, and over the dates that the method of Figure 8 gives."""
    marches = [line for line in lines if FIGURE_8 in line.forecasts]
    return tuple(
        one
        for dates, some in ((EVERY, lines), (MARCHES, marches))
        for method in METHODS
        if (one := _score(method, dates, some)) is not None and (method != FIGURE_8 or dates == MARCHES)
    )


def _score(method: str, dates: str, lines: Sequence[Line]) -> Score | None:
    mine = [(line.forecasts[method], line.published) for line in lines if method in line.forecasts]
    if not mine:
        return None
    errors = [one.error(published) for one, published in mine]
    shares = [100.0 * abs(one.error(published)) / abs(published) for one, published in mine]
    inside = [covers for one, published in mine if (covers := one.covers(published)) is not None]
    count = len(mine)
    return Score(
        method, dates, count, sum(errors) / count, sum(map(abs, errors)) / count, sum(shares) / count, max(shares),
        sum(inside), len(inside),
    )  # fmt: skip


def look_ahead(run: Run, measure: Target, target: Target, scenario: str) -> Ahead:
    """Read the view forward at every March of a run.

    Raises
    ------
    UsageError
        When the run has no March.
    """
    months = tuple(month for month in run.folder.months if month.endswith("-03"))
    if not months:
        span = f"{run.folder.months[0]} to {run.folder.months[-1]}"
        message = f"the view forward has no March in {span}"
        raise UsageError(Fault("no-march", message, hint="give its scenario a later `horizon`"))
    verdicts = _verdicts([at_month(measure, month) for month in months], scenario, run)
    return Ahead(run.folder, months, tuple(_forecast(one) for one in verdicts), target)


def at_month(target: Target, month: str) -> Target:
    """Row of one month, with the arithmetic of another."""
    held = target.held
    if held is None or held.value is None:
        message = f"{target.id} is held against nothing"
        raise ValueError(message)
    when = (month, month)
    return replace(target, date=month, held=replace(held, when=when, value=_moved(held.value, when)))


def _moved(node: Node, when: tuple[str, str]) -> Node:
    if isinstance(node, Sum):
        return replace(node, parts=tuple(_moved(part, when) for part in node.parts))
    if isinstance(node, Each):
        return replace(node, of=_moved(node.of, when))
    return node if isinstance(node, float | int) else replace(node, months=when)


def _verdicts(rows: Sequence[Target], name: str, run: Run) -> list[Verdict]:
    return list(validate(rows, {name: run}, name).rows)


def _refuse_unheld(found: Mapping[str, Sequence[Verdict]]) -> None:
    faults = [
        Fault(
            "not-held",
            f"`{one.target.id}` of {one.target.date} cannot be held against the run {method}: {one.because}",
            one.target.file,
            one.target.line,
            hint="take the row out of `hindcast.yaml`, or let the scenario run over its months",
        )
        for method, verdicts in found.items()
        for one in verdicts
        if one.value is None
    ]
    if faults:
        raise DataError(faults)


def _forecast(one: Verdict) -> Forecast:
    if one.value is None:
        message = f"{one.target.id} is not held: {one.because}"
        raise ValueError(message)
    return Forecast(one.value, one.low, one.high)


def _years(plan: Hindcast, dataset: DataSet, runs: Mapping[str, Run]) -> tuple[figure8.Year, ...]:
    if plan.figure8 is None:
        return ()
    month = min(run.folder.months[-1] for run in runs.values())
    last = date(int(month[:4]) + month.endswith("-12"), int(month[5:]) % 12 + 1, 1) - timedelta(days=1)
    return figure8.project(figure8.inputs(dataset, last))


def _track(series: Series, target: Target, method: str, run: Run) -> Track:
    months = run.folder.months
    shown = tuple(month for month in months if month.endswith(_QUARTERS) or month in (months[0], months[-1]))
    verdicts = _verdicts([at_month(target, month) for month in shown], method, run)
    return Track(series, method, shown, tuple(_forecast(one) for one in verdicts))
