"""The command `compare --by change`: who gets the credit for a difference, as a table and a waterfall chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.cli import comparing, idle, work
from capacity_sim.cli import options as typed
from capacity_sim.cli.guard import say
from capacity_sim.cli.output import emit, progress, say_charts, warn
from capacity_sim.errors import Fault, UsageError, one_of

if TYPE_CHECKING:
    from capacity_sim.analysis.attribution import Work
    from capacity_sim.analysis.credit import Attribution
    from capacity_sim.scenario import Scenario

#: word after `--by` that asks who gets the credit
CHANGE = "change"
_YEAR = 12


@dataclass(frozen=True)
class Asked:
    """What was typed about an attribution, besides what all comparisons share."""

    measure: str
    months: Sequence[str]
    area: str
    draws: int | None
    each: bool
    pairs: int | None
    chart: Path | None


def attribute(names: Sequence[str], asked: work.Asked, typed_in: Asked) -> None:
    """Share out the difference between two scenarios, print the table and draw the chart."""
    from capacity_sim.analysis import attribution, groups
    from capacity_sim.analysis.lineage import parent_of
    from capacity_sim.analysis.shares import MOST_EXACT
    from capacity_sim.calendars import months_to
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show import charts
    from capacity_sim.show.attributed import attributed_report
    from capacity_sim.show.charts.credit import alt_text, waterfall

    area = _checked(names, asked, typed_in)
    base, scenario = work.read_scenarios(names, asked)
    months = months_to(scenario.horizon, work.make_model(scenario.data, asked.region).months(scenario))
    month = _month(months, scenario, typed_in.months)
    game = groups.game(base, scenario, parent_of, load(), typed_in.each)
    question = attribution.Question(
        typed_in.measure, month, area, typed_in.draws, asked.reps, asked.seed, typed_in.pairs
    )
    counts = work.make_counts(scenario, asked.region, month)
    if len(game.groups) <= MOST_EXACT:
        why = f"{len(game.groups)} changes are shared out exactly, over every order"
        idle.refuse("orders", why, "leave `--orders` out")
    made = attribution.Work(game, question, counts, **asked.how)
    if not asked.quiet:
        warn(_notes(base, scenario))
        say(_cost(made, asked))
    with progress(asked.quiet) as callback:
        found = made.answer(
            workers=asked.workers,
            progress=callback,
            place=_place(scenario, asked),
            source=work.source(load_data(scenario.data)),
            year=[one for one in months if one <= month][-_YEAR:],
        )
    emit([attributed_report(found)], asked)
    stem = (typed_in.chart or asked.runs_dir) / _stem(found, asked.region)
    say_charts(charts.save(waterfall(found), stem, alt_text(found)), asked.quiet)


def _checked(names: Sequence[str], asked: work.Asked, typed_in: Asked) -> str | None:
    """Area of the measure, once all that was typed makes sense."""
    from capacity_sim.analysis import compare
    from capacity_sim.catalogue import load
    from capacity_sim.runs.asked import area_asked

    asked.check()
    idle.refuse("first", "`--by change` is of one month", "leave `--from` out; `--at` says which month")
    compare.output(typed_in.measure)
    typed.one_among(typed_in.area, (*load().dimensions["area"], comparing.ALL), "area")
    if len(names) != 2 or names[0] == names[1]:
        hint = "name the one without the changes first: `capacity-sim compare baseline reset --by change`"
        raise UsageError(Fault("two-scenarios", "`--by change` takes two scenarios", hint=hint))
    folders = [name for name in names if comparing.is_folder(name, asked.runs_dir)]
    if folders:
        hint = "name the scenario: a run does not say which file a change came from"
        message = f"`--by change` takes scenarios, and {one_of(folders)} is a run folder"
        raise UsageError(Fault("two-scenarios", message, hint=hint))
    area = None if typed_in.area == comparing.ALL else typed_in.area
    return area_asked(typed_in.measure, area, idle.was_typed("area"))


def _month(months: Sequence[str], scenario: Scenario, wanted: Sequence[str]) -> str:
    """The month: the one that was typed, or the last March."""
    if len(wanted) > 1:
        raise UsageError(Fault("one-month", "`--by change` takes one month", hint=f"give `--at {wanted[-1]}` alone"))
    return work.month_of(scenario, months, wanted[0] if wanted else None)


def _notes(base: Scenario, scenario: Scenario) -> list[Fault]:
    """What a reader must know of choices in which the base differs."""
    if base.timing_basis == scenario.timing_basis:
        return []
    message = f"`{base.name}` is stated on {scenario.timing_basis} timings here, as `{scenario.name}` is"
    return [Fault("other-basis", message, severity="note")]


def _cost(made: Work, asked: work.Asked) -> str:
    """What will be run, said before it is."""
    n, (missing, there) = len(made.game.groups), made.runs
    draws, reps = made.design.draws, made.design.reps
    parts = [f"{n} {'change' if n == 1 else 'changes'}", f"{draws} {'draw' if draws == 1 else 'draws'}"]
    if reps > 1:
        parts.append(f"{reps} replications of each")
    line = f"{', '.join(parts)}: {work.runs_words(missing, there)}"
    if missing:
        line += f"; about {work.about(missing, made.plan.counts, asked, made.question.delivery)}"
        line += " on this many cores" if asked.scheduler is None else ""
        line += "" if draws == 1 else ", in less with fewer `--draws`"
    if made.question.delivery and missing:
        line += f"\n`{made.question.measure}` needs officers at their desks, in up to twice the time of what falls due"
    return line


def _place(scenario: Scenario, asked: work.Asked) -> str:
    from capacity_sim.runs.replication import load_data

    return asked.region or load_data(scenario.data).title


def _stem(found: Attribution, region: str | None) -> str:
    parts = [found.base, found.scenario, "by-change", found.measure.name, found.area, region, found.month]
    return "-".join(part.replace(" ", "-") for part in parts if part)
