"""Builds the report: tables and charts of a dossier, set into one HTML file that loads nothing."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from capacity_sim.analysis.dossier import Dossier
from capacity_sim.analysis.from_draws import Drawn
from capacity_sim.analysis.headline import STAFF, TOTAL
from capacity_sim.analysis.recorded import Recorded
from capacity_sim.analysis.steps import Kind
from capacity_sim.catalogue import load
from capacity_sim.runs.totals import summarise
from capacity_sim.show import charts, words
from capacity_sim.show.amounts import plain
from capacity_sim.show.doubt import share_words
from capacity_sim.show.exposed import NOTE as EXPOSURE_NOTE
from capacity_sim.show.exposed import exposure_report
from capacity_sim.show.page import palette
from capacity_sim.show.page import words as said
from capacity_sim.show.page.watched import levels
from capacity_sim.show.sheet import Sheet, interval, number, significant, small
from capacity_sim.show.tables import compare_report, run_report

if TYPE_CHECKING:
    from capacity_sim.show.charts.chart import Chart

_TEMPLATE = "page.html.j2"
_MOST_DRIVERS, _MOST_ASSUMPTIONS, _DPI = 12, 20, 130
_RANK = ("red", "amber", "green")


@dataclass(frozen=True)
class Picture:
    """A chart as the page holds it."""

    data: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Table:
    """A table as the page holds it: its words, and whether a reader may sort and filter it."""

    sheet: Sheet
    caption: str
    sortable: bool = False


def page(found: Dossier, title: str = "") -> str:
    """Report as the text of one HTML file: nothing is loaded from anywhere, and it is whole without scripts.

    Parameters
    ----------
    found : Dossier
        What is said.
    title : str
        Heading of the page; made from the runs by default.

    Returns
    -------
    str
        The same dossier gives the same text.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ticks"] = ticks
    environment.filters["breaks"] = breaks
    return environment.get_template(_TEMPLATE).render(_content(found, title)) + "\n"


def ticks(text: str) -> str:
    """Words as HTML, with what stands between backticks as code.

    Examples
    --------
    >>> print(ticks("give `--draws 20` & wait"))
    give <code>--draws 20</code> &amp; wait
    """
    from markupsafe import Markup, escape

    parts = enumerate(text.split("`"))
    return Markup("".join(f"<code>{escape(part)}</code>" if place % 2 else escape(part) for place, part in parts))


def breaks(text: str) -> str:
    """Name as HTML that may go on in the next line after a dot, a colon or an underscore, and nowhere inside a word.

    Examples
    --------
    >>> print(breaks("staff.po_share[a=b]"))
    staff.<wbr>po_<wbr>share<wbr>[a=b]
    """
    from markupsafe import Markup, escape

    return Markup(re.sub(r"(?<=[.:_])(?=\w)|(?<=\w)(?=\[)", "<wbr>", str(escape(text))))


def _content(found: Dossier, title: str) -> dict[str, Any]:
    subject, base = found.subject, found.base
    several = len(found.folders) > 1
    area = words.area_name(found.area).lower()
    heading = title or (
        f"{subject.title} beside {base.title}" if several else subject.title
    ) + f": staff in {area}, {subject.place}"
    finished = said.finished_on(found)
    about = f"Figures of {words.month_name(found.month)} unless said otherwise."
    if finished:
        about += f" Simulated on {words.day_name(finished)}."
    if subject.own_words:
        about += f" {subject.own_words}"
    return {
        "title": heading,
        "about": about,
        "colours": palette.COLOURS,
        "runs": [_run(found, place) for place in range(len(found.folders))],
        "five": said.five_lines(found),
        "range_words": found.headline.words,
        "staffing": _picture(
            charts.needed_against_in_post(base, subject, area=found.area)
            if several
            else charts.needed_funded_in_post(subject, area=found.area),
            "Staff needed and in post, month by month" + (", and what the scenario changes" if several else ""),
        ),
        "grades": [_sheet(one) for one in run_report(found.headline).sheets],
        "comparison": _compared(found),
        "steps": _stepped(found),
        "drivers_words": said.drivers_sentence(found),
        "drivers": [_driven(one, found.recorded) for one in found.drivers if one.frame["beyond"].any()],
        "thresholds": _watched(found),
        "exposure": _exposed(found),
        "exposure_note": EXPOSURE_NOTE,
        "caseload": _picture(charts.caseload(subject, month=found.month), "Officers by the cases they hold"),
        "regions_chart": _picture(
            charts.region_tiles(subject, month=found.month, area=found.area), "The gap, region by region"
        )
        if len(found.regions) > 1
        else None,
        "regions": _regional(found),
        "left_out": said.left_out(found),
        "assumptions": _assumed(found),
        "more_assumptions": max(0, len(found.recorded[-1].changes) - _MOST_ASSUMPTIONS),
        "quality": said.quality(found),
        "sources": _sources(found),
        "rebuild": rebuild(found),
        "area": area,
        "subject": subject.name,
        "base": base.name,
        "several": several,
    }


