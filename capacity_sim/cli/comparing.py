"""The command `compare`: runs what is missing, the paired table, and the chart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.cli import idle, stopping, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.output import emit, say_charts
from capacity_sim.errors import Fault, UsageError

if TYPE_CHECKING:
    from capacity_sim.runs.store import RunFolder
    from capacity_sim.runs.until import Stopped
    from capacity_sim.show.sheet import Report

#: word after `--area` for all of them
ALL = "all"
_SUFFIXES = (".yaml", ".yml")
_HASHED = re.compile(r"-[0-9a-f]{8}$")


def compare(
    names: Sequence[str],
    asked: work.Asked,
    measure: str,
    months: Sequence[str],
    by: str | None,
    area: str,
    chart: Path | None,
    goal: stopping.Until | None = None,
) -> None:
    """Compare scenarios or run folders with the first of them, print the table and draw the chart."""
    from capacity_sim.analysis import compare as analysis
    from capacity_sim.catalogue import load
    from capacity_sim.runs.asked import area_asked, check_has, has
    from capacity_sim.runs.schema import KEYS
    from capacity_sim.show.tables import compare_report

    if len(set(names)) < 2:
        raise UsageError(
            Fault(
                "one-run",
                "a comparison needs two scenarios or run folders",
                hint=f"`capacity-sim compare baseline {'reset' if names[0] == 'baseline' else names[0]}`",
            )
        )
    analysis.output(measure)
    typed.one_among(area, (*load().dimensions["area"], ALL), "area")
    columns = tuple(key for key in KEYS if key not in ("measure", "month", "basis"))
    if by is not None:
        typed.one_among(by, columns, "column")
        check_has(measure, [by])
    inside = area_asked(measure, None if area == ALL or by == "area" else area, idle.was_typed("area"))
    folders, stopped = (find(names, asked, months=months), None) if goal is None else find_until(names, asked, goal)
    analysis.check_alike(folders)
    span = work.span(folders[0], asked.first)
    where = {} if inside is None else {"area": inside}
    found = analysis.compare(
        folders, measure, months or analysis.marches(span), by=[by] if by else [], where=where
    )
    report = compare_report(found)
    if stopped is not None:
        report = replace(report, notes=(*report.notes, stopping.words(stopped)))
    reports = [report]
    if has(measure, "area") and not (asked.csv or asked.json):  # a file has the one output that was asked for
        reports += exposed(folders, found.months[-1])
    emit(reports, asked)
    say_charts(draw(folders, span, area, chart or asked.runs_dir), asked.quiet)


def exposed(folders: Sequence[RunFolder], month: str) -> list[Report]:
    """Table of months without contact, where there are any."""
    from capacity_sim.analysis.exposure import exposure
    from capacity_sim.show.exposed import exposure_report

    beside = exposure(folders, month)
    return [exposure_report(beside)] if beside.frame[["central", "high"]].any(axis=None) else []


def find(
    names: Sequence[str], asked: work.Asked, idle_too: str = idle.RUNNING, months: Sequence[str] = ()
) -> list[RunFolder]:
    """Run folders of what was typed; scenarios are run unless they are on disk.

    Parameters
    ----------
    names : sequence of str
        Scenarios or run folders.
    asked : Asked
        How scenarios are run.
    idle_too : str
        Options that are refused where all are run folders, and nothing is run.
    months : sequence of str
        Months that scenarios must have.
    """
    from capacity_sim.runs import store

    opened = {
        name: store.open_run(name, asked.runs_dir)
        for name in dict.fromkeys(names)
        if is_folder(name, asked.runs_dir)
    }
    wanted = [name for name in dict.fromkeys(names) if name not in opened]
    if not wanted:
        refuse_of_folders(list(opened), idle_too)
    else:
        scenarios = work.read_scenarios(wanted, asked)
        work.check_months(scenarios, asked, months)
        for one, outcome in zip(wanted, work.run_scenarios(scenarios, asked), strict=True):
            opened[one] = outcome.folder
    return [opened[name] for name in dict.fromkeys(names)]


def refuse_of_folders(names: Sequence[str], options: str) -> None:
    """Refuse options on how scenarios are run, where run folders are read as they are."""
    one = len(names) == 1
    why = f"`{names[0]}` is a run folder, which is read as it is" if one else "run folders are read as they are"
    idle.refuse(options, why, f"leave out what has none, or name the {'scenario' if one else 'scenarios'}")


def find_until(
    names: Sequence[str], asked: work.Asked, goal: stopping.Until
) -> tuple[list[RunFolder], Stopped]:
    """Run folders of scenarios with as many draws as the goal takes, and what stopped it."""
    folders = [name for name in dict.fromkeys(names) if is_folder(name, asked.runs_dir)]
    if folders:
        message = f"`{folders[0]}` is a run folder, and `--until` adds draws to scenarios"
        raise UsageError(Fault("not-a-scenario", message, hint="name scenarios, or leave `--until` out"))
    scenarios = work.read_scenarios(names, asked)
    stopped = stopping.run(scenarios, asked, goal, paired=True)
    found = [outcome.folder for outcome in stopped.outcomes]
    work.keep_thresholds(found, scenarios, asked)
    return found, stopped


def is_folder(name: str, runs_dir: Path) -> bool:
    """Whether a run folder is meant, there or not: by its form, when there is nothing of that name."""
    if name.endswith(_SUFFIXES):
        return False
    return Path(name).is_dir() or (runs_dir / name).is_dir() or "/" in name or bool(_HASHED.search(name))


def draw(folders: Sequence[RunFolder], months: Sequence[str], area: str, folder: Path) -> list[Path]:
    """Chart of each run against the first, as PNG and SVG."""
    from capacity_sim.runs.identity import source_line
    from capacity_sim.show import charts
    from capacity_sim.show.words import day_name

    base = folders[0]
    data, version = base.question["data"], base.question["versions"]["capacity_sim"]
    source = source_line(version, data["name"], day_name(date.fromisoformat(data["start"])), base.own_words)
    shown = "sentence_management" if area == ALL else area
    paths: list[Path] = []
    for other in folders[1:]:
        figure = charts.needed_against_in_post(base, other, area=shown, months=months, source=source)
        paths += charts.save(figure, folder / f"{base.path.name}-{other.path.name}")
    return paths
