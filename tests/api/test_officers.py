"""Officers who are followed are the officers of the run."""

import datetime as dt
from pathlib import Path

import capacity_sim as cs
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.model import engine, officers
from capacity_sim.parameters import Parameters
from capacity_sim.runs.replication import load_data


def test_cases_of_all_that_are_seen_are_those_of_the_run(tmp_path: Path) -> None:
    data, end = load_data("demo"), dt.date(2025, 3, 30)
    calendar = Calendar(data.start, end)
    world = engine.prepare(data, load(), Parameters(load(), data.values, (), calendar), calendar)
    seen = {one.month: int(one.cases[one.cases > 0].sum()) for one in officers.watch(world, 1)}
    run = cs.run("baseline", data="demo", to=end, runs_dir=tmp_path)[0]
    held = run.table("cases_held", at=list(run.months), area=None).set_index("month")["central"]
    assert list(seen) == list(run.months)
    assert held.astype(int).to_dict() == seen
    career = cs.follow_officer("baseline", data="demo", to=end)
    assert career.months["training"].all()
    assert career.months["month"].iloc[0] == "2024-09"
    assert career.plot().alt.startswith("One officer in baseline")


def test_a_career_ends_with_the_months_of_the_run(tmp_path: Path) -> None:
    end = dt.date(2025, 3, 31)  # the last week is one of April
    run = cs.run("baseline", data="demo", to=end, runs_dir=tmp_path)[0]
    assert run.months[-1] == "2025-03"
    assert max(run.monthly["month"].unique()) == "2025-04"
    assert cs.follow_officer("baseline", data="demo", to=end).months["month"].iloc[-1] == "2025-03"
