"""Thresholds that a finished run meets, from its results or from the file beside them; read without the model."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.breaches import Breach, Mover, Name, Watched, names_of, watched
from capacity_sim.catalogue import load
from capacity_sim.data.thresholds import LEVELS, Threshold
from capacity_sim.errors import Fault, RunError, shown_path
from capacity_sim.runs.lines import Line, values_of
from capacity_sim.runs.store import RunFolder

Array = npt.NDArray[np.float64]

#: file of a run folder that says what thresholds it meets
FILE = "thresholds.csv"
_STATED = ("required_fte", "shortfall_fte", "gap_fte")


@dataclass(frozen=True)
class Kept:
    """A threshold as the file of a run has it.

    Parameters
    ----------
    name, metric, unit : str
        What it is called, what it watches in words, and the unit of what moves it.
    months : int
        Months in a row that count.
    at : tuple of float
        Amber and red.
    breaches : tuple of Breach
        How surely and when each is met.
    owner, action : str
        Who acts, and how.
    month : str
        The month in which movers are looked at; empty where nobody asked.
    draws : int
        Draws behind the movers.
    movers : tuple of Mover
        What the changes of the scenario do, most first.
    """

    name: str
    metric: str
    unit: str
    months: int
    at: tuple[float, float]
    breaches: tuple[Breach, Breach]
    owner: str
    action: str
    month: str
    draws: int
    movers: tuple[Mover, ...]

    @property
    def worst(self) -> Breach:
        """Red where any run meets it, else amber."""
        amber, red = self.breaches
        return red if red.share else amber


def kept_thresholds(folder: RunFolder) -> tuple[Kept, ...]:
    """Thresholds that a finished run meets; none where the run was made without them.

    Parameters
    ----------
    folder : RunFolder
        The run.

    Raises
    ------
    RunError
        When the file is not as `run` writes it.
    """
    path = folder.path / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    try:
        return read_kept(text)
    except (KeyError, ValueError, TypeError) as problem:
        hint = f"`capacity-sim run {folder.name}` with the same options writes it again; the results are kept"
        message = f"{FILE} is not as `run` writes it"
        raise RunError(Fault("not-thresholds", message, shown_path(path), hint=hint)) from problem


def read_kept(text: str) -> tuple[Kept, ...]:
    """Thresholds from the text of the file; raises KeyError, ValueError or TypeError for another text."""
    rows = list(csv.DictReader(io.StringIO(text)))
    names = dict.fromkeys(row.get("threshold") or "" for row in rows) or {"": None}
    return tuple(_kept([row for row in rows if row["threshold"] == name]) for name in names)


def _kept(rows: list[dict[str, str]]) -> Kept:
    levels = {row["level"]: row for row in rows if row["row"] == "level"}
    amber, red = (levels[name] for name in LEVELS)
    movers = [row for row in rows if row["row"] == "mover"]
    breaches = tuple(
        Breach(name, float(row["probability"]), row["first"], row["first_low"], row["first_high"])
        for name, row in zip(LEVELS, (amber, red), strict=True)
    )
    return Kept(
        red["threshold"], red["metric"], red["unit"], int(red["dwell_months"]), (float(amber["at"]), float(red["at"])),
        (breaches[0], breaches[1]), red["owner"], red["action"],
        movers[0]["month"] if movers else "", int(movers[0]["draws"]) if movers else 0,
        tuple(kept_mover(row) for row in movers),
    )  # fmt: skip


def kept_mover(row: Mapping[str, str]) -> Mover:
    """What a change does to a threshold, from a row of the file; raises KeyError or ValueError for another row."""
    numbers = (float(row[key]) for key in ("effect", "effect_low", "effect_high", "probability"))
    return Mover(row["change"], *numbers)


def lines_of(thresholds: Sequence[Threshold], basis: str) -> dict[Name, Line]:
    """Lines that some thresholds need.

    Parameters
    ----------
    thresholds : sequence of Threshold
        The thresholds.
    basis : str
        Timing basis, for outputs that are stated on one.
    """
    names = sorted({name for one in thresholds for name in names_of(one)})
    return {name: Line(*name, basis if name[0] in _STATED else "") for name in names}


def from_folder(folder: RunFolder, thresholds: Sequence[Threshold]) -> list[Watched]:
    """How surely and when thresholds are met in a finished run.

    Parameters
    ----------
    folder : RunFolder
        The run.
    thresholds : sequence of Threshold
        The thresholds.
    """
    runs = in_folder(folder, lines_of(thresholds, folder.timing_basis))
    return [watched(one, folder.months, runs) for one in thresholds]


def in_folder(folder: RunFolder, lines: Mapping[Name, Line]) -> list[dict[Name, Array]]:
    """Values by month of each replication of a finished run, in the order of draws and replications."""
    outputs = load().outputs
    measures: set[str] = set()
    for name in lines:
        spec = outputs[name[0]]
        measures |= {one for one in (spec.name, spec.numerator, spec.denominator) if one}
    table = folder.table(sorted(measures))
    return [
        {name: values_of(rows, folder.months, line) for name, line in lines.items()}
        for _, rows in table.groupby(["draw", "rep"], observed=True)
    ]
