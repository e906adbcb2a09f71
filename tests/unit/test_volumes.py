"""Published volumes beside simulated ones: the arithmetic of rates, shares and tolerances."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.fake_result import fake_result

from capacity_sim import data
from capacity_sim.analysis import stability, volumes
from capacity_sim.analysis.volumes import Check, compared
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import load
from capacity_sim.errors import UsageError
from capacity_sim.runs.tidy import tidy

START, END = date(2024, 3, 31), date(2025, 3, 30)
CALENDAR = Calendar(START, END)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return tidy(fake_result(end=END), load(), 0, 0).to_pandas()


@pytest.fixture(scope="module")
def found(table: pd.DataFrame) -> dict[str, Check]:
    groups = compared(table, CALENDAR, data.load("england_wales"))
    return {one.id: one for group in groups.values() for one in group}


def rows(table: pd.DataFrame, measure: str, **where: object) -> pd.DataFrame:
    keep = table["measure"] == measure
    for key, wanted in where.items():
        keep &= table[key].isin([wanted] if isinstance(wanted, str) else wanted)
    return table[keep]


def test_every_figure_of_the_checks_is_published() -> None:
    published = data.load("england_wales")
    figures = published.published["volumes"]
    assert {name for volume in volumes.VOLUMES for name in volume.figures} <= set(figures)
    assert {volume.times for volume in volumes.VOLUMES} - {""} <= set(figures)
    named = [name for name, *_ in (*volumes.STOCKS, *volumes.SHARES, *volumes.STAFF, *volumes.TIMELINESS)]
    named += [volume.target for volume in volumes.VOLUMES if volume.target]
    assert set(named) <= {target.id for target in published.targets}


def test_a_volume_is_a_rate_of_whole_years(table: pd.DataFrame, found: dict[str, Check]) -> None:
    weeks = int(CALENDAR.weeks_in_month.sum())
    reports = rows(table, "work_due", activity=volumes.REPORTS)["value"].sum()
    assert found["court_reports"].simulated == pytest.approx(reports * 365.25 / (7 * weeks))
    recalls = rows(table, "recalls")["value"].sum()
    assert found["recalls"].simulated == pytest.approx(recalls * 365.25 / (7 * weeks) / 4)


def test_days_of_unpaid_work_become_hours(table: pd.DataFrame, found: dict[str, Check]) -> None:
    weeks = int(CALENDAR.weeks_in_month.sum())
    days = rows(table, "work_due", activity="unpaid_work_day")["value"].sum()
    hours = data.load("england_wales").published["volumes"][volumes.HOURS_A_DAY].number
    assert found["unpaid_work_hours_offered"].simulated == pytest.approx(hours * days * 365.25 / (7 * weeks) / 4)


def test_stocks_and_shares_are_of_the_month(table: pd.DataFrame, found: dict[str, Check]) -> None:
    march = table[table["month"] == "2025-03"]
    people = rows(march, "people_on_sentence")["value"].sum()
    assert found["caseload_total_2025_03"].simulated == pytest.approx(people)
    december = table[table["month"] == "2024-12"]
    here = rows(december, "people_on_sentence", type=volumes.COMMUNITY)
    low = here[here["risk"] == "low"]["value"].sum()
    assert found["low_share_2024_12"].simulated == pytest.approx(100 * low / here["value"].sum())
    officers = rows(march, "in_post_fte", grade="PO")["value"].sum()
    assert found["po_in_post_2025_03"].simulated == pytest.approx(officers)


def test_timeliness_is_of_what_fell_due(table: pd.DataFrame, found: dict[str, Check]) -> None:
    due = rows(table, "work_due", activity="induction")["value"].sum()
    done = rows(table, "work_on_time", activity="induction")["value"].sum()
    assert found["perf_induction_5d"].simulated == pytest.approx(100 * done / due)


def test_figures_of_draws_are_their_mean(table: pd.DataFrame) -> None:
    again = tidy(fake_result(end=END, draw=1), load(), 1, 0).to_pandas()
    both = pd.concat([table, again], ignore_index=True)
    published = data.load("england_wales")
    means = [compared(part, CALENDAR, published)["volumes"][0].simulated for part in (table, again, both)]
    assert means[2] == pytest.approx((means[0] + means[1]) / 2)


@pytest.mark.parametrize(
    ("check", "difference", "passes"),
    [
        (Check("a", "", "", "", "check", 98.0, 100.0, allowed=2.0), -2.0, True),
        (Check("a", "", "", "", "check", 97.9, 100.0, allowed=2.0), -2.1, False),
        (Check("a", "", "", "", "check", 97.9, 100.0), -2.1, None),
        (Check("a", "", "", "", "check", 95.0, 90.0, highest=100.0), 0.0, True),
        (Check("a", "", "", "", "check", 101.0, 90.0, highest=100.0), 1.0, False),
        (Check("a", "", "", "", "check", 89.0, 90.0, highest=100.0), -1.0, False),
        (Check("a", "", "", "", "check", 95.0, 90.0, floor=True), 0.0, True),
        (Check("a", "", "", "", "check", 88.0, 90.0, floor=True), -2.0, False),
    ],
)
def test_a_difference_is_from_the_nearest_end(check: Check, difference: float, passes: bool | None) -> None:
    assert check.difference == pytest.approx(difference)
    assert check.passes is passes
    assert check.difference_pct == pytest.approx(100 * difference / check.published)


def test_a_run_must_reach_the_year(table: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="ends in 2024-09, before 2025-03"):
        compared(table, Calendar(START, date(2024, 9, 29)), data.load("england_wales"))


def test_what_a_data_set_does_not_publish_is_left_out(table: pd.DataFrame) -> None:
    groups = compared(table, CALENDAR, data.load("demo"))
    assert [one.id for one in groups["volumes"]][:2] == ["first_releases", "recalls"]
    assert groups["timeliness"] == ()


def test_departures_are_from_the_start() -> None:
    demo = data.load("demo")
    stock = demo.people.sum(axis=0).astype(float)
    mix = np.array([0.155, 0.6464, 0.1827, 0.0159])
    still = np.rint(stock[:, None] * mix)
    lives = [np.rint([still, still * later]).astype(np.int64) for later in (1.1, 0.9, 1.3)]
    found = stability.departures(np.stack(lives), demo, ("2024-04", "2024-05"))
    everyone = found[-1]
    assert (everyone.by, everyone.name, everyone.month) == ("all", "all", "2024-05")
    assert everyone.worst == pytest.approx(10, abs=0.2)
    assert everyone.mean == pytest.approx(5, abs=0.2)
    assert everyone.outside == 1
    assert [one.name for one in found if one.by == "risk"] == ["low", "medium", "high", "very_high"]


@pytest.mark.parametrize("measure", volumes.MEASURES)
def test_measures_exist(measure: str) -> None:
    assert measure in load().outputs


def test_one_region_is_refused(tmp_path: Path) -> None:
    from capacity_sim.runs.store import RunFolder

    folder = RunFolder(tmp_path / "baseline-0", {"name": "baseline", "question": {"region": "Wales"}})
    with pytest.raises(UsageError, match="is of Wales alone"):
        volumes.checks(folder, data.load("demo"))
