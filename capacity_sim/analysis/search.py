"""Where a goal is met at least effort, on a function that is dear to evaluate: one lever by roots, several by COBYQA.

Nothing here knows a scenario: a place is a tuple of numbers, and a trial says how far it is over and what it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import optimize

Place = tuple[float, ...]
#: most rounds of a search for a root, of one inside the bounds, and of one over several levers
ROOT, INSIDE, SEVERAL = 12, 10, 40
#: times what a lever moves that is missing still, from which no place between those that were tried can do
FAR = 2.0
#: how far inside an end it is looked whether the lever turns back there, as shares of its bounds
_BESIDE = (1 / 50, 1 / 8)


class Trial(Protocol):
    """What a place gives."""

    @property
    def at(self) -> Place:
        """The place."""

    @property
    def over(self) -> float:
        """How far it is on the wrong side of the goal; 0 or below is met."""

    @property
    def effort(self) -> float:
        """What it takes to go there."""


T = TypeVar("T", bound=Trial)
Try = Callable[[Place], T]


@dataclass(frozen=True)
class Axis:
    """One lever of a search.

    Parameters
    ----------
    low, high : float
        Ends.
    start : float
        Where it stands, moved inside the ends.
    step : float
        What its answer is rounded to.
    """

    low: float
    high: float
    start: float
    step: float


@dataclass(frozen=True)
class Found(Generic[T]):
    """Where a search ended.

    Parameters
    ----------
    best : Trial or None
        The least effort that meets the goal; None when nothing does.
    nearest : Trial
        The place with the least over: the answer, when there is none.
    """

    best: T | None
    nearest: T


def step_of(low: float, high: float) -> float:
    """Step to which an answer between two ends is rounded: about a two-hundredth of the way.

    Examples
    --------
    >>> step_of(500, 4000), step_of(0, 1), step_of(0.04, 0.12)
    (10.0, 0.005, 0.0002)
    """
    whole = (high - low) / 200
    power = 10.0 ** math.floor(math.log10(whole))
    return float(next(round(m * power, 12) for m in (5, 2, 1) if m * power <= whole * (1 + 1e-9)))


def search(axes: Sequence[Axis], trial: Try[T]) -> Found[T]:
    """Least effort that meets the goal.

    Parameters
    ----------
    axes : sequence of Axis
        The levers.
    trial : callable
        Evaluates a place; the same place may be asked for again.
    """
    return _one(axes[0], trial) if len(axes) == 1 else _several(axes, trial)


def furthest(axis: Axis, trial: Try[T]) -> list[float]:
    """How far a lever could go, either way, before a goal that is met where it stands is missed.

    Parameters
    ----------
    axis : Axis
        The lever.
    trial : callable
        Evaluates a place.
    """
    found = []
    for end in (axis.low, axis.high):
        if end != axis.start and trial((end,)).over > 0:
            found.append(_root(axis.start, end, axis.step, lambda x: trial((x,))).at[0])
    return found


def _one(axis: Axis, trial: Try[T]) -> Found[T]:
    """One lever: towards each end that meets the goal, a root; if none does, a search inside."""

    def at(x: float) -> T:
        return trial((float(x),))

    seen = [at(axis.start), at(axis.low), at(axis.high)]
    if seen[0].over <= 0:
        return Found(seen[0], seen[0])
    met = [one for one in seen[1:] if one.over <= 0]
    if not met and not _hopeless(axis, at, seen):
        options = {"maxiter": INSIDE, "xatol": axis.step}
        optimize.minimize_scalar(
            lambda x: _noted(at(x), seen), bounds=(axis.low, axis.high), method="bounded", options=options
        )
        met = [one for one in seen if one.over <= 0]
    if not met:
        return Found(None, min(seen, key=lambda one: (one.over, one.effort)))
    roots = [_root(one.at[0], axis.start, axis.step, at) for one in met]
    best = min(roots, key=lambda one: one.effort)
    return Found(best, best)


def _hopeless(axis: Axis, at: Callable[[float], T], seen: list[T]) -> bool:
    """Whether nothing inside the bounds comes nearer than what was tried.

    So it is where all that the lever moves, at its ends and in the middle, is little beside what is missing, or where
    it comes nearer all the way from one end to the other: the middle lies between the ends, and what is a little inside
    the better end is worse. Where it turns back once only, as the search takes it to, nothing is overlooked.
    """
    low, high = seen[1], seen[2]
    middle = at((axis.low + axis.high) / 2)
    seen.append(middle)
    overs = [one.over for one in seen]
    if min(overs) >= FAR * (max(overs) - min(overs)):
        return True
    best, worst = (low, high) if low.over <= high.over else (high, low)
    if not best.over < middle.over < worst.over:
        return False
    last = best
    for part in _BESIDE:
        inside = max(2 * axis.step, part * (axis.high - axis.low))
        beside = at(best.at[0] + (inside if best is low else -inside))
        seen.append(beside)
        if not last.over <= beside.over <= middle.over:
            return False
        if beside.over > best.over:
            return True
        last = beside
    return False


def _noted(one: T, seen: list[T]) -> float:
    seen.append(one)
    return one.over


def _root(good: float, bad: float, step: float, at: Callable[[float], T]) -> T:
    """Nearest to `bad`, on the way from `good`, of what meets the goal, rounded to a step towards `good`."""
    if good == bad:
        return at(good)
    seen: list[T] = []
    ends = sorted((good, bad))
    optimize.brentq(lambda x: _noted(at(x), seen), *ends, xtol=step / 2, rtol=1e-12, maxiter=ROOT, disp=False)
    sure = [one for one in (*seen, at(good)) if one.over <= 0]
    first = min(sure, key=lambda one: abs(one.at[0] - bad))
    way = 1.0 if good > bad else -1.0
    x = way * math.ceil(way * first.at[0] / step - 1e-9) * step
    for _ in range(3):
        rounded = at(min(max(round(x, 12), ends[0]), ends[1]))
        if rounded.over <= 0:
            return rounded
        x += way * step
    return first


def _several(axes: Sequence[Axis], trial: Try[T]) -> Found[T]:
    """Several levers: which way each helps, then the least effort between where they stand and the best corner.

    The first guess takes levers one after the other, most effect for its effort first, as if effects added up; the
    trust-region search (COBYQA) then sees what they do together.
    """
    start = trial(tuple(axis.start for axis in axes))
    if start.over <= 0:
        return Found(start, start)
    ends: list[T] = []
    for place, axis in enumerate(axes):
        both = [trial(_with(start.at, place, end)) for end in (axis.low, axis.high) if end != axis.start]
        ends.append(min(both, key=lambda one: one.over))
    target = tuple(one.at[i] if one.over < start.over else axes[i].start for i, one in enumerate(ends))
    corner = trial(target)
    nearest = min([start, corner, *ends], key=lambda one: one.over)
    if nearest.over > 0:
        return Found(None, nearest)
    corner = nearest
    way = np.array(corner.at) - np.array(start.at)

    def place_of(z: npt.NDArray[np.float64]) -> Place:
        moved = np.array(start.at) + np.clip(z, 0.0, 1.0) * way
        return tuple(float(x) for x in moved)

    scale = max(abs(start.over), 1e-9)
    most = max(abs(corner.effort - start.effort), 1e-9)
    guess = _guess(start, ends, corner, way)
    with np.errstate(all="ignore"):
        result = optimize.minimize(
            lambda z: (trial(place_of(z)).effort - start.effort) / most,
            guess,
            method="COBYQA",
            bounds=optimize.Bounds(np.zeros(len(axes)), np.ones(len(axes))),
            constraints=optimize.NonlinearConstraint(lambda z: trial(place_of(z)).over / scale, -np.inf, 0.0),
            options={"maxfev": SEVERAL, "initial_tr_radius": 0.15, "final_tr_radius": 0.004},
        )
    settled = [_settled(axes, trial, place_of, z, corner) for z in (guess, np.clip(result.x, 0.0, 1.0))]
    best = _back(axes, trial, min(settled, key=lambda one: one.effort))
    return Found(best, best)


def _guess(
    start: Trial, ends: Sequence[Trial], corner: T, way: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Levers taken one after the other, most effect for its effort first, until the goal would be met."""
    gains = np.array([max(start.over - one.over, 0.0) for one in ends])
    efforts = np.array([max(one.effort - start.effort, 1e-12) for one in ends])
    z, left = np.zeros(len(way)), start.over
    for i in np.argsort(-gains / efforts):
        if way[i] == 0 or gains[i] == 0:
            continue
        z[i] = min(1.0, left / gains[i]) if left > 0 else 0.0
        left -= z[i] * gains[i]
    return z


