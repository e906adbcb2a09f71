"""The command `delivery`: how units cope with the work, from one run."""

from __future__ import annotations

from typing import Annotated

import typer

from capacity_sim.cli import comparing, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit


@guarded
def delivery(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file, or a run folder.")],
    at: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Last month of the year that is shown; the run's by default.")
    ] = None,
    area: typed.Area = "sentence_management",
    asked: Annotated[
        work.Asked, Offers("draws reps seed last region area movers", typed.HOW, typed.FORM)
    ] = work.Asked(),
) -> None:
    r"""Show how units cope: on time, cases, red units.

    A run folder is read as it is; a scenario is run unless that was asked before.

    \b
    Example:
      capacity-sim delivery in-force --at 2025-03
      capacity-sim delivery reset --region London --draws 20
    """
    from capacity_sim.analysis.delivered import delivered
    from capacity_sim.catalogue import load
    from capacity_sim.show.coped import delivery_report

    typed.one_among(area, load().dimensions["area"], "area")
    month = typed.month(at) if at else None
    (folder,) = comparing.find([name], asked, months=[month] if month else [])
    emit([delivery_report(delivered(folder, month, area))], asked)
