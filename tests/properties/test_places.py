"""Places that units share: nothing is lost, no place is given twice, and what changes them moves what comes of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from support.small_model import change, world_of

from capacity_sim.model import engine
from capacity_sim.model.result import SERVICE_MEASURES, SERVICES, RunResult
from capacity_sim.scenario import Change

pytestmark = pytest.mark.properties

END = dt.date(2026, 3, 31)
UNPAID, PROGRAMME, TAG, BEDS = map(SERVICES.index, ("unpaid_work", "programme", "tag", "approved_premises"))
CERTAIN = (
    change("people.unpaid_work.attendance", id="comes", set=1),
    change("people.unpaid_work.attendance_spread", id="spread", set=0),
)


def places(service: str, number: float, **keys: object) -> Change:
    """So many places from the first day on."""
    return change(f"interventions.{service}", set=number, **keys)


SCARCE = (
    places("unpaid_work.places", 120),
    places("programme.places", 12),
    places("approved_premises.beds", 10),
    places("tag.fittings", 2),
    change("people.unpaid_work.limit_weeks", set=26),
    change("people.unpaid_work.extension_weeks", set=6),
)
FEWER_LATER = (
    places("unpaid_work.places", 60, from_=dt.date(2025, 1, 1)),
    places("programme.places", 4, from_=dt.date(2025, 1, 1)),
    change("interventions.programme.priority", where={"risk": ["high", "very_high"]}, set=1),
    change("people.recall.monthly_rate", scale=3),
    change("people.post_sentence.share", set=1, from_=dt.date(2024, 9, 2)),
)
WORLDS = {"as it is": (), "scarce": SCARCE, "fewer later": FEWER_LATER}


def ran(changes: tuple[Change, ...] = (), threads: int = 1, seed: int = 1) -> RunResult:
    return engine.simulate(world_of(changes, end=END, delivery=False), seed, threads=threads)


def of(result: RunResult, service: int, *names: str) -> np.ndarray:
    """Counts of a service by unit, month and risk, added up over measures."""
    return sum(result.services[:, :, service, SERVICE_MEASURES.index(name)] for name in names)


def total(result: RunResult, service: int, *names: str) -> int:
    return int(of(result, service, *names).sum())


@pytest.mark.parametrize("changes", WORLDS.values(), ids=WORLDS)
def test_requirements_imposed_are_completed_ended_or_still_open_every_month(changes: tuple[Change, ...]) -> None:
    result = ran(changes)
    for service in (UNPAID, PROGRAMME):
        still = of(result, service, "open")
        gone = of(result, service, "completed", "expired", "uncommenced", "ended")
        np.testing.assert_array_equal(still[:, 1:], still[:, :-1] + (of(result, service, "imposed") - gone)[:, 1:])
        assert all(total(result, service, name) > 0 for name in ("imposed", "completed", "expired", "ended"))


@pytest.mark.parametrize("changes", WORLDS.values(), ids=WORLDS)
def test_who_waits_gets_a_place_or_leaves_the_list(changes: tuple[Change, ...]) -> None:
    result = ran(changes)
    for service in (TAG, BEDS):
        waits = of(result, service, "waiting")
        moved = of(result, service, "imposed") - of(result, service, "started", "uncommenced")
        np.testing.assert_array_equal(waits[:, 1:], waits[:, :-1] + moved[:, 1:])
        assert total(result, service, "started") > 0
    unpaid = of(result, UNPAID, "waiting", "held")
    np.testing.assert_array_equal(unpaid, of(result, UNPAID, "open"))


def test_no_more_places_are_held_than_there_are() -> None:
    result = ran(SCARCE)
    for service, there in ((UNPAID, 120), (PROGRAMME, 12), (BEDS, 10)):
        held = of(result, service, "held").sum(axis=(0, 2))[6:]  # those of the loaded start have gone
        assert held.max() <= there
        assert held.mean() > 0.9 * there
    weeks = result.weeks_in_month
    assert (of(result, TAG, "started").sum(axis=(0, 2)) <= 2 * weeks).all()


def test_fewer_places_turn_nobody_out() -> None:
    held = of(ran(FEWER_LATER), PROGRAMME, "held").sum(axis=(0, 2))
    cut = ran(FEWER_LATER).months.index("2025-01")
    assert held[cut] > 4
    assert (np.diff(held[cut:]) <= 0).all()
    assert held[-1] == 4


def test_threads_change_nothing() -> None:
    np.testing.assert_array_equal(ran(SCARCE).services, ran(SCARCE, threads=3).services)


def test_more_places_shorten_the_list_and_better_attendance_completes_more() -> None:
    scarce = ran((places("unpaid_work.places", 200),))
    ample = ran((places("unpaid_work.places", 600),))
    comes = ran((places("unpaid_work.places", 200), *CERTAIN))
    for better in (ample, comes):
        assert of(better, UNPAID, "waiting")[:, -1].sum() < 0.8 * of(scarce, UNPAID, "waiting")[:, -1].sum()
        assert total(better, UNPAID, "completed_in_time") > 1.1 * total(scarce, UNPAID, "completed_in_time")
        assert total(better, UNPAID, "started_in_time") > total(scarce, UNPAID, "started_in_time")
        assert total(better, UNPAID, "returned") < total(scarce, UNPAID, "returned")
    assert total(ample, UNPAID, "started_in_time") > 0.97 * total(ample, UNPAID, "imposed")
    assert total(ample, UNPAID, "offered") > 1.2 * total(scarce, UNPAID, "offered"), "each day offered is work"
    assert total(comes, UNPAID, "attended") == total(comes, UNPAID, "offered")


def test_priority_gives_the_places_to_the_highest_risk() -> None:
    few = places("programme.places", 15)
    first = change("interventions.programme.priority", where={"risk": ["high", "very_high"]}, set=1)
    plain, ranked = ran((few,)), ran((few, first))
    began = [of(one, PROGRAMME, "started").sum(axis=(0, 1)) for one in (plain, ranked)]
    assert began[1][2:].sum() > 1.5 * began[0][2:].sum()
    assert began[1][:2].sum() < began[0][:2].sum()
    np.testing.assert_array_equal(*(of(one, PROGRAMME, "imposed").sum(axis=(0, 1)) for one in (plain, ranked)))


def test_drop_out_and_take_up_move_who_completes() -> None:
    none = ran((change("people.programme.dropout", set=0), change("people.programme.take_up", set=1)))
    many = ran((change("people.programme.dropout", set=0.1),))
    assert total(none, PROGRAMME, "declined", "ended") == 0
    assert total(many, PROGRAMME, "ended") > total(many, PROGRAMME, "completed")


def test_referrals_start_or_come_back_and_what_comes_back_is_work() -> None:
    started = ran((change("work.commissioned.start_rate", set=1), change("work.commissioned.failure_rate", set=0)))
    plain = ran()
    referral = SERVICES.index("referral")
    assert total(started, referral, "declined", "ended") == 0
    assert total(plain, referral, "imposed") == total(started, referral, "imposed")
    names = [one.id for one in world_of((), end=END, delivery=False).catalogue.activities]
    back = [one.activity[:, :, names.index("referral_returned"), :, 0].sum() for one in (plain, started)]
    assert back == [total(plain, referral, "declined", "ended"), 0]
    share = 1 - total(plain, referral, "declined") / total(plain, referral, "imposed")
    assert share == pytest.approx(0.58, abs=0.03)


# --- closed forms -----------------------------------------------------------------------------------------------------


def test_a_list_without_places_lets_nobody_in() -> None:
    result = ran((places("unpaid_work.places", 0),))
    assert total(result, UNPAID, "started") == 0
    held = of(result, UNPAID, "held").sum(axis=(0, 2))
    assert (np.diff(held) <= 0).all(), "those who have a place keep it to the end"
    assert of(result, UNPAID, "waiting")[:, -1].sum() > 0.9 * of(result, UNPAID, "open")[:, -1].sum()


NO_RECALL = change("people.recall.monthly_rate", id="none-recalled", set=0)


@pytest.mark.parametrize("more", [(), (NO_RECALL,)], ids=["as it is", "nobody recalled"])
def test_a_list_with_places_to_spare_is_empty(more: tuple[Change, ...]) -> None:
    """Places are given at the end of a week: only who goes in the week in which they ask does without."""
    ample = ("unpaid_work.places", 3000), ("tag.fittings", 100), ("approved_premises.beds", 999)
    result = ran((*(places(*one) for one in ample), *more))
    for service in (UNPAID, TAG, BEDS):
        began, asked, left = (of(result, service, name)[:, 1:].sum() for name in ("started", "imposed", "uncommenced"))
        assert total(result, service, "waiting") == 0
        assert began + left == asked > 0
        if more and service != UNPAID:
            assert left == 0, "who is released and recalled in one week is all that goes without a tag or a bed"
    assert of(result, UNPAID, "started_in_time")[:, 1:].sum() == of(result, UNPAID, "started")[:, 1:].sum()


def test_places_that_are_always_wanted_are_used_every_week() -> None:
    """Sessions = places x weeks, less at most one for each person who goes before the week's session."""
    result = ran((places("programme.places", 12), change("people.recall.monthly_rate", set=0)), seed=3)
    month = slice(6, None)
    assert (of(result, PROGRAMME, "waiting").sum(axis=2)[:, month] > 0).all(), "every list has someone"
    sessions = of(result, PROGRAMME, "offered")[:, month].sum()
    whole = 12 * result.weeks_in_month[month].sum()
    expired = of(result, PROGRAMME, "expired")[:, month].sum()
    not_begun = of(result, PROGRAMME, "uncommenced")[:, month].sum()
    assert whole - expired - not_begun <= sessions <= whole
    assert expired < 0.1 * whole


def test_a_list_grows_by_what_demand_is_above_places() -> None:
    """When lists are long, days offered are places x weeks, no more, and the list goes on growing."""
    result = ran((places("unpaid_work.places", 90), *CERTAIN))
    offered = of(result, UNPAID, "offered").sum(axis=(0, 2))[9:]
    most = 90 * result.weeks_in_month[9:]
    assert (offered <= most).all()
    assert offered.sum() > 0.9 * most.sum()
    waits = of(result, UNPAID, "waiting").sum(axis=(0, 2))
    grows = of(result, UNPAID, "imposed").sum(axis=(0, 2)) - of(result, UNPAID, "started").sum(axis=(0, 2))
    assert (np.diff(waits) <= grows[1:]).all()
    assert waits[-1] > waits[9]
