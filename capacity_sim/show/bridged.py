"""Table of a published chain, rebuilt: shortfalls on two supplies, staff needed step by step, people, exposure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from capacity_sim.analysis.bridge import Amount, Answer, Rebuilt
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.data.bridge import FITTED, GIVEN, PREDICTED, Published
from capacity_sim.show import words
from capacity_sim.show.bridge_figures import (
    UNEXPLAINED,
    exposure_step,
    period_words,
    printed,
    reason,
    records,
    shown,
    size_of,
    steps_of,
    verdict,
)
from capacity_sim.show.sheet import Report, Sheet, interval, number, to_step

_NAMES = {"people_on_sentence": "on sentence", "people_supervised": "supervised", "people_tagged": "tagged"}


@dataclass(frozen=True)
class Missed:
    """A simulated figure that misses the published one."""

    what: str
    reason: str


def bridge_report(found: Answer) -> Report:
    """The chain as tables, with what misses and why, and every figure as a record.

    Parameters
    ----------
    found : Answer
        The chain, rebuilt.
    """
    step, people = steps_of(found)
    sheets = [
        _shortfalls(found, step),
        _needed(found, step),
        _differences(found, step, people),
        _people(found, people),
        _exposure(found),
    ]
    missed = misses(found)
    return Report(
        f"The published chain, rebuilt: {found.place}",
        (f"Staff are FTE, mean of the period: {found.bridge.scope}.", *_finding(found, step)),
        tuple(sheets),
        (
            "Shortfall: needed less in post, as every published gap; never the gap to available staff.",
            f"What a simulated figure rests on. {FITTED}: the model is fitted to the published figure. {GIVEN}: the "
            f"scenarios are sized to it. {PREDICTED}: comes out, and only this is evidence. {UNEXPLAINED}: published "
            "less simulated staff needed; no parameter takes it up.",
            "Published basis: published is printed; derived follows from printed figures by arithmetic.",
            _range_words(found),
            f"Rounded to {step:,.10g} FTE so that steps add up; whether a figure is inside is judged before rounding.",
            "Months without contact are exposure: months that people in the community spend on a sentence without "
            "contact. Contact that is thinner, as with fewer contacts a year, is not in them. No claim is made about "
            "reoffending.",
            *(f"Missed: {one.what}. {one.reason}" for one in missed),
            *(["A shortfall misses by what staff needed and staff in post miss."] if missed else []),
        ),
        tuple(records(found)),
    )


def misses(found: Answer) -> list[Missed]:
    """What misses, with its reason; figures with the same reason stand together."""
    together: dict[str, list[str]] = {}
    for what, figure, value in _held(found):
        if figure.passes(value) is False:
            together.setdefault(reason(figure, value), []).append(what)
    return [Missed("; ".join(dict.fromkeys(those)), reason) for reason, those in together.items()]


def _held(found: Answer) -> Iterator[tuple[str, Published, float]]:
    """Every published figure that a simulated one is held against, but for shortfalls, which follow from the two."""
    for one in found.steps:
        when = period_words(one.step.period)
        if one.step.required is not None:
            yield f"staff needed, {one.step.short.removeprefix('+ ')}, {when}", one.step.required, one.needed.central
    for one in found.steps:
        when = period_words(one.step.period)
        for figure in (one.assumed, one.step.in_post):
            if figure is not None:
                yield f"staff in post, {when}", figure, one.in_post.central
    for beside in found.differences:
        if beside.difference.published is not None:
            name = beside.difference.words[:1].lower() + beside.difference.words[1:]
            yield name, beside.difference.published, beside.simulated.central


def _finding(found: Answer, step: float) -> Iterator[str]:
    """What the two supplies say of the year that the last assumed one is of."""
    start = found.steps[0]
    for one, line in zip(reversed(found.steps), reversed(shown(found)), strict=True):
        assumed, figure = one.assumed, one.step.shortfall
        if assumed is None or figure is None or assumed.period != one.step.period:
            continue
        span = _span(one.shortfall, step)
        short = number(line.level - line.in_post, step) + (f" ({span})" if span else "")
        yield (
            f"The published gap of {period_words(figure.period)} takes {printed(assumed, step)} staff to be in "
            f"post; the simulated workforce has {number(line.in_post, step)}, after "
            f"{number(start.in_post.central, step)} in {period_words(start.step.period)}{_beside_print(start, step)}. "
            f"So the shortfall is {short} on simulated supply, beside {printed(figure, step)} published. Nothing "
            "in supply is fitted to the assumed figure."
        )
        return


def _beside_print(start: Rebuilt, step: float) -> str:
    """Published staff in post at the start, in brackets."""
    return "" if start.step.in_post is None else f" ({printed(start.step.in_post, step)} published)"


def _range_words(found: Answer) -> str:
    figure = "A simulated figure has every assumption at its central value, as published estimates do"
    if found.kind is RangeKind.NONE:
        return f"{figure}. No range: add `--draws 10`."
    return (
        f"{figure}. Middle and range: median, and 10th to 90th percentile, of {found.draws} draws of the assumptions "
        "that carry a range, paired between steps. They lie to one side of the figure where an assumption can only go "
        "that way: a programme may come weaker or later than planned, and not stronger or sooner."
    )


# --- sheets -----------------------------------------------------------------------------------------------------------


def _span(amount: Amount, step: float, sign: bool = False) -> str:
    return interval(amount.low, amount.high, step, sign)


def _draws(amount: Amount | None, step: float, sign: bool = False) -> tuple[str, str]:
    """Middle and range of the draws; empty without draws."""
    if amount is None:
        return "", ""
    span = _span(amount, step, sign)
    return (number(amount.middle, step, sign) if span else "", span)


def _allowed(figure: Published | None, step: float, sign: bool = False) -> str:
    """Results that are near enough, in words."""
    if figure is None or figure.ends is None:
        return ""
    low, high = figure.ends
    return interval(low, high, step, sign) if isfinite(high) else f"{number(low, step, sign)} or more"


def _numbered(found: Answer) -> list[tuple[str, Rebuilt]]:
    """Steps with the number that a reader meets them by."""
    return [(f"{at} {one.step.words}" if at else one.step.words, one) for at, one in enumerate(found.steps)]


def _shortfalls(found: Answer, step: float) -> Sheet:
    columns = (
        "after step", "period", "published", "allowed", "staff assumed", "shortfall", "",
        "in post, simulated", "shortfall", "",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for (name, one), line in zip(_numbered(found), shown(found), strict=True):
        figure, assumed = one.step.shortfall, one.on_assumed
        rows.append(
            (
                name,
                period_words(one.step.period),
                "" if figure is None else printed(figure, step),
                _allowed(figure, step),
                "" if one.assumed is None else printed(one.assumed, step),
                "" if one.assumed is None else number(line.level - one.assumed.value, step),
                "" if assumed is None else verdict(figure, assumed.central),
                number(line.in_post, step),
                number(line.level - line.in_post, step),
                verdict(figure, one.shortfall.central),
            )
        )
        parts = (assumed, one.in_post, one.shortfall)
        if found.kind is not RangeKind.NONE:
            middles, ranges = zip(*(_draws(part, step) for part in parts), strict=True)
            for name, cells in (("  middle", middles), ("  range", ranges)):
                rows.append((name, "", "", "", "", cells[0], "", cells[1], cells[2], ""))
    return Sheet(columns, tuple(rows), "Shortfall, on the assumed and on the simulated supply", words=2)


def _needed(found: Answer, step: float) -> Sheet:
    columns = ("", "period", "what it is", "FTE", "middle", "range", "")
    rows: list[tuple[str, ...]] = []
    for (name, one), line in zip(_numbered(found), shown(found), strict=True):
        when, figure = period_words(one.step.period), one.step.required
        later = bool(rows)
        added = number(line.added, step, sign=later)
        rows.append((name, when, one.step.kind, added, *_draws(one.change, step, sign=later), ""))
        if later:
            parts = [f"{kind} {number(part, step, sign=kind != FITTED)}" for kind, part in line.parts.items() if part]
            level = number(line.level, step)
            rows.append(("  needed, simulated", when, ", ".join(parts), level, *_draws(one.needed, step), ""))
        if figure is not None and one.unexplained is not None:
            value = number(figure.value - line.level, step, sign=True)
            apart = _draws(one.unexplained, step, sign=True)
            rows.append((f"  {UNEXPLAINED}", when, "published less simulated", value, *apart, ""))
            rows.append(
                (
                    "  needed, published",
                    period_words(figure.period),
                    f"{figure.basis}, {figure.quality}; {figure.source}",
                    printed(figure, step),
                    "",
                    f"allowed {_allowed(figure, step)}",
                    verdict(figure, one.needed.central),
                )
            )
    return Sheet(columns, tuple(rows), "Staff needed, step by step", words=3)


def _differences(found: Answer, step: float, people: float) -> Sheet:
    columns = (
        "", "period", "unit", "published is", "simulated is",
        "published", "allowed", "simulated", "middle", "range", "",
    )  # fmt: skip
    rows = []
    for beside in found.differences:
        one, amount = beside.difference, beside.simulated
        unit, size = size_of(beside, step, people)
        figure = one.published
        rows.append(
            (
                one.words,
                period_words(one.period),
                unit,
                "" if figure is None else f"{figure.basis}, {figure.quality}",
                one.kind,
                "" if figure is None else printed(figure, size, sign=True),
                _allowed(figure, size, sign=True),
                number(amount.central, size, sign=True),
                *_draws(amount, size, sign=True),
                verdict(figure, amount.central),
            )
        )
    return Sheet(columns, tuple(rows), "What parts do, beside what is published", words=5)


def _blocks(
    found: Answer, cells: Mapping[str, str], of: str, step: float
) -> Iterator[tuple[str, ...]]:
    """Level, range and addition of each step that adds something."""
    before: Mapping[str, Amount] | None = None
    for name, one in _numbered(found):
        if not one.step.adds:
            continue
        now: Mapping[str, Amount] = getattr(one, of)
        yield (name, "", *(number(now[cell].central, step) for cell in cells))
        if before is not None:
            adds = ((to_step(now[c].central, step) or 0) - (to_step(before[c].central, step) or 0) for c in cells)
            yield ("", "more or less", *(number(value, step, sign=True) for value in adds))
        if any(spans := [_span(now[cell], step) for cell in cells]):
            yield ("", "range", *spans)
        before = now


def _people(found: Answer, step: float) -> Sheet:
    caption = f"People at the end of {words.month_name(found.month)} (none of these is a published figure)"
    return Sheet(("after step", "", *_NAMES.values()), tuple(_blocks(found, _NAMES, "people", step)), caption, words=2)


def _exposure(found: Answer) -> Sheet:
    risks = {risk: words.RISKS[risk] for risk in found.steps[0].exposure}
    step = exposure_step(found)
    caption = f"Exposure: person-months without contact in {found.year}, by risk of serious harm"
    return Sheet(("after step", "", *risks.values()), tuple(_blocks(found, risks, "exposure", step)), caption, words=2)
