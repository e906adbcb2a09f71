"""The command `pipeline`: trainee cohorts one by one, and the last intake that can help by a month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded
from capacity_sim.cli.output import emit, following, say_charts, warn


@guarded
def pipeline(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file.")] = "baseline",
    by: Annotated[str, typer.Option(metavar="YYYY-MM", help="Month by which officers are wanted.")] = "2027-04",
    show: Annotated[bool, typer.Option("--show", help="Print every cohort.")] = False,
    sets: typed.Sets = None,
    data: typed.Data = None,
    chart: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw the cohorts one by one, and write the chart there.")
    ] = None,
    form: typed.Form = typed.Form(),
) -> None:
    r"""Show trainee cohorts, and which intakes come in time.

    Starters, drop-outs and qualified officers of each cohort, when it starts to help and when it has paid back the
    time of its mentors: expected numbers, without a run.

    \b
    Example:
      capacity-sim pipeline --show
      capacity-sim pipeline stress-small-intake --show --by 2028-04 --chart charts
      capacity-sim pipeline --set "staff.trainee.starts_per_year=2000@2026-04-01" --show
    """
    from capacity_sim import scenario
    from capacity_sim.analysis.pipeline import expected
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.piped import pipeline_report

    wanted = dt.date.fromisoformat(typed.month(by, "--by") + "-01")
    found = scenario.load(name, load_data=typed.data_of(data))
    if sets:
        changes = [scenario.from_set_option(text) for text in sets]
        found = scenario.with_changes(found, changes, None, load_data=load_data)
    dataset = load_data(data or found.data)
    known = expected(found, dataset, wanted)
    warn(found.notes, form.quiet)
    emit([pipeline_report(known, found.name, dataset, show)], form)
    if chart is not None:
        from capacity_sim.cli.work import source
        from capacity_sim.show import charts

        figure = charts.cohorts_chart(known, found.name, dataset.title, source(dataset))
        say_charts(charts.save(figure, chart / f"pipeline-{found.name}"), form.quiet)
    if not show and not form.csv and not form.json:
        following(f"capacity-sim pipeline {name} --show --by {by}", form.quiet)
