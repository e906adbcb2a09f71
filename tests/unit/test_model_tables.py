"""Parameters and catalogue as the arrays that the kernels read."""

import datetime as dt
import math
from dataclasses import replace
from unittest import mock

import hypothesis.strategies as st
import numba
import numpy as np
import pytest
from hypothesis import given, settings
from support.small_model import catalogue_, change, changes_of, demo, fixed, grown, world_of

from capacity_sim import scenario, streams
from capacity_sim.analysis import calibration
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Activity, Catalogue
from capacity_sim.errors import CapacitySimError, DataError, ScenarioError
from capacity_sim.model import areas, engine, loading, people, tables
from capacity_sim.model.compiled import kernel
from capacity_sim.model.delivery import ONE
from capacity_sim.model.records import CASE, N_DATED, QUANTILES
from capacity_sim.model.result import EVENTS
from capacity_sim.model.state import State
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change

END = dt.date(2024, 12, 29)
CALENDAR = Calendar(dt.date(2024, 3, 31), END, warm_up=4)
WEEKS, WARM = CALENDAR.n_total, CALENDAR.warm_up
STATES, RISKS = 6, 4
ACTS = {one.id: i for i, one in enumerate(catalogue_().activities)}
BASES = {name: i for i, name in enumerate(catalogue_().dimensions["basis"])}
NEEDED = 3


def parameters(*changes: Change) -> Parameters:
    return Parameters(catalogue_(), demo().values, changes, CALENDAR)


def work(*changes: Change) -> tables.Work:
    return tables.work(parameters(*changes), catalogue_())


def row(day: dt.date) -> int:
    return WARM + CALENDAR.week(day)


# --- sentence clocks


def test_clocks_have_a_row_for_each_simulated_week():
    c = tables.clocks(parameters(), CALENDAR)
    assert (c.warm_up, c.n_weeks) == (WARM, WEEKS)
    shapes = {name: np.shape(value) for name, value in c._asdict().items() if name != "rules"}
    assert shapes["lengths"] == (3, 3, 4)
    assert shapes["bands"] == (2, 4)
    assert shapes["kinds"] == (3, 3)
    assert shapes["hazard"] == (6, WEEKS)
    assert shapes["hazard_sum"] == (6, WEEKS + 1)
    assert shapes["flag_cut"] == shapes["risk_cut"][1:] * 2 == (4, 4)
    assert shapes["risk_cut"] == (WEEKS + 1, 4)
    assert shapes["handover_days"] == (WEEKS,)
    assert len(c.rules.day) == len(c.rules.fraction) == 1


def test_hazards_are_a_day_and_their_sum_is_since_the_first_week():
    rise = change("people.recall.monthly_rate", scale=2, from_=dt.date(2024, 7, 1))
    c = tables.clocks(parameters(rise), CALENDAR)
    monthly = parameters().weekly("people.recall.monthly_rate")[0]
    assert c.hazard[:4, 0] == pytest.approx(monthly * 12 / 365.25)
    assert c.hazard[:4, -1] == pytest.approx(2 * c.hazard[:4, 0])
    orders = parameters().weekly("people.revocation.monthly_rate")[0]
    assert c.hazard[4:, -1] == pytest.approx(orders * 12 / 365.25)
    assert c.hazard_sum[:, 0].tolist() == [0] * 6
    assert np.diff(c.hazard_sum, axis=1) == pytest.approx(7 * c.hazard)


def test_shares_are_cumulative_and_the_last_row_of_risk_is_the_stock():
    c = tables.clocks(parameters(), CALENDAR)
    assert c.lengths[0, :, -1] == pytest.approx(np.ones(3))
    assert c.risk_cut[:, -1] == pytest.approx(np.ones(WEEKS + 1))
    assert c.risk_cut[-1] == pytest.approx(np.cumsum(parameters().fixed("people.risk.stock_mix")))
    assert c.risk_cut[0] == pytest.approx(np.cumsum(parameters().weekly("people.risk.start_mix")[0]))
    assert (c.flag_cut[-1] <= 1).all()
    assert (np.diff(c.flag_cut, axis=0) >= 0).all()


