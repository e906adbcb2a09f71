"""Run folders: written whole or not at all, named by what was asked, and checked when they are opened.

A folder holds ``scenario.yaml`` (the resolved scenario, which can be run again), ``parameters.csv`` (the
values that changed), ``monthly.parquet`` (the results) and ``manifest.json`` (what was asked and with what).
The same question gives the same bytes in every file; only what the manifest keeps under ``timings`` may
differ.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from capacity_sim.calendars import months_to
from capacity_sim.errors import Fault, RunError, did_you_mean, shown_path
from capacity_sim.runs import identity
from capacity_sim.runs.schema import SCHEMA, WORK_MEASURES

#: column and the value or values to keep; None stands for an empty cell
Where = Mapping[str, str | Sequence[str | None]]

FORMAT = 1
#: how the name of a run folder ends
_HASHED = re.compile(r"-[0-9a-f]{8}$")
MANIFEST, SCENARIO, PARAMETERS, MONTHLY = (
    "manifest.json",
    "scenario.yaml",
    "parameters.csv",
    "monthly.parquet",
)
_NEEDED = ("format", "name", "hash", "question", "files")


def illustrative(question: Mapping[str, Any]) -> bool:
    """Whether single units of a run rest on our split of published totals, and not on own data throughout."""
    own, region = question["data"].get("own", {}), question["region"]
    mine = set(own.get("people", ())) & set(own.get("staff", ()))
    return region not in mine if region is not None else not mine or len(mine) < int(own["regions"])


def folder_name(name: str, digest: str) -> str:
    """Name of a run folder: the scenario's name and the start of the hash of the question."""
    return f"{name}-{digest[:8]}"


