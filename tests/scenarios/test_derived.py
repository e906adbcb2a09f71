"""Values of measures that are derived from published figures: the arithmetic that their `why` states, done again.

If the data are fitted anew and one of these moves, the value in the scenario is to be derived anew too.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change, Scenario

pytestmark = pytest.mark.properties

FOLDER = Path(__file__).parent.parent.parent / "scenarios"
DAYS_A_MONTH = 365.25 / 12
BANDS = 4
CUSTODY = 2


@cache
def read(name: str = "baseline") -> Parameters:
    """Parameters of a scenario on the data of England and Wales."""
    loaded = data.load("england_wales")
    calendar = Calendar(loaded.start, scenario.DEFAULT_END, 0)
    return Parameters(catalogue.load(), loaded.values, loaded_scenario(name).changes, calendar)


@cache
def loaded_scenario(name: str) -> Scenario:
    return scenario.load(FOLDER / f"{name}.yaml")


def at(name: str, path: str, day: dt.date) -> np.ndarray:
    """Value of a parameter in the week of a day."""
    start = data.load("england_wales").start
    return read(name).weekly(path)[(day - start).days // 7]


def change(name: str, change_id: str) -> Change:
    return next(one for one in loaded_scenario(name).changes if one.id == change_id)


def value(name: str, change_id: str) -> float:
    return change(name, change_id).quantity.amounts[-1]


@cache
def cohort(people: int = 1_000_000) -> dict[str, np.ndarray]:
    """Custodial sentences that start at a steady rate for twelve years before the data's date and two years after."""
    rng = np.random.default_rng(1)
    fixed = read().fixed
    share, scale = fixed("people.length.band_share")[CUSTODY], fixed("people.length.scale")[CUSTODY]
    band = rng.choice(BANDS, people, p=share)
    low, high = (fixed(f"people.length.{end}")[CUSTODY][band] for end in ("shortest", "longest"))
    length = (low + rng.random(people) * (high + 1 - low)) * scale
    first, last = -4500, 730
    rate = at("baseline", "people.starts.monthly", dt.date(2024, 4, 1))[CUSTODY] / DAYS_A_MONTH
    return {
        "band": band,
        "length": length,
        "extended": rng.random(people) < fixed("people.extended.share")[band],
        "served": float(fixed("people.remand.share")) * length,
        "start": rng.uniform(first, last, people),
        "weight": np.full(people, rate * (last - first) / people),
        "scheme": rng.random(people),
        "excluded": rng.random(people),
    }


def test_impact_reaches_30_per_cent_and_its_range_25_to_35() -> None:
    """Share of people who start whose score, risk and flags make them eligible."""
    day = dt.date(2026, 1, 5)
    mix, flags = at("impact", "people.risk.start_mix", day), read().fixed("people.flag.share").sum(axis=0)
    below = float(at("impact", "supervision.impact.reoffending_below", day)) / 100
    reach = below * mix * (1 - flags)
    central = (reach * at("impact", "supervision.impact.eligible_share", day)).sum()
    assert central == pytest.approx(0.30, abs=0.005)
    low, medium = (change("impact", f"impact.eligible.{risk}").quantity for risk in ("low", "medium"))
    ends = [reach[0] * low.lows[0] + reach[1] * medium.lows[0], reach[0] * low.highs[0] + reach[1] * medium.highs[0]]
    assert ends == pytest.approx([0.25, 0.35], abs=0.005)


def test_half_of_all_are_unsupervised() -> None:
    day = dt.date(2028, 1, 3)
    for name in ("isr-progression", "act-progression"):
        mix, share = at(name, "people.risk.start_mix", day), at(name, "supervision.unsupervised.share", day)
        assert (mix * share).sum() == pytest.approx(0.5, abs=0.02)
        assert share[3] == 0


def test_the_release_point_comes_to_a_third() -> None:
    day = dt.date(2028, 1, 3)
    for name in ("isr-progression", "act-progression"):
        assert at(name, "people.release.fraction", day)[0] == pytest.approx(1 / 3, abs=1e-4)
        assert at(name, "people.release.fraction", day)[1] == pytest.approx((0.5 + 0.6667) / 2, abs=1e-3)


