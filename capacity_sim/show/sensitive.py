"""Table of what drives an output, and the sentence that says it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from capacity_sim.analysis.drivers import Driver, Method, Sensitivity
from capacity_sim.analysis.screening import Effect, Index
from capacity_sim.show import words
from capacity_sim.show.amounts import plain
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step

#: factors that the table and the chart name; CSV and JSON have all of them
MOST = 15
#: rounding of staff by the size of the place: least staff needed, and step in FTE
_STEPS = ((5000.0, 10.0), (200.0, 1.0), (0.0, 0.1))
#: half of a 95% interval from which shares are called uncertain
_WIDE = 0.1
_NOTHING = 1e-6
_ON_BASIS = ("required_fte", "shortfall_fte", "gap_fte", "hours_due", "workload_pct")
_INTERVAL = "95% interval"


def measure_name(found: Sensitivity) -> str:
    """Output in words, as a sentence has it."""
    name = found.question.measure
    return {"required_fte": "staff needed", "in_post_fte": "staff in post", "available_fte": "staff available"}.get(
        name, words.STAFF.get(name, name.replace("_", " "))
    )


def title_of(found: Sensitivity) -> str:
    """What was asked: output, where, when and on which timing."""
    question = found.question
    parts = [f"What matters most: {measure_name(found)}"]
    parts += [words.area_name(question.area).lower()] if question.area else []
    parts += [question.grade] if question.grade else []
    parts += [words.month_name(question.month), found.place]
    parts += [words.BASES[found.basis].partition(" (")[0]] if question.measure in _ON_BASIS else []
    return ", ".join(part for part in parts if part)


def step_of(found: Sensitivity) -> float:
    """Step to which the output and what moves it are rounded."""
    unit = found.question.spec.unit
    shares = found.question.method is Method.SOBOL
    sizes = [found.assumptions] if shares else [one.size for one in found.drivers]
    largest = max((abs(size) for size in sizes if math.isfinite(size)), default=0.0)
    if unit == "FTE":
        step = next(step for least, step in _STEPS if found.needed >= least)
        return step if largest >= 10 * step or step == _STEPS[-1][1] else step / 10
    return 0.1 if unit == "per cent" else significant([largest if largest > _NOTHING else found.central])


def sensitive_report(found: Sensitivity, most: int = MOST) -> Report:
    """Table of what drives an output.

    Parameters
    ----------
    found : Sensitivity
        The answer.
    most : int
        Factors that are named.
    """
    make = {Method.TORNADO: _tornado, Method.MORRIS: _morris, Method.SOBOL: _sobol}[found.question.method]
    return Report(
        title_of(found),
        (f"{found.question.spec.words} Unit: {found.question.spec.unit}.", _level(found), sentence(found)),
        (make(found, found.drivers[:most]),),
        tuple(_notes(found, most)),
        _records(found),
    )


def _level(found: Sensitivity) -> str:
    step, unit = step_of(found), found.question.spec.unit
    whose = f"{found.scenario} less {found.less}" if found.less else found.scenario
    central = number(found.central, step, sign=bool(found.less))
    at = f"{whose}: {central} {unit} at the central value of every assumption"
    if not math.isfinite(found.low):
        return f"{at}."
    return f"{at}; {interval(found.low, found.high, step)} over its readings (10th to 90th percentile)."


def sentence(found: Sensitivity) -> str:
    """What drives the answer, in words.

    Parameters
    ----------
    found : Sensitivity
        The answer.
    """
    step = step_of(found)
    moving = [one for one in found.drivers if to_step(one.size, 0.01 if _shares(found) else step)]
    name = measure_name(found)
    what = f"the effect of {found.scenario} on the {name}" if found.less else f"the {name}"
    if not moving:
        return f"None of the ranges moves {what}."
    parts = [_first(found, moving[0], what, step), *_next(found, moving, step)]
    if not found.settled:
        why = "chance" if found.question.method is Method.TORNADO else "too few points"
        parts.append(f"Which of the first two comes first is not settled ({why}).")
    return " ".join(parts)


def _shares(found: Sensitivity) -> bool:
    return found.question.method is Method.SOBOL


def _first(found: Sensitivity, one: Driver, what: str, step: float) -> str:
    unit, name = _unit(found), f"`{one.factor.name}`"
    if isinstance(one.detail, Index):
        alone = _share_range(one.detail.first, one.detail.first_error)
        return (
            f"{name} matters most: it has a part in {_per_cent(one.size)} of the variance that the assumptions leave "
            f"in {what}; alone it makes {_per_cent(one.detail.first)} ({_INTERVAL} {alone})."
        )
    if isinstance(one.detail, Effect):
        bends = one.detail.spread > one.size / 2
        return (
            f"{name} matters most: over its whole range it moves {what} by {number(one.size, step)} {unit} on average "
            f"({_INTERVAL} {_size_range(one, step)})"
            + (", and how much depends on the other assumptions or on where it stands." if bends else ".")
        )
    low, high = sorted(one.at)
    return (
        f"{name} matters most: between its ends {what} goes from {number(low, step)} to {number(high, step)} {unit}, "
        f"a swing of {number(one.size, step)}."
    )


def _next(found: Sensitivity, moving: Sequence[Driver], step: float) -> list[str]:
    """The second and third, and the most that any of the rest does."""

    def said(one: Driver) -> str:
        return _per_cent(one.size) if _shares(found) else number(one.size, step)

    parts = []
    if len(moving) > 1:
        parts.append(f"Then {' and '.join(f'`{one.factor.name}` ({said(one)})' for one in moving[1:3])}.")
    rest = found.drivers[3:]
    if rest:
        most = said(rest[0]) if rest[0] in moving else "nothing that shows"
        parts.append(f"The last: {most}." if len(rest) == 1 else f"Each of the other {len(rest)}: {most} at most.")
    if _shares(found):
        alone = [one.detail for one in found.drivers if isinstance(one.detail, Index)]
        together, error = 1.0 - sum(one.first for one in alone), math.hypot(*(one.first_error for one in alone))
        parts.append(
            f"What they do together, beyond what each does alone, is {_per_cent(together)} (± {_per_cent(error)})."
            if together > error
            else f"What they do together, beyond what each does alone, is lost in the error (± {_per_cent(error)})."
        )
    return parts


def _unit(found: Sensitivity) -> str:
    unit = found.question.spec.unit
    return "percentage points" if unit == "per cent" else unit


def _per_cent(share: float) -> str:
    return f"{number(100 * share, 1)}%"


def _size_range(one: Driver, step: float) -> str:
    """Interval of a size, which is never below zero."""
    return interval(max(0.0, one.size - one.error), one.size + one.error, step)


def _share_range(share: float, error: float) -> str:
    return interval(100 * (share - error), 100 * (share + error), 1)


def _fine(value: float) -> float:
    """Step that leaves two digits of a value, and of what is as good as nothing none."""
    return significant([value], 2) if abs(value) > _NOTHING else 1.0


def _two(value: float) -> Value:
    return to_step(value, _fine(value))


def _brief(value: float) -> str:
    return number(value, _fine(value))


def _named(one: Driver) -> str:
    many = len(one.factor.ids)
    return one.factor.name if many == 1 else f"{one.factor.name} ({many} inputs)"


def _tornado(found: Sensitivity, shown: Sequence[Driver]) -> Sheet:
    step, known = step_of(found), found.question.reps > 1
    rows = []
    for one in shown:
        alone = one.factor.inputs[0] if len(one.factor.inputs) == 1 else None
        ends = (plain(alone.low), plain(alone.high)) if alone else ("lowest", "highest")
        at = tuple(number(value, step) for value in one.at)
        chance = (f"± {_brief(one.error)}",) if known else ()
        rows.append((_named(one), ends[0], at[0], ends[1], at[1], number(one.size, step), *chance))
    columns = ("", "low end", "gives", "high end", "gives", "swing", *(["chance"] * known))
    return Sheet(columns, tuple(rows))


def _morris(found: Sensitivity, shown: Sequence[Driver]) -> Sheet:
    step = step_of(found)
    rows = []
    for one in shown:
        detail = one.detail if isinstance(one.detail, Effect) else Effect(*[math.nan] * 4)
        span = _size_range(one, step)
        rows.append(
            (
                _named(one), number(one.size, step), span, number(detail.mean, step, sign=True),
                number(detail.spread, step),
            )
        )  # fmt: skip
    return Sheet(("", "effect", _INTERVAL, "with its sign", "spread"), tuple(rows))


def _sobol(found: Sensitivity, shown: Sequence[Driver]) -> Sheet:
    rows = []
    for one in shown:
        if isinstance(one.detail, Index):
            first, total = one.detail.first, one.detail.total
            spans = _share_range(first, one.detail.first_error), _share_range(total, one.detail.total_error)
            rows.append((_named(one), _per_cent(first), spans[0], _per_cent(total), spans[1]))
    return Sheet(("", "alone", _INTERVAL, "with others", _INTERVAL), tuple(rows), "Share of the variance")


def _notes(found: Sensitivity, most: int) -> list[str]:
    question, step, unit = found.question, step_of(found), _unit(found)
    notes = []
    if len(found.drivers) > most:
        notes.append(f"{len(found.drivers) - most} more are not shown; `--top` or `--csv` has them.")
    notes += _method(found)
    if found.idle:
        names = ", ".join(one.id for one in found.idle)
        notes.append(f"Not varied, as the output does not depend on how officers do their work: {names}.")
    chance = (
        f"Chance: the same question with other rolls differs by a standard deviation of {_brief(found.chance)} {unit} "
        f"({found.rolls} replications at central values)."
    )
    if _shares(found) and found.assumptions:
        part = found.chance**2 / (found.chance**2 + found.assumptions**2)
        chance += (
            f" Ignorance: that of the readings is {_brief(found.assumptions)} {unit}; chance makes "
            f"{number(100 * part, 0.1)}% of the variance of one run."
        )
    notes.append(f"{chance} All readings share the same rolls, so that they differ by their assumptions.")
    if question.method is Method.TORNADO and question.reps == 1:
        notes.append("With one replication the chance in a swing is not known; `--reps 3` shows it.")
    notes.append(
        f"Only assumptions that carry a range are varied. No emulator: every figure is of {found.runs:,} runs of the "
        f"model. Rounded to {step:,.10g} {unit}."
    )
    return [*notes, f"{found.source}."]


def _method(found: Sensitivity) -> list[str]:
    """How it was found, in sentences."""
    question, groups = found.question, any(len(one.factor.ids) > 1 for one in found.drivers)
    if question.method is Method.TORNADO:
        notes = [
            "One at a time: each input at the low and the high end of its range, all others at central values. Swing: "
            "the farthest apart of both ends and the central value."
        ]
        if groups:
            notes.append(
                "A group goes to the ends of its ranges that lower the output, then to those that raise it, as its "
                "inputs do alone."
            )
        if question.reps > 1:
            notes.append(f"Chance: one standard error of the swing over {question.reps} replications.")
        return notes
    if question.method is Method.MORRIS:
        notes = [
            f"Morris: {question.size} trajectories that move one factor after the other, from many places. Effect: the "
            "mean size of what it does over its whole range. Spread: how far that depends on the others or on its own "
            "place."
        ]
        return [*notes, "A group has no sign and no spread: its inputs move either way."] if groups else notes
    notes = [
        f"Sobol: {question.size} base points. Alone: the share of the variance that goes when it is known. With "
        "others: the share that is left when all others are known. Below zero and above 100% is error of sampling."
    ]
    widest = max((one.detail.first_error for one in found.drivers if isinstance(one.detail, Index)), default=0.0)
    if widest > _WIDE:
        notes.append(f"Intervals reach ± {_per_cent(widest)}: `--points {4 * question.size}` about halves them.")
    return notes


def _records(found: Sensitivity) -> tuple[dict[str, Value], ...]:
    question, step = found.question, step_of(found)
    common: dict[str, Value] = {
        "scenario": found.scenario,
        "less": found.less or None,
        "place": found.place,
        "measure": question.measure,
        "unit": question.spec.unit,
        "area": question.area,
        "grade": question.grade,
        "basis": found.basis if question.measure in _ON_BASIS else None,
        "month": question.month,
        "method": question.method.value,
    }

    def record(row: str, of: str | None = None, **values: Value) -> dict[str, Value]:
        keys = (
            "inputs", "range_low", "range_central", "range_high", "low", "central", "high", "at_low", "at_high", "size",
            "error", "mean", "spread", "first", "first_error", "total", "total_error",
        )  # fmt: skip
        return {**common, "row": row, "of": of, **{key: values.get(key) for key in keys}, "rounded_to": step}

    records = [
        record(
            "level",
            central=to_step(found.central, step),
            low=to_step(found.low, step),
            high=to_step(found.high, step),
        ),
        record("chance", size=_two(found.chance)),
    ]
    if _shares(found):
        records.append(record("assumptions", size=_two(found.assumptions)))
    for one in found.drivers:
        alone = one.factor.inputs[0] if len(one.factor.inputs) == 1 else None
        values: dict[str, Value] = {"inputs": ";".join(one.factor.ids)}
        if alone is not None:
            values |= {"range_low": alone.low, "range_central": alone.mid, "range_high": alone.high}
        if isinstance(one.detail, Index):
            detail = one.detail
            shares = (detail.first, detail.first_error, detail.total, detail.total_error)
            names = ("first", "first_error", "total", "total_error")
            values |= {name: to_step(share, 0.01) for name, share in zip(names, shares, strict=True)}
        else:
            values |= {"size": to_step(one.size, step), "error": _two(one.error)}
            values |= {"at_low": to_step(one.at[0], step), "at_high": to_step(one.at[1], step)}
        if isinstance(one.detail, Effect):
            values |= {"mean": to_step(one.detail.mean, step), "spread": to_step(one.detail.spread, step)}
        records.append(record("driver", one.factor.name, **values))
    return tuple(records)