def _settled(
    axes: Sequence[Axis],
    trial: Try[T],
    place_of: Callable[[npt.NDArray[np.float64]], Place],
    z: npt.NDArray[np.float64],
    corner: T,
) -> T:
    """An answer that meets the goal for certain: rounded towards the best corner, and moved there if need be."""

    def rounded(t: float) -> T:
        exact = place_of(z + t * (1.0 - z))
        return trial(
            tuple(
                _towards(x, end, axis.step) for x, end, axis in zip(exact, corner.at, axes, strict=True)
            )
        )

    if rounded(0.0).over <= 0:
        return rounded(0.0)
    sure, short = 1.0, 0.0
    for _ in range(7):
        middle = (sure + short) / 2
        sure, short = (middle, short) if rounded(middle).over <= 0 else (sure, middle)
    found = rounded(sure)
    return found if found.over <= 0 else corner


def _back(axes: Sequence[Axis], trial: Try[T], found: T) -> T:
    """The same with each lever up to two steps nearer to where it stands, as long as the goal is met for less."""
    for place, axis in enumerate(axes):
        for _ in range(2):
            x = found.at[place]
            if x == axis.start:
                break
            less = x + math.copysign(min(axis.step, abs(axis.start - x)), axis.start - x)
            other = trial(_with(found.at, place, round(less, 12)))
            if other.over > 0 or other.effort >= found.effort:
                break
            found = other
    return found


def _towards(x: float, end: float, step: float) -> float:
    """Number rounded to a step towards an end, and not beyond it.

    Examples
    --------
    >>> _towards(1234.0, 4000.0, 10.0), _towards(0.314, 0.1, 0.01)
    (1240.0, 0.31)
    """
    if end > x:
        return float(min(round(math.ceil(x / step - 1e-9) * step, 12), end))
    return float(max(round(math.floor(x / step + 1e-9) * step, 12), end)) if end < x else x


def _with(at: Place, place: int, value: float) -> Place:
    return (*at[:place], value, *at[place + 1 :])
