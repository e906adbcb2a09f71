"""Table of an attribution: what each change did alone, last and as its share, and the exposure that came with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from capacity_sim.analysis.credit import ALONE, INTERACTION, LAST, LEVEL, SHARE, TOTAL, Attribution
from capacity_sim.analysis.shares import rounded
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import load
from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step

BELONGS_TO_NONE = "belongs to no single change"
#: rounding of staff by the size of the place: least total needed, and step in FTE
_STEPS = ((5000.0, 10.0), (200.0, 1.0), (0.0, 0.1))
_COLUMNS = ("", "", "alone", "last", "share")
_NAMES = {
    "gap_fte": "gap (needed less available)",
    "shortfall_fte": "shortfall (needed less in post)",
    "required_fte": "staff needed",
    "in_post_fte": "staff in post",
    "available_fte": "staff available",
}


def title_of(found: Attribution) -> str:
    """What was shared out, where, when and on which timing."""
    measure = _NAMES.get(found.measure.name, found.measure.name.replace("_", " "))
    area = f", {words.area_name(found.area).lower()}" if found.area else ""
    basis = f", {words.BASES[found.basis].partition(' (')[0]}" if found.basis and _stated(found) else ""
    return f"Who gets the credit: {measure}{area}, {words.month_name(found.month)}, {found.place}{basis}"


def _stated(found: Attribution) -> bool:
    return found.measure.name in ("required_fte", "shortfall_fte", "gap_fte", "hours_due", "workload_pct")


def step_of(found: Attribution) -> float:
    """Step to which the figures are rounded."""
    sizes = [found.row(TOTAL)["central"], *(found.row(ALONE, group.name)["central"] for group in found.groups)]
    if found.measure.unit == "FTE":
        step = next(step for least, step in _STEPS if found.needed >= least)
        largest = max(abs(size) for size in sizes)
        return step if largest >= 10 * step or step == _STEPS[-1][1] else step / 10
    return 0.1 if found.measure.unit == "per cent" else significant(sizes)


def attributed_report(found: Attribution) -> Report:
    """Table of who gets the credit, and below it the months without contact that came with each change.

    Parameters
    ----------
    found : Attribution
        The answer.
    """
    step = step_of(found)
    unit = "percentage points" if found.measure.unit == "per cent" else found.measure.unit
    sheets = [_credit(found, step), _exposure(found)]
    return Report(
        title_of(found),
        (f"{found.measure.words} Unit: {found.measure.unit}.",),
        tuple(sheets),
        (
            f"Alone: {found.base} with that change, less {found.base}. Last: {found.scenario} less {found.scenario} "
            "without it. Share: what it adds on average, whatever comes first; shares add up to the whole difference.",
            *found.method,
            range_words(found),
            f"Differences are paired, draw by draw and person by person. Rounded to {step:,.10g} {unit} so that the "
            "columns add up.",
            "Months without contact are exposure: months that people in the community spend on a sentence without "
            "contact. No claim is made about reoffending.",
            f"{found.source}.",
        ),
        _records(found, step),
    )


def range_words(found: Attribution) -> str:
    """What the ranges say, in a sentence."""
    if found.kind is RangeKind.DRAWS:
        return (
            f"Range: 10th to 90th percentile of {found.draws} draws of the assumptions that carry a range; the figure "
            "is the middle one, moved a little where middles do not add up."
        )
    if found.kind is RangeKind.CHANCE:
        return (
            f"Range: chance only, the 10th to 90th percentile of {found.reps} replications with every assumption at "
            "its central value."
        )
    return "No range: one draw, with every assumption at its central value; add `--draws 10`."


def shown(found: Attribution, output: str, what: str, step: float) -> dict[str, float]:
    """Middles of all groups as they are shown: rounded so that they add up to the difference of the ends.

    With what each does alone, the interaction is one of the parts, under an empty name.
    """
    names = [group.name for group in found.groups]
    parts = [found.row(what, name, output)["central"] for name in names]
    ends = [found.row(LEVEL, name, output)["central"] for name in (found.base, found.scenario)]
    low, high = (float(to_step(value, step) or 0) for value in ends)
    if what == ALONE:
        names, parts = [*names, ""], [*parts, found.row(INTERACTION, "", output)["central"]]
    if not all(math.isfinite(value) for value in (*parts, *ends)):
        return dict(zip(names, parts, strict=True))
    return dict(zip(names, rounded(parts, high - low, step), strict=True))


def _credit(found: Attribution, step: float) -> Sheet:
    measure = found.measure.name
    alone, share = (shown(found, measure, what, step) for what in (ALONE, SHARE))
    error = any(math.isfinite(found.row(SHARE, group.name)["error"]) for group in found.groups)
    rows: list[tuple[str, ...]] = []

    def add(name: str, said: str, cells: dict[str, str], ranges: dict[str, str]) -> None:
        rows.append((name, said, *(cells.get(what, "") for what in _COLUMNS[2:]), *([cells.get("error", "")] * error)))
        if any(ranges.values()):
            rows.append(("", "", *(ranges.get(what, "") for what in _COLUMNS[2:]), *([""] * error)))

    def end(name: str) -> None:
        level = found.row(LEVEL, name)
        word = number(level["central"], step)
        span = interval(level["low"], level["high"], step)
        add(name, "", {ALONE: word, SHARE: word}, {SHARE: span})

    end(found.base)
    for group in found.groups:
        parts = {what: found.row(what, group.name) for what in (ALONE, LAST, SHARE)}
        middles = {ALONE: alone[group.name], LAST: parts[LAST]["central"], SHARE: share[group.name]}
        cells = {what: number(value, step, sign=True) for what, value in middles.items()}
        if error:
            cells["error"] = f"± {number(parts[SHARE]['error'], _error_step(parts[SHARE]['error']))}"
        spans = {what: interval(one["low"], one["high"], step, sign=True) for what, one in parts.items()}
        add(f"  {group.name}", group.words, cells, spans)
    apart = found.row(INTERACTION)
    span = interval(apart["low"], apart["high"], step, sign=True)
    add("  interaction", BELONGS_TO_NONE, {ALONE: number(alone[""], step, sign=True)}, {ALONE: span})
    end(found.scenario)
    columns = (*_COLUMNS, *(["error of share"] * error))
    return Sheet(columns, tuple(rows), "", words=2)


def _exposure(found: Attribution) -> Sheet:
    risks = load().dimensions["risk"]
    step = _exposure_step(found)
    rows: list[tuple[str, ...]] = []

    def add(
        name: str, said: str, cell: Callable[[str], dict[str, float]], middle: dict[str, float], sign: bool
    ) -> None:
        rows.append((name, said, *(number(middle[risk], step, sign) for risk in risks)))
        spans = [interval(cell(risk)["low"], cell(risk)["high"], step, sign) for risk in risks]
        if any(spans):
            rows.append(("", "", *spans))

    def end(name: str) -> None:
        middle = {risk: found.row(LEVEL, name, risk)["central"] for risk in risks}
        add(name, "", lambda risk: found.row(LEVEL, name, risk), middle, sign=False)

    end(found.base)
    for group in found.groups:
        for number_of, what in enumerate((ALONE, SHARE)):
            middle = {risk: shown(found, risk, what, step)[group.name] for risk in risks}
            name = "" if number_of else f"  {group.name}"
            add(name, what, partial(found.row, what, group.name), middle, sign=True)
    middle = {risk: shown(found, risk, ALONE, step)[""] for risk in risks}
    add("  interaction", ALONE, lambda risk: found.row(INTERACTION, "", risk), middle, sign=True)
    end(found.scenario)
    span = f"{len(found.year)} months" if len(found.year) != 12 else "year"
    caption = f"Person-months without contact in the {span} to {words.month_name(found.month)}, by risk"
    return Sheet(("", "", *(words.RISKS[risk] for risk in risks)), tuple(rows), caption, words=2)


def _error_step(error: float) -> float:
    return max(0.001, significant([error], 2))


def _exposure_step(found: Attribution) -> float:
    risks = load().dimensions["risk"]
    return max(1.0, significant(found.row(TOTAL, "", risk)["central"] for risk in risks))


def _records(found: Attribution, step: float) -> tuple[dict[str, Value], ...]:
    records: list[dict[str, Value]] = []
    outputs = [
        (found.measure.name, None, step),
        *((risk, risk, _exposure_step(found)) for risk in load().dimensions["risk"]),
    ]
    for output, risk, rounding in outputs:
        middles = {what: shown(found, output, what, rounding) for what in (ALONE, SHARE)}
        middles[INTERACTION] = {"": middles[ALONE][""]}
        for line in found.frame[found.frame["output"] == output].to_dict("records"):
            what, group = str(line["what"]), str(line["group"])
            spec = found.measure if risk is None else load().outputs["months_without_contact"]
            middle = middles.get(what, {}).get(group, float(line["central"]))
            records.append(
                {
                    "scenario": found.scenario,
                    "less": found.base,
                    "place": found.place,
                    "measure": spec.name,
                    "unit": spec.unit,
                    "area": found.area if risk is None else None,
                    "basis": found.basis if risk is None and _stated(found) else None,
                    "risk": risk,
                    "month": found.month,
                    "months": 1 if risk is None else len(found.year),
                    "row": what,
                    "of": group or None,
                    "central": to_step(middle, rounding),
                    "low": to_step(float(line["low"]), rounding),
                    "high": to_step(float(line["high"]), rounding),
                    "error": to_step(float(line["error"]), _error_step(float(line["error"]))),
                    "range": found.kind.value,
                    "rounded_to": rounding,
                }
            )
    return tuple(records)
