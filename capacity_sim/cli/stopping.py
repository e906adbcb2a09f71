"""`--until`: draws or replications are added until an output is known closely enough, and what stopped that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from capacity_sim.cli import work
from capacity_sim.cli.guard import say
from capacity_sim.cli.output import progress
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of

if TYPE_CHECKING:
    from capacity_sim.runs.until import Closeness, Goal, Stopped
    from capacity_sim.scenario import Scenario

#: the most draws unless another limit is typed, and draws of a block
LIMIT, BLOCK = 200, 20


@dataclass(frozen=True)
class Until:
    """What was typed after `--until` and `--limit`.

    Parameters
    ----------
    goal : Goal
        How closely what is to be known.
    limit : int
        The most draws or replications.
    """

    goal: Goal
    limit: int


def read(text: str | None, limit: int | None, at: str | None) -> Until | None:
    """What was typed; None without `--until`.

    Parameters
    ----------
    text : str or None
        After `--until`.
    limit : int or None
        After `--limit`.
    at : str or None
        Month of the table, for a goal that names none.
    """
    if text is None:
        if limit is not None:
            raise UsageError(Fault("no-until", "`--limit` goes with `--until`", hint="add `--until 'gap_fte +- 50'`"))
        return None
    from capacity_sim.runs.until import Goal

    goal = Goal.read(text)
    return Until(goal if goal.month or at is None else replace(goal, month=at), LIMIT if limit is None else limit)


def run(scenarios: Sequence[Scenario], asked: work.Asked, until: Until, paired: bool = False) -> Stopped:
    """Run folders of scenarios with as many draws, or replications, as the goal takes.

    Parameters
    ----------
    scenarios : sequence of Scenario
        What to run.
    asked : Asked
        How; its draws, or with one draw its replications, are those of a block.
    until : Until
        The goal.
    paired : bool
        Whether it is of differences from the first scenario.
    """
    from capacity_sim.runs.replication import load_data
    from capacity_sim.runs.until import Study

    sets = list(dict.fromkeys(one.data for one in scenarios))
    if len(sets) > 1:
        message = f"`--until` adds to scenarios together, and these are on {one_of(sets).replace(' or ', ' and ')}"
        raise UsageError(Fault("two-data", message, hint="run them one by one"))
    regions = load_data(sets[0]).regions
    wanted = until.goal.cells.get("region")
    if wanted is not None and wanted not in regions:
        hint = did_you_mean(wanted, regions, f"its regions are {one_of(regions)}")
        raise UsageError(Fault("unknown-region", f"`{sets[0]}` has no region called `{wanted}`", hint=hint))
    request = work.make_request(scenarios, asked)
    if request.design.block is not None:
        message = f"`--until` adds draws in hypercubes as large as the first: `--design {asked.design}` is not for it"
        hint = f"leave `--design` out; `--draws {request.design.block}` says how large"
        raise UsageError(Fault("no-until", message, hint=hint))
    study = Study(request, until.goal, until.limit, paired)
    model = work.ready_model(scenarios, sets[0], asked)
    with progress(asked.quiet) as callback:
        stopped = study.run(
            model,
            None if asked.quiet else say,
            runs_dir=asked.runs_dir,
            workers=asked.workers,
            scheduler=asked.scheduler,
            force=asked.force,
            progress=callback,
            waiting=None if asked.quiet else work.say_waiting,
        )
    if not asked.quiet:
        work.say_done(stopped.outcomes)
    return stopped


def words(stopped: Stopped) -> str:
    """What stopped the study, in a sentence for a table.

    The half-width is said and the mean is not: a headline is a range, and tables have it.
    """
    number = stopped.found[0].number
    of = {"draws": "draws", "reps": "replications"}[stopped.of]
    asked = f"±{stopped.goal.width:g}{'%' if stopped.goal.percent else ''}"
    each = "; ".join(_one(one) for one in stopped.found)
    what = stopped.goal.words if stopped.goal.month else f"{stopped.goal.words}@{stopped.month}"
    head = f"`--until`: the mean of {what} over {of} is known to {each}, with 95% confidence"
    if stopped.met:
        return f"{head}; {asked} was asked, and met after {number} {of}."
    most = max(one.enough for one in stopped.found)
    return (
        f"{head}; {asked} was asked, and not met at the limit of {number} {of}. About {_rounded(most):,} would do: "
        f"`--limit {_rounded(most)}`."
    )


def _one(found: Closeness) -> str:
    return f"±{found.half_width:,.3g} ({found.name})"


def _rounded(number: int) -> int:
    """Number rounded up to its first two digits."""
    step = 10 ** max(1, len(str(number)) - 2)
    return -(-number // step) * step
