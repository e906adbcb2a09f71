"""What each group of changes did to an output: alone, last, its share, and what belongs to no single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from capacity_sim.analysis import shares
from capacity_sim.analysis.shares import Array
from capacity_sim.analysis.spread import RangeKind, spread
from capacity_sim.catalogue import OutputSpec

LEVEL, TOTAL, ALONE, LAST, SHARE, INTERACTION = "level", "total", "alone", "last", "share", "interaction"


@dataclass(frozen=True)
class Group:
    """Changes that get credit together.

    Parameters
    ----------
    name : str
        A parent's name, or the id of a change.
    ids : frozenset of str
        The changes. One that two groups hold is met once, when either is there.
    words : str
        What the scenario's adjustments make of them.
    """

    name: str
    ids: frozenset[str]
    words: str = ""


@dataclass(frozen=True)
class Line:
    """One draw and replication, shared out.

    Parameters
    ----------
    draw, rep : int
        Which.
    base, scenario : float array (output,)
        Levels.
    alone, last, share : float array (group, output)
        What each group does on its own, what it adds to all others, and its share of the total.
    """

    draw: int
    rep: int
    base: Array
    scenario: Array
    alone: Array
    last: Array
    share: Array


@dataclass(frozen=True)
class Attribution:
    """Who gets the credit for the difference between two scenarios at one month.

    Parameters
    ----------
    measure : OutputSpec
        What is shared out.
    base, scenario : str
        Names of the two.
    groups : tuple of Group
        Who gets credit.
    month : str
        The month.
    year : tuple of str
        Months over which exposure is added up.
    area, basis : str or None
        Area of work and timing basis, where the measure has them.
    place, source : str
        Where, and what the figures rest on.
    needed : float
        Staff needed in the base, which says how finely figures are rounded.
    frame : pandas.DataFrame
        Columns output, group, what, central, low, high, error. `output` is the measure, or a risk for exposure; `group`
        is the name of a group or of a scenario. Shares add up to the total, and so do what each does alone and the
        interaction.
    kind : RangeKind
        Where the ranges come from.
    draws, reps : int
        How many.
    method : tuple of str
        How the shares were found and how sure they are, in sentences.
    """

    measure: OutputSpec
    base: str
    scenario: str
    groups: tuple[Group, ...]
    month: str
    year: tuple[str, ...]
    area: str | None
    basis: str | None
    place: str
    source: str
    needed: float
    frame: pd.DataFrame
    kind: RangeKind
    draws: int
    reps: int
    method: tuple[str, ...]

    def row(self, what: str, group: str = "", output: str | None = None) -> dict[str, float]:
        """Central, low, high and error of one line of the frame."""
        frame = self.frame
        found = frame[
            (frame["output"] == (output or self.measure.name)) & (frame["what"] == what) & (frame["group"] == group)
        ]
        line = found.iloc[0]
        return {name: float(line[name]) for name in ("central", "low", "high", "error")}


def frame_of(
    lines: Sequence[Line], names: Sequence[str], outputs: Sequence[str], ends: tuple[str, str], errors: Array | None
) -> pd.DataFrame:
    """Middle and range of every part, with the middles made to add up.

    Parameters
    ----------
    lines : sequence of Line
        Draws and replications; in each the parts add up.
    names : sequence of str
        Groups.
    outputs : sequence of str
        What was shared out.
    ends : tuple of str
        Names of the base and the scenario.
    errors : float array (group, output), optional
        Standard error of the shares.
    """
    rows = [row for line in lines for row in _rows(line, names, outputs, ends)]
    long = pd.DataFrame(rows, columns=["draw", "rep", "output", "what", "group", "value"])
    found = spread(long, ["output", "what", "group"])
    found["error"] = np.nan
    for number, output in enumerate(outputs):
        mine = found["output"] == output
        whole = _middle(found, mine, TOTAL)
        share = mine & (found["what"] == SHARE)
        widths = (found.loc[share, "high"] - found.loc[share, "low"]).to_list()
        found.loc[share, "central"] = shares.closing(found.loc[share, "central"].to_list(), whole, widths)
        apart = mine & (found["what"] == INTERACTION)
        found.loc[apart, "central"] = whole - float(found.loc[mine & (found["what"] == ALONE), "central"].sum())
        base = mine & (found["what"] == LEVEL) & (found["group"] == ends[0])
        top = mine & (found["what"] == LEVEL) & (found["group"] == ends[1])
        found.loc[top, "central"] = float(found.loc[base, "central"].iloc[0]) + whole
        if errors is not None:
            found.loc[share, "error"] = errors[:, number]
    return found


def _middle(found: pd.DataFrame, mine: pd.Series, what: str) -> float:
    return float(found.loc[mine & (found["what"] == what), "central"].iloc[0])


def _rows(
    line: Line, names: Sequence[str], outputs: Sequence[str], ends: tuple[str, str]
) -> list[tuple[int, int, str, str, str, float]]:
    rows: list[tuple[int, int, str, str, str, float]] = []
    whole = line.scenario - line.base
    for number, output in enumerate(outputs):
        parts: list[tuple[str, str, float]] = [
            (LEVEL, ends[0], line.base[number]),
            (LEVEL, ends[1], line.scenario[number]),
            (TOTAL, "", whole[number]),
            (INTERACTION, "", whole[number] - line.alone[:, number].sum()),
        ]
        for what, array in ((ALONE, line.alone), (LAST, line.last), (SHARE, line.share)):
            parts += [(what, name, array[i, number]) for i, name in enumerate(names)]
        rows += [(line.draw, line.rep, output, what, group, float(value)) for what, group, value in parts]
    return rows
