"""Who comes and who rises: intakes of trainees, replacements, promotion, recruits and returners."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model.careers import BELOW, MONTHS_A_YEAR
from capacity_sim.model.posts import ABSENT, OTHER_ROLES
from capacity_sim.model.staff import NOT_SET
from capacity_sim.model.workforce import JOINED, MOVED_IN, MOVED_OUT, NOT_TAKEN, Vacancy, Workforce

INTAKE_MONTHS = (2, 8)  # March and September, counted from January = 0
TRAINEES, EXTRAS, HOW_MANY = 10**7, 2 * 10**7, 10**9  # parts of staff keys


def intake(force: Workforce, month: int, row: int) -> None:
    """Start a cohort of trainees in March and September, as far as there are places and mentors.

    Starters beyond the places of a region, or beyond what its officers can mentor, are not taken on: the last of the
    stream, counted where they would have been.
    """
    if month % MONTHS_A_YEAR not in INTAKE_MONTHS:
        return
    world, state = force.world, force.state
    yearly = float(force.weekly("staff.trainee.starts_per_year")[row])
    count = int(yearly / len(INTAKE_MONTHS) + 0.5)
    if count == 0:
        return
    keys = streams.children(streams.child_int(streams.child_int(force.root, TRAINEES), month), count)
    place = np.searchsorted(world.placement, streams.uniforms(keys, streams.PLACE), side="right")
    place = np.minimum(place, len(world.placement) - 1)
    here = np.searchsorted(world.unit_ids, place)
    here = np.minimum(here, state.n_units - 1)
    mine = world.unit_ids[here] == place
    keys, here = keys[mine], here[mine]
    region = world.data.unit_region[here]
    room = _room(force, month, row)
    taken = np.zeros(len(keys), bool)
    for r in range(state.n_regions):
        taken[np.flatnonzero(region == r)[: room[r]]] = True
    trainee = force.grade["trainee"]
    np.add.at(force.counts[:, trainee, NOT_TAKEN], here[~taken], 1.0)
    if taken.any():
        keys = keys[taken]
        new = force.staff.add(
            key=keys, block=here[taken], area=force.case_area, grade=trainee, desk=-1, cohort=month, joined=month,
            fte=float(force.fixed("staff.fte_per_head")), training=force.training_of(keys, row),
        )  # fmt: skip
        force.count(new, JOINED)
        force.seat(new)


def _room(force: Workforce, month: int, row: int) -> npt.NDArray[np.int64]:
    """How many more trainees each region can take on: places and mentors, less those in training."""
    s, world, state = force.staff, force.world, force.state
    weekly = force.weekly
    share = np.bincount(world.data.unit_region, np.diff(world.placement, prepend=0.0)[world.unit_ids], state.n_regions)
    cases = (s.block >= 0) & (s.block < state.n_units) & (s.area == force.case_area)
    mentors = cases & (s.grade == force.grade["PO"]) & (s.protected_until <= month)
    trainees = cases & (s.cohort != NOT_SET)
    officers, training = (
        np.bincount(world.data.unit_region[s.block[who]], minlength=state.n_regions) for who in (mentors, trainees)
    )
    places = np.floor(share * float(weekly("staff.trainee.places")[row]))
    mentored = np.floor(officers * float(weekly("staff.mentoring.trainees_per_officer")[row]))
    return np.asarray(np.maximum(0, np.minimum(places, mentored) - training).astype(np.int64))


def recruit(force: Workforce, month: int, row: int) -> None:
    """Fill last month's vacancies, by promotion or with recruits; then recruits and returners beyond them."""
    posts, force.vacancies = force.vacancies, []
    share = force.weekly("staff.promotion.share")[row]
    left = []
    for post in posts:
        risen = -1
        if streams.unit_int(streams.child_int(streams.child_int(post[4], streams.PROMOTE), month)) < share[post[2]]:
            risen = _candidate(force, post, month)
        if risen >= 0:
            _promote(force, risen, post, month, row)
        else:
            left.append(post)
    if left:
        block, area, grade, fte, key = zip(*left, strict=True)
        keys = streams.uniform_keys(np.array(key, np.uint64), streams.ROUND, month)
        new = force.staff.add(key=keys, block=block, area=area, grade=grade, fte=fte, desk=-1, joined=month)
        force.count(new, JOINED)
        force.seat(new)
    for kind, path in enumerate(("staff.recruitment.per_year", "staff.returners.per_year")):
        rates = force.weekly(path)[row]
        for place in np.flatnonzero(rates > 0):
            _extra(force, month, row, int(place), kind, float(rates[place]) / MONTHS_A_YEAR)


