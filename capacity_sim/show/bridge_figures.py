"""Figures of a rebuilt chain as they are shown: rounded so that they close, with verdicts, and as records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from capacity_sim.analysis.bridge import Amount, Answer, Beside, Rebuilt
from capacity_sim.data.bridge import FITTED, GIVEN, PREDICTED, SHARE, Published
from capacity_sim.show import words
from capacity_sim.show.sheet import Value, number, significant, to_step

#: rounding of staff and of people by the size of the place: least total needed, and step
_STAFF = ((5000.0, 50.0), (200.0, 1.0), (0.0, 0.1))
_PEOPLE = ((5000.0, 100.0), (0.0, 1.0))
_COLUMNS = (
    "table", "step", "figure", "period", "unit", "scope", "published", "allowed_low", "allowed_high", "published_basis",
    "quality", "source", "simulated", "middle", "low", "high", "kind", "verdict", "reason",
)  # fmt: skip
UNEXPLAINED = "unexplained"
_WORDS = {True: "inside", False: "missed", None: ""}
_FTE = "FTE"


def period_words(period: str) -> str:
    """Financial year as it is, and a month in words.

    Examples
    --------
    >>> period_words("2026-27"), period_words("2024-04")
    ('2026-27', 'Apr 2024')
    """
    return words.month_name(period, short=True) if "01" <= period[5:] <= "12" else period


def steps_of(found: Answer) -> tuple[float, float]:
    """Steps to which staff and people are rounded."""
    needed = found.steps[0].needed.central
    staff, people = (next(step for least, step in steps if needed >= least) for steps in (_STAFF, _PEOPLE))
    return staff, people


def exposure_step(found: Answer) -> float:
    """Step to which person-months are rounded."""
    return significant([amount.central for one in found.steps for amount in one.exposure.values()])


def size_of(beside: Beside, step: float, people: float) -> tuple[str, float]:
    """Unit of a difference, and the step to which it is rounded."""
    if beside.difference.of == SHARE:
        return "per cent", 0.1
    return (_FTE, step) if beside.difference.of == "required_fte" else ("persons", people)


@dataclass(frozen=True)
class Shown:
    """Staff needed after a step as they are shown: all parts are rounded, and add up.

    Parameters
    ----------
    level, added : float
        Needed, and what the step adds.
    parts : mapping of kind to float
        The level by how it comes about.
    in_post : float
        Simulated staff in post.
    """

    level: float
    added: float
    parts: Mapping[str, float]
    in_post: float


def shown(found: Answer) -> list[Shown]:
    """Staff needed after each step, rounded so that steps and parts close in print."""
    step, _ = steps_of(found)
    lines: list[Shown] = []
    parts = dict.fromkeys((FITTED, PREDICTED, GIVEN), 0.0)
    before = 0.0
    for one in found.steps:
        level, in_post = (float(to_step(value, step) or 0.0) for value in (one.needed.central, one.in_post.central))
        parts = {**parts, one.step.kind: parts[one.step.kind] + level - before}
        lines.append(Shown(level, level - before, parts, in_post))
        before = level
    return lines


def verdict(figure: Published | None, value: float) -> str:
    """Whether a value is near enough to a published figure, in a word; none where nothing says how near."""
    return _WORDS[None if figure is None else figure.passes(value)]


def printed(figure: Published, step: float, sign: bool = False) -> str:
    """Published figure as it is printed: in whole numbers, however simulated ones are rounded."""
    return number(figure.value, min(step, 1.0), sign)


def reason(figure: Published, value: float) -> str:
    """Why a value misses a published figure."""
    return figure.reason(value) or "No reason for a miss to this side has been written down."


def records(found: Answer) -> Iterator[dict[str, Value]]:
    """Every figure as a record, rounded as the tables show it."""
    step, people = steps_of(found)
    for one, line in zip(found.steps, shown(found), strict=True):
        yield from _staff(one, line, step)
    for beside in found.differences:
        unit, size = size_of(beside, step, people)
        base = {"table": "difference", "step": beside.difference.id, "period": beside.difference.period, "unit": unit}
        figure, kind = beside.difference.published, beside.difference.kind
        yield _record(base, beside.difference.of, figure, beside.simulated, size, kind)
    for one in found.steps:
        if not one.step.adds:
            continue
        base = {"table": "people", "step": one.step.id, "period": found.month, "unit": "persons"}
        for name, amount in one.people.items():
            yield _record(base, name, None, amount, people, PREDICTED)
        base = {"table": "exposure", "step": one.step.id, "period": found.year, "unit": "person-months"}
        for risk, amount in one.exposure.items():
            yield _record(base, f"months_without_contact.{risk}", None, amount, exposure_step(found), PREDICTED)


def _staff(one: Rebuilt, line: Shown, step: float) -> Iterator[dict[str, Value]]:
    """Staff needed, in post and short of after a step."""
    here = {"step": one.step.id, "period": one.step.period, "unit": _FTE}
    base = {"table": "needed", **here}
    level, in_post = line.level, line.in_post
    yield _record(base, "change", None, one.change, step, one.step.kind, line.added)
    yield _record(base, "required_fte", one.step.required, one.needed, step, "", level)
    for kind, value in line.parts.items():
        yield _record(base, f"part_{kind}", None, Amount(value), step, kind)
    if one.unexplained is not None and one.step.required is not None:
        yield _record(base, UNEXPLAINED, None, one.unexplained, step, UNEXPLAINED, one.step.required.value - level)
    base = {"table": "shortfall", **here}
    kind = PREDICTED if one.step.in_post is None else GIVEN
    yield _record(base, "in_post_fte", one.step.in_post or one.assumed, one.in_post, step, kind, in_post)
    figure = one.step.shortfall
    if one.assumed is not None and one.on_assumed is not None:
        yield _record(base, "on_assumed_supply", figure, one.on_assumed, step, "", level - one.assumed.value)
    yield _record(base, "on_simulated_supply", figure, one.shortfall, step, "", level - in_post)


def _record(
    base: Mapping[str, str],
    name: str,
    figure: Published | None,
    amount: Amount,
    step: float,
    kind: str,
    closed: float | None = None,
) -> dict[str, Value]:
    """One figure; `closed` is its central one as the table closes it."""
    record: dict[str, Value] = dict.fromkeys(_COLUMNS)
    record.update(base)
    record.update(
        figure=name,
        simulated=to_step(amount.central if closed is None else closed, step),
        middle=to_step(amount.middle, step),
        low=to_step(amount.low, step),
        high=to_step(amount.high, step),
        kind=kind,
    )
    if figure is not None:
        low, high = figure.ends or (float("nan"), float("nan"))
        record.update(
            scope=figure.scope,
            published=figure.value,
            allowed_low=low,
            allowed_high=high if isfinite(high) else None,
            published_basis=figure.basis,
            quality=figure.quality,
            source=figure.source,
            verdict=verdict(figure, amount.central),
            reason=reason(figure, amount.central) if figure.passes(amount.central) is False else None,
        )
    return record
