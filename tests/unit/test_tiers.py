"""Both tier schemes at every edge: the table, each step, the mark of a provisional tier, and the older points."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.analysis import tiers
from capacity_sim.analysis.tiers import Person, tier_a_to_g
from capacity_sim.errors import UsageError

DAY = date(2026, 11, 22)
scores = st.integers(0, 10000).map(lambda number: number / 100)


def found(arp: float | None = 0, csrp: float | None = 0, **more: Any) -> tiers.Tiered:
    return tier_a_to_g(Person(arp, csrp, **more), DAY)


def tier(arp: float | None = 0, csrp: float | None = 0, **more: Any) -> str:
    return found(arp, csrp, **more).tier


# --- A to G --------------------------------------------------------------------------------

TABLE = {6.9: "AABBBB", 3.0: "ABCCCC", 1.0: "BCDEEE", 0.5: "CDEEFF", 0.0: "DDEFFG"}
EDGES = (90, 75, 50, 25, 15, 0)


@pytest.mark.parametrize("csrp", TABLE)
@pytest.mark.parametrize("at", range(6))
def test_an_edge_belongs_above_and_just_under_it_below(csrp: float, at: int) -> None:
    assert tiers.reoffending_tier(EDGES[at], csrp) == TABLE[csrp][at]
    if at < 5:
        assert tiers.reoffending_tier(EDGES[at] - 0.01, csrp) == TABLE[csrp][at + 1]
    if csrp:
        lower = list(TABLE)[list(TABLE).index(csrp) + 1]
        assert tiers.reoffending_tier(EDGES[at], round(csrp - 0.01, 2)) == TABLE[lower][at]


def test_the_ends_of_the_table() -> None:
    assert tiers.reoffending_tier(100, 100) == "A"
    for pair in ((-0.1, 1), (1, -0.1), (100.1, 1), (1, 100.1)):
        with pytest.raises(UsageError):
            tiers.reoffending_tier(*pair)


@given(scores, scores, scores, scores)
def test_a_higher_score_never_lowers_the_tier(arp: float, csrp: float, more: float, worse: float) -> None:
    assert tiers.reoffending_tier(max(arp, more), max(csrp, worse)) <= tiers.reoffending_tier(arp, csrp)


@pytest.mark.parametrize(
    ("band", "score", "wanted"),
    [
        ("very_high", 0.01, "A"),
        ("very_high", 5.31, "A"),
        ("high", 1.5, "B"),
        ("medium", 3.36, "C"),
        ("medium", 3.35, "D"),
        ("medium", 2.11, "D"),
        ("medium", 2.1, "C"),
        ("medium", 1.12, "C"),
        ("medium", 1.11, "D"),
        ("medium", 0.6, "D"),
        ("low", 0.02, "E"),
        ("low", 0, None),
        ("very_high", 0, None),
        ("very_high", None, None),
        ("not_applicable", 2.11, None),
        (None, 2.11, None),
    ],
)
def test_the_sexual_predictor(band: str | None, score: float | None, wanted: str | None) -> None:
    assert tiers.sexual_tier(band, score) == wanted


@pytest.mark.parametrize(("band", "score"), [("medium", 0.59), ("middling", 1), ("low", -1)])
def test_sexual_predictors_that_are_refused(band: str, score: float) -> None:
    with pytest.raises(UsageError):
        tiers.sexual_tier(band, score)


HARM = {"very_high": "AC", "high": "CD", "medium": "DG", "low": "EG", None: "EG"}


@pytest.mark.parametrize("rosh", HARM)
def test_public_protection_and_risk_of_harm(rosh: Any) -> None:
    assert tier(mappa=True, rosh=rosh) == HARM[rosh][0]
    assert tier(mappa=False, rosh=rosh) == HARM[rosh][1]


@pytest.mark.parametrize(
    ("released", "wanted"),
    [
        (DAY, "B"),
        (date(2025, 11, 23), "B"),
        (date(2025, 11, 22), "B"),
        (date(2025, 11, 21), "D"),
        (date(2021, 11, 22), "D"),
        (date(2021, 11, 21), "E"),
        (date(1990, 1, 1), "E"),
        (DAY + timedelta(days=1), "G"),
        (None, "G"),
    ],
)
def test_life_sentences_by_time_since_release(released: date | None, wanted: str) -> None:
    assert tier(life_or_ipp=True, released=released) == wanted
    assert tier(life_or_ipp=False, released=released) == "G"


def test_the_anniversary_of_a_leap_day() -> None:
    assert tiers.life_tier(date(2023, 2, 28), date(2024, 2, 29)) == "B"
    assert tiers.life_tier(date(2023, 2, 27), date(2024, 2, 29)) == "D"


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({}, "G"),
        ({"domestic_abuse": True}, "E"),
        ({"stalking": True}, "F"),
        ({"child_protection": True}, "F"),
        ({"sexual_offence": True}, "E"),
        ({"stalking": True, "child_protection": True}, "F"),
        ({"stalking": True, "domestic_abuse": True}, "E"),
    ],
)
def test_flags(flags: dict[str, bool], wanted: str) -> None:
    assert tier(**flags) == wanted
    assert tier(90, 6.9, **flags) == "A"


def test_nobody_supervised_and_missing_scores() -> None:
    assert tier(active=False) == "NOT_SUPERVISED"
    assert tier(None, None, active=False) == "NOT_SUPERVISED"
    for scores_ in ((None, 1), (1, None), (None, None)):
        assert found(*scores_, mappa=True, rosh="very_high") == tiers.Tiered("MISSING", False, {})


STEPS = {
    "sexual": {"sexual_band": "high", "sexual_score": 2},
    "harm": {"mappa": True, "rosh": "high"},
    "life_or_ipp": {"life_or_ipp": True, "released": DAY},
    "domestic_abuse": {"domestic_abuse": True},
    "stalking": {"stalking": True},
    "child_protection": {"child_protection": True},
    "sexual_offence": {"sexual_offence": True},
}


@given(st.sets(st.sampled_from(sorted(STEPS))), scores, scores)
def test_the_tier_is_the_highest_of_its_steps(chosen: set[str], arp: float, csrp: float) -> None:
    more = {key: value for name in chosen for key, value in STEPS[name].items()}
    one = found(arp, csrp, **more)
    fired = {name: got for name, got in one.steps.items() if got}
    assert one.tier == min(fired.values())
    assert set(fired) == {"reoffending", *chosen}


@pytest.mark.parametrize(
    ("scores_", "more", "wanted", "provisional"),
    [
        # both static: only a tier A of another step settles it
        ((90, 6.9), {"arp_kind": "static", "csrp_kind": "static", "rosh": "high"}, "A", True),
        ((0, 0), {"arp_kind": "static", "csrp_kind": "static", "rosh": "very_high", "mappa": True}, "A", False),
        (
            (0, 0),
            {"arp_kind": "static", "csrp_kind": "static", "rosh": "low", "life_or_ipp": True, "released": DAY},
            "B",
            True,
        ),
        # static ARP: up to the first column of the row
        ((0, 0.5), {"arp_kind": "static", "rosh": "medium"}, "F", True),
        ((0, 0.5), {"arp_kind": "static", "rosh": "high", "mappa": True}, "C", False),
        ((0, 0.5), {"arp_kind": "static", "rosh": "high"}, "D", True),
        ((0, 0), {"arp_kind": "static", "rosh": "high"}, "D", False),
        # static CSRP: up to the first row of the column
        ((25, 0), {"csrp_kind": "static", "rosh": "medium"}, "F", True),
        ((25, 0), {"csrp_kind": "static", "rosh": "medium", "sexual_band": "high", "sexual_score": 2.11}, "B", False),
        ((75, 0), {"csrp_kind": "static", "rosh": "medium", "sexual_band": "high", "sexual_score": 2.11}, "B", True),
        # no risk of harm: up to A with public protection, C without
        ((50, 6.9), {"mappa": True}, "B", True),
        ((90, 6.9), {"mappa": True}, "A", False),
        ((0, 0), {"mappa": True, "sexual_band": "very_high", "sexual_score": 0.01}, "A", False),
        ((75, 0), {}, "D", True),
        ((90, 0.5), {}, "C", False),
        ((0, 0), {"life_or_ipp": True, "released": DAY}, "B", False),
        ((0, 0), {"sexual_offence": True}, "E", True),
        # a tier from scores of a kind that nothing says does not settle a missing risk of harm
        ((90, 6.9), {"arp_kind": None}, "A", True),
        ((90, 6.9), {"arp_kind": None, "rosh": "low"}, "A", False),
        # all known
        ((0, 0), {"rosh": "low"}, "G", False),
    ],
)
def test_a_provisional_tier(scores_: tuple[float, float], more: dict[str, Any], wanted: str, provisional: bool) -> None:
    one = found(*scores_, **more)
    assert (one.tier, one.provisional) == (wanted, provisional)


@given(scores, scores, st.sampled_from(["low", "medium", "high", "very_high", None]), st.booleans())
def test_a_settled_tier_stays_when_missing_data_turns_out_worst(
    arp: float, csrp: float, rosh: Any, mappa: bool
) -> None:
    now = found(arp, csrp, rosh=rosh, mappa=mappa, arp_kind="static")
    worst = found(100, csrp, rosh=rosh or "very_high", mappa=mappa)
    if not now.provisional:
        assert worst.tier == now.tier
    elif rosh is not None:
        assert worst.tier < now.tier or tiers.reoffending_tier(100, csrp) == now.tier


@pytest.mark.parametrize("more", [{"rosh": "severe"}, {"arp_kind": "fixed"}, {"csrp_kind": "fixed"}])
def test_unknown_words_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="is not a"):
        found(**more)


# --- A to D with 0 to 3 --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "points", "level"),
    [
        ({}, 0, "D"),
        ({"rsr": 2.99}, 0, "D"),
        ({"rsr": 3}, 10, "C"),
        ({"rsr": 6.99}, 10, "C"),
        ({"rsr": 7}, 20, "B"),
        ({"rosh": "medium"}, 10, "C"),
        ({"rosh": "high"}, 20, "B"),
        ({"rosh": "very_high"}, 150, "A"),
        ({"rsr": 7, "rosh": "medium"}, 20, "B"),  # only the higher counts
        ({"rsr": 3, "rosh": "medium"}, 10, "C"),
        ({"rsr": 7, "rosh": "very_high"}, 150, "A"),
        ({"mappa_level": 1}, 5, "D"),
        ({"mappa_level": 2}, 150, "A"),
        ({"mappa_level": 3}, 150, "A"),
        ({"complexity": 4}, 8, "D"),
        ({"complexity": 5}, 10, "C"),
        ({"complexity": 10}, 20, "B"),
        ({"rsr": 7, "mappa_level": 1, "complexity": 10, "women": 6}, 51, "B"),
    ],
)
def test_protect_points(given_: dict[str, Any], points: int, level: str) -> None:
    assert tiers.protect_points(**given_) == points
    assert tiers.protect_level(points) == level


@pytest.mark.parametrize(
    "given_",
    [{"rsr": 6.995}, {"rsr": 101}, {"rosh": "none"}, {"mappa_level": 4}, {"complexity": 11}, {"complexity": 1.5}],
)
def test_protect_inputs_that_are_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        tiers.protect_points(**given_)


def test_protect_levels_at_their_edges() -> None:
    assert [tiers.protect_level(points) for points in (0, 9, 10, 19, 20, 149, 150)] == list("DDCCBBA")


def test_factors_for_women() -> None:
    assert tiers.women_points(parenting=True, impulsivity=True, temper=True, breach=True) == 6
    assert tiers.women_points(temper=True) == 2
    assert tiers.women_points() == 0


EDGES_OF_NEEDS = {
    "accommodation": ((2, 7), (3, 5)),
    "employment": ((3, 7), (3, 7)),
    "relationships": ((2, 5), (2, 5)),
    "lifestyle": ((2, 5), (2, 5)),
    "drugs": ((2, 8), (2, 6)),
    "alcohol": ((4, 7), (2, 4)),
    "thinking_and_behaviour": ((4, 7), (3, 5)),
    "attitudes": ((2, 7), (1, 5)),
}


@pytest.mark.parametrize("need", EDGES_OF_NEEDS)
@pytest.mark.parametrize("short", [False, True])
def test_severity_of_needs_at_their_edges(need: str, short: bool) -> None:
    standard, severe = EDGES_OF_NEEDS[need][short]
    for score, word in ((standard - 1, "none"), (standard, "standard"), (severe - 1, "standard"), (severe, "severe")):
        assert tiers.need_severity(need, score, short=short) == word


def test_needs_without_weight() -> None:
    assert tiers.need_severity("finance", 9) == "none"
    assert tiers.change_points({"finance": "severe", "emotional": "severe"}) == 0
    for need, weight in (("drugs", 1), ("attitudes", 2), ("thinking_and_behaviour", 2)):
        assert tiers.change_points({need: "standard"}) == weight
        assert tiers.change_points({need: "severe"}) == 2 * weight
        assert tiers.change_points({need: None}) == tiers.change_points({need: "none"}) == 0
    with pytest.raises(UsageError, match="`drug` is not a need"):
        tiers.change_points({"drug": "severe"})
    with pytest.raises(UsageError, match="`bad` is not a severity"):
        tiers.change_points({"drugs": "bad"})


def test_change_points_and_levels() -> None:
    assert [tiers.change_points({}, ogrs) for ogrs in (0, 9, 10, 59, 100)] == [0, 0, 1, 5, 10]
    assert tiers.change_points({}, 99, iom=True) == 11
    assert [tiers.change_level(points) for points in (0, 9, 10, 19, 20, 40)] == [1, 1, 2, 2, 3, 3]
    assert tiers.change_level(40, assessed=False) == 2
    assert tiers.change_level(40, mandate=False, assessed=False) == 0


def test_older_tiers() -> None:
    assert tiers.older_tier(150, 20) == "A3"
    assert tiers.older_tier(149, 19) == "B2"
    assert tiers.older_tier(19, 9, suspended=True) == "C1S"
    assert tiers.older_tier(9, 0, mandate=False) == "D0"
