"""What must hold for any run of the model: everything is counted once, lives are paired, order of work is nothing.

All on the demo set or less; `support.small_model` looks inside the engine where its results do not show enough.
"""

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.small_model import (
    FLOW,
    Look,
    catalogue_,
    change,
    changes_of,
    demo,
    grown,
    looking,
    same,
    world_of,
)

from capacity_sim.data import DataSet
from capacity_sim.model import engine
from capacity_sim.model import state as state_module
from capacity_sim.model.lines import CHUNK
from capacity_sim.model.records import USED
from capacity_sim.model.result import ACTIVITY_MEASURES, EVENTS, RunResult
from capacity_sim.model.state import State
from capacity_sim.scenario import Change

pytestmark = pytest.mark.properties

WEEKS = 365.25 / 7
HALF_YEAR = dt.date(2024, 9, 29)  # the last week of September, so that the last month is whole
YEAR = dt.date(2025, 3, 30)
RESET = dt.date(2024, 4, 29)
DUE, DONE, ON_TIME, LAPSED, PAUSED = range(len(ACTIVITY_MEASURES))


def area(name: str) -> int:
    return catalogue_().place("area", name)


def grade(name: str) -> int:
    return catalogue_().place("grade", name)


def few(examples: int) -> settings:
    """Few examples, and none to make a failure simpler: each is a run."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    return settings(max_examples=examples, phases=phases, suppress_health_check=[HealthCheck.too_slow])


CASES = area("sentence_management")
PO, PSO = grade("PO"), grade("PSO")


@cache
def base(end: dt.date = YEAR) -> tuple[RunResult, Look]:
    """One replication of the baseline."""
    with looking() as look:
        return engine.simulate(world_of(end=end), seed=1), look


@cache
def reset(end: dt.date = YEAR) -> RunResult:
    """The same lives with Reset."""
    return engine.simulate(world_of(changes_of("reset"), end=end), seed=1)


def flow(result: RunResult, name: str) -> np.ndarray:
    return result.flow[..., FLOW[name]]


def event(result: RunResult, *names: str) -> np.ndarray:
    return sum(result.events[..., EVENTS.index(name)] for name in names)


# --- conservation


def check_minutes(result: RunResult, look: Look) -> None:
    """due = delivered + short + lapsed + change of waiting and of owed, for every block, month, area and grade."""
    waiting, owed = np.stack(look.minutes, axis=1), np.stack(look.owed, axis=1)
    assert (flow(result, "waiting") == waiting[:, 1:]).all()
    assert (flow(result, "owed") == owed[:, 1:]).all()
    spent = flow(result, "delivered") + flow(result, "short") + flow(result, "lapsed")
    assert (flow(result, "due") == spent + np.diff(waiting + owed, axis=1)).all()
    assert (result.flow[..., 1:] >= 0).all()


def check_pieces(result: RunResult, look: Look) -> None:
    """due = done + lapsed + change of what waits or is owed, for every block, month, activity and risk."""
    work = result.activity
    change_of_waiting = np.diff(np.stack(look.waiting, axis=1), axis=1)
    gone = work[..., DONE] + work[..., LAPSED]
    assert (work[..., PAUSED] <= work[..., DUE]).all()
    assert (work[..., DUE] == gone + change_of_waiting).all()
    assert (work[..., ON_TIME] <= work[..., DONE]).all()
    assert ((result.activity_lapsed_minutes > 0) == (work[..., LAPSED] > 0)).all()


def check_people(result: RunResult, loaded: DataSet) -> None:
    """Stock + starts = stock + ends, for every unit, month and state; the first stock is that of the data, exactly."""
    stock = result.people[..., 0].sum(axis=3)
    change_of_stock = np.diff(np.concatenate([loaded.people[:, None], stock], axis=1), axis=1)
    orders, custody, recalled = change_of_stock[..., :2].sum(axis=2), change_of_stock[..., 2], change_of_stock[..., 3]
    outside = change_of_stock[..., 4:].sum(axis=2)

    def flows(came: tuple[str, ...], went: tuple[str, ...]) -> np.ndarray:
        return event(result, *came) - event(result, *went)

    assert (orders == flows(("order_start",), ("order_completed", "order_revoked"))).all()
    assert (custody == flows(("custody_start",), ("release",))).all()
    # whose sentence ends inside may go straight on to post-sentence supervision
    straight_on = flows(("recall",), ("re_release", "ended_in_custody")) - recalled
    assert (straight_on >= 0).all()
    assert (straight_on <= event(result, "post_sentence_start")).all()
    assert (outside == straight_on + flows(("release", "re_release"), ("recall", "supervision_end"))).all()
    assert (result.people[..., 1:] <= result.people[..., :1]).all()
    assert (result.people[:, :, 2:4, :, 2] == 0).all()
    in_custody = result.people[:, :, 2:4]
    assert (in_custody[..., 0] == in_custody[..., 1]).all()


@few(10)
@given(
    seed=st.integers(0, 2**32),
    starts=st.sampled_from([0.0, 0.7, 1.0, 2.0]),
    staff=st.sampled_from([0.1, 0.5, 1.0, 2.0]),
    amber=st.sampled_from([0.5, 3.0, 900.0]),
    measure=st.sampled_from(["baseline", "reset", "reset-orders"]),
)
def test_everything_that_falls_due_is_somewhere(seed, starts, staff, amber, measure):
    changes = [
        *changes_of(measure),
        change("delivery.amber_at", set=amber),
        change("delivery.red_at", set=amber + 1),
        change("staff.leaving.annual_rate", scale=4),
    ]
    if starts != 1:
        changes.append(change("people.starts.monthly", scale=starts))
    with looking() as look:
        result = engine.simulate(world_of(changes, end=HALF_YEAR, dataset=grown(demo(), staff=staff)), seed)
    check_minutes(result, look)
    check_pieces(result, look)
    check_people(result, demo())


def test_a_year_of_the_baseline_is_conserved_and_uses_every_way_out():
    result, look = base()
    check_minutes(result, look)
    check_pieces(result, look)
    check_people(result, demo())
    for name in ("due", "delivered", "short", "lapsed", "waiting"):
        assert flow(result, name).sum() > 0, name
    assert (result.events.sum(axis=(0, 1)) > 0).sum() == len(EVENTS) - 1, "all but the follow-up of Reset"


def test_amber_and_red_pause_what_they_may_and_nothing_else():
    status = [change("delivery.amber_at", set=0.5), change("delivery.red_at", set=1.0)]
    with looking() as look:
        result = engine.simulate(world_of(status, end=HALF_YEAR), seed=1)
    check_pieces(result, look)
    check_minutes(result, look)
    paused = result.activity[..., PAUSED].sum(axis=(0, 1, 3)) > 0
    acts = catalogue_().activities
    may = [one.spec.get("pause_at") is not None and one.area == "sentence_management" for one in acts]
    assert paused.tolist() == may
    assert result.status.max() == 2


def test_minutes_due_are_the_same_in_both_books():
    """What desks are charged with is what fell due on the timing that officers need (all staff-reported here)."""
    assert (world_of().parameters.weekly("delivery.spent_blend") == 1).all()
    result, _ = base()
    books, desks = result.due[..., -1].sum(axis=(0, 1)), flow(result, "due").sum(axis=(0, 1))
    moved = [(CASES, PO), (CASES, PSO), (CASES, grade("SPO"))]  # work moves between them when an officer leaves
    for place in np.argwhere((books > 0) | (desks > 0)):
        if tuple(place) not in moved:
            assert desks[tuple(place)] == pytest.approx(books[tuple(place)], rel=2e-3, abs=60), place
    total = [sum(table[place] for place in moved) for table in (books, desks)]
    assert total[0] == pytest.approx(total[1], rel=2e-3)


def test_every_case_has_one_officer():
    """Cases on desks are the people of the unit, of the grade that they need; desks weigh what their cases weigh."""

    class Watched(State):
        def clear_books(self) -> None:
            check_desks(self)
            super().clear_books()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "State", Watched)
        engine.simulate(world_of([change("staff.leaving.annual_rate", scale=5)], end=YEAR), seed=4)


def check_desks(state: State) -> None:
    for unit in range(state.n_units):
        used = int(state.persons.meta[unit, USED])
        people = state.persons.rec[unit, :used]
        cold = state.persons.cold[unit, :used]
        alive = people["state"] >= 0
        here, cold = people[alive], cold[alive]
        desks = state.desks.desk[unit]
        assert (np.bincount(here["desk"], minlength=len(desks)) == desks["cases"]).all()
        weight = state.world.work.weight[here["state"], here["risk"]]
        assert (np.bincount(here["desk"], weights=weight, minlength=len(desks)) == desks["weight"]).all()
        grades = desks["grade"][here["desk"]]
        assert (here["desk"] >= state.officers).all(), "each unit has officers of both grades"
        assert (grades == np.where(cold["needs_po"] == 1, 0, 1)).all()
        assert (desks["group"][here["desk"]] >= 0).all()
        closed = desks["group"] < 0
        assert (state.desks.line["count"][unit][closed] == 0).all()
        assert (state.desks.line["full"][unit][closed] == 0).all()


# --- the same question, the same answer


def test_the_same_seed_gives_the_same_arrays_with_any_number_of_threads():
    world = world_of(changes_of("reset"), end=HALF_YEAR)
    one = engine.simulate(world, seed=5)
    assert same(one, engine.simulate(world, seed=5)) == []
    assert same(one, engine.simulate(world, seed=5, threads=2)) == []
    assert same(one, engine.simulate(world, seed=5, threads=7)) == []


def test_another_seed_draw_or_replication_is_another_run():
    world = world_of(end=dt.date(2024, 4, 28), warm_up=4)
    runs = [engine.simulate(world, *key) for key in ((5, 0, 0), (6, 0, 0), (5, 1, 0), (5, 0, 1), (0, 5, 0))]
    for i, one in enumerate(runs):
        for other in runs[:i]:
            assert {"due", "events", "people"} <= set(same(one, other))


@cache
def two_regions() -> DataSet:
    """The three units of the demo set in two regions, the regional teams shared out."""
    staff = {
        name: np.repeat(fte, 2, axis=0) * np.array([[0.7], [0.3]]) if fte.ndim == 2 and len(fte) == 1 else fte
        for name, fte in demo().staff.items()
    }
    return replace(demo(), regions=("A", "B"), unit_region=np.array([0, 1, 0]), staff=staff)


@pytest.mark.parametrize(("region", "units", "team"), [("A", [0, 2], 3), ("B", [1], 4)])
def test_a_region_alone_lives_as_in_the_nation(region, units, team):
    whole = engine.simulate(world_of(dataset=two_regions(), end=HALF_YEAR), seed=3)
    alone = engine.simulate(world_of(dataset=two_regions(), region=region, end=HALF_YEAR), seed=3)
    rows = [*units, team]
    for name in ("due", "flow", "activity", "activity_lapsed_minutes", "in_post", "available"):
        found, known = getattr(alone, name)[:-1], getattr(whole, name)[rows]
        assert np.array_equal(found, known), name
    for name in ("people", "events", "caseload", "officer_changes", "status"):
        assert np.array_equal(getattr(alone, name), getattr(whole, name)[units]), name
    assert alone.block_names[: len(rows)] == tuple(whole.block_names[row] for row in rows)


@pytest.mark.parametrize("name", ["reset", "reset-orders"])
def test_changes_of_strength_0_are_the_baseline(name):
    none = [replace(one, strength=0.0) for one in changes_of(name)]
    assert len(none) > 5
    assert same(engine.simulate(world_of(none), seed=1), engine.simulate(world_of(), seed=1)) == []


def test_a_shorter_horizon_gives_the_same_first_months():
    """Nothing that happens before the end knows where the end is; and no event is lost there."""
    changes = [*changes_of("reset"), change("people.recall.monthly_rate", scale=2, from_=dt.date(2024, 10, 7))]
    long = engine.simulate(world_of(changes, end=dt.date(2026, 3, 29)), seed=2)
    for end in (dt.date(2024, 4, 28), HALF_YEAR, YEAR):
        short = engine.simulate(world_of(changes, end=end), seed=2)
        months = len(short.months)
        assert short.months == long.months[:months]
        for name in ("due", "flow", "activity", "people", "events", "in_post", "available", "caseload"):
            assert np.array_equal(getattr(short, name), getattr(long, name)[:, :months]), (name, end)
        assert np.array_equal(short.other_roles, long.other_roles[:months])


# --- room for work grows without loss


@cache
def twice_the_load() -> engine.World:
    return world_of([change("people.starts.monthly", scale=2)], end=YEAR, dataset=grown(demo(), staff=0.5))


@cache
def overloaded() -> tuple[RunResult, Look]:
    with looking() as look:
        return engine.simulate(twice_the_load(), seed=1), look


def test_at_twice_the_load_everything_is_still_somewhere():
    result, look = overloaded()
    check_minutes(result, look)
    check_pieces(result, look)
    check_people(result, demo())
    assert look.waiting[-1].sum() > 1.5 * base()[1].waiting[-1].sum()


def test_room_that_grows_gives_what_room_that_was_there_gives(monkeypatch):
    """Units and teams with hardly any room stop before a week, get more and go on; nothing else changes."""
    rooms: list[tuple[int, ...]] = []

    class Cramped(State):
        def _make_desks(self, weeks: int) -> None:
            super()._make_desks(weeks)
            team = self.team_desks
            few = 2 * team.line[0].size  # chunks: as many again as there are lines
            self.team_desks = team._replace(
                piece=team.piece[:, : few * CHUNK].copy(),
                after=team.after[:, :few].copy(),
                stack=team.stack[:, :few].copy(),
            )
            self.note()

        def clear_books(self) -> None:
            self.note()
            super().clear_books()

        def note(self) -> None:
            rooms.append((self.desks.piece.shape[1], self.team_desks.piece.shape[1]))

    monkeypatch.setattr(state_module, "ROOM_FOR_WORK", 60)
    roomy = engine.simulate(twice_the_load(), seed=1)
    monkeypatch.setattr(state_module, "ROOM_FOR_WORK", -3)
    monkeypatch.setattr(engine, "State", Cramped)
    cramped = engine.simulate(twice_the_load(), seed=1)
    assert rooms[-1][0] > 2 * rooms[0][0], "the room of the units grew"
    assert rooms[-1][1] > rooms[0][1], "the room of the teams grew"
    assert same(cramped, roomy) == []


@pytest.mark.parametrize("times", [3, 10])
def test_any_volume_that_the_catalogue_allows_has_room(times):
    """Ten times the work of every kind is within the limits of `work.volume.factor`."""
    assert catalogue_().parameters["work.volume.factor"].limits[1] >= times
    world = world_of([change("work.volume.factor", scale=times)], end=dt.date(2024, 6, 30), warm_up=4)
    with looking() as look:
        result = engine.simulate(world, seed=1)
    check_minutes(result, look)
    check_pieces(result, look)
    plain = engine.simulate(world_of(end=dt.date(2024, 6, 30), warm_up=4), seed=1)
    # a referral that comes back is ten times as often work, of ten times the referrals
    back = np.array([activity.id == "referral_returned" for activity in catalogue_().activities])
    due, before = (one.activity[..., DUE].sum(axis=(0, 1, 3)) for one in (result, plain))
    assert due[~back].sum() == pytest.approx(times * before[~back].sum(), rel=0.02)
    assert due[back].sum() == pytest.approx(times**2 * before[back].sum(), rel=0.1)


# --- more and less


def gap_fte(world: engine.World, result: RunResult) -> np.ndarray:
    """Required less available (month, area, grade) over all blocks, on the policy-adjusted timing."""
    weeks = result.weeks_in_month[:, None, None]
    required = result.due[..., 1].sum(axis=0) / (world.productive_minutes * weeks)
    return required - result.available.sum(axis=0)


@few(5)
@given(seed=st.integers(0, 1000), more=st.sampled_from([1.1, 1.5, 3.0]), less=st.sampled_from([0.3, 0.7, 1.0]))
def test_more_staff_never_widen_a_gap_nor_lapse_more_work(seed, more, less):
    few, many = grown(demo(), staff=less), grown(demo(), staff=less * more)
    worlds = [world_of(end=HALF_YEAR, dataset=one) for one in (few, many)]
    small, large = (engine.simulate(world, seed) for world in worlds)
    before, after = (gap_fte(world, run) for world, run in zip(worlds, (small, large), strict=True))
    staffed = small.in_post[:, 0].sum(axis=0) > 0
    staffed[:, grade("trainee")] = False  # their part counts as PSO
    assert (after[0][staffed] < before[0][staffed]).all()
    assert (after.sum(axis=2) <= before.sum(axis=2) + 1e-6).all()
    assert (large.available.sum(axis=(0, 3)) >= small.available.sum(axis=(0, 3)) - 1e-6).all()
    assert flow(large, "lapsed").sum() <= flow(small, "lapsed").sum()
    assert np.array_equal(small.due.sum(axis=3), large.due.sum(axis=3)), "what falls due knows nothing of staff"


def test_an_assessment_that_takes_20_per_cent_longer_adds_a_fifth_of_its_share():
    acts = catalogue_().activities
    place = [one.id for one in acts].index("initial_assessment")
    with looking() as look:
        plain = engine.simulate(world_of(end=YEAR, delivery=False), seed=1)
    slow = [change("work.timing.factor", where={"activity": "initial_assessment"}, scale=1.2)]
    longer = engine.simulate(world_of(slow, end=YEAR, delivery=False), seed=1)
    by_activity = np.stack(look.due[1:]).sum(axis=0)  # what fell in the warm-up is thrown away
    with_support = np.array([1 + sum(one.spec.get("support", {}).values()) for one in acts])
    hours = by_activity * with_support[:, None]
    share = hours[place] / hours.sum(axis=0)
    total, more = (run.due.sum(axis=(0, 1, 2, 3)) for run in (plain, longer))
    assert hours.sum(axis=0) == pytest.approx(total, rel=1e-4), "the share is of all that fell due"
    assert (share > 0.02).all()
    assert more / total - 1 == pytest.approx(0.2 * share, rel=1e-3)


# --- Reset


def test_reset_changes_who_is_supervised_and_not_who_is_there():
    before, after = base()[0], reset()
    assert np.array_equal(before.people[..., 0], after.people[..., 0])
    others = [i for i, name in enumerate(EVENTS) if name != "follow_up"]
    assert np.array_equal(before.events[..., others], after.events[..., others])
    assert np.array_equal(before.people[:, 0], after.people[:, 0])  # April: it starts on the 29th
    supervised = [run.people[:, 2:, ..., 1].sum(axis=(0, 2, 3)) for run in (before, after)]
    assert (supervised[1] < supervised[0]).all()
    very_high = after.people[:, :, :, 3]
    assert np.array_equal(very_high[..., 0], very_high[..., 1]), "people at very high risk are exempt"
    orders = after.people[:, :, :2]
    assert np.array_equal(orders[..., 0], orders[..., 1]), "orders are an option of their own"
    assert (after.due[:, 4:].sum(axis=(0, 2, 3)) < before.due[:, 4:].sum(axis=(0, 2, 3))).all()
    assert event(after, "follow_up").sum() > 0 == event(before, "follow_up").sum()


def test_reset_with_orders_suspends_contact_in_orders_too():
    after = engine.simulate(world_of(changes_of("reset-orders"), end=YEAR), seed=1)
    assert np.array_equal(after.people[..., 0], base()[0].people[..., 0])
    late = after.people[:, 4:, :2].sum(axis=(0, 1, 2, 3))
    assert late[1] < late[0]
    assert after.due.sum() < reset().due.sum()


RELIEF_SEEDS = range(6)
EXEMPTIONS = {"supervision.suspend.exempt_share", "supervision.suspend.exempt_flag"}


def relief(*changes: Change) -> np.ndarray:
    """Per cent of PO and PSO hours of sentence management (seed, grade) that changes spare once they are in full."""
    spared = []
    for seed in RELIEF_SEEDS:
        after = engine.simulate(world_of(changes, end=YEAR, delivery=False), seed)
        hours = [run.due[:, 4:, CASES, :, 1].sum(axis=(0, 1))[[PO, PSO]] for run in (undelivered(seed), after)]
        spared.append(100 * (1 - hours[1] / hours[0]))
    return np.array(spared)


@cache
def undelivered(seed: int) -> RunResult:
    return engine.simulate(world_of(end=YEAR, delivery=False), seed)


def test_reset_spares_officers_of_high_risk_people_less_and_exemptions_are_why():
    whole = changes_of("reset")
    open_to_all = tuple(one for one in whole if one.path not in EXEMPTIONS)
    assert len(open_to_all) == len(whole) - 4
    exempt, nobody = relief(*whole), relief(*open_to_all)
    assert (exempt > 2).all()
    assert (exempt[:, 0] < 0.85 * exempt[:, 1]).all(), "POs gain less than PSOs, in per cent"
    assert (nobody > exempt).all()
    assert nobody[:, 0].mean() > 0.95 * nobody[:, 1].mean(), "without exemptions the order goes"
    lost = nobody - exempt
    assert (lost[:, 0] > 2 * lost[:, 1]).all(), "it is POs whom the exemptions cost"


def test_pos_gain_less_the_more_high_risk_people_are_exempt():
    """From seed to seed the same people are exempt first, so the order holds in each, not only on average."""
    others = [one for one in changes_of("reset") if one.id != "reset.exempt.high"]
    spared = []
    for share in (0.4, 0.525, 0.65, 1.0):
        high = change("supervision.suspend.exempt_share", where={"risk": "high"}, set=share, from_=RESET)
        spared.append(relief(*others, high))
    gain = np.array(spared)  # (share, seed, grade)
    assert (np.diff(gain[..., 0], axis=0) < 0).all()
    assert (np.diff(gain[..., 1], axis=0) == 0).all(), "PSOs hold no high-risk cases"
