"""Trainees and officers by month, against the arithmetic of a spreadsheet with binomial limits."""

import datetime as dt
from functools import cache

import numpy as np
import pytest
from support.small_model import catalogue_, change, demo, grown, world_of

from capacity_sim.model import engine
from capacity_sim.model.engine import World
from capacity_sim.model.result import RunResult

pytestmark = pytest.mark.theory

TRAINING = 27
INTAKE = 600
LIMIT = 4.5  # standard errors: about one in 100,000 for each month


@cache
def big() -> tuple[World, RunResult]:
    """Ten times the staff and a stream of trainees to match; the work does not matter here."""
    intakes = change("staff.trainee.starts_per_year", set=2 * INTAKE)
    world = world_of([intakes], end=dt.date(2029, 3, 25), dataset=grown(demo(), staff=10), delivery=False)
    return world, engine.simulate(world, seed=8)


def rates() -> tuple[float, float, float, float]:
    """Share of POs left after a month, dropout, share of qualifiers who stay, FTE of a head."""
    p = big()[0].parameters
    grade = catalogue_().place("grade", "PO")
    leaving = p.weekly("staff.leaving.annual_rate")[0, grade] + p.weekly("staff.moving.annual_rate")[0, grade]
    return (
        float(np.exp(-leaving / 12)),
        float(p.fixed("staff.trainee.dropout")),
        float(p.weekly("staff.qualifiers.sentence_management_share")[0]),
        float(p.fixed("staff.fte_per_head")),
    )


def heads(grade: str) -> np.ndarray:
    """Heads of a grade in sentence management by month."""
    _, result = big()
    area, place = catalogue_().place("area", "sentence_management"), catalogue_().place("grade", grade)
    return result.in_post[:, :, area, place].sum(axis=0) / rates()[3]


def loaded_cohorts() -> list[tuple[int, float]]:
    """Month of the start (0 is the first of the run) and share of those still in training."""
    people = sum(cohort.people for cohort in demo().trainee_cohorts)
    return [((one.start.year - 2024) * 12 + one.start.month - 4, one.people / people) for one in demo().trainee_cohorts]


def new_cohorts(months: int) -> list[int]:
    """Months in which trainees start: every March and September."""
    return [k for k in range(months) if (k + 3) % 12 in (2, 8)]


def test_the_data_are_as_the_spreadsheet_takes_them():
    world, _ = big()
    assert int(world.parameters.fixed("staff.trainee.months")) == TRAINING
    trainee = catalogue_().place("grade", "trainee")
    for path in ("staff.leaving.annual_rate", "staff.moving.annual_rate"):
        assert (world.parameters.weekly(path)[:, trainee] == 0).all()
        assert np.ptp(world.parameters.weekly(path), axis=0).max() == 0
    assert world.parameters.weekly("staff.replacement.share")[0, catalogue_().place("grade", "PO")] == 0
    assert min(start for start, _ in loaded_cohorts()) + TRAINING > 0


def test_trainees_in_post_by_month():
    """Each cohort shrinks evenly by its dropout for 27 months and is gone in the next."""
    _, dropout, _, _ = rates()
    found = heads("trainee")
    first = found[0]  # nobody has left or qualified
    months = np.arange(len(found))
    left = (1 - dropout) ** (1 / TRAINING)
    # of those loaded, one at random is still in training with this chance (no dropout in month 0)
    chance = sum(share * left**months * (months < start + TRAINING) for start, share in loaded_cohorts())
    mean, variance = first * chance, first * chance * (1 - chance)
    for start in new_cohorts(len(found)):
        age = months - start
        there = np.where((age >= 0) & (age < TRAINING), left ** np.maximum(age, 0), 0.0)
        mean += INTAKE * there
        variance += INTAKE * there * (1 - there)
    assert (np.abs(found - mean) <= LIMIT * np.sqrt(variance) + 1).all()
    assert (LIMIT * np.sqrt(variance) < 0.2 * mean).all(), "limits this wide argue nothing"


