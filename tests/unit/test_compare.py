"""Comparisons: paired draw by draw, refused when runs are unlike, honest about where a range comes from."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.fake_model import FakeInput, FakeModel, FakeScenario

from capacity_sim.analysis.compare import check_alike, compare, marches, paired
from capacity_sim.analysis.headline import headline
from capacity_sim.analysis.spread import RangeKind, range_kind, range_words, spread
from capacity_sim.errors import NotComparableError, UsageError, render
from capacity_sim.model.result import RunResult
from capacity_sim.runs.design import Design
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.totals import summarise

AREA = {"area": "sentence_management"}


def folders(
    runs: Path, draws: int = 1, reps: int = 1, model: FakeModel | None = None, seed: int = 1
) -> list[RunFolder]:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    outcomes = run(Request(scenarios, draws, reps, seed), model or FakeModel(), runs_dir=runs)
    return [outcome.folder for outcome in outcomes]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    return folders(tmp_path_factory.mktemp("runs"), draws=5, reps=2)


def test_a_difference_is_the_middle_of_paired_differences(pair: list[RunFolder]) -> None:
    found = compare(pair, "required_fte", ["2025-03"], where=AREA).frame
    levels = [
        summarise(folder.table(), "required_fte", months="2025-03", where=AREA, basis="staff_reported")[
            "value"
        ]
        for folder in pair
    ]
    gaps = (levels[1] - levels[0]).to_numpy()
    line = found[found["row"] == "difference"].iloc[0]
    assert line["central"] == pytest.approx(np.median(gaps))
    assert line["low"] == pytest.approx(np.quantile(gaps, 0.1))
    assert line["high"] == pytest.approx(np.quantile(gaps, 0.9))
    assert line["high"] - line["low"] < (levels[0].quantile(0.9) - levels[0].quantile(0.1)) / 3


def test_the_first_run_has_levels_only(pair: list[RunFolder]) -> None:
    frame = compare(pair, "gap_fte", where=AREA).frame
    rows = frame[["scenario", "row"]].drop_duplicates().to_numpy().tolist()
    assert rows == [["baseline", "level"], ["reset", "level"], ["reset", "difference"]]


def test_cells_can_be_kept(pair: list[RunFolder]) -> None:
    found = compare(pair, "required_fte", ["2025-03"], by=["grade"], where=AREA).frame
    assert set(found["grade"]) == {"CA", "PSO", "PO", "SPO", "specialist"}


@pytest.mark.parametrize("by", [(), ("risk",)])
def test_a_measure_that_one_run_never_has_is_zero(pair: list[RunFolder], tmp_path: Path, by: tuple[str, ...]) -> None:
    # rows that are zero in every month are left out: without a measure that suspends nobody is without contact
    class Contact(FakeModel):
        def replicate(self, scenario: Any, *args: Any, **options: Any) -> RunResult:
            found = super().replicate(scenario, *args, **options)
            if scenario.name == "baseline":
                found.people[..., 1] = found.people[..., 0]
            return found

    without, with_ = folders(tmp_path, draws=3, model=Contact())
    assert without.table(["months_without_contact"]).empty
    found = compare([without, with_], "months_without_contact", ["2025-03"], by=by).frame
    levels = found[(found["scenario"] == "reset") & (found["row"] == "level")]
    differences = found[found["row"] == "difference"]
    assert differences["central"].tolist() == levels["central"].tolist()
    assert (differences["central"] > 0).all()
    assert (found.loc[found["scenario"] == "baseline", "central"] == 0).all()
    other_way = compare([with_, without], "months_without_contact", ["2025-03"], by=by).frame
    assert (other_way.loc[other_way["row"] == "difference", "central"] < 0).all()


def test_a_cell_that_one_run_lacks_is_zero() -> None:
    first = pd.DataFrame({"draw": [0, 1], "rep": [0, 0], "grade": ["PO", "PO"], "value": [5.0, 6.0]})
    other = pd.DataFrame(
        {"draw": [0, 1, 1], "rep": [0] * 3, "grade": ["PO", "PO", "CA"], "value": [4.0, 6.0, 2.0]}
    )
    found = paired(first, other, ["grade"]).sort_values(["draw", "grade"])
    assert found["value"].tolist() == [-1.0, 2.0, 0.0]


def test_unlike_replications_are_never_paired() -> None:
    first = pd.DataFrame({"draw": [0, 1], "rep": [0, 0], "value": [5.0, 6.0]})
    with pytest.raises(ValueError, match="cannot be paired"):
        paired(first, first.head(1), [])


def test_unlike_runs_are_refused_with_all_that_differs(tmp_path: Path) -> None:
    base = folders(tmp_path, draws=2)[0]
    extra: dict[str, Any] = {"timing_basis": "original", "versions": {"capacity_sim": "0", "model": "1"}}
    other = folders(tmp_path, draws=3, model=FakeModel(extra=extra), seed=2)[1]
    with pytest.raises(NotComparableError) as problem:
        compare([base, other])
    assert int(problem.value.exit_code) == 4
    assert render(problem.value.faults) == (
        "error[not-comparable]: `baseline` and `reset` differ in more than their scenario\n"
        "\n"
        "               baseline        reset\n"
        "seed           1               2\n"
        "draws          2               3\n"
        "model version  0               1\n"
        "timing basis   staff_reported  original\n"
        "\n"
        "  = hint: `capacity-sim run baseline reset --seed 1 --draws 2 --timing-basis staff_reported` "
        "makes them alike"
    )


@pytest.mark.parametrize(
    ("extra", "row"),
    [
        ({"region": "Northshire"}, "region  all       Northshire"),
        ({"horizon": {"start": "2024-03-31", "end": "2026-03-31"}},
         "horizon  2024-03-31 to 2025-03-30  2024-03-31 to 2026-03-31"),
        ({"data": {"name": "other", "title": "Other", "start": "2024-03-31", "hash": "0" * 64}},
         "data  made-up   other"),
        ({"data": {"name": "made-up", "title": "T", "start": "2024-03-31", "hash": "1" * 64}},
         "data content  00000000  11111111"),
        ({"versions": {"capacity_sim": "9", "model": "0"}}, "version  0         9"),
    ],
)  # fmt: skip
def test_each_likeness_counts(tmp_path: Path, extra: dict[str, Any], row: str) -> None:
    base, other = folders(tmp_path)[0], folders(tmp_path, model=FakeModel(extra=extra))[1]
    with pytest.raises(NotComparableError) as problem:
        check_alike([base, other])
    assert row in problem.value.faults[0].message


def test_two_runs_of_one_scenario_are_told_apart(tmp_path: Path) -> None:
    one, two = folders(tmp_path)[0], folders(tmp_path, seed=2)[0]
    with pytest.raises(NotComparableError) as problem:
        check_alike([one, two])
    assert f"`{one.path.name}` and `{two.path.name}`" in problem.value.faults[0].message


def test_one_run_is_no_comparison(pair: list[RunFolder]) -> None:
    with pytest.raises(UsageError, match="needs two runs"):
        compare(pair[:1])
    with pytest.raises(UsageError, match="no output is called `gap`"):
        compare(pair, "gap")


def test_a_range_says_where_it_comes_from(tmp_path: Path) -> None:
    drawn = folders(tmp_path, draws=3)[0]
    chance = folders(tmp_path, reps=3)[0]
    single = folders(tmp_path)[0]
    assert [range_kind(one) for one in (drawn, chance, single)] == [
        RangeKind.DRAWS, RangeKind.CHANCE, RangeKind.NONE
    ]  # fmt: skip
    assert "3 draws" in range_words(drawn)
    assert range_words(chance).startswith("Range: chance only")
    assert range_words(single).startswith("No range: one draw")
    assert "--draws 20" in range_words(single)


def test_one_value_has_no_range() -> None:
    found = spread(pd.DataFrame({"draw": [0], "rep": [0], "value": [4.0]}))
    assert found["central"].tolist() == [4.0]
    assert found[["low", "high"]].isna().all(axis=None)


def test_marches() -> None:
    assert marches(["2024-04", "2025-03", "2026-03"]) == ("2025-03", "2026-03")
    assert marches(["2024-04", "2024-05"]) == ("2024-05",)


def test_the_headline_puts_trainees_under_pso_and_adds_up(pair: list[RunFolder]) -> None:
    found = headline(pair[0], "2025-03")
    assert "trainee" not in set(found.staff["grade"])
    table = pair[0].table(["in_post_fte"], AREA)
    trainee, pso = (
        summarise(table, "in_post_fte", months="2025-03", where={"grade": grade})["value"].to_numpy()
        for grade in ("trainee", "PSO")
    )
    assert found.value("in_post_fte", "PSO") == pytest.approx(np.median(trainee + pso))
    one = headline(pair[0], "2025-03", by="region")
    assert one.value("required_fte") == found.value("required_fte")
    assert set(one.staff["region"]) == {"Northshire", "Southshire", "total"}


def test_the_headline_has_three_bases_and_every_march(tmp_path: Path) -> None:
    from datetime import date

    folder = folders(tmp_path, model=FakeModel(end=date(2026, 5, 31)))[0]
    found = headline(folder)
    assert found.month == "2026-05"
    assert list(dict.fromkeys(found.years["month"])) == ["2025-03", "2026-03", "2026-05"]
    needed = found.bases[found.bases["measure"] == "required_fte"].set_index("basis")["central"]
    assert needed["original"] < needed["policy_adjusted"] < needed["staff_reported"]
    assert len(found.year) == 12
    with pytest.raises(UsageError, match="has no month `2031-01`"):
        headline(folder, "2031-01")


def test_runs_that_read_an_input_differently_are_refused(tmp_path: Path) -> None:
    class Grouped(FakeModel):
        def inputs(self, scenario: Any) -> list[FakeInput]:
            return [FakeInput("level", group="courts", correlation=0.5)]

    base = folders(tmp_path, draws=4)[0]
    other = folders(tmp_path / "other", draws=4, model=Grouped())[1]
    with pytest.raises(NotComparableError) as caught:
        check_alike([base, other])
    (fault,) = caught.value.faults
    assert re.search(r"^readings of level +no group +group courts, 0.5$", fault.message, re.MULTILINE)
    assert fault.hint == "give the range the same `group` and `correlation` in both, or another id"


def test_runs_of_unlike_designs_are_refused(tmp_path: Path) -> None:
    def made(design: Design, scenario: FakeScenario, runs: str) -> RunFolder:
        return run(Request([scenario], 4, design=design), FakeModel(), runs_dir=tmp_path / runs)[0].folder

    base, reset = FakeScenario("baseline"), FakeScenario("reset", scale=0.8)
    plain, sobol = made(Design(), base, "a"), made(Design("sobol"), reset, "b")
    with pytest.raises(NotComparableError, match=r"design +lhs +sobol"):
        check_alike([plain, sobol])
    # each laid out by itself: `reset.own` takes a dimension that `baseline.own` has
    class Fewer(FakeModel):
        def inputs(self, scenario: Any) -> list[FakeInput]:
            return [FakeInput("level")] if scenario.name == "baseline" else [FakeInput("a.first"), FakeInput("level")]

    apart = [
        run(Request([one], 4, design=Design("sobol")), Fewer(), runs_dir=tmp_path / "c")[0].folder
        for one in (base, reset)
    ]
    with pytest.raises(NotComparableError, match=r"readings of level +of 1 Sobol dimensions +of 2 Sobol dimensions"):
        check_alike(apart)
    joint = run(Request([base, reset], 4, design=Design("sobol")), Fewer(), runs_dir=tmp_path / "d")
    check_alike([one.folder for one in joint])
