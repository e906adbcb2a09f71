"""Rules of a career in numbers: hours of a year, service at the start, leaving by service, drop-out by month.

Everything here is a table made once from parameters, or an array function of a few columns of the staff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from capacity_sim.catalogue import Catalogue
    from capacity_sim.parameters import Parameters

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MONTHS_A_YEAR = 12
WEEKS_A_YEAR = 365.25 / 7
#: minutes in a week of an hour in a year
WEEKLY_MINUTES = 60 / WEEKS_A_YEAR
#: most of the productive time that sickness beyond the mean can take
MOST_SICKNESS = 0.95
#: months since joining at which the bands of service start, and the end of the last
BAND_EDGES = np.array([0, 12, 24, 48, 120, 360])
#: months of training after which the stages of drop-out end; the last runs to the end
DROPOUT_EDGES = (1, 3)
#: service that counts as short, in months
SHORT_SERVICE = 48
#: grade from which a grade is promoted
BELOW = {"SPO": "PO", "PSO": "CA"}
#: ends of the factor that feedback puts on leaving and sickness
FEEDBACK_LIMITS = (0.25, 4.0)


def productive_hours(parameters: Parameters, catalogue: Catalogue) -> Floats:
    """Productive hours a year of one FTE by week and grade: contract less each reduction, times the factor.

    Parameters
    ----------
    parameters : Parameters
    catalogue : Catalogue

    Returns
    -------
    float array (week, grade)
        A trainee's are those of a PSO.

    Raises
    ------
    ScenarioError
        When the reductions take all hours of a week.
    """
    weekly, fixed = parameters.weekly, parameters.fixed
    day = float(fixed("staff.time.day_hours"))
    days = weekly("staff.time.leave_days")[:, None] + weekly("staff.time.sickness_days")
    days = days + weekly("staff.time.training_days")
    change = weekly("staff.time.change.proposals") * weekly("staff.time.change.hours_each")
    change = (change * (1.0 - weekly("staff.time.change.paused")))[:, None]
    taken = day * days + change + weekly("staff.time.other_hours")
    hours: Floats = (float(fixed("staff.time.contract_hours")) - taken) * weekly("staff.productive.factor")
    trainee, pso = catalogue.place("grade", "trainee"), catalogue.place("grade", "PSO")
    hours[:, trainee] = hours[:, pso]
    if (hours < 1.0).any():
        least = float(hours.min())
        message = f"leave, sickness, training, change and other reductions leave {least:,.0f} hours a year of an FTE"
        raise ScenarioError(Fault("no-hours", message, hint="lower a part of `staff.time`"))
    return hours


def dropout_chances(total: float, shape: Floats, months: int) -> Floats:
    """Chance of dropping out in each month of a training, of those who are still there.

    Parameters
    ----------
    total : float
        Share of the starters who drop out before the end.
    shape : float array (3,)
        Shares of them who do in the first month, in the two after it, and evenly later.
    months : int
        Months of the training.

    Returns
    -------
    float array (months,)

    Examples
    --------
    >>> chances = dropout_chances(0.17, np.array([0.0, 0.1, 0.9]), 27)
    >>> round(float(1 - np.prod(1 - chances)), 6), float(chances[0])
    (0.17, 0.0)
    """
    edges = np.minimum((0, *DROPOUT_EDGES, max(months, DROPOUT_EDGES[-1])), months)
    lengths = np.diff(edges)
    when = np.repeat(np.divide(shape, lengths, out=np.zeros_like(shape, float), where=lengths > 0), lengths)
    if when.sum() <= 0:
        when = np.full(months, 1.0)
    when = total * when / when.sum()
    there = 1.0 - np.concatenate([[0.0], np.cumsum(when)[:-1]])
    return np.asarray(np.minimum(1.0, np.divide(when, there, out=np.ones(months), where=there > 0)))


class Careers:
    """Tables of the rules for one draw of a scenario.

    Parameters
    ----------
    parameters : Parameters
    catalogue : Catalogue
    """

    def __init__(self, parameters: Parameters, catalogue: Catalogue) -> None:
        fixed = parameters.fixed
        shares = np.asarray(fixed("staff.tenure.share"))
        factor = np.asarray(fixed("staff.leaving.tenure_factor"))
        totals = shares.sum(axis=1, keepdims=True)
        if (np.abs(totals - 1.0) > 1e-6).any():
            grade = catalogue.dimensions["grade"][int(np.argmax(np.abs(totals - 1.0)))]
            message = f"the shares of `staff.tenure.share` of `{grade}` do not add up to 1"
            raise ScenarioError(Fault("wrong-total", message, hint="set all bands of a grade together"))
        self.bands = np.cumsum(shares, axis=1)
        mean = shares @ factor
        self.leaving = factor[None, :] / np.where(mean > 0, mean, 1.0)[:, None]
        total, shape = float(fixed("staff.trainee.dropout")), np.asarray(fixed("staff.trainee.dropout_shape"))
        full, part = int(fixed("staff.trainee.months")), int(fixed("staff.trainee.part_time_months"))
        self.full, self.part = full, part
        self.dropout = np.zeros((2, max(full, part) + 1))
        for row, months in enumerate((full, part)):
            self.dropout[row, 1 : months + 1] = dropout_chances(total, shape, months)

    def service_at_start(self, keys: npt.NDArray[np.uint64], grade: int) -> Ints:
        """Months since joining of people of a grade in post at the start."""
        band = np.searchsorted(self.bands[grade], streams.uniforms(keys, streams.TENURE), side="right")
        band = np.minimum(band, len(BAND_EDGES) - 2)
        low, high = BAND_EDGES[band], BAND_EDGES[band + 1]
        return np.asarray(low + (streams.uniforms(keys, streams.TENURE, 1) * (high - low)).astype(np.int64))

    def leaving_factor(self, grade: npt.NDArray[np.int16], service: Ints) -> Floats:
        """Factor on the annual rate of leaving of people with some months of service."""
        band = np.searchsorted(BAND_EDGES[1:-1], service, side="right")
        return np.asarray(self.leaving[grade, band])

    def dropout_chance(self, training: Ints, month: Ints) -> Floats:
        """Chance of dropping out in a month of the training (1 is the first) that takes some months in all."""
        row = (training == self.part).astype(np.int64)
        return np.asarray(self.dropout[row, np.minimum(month, self.dropout.shape[1] - 1)])


def feedback(size: float, workload: Floats, reference: float) -> Floats:
    """Factor that a unit's workload puts on leaving or sickness.

    Examples
    --------
    >>> feedback(0.5, np.array([2.0, 2.4]), 2.0).round(3).tolist()
    [1.0, 1.1]
    """
    return np.asarray(np.clip(1.0 + size * (workload / reference - 1.0), *FEEDBACK_LIMITS))
