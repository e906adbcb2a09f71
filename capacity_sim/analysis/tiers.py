"""Tiers as the public code works them out: the older two axes (A to D with 0 to 3) and the single A to G of 2026.

Only the arithmetic: scores, flags and needs come in, a tier comes out. No public crosswalk joins the two schemes, and
no points are known for the newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from capacity_sim.analysis.wmt_rules import exact, refuse
from capacity_sim.errors import a_or_an, did_you_mean, one_of

Level = Literal["low", "medium", "high", "very_high"]
Score = Literal["static", "dynamic"]
LEVELS = ("low", "medium", "high", "very_high")
SCORES = ("static", "dynamic")
#: results of the newer scheme that are not tiers
NOT_SUPERVISED, MISSING = "NOT_SUPERVISED", "MISSING"

# --- A to G ----------------------------------------------------------------------------------------------------------

_LOWEST = "G"
_CSRP = tuple(Fraction(edge) for edge in ("6.9", "3", "1", "0.5", "0"))
_ARP = (90, 75, 50, 25, 15, 0)
_TABLE = ("AABBBB", "ABCCCC", "BCDEEE", "CDEEFF", "DDEFFG")
#: a medium direct-contact sexual score; two scales lie over each other, without and with a reduction of risk
_MEDIUM = tuple((Fraction(edge), tier) for edge, tier in (("3.36", "C"), ("2.11", "D"), ("1.12", "C"), ("0.6", "D")))
_MAPPA = {"very_high": "A", "high": "C", "medium": "D", "low": "E", None: "E"}
_NO_MAPPA = {"very_high": "C", "high": "D"}


@dataclass(frozen=True, slots=True)
class Person:
    """What the single tier of 2026 rests on.

    Parameters
    ----------
    arp, csrp : float or None
        All-reoffending and combined serious reoffending predictors, in per cent; None is missing.
    arp_kind, csrp_kind : {"static", "dynamic"} or None
        Whether each rests on unchanging facts alone; None where nothing says.
    sexual_band, sexual_score : str, float or None
        Band and score of the direct-contact sexual predictor. Without a band, with the band ``not_applicable`` or
        without a score above 0 it is left aside.
    mappa : bool
        Whether public protection arrangements apply, in any category.
    rosh : {"low", "medium", "high", "very_high"} or None
        Risk of serious harm; None is missing.
    life_or_ipp : bool
        Whether the sentence is for life or for public protection.
    released : datetime.date or None
        Day of the latest release.
    domestic_abuse, stalking, child_protection : bool
        Registrations in force.
    sexual_offence : bool
        Whether ever convicted of a sexual offence.
    active : bool
        Whether any event is active.
    """

    arp: float | None
    csrp: float | None
    arp_kind: Score | None = "dynamic"
    csrp_kind: Score | None = "dynamic"
    sexual_band: str | None = None
    sexual_score: float | None = None
    mappa: bool = False
    rosh: Level | None = None
    life_or_ipp: bool = False
    released: date | None = None
    domestic_abuse: bool = False
    stalking: bool = False
    child_protection: bool = False
    sexual_offence: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Tiered:
    """Tier of a person, whether it may still change for want of data, and the result of each step."""

    tier: str
    provisional: bool
    steps: Mapping[str, str | None]


def reoffending_tier(arp: float, csrp: float) -> str:
    """Tier from the table of reoffending scores; an edge belongs to the higher row or column.

    Examples
    --------
    >>> reoffending_tier(90, 6.9), reoffending_tier(89.99, 2.99), reoffending_tier(0, 0)
    ('A', 'C', 'G')
    """
    serious, any_ = _percent(csrp, "the serious reoffending score"), _percent(arp, "the reoffending score")
    row = next(at for at, edge in enumerate(_CSRP) if serious >= edge)
    column = next(at for at, edge in enumerate(_ARP) if any_ >= edge)
    return _TABLE[row][column]


def sexual_tier(band: str | None, score: float | None) -> str | None:
    """Tier from the direct-contact sexual predictor; None where it cannot be used.

    Raises
    ------
    UsageError
        When the band is unknown, or medium with a score below 0.60, a pair that the public code refuses.

    Examples
    --------
    >>> [sexual_tier("medium", score) for score in (3.36, 3.35, 2.1, 1.11)], sexual_tier("low", 0)
    (['C', 'D', 'C', 'D'], None)
    """
    if band is None or band == "not_applicable":
        return None
    _word(band, (*LEVELS, "not_applicable"), "band")
    if score is None or exact(score, "the sexual reoffending score", least=0) == 0:
        return None
    if band != "medium":
        return {"very_high": "A", "high": "B"}.get(band, "E")
    for edge, tier in _MEDIUM:
        if exact(score, "the sexual reoffending score") >= edge:
            return tier
    return refuse("unlike-band", f"a score of `{score}` is below any medium one", "correct the band or the score")


def harm_tier(mappa: bool, rosh: Level | None) -> str | None:
    """Tier from public protection arrangements and risk of serious harm; None where neither asks for one."""
    if rosh is not None:
        _word(rosh, LEVELS, "risk of serious harm")
    return _MAPPA[rosh] if mappa else _NO_MAPPA.get(str(rosh))


def life_tier(released: date | None, on: date) -> str | None:
    """Tier of someone with a life sentence or for public protection, by the time since release.

    Up to a year after release B, up to five years D, later E; the anniversary itself still belongs to the shorter time.
    Nobody who is not released yet has one.

    Examples
    --------
    >>> [life_tier(date(2025, 11, day), date(2026, 11, 22)) for day in (22, 21)]
    ['B', 'D']
    """
    if released is None or released > on:
        return None
    return "B" if released >= _years_before(on, 1) else "D" if released >= _years_before(on, 5) else "E"


def tier_a_to_g(person: Person, on: date) -> Tiered:
    """Single tier of a person on a day: the highest that any step gives, G where none does.

    Without an active event it is ``NOT_SUPERVISED``; without one of the two reoffending scores ``MISSING``.

    Examples
    --------
    >>> day = date(2026, 11, 22)
    >>> found = tier_a_to_g(Person(75, 1.0, mappa=True, rosh="medium"), day)
    >>> found.tier, found.provisional, found.steps["harm"]
    ('C', False, 'D')
    >>> tier_a_to_g(Person(None, 1.0), day).tier
    'MISSING'
    """
    if not person.active:
        return Tiered(NOT_SUPERVISED, False, {})
    if person.arp is None or person.csrp is None:
        return Tiered(MISSING, False, {})
    for kind in (person.arp_kind, person.csrp_kind):
        if kind is not None:
            _word(kind, SCORES, "kind of score")
    steps: dict[str, str | None] = {
        "reoffending": reoffending_tier(person.arp, person.csrp),
        "sexual": sexual_tier(person.sexual_band, person.sexual_score),
        "harm": harm_tier(person.mappa, person.rosh),
        "life_or_ipp": life_tier(person.released, on) if person.life_or_ipp else None,
        "domestic_abuse": "E" if person.domestic_abuse else None,
        "stalking": "F" if person.stalking else None,
        "child_protection": "F" if person.child_protection else None,
        "sexual_offence": "E" if person.sexual_offence else None,
    }
    return Tiered(_highest(steps), _provisional(person, steps), steps)


def _highest(steps: Mapping[str, str | None], without: tuple[str, ...] = ()) -> str:
    """Highest tier of the steps, G where there is none; the alphabet runs downwards."""
    return min((tier for name, tier in steps.items() if tier and name not in without), default=_LOWEST)


def _provisional(person: Person, steps: Mapping[str, str | None]) -> bool:
    """Whether better data could still raise the tier.

    A static score could be as high as the table goes once it is dynamic; a missing risk of serious harm could be very
    high. Neither matters when another step reaches that tier already.
    """
    arp, csrp = person.arp or 0.0, person.csrp or 0.0
    static = person.arp_kind == "static", person.csrp_kind == "static"
    if any(static):
        most = reoffending_tier(100.0 if static[0] else arp, 100.0 if static[1] else csrp)
        if _highest(steps, ("reoffending",)) > most:
            return True
    if person.rosh is not None:
        return False
    dynamic = person.arp_kind == person.csrp_kind == "dynamic"
    known = _highest(steps, ("harm",) if dynamic else ("harm", "reoffending"))
    return known > ("A" if person.mappa else "C")


def _years_before(day: date, years: int) -> date:
    """Same day so many years before; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _percent(value: float, what: str) -> Fraction:
    found = exact(value, what, least=0)
    if found > 100:
        refuse("bad-percent", f"{what} is `{value}`, above 100", "write it in per cent")
    return found


