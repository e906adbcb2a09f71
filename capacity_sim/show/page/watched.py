"""Thresholds of a report: how surely each is met, when, what moved it and who acts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capacity_sim.analysis.dossier import Dossier
from capacity_sim.analysis.kept_thresholds import FILE, Kept
from capacity_sim.runs.store import RunFolder
from capacity_sim.show import threshold_file, words
from capacity_sim.show.amounts import plain
from capacity_sim.show.breached import met, moved_by, movers_shown, movers_wanted, step_of_levels
from capacity_sim.show.sheet import Sheet


@dataclass(frozen=True)
class Levels:
    """Thresholds as the page shows them.

    Parameters
    ----------
    said : tuple of str
        A sentence on each.
    met, moved : Sheet
        How surely and when each level is met, and what moved it; no rows where nobody asked what did.
    notes : tuple of str
        How to read them.
    """

    said: tuple[str, ...]
    met: Sheet
    moved: Sheet
    notes: tuple[str, ...]


def levels(found: Dossier) -> Levels:
    """Thresholds of the run that a report is about.

    Parameters
    ----------
    found : Dossier
        What is said.
    """
    subject = found.subject
    thresholds = threshold_file.kept_or_found(subject)
    runs = subject.draws * subject.reps
    columns = ("Threshold", "Watches", "At", "Months in a row", "Probability" if runs > 1 else "Met", "First met")
    rows = [
        (f"{one.name}, {breach.level}", one.metric, plain(at), str(one.months), *met(breach, runs))
        for one in thresholds
        for breach, at in zip(one.breaches, one.at, strict=True)
    ]
    moved = [row for one in thresholds for row in _moved(one)]
    headings = ("Threshold", "In", "Change", "Moves it by", "Red without it")
    return Levels(
        tuple(_sentence(one, runs) for one in thresholds),
        Sheet(columns, tuple(rows), words=2),
        Sheet(headings, tuple(moved), words=3),
        tuple(_notes(subject, thresholds)),
    )


def _sentence(one: Kept, runs: int) -> str:
    worst = one.worst
    moved = ""
    if one.movers:
        most, month = one.movers[0], words.month_name(one.month)
        by = f"{moved_by(most, step_of_levels(one.unit, one.at))} {one.unit}"
        moved = f"; moved most by `{most.name}`, {by} in {month}" if most.moves else "; no change moves it"
    if not worst.share:
        return f"`{one.name}`: green throughout{moved}."
    chance, when = met(worst, runs)
    how = f"{worst.level} in {chance} of the runs" if runs > 1 else f"{worst.level} in this run"
    first = f", first met in {when}" if when != "-" else ""
    return f"`{one.name}`: {how}{first}{moved}. {one.owner}: {one.action}"


def _moved(one: Kept) -> list[tuple[str, ...]]:
    step = step_of_levels(one.unit, one.at)
    month = words.month_name(one.month, short=True) if one.month else ""
    return [
        (one.name, month, each.name, f"{moved_by(each, step)} {one.unit}", f"{each.share_without:.0%}")
        for each in movers_shown(one.movers, step)
    ]


def _notes(subject: RunFolder, thresholds: Sequence[Kept]) -> list[str]:
    runs, draws = subject.draws * subject.reps, max(one.draws for one in thresholds)
    said = [
        "A level is met at the end of so many months in a row on its wrong side. "
        + (
            "First met is the middle month, with the 10th to 90th percentile over all runs, those that never meet it "
            "included."
            if runs > 1
            else "One draw has no probability: add `--draws 20`."
        )
    ]
    if draws:
        over = "" if subject.draws == 1 else f", over {draws} draws"
        said.append(f"Moves it by: the run with a change less the run without it, in the month named{over}.")
    else:
        said.append(movers_wanted(subject.name))
    return [*said, *([f"From `{FILE}` in the folder of {subject.name}."] if (subject.path / FILE).exists() else [])]
