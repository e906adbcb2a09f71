"""Rows of a replication hold what the arrays hold, once."""

import numpy as np
import pandas as pd
import pytest
from support.fake_result import fake_result
from support.small_model import catalogue_, changes_of, world_of

from capacity_sim.catalogue import load
from capacity_sim.catalogue.names import TOLD_BY
from capacity_sim.model import engine
from capacity_sim.model.result import CASELOAD_LIMITS, RunResult
from capacity_sim.runs.schema import COLUMNS, NATIONAL, OTHER_ROLES, SCHEMA, WORK_MEASURES
from capacity_sim.runs.tidy import tidy

AREA = "sentence_management"


@pytest.fixture(scope="module")
def result() -> RunResult:
    return fake_result(3)


@pytest.fixture(scope="module")
def rows(result: RunResult) -> pd.DataFrame:
    return tidy(result, load(), 4, 2).to_pandas()


def pick(rows: pd.DataFrame, measure: str, **where: str) -> pd.DataFrame:
    kept = rows["measure"] == measure
    for key, value in where.items():
        kept &= rows[key] == value
    return rows[kept]


def test_columns_and_types(result: RunResult) -> None:
    table = tidy(result, load(), 4, 2)
    assert table.schema.equals(SCHEMA)
    assert tuple(table.column_names) == COLUMNS
    assert set(table["draw"].to_pylist()) == {4}
    assert set(table["rep"].to_pylist()) == {2}


def test_required_is_due_over_the_hours_of_one_fte(result: RunResult, rows: pd.DataFrame) -> None:
    catalogue = load()
    found = pick(
        rows, "required_fte", area=AREA, grade="PO", basis="original", month="2024-07", region="Northshire"
    )
    month = result.months.index("2024-07")
    blocks = result.block_region == 0
    due = result.due[blocks, month, 0, catalogue.place("grade", "PO"), 0].sum()
    a_week = result.productive_minutes[month, catalogue.place("grade", "PO")]
    wanted = due / (a_week * result.weeks_in_month[month])
    assert found["value"].tolist() == pytest.approx([wanted], rel=1e-12)


def test_shortfall_and_gap_are_differences_on_every_basis(rows: pd.DataFrame) -> None:
    keys = ["month", "region", "area", "grade"]
    for measure, less in (("shortfall_fte", "in_post_fte"), ("gap_fte", "available_fte")):
        modelled = rows[rows["area"] != OTHER_ROLES].astype({key: object for key in [*keys, "basis"]})
        there = pick(modelled, less)[[*keys, "value"]].rename(columns={"value": "there"})
        needed = pick(modelled, "required_fte")[[*keys, "basis", "value"]].rename(columns={"value": "needed"})
        both = pick(modelled, measure)[[*keys, "basis", "value"]].merge(there, on=keys, how="left")
        both = both.merge(needed, on=[*keys, "basis"], how="left")
        assert len(both) > 0
        assert np.allclose(both["value"], both["needed"].fillna(0) - both["there"].fillna(0))


def test_trainees_need_no_work_of_their_own(rows: pd.DataFrame) -> None:
    assert pick(rows, "required_fte", grade="trainee").empty
    assert (pick(rows, "shortfall_fte", grade="trainee")["value"] < 0).all()


def test_hours_close(result: RunResult, rows: pd.DataFrame) -> None:
    spent = rows[rows["basis"].isna()]
    for measure, column in (
        ("hours_due", 0),
        ("hours_delivered", 1),
        ("hours_short", 2),
        ("hours_lapsed", 3),
    ):
        assert pick(spent, measure)["value"].sum() == pytest.approx(result.flow[..., column].sum() / 60)
    last = pick(spent, "backlog_hours", month=result.months[-1])["value"].sum()
    assert last == pytest.approx(result.flow[:, -1, ..., 4].sum() / 60)
    owed = pick(spent, "hours_owed", month=result.months[-1])["value"].sum()
    assert owed == pytest.approx(result.flow[:, -1, ..., 5].sum() / 60)
    taken_on = pick(spent, "hours_taken_on")["value"].sum()
    assert taken_on == pytest.approx(result.flow[..., 1:3].sum() / 60)


def test_work_is_by_activity_and_risk_and_has_its_area(result: RunResult, rows: pd.DataFrame) -> None:
    areas = {activity.id: activity.area for activity in load().activities}
    found = pick(rows, "work_not_done")
    assert found["value"].sum() == result.activity[..., 3].sum()
    assert pick(rows, "work_paused")["value"].sum() == result.activity[..., 4].sum()
    assert (found["activity"].astype(object).map(areas) == found["area"].astype(object)).all()
    assert pick(rows, "hours_not_done")["value"].sum() == pytest.approx(
        result.activity_lapsed_minutes.sum() / 60
    )


def test_work_comes_in_a_chunk_of_its_own(result: RunResult) -> None:
    cells, work = tidy(result, load(), 0, 0).to_batches()
    assert set(work.to_pandas()["measure"]) == set(WORK_MEASURES)
    assert not set(cells.to_pandas()["measure"]) & set(WORK_MEASURES)


