import datetime as dt

import numpy as np
import pytest

from capacity_sim.calendars import Calendar
from capacity_sim.errors import ScenarioError, UsageError
from capacity_sim.parameters import Parameters, uncertain_inputs
from capacity_sim.scenario import Change, Origin, WrittenChange

CALENDAR = Calendar(dt.date(2024, 3, 31), dt.date(2026, 3, 31))
WARM = CALENDAR.warm_up


def change(path: str, strength: float = 1.0, delay: int = 0, **keys) -> Change:
    given = {"source": "s", "basis": "assumed", "quality": "red", "impact": "red", "why": "w"}
    given |= {"id": path + ".changed", "path": path, **keys}
    written = WrittenChange.model_validate(given)
    return Change(written, Origin("test", "test.yaml", 3), delay, strength)


@pytest.fixture
def make(tiny, tiny_data):
    def parameters(*changes: Change, draw=None, calendar=CALENDAR) -> Parameters:
        return Parameters(tiny, tiny_data.values, changes, calendar, draw)

    return parameters


def test_a_weekly_array_has_a_row_for_each_simulated_week(make):
    values = make().weekly("people.mix")
    assert values.shape == (CALENDAR.n_total, 3)
    assert values.dtype == np.float64
    assert values[0].tolist() == [0.2, 0.4, 0.4]
    assert values[-1].tolist() == [0.3, 0.4, 0.4]


def test_arrays_are_made_once_and_cannot_be_written(make):
    parameters = make()
    assert parameters.weekly("people.mix") is parameters.weekly("people.mix")
    assert parameters.fixed("work.hours") is parameters.fixed("work.hours")
    with pytest.raises(ValueError, match="read-only"):
        parameters.weekly("people.starts.monthly")[0] = 1


def test_a_value_is_weighted_by_its_days_in_the_week(make):
    first = CALENDAR.monday(10) + dt.timedelta(days=5)
    week = make(change("people.starts.monthly", set=170, **{"from": first})).weekly("people.starts.monthly")
    assert week[WARM + 9 : WARM + 12].tolist() == [100.0, 120.0, 170.0]


def test_no_change_acts_in_the_warm_up(make):
    values = make(change("people.starts.monthly", add=50, **{"from": dt.date(2020, 1, 1)})).weekly(
        "people.starts.monthly"
    )
    assert (values[:WARM] == 100).all()
    assert (values[WARM:] == 150).all()


def test_after_its_last_day_the_value_without_it_returns(make):
    values = make(
        change("people.starts.monthly", scale=2, **{"from": CALENDAR.monday(3), "to": CALENDAR.monday(4)})
    ).weekly("people.starts.monthly")[WARM:]
    assert values[2:6].tolist() == [100.0, 200.0, 100.0 + 100.0 / 7, 100.0]


def test_set_then_scale_then_add(make):
    start = {"from": dt.date(2024, 4, 1)}
    changes = [
        change("people.starts.monthly", id="c", set=200, **start),
        change("people.starts.monthly", id="b", scale=0.5, **start),
        change("people.starts.monthly", id="a", add=7, **start),
    ]
    assert make(*changes).weekly("people.starts.monthly")[-1] == 107.0
    assert make(*reversed(changes)).weekly("people.starts.monthly")[-1] == 107.0


def test_a_change_moves_the_cells_it_names(make):
    values = make(
        change(
            "work.factor",
            where={"risk": ["high"], "activity": "contact"},
            scale=1.5,
            **{"from": dt.date(2024, 4, 1)},
        )
    ).weekly("work.factor")[-1]
    assert values.tolist() == [[1.0, 1.0, 1.0], [1.0, 1.0, 1.5]]


def test_delay_and_strength_act_on_dates_and_amounts(make):
    keys = {"set": {dt.date(2024, 4, 1): 120, dt.date(2024, 6, 3): 140}}
    values = make(change("people.starts.monthly", delay=1, strength=0.5, **keys))
    assert values.value("people.starts.monthly", dt.date(2024, 4, 30)) == 100.0
    assert values.value("people.starts.monthly", dt.date(2024, 5, 1)) == 110.0
    assert values.value("people.starts.monthly", dt.date(2024, 7, 3)) == 120.0


def test_phase_in_ends_on_the_day_that_the_months_say(make):
    start = dt.date(2024, 4, 29)
    one = change("people.mix", where={"risk": "low"}, set=1, phase_in_months=2.07, **{"from": start})
    assert one.ramp_days == (dt.date(2024, 7, 1) - start).days
    parameters = make(one)
    assert parameters.value("people.mix", start, risk="low") == 0.2
    assert 0.2 < parameters.value("people.mix", dt.date(2024, 6, 1), risk="low") < 1.0
    assert parameters.value("people.mix", dt.date(2024, 7, 1), risk="low") == 1.0


