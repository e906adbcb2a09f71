"""Results of every shipped scenario on the made-up region, as they were when last approved.

The baseline and Reset are held whole, quarter by quarter; the others by what planners look at first, at the first
quarter of each year.

A change of results shows here as figures that moved. If it was meant, `make golden` writes the files anew; the diff is
read as part of the review, and `CHANGELOG.md` says by how much headline figures moved.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from capacity_sim import catalogue, scenario
from capacity_sim.runs.replication import EngineModel
from capacity_sim.runs.tidy import tidy

pytestmark = pytest.mark.golden

FOLDER = Path(__file__).parent / "golden"
SCENARIOS = sorted(path.stem for path in (Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
BASELINE = "baseline"
#: scenarios of which everything is held; of the others, what planners look at first
WHOLE = ("baseline", "no-trend", "reset", "reset-orders", "stress-region-pools", "stress-units-lend")
MOST_SHOWN = 15

#: what is held of each measure: columns kept, and decimals
HELD = {
    "required_fte": (("area", "grade", "basis"), 2),
    "in_post_fte": (("area", "grade"), 2),
    "available_fte": (("area", "grade"), 2),
    "hours_delivered": (("area", "grade"), 1),
    "hours_short": (("area", "grade"), 1),
    "hours_lapsed": (("area", "grade"), 1),
    "backlog_hours": (("area", "grade"), 1),
    "work_due": (("area", "risk"), 0),
    "work_done": (("area", "risk"), 0),
    "work_on_time": (("area", "risk"), 0),
    "work_not_done": (("area", "risk"), 0),
    "people_on_sentence": (("type", "risk"), 0),
    "people_supervised": (("type", "risk"), 0),
    "cases_held": (("grade",), 0),
    "officers_with_cases": (("grade",), 0),
    "officer_changes": ((), 0),
    "starts": (("type",), 0),
    "releases": ((), 0),
    "recalls": ((), 0),
    "ends": (("type",), 0),
    "people_tagged": ((), 0),
    "months_without_contact": (("risk",), 0),
}
HELD_BRIEFLY = {
    "required_fte": (("area", "grade"), 2),
    "available_fte": (("grade",), 2),
    "people_on_sentence": (("type",), 0),
    "people_supervised": (("type",), 0),
    "starts": (("type",), 0),
    "releases": ((), 0),
    "recalls": ((), 0),
    "ends": (("type",), 0),
    "people_tagged": ((), 0),
    "months_without_contact": (("risk",), 0),
}
BASIS = "policy_adjusted"  # of what is held briefly
FIRST_QUARTER = "Q1"
KEYS = ("measure", "area", "grade", "basis", "type", "risk")


def simulate(name: str, whole: bool | None = None) -> str:
    """Table of a scenario as CSV: a line for each measure and what it is about, a column for each quarter."""
    chosen = scenario.load(name)
    result = EngineModel("demo").replicate(chosen, None, seed=1, draw=0, rep=0, threads=1, progress=None)
    names = catalogue.load()
    rows = tidy(result, names, 0, 0).to_pandas()
    names_of = {month: str(pd.Period(month, "M").asfreq("Q")) for month in map(str, result.months)}
    quarter = rows["month"].astype(str).map(names_of)
    rows = rows.assign(quarter=quarter).astype(dict.fromkeys((*KEYS, "month"), "object"))
    quarters = sorted(set(quarter))
    parts = HELD
    if not (name in WHOLE if whole is None else whole):
        rows = rows[(rows["basis"].isna() | (rows["basis"] == BASIS)) & rows["measure"].isin(HELD_BRIEFLY)]
        quarters, parts = [one for one in quarters if one.endswith(FIRST_QUARTER)], HELD_BRIEFLY
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*KEYS, *quarters])
    for measure, (keys, decimals) in parts.items():
        by, rule = ["measure", *keys], names.outputs[measure].over_months
        mine = rows[rows["measure"] == measure].fillna(dict.fromkeys(keys, ""))
        months = mine.groupby([*by, "quarter", "month"], as_index=False)["value"].sum()
        held = months.pivot_table(values="value", index=by, columns="quarter", aggfunc=rule, fill_value=0.0)
        for cell, values in held.reindex(columns=quarters, fill_value=0.0).iterrows():
            words = dict(zip(by, cell if isinstance(cell, tuple) else (cell,), strict=True))
            # Rounded twice: an amount in the middle of two may not fall either way with the order of a sum.
            figures = [f"{round(float(value), 6):.{decimals}f}" for value in values]
            writer.writerow([*(words.get(key, "") for key in KEYS), *figures])
    return out.getvalue()


@cache
def first(name: str) -> str:
    """Table of a scenario, simulated once."""
    return simulate(name)


def moved(before: str, after: str) -> list[str]:
    """What differs between two tables, in words."""
    old, new = ({tuple(row[: len(KEYS)]): row for row in csv.reader(io.StringIO(text))} for text in (before, after))
    found = []
    for key in dict.fromkeys([*old, *new]):
        name = " ".join(part for part in key if part)
        if key not in old or key not in new:
            found.append(f"{name}: {'new' if key in new else 'gone'}")
            continue
        pairs = list(zip(next(iter(new.values())), old[key], new[key], strict=False))
        found += [f"{name}, {quarter}: {was} -> {now}" for quarter, was, now in pairs if was != now]
    return found


@pytest.mark.parametrize("name", SCENARIOS)
def test_results_are_as_they_were(name: str, update_golden: bool) -> None:
    path, table = FOLDER / f"{name}.csv", first(name)
    if update_golden:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(table, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; write it with `make golden`"
    found = moved(path.read_text(encoding="utf-8"), table)
    shown = "\n".join(found[:MOST_SHOWN])
    assert not found, f"{len(found)} figures moved; if they were meant to, `make golden` writes them anew:\n{shown}"


def test_no_golden_file_is_left_behind() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.csv")) == SCENARIOS


def test_every_measure_moves_something_and_leaves_the_baseline_alone() -> None:
    baseline = first(BASELINE)
    brief = simulate(BASELINE, whole=False)
    still = [one for one in SCENARIOS if one != BASELINE and not moved(baseline if one in WHOLE else brief, first(one))]
    assert still == [], "scenarios that move nothing"
    assert simulate(BASELINE) == baseline
