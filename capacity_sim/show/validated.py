"""Published figures beside simulated ones as a table, and as the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from capacity_sim.analysis.validation import FAR, MISS, NOT_HELD, OTHER, PASS, SHOWN, Validation, Verdict, allowed
from capacity_sim.show.sheet import Report, Sheet, Value

#: what a row may be used for, by its kind
RESTS = {
    "fit": "fitted",
    "identity": "follows from fitted or given",
    "input": "given",
    "check": "checked",
    "range": "checked",
    "report": "shown",
}
NO_REASON = "no explanation is written: `explain` of its row says it"
_COLUMNS = ("Row", "What", "Of", "Simulated", "Published", "Differs", "Allowed", "Rests on", "")
_OPENING, _CLOSING = "<!-- made: validation -->", "<!-- end of validation -->"
_STAMP = "<!-- made with inputs"
#: what stands above the tables of the page
HEAD = """# Validation

Every published figure that the model is held against, beside what it gives. `capacity-sim validate` prints and writes
this page. Each row's scenario, months and arithmetic are data (`capacity_sim/data/england_wales/targets.yaml`), so
another row, or another file (`capacity-sim validate --targets mine.yaml`), needs no code.

*Rests on* says what a row is worth. Only *checked* rows are evidence: the figure comes out of the model and was not
used to make it. A *fitted* or *given* row, or one that follows from such rows, shows that the setting holds in a run of
the whole service. Nothing is tuned until it passes: what is missed is shown and explained.
"""


def validation_report(found: Validation, place: str, options: str) -> Report:
    """Every row with its verdict, and why what is missed is missed.

    Parameters
    ----------
    found : Validation
        The verdicts.
    place, options : str
        Title of the data set, and how the runs were made, in words.
    """
    rows = tuple(_cells(one) for one in found.rows if one.verdict != NOT_HELD)
    sheets = [Sheet(_COLUMNS, rows, words=3)] if rows else []
    beyond = [one for one in found.rows if one.verdict == NOT_HELD]
    if beyond:
        lines = tuple((one.target.id, one.target.description, one.because) for one in beyond)
        sheets.append(Sheet(("Row", "What", "Not held by this run"), lines, "Not held by this run", words=3))
    return Report(
        f"Published figures beside simulated ones, {place}",
        (*summary(found), options),
        tuple(sheets),
        (*_reasons(found), *_notes(found)),
        tuple(_record(one) for one in found.rows),
    )


def summary(found: Validation) -> tuple[str, ...]:
    """How many rows pass, of those that are evidence and of those that are not."""
    checked, others = ((found.count(PASS, kind), found.count(MISS, kind)) for kind in (True, False))
    shown = found.count(SHOWN, True) + found.count(SHOWN, False)
    beyond = found.count(NOT_HELD, True) + found.count(NOT_HELD, False)
    lines = [
        f"Checked, and so evidence: {checked[0]} of {sum(checked)} rows pass.",
        f"Fitted, given, or following from such rows, and so no evidence: {others[0]} of {sum(others)} hold.",
    ]
    other = found.count(OTHER, True) + found.count(OTHER, False)
    rest = [(shown, "are shown without a verdict"), (other, "are of another scenario"), (beyond, "are not held")]
    words = [f"{count} {what}" for count, what in rest if count]
    return (*lines, f"Of {len(found.rows)} rows, {', '.join(words)}.") if words else tuple(lines)


def to_page(found: Validation, place: str, options: str, before: str = "") -> str:
    """Page of the documentation; what stands outside its made part in `before` is kept.

    Parameters
    ----------
    found : Validation
        The verdicts.
    place, options : str
        As in `validation_report`.
    before : str
        The page as it was; empty for a new one.
    """
    made = "\n".join(_markdown(found, place, options))
    opening, ending, rest = before.partition(_OPENING)
    old, closing, after = rest.partition(_CLOSING)
    if not (ending and closing):
        return f"{HEAD}\n{_OPENING}\n{made}\n{_CLOSING}\n"
    stamps = [line for line in old.splitlines() if line.startswith(_STAMP)]
    return opening + "\n".join([_OPENING, *stamps, made, _CLOSING]) + after


def _markdown(found: Validation, place: str, options: str) -> Iterable[str]:
    yield f"{place}. {options}"
    yield ""
    yield from (f"- {line}" for line in summary(found))
    for title, verdict in (("Missed", MISS), ("Passed", PASS), ("Shown", SHOWN), ("Of another scenario", OTHER)):
        rows = [one for one in found.rows if one.verdict == verdict]
        if not rows:
            continue
        yield from ("", f"## {title}", "")
        if verdict == SHOWN:
            yield from ("No tolerance is published or stated, so there is no verdict.", "")
        yield "| row | what | of | simulated | published | differs | allowed | rests on |"
        yield "|---|---|---|--:|--:|--:|--:|---|"
        for one in rows:
            cells = _cells(one)[:8]
            yield "| " + " | ".join([f"`{cells[0]}`", *(cell.replace("|", "\\|") for cell in cells[1:])]) + " |"
        if verdict == MISS:
            yield from ("", "Why:", "")
            yield from (f"- `{one.target.id}`: {one.target.explain or NO_REASON}" for one in rows)
        if any(one.far for one in rows):
            yield from ("", f"Away by more than {FAR:g} per cent:", "")
            yield from (f"- `{one.target.id}`: {one.target.explain or NO_REASON}" for one in rows if one.far)
    beyond = [one for one in found.rows if one.verdict == NOT_HELD]
    if beyond:
        yield from ("", "## Not held by this run", "")
        yield "| row | what | published | why not |"
        yield "|---|---|--:|---|"
        for one in beyond:
            published = _published(one)
            yield f"| `{one.target.id}` | {one.target.description} | {published} {one.target.unit} | {one.because} |"
    yield from ("", *_notes(found))


def _reasons(found: Validation) -> list[str]:
    missed = [one for one in found.rows if one.verdict == MISS or one.far]
    return [
        f"{'Missed' if one.verdict == MISS else 'Away'}, {one.target.id}: {one.target.explain or NO_REASON}"
        for one in missed
    ]


_OF_ANOTHER = (
    "A row of another scenario shows what this run gives, which is not what the row is about, and has no verdict."
)


def _notes(found: Validation) -> tuple[str, ...]:
    drawn = any(one.low is not None for one in found.rows)
    return (
        "Differences are from the published figure, or from the nearest end of a published range. A number in brackets "
        "stands for so many scenarios that stand together, each change once; the row names them all.",
        *((_OF_ANOTHER,) if found.count(OTHER, True) + found.count(OTHER, False) else ()),
        *(("Ranges: 10th to 90th percentile of the draws; the verdict is on the middle one.",) if drawn else ()),
    )


def _cells(one: Verdict) -> tuple[str, ...]:
    target = one.target
    value = _number(one.value, target.value)
    if one.low is not None and one.high is not None:
        value += f" ({_number(one.low, target.value)} to {_number(one.high, target.value)})"
    verdict = one.because if one.verdict == OTHER else one.verdict
    return (
        target.id,
        f"{target.description} ({target.unit})",
        _of(one),
        value,
        _published(one),
        _differs(one),
        _allowed(one),
        RESTS[target.kind],
        verdict.upper() if one.verdict == MISS else verdict,
    )


def _of(one: Verdict) -> str:
    held = one.target.held
    if held is None or held.value is None:
        return ""
    first, last = held.when
    return f"{_short(held.scenario)}, {first if first == last else f'{first} to {last}'}"


def _short(scenario: str) -> str:
    """Several scenarios that stand together, by the first and the last."""
    first, *others = scenario.split(" + ")
    return scenario if len(others) < 2 else f"{first} to {others[-1]} ({1 + len(others)})"


def _number(value: float | None, beside: float | None) -> str:
    """Figure with as many digits as its published size asks for."""
    if value is None:
        return "-"
    size = abs(beside if beside else value)
    return f"{value:,.4f}" if size < 2 else f"{value:,.1f}" if size < 200 else f"{value:,.0f}"


def _published(one: Verdict) -> str:
    target = one.target
    if target.range is not None:
        low, high = target.range
        if high is None:
            return f"{_number(low, target.value)} or more"
        if low is None:
            return f"{_number(high, target.value)} or less"
        return f"{_number(low, target.value)} to {_number(high, target.value)}"
    return "-" if target.value is None else _number(target.value, target.value)


def _differs(one: Verdict) -> str:
    away = one.difference
    if away is None:
        return "-"
    text = _number(away, one.target.value)
    text = text.removeprefix("-") if not text.strip("-0.") else text
    sign = "+" if away > 0 and text.strip("0.") else ""
    if one.target.unit.startswith("percent"):
        return f"{sign}{text} points"
    share = f" ({one.difference_pct:+.1f}%)" if one.difference_pct is not None and text.strip("-0.") else ""
    return f"{sign}{text}{share}"


def _allowed(one: Verdict) -> str:
    most = allowed(one.target)
    if one.target.range is not None:
        return "inside"
    if most is None:
        return "-"
    if one.target.tolerance_abs is not None:
        return f"±{most:g}"
    return f"±{100 * (one.target.tolerance or 0):g}%"


def _record(one: Verdict) -> dict[str, Value]:
    target, held = one.target, one.target.held
    low, high = target.range or (None, None)
    return {
        "id": target.id,
        "description": target.description,
        "unit": target.unit,
        "scenario": held.scenario if held is not None else None,
        "first_month": held.when[0] if held is not None else None,
        "last_month": held.when[1] if held is not None else None,
        "value": _rounded(one.value),
        "value_p10": _rounded(one.low),
        "value_p90": _rounded(one.high),
        "published": target.value,
        "published_low": low,
        "published_high": high,
        "difference": _rounded(one.difference),
        "difference_pct": _rounded(one.difference_pct),
        "allowed": _rounded(allowed(target)),
        "kind": target.kind,
        "rests_on": RESTS[target.kind],
        "verdict": one.verdict,
        "because": one.because,
        "explanation": target.explain if one.verdict == MISS or one.far else "",
        "source": target.source,
        "date": target.date,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def unexplained(rows: Sequence[Verdict]) -> list[str]:
    """Ids of rows that are missed, or far away, and say nothing of why."""
    return [one.target.id for one in rows if (one.verdict == MISS or one.far) and not one.target.explain]
