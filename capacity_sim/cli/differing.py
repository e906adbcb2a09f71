"""The command `diff`: what differs between two scenarios, in their inputs and in their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from capacity_sim.cli import idle, work
from capacity_sim.errors import Fault, NotComparableError, UsageError

if TYPE_CHECKING:
    from capacity_sim.analysis.compare import Comparison
    from capacity_sim.analysis.difference import ChoiceDifference
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.scenario import Scenario
    from capacity_sim.show.sheet import Report

_AREA = "sentence_management"
#: headline outputs, and whether they are those of one area of work
OUTPUTS = {
    "required_fte": True,
    "in_post_fte": True,
    "gap_fte": True,
    "people_on_sentence": False,
    "people_supervised": False,
    "months_without_contact": False,
}


def diff(
    first: str, second: str, asked: work.Asked, on: date | None, inputs: bool, with_data: str | None = None
) -> list[Report]:
    """Tables of what differs between two scenarios, or between two data sets.

    Raises
    ------
    NotComparableError
        When their results cannot be compared, as a choice differs.
    """
    from capacity_sim.analysis.difference import input_difference
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.differences import input_report, output_report

    if inputs:
        running = "draws reps seed region movers workers scheduler runs_dir force"
        idle.refuse(running, "`--inputs` runs nothing", "leave `--inputs` out to see results too")
    scenarios = work.read_scenarios([first, second], asked)
    one, other = scenarios[0], scenarios[-1]
    if with_data is not None:
        called = f"{other.name}-on-{load_data(with_data).name}" if other.name == one.name else other.name
        other = replace(other, data=with_data, name=called)
        scenarios = [one, other]
    known = load()
    found = input_difference((one, other), (load_data(one.data), load_data(other.data)), known, on)
    reports = [input_report(found, known)]
    if inputs or (found.none and with_data is None):
        return reports
    _comparable(one, other, [choice for choice in found.choices if with_data is None or choice.name != "data"])
    folders = [outcome.folder for outcome in work.run_scenarios(scenarios, asked)]
    return [*reports, output_report(_compared(folders, with_data is not None))]


def _comparable(one: Scenario, other: Scenario, choices: Sequence[ChoiceDifference]) -> None:
    """Refuse results that could not be compared before anything is run."""
    if choices:
        unlike = "; ".join(f"{choice.name} {choice.first} and {choice.second}" for choice in choices)
        message = f"`{one.name}` and `{other.name}` differ in more than their changes: {unlike}"
        hint = "`--inputs` shows the inputs alone; `--data`, `--to` and `--timing-basis` make them alike"
        raise NotComparableError(Fault("not-comparable", message, hint=hint))
    if one.name == other.name:
        message = f"both scenarios are called `{one.name}`, so their runs cannot be told apart"
        raise UsageError(Fault("same-name", message, hint="give one another name, or add `--inputs`"))


def _compared(folders: Sequence[RunFolder], across_data: bool) -> list[Comparison]:
    from capacity_sim.analysis.compare import compare

    return [
        compare(folders, measure, where={"area": _AREA} if in_area else {}, across_data=across_data)
        for measure, in_area in OUTPUTS.items()
    ]
