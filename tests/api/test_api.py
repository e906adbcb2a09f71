"""The Python interface: one-line reprs, plain pandas, the figures of the command, and errors as clear as its own."""

import operator
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import capacity_sim as cs
from capacity_sim import data
from capacity_sim.analysis.compare import compare
from capacity_sim.analysis.dossier import dossier
from capacity_sim.analysis.headline import headline
from capacity_sim.catalogue import load
from capacity_sim.data.template import write_template
from capacity_sim.runs import places
from capacity_sim.show.page import brief, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_is_light_and_names_are_there() -> None:
    code = (
        "import sys, capacity_sim as cs; "
        "heavy = [name for name in ('numpy', 'pandas', 'numba', 'matplotlib', 'typer') if name in sys.modules]; "
        "assert not heavy, heavy; assert set(cs.__all__) <= set(dir(cs)); "
        "assert all(getattr(cs, name) for name in cs.__all__); assert 'numba' not in sys.modules; cs.run"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    with pytest.raises(AttributeError, match="module 'capacity_sim' has no attribute 'runn'"):
        operator.attrgetter("runn")(cs)


def test_the_stub_names_what_the_module_offers() -> None:
    stub = (ROOT / "capacity_sim" / "__init__.pyi").read_text(encoding="utf-8")
    named = [line.split(" as ")[1] for line in stub.splitlines() if line.startswith("from")]
    assert sorted(named) == sorted(cs.__all__)


def test_reprs_are_one_line_and_html_is_whole(runs: cs.Runs) -> None:
    compared = runs.compare()
    found = [
        runs, runs["reset"], compared, runs["reset"].headline(), compared.show(), compared.exposure(),
        cs.load_scenario("reset"), cs.why("reset", "supervision.suspend.adoption", "2027-06-01"),
    ]  # fmt: skip
    for one in found:
        assert "\n" not in repr(one)
        page = one._repr_html_()
        assert page.count("<table") == page.count("</table>") >= 1
    assert repr(runs) == "<Runs: baseline, reset, impact, in-force>"
    assert repr(runs["reset"]) == "<Run reset: Demo Region (made up), 2024-04 to 2029-03, 2 draws>"
    assert repr(compared) == "<Comparison: reset, impact, in-force less baseline; Demo Region (made up)>"


def test_words_are_escaped_in_html(runs: cs.Runs) -> None:
    from capacity_sim.show import html, sheet

    report = sheet.Report("<b>", ("a & b",), (sheet.Sheet(("<i>",), (("<td>",),)),), (), ())
    page = html.report(report)
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;td&gt;" in page
    assert "a &amp; b" in page


def test_figures_are_those_of_the_analysis(runs: cs.Runs) -> None:
    found = runs.compare().table("gap_fte", at="2026-03")
    same = compare(runs.folders, "gap_fte", ["2026-03"], where={"area": "sentence_management"}).frame
    pd.testing.assert_frame_equal(found, same)
    level = runs["reset"].table("gap_fte", at="2026-03")["central"].iloc[0]
    assert level == headline(runs["reset"].folder, "2026-03").value("gap_fte")
    by_grade = runs["baseline"].table("required_fte", at="2026-03", by="grade")
    assert list(by_grade.columns) == ["grade", "month", "central", "low", "high"]
    assert set(runs.monthly["scenario"]) == {"baseline", "reset", "impact", "in-force"}
    assert {"draw", "rep", "month", "measure", "value"} <= set(runs.monthly)


def test_what_is_on_disk_is_reused_and_opened(runs: cs.Runs, runs_dir: Path) -> None:
    again = cs.run("reset", data="demo", draws=2, units=True, runs_dir=runs_dir)
    assert all((run.folder.path / "thresholds.csv").is_file() for run in runs)
    assert again[0].reused
    assert again[0].folder.path == runs["reset"].folder.path
    opened = cs.open_runs("reset", runs["baseline"].folder.path, runs_dir=runs_dir)
    assert [one.name for one in opened] == ["reset", "baseline"]
    assert {one.name for one in cs.open_runs(runs_dir=runs_dir)} >= {"baseline", "reset", "impact", "in-force"}
    compared = cs.compare("baseline", "reset", runs_dir=str(runs_dir))
    assert compared.base.name == "baseline"
    assert cs.compare(runs, to="reset").base.name == "reset"


def test_opened_runs_can_be_taken_apart_as_those_just_made(runs: cs.Runs, runs_dir: Path) -> None:
    made = runs[:2].compare().by_change(measure="required_fte", at="2025-03", draws=1)
    opened = cs.compare("baseline", "reset", runs_dir=str(runs_dir)).by_change(
        measure="required_fte", at="2025-03", draws=1
    )
    pd.testing.assert_frame_equal(made.frame, opened.frame)
    assert made.plot().alt.startswith("Who gets the credit: staff needed")


def test_every_run_is_drawn_with_bands_and_where_changes_start(runs: cs.Runs) -> None:
    compared = runs.compare()
    chart = compared.plot("gap_fte", band=(25, 75), mark=["reset.adoption", "impact.residual"])
    levels, less = chart.axes
    names = ["baseline", "reset", "impact", "in-force"]
    assert [text.get_text() for text in less.texts] == sorted(names[1:], key=lambda name: _end(compared, name))
    assert {*names, "reset.adoption", "impact.residual"} == {text.get_text() for text in levels.texts}
    assert levels.get_ylabel() == less.get_ylabel() == "FTE"
    assert "25th to 75th percentile of 2 draws" in chart.get_supxlabel()
    assert chart.alt.endswith("Marked: reset.adoption from 2024-04-29, impact.residual from 2025-04-01.")
    one = compared.plot("in_post_fte", scenario="reset", where={"grade": "PO"})
    assert "PO, Demo Region (made up), FTE" in one.alt
    assert "impact" not in one.alt
    assert "Less baseline" in compared.show("gap_fte", at="2026-03").plot().alt


def _end(compared: cs.Comparison, name: str) -> float:
    frame = compared.table("gap_fte", at=compared.base.months[-1])
    return float(frame[(frame["scenario"] == name) & (frame["row"] == "difference")]["central"].iloc[0])


def test_tornado_names_its_price_before_it_runs(runs: cs.Runs) -> None:
    with pytest.raises(cs.CapacitySimError, match=r"this takes \d+ runs; at most 3 are allowed"):
        runs.compare().tornado("reset", most_runs=3)


def test_a_run_without_units_says_so_and_shows_no_empty_table(tmp_path: Path) -> None:
    found = cs.run(["baseline", "reset"], data="demo", to="2024-07-31", runs_dir=tmp_path)
    calls = (
        lambda: found[0].table(by="unit"),
        lambda: found[0].table(where={"unit": "Anywhere"}),
        lambda: found[0].headline(by="unit"),
        lambda: found.compare().table(by="unit"),
    )
    for call in calls:
        with pytest.raises(cs.CapacitySimError, match="kept no single delivery units"):
            call()


def test_runs_on_own_data_are_asked_about_named_and_kept_apart_from_newer_data(tmp_path: Path) -> None:
    own = tmp_path / "mine" / "counts"
    write_template(own, data.load("demo"), load(), ["Demo Region"])
    about = own / "about.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("replace this: ", "Their "), encoding="utf-8")
    cs.run(["baseline", "reset"], data=str(own), to="2024-07-31", runs_dir=tmp_path)
    opened = cs.open_runs(["baseline", "reset"], runs_dir=tmp_path)
    assert opened.why("reset", "supervision.suspend.adoption").frame["value"].iloc[-1] == 1.0
    credit = opened.compare().by_change("reset", at="2024-07", draws=1)
    whose = opened[0].folder.own_words
    assert whose.startswith("Own data (Their ")
    assert whose in credit.text.replace("\n", " ")
    foot = " ".join(opened[0].plot().figure.get_supxlabel().split())
    assert f"Source: {opened[0].folder.source}" in foot

    found = dossier(opened.folders)
    told = page(found)
    assert told.count(whose) == 4, "at the top, among the quality, and below each run"
    assert "illustrative" not in told
    assert f"--data {own}" in told
    assert f"--data {own}" in brief(found)
    assert whose in brief(found)

    staff = own / "staff.csv"
    head, first, *rest = staff.read_text(encoding="utf-8").splitlines()
    cells, _, amount = first.rpartition(",")
    staff.write_text("\n".join([head, f"{cells},{float(amount) + 1}", *rest]) + "\n", encoding="utf-8")
    with pytest.raises(cs.CapacitySimError, match="is no longer as it was when the run"):
        opened.compare().by_change("reset", at="2024-07", draws=1)


def test_unlike_runs_are_refused_with_what_differs(runs: cs.Runs, runs_dir: Path) -> None:
    other = cs.run("reset", data="demo", runs_dir=runs_dir)
    with pytest.raises(cs.CapacitySimError) as caught:
        cs.compare([runs["baseline"], other[0]])
    shown = "\n".join(caught.value._render_traceback_())
    assert shown.startswith("error[not-comparable]: `baseline` and `reset` differ in more than their scenario")
    assert "draws  2         1" in shown
    assert "= hint: `capacity-sim run baseline reset --draws 2` makes them alike" in shown


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda runs: cs.run("reste"), "no scenario is called `reste`"),
        (lambda runs: cs.run("reset", timing_basis="staff"), "no timing basis is called `staff`"),
        (lambda runs: cs.run("reset", to="2027"), "`to=2027` is not a full date"),
        (lambda runs: cs.run("reset", region="Nowhere"), "has no region called `Nowhere`"),
        (lambda runs: cs.params("no-such"), "no parameter has `no-such` in its name or words"),
        (lambda runs: cs.why("reset", "gap_fte"), "`gap_fte` is an output, not a parameter"),
        (lambda runs: cs.why("reset", "reset.adoption"), "`reset.adoption` is a change"),
        (lambda runs: cs.why("reset", "staff.leaving.annual_rate", grade="XX"), "`XX` is not a value of `grade`"),
        (lambda runs: cs.why("reset", "work.timing.factor"), r"`work.timing.factor` has \d+ values here"),
        (lambda runs: runs["reste"], "none of the runs is called `reste`"),
        (lambda runs: runs["reset"].table("gap"), "no output is called `gap`"),
        (lambda runs: runs["reset"].table(area="courts"), "no area is called `courts`"),
        (lambda runs: runs["reset"].table(at="2031-03"), "the results have no month `2031-03`"),
        (lambda runs: runs.compare().by_change(at="2031-03"), "the runs have no month 2031-03"),
        (lambda runs: runs.compare().plot("gap"), "no output is called `gap`"),
        (lambda runs: runs.compare().plot("gap_fte", band=(90, 10)), "90 to 10 is not a band around the middle"),
        (lambda runs: runs.compare().plot("gap_fte", mark=["reset.adopt"]), "has no change `reset.adopt`"),
        (lambda runs: runs.compare().plot(mark=["reset.adoption"]), "go with an output"),
        (lambda runs: runs.compare().plot(scenario="reste"), "none of the runs is called `reste`"),
        (lambda runs: cs.follow("reset", 1, start="2001-01-01"), "2001-01-01 is outside the run"),
        (lambda runs: cs.follow("reset", -1), "key -1 is below zero"),
        (lambda runs: cs.follow("reset", 1, start_type="custard"), "no start type is called `custard`"),
        (lambda runs: cs.run([]), "there is no scenario to run"),
        (lambda runs: runs["reset"].headline(area="courts"), "no area is called `courts`"),
        (lambda runs: runs["reset"].caseload(region="Nowhere"), "the run has no region called `Nowhere`"),
        (lambda runs: runs.compare().tornado(grade="P0"), "no grade is called `P0`"),
    ],
)
def test_faults_have_the_words_of_the_command(call: object, message: str, runs: cs.Runs) -> None:
    with pytest.raises(cs.CapacitySimError, match=message):
        call(runs)


