"""`bridge` as it is typed: on the made-up region with the real engine, and what is refused."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]


@pytest.mark.slow
def test_the_chain_of_the_made_up_region(typed: Invoke) -> None:
    result = typed("bridge", "--data", "demo", "--draws", 2, "--workers", 2)
    assert result.exit_code == 0, result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].startswith("7 scenarios, at central values and in 2 draws: 21 runs to make; about ")
    assert lines[-2:] == ["chart: runs/bridge-demo.png", "chart: runs/bridge-demo.svg"]
    for name in ("runs/bridge-demo.png", "runs/bridge-demo.svg"):
        assert Path(name).stat().st_size > 10_000
    for words in ("The published chain, rebuilt: Demo Region", "  unexplained", "given", "Exposure: person-months"):
        assert words in result.stdout

    again = typed("bridge", "--data", "demo", "--draws", 2)
    assert again.stdout == result.stdout
    assert again.stderr.startswith("7 scenarios, at central values and in 2 draws: 0 runs to make, 21 there already\n")

    central = typed("bridge", "--data", "demo", "--draws", 1)
    assert central.stderr.splitlines()[0] == "7 scenarios, at central values: 0 runs to make, 7 there already"
    assert "No range: add `--draws 10`." in " ".join(central.stdout.split())

    table = typed("bridge", "--data", "demo", "--draws", 2, "--csv", "--quiet", "--chart", "charts")
    assert table.stderr == ""
    assert sorted(path.name for path in Path("charts").iterdir()) == ["bridge-demo.png", "bridge-demo.svg"]
    found = {(one["table"], one["step"], one["figure"]): one for one in csv.DictReader(io.StringIO(table.stdout))}
    needed = {step: one for (of, step, name), one in found.items() if (of, name) == ("needed", "required_fte")}
    assert list(needed) == [
        "start", "reset", "impact", "year-later", "isr", "agreed-policy", "ofps", "fewer-contacts"
    ]  # fmt: skip
    for step, one in needed.items():
        parts = [float(found["needed", step, f"part_{kind}"]["simulated"]) for kind in ("fitted", "predicted", "given")]
        assert sum(parts) == pytest.approx(float(one["simulated"]), abs=0.01)
        assert float(one["low"]) <= float(one["middle"]) <= float(one["high"])
    # what the measures are for: Reset, Impact and fewer contacts spare staff, and cost months without contact
    spared = {step: float(found["needed", step, "change"]["simulated"]) for step in needed if step != "start"}
    assert spared["impact"] < -5
    assert spared["ofps"] < -5
    assert spared["fewer-contacts"] < -2
    months = {
        step: float(found["exposure", step, "months_without_contact.medium"]["simulated"])
        for step in ("start", "reset", "impact")
    }
    assert months["start"] == 0 < months["reset"] < months["impact"]
    in_post = [float(found["shortfall", step, "in_post_fte"]["simulated"]) for step in needed]
    assert in_post[0] == pytest.approx(float(found["shortfall", "start", "in_post_fte"]["published"]), rel=0.02)
    assert len(set(in_post[1:3])) == len(set(in_post[3:])) == 1  # no step of the chain touches who is in post

    (report,) = json.loads(typed("bridge", "--data", "demo", "--draws", 2, "--json").stdout)
    assert len(report["records"]) == len(found)
    assert any(note.startswith("Missed: ") for note in report["notes"])


def test_what_cannot_be_asked_is_refused_before_anything_runs(typed: Invoke, tmp_path: Path) -> None:
    for words, code in (
        (("--draws", 0), "error[too-few]: 0 draws is less than 1"),
        (("--workers", 0), "error[too-few]: 0 workers is less than one"),
        (("--csv", "--json"), "error[two-forms]"),
        (("--data", "nowhere"), "error[no-data-set]"),
    ):
        result = typed("bridge", *(("--data", "demo") if "--data" not in words else ()), *words)
        assert result.exit_code in (2, 3)
        assert code in result.stderr, result.stderr
    assert not Path("runs").exists()