def _picture(chart: Chart, caption: str) -> Picture:
    data = base64.b64encode(charts.png_bytes(chart, _DPI)).decode("ascii")
    return Picture(data, chart.alt, caption)


def _sheet(sheet: Sheet, caption: str = "", sortable: bool = False) -> Table:
    return Table(sheet, caption or sheet.caption, sortable)


def _run(found: Dossier, place: int) -> dict[str, Any]:
    folder, scenario = found.folders[place], found.recorded[place]
    question, versions = folder.question, folder.manifest.get("versions", folder.question["versions"])
    data = question["data"]
    return {
        "name": folder.name,
        "title": folder.title,
        "summary": scenario.summary or "",
        "question": scenario.question or "",
        "rows": [
            ("Run folder", folder.path.name),
            ("Hash of the question", str(folder.manifest["hash"])),
            ("Data set", f"{data['name']} as at {data['start']}, {data['hash'][:12]}"),
            *([("Own data", folder.own_words)] if folder.own_words else []),
            ("Place", folder.place),
            ("Months", f"{folder.months[0]} to {folder.months[-1]}"),
            ("Seed, draws, replications", f"{question['seed']}, {folder.draws}, {folder.reps}"),
            ("Timing of headlines", words.BASES.get(folder.timing_basis, folder.timing_basis)),
            ("Versions", ", ".join(f"{name} {text}" for name, text in sorted(versions.items()))),
            ("People simulated", f"{int(folder.manifest.get('counts', {}).get('people', 0)):,}"),
            ("Knowledge as of", str(scenario.as_of or "not stated")),
        ],
    }


def _compared(found: Dossier) -> list[Table]:
    reports = [compare_report(found.comparisons[name]) for name in ("gap_fte", "required_fte") if found.comparisons]
    return [_sheet(one.sheets[0], f"{one.title} (FTE)") for one in reports]


def _stepped(found: Dossier) -> dict[str, Any] | None:
    if found.steps is None:
        return None
    from capacity_sim.show.charts.steps import step_of

    step = step_of(found.steps)
    rows = []
    for line in found.steps.frame.to_dict("records"):
        span = interval(line["low"], line["high"], step, sign=True)
        rows.append((str(line["name"]), number(line["central"], step, sign=True), span))
    what = {
        Kind.CHAIN: "Each scenario less the one before it, which it holds whole: the steps add up.",
        Kind.WHOLE: "Each measure alone. Savings that act on the same hours do not add up; the rest is shown apart.",
        Kind.BESIDE: "Each by itself beside the first. They act on the same hours, so they do not add up. A run that "
        "holds them all, given last, shows the interaction.",
    }[found.steps.kind]
    sheet = Sheet(("", "change in the gap (FTE)", "10th to 90th percentile"), tuple(rows))
    picture = _picture(charts.steps_chart(found.steps), "From the first run to the last")
    return {"words": what, "picture": picture, "table": _sheet(sheet, "What each run adds")}


