"""A figure as it stands in a sentence: rounded as in the tables, and never without the range that it has."""

import re
from pathlib import Path

import pytest

import capacity_sim as cs

FIGURE = re.compile(r"(?P<middle>[+-]?[\d,.]+) FTE \((?P<low>[+-]?[\d,.]+) to (?P<high>[+-]?[\d,.]+)\)")


def _numbers(text: str) -> list[float]:
    found = FIGURE.fullmatch(text)
    assert found is not None, text
    return [float(found[name].replace(",", "")) for name in ("middle", "low", "high")]


def test_a_level_is_that_of_the_table_with_its_range(runs: cs.Runs) -> None:
    one = runs["reset"]
    line = one.table("gap_fte", at="2028-03", where={"grade": "PO"}).iloc[0]
    said = _numbers(one.say("gap_fte", at="2028-03", where={"grade": "PO"}))
    assert said == pytest.approx([line["central"], line["low"], line["high"]], abs=0.5)
    assert one.say() == one.say("gap_fte", at=one.months[-1])
    assert re.fullmatch(r"\d+% \(\d+ to \d+\)", one.say("workload_pct"))
    assert one.say("people_on_sentence", area=None).split(" ")[1] == "people"


def test_a_difference_is_the_paired_one_and_carries_a_sign(runs: cs.Runs) -> None:
    compared = runs.compare()
    frame = compared.table("gap_fte", at="2028-03").query("row == 'difference'").set_index("scenario")
    line = frame.loc["impact"]
    said = _numbers(compared.say("impact", at="2028-03"))
    assert said == pytest.approx([line["central"], line["low"], line["high"]], abs=0.5)
    assert compared.say("impact", at="2028-03").startswith("-")
    assert compared.say(at="2028-03") == compared.say("in-force", at="2028-03")
    assert "percentage points (" in compared.say("impact", "workload_pct")


def test_nothing_is_said_as_nothing(runs: cs.Runs) -> None:
    assert runs.compare().say("reset", "funded_fte") == "0 FTE"


def test_one_draw_has_no_range(tmp_path: Path) -> None:
    alone = cs.run("baseline", data="demo", to="2024-06-30", runs_dir=tmp_path)[0]
    assert re.fullmatch(r"[\d,]+ FTE", alone.say(at="2024-06"))


def test_the_first_run_is_not_held_against_itself(runs: cs.Runs) -> None:
    with pytest.raises(cs.CapacitySimError, match="`baseline` is the run that the others are held against"):
        runs.compare().say("baseline")
