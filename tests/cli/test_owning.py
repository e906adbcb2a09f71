"""`data template`, `data check` and `--data` as they are typed."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli
Invoke = Callable[..., Result]


def fill(folder: Path) -> None:
    about = folder / "about.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("replace this: ", "Their "), encoding="utf-8")


def test_a_template_is_written_filled_in_and_checked(typed: Invoke) -> None:
    made = typed("data", "template", "own", "--data", "demo")
    assert made.exit_code == 0, made.stderr
    assert made.stdout.split() == [
        f"own/{name}" for name in ("README.md", "about.yaml", "people.csv", "staff.csv", "timings.csv")
    ]
    refused = typed("data", "check", "own")
    assert refused.exit_code == 3
    assert "own/about.yaml:3:8" in refused.stderr
    fill(Path("own"))
    checked = typed("data", "check", "own")
    assert checked.exit_code == 0, checked.stderr
    assert "No faults." in checked.stdout
    assert "nothing was sent anywhere" in checked.stderr
    again = typed("data", "template", "own", "--data", "demo")
    assert again.exit_code == 3
    assert "holds something already" in again.stderr


def test_a_folder_with_a_space_is_quoted_in_what_comes_next(typed: Invoke) -> None:
    made = typed("data", "template", "own figures", "--data", "demo")
    assert "next: `capacity-sim data check 'own figures'`" in made.stderr
    fill(Path("own figures"))
    assert "--data 'own figures'`" in typed("data", "check", "own figures").stderr


def test_a_folder_without_own_data_is_said(typed: Invoke) -> None:
    result = typed("data", "check", "nowhere")
    assert result.exit_code == 3
    assert "`nowhere` holds no `about.yaml`" in result.stderr


@pytest.mark.slow
def test_a_run_on_own_data_names_its_source_and_loads_the_people(typed: Invoke) -> None:
    typed("data", "template", "own", "--data", "demo")
    fill(Path("own"))
    table = pd.read_csv("own/people.csv")
    table.loc[table["risk"] == "high", "people"] *= 2
    table.to_csv("own/people.csv", index=False)
    words = ("run", "baseline", "--data", "own", "--to", "2024-06-30", "--units", "--by", "unit")
    result = typed(*words)
    assert result.exit_code == 0, result.stderr
    assert "Own data (Their whose figures" in result.stdout
    assert "illustrative" not in result.stdout
    (run,) = Path("runs").iterdir()
    rows = pd.read_parquet(run / "monthly.parquet")
    people = rows[(rows["measure"] == "people_on_sentence") & (rows["month"] == "2024-04") & rows["unit"].notna()]
    high = people[people["risk"] == "high"]["value"].sum()
    assert high == pytest.approx(table[table["risk"] == "high"]["people"].sum(), rel=0.05)
    span = ("--to", "2025-03-31", "--draws", 1)
    moved = typed("diff", "baseline", "baseline", "--data", "demo", "--with-data", "own", *span)
    assert moved.exit_code == 0, moved.stderr
    assert "baseline-on-own-demo-region" in moved.stdout
    hidden = typed(
        "compare", "baseline", "reset", "--data", "own", "--draws", 1, "--to", "2025-03-31", "--output",
        "people_on_sentence", "--by", "risk", "--suppress", 100000,
    )  # fmt: skip
    assert hidden.exit_code == 0, hidden.stderr
    assert "<100000" in hidden.stdout


def test_hiding_nothing_is_refused(typed: Invoke) -> None:
    result = typed("list", "--suppress", 1)
    assert result.exit_code == 2
    assert "`--suppress 1` hides nothing" in result.stderr
