"""`list`, `show`, `why`, `params` and `assumptions`: what is written, told without running it."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support import made
from typer.testing import Result

from capacity_sim import data, scenario
from capacity_sim.catalogue import load

pytestmark = pytest.mark.cli

Invoke = Callable[..., Result]
#: what a test gives in place of one line of a made-up file
OTHERS = ("baseline", "event", "measure", "part", "programme", "combination", "stress")


@pytest.fixture
def files(typed: Invoke, tmp_path: Path) -> Path:
    """Folder of the made-up scenarios, where commands are typed."""
    made.write(tmp_path / "scenarios")
    return tmp_path / "scenarios"


def rows(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.stderr
    return list(csv.DictReader(io.StringIO(result.stdout)))


def line(text: str, start: str) -> list[str]:
    """Cells of the first line of a table that starts so."""
    (found, *_) = [one for one in text.splitlines() if one.startswith(start)]
    return re.split(r" {2,}", found.strip())


# --- list -------------------------------------------------------------------------------------------------------------


def test_list_goes_from_what_is_to_what_might_be(typed: Invoke, files: Path) -> None:
    for kind in OTHERS[1:]:
        text = made.PART.replace("kind: part", f"kind: {kind}").replace("name: part", f"name: a-{kind}")
        (files / f"a-{kind}.yaml").write_text(text)
    result = typed("list")
    assert result.exit_code == 0, result.stderr
    kinds = [re.split(r" {2,}", one)[1] for one in result.stdout.splitlines()[1:] if one]
    assert list(dict.fromkeys(kinds)) == list(OTHERS)
    groups = result.stdout.split("\n\n")
    assert len(groups) == len(OTHERS)
    for group in groups[1:]:
        names = [one.split()[0] for one in group.splitlines()]
        assert names == sorted(names)


def test_list_shows_when_a_file_was_known_and_cuts_long_titles(typed: Invoke, files: Path) -> None:
    result = typed("list")
    assert line(result.stdout, "part ") == [
        "part", "part", "announced", "2025-10-22", "2", "2030-03-31",
        "A made-up part of a made-up programme, whose title is much ...",
    ]  # fmt: skip
    (record,) = [one for one in rows(typed("list", "--csv")) if one["name"] == "part"]
    assert record["title"].endswith("longer than a list can show")


@pytest.mark.parametrize(
    "words",
    ["show {}", "show {} --yaml", "why {} staff.leaving.annual_rate --where grade=PO", "assumptions {} --changes"],
)
def test_a_run_folder_stands_for_its_scenario_as_it_was_run(
    typed: Invoke, tmp_path: Path, words: str
) -> None:
    folder = tmp_path / "runs" / "mine-0123abcd"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    change = scenario.from_set_option("staff.leaving.annual_rate[grade=PO]=0.123@2025-04-01")
    changed = scenario.with_changes(scenario.load("baseline"), [change], "mine")
    (folder / "scenario.yaml").write_text(scenario.to_text(changed), encoding="utf-8")
    found = [typed(*words.format(name).split()) for name in (f"runs/{folder.name}", folder, folder.name)]
    assert [one.exit_code for one in found] == [0, 0, 0], found[0].stderr
    assert all("0.123" in one.stdout for one in found)


# --- show -------------------------------------------------------------------------------------------------------------


def test_show_has_every_change_in_force_and_where_it_is_written(typed: Invoke, files: Path) -> None:
    result = typed("show", "stress")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    where = {name: number for number, text in enumerate(made.PART.splitlines(), 1) for name in text.split()}
    assert line(result.stdout, "part.recalls") == [
        "part.recalls", "people.recall.monthly_rate[length_band=under_12m|12m_to_24m]", "x 0.8 (0.7 to 0.9)",
        "2027-04-01", "2029-03-31", "over 6 months, strength 0.5, 12 months later, rollout of part", "red",
        f"scenarios/part.yaml:{where['part.recalls']}",
    ]  # fmt: skip
    assert line(result.stdout, "part.trainees")[2:4] == ["1,300", "2026-04-01"]
    assert line(result.stdout, " " * 40)[:2] == ["1,400 (1,200 to 1,600)", "2027-04-01"]
    assert line(result.stdout, "stress.leavers")[2] == "- 0.02"
    assert line(result.stdout, "part  0.5") == ["part", "0.5", "0 (0 to 12)", "-", "green", "planners 9"]
    for words in (
        "stress: The part late and weak",
        "kind: stress; status: hypothetical; review by: 2031-03-31",
        "extends: part",
        "changes: 3, of which 1 written here; content: ",
        "file: scenarios/stress.yaml",
        "planners  Planners, A workshop",
        "https://example.org/planners",
        "- Anything else.",
    ):
        assert words in result.stdout


def test_show_has_the_example_and_what_the_file_is_of(typed: Invoke, files: Path) -> None:
    text = typed("show", "part").stdout
    assert "as of: 2025-10-22" in text
    assert "Question: What does it spare?" in text
    assert "Example: person 7, custody of 300 days from 2026-05-04, high risk, mappa" in text
    assert line(text, "recall ") == ["recall", "2026-11-02", "never"]
    assert line(text, "hours ") == ["hours", "61.5", "58"]
    assert "Example: A short sentence with one recall." in text


def test_show_names_what_is_dropped(typed: Invoke, files: Path) -> None:
    text = made.STRESS.replace("    strength: 0.5\n    delay_months: 12\n", "    drop: true\n")
    (files / "stress.yaml").write_text(text)
    shown = typed("show", "stress").stdout
    assert line(shown, "part.recalls") == ["part.recalls", "doubters 1", "It has slipped before."]
    assert "Dropped here" in shown


def test_show_as_data_has_a_record_for_each_amount(typed: Invoke, files: Path) -> None:
    found = rows(typed("show", "stress", "--csv"))
    assert [(one["id"], one["value"], one["low"], one["from"]) for one in found] == [
        ("part.recalls", "0.8", "0.7", "2027-04-01"),
        ("part.trainees", "1300.0", "", "2026-04-01"),
        ("part.trainees", "1400.0", "1200.0", "2027-04-01"),
        ("stress.leavers", "-0.02", "", "2026-04-01"),
    ]
    assert (found[0]["strength"], found[0]["delay_months"], found[0]["written_by"]) == ("0.5", "12", "part")
    assert json.loads(typed("show", "stress", "--json").stdout)[0]["records"][3]["why"] == "Fewer leave."


@pytest.mark.parametrize("name", ["stress", "part", "reset-orders", "baseline"])
def test_the_flat_file_reads_back_the_same(typed: Invoke, files: Path, name: str) -> None:
    result = typed("show", name, "--yaml")
    assert result.exit_code == 0, result.stderr
    (files / f"{name}.yaml").write_text(result.stdout)
    again = typed("show", name, "--yaml")
    assert again.stdout == result.stdout
    made.write(files)
    source = scenario.load(name)
    (files / f"{name}.yaml").write_text(result.stdout)
    flat = scenario.load(name)
    assert flat.content_hash == source.content_hash
    assert flat.extends == ()
    assert [one.content() for one in flat.changes] == [one.content() for one in source.changes]


def test_the_flat_file_still_says_where_a_change_was_first_written(typed: Invoke, files: Path) -> None:
    (files / "flat.yaml").write_text(typed("show", "stress", "--yaml").stdout.replace("name: stress", "name: flat"))
    assert line(typed("show", "flat").stdout, "part.recalls")[-1].startswith("scenarios/part.yaml:")


# --- why --------------------------------------------------------------------------------------------------------------


def test_why_is_the_chain_behind_one_number(typed: Invoke, files: Path) -> None:
    base = next(
        one for one in data.load("england_wales").values
        if one.path == "staff.leaving.annual_rate" and one.where == {"grade": ("PO",)}
    )  # fmt: skip
    value = base.quantity.amounts[0]
    result = typed("why", "stress", "staff.leaving.annual_rate", "--on", "2027-06-01", "--where", "grade=PO")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == f"{value - 0.02:g} share a year"
    assert lines[1].startswith("staff.leaving.annual_rate[grade=PO] on 2027-06-01 in `stress`.")
    assert line(result.stdout, f"{value:g} ")[:3] == [f"{value:g}", f"{value:g}", "baseline"]
    assert line(result.stdout, "- 0.02")[:4] == ["- 0.02", f"{value - 0.02:g}", "stress.leavers", "2026-04-01"]
    assert line(result.stdout, "- 0.02")[-1].startswith("scenarios/stress.yaml:")
    assert "stress.leavers: Fewer leave." in result.stdout
    before = typed("why", "stress", "staff.leaving.annual_rate", "--on", "2026-03-31", "--where", "grade=PO")
    assert before.stdout.splitlines()[0] == f"{value:g} share a year"
    assert "stress.leavers" not in before.stdout


def test_why_knows_strength_phase_in_and_rollout(typed: Invoke, files: Path) -> None:
    found = rows(typed(
        "why", "stress", "people.recall.monthly_rate", "--where", "length_band=under_12m", "--on", "2028-06-01",
        "--csv",
    ))  # fmt: skip
    base, change = found
    assert (change["op"], change["amount"], change["force"]) == ("scale", "0.8", "0.25")
    assert float(change["value"]) == pytest.approx(float(base["value"]) * 0.95)
    assert (change["low"], change["high"]) == ("0.7", "0.9")


def test_why_shows_all_cells_where_they_are_few(typed: Invoke, files: Path) -> None:
    result = typed("why", "stress", "staff.leaving.annual_rate")
    assert result.exit_code == 0, result.stderr
    assert "on 2029-03-31 in `stress` (share a year)" in result.stdout
    assert line(result.stdout, "PO ")[-1] == "stress.leavers"
    assert line(result.stdout, "SPO ")[-1] == "-"
    some = rows(typed("why", "stress", "staff.leaving.annual_rate", "--where", "grade=PO|SPO", "--csv"))
    assert {one["where"] for one in some} == {"grade=PO", "grade=SPO"}


def test_why_of_a_parameter_that_is_fixed_says_so(typed: Invoke, files: Path) -> None:
    result = typed("why", "baseline", "staff.trainee.months")
    assert "staff.trainee.months for the whole run in `baseline`." in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "stress gap_fte",
            "error[output-not-input]: `gap_fte` is an output, not a parameter\n"
            "  = hint: `capacity-sim compare part stress --output gap_fte --by change` says what each change adds\n",
        ),
        (
            "stress",
            "error[which-path]: which parameter of the scenario is meant?\n"
            "  = hint: it changes `people.recall.monthly_rate`, `staff.leaving.annual_rate` or "
            "`staff.trainee.starts_per_year`\n",
        ),
        (
            "stress part.recalls",
            "error[change-not-input]: `part.recalls` is a change\n"
            "  = hint: it acts on `people.recall.monthly_rate`\n",
        ),
        (
            "stress staff.leaving.anual_rate",
            "error[unknown-path]: no parameter is called `staff.leaving.anual_rate`\n"
            "  = hint: did you mean `staff.leaving.annual_rate`?\n",
        ),
        (
            "stress staff.leaving.annual_rate --where PO",
            "error[bad-where]: `--where PO` cannot be read\n"
            "  = hint: write `--where dimension=value,...`, such as `--where grade=PO`\n",
        ),
        (
            "stress staff.leaving.annual_rate --where grad=PO",
            "error[unknown-dimension]: `staff.leaving.annual_rate` has no dimension `grad`\n"
            "  = hint: did you mean `grade`?\n",
        ),
        (
            "stress staff.leaving.annual_rate --where grade=SOP",
            "error[unknown-value]: `SOP` is not a value of `grade`\n  = hint: did you mean `SPO`?\n",
        ),
        (
            "stress staff.leaving.annual_rate --on 2027",
            "error[bad-date]: `--on 2027` is not a full date\n"
            "  = hint: write the year, month and day, such as 2027-03-31\n",
        ),
    ],
)
def test_why_of_something_else_says_what_to_do(typed: Invoke, files: Path, words: str, message: str) -> None:
    result = typed("why", *words.split())
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_why_of_too_many_cells_names_the_dimensions(typed: Invoke) -> None:
    result = typed("why", "reset", "work.volume.factor")
    number = len(load().dimensions["activity"]) * len(load().dimensions["risk"])
    assert result.exit_code == 2
    assert result.stderr.startswith(
        f"error[which-cell]: `work.volume.factor` has {number} values here, by `activity`, `risk`: name fewer with "
        "`--where`\n  = hint: `activity` has `"
    )
    assert result.stderr.endswith("; `risk` has `low`, `medium`, `high` or `very_high`\n")


# --- params -----------------------------------------------------------------------------------------------------------


def test_params_is_the_catalogue(typed: Invoke) -> None:
    found = rows(typed("params", "--csv"))
    assert [one["path"] for one in found] == list(load().parameters)
    spec = load().parameters["staff.leaving.annual_rate"]
    assert line(typed("params").stdout, spec.path) == [
        spec.path, "share a year", "grade", "0 to 1", "yes", spec.words,
    ]  # fmt: skip


def test_params_finds_the_start_of_a_name_or_else_a_word(typed: Invoke) -> None:
    by_name = [one["path"] for one in rows(typed("params", "staff.leaving", "--csv"))]
    assert by_name == ["staff.leaving.annual_rate", "staff.leaving.tenure_factor"]
    by_word = [one["path"] for one in rows(typed("params", "HAZARD", "--csv"))]
    assert "staff.leaving.annual_rate" in by_word
    assert "people.recall.monthly_rate" in by_word
    assert 1 < len(by_word) < 20
    inside = [one["path"] for one in rows(typed("params", "annual_rate", "--csv"))]
    assert set(inside) >= {"staff.leaving.annual_rate", "staff.moving.annual_rate"}


def test_params_shows_the_values_of_the_data(typed: Invoke) -> None:
    found = rows(typed("params", "staff.leaving.annual_rate", "--values", "--csv"))
    values = [one for one in data.load("england_wales").values if one.path == "staff.leaving.annual_rate"]
    assert [(one["where"], float(one["value"]), one["source"], one["quality"]) for one in found] == [
        (f"grade={value.where['grade'][0]}", value.quantity.amounts[0], value.source, value.quality)
        for value in values
    ]
    assert all(one["place"] for one in found)
    demo = rows(typed("params", "people.starts.monthly", "--values", "--data", "demo", "--csv"))
    assert {one["path"] for one in demo} == {"people.starts.monthly"}


def test_params_of_nothing_says_what_there_is(typed: Invoke) -> None:
    result = typed("params", "stafff")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error[unknown-path]: no parameter has `stafff` in its name or words\n  = hint: did you mean `staff`?\n"
    )


# --- assumptions ------------------------------------------------------------------------------------------------------


def test_the_log_has_a_line_for_every_value(typed: Invoke, files: Path) -> None:
    values = data.load("england_wales").values
    found = rows(typed("assumptions", "stress", "--csv"))
    baseline = [one for one in found if one["does"] == "baseline"]
    assert len(baseline) == sum(len(value.quantity.amounts) for value in values)
    others = [(one["does"], one["id"], one["value"]) for one in found if one["does"] != "baseline"]
    assert sorted(others) == [
        ("add", "stress.leavers", "-0.02"),
        ("adjust", "part.recalls", "0.5"),
        ("rollout", "part:slip", "0.0"),
        ("rollout", "part:strength", "0.5"),
        ("scale", "part.recalls", "0.8"),
        ("set", "part.trainees", "1300.0"),
        ("set", "part.trainees", "1400.0"),
    ]
    for one in found:
        assert one["source"]
        assert one["basis"]
        assert one["why"]
        assert one["review_by"]
        assert one["quality"] in ("red", "amber", "green")
        assert one["as_of"] or one["id"]


def test_the_log_takes_dates_from_the_file_that_says_it(typed: Invoke, files: Path) -> None:
    found = {one["id"] or one["path"]: one for one in rows(typed("assumptions", "stress", "--csv"))}
    assert (found["part.trainees"]["as_of"], found["part.trainees"]["review_by"]) == ("2025-10-22", "2030-03-31")
    assert (found["stress.leavers"]["as_of"], found["stress.leavers"]["review_by"]) == ("", "2031-03-31")
    assert found["part:slip"]["review_by"] == "2030-03-31"
    named = scenario.load("baseline").review_by.isoformat()
    assert found["staff.absence.share"]["review_by"] == named
    adjust = [one for one in rows(typed("assumptions", "stress", "--csv")) if one["does"] == "adjust"]
    assert [(one["source"], one["review_by"], one["why"]) for one in adjust] == [
        ("doubters 1", "2031-03-31", "It has slipped before.")
    ]


def test_the_log_has_the_worst_first(typed: Invoke, files: Path) -> None:
    ranks = {"red": 0, "amber": 1, "green": 2, "": 3}
    found = rows(typed("assumptions", "stress", "--csv"))
    order = [(ranks[one["quality"]], ranks[one["impact"]]) for one in found]
    assert order == sorted(order)
    assert found[0]["id"] == "stress.leavers"


def test_the_log_can_be_narrowed(typed: Invoke, files: Path) -> None:
    changes = rows(typed("assumptions", "stress", "--changes", "--csv"))
    assert "baseline" not in {one["does"] for one in changes}
    red = rows(typed("assumptions", "stress", "--changes", "--quality", "red", "--csv"))
    assert [one["id"] for one in red] == ["stress.leavers", "part.recalls", "part.recalls"]
    two = rows(typed("assumptions", "stress", "--changes", "--quality", "red", "--quality", "green", "--csv"))
    assert {one["quality"] for one in two} == {"red", "green"}
    wrong = typed("assumptions", "stress", "--quality", "rot")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "no quality is called `rot`" in wrong.stderr


def test_the_log_as_table_and_markdown(typed: Invoke, files: Path) -> None:
    text = typed("assumptions", "stress", "--changes").stdout
    assert "7 values: 3 red, 2 amber, 2 green." in text
    assert line(text, "green    -")[2:4] == ["part:slip: every change of part", "0 months (0 to 12)"]
    result = typed("assumptions", "stress", "--changes", "--md")
    lines = result.stdout.splitlines()
    assert lines[0] == "# Assumptions of stress: The part late and weak"
    table = [one for one in lines if one.startswith("|")]
    assert len(table) == 2 + 7
    cells = [re.split(r"(?<!\\)\|", one) for one in table]
    assert {len(one) for one in cells} == {len(cells[0])}
    assert "length_band=under_12m\\|12m_to_24m" in result.stdout


# --- all --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("show reset --yaml --csv", "`--yaml` stands alone"),
        ("assumptions reset --md --json", "`--md` stands alone"),
        ("why reset supervision.suspend.adoption --csv --json", "`--csv` and `--json` were both given"),
    ],
)
def test_two_forms_at_once_are_refused(typed: Invoke, words: str, message: str) -> None:
    result = typed(*words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error[two-forms]: {message}" in result.stderr


@pytest.mark.parametrize("command", ["show", "why", "assumptions"])
def test_an_unknown_scenario_names_the_nearest(typed: Invoke, command: str) -> None:
    result = typed(command, "resett")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "= hint: did you mean `reset`?" in result.stderr
