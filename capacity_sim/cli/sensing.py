"""The command `sensitivity`: what drives an output, as a sentence, a table and a chart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli import comparing, idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import guarded, say
from capacity_sim.cli.offering import Offers
from capacity_sim.cli.output import emit, progress, say_charts
from capacity_sim.errors import Fault, NotComparableError, UsageError

if TYPE_CHECKING:
    from capacity_sim.analysis.drivers import Question, Sensitivity
    from capacity_sim.analysis.factors import Acting, Factor
    from capacity_sim.analysis.sensitivity import Work
    from capacity_sim.runs.coalitions import Counts
    from capacity_sim.scenario import Scenario

#: runs that nobody has to ask for
_MOST_RUNS = 2000
#: replications of each reading of a tornado when nobody says how many, and the runs up to which that is soon done
_REPS, _SOON = 3, 300
_METHODS = ("tornado", "morris", "sobol")
_BY = ("input", "parameter", "part")


@guarded
def sensitivity(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, by name or file.")],
    method: Annotated[
        str, typer.Option(help="tornado (one at a time), morris (screening) or sobol (shares of variance).")
    ] = "tornado",
    output: Annotated[str, typer.Option(metavar="MEASURE", help="Output.")] = "gap_fte",
    at: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Month; the last March by default.")] = None,
    area: Annotated[str, typer.Option(metavar="AREA", help="Area of work, or all.")] = "sentence_management",
    grade: Annotated[str | None, typer.Option(metavar="GRADE", help="One grade; all of them by default.")] = None,
    less: Annotated[
        str | None, typer.Option(metavar="NAME", help="What drives the difference from this scenario, not the level.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT", help="Vary these inputs only, as in `--group`; may be repeated."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=WHAT,...",
            help="Vary together: ids, parameters, scenarios, * for any letters, @AREA or @SCENARIO to narrow.",
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Other inputs one by one (input), by parameter, or by the part that brings them (part).")
    ] = "input",
    points: Annotated[
        int | None, typer.Option(help="Trajectories of morris (10), or base points of sobol (64; a power of two).")
    ] = None,
    reps: Annotated[
        int | None, typer.Option(help="Rolls of chance for each reading: 3 where that takes 300 runs at most, or 1.")
    ] = None,
    most_runs: Annotated[
        int, typer.Option(metavar="N", help="Refuse what takes more runs; 0 only says the price.")
    ] = _MOST_RUNS,
    top: Annotated[int, typer.Option(help="Rows of the table and the chart.")] = 15,
    chart: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the chart; the runs folder by default.")
    ] = None,
    asked: Annotated[
        work.Asked,
        Offers(
            "region less only group by points reps seed most_runs top last workers scheduler runs_dir chart data",
            "timing_basis", typed.FORM,
        ),
    ] = work.Asked(),
) -> None:
    r"""Say which assumptions drive an output.

    The number of runs and the time are said before anything is run; finished runs are kept for the next question.

    \b
    Example:
      capacity-sim sensitivity reset --region London
      capacity-sim sensitivity nao-2025 --by part --grade PO --at 2028-03
      capacity-sim sensitivity reset --less baseline --method morris --group "trainees=staff.trainee"
    """
    from capacity_sim.analysis import factors as grouping
    from capacity_sim.analysis import sensitivity as analysis
    from capacity_sim.analysis.drivers import Method, Question
    from capacity_sim.analysis.lineage import family
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show import charts
    from capacity_sim.show.charts.drivers import alt_text, drivers_chart
    from capacity_sim.show.sensitive import sensitive_report

    asked.check()
    region = asked.region
    inside = _checked(method, output, area, grade, by, top, most_runs)
    scenario, base = _scenarios(name, less, asked)
    months = months_to(scenario.horizon, work.make_model(scenario.data, None).months(scenario))
    month = work.month_of(scenario, months, typed.month(at) if at else None)
    counts = make_counts(scenario, region, month)
    found = grouping.factors(
        _known(scenario, base, counts),
        groups=group or (),
        only=only or (),
        by=by,
        family=lambda: family(scenario),
        areas=load().dimensions["area"],
    )
    question = Question(
        output, month, inside, grade, Method(method), points, 1 if reps is None else reps, asked.seed
    )
    sides = 1 if base is None else 2
    vary, _ = analysis.varied(found, analysis.needs_desks(output))
    if reps is None:
        question = _with_reps(question, vary, sides)
    price = analysis.most_runs(vary, question, sides)
    if price > most_runs:
        raise UsageError(_too_many(price, most_runs, question, counts, asked))
    made = analysis.Work(scenario, base, found, question, counts, **asked.how)
    if not asked.quiet:
        say(_cost(made, counts, asked))
    with progress(asked.quiet) as callback:
        answer = made.answer(
            workers=asked.workers,
            progress=callback,
            place=region or load_data(scenario.data).title,
            source=work.source(load_data(scenario.data)),
        )
    emit([sensitive_report(answer, top)], asked)
    stem = (chart or asked.runs_dir) / _stem(answer, region)
    say_charts(charts.save(drivers_chart(answer, top), stem, alt_text(answer)), asked.quiet)


def make_counts(scenario: Scenario, region: str | None, month: str) -> Counts:
    """Simulation of a scenario's data up to a month."""
    return work.make_counts(scenario, region, month)


