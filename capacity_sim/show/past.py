"""The past, rerun, as a report: every published figure in one table, the errors of each method, the view forward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from capacity_sim.analysis.hindcast import (
    EX_ANTE,
    EX_POST,
    FIGURE_8,
    MARCHES,
    METHODS,
    NO_CHANGE,
    Ahead,
    Forecast,
    Line,
    Past,
    Score,
)
from capacity_sim.analysis.validation import allowed
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, to_step
from capacity_sim.show.words import month_name

#: to what figures of a unit are rounded: chance alone moves them by about this much
_STEPS = {"FTE": 10.0, "persons": 100.0, "percent": 0.1}
_USE = {"fit": "fitted", "input": "given", "identity": "follows", "check": "check", "range": "check", "report": "shown"}
_NONE = "-"
AIM_PCT = 5.0
_ENDINGS = ("", "_low", "_high", "_error", "_inside")


def _column(method: str) -> str:
    return method.replace(" ", "_").lower()


def step_of(unit: str) -> float:
    """What a figure of a unit is rounded to."""
    return _STEPS.get(unit, 1.0)


def past_report(found: Past) -> Report:
    """Report of the past, rerun.

    Parameters
    ----------
    found : Past

    Returns
    -------
    Report
        The table of figures, the errors of each method, and the view forward where there is one.
    """
    folder = found.folders[EX_ANTE]
    sheets = [_figures(found), _scores(found)]
    if found.ahead is not None:
        sheets.append(_ahead(found.ahead))
    start = f"{found.dataset.start:%B %Y}"
    return Report(
        title=f"The past, rerun: {found.dataset.title}, to {month_name(folder.months[-1])}",
        lead=tuple(_lead(found)),
        sheets=tuple(sheets),
        notes=tuple(_notes(found, start)),
        records=tuple(_records(found)),
    )


def _lead(found: Past) -> Iterator[str]:
    """What the figures come to, in sentences."""
    mine = [line for line in found.lines if line.series.id == found.lines[0].series.id]
    post = [abs(line.error_pct(EX_POST) or 0.0) for line in mine]
    words = found.lines[0].series.words
    inside = sum(one <= AIM_PCT for one in post)
    worst = max(range(len(post)), key=lambda at: post[at])
    aim = "met" if inside == len(post) else "missed"
    yield (
        f"{words}, with what happened as input: within {AIM_PCT:g} per cent on {inside} of {len(post)} dates ({aim}); "
        f"farthest in {month_name(mine[worst].target.date[:7])}, {mine[worst].error_pct(EX_POST) or 0.0:+.1f} per cent."
    )
    marches = [line for line in mine if FIGURE_8 in line.forecasts]
    if marches:
        nearer = [line for line in marches if _size(line, EX_POST) < _size(line, FIGURE_8)]
        scores = {one.method: one for one in found.scores if one.dates == MARCHES}
        verdict = "at each March" if len(nearer) == len(marches) else f"at {len(nearer)} of {len(marches)} Marches"
        yield (
            f"It is nearer than the method of Figure 8 {verdict}; the mean error over them is "
            f"{number(scores[EX_POST].absolute, 10)} FTE against {number(scores[FIGURE_8].absolute, 10)}."
        )
    last = mine[-1]
    one = last.forecasts[EX_ANTE]
    yield (
        f"With only what was known at the start it gives {_with_range(one, last.target.unit)} in "
        f"{month_name(last.target.date[:7])}, {last.error_pct(EX_ANTE) or 0.0:+.1f} per cent from the "
        f"{number(last.published, 1)} counted."
    )
    (early, checks), (late, again) = found.coverage(EX_ANTE), found.coverage(EX_POST)
    if checks:
        yield (
            f"Of the checks of every series the range holds {early} of {checks} ex ante and {late} of {again} ex post; "
            "it would hold four of five if all that is not known were in it."
        )
    if found.ahead is not None:
        yield ahead_words(found.ahead)


def _size(line: Line, method: str) -> float:
    return abs(line.forecasts[method].error(line.published))


def _figures(found: Past) -> Sheet:
    columns = (
        "", "date", "use", "published", NO_CHANGE, FIGURE_8, EX_ANTE, "range", "error", "inside", EX_POST, "range",
        "error", "inside",
    )  # fmt: skip
    rows, before = [], ""
    for line in found.lines:
        unit = line.target.unit
        name = line.series.words if line.series.id != before else ""
        before = line.series.id
        rows.append(
            (
                _label(line, name),
                _date(line),
                _USE.get(line.target.kind, line.target.kind),
                number(line.published, min(1.0, step_of(unit))),
                *(_plain(line, method) for method in (NO_CHANGE, FIGURE_8)),
                *(cell for method in (EX_ANTE, EX_POST) for cell in _cells(line, method)),
            )
        )
    return Sheet(columns, tuple(rows), "Every published figure, and what each method gives", words=3)


def _label(line: Line, name: str) -> str:
    """Words of a row: of the series in its first row, or of each row where they are of several things."""
    return line.target.description.partition(" (")[0] if len(_kinds(line)) > 1 else name


def _kinds(line: Line) -> set[str]:
    """Rows of a series that are of several things, told by their ids without the date."""
    return {name.rstrip("0123456789_") for name in line.series.rows}


def _date(line: Line) -> str:
    first, _, last = line.target.date.partition("/")
    if last:
        return f"{month_name(first[:7], short=True)} to {month_name(last[:7], short=True)}"
    return month_name(first[:7], short=True)


def _plain(line: Line, method: str) -> str:
    one = line.forecasts.get(method)
    return _NONE if one is None else number(one.value, step_of(line.target.unit))


def _cells(line: Line, method: str) -> tuple[str, str, str, str]:
    one = line.forecasts[method]
    step = step_of(line.target.unit)
    covers = one.covers(line.published)
    return (
        number(one.value, step),
        _NONE if one.low is None or one.high is None else interval(one.low, one.high, step),
        _error(line, method),
        _NONE if covers is None else "yes" if covers else "no",
    )


def _error(line: Line, method: str) -> str:
    error = line.forecasts[method].error(line.published)
    if line.target.unit == "percent":
        return f"{error:+.1f} pts"
    if line.target.unit in _STEPS:
        return f"{line.error_pct(method) or 0.0:+.1f}%"
    return f"{error:+.1f}"


def _with_range(one: Forecast, unit: str) -> str:
    step = step_of(unit)
    said = f"{number(one.value, step)} {unit}"
    return said if one.low is None or one.high is None else f"{said} ({interval(one.low, one.high, step)})"


def _scores(found: Past) -> Sheet:
    rows = [
        (
            one.method, one.dates, str(one.count), number(one.mean, 10, sign=True), number(one.absolute, 10),
            f"{one.absolute_pct:.1f}%", f"{one.worst_pct:.1f}%",
            _NONE if not one.intervals else f"{one.covered} of {one.intervals}",
        )
        for one in found.scores
    ]  # fmt: skip
    columns = ("method", "dates", "figures", "mean error", "mean size", "in per cent", "largest", "inside the range")
    return Sheet(columns, tuple(rows), f"{found.lines[0].series.words}: errors of each method (FTE)", words=2)


def _ahead(ahead: Ahead) -> Sheet:
    goal = float(ahead.target.value or 0.0)
    step = 50.0
    rows = [
        (
            month_name(month),
            number(one.value, step),
            _NONE if one.low is None or one.high is None else interval(one.low, one.high, step),
            number(goal, 5),
            number(one.value - goal, step, sign=True),
        )
        for month, one in zip(ahead.months, ahead.forecasts, strict=True)
    ]
    title = f"The view forward, scenario {ahead.folder.name}: probation officers in post against the target (FTE)"
    return Sheet(("", "in post", "range", "target", "differs"), tuple(rows), title)


def ahead_words(ahead: Ahead) -> str:
    """What the view forward says of the target, in a sentence."""
    goal = f"The view forward: the target of {number(float(ahead.target.value or 0.0), 5)} {ahead.target.unit}"
    middle, high, low = (ahead.first(end) for end in ("value", "high", "low"))
    last = month_name(ahead.months[-1])
    if all(one.low is None for one in ahead.forecasts):
        when = f"not reached by {last}" if middle is None else f"reached by {month_name(middle)}"
        return f"{goal} is {when}; one draw has no range."
    if middle is None and high is None:
        return f"{goal} is not reached by {last}, at the upper end of the range either."
    if middle is None:
        return f"{goal} is not reached by {last} in the middle; at the upper end it is by {month_name(str(high))}."
    said = f"{goal} is reached by {month_name(middle)} in the middle"
    if low is None:
        return f"{said}, and not by {last} at the lower end of the range."
    return f"{said}, by {month_name(low)} at the lower end of the range."


def _notes(found: Past, start: str) -> list[str]:
    folder = found.folders[EX_ANTE]
    notes = [
        f"Ex ante: only what was known in {start}. Ex post: what happened since as dated inputs. Both start from the "
        "same people and staff. Published figures enter only where `use` says so, and only ex post; ex ante none does.",
        f"No change: the figure of {start}, held. Figure 8: the method of the National Audit Office (notes 3 to 7 of "
        "the figure), on the same intakes and leaving rates.",
    ]
    if folder.draws > 1:
        notes.append(
            f"Range: 10th to 90th percentile of {folder.draws} draws of the assumptions that carry a range; the figure "
            "is the middle one. "
            "Staff are rounded to 10 FTE, people to 100."
        )
    else:
        notes.append("No range: one draw, with every assumption at its central value; add `--draws 10`.")
    notes += [f"{one.words}: {one.why}" for one in dict.fromkeys(line.series for line in found.lines) if one.why]
    return [*notes, *_misses(found)]


def _misses(found: Past) -> Iterator[str]:
    """Why figures are missed ex post; those of one thing with one reason in one sentence."""
    together: dict[tuple[str, str], list[Line]] = {}
    for line in found.lines:
        if _outside(line):
            together.setdefault((line.target.description, line.target.explain), []).append(line)
    for (words, because), lines in together.items():
        dates = ", ".join(f"{_date(line)} {_error(line, EX_POST)}" for line in lines)
        yield f"Missed ex post: {words} ({dates})" + (f": {because}" if because else ".")


def _outside(line: Line) -> bool:
    most = allowed(line.target)
    return most is not None and abs(line.forecasts[EX_POST].error(line.published)) > most


def _records(found: Past) -> Iterator[dict[str, Value]]:
    for line in found.lines:
        yield {
            "table": "figures",
            "series": line.series.id,
            "id": line.target.id,
            "date": line.target.date,
            "unit": line.target.unit,
            "use": line.target.kind,
            "published": line.published,
            **{
                f"{_column(method)}{name}": value
                for method in METHODS
                for name, value in _values(line, method).items()
            },
        }
    blank = dict.fromkeys(f"{_column(method)}{name}" for method in METHODS for name in _ENDINGS)
    for one in found.scores:
        yield _score_record(one, blank)
    if found.ahead is not None:
        goal = found.ahead.target.value
        for month, ahead in zip(found.ahead.months, found.ahead.forecasts, strict=True):
            yield {
                "table": "forward", "series": "forward", "id": found.ahead.target.id, "date": month, "unit": "FTE",
                "use": found.ahead.folder.name, "published": goal, **blank,
                "ex_post": to_step(ahead.value, 50.0), "ex_post_low": _stepped(ahead.low, 50.0),
                "ex_post_high": _stepped(ahead.high, 50.0),
            }  # fmt: skip


def _values(line: Line, method: str) -> dict[str, Value]:
    one = line.forecasts.get(method)
    if one is None:
        return dict.fromkeys(_ENDINGS)
    step = step_of(line.target.unit)
    covers = one.covers(line.published)
    cells: Sequence[Value] = (
        to_step(one.value, step), _stepped(one.low, step), _stepped(one.high, step),
        to_step(one.error(line.published), step), None if covers is None else int(covers),
    )  # fmt: skip
    return dict(zip(_ENDINGS, cells, strict=True))


def _stepped(value: float | None, step: float) -> Value:
    return None if value is None else to_step(value, step)


def _score_record(one: Score, blank: dict[str, Value]) -> dict[str, Value]:
    mine = _column(one.method)
    return {
        "table": "errors", "series": one.dates, "id": one.method, "date": "", "unit": "FTE", "use": "mean size",
        "published": None, **blank, mine: to_step(one.absolute, 10.0), f"{mine}_error": to_step(one.mean, 10.0),
        f"{mine}_inside": one.covered if one.intervals else None,
    }  # fmt: skip
