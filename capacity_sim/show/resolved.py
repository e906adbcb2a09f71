"""A scenario as it is resolved: its head, every change in force with its place, its sources, what it leaves out."""

from __future__ import annotations

from capacity_sim.catalogue import label
from capacity_sim.scenario import Adjust, Change, Example, Rolled, Scenario, cited
from capacity_sim.series import Quantity
from capacity_sim.show import amounts, words
from capacity_sim.show.amounts import Amount
from capacity_sim.show.sheet import Report, Sheet, Value

_COLUMNS = ("CHANGE", "PARAMETER", "DOES", "FROM", "TO", "HOW", "QUALITY", "WRITTEN IN")


def resolved_report(scenario: Scenario) -> Report:
    """Everything that a scenario says, its parents' part included.

    Parameters
    ----------
    scenario : Scenario
        A resolved scenario.

    Returns
    -------
    Report
        A table of changes with a line for each amount, and one of sources; the records are the amounts.
    """
    rows: list[tuple[str, ...]] = []
    records: list[dict[str, Value]] = []
    for change in scenario.changes:
        for number, amount in enumerate(amounts.amounts(change)):
            rows.append(_row(scenario, change, amount, number))
            records.append(_record(scenario, change, amount))
    sheets: list[Sheet] = []
    if rows:
        sheets.append(Sheet(_COLUMNS, tuple(rows), "Changes in force", words=len(_COLUMNS), placed=True))
    rollouts = _rollouts(scenario)
    if rollouts:
        columns = ("OF", "STRENGTH", "SLIP IN MONTHS", "PHASE-IN IN MONTHS", "QUALITY", "SOURCE")
        sheets.append(Sheet(columns, rollouts, "Rollouts, of all changes of a file", words=len(columns)))
    dropped = [adjust for adjust in scenario.adjusts if adjust.drop]
    if dropped:
        taken = tuple((one.subject, one.source, one.why) for one in dropped)
        sheets.append(Sheet(("CHANGE", "SOURCE", "WHY"), taken, "Dropped here", words=3))
    needed = {name for change in scenario.changes for name in cited(change.source)}
    needed |= {name for adjust in scenario.adjusts for name in cited(adjust.source)}
    needed |= {name for one in _rolled(scenario) for name in cited(one.written.source)}
    sources: list[tuple[str, ...]] = []
    for name in sorted(needed & set(scenario.sources)):
        one = scenario.sources[name]
        sources.append((name, ", ".join(filter(None, [one.title, one.publisher, amounts.day(one.date)]))))
        sources += [("", one.url)] if one.url else []
    if sources:
        sheets.append(Sheet(("SOURCE", "TITLE, PUBLISHER, DATE AND ADDRESS"), tuple(sources), "Sources", words=2))
    notes = ["Not modelled:", *(f"- {one}" for one in scenario.not_modelled)] if scenario.not_modelled else []
    if scenario.example is not None:
        sheets.append(_traced(scenario.example))
        notes.insert(0, f"Example: {scenario.example.words}")
    return Report(
        f"{scenario.name}: {scenario.title}", _head(scenario), tuple(sheets), tuple(notes), tuple(records)
    )


def _rolled(scenario: Scenario) -> list[Rolled]:
    found = {one.rollout.of: one.rollout for one in scenario.changes if one.rollout is not None}
    return [found[name] for name in sorted(found)]


def _rollouts(scenario: Scenario) -> tuple[tuple[str, ...], ...]:
    """How surely and how fast the changes of each file come."""

    def cell(spread: Quantity | None) -> str:
        if spread is None:
            return "-"
        ends = f" ({amounts.ends(spread.lows[0], spread.highs[0])})" if spread.uncertain else ""
        return amounts.plain(spread.amounts[0]) + ends

    return tuple(
        (
            one.of,
            *(cell(one.spread(key)) for key in ("strength", "slip_months", "months")),
            one.written.quality,
            one.written.source,
        )
        for one in _rolled(scenario)
    )


