"""Members of staff: heads, months, desks, and what happens to them in a month."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from support.small_model import catalogue_, change, demo, fixed, grown, world_of

from capacity_sim import streams
from capacity_sim.data import DataSet
from capacity_sim.model import areas, engine, joiners, staff
from capacity_sim.model.arrays import POOL_GRADE
from capacity_sim.model.delivery import DESK
from capacity_sim.model.state import State
from capacity_sim.model.workforce import MENTORING, Workforce
from capacity_sim.scenario import Change

APRIL = staff.month_number(dt.date(2024, 4, 1))
GRADES = {name: i for i, name in enumerate(catalogue_().dimensions["grade"])}
AREAS = {name: i for i, name in enumerate(catalogue_().dimensions["area"])}
CASES = AREAS["sentence_management"]
WARM_UP = 1
#: as many trainees as anybody likes
ROOM = (change("staff.trainee.places", set=10**5), change("staff.mentoring.trainees_per_officer", set=1000))
NO_PROMOTION = change("staff.promotion.share", set=0)


def force(*changes: Change, dataset: DataSet | None = None, region: str | None = None, seed: int = 1) -> Workforce:
    """Workforce of a replication of the demo set, before anything has happened."""
    world = world_of(changes, warm_up=WARM_UP, end=dt.date(2027, 3, 28), dataset=dataset, region=region)
    root = streams.key_of(seed, 0, 0)
    return Workforce(world, streams.child_int(root, 10**6), State(world, engine.starts_of(world, root)))


def row_of(month: int) -> int:
    """First simulated week of a month of the run."""
    return WARM_UP + int(np.ceil(month * 365.25 / 12 / 7))


def live_months(f: Workforce, months: int) -> None:
    """Months in the order in which the engine lives them: leave, qualify, intake, recruit, fill."""
    for k in range(months):
        if k > 0:
            f.leave(APRIL + k, row_of(k))
        f.qualify(APRIL + k, row_of(k))
        joiners.intake(f, APRIL + k, row_of(k))
        joiners.recruit(f, APRIL + k, row_of(k))
        f.fill(row_of(k), row_of(k + 1), APRIL + k)


def check_desks(f: Workforce) -> None:
    """Named officers of a unit sit each at a desk of their own, of their grade; everyone else in their pool."""
    s, state = f.staff, f.state
    taken = set()
    for m in range(len(s)):
        block, desk, grade = int(s.block[m]), int(s.desk[m]), int(s.grade[m])
        if block < 0:
            assert desk == -1
            continue
        desks = state.desks.desk[block] if block < state.n_units else state.team_desks.desk[block - state.n_units]
        if int(s.area[m]) == CASES and grade in (GRADES["PO"], GRADES["PSO"], GRADES["trainee"]):
            assert desk >= state.officers
            assert (block, desk) not in taken
            taken.add((block, desk))
            assert desks["grade"][desk] == desks["group"][desk] == (0 if grade == GRADES["PO"] else 1)
        elif desk >= 0:
            area, name = state.groups[desks["group"][desk]]
            assert (AREAS[area], GRADES[name]) == (int(s.area[m]), grade)
            assert desks["grade"][desk] == POOL_GRADE
    open_desks = {(int(u), int(d)) for u, d in np.argwhere(state.desks.desk["group"] >= 0) if d >= state.officers}
    assert open_desks == taken, "a desk without an officer is closed"


# --- small parts


@pytest.mark.parametrize(
    ("fte", "per_head", "count"),
    [(0, 0.9, 0), (-1, 0.9, 0), (0.01, 0.9, 1), (0.9, 0.9, 1), (1.34, 0.9, 1), (1.36, 0.9, 2), (90, 0.9, 100)],
)
def test_heads_are_the_nearest_whole_number_and_at_least_one(fte, per_head, count):
    assert staff.heads(fte, per_head) == count


def test_months_are_counted_without_gaps():
    assert staff.month_number(dt.date(2025, 1, 31)) - staff.month_number(dt.date(2024, 12, 1)) == 1
    assert staff.month_number(dt.date(2026, 6, 15)) - staff.month_number(dt.date(2024, 3, 15)) == 27


def test_stages_of_training():
    months = np.array([0, 5, 6, 11, 12, 17, 18, 26, 40])
    assert staff.trainee_stage(months).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 3]


def test_twelve_months_of_a_hazard_leave_what_a_year_leaves():
    rate = np.array([0.0, 0.05, 0.4])
    assert (1 - staff.hazard(rate)) ** 12 == pytest.approx(np.exp(-rate))


def test_staff_are_added_and_taken_off_the_books():
    s = staff.Staff()
    assert len(s) == 0
    assert s.add(key=[1, 2, 3], block=0, area=CASES, grade=[1, 2, 3], fte=0.9).tolist() == [0, 1, 2]
    assert s.add(key=9, block=1, fte=0.5).tolist() == [3]
    assert s.cohort.tolist() == [staff.NOT_SET] * 4
    assert s.desk.tolist() == s.protected_until.tolist() == [-1] * 4
    assert s.joined.tolist() == s.training.tolist() == [0] * 4
    s.remove(np.array([False, True, False, False]))
    assert s.key.tolist() == [1, 3, 9]
    assert s.block.tolist() == [0, 0, 1]
    assert {name: len(column) for name, column in s.columns.items()} == dict.fromkeys(staff.COLUMNS, 3)
    with pytest.raises(AttributeError):
        _ = s.salary


# --- hours


def test_absence_spreads_minutes_over_weeks_and_lessens_none():
    people, weeks, absent = 400, 300, 0.19
    keys = streams.children(streams.key_of(4), people)
    desk = np.arange(people) % 2
    usual = np.full(people, 1500.0)
    capacity, desks = np.full((1, 3, weeks), -7, np.int32), np.zeros((1, 3), DESK)
    desks["base"] = 5
    staff.fill_capacity(
        keys, np.zeros(people, np.int32), desk.astype(np.int32), usual, usual.astype(np.int64),
        10, weeks, absent, capacity, desks,
    )  # fmt: skip
    assert desks["base"].tolist() == [[1500 * people // 2] * 2 + [0]]
    assert (capacity[:, :, :10] == -7).all(), "weeks before are left alone"
    there = round(1500 / (1 - absent))
    assert (capacity[0, :2, 10:] % there == 0).all()
    assert (capacity[0, 2, 10:] == 0).all()
    heads = capacity[0, :2, 10:] / there
    expected = people / 2 * (1 - absent)
    error = np.sqrt(people / 2 * absent * (1 - absent))
    assert abs(heads.mean() - expected) < 5 * error / np.sqrt(heads.size)
    assert heads.std() == pytest.approx(error, rel=0.15)
    assert abs(np.corrcoef(heads[:, :-1].ravel(), heads[:, 1:].ravel())[0, 1]) < 0.2


def test_people_without_a_desk_give_no_minutes():
    capacity, desks = np.zeros((1, 1, 4), np.int32), np.zeros((1, 1), DESK)
    keys, usual = streams.children(streams.key_of(4), 2), np.full(2, 100.0)
    staff.fill_capacity(
        keys, np.array([0, -1], np.int32), np.array([-1, 0], np.int32), usual, usual.astype(np.int64),
        0, 4, 0.0, capacity, desks,
    )  # fmt: skip
    assert not capacity.any()
    assert desks["base"].tolist() == [[0]]


# --- the start


def test_everyone_in_post_is_hired_with_their_hours():
    f = force()
    f.fill(0, 1, APRIL)
    for name, fte in demo().staff.items():
        assert f.in_post[:, AREAS[name]].sum() == pytest.approx(fte.sum()), name
        if name != "sentence_management":
            by_grade = np.atleast_2d(fte).sum(axis=0)
            assert f.in_post[:, AREAS[name]].sum(axis=0) == pytest.approx(by_grade), name
    assert f.other_roles == pytest.approx(demo().other_roles)
    per_head = float(f.fixed("staff.fte_per_head"))
    assert len(f.staff) == pytest.approx(f.staff.fte.sum() / per_head, rel=0.1)
    check_desks(f)


@pytest.mark.parametrize("share", [0.1, 0.36265, 0.6])
def test_officers_have_their_share_of_sentence_management(share):
    f = force(fixed("staff.sentence_management.po_share", share))
    f.fill(0, 1, APRIL)
    table = f.in_post[: f.state.n_units, CASES].sum(axis=0)
    assert table[GRADES["PO"]] == pytest.approx(share * table.sum())
    data = demo().staff["sentence_management"].sum(axis=0)
    for name in ("CA", "SPO"):
        assert table[GRADES[name]] == pytest.approx(data[GRADES[name]])
    others = [GRADES["PSO"], GRADES["trainee"]]
    assert table[others] / table[others].sum() == pytest.approx(data[others] / data[others].sum(), abs=0.02)


def test_loaded_trainees_belong_to_cohorts_that_have_not_qualified():
    f = force(dataset=grown(demo(), staff=20))
    cohort = f.staff.cohort[f.staff.grade == GRADES["trainee"]]
    known = {staff.month_number(one.start): one.people for one in demo().trainee_cohorts}
    found = Counter(cohort.tolist())
    assert set(found) == set(known)
    total, people = len(cohort), sum(known.values())
    for month, size in known.items():
        share = size / people
        assert abs(found[month] - total * share) < 4.5 * np.sqrt(total * share * (1 - share))
    assert (f.staff.cohort[f.staff.grade != GRADES["trainee"]] == staff.NOT_SET).all()


def test_staff_of_a_region_are_the_same_people_in_the_nation():
    two = replace(
        demo(),
        regions=("A", "B"),
        unit_region=np.array([0, 1, 0]),
        staff={
            name: np.repeat(fte, 2, axis=0) * [[0.7], [0.3]] if fte.ndim == 2 and len(fte) == 1 else fte
            for name, fte in demo().staff.items()
        },
    )
    whole, alone = force(dataset=two), force(dataset=two, region="B")
    for here, there in ((0, 1), (1, 4)):  # the unit and the team of region B in each
        mine, theirs = alone.staff.block == here, whole.staff.block == there
        assert mine.any()
        for name in ("key", "area", "grade", "fte", "cohort"):
            assert np.array_equal(getattr(alone.staff, name)[mine], getattr(whole.staff, name)[theirs]), name


def test_no_two_members_of_staff_are_the_same_person():
    f = force(change("staff.leaving.annual_rate", scale=4), dataset=grown(demo(), staff=5))
    assert len(np.unique(f.staff.key)) == len(f.staff)
    live_months(f, 12)
    assert len(np.unique(f.staff.key)) == len(f.staff)


def test_two_replacements_of_one_leaver_are_two_people():
    twice = change("staff.replacement.share", set=2)
    f = force(twice, change("staff.leaving.annual_rate", scale=4), dataset=grown(demo(), staff=5))
    before = len(f.staff)
    live_months(f, 12)
    assert len(f.staff) > before
    assert len(np.unique(f.staff.key)) == len(f.staff)


# --- months


def test_capacity_of_trainees_counts_as_pso_and_rises_by_stage():
    f = force()
    f.fill(0, 1, APRIL)
    pso, trainee = GRADES["PSO"], GRADES["trainee"]
    assert f.available[:, :, trainee].sum() == 0
    mine = f.staff.grade == trainee
    part = f.fixed("staff.trainee.capacity")[staff.trainee_stage(APRIL - f.staff.cohort[mine])]
    known = f.in_post[:, CASES, pso].sum() + (f.staff.fte[mine] * part).sum()
    assert f.available[:, CASES, pso].sum() == pytest.approx(known)
    others = [i for i in GRADES.values() if i not in (pso, trainee, GRADES["PO"], GRADES["SPO"])]
    assert f.available[:, :, others] == pytest.approx(f.in_post[:, :, others])
    apart = [i for i in AREAS.values() if i != CASES]
    assert f.available[:, apart] == pytest.approx(f.in_post[:, apart])


def test_trainees_cost_the_time_of_officers_past_protection_and_of_seniors():
    f = force()
    f.fill(0, 1, APRIL)
    s = f.staff
    stage = staff.trainee_stage(APRIL - s.cohort)
    for name, path in (("PO", "staff.mentoring.po_share"), ("SPO", "staff.mentoring.spo_share")):
        mine = (s.grade == GRADES[name]) & (s.area == CASES)
        for unit in range(f.state.n_units):
            taught = (s.block == unit) & (s.cohort != staff.NOT_SET)
            asked = (s.fte[taught] * f.fixed(path)[stage[taught]]).sum()
            assert asked > 0
            protected = mine & (s.block == unit) & (s.protected_until > APRIL)
            spared = float(f.fixed("staff.newly_qualified.reduction")) * s.fte[protected].sum()
            there = f.in_post[unit, CASES, GRADES[name]]
            assert f.available[unit, CASES, GRADES[name]] == pytest.approx(there - asked - spared)
            assert f.counts[unit, GRADES[name], MENTORING] == pytest.approx(asked)


def test_mentors_give_no_more_time_than_they_have():
    f = force(*(fixed(f"staff.mentoring.{one}_share", 1.0) for one in ("po", "spo")))
    f.fill(0, 1, APRIL)
    assert f.available[:, CASES].min() >= -1e-9
    assert f.counts[:, GRADES["SPO"], MENTORING].sum() == pytest.approx(f.in_post[:, CASES, GRADES["SPO"]].sum())


def test_minutes_of_a_desk_are_the_hours_of_its_officer():
    f = force(fixed("staff.absence.share", 0.0))
    f.fill(0, 3, APRIL)
    minutes = f.world.productive_minutes
    assert minutes == pytest.approx(1500 * 60 * 7 / 365.25)
    on_desks = f.state.desks.capacity[:, :, :3].sum(axis=1)
    hours = f.available[: f.state.n_units].sum(axis=(1, 2)) * minutes
    assert on_desks == pytest.approx(np.repeat(hours[:, None], 3, axis=1), rel=0.002)
    assert (f.state.desks.capacity[:, :, 3:] == 0).all()
    base = f.state.desks.desk["base"].sum(axis=1)
    assert base == pytest.approx(hours, rel=0.002)
    assert (f.state.team_desks.desk["limit"] == round(minutes)).all()


def test_trainees_start_in_march_and_september_and_are_shared_out():
    f = force(change("staff.trainee.starts_per_year", set=601), *ROOM)
    sizes = {}
    for k in range(24):
        before = len(f.staff)
        joiners.intake(f, APRIL + k, row_of(k))
        sizes[k] = len(f.staff) - before
    assert {k: n for k, n in sizes.items() if n} == {5: 301, 11: 301, 17: 301, 23: 301}
    mine = (f.staff.cohort >= APRIL) & (f.staff.cohort != staff.NOT_SET)
    assert set(f.staff.grade[mine]) == {GRADES["trainee"]}
    weights = demo().staff["sentence_management"][:, GRADES["trainee"]]
    share = weights / weights.sum()
    found = np.bincount(f.staff.block[mine], minlength=3)
    assert (np.abs(found - 1204 * share) < 4.5 * np.sqrt(1204 * share * (1 - share))).all()
    check_desks(f)


def test_an_empty_intake_is_no_fault():
    f = force(change("staff.trainee.starts_per_year", set=0))
    before = len(f.staff)
    joiners.intake(f, staff.month_number(dt.date(2024, 9, 1)), 20)
    assert len(f.staff) == before


def test_qualifiers_are_protected_and_then_give_their_full_time():
    f = force(
        change("staff.qualifiers.sentence_management_share", set=1),
        change("staff.leaving.annual_rate", set=0),
        NO_PROMOTION,
        *(fixed(f"staff.mentoring.{one}_share", 0.0) for one in ("po", "spo")),
    )
    live_months(f, 2)
    before = f.staff.grade.copy()
    june = APRIL + 2
    f.qualify(june, row_of(2))
    new = (before == GRADES["trainee"]) & (f.staff.grade == GRADES["PO"])
    assert new.any()
    assert (f.staff.cohort[new] == staff.NOT_SET).all()
    assert (f.staff.desk[new] >= f.state.officers).all()
    months = int(f.fixed("staff.newly_qualified.months"))
    spared = float(f.fixed("staff.newly_qualified.reduction"))
    for month, share in ((june, 1 - spared), (june + months - 1, 1 - spared), (june + months, 1.0)):
        f.fill(row_of(2), row_of(3), month)
        base = f.state.desks.desk["base"][f.staff.block[new], f.staff.desk[new]]
        known = f.staff.fte[new] * share * f.world.productive_minutes
        assert base == pytest.approx(known, abs=0.51)
    check_desks(f)


def test_qualifiers_who_go_elsewhere_are_in_the_other_roles():
    f = force(change("staff.qualifiers.sentence_management_share", set=0))
    live_months(f, 2)
    trainees = (f.staff.grade == GRADES["trainee"]).sum()
    others = ((f.staff.grade == GRADES["PO"]) & (f.staff.block < 0)).sum()
    f.qualify(APRIL + 2, row_of(2))
    gone = trainees - (f.staff.grade == GRADES["trainee"]).sum()
    assert gone > 0
    assert ((f.staff.grade == GRADES["PO"]) & (f.staff.block < 0)).sum() == others + gone
    check_desks(f)


def test_a_rate_moves_only_those_whose_draw_it_moves():
    """Everyone who leaves at the lower rate leaves in the same month at the higher one."""
    gone = {}
    for scale in (1.0, 1.5):
        f = force(
            change("staff.leaving.annual_rate", scale=scale),
            change("staff.replacement.share", set=0),
            change("staff.moving.annual_rate", set=0),
            dataset=grown(demo(), staff=10),
        )
        first = set(f.staff.key.tolist())
        f.leave(APRIL + 1, row_of(1))
        gone[scale] = first - set(f.staff.key.tolist())
    assert gone[1.0] < gone[1.5]


def test_movers_go_to_the_other_roles_and_leavers_go():
    f = force(
        change("staff.moving.annual_rate", where={"grade": "PO"}, set=1.0),
        change("staff.leaving.annual_rate", set=0.0),
        dataset=grown(demo(), staff=10),
    )
    heads = len(f.staff)
    trainees = (f.staff.grade == GRADES["trainee"]).sum()
    here = ((f.staff.grade == GRADES["PO"]) & (f.staff.block >= 0)).sum()
    f.leave(APRIL + 1, row_of(1))
    dropped = trainees - (f.staff.grade == GRADES["trainee"]).sum()
    assert len(f.staff) == heads - dropped
    moved = here - ((f.staff.grade == GRADES["PO"]) & (f.staff.block >= 0)).sum()
    chance = 1 - np.exp(-1 / 12)
    assert abs(moved - here * chance) < 4.5 * np.sqrt(here * chance)
    check_desks(f)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 1.5])
def test_leavers_are_replaced_by_their_share_in_their_own_place(share):
    f = force(
        change("staff.replacement.share", set=share),
        change("staff.leaving.annual_rate", set=1.0),
        change("staff.moving.annual_rate", set=0.0),
        NO_PROMOTION,
        dataset=grown(demo(), staff=10),
    )
    place = Counter(zip(f.staff.block.tolist(), f.staff.area.tolist(), f.staff.grade.tolist(), strict=True))
    training = set(f.staff.key[f.staff.cohort != staff.NOT_SET].tolist())
    first = set(f.staff.key.tolist())
    f.leave(APRIL + 1, row_of(1))
    left = first - set(f.staff.key.tolist()) - training
    joiners.recruit(f, APRIL + 1, row_of(1))
    came = set(f.staff.key.tolist()) - first
    error = np.sqrt(len(left) * (share % 1) * (1 - share % 1))
    assert abs(len(came) - share * len(left)) <= 4.5 * error
    after = Counter(zip(f.staff.block.tolist(), f.staff.area.tolist(), f.staff.grade.tolist(), strict=True))
    assert set(after) <= set(place)
    joiners.recruit(f, APRIL + 2, row_of(2))
    assert len(f.staff) == sum(after.values()), "nobody is replaced twice"
    check_desks(f)


def test_a_year_of_comings_and_goings_leaves_every_desk_with_its_officer():
    f = force(change("staff.leaving.annual_rate", scale=4), change("staff.trainee.starts_per_year", set=200), *ROOM)
    for k in range(1, 16):
        f.leave(APRIL + k, row_of(k))
        f.qualify(APRIL + k, row_of(k))
        joiners.intake(f, APRIL + k, row_of(k))
        joiners.recruit(f, APRIL + k, row_of(k))
        f.fill(row_of(k), row_of(k + 1), APRIL + k)
        check_desks(f)
    assert f.state.desks.desk.shape[1] > 40, "the room for desks grew"


def test_pools_are_the_staff_that_activities_name_and_the_seniors_first():
    pools = areas.pools(catalogue_())
    assert (pools[0].area, pools[0].grade) == areas.FALLBACK
    assert len(set(pools)) == len(pools)
    assert {pool.level for pool in pools} == {areas.UNIT, areas.REGION, areas.NATION}
    assert areas.groups(catalogue_())[:2] == areas.CASE_GROUPS
