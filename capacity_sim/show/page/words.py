"""What a report says in sentences: the answer in five lines, who is exposed, quality, what is left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

from capacity_sim.analysis.dossier import Dossier
from capacity_sim.analysis.exposure import MONTHS_A_YEAR
from capacity_sim.analysis.from_draws import FEWEST, Drawn
from capacity_sim.analysis.headline import TOTAL
from capacity_sim.analysis.recorded import Recorded
from capacity_sim.analysis.spread import RangeKind
from capacity_sim.catalogue import load
from capacity_sim.runs import identity
from capacity_sim.runs.schema import ILLUSTRATIVE
from capacity_sim.show import words
from capacity_sim.show.doubt import share_words, size
from capacity_sim.show.rounding import staff_step
from capacity_sim.show.sheet import interval, number, significant, small

#: what no run of the model holds, whatever its scenario
LEFT_OUT = (
    "Reoffending, harm, and any effect of contact on them: people's risk does not change while they are supervised.",
    "Any effect of workload on leaving, sickness, recalls, breach or quality.",
    "Work of prisons, approved premises, headquarters and contracted services; travel; waits shorter than a week.",
    "What carries no range: the start, lengths of sentences, and each area's total of timings, which is held at "
    "published staffing. So ranges are narrower than what is not known.",
)
#: what the readings of a rollout mean, by the end of their names
_ROLLED = {
    "strength": "Strength of {}: 1 is as written.",
    "slip": "Months by which {} comes late.",
    "rollout": "Months over which {} is phased in.",
}
HOLDS, NOTE, CARE = "holds", "note", "with care"


def step_of(found: Dossier) -> int:
    """Rounding of staff (FTE)."""
    return staff_step(found.total("required_fte")[0])


def finer(step: float, largest: float) -> float:
    """Rounding of a difference: finer than that of levels where it would vanish."""
    return step if abs(largest) >= 5 * step else max(step / 10, 0.1)


def ranged(values: tuple[float, float, float], step: float, sign: bool = False) -> str:
    """Figure with its range in brackets, where it has one.

    Examples
    --------
    >>> ranged((1234.0, 1150.0, 1310.0), 50), ranged((-60.0, float("nan"), float("nan")), 1, sign=True)
    ('1,250 (1,150 to 1,300)', '-60')
    >>> ranged((0.3, 0.1, 0.8), 1)
    'less than 1 (0 to 1)'
    """
    span = interval(values[1], values[2], step, sign)
    middle = number(values[0], step, sign) if sign else small(values[0], step)
    return middle + (f" ({span})" if span else "")


def five_lines(found: Dossier) -> list[str]:
    """The answer: needed, there, missing, where, and what is not done."""
    step, subject = step_of(found), found.subject
    month, area = words.month_name(found.month), words.area_name(found.area).lower()
    timing = words.BASES[subject.timing_basis].partition(" (")[0]
    needed, gap = found.total("required_fte"), found.total("gap_fte")
    more = "fewer than needed" if gap[0] >= 0 else "more than needed"
    share = f" ({share_words(size(found.headline.share('gap_fte')), 'the staff needed')})" if needed[0] > 0 else ""
    lines = [
        f"In {month} {ranged(needed, step)} full-time equivalent staff (FTE) are needed in {area} on {timing}.",
        f"{ranged(found.total('in_post_fte'), step)} are in post and {ranged(found.total('available_fte'), step)} "
        f"available: {ranged(size(gap), step)} {more}{share}.",
    ]
    if found.comparisons:
        change = found.difference("gap_fte")
        fine = finer(step, change[0])
        verb = "lowers" if change[0] < 0 else "raises"
        lines.append(
            f"{subject.name} {verb} the gap by {ranged(size(change), fine)} FTE beside {found.base.name}; such a "
            "paired difference is surer than a level."
        )
    else:
        lines.append(_over_time(found, step))
    lines += [_where(found, step), _not_done(found)]
    return lines


def _over_time(found: Dossier, step: int) -> str:
    moved = found.headline.moved
    if moved.empty:
        return "The run is too short to say how the gap moves."
    change = (float(moved["central"].iloc[0]), float(moved["low"].iloc[0]), float(moved["high"].iloc[0]))
    way = "falls" if change[0] < 0 else "grows"
    first = words.month_name(str(found.headline.years["month"].min()))
    by = ranged(size(change), finer(step, change[0]))
    return f"From {first} to {words.month_name(found.month)} the gap {way} by {by} FTE."


def _where(found: Dossier, step: int) -> str:
    frame = found.headline.staff
    grades = frame[(frame["measure"] == "gap_fte") & (frame["grade"] != TOTAL)].sort_values("central")
    worst = grades.iloc[-1]
    text = f"The largest gap of a grade is {words.GRADES.get(str(worst['grade']), str(worst['grade']))}: "
    text += f"{ranged((worst['central'], worst['low'], worst['high']), step)} FTE"
    if len(found.regions) > 1:
        ordered = found.regions.sort_values("share")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        text += (
            f"; by region it goes from {_share(low, 'the staff needed')} ({low['region']}), to {_share(high)} "
            f"({high['region']})"
        )
    return text + "."


def _share(line: pd.Series, of: str = "") -> str:
    return share_words((line["share"], line["share_low"], line["share_high"]), of)


def _not_done(found: Dossier) -> str:
    work = found.headline.work.set_index("measure")
    lost, due = work.loc["work_not_done"], float(work.loc["work_due", "central"])
    span = _span(found.headline.year)
    share = f" ({share_words(found.headline.share('work_not_done'), 'what fell due', 0.1)})" if due > 0 else ""
    months = _exposed(found)
    pieces = ranged((lost["central"], lost["low"], lost["high"]), significant([float(lost["central"])]))
    return (
        f"In {span} {pieces} pieces of work are not done{share}, and people in the community spend "
        f"{ranged(months, significant([months[0]]))} months on a sentence without contact."
    )


def _span(months: tuple[str, ...]) -> str:
    last = words.month_name(months[-1])
    return f"the year to {last}" if len(months) == MONTHS_A_YEAR else f"the {len(months)} months to {last}"


def _exposed(found: Dossier) -> tuple[float, float, float]:
    """Months without contact over all risks; ends are added up, which makes the range a little wide."""
    frame = found.exposure.frame
    mine = frame[(frame["scenario"] == found.subject.name) & (frame["row"] == "level")]
    known = bool(len(mine)) and bool(mine[["low", "high"]].notna().all(axis=None))
    low, high = (float(mine[key].sum()) if known else math.nan for key in ("low", "high"))
    return float(mine["central"].sum()), low, high


def quality(found: Dossier) -> list[tuple[str, str, str]]:
    """What was checked and how it stands: subject, state, and words."""
    subject, installed = found.subject, identity.versions()
    made = subject.question["versions"]
    rows = [("Files", HOLDS, "Size and hash of every file of every run are as they were written.")]
    if len(found.folders) > 1:
        same = "The runs share data, version, seed, draws, horizon and place, so differences are paired."
        rows.append(("Pairing", HOLDS, same))
    if made["model"] == installed["model"]:
        rows.append(("Rules", HOLDS, f"Made with the rules installed here ({made['model']})."))
    else:
        text = f"Made with rules {made['model']}; installed here are {installed['model']}. Run again for the newest."
        rows.append(("Rules", CARE, text))
    rows.append(_ranges(found))
    counts = {key: 0 for key in ("red", "amber", "green")}
    for key, many in found.recorded[-1].qualities.items():
        counts[key] = counts.get(key, 0) + many
    if found.recorded[-1].changes:
        text = ", ".join(f"{many} {key}" for key, many in counts.items())
        state = CARE if counts["red"] else NOTE
        rows.append(("Changes of the scenario", state, f"Quality of the {sum(counts.values())} changes: {text}."))
    rows.append(_review(found))
    if subject.own_words:
        rows.append(("Own data", NOTE, subject.own_words))
    if subject.illustrative:
        what = "Other regional" if subject.own_words else "Regional"
        rows.append(("Regions and units", CARE, f"{what} figures rest on an assumed split. {ILLUSTRATIVE}"))
    text = "Nobody outside the project has assured it. `capacity-sim validate` holds a run against published figures."
    rows.append(("Independent assurance", CARE, text))
    return rows


def _ranges(found: Dossier) -> tuple[str, str, str]:
    kind, folder = found.headline.kind, found.subject
    if kind is RangeKind.DRAWS:
        state = HOLDS if folder.draws >= 20 else CARE
        return "Ranges", state, f"{folder.draws} draws of the uncertain assumptions, {folder.reps} of chance in each."
    if kind is RangeKind.CHANCE:
        return "Ranges", CARE, f"Chance only ({folder.reps} replications): no assumption was varied."
    return "Ranges", CARE, "None: every assumption has its central value. Add `--draws 20`."


def _review(found: Dossier) -> tuple[str, str, str]:
    finished = finished_on(found)
    due = {one.name: one.review_by for one in found.recorded if one.review_by is not None}
    late = [f"{name} ({day})" for name, day in due.items() if finished and day < finished]
    if late:
        return "Review", CARE, f"Due for review before the run was made: {', '.join(late)}."
    said = ", ".join(f"{name} by {day}" for name, day in due.items()) or "no scenario says when"
    return "Review", HOLDS, f"To be read again: {said}."


def finished_on(found: Dossier) -> date | None:
    """Day on which the last of the runs was finished."""
    days = [str(folder.manifest.get("timings", {}).get("finished", "")) for folder in found.folders]
    return max((date.fromisoformat(text[:10]) for text in days if text), default=None)


def left_out(found: Dossier) -> list[str]:
    """What the scenarios and the model leave out, each once."""
    said = [line for one in found.recorded for line in one.not_modelled]
    return list(dict.fromkeys([*said, *LEFT_OUT]))


def drivers_sentence(found: Dossier) -> str:
    """What can be said of what drives the answer, from the draws at hand."""
    draws, name = found.subject.draws, found.subject.name
    if draws < FEWEST:
        return (
            f"{draws} {'draw is' if draws == 1 else 'draws are'} too few to tell chance from cause, so nothing is said "
            f"of what drives the answer: it takes {FEWEST} (`--draws 20` tells more), or "
            f"`capacity-sim sensitivity {name}`."
        )
    if all(one.frame.empty for one in found.drivers):
        return "No assumption of these runs carries a range, so none can be said to drive the answer."
    parts = [_beyond(one) for one in found.drivers]
    more = f"`capacity-sim sensitivity {name}` settles it with runs of its own."
    return f"{' '.join(parts)} Read off {draws} draws; {more}"


def _beyond(one: Drawn) -> str:
    """Assumptions that go with an output beyond chance, and how many cannot be told apart from it."""
    what = f"the difference from {one.less}" if one.less else "the gap"
    names = list(one.frame[one.frame["beyond"].astype(bool)]["id"])
    others = len(one.frame) - len(names)
    if not names:
        return f"None of the {others} uncertain assumptions stands out beyond chance in {what}."
    rest = f"; the other {others} cannot be told apart from it" if others else ""
    return f"Beyond chance in {what}: {', '.join(names)}{rest}."


def input_words(name: str, scenarios: Sequence[Recorded] = ()) -> str:
    """What an uncertain input means: a parameter, one that a change sets, or how a part comes.

    Parameters
    ----------
    name : str
        A parameter with its cells, the id of a change, or a part with what of its rollout is meant.
    scenarios : sequence of Recorded
        Scenarios whose changes are known.

    Examples
    --------
    >>> input_words("reset:slip"), input_words("staff.leaving.annual_rate[grade=PO]")
    ('Months by which reset comes late.', 'Hazard of leaving the service, mean over those in post at the start.')
    """
    part, _, key = name.rpartition(":")
    if part and key in _ROLLED:
        return _ROLLED[key].format(part)
    path = next((str(one.changes[name]["path"]) for one in reversed(scenarios) if name in one.changes), name)
    spec = load().parameters.get(path.partition("[")[0])
    return spec.words if spec else ""
