import pickle
from pathlib import Path

import pytest

from capacity_sim import errors
from capacity_sim.errors import (
    CapacitySimError,
    DataError,
    ExitCode,
    Fault,
    NotComparableError,
    Refused,
    RunError,
    ScenarioError,
    UsageError,
    counted,
    did_you_mean,
    near,
    one_of,
    read_line,
    render,
    shown_path,
)


def test_a_fault_shows_its_line_with_a_caret_below_the_column():
    fault = Fault("bare-year", "`2024` is not a full date", "s.yaml", 10, 11, "write the day")
    assert render([fault], lambda file, line: "    from: 2024") == (
        "error[bare-year]: `2024` is not a full date\n"
        "  --> s.yaml:10:11\n"
        "   |\n"
        "10 |     from: 2024\n"
        "   |           ^\n"
        "   = hint: write the day"
    )


def test_the_margin_fits_the_line_number_and_blocks_are_set_apart():
    faults = [Fault("a", "x", "f", 7, 1), Fault("b", "y", "f", 123, 2)]
    assert render(faults, lambda file, line: "text") == (
        "error[a]: x\n --> f:7:1\n  |\n7 | text\n  | ^\n\n"
        "error[b]: y\n   --> f:123:2\n    |\n123 | text\n    |  ^"
    )


def test_a_fault_without_a_place_or_a_readable_line_is_still_complete():
    assert render([Fault("horizon", "no week", hint="give a later end")]) == (
        "error[horizon]: no week\n  = hint: give a later end"
    )
    assert (
        render([Fault("no-file", "gone", "nowhere.yaml", 3, 1)])
        == "error[no-file]: gone\n --> nowhere.yaml:3:1"
    )


def test_warnings_and_notes_say_so():
    assert render([Fault("review-soon", "soon", severity="warning")]) == "warning[review-soon]: soon"


def test_a_tab_before_the_caret_stays_a_tab():
    text = render([Fault("x", "y", "f", 1, 3)], lambda file, line: "\ta: 1")
    assert text.splitlines()[-1] == "  | \t ^"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CapacitySimError, ExitCode.PROGRAM),
        (ScenarioError, ExitCode.SCENARIO),
        (DataError, ExitCode.SCENARIO),
        (UsageError, ExitCode.USAGE),
        (NotComparableError, ExitCode.NOT_COMPARABLE),
        (RunError, ExitCode.PROGRAM),
    ],
)
def test_each_error_has_its_exit_code_and_keeps_all_faults(error, code):
    problem = error([Fault("a", "x"), Fault("b", "y")])
    assert problem.exit_code == code
    assert [fault.code for fault in problem.faults] == ["a", "b"]
    assert str(problem) == "x; y"


ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, CapacitySimError)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_survives_pickling(error):
    # workers pass errors on to the process that started them
    problem = error([Fault("a", "x", "f.yaml", 3, 5, "write y"), Fault("b", "z", severity="note")])
    there = pickle.loads(pickle.dumps(problem))
    assert type(there) is error
    assert there.faults == problem.faults
    assert (str(there), there.exit_code) == ("x; z", problem.exit_code)


def test_a_refused_value_survives_pickling():
    there = pickle.loads(pickle.dumps(Refused(("where", "grade"), "unknown-value", "no such grade", "use `PO`")))
    assert (there.at, there.code, there.message, there.hint) == (
        ("where", "grade"), "unknown-value", "no such grade", "use `PO`",
    )  # fmt: skip
    assert str(there) == "no such grade"


def test_exit_codes_are_the_published_ones():
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "PROGRAM": 1,
        "USAGE": 2,
        "SCENARIO": 3,
        "NOT_COMPARABLE": 4,
    }


def test_near_names():
    assert near("supervison", ["supervision", "delivery"]) == "supervision"
    assert near("zzz", ["supervision"]) is None
    assert did_you_mean("zzz", ["a"], "write `a`") == "write `a`"
    assert one_of(["a"]) == "`a`"
    assert one_of(["a", "b", "c"]) == "`a`, `b` or `c`"
    assert one_of([str(i) for i in range(20)], most=2) == "`0`, `1` or 18 more"


def test_faults_are_counted_in_words():
    faults = [Fault("a", "x", "f"), Fault("b", "y", "g"), Fault("c", "z", "g", severity="warning")]
    assert counted(faults) == "2 errors, 1 warning in 2 files"
    assert counted([Fault("a", "x")]) == "1 error"
    assert counted([]) == "no errors"


def test_lines_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.yaml").write_text("one\ntwo\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_line("a.yaml", 2) == "two"
    assert read_line("a.yaml", 3) is None
    assert read_line("b.yaml", 1) is None
    assert shown_path(tmp_path / "a.yaml") == "a.yaml"
    assert shown_path(tmp_path.parent / "b.yaml") == str(tmp_path.parent / "b.yaml")
