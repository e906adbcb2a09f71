"""People against arithmetic: hazards against survival, stocks against rate x time, starts against Poisson."""

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from support.lives import STATES, expected, hazard_days, live, next_days
from support.small_model import change, demo, world_of

from capacity_sim import streams
from capacity_sim.model import engine, loading
from capacity_sim.model import people as pp
from capacity_sim.model.result import EVENTS

pytestmark = pytest.mark.theory

DAYS_A_MONTH = 365.25 / 12
SEEDS = 16
#: half-width of an interval in standard errors of the mean over seeds: 99.95%
SIGMAS = float(stats.t.ppf(0.99975, SEEDS - 1))


# --- a hazard that changes through time ------------------------------------------------------------------------------


@cache
def any_clocks() -> pp.Clocks:
    return world_of(warm_up=1).clocks


rates = st.lists(st.sampled_from([0.0, 0.0003, 0.002, 0.02, 0.3]), min_size=2, max_size=12)


def used_up(rate: np.ndarray, warm_up: int, first: int, last: int) -> float:
    """Hazard from the morning of one day to that of another, day by day."""
    row = np.clip(np.arange(first, last) // 7 + warm_up, 0, len(rate) - 1)
    return float(rate[row].sum())


@settings(max_examples=200)
@given(rate=rates, warm_up=st.integers(0, 3), since=st.integers(-60, 120), amount=st.floats(1e-9, 12))
def test_an_amount_of_hazard_is_used_up_on_the_day_that_the_sum_says(rate, warm_up, since, amount):
    rate = np.array(rate)
    weeks = len(rate)
    c = any_clocks()._replace(
        warm_up=warm_up,
        n_weeks=weeks,
        hazard=np.tile(rate, (6, 1)),
        hazard_sum=np.tile(np.append(0.0, np.cumsum(7 * rate)), (6, 1)),
    )
    day = np.zeros(1, np.int64)
    hazard_days(c, 2, since, np.array([amount]), day)
    found = int(day[0])
    if found == pp.NEVER:
        assert rate[-1] == 0
        assert used_up(rate, warm_up, since, max(since, 7 * (weeks - warm_up)) + 7) <= amount + 1e-9
        return
    assert found >= since
    assert used_up(rate, warm_up, since, found) <= amount + 1e-9
    assert used_up(rate, warm_up, since, found + 1) >= amount - 1e-9


def test_recall_under_a_hazard_that_changes_has_the_survival_that_its_integral_says():
    """Three times the rate from July, none from October on, from the dated parameter to the day of recall."""
    path = "people.recall.monthly_rate"
    rise = change(path, id="rise", scale=3, from_=dt.date(2024, 7, 1), to=dt.date(2024, 9, 29))
    stop = change(path, id="stop", scale=0, from_=dt.date(2024, 9, 30))
    world = world_of([rise, stop], warm_up=8)
    band, since, end = 1, 20, 700
    people = 60_000
    keys = streams.children(streams.key_of(11), people)
    events, days = np.zeros(people, np.int64), np.zeros(people, np.int64)
    next_days(world.clocks, keys, pp.LICENCE, band, since, end, events, days)

    on = [world.calendar.date(day) for day in range(since, 190)]
    rate = np.array([world.parameters.value(path, one, length_band="12m_to_24m") for one in on]) / DAYS_A_MONTH
    assert rate[100] == pytest.approx(3 * rate[0])
    assert rate[-1] == 0
    alive = np.exp(-np.concatenate([[0.0], np.cumsum(rate)]))
    edges = np.arange(0, len(alive), 7)
    chance = -np.diff(np.append(alive[edges], 0.0))
    recalled = events == pp.RECALL
    seen = np.histogram(days[recalled] - since, bins=[*edges, 10**6])[0]
    assert seen[-1] + (~recalled).sum() == people - seen[:-1].sum()
    seen[-1] += (~recalled).sum()
    assert (days[~recalled] == end).all()
    kept = chance > 0
    assert (seen[~kept] == 0).all()
    assert stats.chisquare(seen[kept], people * chance[kept]).pvalue > 1e-4


# --- Little's law ----------------------------------------------------------------------------------------------------


@cache
def steady_world():
    """The demo set with as many people in each state as its starts and clocks keep there."""
    world = world_of(end=dt.date(2026, 3, 29), delivery=False)
    daily = world.parameters.weekly("people.starts.monthly")[0] / DAYS_A_MONTH
    stock = np.zeros(len(STATES))
    for kind in range(3):
        for state, days in expected(world, kind).days.items():
            stock[STATES.index(state)] += daily[kind] * days
    people = np.rint(np.tile(stock / 3, (3, 1))).astype(np.int64)
    data = replace(demo(), people=people, start_share=np.full((3, 3), 1 / 3))
    return world_of(end=dt.date(2026, 3, 29), delivery=False, dataset=data), stock, daily


@cache
def steady_runs():
    world, _, _ = steady_world()
    return [engine.simulate(world, seed) for seed in range(SEEDS)]


def test_people_in_a_state_are_starts_a_day_times_mean_days_in_it():
    """Little's law, by state; the mean days are arithmetic on the parameters and not the model's own clocks."""
    _, stock, _ = steady_world()
    found = np.array([run.people[:, 3:, :, :, 0].sum(axis=(0, 3)).mean(axis=0) for run in steady_runs()])
    error = found.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    off = np.abs(found.mean(axis=0) - stock)
    assert (off < SIGMAS * error + 1).all(), np.stack([stock, found.mean(axis=0), error])
    assert (SIGMAS * error < 0.06 * stock).all(), "an interval this wide argues nothing"
    total = found.sum(axis=1)
    assert abs(total.mean() - stock.sum()) < SIGMAS * total.std(ddof=1) / np.sqrt(SEEDS)


def test_events_a_day_are_starts_a_day_times_events_of_a_life():
    world, _, daily = steady_world()
    known: dict[str, float] = {"order_start": daily[0] + daily[1], "custody_start": daily[2]}
    for kind in range(3):
        for event, mean in expected(world, kind).events.items():
            known[event] = known.get(event, 0.0) + daily[kind] * mean
    days = 7 * world.calendar.n_weeks
    for event, rate in known.items():
        found = np.array([run.events[..., EVENTS.index(event)].sum() / days for run in steady_runs()])
        error = found.std(ddof=1) / np.sqrt(SEEDS)
        assert abs(found.mean() - rate) < SIGMAS * error, (event, rate, found.mean(), error)
        assert SIGMAS * error < 0.08 * rate, event


def test_the_clocks_live_as_long_as_arithmetic_says():
    world, _, _ = steady_world()
    people = 40_000
    for kind in range(3):
        keys = streams.children(streams.key_of(kind), people)
        days, counts = np.zeros((people, 6)), np.zeros((people, len(EVENTS)))
        live(world.clocks, keys, kind, 0, np.zeros(people, np.int64), days, counts)
        known = expected(world, kind)
        for i, state in enumerate(STATES):
            error = days[:, i].std() / np.sqrt(people)
            assert abs(days[:, i].mean() - known.days.get(state, 0.0)) <= 4.5 * error, state
        for event, mean in known.events.items():
            column = counts[:, EVENTS.index(event)]
            assert abs(column.mean() - mean) <= 4.5 * column.std() / np.sqrt(people) + 1e-9, event


# --- starts ----------------------------------------------------------------------------------------------------------


def test_starts_spread_between_seeds_as_poisson_says():
    """Seeds that relive each other's lives spread too little, and neighbours alike; both ends of the test count."""
    world = world_of(delivery=False)
    seeds, units = 150, len(demo().units)
    monthly = world.parameters.weekly("people.starts.monthly") / DAYS_A_MONTH
    ceiling = monthly[0] * float(world.parameters.fixed("people.starts.ceiling"))
    weeks = world.calendar.n_weeks
    count = np.zeros((seeds, units, 3, weeks))
    for seed in range(seeds):
        for unit in range(units):
            key = np.uint64(streams.child_int(streams.key_of(seed, 0, 0), unit))
            share = demo().start_share[unit]
            day, kind, _ = loading.future(world.clocks, key, monthly * share, ceiling * share)
            np.add.at(count[seed, unit], (kind, day // 7), 1)
    rate = 7 * monthly[0] * demo().start_share
    total = count.sum(axis=3)
    known = weeks * rate
    chi = ((total - known) ** 2 / known).sum()
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], total.size)
    assert low < chi < high
    # weeks of one seed are Poisson too, and know nothing of the week before, the next seed or another unit
    weekly = (count - rate[None, :, :, None]) / np.sqrt(rate)[None, :, :, None]
    chi = (weekly**2).sum()
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], weekly.size)
    assert low < chi < high
    for one, other in (
        (weekly[1:], weekly[:-1]),
        (weekly[1:, ..., 1:], weekly[:-1, ..., :-1]),
        (weekly[..., 1:], weekly[..., :-1]),
        (weekly[:, 1:], weekly[:, :-1]),
        (weekly[:, :, 1:], weekly[:, :, :-1]),
    ):
        assert abs((one * other).mean()) < 4.5 / np.sqrt(one.size)


def test_starts_of_whole_runs_spread_between_seeds_as_poisson_says():
    world, _, daily = steady_world()
    days = 7 * world.calendar.n_weeks
    columns = [EVENTS.index("order_start"), EVENTS.index("custody_start")]
    found = np.array([run.events[..., columns].sum(axis=1) for run in steady_runs()])
    known = days * np.array([daily[0] + daily[1], daily[2]]) / 3
    chi = ((found - known) ** 2 / known).sum()
    low, high = stats.chi2.ppf([1e-4, 1 - 1e-4], found.size)
    assert low < chi < high


def test_people_of_two_seeds_are_other_people():
    world = world_of(delivery=False)
    keys = [
        np.concatenate([part["key"] for part in engine.starts_of(world, streams.key_of(seed, 0, 0))])
        for seed in (1, 2, 3)
    ]
    assert len(np.unique(np.concatenate(keys))) == sum(len(one) for one in keys)
