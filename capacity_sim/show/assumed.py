"""The catalogue of parameters and the log of assumptions, made from the files so that neither can drift."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from capacity_sim.catalogue import ParameterSpec
from capacity_sim.data.values import BaselineValue
from capacity_sim.scenario import Change, Scenario
from capacity_sim.show import amounts
from capacity_sim.show.sheet import Report, Sheet, Value

#: worst first
QUALITIES = ("red", "amber", "green")
_LOG = ("QUALITY", "IMPACT", "ASSUMPTION", "VALUE", "SOURCE", "BASIS", "REVIEW BY", "WHY")


@dataclass(frozen=True)
class Dates:
    """When what a file says was known, and when it is to be read again.

    Parameters
    ----------
    as_of : str or None
        Day of the knowledge that the file rests on.
    review_by : datetime.date or None
        Day after which the file is stale.
    """

    as_of: str | None
    review_by: date | None


def catalogue_report(specs: Sequence[ParameterSpec], values: Iterable[BaselineValue] | None = None) -> Report:
    """Parameters with what the catalogue says, or with the values of a data set.

    Parameters
    ----------
    specs : sequence of ParameterSpec
        The parameters to show.
    values : iterable of BaselineValue, optional
        Values of a data set; a line for each amount when they are given.
    """
    if values is None:
        records: list[dict[str, Value]] = [_spec(spec) for spec in specs]
        shown: tuple[str, ...] = ("path", "unit", "by", "limits", "varies", "words")
    else:
        units = {spec.path: spec.unit for spec in specs}
        order = {spec.path: place for place, spec in enumerate(specs)}
        mine = sorted((one for one in values if one.path in order), key=lambda one: order[one.path])
        records = [_value(value, units[value.path], amount) for value in mine for amount in amounts.amounts(value)]
        shown = ("path", "where", "value", "unit", "range", "from", "source", "quality")
    return Report("", (), (_sheet(records, shown),), (), tuple(records))


def _spec(spec: ParameterSpec) -> dict[str, Value]:
    low, high = spec.limits
    return {
        "path": spec.path,
        "unit": spec.unit,
        "by": " ".join(spec.dims) or "-",
        "lowest": low,
        "highest": high,
        "whole": "yes" if spec.kind == "integer" else "no",
        "varies": "yes" if spec.varies else "no",
        "words": spec.words,
    }


def _value(value: BaselineValue, unit: str, amount: amounts.Amount) -> dict[str, Value]:
    return {
        "path": value.path,
        "where": amounts.cells(value.where),
        "value": amount.value,
        "unit": unit,
        "from": amounts.day(amount.since) or None,
        "low": amount.low,
        "high": amount.high,
        "source": value.source,
        "as_of": value.as_of,
        "basis": value.basis,
        "quality": value.quality,
        "why": value.why,
        "place": amounts.place(value.file, value.line),
    }


def _sheet(records: Sequence[Mapping[str, Value]], shown: Sequence[str]) -> Sheet:
    def cell(record: Mapping[str, Value], key: str) -> str:
        if key == "limits":
            return f"{_number(record['lowest'])} to {_number(record['highest'])}"
        if key == "range":
            low, high = record["low"], record["high"]
            return "" if low is None else f"{_number(low)} to {_number(high)}"
        return _number(record[key])

    rows = tuple(tuple(cell(record, key) for key in shown) for record in records)
    columns = tuple("NAME" if key == "path" else key.upper() for key in shown)
    return Sheet(columns, rows, words=len(columns))


def _number(value: Value) -> str:
    if isinstance(value, int | float):
        return amounts.plain(value)
    return value or ""


def log_report(
    scenario: Scenario,
    values: Iterable[BaselineValue],
    units: Mapping[str, str],
    dates: Callable[[str | None], Dates],
    keep: Sequence[str] = QUALITIES,
) -> Report:
    """Every value that a scenario rests on, worst quality first.

    Parameters
    ----------
    scenario : Scenario
        A resolved scenario.
    values : iterable of BaselineValue
        Values of the data set; none of them for the changes alone.
    units : mapping of path to str
        Unit of each parameter.
    dates : callable
        Dates of a file; those of the data for None.
    keep : sequence of str
        Qualities to keep.

    Returns
    -------
    Report
        A line for each amount of a value, of a change and for each adjustment.
    """
    lines = [_of_value(value, amount, dates(None)) for value in values for amount in amounts.amounts(value)]
    for change in scenario.changes:
        mine = dates(change.file)
        lines += [_of_change(change, amount, mine) for amount in amounts.amounts(change)]
        if change.adjusted is not None:
            lines.append(_of_adjustment(scenario, change, dates))
    lines += _of_rollouts(scenario, dates)
    lines = [line for line in lines if line["quality"] in keep]
    lines.sort(key=lambda line: (_rank(line["quality"]), _rank(line["impact"]), str(line["path"] or line["id"])))
    records = tuple({**line, "unit": units.get(str(line["path"]))} for line in lines)
    title = f"Assumptions of {scenario.name}: {scenario.title}"
    counts = [f"{sum(line['quality'] == one for line in lines)} {one}" for one in keep]
    lead = f"{len(lines)} {'value' if len(lines) == 1 else 'values'}: {', '.join(counts)}. Written from the files."
    sheet = Sheet(_LOG, tuple(_row(record) for record in records), words=len(_LOG))
    return Report(title, (lead,), (sheet,), (), records)


def _rank(word: Value) -> int:
    return QUALITIES.index(str(word)) if word in QUALITIES else len(QUALITIES)


def _of_value(value: BaselineValue, amount: amounts.Amount, dates: Dates) -> dict[str, Value]:
    return {
        "quality": value.quality,
        "impact": None,
        "id": None,
        "path": value.path,
        "where": amounts.cells(value.where),
        "does": "baseline",
        "value": amount.value,
        "low": amount.low,
        "high": amount.high,
        "from": amounts.day(amount.since) or None,
        "to": None,
        "how": "",
        "source": value.source,
        "as_of": value.as_of,
        "basis": value.basis,
        "review_by": amounts.day(dates.review_by) or None,
        "why": value.why,
        "place": amounts.place(value.file, value.line),
    }


def _of_change(change: Change, amount: amounts.Amount, dates: Dates) -> dict[str, Value]:
    return {
        "quality": change.quality,
        "impact": change.written.impact,
        "id": change.id,
        "path": change.path,
        "where": amounts.cells(change.where),
        "does": change.verb,
        "value": amount.value,
        "low": amount.low,
        "high": amount.high,
        "from": amounts.day(amount.since) or None,
        "to": amounts.day(change.end) or None,
        "how": amounts.adjustments(change, brief=True),
        "source": change.source,
        "as_of": dates.as_of,
        "basis": change.basis,
        "review_by": amounts.day(dates.review_by) or None,
        "why": change.why,
        "place": change.origin.place,
    }


def _of_adjustment(
    scenario: Scenario, change: Change, dates: Callable[[str | None], Dates]
) -> dict[str, Value]:
    """An adjustment is rated as the change that it acts on: its own file gives it no rating."""
    adjust = change.adjusted
    assert adjust is not None
    when = dates(scenario.file if adjust in scenario.adjusts else change.file)
    return {
        **_of_change(change, amounts.Amount(change.strength, None, None, None), when),
        "does": "adjust",
        "how": amounts.adjusted(change),
        "from": None,
        "to": None,
        "source": adjust.source,
        "basis": "assumed",
        "why": adjust.why,
        "place": scenario.file if adjust in scenario.adjusts else None,
    }


def _of_rollouts(scenario: Scenario, dates: Callable[[str | None], Dates]) -> list[dict[str, Value]]:
    """A line for each number of each rollout, which acts on every change of the file that writes it."""
    rolled = {one.rollout.of: one for one in scenario.changes if one.rollout is not None}
    lines: list[dict[str, Value]] = []
    for change in rolled.values():
        assert change.rollout is not None
        written, when = change.rollout.written, dates(change.file)
        for key, spread in written.spreads.items():
            lines.append(
                {
                    **_of_change(change, amounts.Amount(spread.amounts[0], None, None, None), when),
                    "quality": written.quality,
                    "impact": None,
                    "id": change.rollout.input_id(key),
                    "path": None,
                    "where": "",
                    "does": "rollout",
                    "low": spread.lows[0] if spread.uncertain else None,
                    "high": spread.highs[0] if spread.uncertain else None,
                    "to": None,
                    "how": "" if key == "strength" else "months",
                    "source": written.source,
                    "basis": written.basis,
                    "why": written.why,
                    "place": change.file,
                }
            )
    return lines


def _row(record: Mapping[str, Value]) -> tuple[str, ...]:
    value = record["value"]
    assert isinstance(value, int | float)
    verb = str(record["does"])
    where = str(record["where"])
    everything = f"every change of {str(record['id']).rpartition(':')[0]}"
    name = f"{record['path']}[{where}]" if where else str(record["path"] or everything)
    what = f"{record['id']}: {name}" if record["id"] else name
    how = str(record["how"])
    spread = amounts.ends(_float(record["low"]), _float(record["high"]))
    parts = [how if verb == "adjust" else amounts.does(verb, value)]
    parts += [how] if verb == "rollout" and how else []
    parts += [f"({spread})"] if spread else []
    parts += [f"from {record['from']}"] if record["from"] else []
    parts += [f"to {record['to']}"] if record["to"] else []
    late = f"; {how}" if how and verb not in ("adjust", "rollout") else ""
    source = str(record["source"]) + (f"; as of {record['as_of']}" if record["as_of"] else "")
    return (
        str(record["quality"]),
        str(record["impact"] or "-"),
        what,
        " ".join(parts) + late,
        source,
        str(record["basis"]),
        str(record["review_by"] or "-"),
        str(record["why"]),
    )


def _float(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def to_markdown(report: Report) -> str:
    r"""Report as Markdown: a heading, its sentences, and each table.

    Examples
    --------
    >>> print(to_markdown(Report("Log", ("Two.",), (Sheet(("A", "B"), (("1", "x|y"),)),), (), ())), end="")
    # Log
    <BLANKLINE>
    Two.
    <BLANKLINE>
    | A | B |
    |---|---|
    | 1 | x\|y |
    """
    parts = [f"# {report.title}", *report.lead]
    for sheet in report.sheets:
        lines = [_cells(sheet.columns), "|" + "---|" * len(sheet.columns)]
        parts.append("\n".join(lines + [_cells(row) for row in sheet.rows]))
    return "\n\n".join([*parts, *report.notes]) + "\n"


def _cells(row: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
