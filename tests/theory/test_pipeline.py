"""Trainees and officers by month, against the arithmetic of a spreadsheet with binomial limits."""

import datetime as dt
from functools import cache

import numpy as np
import pytest
from support.small_model import catalogue_, change, demo, fixed, grown, world_of

from capacity_sim.model import engine
from capacity_sim.model.careers import Careers
from capacity_sim.model.engine import World
from capacity_sim.model.result import STAFF_COUNTS, RunResult

pytestmark = pytest.mark.theory

FULL, PART = 27, 30
PART_TIME = 0.3
INTAKE = 600
LIMIT = 4.5  # standard errors: about one in 100,000 for each month
#: no limit to training, one hazard of leaving for everybody, and moves that stay in the grade
PLAIN = (
    change("staff.trainee.starts_per_year", set=2 * INTAKE),
    change("staff.trainee.places", set=10**5),
    change("staff.mentoring.trainees_per_officer", set=1000),
    change("staff.trainee.part_time_share", set=PART_TIME),
    change("staff.promotion.share", set=0),
    change("staff.moving.regraded_share", set=0),
    fixed("staff.leaving.tenure_factor", 1),
)


@cache
def big() -> tuple[World, RunResult]:
    """Ten times the staff and a stream of trainees to match; the work does not matter here."""
    world = world_of(PLAIN, end=dt.date(2029, 3, 25), dataset=grown(demo(), staff=10), delivery=False)
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


def counted(what: str, grade: str, months: slice = slice(None)) -> np.ndarray:
    """What is counted of a grade over all places, by month."""
    found = big()[1].staff_counts[:, :, catalogue_().place("grade", grade), STAFF_COUNTS.index(what)]
    return found.sum(axis=0)[months]


def there(ages: np.ndarray, length: int) -> np.ndarray:
    """Share of starters still in training after whole months: drop-outs by their stage, evenly inside each."""
    p = big()[0].parameters
    shape = p.fixed("staff.trainee.dropout_shape")
    spans = ((0, 1), (1, 3), (3, length))
    gone = sum(part * np.clip((ages - a) / (b - a), 0, 1) for part, (a, b) in zip(shape, spans, strict=True))
    return np.where((ages >= 0) & (ages < length), 1 - rates()[1] * gone, 0.0)


def training(ages: np.ndarray) -> np.ndarray:
    """Share of starters in training, full-time and part-time together."""
    return (1 - PART_TIME) * there(ages, FULL) + PART_TIME * there(ages, PART)


def loaded_cohorts() -> list[tuple[int, float]]:
    """Month of the start (0 is the first of the run) and share of those still in training."""
    people = sum(cohort.people for cohort in demo().trainee_cohorts)
    return [((one.start.year - 2024) * 12 + one.start.month - 4, one.people / people) for one in demo().trainee_cohorts]


def new_cohorts(months: int) -> list[int]:
    """Months in which trainees start: every March and September."""
    return [k for k in range(months) if (k + 3) % 12 in (2, 8)]


def qualifiers(months: int) -> list[tuple[int, float, float]]:
    """Month of qualification, people it is drawn from, and the chance that one of them qualifies then."""
    found, first = [], heads("trainee")[0]
    for length, share in ((FULL, 1 - PART_TIME), (PART, PART_TIME)):
        for start, part in loaded_cohorts():
            pass_rate = (1 - rates()[1]) / float(there(np.array([-start]), length)[0])  # of those who are there
            found.append((start + length, first, share * part * pass_rate))
        found += [(start + length, INTAKE, share * (1 - rates()[1])) for start in new_cohorts(months)]
    return found


def test_the_data_are_as_the_spreadsheet_takes_them():
    world, _ = big()
    assert int(world.parameters.fixed("staff.trainee.months")) == FULL
    assert int(world.parameters.fixed("staff.trainee.part_time_months")) == PART
    assert world.parameters.fixed("staff.trainee.dropout_shape").sum() == pytest.approx(1)
    trainee = catalogue_().place("grade", "trainee")
    for path in ("staff.leaving.annual_rate", "staff.moving.annual_rate"):
        assert (world.parameters.weekly(path)[:, trainee] == 0).all()
        assert np.ptp(world.parameters.weekly(path), axis=0).max() == 0
    assert world.parameters.weekly("staff.replacement.share")[0, catalogue_().place("grade", "PO")] == 0
    assert min(start for start, _ in loaded_cohorts()) + FULL > 0


