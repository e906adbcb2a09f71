"""The report stands alone, can be read by anybody, and says the figures of the run."""

import base64
import re
import shutil
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from bs4 import BeautifulSoup
from support.fake_model import FakeModel
from support.tables_read import cells
from typer.testing import CliRunner, Result

from capacity_sim.analysis.dossier import Dossier, dossier
from capacity_sim.analysis.headline import headline
from capacity_sim.analysis.places import caseloads
from capacity_sim.analysis.steps import steps
from capacity_sim.cli import app
from capacity_sim.errors import shown_path
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder, open_run
from capacity_sim.show.page import brief, page, palette
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import number

CHANGE = """
- {{id: {0}.one, path: staff.leaving.annual_rate, set: 0.1, from: 2024-05-01, range: [0.05, 0.2], source: s1,
   basis: assumed, quality: red, impact: amber, why: "A <b>guess</b> & no more"}}
"""


class Recording(FakeModel):
    """A made-up model whose folders record scenarios as real ones do."""

    def scenario_text(self, scenario: object) -> str:
        name = str(getattr(scenario, "name", ""))
        held = {"baseline": (), "both": ("reset", "impact")}.get(name, (name,))
        text = f"name: {name}\ntitle: A <i>made-up</i> scenario\nquestion: How many?\nreview_by: 2030-01-01\n"
        text += "not_modelled: [Travel of staff]\n"
        if held:
            text += "changes:" + "".join(CHANGE.format(one) for one in held)
            text += "sources: {s1: {title: 'Source <one>', publisher: P, url: 'https://example.org/x'}}\n"
        return text


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    from support.fake_model import FakeScenario

    title = "Made <i>up</i>"
    scales = {"baseline": 1.0, "reset": 0.9, "impact": 0.95, "both": 0.87}
    scenarios = [FakeScenario(name, title, scale) for name, scale in scales.items()]
    runs = tmp_path_factory.mktemp("runs")
    return [one.folder for one in run(Request(scenarios, draws=10), Recording(), runs_dir=runs)]


@pytest.fixture(scope="module")
def found(folders: list[RunFolder]) -> Dossier:
    return dossier(folders)


@pytest.fixture(scope="module")
def text(found: Dossier) -> str:
    return page(found)


@pytest.fixture(scope="module")
def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


@pytest.fixture
def typed(folders: list[RunFolder], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(folders[0].path.parent.parent)
    runs = folders[0].path.parent

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, [*map(str, words), "--runs-dir", str(runs)])

    return invoke