def _driven(one: Drawn, scenarios: Sequence[Recorded]) -> Table:
    """What is beyond chance; figures of the others would be read, and say nothing."""
    beyond = one.frame[one.frame["beyond"].astype(bool)].head(_MOST_DRIVERS)
    step = significant(beyond["effect"], 2)
    rows = [
        (
            str(line["id"]),
            said.input_words(str(line["id"]), scenarios),
            f"{plain(line['low'])} to {plain(line['high'])}",
            f"{line['rank']:+.2f}",
            number(line["effect"], step, sign=True),
        )
        for line in beyond.to_dict("records")
    ]
    whose = f"the difference from {one.less}" if one.less else "the gap"
    columns = ("Assumption", "What it is", "Range", "Rank correlation", "FTE over its range")
    caption = f"Assumptions that go with {whose} beyond chance, over {one.draws} draws, strongest first"
    return Table(Sheet(columns, tuple(rows), words=2), caption, True)


def _exposed(found: Dossier) -> list[Table]:
    report = exposure_report(found.exposure)
    tables = [_sheet(report.sheets[0], report.title)]
    lost = found.headline.not_done_by_risk.set_index("risk")
    step = significant(lost["central"]) if len(lost) else 1.0
    rows = []
    for risk in load().dimensions["risk"]:
        if risk in lost.index:
            line = lost.loc[risk]
            rows.append((words.RISKS[risk], number(line["central"], step), interval(line["low"], line["high"], step)))
    span = f"{words.month_name(found.headline.year[0])} to {words.month_name(found.headline.year[-1])}"
    sheet = Sheet(("Risk of serious harm", "pieces", "10th to 90th percentile"), tuple(rows))
    tables.append(_sheet(sheet, f"Pieces of work not done, {found.subject.name}, {span}"))
    status = found.headline.work.set_index("measure")
    rows = [
        (name, number(float(status.loc[f"units_{name}", "central"]), 1),
         interval(float(status.loc[f"units_{name}", "low"]), float(status.loc[f"units_{name}", "high"]), 1))
        for name in ("red", "amber")
    ]  # fmt: skip
    sheet = Sheet(("Status", "units", "10th to 90th percentile"), tuple(rows))
    tables.append(_sheet(sheet, f"Delivery units at each status, end of {words.month_name(found.month)}"))
    return tables


def _watched(found: Dossier) -> dict[str, Any]:
    held = levels(found)
    name, moved = found.subject.name, "What moves each most: with the change less without it"
    return {
        "said": held.said,
        "met": _sheet(held.met, f"How surely and when each level is met, {name}"),
        "moved": _sheet(held.moved, moved) if held.moved.rows else None,
        "notes": held.notes,
    }


def _regional(found: Dossier) -> Table:
    """Region by region: needed, in post, gap and its share; of the last run."""
    folder, where = found.subject, {"area": found.area}
    table = folder.table(list(STAFF), {**where, "month": found.month})
    wide = {}
    for measure in ("required_fte", "in_post_fte", "available_fte"):
        total = summarise(table, measure, ["region"], found.month, where=where, basis=folder.timing_basis)
        wide[measure] = total.astype({"region": str}).groupby("region")["value"].median()
    rows = []
    for line in found.regions.to_dict("records"):
        region = str(line["region"])
        needed = float(wide["required_fte"].get(region, 0.0))
        step = 5 if needed >= 200 else 1
        rows.append(
            (
                region,
                number(needed, step),
                number(float(wide["in_post_fte"].get(region, 0.0)), step),
                number(float(wide["available_fte"].get(region, 0.0)), step),
                small(line["central"], step),
                interval(line["low"], line["high"], step),
                share_words((line["share"], line["share_low"], line["share_high"])),
            )
        )
    columns = ("Region", "needed", "in post", "available", "gap", "10th to 90th percentile", "of the staff needed")
    caption = f"{found.subject.name}, {words.month_name(found.month)}, FTE in {words.area_name(found.area).lower()}"
    return Table(Sheet(columns, tuple(rows)), caption, True)


