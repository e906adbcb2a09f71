"""From the first of several runs to the last, in steps: read from run folders alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import pandas as pd

from capacity_sim.analysis import shares
from capacity_sim.analysis.compare import check_alike, output, paired, staffed_rows
from capacity_sim.analysis.recorded import recorded
from capacity_sim.analysis.spread import RangeKind, range_kind, range_words, spread
from capacity_sim.catalogue import OutputSpec
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

INTERACTION, REST = "interaction", "all else, and interaction"


class Kind(StrEnum):
    """How runs stand to one another.

    ``CHAIN``: each holds all that the one before it changes. ``WHOLE``: the last holds all that the others change.
    ``BESIDE``: neither, so that no sum of them means anything.
    """

    CHAIN = "chain"
    WHOLE = "whole"
    BESIDE = "beside"


@dataclass(frozen=True)
class Steps:
    """What each run adds to the one before it, or alone to the first.

    Parameters
    ----------
    measure : OutputSpec
        The output.
    month, area, basis : str or None
        Of the figures.
    kind : Kind
        How the runs stand to one another.
    ends : pandas.DataFrame
        Columns scenario, central, low, high: levels of the first run and, but for ``BESIDE``, of the last.
    frame : pandas.DataFrame
        Columns name, central, low, high: the steps, paired draw by draw. But for ``BESIDE`` the middles add up to the
        difference of the ends. What belongs to no single step is called ``interaction``, or ``all else, and
        interaction`` where the last run changes more than the others together.
    range : RangeKind
        Where ranges come from.
    words : str
        The same in a sentence.
    folders : tuple of RunFolder
        The runs.
    """

    measure: OutputSpec
    month: str
    area: str | None
    basis: str
    kind: Kind
    ends: pd.DataFrame
    frame: pd.DataFrame
    range: RangeKind
    words: str
    folders: tuple[RunFolder, ...]


def steps(
    folders: Sequence[RunFolder],
    measure: str = "gap_fte",
    month: str | None = None,
    area: str | None = "sentence_management",
) -> Steps:
    """Steps from the first run to the last.

    Parameters
    ----------
    folders : sequence of RunFolder
        Two or more finished runs that differ in their scenario alone.
    measure : str
        Output of the catalogue that adds up.
    month : str, optional
        The month; the last of the runs by default.
    area : str or None
        Area of work; None for all.

    Raises
    ------
    NotComparableError
        When the runs differ in more than their scenario.
    UsageError
        For fewer than two runs, or a ratio, which does not add up.
    """
    if len(folders) < 2:
        raise UsageError(Fault("one-run", "steps need two runs", hint="name a second run"))
    check_alike(folders)
    spec = output(measure)
    if spec.over_cells == "ratio":
        raise UsageError(Fault("no-sum", f"`{measure}` is a ratio, so its changes do not add up", hint="use a count"))
    base, last = folders[0], folders[-1]
    month = month or base.months[-1]
    totals = [_total(folder, measure, month, area) for folder in folders]
    said = [recorded(folder) for folder in folders]
    kind = Kind.BESIDE
    if all(after.holds(before) for before, after in pairwise(said)):
        kind = Kind.CHAIN
    elif len(folders) > 2 and all(said[-1].holds(one) for one in said[:-1]):
        kind = Kind.WHOLE
    lines = []
    if kind is Kind.CHAIN:
        for (before, after), folder in zip(pairwise(totals), folders[1:], strict=True):
            lines.append(_line(folder.name, paired(before, after, ())))
    else:
        mine = range(1, len(folders) if kind is Kind.BESIDE else len(folders) - 1)
        alone = [(folders[i].name, paired(totals[0], totals[i], ())) for i in mine]
        lines = [_line(name, one) for name, one in alone]
        if kind is Kind.WHOLE:
            rest = paired(totals[0], totals[-1], ())
            for _, one in alone:
                rest = paired(one, rest, ())
            named = {change for one in said[:-1] for change in one.changes}
            lines.append(_line(INTERACTION if named == set(said[-1].changes) else REST, rest))
    frame = pd.DataFrame(lines)
    ends = pd.DataFrame([_line(base.name, totals[0])])
    if kind is not Kind.BESIDE:
        whole = float(spread(paired(totals[0], totals[-1], ()))["central"].iloc[0])
        frame["central"] = _added_up(frame, whole, kind)
        top = _line(last.name, totals[-1])
        top["central"] = float(ends["central"].iloc[0]) + whole
        ends = pd.concat([ends, pd.DataFrame([top])], ignore_index=True)
    ends = ends.rename(columns={"name": "scenario"})
    basis = base.timing_basis
    return Steps(
        spec, month, area, basis, kind, ends, frame, range_kind(base), range_words(base), tuple(folders)
    )


def _added_up(frame: pd.DataFrame, whole: float, kind: Kind) -> list[float]:
    """Middles that add up to the middle of the whole: the interaction takes the rest, or all steps by their ranges."""
    middles = frame["central"].to_list()
    if kind is Kind.WHOLE:
        return [*middles[:-1], whole - sum(middles[:-1])]
    return shares.closing(middles, whole, (frame["high"] - frame["low"]).to_list())


def _total(folder: RunFolder, measure: str, month: str, area: str | None) -> pd.DataFrame:
    where = {} if area is None else {"area": area}
    table = staffed_rows(folder, [measure], where, [month])
    return summarise(table, measure, (), month, where=where, basis=folder.timing_basis)


def _line(name: str, total: pd.DataFrame) -> dict[str, object]:
    found = spread(total)
    return {"name": name, **{key: float(found[key].iloc[0]) for key in ("central", "low", "high")}}
