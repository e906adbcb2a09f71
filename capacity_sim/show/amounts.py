"""Amounts, ranges, dates and cells of inputs as a reader meets them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from capacity_sim.data.values import BaselineValue
from capacity_sim.scenario import Change

_ROLLED = {"months": "rolled out over", "strength": "rolled out at strength", "slip_months": "slips"}
_SIGNS = {"scale": "x ", "add": "+ "}


@dataclass(frozen=True)
class Amount:
    """One number of a value or a change, from a day on.

    Parameters
    ----------
    value : float
        The number as written.
    since : datetime.date or None
        First day; None when it holds for the whole run.
    low, high : float or None
        Ends of its range; None when it is sure.
    """

    value: float
    since: date | None
    low: float | None
    high: float | None


def amounts(of: BaselineValue | Change) -> Iterator[Amount]:
    """Each number of a value or a change, with its first day and its range."""
    spread = of.quantity
    dates = of.dates if isinstance(of, Change) else spread.dates
    for place, value in enumerate(spread.amounts):
        low, high = (spread.lows[place], spread.highs[place]) if spread.uncertain else (value, value)
        sure = low == high == value
        yield Amount(value, dates[place] if dates else None, None if sure else low, None if sure else high)


def plain(value: float) -> str:
    """Write a number without rounding that matters.

    Examples
    --------
    >>> plain(0.6667), plain(24000.0), plain(1234567.0), plain(1 / 3)
    ('0.6667', '24,000', '1,234,567', '0.333333')
    """
    return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value:,.6g}"


def does(verb: str, value: float) -> str:
    """Write what an amount does.

    Examples
    --------
    >>> does("set", 0.5), does("scale", 0.05), does("add", 0.02), does("add", -0.02)
    ('0.5', 'x 0.05', '+ 0.02', '- 0.02')
    """
    if verb == "add" and value < 0:
        return f"- {plain(-value)}"
    return f"{_SIGNS.get(verb, '')}{plain(value)}"


def ends(low: float | None, high: float | None) -> str:
    """Range in words, or nothing.

    Examples
    --------
    >>> ends(0.5, 1.0), ends(None, None)
    ('0.5 to 1', '')
    """
    return "" if low is None or high is None else f"{plain(low)} to {plain(high)}"


def cells(where: Mapping[str, str | tuple[str, ...]]) -> str:
    """Cells as `--where` takes them; several values of a dimension are joined by `|`.

    Examples
    --------
    >>> cells({"grade": ("PO", "PSO"), "area": "court"})
    'grade=PO|PSO,area=court'
    """
    return ",".join(
        f"{dim}={named if isinstance(named, str) else '|'.join(named)}" for dim, named in where.items()
    )


def day(of: date | None) -> str:
    """Date, or nothing."""
    return of.isoformat() if of is not None else ""


def adjustments(change: Change, brief: bool = False) -> str:
    """What is made of a change beside its own amount: phase-in, strength and delay, with those of its rollout.

    Parameters
    ----------
    change : Change
        A change in force.
    brief : bool
        Whether the rollout is named instead of written out.

    Examples
    --------
    >>> from capacity_sim.scenario import from_set_option
    >>> adjustments(from_set_option("staff.leaving.annual_rate=0.1@2026-04-01"))
    ''
    """
    parts = [adjusted(change)] if adjusted(change) else []
    if change.written.phase_in_months is not None:
        parts.insert(0, f"over {months(change.written.phase_in_months)}")
    rolled = [f"{words} {spread}" for key, words in _ROLLED.items() if (spread := _rolled(change, key))]
    if brief and rolled and change.rollout is not None:
        rolled = [f"rollout of {change.rollout.of}"]
    parts += rolled
    return ", ".join(parts)


def adjusted(change: Change) -> str:
    """What an adjustment makes of a change."""
    whole = ", a rule that stays whole" if change.rule and change.strength else ""
    parts = [f"strength {plain(change.strength)}{whole}"] if change.strength != 1 else []
    parts += [f"{months(change.delay_months)} later"] if change.delay_months else []
    return ", ".join(parts)


def _rolled(change: Change, key: str) -> str:
    """Number of a rollout with its range, if it acts on the change."""
    spread = change.rollout.spread(key) if change.rollout is not None and change.takes(key) else None
    if spread is None:
        return ""
    number = plain(spread.amounts[0]) + ("" if key == "strength" else " months")
    return number + (f" ({ends(spread.lows[0], spread.highs[0])})" if spread.uncertain else "")


def months(number: float) -> str:
    """Months in words.

    Examples
    --------
    >>> months(1), months(6.5)
    ('1 month', '6.5 months')
    """
    return f"{plain(number)} month{'' if number == 1 else 's'}"


def place(file: str | None, line: int | None) -> str:
    """Place in a file, or nothing."""
    return "" if file is None else file if line is None else f"{file}:{line}"


def change_words(change: Change, brief: bool = True) -> str:
    """What a change does, in a line: amounts with their days and ranges, the last day, and the adjustments.

    Parameters
    ----------
    change : Change
        A change in force.
    brief : bool
        As in `adjustments`.

    Examples
    --------
    >>> from capacity_sim.scenario import from_set_option
    >>> change_words(from_set_option("staff.leaving.annual_rate=0.1@2026-04-01"))
    '0.1 from 2026-04-01'
    """
    parts = []
    for one in amounts(change):
        spread = ends(one.low, one.high)
        since = f" from {one.since}" if one.since is not None else ""
        parts.append(does(change.verb, one.value) + since + (f" (range {spread})" if spread else ""))
    if change.end is not None:
        parts.append(f"to {change.end}")
    return ", ".join([*parts, *filter(None, [adjustments(change, brief)])])
