"""Rules that measures act through: on single lives traced through the clock, and on small runs where it takes many."""

import datetime as dt
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from support.small_model import catalogue_, change, world_of

from capacity_sim.model import engine
from capacity_sim.model.engine import World
from capacity_sim.model.trace import Traced, follow
from capacity_sim.scenario import Change

MONDAY = dt.date(2024, 9, 2)
END = dt.date(2028, 3, 31)
KEYS = range(400)


@cache
def plain() -> World:
    return world_of((), end=END, delivery=False)


def with_(*changes: Change) -> World:
    return world_of(changes, end=END, delivery=False)


def people(
    world: World, kind: str, start: dt.date = MONDAY, most: int = 60, **about: object
) -> Iterator[tuple[Traced, Traced]]:
    """People of a kind who start, without a change and with it."""
    found = 0
    for key in KEYS:
        one = follow(plain(), key, kind, start)
        if not one.weeks or any(one.about[name] != value for name, value in about.items()):
            continue
        yield one, follow(world, key, kind, start)
        found += 1
        if found == most:
            return
    assert found > 8, "too few people are like this"


def days(one: Traced, name: str) -> int:
    """Days from the start to a fact that is a date."""
    day = one.facts[name]
    assert isinstance(day, dt.date)
    return (day - MONDAY).days


# --- release and end --------------------------------------------------------------------------------------------------


def test_a_lower_release_point_takes_its_part_of_the_sentence_off():
    world = with_(change("people.release.fraction", where={"determinate": "standard"}, scale=0.8))
    served = float(plain().parameters.fixed("people.remand.share"))
    for before, after in people(world, "custody", determinate="standard", band="24m_to_48m", most=20):
        length = int(before.about["length_days"])
        assert days(before, "release") == int(0.5 * length - served * length)
        assert days(after, "release") == int(0.4 * length - served * length)
        assert after.facts["sentence_end"] == before.facts["sentence_end"]


def test_who_is_excluded_keeps_the_release_point_and_the_share_holds():
    lower = change("people.release.fraction", where={"determinate": "standard"}, scale=0.8)
    world = with_(lower, change("people.release.excluded_share", set=0.3))
    same = [
        a.facts["release"] == b.facts["release"]
        for a, b in people(world, "custody", band="24m_to_48m", determinate="standard")
    ]
    assert 0.1 < np.mean(same) < 0.55


def test_added_time_is_spread_from_none_to_twice_its_mean():
    world = with_(change("people.release.added_share", set=1), change("people.release.added_fraction", set=0.05))
    parts = [
        (days(b, "release") - days(a, "release")) / int(a.about["length_days"])
        for a, b in people(world, "custody", band="24m_to_48m", determinate="standard")
    ]
    assert min(parts) >= -0.01
    assert max(parts) <= 0.1 + 0.01
    assert np.mean(parts) == pytest.approx(0.05, abs=0.015)


def test_early_release_waits_until_its_part_is_served_and_later_release_yields_to_earlier():
    scheme = {"early_scheme": "home_detention"}
    world = with_(
        change("people.early.share", where=scheme, set=1),
        change("people.early.days", where=scheme, set=180),
        change("people.early.served", where=scheme, set=0.2),
    )
    served = float(plain().parameters.fixed("people.remand.share"))
    for before, after in people(world, "custody", determinate="standard", most=30):
        length = int(before.about["length_days"])
        least = max(1, int(0.2 * length - served * length))
        assert days(after, "release") == min(days(before, "release"), max(days(before, "release") - 180, least))
    other = {"early_scheme": "end_of_custody"}
    both = with_(
        *(
            change(f"people.early.{name}", where=scheme, set=value, id=f"a.{name}")
            for name, value in (("share", 1), ("days", 30))
        ),
        *(
            change(f"people.early.{name}", where=other, set=value, id=f"b.{name}")
            for name, value in (("share", 1), ("days", -60))
        ),
    )
    late = with_(
        *(change(f"people.early.{name}", where=other, set=value) for name, value in (("share", 1), ("days", -60)))
    )
    for (before, after), (_, later) in zip(
        people(both, "custody", determinate="standard", band="24m_to_48m", most=12),
        people(late, "custody", determinate="standard", band="24m_to_48m", most=12),
        strict=True,
    ):
        assert days(after, "release") == days(before, "release") - 30
        assert days(later, "release") == days(before, "release") + 60


