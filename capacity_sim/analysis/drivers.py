"""What drives an output: what was asked, and the answer, factor by factor. Knows nothing of how runs are made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from capacity_sim.analysis import screening
from capacity_sim.analysis.factors import Factor
from capacity_sim.catalogue import OutputSpec, load
from capacity_sim.errors import Fault, UsageError
from capacity_sim.parameters import UncertainInput

#: what is asked for when nobody says how much
POINTS = {"morris": 10, "sobol": 64}
_FEWEST = {"morris": 2, "sobol": 8}


class Method(StrEnum):
    """How inputs are varied."""

    TORNADO = "tornado"
    MORRIS = "morris"
    SOBOL = "sobol"


@dataclass(frozen=True)
class Question:
    """What is asked.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    month : str
        The month, as ``2028-03``.
    area, grade : str or None
        Area of work and grade, for measures that have them; None for all.
    method : Method
        How inputs are varied.
    points : int, optional
        Trajectories of Morris, or base points of Sobol (a power of two).
    reps, seed : int
        Rolls of chance for each reading; key of all random numbers.

    Raises
    ------
    UsageError
        When a count gives no answer.
    """

    measure: str
    month: str
    area: str | None = None
    grade: str | None = None
    method: Method = Method.TORNADO
    points: int | None = None
    reps: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse counts that give no answer."""
        faults = []
        if self.reps < 1:
            faults.append(Fault("too-few", f"{self.reps} reps is less than 1", hint="give 1 or more"))
        if self.points is not None and self.method is Method.TORNADO:
            hint = "leave `--points` out, or give `--method morris` or `--method sobol`"
            faults.append(Fault("no-points", "a tornado has two ends of each input and no points", hint=hint))
        elif self.points is not None and self.points < _FEWEST[self.method]:
            message = f"{self.points} points is less than {_FEWEST[self.method]}"
            faults.append(Fault("too-few", message, hint=f"give {_FEWEST[self.method]} or more"))
        elif self.points is not None and self.method is Method.SOBOL and self.points & (self.points - 1):
            low = 1 << (self.points.bit_length() - 1)
            hint = f"give {low} or {2 * low}"
            faults.append(Fault("no-power-of-two", f"{self.points} points is not a power of two", hint=hint))
        if faults:
            raise UsageError(faults)

    @property
    def spec(self) -> OutputSpec:
        """The output."""
        return load().outputs[self.measure]

    @property
    def size(self) -> int:
        """Trajectories or base points; 0 for a tornado."""
        return 0 if self.method is Method.TORNADO else self.points or POINTS[self.method]


@dataclass(frozen=True)
class Driver:
    """What one factor does to the output.

    Parameters
    ----------
    factor : Factor
        The factor.
    size : float
        What factors are sorted by: swing (tornado), mean size of effects (Morris), total share of variance (Sobol).
    error : float
        Of the size: chance over replications as one standard error (tornado; missing with one), or half of the 95%
        interval of the design (Morris, Sobol).
    at : tuple of float
        Tornado: output at the low and the high end of the input; of a group, lowest and highest.
    detail : Effect or Index, optional
        The rest of what Morris or Sobol say.
    """

    factor: Factor
    size: float
    error: float
    at: tuple[float, float] = (float("nan"), float("nan"))
    detail: screening.Effect | screening.Index | None = None


@dataclass(frozen=True)
class Sensitivity:
    """What drives an output.

    Parameters
    ----------
    question : Question
        What was asked.
    scenario, less : str
        The scenario, and what is taken off it; an empty word for its level.
    basis : str
        Timing basis.
    place, source : str
        Where, and what the figures rest on.
    drivers : tuple of Driver
        Greatest first.
    central : float
        Output at the central reading, mean of its replications.
    chance : float
        Standard deviation of one replication at the central reading.
    rolls : int
        Replications at the central reading.
    assumptions : float
        Standard deviation over the readings of a Sobol design; else missing.
    low, high : float
        10th and 90th percentile over the readings of a Sobol design; else missing.
    needed : float
        Staff needed, which says how finely figures are rounded.
    idle : tuple of UncertainInput
        Inputs that cannot move the output, and were not varied.
    runs : int
        Runs behind the answer.
    """

    question: Question
    scenario: str
    less: str
    basis: str
    place: str
    source: str
    drivers: tuple[Driver, ...]
    central: float
    chance: float
    rolls: int
    assumptions: float
    low: float
    high: float
    needed: float
    idle: tuple[UncertainInput, ...]
    runs: int

    @property
    def settled(self) -> bool:
        """Whether the first factor is known to come before the second; unknown counts as settled."""
        if len(self.drivers) < 2:
            return True
        first, second = self.drivers[:2]
        error = float(np.hypot(first.error, second.error)) * (2.0 if self.question.method is Method.TORNADO else 1.0)
        return not first.size - second.size <= error
