"""Cases of a workload-tool case file: read, worked out with the package, and compared with what the file expects.

A case says its kind, its rule set, an input and what must come out. Nothing in it is ignored: a key that is not
read and an answer that nobody can give are faults.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest
from support.wmt_case_parts import FLAGS, Given, counted, flags, linear, paired, reduction, refuse, weights_of
from support.wmt_tier_cases import tier_cases

from capacity_sim.analysis import wmt_hours as hours
from capacity_sim.analysis import wmt_rules as rule
from capacity_sim.analysis.tiers import change_level, change_points, protect_level, protect_points
from capacity_sim.data.wmt_points import Weights, load_points
from capacity_sim.errors import CapacitySimError, did_you_mean, one_of

Answers = dict[str, Any]
_HEAD = ("about", "as_of", "units", "rounding", "weight_sets", "cases", "note", "notes")
_CASE = ("id", "kind", "origin", "source", "rules", "input", "expected", "note")


@dataclass(frozen=True)
class Case:
    """One case: how to work it out and what must come out."""

    name: str
    work_out: Callable[[], Answers]
    expected: Mapping[str, Any]

    def check(self) -> None:
        """Compare; an expected `error` is one of the package's own."""
        if "error" in self.expected:
            try:
                found = self.work_out()
            except CapacitySimError:
                return
            pytest.fail(f"{self.name}: {found} came out, and an error was expected")
        found = self.work_out()
        for key, wanted in self.expected.items():
            got = answer(found, key, self.name)
            assert alike(got, wanted), f"{self.name}: `{key}` is {got!r}, and {wanted!r} was expected"


def answer(found: Answers, key: str, name: str) -> Any:
    """An answer by its name; `x_2dp` is `x` rounded to two places, halves away from zero."""
    if key in found:
        return found[key]
    places = re.fullmatch(r"(.+)_(\d)dp", key)
    if places and places[1] in found:
        value = answer(found, places[1], name)
        return float(rule.half_up(rule.exact(value, key), int(places[2])))
    refuse("unknown-answer", f"{name}: nothing gives `{key}`", did_you_mean(key, found, f"known: {one_of(found)}"))


def alike(got: Any, wanted: Any) -> bool:
    """Whether two answers agree: numbers to the last digits of a float, the rest exactly."""
    if isinstance(wanted, Mapping):
        return isinstance(got, Mapping) and all(key in got and alike(got[key], one) for key, one in wanted.items())
    if isinstance(wanted, list):
        return len(got) == len(wanted) and all(alike(one, other) for one, other in zip(got, wanted, strict=True))
    if isinstance(wanted, bool) or wanted is None or isinstance(wanted, str):
        return bool(got == wanted and type(got) is type(wanted))
    return got is not None and math.isclose(got, wanted, rel_tol=1e-12, abs_tol=1e-9)


