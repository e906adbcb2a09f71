"""A ledger of benefits as a table, and the gap forecast again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.benefits import Costed, Entry, Ledger
from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.show import words
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, to_step
from capacity_sim.show.solved import fte_step

Array = npt.NDArray[np.float64]


def ledgered_report(found: Ledger, costs: Sequence[Costed] = (), pay: str = "") -> Report:
    """Table of expected and observed hours, and the gap that follows.

    Parameters
    ----------
    found : Ledger
        The ledger.
    costs : sequence of Costed
        What its measures free after optimism bias, and cost; empty when nobody asked.
    pay : str
        What the costs rest on.
    """
    step = fte_step(found.needed)
    month = words.month_name(found.month)
    lead = [f"Gap in {month} as planned: {_cell(found.gap, step)} FTE."]
    seen = [one for one in found.entries if one.realised is not None]
    if seen:
        said = "; ".join(f"`{one.name}` {one.realised:.0%} realised in {_months(one.months)}" for one in seen)
        moved = found.arithmetic - found.gap
        lead.append(
            f"Observed: {said}. If later months are realised as far, the gap is {_cell(found.arithmetic, step)} FTE, "
            f"{_cell(moved, _finer(step), sign=True)} against the plan."
        )
        lead += [_apart(one) for one in seen if len(one.expected) > 1]
        if found.simulated is not None:
            lead.append(
                f"Simulated at these strengths: {_cell(found.simulated, step)} FTE, "
                f"{_cell(found.simulated - found.gap, _finer(step), sign=True)} against the plan."
            )
        lead += [found.note] if found.note else []
    hours = significant([float(np.median(np.abs(one.year))) for one in found.entries])
    held = min(hours, significant([float(np.median(np.abs(one.expected))) for one in found.entries if one.months]))
    rows = tuple(
        (
            one.name, _cell(one.fte, _finer(step)), _cell(one.year, hours), str(one.months or "-"),
            _cell(one.expected, held) if one.months else "-",
            "-" if one.observed is None else f"{one.observed:,.0f}",
            "-" if one.realised is None else f"{one.realised:.0%}",
        )
        for one in found.entries
    )  # fmt: skip
    columns = (
        "measure", f"FTE freed, {words.month_name(found.month, short=True)}", "hours freed, year to then",
        "months seen", "hours expected", "hours observed", "realised",
    )  # fmt: skip
    basis = words.BASES[found.basis].partition(" (")[0]
    notes = [
        "Expected: staff needed without the measure less staff needed with it, draw by draw, in hours of one FTE. A "
        "measure that others overlap frees less so than alone. Realised: observed over the middle of expected in the "
        "same months.",
        f"Range: 10th to 90th percentile of {found.draws} draws."
        if found.draws > 1
        else "No range: one draw at central values; add `--draws 20`.",
        *([f"Optimism bias and costs: {pay}. No cost is known of a measure without one."] if costs else []),
        "" if seen else "No hours were observed: `--observed FILE` holds a CSV of them beside those expected.",
        f"{found.source}.",
    ]
    sheets = (Sheet(columns, rows), *([_costs(costs, _finer(step))] if costs else []))
    title = f"Ledger of benefits: {found.scenario}, {words.area_name(found.area).lower()}, {found.place}, {basis}"
    records = (*_records(found), *_cost_records(costs, found))
    return Report(title, tuple(lead), sheets, tuple(filter(None, notes)), records)


def _finer(step: float) -> float:
    """Rounding of what measures free: a digit more than staff, but none below a tenth of an FTE."""
    return max(step / 10, 0.1)


def _apart(one: Entry) -> str:
    """Whether what was seen is told apart from what the draws expect."""
    observed = one.observed or 0.0
    low, high = (float(value) for value in np.quantile(one.expected, (LOW, HIGH)))
    if low <= observed <= high:
        return (
            f"The hours seen of `{one.name}` lie inside the range of those expected, so they may come of a late or "
            "slow start as well as of a weak measure."
        )
    side = "below" if observed < low else "above"
    return f"The hours seen of `{one.name}` lie {side} the range of those expected."


def _costs(costs: Sequence[Costed], step: float) -> Sheet:
    rows = tuple(
        (
            one.name, _cell(100 * one.bias, 1.0), _cell(one.after, step),
            "-" if one.cost is None else _cell(one.cost, 1000.0),
            "-" if one.each is None or np.isnan(one.each).any() else _cell(one.each, 1000.0),
        )
        for one in costs
    )  # fmt: skip
    columns = ("measure", "optimism bias, %", "FTE freed after it", "cost, £ a year", "£ a year for each FTE freed")
    return Sheet(columns, rows, "After optimism bias")


def _cost_records(costs: Sequence[Costed], found: Ledger) -> tuple[dict[str, Value], ...]:
    rows: list[dict[str, Value]] = []
    for one in costs:
        pairs = (
            ("optimism bias", one.bias), ("FTE after bias", one.after), ("cost", one.cost), ("cost an FTE", one.each),
        )  # fmt: skip
        for row, values in pairs:
            if values is not None:
                middle, low, high = (round(value, 4) for value in _three(values))
                base: dict[str, Value] = {"row": row, "name": one.name, "month": found.month}
                rows.append({**base, "value": middle, "low": low, "high": high})
    return tuple(rows)


def _months(count: int) -> str:
    return f"{count} {'month' if count == 1 else 'months'}"


def _three(values: Array) -> tuple[float, float, float]:
    middle, low, high = (float(value) for value in np.quantile(values, (0.5, LOW, HIGH)))
    return middle, low, high


def _cell(values: Array, step: float, sign: bool = False) -> str:
    middle, low, high = _three(values)
    spread = f" ({interval(low, high, step, sign)})" if len(values) > 1 else ""
    return number(middle, step, sign) + spread


def _records(found: Ledger) -> tuple[dict[str, Value], ...]:
    step = fte_step(found.needed) / 10
    blank: dict[str, Value] = dict.fromkeys(
        ("row", "name", "month", "value", "low", "high", "hours_expected", "hours_observed", "realised")
    )
    rows: list[dict[str, Value]] = [{**_entry(one, blank, step), "month": found.month} for one in found.entries]
    gaps = [("as planned", found.gap), ("arithmetic", found.arithmetic)]
    gaps += [("simulated", found.simulated)] if found.simulated is not None else []
    for name, values in gaps:
        middle, low, high = (to_step(value, step) for value in _three(values))
        base = {**blank, "row": "gap", "name": name, "month": found.month}
        rows.append({**base, "value": middle, "low": low, "high": high})
    return tuple(rows)


def _entry(one: Entry, blank: dict[str, Value], step: float) -> dict[str, Value]:
    middle, low, high = (to_step(value, step) for value in _three(one.fte))
    return {
        **blank, "row": "measure", "name": one.name, "value": middle, "low": low, "high": high,
        "hours_expected": round(float(np.median(one.expected))) if one.months else None,
        "hours_observed": one.observed, "realised": None if one.realised is None else round(one.realised, 4),
    }  # fmt: skip
