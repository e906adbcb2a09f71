"""Where a plan fails: readings of all ranges at once, a tree over them, and its regions run anew.

The tree is scikit-learn's, over quantiles. A leaf in which the plan fails more often than on the whole is a box: for
each input that the tree asks about, an end below which or above which it lies. How many of the failures it holds is
its coverage; how many of its readings fail is its density.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Unpack

import numpy as np
import numpy.typing as npt
from sklearn.tree import DecisionTreeClassifier

from capacity_sim.analysis.boxes import Box, Checked, Discovery, Side, side_of
from capacity_sim.analysis.factors import Factor
from capacity_sim.analysis.goals import Goal
from capacity_sim.analysis.sensitivity import needs_desks, varied
from capacity_sim.errors import Fault, UsageError
from capacity_sim.parameters import UncertainInput
from capacity_sim.runs import kept
from capacity_sim.runs.cells_kept import Cells, KeepsCells
from capacity_sim.runs.coalitions import Counts, Task
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.runner import Progress
from capacity_sim.scenario import Scenario

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
#: leaves of the tree, and the least share of the failures that a leaf holds
LEAVES, LEAST = 6, 0.08
#: boxes that are told, and readings from which those inside and outside a box are picked
MOST, POOL = 2, 200


class Tree(Protocol):
    """Nodes of a fitted tree, as scikit-learn gives them; a leaf has the same node on both sides."""

    @property
    def children_left(self) -> Places:
        """Node where a value is at most the threshold."""

    @property
    def children_right(self) -> Places:
        """Node where it is above."""

    @property
    def feature(self) -> Places:
        """Input that a node asks about."""

    @property
    def threshold(self) -> Array:
        """Value at which it parts."""


def boxes(points: Array, failed: Flags, seed: int = 1) -> list[tuple[Array, Flags]]:
    """Boxes in which most failures lie, best first: lower and upper ends, and which points lie inside.

    Parameters
    ----------
    points : float array (reading, input)
        Quantiles of each reading.
    failed : bool array (reading,)
        Whether the plan fails there.
    seed : int
        Settles ties between inputs.

    Returns
    -------
    list of (float array (input, 2), bool array (reading,))
        Ends of each box, 0 and 1 where an input does not matter; the best has the most coverage times density.
    """
    least = max(5, round(LEAST * min(failed.sum(), (~failed).sum())))
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=least, random_state=seed)
    tree.fit(points, failed)
    base = failed.mean()
    leaves = [ends for ends in _leaves(tree.tree_, points.shape[1]) if np.isfinite(ends).any()]
    worse = [ends for ends in leaves if (there := inside(points, ends)).any() and failed[there].mean() > base]
    made = [(ends, inside(points, ends)) for ends in (_simple(one, points, failed) for one in worse)]
    # a box that does as well without any of its ends is no region
    unlike = {ends.tobytes(): (ends, flags) for ends, flags in made if np.isfinite(ends).any()}
    return sorted(unlike.values(), key=lambda box: -_worth(failed, box[1]))


def inside(points: Array, ends: Array) -> Flags:
    """Which points lie in a box."""
    flags: Flags = np.all((points > ends[:, 0]) & (points <= ends[:, 1]), axis=1)
    return flags


def _worth(failed: Flags, flags: Flags) -> float:
    """Coverage times density of a box."""
    hits = float((failed & flags).sum())
    return hits / max(1, failed.sum()) * hits / max(1, flags.sum())


def _leaves(tree: Tree, inputs: int) -> list[Array]:
    """Ends of every leaf."""
    found: list[Array] = []
    whole = np.tile([-np.inf, np.inf], (inputs, 1))
    waiting = [(0, whole)]
    left, right = tree.children_left, tree.children_right
    while waiting:
        node, ends = waiting.pop()
        if left[node] == right[node]:
            found.append(ends)
            continue
        which, at = int(tree.feature[node]), float(tree.threshold[node])
        low, high = ends.copy(), ends.copy()
        low[which, 1], high[which, 0] = min(low[which, 1], at), max(high[which, 0], at)
        waiting += [(int(left[node]), low), (int(right[node]), high)]
    return found


def _simple(ends: Array, points: Array, failed: Flags) -> Array:
    """A box without the ends that it does as well without, by its coverage times its density."""
    ends = ends.copy()
    for which, side in np.argwhere(np.isfinite(ends)):
        wider = ends.copy()
        wider[which, side] = np.inf if side else -np.inf
        if _worth(failed, inside(points, wider)) >= _worth(failed, inside(points, ends)):
            ends = wider
    return ends


@dataclass(frozen=True)
class Question:
    """What is asked.

    Parameters
    ----------
    fails : Goal
        When the plan fails.
    draws, check : int
        Readings of the design, and fresh ones inside and outside each box.
    seed : int
        Key of all random numbers.
    """

    fails: Goal
    draws: int = 1000
    check: int = 100
    seed: int = 1

    @property
    def most_runs(self) -> int:
        """Runs that it takes at most."""
        return self.draws + 2 * self.check * MOST


class Work:
    """The runs behind an answer.

    Parameters
    ----------
    scenario : Scenario
        The plan.
    factors : sequence of Factor
        Whose inputs are varied.
    question : Question
        What is asked.
    counts : Counts
        Simulates up to the month.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.

    Raises
    ------
    UsageError
        When nothing carries a range that could matter.
    """

    def __init__(
        self,
        scenario: Scenario,
        factors: Sequence[Factor],
        question: Question,
        counts: Counts,
        **how: Unpack[How],
    ) -> None:
        self.scenario, self.question, self.counts = scenario, question, counts
        self._desks = needs_desks(question.fails.measure)
        found, _ = varied(factors, self._desks)
        self.inputs: list[UncertainInput] = sorted(
            {one.id: one for factor in found for one in factor.inputs}.values(), key=lambda one: one.id
        )
        if not self.inputs:
            message = f"`{scenario.name}` has no range that could make it fail"
            hint = "`capacity-sim assumptions` shows which values carry a range"
            raise UsageError(Fault("nothing-to-vary", message, hint=hint))
        self._how = how
        self.plan = self._planned(self._points(question.seed, question.draws), question.seed)

    def _points(self, seed: int, draws: int) -> Array:
        """Quantiles of some readings."""
        rows = readings(seed, self.inputs, draws)
        return np.array([[(row or {}).get(one.id, 0.5) for one in self.inputs] for row in rows])

    def _planned(self, points: Array, seed: int) -> kept.Plan[Cells]:
        ids = [one.id for one in self.inputs]
        tasks = [Task(self.scenario, dict(zip(ids, row.tolist(), strict=True))) for row in points]
        return kept.plan(tasks, self.counts, KeepsCells(), seed=seed, delivery=self._desks, **self._how)

    def _values(self, plan: kept.Plan[Cells], workers: int | None, progress: Progress | None) -> Array:
        fails, basis = self.question.fails, self.scenario.timing_basis
        made = plan.run(workers, progress)
        self._needed = made[0].value("required_fte", fails.area, None, basis)
        return np.array([one.value(fails.measure, fails.area, fails.grade, basis) for one in made])

    def answer(
        self,
        *,
        workers: int | None = None,
        progress: Progress | None = None,
        words: Mapping[str, tuple[str, str]] | None = None,
        place: str = "",
        source: str = "",
    ) -> Discovery:
        """Make the missing runs, find the boxes, and run each anew.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        words : mapping of id to (verb, unit)
            What a reading of an input does, and its unit.
        place, source : str
            Where, and what the figures rest on.
        """
        question = self.question
        points = self._points(question.seed, question.draws)
        values = self._values(self.plan, workers, progress)
        failed = np.array([question.fails.met(value) for value in values])
        found: list[Box] = []
        if failed.any() and not failed.all():
            for ends, flags in boxes(points, failed, question.seed)[:MOST]:
                sides = tuple(
                    side_of(one, ends[place_], (words or {}).get(one.id, ("set", "")))
                    for place_, one in enumerate(self.inputs)
                    if np.isfinite(ends[place_]).any()
                )
                hits = int((failed & flags).sum())
                found.append(
                    Box(
                        sides=sides,
                        coverage=hits / int(failed.sum()),
                        density=hits / int(flags.sum()),
                        share=float(flags.mean()),
                        checked=self._checked(ends, workers, progress) if question.check else None,
                    )
                )
        found.sort(key=lambda box: box.checked is not None and not box.checked.holds)  # borne out comes first
        return Discovery(
            scenario=self.scenario.name,
            fails=question.fails,
            draws=question.draws,
            inputs=len(self.inputs),
            failures=float(failed.mean()),
            values=values,
            boxes=tuple(found),
            basis=self.scenario.timing_basis,
            place=place,
            source=source,
            needed=self._needed,
        )

    def _checked(self, ends: Array, workers: int | None, progress: Progress | None) -> Checked:
        """Fresh readings, with lives of their own, inside and outside a box."""
        seed, n = self.question.seed + 1, self.question.check
        pool = self._points(seed, POOL * n)
        flags = inside(pool, ends)
        share = []
        for there in (pool[flags][:n], pool[~flags][:n]):
            values = self._values(self._planned(there, seed), workers, progress) if len(there) else np.zeros(0)
            share.append((len(there), int(sum(self.question.fails.met(value) for value in values))))
        return Checked(share[0][0], share[0][1], share[1][0], share[1][1], float(flags.mean()))


__all__ = ["LEAST", "LEAVES", "Question", "Side", "Work", "boxes", "inside"]
