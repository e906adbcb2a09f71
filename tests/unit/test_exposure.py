"""Person-months without contact beside a comparison: a year of them, by risk, paired."""


import numpy as np
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.analysis.exposure import MEASURE, exposure
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.show.exposed import exposure_report
from capacity_sim.show.sheet import to_text


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    done = run(Request(scenarios, 4, 1, 1), FakeModel(), runs_dir=tmp_path_factory.mktemp("runs"))
    return [outcome.folder for outcome in done]


def test_a_year_of_months_is_added_up_by_risk(pair: list[RunFolder]) -> None:
    found = exposure(pair, "2025-03")
    assert (found.months[0], found.months[-1], len(found.months)) == ("2024-04", "2025-03", 12)
    table = pair[0].table([MEASURE])
    mine = table[(table["risk"] == "high") & table["month"].isin(found.months) & table["unit"].isna()]
    known = mine.groupby(["draw", "rep"])["value"].sum().median()
    level = found.frame[(found.frame["scenario"] == "baseline") & (found.frame["risk"] == "high")]
    assert level["central"].tolist() == [known] != [0.0]


def test_differences_are_paired_before_their_middle_is_taken(pair: list[RunFolder]) -> None:
    found = exposure(pair, "2025-03")
    totals = []
    for folder in pair:
        table = folder.table([MEASURE])
        mine = table[(table["risk"] == "low") & table["month"].isin(found.months) & table["unit"].isna()]
        totals.append(mine.groupby(["draw", "rep"])["value"].sum())
    less = (totals[1] - totals[0]).to_numpy()
    frame = found.frame
    line = frame[(frame["row"] == "difference") & (frame["risk"] == "low")].iloc[0]
    assert line["central"] == pytest.approx(np.median(less))
    assert (line["low"], line["high"]) == pytest.approx((np.quantile(less, 0.1), np.quantile(less, 0.9)))


def test_a_year_is_cut_where_the_run_starts(pair: list[RunFolder]) -> None:
    first = pair[0].months[0]
    found = exposure(pair, pair[0].months[2])
    assert (found.months[0], len(found.months)) == (first, 3)
    assert "Person-months without contact in the 3 months to" in exposure_report(found).title


def test_the_table_says_what_it_does_not_say(pair: list[RunFolder]) -> None:
    text = to_text(exposure_report(exposure(pair, "2025-03")))
    assert "Nothing is said here of reoffending or harm." in " ".join(text.split())
    assert "less baseline" in text