def read(path: Path) -> list[Case]:
    """Every case of a file, those of the tiers after the others."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        refuse("no-cases", f"`{path.name}` cannot be read: {error.strerror}")
    except ValueError as error:
        refuse("not-json", f"`{path.name}` is not JSON: {error}")
    if not isinstance(content, Mapping) or not isinstance(content.get("cases"), list):
        refuse("no-cases", f"`{path.name}` holds no list of `cases`")
    sets = content.get("weight_sets", {})
    found: list[Case] = []
    for at, one in enumerate(content["cases"]):
        name = str(one.get("id", f"case-{at}")) if isinstance(one, Mapping) else f"case-{at}"
        found += made(name, lambda name=name, one=one: list(cases_of(name, one, sets)))
    for part, value in content.items():
        if part.startswith("tier"):
            found += made(part, lambda part=part, value=value: [Case(*one) for one in tier_cases(part, value)])
        elif part not in _HEAD and isinstance(value, list | Mapping):
            hint = did_you_mean(part, _HEAD)
            found += made(part, lambda part=part, hint=hint: refuse("unknown-part", f"`{part}` is not a part", hint))
    return found


def made(name: str, make: Callable[[], list[Case]]) -> list[Case]:
    """Cases, or one that fails: what is wrong with one case must not hide the others."""
    try:
        return make()
    except CapacitySimError as error:
        return [Case(name, partial(_again, error), {})]


def _again(error: CapacitySimError) -> NoReturn:
    raise error


def cases_of(name: str, case: Mapping[str, Any], sets: Mapping[str, Any]) -> Iterator[Case]:
    """One case for each rule set that it names."""
    if not isinstance(case, Mapping):
        refuse("bad-case", f"{name} is not a mapping")
    unknown = sorted(set(case) - set(_CASE))
    missing = sorted({"id", "kind", "rules", "input", "expected"} - set(case))
    if missing or unknown:
        message = f"{name} lacks {one_of(missing)}" if missing else f"{name} has {one_of(unknown)}"
        refuse("bad-case", message)
    for part in ("input", "expected"):
        if not isinstance(case[part], Mapping) or (part == "expected" and not case[part]):
            refuse("bad-case", f"`{part}` of {name} is not a mapping that holds anything")
    if case["kind"] not in KINDS:
        refuse("unknown-kind", f"{name}: `{case['kind']}` is not a kind", did_you_mean(str(case["kind"]), KINDS))
    for rules in rule_sets(str(case["rules"]), name):
        expected = case["expected"].get(rules, case["expected"])
        yield Case(f"{name}-{rules}", Work(case, sets, rules, name).answers, expected)


def rule_sets(named: str, name: str) -> tuple[str, ...]:
    """Rule sets of a case; words after `wmt` say which years are meant."""
    if named == "both":
        return rule.RULE_SETS
    first = named.split()[0] if named.split() else ""
    if first not in rule.RULE_SETS or (first == rule.WORKLOAD and named != first):
        refuse("unknown-rules", f"{name}: `{named}` is not a rule set", f"use {one_of(rule.RULE_SETS)} or `both`")
    return (first,)


@dataclass(frozen=True)
class Work:
    """A case under one rule set."""

    case: Mapping[str, Any]
    sets: Mapping[str, Any]
    rules: str
    name: str

    @property
    def before_2023(self) -> bool:
        """Whether ARMS assessments and parole reports still count."""
        return "pre-2023" in str(self.case["rules"])

    def answers(self) -> Answers:
        given = Given(self.case["input"], f"the input of {self.name}")
        found: Answers = KINDS[self.case["kind"]](self, given)
        given.done()
        return found

    # --- weights and sums ----------------------------------------------------------------------------------------

    def weights(self, given: Given) -> Weights:
        """Weights that a case names, or those of the seed."""
        named = given.get("weights", "seed_default")
        held = named if isinstance(named, Mapping) else self.sets.get(named)
        if held is None and named == "seed_default":
            return load_points().sets[0]
        if held is None:
            refuse("unknown-weights", f"{self.name}: there is no weight set `{named}`", f"{one_of(self.sets)}")
        return weights_of(held)

    def kept(self, given: Given, key: str = "kept_percent") -> dict[str, float]:
        return flags(given[key], f"`{key}` of {self.name}") if key in given else {}

    def each(self, one: Given, given: Given) -> float:
        """Points of one case: those written beside it, otherwise those of the weight set."""
        tier, place, t2a = one.get("tier"), one.get("location", one.get("case_type")), bool(one.get("t2a", False))
        if one.get("contact_suspended", False) and tier is not None and not str(tier).upper().endswith("S"):
            tier = f"{tier}S"
        if place is None:
            refuse("missing-key", f"{one.what} lacks `location`")
        if "points_each" not in one and "points" not in one:
            return self.weights(given).case(tier, place, t2a)
        known = self.weights(given).case(tier, place, t2a) if tier is not None else 0.0
        points = float(one["points_each"] if "points_each" in one else one["points"])
        nothing = tier is None or str(tier).upper() == "UNTIERED" or str(place).upper() == "UNKNOWN"
        return 0.0 if nothing else points if known is not None else 0.0

    def case_points(self, given: Given) -> float:
        found = 0.0
        for one in given.listed("cases"):
            inactive = flags({key: one[key] for key in FLAGS if key in one}, one.what)
            found += rule.tier_points(one["count"], self.each(one, given), inactive, self.kept(given))
            one.done()
        return found

    def reports(self, given: Given) -> dict[str, float]:
        """Points of reports by kind, wherever a case writes them."""
        found: dict[str, float] = {}
        for kind, count, points, weight in (
            ("standard", "standard_reports", "standard_points", "standard"),
            ("fast", "fast_reports", "fast_points", "fast"),
        ):
            if count in given:
                each = given[points] if points in given else self.weights(given).reports[weight]
                found[kind] = rule.report_points([(given[count], each)])
        for kind in ("monthly_sdrs", "sdr_conversions", "sdrs", "paroms", "parom", "parole_reports", "arms"):
            if kind in given:
                found[kind] = counted(given.part(kind))
        if "count" in given:
            found["reports"] = counted(given, whole=False)
        return found

    # --- kinds ---------------------------------------------------------------------------------------------------

    def person(self, given: Given) -> Answers:
        """Hours, points and capacity of a person or a team, as far as the input goes."""
        found: Answers = {}
        grade = given.get("grade")
        if "reductions" in given:
            found["reduction_hours"] = hours.counted_hours(
                [reduction(one, given) for one in given.listed("reductions")]
            )
        elif "allowance_percent" in given:
            found["reduction_hours"] = hours.offered_hours(given["contracted_hours"], given["allowance_percent"])
        elif "reduction_hours" in given:
            found["reduction_hours"] = given["reduction_hours"]
        if "max_allowance_percent" in given:
            most = hours.offered_hours(given["contracted_hours"], given["max_allowance_percent"])
            found["max_reduction_hours"] = found["max_allowance_hours"] = most
        if any(key in given for key in (*_TARGETS.values(), "nominal_points", "weights")):
            found["nominal_points"] = hours.nominal_target(self.rules, grade, self.targets(given))
        if "contracted_hours" in given:
            defaults = given["default_hours"] if "default_hours" in given else self.weights(given).hours
            contracted, taken = given["contracted_hours"], found.get("reduction_hours", 0)
            base = hours.base_hours(self.rules, grade, contracted, defaults)
            found["base_hours"] = None if base is None else base.base
            found["band_default_hours"] = None if base is None else base.default
            nominal = hours.nominal_target(self.rules, grade, self.targets(given))
            found["available_points"] = hours.available_points(self.rules, grade, contracted, taken, nominal, defaults)
            if contracted is not None:
                found["reduction_percent"] = hours.reduction_percent(taken, contracted)
        if "available_points" in given:
            found["available_points"] = given["available_points"]
        if "total_points" in given:
            found["total_points"] = given["total_points"]
        elif "cases" in given:
            found["case_points"] = self.case_points(given)
            parts = [found["case_points"], *self.reports(given).values()]
            parts += [given[key] for key in ("extra_points", "adjustment_points") if key in given]
            found["total_points"] = rule.total_points(parts)
        if "total_points" in found and "available_points" in found:
            found |= self.capacity(found["total_points"], found["available_points"])
        return found

    def capacity(self, total: float, available: float, prefix: str = "") -> Answers:
        percent = rule.capacity_percent(self.rules, total, available)
        return {
            f"{prefix}capacity_percent": percent,
            f"{prefix}capacity_percent_1dp": rule.shown_percent(self.rules, total, available),
            f"{prefix}remaining_points": rule.remaining_points(total, available),
            f"{prefix}above_100": rule.above(percent, 100),
            f"{prefix}above_110": rule.above(percent, 110),
        }

    def targets(self, given: Given) -> Mapping[str, float]:
        """Points of a full-time week by grade: one by one, as one number for all, or those of the weight set."""
        written = {grade: given[key] for grade, key in _TARGETS.items() if key in given}
        nominal = given.get("nominal_points")
        if nominal is not None and not isinstance(nominal, Mapping):
            return dict.fromkeys(_TARGETS, nominal)
        return written or nominal or self.weights(given).nominal

    def team(self, given: Given) -> Answers:
        """A team from its sums, or from its rows."""
        if "units" not in given:
            return self.person(given) | self.adjusted(given)
        rows = given.listed("units")
        people = [self.person(one) for one in rows]
        for one, found in zip(rows, people, strict=True):
            one.get("name")
            one.done()
            if not {"total_points", "available_points"} <= set(found):
                refuse("missing-key", f"{one.what} lacks points held or available")
        pairs = [(found["total_points"], found["available_points"]) for found in people]
        held, there = sum(one for one, _ in pairs), sum(one for _, one in pairs)
        found = {
            "unit_percent": [rule.capacity_percent(self.rules, *pair) for pair in pairs],
            "combined_percent": rule.combined_percent(self.rules, pairs),
            "total_points": held,
            "available_points": there,
        }
        for key in ("contracted_hours", "reduction_hours"):
            if all(key in one for one in rows):
                found[key] = sum(one[key] for one in rows)
        return found | self.capacity(held, there)

    def aggregate(self, given: Given) -> Answers:
        given["units"]
        return self.team(given)

    def adjusted(self, given: Given) -> Answers:
        """Work for others as a share of available points, where a team writes it."""
        if "cms_points" not in given:
            return {}
        return {"cms_percent": rule.capacity_percent(self.rules, given["cms_points"], given["available_points"])}

    def tier(self, given: Given) -> Answers:
        subtract = given.get("subtract_inactive", given.get("t2a", False))
        inactive = flags({key: given[key] for key in FLAGS if key in given}, f"the input of {self.name}")
        kept = self.kept(given)
        points = rule.tier_points(
            given["cases"], given["points_per_case"], inactive if subtract else None, kept if subtract else None
        )
        return {"points": points}

    def mixed(self, given: Given) -> Answers:
        points = self.case_points(given)
        return {"points": points, "case_points": points, "total_points": rule.total_points([points])}

    def report(self, given: Given) -> Answers:
        found = self.reports(given) | paired(given)
        if not found:
            refuse("missing-key", f"the input of {self.name} names no report", f"it has {one_of(given.values)}")
        return {"points": sum(found.values()), "report_points": sum(found.values())}

    def contact(self, given: Given) -> Answers:
        points = rule.contact_points(
            given.part("points_by_type").values,
            *(given.part(key).values if key in given else {} for key in ("done_for_others", "done_by_others")),
        )
        return {"points": points, "contact_points": points}

    def potential(self, given: Given) -> Answers:
        found = self.person(given)
        new = given.part("add_case")
        then = self.each(new, given)
        new.done()
        now = then if given.get("already_held", False) else 0.0
        if "current_case" in given:
            now = self.each(given.part("current_case"), given)
        total = rule.potential_points(found["total_points"], now, then)
        later = self.capacity(total, found["available_points"], "potential_")
        return found | later | {"potential_points": total, "case_points": then}

    def total(self, given: Given) -> Answers:
        if "layout" in given:
            return self.laid_out(given)
        if "filtered_counts" in given:
            return self.counted_by_tier(given)
        if "cases" in given:
            return self.person(given)
        written = [given[key] for key in given.values if key.endswith("_points")]
        parts = [one for value in written for one in (value.values() if isinstance(value, Mapping) else [value])]
        if not parts:
            refuse("missing-key", f"the input of {self.name} names no points", f"it has {one_of(given.values)}")
        return {"total_points": rule.total_points(parts)}

    def laid_out(self, given: Given) -> Answers:
        """A caseload with the same number of cases in every tier and place."""
        text = str(given["layout"])
        form = re.fullmatch(r"(\d+) tiers x ([a-z/]+); points for the ([a-z])-th tier = (.+) at every location", text)
        if form is None:
            refuse("bad-layout", f"{self.name}: `{text}` is not a layout")
        places = form[2].split("/")
        each = [linear(form[4], form[3], at + 1) for at in range(int(form[1]))]
        inactive = flags(given.get("t2a_of_which", {}), f"`t2a_of_which` of {self.name}")
        given.get("of_which")  # ordinary inactive cases were taken out before the count
        kept = self.kept(given, "t2a_kept_percent")
        given.get("kept_percent")
        plain = sum(rule.tier_points(given["cases_per_tier"], one) for one in each)
        t2a = sum(rule.tier_points(given.get("t2a_cases_per_tier", 0), one, inactive, kept) for one in each)
        found: Answers = {
            "tier_points": (plain + t2a) * len(places),
            "case_points": (plain + t2a) * len(places),
            "t2a_points": t2a * len(places),
            "projected_licence_points": plain,
        }
        return found | self.summed(given, found["case_points"])

    def counted_by_tier(self, given: Given) -> Answers:
        """A caseload whose counts follow from the place of a tier in the order."""
        text, weights = str(given["filtered_counts"]), self.weights(given)
        letter = re.match(r"([a-z])-th tier", text)
        counts = dict(re.findall(r"(community|custody|licence|license) ([^,;]+)", text))
        if letter is None or not counts:
            refuse("bad-layout", f"{self.name}: `{text}` does not say how many cases each tier has")
        points: dict[str, float] = {}
        for place, form in counts.items():
            for at, tier in enumerate(weights.community):
                number = linear(form, letter[1], at + 1)
                points[place] = points.get(place, 0.0) + rule.tier_points(number, weights.case(tier, place))
        t2a = 0.0
        if "t2a" in given:
            part = given.part("t2a")
            inactive, kept = flags(part.get("of_which", {}), part.what), flags(part.get("kept_percent", {}), part.what)
            number = part["cases_per_tier_and_location"]
            t2a = sum(
                rule.tier_points(number, weights.case(tier, place, t2a=True), inactive, kept)
                for tier in weights.community
                for place in counts
            )
            part.done()
        found: Answers = {"tier_points": points, "t2a_points": t2a}
        return found | self.summed(given, sum(points.values()) + t2a)

    def summed(self, given: Given, cases: float) -> Answers:
        """Total with reports and adjustments; ARMS and parole reports only where the rules are of before 2023."""
        found = self.reports(given)
        arms = found.pop("arms", 0.0)
        paroms = sum(found.pop(kind, 0.0) for kind in ("paroms", "parom", "parole_reports"))
        others = [given[key] for key in ("extra_points", "adjustment_points") if key in given]
        lasting = [cases, *found.values(), *others]
        return {
            "report_points": sum(found.values()),
            "arms_points": arms,
            "parom_points": paroms,
            "total_points": rule.total_points([*lasting, arms, paroms] if self.before_2023 else lasting),
            "total_points_without_arms_and_paroms": rule.total_points(lasting),
        }

    def protect(self, given: Given) -> Answers:
        keys = ("rsr", "rosh", "mappa_level", "complexity", "women")
        points = protect_points(**{key: given[key] for key in keys if key in given})
        return {"protect_points": points, "points": points, "protect_level": protect_level(points)}

    def change(self, given: Given) -> Answers:
        points = change_points(given.get("needs", {}), given.get("ogrs", 0), iom=given.get("iom", False))
        level = change_level(points, mandate=given.get("mandate", True), assessed=given.get("assessed", True))
        return {"change_points": points, "points": points, "change_level": level}


_TARGETS = {"PO": "target_po", "PSO": "target_pso", "SPO": "target_spo"}
KINDS: dict[str, Callable[[Work, Given], Answers]] = {
    "aggregate_capacity": Work.aggregate,
    "available_points": Work.person,
    "base_hours": Work.person,
    "capacity_percent": Work.person,
    "case_points": Work.mixed,
    "change_level": Work.change,
    "contact_points": Work.contact,
    "end_to_end": Work.person,
    "nominal_target": Work.person,
    "potential_capacity": Work.potential,
    "protect_level": Work.protect,
    "reduction_hours": Work.person,
    "report_points": Work.report,
    "team_overview": Work.team,
    "tier_points": Work.tier,
    "total_points": Work.total,
}
