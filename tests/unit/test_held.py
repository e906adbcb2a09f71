"""A run with rows in memory answers as its file does, and reads the file for what is not there alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr
from support.fake_model import FakeModel, FakeScenario

from capacity_sim.analysis import from_draws
from capacity_sim.analysis.compare import NEVER_ZERO
from capacity_sim.analysis.dossier import dossier
from capacity_sim.errors import RunError
from capacity_sim.runs import held as held_module
from capacity_sim.runs.held import held
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.schema import KEYS
from capacity_sim.runs.store import RunFolder
from capacity_sim.show.page import page

AREA = "sentence_management"
HELD = ("gap_fte", "required_fte", "months_without_contact", "officers_with_cases")
INSIDE = [
    (["gap_fte", "required_fte"], {"area": AREA, "month": "2024-09"}),
    (["gap_fte"], {"area": [AREA, None], "grade": ["PO"]}),
    (["months_without_contact"], {}),
    (["officers_with_cases"], {"region": "North"}),
    ([NEVER_ZERO], {}),
]
OUTSIDE = [
    (["gap_fte"], {}),
    (["gap_fte"], {"area": "court"}),
    (["gap_fte", "work_done"], {"area": AREA}),
    (["work_done", "hours_due"], {"area": [AREA, None], "month": ["2024-09", "2024-10"]}),
    (None, {"month": "2024-09"}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    request = Request([FakeScenario("baseline")], draws=3, reps=2, units=True)
    return run(request, FakeModel(), runs_dir=tmp_path_factory.mktemp("runs"))[0].folder


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    keys = ["draw", "rep", *KEYS]
    return frame.astype({key: object for key in KEYS}).sort_values(keys).reset_index(drop=True)


@pytest.mark.parametrize(("measures", "where"), [*INSIDE, *OUTSIDE])
@pytest.mark.parametrize("units", [False, True])
def test_it_answers_as_its_file_does(
    folder: RunFolder, measures: list[str] | None, where: dict[str, str], units: bool
) -> None:
    expected = folder.table(measures, where, units)
    found = held(folder, HELD, AREA, [NEVER_ZERO]).table(measures, where, units)
    assert len(expected) or where.get("area") == "court" or where.get("region")
    pd.testing.assert_frame_equal(ordered(found), ordered(expected))


def test_what_is_in_memory_is_not_read_again(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    here = held(folder, HELD, AREA, [NEVER_ZERO])

    def gone(*_: object) -> None:
        message = "read again"
        raise OSError(message)

    monkeypatch.setattr(pq, "ParquetFile", gone)
    for measures, where in INSIDE:
        here.table(measures, where)
    for measures, where in OUTSIDE:
        with pytest.raises(RunError, match="read again"):
            here.table(measures, where)


def test_a_run_of_too_many_rows_stays_on_disk(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_module, "_MOST", 1)
    assert held(folder, HELD, AREA) is folder


def test_a_report_reads_each_file_a_few_times_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    folders = [one.folder for one in run(Request(scenarios, draws=9), FakeModel(), runs_dir=tmp_path / "runs")]
    opened = []
    plain = pq.ParquetFile

    class Counted(plain):
        def __init__(self, source: Path) -> None:
            opened.append(source)
            super().__init__(source)

    monkeypatch.setattr(pq, "ParquetFile", Counted)
    quick = page(dossier(folders))
    reads = len(opened)
    monkeypatch.setattr(held_module, "_MOST", 1)
    assert page(dossier(folders)) == quick
    assert reads <= 9 < len(opened) - reads


def test_ranks_are_those_of_scipy() -> None:
    generator = np.random.default_rng(3)
    for number in range(30):
        one, other = generator.integers(0, 6, 12).astype(float), generator.normal(size=12)
        if number == 0:
            other = 2 * one
        expected = spearmanr(one, other)
        found = from_draws._spearman(pd.Series(one).rank(), pd.Series(other).rank())
        assert found == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)
    still = pd.Series(np.ones(12)).rank()
    assert np.isnan(from_draws._spearman(still, pd.Series(other).rank())).all()