def test_fixed_parameters_have_one_value(make):
    parameters = make(change("work.hours", scale=1.5))
    assert parameters.fixed("work.hours").shape == ()
    assert float(parameters.fixed("work.hours")) == 15.0
    assert (parameters.weekly("work.hours") == 15.0).all()
    with pytest.raises(UsageError, match="varies through time"):
        parameters.fixed("people.mix")


def test_a_draw_reads_ranges_and_moves_all_cells_of_an_entry_together(make):
    draw = {
        "people.starts.monthly": 0.25,
        "staff.trainee.months": 0.72,
        "more": 1.0,
        "of another scenario": 0.5,
    }
    more = change(
        "work.factor", id="more", where={"risk": ["low", "high"]}, scale=1.5, range=[1.2, 1.8],
        **{"from": dt.date(2024, 4, 1)},
    )  # fmt: skip
    parameters = make(more, draw=draw)
    assert parameters.weekly("people.starts.monthly")[0] == 90.0
    assert parameters.fixed("staff.trainee.months") == 28.0
    assert parameters.weekly("work.factor")[-1].tolist() == [[1.8, 1.0, 1.8]] * 2
    assert parameters.weekly("staff.leaving.rate")[0].tolist() == [0.12, 0.08]


def test_strength_acts_on_the_reading(make):
    half = change("people.starts.monthly", id="h", strength=0.5, scale=1.2, range=[1.1, 1.4],
                  **{"from": dt.date(2024, 4, 1)})  # fmt: skip
    assert make(half, draw={"h": 1.0}).weekly("people.starts.monthly")[-1] == pytest.approx(120.0)


def test_uncertain_inputs_are_listed_by_id(make, tiny_data):
    more = change("work.factor", id="b.more", scale=1.5, range=[1.2, 1.8], **{"from": dt.date(2024, 4, 1)})
    muted = change("work.factor", id="b.muted", strength=0.0, scale=1.5, range=[1.2, 1.8],
                   **{"from": dt.date(2024, 4, 1)})  # fmt: skip
    found = uncertain_inputs(tiny_data.values, [more, muted])
    assert [(one.id, one.low, one.mid, one.high, one.family) for one in found] == [
        ("b.more", 1.2, 1.5, 1.8, "uniform"),
        ("people.starts.monthly", 80.0, 100.0, 120.0, "uniform"),
        ("staff.leaving.rate[grade=PSO]", 0.1, 0.12, 0.14, "triangular"),
        ("staff.trainee.months", 24.0, 27.0, 30.0, "uniform"),
    ]


def test_why_names_every_step(make):
    start = dt.date(2024, 6, 3)
    changes = [
        change("staff.leaving.rate", id="z.set", set=0.1, where={"grade": ["PSO", "PO"]}, **{"from": start}),
        change(
            "staff.leaving.rate",
            id="a.add",
            add=0.02,
            where={"grade": "PSO"},
            range=[0, 0.04],
            **{"from": start},
        ),
        change("staff.leaving.rate", id="late", scale=2, **{"from": dt.date(2025, 6, 1)}),
    ]
    steps = make(*changes).why("staff.leaving.rate", dt.date(2024, 12, 1), grade="PSO")
    assert [(step.op, step.id, step.since) for step in steps] == [
        ("baseline", "staff.leaving.rate[grade=PSO]", None),
        ("set", "z.set", start),
        ("add", "a.add", start),
    ]
    assert [step.value for step in steps] == pytest.approx([0.12, 0.1, 0.12])
    assert steps[2].range == (0, 0.04)
    assert (steps[1].file, steps[1].line) == ("test.yaml", 3)
    parameters = make(*changes)
    assert parameters.value("staff.leaving.rate", dt.date(2024, 12, 1), grade="PSO") == steps[-1].value
    assert len(parameters.why("staff.leaving.rate", dt.date(2024, 3, 1), grade="PSO")) == 1


@pytest.mark.parametrize(
    ("path", "where", "text"),
    [
        ("people.mixx", {}, "no parameter is called"),
        ("people.mix", {}, "differs by `risk`"),
        ("people.mix", {"risk": "huge"}, "not a value of `risk`"),
        ("people.mix", {"grade": "PO"}, "no dimension `grade`"),
    ],
)
def test_questions_that_make_no_sense_are_refused(make, path, where, text):
    for ask in (make().value, make().why):
        with pytest.raises(UsageError, match=text):
            ask(path, dt.date(2024, 6, 1), **where)


def test_a_reading_outside_the_limits_names_what_moved_it(make):
    many = [change("work.factor", id=f"c{i}", scale=5, **{"from": dt.date(2024, 4, 1)}) for i in range(2)]
    with pytest.raises(
        ScenarioError, match=r"`work.factor\[activity=report,risk=low\]` is 25 after `c0` and `c1`"
    ):
        make(*many).weekly("work.factor")
