"""The commands `reconcile` and `calibrate`: what the fit gives, as a table and as a data file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capacity_sim.cli.guard import say
from capacity_sim.cli.output import progress
from capacity_sim.errors import Fault, UsageError, shown_path
from capacity_sim.show.reconciled import fitted_report, reconcile_report
from capacity_sim.show.sheet import Report

if TYPE_CHECKING:
    import pandas as pd

    from capacity_sim.data.values import BaselineValue

FITTED, COPING = "calibrated.yaml", "delivery.yaml"
_HEAD = "# Written by `capacity-sim calibrate`: values fitted to published figures, and to which.\n"
_COPING_HEAD = (
    "# Written by `capacity-sim calibrate --delivery`: how units cope, fitted to published figures, and to which.\n"
)
_PLAIN = re.compile(r"[\w.(][\w .;()/+-]*")
_WRITTEN = ("value", "range", "source", "as_of", "basis", "quality", "why")


def reconcile(data: str, workers: int | None, quiet: bool) -> Report:
    """Table of simulated beside published need."""
    threads = _threads(workers)
    from capacity_sim.analysis import calibration
    from capacity_sim.runs.replication import load_data

    dataset = load_data(data)
    with progress(quiet):
        frame = calibration.reconcile(dataset, threads=threads)
    return reconcile_report(frame, dataset.title)


def calibrate(data: str, workers: int | None, quiet: bool, delivery: bool = False) -> Report:
    """Fit, write the fitted values into the data set, and give the table of what was fitted to what."""
    threads = _threads(workers)
    from capacity_sim.analysis import calibration, coping
    from capacity_sim.runs.replication import load_data

    dataset = load_data(data)
    with progress(quiet):
        frame = coping.fit(dataset, threads) if delivery else calibration.calibrate(dataset, threads=threads)
    path = dataset.folder / (COPING if delivery else FITTED)
    frame = _own(frame, dataset.values, path)
    write_fitted(frame, path, _COPING_HEAD if delivery else _HEAD)
    if not quiet:
        say(f"wrote {shown_path(path)}")
    return fitted_report(frame, dataset.title)


def _own(frame: pd.DataFrame, held: Iterable[BaselineValue], path: Path) -> pd.DataFrame:
    """Fitted values that the set's own file holds; a set on a base leaves the others as the base has them."""
    others = {
        (one.path, tuple(sorted((dim, *cells) for dim, cells in one.where.items())))
        for one in held
        if Path(one.file).resolve() != path.resolve()
    }
    cells = [
        (row["path"], tuple(sorted((dim, cell) for dim, cell in row["where"].items())))
        for row in frame.to_dict("records")
    ]
    mine = frame[[cell not in others for cell in cells]]
    if mine.empty:
        message = f"every value that would be fitted comes from another file than `{shown_path(path)}`"
        raise UsageError(Fault("nothing-to-fit", message, hint="calibrate the data set that holds the file"))
    return mine


def _threads(workers: int | None) -> int:
    if workers is not None and workers < 1:
        raise UsageError(Fault("too-few", f"{workers} workers is less than one", hint="give 1 or more"))
    return workers or os.cpu_count() or 1


def write_fitted(frame: pd.DataFrame, path: Path, head: str = _HEAD) -> None:
    """Write fitted values as a file of baseline values, whole or not at all.

    Parameters
    ----------
    frame : pandas.DataFrame
        A line for each value, in the form of a data file: path, where (a mapping), value, source, as_of,
        basis, quality, why, and range if it has one.
    path : Path
        The file.
    head : str
        Its first line.
    """
    from capacity_sim.runs.writer import write_whole

    write_whole(path, head + "".join(_entry(line) for line in frame.to_dict("records")), make_folder=False)


def _entry(line: Mapping[Any, Any]) -> str:
    """Entry of a data file; JSON scalars are YAML scalars."""
    where = line.get("where") or {}
    first = [f"path: {line['path']}"]
    if where:
        first.append("where: {" + ", ".join(f"{dim}: {_scalar(value)}" for dim, value in where.items()) + "}")
    given = {
        key: line[key] for key in _WRITTEN if key in line and line[key] is not None and line[key] == line[key]
    }
    words = json.dumps(given.pop("why"), ensure_ascii=False)
    rest = ", ".join(f"{key}: {_scalar(value)}" for key, value in given.items())
    return f"- {{{', '.join(first)},\n   {rest},\n   why: {words}}}\n"


def _scalar(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_scalar(one) for one in value) + "]"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
