"""What brings a goal about, as sentences and tables; or why nothing does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from capacity_sim.analysis.answers import Answer, Point
from capacity_sim.analysis.goals import Goal, Lever
from capacity_sim.analysis.search import FAR
from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.catalogue import load
from capacity_sim.show import words
from capacity_sim.show.amounts import plain
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step

#: rounding of staff by the size of the place: least staff needed, and step in FTE
STEPS = ((5000.0, 50.0), (2000.0, 10.0), (200.0, 1.0), (0.0, 0.1))
ON_BASIS = ("required_fte", "shortfall_fte", "gap_fte", "hours_due", "workload_pct")
_STAFF = {"required_fte": "staff needed", "in_post_fte": "staff in post", "available_fte": "staff available"}
#: trials that the table shows
_MOST = 12


def measure_name(measure: str) -> str:
    """Output in words, as a sentence has it.

    Examples
    --------
    >>> measure_name("gap_fte"), measure_name("people_supervised")
    ('gap', 'people supervised')
    """
    return _STAFF.get(measure, words.STAFF.get(measure, measure.replace("_", " ")))


def fte_step(needed: float) -> float:
    """Step to which staff are rounded in a place that needs so many.

    Examples
    --------
    >>> fte_step(15000.0), fte_step(700.0)
    (50.0, 1.0)
    """
    return next(step for least, step in STEPS if needed >= least)


def step_of(measure: str, needed: float, values: Sequence[float]) -> float:
    """Step to which an output is rounded."""
    unit = load().outputs[measure].unit
    if unit == "FTE":
        return fte_step(needed)
    return 0.1 if unit == "per cent" else significant(values)


def subject(goal: Goal, place: str, basis: str) -> str:
    """Output, where, when and on which timing."""
    parts = [measure_name(goal.measure)]
    parts += [words.area_name(goal.area).lower()] if goal.area else []
    parts += [goal.grade] if goal.grade else []
    parts += [words.month_name(goal.month), place]
    parts += [words.BASES[basis].partition(" (")[0]] if goal.measure in ON_BASIS else []
    return ", ".join(part for part in parts if part)


def pounds(value: float) -> str:
    """Pounds a year as a sentence has them.

    Examples
    --------
    >>> pounds(1234567.0), pounds(48250.0), pounds(-2500000.0)
    ('£1.2m', '£48,000', '-£2.5m')
    """
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 999_500:
        return f"{sign}£{size / 1e6:,.1f}m"
    return f"{sign}£{number(size, significant([size], 2) if size else 1.0)}"


def solved_report(found: Answer) -> Report:
    """Answer to a question of goals.

    Parameters
    ----------
    found : Answer
        The answer.
    """
    goal, question = found.question.goal, found.question
    sign = "or less" if goal.sign == "<=" else "or more"
    unit = load().outputs[goal.measure].unit
    how = "at central values" if question.runs == 1 else f"with a probability of {question.probability:.0%}"
    asked = f"Wanted: {plain(goal.level)} {unit} {sign} {how}."
    if question.budget is not None:
        asked += f" Budget: {pounds(question.budget)} a year."
    lead = [asked, _level(found, found.before, f"As it stands (`{found.scenario}`)")]
    lead += _answer(found) if found.best is not None else _none(found)
    return Report(
        f"What brings it about: {subject(goal, found.place, found.basis)}",
        tuple(lead),
        (_levers(found), _trials(found)),
        tuple(_notes(found)),
        _records(found),
    )


def _step(found: Answer) -> float:
    return step_of(found.question.goal.measure, found.needed, [found.before.range[0]])


def _level(found: Answer, point: Point, what: str) -> str:
    step, (middle, low, high) = _step(found), point.range
    spread = f" ({interval(low, high, step)})" if found.question.runs > 1 else ""
    name = measure_name(found.question.goal.measure)
    return f"{what}: {name} {number(middle, step)}{spread}, {_met(found, point)}."


def _met(found: Answer, point: Point) -> str:
    """Share of draws that meet the goal, with what their number leaves open."""
    n = found.question.runs
    if n == 1:
        return f"goal {'met' if point.met else 'missed'} at the central value of every assumption"
    low, high = point.between
    return f"goal met in {round(point.met * n)} of {n} {_runs(found)}, {point.met:.0%} ({low:.0%} to {high:.0%})"


def _runs(found: Answer) -> str:
    return "draws" if found.question.reps == 1 else "draws and replications"


def at_words(lever: Lever, value: float) -> str:
    """A lever at a value, in words.

    Examples
    --------
    >>> at_words(Lever("ofps:slip", 0, 24, part="ofps", key="slip"), 6.0)
    '`ofps` 6 months late'
    """
    if lever.key == "slip":
        return f"`{lever.part}` {plain(value)} {'month' if value == 1 else 'months'} late"
    if lever.key == "strength":
        return f"`{lever.part}` at strength {plain(value)}"
    verb = {"scale": "times ", "add": "plus "}.get(lever.verb or "", "")
    return f"`{lever.what}` {verb or 'at '}{plain(value)}"


def _all_words(found: Answer, point: Point) -> str:
    if not point.at:
        return "the scenario as it stands"
    return " and ".join(at_words(lever, x) for lever, x in zip(found.levers, point.at, strict=True))


def _answer(found: Answer) -> list[str]:
    best = found.best
    if best is None:
        return []
    if not best.at:
        said = ["Nothing has to be moved: the goal is met as it stands."]
        for limit in found.limits:
            said.append(f"It is still met with {at_words(found.levers[0], limit)}, and beyond that it is missed.")
        return [*said, *_fresh(found)]
    moved = [
        at_words(lever, x) + f" (now {plain(round(now, 6))})"
        for lever, x, now in zip(found.levers, best.at, found.stands, strict=True)
        if x != now
    ]
    still = [lever for lever, x, now in zip(found.levers, best.at, found.stands, strict=True) if x == now]
    said = [_level(found, best, "Answer: " + " and ".join(moved))]
    if still:
        said.append("Left where it stands: " + ", ".join(f"`{lever.what}`" for lever in still) + ".")
    if found.priced:
        said.append(f"Cost: {_cost(found, best)} a year more than as it stands.")
    return [*said, *_fresh(found)]


def _fresh(found: Answer) -> list[str]:
    if found.fresh is None:
        return []
    return [_level(found, found.fresh, f"The same in {found.question.draws} fresh draws, which it was not fitted to")]


def _cost(found: Answer, point: Point) -> str:
    low, middle, high = (float(value) for value in np.quantile(point.costs, (LOW, 0.5, HIGH)))
    if high - low < 1:
        return pounds(middle)
    return f"{pounds(middle)} ({pounds(low)} to {pounds(high)})"


def _none(found: Answer) -> list[str]:
    goal, step = found.question.goal, _step(found)
    month = words.month_name(goal.month)
    name = measure_name(goal.measure)
    near = found.nearest
    at_best = f"with {_all_words(found, near)} the {name} in {month} is {number(near.level, step)} or "
    at_best += "less" if goal.sign == "<=" else "more"
    if found.question.runs > 1:
        at_best += f" with that probability (middle {number(near.range[0], step)})"
    if found.over_budget is not None:
        dear, budget = found.over_budget, found.question.budget or 0.0
        said = [
            f"Infeasible, because the budget binds: it takes {_all_words(found, dear)}, at {_cost(found, dear)} a "
            f"year, and the budget is {pounds(budget)}.",
            f"Nearest level: within the budget, {at_best}.",
        ]
    else:
        because = list(found.reasons) or ["the levers are too weak; no rule of time binds."]
        said = ["Infeasible, because " + _small(because[0]), *because[1:]]
        said += _still(found)
        lever = found.levers[0]
        ends = "Even at the end of its bounds" if near.at and near.at[0] in (lever.low, lever.high) else "At best"
        ends = ends if len(found.levers) == 1 else "Even with all levers at their best"
        said.append(f"{ends}: {at_best}. That is the nearest level.")
    when = found.first_month
    said.append(
        f"Nearest date: there the goal is first met in {words.month_name(when)}."
        if when
        else "Nearest date: there the goal is met in no month of the run; `--to` runs it longer."
    )
    return said


def _still(found: Answer) -> list[str]:
    """That the levers do not move the goal, or by little beside what is missing; nothing where they move it more."""
    places = [one for one in found.trials if one.at]
    levels = [one.level for one in places]
    apart, missing = max(levels) - min(levels), min(one.over for one in places)
    if len(places) < 2 or missing < FAR * apart:
        return []
    step, name = _step(found), measure_name(found.question.goal.measure)
    month = words.month_name(found.question.goal.month)
    one = len(found.levers) == 1
    what, bounds = (f"`{found.levers[0].what}`", "its bounds") if one else ("these levers", "their bounds")
    low, high = (number(value, step) for value in (min(levels), max(levels)))
    if low == high:
        return [f"Within {bounds} {what} {'does' if one else 'do'} not move the {name} in {month}: it stays {low}."]
    worst, best = (high, low) if found.question.goal.sign == "<=" else (low, high)
    moves = f"{what} {'moves' if one else 'move'} the {name} in {month} from {worst} to {best} at most"
    return [f"Within {bounds} {moves}; {number(missing, step)} more would be needed."]


def _small(sentence: str) -> str:
    return sentence if sentence.startswith("`") else sentence[0].lower() + sentence[1:]


def _levers(found: Answer) -> Sheet:
    costs = any(lever.cost is not None for lever in found.levers)
    rows = []
    for place, (lever, now) in enumerate(zip(found.levers, found.stands, strict=True)):
        best = found.best
        answer = "-" if best is None else plain(best.at[place]) if best.at else plain(round(now, 6))
        name = f"{lever.verb} {lever.what}" if lever.verb in ("scale", "add") else lever.what
        row = (name, plain(round(now, 6)), plain(lever.low), plain(lever.high), answer)
        rows.append((*row, "-" if lever.cost is None else f"{lever.cost:,.0f}") if costs else row)
    columns = ("lever", "now", "from", "to", "answer", *(["£ a unit"] if costs else []))
    return Sheet(columns, tuple(rows))


def _trials(found: Answer) -> Sheet:
    """Places that were tried: those nearest to the goal, in order of the levers."""
    step, goal = _step(found), found.question.goal
    near = sorted((one for one in found.trials if one.at), key=lambda one: abs(one.over))[:_MOST]
    places = sorted({one.at for one in (*near, found.nearest) if one.at})
    known = {one.at: one for one in found.trials}
    columns = [lever.what.partition("@")[0] for lever in found.levers]
    spread = ["range", f"at {found.question.probability:.0%}"] if found.question.runs > 1 else []
    columns += [measure_name(goal.measure), *spread, "met"]
    columns += ["£ a year"] if found.priced else []
    rows = [("as it stands", *[""] * (len(found.levers) - 1), *_cells(found, found.before, step))]
    rows += [(*(plain(x) for x in at), *_cells(found, known[at], step)) for at in places]
    return Sheet(tuple(columns), tuple(rows), "What was tried, nearest to the goal")


def _cells(found: Answer, point: Point, step: float) -> list[str]:
    middle, low, high = point.range
    cells = [number(middle, step), interval(low, high, step), number(point.level, step), f"{point.met:.0%}"]
    if found.question.runs == 1:
        cells = [cells[0], "yes" if point.met else "no"]
    return [*cells, _cost(found, point)] if found.priced else cells


def _notes(found: Answer) -> list[str]:
    question = found.question
    notes = []
    if question.runs > 1:
        reps = f", each with {question.reps} rolls of chance" if question.reps > 1 else ""
        notes.append(
            f"Probability: the share of {question.draws} draws of the assumptions that carry a range{reps}; behind "
            "it, what so few draws leave open (90% interval). Every trial has the same draws and lives, so places "
            f"differ by the levers. Range: 10th to 90th percentile. At {question.probability:.0%}: the level that is "
            "kept with that probability."
        )
    else:
        notes.append("No range: one draw, with every assumption at its central value; add `--draws 20`.")
    if found.best is not None:
        notes += [f"Bear in mind: {_small(one)}" for one in found.reasons]
    if len(found.levers) > 1 and found.best is not None:
        least = "least cost" if found.priced else "the least way between their ends, all levers counting alike"
        notes.append(f"Of all that would do, the answer is the one at {least}.")
    if found.priced:
        notes.append(f"Costs are pounds a year in the month of the goal, against as it stands. {_costed(found)}")
    notes.append(f"No emulator: every figure is of {found.runs:,} runs of the model. {found.source}.")
    return notes


def _costed(found: Answer) -> str:
    """What is counted as cost."""
    if found.pay is None:
        return "They are what the levers are said to cost; pay is not counted."
    return (
        f"Pay: {found.pay.title}, quality {found.pay.worst}; staff in post in the areas of work that are modelled, "
        "with on-cost."
    )


def _records(found: Answer) -> tuple[dict[str, Value], ...]:
    step = _step(found)
    rows = [("as it stands", found.before)]
    if found.best is not None:
        rows.append(("answer", found.best))
    else:
        rows.append(("nearest", found.nearest))
    if found.fresh is not None:
        rows.append(("fresh draws", found.fresh))
    rows += [("trial", one) for one in found.trials if one.at]
    return tuple(_record(found, kind, point, step) for kind, point in rows)


def _record(found: Answer, kind: str, point: Point, step: float) -> dict[str, Value]:
    middle, low, high = point.range
    between = point.between
    at = point.at or found.stands
    goal, priced = found.question.goal, found.priced
    costs = [float(value) for value in np.quantile(point.costs, (0.5, LOW, HIGH))]
    return {
        "row": kind,
        "goal": goal.text,
        "feasible": str(found.best is not None).lower(),
        **{lever.what: round(x, 9) for lever, x in zip(found.levers, at, strict=True)},
        "value": to_step(middle, step),
        "low": to_step(low, step),
        "high": to_step(high, step),
        "at_probability": to_step(point.level, step),
        "met": round(point.met, 4),
        "met_low": round(between[0], 4),
        "met_high": round(between[1], 4),
        "cost": round(costs[0]) if priced else None,
        "cost_low": round(costs[1]) if priced else None,
        "cost_high": round(costs[2]) if priced else None,
        "first_month": found.first_month if kind == "nearest" else None,
        "reasons": " ".join(found.reasons) if kind in ("nearest", "answer") else None,
    }
