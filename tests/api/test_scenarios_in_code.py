"""A scenario changed in code is the file that it is saved as."""

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity_sim as cs

pytestmark = pytest.mark.properties

TRAINEES = "staff.trainee.starts_per_year"
CELLS = {
    "staff.leaving.annual_rate": [None, {"grade": "PO"}, {"grade": ["PSO", "SPO"]}],
    "staff.trainee.starts_per_year": [None],
    "people.recall.monthly_rate": [None, {"length_band": "under_12m"}],
}
days = st.integers(60, 1500).map(lambda number: dt.date(2024, 4, 1) + dt.timedelta(days=number))


@st.composite
def changes(draw: st.DrawFn) -> dict[str, object]:
    path = draw(st.sampled_from(sorted(CELLS)))
    factor = draw(st.floats(0.5, 1.5).filter(lambda value: abs(value - 1) > 0.01))
    found: dict[str, object] = {"path": path, "scale": factor, "since": draw(days)}
    found["where"] = draw(st.sampled_from(CELLS[path]))
    if draw(st.booleans()):
        found["range"] = [factor * 0.9, factor * 1.1]
    if draw(st.booleans()):
        found["phase_in_months"] = draw(st.sampled_from([1.0, 6.5]))
    if draw(st.booleans()):
        found["why"] = draw(st.sampled_from(["Said: so", "# not a comment", "'quoted' \"twice\"", "£5 – or 10%"]))
    if draw(st.booleans()):
        found["source"] = draw(st.sampled_from(["Workshop, May 2026", "Another: source"]))
    return found


@settings(max_examples=12)
@given(st.lists(changes(), min_size=1, max_size=3), st.sampled_from(["baseline", "reset"]))
def test_saved_scenarios_read_back_the_same(listed: list[dict[str, object]], base: str) -> None:
    mine = cs.load_scenario(base).child("tried-in-code", "Tried in code")
    for one in listed:
        mine = mine.change(**one)
    with tempfile.TemporaryDirectory() as folder:
        file = mine.save(Path(folder) / "tried-in-code.yaml")
        back = cs.load_scenario(file)
    assert back.resolved.hash_text == mine.resolved.hash_text
    assert back.text == mine.text
    assert [one.why for one in back.resolved.changes] == [one.why for one in mine.resolved.changes]
    assert back.resolved.sources == mine.resolved.sources


def test_adjustments_are_saved_too_and_the_first_stays_as_it_was(tmp_path: Path) -> None:
    first = cs.load_scenario("in-force")
    late = first.child("late-impact").adjust("impact", delay_months=6, why="Late.").adjust("reset.adoption", drop=True)
    back = cs.load_scenario(late.save(tmp_path / "late-impact.yaml"))
    assert back.resolved.hash_text == late.resolved.hash_text != first.resolved.hash_text
    assert "reset.adoption" in set(first.changes["id"])
    assert "reset.adoption" not in set(back.changes["id"])


def test_another_file_name_is_another_name(tmp_path: Path) -> None:
    mine = cs.load_scenario("reset").change("staff.trainee.starts_per_year", scale=0.5, since="2026-09-01")
    back = cs.load_scenario(mine.save(tmp_path / "few-trainees.yaml"))
    assert back.name == "few-trainees"
    assert back.resolved.hash_text == mine.resolved.hash_text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "staff.leaving.rate", "scale": 0.9, "since": "2026-04-01"}, "`staff.leaving.rate`"),
        ({"path": "staff.leaving.annual_rate", "scale": 0.9, "since": "April"}, "`since=April` is not a full date"),
        ({"path": "staff.leaving.annual_rate", "since": "2026-04-01"}, "changes nothing"),
        (
            {"path": "staff.leaving.annual_rate", "scale": 0.9, "add": 1.0, "since": "2026-04-01"},
            "has 2 verbs, `scale` and `add`",
        ),
        ({"path": "staff.leaving.annual_rate", "scale": 1.0, "since": "2026-04-01"}, "alters no value|alters nothing"),
    ],
)
def test_a_bad_change_is_refused_without_a_place_that_nobody_wrote(change: dict[str, object], message: str) -> None:
    with pytest.raises(cs.CapacitySimError, match=message) as caught:
        cs.load_scenario("baseline").change(**change)
    shown = "\n".join(caught.value._render_traceback_())
    assert "-->" not in shown
    assert tempfile.gettempdir() not in shown


