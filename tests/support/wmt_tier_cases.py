"""Tier cases of a workload-tool case file: lists of people with the tier that must come out.

A list names its inputs in any usual spelling (`csrp`, `has_mappa`, `domesticAbuse`). What a person does not name is as
in the public tests: no reoffending, no flags, an active event. Days are counted back from one day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from support.wmt_case_parts import refuse

from capacity_sim.analysis.tiers import Person, tier_a_to_g
from capacity_sim.errors import did_you_mean, one_of

TODAY = date(2026, 11, 21)
_WORDS = ("source", "rule", "note", "notes", "about", "origin", "rules", "as_of")
_OWN = ("id", "name", "note", "description", "origin")
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
    "score": "sexual_score",
    "band": "sexual_band",
    "mappa": "mappa",
    "mappapresent": "mappa",
    "rosh": "rosh",
    "liferipp": "life_or_ipp",
    "lifeoripp": "life_or_ipp",
    "lifeipp": "life_or_ipp",
    "lifer": "life_or_ipp",
    "released": "released",
    "release": "released",
    "releasedate": "released",
    "latestreleasedate": "released",
    "latestrelease": "released",
    "timesincerelease": "released",
    "released_ago": "released",
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
    "active": "active",
    "activeevent": "active",
}
_LEVELS = ("rosh", "sexual_band", "arp_kind", "csrp_kind")
_ANSWERS = ("tier", "provisional", "error")


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
            yield _case(f"{part}-{name}-{one.get('id', at) if isinstance(one, Mapping) else at}", one)


def _case(name: str, one: Any) -> tuple[str, Callable[[], dict[str, Any]], Mapping[str, Any]]:
    if not isinstance(one, Mapping):
        refuse("bad-tiers", f"{name} is not a person")
    expected = one.get("expected", {key: one[key] for key in _ANSWERS if key in one})
    expected = expected if isinstance(expected, Mapping) else {"tier": expected}
    if not expected:
        refuse("missing-key", f"{name} lacks `tier`")
    inner = one.get("input", {})
    left = {key: value for key, value in one.items() if key not in (*_ANSWERS, *_OWN, "expected", "input", "source")}
    given = {**inner, **left}

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
        elif kind == "mappa":
            found["mappa"] = value not in (None, False, 0)
        else:
            found[kind] = value
    for kind in _LEVELS:
        if isinstance(found.get(kind), str):
            found[kind] = re.sub(r"[ -]", "_", found[kind].strip().lower())
    if found.get("sexual_band") and "sexual_score" not in found:
        found["sexual_score"] = 0.01
    return Person(**found)


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
    # `1 year less 1 day`, `1 year minus a day`, `P1Y1D`, `-1y+1d`: years back, then days, added or taken off
    found = re.search(r"(\d+)\s*y(?:ea)?r?s?", text), re.search(r"(\d+|\ba)\s*d(?:ay)?s?", text)
    if text not in ("today", "now") and not any(found):
        refuse("bad-release", f"{name}: `{value}` is not a time since release", "write `1 year and 1 day`")
    years = int(found[0][1]) if found[0] else 0
    days = (1 if found[1][1] == "a" else int(found[1][1])) if found[1] else 0
    less = bool(years) and bool(re.search(r"less|minus|under|short of|(?<=[a-z])\s*\+", text))
    day = TODAY.replace(year=TODAY.year - years)
    return day + timedelta(days=days) if less else day - timedelta(days=days)
