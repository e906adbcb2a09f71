"""Sensitivity: which runs say what drives an output, and the answer from them: tornado, Morris or Sobol.

Every run has the same lives (one draw number, the same replications), so that what differs between two of them comes
from the readings. Chance is measured apart, by more replications at the central reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np

from capacity_sim.analysis import screening
from capacity_sim.analysis.drivers import Driver, Method, Question, Sensitivity
from capacity_sim.analysis.factors import Factor
from capacity_sim.analysis.screening import Array
from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.catalogue import load
from capacity_sim.errors import Fault, ScenarioError, UsageError
from capacity_sim.parameters import UncertainInput
from capacity_sim.runs import coalitions, kept
from capacity_sim.runs.cells_kept import Cells, KeepsCells
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.kept import How, Keeps, Plan
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Scenario

#: replications at the central reading, at least, so that chance is always measured
ROLLS = 5
#: parameters that act on nothing but how officers do their work: all of these but the time that work needs
_AT_DESKS, _TIME_NEEDED = "delivery.", "delivery.spent_blend"

#: quantile of each input that is read; others have their central value
Point = Mapping[str, float]


def acts_at_desks(path: str) -> bool:
    """Whether a parameter acts on nothing but how officers do their work.

    Examples
    --------
    >>> acts_at_desks("delivery.floor"), acts_at_desks("delivery.spent_blend"), acts_at_desks("staff.absence.share")
    (True, False, False)
    """
    return path.startswith(_AT_DESKS) and path != _TIME_NEEDED


def needs_desks(measure: str) -> bool:
    """Whether an output needs officers at their desks.

    Examples
    --------
    >>> needs_desks("gap_fte"), needs_desks("backlog_hours")
    (False, True)
    """
    spec = load().outputs[measure]
    return bool({spec.name, spec.numerator, spec.denominator} & coalitions.DELIVERED)


def varied(factors: Sequence[Factor], delivery: bool) -> tuple[list[Factor], tuple[UncertainInput, ...]]:
    """Factors without the inputs that cannot matter, and those inputs.

    Parameters
    ----------
    factors : sequence of Factor
        What is to be varied.
    delivery : bool
        Whether the output needs officers at their desks; if not, how they do their work cannot move it.
    """
    idle = {
        one.id
        for factor in factors
        for one in factor.inputs
        if not delivery and acts_at_desks(one.path)
    }
    found = [replace(factor, inputs=tuple(one for one in factor.inputs if one.id not in idle)) for factor in factors]
    out = tuple(one for factor in factors for one in factor.inputs if one.id in idle)
    return [factor for factor in found if factor.inputs], out


def most_runs(factors: Sequence[Factor], question: Question, sides: int = 1) -> int:
    """Runs that a question takes if none is there and no two are alike.

    Parameters
    ----------
    factors : sequence of Factor
        What is varied.
    question : Question
        What is asked.
    sides : int
        1 for a scenario, 2 for the difference of two.

    Examples
    --------
    >>> most_runs([], Question("gap_fte", "2028-03"))
    5
    """
    n = len(factors)
    ends = 2 * sum(len(factor.ids) + (len(factor.ids) > 1) for factor in factors)
    points = {Method.TORNADO: ends, Method.MORRIS: question.size * (n + 1), Method.SOBOL: question.size * (n + 2)}
    return sides * (points[question.method] * question.reps + max(question.reps, ROLLS))


class Work:
    """The runs behind a question: counted before they are made, then made, then told.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    base : Scenario or None
        What is taken off it; None for its level.
    factors : sequence of Factor
        What is varied.
    question : Question
        What is asked.
    counts : Counts
        Simulates one reading.
    keeps : Keeps
        What is kept of a run.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.

    Raises
    ------
    UsageError
        When there is nothing to vary.
    ScenarioError
        When a reading takes a parameter out of its limits.
    """

    def __init__(
        self,
        scenario: Scenario,
        base: Scenario | None,
        factors: Sequence[Factor],
        question: Question,
        counts: Counts,
        *,
        keeps: Keeps[Cells] | None = None,
        **how: Unpack[How],
    ) -> None:
        self.scenario, self.question, self.counts = scenario, question, counts
        self.sides = (scenario,) if base is None else (scenario, replace(base, choices=scenario.choices))
        self.factors, self.idle = varied(factors, needs_desks(question.measure))
        if not self.factors:
            message = f"`{scenario.name}` has no range that could move this"
            hint = "`capacity-sim assumptions` shows which values carry a range"
            raise UsageError(Fault("nothing-to-vary", message, hint=hint))
        self._keeps: Keeps[Cells] = keeps or KeepsCells()
        self._how = how
        self._design = self._points()
        self.plan = self._planned(self._design, self._rolls)

    @property
    def runs(self) -> tuple[int, int]:
        """Runs to make (ends of groups not yet among them), and runs that are there already."""
        return len(self.plan.missing), len(self.plan.found)

    @property
    def later(self) -> int:
        """Runs that come after these, at most: both ends of each group of a tornado, known once its inputs are."""
        groups = self._groups if self.question.method is Method.TORNADO else []
        if groups and not self.plan.missing:
            _, outputs = self._outputs(self.plan.run())
            return len(self._planned(self._group_ends(outputs)).missing)
        return 2 * len(groups) * self.question.reps * len(self.sides)

    @property
    def _groups(self) -> list[Factor]:
        return [factor for factor in self.factors if len(factor.ids) > 1]

    def answer(
        self, *, workers: int | None = None, progress: Progress | None = None, place: str = "", source: str = ""
    ) -> Sensitivity:
        """Make the missing runs and tell what drives the output.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        place, source : str
            Where, and what the figures rest on.
        """
        question = self.question
        made = self.plan.run(workers, progress)
        central, outputs = self._outputs(made)
        spread = low = high = float("nan")
        runs = len(self.plan.found)
        if question.method is Method.TORNADO:
            drivers, more = self._tornado(central[: question.reps], outputs, workers, progress)
            runs += more
        elif question.method is Method.MORRIS:
            drivers = self._morris(outputs.mean(axis=1))
        else:
            drivers = self._sobol(outputs.mean(axis=1))
            alone = screening.independent(outputs.mean(axis=1), len(self.factors))
            spread = float(alone.std(ddof=1))
            low, high = (float(value) for value in np.quantile(alone, (LOW, HIGH)))
        basis = self.scenario.timing_basis
        return Sensitivity(
            question=question,
            scenario=self.scenario.name,
            less=self.sides[1].name if len(self.sides) > 1 else "",
            basis=basis,
            place=place,
            source=source,
            drivers=tuple(sorted(drivers, key=lambda one: (-one.size, one.factor.name))),
            central=float(central[: question.reps].mean()),
            chance=float(central.std(ddof=1)),
            rolls=len(central),
            assumptions=spread,
            low=low,
            high=high,
            needed=made[0].value("required_fte", question.area, question.grade, basis),
            idle=self.idle,
            runs=runs,
        )

    def _points(self) -> list[Point]:
        """Readings of the design besides the central one."""
        question, sizes = self.question, [len(factor.ids) for factor in self.factors]
        ids = [name for factor in self.factors for name in factor.ids]
        if question.method is Method.TORNADO:
            return [{name: end} for name in ids for end in (0.0, 1.0)]
        make = screening.morris_points if question.method is Method.MORRIS else screening.sobol_points
        self._matrix = make(sizes, question.size, question.seed)
        return [dict(zip(ids, row.tolist(), strict=True)) for row in self._matrix]

    def _planned(self, points: Sequence[Point], rolls: int = 0) -> Plan[Cells]:
        """Runs of some readings, after replications at the central reading."""
        reps, question = self.question.reps, self.question
        wanted = [(None, rep) for rep in range(rolls)] + [(dict(point), rep) for point in points for rep in range(reps)]
        tasks = [Task(side, reading, 0, rep) for reading, rep in wanted for side in self.sides]
        try:
            return kept.plan(
                tasks, self.counts, self._keeps, seed=question.seed, delivery=needs_desks(question.measure),
                **self._how,
            )  # fmt: skip
        except ScenarioError as problem:
            hint = "ranges meet here that were never at these ends together: narrow one of them"
            raise ScenarioError([replace(fault, hint=hint) for fault in problem.faults]) from None

    @property
    def _rolls(self) -> int:
        return max(self.question.reps, ROLLS)

    def _outputs(self, made: Sequence[Cells], rolls: int | None = None) -> tuple[Array, Array]:
        """Output of each replication at the central reading, and (reading, replication) at the others."""
        question, basis = self.question, self.scenario.timing_basis
        values = [run.value(question.measure, question.area, question.grade, basis) for run in made]
        sides = np.array(values, dtype=np.float64).reshape(-1, len(self.sides))
        found = sides[:, 0] - sides[:, 1] if len(self.sides) > 1 else sides[:, 0]
        first = self._rolls if rolls is None else rolls
        return found[:first], found[first:].reshape(-1, question.reps)

    def _group_ends(self, outputs: Array) -> list[Point]:
        """For each group the readings that lower and that raise the output most, if its inputs act alone."""
        ends = self._ends(outputs)
        points: list[Point] = []
        for factor in self._groups:
            rising = {name: float(ends[name][1].mean() >= ends[name][0].mean()) for name in factor.ids}
            points += [{name: 1.0 - up for name, up in rising.items()}, rising]
        return points

    def _ends(self, outputs: Array) -> dict[str, Array]:
        """Output of each replication at both ends of each input."""
        ids = [name for factor in self.factors for name in factor.ids]
        return dict(zip(ids, outputs.reshape(len(ids), 2, -1), strict=True))

    def _tornado(
        self, central: Array, outputs: Array, workers: int | None, progress: Progress | None
    ) -> tuple[list[Driver], int]:
        """Drivers, and the runs at the ends of groups."""
        ends, groups = self._ends(outputs), self._groups
        found = {factor.name: ends[factor.ids[0]] for factor in self.factors if len(factor.ids) == 1}
        more = 0
        if groups:
            plan = self._planned(self._group_ends(outputs))
            made = plan.run(workers, progress)
            more = len(plan.found)
            both = self._outputs(made, rolls=0)[1].reshape(len(groups), 2, -1)
            found.update({factor.name: pair for factor, pair in zip(groups, both, strict=True)})
        return [_bar(factor, found[factor.name], central) for factor in self.factors], more

    def _morris(self, outputs: Array) -> list[Driver]:
        sizes = [len(factor.ids) for factor in self.factors]
        effects = screening.morris_effects(sizes, self._matrix, outputs, self.question.seed)
        return [Driver(one, it.size, it.error, detail=it) for one, it in zip(self.factors, effects, strict=True)]

    def _sobol(self, outputs: Array) -> list[Driver]:
        sizes = [len(factor.ids) for factor in self.factors]
        indices = screening.sobol_indices(sizes, outputs, self.question.seed)
        return [Driver(one, it.total, it.total_error, detail=it) for one, it in zip(self.factors, indices, strict=True)]


def _bar(factor: Factor, ends: Array, central: Array) -> Driver:
    """Swing of one factor between its ends, and where it turns back at its central value.

    Parameters
    ----------
    factor : Factor
        The factor.
    ends : float array (2, replication)
        Output at the low and the high end, or lowest and highest.
    central : float array (replication,)
        Output of the same replications at the central reading.
    """
    means = np.array([ends[0].mean(), ends[1].mean(), central.mean()])
    top, bottom = int(means.argmax()), int(means.argmin())
    three = np.stack([ends[0], ends[1], central])
    each = three[top] - three[bottom]
    error = float(each.std(ddof=1) / np.sqrt(len(each))) if len(each) > 1 else float("nan")
    return Driver(factor, float(each.mean()), error, (float(means[0]), float(means[1])))