def test_a_diverted_person_is_never_inside_and_others_live_as_before():
    world = with_(change("people.diverted.share", where={"length_band": "under_12m"}, set=0.5))
    moved = []
    for before, after in people(world, "custody"):
        if before.about["band"] != "under_12m":
            assert after == before
            continue
        moved.append(after.about["starts_as"] == "suspended_sentence")
        if moved[-1]:
            assert after.facts["weeks_inside"] == 0
            assert (after.about["risk"], after.about["score"]) == (before.about["risk"], before.about["score"])
        else:
            assert after == before
    assert 0.2 < np.mean(moved) < 0.8


def test_orders_that_end_early_end_at_their_part_unless_revoked_before():
    world = with_(change("people.order.early_share", set=1), change("people.order.early_fraction", set=0.75))
    for before, after in people(world, "community_order", most=30):
        length = int(before.about["length_days"])
        stopped = before.facts["supervision_end"] != before.facts["sentence_end"]
        assert days(after, "sentence_end") == int(0.75 * length)
        if stopped and days(before, "supervision_end") < int(0.75 * length) - 7:
            assert after.facts["supervision_end"] == before.facts["supervision_end"]


def test_nobody_is_under_post_sentence_supervision_once_it_is_done_away_with():
    last = dt.date(2026, 3, 2)
    world = with_(change("people.post_sentence.share", set=0, from_=last))
    touched = 0
    for before, after in people(world, "custody", dt.date(2025, 1, 6), band="12m_to_24m"):
        states = [week.state for week in after.weeks if week.monday >= last]
        assert "post_sentence" not in states
        early = [week for week in before.weeks if week.monday < last - dt.timedelta(7)]
        assert early == [week for week in after.weeks if week.monday < last - dt.timedelta(7)]
        touched += any(week.state == "post_sentence" for week in before.weeks if week.monday >= last)
    assert touched > 3


# --- suspension -------------------------------------------------------------------------------------------------------

RESET = (
    change("supervision.suspend.licence_from", set=0.6667),
    change("supervision.suspend.adoption", set=1),
    change("supervision.suspend.residual", set=0.2),
)
IMPACT = (
    change("supervision.impact.adoption", set=1),
    change("supervision.impact.after_weeks", set=16),
    change("supervision.impact.reoffending_below", set=50),
    change("supervision.impact.eligible_share", where={"risk": ["low", "medium"]}, set=1),
    change("supervision.impact.residual", set=0.1),
)
ALONE = (
    change("supervision.unsupervised.from", set=0.6667),
    change("supervision.unsupervised.share", set=1),
    change("supervision.unsupervised.residual", set=0),
)


def test_impact_suspends_who_is_eligible_after_its_weeks_and_nobody_else():
    for before, after in people(with_(*IMPACT), "community_order", most=40):
        eligible = after.about["risk"] in ("low", "medium") and int(after.about["score"]) < 50
        lived = len(after.weeks) > 17
        assert (after.facts["suspended_from"] is not None) == (eligible and lived)
        if eligible and lived:
            assert days(after, "suspended_from") == 7 * 15  # the week at whose end 16 weeks are over
        assert [week.events for week in after.weeks] == [week.events for week in before.weeks]


def test_appointments_come_sooner_before_they_stop():
    world = with_(*IMPACT, change("supervision.impact.front_load", set=2))
    pairs = [(a, b) for a, b in people(world, "community_order") if b.facts["suspended_from"] is not None]

    def first_weeks(one: Traced) -> int:
        return sum(week.work.get("contact", 0) for week in one.weeks[:15])

    assert sum(first_weeks(b) for _, b in pairs) == 2 * sum(first_weeks(a) for a, _ in pairs) > 0


def test_a_person_is_suspended_once_however_many_measures_would():
    """Weeks suspended under all are the weeks suspended under any, and what is left is the least, never the product."""
    worlds = [with_(*one) for one in (RESET, IMPACT, ALONE)]
    together = with_(*RESET, *IMPACT, *ALONE)
    seen = 0
    for key in KEYS[:120]:
        single = [follow(world, key, "custody", MONDAY) for world in worlds]
        if not single[0].weeks:
            continue
        both = follow(together, key, "custody", MONDAY)
        for weeks in zip(*(one.weeks for one in (*single, both)), strict=True):
            assert weeks[-1].suspended == any(week.suspended for week in weeks[:-1])
        seen += sum(week.suspended for week in both.weeks)
    assert seen > 100
    # where nothing at all is left by one of them, nothing falls due that can be suspended
    for key in KEYS[:120]:
        both = follow(together, key, "custody", MONDAY)
        alone = follow(worlds[2], key, "custody", MONDAY)
        for before, week, other in zip(both.weeks, both.weeks[1:], alone.weeks[1:], strict=False):
            if before.suspended and week.suspended and other.suspended and not week.events:
                assert "contact" not in week.work or not alone_before(alone, week.monday)


