"""What an auditor is given: a zip of files, the same whenever it is written, with the hash of each."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement

from capacity_sim.errors import DataError, Fault, shown_path
from capacity_sim.runs.store import MONTHLY, PARAMETERS, RunFolder
from capacity_sim.runs.writer import whole

CHECKSUMS = "checksums.txt"
RUNS = "runs"
#: what a rebuilt run must have, byte for byte
SAME = (MONTHLY, PARAMETERS)
_WHEN = (1980, 1, 1, 0, 0, 0)
_DISTRIBUTION = "capacity-sim"


@dataclass(frozen=True)
class Rebuilt:
    """A result file of a pack beside the rebuilt one."""

    run: str
    file: str
    packed: str
    rebuilt: str

    @property
    def same(self) -> bool:
        """Whether they are the same, byte for byte."""
        return self.packed == self.rebuilt


def write_zip(path: Path, files: Mapping[str, bytes], top: str) -> None:
    """Write files into a zip, below one folder, in order, with a list of their hashes.

    Parameters
    ----------
    path : Path
        The zip; it is there whole or not at all.
    files : mapping of name to bytes
        What goes in; names have `/` between folders.
    top : str
        The folder.
    """
    listed = "".join(f"{_hash(content)}  {name}\n" for name, content in sorted(files.items()))
    with whole(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**files, CHECKSUMS: listed.encode()}.items()):
            entry = zipfile.ZipInfo(f"{top}/{name}", _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def folder_files(folder: Path, under: str) -> dict[str, bytes]:
    """Files of a folder and of those below it, by their name in the zip."""
    return {
        (PurePosixPath(under) / file.relative_to(folder).as_posix()).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }


def check_whole(folder: Path) -> list[Path]:
    """Run folders of an unpacked pack, when every file of it is as it was written.

    Raises
    ------
    DataError
        With each file that is missing or altered.
    """
    listed = folder / CHECKSUMS
    if not listed.is_file():
        message = f"`{shown_path(folder)}` is no unpacked audit pack: it holds no {CHECKSUMS}"
        raise DataError(Fault("no-pack", message, hint="unpack the zip, and give the folder that it holds"))
    faults = []
    for number, line in enumerate(listed.read_text(encoding="utf-8").splitlines(), 1):
        digest, _, name = line.partition("  ")
        file = folder / name
        if not file.is_file() or _hash(file.read_bytes()) != digest:
            what = "is missing" if not file.is_file() else "is not as it was packed"
            message, hint = f"`{name}` {what}", "unpack the zip anew"
            faults.append(Fault("altered-pack", message, shown_path(listed), number, 1, hint))
    if faults:
        raise DataError(faults)
    return sorted(path for path in (folder / RUNS).iterdir() if path.is_dir())


def rebuilt(packed: RunFolder, again: RunFolder) -> list[Rebuilt]:
    """Result files of a packed run beside those of one that was rebuilt."""
    def of(run: RunFolder, name: str) -> str:
        return _hash((run.path / name).read_bytes())

    return [Rebuilt(packed.path.name, name, of(packed, name), of(again, name)) for name in SAME]


def libraries() -> dict[str, str]:
    """Versions of the package and of every library that it needs, with what those need."""
    found: dict[str, str] = {}
    wanted = [_DISTRIBUTION]
    while wanted:
        name = wanted.pop()
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue
        key = there.metadata["Name"]
        if key in found:
            continue
        found[key] = there.version
        needs = (Requirement(text) for text in there.requires or ())
        wanted += [one.name for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})]
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
