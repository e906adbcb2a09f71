"""How units cope, from result files: figures beside the sums that they stand for."""

import re

import pandas as pd
import pytest
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.analysis.delivered import Delivered, delivered
from capacity_sim.errors import UsageError
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.show.coped import delivery_report
from capacity_sim.show.sheet import to_text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    runs = tmp_path_factory.mktemp("runs")
    return run(Request([FakeScenario("baseline")], draws=3), FakeModel(), runs_dir=runs)[0].folder


@pytest.fixture(scope="module")
def found(folder: RunFolder) -> Delivered:
    return delivered(folder)


def value(frame: pd.DataFrame, measure: str, **where: str) -> float:
    for key, name in where.items():
        frame = frame[frame[key].astype(str) == name]
    return float(frame.loc[frame["measure"] == measure, "central"].iloc[0])


def sums(folder: RunFolder, measure: str, months: tuple[str, ...], **where: str) -> pd.Series:
    """Sum of a measure in each draw."""
    table = folder.table([measure])
    mine = table[table["month"].astype(str).isin(months) & (table["measure"] == measure)]
    for key, name in where.items():
        mine = mine[mine[key].astype(str) == name]
    return mine.groupby("draw")["value"].sum()


def test_time_given_is_delivered_over_what_the_same_work_needs(folder: RunFolder, found: Delivered) -> None:
    of = {"area": "sentence_management", "grade": "PO"}
    given, short = (sums(folder, name, found.year, **of) for name in ("hours_delivered", "hours_short"))
    expected = (100 * given / (given + short)).median()
    assert value(found.grades, "time_given_pct", grade="PO") == pytest.approx(expected)


def test_on_time_is_of_all_that_fell_due_in_the_year(folder: RunFolder, found: Delivered) -> None:
    of = {"activity": "induction"}
    on_time, due = (sums(folder, name, found.year, **of) for name in ("work_on_time", "work_due"))
    assert value(found.activities, "work_on_time_pct", **of) == pytest.approx((100 * on_time / due).median())


def test_units_by_status_are_means_of_the_months(folder: RunFolder, found: Delivered) -> None:
    red = sums(folder, "units_red", found.year) / len(found.year)
    assert value(found.units, "units_red", region="total") == pytest.approx(red.median())
    one = next(str(name) for name in found.units["region"] if name not in ("total", "National"))
    of_region = sums(folder, "units_red", found.year, region=one) / len(found.year)
    assert value(found.units, "units_red", region=one) == pytest.approx(of_region.median())


def test_shares_over_a_caseload_are_of_officers_who_hold_cases(folder: RunFolder, found: Delivered) -> None:
    last = found.year[-1:]
    over, all_of_them = (sums(folder, name, last, grade="PO") for name in ("officers_over_50", "officers_with_cases"))
    expected = (100 * over / all_of_them).median()
    assert value(found.grades, "officers_over_50_pct", grade="PO") == pytest.approx(expected)


def test_the_table_has_a_range_below_each_row_and_no_cases_for_who_holds_none(found: Delivered) -> None:
    text = to_text(delivery_report(found))
    assert "10th to 90th percentile of 3 draws" in text
    assert re.search(r"sentence that ended: [\d.]+ \([\d.]+ to [\d.]+\), since", text)
    administrators = next(line for line in text.splitlines() if line.startswith("Case administrator"))
    assert administrators.split()[-5:] == ["-"] * 5
    assert sum("range" in line for line in text.splitlines()) > len(found.activities["activity"].unique())


def test_a_month_that_the_run_lacks_is_refused(folder: RunFolder) -> None:
    with pytest.raises(UsageError, match="has no month `2031-01`"):
        delivered(folder, "2031-01")
