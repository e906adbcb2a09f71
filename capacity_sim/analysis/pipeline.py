"""The trainee pipeline cohort by cohort, in expected numbers: who starts, qualifies, and when a cohort begins to help.

Nothing is simulated: the rules and values of a scenario give the expectation in closed form. Limits of places and
mentors depend on who is in post and are counted in runs (`trainees_not_taken`), not here.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.cohorts import Cohort, Pipeline
from capacity_sim.calendars import Calendar, add_months
from capacity_sim.catalogue import Catalogue, load
from capacity_sim.data import DataSet
from capacity_sim.model.careers import MONTHS_A_YEAR, Careers
from capacity_sim.model.joiners import INTAKE_MONTHS
from capacity_sim.model.staff import trainee_stage
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Scenario

Floats = npt.NDArray[np.float64]

#: years after its start for which a cohort is followed
YEARS = 10


def pipeline(dataset: DataSet, catalogue: Catalogue, parameters: Parameters, by: dt.date) -> Pipeline:
    """Cohorts of a scenario in expected numbers.

    Parameters
    ----------
    dataset : DataSet
    catalogue : Catalogue
    parameters : Parameters
        Of a scenario, at one reading.
    by : datetime.date
        Month by which officers are wanted.

    Returns
    -------
    Pipeline
    """
    careers = Careers(parameters, catalogue)
    calendar = parameters.calendar
    cohorts = [
        _cohort(dt.date(one.start.year, one.start.month, 1), one.starters, 0, careers, parameters)
        for one in dataset.trainee_cohorts
    ]
    for month, row in zip(calendar.months, month_rows(parameters), strict=True):
        start = dt.date(int(month[:4]), int(month[5:]), 1)
        if start.month - 1 in INTAKE_MONTHS:
            yearly = float(parameters.weekly("staff.trainee.starts_per_year")[row])
            starters = int(yearly / len(INTAKE_MONTHS) + 0.5)
            cohorts.append(_cohort(start, starters, row, careers, parameters))
    wanted = by.replace(day=1)
    latest = add_months(wanted, -min(careers.full, careers.part))
    last = latest
    while last.month - 1 not in INTAKE_MONTHS:
        last = add_months(last, -1)
    return Pipeline(tuple(cohorts), careers.full, careers.part, wanted, latest, last)


def expected(scenario: Scenario, dataset: DataSet, by: dt.date) -> Pipeline:
    """Cohorts of a scenario at its central values, in expected numbers.

    Parameters
    ----------
    scenario : Scenario
        A resolved scenario.
    dataset : DataSet
    by : datetime.date
        Month by which officers are wanted.
    """
    catalogue, calendar = load(), Calendar(dataset.start, scenario.horizon)
    parameters = Parameters(catalogue, dataset.values, scenario.changes, calendar)
    return pipeline(dataset, catalogue, parameters, by)


def month_rows(parameters: Parameters) -> list[int]:
    """First simulated week of each month."""
    calendar = parameters.calendar
    first = np.searchsorted(calendar.week_month, np.arange(len(calendar.months)))
    return [int(row) + calendar.warm_up for row in first]


def _cohort(start: dt.date, starters: float, row: int, careers: Careers, parameters: Parameters) -> Cohort:
    fixed = parameters.fixed
    part_time = float(parameters.weekly("staff.trainee.part_time_share")[row])
    per_head = float(fixed("staff.fte_per_head"))
    ages = np.arange(YEARS * MONTHS_A_YEAR)
    stage = trainee_stage(ages)
    capacity = fixed("staff.trainee.capacity")[stage]
    from_po, from_spo = fixed("staff.mentoring.po_share")[stage], fixed("staff.mentoring.spo_share")[stage]
    spared, protected = float(fixed("staff.newly_qualified.reduction")), int(fixed("staff.newly_qualified.months"))
    effect, officers, qualified = np.zeros(len(ages)), np.zeros(len(ages)), 0.0
    for months, share in ((careers.full, 1.0 - part_time), (careers.part, part_time)):
        chances = careers.dropout_chance(np.full(months, months), np.arange(1, months + 1))
        there = np.concatenate([[1.0], np.cumprod(1.0 - chances)])
        training = np.where(ages < months, there[np.minimum(ages, months)], 0.0)
        since = np.maximum(0, ages - months)
        stay = np.exp(-_leaving(careers, parameters, row, ages, months))
        reduction = np.where(since < protected, spared, 0.0)
        officer = np.where(ages >= months, there[months] * stay, 0.0) * (1.0 - reduction)
        fte = starters * share * per_head
        officers += fte * (officer - training * from_po)
        effect += fte * (training * (capacity - from_po - from_spo) + officer)
        qualified += starters * share * float(there[months])
    return Cohort(
        start, starters, starters - qualified, qualified, add_months(start, careers.full),
        add_months(start, careers.part), effect, officers,
    )  # fmt: skip


def _leaving(careers: Careers, parameters: Parameters, row: int, ages: npt.NDArray[np.int64], months: int) -> Floats:
    """Hazard used up by month of age of those who are officers after some months of training."""
    po = parameters.catalogue.place("grade", "PO")
    factor = careers.leaving_factor(np.full(len(ages), po, np.int16), ages)
    rate = float(parameters.weekly("staff.leaving.annual_rate")[row][po]) * factor / MONTHS_A_YEAR
    return np.asarray(np.cumsum(np.where(ages > months, rate, 0.0)))
