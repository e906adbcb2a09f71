"""A number or dated numbers with the range they may lie in; set, scale and add; phase in; means over weeks.

Days are whole numbers counted from any fixed day. Nothing here knows a parameter, a file or a scenario.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from capacity_sim.calendars import DAYS_A_WEEK
from capacity_sim.errors import Refused

Family = Literal["uniform", "triangular"]
Verb = Literal["set", "scale", "add"]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: earlier and later than any day of a run
ALWAYS_FROM = -(10**6)
ALWAYS_TO = 10**6

_YEARS = range(1800, 2200)
_LIKE_A_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
    family : {"uniform", "triangular"}
        How a reading spreads over the range; the mode of a triangular one is the number itself.
    """

    amounts: tuple[float, ...]
    dates: tuple[dt.date, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    family: Family = "uniform"

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
    """Value at a quantile of a range.

    Examples
    --------
    >>> reading(0.5, 0.0, 1.0, 0.5, "triangular")
    0.5
    """
    if family == "uniform" or high == low:
        return low + quantile * (high - low)
    mode = (amount - low) / (high - low)
    if quantile < mode:
        return low + (high - low) * sqrt(quantile * mode)
    return high - (high - low) * sqrt((1 - quantile) * (1 - mode))


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


def quantity(value: object, spread: object = None, family: Family = "uniform") -> Quantity:
    """Quantity of a written value and its written range.

    Parameters
    ----------
    value : number or mapping of date to number
        What is written as the value.
    spread : list of two numbers, or mapping of date to such a list, optional
        What is written as the range. With dated numbers a single list is the range of the last of them, and
        the earlier ones keep their ratio to it; a mapping gives dates their own, and leaves the rest certain.
    family : {"uniform", "triangular"}
        How a reading spreads over the range.

    Raises
    ------
    Refused
        When either is malformed, or the range does not hold the value.

    Examples
    --------
    >>> quantity(0.2, [0.1, 0.4])
    Quantity(amounts=(0.2,), dates=(), lows=(0.1,), highs=(0.4,), family='uniform')
    """
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
