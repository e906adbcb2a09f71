"""The command `discover`: in which region of its ranges a plan fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import options as typed
from capacity_sim.cli import work
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress
from capacity_sim.cli.solving import one_scenario
from capacity_sim.errors import Fault, UsageError

if TYPE_CHECKING:
    from capacity_sim.scenario import Scenario

_MOST_RUNS = 5000


@guarded
def discover(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file.")],
    fails: Annotated[
        str, typer.Option(metavar="FAILURE", help='When it fails, such as "gap_fte > 3000 @2028-03".')
    ],
    draws: Annotated[int, typer.Option(help="Readings of all ranges at once.")] = 1000,
    check: Annotated[
        int, typer.Option(help="Fresh readings inside and outside each region that is found; 0 for none.")
    ] = 100,
    only: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="Vary these inputs only, as in `sensitivity`.")
    ] = None,
    most_runs: Annotated[
        int, typer.Option(metavar="N", help="Refuse what takes more runs; 0 only says the price.")
    ] = _MOST_RUNS,
    asked: Annotated[work.Asked, Offers("seed region most_runs last", typed.HOW, typed.FORM)] = work.Asked(),
) -> None:
    r"""Say where, in its ranges, a plan fails.

    Regions are told in the units of the parameters, with coverage and density, and each is run anew.

    \b
    Example:
      capacity-sim discover full-programme --fails "gap_fte > 3000 @2028-03" --draws 1000
      capacity-sim discover full-programme --fails "gap_fte > 250 @2028-03" --draws 300 --region "North East"
    """
    from capacity_sim.analysis import factors as grouping
    from capacity_sim.analysis.discovery import Question, Work
    from capacity_sim.analysis.goals import read_goal
    from capacity_sim.analysis.lineage import family
    from capacity_sim.analysis.sensitivity import needs_desks
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.discovered import discovered_report

    asked.check()
    _check_numbers(draws, check, asked.seed, most_runs)
    failure = read_goal(fails, load(), "--fails", most=False)
    scenario = one_scenario(name, asked, "discover")
    months = months_to(scenario.horizon, work.make_model(scenario.data, None).months(scenario))
    work.month_of(scenario, months, failure.month)
    question = Question(failure, draws, check, asked.seed)
    counts = work.make_counts(scenario, asked.region, failure.month)
    dataset = load_data(scenario.data)
    found = grouping.factors(
        grouping.acting_in([scenario], counts.inputs, dataset.values, load()), only=only or (),
        family=lambda: family(scenario), areas=load().dimensions["area"],
    )  # fmt: skip
    desks = needs_desks(failure.measure)

    def about(runs: int) -> str:
        return work.about(runs, counts, asked, desks)

    if question.most_runs > most_runs:
        message = f"this takes up to {question.most_runs:,} runs, {about(question.most_runs)} if none is there yet; at "
        hint = f"`--most-runs {question.most_runs}` allows it; `--region`, fewer `--draws` or `--check` needs less"
        raise UsageError(Fault("too-many-runs", f"{message}most {most_runs:,} are allowed", hint=hint))
    made = Work(scenario, found, question, counts, **asked.how)
    if not asked.quiet:
        missing, there = len(made.plan.missing), len(made.plan.found)
        line = f"{draws} readings of {len(made.inputs)} inputs: {work.runs_words(missing, there)}"
        more = question.most_runs - draws
        line += f", then up to {more} to check" if more else ""
        say(f"{line}; about {about(missing + more)}" if missing + more else line)
    with progress(asked.quiet) as callback:
        answer = made.answer(
            workers=asked.workers, progress=callback, words=_words(scenario, [one.id for one in made.inputs]),
            place=asked.region or dataset.title, source=work.source(dataset),
        )  # fmt: skip
    emit([discovered_report(answer)], asked)


def _words(scenario: Scenario, ids: list[str]) -> dict[str, tuple[str, str]]:
    """What a reading of each input does, and the unit of its parameter."""
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.scenario.rollout import INPUTS

    specs = load().parameters
    found = {value.id: ("set", specs[value.path].unit) for value in load_data(scenario.data).values}
    keys = {end: key for key, end in INPUTS.items()}
    for change in scenario.changes:
        found[change.id] = (change.verb, specs[change.path].unit)
    found.update({one: (keys[one.rpartition(":")[2]], "") for one in ids if one.rpartition(":")[2] in keys})
    return found


def _check_numbers(draws: int, check: int, seed: int, most_runs: int) -> None:
    faults = typed.too_few(("--draws", draws, 50), ("--check", check, 0), ("--most-runs", most_runs, 0))
    faults += typed.bad_seed(seed)
    if faults:
        raise UsageError(faults)
