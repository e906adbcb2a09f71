"""Calibration: what is fitted closes, what is printed is left alone, and a scale that says too much says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacity_sim import data
from capacity_sim.analysis import calibration
from capacity_sim.catalogue import load
from capacity_sim.data.values import BaselineValue

FITTED = ("people.length.scale", "people.remand.share", "people.recall.monthly_rate", "work.timing.scale")


@pytest.fixture(scope="module")
def fitted() -> tuple[data.DataSet, list[dict[str, object]]]:
    """The demo region, and the values fitted to it."""
    dataset = data.load("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "LIVES", 20_000)
        patch.setattr(calibration, "SEEDS", 2)
        return dataset, calibration.calibrate(dataset).to_dict("records")


def test_every_value_of_the_fitted_file_is_there_once(fitted: tuple[data.DataSet, list[dict[str, object]]]) -> None:
    dataset, rows = fitted
    names = [(r["path"], tuple(sorted(r["where"].items()))) for r in rows]
    assert len(set(names)) == len(names)
    in_file = {calibration._cell(v) for v in dataset.values if v.file.endswith("calibrated.yaml")}
    assert {(path, tuple((d, c) for d, c in where)) for path, where in names} == in_file
    assert all(r["why"] and r["source"] and r["basis"] for r in rows)


def test_what_is_fitted_meets_what_it_is_fitted_to(fitted: tuple[data.DataSet, list[dict[str, object]]]) -> None:
    dataset, rows = fitted
    values = calibration._with_values(dataset.values, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "SEEDS", 2)
        frame = calibration.reconcile(replace(dataset, values=tuple(values)))
    sentence_management = frame[frame["area"] == "sentence_management"]
    assert len(sentence_management) == 3
    off = sentence_management["simulated"] / sentence_management["published"] - 1
    assert off.abs().max() < 0.01
    assert len(frame) == 24
    assert frame["published"].isna().sum() in (0, 2)


def test_printed_timings_are_not_scaled(fitted: tuple[data.DataSet, list[dict[str, object]]]) -> None:
    dataset, rows = fitted
    catalogue = load()
    values: list[BaselineValue] = calibration._with_values(dataset.values, rows)
    parameters = calibration.steady_parameters(dataset, values, catalogue)
    from capacity_sim.model.tables import timing

    place = catalogue.place("activity", "initial_assessment")
    minutes = timing(parameters, catalogue)[0, place, 0]
    assert minutes[1] == pytest.approx(6.0 * 60)
    assert minutes[2] == pytest.approx(7.2 * 60)


def test_the_steady_year_has_the_risk_of_the_stock() -> None:
    dataset = data.load("demo")
    parameters = calibration.steady_parameters(dataset, dataset.values, load())
    mix = parameters.weekly("people.risk.start_mix")
    assert (mix == mix[0]).all()
    assert mix[0] == pytest.approx(parameters.fixed("people.risk.stock_mix"))


@pytest.mark.parametrize(("scale", "words"), [(2.5, "lacks work"), (0.3, "leaves out")])
def test_a_scale_outside_its_bounds_names_the_area(scale: float, words: str) -> None:
    said = calibration._lacking("court", scale)
    assert "court" in said
    assert words in said


def test_the_shipped_fit_says_which_areas_are_outside() -> None:
    dataset = data.load("england_wales")
    scales = [v for v in dataset.values if v.path == "work.timing.scale"]
    assert len(scales) == 24
    for value in scales:
        outside = not 0.5 <= value.quantity.amounts[0] <= 2.0
        assert outside == ("Outside 0.5 to 2" in value.why)
