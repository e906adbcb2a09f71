"""`--xlsx` as it is typed: with every command that prints tables, and refused where there is none."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import typer
from support.fake_model import FakeModel
from typer.testing import Result

from capacity_sim.cli import app

pytestmark = pytest.mark.cli
Invoke = Callable[..., Result]
COMMANDS = typer.main.get_command(app).commands


def options(name: str) -> set[str]:
    return {word for parameter in COMMANDS[name].params for word in parameter.opts}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_with_tables_has_the_option(name: str) -> None:
    assert ("--xlsx" in options(name)) == ("--json" in options(name))


def test_a_list_and_its_sources_are_written(typed: Invoke) -> None:
    result = typed("params", "supervision.suspend", "--values", "--xlsx", "deep/params.xlsx")
    assert result.exit_code == 0, result.stderr
    assert "spreadsheet: deep/params.xlsx" in result.stderr
    assert result.stdout.startswith("PATH") or "supervision.suspend.adoption" in result.stdout
    book = openpyxl.load_workbook("deep/params.xlsx")
    notes = [cell for row in book["Notes and sources"].iter_rows(values_only=True) for cell in row]
    assert "nao-2025" in notes
    assert [path.name for path in Path("deep").iterdir()] == ["params.xlsx"]


def test_a_run_is_written_beside_its_table(typed: Invoke, model: FakeModel) -> None:
    result = typed("run", "baseline", "--quiet", "--xlsx", "a.xlsx")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    sheet = openpyxl.load_workbook("a.xlsx").worksheets[0]
    assert any(isinstance(cell, int) for row in sheet.iter_rows(values_only=True) for cell in row)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("list", "--xlsx", "a.csv"), "`--xlsx a.csv` is not the name of a spreadsheet"),
        (("show", "reset", "--yaml", "--xlsx", "a.xlsx"), "`--xlsx` was given, and there is no table to write"),
        (("assumptions", "--md", "--xlsx", "a.xlsx"), "`--xlsx` was given, and there is no table to write"),
    ],
)
def test_what_cannot_be_a_spreadsheet_is_refused(typed: Invoke, words: tuple[str, ...], message: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not Path("a.xlsx").exists()


def test_a_place_that_cannot_be_written_is_said(typed: Invoke) -> None:
    Path("file").write_text("")
    result = typed("list", "--xlsx", "file/a.xlsx")
    assert result.exit_code == 1
    assert "fault-in-program" not in result.stderr


def test_faults_of_scenarios_are_written_too(typed: Invoke) -> None:
    Path("bad.yaml").write_text("name: bad\n")
    result = typed("check", "bad.yaml", "--xlsx", "faults.xlsx")
    assert result.exit_code == 3
    assert openpyxl.load_workbook("faults.xlsx")["Figures"].max_row > 1