def test_trainees_in_post_by_month():
    """Each cohort shrinks by its drop-outs, early ones as published, until its training ends."""
    found = heads("trainee")
    first = found[0]  # nobody has left or qualified
    months = np.arange(len(found))
    # of those loaded, one at random is still in training with this chance (those there have stayed until now)
    chance = np.zeros(len(found))
    for start, share in loaded_cohorts():
        for length, part in ((FULL, 1 - PART_TIME), (PART, PART_TIME)):
            now = float(there(np.array([-start]), length)[0])
            chance += share * part * there(months - start, length) / now
    mean, variance = first * chance, first * chance * (1 - chance)
    for start in new_cohorts(len(found)):
        share = training(months - start)
        mean += INTAKE * share
        variance += INTAKE * share * (1 - share)
    assert (np.abs(found - mean) <= LIMIT * np.sqrt(variance) + 1).all()
    assert (LIMIT * np.sqrt(variance) < 0.2 * mean).all(), "limits this wide argue nothing"


def test_a_cohort_qualifies_when_its_training_ends_less_its_dropout():
    """Trainees who qualify month by month: starters times what their shape leaves, 27 and 30 months on."""
    found = counted("moved_out", "trainee")
    mean, variance = np.zeros(len(found)), np.zeros(len(found))
    for end, people, chance in qualifiers(len(found)):
        if 0 <= end < len(found):
            mean[end] += people * chance
            variance[end] += people * chance * (1 - chance)
    assert (np.abs(found - mean) <= LIMIT * np.sqrt(variance) + 1e-9).all()
    assert ((found > 0) == (mean > 0)).all()
    whole = [start for start in new_cohorts(len(found)) if start + PART < len(found)]
    assert len(whole) >= 4
    assert np.allclose([mean[s + FULL] for s in whole], INTAKE * (1 - PART_TIME) * 0.83)


def test_dropouts_by_month_have_the_published_shape():
    """Few in the first month and the two after it, then evenly, for every cohort and both durations."""
    found = counted("left", "trainee")
    months = np.arange(len(found))
    mean, variance = np.zeros(len(found)), np.zeros(len(found))
    for start in [*new_cohorts(len(found)), *(start for start, _ in loaded_cohorts())]:
        people = INTAKE if start >= 0 else heads("trainee")[0] * dict(loaded_cohorts())[start]
        at = people / float(training(np.array([max(0, -start)]))[0])
        for length, part in ((FULL, 1 - PART_TIME), (PART, PART_TIME)):
            before = np.where(months - start - 1 >= 0, there(months - start - 1, length), 0.0)
            after = np.where(months - start < length, there(months - start, length), 1 - rates()[1])
            gone = np.where((months > max(0, start)) & (months - start <= length), part * (before - after), 0.0)
            mean += at * gone
            variance += at * gone
    assert (np.abs(found - mean) <= LIMIT * np.sqrt(variance) + 1).all()


def test_officers_in_post_by_month():
    """Officers of the start less leavers and movers, and qualifiers who take a post in sentence management."""
    stays, _, share, _ = rates()
    found = heads("PO")
    months = np.arange(len(found))
    kept = stays**months
    mean, variance = found[0] * kept, found[0] * kept * (1 - kept)
    for end, people, chance in qualifiers(len(found)):
        here = (months >= end) * chance * share * stays ** np.maximum(months - end, 0)
        mean = mean + people * here
        variance = variance + people * here * (1 - here)
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
    stays, _, share, per_head = rates()
    world, result = big()
    grade = catalogue_().place("grade", "PO")
    leaving = float(world.parameters.weekly("staff.leaving.annual_rate")[0, grade])
    everyone = (result.in_post[:, :, :, grade].sum(axis=(0, 2)) + result.other_roles[:, grade]) / per_head
    months = np.arange(len(everyone))
    kept = np.exp(-leaving / 12) ** months
    mean, variance = everyone[0] * kept, everyone[0] * kept * (1 - kept)
    for end, people, chance in qualifiers(len(everyone)):
        here = (months >= end) * chance * np.exp(-leaving / 12) ** np.maximum(months - end, 0)
        mean = mean + people * here
        variance = variance + people * here * (1 - here)
    assert stays < np.exp(-leaving / 12)
    assert share < 1
    assert (np.abs(everyone - mean) <= LIMIT * np.sqrt(variance) + 2).all()