def test_lengths_are_scaled_by_type():
    plain = tables.clocks(parameters(), CALENDAR).lengths
    longer = tables.clocks(
        parameters(fixed("people.length.scale", 1.5, "scale", where={"start_type": "custody"})), CALENDAR
    ).lengths
    assert np.array_equal(longer[:, :2], plain[:, :2])
    assert longer[1:, 2] == pytest.approx(1.5 * plain[1:, 2])
    assert longer[1, 2] == pytest.approx(
        1.5 * parameters().fixed("people.length.shortest")[2] * parameters().fixed("people.length.scale")[2]
    )


def test_a_release_point_that_changes_makes_a_segment_from_its_week_on():
    day = dt.date(2024, 9, 9)
    later = change("people.release.fraction", where={"determinate": "standard"}, set=0.3, from_=day)
    c = tables.clocks(parameters(later), CALENDAR)
    assert c.rules.day.tolist() == [-(10**7), CALENDAR.day(day)]
    assert (c.rules.fraction[1, 0] == 0.3).all()
    assert np.array_equal(c.rules.fraction[1, 1], c.rules.fraction[0, 1])
    row = CALENDAR.day(day) // 7 + WARM
    assert c.segment_of.tolist() == [0] * row + [1] * (WEEKS - row)


@kernel
def release_day(c, key, kind, band, start):
    """Day of release of a sentence: only kernels may call what only kernels call."""
    return people.sentence(c, key, kind, band, start)[3]


def test_people_past_a_new_release_point_are_released_on_its_day():
    """Who would have been out under the new rule leaves on its first day; who left before it is not called back."""
    day = 161
    other = change("people.early.served", set=0.0001, from_=dt.date(2024, 9, 9))
    c = tables.clocks(parameters(other), CALENDAR)
    assert c.rules.day.tolist() == [-(10**7), day]
    c = c._replace(
        rules=c.rules._replace(fraction=np.array([np.full((2, 4), 0.5), np.full((2, 4), 0.4)])),
        remand_share=0.0,
        lengths=np.array([[[0, 0, 1, 1.0]] * 3, np.full((3, 4), 1000.0), np.full((3, 4), 1000.0)]),
    )

    def released(start: int) -> int:
        return int(release_day(c, np.uint64(1), np.int64(2), np.int64(2), start))

    for start in (-600, -400, -341, -339, -300, -239, -200, 0, 100):
        old, new = start + 500, start + 400
        assert released(start) == (old if old < day else max(day, new)), start


# --- what falls due


def test_timings_are_shapes_times_scales_but_printed_ones_stand():
    p = parameters()
    minutes = tables.timing(p, catalogue_())
    assert minutes.shape == (WEEKS, len(ACTS), RISKS, 4)
    scale = p.fixed("work.timing.scale")
    printed = 0
    for one in catalogue_().activities:
        for basis, b in BASES.items():
            found = minutes[0, ACTS[one.id], :, b]
            given = one.spec.get("published", {}).get(basis)
            printed += given is not None
            shape = np.array(one.spec["minutes"]) * scale[catalogue_().place("area", one.area), b]
            assert found == pytest.approx(shape if given is None else np.full(RISKS, given)), (one.id, basis)
    assert printed >= 2
    assert minutes[0, ACTS["initial_assessment"], 0].tolist()[1:] == [360, 432, 432]


def test_a_factor_moves_a_timing_from_its_week_on():
    slow = change(
        "work.timing.factor",
        where={"activity": "initial_assessment", "basis": "staff_reported"},
        scale=1.5,
        from_=dt.date(2024, 9, 2),
    )
    plain, slower = tables.timing(parameters(), catalogue_()), tables.timing(parameters(slow), catalogue_())
    first = row(dt.date(2024, 9, 2))
    assert np.array_equal(plain[:first], slower[:first])
    a, b = ACTS["initial_assessment"], BASES["staff_reported"]
    ratio = slower[first:] / plain[first:]
    assert ratio[:, a, :, b] == pytest.approx(1.5)
    assert ratio[:, a, :, NEEDED] == pytest.approx(1.5), "officers need the time that they report"
    assert (ratio[:, :, :, :b] == 1).all()
    assert (np.delete(ratio, a, axis=1) == 1).all()