def _candidate(force: Workforce, post: Vacancy, month: int) -> int:
    """Who is promoted into a post: one of the grade below in the same team, or else in sentence management near it.

    Near a unit's post is the same unit, near a regional team's the units of the region; national posts are filled from
    the other roles. -1 when there is nobody with the years of service.
    """
    s, state = force.staff, force.state
    block, area, grade = post[:3]
    below = BELOW.get(force.grades[grade])
    if below is None:
        return -1
    able = (s.grade == force.grade[below]) & (s.protected_until <= month)
    able &= month - s.joined >= MONTHS_A_YEAR * float(force.fixed("staff.promotion.least_years"))
    found = np.flatnonzero(able & (s.block == block) & (s.area == area))
    if not len(found) and block >= 0:
        if block < state.n_units:
            near = (s.block == block) & (s.area == force.case_area)
        elif block < state.n_blocks - 1:
            units = np.append(force.world.data.unit_region == block - state.n_units, np.zeros(state.n_teams + 1, bool))
            near = (s.area == force.case_area) & units[s.block]
        else:
            near = s.block == OTHER_ROLES
        found = np.flatnonzero(able & near)
    if not len(found):
        return -1
    return int(found[np.argmin(streams.uniforms(s.key[found], streams.PROMOTE, month))])


def _promote(force: Workforce, m: int, post: Vacancy, month: int, row: int) -> None:
    """Seat a member in a post of the grade above; their old post is filled a month later, by the rule of its grade."""
    s, who = force.staff, np.array([m])
    share = float(force.weekly("staff.replacement.share")[row][s.grade[m]])
    extra = streams.unit_int(streams.child_int(streams.child_int(int(s.key[m]), streams.ROUND), month))
    force.vacate(m, math.floor(share) + (extra < share - math.floor(share)))
    force.count(who, MOVED_OUT)
    force.rise(who, row)
    s.block[m], s.area[m], s.grade[m] = post[:3]
    force.count(who, MOVED_IN)
    force.seat(who)


def _extra(force: Workforce, month: int, row: int, grade: int, kind: int, monthly: float) -> None:
    """Recruits (kind 0) or returners (1) of a grade beyond replacement: some of them start in a region that is run."""
    base = streams.child_int(
        streams.child_int(streams.child_int(force.root, EXTRAS), month), 2 * grade + kind
    )
    whole = math.floor(monthly)
    count = whole + (streams.unit_int(streams.child_int(base, HOW_MANY)) < monthly - whole)
    posts = force.world.posts
    if count == 0 or posts.cumulative[grade, -1] <= 0:
        return
    keys = streams.children(base, count)
    at = np.searchsorted(posts.cumulative[grade], streams.uniforms(keys, streams.PLACE), side="right")
    at = np.minimum(at, len(posts.block) - 1)
    mine = (posts.block[at] != ABSENT) & (streams.uniforms(keys, streams.KEEP) < posts.kept[at])
    if not mine.any():
        return
    keys, at = keys[mine], at[mine]
    service = round(MONTHS_A_YEAR * float(force.fixed("staff.returners.years"))) if kind else 0
    trainee = grade == force.grade["trainee"]
    new = force.staff.add(
        key=keys, block=posts.block[at], area=posts.area[at], grade=grade, desk=-1, joined=month - service,
        fte=float(force.fixed("staff.fte_per_head")), cohort=month if trainee else NOT_SET,
        training=force.training_of(keys, row) if trainee else 0,
    )  # fmt: skip
    force.count(new, JOINED)
    force.seat(new)
