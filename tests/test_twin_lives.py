"""Lives of the twin worked out by hand: what the rules say of one sentence, day by day."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from oracle import small, twin
from oracle.lives import Law, Life, Start, State
from oracle.people import INSIDE, Person
from oracle.rules import EVENTS

from capacity_sim import streams

pytestmark = pytest.mark.twin

KEYS = [streams.child_int(streams.key_of(7), k) for k in range(200)]
TURN = 161  # 9 September 2024, a Monday
ON = "@2024-09-09"
#: sentences of exactly 400 days, all served from the first of them; orders of exactly 300; half is served
SIMPLE = (
    "people.length.scale=1",
    *(f"people.length.{end}[start_type=custody,length_band=12m_to_24m]=400" for end in ("shortest", "longest")),
    *(f"people.length.{end}[start_type=community_order,length_band=12m_to_24m]=300" for end in ("shortest", "longest")),
    "people.remand.share=0",
    "people.extended.share=0",
    "people.release.fraction=0.5@2024-04-01",
)
BAND = 1


@cache
def law(*options: str) -> Law:
    return Law(small.world(small.demo(), "baseline", (*SIMPLE, *options), end=dt.date(2026, 3, 29), warm_up=0))


def lives(rules: Law, start: int, kind: State = State.CUSTODY) -> list[Life]:
    return [rules.sentence(Start(start, key, kind, BAND)) for key in KEYS]


def released(start: int, *options: str) -> set[int]:
    return {life.release for life in lives(law(*options), start)}


def test_a_sentence_without_a_change():
    assert released(0) == {200}
    (end,) = {life.end for life in lives(law(), 0)}
    assert end == 400


@pytest.mark.parametrize(
    ("start", "day"),
    [(-60, 140), (-40, 160), (-39, TURN), (0, TURN), (1, TURN), (2, 162), (TURN - 1, 320), (TURN, 321), (300, 460)],
)
def test_a_lower_release_point_lets_those_past_it_out_on_its_first_day(start, day):
    assert released(start, f"people.release.fraction[determinate=standard]=0.4{ON}") == {day}


def test_who_is_excluded_keeps_the_old_release_point():
    lower = f"people.release.fraction=0.4{ON}"
    assert released(0, lower, f"people.release.excluded_share=1{ON}") == {200}
    assert released(200, lower, f"people.release.excluded_share=1{ON}") == {400}
    some = [life.release for life in lives(law(lower, f"people.release.excluded_share=0.25{ON}"), 200)]
    assert set(some) == {360, 400}
    assert 0.15 < some.count(400) / len(some) < 0.35
    extended = "people.extended.share=1"
    assert released(200, extended, lower, f"people.release.excluded_share=1{ON}") == {360}


def test_added_days_are_spread_from_none_to_twice_the_mean():
    options = (f"people.release.added_share=0.5{ON}", f"people.release.added_fraction=0.1{ON}")
    days = [life.release - 200 for life in lives(law(*options), 200)]
    draws = [streams.unit_int(streams.child_int(key, streams.ADDED)) for key in KEYS]
    assert days == [200 + int(80 * u / 0.5 + 1e-9) if u < 0.5 else 200 for u in draws]
    assert max(days) > 270
    most = (f"people.release.added_share=1{ON}", f"people.release.added_fraction=0.25{ON}")
    late = [life.release - 200 for life in lives(law(*most, f"people.release.fraction=0.9{ON}"), 200)]
    assert max(late) == 400


@pytest.mark.parametrize(
    ("days", "served", "inside"),
    [
        ((60, 0), (0, 0), 140),
        ((60, 90), (0, 0), 110),
        ((60, 90), (0, 0.4), 140),
        ((60, 90), (0.45, 0.45), 180),
        ((60, 90), (0.75, 0.75), 200),  # never later than without a scheme
        ((300, 0), (0, 0), 1),
        ((-30, 0), (0, 0), 230),
        ((-30, -50), (0, 0), 250),
        ((-30, 20), (0, 0), 180),  # a scheme that releases early is stronger than one that is gone
        ((-30, 20), (0, 0.5), 230),
    ],
)
def test_schemes_of_early_release(days, served, inside):
    options = [f"people.early.share=1{ON}"]
    for scheme, moved, least in zip(("end_of_custody", "home_detention"), days, served, strict=True):
        options.append(f"people.early.days[early_scheme={scheme}]={moved}{ON}")
        options.append(f"people.early.served[early_scheme={scheme}]={least}{ON}")
    assert released(200, *options) == {200 + inside}
    assert released(200, *options, "people.extended.share=1") == {400}
    assert released(200, *options, f"people.release.excluded_share=1{ON}") == {400}


def test_days_of_a_week_in_which_a_scheme_changes_are_whole():
    """Nineteen days from the Thursday are 10.9 a day of that week, and so eleven."""
    options = ("people.early.share=1@2024-04-01", "people.early.days[early_scheme=home_detention]=19@2024-09-12")
    assert released(-25, *options) == {TURN + 3}
    assert released(-19, *options) == {TURN + 7}


def test_the_shares_of_two_schemes_are_drawn_on_their_own():
    options = (
        f"people.early.share=0.5{ON}",
        f"people.early.days[early_scheme=end_of_custody]=60{ON}",
        f"people.early.days[early_scheme=home_detention]=90{ON}",
    )
    found = [life.release - 200 for life in lives(law(*options), 200)]
    assert {day: round(4 * found.count(day) / len(found)) for day in set(found)} == {110: 2, 140: 1, 200: 1}


def test_an_order_has_the_length_of_its_start():
    rules = law(f"people.length.factor[order_type=community_order]=1.5{ON}")
    assert {life.end for life in lives(rules, TURN - 1, State.ORDER)} == {TURN - 1 + 300}
    assert {life.length for life in lives(rules, TURN, State.ORDER)} == {450, 451}  # drawn as 300 to 301 days
    assert {life.release for life in lives(rules, TURN)} == {TURN + 200}


@pytest.mark.parametrize(("start", "end"), [(-200, 100), (-139, TURN), (-100, TURN), (0, 198), (TURN, TURN + 198)])
def test_an_order_ends_early_from_the_first_day_of_the_rule(start, end):
    rules = law(f"people.order.early_share=1{ON}", f"people.order.early_fraction=0.66{ON}")
    assert {life.end for life in lives(rules, start, State.ORDER)} == {end}
    assert {life.length for life in lives(rules, start, State.ORDER)} == {300}


def test_an_order_does_not_end_early_after_the_rule():
    rules = law("people.order.early_share=1@2024-07-01", f"people.order.early_share=0{ON}",
                "people.order.early_fraction=0.5@2024-07-01")  # fmt: skip
    assert {life.end for life in lives(rules, 10, State.ORDER)} == {160}
    assert {life.end for life in lives(rules, 11, State.ORDER)} == {311}


@pytest.mark.parametrize(("start", "day"), [(-410, 155), (-404, TURN), (-400, TURN), (-240, TURN)])
def test_supervision_after_the_sentence_stops_when_it_is_done_away_with(start, day):
    """Or a year after release, on half of the 400 days, if that is before."""
    rules = law("people.post_sentence.share=1@2024-04-01", f"people.post_sentence.share=0{ON}")
    for life in lives(rules, start):
        life.state, life.since = State.LICENCE, life.end  # not recalled
        event, when = rules.next_event(life)
        assert (event, when) == ("post_sentence_start", life.end)
        rules.happen(life, event, when)
        assert rules.next_event(life) == ("supervision_end", day)


def test_supervision_after_the_sentence_goes_on_for_the_share_that_is_left():
    rules = law("people.post_sentence.share=1@2024-04-01", f"people.post_sentence.share=0.4{ON}")
    ends = []
    for life in lives(rules, -300):
        life.state, life.since = State.POST_SENTENCE, life.end
        ends.append(rules.next_event(life)[1])
    assert set(ends) == {TURN, 265}
    assert 0.3 < ends.count(265) / len(ends) < 0.5


def test_supervision_after_the_sentence_that_comes_reaches_who_ends_in_it():
    rules = law("people.post_sentence.share=0.2@2024-04-01", f"people.post_sentence.share=1{ON}")
    for start, share in ((-240, 0.2), (-239, 1)):
        events = []
        for life in lives(rules, start):
            life.state, life.since = State.LICENCE, life.end
            events.append(rules.next_event(life))
        on = events.count(("post_sentence_start", start + 400)) / len(events)
        assert on == pytest.approx(share, abs=0.1 if share < 1 else 0)


def test_no_supervision_after_a_sentence_that_ends_later():
    rules = law("people.post_sentence.share=1@2024-04-01", f"people.post_sentence.share=0{ON}")
    for start, event in ((-240, "post_sentence_start"), (-239, "supervision_end")):
        (life,) = lives(rules, start)[:1]
        assert life.end == start + 400
        life.state, life.since = State.LICENCE, life.end
        assert rules.next_event(life) == (event, life.end)


@pytest.mark.parametrize(("share", "event"), [(1, "post_sentence_start"), (0, "ended_in_custody")])
def test_a_sentence_that_ends_inside_goes_on_like_one_that_ends_on_licence(share, event):
    rules = law(f"people.post_sentence.share={share}@2024-04-01")
    (life,) = lives(rules, 0)[:1]
    life.state, life.since = State.RECALLED, life.end - 1
    assert rules.next_event(life) == (event, 400)


def test_a_recall_is_for_the_days_of_its_week():
    options = ["people.recall.fixed_share=1@2024-04-01"]
    options += ["people.recall.fixed_days=14@2024-04-01", f"people.recall.fixed_days=56{ON}"]
    rules = law(*options)
    (life,) = lives(rules, 0)[:1]
    life.state, life.end = State.RECALLED, 10**4
    for since, days in ((TURN - 1, 14), (TURN, 56)):
        life.since = since
        assert rules.next_event(life) == ("re_release", since + days)


def test_diverted_custody_is_the_same_person_under_a_suspended_sentence():
    def starts(*options: str) -> dict[int, Start]:
        world = small.world(small.demo(), "baseline", options, end=dt.date(2025, 3, 30), warm_up=0)
        here = twin.Twin(world, streams.key_of(3)).starts(0, 5)
        return {start.key: start for start in here if start.day >= 0}

    before, after = starts(), starts(f"people.diverted.share[length_band=under_12m]=1{ON}")
    assert before.keys() == after.keys()
    rules = law()
    for key, start in before.items():
        is_diverted = start.kind == State.CUSTODY and start.day >= TURN and rules.band(key, 2) == 0
        assert after[key] == start._replace(kind=State.SUSPENDED if is_diverted else start.kind)
    assert any(after[key] != before[key] for key in before)


@pytest.mark.parametrize(("limit", "mean"), [(1, 20), (2, 20), (12, 20), (52, 60), (52, 20), (70, 20), (12, 2)])
def test_unpaid_work_goes_back_to_court_once_and_in_the_week_after_its_limit(limit, mean):
    world = small.world(
        small.demo((0,), 0.2),
        "baseline",
        (
            f"people.unpaid_work.limit_weeks={limit}@2024-04-01",
            f"people.unpaid_work.days={mean}@2024-04-01",
            "people.unpaid_work.attendance=1@2024-04-01",
            "people.unpaid_work.attendance_spread=0@2024-04-01",
            "people.unpaid_work.extended_share=0@2024-04-01",
            "interventions.unpaid_work.places=10000@2024-04-01",
            "interventions.unpaid_work.wait_at_start=2",
        ),
        end=dt.date(2025, 12, 28),
        warm_up=0,
    )
    run = twin.Twin(world, streams.key_of(4))
    result = run.run()
    expected, days, weeks = 0, 0, world.calendar.n_total
    for person in run.units[0].people:
        if "unpaid_work" not in person.flags:
            continue
        started = person.start.day // 7
        first = max(0, started)
        last = min(weeks, (person.event_day if person.is_alive else person.life.since) // 7)
        left = run.law.unpaid_work_days(person.key, person.start.day) - max(0, first - started - 2)
        if left <= 0 or first > started + limit:
            continue
        weeks_there = range(max(first, started + 2), started + limit + 1)
        expected += left > len(weeks_there) and started + limit + 1 < last
        days += min(len([week for week in weeks_there if week < last]), left)
    assert (expected > 5) == (5 * mean > 3 * limit), "only who has more days than weeks goes back"
    assert result.events[..., EVENTS.index("unpaid_work_limit")].sum() == expected
    (place,) = (a for a, activity in enumerate(world.catalogue.activities) if activity.id == "unpaid_work_day")
    assert result.activity[:, :, place, :, 0].sum() == days


def at_the_end(*options: str) -> tuple[int, list[Person], int]:
    """People whose contact is suspended at the end of a run, those in the community, and the Monday after it."""
    world = small.world(small.demo((0,), 0.3), "baseline", options, end=dt.date(2024, 12, 29), warm_up=0)
    run = twin.Twin(world, streams.key_of(5))
    result = run.run()
    outside = [person for person in run.units[0].people if person.is_alive and person.life.state not in INSIDE]
    on_sentence, supervised, tagged = result.people[0, -1].sum(axis=(0, 1))
    assert tagged == sum("tag" in person.flags for person in outside)
    return int(on_sentence - supervised), outside, 7 * world.calendar.n_weeks


def test_the_last_part_of_a_sentence_goes_without_supervision():
    options = ("supervision.unsupervised.from=0.6667@2024-06-03", "supervision.unsupervised.share=1@2024-06-03")
    suspended, people, monday = at_the_end(*options)
    far = [p for p in people if p.life.state == State.LICENCE and monday >= p.life.end - 0.3333 * p.life.length]
    assert suspended == len(far) > 5


def test_impact_suspends_after_some_weeks_who_is_unlikely_to_offend_again():
    rule = ("adoption=1", "after_weeks=16", "reoffending_below=40", "eligible_share=1", "exempt_flag[flag=mappa]=1")
    suspended, people, monday = at_the_end(*(f"supervision.impact.{part}@2024-06-03" for part in rule))
    eligible = [p for p in people if p.score < 40 and "mappa" not in p.flags]
    assert suspended == sum(monday - p.life.release >= 112 for p in eligible)
    assert 5 < suspended < len(eligible) < 0.45 * len(people)