@pytest.mark.parametrize("blend", [0.0, 0.25, 1.0])
def test_the_time_really_needed_lies_between_policy_and_staff(blend):
    minutes = tables.timing(parameters(change("delivery.spent_blend", set=blend)), catalogue_())[-1]
    policy, staff = minutes[..., BASES["policy_adjusted"]], minutes[..., BASES["staff_reported"]]
    assert minutes[..., NEEDED] == pytest.approx(policy + blend * (staff - policy))


def test_the_floor_is_a_share_of_the_original_timing():
    floor, minutes = work().floor, tables.timing(parameters(), catalogue_())[0]
    assert floor.shape == (WEEKS, len(ACTS) + 8)
    share = float(parameters().weekly("delivery.floor")[0])
    known = share * minutes[:, 0, 0] / minutes[:, 0, NEEDED]
    assert floor[0, : len(ACTS)] / ONE == pytest.approx(np.minimum(1, known), abs=0.6 / ONE)
    a = ACTS["initial_assessment"]
    assert floor[0, a] == round(ONE * share * minutes[a, 0, 0] / 432)
    for place, name in enumerate(catalogue_().dimensions["area"]):
        mine = [ACTS[one.id] for one in catalogue_().activities if one.area == name]
        assert floor[0, len(ACTS) + place] / ONE == pytest.approx(np.minimum(1, known[mine].mean()), abs=0.6 / ONE)


def test_the_floor_is_never_more_than_the_full_time_nor_nothing():
    quick = change("work.timing.factor", where={"basis": "staff_reported"}, scale=0.1)
    assert work(quick).floor[-1].max() == ONE
    slow = change("work.timing.factor", where={"basis": "original"}, scale=0.0)
    assert work(slow).floor[-1].min() == 1


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5, 2.0])
def test_durations_have_mean_one_and_their_spread(spread):
    found = tables.durations(spread)
    assert found.shape == (QUANTILES,)
    assert found.sum() == QUANTILES * 1024, "hours that fall due do not depend on the spread"
    assert (np.diff(found) >= -1).all()
    assert (found >= 0).all()
    assert found.std() / 1024 == pytest.approx(spread, rel=0.12, abs=1e-9)


def listed(trigger: str) -> dict[tuple[int, int], float]:
    """Mean pieces of work by activity and state (risk medium) of a trigger, read from the catalogue."""
    kind, name = trigger.split(" ")
    found: dict[tuple[int, int], float] = {}
    for a, one in enumerate(catalogue_().activities):
        for each in one.spec["triggers"]:
            if each.get(kind) != name:
                continue
            chance = each.get("probability", 1.0)
            for state in each.get("states", catalogue_().dimensions["state"]):
                cell = a, catalogue_().place("state", state)
                found[cell] = found.get(cell, 0.0) + (chance[1] if isinstance(chance, list | tuple) else chance)
    return found


def test_every_trigger_of_the_catalogue_is_there_and_flags_come_last():
    w = work()
    names = [*(f"on {one}" for one in EVENTS), *(f"stream {one}" for one in tables.STREAMS), "on referral_returned"]
    assert w.item_from.shape == (len(names), STATES, 3)
    used = 0
    for trigger, name in enumerate(names):
        found: dict[tuple[int, int], float] = {}
        for state in range(STATES):
            first, flagged, last = w.item_from[trigger, state]
            assert first <= flagged <= last
            assert not w.item["flag"][first:flagged].any()
            assert w.item["flag"][flagged:last].all()
            assert len(set(w.item["place"][first:last])) == last - first, "each has a draw of its own"
            for j in range(first, last):
                cell = int(w.item["act"][j]), state
                found[cell] = found.get(cell, 0.0) + float(w.mean[0, j, 1])
            used += last - first
        assert found == pytest.approx(listed(name)), name
    assert used == len(w.item)


def test_volume_multiplies_what_falls_due_from_its_week_on():
    high = {"activity": "contact", "risk": "high"}
    more = change("work.volume.factor", where=high, scale=2, from_=dt.date(2024, 9, 2))
    ratio = work(more).mean / work().mean.clip(1e-9)
    first = row(dt.date(2024, 9, 2))
    assert (ratio[:first] == work().mean[:first] / work().mean[:first].clip(1e-9)).all()
    of_contact = work().item["act"] == ACTS["contact"]
    assert (ratio[first:, of_contact, 2] == 2).all()
    assert (ratio[first:, of_contact, 1] == 1).all()
    assert (ratio[first:, ~of_contact] <= 1).all()