def test_the_early_scheme_reached_the_published_number() -> None:
    """13,325 releases in nine months, from standard sentences under four years."""
    people = cohort()
    under = (people["band"] < BANDS - 1) & ~people["extended"]
    releases = 9 * at("baseline", "people.starts.monthly", dt.date(2024, 4, 1))[CUSTODY] * under.mean()
    assert value("ecsl", "ecsl.share") == pytest.approx(13_325 / releases, abs=0.015)
    short = people["band"] == 0
    inside = 0.5 * people["length"][short] - people["served"][short]
    gained = np.minimum(inside, 60).mean() / 60
    assert value("ecsl", "ecsl.share.short") == pytest.approx(value("ecsl", "ecsl.share") * gained, abs=0.02)


def test_sds40_releases_as_many_as_were_reported() -> None:
    """26,456 from 10 September 2024 to 31 March 2025, after the early scheme as `ecsl` has it."""
    people = cohort()
    calendar = Calendar(data.load("england_wales").start, dt.date(2025, 12, 31), 0)
    first, second, last = (
        calendar.day(day) for day in (dt.date(2024, 9, 10), dt.date(2024, 10, 22), dt.date(2025, 3, 31))
    )
    out = people["excluded"] < value("sds40", "sds40.excluded")
    shares = np.array([value("ecsl", "ecsl.share.short"), value("ecsl", "ecsl.share"), value("ecsl", "ecsl.share"), 0])
    late = np.where(people["scheme"] < shares[people["band"]], 60, 0)
    half = np.maximum(0.5 * people["length"] - people["served"], 1)
    forty = np.maximum(0.4 * people["length"] - people["served"], 1) + late
    begins = np.where(people["band"] < BANDS - 1, first, second)
    gone = people["start"] + half < begins
    day = np.maximum(people["start"] + forty, begins)
    released = ~gone & ~out & ~people["extended"] & (day <= last)
    assert people["weight"][released].sum() == pytest.approx(26_456, rel=0.04)


def test_about_4000_standard_recalls_a_year_become_fixed() -> None:
    rng = np.random.default_rng(2)
    fixed, people = read().fixed, 200_000
    low, high = (fixed(f"people.length.{end}")[CUSTODY][0] for end in ("shortest", "longest"))
    length = (low + rng.random(people) * (high + 1 - low)) * fixed("people.length.scale")[CUSTODY]
    served = float(fixed("people.remand.share")) * length
    day = dt.date(2024, 4, 8)
    hazard = at("baseline", "people.recall.monthly_rate", day)[0] / DAYS_A_MONTH
    a_year = 12 * at("baseline", "people.starts.monthly", day)[CUSTODY]
    starts = a_year * fixed("people.length.band_share")[CUSTODY][0]

    def standard(share: float) -> float:
        """Standard recalls a year when a share is fixed."""
        since, end, count = np.maximum(0.5 * length - served, 1), length - served, 0.0
        outside = np.ones(people, bool)
        for _ in range(25):
            day_of_recall = since + rng.exponential(1 / hazard, people)
            recalled = outside & (day_of_recall < end)
            kind = recalled & (rng.random(people) >= share)
            count += kind.mean()
            stay = np.where(kind, rng.exponential(fixed("people.recall.standard_days")[0], people), 14)
            since = day_of_recall + np.maximum(stay, 1)
            outside = recalled & (since < end)
        return count * starts

    before = standard(at("baseline", "people.recall.fixed_share", day)[0])
    after = standard(value("fixed-term-recall-2024", "recall-2024.fixed"))
    assert before - after == pytest.approx(4000, rel=0.1)


def test_small_sums() -> None:
    """Shares whose arithmetic is a line."""
    for name, tags in (("isr-tagging", "isr.tags"), ("act-tagging", "act.tags")):
        assert value(name, tags) == pytest.approx((1 - 0.14) * 0.8 / 2, abs=0.005)
        quantity = change(name, tags).quantity
        assert (quantity.lows[0], quantity.highs[0]) == pytest.approx((0.5 / 2, (1 - 0.14) / 2), abs=0.005)
    assert value("ofps-fewer-contacts", "ofps.contacts") == pytest.approx(12 / (365.25 / 21), abs=0.005)
    sickness = change("ofps-sickness", "ofps.sickness")
    ends = (sickness.quantity.lows[0], sickness.quantity.highs[0])
    published = [figure.number for figure in data.load("england_wales").published["staff"]["sickness"]["all"]]
    assert ends == (published[0], published[-1]) == (8.9, 13.2)
    assert value("ofps-sickness", "ofps.sickness") == pytest.approx(sum(ends) / 2)
    mix = at("baseline", "people.risk.start_mix", dt.date(2025, 6, 2))
    places = [value("ofps-programme-priority", f"programmes.{risk}") for risk in ("low", "medium", "high", "high")]
    assert (mix * places).sum() == pytest.approx(1, abs=0.01)
