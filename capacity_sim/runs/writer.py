"""Writes a run folder beside its final place and moves it there when it is complete."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from capacity_sim.errors import Fault, RunError, shown_path
from capacity_sim.locks import Lock
from capacity_sim.runs.schema import SCHEMA
from capacity_sim.runs.store import (
    FORMAT,
    MANIFEST,
    MONTHLY,
    PARAMETERS,
    SCENARIO,
    RunFolder,
    fingerprint,
    folder_name,
)

_PART = ".part"
_LOCK = ".lock"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class RunWriter:
    """Writes a run folder beside its final place and moves it there when it is complete.

    Use it in a ``with`` block: leaving the block without `finish`, for whatever reason, removes what was
    written.

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
        self._lock = Lock(_lock_of(self.temp))
        self._writer: pq.ParquetWriter | None = None
        self._done = False

    def __enter__(self) -> Self:
        """Make the hidden folder and open the table."""
        with writing(self.runs_dir):
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            _clear(self.runs_dir)
            self._lock.wait()
        try:
            with writing(self.runs_dir):
                self.temp.mkdir()
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
            if self._writer is not None and manifest.get("notes"):
                self._writer.add_key_value_metadata({"notes": "\n".join(manifest["notes"])})
            self._close()
            (self.temp / SCENARIO).write_text(scenario, encoding="utf-8", newline="\n")
            (self.temp / PARAMETERS).write_text(parameters, encoding="utf-8", newline="\n")
            files = {name: fingerprint(self.temp / name) for name in (MONTHLY, PARAMETERS, SCENARIO)}
            whole = {"format": FORMAT, **manifest, "files": files}
            text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
            (self.temp / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
            _replace(self.temp, self.final)
            self._done = True
        return RunFolder(self.final, json.loads(text))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was written unless it was finished."""
        if not self._done:
            self._discard()
        self._lock.let_go()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        self._writer = self._file = None

    def _discard(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._writer.close()
            self._writer.is_open = False  # or it tries again, on a full disk, when it is collected
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        shutil.rmtree(self.temp, ignore_errors=True)


@contextlib.contextmanager
def writing(folder: Path, option: str = "--runs-dir") -> Iterator[None]:
    """Turn a failure to write below `folder` into one clear `RunError`, which names the option that gives another."""
    try:
        yield
    except OSError as problem:
        raise RunError(_write_fault(folder, problem, option)) from problem


@contextlib.contextmanager
def whole(file: Path, below: Path | None = None, make_folder: bool = True) -> Iterator[Path]:
    """Path to write to, which becomes a file when the block ends, and is gone when the block fails.

    Parameters
    ----------
    file : Path
        The file.
    below : Path, optional
        Folder that is named when nothing can be written; that of the file by default.
    make_folder : bool
        Whether the folder of the file is made when it is missing.

    Raises
    ------
    RunError
        When nothing can be written there.
    """
    with writing(below or file.parent, "--runs-dir" if below is not None else ""):
        if make_folder:
            file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.stem}-{uuid.uuid4().hex[:8]}{_PART}{file.suffix}")
        try:
            yield part
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)


def write_whole(file: Path, text: str, below: Path | None = None, make_folder: bool = True) -> None:
    """Write a text file whole or not at all, as in `whole`."""
    with whole(file, below, make_folder) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def _write_fault(folder: Path, problem: OSError, option: str) -> Fault:
    place = shown_path(folder)
    other = f"with `{option}`" if option else "for the file"
    if problem.errno in _FULL or "No space left" in str(problem):
        return Fault(
            "disk-full",
            f"the disk of `{place}` is full; nothing half-written was kept",
            hint=f"make room, or give another place {other}",
        )
    reason = problem.strerror or str(problem)
    return Fault(
        "not-writable",
        f"`{place}` cannot be written: {reason}",
        hint=f"give a folder that you may write to {other}",
    )


def _replace(temp: Path, final: Path) -> None:
    """Move `temp` to `final`; what stood there goes once the new folder is in place."""
    if not final.exists():
        temp.replace(final)
        return
    old = final.with_name(f".{final.name}-{uuid.uuid4().hex[:8]}{_PART}")
    final.replace(old)
    temp.replace(final)
    shutil.rmtree(old, ignore_errors=True)


def _lock_of(temp: Path) -> Path:
    """Lock of a folder that is written to; beside it, as some systems move no folder in which a file is open."""
    return temp.with_name(f"{temp.name}{_LOCK}")


def _clear(runs_dir: Path) -> None:
    """Remove hidden folders that a killed process left: those whose lock nobody holds."""
    for file in runs_dir.glob(f".*{_PART}{_LOCK}"):
        lock = Lock(file)
        with contextlib.suppress(OSError):
            lock.take()
            if lock.held:
                shutil.rmtree(file.with_suffix(""), ignore_errors=True)
                lock.let_go()
