"""What differs between two scenarios: inputs as they are written, and headline outputs at each March."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from capacity_sim.analysis.compare import Comparison
from capacity_sim.analysis.difference import ChangeDifference, InputDifference
from capacity_sim.catalogue import Catalogue, label
from capacity_sim.show import amounts
from capacity_sim.show.sheet import Report, Sheet, Value
from capacity_sim.show.tables import compare_report

_KEYS = (
    "table", "name", "where", "month", "from", "to", "first", "second", "difference", "low", "high", "unit",
)  # fmt: skip


def input_report(found: InputDifference, catalogue: Catalogue) -> Report:
    """Choices, changes and values that differ.

    Parameters
    ----------
    found : InputDifference
        What differs.
    catalogue : Catalogue
        Units of the parameters.
    """
    names = (found.first.name, found.second.name)
    if found.none:
        return Report(
            "No difference",
            (f"`{names[0]}` and `{names[1]}` have the same inputs, so every result is the same.",),
            (),
            (),
            (),
        )
    sheets, records = [], []
    if found.choices:
        rows = [(one.name, one.first, one.second) for one in found.choices]
        sheets.append(Sheet(("CHOICE", *names), tuple(rows), "Choices that differ", words=3))
        records += [_record(table="choice", name=a, first=b, second=c) for a, b, c in rows]
    if found.changes:
        sheet, mine = _changes(found, names)
        sheets.append(sheet)
        records += mine
    if found.values:
        sheet, mine = _values(found, names, catalogue)
        sheets.append(sheet)
        records += mine
    notes = ["Values are central ones, before any draw of the ranges."] if found.values else []
    if not found.values:
        notes.append("No parameter differs" + (f" on {found.on}." if found.on else " in its central value."))
    return Report(f"Inputs of {names[0]} and {names[1]}", (), tuple(sheets), tuple(notes), tuple(records))


def _changes(found: InputDifference, names: tuple[str, str]) -> tuple[Sheet, list[dict[str, Value]]]:
    rows, records = [], []
    for one in found.changes:
        says = _says(one, brief=True)
        if says[0] == says[1]:
            says = _says(one, brief=False)
        rows.append((one.change.id, label(one.change.path, one.change.where), *says))
        records.append(
            _record(
                table="change",
                name=one.change.id,
                where=label(one.change.path, one.change.where),
                first=says[0],
                second=says[1],
            )
        )
    return Sheet(("CHANGE", "PARAMETER", *names), tuple(rows), "Changes that differ", words=4), records


def _says(one: ChangeDifference, brief: bool) -> list[str]:
    """What the change does in each; not brief, with its rollout, source and ratings too."""
    return [
        "-"
        if change is None
        else amounts.change_words(change, brief)
        + ("" if brief else f"; {change.source}, {change.basis}, {change.quality}")
        for change in (one.first, one.second)
    ]


def _values(
    found: InputDifference, names: tuple[str, str], catalogue: Catalogue
) -> tuple[Sheet, list[dict[str, Value]]]:
    rows, records = [], []
    for one in found.values:
        unit = catalogue.parameters[one.path].unit
        days = ("whole run", "") if one.since is None else (amounts.day(one.since), amounts.day(one.until))
        name, cells = label(one.path, one.where), amounts.cells(one.where)
        span = () if found.on else days
        rows.append((name, unit, *span, amounts.plain(one.first), amounts.plain(one.second)))
        records.append(
            _record(
                table="parameter",
                name=one.path,
                where=cells,
                **{"from": days[0] if one.since else None, "to": days[1] or None},
                first=one.first,
                second=one.second,
                difference=round(one.second - one.first, 12),
                unit=unit,
            )
        )
    if found.on:
        return Sheet(("PARAMETER", "UNIT", *names), tuple(rows), f"Parameters that differ on {found.on}", 2), records
    caption = "Parameters that differ: the days, and the values on the last of them"
    return Sheet(("PARAMETER", "UNIT", "FROM", "TO", *names), tuple(rows), caption, words=4), records


def output_report(comparisons: Sequence[Comparison]) -> Report:
    """Headline outputs of two runs and their paired differences.

    Parameters
    ----------
    comparisons : sequence of Comparison
        One for each output, all of the same two runs.
    """
    sheets, records, notes = [], [], []
    names = [folder.name for folder in comparisons[0].folders]
    for one in comparisons:
        report = compare_report(one)
        sheets.append(Sheet(report.sheets[0].columns, report.sheets[0].rows, f"{report.title} ({one.measure.unit})"))
        notes = list(report.notes[:2])
        records += _outputs(report.records, names)
    return Report(f"Outputs of {names[1]} less {names[0]}", (), tuple(sheets), tuple(notes), tuple(records))


def _outputs(lines: Sequence[Mapping[str, Value]], names: Sequence[str]) -> list[dict[str, Value]]:
    found: dict[Value, dict[str, Value]] = {}
    for line in lines:
        record = found.setdefault(
            line["month"],
            _record(
                table="output",
                name=line["measure"],
                where=f"area={line['area']}" if "area" in line else "",
                month=line["month"],
                unit=line["unit"],
            ),
        )
        if line["less"] is not None:
            record.update(difference=line["central"], low=line["low"], high=line["high"])
        else:
            record["first" if line["scenario"] == names[0] else "second"] = line["central"]
    return list(found.values())


def _record(**given: Value) -> dict[str, Value]:
    return {key: given.get(key) for key in _KEYS}