def _word(word: object, words: tuple[str, ...], kind: str) -> None:
    if word not in words:
        hint = did_you_mean(str(word), words, f"use {one_of(words)}")
        refuse("unknown-word", f"`{word}` is not {a_or_an(kind)}", hint)


# --- A to D with 0 to 3 ----------------------------------------------------------------------------------------------

_ROSH = {"very_high": 150, "high": 20, "medium": 10, "low": 0, None: 0}
_MAPPA_POINTS = {None: 0, 0: 0, 1: 5, 2: 150, 3: 150}
_MOST_FACTORS = 10


@dataclass(frozen=True, slots=True)
class Need:
    """Weight of a need, and the section scores from which it is standard and severe, in full and short assessments."""

    weight: int
    full: tuple[int, int] | None
    short: tuple[int, int] | None


#: a need with weight 0 counts for nothing and has no published edges
NEEDS = {
    "accommodation": Need(1, (2, 7), (3, 5)),
    "employment": Need(1, (3, 7), (3, 7)),
    "relationships": Need(1, (2, 5), (2, 5)),
    "lifestyle": Need(1, (2, 5), (2, 5)),
    "drugs": Need(1, (2, 8), (2, 6)),
    "alcohol": Need(1, (4, 7), (2, 4)),
    "thinking_and_behaviour": Need(2, (4, 7), (3, 5)),
    "attitudes": Need(2, (2, 7), (1, 5)),
    "finance": Need(0, None, None),
    "emotional": Need(0, None, None),
}
_SEVERITY = {None: 0, "none": 0, "standard": 1, "severe": 2}


