"""The command `measures`: what each does by itself, with the exposure beside the saving."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli import work
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress
from capacity_sim.errors import Fault, UsageError

if TYPE_CHECKING:
    from capacity_sim.scenario import Scenario

_BASE = "baseline"
#: kinds that are shown when nothing is named
_KINDS = ("event", "measure", "part", "programme", "combination")


@guarded
def measures(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Scenarios; all that ship by default, stress tests left out."),
    ] = None,
    at: Annotated[str, typer.Option(metavar="YYYY-MM", help="Month of the figures.")] = "2028-03",
    draws: Annotated[int, typer.Option(help="Readings of the uncertain assumptions; one takes central values.")] = 1,
    area: typed.Area = "sentence_management",
    asked: Annotated[work.Asked, Offers("seed region area", typed.HOW, typed.FORM)] = work.Asked(),
) -> None:
    r"""Show what each measure does by itself, and its exposure.

    Staff needed, people on sentence, supervised and tagged, and person-months without contact by risk, each less the
    baseline.

    \b
    Example:
      capacity-sim measures
      capacity-sim measures reset impact in-force --region London --draws 20
    """
    from capacity_sim import scenario
    from capacity_sim.analysis import alone_runs
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.standalone import alone_report

    typed.one_among(area, load().dimensions["area"], "area")
    if draws < 1:
        raise UsageError(Fault("too-few", f"{draws} draws is less than one", hint="give 1 or more"))
    month = typed.month(at)
    base, *found = work.read_scenarios([_BASE, *(names or scenario.available())], asked)
    if not names:
        found = [one for one in found if one.kind in _KINDS]
    found = [_alike(one, base) for one in found if one.name != _BASE]
    if not found:
        raise UsageError(Fault("one-run", "the baseline alone has nothing to show", hint="name a measure"))
    months = months_to(base.horizon, work.make_model(base.data, asked.region).months(base))
    if month not in months:
        hint = f"the run goes from {months[0]} to {months[-1]}"
        raise UsageError(Fault("unknown-month", f"there is no month {month}", hint=hint))
    counts = work.make_counts(base, asked.region, month)
    made = alone_runs.Work(base, found, counts, draws, asked.seed, **asked.how)
    if not asked.quiet:
        missing, there = made.runs
        what = "1 scenario" if len(found) == 1 else f"{len(found)} scenarios"
        say(f"{what} and the baseline: {work.runs_words(missing, there)}")
    with progress(asked.quiet) as callback:
        result = made.answer(area, month, asked.region or load_data(base.data).title, asked.workers, callback)
    emit([alone_report(result)], asked)


def _alike(one: Scenario, base: Scenario) -> Scenario:
    """Scenario with the base's choices of timing and horizon, so that they are held against like."""
    return replace(one, choices=base.choices, data=base.data)
