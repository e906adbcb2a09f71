"""Thresholds as a table: probability and date of each level, what moved it most, and what a contingency would do."""

from __future__ import annotations

from collections.abc import Sequence

from capacity_sim.analysis.breaches import Acted, Breach, Watched
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import Threshold
from capacity_sim.show import words
from capacity_sim.show.amounts import plain
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant
from capacity_sim.show.solved import measure_name

#: movers that a table names
_MOST = 3


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
        The thresholds.
    runs : int
        Draws and replications.
    """
    said = []
    for one in found:
        amber, red = one.breaches
        worst = red if red.share else amber
        if not worst.share:
            said.append(f"Threshold `{one.threshold.name}`: green throughout.")
            continue
        how = f"in {worst.share:.0%} of the runs" if runs > 1 else "in this run"
        when = f", first met in {words.month_name(worst.first)}" if worst.first else ""
        middle = " (middle)" if when and runs > 1 else ""
        said.append(
            f"Threshold `{one.threshold.name}`: {worst.level} {how}{when}{middle}; {one.threshold.owner}: "
            f"{one.threshold.action}"
        )
    return said


def breached_report(
    found: Sequence[Watched], *, name: str, place: str, draws: int, reps: int, source: str, acted: Sequence[Acted] = ()
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
    """
    runs = draws * reps
    rows = []
    for one in found:
        threshold, (amber, red) = one.threshold, one.breaches
        rows.append(
            (
                threshold.name, metric_words(threshold), _level(threshold), f"{threshold.dwell_months}",
                *_said(amber, runs), *_said(red, runs), _last(one, runs),
            )
        )  # fmt: skip
    columns = ("threshold", "watches", "amber, red", "months", "amber", "first met", "red", "first met", "last month")
    sheets = [Sheet(columns, tuple(rows), words=3)]
    movers = [row for one in found for row in _movers(one)]
    if movers:
        headings = ("threshold", "in", "change", "moves it by", "red without it")
        sheets.append(Sheet(headings, tuple(movers), "What moves each most (with it less without it)", words=3))
    sheets += [_acted(acted)] if acted else []
    owners = tuple(f"{one.threshold.name}: {one.threshold.owner}. {one.threshold.action}" for one in found)
    counted = "share of " + (f"{draws} draws" if draws > 1 else "1 draw") + (f" with {reps} rolls" if reps > 1 else "")
    notes = [
        f"Probability: {counted}. A level is met at the end of so many months in a row on its wrong side; the month is "
        "the middle one, and 10th to 90th percentile over all runs, those that never meet it included.",
        "No range: one draw at central values; `--draws 20` gives probabilities." if runs == 1 else "",
        "Moves it by: paired, the metric in that month with the change less without it; middle of the draws."
        if movers
        else "",
        source,
    ]
    title = f"Thresholds: {name}, {place}"
    return Report(title, owners, tuple(sheets), tuple(filter(None, notes)), _records(found, acted))


def _level(threshold: Threshold) -> str:
    sign = "from" if threshold.side == "above" else "down to"
    return f"{sign} {plain(threshold.amber)}, {plain(threshold.red)}"


def _said(breach: Breach, runs: int) -> tuple[str, str]:
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
    if one.threshold.per is not None or load().outputs[one.threshold.metric].unit == "per cent":
        return 0.1
    return significant([one.threshold.red, one.threshold.amber])


def _last(one: Watched, runs: int) -> str:
    middle, low, high = one.last
    step = _step(one)
    return number(middle, step) + (f" ({interval(low, high, step)})" if runs > 1 else "")


def _movers(one: Watched) -> list[tuple[str, ...]]:
    step = _step(one)
    rows: list[tuple[str, ...]] = []
    for each in one.movers[:_MOST]:
        spread = interval(each.low, each.high, step, sign=True)
        moved = number(each.effect, step, sign=True) + (f" ({spread})" if each.low != each.high else "")
        rows.append((one.threshold.name, _month(one.month), each.name, moved, f"{each.share_without:.0%}"))
    return rows


def _acted(acted: Sequence[Acted]) -> Sheet:
    rows = []
    for one in acted:
        step = _step(one.before)
        middle, low, high = one.change
        moved = number(middle, step, sign=True)
        moved += f" ({interval(low, high, step, sign=True)})" if low != high else ""
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


def _records(found: Sequence[Watched], acted: Sequence[Acted]) -> tuple[dict[str, Value], ...]:
    blank: dict[str, Value] = dict.fromkeys(
        (
            "row", "threshold", "metric", "level", "at", "probability", "first", "first_low", "first_high", "change",
            "month", "effect", "effect_low", "effect_high", "owner", "action",
        )
    )  # fmt: skip
    rows: list[dict[str, Value]] = []
    for one in found:
        threshold = one.threshold
        base = {**blank, "threshold": threshold.name, "metric": metric_words(threshold)}
        rows += [
            {
                **base, "row": "level", "level": breach.level, "at": threshold.level(breach.level),
                "probability": round(breach.share, 4), "first": breach.first, "first_low": breach.low,
                "first_high": breach.high, "owner": threshold.owner, "action": threshold.action,
            }
            for breach in one.breaches
        ]  # fmt: skip
        rows += [
            {
                **base, "row": "mover", "change": each.name, "month": one.month, "effect": round(each.effect, 6),
                "effect_low": round(each.low, 6), "effect_high": round(each.high, 6),
                "probability": round(each.share_without, 4),
            }
            for each in one.movers
        ]  # fmt: skip
    for act in acted:
        rows.append(
            {
                **blank, "row": "contingency", "threshold": act.threshold.name, "metric": metric_words(act.threshold),
                "level": act.contingency.at, "change": act.contingency.scenario, "probability": round(act.started, 4),
                "first": act.first, "effect": round(act.change[0], 6), "effect_low": round(act.change[1], 6),
                "effect_high": round(act.change[2], 6),
            }
        )  # fmt: skip
    return tuple(rows)