def _traced(example: Example) -> Sheet:
    """What happens to the person of the example, without the part and with it."""
    one = example.person
    flags = f", {' and '.join(flag.replace('_', ' ') for flag in one.flags)}" if one.flags else ""
    caption = (
        f"Example: person {one.key}, {one.start_type.replace('_', ' ')} of {one.length_days} days from {one.start}, "
        f"{one.risk.replace('_', ' ')} risk{flags}"
    )
    rows = tuple(
        (name.replace("_", " "), *(amounts.plain(x) if isinstance(x, float | int) else str(x) for x in pair))
        for name, pair in example.traced.items()
    )
    return Sheet(("WHAT", "WITHOUT", "WITH"), rows, caption, words=3)


def _head(scenario: Scenario) -> tuple[str, ...]:
    timing = words.BASES.get(scenario.timing_basis, scenario.timing_basis)
    lines = [scenario.summary]
    if scenario.question:
        lines.append(f"Question: {scenario.question}")
    parts = [f"kind: {scenario.kind}"]
    if scenario.status:
        parts.append(f"status: {scenario.status.replace('_', ' ')}")
    if scenario.as_of is not None:
        parts.append(f"as of: {scenario.as_of}")
    parts.append(f"review by: {scenario.review_by}")
    lines.append("; ".join(parts))
    if scenario.extends:
        lines.append(f"extends: {', '.join(scenario.extends)}")
    if scenario.instead_of:
        lines.append(f"instead of: {', '.join(scenario.instead_of)}")
    parts = [f"all of {one.of} {_adjusted(one)}" for one in scenario.adjusts_written if one.of is not None]
    if parts:
        lines.append(f"adjusts: {'; '.join(parts)}")
    lines.append(f"data: {scenario.data}; until {scenario.horizon}; headlines on {timing}")
    own = len(scenario.own_changes)
    # the file has a line of its own, so that where it lies folds nothing
    lines.append(f"changes: {len(scenario.changes)}, of which {own} written here; content: {scenario.content_hash}")
    lines.append(f"file: {scenario.file or 'none'}")
    return tuple(lines)


def _adjusted(adjust: Adjust) -> str:
    """What an adjustment of a part says, in words."""
    if adjust.drop or adjust.as_written:
        return "dropped" if adjust.drop else "as written"
    parts = [f"at strength {amounts.plain(adjust.strength)}"] if adjust.strength is not None else []
    parts += [f"{amounts.months(adjust.delay_months)} later"] if adjust.delay_months is not None else []
    return ", ".join(parts)


def _row(scenario: Scenario, change: Change, amount: Amount, number: int) -> tuple[str, ...]:
    spread = amounts.ends(amount.low, amount.high)
    what = amounts.does(change.verb, amount.value) + (f" ({spread})" if spread else "")
    if number:
        return ("", "", what, amounts.day(amount.since), "", "", "", "")
    return (
        change.id,
        label(change.path, change.where),
        what,
        amounts.day(amount.since),
        amounts.day(change.end),
        amounts.adjustments(change, brief=True),
        change.quality,
        scenario.trace.get(change.id, change.origin.place),
    )


def _record(scenario: Scenario, change: Change, amount: Amount) -> dict[str, Value]:
    written = change.written
    return {
        "scenario": scenario.name,
        "id": change.id,
        "path": change.path,
        "where": amounts.cells(change.where),
        "verb": change.verb,
        "value": amount.value,
        "low": amount.low,
        "high": amount.high,
        "family": change.quantity.family if change.quantity.uncertain else None,
        "group": change.quantity.together.group if change.quantity.together else None,
        "correlation": change.quantity.together.correlation if change.quantity.together else None,
        "from": amounts.day(amount.since) or None,
        "to": amounts.day(change.end) or None,
        "phase_in_months": written.phase_in_months,
        "strength": change.strength,
        "delay_months": change.delay_months,
        "how": amounts.adjustments(change) or None,
        "source": change.source,
        "basis": change.basis,
        "quality": change.quality,
        "impact": written.impact,
        "why": change.why,
        "written_by": change.origin.scenario,
        "place": scenario.trace.get(change.id, change.origin.place),
    }
