"""`hindcast` as it is typed: on the made-up region with the real engine, and what is refused."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.past import past_demo
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


@pytest.fixture
def past(tmp_path: Path) -> Path:
    """The made-up region with a past to rerun, as `past_demo` in the empty folder; its values are those of `demo`."""
    return past_demo(tmp_path)


@pytest.fixture
def broken(past: Path) -> Callable[[str, str, str], Path]:
    """The set with one thing changed."""

    def change(name: str, old: str, new: str) -> Path:
        text = (past / name).read_text(encoding="utf-8")
        assert old in text
        (past / name).write_text(text.replace(old, new), encoding="utf-8")
        return past

    return change


@pytest.mark.slow
def test_the_past_of_the_made_up_region(typed: Invoke, past: Path) -> None:
    result = typed("hindcast", "--data", past, "--draws", 2, "--workers", 2)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.splitlines()[-2:] == [
        "chart: runs/hindcast-past_demo.png",
        "chart: runs/hindcast-past_demo.svg",
    ]
    for name in ("runs/hindcast-past_demo.png", "runs/hindcast-past_demo.svg"):
        assert Path(name).stat().st_size > 10_000
    for words in ("The past, rerun: Demo Region", "errors of each method", "The share is invented.", "view forward"):
        assert words in " ".join(result.stdout.split())

    again = typed("hindcast", "--data", past, "--draws", 2, "--csv", "--quiet")
    assert again.stderr == ""
    rows = list(csv.DictReader(io.StringIO(again.stdout)))
    figures = {one["id"]: one for one in rows if one["table"] == "figures"}
    assert list(figures) == ["po_summer", "po_march", "high_share"]
    for one in figures.values():
        for method in ("ex_ante", "ex_post"):
            low, middle, high = (float(one[f"{method}{end}"]) for end in ("_low", "", "_high"))
            assert low <= middle <= high
            published, step = float(one["published"]), {"FTE": 10.0, "percent": 0.1}[one["unit"]]
            if min(abs(published - low), abs(published - high)) > step:  # ends are rounded, what they cover is not
                assert one[f"{method}_inside"] == str(int(low <= published <= high))
    # no change keeps the first figure; Figure 8: 67.22 - 10% + 20 x 80% = 76.5, to 10 FTE
    assert float(figures["po_march"]["no_change"]) == 70
    assert float(figures["po_march"]["figure_8"]) == 80
    assert figures["po_summer"]["figure_8"] == figures["high_share"]["no_change"] == ""
    # four in ten leave in a year ex post, so fewer are there
    assert float(figures["po_march"]["ex_post"]) < float(figures["po_march"]["ex_ante"])
    methods = [(one["id"], one["series"]) for one in rows if one["table"] == "errors"]
    assert methods == [
        *((name, "every date") for name in ("ex ante", "ex post", "no change")),
        *((name, "each March") for name in ("ex ante", "ex post", "no change", "Figure 8")),
    ]
    ahead = [one["date"] for one in rows if one["table"] == "forward"]
    assert ahead == [f"{year}-03" for year in range(2025, 2030)]

    (report,) = json.loads(typed("hindcast", "--data", past, "--draws", 1, "--json", "--no-forward").stdout)
    assert {one["table"] for one in report["records"]} == {"figures", "errors"}
    assert any(note.startswith("No range: ") for note in report["notes"])


def test_a_set_without_a_past_says_so(typed: Invoke) -> None:
    result = typed("hindcast", "--data", "demo")
    assert result.exit_code == 3
    assert result.stderr.startswith(
        "error[no-hindcast]: the data set `demo`, which starts on 2024-03-31, has no run of the past\n"
        " --> --data demo\n"
        "  = hint: give `--data england_wales_2021`, or write `"
    )


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("hindcast.yaml", "po_march]", "po_mars]", "error[unknown-target]: `po_mars` is not a target"),
        ("hindcast.yaml", "[po_summer,", "[po_start,", "error[not-held]: `po_start` says no output that it is held"),
        ("hindcast.yaml", "figure8: officers", "figure8: officer", "error[unknown-series]: `officer` is not a series"),
        ("hindcast.yaml", "series:", "serie:", "error[missing-key]: a run of the past lacks `series`"),
        ("hindcast.yaml", "    chart: true\n    why", "    charts: true\n    why", "error[unknown-key]: `charts`"),
        ("hindcast.yaml", "id: risk", "id: officers", "error[duplicate-id]: the series `officers` is written twice"),
        ("hindcast.yaml", "ex_post: past-demo-after", "ex_post: past-demo-afte", "no scenario"),
        ("hindcast.yaml", "measure: sm_r", "measure: sm_n", "[unknown-target]: `sm_nequired_original` of `forward`"),
        (
            "past-demo-after.yaml", "changes:", "choices:\n  horizon: 2025-06-30\nchanges:",
            "error[unlike-ends]: the two runs differ in their last day: `past-demo-before` ends on 2025-03-30 and "
            "`past-demo-after` ends on 2025-06-30",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_it_is_said_before_anything_runs(
    typed: Invoke, broken: Callable[[str, str, str], Path], name: str, old: str, new: str, words: str
) -> None:
    result = typed("hindcast", "--data", broken(name, old, new))
    assert result.exit_code in (2, 3), result.stderr
    assert words in result.stderr.replace("\n", " ") or words in result.stderr, result.stderr
    assert not Path("runs").exists()


@pytest.mark.slow
def test_dates_outside_the_run_are_refused_with_their_rows(
    typed: Invoke, broken: Callable[[str, str, str], Path]
) -> None:
    folder = broken("targets.yaml", '"2024-12"', '"2025-12"')  # a set is read once, by its path
    result = typed("hindcast", "--data", folder, "--draws", 1, "--no-forward", "--quiet")
    assert result.exit_code == 3
    assert (
        "error[not-held]: `high_share` of 2025-12 cannot be held against the run ex ante: after the run, which ends in "
        "2025-03\n --> past_demo/targets.yaml:8" in result.stderr
    )
    assert result.stderr.count("error[not-held]") == 2  # for each of the two runs


@pytest.mark.slow
def test_a_figure_that_the_method_of_figure_8_lacks_is_named(
    typed: Invoke, broken: Callable[[str, str, str], Path]
) -> None:
    folder = broken("staff.yaml", "dropout:", "drop:")
    lacks = typed("hindcast", "--data", folder, "--draws", 1, "--no-forward", "--quiet")
    assert lacks.exit_code == 3
    words = "the method of Figure 8 needs the share of trainees who drop out, which `past_demo/staff.yaml` lacks"
    assert words in lacks.stderr


def test_what_cannot_be_asked_is_refused(typed: Invoke) -> None:
    for words, code in (
        (("--draws", 0), "error[too-few]: 0 draws is less than one"),
        (("--workers", 0), "error[too-few]: 0 workers is less than one"),
        (("--csv", "--json"), "error[two-forms]"),
        (("--data", "nowhere"), "error[no-data-set]"),
    ):
        result = typed("hindcast", *words)
        assert result.exit_code in (2, 3)
        assert code in result.stderr, result.stderr
    assert not Path("runs").exists()
