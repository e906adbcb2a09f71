"""Finished replications of a study that is not finished yet: kept on disk one by one, gone when its folder is written.

A study is a scenario with its seed and readings, whatever the number of replications. So the same command goes on where
it was stopped, and a study that is made longer goes on from what it has.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from capacity_sim.locks import Lock
from capacity_sim.runs.schema import SCHEMA
from capacity_sim.runs.store import folder_name
from capacity_sim.runs.writer import writing

#: folder, among the run folders, of studies that are not finished
KEPT = ".kept"
_LOCK, _SUFFIX, _PART = ".lock", ".arrow", ".part"
#: what ends a stream of Arrow's
_END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_DAY = 24 * 3600
#: days after which a study that nobody goes on with is removed
_KEPT_DAYS = 30


@dataclass(frozen=True)
class Rows:
    """Rows of one replication, what it counted, and the seconds that it took."""

    table: pa.Table
    counts: Mapping[str, int]
    seconds: float


class Parts:
    """Finished replications of one study; use it in a ``with`` block.

    Parameters
    ----------
    runs_dir : Path
        Folder of the run folders; made if it is missing.
    name : str
        Name of the scenario.
    key : str
        Hash of the study.
    waiting : callable, optional
        Called once when another process works on the study, before this one waits for it.
    """

    def __init__(self, runs_dir: Path, name: str, key: str, waiting: Callable[[], None] | None = None) -> None:
        self.runs_dir, self.key = runs_dir, key
        self.folder = runs_dir / KEPT / folder_name(name, key)
        self._waiting = waiting
        self._lock: Lock | None = None

    def __enter__(self) -> Self:
        """Make the folder and lock it; one process at a time works on a study, and a killed one has let go of it.

        Whoever holds several takes them in the order of their folders, so that no two wait for each other.
        """
        with writing(self.runs_dir):
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            _clear_old(self.runs_dir / KEPT)
            self._lock = Lock(self.folder / _LOCK)
            self._lock.wait(self._waiting)
            for part in self.folder.glob(f"*{_PART}"):
                part.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the folder; an empty one goes."""
        self.close()

    def close(self) -> None:
        """Let go of the folder, before the block ends; an empty one goes."""
        lock, self._lock = self._lock, None
        if lock is not None:
            _let_go(lock)

    def remove(self) -> None:
        """Remove the folder and all in it, unless another process works on it; who holds it has let go of it then."""
        lock, self._lock = self._lock or Lock(self.folder / _LOCK), None
        _remove(lock)

    def clear(self) -> None:
        """Forget what is there."""
        for file in self.folder.glob(f"*{_SUFFIX}"):
            file.unlink()

    def there(self) -> set[tuple[int, int]]:
        """Draw and replication of all that is there whole; what is not is removed."""
        found = set()
        for file in self.folder.glob(f"*{_SUFFIX}"):
            draw, _, rep = file.stem.partition("-")
            if self._whole(file):
                found.add((int(draw), int(rep)))
            else:
                file.unlink()
        return found

    def write(self, draw: int, rep: int, rows: Rows) -> None:
        """Keep a replication; a file is there whole or not at all."""
        said = {"study": self.key, "counts": json.dumps(dict(rows.counts)), "seconds": repr(rows.seconds)}
        schema = SCHEMA.with_metadata(said)
        file = self._file(draw, rep)
        part = file.with_suffix(_PART)
        with writing(self.runs_dir):
            try:
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                with part.open("wb") as sink, pa.ipc.new_stream(sink, schema, options=options) as stream:
                    for batch in rows.table.to_batches():
                        stream.write_batch(batch.replace_schema_metadata(said))
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)

    def read(self, draw: int, rep: int) -> Rows:
        """A replication that is there."""
        with self._file(draw, rep).open("rb") as source, pa.ipc.open_stream(source) as stream:
            said = stream.schema.metadata
            table = stream.read_all().replace_schema_metadata(None)
        return Rows(table, json.loads(said[b"counts"]), float(said[b"seconds"]))

    def _file(self, draw: int, rep: int) -> Path:
        return self.folder / f"{draw:05}-{rep:05}{_SUFFIX}"

    def _whole(self, file: Path) -> bool:
        """Whether a file is of this study and has its end."""
        try:
            with file.open("rb") as source, pa.ipc.open_stream(source) as stream:
                mine = (stream.schema.metadata or {}).get(b"study") == self.key.encode()
                source.seek(-len(_END), 2)
                return mine and source.read() == _END
        except (OSError, pa.ArrowException):
            return False


def _clear_old(kept: Path) -> None:
    """Remove studies that nobody has gone on with for a month."""
    for folder in kept.glob("*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _KEPT_DAYS * _DAY:
                _remove(Lock(folder / _LOCK))


def _remove(lock: Lock) -> None:
    """Remove the folder of a lock, and all in it, while it is held; that of another process is left."""
    with contextlib.suppress(OSError):
        if lock.held or lock.take():
            for file in lock.file.parent.iterdir():
                if file != lock.file:
                    file.unlink()
            _let_go(lock)


def _let_go(lock: Lock) -> None:
    """Let go of the folder of a lock; an empty one goes, and so does the folder of all when it is empty."""
    lock.let_go()
    folder = lock.file.parent
    with contextlib.suppress(OSError):  # something is there
        folder.rmdir()
        folder.parent.rmdir()