def test_intervals_are_those_of_the_streams():
    w = work()
    assert w.interval.shape == (len(tables.STREAMS), STATES, RISKS)
    for j, name in enumerate(tables.STREAMS):
        for s, state in enumerate(catalogue_().dimensions["state"]):
            assert w.interval[j, s].tolist() == list(catalogue_().streams[name]["every_weeks"][state])
    assert set(catalogue_().streams) == set(tables.STREAMS)


def test_work_knows_its_queue_place_deadline_and_status():
    w = work()
    assert len(w.act) == len(ACTS) + 8
    pools = areas.pools(catalogue_())
    for one in catalogue_().activities:
        act = w.act[ACTS[one.id]]
        assert catalogue_().dimensions["queue"][act["queue"]] == one.queue
        assert catalogue_().dimensions["area"][act["area"]] == one.area
        assert act["deadline"] == math.ceil(one.spec["deadline_working_days"] / 5)
        assert act["pause_at"] == {None: 3, "amber": 1, "red": 2}[one.spec.get("pause_at")]
        assert act["stops"] == one.spec.get("suspendable", False)
        assert act["level"] == areas.LEVEL[one.area]
        if one.spec["grade"] == "case":
            assert act["main"] == CASE
        else:
            pool = pools[act["main"]]
            assert (pool.area, pool.grade, pool.level) == (one.area, one.spec["grade"], act["level"])
        for place, pool in enumerate(pools):
            part = one.spec.get("support", {}).get(pool.grade, 0) if pool.area == one.area else 0
            assert w.support[ACTS[one.id], place] == part


def test_main_work_of_a_unit_goes_to_the_desk_of_its_pool():
    """Court work must be on the desk whose books are those of court staff of its grade."""
    world = world_of(warm_up=1, end=dt.date(2024, 4, 28))
    state = State(world, engine.starts_of(world, streams.key_of(1)))
    groups = state.desks.desk["group"][0]
    seen = set()
    for item in world.work.item:
        one = catalogue_().activities[item["act"]]
        if areas.LEVEL[one.area] == areas.UNIT and one.spec["grade"] != "case":
            assert state.groups[groups[item["desk"]]] == (one.area, one.spec["grade"]), one.id
            seen.add(one.area)
    assert seen == {"court"}


def test_rules_of_suspension_by_week():
    before, after = work().dated, work(*changes_of("reset")).dated
    assert before.shape == after.shape == (WEEKS, N_DATED)
    assert np.array_equal(before[: row(dt.date(2024, 4, 29))], after[: row(dt.date(2024, 4, 29))])
    flags = after[:, 17].astype(int)
    assert flags[row(dt.date(2024, 4, 22))] == 0
    assert flags[-1] == 0b1111, "all four kinds of flag exempt"
    adoption = after[:, 0]
    assert (np.diff(adoption) >= 0).all()
    assert adoption[row(dt.date(2024, 7, 8))] == 1
    one_flag = change("supervision.suspend.exempt_flag", where={"flag": "child_protection"}, set=1)
    assert work(one_flag).dated[-1, 17] == people.CHILD_PROTECTION


def test_case_weights_are_expected_minutes_a_week_of_the_officer():
    w, minutes = work(), tables.timing(parameters(), catalogue_())[0, :, :, NEEDED]
    known = np.zeros((STATES, RISKS))
    for a, one in enumerate(catalogue_().activities):
        if one.spec["grade"] != "case":
            continue
        for each in one.spec["triggers"]:
            if "stream" not in each or "flag" in each:
                continue
            for state in each.get("states", catalogue_().dimensions["state"]):
                every = np.array(catalogue_().streams[each["stream"]]["every_weeks"][state], float)
                rate = np.divide(each.get("probability", 1.0), every, out=np.zeros(RISKS), where=every > 0)
                known[catalogue_().place("state", state)] += rate * minutes[a]
    assert w.weight == pytest.approx(np.maximum(1, 16 * known), abs=0.51)
    outside = w.weight[[0, 1, 4, 5]]
    assert (np.diff(outside, axis=1) > 0).all(), "higher risk weighs more"


