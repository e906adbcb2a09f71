"""The command `bridge`: the published chain of gaps, rebuilt step by step, as a table and a chart."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli import work as shared
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress, say_charts

if TYPE_CHECKING:
    from capacity_sim.analysis.bridge_steps import Work
    from capacity_sim.runs.coalitions import Counts


@guarded
def bridge(
    draws: Annotated[int, typer.Option(help="Readings of the uncertain assumptions; one takes central values.")] = 10,
    data: Annotated[str, typer.Option(metavar="NAME|PATH", help="Data set.")] = "england_wales",
    chart: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the chart; the runs folder by default.")
    ] = None,
    asked: Annotated[
        shared.Asked, Offers("draws seed workers scheduler runs_dir data chart", typed.FORM)
    ] = shared.Asked(),
) -> None:
    r"""Rebuild the published chain of gaps, step by step.

    Each step is simulated beside what is published, with the shortfall on the staff that the published gap takes to be
    there and on the simulated workforce. Fitted, given, predicted and unexplained figures are told apart.

    \b
    Example:
      capacity-sim bridge
      capacity-sim bridge --draws 40 --csv
    """
    from capacity_sim import scenario
    from capacity_sim.analysis import bridge_steps
    from capacity_sim.analysis.bridge import last_month
    from capacity_sim.catalogue import load
    from capacity_sim.data.bridge import load_bridge
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show import charts
    from capacity_sim.show.bridged import bridge_report
    from capacity_sim.show.charts.chain import alt_text, bridge_chart

    asked.check()
    dataset = load_data(data)
    chain = load_bridge(dataset)
    scenarios = bridge_steps.unions(
        chain, lambda name: scenario.load(name, load_data=load_data), dataset, data, load()
    )
    counts = make_counts(data, last_month(chain), scenarios[0].horizon)
    work = bridge_steps.Work(chain, scenarios, counts, draws, asked.seed, **asked.how)
    if not asked.quiet:
        say(_cost(work, counts, asked))
    with progress(asked.quiet) as callback:
        found = work.answer(
            workers=asked.workers, progress=callback, place=dataset.title, source=shared.source(dataset)
        )
    emit([bridge_report(found)], asked)
    stem = (chart or asked.runs_dir) / f"bridge-{dataset.name}"
    say_charts(charts.save(bridge_chart(found), stem, alt_text(found)), asked.quiet)


def make_counts(data: str, month: str, horizon: date) -> Counts:
    """Simulation of a data set up to a month."""
    from capacity_sim.runs.coalitions import EngineCounts
    from capacity_sim.runs.replication import EngineModel

    return EngineCounts(EngineModel(data), month, horizon)


def _cost(work: Work, counts: Counts, asked: shared.Asked) -> str:
    """What will be run and about how long it takes, said before it is."""
    missing, there = work.runs
    drawn = f" and in {work.draws} draws" if work.draws else ""
    line = f"{work.n_scenarios} scenarios, at central values{drawn}: {shared.runs_words(missing, there)}"
    if missing:
        line += f"; about {shared.about(missing, counts, asked)}"
        line += " on this many cores" if asked.scheduler is None else ""
    return line