def _checked(method: str, measure: str, area: str, grade: str | None, by: str, top: int, most_runs: int) -> str | None:
    """Area of the measure, once all that was typed makes sense."""
    from capacity_sim.analysis import compare
    from capacity_sim.catalogue import load
    from capacity_sim.runs.asked import area_asked, has

    typed.one_among(method, _METHODS, "method")
    typed.one_among(by, _BY, "way to group")
    compare.output(measure)
    dimensions = load().dimensions
    typed.one_among(area, (*dimensions["area"], comparing.ALL), "area")
    if grade is not None:
        typed.one_among(grade, dimensions["grade"], "grade")
        if not has(measure, "grade"):
            raise UsageError(Fault("no-grade", f"`{measure}` has no grades", hint="leave `--grade` out"))
    faults = typed.too_few(("--top", top, 1), ("--most-runs", most_runs, 0))
    if faults:
        raise UsageError(faults)
    return area_asked(measure, None if area == comparing.ALL else area, idle.was_typed("area"))


def _scenarios(name: str, less: str | None, asked: work.Asked) -> tuple[Scenario, Scenario | None]:
    """The scenario, and what is taken off it."""
    names = [name] if less is None else [name, less]
    for one in names:
        if comparing.is_folder(one, asked.runs_dir):
            hint = "name the scenario: other readings than those of the run are needed"
            message = f"`sensitivity` takes scenarios, and `{one}` is a run folder"
            raise UsageError(Fault("a-scenario", message, hint=hint))
    if less == name:
        hint = "leave `--less` out, or name another, such as `baseline`"
        raise UsageError(Fault("same-scenario", f"`{name}` less itself is nothing", hint=hint))
    found = work.read_scenarios(names, asked)
    scenario, base = found[0], found[1] if less is not None else None
    if base is not None and base.data != scenario.data:
        message = f"`{base.name}` is on the data `{base.data}` and `{scenario.name}` on `{scenario.data}`"
        raise NotComparableError(Fault("not-comparable", message, hint="give one with `--data`"))
    return scenario, base


def _known(scenario: Scenario, base: Scenario | None, counts: Counts) -> list[Acting]:
    """Uncertain inputs of the scenario and of what is taken off it, with what they act on."""
    from capacity_sim.analysis.factors import acting_in
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data

    sides = [scenario] if base is None else [base, scenario]
    return acting_in(sides, counts.inputs, load_data(scenario.data).values, load())


def _with_reps(question: Question, vary: list[Factor], sides: int) -> Question:
    """The question with as many replications as are soon run, when nobody says how many."""
    from capacity_sim.analysis.drivers import Method
    from capacity_sim.analysis.sensitivity import most_runs

    thrice = replace(question, reps=_REPS)
    soon = question.method is Method.TORNADO and most_runs(vary, thrice, sides) <= _SOON
    return thrice if soon else question


def _about(runs: int, question: Question, counts: Counts, asked: work.Asked) -> str:
    """About how long some runs take."""
    from capacity_sim.analysis.sensitivity import needs_desks

    return work.about(runs, counts, asked, needs_desks(question.measure))


def _too_many(price: int, most: int, question: Question, counts: Counts, asked: work.Asked) -> Fault:
    time = _about(price, question, counts, asked)
    fewer = ["`--region`", "`--by part`", "`--only`"] + (["fewer `--points`"] if question.size else [])
    hint = f"`--most-runs {price}` allows it; {', '.join(fewer[:-1])} or {fewer[-1]} needs less"
    message = f"this takes {price:,} runs, about {time} if none is there yet; at most {most:,} are allowed"
    return Fault("too-many-runs", message, hint=hint)


def _cost(made: Work, counts: Counts, asked: work.Asked) -> str:
    """What will be run and about how long it takes, said before it is."""
    missing, there = made.runs
    later, question = made.later, made.question
    inputs = sum(len(factor.ids) for factor in made.factors)
    what = f"{inputs} {'input' if inputs == 1 else 'inputs'}"
    if len(made.factors) < inputs:
        what += f" in {len(made.factors)} {'group' if len(made.factors) == 1 else 'groups'}"
    if question.reps > 1:
        what += f", {question.reps} replications of each reading"
    line = f"{question.method.value} of {what}: {work.runs_words(missing, there)}"
    if later:
        line += f", then up to {later} at the ends of groups"
    if missing + later:
        line += f"; about {_about(missing + later, question, counts, asked)}"
    return line


def _stem(found: Sensitivity, region: str | None) -> str:
    question = found.question
    whose = f"{found.scenario}-less-{found.less}" if found.less else found.scenario
    parts = [whose, question.method.value, question.measure, question.area, question.grade, region, question.month]
    return "-".join(part.replace(" ", "-") for part in parts if part)
