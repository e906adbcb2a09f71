"""What a report and a brief say of thresholds is what the run wrote beside its results."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from support.fake_model import FakeModel, FakeScenario
from support.tables_read import cells
from typer.testing import CliRunner

from capacity_sim.analysis.breaches import Breach, Mover
from capacity_sim.analysis.dossier import dossier
from capacity_sim.analysis.kept_thresholds import FILE, from_folder, kept_thresholds
from capacity_sim.cli import app
from capacity_sim.data.thresholds import read_thresholds
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.show import sheet
from capacity_sim.show.breached import breached_report
from capacity_sim.show.page import brief, page

LATE = (Breach("amber", 1.0, "2024-06", "2024-06", "2024-07"), Breach("red", 0.7, "2024-09", "2024-07", ""))
MOVERS = (Mover("ofps", -0.02, -0.03, 0.01, 0.7), Mover("reset", -4.26, -5.14, -3.04, 0.9))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = run(Request([FakeScenario("reset")], draws=5), FakeModel(), runs_dir=tmp_path / "runs")[0].folder
    gap, officers, caseload = from_folder(made, read_thresholds().each)
    gap = replace(gap, breaches=LATE, month="2024-09", movers=MOVERS[::-1])
    nothing = replace(MOVERS[0], effect=0.0, low=0.0, high=0.0)
    found = [gap, officers, replace(caseload, movers=(nothing,))]
    report = breached_report(found, name="reset", place="", draws=5, reps=1, source="", again=3)
    (made.path / FILE).write_text(sheet.to_csv([report]), encoding="utf-8")
    return made


def test_the_file_reads_back_as_it_was_written(folder: RunFolder) -> None:
    gap, officers, caseload = kept_thresholds(folder)
    written = read_thresholds().each[0]
    assert (gap.name, gap.at, gap.months) == (written.name, (written.amber, written.red), written.dwell_months)
    assert (gap.breaches, gap.movers, gap.month, gap.draws) == (LATE, MOVERS[::-1], "2024-09", 3)
    assert (gap.owner, gap.action) == (written.owner, written.action)
    assert officers.movers == ()
    assert caseload.unit == "people an officer"
    rows = list(csv.DictReader(io.StringIO((folder.path / FILE).read_text(encoding="utf-8"))))
    assert [one.name for one in (gap, officers, caseload)] == list(dict.fromkeys(row["threshold"] for row in rows))


def test_the_report_says_how_surely_when_and_what_moved_them(folder: RunFolder) -> None:
    section = BeautifulSoup(page(dossier([folder])), "html.parser").find(id="thresholds")
    assert section is not None
    said = [" ".join(line.get_text().split()) for line in section.select("li")]
    assert said[0] == (
        "sentence-management-gap: red in 70% of the runs, first met in Sep 2024 (Jul 2024 to later); moved most by "
        "reset, -4 (-5 to -3) percentage points in September 2024. Regional probation director: Ask for a "
        "contingency; stop what policy lets stop."
    )
    assert said[2] == "caseload: green throughout; no change moves it."
    met, moved = map(cells, section.find_all("table"))
    assert met[0][-2:] == ["Probability", "First met"]
    assert met[2] == [
        "sentence-management-gap, red", "gap, sentence management, % of staff needed", "33", "3", "70%",
        "Sep 2024 (Jul 2024 to later)",
    ]  # fmt: skip
    assert len(met) == 7
    assert [row[2] for row in moved[1:]] == ["reset"], "the other moves it by less than a digit that is shown"
    assert moved[1][-1] == "90%", "red without it"
    assert "over 3 draws" in section.get_text()
    text = brief(dossier([folder]))
    assert "\n## Thresholds\n\n- `sentence-management-gap`: red in 70% of the runs" in text


def test_a_run_that_was_made_without_them_is_asked_for_the_shipped_ones(folder: RunFolder) -> None:
    (folder.path / FILE).unlink()
    section = BeautifulSoup(page(dossier([folder])), "html.parser").find(id="thresholds")
    assert section is not None
    met = cells(section.find("table"))
    names = [one.name for one in read_thresholds().each]
    assert [row[0] for row in met[1:]] == [f"{name}, {level}" for name in names for level in ("amber", "red")]
    said = " ".join(section.get_text().split())
    assert "`" not in said
    assert "capacity-sim run reset --movers with the same options finds which change moved each." in said
    assert FILE not in said, "there is none"
    assert "what moved them" not in said
    assert "\n## Thresholds\n\n- `sentence-management-gap`: " in brief(dossier([folder]))
    assert not (folder.path / FILE).exists(), "a report writes nothing but itself"


@pytest.mark.parametrize("text", ["row,threshold\nlevel,gap\n", "", "row,threshold,level\nlevel,gap,amber\n"])
def test_a_file_that_run_did_not_write_is_refused(folder: RunFolder, text: str) -> None:
    (folder.path / FILE).write_text(text, encoding="utf-8")
    words = ["report", str(folder.path), "--out", str(folder.path.parent.parent / "r.html")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "error[not-thresholds]: thresholds.csv is not as `run` writes it" in result.stderr
    assert "`capacity-sim run reset` with the same options writes it again" in result.stderr
