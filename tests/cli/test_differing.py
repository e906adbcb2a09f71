"""`diff`: inputs that differ between two scenarios, and outputs from run folders."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from support import made
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim import data, scenario
from capacity_sim.analysis.difference import input_difference, named_cells
from capacity_sim.catalogue import load
from capacity_sim.cli.differing import OUTPUTS

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


@pytest.fixture
def files(typed: Invoke, tmp_path: Path) -> Path:
    made.write(tmp_path / "scenarios")
    return tmp_path / "scenarios"


def rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_a_scenario_does_not_differ_from_itself(model: FakeModel, typed: Invoke, files: Path) -> None:
    result = typed("diff", "stress", "stress")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "No difference\n`stress` and `stress` have the same inputs, so every result is the same.\n"
    )
    (files / "flat.yaml").write_text(typed("show", "stress", "--yaml").stdout.replace("name: stress", "name: flat"))
    assert typed("diff", "stress", "flat").stdout.startswith("No difference\n`stress` and `flat` have")
    assert model.calls == []


def test_changes_only_in_one_only_in_the_other_and_unlike(typed: Invoke, files: Path) -> None:
    (files / "other.yaml").write_text(
        made.STRESS.replace("name: stress", "name: other").replace("stress.leavers", "other.leavers")
        .replace("strength: 0.5", "strength: 0.25")
    )  # fmt: skip
    found = {one["name"]: one for one in rows(typed("diff", "stress", "other", "--inputs", "--csv"))
             if one["table"] == "change"}  # fmt: skip
    assert list(found) == ["other.leavers", "part.recalls", "stress.leavers"]
    assert (found["other.leavers"]["first"], found["other.leavers"]["second"]) == ("-", "- 0.02 from 2026-04-01")
    assert (found["stress.leavers"]["first"], found["stress.leavers"]["second"]) == ("- 0.02 from 2026-04-01", "-")
    says = "x 0.8 from 2027-04-01 (range 0.7 to 0.9), to 2029-03-31, over 6 months, strength {}, 12 months later, "
    assert found["part.recalls"]["first"] == says.format("0.5") + "rollout of part"
    assert found["part.recalls"]["second"] == says.format("0.25") + "rollout of part"


def test_a_change_that_differs_in_its_words_alone_shows_them(typed: Invoke, files: Path) -> None:
    (files / "other.yaml").write_text(
        made.STRESS.replace("name: stress", "name: other").replace("source: doubters 2", "source: doubters 7")
    )
    (change,) = rows(typed("diff", "stress", "other", "--inputs", "--csv"))
    assert change["first"] == "- 0.02 from 2026-04-01; doubters 2, assumed, red"
    assert change["second"] == "- 0.02 from 2026-04-01; doubters 7, assumed, red"
    assert "No parameter differs in its central value." in typed("diff", "stress", "other", "--inputs").stdout


def test_parameters_have_the_days_on_which_they_differ(typed: Invoke, files: Path) -> None:
    values = data.load("england_wales").values
    rate = next(one for one in values if one.path == "staff.leaving.annual_rate" and one.where == {"grade": ("PO",)})
    found = [one for one in rows(typed("diff", "part", "stress", "--inputs", "--csv")) if one["table"] == "parameter"]
    (leaving,) = [one for one in found if one["name"] == "staff.leaving.annual_rate"]
    assert (leaving["where"], leaving["from"], leaving["to"]) == ("grade=PO", "2026-04-01", "2029-03-31")
    assert float(leaving["first"]) == pytest.approx(rate.quantity.amounts[0])
    assert float(leaving["difference"]) == pytest.approx(-0.02)
    recalls = [one for one in found if one["name"] == "people.recall.monthly_rate"]
    assert [(one["where"], one["from"]) for one in recalls] == [
        ("length_band=under_12m", "2026-04-02"),
        ("length_band=12m_to_24m", "2026-04-02"),
    ]
    assert len(found) == 3


def test_parameters_on_one_day(typed: Invoke, files: Path) -> None:
    asked = ("diff", "baseline", "stress", "--inputs", "--on", "2027-03-31")
    assert "Parameters that differ on 2027-03-31" in typed(*asked).stdout
    assert {one["name"] for one in rows(typed(*asked, "--csv")) if one["table"] == "parameter"} == {
        "staff.leaving.annual_rate"
    }
    later = rows(typed(*asked[:-1], "2027-06-01", "--csv"))
    assert {one["name"] for one in later if one["table"] == "parameter"} == {
        "people.recall.monthly_rate", "staff.leaving.annual_rate", "staff.trainee.starts_per_year",
    }  # fmt: skip
    before = typed("diff", "baseline", "stress", "--inputs", "--on", "2025-06-01")
    assert "No parameter differs on 2025-06-01." in before.stdout
    outside = typed("diff", "baseline", "stress", "--inputs", "--on", "2035-06-01")
    assert (outside.exit_code, outside.stdout) == (2, "")
    assert outside.stderr == (
        "error[outside-run]: 2035-06-01 is outside the run\n  = hint: give a day from 2024-04-01 to 2029-03-31\n"
    )


def test_cells_that_move_alike_are_one_line() -> None:
    reset, baseline = (scenario.load(name) for name in ("reset", "baseline"))
    loaded = data.load("england_wales")
    found = input_difference((baseline, reset), (loaded, loaded), load(), date(2027, 6, 1)).values
    flags = [one for one in found if one.path == "supervision.suspend.exempt_flag"]
    assert [(dict(one.where), one.first, one.second) for one in flags] == [({}, 0.0, 1.0)]
    spread = [one for one in found if one.path == "supervision.suspend.exempt_share"]
    assert {tuple(one.where["risk"]) for one in spread} >= {("low", "medium"), ("very_high",)}


def test_cells_that_are_no_block_have_a_line_each() -> None:
    low, high = ({"risk": ("low",)}, {"risk": ("high",)})
    assert named_cells(load(), "people.risk.start_mix", [0, 2]) == [{"risk": ("low", "high")}]
    bands = load().dimensions["length_band"]
    corner = [0, len(bands) + 1]  # the first band of one kind, the second of the other
    found = named_cells(load(), "people.release.fraction", corner)
    assert [tuple(one["length_band"]) for one in found] == [(bands[0],), (bands[1],)]
    assert [named_cells(load(), "people.risk.start_mix", [cell]) for cell in (0, 2)] == [[low], [high]]


def test_choices_that_differ_are_shown_and_their_results_are_not_compared(
    model: FakeModel, typed: Invoke, files: Path
) -> None:
    text = made.STRESS.replace("summary:", "choices: {timing_basis: staff_reported}\nsummary:")
    (files / "other.yaml").write_text(text.replace("name: stress", "name: other"))
    found = rows(typed("diff", "stress", "other", "--inputs", "--csv"))
    assert [(one["table"], one["name"], one["first"], one["second"]) for one in found] == [
        ("choice", "timing_basis", "policy_adjusted", "staff_reported")
    ]
    result = typed("diff", "stress", "other")
    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr == (
        "error[not-comparable]: `stress` and `other` differ in more than their changes: timing_basis policy_adjusted "
        "and staff_reported\n"
        "  = hint: `--inputs` shows the inputs alone; `--data`, `--to` and `--timing-basis` make them alike\n"
    )
    assert model.calls == []
    alike = typed("diff", "stress", "other", "--timing-basis", "original")
    assert alike.stdout.startswith("No difference")


def test_outputs_are_paired_differences_at_each_march(model: FakeModel, typed: Invoke) -> None:
    result = typed("diff", "baseline", "reset", "--draws", 3)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.index("Inputs of baseline and reset") < result.stdout.index("Outputs of reset less baseline")
    for title in ("Staff needed, ", "Staff in post, ", "Gap (needed less available), ", "People on sentence"):
        assert title in result.stdout
    assert result.stdout.count("  less baseline") == len(OUTPUTS)
    found = [one for one in rows(typed("diff", "baseline", "reset", "--draws", 3, "--csv")) if one["table"] == "output"]
    assert [one["name"] for one in found] == list(OUTPUTS)
    assert {one["month"] for one in found} == {"2025-03"}
    needed = found[0]
    assert float(needed["second"]) < float(needed["first"])
    assert float(needed["low"]) <= float(needed["difference"]) <= float(needed["high"]) < 0
    compared = rows(typed("compare", "baseline", "reset", "--draws", 3, "--output", "required_fte", "--csv"))
    assert [one["central"] for one in compared if one["less"]] == [needed["difference"]]


def test_what_is_on_disk_is_used_and_what_is_missing_is_run(model: FakeModel, typed: Invoke) -> None:
    typed("run", "baseline", "--draws", 2)
    before = len(model.calls)
    result = typed("diff", "baseline", "reset", "--draws", 2)
    assert {name for name, *_ in model.calls[before:]} == {"reset"}
    assert "reused, asked before" in result.stderr
    again = len(model.calls)
    assert typed("diff", "baseline", "reset", "--draws", 2).stdout == result.stdout
    typed("diff", "baseline", "reset", "--draws", 9, "--inputs")
    assert len(model.calls) == again


def test_two_files_of_one_name_have_no_paired_runs(model: FakeModel, typed: Invoke, files: Path) -> None:
    (files / "elsewhere.yaml").write_text(made.PART.replace("scale: 0.8", "scale: 0.75"))
    result = typed("diff", "scenarios/part.yaml", "scenarios/elsewhere.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error[same-name]: both scenarios are called `part`, so their runs cannot be told apart\n"
        "  = hint: give one another name, or add `--inputs`\n"
    )
    assert model.calls == []


def test_unknown_names_are_found_together(model: FakeModel, typed: Invoke) -> None:
    result = typed("diff", "baselin", "resett")
    assert result.exit_code == 3
    assert result.stderr.count("error[unknown-scenario]") == 2
