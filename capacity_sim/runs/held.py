"""A finished run of which some rows lie in memory: whoever asks a run many questions reads its file once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from capacity_sim.catalogue import load
from capacity_sim.runs.store import MONTHLY, RunFolder, Where, chosen_among

#: rows of a run from which all are left on disk: those of 100 draws of the nation over five years
_MOST = 100_000_000


@dataclass(frozen=True)
class HeldRun(RunFolder):
    """A run whose rows of some measures, in one area of work and in none, lie in memory; `held` makes one.

    It answers as the run does: what is not in memory is read from the file.

    Parameters
    ----------
    rows : pyarrow.Table
        The rows.
    held : frozenset of str
        Measures of the rows.
    everywhere : frozenset of str
        Those of them of which rows of every area are there.
    area : str
        Area of the others.
    """

    rows: pa.Table = field(default_factory=lambda: pa.table({}), repr=False)
    held: frozenset[str] = frozenset()
    everywhere: frozenset[str] = frozenset()
    area: str = ""

    def parts(self, measures: Sequence[str] | None, where: Where, units: bool = False) -> list[pa.Table]:
        """Monthly rows, from memory where they are there, else from the file."""
        if measures is None or units:
            return super().parts(measures, where, units)
        here = [one for one in measures if self._has(one, where)]
        rest = [one for one in measures if one not in here]
        parts = [chosen_among(self.rows, {**where, "measure": here}, units)] if here else []
        return [*parts, *super().parts(rest, where, units)] if rest else parts

    def _has(self, measure: str, where: Where) -> bool:
        """Whether all rows of a measure that are asked for lie in memory."""
        if measure not in self.held:
            return False
        asked = where.get("area")
        names = load().outputs[measure].areas if asked is None else (asked,) if isinstance(asked, str) else asked
        return measure in self.everywhere or set(names) <= {self.area, None}


def held(folder: RunFolder, measures: Iterable[str], area: str, everywhere: Iterable[str] = ()) -> RunFolder:
    """A run with rows of some measures in memory.

    Parameters
    ----------
    folder : RunFolder
        The run.
    measures : iterable of str
        Outputs of which many questions are asked.
    area : str
        Area of work that they are asked of; rows without an area are kept too.
    everywhere : iterable of str
        Outputs of which rows of every area are kept.

    Notes
    -----
    A run of so many rows that some of them would fill the memory is given back as it is.
    """
    if pq.read_metadata(folder.path / MONTHLY).num_rows > _MOST:
        return folder
    whole = frozenset(everywhere)
    names = frozenset(measures) | whole
    tables = [
        *folder.parts(sorted(names - whole), {"area": [area, None]}),
        *folder.parts(sorted(whole), {}),
    ]
    rows = pa.concat_tables(tables).unify_dictionaries()
    return HeldRun(folder.path, folder.manifest, rows, names, whole, area)
