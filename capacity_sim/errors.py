"""Faults with a place and a hint, the errors that carry them, and the exit codes.

Every fault that a person can cause is a `Fault`: what is wrong, where, and what to do. Readers gather all
faults of their input and raise them together in one `CapacitySimError`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import ClassVar, Literal

Severity = Literal["error", "warning", "note"]


class ExitCode(IntEnum):
    """The exit codes of the command line, in one list."""

    OK = 0
    PROGRAM = 1
    USAGE = 2
    SCENARIO = 3
    NOT_COMPARABLE = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where it is, and what to do about it.

    Parameters
    ----------
    code : str
        Short name of the kind of fault, such as ``unknown-path``.
    message : str
        What is wrong, with names in backticks.
    file : str, optional
        The file it is in, as a person would write it.
    line, column : int, optional
        Its place, counted from 1.
    hint : str, optional
        What to do next.
    severity : {"error", "warning", "note"}
        Only errors stop a run.
    """

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """The place as ``file:line:column``, as far as it is known."""
        parts = [self.file, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


class Refused(ValueError):
    """A value that cannot be used; the reader of the file adds the place.

    Parameters
    ----------
    at : tuple
        Where it is, from the value being read: keys and places in lists.
    code, message : str
        As in a `Fault`.
    hint : str, optional
        What to do next.
    """

    def __init__(self, at: tuple[object, ...], code: str, message: str, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.at = at
        super().__init__(at, code, message, hint)

    def __str__(self) -> str:
        """Message alone; it is made again from all its parts when it is passed on or pickled."""
        return self.message


class CapacitySimError(Exception):
    """An error that a message explains: no traceback is shown for it.

    Parameters
    ----------
    faults : Fault or iterable of Fault
        Everything that was found, in the order to show it.

    Examples
    --------
    >>> UsageError(Fault("unknown-key", "`scal` is not a key", hint="did you mean `scale`?")).__notes__
    ['  = hint: did you mean `scale`?']
    """

    exit_code: ClassVar[ExitCode] = ExitCode.PROGRAM

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__(self.faults)
        # what Python prints below an error that no script caught: where each fault is, and what to do about it
        said = render(self.faults, lambda file, line: None).splitlines()
        self.__notes__ = said[1:] if len(self.faults) == 1 else said

    def __str__(self) -> str:
        """Messages of the faults; an error is made again from its faults when it is passed on or pickled."""
        return "; ".join(fault.message for fault in self.faults)

    def _render_traceback_(self) -> list[str]:
        """Lines that a notebook shows in place of a traceback: the message that the command would give."""
        return render(self.faults).splitlines()


class ScenarioError(CapacitySimError):
    """A scenario was refused."""

    exit_code = ExitCode.SCENARIO


class DataError(CapacitySimError):
    """A data or catalogue file was refused."""

    exit_code = ExitCode.SCENARIO


class UsageError(CapacitySimError):
    """A command or a call was given something that it cannot use."""

    exit_code = ExitCode.USAGE


class NotComparableError(CapacitySimError):
    """Two runs differ in more than their scenario."""

    exit_code = ExitCode.NOT_COMPARABLE


class RunError(CapacitySimError):
    """A run could not be finished for a reason outside the program, such as a full disk."""

    exit_code = ExitCode.PROGRAM


def near(name: str, names: Iterable[str]) -> str | None:
    """Nearest of `names` to `name`, or None when nothing is near.

    Examples
    --------
    >>> near("scal", ["set", "scale", "add"])
    'scale'
    """
    found = difflib.get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str], otherwise: str | None = None) -> str | None:
    """Hint that names the nearest of `names`; `otherwise` is used when nothing is near.

    Examples
    --------
    >>> did_you_mean("scal", ["set", "scale", "add"])
    'did you mean `scale`?'
    """
    found = near(name, names)
    return f"did you mean `{found}`?" if found else otherwise


def a_or_an(noun: str) -> str:
    """A noun with its article.

    Examples
    --------
    >>> a_or_an("grade"), a_or_an("area")
    ('a grade', 'an area')
    """
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def one_of(names: Iterable[str], most: int = 12) -> str:
    """Names as a list in words, cut after `most` names.

    Examples
    --------
    >>> one_of(["low", "high"])
    '`low` or `high`'
    """
    shown = [f"`{name}`" for name in names]
    if len(shown) > most:
        return ", ".join(shown[:most]) + f" or {len(shown) - most} more"
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " or " + shown[-1]


def shown_path(path: Path) -> str:
    """Path as a person would write it: relative when it lies below the working directory."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return os.path.normpath(path)


def read_line(file: str, line: int) -> str | None:
    """Line `line` (from 1) of `file`, or None when it cannot be read."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[line - 1] if 0 < line <= len(lines) else None


def render(faults: Iterable[Fault], read_line: Callable[[str, int], str | None] = read_line) -> str:
    """Faults as text: kind, message, place, the line itself with a caret, and the hint.

    Parameters
    ----------
    faults : iterable of Fault
        What was found.
    read_line : callable
        Gives the text of a line of a file; the default reads the file.

    Returns
    -------
    str
        One block per fault, with a blank line between blocks and no newline at the end.

    Examples
    --------
    >>> fault = Fault("unknown-key", "`scal` is not a key", "a.yaml", 9, 5, "did you mean `scale`?")
    >>> print(render([fault], read_line=lambda file, line: "    scal: 0.05"))
    error[unknown-key]: `scal` is not a key
     --> a.yaml:9:5
      |
    9 |     scal: 0.05
      |     ^
      = hint: did you mean `scale`?
    """
    return "\n\n".join(_block(fault, read_line) for fault in faults)


def _block(fault: Fault, read_line: Callable[[str, int], str | None]) -> str:
    lines = [f"{fault.severity}[{fault.code}]: {fault.message}"]
    margin = " " * len(str(fault.line)) if fault.line is not None else " "
    if fault.file is not None:
        lines.append(f"{margin}--> {fault.place}")
    text = read_line(fault.file, fault.line) if fault.file is not None and fault.line is not None else None
    if text is not None:
        lines += [f"{margin} |", f"{fault.line} | {text.rstrip()}"]
        if fault.column is not None:
            lead = "".join("\t" if char == "\t" else " " for char in text[: fault.column - 1])
            lines.append(f"{margin} | {lead.ljust(fault.column - 1)}^")
    if fault.hint is not None:
        lines.append(f"{margin} = hint: {fault.hint}")
    return "\n".join(lines)


def counted(faults: Iterable[Fault]) -> str:
    """Errors, warnings and files in words, for the line below the faults.

    Examples
    --------
    >>> counted([Fault("a", "x", file="f.yaml"), Fault("b", "y", file="f.yaml")])
    '2 errors in 1 file'
    """
    found = list(faults)
    parts = []
    for severity in ("error", "warning", "note"):
        number = sum(fault.severity == severity for fault in found)
        if number:
            parts.append(f"{number} {severity}{'' if number == 1 else 's'}")
    files = {fault.file for fault in found if fault.file is not None}
    if files:
        parts.append(f"in {len(files)} file{'' if len(files) == 1 else 's'}")
    return ", ".join(parts[:-1]) + " " + parts[-1] if files else ", ".join(parts) or "no errors"
