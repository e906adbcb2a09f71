"""Charts look as they did: each against a kept image, with a small tolerance for the machine's way of drawing."""

import datetime as dt
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.testing.compare import compare_images
from PIL import Image
from support.fake_counts import FakeCounts
from support.fake_model import FakeModel, FakeScenario
from support.formula import FormulaCounts, KeepsFormula, uncertain

from capacity_sim import catalogue, scenario
from capacity_sim.analysis import attribution, groups, sensitivity
from capacity_sim.analysis.cohorts import Cohort, Pipeline
from capacity_sim.analysis.credit import Attribution
from capacity_sim.analysis.drivers import Question, Sensitivity
from capacity_sim.analysis.factors import Factor
from capacity_sim.analysis.lineage import parent_of
from capacity_sim.analysis.steps import steps
from capacity_sim.calendars import add_months
from capacity_sim.runs.runner import Request, run
from capacity_sim.runs.store import RunFolder
from capacity_sim.show import charts
from capacity_sim.show.charts.chart import Chart

pytestmark = pytest.mark.golden

KEPT = Path(__file__).resolve().parents[1] / "golden" / "charts"
#: root mean square of the difference of pixels (0 to 255) that passes
TOLERANCE = 4.0
DPI = 60


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[RunFolder]:
    scenarios = [FakeScenario("baseline"), FakeScenario("reset", scale=0.8)]
    runs = tmp_path_factory.mktemp("runs")
    found = run(Request(scenarios, draws=6, units=True), FakeModel(), runs_dir=runs)
    return [one.folder for one in found]


def weeks() -> pd.DataFrame:
    """A made-up life of forty weeks."""
    states = ["custody"] * 12 + ["licence"] * 10 + ["recalled"] * 4 + ["licence"] * 13 + ["ended"]
    events = {0: ("custody_start",), 12: ("release",), 22: ("recall",), 26: ("re_release",), 39: ("supervision_end",)}
    number = len(states)
    return pd.DataFrame(
        {
            "monday": [dt.date(2025, 1, 6) + dt.timedelta(7 * week) for week in range(number)],
            "state": states,
            "suspended": [30 <= week < 39 for week in range(number)],
            "events": [events.get(week, ()) for week in range(number)],
            "contact": [int(state == "licence" and week % 2 == 0 and week < 30) for week, state in enumerate(states)],
            "closure": [int(week == 39) for week in range(number)],
        }
    )


def months() -> pd.DataFrame:
    """A made-up career of two years."""
    names = [f"{2025 + place // 12}-{place % 12 + 1:02d}" for place in range(24)]
    return pd.DataFrame(
        {
            "month": names,
            "grade": ["trainee"] * 10 + ["PO"] * 14,
            "training": [True] * 10 + [False] * 14,
            "unit": ["Eastford"] * 24,
            "cases": [np.nan] * 10 + [3.0 * place for place in range(1, 15)],
        }
    )


def cohorts() -> Pipeline:
    """Three made-up intakes, the first before the data start."""
    ages = np.arange(120)
    made = []
    for start, starters in ((dt.date(2024, 3, 1), 40.0), (dt.date(2024, 9, 1), 60.0), (dt.date(2025, 3, 1), 50.0)):
        effect = np.where(ages < 6, -0.1, 1.0) * starters
        officers = np.where(ages < 27, -0.05, 1.0) * starters
        ends = add_months(start, 27), add_months(start, 30)
        made.append(Cohort(start, starters, 0.2 * starters, 0.8 * starters, *ends, effect, officers))
    wanted = dt.date(2027, 4, 1)
    return Pipeline(tuple(made), 27, 30, wanted, dt.date(2025, 1, 1), dt.date(2024, 9, 1))


