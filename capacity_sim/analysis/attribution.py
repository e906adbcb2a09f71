"""Attribution: which runs say who gets the credit for a difference, and the answer from their totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np

from capacity_sim.analysis import shares
from capacity_sim.analysis.credit import Attribution, Line, frame_of
from capacity_sim.analysis.groups import Game
from capacity_sim.analysis.shares import Array, Correction, Order
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import OutputSpec, load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.runs import coalitions
from capacity_sim.runs.coalitions import Counts, Task, Totals
from capacity_sim.runs.design import readings
from capacity_sim.runs.kept import How
from capacity_sim.runs.runner import Progress, Reading

#: runs of the whole service that an attribution may make when nobody says how many draws are wanted
BUDGET = 300
_NATION = 240_000
_DRAWS, _FEWEST_DRAWS = 20, 8
_FEWEST_PAIRS = 4


@dataclass(frozen=True)
class Design:
    """Which coalitions each reading takes.

    Parameters
    ----------
    n : int
        Number of groups.
    draws, reps : int
        Readings of the uncertain inputs, and rolls of chance for each.
    orders : tuple of pairs of orders
        Sampled orders, when there are too many groups for every coalition; else empty.
    whole : bool
        Whether every draw takes every coalition. If not, the shares are known at the central reading, and a draw takes
        each group alone and last.
    """

    n: int
    draws: int
    reps: int
    orders: tuple[tuple[Order, Order], ...]
    whole: bool

    @property
    def known(self) -> list[int]:
        """Coalitions of a reading whose shares are to be known."""
        return shares.needed(self.orders, self.n) if self.orders else shares.every(self.n)

    @property
    def runs(self) -> int:
        """Runs in all, if no two coalitions are alike."""
        if self.whole:
            return self.draws * self.reps * len(self.known)
        return len(self.known) + self.draws * self.reps * len(shares.ends(self.n))


def design(n: int, people: int, draws: int | None, reps: int = 1, pairs: int | None = None, seed: int = 1) -> Design:
    """How a question is answered: exactly if it can be, and within a budget of runs if nobody says how many draws.

    Parameters
    ----------
    n : int
        Number of groups.
    people : int
        People on the first day: a run costs in proportion.
    draws : int, optional
        Readings of the uncertain inputs; by default 20, or as many as fit the budget, or one if fewer than 8 do.
    reps : int
        Rolls of chance for each draw.
    pairs : int, optional
        Pairs of sampled orders for more than 8 groups; by default as many as cost what 8 groups cost exactly.
    seed : int
        Key of the sampled orders.
    """
    orders: tuple[tuple[Order, Order], ...] = ()
    if n > shares.MOST_EXACT:
        fit = ((1 << shares.MOST_EXACT) - len(shares.ends(n))) // (2 * (n - 3))
        orders = tuple(shares.pairs_of_orders(n, pairs or max(_FEWEST_PAIRS, fit), seed))
    most = BUDGET * _NATION / max(1, people)

    def of(draws: int) -> Design:
        one = Design(n, draws, reps, orders, True)
        cheap = len(one.known) <= len(shares.ends(n)) or one.runs <= most
        return one if draws == 1 or cheap else Design(n, draws, reps, orders, False)

    if draws is not None:
        return of(draws)
    found = next((one for one in map(of, range(_DRAWS, _FEWEST_DRAWS - 1, -1)) if one.runs <= most), None)
    return found or of(1)


@dataclass(frozen=True)
class Question:
    """What is asked of an attribution.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    month : str
        The month, as ``2028-03``.
    area : str or None
        Area of work, for measures that have one; None for all.
    draws : int, optional
        As in `design`.
    reps, seed : int
        Rolls of chance for each draw; key of all random numbers.
    pairs : int, optional
        As in `design`.
    """

    measure: str
    month: str
    area: str | None
    draws: int | None = None
    reps: int = 1
    seed: int = 1
    pairs: int | None = None

    def __post_init__(self) -> None:
        """Refuse counts that give no answer."""
        counts = (("draws", self.draws, 1), ("reps", self.reps, 1), ("pairs of orders", self.pairs, 2))
        faults = [
            Fault("too-few", f"{number} {name} is less than {least}", hint=f"give {least} or more")
            for name, number, least in counts
            if number is not None and number < least
        ]
        if faults:
            raise UsageError(faults)

    @property
    def spec(self) -> OutputSpec:
        """The output."""
        return load().outputs[self.measure]

    @property
    def delivery(self) -> bool:
        """Whether the output needs officers at their desks."""
        parts = {self.spec.name, self.spec.numerator, self.spec.denominator}
        return bool(parts & coalitions.DELIVERED)


class Work:
    """The runs behind an attribution: counted before they are made, then made, then shared out.

    Parameters
    ----------
    game : Game
        The two scenarios and their groups.
    question : Question
        What is asked.
    counts : Counts
        Simulates one coalition.
    **how : How
        As in `runs.kept.plan`: folder of the run folders, whether to make again what is there, and a cluster.
    """

    def __init__(
        self,
        game: Game,
        question: Question,
        counts: Counts,
        **how: Unpack[How],
    ) -> None:
        self.game, self.question = game, question
        n = len(game.groups)
        self.design = design(n, counts.people, question.draws, question.reps, question.pairs, question.seed)
        inputs = [one for side in (game.base, game.scenario) for one in counts.inputs(side)]
        read = readings(question.seed, inputs, self.design.draws)
        self._lines: list[tuple[int, int, list[int]]] = []
        tasks: list[Task] = []
        variants = {mask: game.variant(mask) for mask in {*self.design.known, *shares.ends(n)}}

        def line(reading: Reading, draw: int, rep: int, masks: list[int]) -> None:
            self._lines.append((draw, rep, masks))
            tasks.extend(Task(variants[mask], reading, draw, rep) for mask in masks)

        if not self.design.whole:
            line(None, 0, 0, self.design.known)
        for draw, reading in enumerate(read):
            for rep in range(question.reps):
                line(reading, draw, rep, self.design.known if self.design.whole else shares.ends(n))
        self.plan = coalitions.plan(tasks, counts, seed=question.seed, delivery=question.delivery, **how)

    @property
    def runs(self) -> tuple[int, int]:
        """Runs to make, and runs that are there already."""
        return len(self.plan.missing), len(self.plan.found)

    def answer(
        self,
        *,
        workers: int | None = None,
        progress: Progress | None = None,
        place: str = "",
        source: str = "",
        year: Sequence[str] = (),
    ) -> Attribution:
        """Make the missing runs and share out the difference.

        Parameters
        ----------
        workers, progress :
            As in `runs.kept.Plan.run`.
        place, source : str
            Where, and what the figures rest on.
        year : sequence of str
            Months over which exposure is added up.
        """
        made = self.plan.run(workers, progress)
        values, at = [], 0
        for _, _, masks in self._lines:
            mine, at = made[at : at + len(masks)], at + len(masks)
            values.append({mask: self._outputs(one) for mask, one in zip(masks, mine, strict=True)})
        lines, errors, missed = self._share_out(values)
        question, scenario = self.question, self.game.scenario
        names = [group.name for group in self.game.groups]
        outputs = (question.measure, *load().dimensions["risk"])
        frame = frame_of(lines, names, outputs, (self.game.base.name, scenario.name), errors)
        basis = scenario.timing_basis
        drawn = self.design.draws > 1
        return Attribution(
            measure=question.spec,
            base=self.game.base.name,
            scenario=scenario.name,
            groups=self.game.groups,
            month=question.month,
            year=tuple(year),
            area=question.area,
            basis=basis,
            place=place,
            source=source,
            needed=made[0].value("required_fte", question.area, basis),
            frame=frame,
            kind=RangeKind.DRAWS if drawn else RangeKind.CHANCE if question.reps > 1 else RangeKind.NONE,
            draws=self.design.draws,
            reps=question.reps,
            method=tuple(self._method(missed)),
        )

    def _outputs(self, found: Totals) -> Array:
        measure = found.value(self.question.measure, self.question.area, self.game.scenario.timing_basis)
        return np.array([measure, *(found.exposure[risk] for risk in load().dimensions["risk"])])

    def _share_out(self, values: Sequence[Mapping[int, Array]]) -> tuple[list[Line], Array | None, float]:
        n, chosen = self.design.n, self.design
        errors: list[Array] = []

        def known(found: Mapping[int, Array]) -> Array:
            if not chosen.orders:
                return shares.shapley(found, n)
            estimate = shares.sampled(found, chosen.orders, n)
            errors.append(estimate.error)
            return estimate.shares

        fix: Correction | None = None
        places, first = list(zip(self._lines, values, strict=True)), 0
        if not chosen.whole:
            fix, first = shares.correction(values[0], known(values[0]), n), 1
        whole = (1 << n) - 1
        lines = [
            Line(
                draw,
                rep,
                found[0],
                found[whole],
                shares.alone(found, n),
                shares.last(found, n),
                known(found) if fix is None else shares.from_ends(found, n, fix),
            )
            for (draw, rep, _), found in places[first:]
        ]
        # the orders are the same in every line, so the errors do not average out between lines
        error = np.mean(errors, axis=0) if errors else None
        return lines, error, 0.0 if fix is None else float(np.abs(fix.missed[:, 0]).max())

    def _method(self, missed: float) -> list[str]:
        n, chosen = self.design.n, self.design
        spec = self.question.spec
        found = []
        if chosen.orders:
            found.append(
                f"Shares are estimated from {len(chosen.orders)} pairs of an order of the {n} changes and its reverse; "
                "the error is one standard error. They add up to the total exactly."
            )
        else:
            number = 1 << n
            found.append(
                "Shares are exact: the mean of what a change adds over all orders in which the changes could come "
                f"({number} combinations)."
            )
        if not chosen.whole:
            found.append(
                f"So at the central value of every assumption; in each of the {chosen.draws} draws a share is half of "
                "what the change does alone and half of what it adds last, plus what that missed at the central "
                f"values (at most {missed:,.3g} {spec.unit})."
            )
        return found
