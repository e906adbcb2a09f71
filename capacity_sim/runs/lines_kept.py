"""Keeps of each run a few outputs month by month, so that when a level is passed can be asked of many runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.runs.coalitions import DELIVERED
from capacity_sim.runs.lines import Line, values_of
from capacity_sim.runs.tidy import tidy

if TYPE_CHECKING:
    from capacity_sim.model.result import RunResult

FORMAT = 1
#: hidden, as `run` makes it too, and a shell that names `runs/*` means run folders
FOLDER = ".lines"


@dataclass(frozen=True)
class Lines:
    """Outputs of one replication by month.

    Parameters
    ----------
    months : tuple of str
        Calendar months.
    lines : mapping of Line to float array (month,)
        In the unit of the measure.
    """

    months: tuple[str, ...]
    lines: Mapping[Line, npt.NDArray[np.float64]]


def needs_desks(lines: Sequence[Line]) -> bool:
    """Whether one of some outputs needs officers at their desks.

    Examples
    --------
    >>> needs_desks([Line("gap_fte")]), needs_desks([Line("backlog_hours")])
    (False, True)
    """
    outputs = load_catalogue().outputs
    specs = [outputs[line.measure] for line in lines]
    return any({spec.name, spec.numerator, spec.denominator} & DELIVERED for spec in specs)


@dataclass(frozen=True)
class KeepsLines:
    """Keeps some lines of each run; a folder of their own says which.

    Parameters
    ----------
    lines : tuple of Line
        The lines.
    """

    lines: tuple[Line, ...]

    @property
    def folder(self) -> str:
        """Name of the folder of these lines among the run folders."""
        text = ";".join(line.text for line in sorted(self.lines))
        return f"{FOLDER}/{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    def of(self, result: RunResult, draw: int, rep: int) -> Lines:
        """Lines of a replication."""
        by_piece = any(line.measure.startswith(("work_", "hours_not_done")) for line in self.lines)
        rows = tidy(result if by_piece else _without_pieces(result), load_catalogue(), draw, rep)
        frame = rows.unify_dictionaries().to_pandas()
        return Lines(result.months, {line: values_of(frame, result.months, line) for line in self.lines})

    def to_json(self, found: Lines) -> dict[str, Any]:
        """Plain data of lines."""
        lines = {line.text: [float(value) for value in values] for line, values in found.lines.items()}
        return {"format": FORMAT, "months": list(found.months), "lines": lines}

    def from_json(self, content: Mapping[str, Any]) -> Lines:
        """Lines from plain data; raises ValueError or KeyError when they are of another form."""
        if content["format"] != FORMAT:
            message = f"format {content['format']} is not {FORMAT}"
            raise ValueError(message)
        values = {line: np.array(content["lines"][line.text], dtype=np.float64) for line in self.lines}
        return Lines(tuple(content["months"]), values)


def _without_pieces(result: RunResult) -> RunResult:
    """A result without pieces of work, so that their rows, which are most, are never made."""
    return replace(
        result,
        activity=np.zeros_like(result.activity),
        activity_lapsed_minutes=np.zeros_like(result.activity_lapsed_minutes),
    )
