"""The published chain of gaps, rebuilt: each step simulated beside published, on assumed and on simulated supply.

A figure is that of the central reading, every assumption at its central value, as published estimates are; so the chain
closes by itself. Beside it stand the middle and the range of the draws, which are paired: what a step adds is taken
within each draw. What remains between simulated and published staff needed is kept apart as unexplained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.spread import HIGH, LOW, RangeKind
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data.bridge import FITTED, GIVEN, PREDICTED, SHARE, Bridge, Difference, Published, Step
from capacity_sim.runs.monthly import Monthly, months_of

BASIS = "policy_adjusted"
NEEDED, IN_POST, EXPOSURE = "required_fte", "in_post_fte", "months_without_contact"
PEOPLE = ("people_on_sentence", "people_supervised", "people_tagged")

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Amount:
    """Figure of the central reading, and middle, 10th and 90th percentile of the draws; missing without draws."""

    central: float
    middle: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")

    @classmethod
    def of(cls, values: Array) -> Amount:
        """Amount of the central reading's value and those of the draws, in this order.

        Examples
        --------
        >>> import numpy as np
        >>> Amount.of(np.array([5.0, 1.0, 2.0, 9.0])).middle
        2.0
        """
        draws = values[1:]
        if not len(draws):
            return cls(float(values[0]))
        low, middle, high = (float(np.quantile(draws, share)) for share in (LOW, 0.5, HIGH))
        return cls(float(values[0]), middle, low, high)


@dataclass(frozen=True)
class Rebuilt:
    """A step, simulated.

    Parameters
    ----------
    step : Step
        The step, with what is published.
    change : Amount
        Staff needed less those of the step before; of the first step, all of them.
    needed : Amount
        Staff needed.
    fitted, predicted, given : float
        Parts of the central figure of `needed`, by how they come about.
    in_post : Amount
        Staff in post, simulated.
    shortfall : Amount
        Needed less in post.
    unexplained : Amount or None
        Published less simulated staff needed; None where nothing is published.
    assumed : Published or None
        Staff that the published gap takes to be there.
    on_assumed : Amount or None
        Needed less these.
    people : mapping of measure to Amount
        People at the end of the runs.
    exposure : mapping of risk to Amount
        Person-months without contact over the last year of the runs.
    """

    step: Step
    change: Amount
    needed: Amount
    fitted: float
    predicted: float
    given: float
    in_post: Amount
    shortfall: Amount
    unexplained: Amount | None
    assumed: Published | None
    on_assumed: Amount | None
    people: dict[str, Amount]
    exposure: dict[str, Amount]


@dataclass(frozen=True)
class Beside:
    """A difference between two steps, simulated."""

    difference: Difference
    simulated: Amount


@dataclass(frozen=True)
class Answer:
    """The chain, rebuilt.

    Parameters
    ----------
    bridge : Bridge
        The chain as it is published.
    steps : tuple of Rebuilt
        Its steps.
    differences : tuple of Beside
        Differences between them.
    month, year : str
        Month of people, and year of exposure.
    draws, seed : int
        Readings of the uncertain assumptions beside the central one (0 for none), and the key of all random numbers.
    place, source : str
        Where, and what the figures rest on.
    """

    bridge: Bridge
    steps: tuple[Rebuilt, ...]
    differences: tuple[Beside, ...]
    month: str
    year: str
    draws: int
    seed: int
    place: str
    source: str

    @property
    def kind(self) -> RangeKind:
        """Where the ranges come from."""
        return RangeKind.DRAWS if self.draws else RangeKind.NONE


def last_month(bridge: Bridge) -> str:
    """The last month that a chain needs.

    Examples
    --------
    >>> from capacity_sim import data
    >>> from capacity_sim.data.bridge import load_bridge
    >>> last_month(load_bridge(data.load("england_wales")))
    '2028-03'
    """
    periods = [step.period for step in bridge.steps] + [one.period for one in bridge.differences]
    return max(months_of(period)[-1] for period in periods)


def rebuild(
    bridge: Bridge,
    central: Sequence[Monthly],
    draws: Sequence[Sequence[Monthly]] = (),
    *,
    seed: int = 1,
    place: str = "",
    source: str = "",
) -> Answer:
    """The chain from its runs.

    Parameters
    ----------
    bridge : Bridge
        The chain.
    central : sequence of Monthly
        The run of each step at the central reading.
    draws : sequence of sequences of Monthly
        For each draw, the run of each step.
    seed, place, source :
        As in `Answer`.
    """
    lines = [central, *draws]
    month = last_month(bridge)
    year = _year_to(month)
    steps: list[Rebuilt] = []
    before: Array | None = None
    levels = dict.fromkeys((FITTED, PREDICTED, GIVEN), 0.0)
    for at, step in enumerate(bridge.steps):
        runs = [line[at] for line in lines]
        needed, in_post = _values(runs, NEEDED, step.period, BASIS), _values(runs, IN_POST, step.period)
        change = Amount.of(needed if before is None else needed - before)
        before = needed
        levels[step.kind] += change.central
        assumed = None if step.supply is None else bridge.supplies[step.supply]
        steps.append(
            Rebuilt(
                step=step,
                change=change,
                needed=Amount.of(needed),
                fitted=levels[FITTED],
                predicted=levels[PREDICTED],
                given=levels[GIVEN],
                in_post=Amount.of(in_post),
                shortfall=Amount.of(needed - in_post),
                unexplained=None if step.required is None else Amount.of(step.required.value - needed),
                assumed=assumed,
                on_assumed=None if assumed is None else Amount.of(needed - assumed.value),
                people={name: Amount.of(_values(runs, name, month)) for name in PEOPLE},
                exposure={
                    risk: Amount.of(_values(runs, EXPOSURE, year, cell=risk))
                    for risk in load_catalogue().dimensions["risk"]
                },
            )
        )
    places = {step.id: at for at, step in enumerate(bridge.steps)}
    differences = tuple(
        Beside(one, _difference(one, *([line[places[name]] for line in lines] for name in (one.step, one.less))))
        for one in bridge.differences
    )
    return Answer(bridge, tuple(steps), differences, month, year, len(draws), seed, place, source)


def _difference(one: Difference, there: Sequence[Monthly], less: Sequence[Monthly]) -> Amount:
    measure, basis = (NEEDED, BASIS) if one.of in (NEEDED, SHARE) else (one.of, "")
    cells = one.types or (None,)
    after, before = (
        sum((_values(runs, measure, one.period, basis, cell) for cell in cells), np.zeros(len(runs)))
        for runs in (there, less)
    )
    return Amount.of(100.0 * (after - before) / before if one.of == SHARE else after - before)


def _values(
    runs: Sequence[Monthly], measure: str, period: str, basis: str = "", cell: str | None = None
) -> Array:
    return np.array([run.value(measure, period, basis=basis, cell=cell) for run in runs], dtype=np.float64)


def _year_to(month: str) -> str:
    """Financial year that holds a month.

    Examples
    --------
    >>> _year_to("2028-03"), _year_to("2028-04")
    ('2027-28', '2028-29')
    """
    year = int(month[:4]) - (month[5:] < "04")
    return f"{year}-{(year + 1) % 100:02}"