def test_a_file_that_no_command_would_find_is_not_written(tmp_path: Path) -> None:
    mine = cs.load_scenario("reset").child("mine").change(TRAINEES, scale=0.5, since="2026-09-01")
    with pytest.raises(cs.CapacitySimError, match=r"mine\.txt` is not the name of a scenario's file"):
        mine.save(tmp_path / "mine.txt")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["Has Spaces", "a/b", "../outside", ""])
def test_a_name_that_is_none_is_said_at_once_and_nothing_is_written(name: str) -> None:
    with pytest.raises(cs.CapacitySimError, match=f"`{name}` is not a name"):
        cs.load_scenario("reset").child(name)
    assert not (Path(tempfile.gettempdir()) / "outside.yaml").exists()


def test_a_child_has_its_own_name_from_the_start() -> None:
    mine = cs.load_scenario("reset").child("mine", "Mine")
    assert repr(mine).startswith("<Scenario mine: Mine; ")
    assert mine.changes.shape == cs.load_scenario("reset").changes.shape


def test_a_child_of_a_child_needs_a_file(tmp_path: Path) -> None:
    mine = cs.load_scenario("reset").child("mine").change(TRAINEES, scale=0.5, since="2026-09-01")
    with pytest.raises(cs.CapacitySimError, match="`mine` was made in code and has no file that a child could name"):
        mine.child("grandchild")


def test_a_parent_that_would_not_be_found_is_said_before_anything_is_written(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    parent = cs.load_scenario("reset").child("mine").change(TRAINEES, scale=0.5, since="2026-09-01")
    parent.save(tmp_path / "a" / "mine.yaml")
    child = cs.load_scenario(tmp_path / "a" / "mine.yaml").child("more").adjust("mine", strength=0.5)
    with pytest.raises(cs.CapacitySimError, match="no scenario is called `mine`"):
        child.save(tmp_path / "b" / "more.yaml")
    assert list((tmp_path / "b").iterdir()) == []
    assert cs.load_scenario(child.save(tmp_path / "a" / "more.yaml")).name == "more"


def test_cohorts_of_a_scenario_are_those_of_the_command() -> None:
    found = cs.load_scenario("baseline").cohorts("2027-04")
    assert repr(found) == "<Shown: baseline: the trainee pipeline, England and Wales>"
    september = found.frame.set_index("start").loc["2024-09"]
    assert (september["qualifies"], september["in_time"]) == ("2026-12", "yes")
    more = cs.load_scenario("baseline").change(TRAINEES, set=3000, since="2026-04-01").cohorts("2027-04")
    assert more.frame.set_index("start").loc["2026-09", "starters"] == 1500
    assert "September 2026: 1,500 start" in more.plot().alt
    with pytest.raises(cs.CapacitySimError, match="`by=2027` is not a month"):
        cs.load_scenario("baseline").cohorts("2027")


def test_a_parent_is_adjusted_bit_by_bit_but_no_bit_twice(tmp_path: Path) -> None:
    plan = cs.load_scenario("in-force").child("softer").adjust("impact", delay_months=6, why="Late.")
    both = plan.adjust("impact", strength=0.5, why="Half.")
    child = cs.load_scenario("in-force").child("softer")
    assert both.text == child.adjust("impact", delay_months=6, strength=0.5, why="Late. Half.").text
    assert cs.load_scenario(both.save(tmp_path / "softer.yaml")).resolved.hash_text == both.resolved.hash_text
    cited = plan.adjust("impact", strength=0.25, why="A quarter.", source="A letter")
    (line,) = [line for line in cited.text.splitlines() if "a-letter" in line and "source:" in line]
    assert line.split("source:")[1].strip().endswith("; a-letter")
    with pytest.raises(cs.CapacitySimError, match="`impact` has a `delay_months` of 6 already"):
        both.adjust("impact", delay_months=3)
