"""Run folders: written whole or not at all, named by what was asked, and checked when they are opened.

A folder holds ``scenario.yaml`` (the resolved scenario, which can be run again), ``parameters.csv`` (the values that
changed), ``monthly.parquet`` (the results) and ``manifest.json`` (what was asked and with what). The same question
gives the same bytes in every file; only what the manifest keeps under ``timings`` may differ.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from capacity_sim.errors import Fault, RunError, did_you_mean, shown_path
from capacity_sim.runs.schema import SCHEMA, WORK_MEASURES

FORMAT = 1
MANIFEST, SCENARIO, PARAMETERS, MONTHLY = "manifest.json", "scenario.yaml", "parameters.csv", "monthly.parquet"
_PART = ".part"
_LOCK = ".lock"
_NEEDED = ("format", "name", "hash", "question", "files")
_FULL = (errno.ENOSPC, errno.EDQUOT)


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
    def timing_basis(self) -> str:
        """Timing basis that headlines are stated on."""
        return str(self.question["timing_basis"])

    @cached_property
    def months(self) -> tuple[str, ...]:
        """Months of the results."""
        return tuple(self.manifest["months"])

    def table(self, measures: Sequence[str] | None = None, units: bool = False) -> pd.DataFrame:
        """Monthly rows.

        Parameters
        ----------
        measures : sequence of str, optional
            Outputs to read; all of them by default. Naming them is much faster on a run of many draws.
        units : bool
            Whether rows of single delivery units are wanted (a run without ``--units`` has none).

        Returns
        -------
        pandas.DataFrame
            Columns draw, rep, month, region, unit, area, grade, basis, measure, type, risk, activity, value.
        """
        file = self.path / MONTHLY
        try:
            with pq.ParquetFile(file) as reader:
                parts = [_wanted(group, measures, units) for group in _groups(reader, measures)]
        except (OSError, pa.ArrowException) as problem:
            raise RunError(_unreadable(self.path, f"{MONTHLY} cannot be read ({problem})")) from problem
        table = pa.concat_tables(parts) if parts else SCHEMA.empty_table()
        frame: pd.DataFrame = table.unify_dictionaries().to_pandas()
        return frame


def _groups(reader: pq.ParquetFile, measures: Sequence[str] | None) -> Iterator[pa.Table]:
    """Row groups that may hold the measures: each is all by activity or not at all, and its statistics say which."""
    column = reader.schema_arrow.names.index("activity")
    wanted = {measure in WORK_MEASURES for measure in measures} if measures is not None else {True, False}
    for number in range(reader.num_row_groups):
        found = reader.metadata.row_group(number).column(column).statistics
        if found is None or (found.null_count == 0) in wanted:
            yield reader.read_row_group(number)


def _wanted(table: pa.Table, measures: Sequence[str] | None, units: bool) -> pa.Table:
    if measures is not None:
        table = table.filter(pc.is_in(table["measure"].cast(pa.string()), pa.array(measures, pa.string())))
    return table if units else table.filter(pc.is_null(table["unit"]))


class RunWriter:
    """Writes a run folder beside its final place and moves it there when it is complete.

    Use it in a ``with`` block: leaving the block without `finish`, for whatever reason, removes what was written.

    Parameters
    ----------
    runs_dir : Path
        Folder of the run folders; made if it is missing.
    name : str
        Name of the scenario.
    digest : str
        Hash of the question.
    """

    def __init__(self, runs_dir: Path, name: str, digest: str) -> None:
        self.runs_dir = runs_dir
        self.final = runs_dir / folder_name(name, digest)
        self.temp = runs_dir / f".{self.final.name}-{uuid.uuid4().hex[:8]}{_PART}"
        self._file: BinaryIO | None = None
        self._lock: BinaryIO | None = None
        self._writer: pq.ParquetWriter | None = None
        self._done = False

    def __enter__(self) -> Self:
        """Make the hidden folder and open the table."""
        with writing(self.runs_dir):
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            _clear(self.runs_dir)
            self.temp.mkdir()
        try:
            with writing(self.runs_dir):
                self._lock = _locked(self.temp / _LOCK)
                self._file = (self.temp / MONTHLY).open("wb")
                self._writer = pq.ParquetWriter(self._file, SCHEMA, compression="zstd", write_statistics=True)
        except BaseException:
            self._discard()
            raise
        return self

    def write(self, table: pa.Table) -> None:
        """Add the rows of one replication; call it in the order of draws and reps."""
        if self._writer is None:
            message = "the run folder is not open"
            raise ValueError(message)
        with writing(self.runs_dir):
            for batch in table.to_batches():
                self._writer.write_batch(batch)

    def finish(self, manifest: Mapping[str, Any], scenario: str, parameters: str) -> RunFolder:
        """Write the other files, check in the table, and move the folder into place.

        Returns
        -------
        RunFolder
            The finished folder.
        """
        with writing(self.runs_dir):
            self._close()
            (self.temp / SCENARIO).write_text(scenario, encoding="utf-8", newline="\n")
            (self.temp / PARAMETERS).write_text(parameters, encoding="utf-8", newline="\n")
            files = {name: _print(self.temp / name) for name in (MONTHLY, PARAMETERS, SCENARIO)}
            whole = {"format": FORMAT, **manifest, "files": files}
            text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            (self.temp / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
            (self.temp / _LOCK).unlink(missing_ok=True)
            _replace(self.temp, self.final)
            self._done = True
        return RunFolder(self.final, json.loads(text))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Remove what was written unless it was finished."""
        if not self._done:
            self._discard()
        elif self._lock is not None:
            self._lock.close()

    def _close(self) -> None:
        writer, file = self._writer, self._file
        self._writer = self._file = None
        if writer is not None:
            writer.close()
        if file is not None:
            file.flush()
            os.fsync(file.fileno())
            file.close()

    def _discard(self) -> None:
        with contextlib.suppress(OSError, pa.ArrowException):
            self._close()
        if self._lock is not None:
            self._lock.close()
        shutil.rmtree(self.temp, ignore_errors=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failure to write below `folder` into one clear `RunError`."""
    try:
        yield
    except OSError as problem:
        raise RunError(_write_fault(folder, problem)) from problem


def _write_fault(folder: Path, problem: OSError) -> Fault:
    place = shown_path(folder)
    if problem.errno in _FULL or "No space left" in str(problem):
        return Fault("disk-full", f"the disk of `{place}` is full; nothing half-written was kept",
                     hint="make room, or give another place with `--runs-dir`")
    reason = problem.strerror or str(problem)
    return Fault("not-writable", f"`{place}` cannot be written: {reason}",
                 hint="give a folder that you may write to with `--runs-dir`")


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
        if not isinstance(wanted, dict) or file.stat().st_size != wanted.get("bytes") or _print(file) != wanted:
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
        raise RunError(Fault("which-run", f"`{name}` has {len(named)} runs: {listed}", hint="give one of the folders"))
    names = {path.name for path in there} | {path.name.rpartition("-")[0] for path in there}
    raise RunError(Fault("no-run", f"there is no run called `{name}` in `{shown_path(runs_dir)}`",
                         hint=did_you_mean(name, names, f"`capacity-sim run {name}` makes one")))


def _manifest(path: Path) -> dict[str, Any]:
    file = path / MANIFEST
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(Fault("not-a-run", f"`{shown_path(path)}` is not a run folder: it holds no {MANIFEST}",
                             hint="a run folder is one that `capacity-sim run` made")) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise RunError(_unreadable(path, f"{MANIFEST} cannot be read ({problem})")) from problem
    except json.JSONDecodeError as problem:
        raise RunError(_unreadable(path, f"{MANIFEST} is damaged: {problem.msg}", problem.lineno, problem.colno)) from None
    if not isinstance(manifest, dict) or any(key not in manifest for key in _NEEDED):
        raise RunError(_unreadable(path, f"{MANIFEST} lacks what a manifest must say ({', '.join(_NEEDED)})"))
    if manifest["format"] != FORMAT:
        raise RunError(Fault("format", f"the run was written in form {manifest['format']}; this version reads form {FORMAT}",
                             shown_path(file), hint="run it again with this version"))
    if not isinstance(manifest["files"], dict) or not {MONTHLY, PARAMETERS, SCENARIO} <= set(manifest["files"]):
        raise RunError(_unreadable(path, f"{MANIFEST} does not list the files of the run"))
    return manifest


def _unreadable(path: Path, what: str, line: int | None = None, column: int | None = None) -> Fault:
    return Fault("bad-run", f"the run `{path.name}` cannot be used: {what}", shown_path(path / MANIFEST), line, column,
                 hint="remove the folder and run the scenario again")


def _print(file: Path) -> dict[str, int | str]:
    """Size and hash of a file."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def _replace(temp: Path, final: Path) -> None:
    """Move `temp` to `final`; what stood there goes once the new folder is in place."""
    if not final.exists():
        temp.replace(final)
        return
    old = final.with_name(f".{final.name}-{uuid.uuid4().hex[:8]}{_PART}")
    final.replace(old)
    temp.replace(final)
    shutil.rmtree(old, ignore_errors=True)


def _locked(file: Path) -> BinaryIO:
    """Open file, locked for as long as this process lives where the system knows such locks."""
    opened = file.open("wb")
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return opened


def _clear(runs_dir: Path) -> None:
    """Remove hidden folders that a killed process left: those whose lock nobody holds."""
    try:
        import fcntl
    except ImportError:
        return
    for part in runs_dir.glob(f".*{_PART}"):
        with contextlib.suppress(OSError), (part / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(part, ignore_errors=True)