@cache
def real() -> tuple[World, RunResult]:
    """Twenty times the staff under the rules and values as they ship, with more comings and goings."""
    changes = [
        change("staff.recruitment.per_year", where={"grade": ["CA", "PSO"]}, set=60),
        change("staff.returners.per_year", where={"grade": "PO"}, set=48),
        change("staff.moving.regraded_share", set=0.5),
        change("staff.moving.annual_rate", where={"grade": ["PO", "PSO"]}, set=0.1),
        change("staff.trainee.starts_per_year", set=300),
        change("staff.trainee.places", set=700),
    ]
    world = world_of(changes, end=dt.date(2027, 3, 28), dataset=grown(demo(), staff=20), delivery=False)
    return world, engine.simulate(world, seed=5)


def test_moves_and_promotions_conserve_people():
    """Every month, in every place and grade: heads change by who joined and came, less who left and went."""
    world, result = real()
    count = {name: result.staff_counts[..., STAFF_COUNTS.index(name)] for name in STAFF_COUNTS}
    assert np.array_equal(count["moved_in"].sum(axis=(0, 2)), count["moved_out"].sum(axis=(0, 2)))
    grades = catalogue_().dimensions["grade"]
    for name in ("PO", "SPO", "PSO", "CA", "specialist"):
        assert count["moved_in"][..., grades.index(name)].sum() + count["moved_out"][..., grades.index(name)].sum() > 0
    net = count["joined"] - count["left"] + count["moved_in"] - count["moved_out"]
    per_head = float(world.parameters.fixed("staff.fte_per_head"))
    fte = np.concatenate([result.in_post.sum(axis=2), result.other_roles[None]])
    # a head of the start may hold a little more or less than the mean, so FTE follow heads nearly, not to the digit
    change_of_fte = np.diff(fte, axis=1)
    assert np.abs(change_of_fte - per_head * net[:, 1:]).max() < 0.6
    assert np.abs((change_of_fte - per_head * net[:, 1:]).sum()) < 0.01 * fte[:, 0].sum()
    assert count["not_taken"].sum() > 0, "places were short"


def test_seniors_are_promoted_from_officers():
    world, result = real()
    grades = catalogue_().dimensions["grade"]
    po, spo = grades.index("PO"), grades.index("SPO")
    risen = result.staff_counts[:, :, spo, STAFF_COUNTS.index("moved_in")].sum()
    came = result.staff_counts[:, :, spo, STAFF_COUNTS.index("joined")].sum()
    share = float(world.parameters.weekly("staff.promotion.share")[0, spo])
    assert abs(risen - share * (risen + came)) < LIMIT * np.sqrt((risen + came) * share * (1 - share)) + 2
    assert result.staff_counts[:, :, po, STAFF_COUNTS.index("moved_out")].sum() >= risen
    spo_fte = result.in_post[..., spo].sum(axis=(0, 2)) + result.other_roles[:, spo]
    assert spo_fte == pytest.approx(spo_fte[0], rel=0.06), "posts of seniors are filled"


def test_recruits_and_returners_come_as_they_are_set():
    _, result = real()
    grades = catalogue_().dimensions["grade"]
    years = len(result.months) / 12
    back = result.staff_counts[:, :, grades.index("PO"), STAFF_COUNTS.index("joined")].sum()
    assert back == pytest.approx(48 * years, abs=3), "no other POs join"


def test_leaving_by_service_keeps_the_rate_of_the_grade():
    """In the first months the share who leave is the published rate, and those with little service leave more."""
    world = world_of([*PLAIN[1:-1]], end=dt.date(2024, 9, 29), dataset=grown(demo(), staff=100), delivery=False)
    result = engine.simulate(world, seed=3)
    grades = catalogue_().dimensions["grade"]
    for name in ("PO", "PSO", "SPO", "CA"):
        grade = grades.index(name)
        rate = float(world.parameters.weekly("staff.leaving.annual_rate")[0, grade])
        left = result.staff_counts[:, 1:4, grade, STAFF_COUNTS.index("left")].sum()
        fte = result.in_post[:, :3, :, grade].sum() + result.other_roles[:3, grade].sum()
        known = fte / float(world.parameters.fixed("staff.fte_per_head")) * rate / 12
        assert abs(left - known) < LIMIT * np.sqrt(known), name
    careers = Careers(world.parameters, catalogue_())
    po = np.full(3, grades.index("PO"))
    young, middle, old = careers.leaving_factor(po, np.array([10, 60, 200]))
    assert young > 1 > middle > old
    shares = world.parameters.fixed("staff.tenure.share")
    assert (careers.leaving * shares).sum(axis=1) == pytest.approx(1)
