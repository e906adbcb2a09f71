"""Tables to stdout; progress, notes and the next command to stderr."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.cli.saying import say
from capacity_sim.errors import Fault, UsageError, render, shown_path

if TYPE_CHECKING:
    from capacity_sim.cli.options import Form
    from capacity_sim.show.sheet import Report

_EVERY_SECONDS = 15.0


@dataclass
class Spreadsheet:
    """A spreadsheet that was asked for beside what is printed, and whether it was written."""

    path: Path
    command: str
    data: str | None
    quiet: bool
    written: bool = False


_SPREADSHEET: ContextVar[Spreadsheet | None] = ContextVar("spreadsheet", default=None)
_LEAST: ContextVar[int | None] = ContextVar("least", default=None)


@contextlib.contextmanager
def without_small_cells(least: int | None) -> Iterator[None]:
    """Hide counts of people below `least` in what is emitted; None hides nothing.

    Raises
    ------
    UsageError
        When it is less than 2.
    """
    if least is not None and least < 2:
        message = f"`--suppress {least}` hides nothing"
        raise UsageError(Fault("too-few", message, hint="give 2 or more, such as 5 to hide counts from 1 to 4"))
    token = _LEAST.set(least)
    try:
        yield
    finally:
        _LEAST.reset(token)


@contextlib.contextmanager
def beside(wanted: Spreadsheet) -> Iterator[None]:
    """Write what is emitted as a spreadsheet too; refused when nothing is.

    Raises
    ------
    UsageError
        When the file is none of a spreadsheet, or the command printed no table.
    """
    if wanted.path.suffix != ".xlsx":
        message = f"`--xlsx {wanted.path}` is not the name of a spreadsheet"
        raise UsageError(Fault("bad-name", message, hint="end it with .xlsx"))
    token = _SPREADSHEET.set(wanted)
    try:
        yield
    finally:
        _SPREADSHEET.reset(token)
    if not wanted.written:
        message = "`--xlsx` was given, and there is no table to write"
        raise UsageError(Fault("no-table", message, hint="leave out the option that prints another form"))


def spreadsheet_wanted() -> bool:
    """Whether a spreadsheet was asked for."""
    return _SPREADSHEET.get() is not None


def _write(wanted: Spreadsheet, reports: Sequence[Report]) -> None:
    from capacity_sim import __version__
    from capacity_sim.runs.replication import load_data
    from capacity_sim.runs.writer import whole
    from capacity_sim.show.spreadsheet import write_xlsx

    sources = [
        {
            "id": one.id, "title": one.title, "publisher": one.publisher, "licence": one.licence,
            "date": one.date or "", "retrieved": one.retrieved.isoformat(), "address": one.url or "",
        }
        for one in (load_data(wanted.data).sources.values() if wanted.data is not None else ())
    ]  # fmt: skip
    about = [f"$ {wanted.command}", f"Capacity Sim {__version__}"]
    with whole(wanted.path) as part:
        write_xlsx(reports, part, about, sources)
    wanted.written = True
    if not wanted.quiet:
        say(f"spreadsheet: {shown_path(wanted.path)}")


def emit(reports: Sequence[Report], form: Form) -> None:
    """Print reports in the form that was asked for; notes that CSV cannot hold go to stderr."""
    from capacity_sim.show import sheet
    from capacity_sim.show.folding import fitted_to

    least = _LEAST.get()
    if least is not None:
        reports = [sheet.suppressed(report, least) for report in reports]
    wanted = _SPREADSHEET.get()
    if wanted is not None:
        _write(wanted, reports)
    if form.json:
        print(sheet.to_json(reports), end="")
    elif form.csv:
        print(sheet.to_csv(reports), end="")
        if not form.quiet:
            for report in reports:
                say("\n".join(report.notes))
    elif sys.stdout.isatty():
        from rich.console import Console

        console = Console(highlight=False, markup=False, emoji=False)
        for number, report in enumerate(reports):
            console.print(*([""] if number else []), sheet.to_rich(fitted_to(report, console.width)), sep="\n")
    else:
        print("\n".join(sheet.to_text(report) for report in reports), end="")
    sys.stdout.flush()


def warn(notes: Sequence[Fault], quiet: bool = False) -> None:
    """Print notes and warnings, each once."""
    if notes and not quiet:
        say(render(dict.fromkeys(notes)))


def following(command: str, quiet: bool = False) -> None:
    """Say which command comes next."""
    if not quiet:
        say(f"next: `{command}`")


def say_charts(paths: Sequence[Path], quiet: bool) -> None:
    """Say where charts were written."""
    for path in paths if not quiet else ():
        say(f"chart: {shown_path(path)}")


def duration(seconds: float) -> str:
    """Time in words.

    Examples
    --------
    >>> duration(41.4), duration(130), duration(7300)
    ('41 s', '2 min 10 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole or seconds < 0.05 else f"{seconds:.1f} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Callable[[float, int, float | None], None] | None]:
    """Callback that shows replications done and time left: a bar on a terminal, else a line now and then."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as callback:
            yield callback
    else:
        yield _lines()


def _words(done: float, total: int, left: float | None) -> str:
    what = f"{int(done)} of {total} replications" if total > 1 else f"{100 * done:.0f}% of the weeks"
    return what if left is None else f"{what}, about {duration(left)} left"


def _lines() -> Callable[[float, int, float | None], None]:
    lock, last = threading.Lock(), [time.monotonic()]

    def show(done: float, total: int, left: float | None) -> None:
        with lock:
            if time.monotonic() - last[0] < _EVERY_SECONDS or done >= total:
                return
            last[0] = time.monotonic()
            say(_words(done, total, left))

    return show


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[float, int, float | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting; the first run compiles the engine, once", total=None)

        def show(done: float, total: int, left: float | None) -> None:
            bar.update(task, completed=done, total=total, description=_words(done, total, left))

        yield show
