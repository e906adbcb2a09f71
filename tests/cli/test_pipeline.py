"""The command `pipeline` as it is typed."""

import csv
import io
import json

import pytest

SAID = "(with intakes in March and September: after September 2024)"


def test_every_cohort_and_the_sentence(typed):
    result = typed("pipeline", "--show", "--by", "2027-04")
    assert result.exit_code == 0, result.output
    assert SAID in " ".join(result.stdout.split())
    assert "Sep 2024" in result.stdout
    assert "paid back" in result.stdout


def test_without_show_it_is_the_sentences_and_what_comes_next(typed):
    result = typed("pipeline")
    assert result.exit_code == 0
    assert SAID in " ".join(result.stdout.split())
    assert "paid back" not in result.stdout
    assert "pipeline baseline --show --by 2027-04" in result.stderr


def test_as_data(typed):
    rows = list(csv.DictReader(io.StringIO(typed("pipeline", "--csv", "--quiet").stdout)))
    (september,) = [row for row in rows if row["start"] == "2024-09"]
    assert (september["qualifies"], september["in_time"]) == ("2026-12", "yes")
    (march,) = [row for row in rows if row["start"] == "2025-03"]
    assert (march["qualifies"], march["in_time"]) == ("2027-06", "no")
    found = json.loads(typed("pipeline", "--json", "--quiet").stdout)
    assert "2024-09" in json.dumps(found)


def test_a_change_moves_the_cohorts(typed):
    more = typed(
        "pipeline", "--csv", "--quiet", "--set", "staff.trainee.starts_per_year=3000@2026-04-01",
        "--set", "staff.trainee.months=24",
    )  # fmt: skip
    rows = {row["start"]: row for row in csv.DictReader(io.StringIO(more.stdout))}
    assert rows["2026-09"]["starters"] == "1500"
    assert rows["2026-03"]["starters"] == "650"
    assert rows["2025-03"]["qualifies"] == "2027-03"
    assert rows["2025-03"]["in_time"] == "yes"


def test_the_cohorts_are_drawn_one_by_one(typed, tmp_path):
    result = typed("pipeline", "--chart", tmp_path / "charts")
    assert result.exit_code == 0, result.output
    assert "charts/pipeline-baseline.png" in result.stderr
    drawn = (tmp_path / "charts" / "pipeline-baseline.svg").read_text(encoding="utf-8")
    for words in ("Trainee cohorts one by one: baseline, England", "529 start", "439 qualify", "wanted by Apr"):
        assert words in drawn
    assert "Source: Capacity Sim" in drawn


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--by", "2027"), 2, "`--by 2027` is not a month"),
        (("--by", "2027-13"), 2, "2027-13"),
        (("no-such",), 3, "no-such"),
        (("--csv", "--json"), 2, "--json"),
    ],
)
def test_what_is_typed_wrongly(typed, words, code, said):
    result = typed("pipeline", *words)
    assert result.exit_code == code, result.output
    assert said in result.output