def test_without_delivery_the_tables_are_the_same():
    with_it, without = (tables.work(parameters(), catalogue_(), deliver) for deliver in (True, False))
    assert (with_it.deliver, without.deliver) == (1, 0)
    for name in with_it._fields[:-1]:
        assert np.array_equal(getattr(with_it, name), getattr(without, name)), name


# --- faults


def catalogue_with(**spec: object) -> Catalogue:
    """The catalogue with its first activity changed."""
    first, *others = catalogue_().activities
    changed = Activity(first.id, first.title, first.area, first.queue, {**first.spec, **spec})
    return replace(catalogue_(), activities=(changed, *others))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"triggers": [{"on": "birthday"}]}, "`induction` names unknown trigger `on birthday`"),
        ({"triggers": [{"stream": "daily"}]}, "`induction` names unknown trigger `stream daily`"),
        ({"triggers": [{}]}, "`induction` names unknown trigger `stream None`"),
        ({"triggers": [{"on": "release", "states": ["bail"]}]}, "`induction` names unknown state `bail`"),
        ({"triggers": [{"on": "release", "flag": "red"}]}, "`induction` names unknown flag `red`"),
        ({"triggers": [{"on": "release", "chance": 1}]}, "`induction` names unknown key `chance`"),
        ({"grade": "officer"}, "`induction` names grade `officer`, which does not exist"),
        ({"support": {"clerk": 0.1}}, "`induction` names grade `clerk`, which does not exist"),
    ],
)
def test_names_of_the_catalogue_that_nothing_knows_are_refused(spec, message):
    with pytest.raises(DataError) as raised:
        tables.work(parameters(), catalogue_with(**spec))
    assert message in str(raised.value)


def test_all_unknown_names_are_told_at_once():
    with pytest.raises(CapacitySimError) as raised:
        tables.work(parameters(), catalogue_with(triggers=[{"on": "birthday", "states": ["bail"], "flag": "red"}]))
    assert len(raised.value.faults) == 3


# --- compiled once


def kinds_of(*changes: Change, delivery: bool = True, staff: float = 1.0) -> dict[str, str]:
    """Types by which kernels are compiled."""
    world = world_of(changes, end=END, warm_up=4, delivery=delivery, dataset=grown(demo(), staff=staff))
    parts = {**world.clocks._asdict(), **world.work._asdict()}
    given: dict[str, object] = {}

    def note(clocks: object, key: int, quota: object, *arrays: object) -> None:
        given.update(zip(("per_day", "ceiling", "band_share", "name"), arrays, strict=True))

    with mock.patch.object(loading, "unit_starts", note):
        engine.starts_of(world, 1)
    parts |= given
    return {name: str(numba.typeof(part)) for name, part in parts.items()}


@pytest.mark.parametrize(
    "path",
    [
        "work.timing.factor",
        "work.volume.factor",
        "people.starts.monthly",
        "people.recall.monthly_rate",
        "people.release.fraction",
        "people.handover.days",
        "people.risk.start_mix",
        "work.case_needs_po",
        "delivery.floor",
        "delivery.spent_blend",
    ],
)
def test_kernels_are_not_compiled_again_for_a_change(path):
    """An array of another layout is another type: every kernel would be compiled again, a minute of waiting."""
    scale = 0.999 if path in ("people.risk.start_mix", "work.case_needs_po", "delivery.spent_blend") else 1.01
    assert kinds_of(change(path, scale=scale, from_=dt.date(2024, 6, 3))) == kinds_of()


def test_kernels_are_not_compiled_again_for_shipped_scenarios_or_other_data():
    for name in ("reset", "reset-orders"):
        assert kinds_of(*changes_of(name)) == kinds_of()
    assert kinds_of(delivery=False, staff=2.0) == kinds_of()
    assert kinds_of(fixed("delivery.attention", 2, "scale")) == kinds_of()


