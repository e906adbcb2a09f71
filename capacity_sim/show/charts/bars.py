"""Bars that lie on their side, with ranges across them and words beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from capacity_sim.show.charts.style import GREY, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 0.62


def first_of(value: float, other: float) -> float:
    """Value, or another when there is none."""
    return value if math.isfinite(value) else other


def limits(axes: Axes, reach: list[float]) -> bool:
    """Set the limits so that steps can be seen; say whether zero is out of sight."""
    low, high = min(reach), max(reach)
    room = 0.06 * (high - low or 1.0)
    cut = low > 0 and (high - low) < 0.6 * high
    left = low - 2 * room if cut else min(0.0, low - room)
    axes.set_xlim(left, max(0.0, high + 5 * room) if not cut else high + 5 * room)
    if low < 0:
        axes.axvline(0, color=GREY, linewidth=0.8)
    return cut


def bar(axes: Axes, place: int, start: float, end: float, colour: str, hatch: str = "") -> None:
    """Bar from one value to another."""
    axes.barh(
        place, end - start, left=start, height=HEIGHT, color=colour, hatch=hatch, linewidth=0,
        edgecolor="white" if not hatch else GREY,
    )  # fmt: skip


def band(axes: Axes, place: int, low: float, high: float, middle: float) -> None:
    """Line across a bar from the low to the high end of its range."""
    if math.isfinite(low) and math.isfinite(high):
        axes.plot([low, high], [place, place], color=INK, linewidth=1.2, solid_capstyle="butt")
        for end in (low, high):
            axes.plot([end, end], [place - 0.12, place + 0.12], color=INK, linewidth=1.2)
        axes.plot([middle], [place], marker="o", markersize=2.5, color=INK)


def write(axes: Axes, place: int, right: float, text: str, colour: str = INK) -> None:
    """Words to the right of a bar."""
    axes.annotate(
        text, xy=(right, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8, color=colour,
        annotation_clip=False,
    )  # fmt: skip
