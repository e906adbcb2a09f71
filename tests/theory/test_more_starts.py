"""Ten per cent more starts: people and hours rise as the survival of each type says, and nobody else's life changes."""

import datetime as dt
from functools import cache

import numpy as np
import pytest
from scipy import stats
from support.lives import live
from support.small_model import change, world_of

from capacity_sim import streams
from capacity_sim.model import engine
from capacity_sim.model.result import EVENTS, RunResult

pytestmark = pytest.mark.theory

SEEDS = 8
SIGMAS = float(stats.t.ppf(0.9995, SEEDS - 1))
END = dt.date(2029, 3, 25)  # the last week of March, so that the last month is whole
POLICY = 1
KINDS = ([0], [1], [2, 3, 4, 5])  # states that a person of each start type may be in


#: places are no bound here: more people would wait for them and bring no more hours
ROOM = (
    change("interventions.unpaid_work.places", set=10**6),
    change("interventions.programme.places", set=10**6),
)


@cache
def runs(scale: float) -> list[RunResult]:
    changes = [*ROOM] if scale == 1 else [*ROOM, change("people.starts.monthly", scale=scale)]
    return [engine.simulate(world_of(changes, end=END, delivery=False), seed) for seed in range(100, 100 + SEEDS)]


def yearly(scale: float) -> np.ndarray:
    """Minutes due (seed, year) on the policy-adjusted timing, in all areas and grades."""
    due = np.array([run.due[..., POLICY].sum(axis=(0, 2, 3)) for run in runs(scale)])
    assert due.shape[1] == 60
    return due.reshape(SEEDS, 5, 12).sum(axis=2)


def test_hours_rise_by_the_share_of_those_who_have_started_since():
    """Hours add up over people, so +10% of starts brings 10% of the hours of all who started since the first day."""
    since = 10 * (1 - yearly(0) / yearly(1))
    known, spread = since.mean(axis=0), since.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    assert (np.diff(known) > 0).all(), "on the way it rises"
    assert 9 < known[4] - 3 * spread[4]
    assert known[4] + 3 * spread[4] < 10
    found = 100 * (yearly(1.1) / yearly(1) - 1)
    error = np.sqrt((found - since).var(axis=0, ddof=1) / SEEDS)
    assert (np.abs(found.mean(axis=0) - known) < SIGMAS * error).all()
    assert (SIGMAS * error < 1.25).all(), "an interval this wide argues nothing"
    assert (np.diff(found.mean(axis=0)) > -2 * error[1:]).all()


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_extra_people_are_as_many_as_survival_says(kind):
    """Extra people of a type at the end of a month are Poisson with 10% of the starts x mean of min(life, time)."""
    world = world_of(end=END, delivery=False)
    lives = 20_000
    ends, days = np.zeros(lives, np.int64), np.zeros((lives, 6))
    keys = streams.children(streams.key_of(90, kind), lives)
    live(world.clocks, keys, kind, 0, ends, days, np.zeros((lives, len(EVENTS))))
    last_day = 7 * np.cumsum(world.calendar.weeks_in_month)
    rate = 0.1 * float(world.parameters.weekly("people.starts.monthly")[0, kind]) * 12 / 365.25
    extra = np.array(
        [
            (more.people[..., 0] - base.people[..., 0])[:, :, KINDS[kind]].sum(axis=(0, 2, 3))
            for more, base in zip(runs(1.1), runs(1), strict=True)
        ]
    )
    assert (extra >= 0).all()
    known = rate * np.array([np.minimum(ends, day).mean() for day in last_day])
    assert (np.diff(known) >= 0).all()
    for month in (2, 5, 11, 23, 35, 47, 59):
        total = SEEDS * known[month]
        assert abs(extra[:, month].sum() - total) < 4 * np.sqrt(total), month


def test_starts_follow_the_rate_of_their_week():
    """None in five weeks, half in the next five, and the same people as ever before and after."""
    days = [dt.date(2024, 9, 2), dt.date(2024, 10, 7), dt.date(2024, 11, 11)]
    path = "people.starts.monthly"
    none = change(path, id="none", scale=0, from_=days[0], to=days[1] - dt.timedelta(days=1))
    half = change(path, id="half", scale=0.5, from_=days[1], to=days[2] - dt.timedelta(days=1))
    worlds = [world_of(some, delivery=False) for some in ([], [none, half])]
    plain, changed = (np.concatenate(engine.starts_of(world, streams.key_of(5))) for world in worlds)
    first, second, third = (worlds[0].calendar.day(day) for day in days)
    same = (plain["day"] < first) | (plain["day"] >= third)
    still = (changed["day"] < first) | (changed["day"] >= third)
    assert np.array_equal(plain[same], changed[still])
    assert not ((changed["day"] >= first) & (changed["day"] < second)).any()
    before = plain[(plain["day"] >= second) & (plain["day"] < third)]
    after = changed[(changed["day"] >= second) & (changed["day"] < third)]
    assert set(after["key"]) < set(before["key"])
    assert abs(len(after) - len(before) / 2) < 4.5 * np.sqrt(len(before) / 4)
    assert len(before) > 100


def test_more_starts_change_nobody_who_was_there():
    """Person k stays the same person: without any starts the loaded people live and need exactly what they did."""
    for none, base, more in zip(runs(0), runs(1), runs(1.1), strict=True):
        for name in ("people", "due", "events"):
            low, mid, high = (getattr(run, name) for run in (none, base, more))
            if name == "events":  # places are shared: when someone begins or is done depends on who else waits
                shared = ("programme_start", "unpaid_work_limit")
                own = [place for place, event in enumerate(EVENTS) if event not in shared]
                low, mid, high = (one[..., own] for one in (low, mid, high))
            assert (low <= mid).all(), name
            assert (mid <= high).all(), name
        assert none.events[..., EVENTS.index("order_start")].sum() == 0