def alone_before(one: Traced, monday: dt.date) -> bool:
    """Whether a person was unsupervised at the start of a week too."""
    return any(week.suspended for week in one.weeks if week.monday == monday - dt.timedelta(7))


def test_nobody_inside_is_suspended():
    for _, after in people(with_(*RESET, *IMPACT, *ALONE), "custody"):
        assert not any(week.suspended for week in after.weeks if week.state in ("custody", "recalled"))


# --- work and staff ---------------------------------------------------------------------------------------------------


def test_moved_work_changes_hands_and_time_and_nothing_else():
    where = {"activity": "case_records"}
    world = with_(change("work.moved.share", where=where, set=1), change("work.moved.time", where=where, set=1.5))
    for before, after in people(world, "community_order", most=20):
        assert [week.work for week in after.weeks] == [week.work for week in before.weeks]
        records = float(before.facts.get("hours.case_records") or 0)
        moved = float(after.facts.get("hours.case_records") or 0)
        assert moved == pytest.approx(1.5 * records, rel=0.01, abs=0.1)
        officers = [float(one.facts["hours_PO"]) + float(one.facts["hours_PSO"]) for one in (before, after)]
        assert officers[0] - officers[1] == pytest.approx(records, abs=0.1)


def test_commissioned_services_take_what_starts_and_succeeds():
    world = with_(
        change("work.commissioned.share", where={"activity": "responsive"}, set=0.5),
        change("work.commissioned.start_rate", set=0.8),
        change("work.commissioned.failure_rate", set=0.25),
    )
    counts = np.zeros(2)
    for pair in people(world, "community_order"):
        counts += [sum(week.work.get("responsive", 0) for week in one.weeks) for one in pair]
    assert counts[1] / counts[0] == pytest.approx(1 - 0.5 * 0.8 * 0.75, abs=0.05)


def test_unpaid_work_that_is_not_done_by_its_limit_goes_back_to_court():
    ended = change("people.unpaid_work.extended_share", set=0)
    world = with_(change("people.unpaid_work.limit_weeks", set=10), ended)
    returns, left = [], 0
    for before, after in people(world, "suspended_sentence", band="12m_to_24m"):
        if "unpaid_work" not in before.about["flags"]:
            continue
        weeks = [i for i, week in enumerate(after.weeks) if "unpaid_work_limit" in week.events]
        assert weeks in ([], [11])
        assert after.facts["unpaid_days"] <= 9
        assert not any(week.work.get("unpaid_work_day") for week in after.weeks[11:])
        left += bool(weeks)
        returns.append(after.facts["unpaid_work_returns"])
    assert left > 10
    assert np.sum(returns) == left, "each goes back once"


def test_more_productive_hours_lower_the_staff_that_work_needs_and_not_the_hours():
    more = change("staff.productive.factor", set=1.25)
    runs = [
        engine.simulate(world_of(changes, end=dt.date(2024, 9, 30), delivery=False), 1) for changes in ((), (more,))
    ]
    assert np.array_equal(runs[0].due, runs[1].due)
    assert runs[1].productive_minutes == pytest.approx(1.25 * runs[0].productive_minutes)
    assert np.array_equal(runs[0].available, runs[1].available)
    delivered = [
        engine.simulate(world_of(changes, end=dt.date(2024, 9, 30)), 1).flow[..., 1].sum() for changes in ((), (more,))
    ]
    assert delivered[1] > 1.1 * delivered[0]


def test_a_traced_life_is_the_life_that_a_run_gives(monkeypatch: pytest.MonkeyPatch):
    """People of a run, one by one: the events of all traced lives are the events of the run."""
    world = world_of(RESET, end=dt.date(2025, 3, 31), delivery=False)
    kept: list[np.ndarray] = []
    starts_of = engine.starts_of

    def keep(world: World, root: int) -> list[np.ndarray]:
        kept.extend(starts_of(world, root))
        return list(kept)

    monkeypatch.setattr(engine, "starts_of", keep)
    run = engine.simulate(world, 1)
    new = [start for unit in kept for start in unit if start["day"] >= 0]
    kinds = catalogue_().dimensions["start_type"]
    traced = [
        follow(world, int(start["key"]), kinds[start["kind"]], world.calendar.date(int(start["day"])))
        for start in new[:400]
    ]
    assert sum(bool(one.weeks) for one in traced) == len(traced)
    begun = run.events[..., :2].sum()
    assert begun == len(new)
