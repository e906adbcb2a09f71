"""A number or dated numbers with the range they may lie in; set, scale and add; phase in; means over weeks.

Days are whole numbers counted from any fixed day. Nothing here knows a parameter, a file or a scenario.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, isfinite, log, sqrt
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from capacity_sim.calendars import DAYS_A_WEEK
from capacity_sim.errors import Refused

Family = Literal["uniform", "triangular", "pert", "normal", "lognormal"]
Verb = Literal["set", "scale", "add"]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: how a reading may spread over a range
FAMILIES: tuple[Family, ...] = get_args(Family)
#: standard deviations from the value to either end of a range that a normal family is cut at
_CUT = 2.0

#: earlier and later than any day of a run
ALWAYS_FROM = -(10**6)
ALWAYS_TO = 10**6

_YEARS = range(1800, 2200)
_LIKE_A_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Together(NamedTuple):
    """That a range moves with others of a group, and how closely.

    Parameters
    ----------
    group : str
        Name of the group.
    correlation : float
        Rank correlation with a range of the group that states the same; below zero it moves the other way.
    """

    group: str
    correlation: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or dated numbers each holding until the next, and the range that each may lie in.

    Parameters
    ----------
    amounts : tuple of float
        The numbers.
    dates : tuple of datetime.date
        First day of each number, in order; empty for a single number without a date.
    lows, highs : tuple of float
        Ends of the range of each number; empty when nothing is uncertain.
    family : {"uniform", "triangular", "pert", "normal", "lognormal"}
        How a reading spreads over the range, as `reading` says.
    together : Together, optional
        The ranges that it moves with.
    """

    amounts: tuple[float, ...]
    dates: tuple[dt.date, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    family: Family = "uniform"
    together: Together | None = field(default=None, repr=False)

    @property
    def uncertain(self) -> bool:
        """Whether it has a range."""
        return bool(self.lows)

    def read(self, quantile: float | None) -> tuple[float, ...]:
        """Numbers at a quantile of their ranges, or as written when there is no range or no quantile.

        Examples
        --------
        >>> Quantity((0.5,), lows=(0.25,), highs=(0.75,)).read(0.1)
        (0.3,)
        """
        if quantile is None or not self.lows:
            return self.amounts
        return tuple(
            reading(amount, low, high, quantile, self.family)
            for amount, low, high in zip(self.amounts, self.lows, self.highs, strict=True)
        )

    def numbers(self) -> tuple[float, ...]:
        """Every number it may take at an end of its range or as written."""
        return self.amounts + self.lows + self.highs


def reading(amount: float, low: float, high: float, quantile: float, family: Family) -> float:
    """Value at a quantile of a range; the ends of the range are the least and the largest value of every family.

    Parameters
    ----------
    amount : float
        The value as written: the mode of a triangular or PERT reading, the centre of a normal one before it is cut.
    low, high : float
        Ends of the range; above zero for a lognormal reading.
    quantile : float
        Between 0 and 1.
    family : {"uniform", "triangular", "pert", "normal", "lognormal"}
        PERT is the beta with the mean (low + 4 amount + high) / 6. Normal has a standard deviation of a quarter of the
        range and is cut at its ends; lognormal is the same of the logarithms.

    Examples
    --------
    >>> reading(0.5, 0.0, 1.0, 0.5, "triangular"), reading(0.5, 0.0, 1.0, 0.5, "pert")
    (0.5, 0.5)
    >>> round(reading(4.0, 1.0, 16.0, 0.5, "lognormal"), 9)
    4.0
    """
    if high == low or quantile <= 0:
        return low
    if quantile >= 1:
        return high
    if family == "uniform":
        return low + quantile * (high - low)
    if family == "normal":
        return _cut_normal(amount, low, high, quantile)
    if family == "lognormal":
        return min(max(exp(_cut_normal(log(amount), log(low), log(high), quantile)), low), high)
    mode = (amount - low) / (high - low)
    if family == "pert":
        from scipy.special import betaincinv

        return low + (high - low) * float(betaincinv(1 + 4 * mode, 5 - 4 * mode, quantile))
    if quantile < mode:
        return low + (high - low) * sqrt(quantile * mode)
    return high - (high - low) * sqrt((1 - quantile) * (1 - mode))


def _cut_normal(centre: float, low: float, high: float, quantile: float) -> float:
    """Value at a quantile of a normal distribution that is cut at `low` and `high`."""
    from scipy.special import ndtr, ndtri

    spread = (high - low) / (2 * _CUT)
    below, above = ndtr((low - centre) / spread), ndtr((high - centre) / spread)
    found = centre + spread * float(ndtri(below + quantile * (above - below)))
    return min(max(found, low), high)


def number(value: object) -> float:
    """Float of a number.

    Raises
    ------
    Refused
        When it is not a finite number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Refused(
            (), "not-a-number", f"`{value}` is not a number", "write digits with a full stop: `0.5`"
        )
    return float(value)


def full_date(value: object) -> dt.date:
    """Date of a full date.

    Raises
    ------
    Refused
        When it is a bare year or not a date at all.
    """
    if isinstance(value, dt.date):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value in _YEARS:
        raise Refused(
            (),
            "bare-year",
            f"`{value}` is not a full date",
            f"a year alone could mean {value}-01-01 or {value}-04-01; write the day",
        )
    if isinstance(value, str) and _LIKE_A_DATE.fullmatch(value):
        message = f"`{value}` is not a day of the calendar, or stands in quotes"
        raise Refused((), "not-a-date", message, "check the month and the day; write `2024-04-29`, without quotes")
    raise Refused(
        (), "not-a-date", f"`{value}` is not a full date", "write it as `2024-04-29`, without quotes"
    )


def quantity(
    value: object,
    spread: object = None,
    family: Family | None = None,
    group: str | None = None,
    correlation: object = None,
) -> Quantity:
    """Quantity of a written value, its written range, and what is said of the range.

    Parameters
    ----------
    value : number or mapping of date to number
        What is written as the value.
    spread : list of two numbers, or mapping of date to such a list, optional
        What is written as the range. With dated numbers a single list is the range of the last of them, and
        the earlier ones keep their ratio to it; a mapping gives dates their own, and leaves the rest certain.
    family : {"uniform", "triangular", "pert", "normal", "lognormal"}, optional
        How a reading spreads over the range; uniform when it is left out.
    group : str, optional
        Group of ranges that move together.
    correlation : number, optional
        What is written as the rank correlation in the group.

    Raises
    ------
    Refused
        When one is malformed, the range does not hold the value, or something is said of a range that is not there.

    Examples
    --------
    >>> quantity(0.2, [0.1, 0.4])
    Quantity(amounts=(0.2,), dates=(), lows=(0.1,), highs=(0.4,), family='uniform')
    """
    found = _ranged(value, spread, family or "uniform")
    for key, said in (("family", family), ("group", group), ("correlation", correlation)):
        if said is not None and not found.uncertain:
            message = f"`{key}` is said of a range, and there is no `range`"
            raise Refused((key,), "no-range", message, "add `range: [low, high]`, or leave it out")
    if family == "lognormal" and min(found.lows) <= 0:
        message = f"a lognormal reading is above 0, and the range starts at {min(found.lows):g}"
        raise Refused(("family",), "bad-family", message, "use another family, or a range above 0")
    return replace(found, together=_together(group, correlation))


def _together(group: str | None, correlation: object) -> Together | None:
    """Group of a range and its correlation, which stand together."""
    if group is None and correlation is None:
        return None
    if correlation is None:
        message = f"the group `{group}` lacks the rank correlation of its ranges"
        raise Refused(("group",), "no-correlation", message, "add `correlation:`, such as 0.7")
    if group is None:
        message = "`correlation` is with the ranges of a group, and there is no `group`"
        raise Refused(("correlation",), "no-group", message, "add `group:` with a name that those ranges share")
    try:
        closely = number(correlation)
    except Refused as problem:
        problem.at = ("correlation",)
        raise
    if not 0 < abs(closely) <= 1:
        message = f"a rank correlation of {closely:g} is not between -1 and 1, or is none at all"
        hint = "1 moves with the group in full, below 0 against it; leave the group out for none"
        raise Refused(("correlation",), "bad-correlation", message, hint)
    return Together(group, closely)


#: keys that say something of a range
OF_RANGES = ("range", "family", "group", "correlation")


def _ranged(value: object, spread: object, family: Family) -> Quantity:
    if not isinstance(value, Mapping):
        amount = number(value)
        if spread is None:
            return Quantity((amount,), family=family)
        if isinstance(spread, Mapping):
            raise Refused(
                ("range",), "bad-range", "a dated range needs a dated value", "write `range: [low, high]`"
            )
        low, high = _ends(amount, spread, ())
        return Quantity((amount,), (), (low,), (high,), family)
    dates, amounts = dated(value)
    if spread is None:
        return Quantity(amounts, dates, family=family)
    if isinstance(spread, Mapping):
        ends = _dated_ends(dict(zip(dates, amounts, strict=True)), spread)
    else:
        last = amounts[-1]
        if last == 0:
            raise Refused(
                ("range",),
                "bad-range",
                "one range for dated values is the range of the last, which is 0 here",
                "write a range for each date that is uncertain: `range: {2024-07-01: [0.1, 0.3]}`",
            )
        low, high = _ends(last, spread, ())
        ends = [tuple(sorted((amount * low / last, amount * high / last))) for amount in amounts]
    return Quantity(amounts, dates, tuple(end[0] for end in ends), tuple(end[1] for end in ends), family)


def dated(value: Mapping[object, object]) -> tuple[tuple[dt.date, ...], tuple[float, ...]]:
    """Dates and numbers of a mapping, by date.

    Raises
    ------
    Refused
        When it is empty, or holds something else.
    """
    if not value:
        raise Refused((), "no-value", "there is no value here", "write a number, or dates with numbers")
    pairs = []
    for day, amount in value.items():
        try:
            pairs.append((full_date(day), number(amount)))
        except Refused as problem:
            problem.at = (day,)
            raise
    pairs.sort()
    return tuple(day for day, _ in pairs), tuple(amount for _, amount in pairs)


def _dated_ends(amounts: Mapping[dt.date, float], spread: Mapping[object, object]) -> list[tuple[float, ...]]:
    for day in spread:
        if full_date(day) not in amounts:
            message = f"the range has the date {day}, and the value has not"
            raise Refused(("range", day), "bad-range", message, "use a date of the value")
    return [
        _ends(amount, spread[day], (day,)) if day in spread else (amount, amount)
        for day, amount in amounts.items()
    ]


def _ends(amount: float, spread: object, at: tuple[object, ...]) -> tuple[float, float]:
    place = ("range", *at)
    if not isinstance(spread, Sequence) or isinstance(spread, str) or len(spread) != 2:
        raise Refused(place, "bad-range", "a range is two numbers", "write `range: [low, high]`")
    try:
        low, high = number(spread[0]), number(spread[1])
    except Refused as problem:
        problem.at = place
        raise
    if low >= high:
        message = f"the range [{low:g}, {high:g}] is not from low to high"
        raise Refused(place, "bad-range", message, "write the lower end first; leave a range of nothing out")
    if not low <= amount <= high:
        message = f"the range [{low:g}, {high:g}] does not hold the value {amount:g}"
        raise Refused(place, "bad-range", message, "widen the range or correct the value")
    return low, high


def steps(days: Sequence[int], amounts: Sequence[float], at: IntArray) -> FloatArray:
    """Value on each day `at` of amounts that hold from their day until the next; the first holds before too.

    Examples
    --------
    >>> steps([0, 10], [1.0, 2.0], np.array([-5, 9, 10]))
    array([1., 1., 2.])
    """
    place = np.searchsorted(np.asarray(days, dtype=np.int64), at, side="right") - 1
    return np.asarray(amounts, dtype=np.float64)[np.maximum(place, 0)]


@dataclass(frozen=True, slots=True)
class Move:
    """One change to a value through time.

    Parameters
    ----------
    verb : {"set", "scale", "add"}
        What it does.
    days, amounts : tuple
        First day of each amount; a single amount has one day, the first on which it acts.
    last : int
        Last day on which it acts.
    ramp : int
        Days from nothing on the first day to the full effect.
    strength : float
        0 none, 1 as written.
    """

    verb: Verb
    days: tuple[int, ...]
    amounts: tuple[float, ...]
    last: int = ALWAYS_TO
    ramp: int = 0
    strength: float = 1.0

    def force(self, at: IntArray) -> FloatArray:
        """Share of the full effect on each day, 0 where it does not act."""
        first = self.days[0]
        rise = np.clip((at - first) / self.ramp, 0.0, 1.0) if self.ramp > 0 else np.ones(len(at))
        return np.where((at >= first) & (at <= self.last), self.strength * rise, 0.0)


def moved(base: FloatArray, moves: Iterable[tuple[Move, npt.NDArray[np.bool_]]], at: IntArray) -> FloatArray:
    """Values after changes: first every set, then every scale, then every add, whatever their order.

    Parameters
    ----------
    base : float array (days, cells)
        Values before the changes.
    moves : iterable of (Move, bool array)
        Changes and the cells that each acts on. No two sets may act on the same cell and day.
    at : int array (days,)
        The days.

    Returns
    -------
    float array (days, cells)
        A new array.
    """
    ordered = sorted(moves, key=lambda pair: ("set", "scale", "add").index(pair[0].verb))
    values = base.copy()
    for move, cells in ordered:
        force = move.force(at)[:, None]
        amount = steps(move.days, move.amounts, at)[:, None]
        now = values[:, cells]
        if move.verb == "set":
            new = np.where(force == 1.0, amount, now + force * (amount - now))
        elif move.verb == "scale":
            new = now * np.where(force == 1.0, amount, 1.0 + force * (amount - 1.0))
        else:
            new = now + force * amount
        values[:, cells] = np.where(force == 0.0, now, new)
    return values


def weekly_means(values: FloatArray) -> FloatArray:
    """Mean over each whole week of daily values (days, cells); exact where a week's days are alike.

    Examples
    --------
    >>> weekly_means(np.array([[0.1]] * 7 + [[0.0]] * 3 + [[0.875]] * 4)).tolist()
    [[0.1], [0.5]]
    """
    weeks = values.reshape(len(values) // DAYS_A_WEEK, DAYS_A_WEEK, *values.shape[1:])
    first = weeks[:, 0]
    return np.asarray(first + (weeks - first[:, None]).mean(axis=1), dtype=np.float64)