def test_a_cohort_qualifies_after_27_months_less_its_dropout():
    """Heads that leave training in the month in which a cohort ends, beyond the month's dropout."""
    _, dropout, _, _ = rates()
    found = heads("trainee")
    left = (1 - dropout) ** (1 / TRAINING)
    cohorts = [start for start in new_cohorts(len(found)) if start + TRAINING < len(found)]
    assert len(cohorts) >= 4
    for start in cohorts:
        end = start + TRAINING
        came = INTAKE if end in new_cohorts(len(found)) else 0
        qualified = found[end - 1] - (found[end] - came)
        known = INTAKE * (1 - dropout) + found[end - 1] * (1 - left)
        error = np.sqrt(INTAKE * (1 - dropout) * dropout + found[end - 1] * (1 - left))
        assert abs(qualified - known) < LIMIT * error, (start, qualified, known)


def test_officers_in_post_by_month():
    """Officers of the start less leavers and movers, and qualifiers who take a post in sentence management."""
    stays, dropout, share, _ = rates()
    found = heads("PO")
    months = np.arange(len(found))
    left = (1 - dropout) ** (1 / TRAINING)
    kept = stays**months
    mean, variance = found[0] * kept, found[0] * kept * (1 - kept)
    trainees = heads("trainee")[0]
    chance = np.zeros(len(found))
    for start, part in loaded_cohorts():
        end = start + TRAINING
        here = months >= end
        chance += part * here * left**end * share * stays ** np.maximum(months - end, 0)
    mean = mean + trainees * chance
    variance = variance + trainees * chance * (1 - chance)
    for start in new_cohorts(len(found)):
        end = start + TRAINING
        there = (months >= end) * (1 - dropout) * share * stays ** np.maximum(months - end, 0)
        mean = mean + INTAKE * there
        variance = variance + INTAKE * there * (1 - there)
    assert (np.abs(found - mean) <= LIMIT * np.sqrt(variance) + 1).all()
    assert (LIMIT * np.sqrt(variance) < 0.2 * mean).all(), "limits this wide argue nothing"
    assert found[-1] != pytest.approx(found[0], rel=0.05), "a stock that stays argues nothing"


def test_grades_whose_leavers_are_replaced_keep_their_number():
    _, result = big()
    replaced = catalogue_().place("grade", "PSO")
    assert big()[0].parameters.weekly("staff.replacement.share")[0, replaced] == 1
    area = catalogue_().place("area", "sentence_management")
    fte = result.in_post[:, :, area, replaced]
    assert np.ptp(fte, axis=1) == pytest.approx(0, abs=1e-6)


def test_nobody_is_lost_between_the_units_and_the_other_roles():
    """POs of the whole service: those who move or qualify elsewhere are in the other roles, not gone."""
    stays, dropout, share, per_head = rates()
    world, result = big()
    grade = catalogue_().place("grade", "PO")
    leaving = float(world.parameters.weekly("staff.leaving.annual_rate")[0, grade])
    everyone = (result.in_post[:, :, :, grade].sum(axis=(0, 2)) + result.other_roles[:, grade]) / per_head
    months = np.arange(len(everyone))
    left, kept = (1 - dropout) ** (1 / TRAINING), np.exp(-leaving / 12) ** months
    mean, variance = everyone[0] * kept, everyone[0] * kept * (1 - kept)
    cohorts = [(start, heads("trainee")[0] * part, left ** (start + TRAINING)) for start, part in loaded_cohorts()]
    cohorts += [(start, INTAKE, 1 - dropout) for start in new_cohorts(len(everyone))]
    for start, number, pass_rate in cohorts:
        end = start + TRAINING
        there = (months >= end) * pass_rate * np.exp(-leaving / 12) ** np.maximum(months - end, 0)
        mean = mean + number * there
        variance = variance + number * there  # generous: the loaded cohorts share one total
    assert stays < np.exp(-leaving / 12)
    assert share < 1
    assert (np.abs(everyone - mean) <= LIMIT * np.sqrt(variance) + 2).all()
