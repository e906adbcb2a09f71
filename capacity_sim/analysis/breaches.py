"""When an output passes a threshold and stays there: probability, first date, and what moved it most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.data.thresholds import LEVELS, Contingency, Level, Threshold, Thresholds
from capacity_sim.errors import DataError, Fault, UsageError
from capacity_sim.runs.asked import area_faults, has

Array = npt.NDArray[np.float64]
#: values of an output by month in one run, by measure, area and grade (empty where there is none)
Name = tuple[str, str, str]
_CRUMB = 1e-6


@dataclass(frozen=True)
class Mover:
    """What one group of changes does to a threshold.

    Parameters
    ----------
    name : str
        The group.
    effect : float
        Its paired effect on the metric in the month that is looked at: with it less without it, middle of the runs.
    low, high : float
        Ends of the range over the runs.
    share_without : float
        Share of runs in which red is met without it.
    """

    name: str
    effect: float
    low: float
    high: float
    share_without: float

    @property
    def moves(self) -> bool:
        """Whether it does anything in that month; sums of floating point numbers leave crumbs."""
        return bool(max(abs(self.effect), abs(self.low), abs(self.high)) > _CRUMB)


@dataclass(frozen=True)
class Breach:
    """How surely, and when, a level of a threshold is met.

    Parameters
    ----------
    level : {"amber", "red"}
    share : float
        Share of the runs in which it is met.
    first, low, high : str
        Month in which it is met: middle, and 10th and 90th percentile over all runs; empty where fewer meet it.
    """

    level: Level
    share: float
    first: str
    low: str
    high: str


@dataclass(frozen=True)
class Watched:
    """A threshold over the runs of a scenario.

    Parameters
    ----------
    threshold : Threshold
    breaches : tuple of Breach
        Amber and red.
    last : tuple of float
        The metric in the last month: middle, low, high.
    month : str
        The month in which movers are looked at: the middle first month of red, else of amber, else the last; the last
        too where nothing has moved it by then.
    movers : tuple of Mover
        What the changes of the scenario do, most first; empty when nobody asked.
    """

    threshold: Threshold
    breaches: tuple[Breach, ...]
    last: tuple[float, float, float]
    month: str
    movers: tuple[Mover, ...] = ()


@dataclass(frozen=True)
class Acted:
    """What a contingency does.

    Parameters
    ----------
    threshold : Threshold
        The trigger.
    contingency : Contingency
        What starts.
    fired : float
        Share of runs in which the trigger fires.
    started : float
        Share of runs in which it starts within the run.
    first : str
        Middle month of the start over all runs; empty when fewer than half start.
    before, after : Watched
        The threshold without and with it.
    change : tuple of float
        Metric in the last month, with less without, over the runs in which it starts: middle, low, high.
    """

    threshold: Threshold
    contingency: Contingency
    fired: float
    started: float
    first: str
    before: Watched
    after: Watched
    change: tuple[float, float, float]


def names_of(threshold: Threshold) -> tuple[Name, ...]:
    """Outputs that a threshold needs.

    Parameters
    ----------
    threshold : Threshold
        The threshold.

    Raises
    ------
    UsageError
        When it names an area or a grade that its output does not have.
    """
    faults = _faults(threshold)
    if faults:
        raise UsageError(faults)
    return tuple((measure, threshold.area or "", threshold.grade or "") for measure in _measures(threshold))


def checked_names(wanted: Thresholds) -> Thresholds:
    """The same thresholds, when each output has the area and the grade that are named, before anything is run.

    Raises
    ------
    DataError
        With every one that has not, and its place in the file.
    """
    faults = [
        replace(fault, file=wanted.file, line=line, column=column)
        for one in wanted.each
        for line, column in [wanted.places[one.name]]
        for fault in _faults(one)
    ]
    if faults:
        raise DataError(faults)
    return wanted


def _measures(threshold: Threshold) -> tuple[str, ...]:
    return (threshold.metric, *([threshold.per] if threshold.per else []))


def _faults(threshold: Threshold) -> list[Fault]:
    """Areas and grades that the outputs of a threshold do not have."""
    faults = []
    for measure in _measures(threshold):
        if threshold.grade and not has(measure, "grade"):
            message = f"threshold `{threshold.name}`: `{measure}` has no grades"
            faults.append(Fault("no-grade", message, hint="leave `grade:` out"))
        for fault in area_faults(measure, threshold.area, "area: {}") if threshold.area else ():
            faults.append(replace(fault, message=f"threshold `{threshold.name}`: {fault.message}"))
    return faults


def metric(threshold: Threshold, lines: Mapping[Name, Array]) -> Array:
    """Values of the metric of a threshold by month.

    Parameters
    ----------
    threshold : Threshold
        The threshold.
    lines : mapping
        Values by month of the outputs that it needs.
    """
    names = names_of(threshold)
    above = lines[names[0]]
    if threshold.per is None:
        return above
    below = lines[names[1]]
    return 100.0 * np.divide(above, below, out=np.full(len(above), np.nan), where=below != 0)


def fires(values: Array, level: float, side: str, dwell: int) -> int | None:
    """Month in which a level has been met for so many months in a row, or None when it never is.

    Parameters
    ----------
    values : float array (month,)
        The metric; a month without a value breaks a row.
    level : float
        The level; to stand on it is to meet it.
    side : {"above", "below"}
        On which side it is met.
    dwell : int
        Months in a row.

    Examples
    --------
    >>> fires(np.array([1.0, 5.0, 4.0, 5.0, 6.0, 7.0]), 5.0, "above", 3)
    5
    """
    row = 0
    for place, value in enumerate(values):
        met = value >= level if side == "above" else value <= level
        row = row + 1 if met else 0
        if row == dwell:
            return place
    return None


def watched(threshold: Threshold, months: Sequence[str], runs: Sequence[Mapping[Name, Array]]) -> Watched:
    """How surely and when a threshold is met over some runs.

    Parameters
    ----------
    threshold : Threshold
        The threshold.
    months : sequence of str
        Months of the runs.
    runs : sequence of mapping
        Values by month of each run.
    """
    values = [metric(threshold, one) for one in runs]
    found = []
    for level in LEVELS:
        when = [fires(one, threshold.level(level), threshold.side, threshold.dwell_months) for one in values]
        met = sorted(len(months) if one is None else one for one in when)
        middle, low, high = (_at(met, share, months) for share in (0.5, LOW, HIGH))
        found.append(Breach(level, float(np.mean([one is not None for one in when])), middle, low, high))
    ends = np.array([one[-1] for one in values])
    ends = ends[np.isfinite(ends)]
    last = tuple(float(one) for one in np.quantile(ends, (0.5, LOW, HIGH))) if len(ends) else (np.nan,) * 3
    month = found[1].first or found[0].first or months[-1]
    return Watched(threshold, tuple(found), (last[0], last[1], last[2]), month)


def _at(met: Sequence[int], share: float, months: Sequence[str]) -> str:
    """Month by which a share of all runs has met a level; empty when fewer ever do."""
    place = met[min(len(met) - 1, int(share * len(met)))]
    return months[place] if place < len(months) else ""


def mover(
    name: str,
    one: Watched,
    months: Sequence[str],
    runs: Sequence[Mapping[Name, Array]],
    without: Sequence[Mapping[Name, Array]],
) -> Mover:
    """What a group of changes does to a threshold, from the same runs with and without it.

    Parameters
    ----------
    name : str
        The group.
    one : Watched
        The threshold, with the month that is looked at.
    months : sequence of str
        Months of the runs.
    runs, without : sequence of mapping
        Values by month with and without the group, in the same order.
    """
    threshold, at = one.threshold, list(months).index(one.month)
    pairs = zip(runs, without, strict=True)
    effects = np.array([metric(threshold, a)[at] - metric(threshold, b)[at] for a, b in pairs])
    middle, low, high = (float(value) for value in np.nanquantile(effects, (0.5, LOW, HIGH)))
    red = [fires(metric(threshold, b), threshold.red, threshold.side, threshold.dwell_months) for b in without]
    return Mover(name, middle, low, high, float(np.mean([place is not None for place in red])))
