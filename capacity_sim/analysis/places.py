"""Where it sits: regions, delivery units and their status, and officers by the cases they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from capacity_sim.analysis.compare import NEVER_ZERO, staffed_rows
from capacity_sim.analysis.spread import spread
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs.schema import NATIONAL
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

_OVER = re.compile(r"officers_over_(\d+)")
WITH_CASES = "officers_with_cases"


def regions(
    folder: RunFolder, measure: str = "gap_fte", month: str | None = None, area: str = "sentence_management"
) -> pd.DataFrame:
    """One measure of staff by region, beside the staff that the region needs.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    measure : str
        Output in FTE.
    month : str, optional
        The month; the last by default.
    area : str
        Area of work.

    Returns
    -------
    pandas.DataFrame
        Columns region, central, low, high (of the measure), needed (FTE, middle) and share, share_low, share_high (of
        the staff needed, per cent, draw by draw). National teams are left out.
    """
    month = month or folder.months[-1]
    where = {"area": area}
    table = staffed_rows(folder, [measure, "required_fte"], where, [month])
    basis = folder.timing_basis
    found, needed = (
        summarise(table, name, ["region"], month, where=where, basis=basis) for name in (measure, "required_fte")
    )
    keys = ["draw", "rep", "region"]
    both = found.merge(needed.rename(columns={"value": "needed"}), on=keys)
    both["share"] = 100 * both["value"] / both["needed"].where(both["needed"] > 0)
    lines = spread(both[[*keys, "value"]], ["region"]).set_index("region")
    share = spread(both[[*keys, "share"]].rename(columns={"share": "value"}), ["region"]).set_index("region")
    lines["needed"] = spread(needed, ["region"]).set_index("region")["central"]
    lines["share"], lines["share_low"], lines["share_high"] = share["central"], share["low"], share["high"]
    lines = lines.reset_index().astype({"region": str})
    return lines[lines["region"] != NATIONAL].reset_index(drop=True)


def status(folder: RunFolder, months: Sequence[str] | None = None) -> pd.DataFrame:
    """Share of replications in which each delivery unit is amber and red, month by month.

    Parameters
    ----------
    folder : RunFolder
        A run with its units kept.
    months : sequence of str, optional
        Months; all of them by default.

    Returns
    -------
    pandas.DataFrame
        Columns region, unit, month, amber, red: shares from 0 to 1.

    Raises
    ------
    UsageError
        When the run kept no units.
    """
    chosen = list(months or folder.months)
    table = folder.table(["units_amber", "units_red", NEVER_ZERO], units=True)
    table = table[table["unit"].notna()]
    if table.empty:
        message = f"the run `{folder.path.name}` kept no single delivery units"
        raise UsageError(Fault("no-units", message, hint="run it with `--units` (in Python `units=True`)"))
    places = table[["region", "unit"]].astype(str).drop_duplicates().sort_values(["region", "unit"])
    grid = places.merge(pd.DataFrame({"month": chosen}), how="cross")
    number = folder.draws * folder.reps
    for name in ("amber", "red"):
        mine = table[table["measure"] == f"units_{name}"].astype({"unit": str, "month": str})
        counted = mine.groupby(["unit", "month"])["value"].sum() / number
        grid[name] = counted.reindex(pd.MultiIndex.from_frame(grid[["unit", "month"]])).fillna(0.0).to_numpy()
    return grid.reset_index(drop=True)


def caseloads(folder: RunFolder, month: str | None = None, region: str | None = None) -> pd.DataFrame:
    """Officers by the cases they hold: share of the officers who hold cases, by grade and band of caseload.

    Parameters
    ----------
    folder : RunFolder
        A finished run.
    month : str, optional
        Month at whose end cases are counted; the last by default.
    region : str, optional
        One region; all of them by default.

    Returns
    -------
    pandas.DataFrame
        Columns grade, above, to (cases; the last band has no end), central, low, high (per cent of the grade's
        officers who hold cases).
    """
    month = month or folder.months[-1]
    limits = sorted(int(one[1]) for name in load().outputs if (one := _OVER.fullmatch(name)))
    names = [WITH_CASES, *(f"officers_over_{limit}" for limit in limits)]
    where = {} if region is None else {"region": region}
    table = staffed_rows(folder, names, where)
    # an older run may lack a lower limit; where nobody is above one, nobody is above a higher one either
    there = {name for name in names if (table["measure"] == name).any()}
    highest = max((limit for limit in limits if f"officers_over_{limit}" in there), default=0)
    limits = [limit for limit in limits if limit > highest or f"officers_over_{limit}" in there]
    names = [WITH_CASES, *(f"officers_over_{limit}" for limit in limits)]
    counts = [summarise(table, name, ["grade"], month) for name in names]
    keys = ["draw", "rep", "grade"]
    wide = counts[0].rename(columns={"value": "all"})
    wide = wide[wide["all"] > 0].astype({"grade": str})
    for limit, one in zip(limits, counts[1:], strict=True):
        over = one.astype({"grade": str}).rename(columns={"value": str(limit)})
        wide = wide.merge(over, on=keys, how="left").fillna({str(limit): 0.0})
    frames = []
    edges = [0, *limits]
    for place, low in enumerate(edges):
        above = wide["all"] if low == 0 else wide[str(low)]
        below = wide[str(edges[place + 1])] if place + 1 < len(edges) else 0.0
        share = wide[keys].assign(value=100 * (above - below) / wide["all"])
        end = float(edges[place + 1]) if place + 1 < len(edges) else float("nan")
        frames.append(spread(share, ["grade"]).assign(above=low, to=end))
    found = pd.concat(frames, ignore_index=True)
    order = load().dimensions["grade"]
    found = found.sort_values(["grade", "above"], key=lambda one: one.map(order.index) if one.name == "grade" else one)
    return found[["grade", "above", "to", "central", "low", "high"]].reset_index(drop=True)
