"""Tier cases of a workload-tool case file: lists of people with the tier that must come out.

A list names its inputs in any usual spelling (`csrp`, `has_mappa`, `domesticAbuse`). What a person does not name is as
in the public tests: no reoffending, no flags, an active event. Days are counted back from one day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, NoReturn

from support.wmt_case_parts import refuse

from capacity_sim.analysis.tiers import Person, tier_a_to_g
from capacity_sim.errors import CapacitySimError, did_you_mean, one_of

TODAY = date(2026, 11, 21)
_WORDS = ("source", "rule", "note", "notes", "about", "origin", "rules", "as_of")
_OWN = ("id", "name", "note", "description", "case", "step", "why", "origin", "source")
#: what a person is called in files, without `has`, `is` and marks between words
_NAMES = {
    "arp": "arp",
    "allreoffendingpredictor": "arp",
    "csrp": "csrp",
    "arptype": "arp_kind",
    "arpkind": "arp_kind",
    "csrptype": "csrp_kind",
    "csrpkind": "csrp_kind",
    "arpstatic": "arp_static",
    "csrpstatic": "csrp_static",
    "dcsrp": "sexual",
    "dcsrpscore": "sexual_score",
    "dcsrpband": "sexual_band",
    "sexualscore": "sexual_score",
    "sexualband": "sexual_band",
    "directsrp": "sexual",
    "directsrpscore": "sexual_score",
    "directsrpband": "sexual_band",
    "directcontactscore": "sexual_score",
    "directcontactband": "sexual_band",
    "sexualpredictorscore": "sexual_score",
    "sexualpredictorband": "sexual_band",
    "score": "sexual_score",
    "band": "sexual_band",
    "mappa": "mappa",
    "mappapresent": "mappa",
    "mappalevel": "mappa",
    "mappacategory": "mappa",
    "rosh": "rosh",
    "liferipp": "life_or_ipp",
    "lifeoripp": "life_or_ipp",
    "lifeipp": "life_or_ipp",
    "liferoripp": "life_or_ipp",
    "lifer": "life_or_ipp",
    "released": "released",
    "release": "released",
    "releasedate": "released",
    "latestreleasedate": "released",
    "latestrelease": "released",
    "timesincerelease": "released",
    "releasedago": "released",
    "yearssincerelease": "years",
    "releasedyearsago": "years",
    "dayssincerelease": "days",
    "releaseddaysago": "days",
    "domesticabuse": "domestic_abuse",
    "stalking": "stalking",
    "childprotection": "child_protection",
    "sexualoffence": "sexual_offence",
    "evercommittedsexualoffence": "sexual_offence",
    "everconvictedofasexualoffence": "sexual_offence",
    "everconvictedsexualoffence": "sexual_offence",
    "flags": "flags",
    "registrations": "flags",
    "active": "active",
    "activeevent": "active",
}
_LEVELS = ("rosh", "sexual_band", "arp_kind", "csrp_kind")
_ANSWERS = ("tier", "provisional", "error")
_NUMBERS = {"one": "1", "an?": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}


def tier_cases(part: str, value: Any) -> Iterator[tuple[str, Callable[[], dict[str, Any]], Mapping[str, Any]]]:
    """Name, way to work it out and expected answers of every person in the lists of a part."""
    if not isinstance(value, Mapping):
        refuse("bad-tiers", f"`{part}` is not a mapping of lists")
    for name, listed in value.items():
        if name in _WORDS:
            continue
        if not isinstance(listed, list):
            refuse("bad-tiers", f"`{name}` of `{part}` is not a list of people")
        for at, one in enumerate(listed):
            label = f"{part}-{name}-{one.get('id', at) if isinstance(one, Mapping) else at}"
            try:
                yield _case(label, one)
            except CapacitySimError as error:
                yield label, partial(_again, error), {}


def _again(error: CapacitySimError) -> NoReturn:
    raise error


def _case(name: str, one: Any) -> tuple[str, Callable[[], dict[str, Any]], Mapping[str, Any]]:
    if not isinstance(one, Mapping):
        refuse("bad-tiers", f"{name} is not a person")
    written = one.get("expected", one.get("expected_tier"))
    expected = written or {key: one[key] for key in _ANSWERS if key in one}
    expected = expected if isinstance(expected, Mapping) else {"tier": expected}
    if not expected:
        refuse("missing-key", f"{name} lacks `tier`")
    inner = one.get("input", {})
    others = (*_ANSWERS, *_OWN, "expected", "expected_tier", "input")
    given = {**inner, **{key: value for key, value in one.items() if key not in others}}

    def work_out() -> dict[str, Any]:
        found = tier_a_to_g(person(given, name), TODAY)
        return {"tier": found.tier, "provisional": found.provisional}

    return name, work_out, expected


def person(given: Mapping[str, Any], name: str = "a person") -> Person:
    """Person of a case.

    >>> person({"ARP": 90, "csrp": 1, "hasMappa": True, "rosh": "VERY_HIGH"}).rosh
    'very_high'
    """
    found: dict[str, Any] = {"arp": 0.0, "csrp": 0.0}
    for key, value in given.items():
        plain = re.sub(r"[^a-z]", "", re.sub(r"^(has|is)(?=[A-Z_])", "", key).lower())
        if plain not in _NAMES:
            hint = did_you_mean(plain, _NAMES, f"known: {one_of(sorted(set(_NAMES.values())), most=20)}")
            refuse("unknown-key", f"{name} has `{key}`, which says nothing about a tier", hint)
        kind = _NAMES[plain]
        if kind == "sexual" and isinstance(value, Mapping):
            found |= {f"sexual_{one}": value[one] for one in ("score", "band") if one in value}
        elif kind == "sexual":
            found["sexual_score"] = value
        elif kind in ("arp_static", "csrp_static"):
            found[kind.replace("static", "kind")] = "static" if value else "dynamic"
        elif kind in ("released", "years", "days"):
            found["released"] = released(value if kind == "released" else f"{value} {kind}", name)
        elif kind == "flags":
            found |= dict.fromkeys(
                (_NAMES.get(re.sub(r"[^a-z]", "", str(one).lower()), str(one)) for one in value), True
            )
        elif kind == "mappa":
            found["mappa"] = value not in (None, False, 0)
        else:
            found[kind] = value
    if "released" in found:  # a list of people with life sentences may leave that out
        found.setdefault("life_or_ipp", found["released"] is not None)
    for kind in _LEVELS:
        if isinstance(found.get(kind), str):
            found[kind] = re.sub(r"[ -]", "_", found[kind].strip().lower())
    if found.get("rosh") in ("none", "missing"):
        found["rosh"] = None
    if found.get("sexual_band") and "sexual_score" not in found:
        found["sexual_score"] = 0.01
    try:
        return Person(**found)
    except TypeError as error:
        refuse("unknown-key", f"{name}: {error}")


def released(value: Any, name: str) -> date | None:
    """Day of a release from a full date or from a span back from `TODAY`.

    >>> released("2 years", "x"), released("1 year and 1 day ago", "x"), released("today", "x") == TODAY
    (datetime.date(2024, 11, 21), datetime.date(2025, 11, 20), True)
    """
    text = str(value).strip().lower()
    if value is None or text in ("none", "never", "not released"):
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    for word, number in _NUMBERS.items():
        text = re.sub(rf"\b{word}\b", number, text)
    # years back, then days: further back unless they are taken off (`1 year less 1 day`); `over 5 years` is a day more
    found = re.search(r"(\d+)\s*y(?:ea)?r?s?", text), re.search(r"(\d+)\s*d(?:ay)?s?", text)
    if text not in ("today", "now") and not any(found):
        refuse("bad-release", f"{name}: `{value}` is not a time since release", "write `1 year and 1 day`")
    years, days = (int(one[1]) if one else 0 for one in found)
    less = bool(years) and bool(re.search(r"less|minus|short of|[a-z]\s*-", text))
    days += bool(years and not days and re.search(r"over|more|longer|after|>", text))
    day = TODAY.replace(year=TODAY.year - years)
    return day + timedelta(days=days) if less else day - timedelta(days=days)