def test_every_shipped_scenario_gives_the_kernels_arrays_of_one_type():
    """Another type, such as another order of an array, would compile every kernel again."""
    dataset, catalogue = demo(), catalogue_()
    calendar = Calendar(dataset.start, dt.date(2029, 3, 31))

    def types(name: str) -> tuple[object, object]:
        made = Parameters(catalogue, dataset.values, scenario.load(name).changes, calendar)
        return numba.typeof(tables.clocks(made, calendar)), numba.typeof(tables.work(made, catalogue))

    known = types("baseline")
    assert [name for name in scenario.available() if types(name) != known] == []


def test_a_year_in_which_nothing_changes_gives_arrays_of_the_same_type():
    dataset, catalogue = demo(), catalogue_()
    steady = calibration.steady_parameters(dataset, dataset.values, catalogue)
    usual = Parameters(catalogue, dataset.values, (), Calendar(dataset.start, dt.date(2025, 3, 31)))
    assert numba.typeof(tables.clocks(steady, steady.calendar)) == numba.typeof(tables.clocks(usual, usual.calendar))
    assert numba.typeof(tables.work(steady, catalogue)) == numba.typeof(tables.work(usual, catalogue))
    assert all(usual.weekly(path).flags.c_contiguous for path in catalogue.parameters)


def test_work_that_no_grade_is_named_for_cannot_be_moved():
    moved = change("work.moved.share", where={"activity": "induction"}, set=0.5, from_=dt.date(2024, 7, 1))
    with pytest.raises(ScenarioError, match="work of `induction` cannot be moved to another grade"):
        work(moved)


@pytest.mark.parametrize("end", [END, CALENDAR.day0], ids=["months", "one day"])
def test_tables_are_of_one_type_whatever_the_span(end: dt.date):
    """Another order of memory is another type to the compiler, and every kernel would be compiled again."""
    span = Calendar(dt.date(2024, 3, 31), end, warm_up=0 if end == CALENDAR.day0 else 4)
    p = Parameters(catalogue_(), demo().values, changes_of("reset"), span)
    clocks = tables.clocks(p, span)
    for table in (clocks, clocks.rules, tables.work(p, catalogue_())):
        arrays = {name: one for name, one in table._asdict().items() if isinstance(one, np.ndarray)}
        assert [name for name, one in arrays.items() if not one.flags.c_contiguous] == []


FREE = [one.id for one in catalogue_().activities]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.5, 2.0), min_size=len(FREE), max_size=len(FREE)))
def test_a_spread_of_timings_moves_activities_and_holds_each_area(spread: list[float]):
    """The staff that each area takes in a steady year, by the weights, is what it was: print says it."""
    changes = [
        change("work.timing.spread", where={"activity": name}, set=value)
        for name, value in zip(FREE, spread, strict=True)
    ]
    before, p = tables.timing(parameters(), catalogue_())[0], parameters(*changes)
    after, weight = tables.timing(p, catalogue_())[0], p.fixed("work.timing.weight")
    scale = p.fixed("work.timing.scale")
    ratio = after[:, 1, :3] / before[:, 1, :3]
    areas_of = np.array([catalogue_().place("area", one.area) for one in catalogue_().activities])
    free = weight > 0
    for one in catalogue_().activities:
        for basis in one.spec.get("published", {}):
            assert ratio[ACTS[one.id], BASES[basis]] == 1.0, "a printed timing stands"
            free[ACTS[one.id], BASES[basis]] = False
    assert (ratio[~free] == 1.0).all()
    for place in range(len(catalogue_().dimensions["area"])):
        staff = np.where(free, weight, 0.0)[areas_of == place] * scale[place]
        assert (staff * ratio[areas_of == place]).sum(axis=0) == pytest.approx(staff.sum(axis=0), rel=1e-9)
        drawn = np.array(spread)[areas_of == place][:, None] * np.ones(3)
        held = free[areas_of == place]
        if held.sum() > 1:  # inside an area the timings keep the ratios that were drawn
            apart = (ratio[areas_of == place] / drawn)[held[:, 0], 0]
            assert apart == pytest.approx(np.full(len(apart), apart[0]))


def test_without_a_spread_timings_are_what_they_were_to_the_last_bit():
    p = parameters()
    assert (tables._spread(p, catalogue_()) == 1.0).all()
