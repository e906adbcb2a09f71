"""The two kinds of doubt in words: what is not known, and chance; and what pairing buys."""

from __future__ import annotations

import math
from collections.abc import Sequence

from capacity_sim.analysis.spread import RangeKind
from capacity_sim.analysis.variance import Pairing, Split
from capacity_sim.show.sheet import interval, number, significant, small

_UNSPLIT = (
    "A range over draws holds both what is not known and one roll of chance in each draw; `--reps 3` tells them apart."
)


def split_words(what: str, unit: str, found: Split | None, kind: RangeKind) -> list[str]:
    """Ignorance and chance in a figure, in a sentence; what to add where they cannot be told apart.

    Parameters
    ----------
    what, unit : str
        The figure and its unit.
    found : Split or None
        Its variance.
    kind : RangeKind
        Where ranges come from.

    Examples
    --------
    >>> print(*split_words("the gap", "FTE", Split(400.0, 100.0, 20, 3), RangeKind.DRAWS))
    Of the variance of the gap, 80% is ignorance (which assumptions hold: standard deviation 20 FTE) and 20% chance (10
    FTE), from 20 draws of 3 replications each.
    """
    if found is None:
        return [_UNSPLIT] if kind is RangeKind.DRAWS else []
    if found.ignorance + found.chance == 0:
        return [f"Neither ignorance nor chance moves {what}: it is the same in all draws and replications."]
    known, chance = math.sqrt(found.ignorance), math.sqrt(found.chance)
    step = significant([known, chance], 2)
    share = 100 * found.share
    return [
        f"Of the variance of {what}, {share:.0f}% is ignorance (which assumptions hold: standard deviation "
        f"{number(known, step)} {unit}) and {100 - share:.0f}% chance ({number(chance, step)} {unit}), from "
        f"{found.draws} draws of {found.reps} replications each."
    ]


def size(values: tuple[float, float, float]) -> tuple[float, float, float]:
    """Figure without its sign, with its range the same way about, for words that say which way it goes.

    Examples
    --------
    >>> size((-10.0, -12.0, -9.0)), size((3.0, -1.0, 4.0))
    ((10.0, 9.0, 12.0), (3.0, -1.0, 4.0))
    """
    return values if values[0] >= 0 else (-values[0], -values[2], -values[1])


def share_words(values: tuple[float, float, float], of: str = "", step: float = 1) -> str:
    """Share of a whole in per cent with its range, in words.

    Parameters
    ----------
    values : tuple of float
        Middle, low and high in per cent; low and high missing where there is no range.
    of : str
        The whole; nothing where a heading names it.
    step : float
        Rounding in percentage points.

    Examples
    --------
    >>> share_words((43.2, 41.8, 44.1), "the staff needed")
    '43% of the staff needed, 42% to 44%'
    >>> share_words((4.81, float("nan"), float("nan")), "the pieces that fell due", 0.1)
    '4.8% of the pieces that fell due'
    >>> share_words((0.2, float("nan"), float("nan")), "the staff needed")
    'less than 1% of the staff needed'
    """
    span = interval(values[1], values[2], step).replace(" to ", "% to ")
    return f"{small(values[0], step)}%" + (f" of {of}" if of else "") + (f", {span}%" if span else "")


def pairing_words(found: Sequence[Pairing], month: str, unit: str) -> list[str]:
    """What pairing buys, in a sentence for each run."""
    lines = []
    for one in found:
        paired, apart = (math.sqrt(value) for value in (one.paired, one.unpaired))
        step = significant([paired, apart], 2)
        spread = f"standard deviation {number(paired, step)} {unit} instead of {number(apart, step)}"
        if not math.isfinite(one.times):
            gain = "all of the variance goes"
        elif one.times >= 1:
            gain = f"{_times(one.times)} less variance, so {one.number} pairs do as much as {_runs(one)} unpaired ones"
        else:
            gain = f"{1 / one.times:.1f} times more variance, as the two move against each other"
        lines.append(f"Pairing, {one.name} in {month}: {spread}; {gain}.")
    return lines


def _times(value: float) -> str:
    return f"{value:,.1f} times" if value < 10 else f"{value:,.0f} times"


def _runs(one: Pairing) -> str:
    many = one.number * one.times
    return f"{number(many, significant([many], 2))}"