@dataclass(frozen=True)
class RunFolder:
    """A finished run on disk.

    Parameters
    ----------
    path : Path
        The folder.
    manifest : mapping
        What was asked, with which versions, and the files that answer it.
    """

    path: Path
    manifest: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["name"])

    @property
    def title(self) -> str:
        """Title of the scenario."""
        return str(self.manifest.get("title", self.name))

    @property
    def question(self) -> Mapping[str, Any]:
        """What was asked: scenario, data, versions, seed, draws, reps, horizon, region, timing basis."""
        question: Mapping[str, Any] = self.manifest["question"]
        return question

    @property
    def draws(self) -> int:
        """Number of readings of the uncertain inputs."""
        return int(self.question["draws"])

    @property
    def reps(self) -> int:
        """Number of rolls of chance for each draw."""
        return int(self.question["reps"])

    @property
    def region(self) -> str | None:
        """The one region that was simulated, or None for all."""
        region = self.question["region"]
        return None if region is None else str(region)

    @property
    def place(self) -> str:
        """What was simulated, in words: the region, or the data set's title."""
        data: Mapping[str, Any] = self.question["data"]
        return self.region or str(data["title"])

    @property
    def data_name(self) -> str:
        """Data set as it was asked for, so that it can be read again: a name, or the folder of own data."""
        data: Mapping[str, Any] = self.question["data"]
        return str(json.loads(self.question["scenario"])["data"] if "own" in data else data["name"])

    @property
    def own_words(self) -> str:
        """Whose data stand in place of ours, in a sentence; empty where nobody's do."""
        return str(self.question["data"].get("own", {}).get("words", ""))

    @property
    def source(self) -> str:
        """What its figures rest on, for the foot of a table or a chart; own data are named there."""
        data, version = self.question["data"], self.question["versions"]["capacity_sim"]
        return identity.source_line(version, data["name"], data["start"], self.own_words)

    @property
    def illustrative(self) -> bool:
        """Whether single units rest on our split of published totals: not where people and staff are own data."""
        return illustrative(self.question)

    @property
    def timing_basis(self) -> str:
        """Timing basis that headlines are stated on."""
        return str(self.question["timing_basis"])

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Months of the results, to that of the last day that was asked for."""
        end = dt.date.fromisoformat(str(self.question["horizon"]["end"]))
        return months_to(end, (str(month) for month in self.manifest["months"]))

    def table(
        self, measures: Sequence[str] | None = None, where: Where | None = None, units: bool = False
    ) -> pd.DataFrame:
        """Monthly rows.

        Parameters
        ----------
        measures : sequence of str, optional
            Outputs to read; all of them by default. Naming them is much faster on a run of many draws.
        where : mapping, optional
            Column and the value or values to read.
        units : bool
            Whether rows of single delivery units are wanted (a run without ``--units`` has none).

        Returns
        -------
        pandas.DataFrame
            Columns draw, rep, month, region, unit, area, grade, basis, measure, type, risk, activity, value.
        """
        return framed(self.parts(measures, where or {}, units))

    def parts(self, measures: Sequence[str] | None, where: Where, units: bool = False) -> list[pa.Table]:
        """Monthly rows as `table` gives them, in pieces.

        Parameters
        ----------
        measures, where, units :
            As in `table`.
        """
        wanted = dict(where)
        if measures is not None:
            wanted["measure"] = list(measures)
        file = self.path / MONTHLY
        try:
            with pq.ParquetFile(file) as reader:
                return [chosen_among(group, wanted, units) for group in _groups(reader, measures)]
        except (OSError, pa.ArrowException) as problem:
            raise RunError(_unreadable(self.path, f"{MONTHLY} cannot be read ({problem})")) from problem


def framed(parts: Sequence[pa.Table]) -> pd.DataFrame:
    """Monthly rows that `RunFolder.parts` gives, as one table."""
    table = pa.concat_tables(parts) if parts else SCHEMA.empty_table()
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas()
    return frame


def _groups(reader: pq.ParquetFile, measures: Sequence[str] | None) -> Iterator[pa.Table]:
    """Row groups that may hold the measures: each is all by activity or not at all; statistics say which."""
    column = reader.schema_arrow.names.index("activity")
    wanted = {measure in WORK_MEASURES for measure in measures} if measures is not None else {True, False}
    for number in range(reader.num_row_groups):
        found = reader.metadata.row_group(number).column(column).statistics
        if found is None or (found.null_count == 0) in wanted:
            yield reader.read_row_group(number)


def chosen_among(table: pa.Table, where: Where, units: bool) -> pa.Table:
    """Rows of a table; those of single units only where they are wanted."""
    keep = np.ones(table.num_rows, dtype=bool)
    for key, names in where.items():
        keep &= _among(table[key], [names] if isinstance(names, str) else list(names))
    if not units:
        keep &= table["unit"].is_null().to_numpy()
    return table if keep.all() else table.filter(pa.array(keep))


def chosen_rows(table: pa.Table, where: Where) -> pd.DataFrame:
    """Rows of regions of a table that has not been written yet, as `RunFolder.table` gives them."""
    return framed([chosen_among(table, where, units=False)])


def _among(column: pa.ChunkedArray, names: Sequence[str | None]) -> npt.NDArray[np.bool_]:
    """Which rows of a dictionary column hold one of the names; compares codes, not words."""
    parts = []
    for chunk in column.chunks:
        known = np.array([word in names for word in [*chunk.dictionary.to_pylist(), None]])
        parts.append(known[chunk.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)])
    return np.concatenate(parts) if parts else np.zeros(0, dtype=bool)


def find(runs_dir: Path, name: str, digest: str) -> RunFolder | None:
    """Complete folder that answers the question already, or None when there is none that can be trusted."""
    path = runs_dir / folder_name(name, digest)
    if not path.is_dir():
        return None
    try:
        folder = open_run(path)
    except RunError:
        return None
    return folder if folder.manifest["hash"] == digest else None


def open_run(path_or_name: str | Path, runs_dir: Path = Path("runs")) -> RunFolder:
    """Finished run by its folder, the folder's name, or the scenario's name when it has one run.

    Parameters
    ----------
    path_or_name : str or Path
        Folder, name of a folder of `runs_dir`, or name of a scenario.
    runs_dir : Path
        Folder of the run folders.

    Raises
    ------
    RunError
        When there is no such run, there are several, or its files are not as they were written.
    """
    path = _resolve(path_or_name, runs_dir)
    manifest = _manifest(path)
    for name, wanted in manifest["files"].items():
        file = path / str(name)
        if not file.is_file():
            raise RunError(_unreadable(path, f"{name} is missing"))
        if (
            not isinstance(wanted, dict)
            or file.stat().st_size != wanted.get("bytes")
            or fingerprint(file) != wanted
        ):
            raise RunError(_unreadable(path, f"{name} is not as it was written"))
    return RunFolder(path, manifest)


def _resolve(path_or_name: str | Path, runs_dir: Path) -> Path:
    for path in (Path(path_or_name), runs_dir / path_or_name):
        if path.is_dir():
            return path
    name = str(path_or_name)
    there = sorted(path for path in runs_dir.glob("*") if path.is_dir()) if runs_dir.is_dir() else []
    named = [path for path in there if path.name.rpartition("-")[0] == name]
    if len(named) == 1:
        return named[0]
    if named:
        listed = ", ".join(f"`{shown_path(path)}`" for path in named)
        raise RunError(
            Fault("which-run", f"`{name}` has {len(named)} runs: {listed}", hint="give one of the folders")
        )
    scenario = _HASHED.sub("", Path(name).name)
    names = {path.name for path in there} | {path.name.rpartition("-")[0] for path in there}
    raise RunError(
        Fault(
            "no-run",
            f"there is no run called `{name}` in `{shown_path(runs_dir)}`",
            hint=did_you_mean(name, names, f"`capacity-sim run {scenario}` makes one"),
        )
    )


def _manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(
            Fault(
                "not-a-run",
                f"`{shown_path(path)}` is not a run folder: it holds no {MANIFEST}",
                hint="a run folder is one that `capacity-sim run` made",
            )
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise RunError(_unreadable(path, f"{MANIFEST} cannot be read ({problem})")) from problem
    except json.JSONDecodeError as problem:
        raise RunError(
            _unreadable(path, f"{MANIFEST} is damaged: {problem.msg}", problem.lineno, problem.colno)
        ) from None
    if not isinstance(manifest, dict) or any(key not in manifest for key in _NEEDED):
        raise RunError(_unreadable(path, f"{MANIFEST} lacks what a manifest must say ({', '.join(_NEEDED)})"))
    if manifest["format"] != FORMAT:
        raise RunError(
            Fault(
                "format",
                f"the run was written in form {manifest['format']}; this version reads form {FORMAT}",
                shown_path(file),
                hint="run it again with this version",
            )
        )
    if not isinstance(manifest["files"], dict) or not {MONTHLY, PARAMETERS, SCENARIO} <= set(
        manifest["files"]
    ):
        raise RunError(_unreadable(path, f"{MANIFEST} does not list the files of the run"))
    return manifest


def _unreadable(path: Path, what: str, line: int | None = None, column: int | None = None) -> Fault:
    return Fault(
        "bad-run",
        f"the run `{path.name}` cannot be used: {what}",
        shown_path(path / MANIFEST),
        line,
        column,
        hint="remove the folder and run the scenario again",
    )


def fingerprint(file: Path) -> dict[str, int | str]:
    """Size and hash of a file."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}
