"""Thresholds as a table: probability and date of each level, what moved it most, and what a contingency would do."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from capacity_sim.analysis.breaches import Acted, Breach, Mover, Watched
from capacity_sim.analysis.kept_thresholds import kept_mover
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import Threshold, Thresholds
from capacity_sim.show import words
from capacity_sim.show.amounts import plain
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, told
from capacity_sim.show.solved import measure_name

#: movers that a table names
_MOST = 3
POINTS = "percentage points"
#: columns of the records, and those of a mover in the order of its fields
_BLANK: dict[str, Value] = dict.fromkeys(
    (
        "row", "threshold", "metric", "unit", "level", "at", "dwell_months", "probability", "first", "first_low",
        "first_high", "change", "month", "effect", "effect_low", "effect_high", "draws", "owner", "action",
    )
)  # fmt: skip


def metric_words(threshold: Threshold) -> str:
    """What a threshold watches, in words.

    Examples
    --------
    >>> from capacity_sim.data.thresholds import read_thresholds
    >>> metric_words(read_thresholds().each[1])
    'gap, sentence management, PO, % of staff needed'
    """
    parts = [measure_name(threshold.metric)]
    parts += [words.area_name(threshold.area).lower()] if threshold.area else []
    parts += [threshold.grade] if threshold.grade else []
    parts += [f"% of {measure_name(threshold.per)}"] if threshold.per else []
    return ", ".join(parts)


def lines(found: Sequence[Watched], runs: int) -> list[str]:
    """One sentence for each threshold, for the notes of a run.

    Parameters
    ----------
    found : sequence of Watched
        The thresholds; what moved each most is said where movers are there.
    runs : int
        Draws and replications.
    """
    said = []
    for one in found:
        amber, red = one.breaches
        worst = red if red.share else amber
        moved = mover_words(one)
        if not worst.share:
            said.append(f"Threshold `{one.threshold.name}`: green throughout{f'; {moved}' if moved else ''}.")
            continue
        how = f"in {worst.share:.0%} of the runs" if runs > 1 else "in this run"
        when = f", first met in {words.month_name(worst.first)}" if worst.first else ""
        middle = " (middle)" if when and runs > 1 else ""
        said.append(
            f"Threshold `{one.threshold.name}`: {worst.level} {how}{when}{middle}{f'; {moved}' if moved else ''}; "
            f"{one.threshold.owner}: {one.threshold.action}"
        )
    return said


def thresholds_words(wanted: Thresholds, source: str = "") -> str:
    """Which thresholds were held against a run, how good they are, and what the run rests on.

    Parameters
    ----------
    wanted : Thresholds
        The thresholds.
    source : str
        What the run rests on, where that is not said beside.
    """
    worst = next(quality for quality in ("red", "amber", "green") if any(one.quality == quality for one in wanted.each))
    return " ".join(filter(None, [f"Thresholds: {wanted.title}, quality {worst}.", f"{source}." if source else ""]))


def movers_wanted(name: str) -> str:
    """How a reader finds out which change moved each threshold of a run, where nobody asked.

    Parameters
    ----------
    name : str
        The scenario of the run.
    """
    return f"`capacity-sim run {name} --movers` with the same options finds which change moved each."


def mover_words(one: Watched) -> str:
    """Which change moved a threshold most, when and by how much; nothing where nobody asked.

    Parameters
    ----------
    one : Watched
        The threshold.
    """
    if not one.movers:
        return ""
    most, month = one.movers[0], words.month_name(one.month)
    return f"moved most by `{most.name}`, {_by(one, most)} in {month}" if most.moves else "no change moves it"


def _by(one: Watched, each: Mover) -> str:
    """By how much a threshold is moved, with its unit."""
    return f"{moved_by(each, _step(one))} {_unit(one.threshold)}"


def _unit(threshold: Threshold) -> str:
    """Unit of what moves a threshold."""
    unit = load().outputs[threshold.metric].unit
    return POINTS if threshold.per is not None or unit == "per cent" else unit


def moved_by(each: Mover, step: float) -> str:
    """Effect with its range; to no finer digit than the range tells, or two digits where there is none.

    Parameters
    ----------
    each : Mover
        What a change does.
    step : float
        Rounding of the levels of the threshold.
    """
    if each.low == each.high:
        step = max(min(step, 0.1), significant([each.effect], 2))
        return number(each.effect, step, sign=True)
    step = told(min(step, 0.1), each.low, each.high)
    return f"{number(each.effect, step, sign=True)} ({interval(each.low, each.high, step, sign=True)})"


def breached_report(
    found: Sequence[Watched], *, name: str, place: str, draws: int, reps: int, source: str, acted: Sequence[Acted] = (),
    again: int = 0,
) -> Report:
    """Table of thresholds.

    Parameters
    ----------
    found : sequence of Watched
        The thresholds over the runs.
    name, place : str
        The scenario and where.
    draws, reps : int
        Runs behind it.
    source : str
        What the thresholds are, and what the figures rest on.
    acted : sequence of Acted
        What contingencies would do.
    again : int
        The first so many draws are those behind what moved each; 0 for all of them.
    """
    runs = draws * reps
    rows = []
    for one in found:
        threshold, (amber, red) = one.threshold, one.breaches
        rows.append(
            (
                threshold.name, metric_words(threshold), _level(threshold), f"{threshold.dwell_months}",
                *met(amber, runs), *met(red, runs), _last(one, runs),
            )
        )  # fmt: skip
    columns = ("threshold", "watches", "amber, red", "months", "amber", "first met", "red", "first met", "last month")
    sheets = [Sheet(columns, tuple(rows), words=3)]
    movers = [row for one in found for row in _movers(one)]
    if movers:
        headings = ("threshold", "in", "change", "moves it by", "red without it")
        sheets.append(Sheet(headings, tuple(movers), "What moves each most (with it less without it)", words=3))
    still = [one.threshold.name for one in found if one.movers and not one.movers[0].moves]
    sheets += [_acted(acted)] if acted else []
    owners = tuple(f"{one.threshold.name}: {one.threshold.owner}. {one.threshold.action}" for one in found)
    counted = "share of " + (f"{draws} draws" if draws > 1 else "1 draw") + (f" with {reps} rolls" if reps > 1 else "")
    over = f"; middle of {'the' if again in (0, draws) else f'the first {again}'} draws" if runs > 1 else ""
    notes = [
        f"Probability: {counted}. A level is met at the end of so many months in a row on its wrong side; the month is "
        "the middle one, and 10th to 90th percentile over all runs, those that never meet it included.",
        "No range: one draw at central values; `--draws 20` gives probabilities." if runs == 1 else "",
        f"Moves it by: paired, the metric in that month with the change less without it{over}." if movers else "",
        f"No change moves {' and '.join(still)}." if still else "",
        source,
    ]
    title = f"Thresholds: {name}, {place}"
    return Report(title, owners, tuple(sheets), tuple(filter(None, notes)), _records(found, acted, again or draws))


def _level(threshold: Threshold) -> str:
    sign = "from" if threshold.side == "above" else "down to"
    return f"{sign} {plain(threshold.amber)}, {plain(threshold.red)}"


def met(breach: Breach, runs: int) -> tuple[str, str]:
    """How surely and when a level is met, in words.

    Parameters
    ----------
    breach : Breach
        The level.
    runs : int
        Draws and replications.

    Examples
    --------
    >>> met(Breach("red", 0.75, "2026-03", "2025-11", ""), 20), met(Breach("red", 0.0, "", "", ""), 1)
    (('75%', 'Mar 2026 (Nov 2025 to later)'), ('no', '-'))
    """
    if runs == 1:
        return ("yes" if breach.share else "no", _month(breach.first))
    span = ""
    if breach.share and breach.low:
        late = _month(breach.high) if breach.high else "later"
        span = f" ({_month(breach.low)} to {late})" if breach.low != breach.high else ""
    first = _month(breach.first) if breach.first else "later" if breach.share else ""
    return f"{breach.share:.0%}", (first + span) or "-"


def _month(month: str) -> str:
    return words.month_name(month, short=True) if month else "-"


def _step(one: Watched) -> float:
    return step_of_levels(_unit(one.threshold), (one.threshold.amber, one.threshold.red))


def step_of_levels(unit: str, levels: Sequence[float]) -> float:
    """Rounding of what a threshold watches.

    Parameters
    ----------
    unit : str
        Unit of what moves it.
    levels : sequence of float
        Amber and red.
    """
    return 0.1 if unit == POINTS else significant(levels)


def _last(one: Watched, runs: int) -> str:
    middle, low, high = one.last
    step = _step(one)
    return number(middle, step) + (f" ({interval(low, high, step)})" if runs > 1 else "")


def _movers(one: Watched) -> list[tuple[str, ...]]:
    return [
        (one.threshold.name, _month(one.month), each.name, moved_by(each, _step(one)), f"{each.share_without:.0%}")
        for each in movers_shown(one.movers, _step(one))
    ]


def movers_shown(movers: Sequence[Mover], step: float) -> list[Mover]:
    """Movers that a table names: the most, and no more than move it by a digit that is shown.

    Parameters
    ----------
    movers : sequence of Mover
        What the changes of the scenario do, most first.
    step : float
        Rounding of the levels of the threshold.
    """
    least = min(step, 0.1) / 2
    moving = [each for each in movers if each.moves]
    shown = [each for each in moving if max(abs(each.effect), abs(each.low), abs(each.high)) >= least]
    return (shown or moving[:1])[:_MOST]


def _acted(acted: Sequence[Acted]) -> Sheet:
    rows = []
    for one in acted:
        step = _step(one.before)
        middle, low, high = one.change
        moved = number(middle, step, sign=True)
        if low != high:
            step = told(step, low, high)
            moved = f"{number(middle, step, sign=True)} ({interval(low, high, step, sign=True)})"
        rows.append(
            (
                one.threshold.name, one.contingency.scenario, f"{one.contingency.at} + {one.contingency.lag_months}",
                f"{one.fired:.0%}", f"{one.started:.0%}", _month(one.first),
                f"{one.before.last[0]:,.1f}", f"{one.after.last[0]:,.1f}", moved if one.started else "-",
            )
        )  # fmt: skip
    columns = (
        "trigger", "contingency", "at, lag in months", "fires", "starts", "starts in", "last month, without", "with",
        "less where it starts",
    )  # fmt: skip
    return Sheet(columns, tuple(rows), "Contingencies, each started draw by draw when its trigger fires", words=3)


def _levels(one: Watched) -> list[dict[str, Value]]:
    threshold = one.threshold
    base = {
        **_BLANK, "threshold": threshold.name, "metric": metric_words(threshold), "unit": _unit(threshold),
        "dwell_months": threshold.dwell_months,
    }  # fmt: skip
    return [
        {
            **base, "row": "level", "level": breach.level, "at": threshold.level(breach.level),
            "probability": round(breach.share, 4), "first": breach.first, "first_low": breach.low,
            "first_high": breach.high, "owner": threshold.owner, "action": threshold.action,
        }
        for breach in one.breaches
    ]  # fmt: skip


def _records(found: Sequence[Watched], acted: Sequence[Acted], again: int) -> tuple[dict[str, Value], ...]:
    rows: list[dict[str, Value]] = []
    for one in found:
        threshold = one.threshold
        base = {**_BLANK, "threshold": threshold.name, "metric": metric_words(threshold), "unit": _unit(threshold)}
        rows += _levels(one)
        rows += [
            {
                **base, "row": "mover", "change": each.name, "month": one.month, "effect": round(each.effect, 6),
                "effect_low": round(each.low, 6), "effect_high": round(each.high, 6),
                "probability": round(each.share_without, 4), "draws": again,
            }
            for each in one.movers
        ]  # fmt: skip
    for act in acted:
        rows.append(
            {
                **_BLANK, "row": "contingency", "threshold": act.threshold.name, "metric": metric_words(act.threshold),
                "level": act.contingency.at, "change": act.contingency.scenario, "probability": round(act.started, 4),
                "first": act.first, "effect": round(act.change[0], 6), "effect_low": round(act.change[1], 6),
                "effect_high": round(act.change[2], 6),
            }
        )  # fmt: skip
    return tuple(rows)


def kept_movers(found: Sequence[Watched], text: str) -> tuple[list[Watched], int]:
    """Thresholds of a run with what moved them, from the file beside its results; as they are where that is of others.

    Parameters
    ----------
    found : sequence of Watched
        The thresholds over the runs.
    text : str
        The file, as `breached_report` has it as CSV.

    Returns
    -------
    list of Watched
        The thresholds.
    int
        Draws behind what moved them; 0 where nobody asked.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    known: list[Watched] = []
    again = 0
    for one in found:
        mine = [row for row in rows if row.get("threshold") == one.threshold.name]
        levels = [row for row in mine if row.get("row") == "level"]
        try:
            movers = tuple(kept_mover(row) for row in mine if row["row"] == "mover")
            if movers and levels == _written([one]):
                last = next(row for row in mine if row["row"] == "mover")
                one, again = replace(one, movers=movers, month=last["month"]), int(last["draws"])
        except (KeyError, ValueError):  # a file that was written by hand, or by another version
            pass
        known.append(one)
    return known, again


def has_movers(text: str) -> bool:
    """Whether the file of a run says what moved thresholds."""
    return any(row.get("row") == "mover" for row in csv.DictReader(io.StringIO(text)))


def says(text: str, found: Sequence[Watched]) -> bool:
    """Whether the file of a run has these thresholds as they are found, and no others."""
    rows = csv.DictReader(io.StringIO(text))
    return [row for row in rows if row.get("row") == "level"] == _written(found)


def _written(found: Sequence[Watched]) -> list[dict[str, str]]:
    """Rows of levels as the file has them."""
    rows = [row for one in found for row in _levels(one)]
    return [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