@cache
def credit() -> Attribution:
    """Shares of the parts of the shipped measures in force, by a made-up game."""
    base, found = scenario.load("baseline"), scenario.load("in-force")
    game = groups.game(base, found, parent_of, catalogue.load())
    counts = FakeCounts(lambda ids: 0.3 * (1 - 0.97 ** len(ids)))
    with tempfile.TemporaryDirectory() as runs:
        question = attribution.Question("gap_fte", "2025-03", "sentence_management", 3)
        return attribution.Work(game, question, counts, runs_dir=Path(runs)).answer(workers=1, place="Made-up land")


@cache
def drivers() -> Sensitivity:
    """A tornado of a linear formula."""
    names = {"reset.adoption": 30.0, "staff.leaving.annual_rate[grade=PO]": 22.0, "impact:slip": -9.0, "tags": 1.0}
    vary = [Factor(name, (uncertain(name),)) for name in names]
    counts = FormulaCounts(lambda reading, rep: sum(names[one] * reading[one] for one in names), list(names))
    with tempfile.TemporaryDirectory() as runs:
        work = sensitivity.Work(
            scenario.load("reset"), None, vary, Question("gap_fte", "2028-03"), counts, keeps=KeepsFormula(),
            runs_dir=Path(runs),
        )  # fmt: skip
        return work.answer(workers=1, place="Made-up land")


CHARTS: dict[str, Callable[[list[RunFolder]], Chart]] = {
    "needed_against_in_post": lambda runs: charts.needed_against_in_post(*runs),
    "needed_funded_in_post": lambda runs: charts.needed_funded_in_post(runs[1]),
    "fan": lambda runs: charts.fan(runs[1], less=runs[0]),
    "steps": lambda runs: charts.steps_chart(steps(runs, "required_fte")),
    "region_tiles": lambda runs: charts.region_tiles(runs[1]),
    "status_months": lambda runs: charts.status_months(runs[0]),
    "caseload": lambda runs: charts.caseload(runs[0]),
    "pipeline": lambda runs: charts.pipeline(runs[0]),
    "timeline": lambda runs: charts.timeline(weeks(), {"starts_as": "custody", "risk": "medium"}, "reset"),
    "career": lambda runs: charts.career(months(), "reset"),
    "cohorts": lambda runs: charts.cohorts_chart(cohorts(), "reset", "Made-up land", "made up"),
    "runs_over_time": lambda runs: charts.runs_over_time(runs, marks={"reset.adoption": dt.date(2024, 8, 10)}),
    "waterfall": lambda runs: charts.waterfall(credit()),
    "tornado": lambda runs: charts.drivers_chart(drivers()),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_looks_as_it_did(
    name: str, folders: list[RunFolder], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chart = CHARTS[name](folders)
    made, kept = tmp_path / f"{name}.png", KEPT / f"{name}.png"
    made.write_bytes(charts.png_bytes(chart, DPI))
    if request.config.getoption("--update-golden"):
        KEPT.mkdir(exist_ok=True)
        kept.write_bytes(made.read_bytes())
    assert kept.exists(), f"`{kept.name}` is missing; `make golden` writes it"
    with Image.open(made) as new, Image.open(kept) as old:
        assert new.size == old.size
    assert compare_images(str(kept), str(made), tol=TOLERANCE) is None


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_says_what_it_shows(name: str, folders: list[RunFolder], tmp_path: Path) -> None:
    chart = CHARTS[name](folders)
    assert len(chart.alt) > 60
    assert chart.alt.endswith(".")
    png, svg = charts.save(chart, tmp_path / name)
    with Image.open(png) as image:
        assert image.text["Description"] == chart.alt
    assert "<dc:description>" in svg.read_text(encoding="utf-8")
    shown, metadata = chart._repr_png_()
    assert shown[:4] == b"\x89PNG"
    assert metadata == {"alt": chart.alt}


def test_a_difference_is_seen(folders: list[RunFolder], tmp_path: Path) -> None:
    made = tmp_path / "other.png"
    made.write_bytes(charts.png_bytes(charts.needed_funded_in_post(folders[0]), DPI))
    assert compare_images(str(KEPT / "needed_funded_in_post.png"), str(made), tol=TOLERANCE) is not None
