"""Which levers bring a goal about, with which probability and at which cost; or why none does.

Every trial lives the same lives: the same draws, each with its reading and its replications, so that two places of a
lever differ by the lever and not by chance. The probability is the share of draws (and replications) that meet the
goal. What is driven to the level is the output at that probability, which moves evenly where the share moves in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Unpack

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.answers import Answer, Point, Question
from capacity_sim.analysis.cost import Pay, pay_bill
from capacity_sim.analysis.goals import Lever
from capacity_sim.analysis.levers import Bench
from capacity_sim.analysis.search import INSIDE, ROOT, SEVERAL, Axis, Place, furthest, search, step_of
from capacity_sim.analysis.sensitivity import needs_desks
from capacity_sim.catalogue import load
from capacity_sim.runs import kept
from capacity_sim.runs.cells_kept import Cells, KeepsCells
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.lines import Line
from capacity_sim.runs.lines_kept import KeepsLines
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Scenario

Array = npt.NDArray[np.float64]
#: places that come as near as each other of which the later months are looked at
_ALIKE = 3


class Work:
    """The trials behind an answer.

    Parameters
    ----------
    bench : Bench
        The scenario and its levers.
    stands : sequence of float
        Where each lever is in the scenario.
    question : Question
        What is wanted.
    counts : Counts
        Simulates up to the month of the goal.
    pay : Pay or None
        Pay by grade, when staff are to have a cost.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        bench: Bench,
        stands: Sequence[float],
        question: Question,
        counts: Counts,
        *,
        pay: Pay | None = None,
        **how: Unpack[How],
    ) -> None:
        self.bench, self.stands, self.question, self.counts = bench, tuple(stands), question, counts
        self.pay, self._how = pay, how
        self.axes = tuple(_axis(lever, value) for lever, value in zip(bench.levers, stands, strict=True))
        self.priced = pay is not None or any(lever.cost is not None for lever in bench.levers)
        self._inputs = tuple(counts.inputs(bench.scenario))
        self._seen: dict[tuple[Place, int], Point] = {}
        self._bills: dict[int, Array] = {}
        self._needed = 0.0
        self._workers: int | None = None
        self._progress: Progress | None = None
        self.runs = 0

    @property
    def most_trials(self) -> int:
        """Trials that the search takes at most."""
        k = len(self.axes)
        if k == 1:
            return 4 + 2 * (ROOT + 4) + INSIDE
        return 4 + 2 * k + SEVERAL + 8 + 2 * k

    def trial(self, at: Place, seed: int | None = None) -> Point:
        """What levers at some values give; the empty place is the scenario as it stands."""
        seed = self.question.seed if seed is None else seed
        at = tuple(float(round(x)) if axis.step == 1.0 else x for x, axis in zip(at, self.axes, strict=False))
        if (at, seed) not in self._seen:
            self._seen[at, seed] = self._made(at, seed)
        return self._seen[at, seed]

    def answer(
        self,
        *,
        workers: int | None = None,
        progress: Progress | None = None,
        explain: Callable[[Point], tuple[str, ...]] = lambda _: (),
        later: Counts | None = None,
        place: str = "",
        source: str = "",
    ) -> Answer:
        """Search, check the answer in fresh draws, and say why when there is none.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        explain : callable
            Names the rules that bind at a place.
        later : Counts, optional
            Simulates to the end of the run, to find the first month in which the nearest place meets the goal.
        place, source : str
            Where, and what the figures rest on.
        """
        self._workers, self._progress = workers, progress
        before = self.trial(())
        limits: tuple[float, ...] = ()
        if before.over <= 0:
            best: Point | None = before
            nearest = before
            if len(self.axes) == 1 and self.axes[0].low <= self.stands[0] <= self.axes[0].high:
                limits = tuple(furthest(self.axes[0], self.trial))
        else:
            found = search(self.axes, self.trial)
            best, nearest = found.best, found.nearest
        over_budget = None
        budget = self.question.budget
        if best is not None and budget is not None and best.costs.mean() > budget:
            over_budget, best = best, None
            nearest = self._within(before, over_budget, budget)
        fresh = None
        if best is not None and self.question.draws > 1:
            fresh = self.trial(best.at, self.question.seed + 1)
        first = ""
        if best is None and later is not None:
            first, nearest = self._first_month(nearest, later)
        return Answer(
            question=self.question,
            scenario=self.bench.scenario.name,
            levers=self.bench.levers,
            stands=self.stands,
            before=before,
            best=best,
            nearest=nearest,
            fresh=fresh,
            limits=limits,
            trials=tuple(one for (_, seed), one in self._seen.items() if seed == self.question.seed),
            over_budget=over_budget,
            first_month=first,
            reasons=explain(nearest) if nearest.at else (),
            priced=self.priced,
            pay=None if self.pay is None else self.pay.file,
            basis=self.bench.scenario.timing_basis,
            place=place,
            source=source,
            needed=self._needed,
            runs=self.runs,
        )

    def _scenario(self, at: Place) -> Scenario:
        return self.bench.at(at) if at else self.bench.scenario

    def _tasks(self, at: Place, seed: int) -> list[Task]:
        question, scenario = self.question, self._scenario(at)
        return [
            Task(scenario, reading, draw, rep)
            for draw, reading in enumerate(readings(seed, self._inputs, question.draws))
            for rep in range(question.reps)
        ]

    def _made(self, at: Place, seed: int) -> Point:
        question, goal = self.question, self.question.goal
        plan = kept.plan(
            self._tasks(at, seed), self.counts, KeepsCells(), seed=seed, delivery=needs_desks(goal.measure),
            **self._how,
        )  # fmt: skip
        made = plan.run(self._workers, self._progress)
        self.runs += len(made)
        basis = self.bench.scenario.timing_basis
        if not at:
            needed = [one.value("required_fte", goal.area, None, basis) for one in made]
            self._needed = float(np.median(needed))
        values = np.array([one.value(goal.measure, goal.area, goal.grade, basis) for one in made])
        over = np.sort([goal.over(value) for value in values])[question.rank - 1]
        level = goal.level + over if goal.sign == "<=" else goal.level - over
        costs = self._costs(at, made, seed)
        effort = float(costs.mean()) if self.priced else self._moved(at)
        met = float(np.mean([goal.met(value) for value in values]))
        return Point(at, values, float(over), float(level), met, costs, effort)

    def _costs(self, at: Place, made: Sequence[Cells], seed: int) -> Array:
        """Pounds a year more than as it stands, run by run."""
        moved = zip(self.bench.levers, at, self.stands, strict=False)
        levers = sum((lever.cost or 0.0) * abs(x - stands) for lever, x, stands in moved)
        costs = np.full(len(made), levers)
        if self.pay is None:
            return costs
        reps = self.question.reps
        bills = np.array([pay_bill(self.pay, one, run // reps) for run, one in enumerate(made)])
        if not at:
            self._bills[seed] = bills
        elif seed not in self._bills:
            self.trial((), seed)
        found: Array = costs + bills - self._bills[seed]
        return found

    def _moved(self, at: Place) -> float:
        """How far levers are moved, each as a share of the way between its ends."""
        pairs = zip(at, self.axes, strict=False)
        return sum(abs(x - axis.start) / (axis.high - axis.low) for x, axis in pairs)

    def _within(self, before: Point, dear: Point, budget: float) -> Point:
        """Nearest to a place that is too dear, on the way from where the levers stand, within a budget."""
        start = np.array([axis.start for axis in self.axes])
        way = np.array(dear.at) - start
        found, low, high = before, 0.0, 1.0
        for _ in range(7):
            middle = (low + high) / 2
            one = self.trial(tuple(float(x) for x in start + middle * way))
            if one.costs.mean() <= budget:
                low = middle
                found = min(found, one, key=lambda point: point.over)
            else:
                high = middle
        return found

    def _first_month(self, nearest: Point, later: Counts) -> tuple[str, Point]:
        """First month from that of the goal in which it is met with the probability asked for, and the place.

        Where several places come as near as each other in the month of the goal, the one that meets it first.
        """
        budget = self.question.budget
        alike = [
            one
            for (at, seed), one in self._seen.items()
            if at and seed == self.question.seed and one.over <= nearest.over + 1e-9
            if budget is None or one.costs.mean() <= budget
        ]
        places = {one.at: one for one in (nearest, *alike[:_ALIKE])}
        found = [(self._month_met(one, later), one) for one in places.values()]
        return min(found, key=lambda pair: pair[0] or "9999")

    def _month_met(self, point: Point, later: Counts) -> str:
        goal, basis = self.question.goal, self.bench.scenario.timing_basis
        stated = goal.measure in ("required_fte", "shortfall_fte", "gap_fte")
        line = Line(goal.measure, goal.area or "", goal.grade or "", basis if stated else "")
        plan = kept.plan(
            self._tasks(point.at, self.question.seed), later, KeepsLines((line,)), seed=self.question.seed,
            delivery=needs_desks(goal.measure), **self._how,
        )  # fmt: skip
        made = plan.run(self._workers, self._progress)
        self.runs += len(made)
        over = np.sort([[goal.over(value) for value in one.lines[line]] for one in made], axis=0)
        at = over[self.question.rank - 1]
        months = zip(made[0].months, at, strict=True)
        return next((month for month, value in months if month >= goal.month and value <= 0), "")


def _axis(lever: Lever, stands: float) -> Axis:
    step = 1.0 if lever.whole else step_of(lever.low, lever.high)
    if lever.path is not None and load().parameters[lever.path].kind == "integer":
        step = max(1.0, round(step))
    return Axis(lever.low, lever.high, float(np.clip(stands, lever.low, lever.high)), step)