def women_points(
    *, parenting: bool = False, impulsivity: bool = False, temper: bool = False, breach: bool = False
) -> int:
    """Protect points of the factors for women: 2 each for parenting, impulsivity or temper, and earlier breach.

    Examples
    --------
    >>> women_points(impulsivity=True, temper=True)
    2
    """
    return 2 * (parenting + (impulsivity or temper) + breach)


def protect_points(
    rsr: float = 0.0, rosh: Level | None = None, mappa_level: int | None = None, complexity: int = 0, women: int = 0
) -> int:
    """Protect points of the older scheme.

    Parameters
    ----------
    rsr : float
        Risk of serious recidivism, in per cent with two digits. It and the risk of serious harm overlap: only the
        higher of their points counts.
    rosh : {"low", "medium", "high", "very_high"} or None
        Risk of serious harm.
    mappa_level : int or None
        Level of public protection arrangements, 1 to 3.
    complexity : int
        How many of the ten complexity factors are registered.
    women : int
        Points of `women_points`.

    Examples
    --------
    >>> protect_points(rsr=7.0, rosh="high", mappa_level=1, complexity=3)
    31
    """
    score = _percent(rsr, "the serious recidivism score")
    if score * 100 % 1:
        refuse("bad-score", f"the serious recidivism score is `{rsr}`, with more than two digits", "round it to two")
    if rosh is not None:
        _word(rosh, LEVELS, "risk of serious harm")
    if isinstance(mappa_level, bool) or mappa_level not in _MAPPA_POINTS:
        refuse("bad-level", f"`{mappa_level}` is not a level of public protection", "write 1, 2 or 3")
    if exact(complexity, "the number of complexity factors", least=0) > _MOST_FACTORS or complexity != int(complexity):
        refuse("bad-number", f"`{complexity}` is not a number of complexity factors", "there are ten")
    recidivism = 20 if score >= 7 else 10 if score >= 3 else 0
    return max(recidivism, _ROSH[rosh]) + _MAPPA_POINTS[mappa_level] + 2 * int(complexity) + int(women)


def protect_level(points: int) -> str:
    """Letter of the older scheme: A from 150 points, B from 20, C from 10, D below.

    Examples
    --------
    >>> [protect_level(points) for points in (150, 149, 19, 9)]
    ['A', 'B', 'C', 'D']
    """
    return "A" if points >= 150 else "B" if points >= 20 else "C" if points >= 10 else "D"


def need_severity(need: str, score: int, *, short: bool = False) -> str:
    """Severity of a need from the score of its section.

    Examples
    --------
    >>> need_severity("drugs", 7), need_severity("drugs", 7, short=True)
    ('standard', 'severe')
    """
    _word(need, tuple(NEEDS), "need")
    edges = NEEDS[need].short if short else NEEDS[need].full
    found = exact(score, f"the score of `{need}`", least=0)
    if edges is None:
        return "none"
    return "severe" if found >= edges[1] else "standard" if found >= edges[0] else "none"


def change_points(needs: Mapping[str, str | None], ogrs: int = 0, *, iom: bool = False) -> int:
    """Change points: needs by severity and weight, a tenth of the reconviction score, 2 for integrated management.

    Examples
    --------
    >>> change_points({"attitudes": "severe", "drugs": "standard"}, ogrs=59, iom=True)
    12
    """
    found = 0
    for need, severity in needs.items():
        _word(need, tuple(NEEDS), "need")
        if severity not in _SEVERITY:
            _word(severity, tuple(str(word) for word in _SEVERITY if word), "severity")
        found += NEEDS[need].weight * _SEVERITY[severity]
    return found + int(_percent(ogrs, "the reconviction score") // 10) + (2 if iom else 0)


def change_level(points: int, *, mandate: bool = True, assessed: bool = True) -> int:
    """Digit of the older scheme: 0 without a mandate for change, else 2 without an assessment, else by points.

    A mandate is a custodial sentence or an active requirement other than unpaid work. 3 from 20 points, 2 from 10.

    Examples
    --------
    >>> [change_level(points) for points in (20, 19, 9)]
    [3, 2, 1]
    >>> change_level(30, mandate=False), change_level(0, assessed=False)
    (0, 2)
    """
    if not mandate:
        return 0
    if not assessed:
        return 2
    return 3 if points >= 20 else 2 if points >= 10 else 1


def older_tier(
    protect: int, change: int, *, mandate: bool = True, assessed: bool = True, suspended: bool = False
) -> str:
    """Tier of the older scheme from its points, with the suffix S where contact is suspended.

    Examples
    --------
    >>> older_tier(20, 12), older_tier(20, 12, suspended=True), older_tier(0, 0, mandate=False)
    ('B2', 'B2S', 'D0')
    """
    digit = change_level(change, mandate=mandate, assessed=assessed)
    return f"{protect_level(protect)}{digit}{'S' if suspended else ''}"