def test_nothing_is_loaded_from_anywhere(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(True):
        for key in ("src", "href", "srcset", "data", "action", "poster"):
            value = str(tag.get(key, ""))
            assert not value or value.startswith(("data:image/png;base64,", "#")), f"<{tag.name} {key}={value[:60]}>"
    assert not soup.find_all(["link", "iframe", "object", "embed", "base"])
    style = soup.style.string or ""
    assert "url(" not in style
    assert "@import" not in style
    script = soup.script.string or ""
    assert not re.search(r"fetch|XMLHttp|import\(|https?:|innerHTML|eval", script)
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'")


def test_anybody_can_read_it(soup: BeautifulSoup) -> None:
    assert soup.html["lang"] == "en-GB"
    assert soup.title.string
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    links = [tag["href"][1:] for tag in soup.find_all("a")]
    assert links[0] == "answer"
    assert set(links) <= set(ids)
    for image in soup.find_all("img"):
        assert len(image["alt"]) > 40
        data = base64.b64decode(image["src"].partition(",")[2], validate=True)
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(soup.find_all("img")) == 4
    for table in soup.find_all("table"):
        assert table.caption.get_text(strip=True)
        assert all(head["scope"] in ("col", "row") for head in table.find_all("th"))
        assert all(row.find("th", scope="row") for row in table.tbody.find_all("tr"))
        widths = {len(row.find_all(["th", "td"])) for row in table.find_all("tr")}
        assert len(widths) == 1
        scroller = table.parent
        assert (scroller["role"], scroller["tabindex"]) == ("region", "0")
        assert scroller["aria-label"]


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("pair", palette.TEXTS)
def test_ink_stands_out_from_its_ground(pair: tuple[str, str]) -> None:
    light, dark = sorted(map(_luminance, pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_colour_of_the_page_is_in_the_palette(soup: BeautifulSoup) -> None:
    style = soup.style.string or ""
    root, _, rest = style.partition("}")
    assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b", root)) == set(palette.COLOURS.values())
    assert not re.findall(r":\s*#[0-9a-fA-F]{3,6}\b", rest)
    assert set(re.findall(r"var\(--(\w+)\)", rest)) <= set(palette.COLOURS)


def test_words_of_files_are_text_and_not_tags(soup: BeautifulSoup) -> None:
    assert not soup.find_all(["i", "b"])
    text = soup.get_text()
    assert "A <b>guess</b> & no more" in text
    assert "Source <one>, P." in text
    assert "Made <i>up</i>" in soup.h1.get_text()


def test_the_figures_are_those_of_the_run(soup: BeautifulSoup, folders: list[RunFolder]) -> None:
    found = headline(folders[-1])
    step = staff_step(found.value("required_fte"))
    answer = [line.get_text() for line in soup.select("ol.answer li")]
    assert len(answer) == 5
    assert answer[0].startswith(f"In March 2025 {number(found.value('required_fte'), step)} (")
    assert number(found.value("in_post_fte"), step) in answer[1]
    assert number(found.value("gap_fte"), step) in answer[1]
    total = next(row for row in cells(soup.select("#staff table")[0]) if row[0] == "All")
    measures = ("required_fte", "funded_fte", "in_post_fte", "available_fte", "shortfall_fte", "gap_fte")
    assert total[1:] == [number(found.value(name), step) for name in measures]
    regions = cells(soup.select("#regions table")[0])
    assert [row[0] for row in regions[1:]] == ["Northshire", "Southshire"]


def test_steps_add_up_to_the_difference(found: Dossier, folders: list[RunFolder]) -> None:
    assert found.steps is not None
    names = found.steps.frame["name"].tolist()
    assert names == ["reset", "impact", "interaction"]
    whole = found.difference("gap_fte")[0]
    assert found.steps.frame["central"].sum() == pytest.approx(whole)
    chain = steps([folders[0], folders[1], folders[3]], "gap_fte", found.month, found.area)
    assert chain is not None
    assert chain.frame["name"].tolist() == ["reset", "both"]
    assert chain.frame["central"].sum() == pytest.approx(whole)
    beside = steps(folders[:3], "gap_fte", found.month, found.area)
    assert beside is not None
    assert beside.kind.value == "beside"
    assert steps([folders[0], folders[2], folders[3]], "gap_fte", found.month, found.area) is not None


def test_one_run_and_one_draw_are_enough(tmp_path: Path) -> None:
    from support.fake_model import FakeScenario

    alone = run(Request([FakeScenario("baseline")]), Recording(), runs_dir=tmp_path)[0].folder
    soup = BeautifulSoup(page(dossier([alone])), "html.parser")
    assert soup.find(id="measures") is None
    text = " ".join(soup.get_text().split())
    assert "No range: one draw" in text
    assert "1 draw is too few to tell chance from cause" in text
    assert "it takes 8 (" in text
    assert "baseline changes nothing" in text
    assert "percentile of" not in text


def test_how_the_gap_moves_has_the_range_of_its_own_differences(tmp_path: Path) -> None:
    from support.fake_model import FakeScenario

    end = date(2026, 3, 31)
    asked = Request([FakeScenario("baseline", horizon=end)], draws=10)
    (alone,) = [one.folder for one in run(asked, Recording(end=end), runs_dir=tmp_path)]
    found = headline(alone)
    table = alone.table(["gap_fte"], {"area": "sentence_management"})
    mine = table[table["basis"] == alone.timing_basis].groupby(["month", "draw"], observed=True)["value"].sum()
    moved = mine["2026-03"] - mine["2025-03"]
    assert found.moved.iloc[0].tolist() == pytest.approx(moved.quantile([0.5, 0.1, 0.9]).tolist())
    line = BeautifulSoup(page(dossier([alone])), "html.parser").select("ol.answer li")[2].get_text()
    assert re.fullmatch(
        r"From March 2025 to March 2026 the gap (falls|grows) by [\d,.]+ \(-?[\d,.]+ to [\d,.]+\) FTE\.", line
    )


def test_a_driver_is_named_only_beyond_chance(folders: list[RunFolder]) -> None:
    frame = dossier(folders[:1]).drivers[0].frame.set_index("id")
    assert frame.loc["level", "rank"] > 0.9
    assert bool(frame.loc["level", "beyond"])
    assert not bool(frame.loc["baseline.own", "beyond"])
    drives = BeautifulSoup(page(dossier(folders[:1])), "html.parser").select_one("section#drives")
    assert drives is not None
    said = " ".join(drives.get_text(" ").split())
    assert f"Beyond chance in the gap: level; the other {len(frame) - 1} cannot be told apart from it." in said
    assert [row.get_text() for row in drives.select("tbody th")] == ["level"]


def test_a_run_that_lacks_a_limit_of_caseload_has_no_share_below_none(
    folders: list[RunFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = caseloads(folders[0])
    read = RunFolder.parts

    def older(folder: RunFolder, measures: list[str], *rest: Any) -> list[pa.Table]:
        return read(folder, [one for one in measures if one not in ("officers_over_20", "officers_over_30")], *rest)

    monkeypatch.setattr(RunFolder, "parts", older)
    found = caseloads(folders[0])
    assert (found["central"] >= 0).all()
    assert set(found["above"]) == set(whole["above"]) - {20, 30}
    assert found.groupby("grade")["central"].sum().between(95, 105).all()


def test_the_same_runs_give_the_same_bytes(text: str, found: Dossier, folders: list[RunFolder]) -> None:
    again = dossier([open_run(one.path) for one in folders])
    assert page(again) == text
    assert brief(again) == brief(found)


def test_the_brief_is_a_page_of_markdown(found: Dossier) -> None:
    text = brief(found)
    assert text.startswith("# Made <i>up</i>: staff in sentence management, Made-up land\n")
    assert len(text.splitlines()) < 70
    for heading in ("## By grade", "## Change in the gap beside baseline", "## How sure", "## Left out"):
        assert heading in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    total = next(line for line in tables if line.startswith("| All |"))
    assert re.fullmatch(r"\| All \|( [\d,]+ \([\d,]+ to [\d,]+\) \|){3}", total), "each figure has its range"
    assert re.search(r"of the staff needed, \d+% to \d+%\)", text)
    assert re.search(r"of what fell due, [\d.]+% to [\d.]+%\)", text)
    assert {line.count("|") for line in tables} == {4, 5}


def test_commands_say_where_they_wrote(typed: Callable[..., Result], folders: list[RunFolder], tmp_path: Path) -> None:
    out = tmp_path / "new" / "board.html"
    result = typed("report", "baseline", "reset", "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{shown_path(out)}\n"
    assert result.stderr == "open it in any browser; it needs no network\n"
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    default = typed("report", "reset", "--quiet")
    assert default.stdout.strip().endswith(f"report-{folders[1].path.name}.html")
    assert default.stderr == ""
    printed = typed("brief", "reset")
    assert printed.stdout.startswith("# ")
    written = typed("brief", "reset", "-o", tmp_path / "b.md")
    assert (tmp_path / "b.md").read_text(encoding="utf-8") == printed.stdout
    assert written.stdout == f"{shown_path(tmp_path / 'b.md')}\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("report", "rest"), 1, "error[no-run]: there is no run called `rest`"),
        (("report", "reset", "--at", "2031-03"), 2, "has no month `2031-03`"),
        (("report", "reset", "--at", "March"), 2, "`--at March` is not a month"),
        (("report", "reset", "--area", "courts"), 2, "no area is called `courts`"),
        (("report", "reset", "reset"), 2, "error[same-name]: two runs are of `reset`"),
        (("report", "reset", "--out", "x.md"), 2, "`x.md` is not the name of an HTML file"),
        (("brief", "reset", "reset"), 2, "error[same-name]: two runs are of `reset`"),
    ],
)
def test_faults_are_said(typed: Callable[..., Result], words: tuple[str, ...], code: int, message: str) -> None:
    result = typed(*words)
    assert result.exit_code == code
    assert message in result.stderr
    assert not Path("x.md").exists()


def test_unlike_runs_are_refused(typed: Callable[..., Result], folders: list[RunFolder], tmp_path: Path) -> None:
    from support.fake_model import FakeScenario

    other = run(Request([FakeScenario("other")], draws=2), Recording(), runs_dir=tmp_path)[0].folder
    result = typed("report", "baseline", other.path, "--out", tmp_path / "r.html")
    assert result.exit_code == 4
    assert "`baseline` and `other` differ in more than their scenario" in result.stderr
    assert "draws  10        2" in result.stderr
    assert not (tmp_path / "r.html").exists()


def test_a_run_that_was_touched_is_refused(
    typed: Callable[..., Result], folders: list[RunFolder], tmp_path: Path
) -> None:
    copy = tmp_path / folders[0].path.name
    shutil.copytree(folders[0].path, copy)
    (copy / "scenario.yaml").write_text("name: other\n", encoding="utf-8")
    result = typed("report", copy)
    assert result.exit_code == 1
    assert "scenario.yaml is not as it was written" in result.stderr