def _assumed(found: Dossier) -> Table | None:
    """Changes of the last run, worst quality and greatest impact first."""
    driven = {
        str(name): place
        for one in found.drivers
        for place, name in enumerate(one.frame[one.frame["beyond"]]["id"] if len(one.frame) else ())
    }
    changes = list(found.recorded[-1].changes.values())
    if not changes:
        return None

    def place(change: Any) -> tuple[int, int, int, str]:
        quality, impact = (
            _RANK.index(change[key]) if change.get(key) in _RANK else len(_RANK) for key in ("quality", "impact")
        )
        return driven.get(str(change["id"]), len(driven) + 1), quality, impact, str(change["id"])

    rows = []
    for change in sorted(changes, key=place)[:_MOST_ASSUMPTIONS]:
        verb = next((key for key in ("set", "scale", "add") if key in change), "")
        amount = change.get(verb)
        text = ", ".join(f"{value} from {day}" for day, value in amount.items()) if isinstance(amount, dict) else amount
        cells = ", ".join(
            f"{dim}: {' or '.join(map(str, one)) if isinstance(one, list) else one}"
            for dim, one in (change.get("where") or {}).items()
        )
        does = f"{verb} {change['path']}" + (f" ({cells})" if cells else "") + f": {text}"
        if isinstance(change.get("range"), list):
            does += f", range {' to '.join(_plain(one) for one in change['range'])}"
        if change.get("from"):
            does += f", from {change['from']}"
        rated = f"{change.get('quality')}, {change.get('impact')}"
        rows.append((str(change["id"]), does, rated, str(change.get("source")), str(change.get("why"))))
    columns = ("Change", "What it does", "Quality, impact", "Source", "Why")
    caption = f"Changes in force in {found.subject.name}: what stands out in the draws, then worst quality first"
    return Table(Sheet(columns, tuple(rows), words=len(columns)), caption, True)


def _plain(value: object) -> str:
    if isinstance(value, int | float):
        return plain(float(value))
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def _sources(found: Dossier) -> list[dict[str, str]]:
    sources: dict[str, dict[str, str]] = {}
    for one in found.recorded:
        for name, source in one.sources.items():
            sources.setdefault(name, {"id": name, **{key: str(value) for key, value in source.items()}})
    keys = ("title", "publisher", "date", "url", "note")
    return [{**{key: source.get(key, "") for key in keys}, "id": name} for name, source in sorted(sources.items())]


def rebuild(found: Dossier) -> list[str]:
    """Commands that make the runs and the report again."""
    folder, names = found.subject, " ".join(one.name for one in found.folders)
    question = folder.question
    options = [f"--draws {folder.draws}", f"--seed {question['seed']}"]
    options += [f"--reps {folder.reps}"] if folder.reps > 1 else []
    options += [f"--region '{folder.region}'"] if folder.region else []
    options += ["--units"] if question.get("units") else []
    options += [f"--data {shlex.quote(folder.data_name)}", f"--to {pd.Timestamp(question['horizon']['end']).date()}"]
    options += [f"--timing-basis {folder.timing_basis}"]
    return [
        f"capacity-sim run {names} {' '.join(options)}",
        f"capacity-sim report {' '.join(one.path.name for one in found.folders)} --at {found.month}",
    ]


def staff_words(found: Dossier, names: Sequence[str] = STAFF) -> list[tuple[str, str]]:
    """Totals of staff with their ranges, as the page and the brief show them."""
    step = said.step_of(found)
    return [(words.STAFF[name], said.ranged(found.total(name), step)) for name in names]


def grades(found: Dossier) -> list[tuple[str, ...]]:
    """Name, needed, in post and gap of each grade, with their ranges."""
    frame, step = found.headline.staff, said.step_of(found)
    order = [one for one in load().dimensions["grade"] if one in set(frame["grade"])] + [TOTAL]
    rows = []
    for grade in order:
        mine = frame[frame["grade"] == grade].set_index("measure")[["central", "low", "high"]]
        if mine["central"].abs().sum() > 0:
            name = "All" if grade == TOTAL else words.GRADES.get(grade, grade)
            figures = (said.ranged(tuple(mine.loc[one]), step) for one in ("required_fte", "in_post_fte", "gap_fte"))
            rows.append((name, *figures))
    return rows
