"""Where compiled kernels are kept: a folder for each state of the engine's sources.

Numba looks only at the file that holds a kernel. A change to a function that a kernel of another file calls would
leave the old code in use without a word, so the folder is named by a digest of all files that kernels are made of.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def digest_of_sources(package: Path = PACKAGE) -> str:
    """Digest of every file whose code may end up in a kernel."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted([package / "streams.py", *(package / "model").rglob("*.py")]):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def kernel_folder(chosen: str = "") -> Path | None:
    """Folder for the kernels of these sources that can be written to: the user's cache, else the temporary folder.

    Parameters
    ----------
    chosen : str
        Folder that the user chose instead (`NUMBA_CACHE_DIR`).

    Returns
    -------
    Path or None
        None when neither can be written to: kernels are then compiled in every run.
    """
    name = digest_of_sources()
    if chosen:
        return Path(chosen) / name
    return next((place / name for place in _places() if _is_ours(place / name)), None)


def _places() -> Iterator[Path]:
    cache = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    try:
        home = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
        yield (Path(cache) if cache else home) / "capacity-sim" / "kernels"
    except RuntimeError:  # nobody's home
        pass
    user = f"-{os.getuid()}" if sys.platform != "win32" else ""
    yield Path(tempfile.gettempdir()) / f"capacity-sim{user}" / "kernels"


def _is_ours(folder: Path) -> bool:
    """Whether a folder can be made and written to, and nobody else can put code into it."""
    top = folder.parents[1]
    try:
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        found = top.stat()
    except OSError:
        return False
    return sys.platform == "win32" or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
