"""The file beside the results of a run that says which thresholds it meets, so that every run folder can have it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from capacity_sim.analysis.breaches import Watched
from capacity_sim.analysis.kept_thresholds import FILE, Kept, from_folder, kept_thresholds, read_kept
from capacity_sim.data.thresholds import Thresholds, read_thresholds
from capacity_sim.runs.store import RunFolder
from capacity_sim.runs.writer import write_whole
from capacity_sim.show import sheet
from capacity_sim.show.breached import breached_report, has_movers, kept_movers, movers_wanted, says, thresholds_words


@dataclass(frozen=True)
class Beside:
    """File beside the results of a run that says which thresholds it meets.

    Parameters
    ----------
    folder : RunFolder
        The run.
    """

    folder: RunFolder

    @property
    def there(self) -> bool:
        """Whether there is a file."""
        return (self.folder.path / FILE).exists()

    @property
    def text(self) -> str:
        """Its text; empty where there is none, or it cannot be read."""
        with suppress(OSError, UnicodeDecodeError):
            return (self.folder.path / FILE).read_text(encoding="utf-8")
        return ""

    @property
    def has_movers(self) -> bool:
        """Whether it says what moved thresholds."""
        return has_movers(self.text)

    def says(self, found: Sequence[Watched]) -> bool:
        """Whether it has these thresholds as they are found, and no others."""
        return says(self.text, found)

    def with_movers(self, found: Sequence[Watched]) -> tuple[list[Watched], int]:
        """Thresholds with what moved them where it says so, and the draws behind that; 0 for none."""
        return kept_movers(found, self.text)

    def write(self, found: Sequence[Watched], again: int) -> None:
        """Write thresholds, and the draws behind what moved them; raises RunError where nothing can be written."""
        write_whole(self.folder.path / FILE, _text(self.folder, found, again), self.folder.path.parent)


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
    if Beside(folder).there:
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
    found, again = Beside(folder).with_movers(from_folder(folder, wanted.each))
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
