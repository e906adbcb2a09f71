"""Tables of a run and of a comparison, in words that a reader without the manual understands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from capacity_sim.analysis.compare import Comparison
from capacity_sim.analysis.headline import STAFF, TOTAL, Headline
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import OutputSpec, load
from capacity_sim.runs.schema import ILLUSTRATIVE as UNIT_NOTE
from capacity_sim.show import rounding, words
from capacity_sim.show.doubt import pairing_words, share_words, size, split_words
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, significant, small, to_step

ILLUSTRATIVE = "illustrative"
#: columns of the table by timing: what is funded is the same on each
ON_TIMING = tuple(measure for measure in STAFF if measure != "funded_fte")
_RANGE_LABEL = "  10th to 90th percentile"
_CHANCE_LABEL = "  chance only, 10th to 90th"


def run_report(headline: Headline) -> Report:
    """Short answer of a run: needed, in post, available, shortfall and gap, how sure, and on which timing."""
    folder, by = headline.folder, headline.by
    step = rounding.staff_step(headline.value("required_fte"))
    timing = words.BASES[folder.timing_basis]
    short = {basis: text.partition(" (")[0] for basis, text in words.BASES.items()}
    month, area = words.month_name(headline.month), words.area_name(headline.area)
    by_unit = by == "unit"
    assumed = by_unit and folder.illustrative
    title = f"{folder.name}: {area} staff in {month}, {folder.place}" + (
        f" ({ILLUSTRATIVE} by unit)" if assumed else ""
    )
    label = _CHANCE_LABEL if headline.kind is RangeKind.CHANCE else _RANGE_LABEL
    names = tuple(words.STAFF[measure] for measure in STAFF)
    order = _row_order(headline.staff[by], by)
    sheets = (
        Sheet(
            (by.capitalize(), *names),
            _staff_rows(headline.staff, by, order, step, label, _row_name),
            f"FTE, mean of the month; needed on {timing}",
        ),
        Sheet(
            ("Timing", *(words.STAFF[measure] for measure in ON_TIMING)),
            _staff_rows(headline.bases, "basis", list(words.BASES), step, label, words.BASES.__getitem__, ON_TIMING),
            "All grades on each timing",
        ),
        _years(headline, step, short[folder.timing_basis], label),
    )
    status = _status_words(headline)
    notes = [
        "Funded is target staffing as published, shared out where print does not. Shortfall is needed less in post; "
        "gap is needed less available (in post less what trainees, newly qualified officers and mentors cannot "
        "carry). Above zero is a shortage. "
        "Trainees count under PSO, as published.",
        *_work_words(headline),
        *([] if by_unit else status),
        headline.words,
        *split_words(f"the gap in {month}", "FTE", headline.split, headline.kind),
        f"Rounded to {step} FTE; parts may not add up to the total.",
    ]
    if assumed:
        notes.append(UNIT_NOTE)
    if folder.own_words:
        notes.append(folder.own_words)
    return Report(
        title,
        (folder.title, _answer(headline, step, short[folder.timing_basis]), *(status if by_unit else [])),
        sheets,
        tuple(notes),
        _run_records(headline, step),
    )


def _answer(headline: Headline, step: int, timing: str) -> str:
    total = headline.staff[headline.staff[headline.by] == TOTAL].set_index("measure")
    needed = headline.value("required_fte")
    parts = [f"Needed on {timing}: {small(needed, step)} FTE{_range(total.loc['required_fte'], step)}"]
    for word, there, short in (
        ("In post", "in_post_fte", "shortfall_fte"),
        ("Available", "available_fte", "gap_fte"),
    ):
        gap = headline.value(short)
        share = f" ({share_words(size(headline.share(short)), 'the staff needed')})" if needed > 0 else ""
        which = "too few" if gap >= 0 else "more than needed"
        here = f"{small(headline.value(there), step)}{_range(total.loc[there], step)}"
        missing = f"{small(abs(gap), step)}{_range(total.loc[short], step, turned=gap < 0)}"
        parts.append(f"{word}: {here}, {missing} {which}{share}")
    return ". ".join(parts) + "."


def _range(line: pd.Series, step: float, turned: bool = False) -> str:
    """Range of a figure in brackets, or nothing when there is none; `turned` for a shortage told as a surplus."""
    low, high = (-line["high"], -line["low"]) if turned else (line["low"], line["high"])
    ends = interval(low, high, step)
    return f" ({ends})" if ends else ""


def _row_order(rows: pd.Series, by: str) -> list[str]:
    found = [str(name) for name in rows.unique() if name != TOTAL]
    if by in load().dimensions:
        order = load().dimensions[by]
        found.sort(key=order.index)
    return [*found, TOTAL]


def _row_name(row: str) -> str:
    return "All" if row == TOTAL else words.GRADES.get(row, row)


def _staff_rows(
    frame: pd.DataFrame,
    by: str,
    order: Iterable[str],
    step: int,
    label: str,
    name: object,
    measures: Sequence[str] = STAFF,
) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for row in order:
        found = frame[frame[by] == row].set_index("measure").reindex(list(measures))
        if not found["central"].fillna(0).any() and row != TOTAL:
            continue
        rows.append(
            (name(row) if callable(name) else row, *(number(value, step) for value in found["central"]))
        )
        if found["low"].notna().any():
            ends = zip(found["low"], found["high"], strict=True)
            rows.append((label, *(interval(low, high, step) for low, high in ends)))
    return tuple(rows)


def _years(headline: Headline, step: int, timing: str, label: str) -> Sheet:
    months = list(dict.fromkeys(headline.years["month"]))
    rows = []
    for measure in STAFF:
        found = headline.years[headline.years["measure"] == measure].set_index("month").reindex(months)
        rows.append((words.STAFF[measure], *(number(value, step) for value in found["central"])))
        if found["low"].notna().any():
            ends = zip(found["low"], found["high"], strict=True)
            rows.append((label, *(interval(low, high, step) for low, high in ends)))
    columns = ("", *(words.month_name(month, short=True) for month in months))
    return Sheet(columns, tuple(rows), f"All grades over time, {timing}")


def _status_words(headline: Headline) -> list[str]:
    """How many delivery units are red and amber: counts of units come before their names."""
    work = headline.work.set_index("measure")
    if headline.area != "sentence_management":
        return []
    red, amber = (
        f"{number(work['central'][name], 1)}{_range(work.loc[name], 1)}" for name in ("units_red", "units_amber")
    )
    return [f"Delivery units at the end of {words.month_name(headline.month)}: {red} red, {amber} amber."]


def _work_words(headline: Headline) -> list[str]:
    lines = headline.work.set_index("measure")
    work = lines["central"]
    span = f"the year to {words.month_name(headline.month)}"
    if len(headline.year) < 12:
        span = f"the {len(headline.year)} months to {words.month_name(headline.month)}"
    due, lost = work["work_due"], work["work_not_done"]
    if due <= 0:
        return []
    pieces, hours = significant([lost]), significant([work["hours_lapsed"], work["backlog_hours"]])
    by_risk = headline.not_done_by_risk.set_index("risk").reindex(list(words.RISKS)).dropna(subset="central")
    risks = ", ".join(
        f"{words.RISKS[str(risk)]} {number(line['central'], pieces)}{_range(line, pieces)}"
        for risk, line in by_risk.iterrows()
    )
    by = f", by risk: {risks}" if risks else ""
    return [
        f"Not done in {span}: {number(lost, pieces)}{_range(lines.loc['work_not_done'], pieces)} pieces of work "
        f"({share_words(headline.share('work_not_done'), 'the pieces that fell due', 0.1)}){by}. "
        f"Hours lapsed {number(work['hours_lapsed'], hours)}{_range(lines.loc['hours_lapsed'], hours)}; "
        f"waiting at the end {number(work['backlog_hours'], hours)}{_range(lines.loc['backlog_hours'], hours)} hours; "
        f"work that was done went without {share_words(headline.share('hours_short'), 'the hours due')}.",
    ]


def _run_records(headline: Headline, step: int) -> tuple[dict[str, Value], ...]:
    folder = headline.folder
    records: list[dict[str, Value]] = []

    def add(frame: pd.DataFrame, rows: str, basis: str | None = None, month: str | None = None) -> None:
        for line in frame.to_dict("records"):
            measure = str(line["measure"])
            stated = measure in ("required_fte", "shortfall_fte", "gap_fte")
            records.append(
                {
                    "scenario": folder.name,
                    "place": folder.place,
                    "area": headline.area,
                    "month": month or line.get("month"),
                    "basis": (basis or line.get("basis")) if stated else None,
                    "rows": rows,
                    "row": str(line[rows]) if rows in line else TOTAL,
                    "measure": measure,
                    "unit": load().outputs[measure].unit,
                    "central": to_step(line["central"], step),
                    "low": to_step(line["low"], step),
                    "high": to_step(line["high"], step),
                    "range": headline.kind.value,
                    "rounded_to": step,
                    "run": folder.path.name,
                    "quality": ILLUSTRATIVE if rows == "unit" and folder.illustrative else None,
                }
            )

    kept = headline.staff.groupby(headline.by, sort=False)["central"].transform(
        lambda column: column.abs().sum() > 0
    )
    add(headline.staff[kept], headline.by, folder.timing_basis, headline.month)
    others = headline.bases[
        (headline.bases["basis"] != folder.timing_basis)
        & headline.bases["measure"].isin(("required_fte", "shortfall_fte", "gap_fte"))
    ]
    add(others, "total", month=headline.month)
    add(headline.years[headline.years["month"] != headline.month], "total", folder.timing_basis)
    return tuple(records)


def compare_report(comparison: Comparison) -> Report:
    """Levels of each run and the paired differences from the first, month by month."""
    base, spec = comparison.folders[0], comparison.measure
    frame = comparison.frame
    levels, differences = frame[frame["row"] == "level"], frame[frame["row"] == "difference"]
    level_step = rounding.level_step(spec, comparison.folders[0], comparison.where, levels["central"])
    step = rounding.difference_step(spec, level_step, differences)
    columns = ("", *(words.month_name(month, short=True) for month in comparison.months))
    groups = [None] if not comparison.by else _groups(frame, comparison.by)
    sheets = [
        Sheet(
            columns,
            _compare_rows(comparison, group, level_step, step),
            "" if group is None else ", ".join(_cell_name(part) for part in group),
        )
        for group in groups
    ]
    notes = [
        "A difference is taken between the same draw and the same replication of two runs, then its middle "
        "is shown; trust it before the levels.",
        comparison.words,
        *_doubt(comparison),
        f"Levels rounded to {_step_words(level_step, spec)}, differences to {_step_words(step, spec)}.",
    ]
    if "unit" in comparison.by and base.illustrative:
        notes.append(UNIT_NOTE)
    if base.own_words:
        notes.append(base.own_words)
    title = f"{measure_title(spec)}, {_scope(comparison)}{base.place}"
    if comparison.basis:
        title += f", {words.BASES[comparison.basis].partition(' (')[0]}"
    return Report(
        title,
        (_measure_words(spec),),
        tuple(sheets),
        tuple(notes),
        _compare_records(comparison, level_step, step),
        counts=spec.unit in ("people", "person-months", "officers"),
    )


def _doubt(comparison: Comparison) -> list[str]:
    """Ignorance and chance in the differences, and what pairing buys."""
    month, unit = words.month_name(comparison.months[-1]), comparison.measure.unit
    known = [pair for pair in comparison.pairs if pair.split is not None] or list(comparison.pairs[:1])
    lines = []
    for pair in known:
        what = f"what {pair.name} makes of {comparison.folders[0].name} in {month}"
        lines += split_words(what, unit, pair.split, comparison.kind)
    return [*lines, *pairing_words(comparison.pairs, month, unit)]


def _groups(frame: pd.DataFrame, by: Sequence[str]) -> list[tuple[object, ...]]:
    """Cells of the table, in the order of the catalogue."""
    dimensions = load().dimensions

    def place(group: tuple[object, ...]) -> list[tuple[int, str]]:
        return [
            (dimensions[key].index(str(value)) if str(value) in dimensions.get(key, ()) else -1, str(value))
            for key, value in zip(by, group, strict=True)
        ]

    return sorted(frame[list(by)].drop_duplicates().itertuples(index=False, name=None), key=place)


def measure_title(spec: OutputSpec) -> str:
    """Output as the subject of a title."""
    names = {
        "required_fte": "Staff needed",
        "funded_fte": "Staff funded",
        "in_post_fte": "Staff in post",
        "available_fte": "Staff available",
        "shortfall_fte": "Shortfall (needed less in post)",
        "gap_fte": "Gap (needed less available)",
        "workload_pct": "Workload",
    }
    return names.get(spec.name, spec.name.replace("_", " ").capitalize())


def _measure_words(spec: OutputSpec) -> str:
    """What the measure is, with its unit; a percentage names its denominator."""
    over = {
        "mean": "mean of the month",
        "sum": "sum of the month",
        "last": "end of the month",
        "ratio": "ratio of the month's sums",
    }[spec.over_months]
    return f"{spec.words} Unit: {_unit_words(spec)}, {over}."


def _unit_words(spec: OutputSpec) -> str:
    if spec.unit != "per cent" or spec.denominator is None:
        return spec.unit
    below = load().outputs[spec.denominator].words.rstrip(".")
    return f"per cent of {below[0].lower()}{below[1:]}"


def _scope(comparison: Comparison) -> str:
    parts = [
        _cell_name(value) if isinstance(value, str) else " and ".join(_cell_name(part) for part in value)
        for value in comparison.where.values()
    ]
    return "".join(f"{part}, " for part in parts)


def _cell_name(value: object) -> str:
    text = str(value)
    if text == "nan":
        return "not stated"
    if text in load().dimensions["area"]:
        return words.area_name(text).lower()
    return words.GRADES.get(text, words.RISKS.get(text, text.replace("_", " ")))


def _compare_rows(
    comparison: Comparison, group: tuple[object, ...] | None, level_step: float, step: float
) -> tuple[tuple[str, ...], ...]:
    frame = comparison.frame
    if group is not None:
        for key, value in zip(comparison.by, group, strict=True):
            frame = frame[frame[key].isna() if pd.isna(value) else frame[key] == value]
    base = comparison.folders[0].name
    rows: list[tuple[str, ...]] = []
    for folder in dict.fromkeys(found.name for found in comparison.folders):
        for row, to, sign in (("level", level_step, False), ("difference", step, True)):
            found = frame[(frame["scenario"] == folder) & (frame["row"] == row)]
            if found.empty:
                continue
            found = found.set_index("month").reindex(list(comparison.months))
            label = folder if row == "level" else f"  less {base}"
            rows.append((label, *(number(value, to, sign) for value in found["central"])))
            if found["low"].notna().any():
                rows.append(
                    (
                        "",
                        *(
                            interval(low, high, to, sign)
                            for low, high in zip(found["low"], found["high"], strict=True)
                        ),
                    )
                )
    return tuple(rows)


def _step_words(step: float, spec: OutputSpec) -> str:
    unit = "percentage points" if spec.unit == "per cent" else spec.unit
    return f"{step:,.10g} {unit}"


def _compare_records(comparison: Comparison, level_step: float, step: float) -> tuple[dict[str, Value], ...]:
    paths = {folder.name: folder.path.name for folder in comparison.folders}
    base, spec = comparison.folders[0], comparison.measure
    records: list[dict[str, Value]] = []
    for line in comparison.frame.to_dict("records"):
        level = line["row"] == "level"
        rounding = level_step if level else step
        records.append(
            {
                "scenario": line["scenario"],
                "less": None if level else base.name,
                "place": base.place,
                "measure": spec.name,
                "unit": _unit_words(spec) if level else _step_words(1, spec)[2:],
                "basis": comparison.basis,
                **{key: str(value) for key, value in comparison.where.items()},
                **{key: None if pd.isna(line[key]) else str(line[key]) for key in comparison.by},
                "month": line["month"],
                "central": to_step(line["central"], rounding),
                "low": to_step(line["low"], rounding),
                "high": to_step(line["high"], rounding),
                "range": comparison.kind.value,
                "rounded_to": rounding,
                "run": paths[str(line["scenario"])],
                "quality": ILLUSTRATIVE if "unit" in comparison.by and comparison.folders[0].illustrative else None,
            }
        )
    return tuple(records)
