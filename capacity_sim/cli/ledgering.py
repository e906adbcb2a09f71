"""The command `ledger`: hours that measures are expected to free, those observed, and the gap forecast again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress, warn
from capacity_sim.cli.solving import one_scenario
from capacity_sim.errors import Fault, UsageError

if TYPE_CHECKING:
    from capacity_sim.analysis.ledger import Part
    from capacity_sim.data.observed import Seen
    from capacity_sim.scenario import Scenario


@guarded
def ledger(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file.")],
    observed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with measure, month and hours_freed; without it, what is expected."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Month of the forecast; the last March by default.")
    ] = None,
    area: typed.Area = "sentence_management",
    cost: Annotated[
        bool, typer.Option("--cost", help="Add optimism bias and cost of an FTE freed, on the shipped figures (weak).")
    ] = False,
    pay: Annotated[Path | None, typer.Option(metavar="FILE", help="The same on your own pay file.")] = None,
    asked: Annotated[work.Asked, Offers("draws seed region last", typed.HOW, typed.FORM)] = work.Asked(draws=20),
) -> None:
    r"""Hold hours that were freed against those expected.

    A measure is any part of the scenario. The gap is forecast again, by arithmetic and by a run at that strength.

    \b
    Example:
      capacity-sim ledger full-programme
      capacity-sim ledger full-programme --observed freed.csv --region Wales
    """
    from capacity_sim.analysis.cost import costed, pay_of
    from capacity_sim.analysis.ledger import Work, check_apart
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.data.pay import read_pay
    from capacity_sim.model.careers import productive_hours
    from capacity_sim.parameters import Parameters
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.ledgered import ledgered_report

    asked.check()
    draws, region = asked.draws, asked.region
    typed.one_among(area, load().dimensions["area"], "area")
    if few := typed.too_few(("--draws", draws, 1)):
        raise UsageError(few)
    if pay is not None:
        idle.refuse("cost", "`--pay` counts pay on your own figures", "leave one of the two out")
    paid = read_pay(pay) if cost or pay is not None else None
    scenario = one_scenario(name, asked, "ledger")
    months = months_to(scenario.horizon, work.make_model(scenario.data, None).months(scenario))
    month = work.month_of(scenario, months, typed.month(at) if at else None)
    parts, seen = _parts(scenario, observed, [one for one in months if one <= month], asked)
    check_apart(parts)
    counts = work.make_counts(scenario, region, month)
    dataset = load_data(scenario.data)
    calendar = counts.calendar
    parameters = Parameters(load(), dataset.values, scenario.changes, calendar)
    hours = float(productive_hours(parameters, load())[0, load().place("grade", "PO")])
    made = Work(scenario, parts, counts, month, area, hours, draws=draws, seed=asked.seed, **asked.how)
    if not asked.quiet:
        missing, there = len(made.plan.missing), len(made.plan.found)
        more = draws if seen else 0
        line = f"{len(parts)} {'measure' if len(parts) == 1 else 'measures'}, "
        line += f"{draws} {'draw' if draws == 1 else 'draws'}: "
        line += work.runs_words(missing, there)
        line += f", then up to {more} at the strengths realised" if more else ""
        say(f"{line}; about {work.about(missing + more, counts, asked)}")
    with progress(asked.quiet) as callback:
        found = made.answer(
            seen, workers=asked.workers, progress=callback, place=region or dataset.title, source=work.source(dataset)
        )
    costs = [] if paid is None else costed(found.entries, pay_of(paid, draws, asked.seed))
    basis = "" if paid is None else f"{paid.title}, quality {paid.optimism_bias.quality}"
    report = ledgered_report(found, costs, basis)
    emit([report], asked)


def _within(small: str, large: str) -> Fault:
    message = f"`{small}` is a part of `{large}`: its hours are counted there"
    hint = "a file of `--observed` may name it in place of the whole"
    return Fault("one-in-another", message, hint=hint, severity="note")


def _parts(
    scenario: Scenario, observed: Path | None, months: list[str], asked: work.Asked
) -> tuple[list[Part], tuple[Seen, ...]]:
    """Measures of the ledger, and what was seen: those of the file, or what the scenario adds to the baseline."""
    from capacity_sim.analysis import groups
    from capacity_sim.analysis.ledger import Part
    from capacity_sim.analysis.lineage import family, parent_of
    from capacity_sim.catalogue import load
    from capacity_sim.data.observed import read_observed

    base = work.read_scenarios(["baseline"], asked)[0]
    there = {change.id for change in scenario.changes if change.acts}
    brought = {
        name: ids
        for name, known in family(scenario).items()
        if (ids := frozenset((known & there) - {change.id for change in base.changes}))
    }
    if observed is None:
        if not there - {change.id for change in base.changes}:
            message = f"`{scenario.name}` brings no measure whose hours could be counted"
            hint = "name a scenario that changes the baseline, such as `reset`"
            raise UsageError(Fault("no-measures", message, hint=hint))
        game = groups.game(base, scenario, parent_of, load())
        parts = [Part(group.name, group.ids & there) for group in game.groups if group.ids & there]
        within = {small.name: large.name for small in parts for large in parts if small.ids < large.ids}
        warn([_within(small, large) for small, large in within.items()], asked.quiet)
        return [part for part in parts if part.name not in within], ()
    seen = read_observed(observed, brought, months)
    return [Part(name, brought[name]) for name in dict.fromkeys(one.measure for one in seen)], seen
