"""The file beside the results of a run that says which thresholds it meets, so that every run folder can have it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from capacity_sim.analysis.breaches import Watched
from capacity_sim.analysis.kept_thresholds import FILE, Kept, from_folder, kept_thresholds, read_kept
from capacity_sim.data.thresholds import Thresholds, read_thresholds
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.writer import write_whole
from capacity_sim.show import sheet
from capacity_sim.show.breached import breached_report, kept_movers, movers_wanted, thresholds_words


def write(folder: RunFolder, found: Sequence[Watched], again: int = 0) -> None:
    """Write the thresholds that a run meets beside its results.

    Parameters
    ----------
    folder : RunFolder
        The run.
    found : sequence of Watched
        The thresholds over it.
    again : int
        Draws behind what moved each; 0 where nobody asked.

    Raises
    ------
    RunError
        When nothing can be written there.
    """
    write_whole(folder.path / FILE, _text(folder, found, again), folder.path.parent)


def ensure(folder: RunFolder) -> None:
    """Write the shipped thresholds that a run meets, unless its folder says already which it meets.

    What moved each most takes runs of its own: `run`, and `thresholds` of a run in Python, find it.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    RunError
        When nothing can be written there.
    """
    if not (folder.path / FILE).exists():
        write(folder, from_folder(folder, read_thresholds().each))


def kept_or_found(folder: RunFolder) -> tuple[Kept, ...]:
    """Thresholds that a run meets as its folder says; the shipped ones where it says nothing. Nothing is written.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    RunError
        When the file is not as `run` writes it.
    """
    if (folder.path / FILE).exists():
        return kept_thresholds(folder)
    return read_kept(_text(folder, from_folder(folder, read_thresholds().each), 0))


def report(folder: RunFolder, wanted: Thresholds) -> sheet.Report:
    """Table of the thresholds that a finished run meets, with what moved them where that was found already.

    Parameters
    ----------
    folder : RunFolder
        The run.
    wanted : Thresholds
        The thresholds.
    """
    found, again = from_folder(folder, wanted.each), 0
    with suppress(OSError):  # what moved them is left out where it is not there, or cannot be read
        found, again = kept_movers(found, (folder.path / FILE).read_text(encoding="utf-8"))
    table = _table(folder, found, again, thresholds_words(wanted))
    if any(one.movers for one in found):
        return table
    return replace(table, notes=(*table.notes, movers_wanted(folder.name)))


def _text(folder: RunFolder, found: Sequence[Watched], again: int) -> str:
    return sheet.to_csv([_table(folder, found, again)])


def _table(folder: RunFolder, found: Sequence[Watched], again: int, source: str = "") -> sheet.Report:
    return breached_report(
        found, name=folder.name, place=folder.place, draws=folder.draws, reps=folder.reps, source=source, again=again
    )
