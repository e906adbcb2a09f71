"""The command `solve`: which levers bring a goal about, at which cost, or why none does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress, warn
from capacity_sim.errors import Fault, UsageError

if TYPE_CHECKING:
    from capacity_sim.analysis.answers import Question
    from capacity_sim.analysis.goal_files import Wanted
    from capacity_sim.analysis.solve import Work
    from capacity_sim.scenario import Scenario

_MOST_RUNS = 2000
_DRAWS = 20
_PROBABILITY = 0.8


@guarded
def solve(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file.")],
    goal: Annotated[
        str | None,
        typer.Option(metavar="GOAL", help='What is wanted, such as "gap_fte <= 500 @2028-03"; [grade=PO] narrows.'),
    ] = None,
    lever: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LEVER",
            help='What may be moved, such as "path@date between 500 and 4000 cost 12000" (pounds a year for one unit) '
            'or "ofps:slip between 0 and 12"; may be repeated.',
        ),
    ] = None,
    probability: Annotated[
        float | None, typer.Option(help="Share of draws that are to meet the goal; 0.8 by default.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(metavar="POUNDS", help="Most that the answer may cost a year.")
    ] = None,
    goals: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Goal, levers and the rest in a YAML file.")
    ] = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="Count pay too, on the shipped figures, which are weak.")
    ] = False,
    pay: Annotated[Path | None, typer.Option(metavar="FILE", help="Count pay too, on your own figures.")] = None,
    draws: Annotated[
        int | None, typer.Option(help="Readings of the uncertain assumptions; 20 by default, one takes central values.")
    ] = None,
    most_runs: Annotated[
        int, typer.Option(metavar="N", help="Refuse what could take more runs; 0 only says the price.")
    ] = _MOST_RUNS,
    asked: Annotated[
        work.Asked, Offers("reps seed region most_runs last", typed.HOW, typed.FORM)
    ] = work.Asked(draws=_DRAWS),
) -> None:
    r"""Say what would bring a goal about, or why nothing does.

    Searches one or several levers between bounds, over the same draws and lives, and checks the answer in fresh draws.

    \b
    Example:
      capacity-sim solve full-programme --goal "gap_fte <= 500 @2028-03" \
        --lever "staff.trainee.starts_per_year@2026-04-01 between 500 and 4000"
      capacity-sim solve full-programme --goal "gap_fte <= 3000 @2028-03" --probability 0.5 \
        --lever "ofps:strength between 0 and 1" \
        --lever "scale staff.leaving.annual_rate[grade=PO]@2026-04-01 between 0.5 and 1"
      capacity-sim solve full-programme --goals goals.yaml --region London
    """
    from capacity_sim.analysis import binding
    from capacity_sim.analysis.answers import Question
    from capacity_sim.analysis.cost import pay_of
    from capacity_sim.analysis.levers import Bench, check
    from capacity_sim.analysis.lineage import family
    from capacity_sim.analysis.solve import Work
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.solved import solved_report

    asked.check()
    if pay is not None:
        idle.refuse("cost", "`--pay` counts pay on your own figures", "leave one of the two out")
    region = asked.region
    scenario = one_scenario(name, asked, "solve")
    wanted = _wanted(goal, lever, probability, budget, draws, goals, pay if pay is not None else cost, scenario)
    _check_numbers(wanted, asked.reps, asked.seed, most_runs)
    question = Question(wanted.goal, wanted.probability, wanted.draws, asked.reps, asked.seed, wanted.budget)
    months = months_to(scenario.horizon, work.make_model(scenario.data, None).months(scenario))
    bench = Bench(scenario, wanted.levers, family(scenario), load())
    check(bench, question.goal, months, load_data)
    if wanted.budget is not None and wanted.pay is None and all(one.cost is None for one in wanted.levers):
        hint = "give levers a ` cost 12000`, or `--cost` or `--pay FILE` to count pay"
        raise UsageError(Fault("no-costs", "there is a budget, and nothing has a cost", hint=hint))
    counts = work.make_counts(scenario, region, question.goal.month)
    dataset = load_data(scenario.data)
    calendar = counts.calendar
    made = Work(
        bench, [bench.stands(one, calendar, load_data) for one in wanted.levers], question, counts,
        pay=None if wanted.pay is None else pay_of(wanted.pay, question.draws, asked.seed),
        **asked.how,
    )  # fmt: skip
    price = made.most_trials * question.runs
    if price > most_runs:
        raise _too_many(price, most_runs, made, question, asked)
    if not asked.quiet:
        say(_cost_words(made, question, asked))
    with progress(asked.quiet) as callback:
        answer = made.answer(
            workers=asked.workers,
            progress=callback,
            explain=lambda point: binding.reasons(bench, question.goal, point, dataset, calendar),
            later=work.make_counts(scenario, region, months[-1]),
            place=region or dataset.title,
            source=work.source(dataset),
        )
    emit([solved_report(answer)], asked)


def one_scenario(name: str, asked: work.Asked, command: str) -> Scenario:
    """The scenario that a command takes; a run folder is refused."""
    from capacity_sim.cli import comparing

    if comparing.is_folder(name, asked.runs_dir):
        message = f"`{command}` takes a scenario, and `{name}` is a run folder"
        raise UsageError(Fault("a-scenario", message, hint="name the scenario: it is run anew with other values"))
    found = work.read_scenarios([name], asked)[0]
    warn(found.notes, asked.quiet)
    return found


def _wanted(
    goal: str | None,
    levers: list[str] | None,
    probability: float | None,
    budget: float | None,
    draws: int | None,
    file: Path | None,
    pay: Path | bool,
    scenario: Scenario,
) -> Wanted:
    """What was typed, over what the file says; all faults at once."""
    from capacity_sim.analysis.goal_files import Wanted, read_goals
    from capacity_sim.analysis.goals import GOAL_FORM, LEVER_FORM, read_goal, read_levers
    from capacity_sim.analysis.lineage import family
    from capacity_sim.catalogue import load
    from capacity_sim.data.pay import read_pay

    parts, faults = family(scenario), list[Fault]()
    written = None if file is None else read_goals(file, load(), parts)
    wanted = None if written is None else written.goal
    moved = () if written is None else written.levers
    paid = None if written is None else written.pay
    try:
        wanted = wanted if goal is None else read_goal(goal, load())
    except UsageError as problem:
        faults += problem.faults
    try:
        moved = tuple(read_levers(levers, load(), parts)) if levers else moved
    except UsageError as problem:
        faults += problem.faults
    if goal is None and written is None:
        faults.append(Fault("no-goal", "nothing says what is wanted", hint=f"`--goal`: {GOAL_FORM}"))
    if not levers and written is None:
        faults.append(Fault("no-lever", "nothing says what may be moved", hint=f"`--lever`: {LEVER_FORM}"))
    if faults or wanted is None:
        raise UsageError(faults)
    if pay:
        paid = read_pay(pay if isinstance(pay, Path) else None)
    chance = probability if probability is not None else written.probability if written is not None else _PROBABILITY
    return Wanted(
        goal=wanted,
        levers=moved,
        probability=chance,
        budget=budget if budget is not None else written.budget if written is not None else None,
        draws=draws if draws is not None else written.draws if written is not None else _DRAWS,
        pay=paid,
    )


def _check_numbers(wanted: Wanted, reps: int, seed: int, most_runs: int) -> None:
    faults: list[Fault] = []
    if not 0 < wanted.probability <= 1:
        message = f"a probability of {wanted.probability:g} is not above 0 and at most 1"
        faults.append(Fault("bad-probability", message, hint="write 0.8 for 80%"))
    if wanted.budget is not None and wanted.budget < 0:
        faults.append(Fault("bad-budget", f"a budget of {wanted.budget:g} is below zero", hint="give 0 or more pounds"))
    faults += typed.too_few(("--draws", wanted.draws, 1), ("--reps", reps, 1), ("--most-runs", most_runs, 0))
    faults += typed.bad_seed(seed)
    if faults:
        raise UsageError(faults)


def _about(runs: int, made: Work, question: Question, asked: work.Asked) -> str:
    from capacity_sim.analysis.sensitivity import needs_desks

    return work.about(runs, made.counts, asked, needs_desks(question.goal.measure))


def _too_many(price: int, most: int, made: Work, question: Question, asked: work.Asked) -> UsageError:
    time = _about(price, made, question, asked)
    message = f"this could take {price:,} runs, {time} if none is there yet; at most {most:,} are allowed"
    hint = f"`--most-runs {price}` allows it; `--region`, fewer `--draws` or fewer levers needs less"
    return UsageError(Fault("too-many-runs", message, hint=hint))


def _cost_words(made: Work, question: Question, asked: work.Asked) -> str:
    levers = len(made.axes)
    trials = made.most_trials
    low = _about(trials // 4 * question.runs, made, question, replace(asked, scheduler=None))
    high = _about(trials * question.runs, made, question, asked)
    return (
        f"{levers} {'lever' if levers == 1 else 'levers'}, {question.runs} runs a trial, at most {trials} trials: "
        f"{low} to {high}; finished runs are kept"
    )