def test_people_and_what_happens_to_them(result: RunResult, rows: pd.DataFrame) -> None:
    assert pick(rows, "people_on_sentence")["value"].sum() == result.people[..., 0].sum()
    supervised = pick(rows, "people_supervised", type="licence", risk="high", month="2024-04")["value"].sum()
    catalogue = load()
    licence, high = catalogue.place("state", "licence"), catalogue.place("risk", "high")
    assert supervised == result.people[:, 0, licence, high, 1].sum()
    assert pick(rows, "starts")["value"].sum() == result.events[..., :2].sum()
    assert set(pick(rows, "starts")["type"]) == {"order", "custody"}
    assert pick(rows, "cases_held", grade="PSO")["value"].sum() == result.caseload[:, :, 1, 1].sum()
    assert pick(rows, "units_red")["value"].sum() == (result.status == 2).sum()
    for place, limit in enumerate(CASELOAD_LIMITS):
        assert pick(rows, f"officers_over_{limit}")["value"].sum() == result.caseload[..., 2 + place].sum()
    assert pick(rows, "officer_changes_of_ended")["value"].sum() == result.changes_of_ended.sum()
    assert pick(rows, "sentences_ended")["value"].sum() == pick(rows, "ends")["value"].sum()


def test_national_teams_and_other_roles_belong_to_no_region(result: RunResult, rows: pd.DataFrame) -> None:
    assert set(rows["region"]) == {*result.regions, NATIONAL}
    assert set(pick(rows, "required_fte", region=NATIONAL)["area"]) == {"national_security", "complaints"}
    others = pick(rows, "in_post_fte", area=OTHER_ROLES)
    assert set(others["region"]) == {NATIONAL}
    assert others["value"].sum() == pytest.approx(result.other_roles.sum())


def test_units_are_added_beside_their_regions(result: RunResult, rows: pd.DataFrame) -> None:
    assert rows["unit"].isna().all()
    both = tidy(result, load(), 4, 2, units=True).to_pandas()
    regions = both[both["unit"].isna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        regions.astype(object).sort_values([*COLUMNS], ignore_index=True),
        rows.astype(object).sort_values([*COLUMNS], ignore_index=True),
    )
    units = both[both["unit"].notna()]
    assert set(units["unit"]) == set(result.block_names[: result.n_units])
    found = pick(units, "people_on_sentence")["value"].sum()
    assert found == pick(rows, "people_on_sentence")["value"].sum()


def test_a_cell_that_is_always_zero_is_left_out_and_one_zero_month_is_kept(result: RunResult) -> None:
    result.events[:, 0, 4] = 0
    result.events[:2, :, 3] = 0
    rows = tidy(result, load(), 0, 0).to_pandas()
    assert (pick(rows, "recalls", month="2024-04")["value"] == 0).all()
    assert len(pick(rows, "recalls", month="2024-04")) == 2
    assert set(pick(rows, "releases")["region"]) == {"Southshire"}


def test_blocks_in_any_order_give_the_same_rows() -> None:
    plain = fake_result(5)
    turned = fake_result(5)
    order = np.array([2, 1, 0, 3, 5, 4, 6])
    units = order[:4]
    for name in ("due", "flow", "activity", "activity_lapsed_minutes", "in_post", "available"):
        getattr(turned, name)[:] = getattr(plain, name)[order]
    for name in ("people", "events", "caseload", "officer_changes", "changes_of_ended", "status", "services"):
        getattr(turned, name)[:] = getattr(plain, name)[units]
    for name in ("funded", "staff_counts"):
        getattr(turned, name)[:] = getattr(plain, name)[[*order, 7]]
    turned.block_region[:] = plain.block_region[order]
    first, second = (tidy(one, load(), 0, 0).to_pandas() for one in (plain, turned))
    keys = [name for name in COLUMNS if name != "value"]
    first, second = (one.astype(dict.fromkeys(keys, object)).sort_values(keys) for one in (first, second))
    assert np.allclose(first["value"], second["value"])
    assert first[keys].fillna("").to_numpy().tolist() == second[keys].fillna("").to_numpy().tolist()


def test_every_output_of_the_catalogue_has_rows() -> None:
    full = fake_result(1)
    full.caseload[:] = 3
    counted = {name for name, spec in load().outputs.items() if spec.numerator is None}
    assert set(tidy(full, load(), 0, 0)["measure"].unique().to_pylist()) == counted


def test_what_the_catalogue_says_outputs_are_told_apart_by_is_what_rows_have() -> None:
    made = tidy(engine.simulate(world_of(changes_of("full-programme")), 1), catalogue_(), 1, 1).to_pandas()
    outputs = catalogue_().outputs
    for measure, mine in made[made["area"] != "other_roles"].groupby("measure", observed=True):
        spec = outputs[str(measure)]
        assert set(mine["area"].dropna()) <= set(spec.areas), spec.name
        for key in TOLD_BY:
            assert mine[key].notna().all() == (key in spec.by), (spec.name, key)
            assert mine[key].notna().any() == (key in spec.by), (spec.name, key)
    assert {spec.name for spec in outputs.values() if "activity" in spec.by and spec.numerator is None} == set(
        WORK_MEASURES
    )