def test_python_says_below_an_uncaught_error_what_to_do(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text("import capacity_sim as cs\ncs.run('reste')\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr.endswith("ScenarioError: no scenario is called `reste`\n  = hint: did you mean `reset`?\n")


def test_the_same_person_lives_in_every_scenario(runs: cs.Runs) -> None:
    lives = [cs.follow(name, 7, "custody", "2024-06-03", data="demo") for name in ("baseline", "reset")]
    assert lives[0].about == lives[1].about
    assert not lives[0].weeks["suspended"].any()
    assert lives[1].weeks["suspended"].any()
    assert lives[1].facts["hours_policy"] < lives[0].facts["hours_policy"]
    assert list(lives[1].weeks.columns[:4]) == ["monday", "state", "suspended", "events"]
    assert "contact" in lives[1].plot().alt.lower()


def test_a_run_on_a_cluster_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_CONNECT_SECONDS", 1)
    where = {"data": "demo", "to": "2024-06-30", "runs_dir": tmp_path}
    with pytest.raises(cs.errors.UsageError, match="`workers` is for this machine"):
        cs.run("baseline", workers=2, scheduler="tcp://127.0.0.1:9", **where)
    with pytest.raises(cs.errors.UsageError, match="0 workers is less than one"):
        cs.run("baseline", workers=0, **where)
    pytest.importorskip("distributed")
    with pytest.raises(cs.errors.RunError, match="no Dask scheduler answers at `tcp://"):
        cs.run("baseline", scheduler="tcp://127.0.0.1:9", **where)


@pytest.mark.parametrize(("name", "value"), [("draws", "4"), ("reps", 2.5), ("seed", None), ("draws", True)])
def test_a_count_that_is_no_whole_number_is_refused_in_words(name: str, value: object) -> None:
    with pytest.raises(cs.CapacitySimError, match=f"{value!r} is no whole number, as `{name}` is"):
        cs.run("baseline", data="demo", **{name: value})
