"""Totals follow the rule that the catalogue states."""

import pandas as pd
import pytest
from support.fake_result import fake_result

from capacity_sim.catalogue import load
from capacity_sim.errors import UsageError
from capacity_sim.runs.tidy import tidy
from capacity_sim.runs.totals import months_of, summarise


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    parts = [tidy(fake_result(1, draw), load(), draw, 0, units=True).to_pandas() for draw in (0, 1)]
    return pd.concat(parts, ignore_index=True).astype(
        {"month": "category", "region": "category", "measure": "category"}
    )


def rows(table: pd.DataFrame, measure: str, draw: int = 0) -> pd.DataFrame:
    return table[(table["measure"] == measure) & (table["draw"] == draw) & table["unit"].isna()]


def test_staff_are_summed_over_cells_and_averaged_over_months(table: pd.DataFrame) -> None:
    found = summarise(table, "in_post_fte", where={"area": "court"})
    of = rows(table, "in_post_fte")
    wanted = of[of["area"] == "court"]["value"].sum() / len(months_of(table))
    assert found["draw"].tolist() == [0, 1]
    assert found["value"].iloc[0] == pytest.approx(wanted)


def test_flows_are_summed_and_stocks_are_the_last(table: pd.DataFrame) -> None:
    assert summarise(table, "recalls")["value"].iloc[0] == rows(table, "recalls")["value"].sum()
    people = rows(table, "people_on_sentence")
    last = people[people["month"] == "2025-03"]["value"].sum()
    assert summarise(table, "people_on_sentence")["value"].iloc[0] == last
    assert summarise(table, "people_on_sentence", months="2024-04")["value"].iloc[0] != last


def test_a_percentage_is_the_ratio_of_sums(table: pd.DataFrame) -> None:
    found = summarise(table, "workload_pct", where={"area": "court"})["value"].iloc[0]
    due, there = (
        rows(table, name).query("area == 'court' and basis != basis")["value"].sum()
        for name in ("hours_due", "hours_available")
    )
    assert found == pytest.approx(100 * due / there)
    grades = summarise(table, "workload_pct", by=["grade"], where={"area": "court"})
    assert grades.query("draw == 0")["value"].mean() != pytest.approx(found, rel=1e-6)


def test_the_ratio_on_each_basis_has_one_denominator(table: pd.DataFrame) -> None:
    found = summarise(table, "workload_pct", by=["basis"], where={"basis": ["original", "staff_reported"]})
    ratio = found.query("draw == 0").set_index("basis")["value"]
    assert ratio["original"] / ratio["staff_reported"] == pytest.approx(0.66 / 1.1, rel=1e-3)
    stated = summarise(table, "workload_pct", basis="original").query("draw == 0")["value"].iloc[0]
    assert stated == pytest.approx(ratio["original"])


def test_cases_an_officer_are_taken_at_the_end(table: pd.DataFrame) -> None:
    cases, officers = (rows(table, name).query("month == '2025-03'")["value"].sum()
                       for name in ("cases_held", "officers_with_cases"))  # fmt: skip
    assert summarise(table, "caseload_per_officer")["value"].iloc[0] == pytest.approx(cases / officers)


def test_units_are_not_counted_twice(table: pd.DataFrame) -> None:
    whole = summarise(table, "people_on_sentence")
    by_unit = summarise(table, "people_on_sentence", by=["unit"])
    assert by_unit["unit"].nunique() == 4
    assert by_unit.groupby("draw")["value"].sum().tolist() == whole["value"].tolist()
    one = summarise(table, "people_on_sentence", where={"unit": "Northshire 1"})
    assert one["value"].tolist() == by_unit[by_unit["unit"] == "Northshire 1"]["value"].tolist()


def test_months_can_be_kept(table: pd.DataFrame) -> None:
    found = summarise(table, "recalls", by=["month", "region"], months=["2024-05", "2024-04"])
    assert len(found) == 2 * 2 * 2
    assert found.groupby("draw")["value"].sum().tolist() == (
        summarise(table, "recalls", months=["2024-04", "2024-05"])["value"].tolist()
    )


def test_what_no_row_mentions_is_zero(table: pd.DataFrame) -> None:
    less = table[
        ~((table["draw"] == 1) & (table["measure"] == "recalls") & (table["region"] == "Southshire"))
    ]
    found = summarise(less, "recalls", by=["region"])
    assert found.query("draw == 1 and region == 'Southshire'")["value"].tolist() == [0.0]


def test_a_basis_must_be_chosen(table: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match="`required_fte` is stated on 3 timings and none was chosen"):
        summarise(table, "required_fte")
    parts = summarise(table, "required_fte", by=["basis"])
    chosen = summarise(table, "required_fte", basis="original")
    assert parts.query("basis == 'original'")["value"].tolist() == chosen["value"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"measure": "gap"}, "no output is called `gap`"),
        ({"measure": "recalls", "by": ["regoin"]}, "no column `regoin`"),
        ({"measure": "recalls", "where": {"region": "Noshire"}}, "no region called `Noshire`"),
        ({"measure": "recalls", "months": ["2031-01"]}, "no month `2031-01`"),
    ],
)
def test_unknown_names_are_refused(table: pd.DataFrame, arguments: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        summarise(table, **arguments)
