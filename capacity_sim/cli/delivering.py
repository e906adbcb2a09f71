"""The command `delivery`: how units cope with the work, from one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli import work
from capacity_sim.cli.guard import guarded
from capacity_sim.cli.output import emit


@guarded
def delivery(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Scenario, by name or file.")],
    at: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Last month of the year that is shown; the run's by default.")
    ] = None,
    draws: typed.Draws = 1,
    reps: typed.Reps = 1,
    seed: typed.Seed = 1,
    first: typed.From = None,
    last: typed.To = None,
    region: typed.Region = None,
    area: typed.Area = "sentence_management",
    workers: typed.Workers = None,
    runs_dir: typed.RunsDir = Path("runs"),
    data: typed.Data = None,
    timing_basis: typed.Timing = None,
    csv: typed.AsCsv = False,
    json: typed.AsJson = False,
    force: typed.Force = False,
    quiet: typed.Quiet = False,
    debug: typed.Debug = False,
) -> None:
    r"""Show how units cope: on time, cases, red units.

    \b
    Example:
      capacity-sim delivery in-force --at 2025-03
      capacity-sim delivery reset --region London --draws 20
    """
    from capacity_sim.analysis.delivered import delivered
    from capacity_sim.catalogue import load
    from capacity_sim.show.coped import delivery_report

    typed.check_forms(csv, json)
    typed.one_among(area, load().dimensions["area"], "area")
    month = typed.month(at) if at else None
    asked = work.Asked(
        draws,
        reps,
        seed,
        typed.day(first, "--from"),
        typed.day(last, "--to"),
        region,
        False,
        workers,
        runs_dir,
        data,
        timing_basis,
        force,
        quiet,
    )
    scenarios = work.read_scenarios([name], asked)
    (outcome,) = work.run_scenarios(scenarios, asked)
    emit([delivery_report(delivered(outcome.folder, month, area))], csv=csv, json=json, quiet=quiet)
