"""Options that several commands share, and the reading of what is typed after them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from capacity_sim.cli.offering import Read
from capacity_sim.errors import CapacitySimError, Fault, UsageError, did_you_mean, one_of

if TYPE_CHECKING:
    from capacity_sim.data import DataSet


def day(text: str | None, option: str) -> date | None:
    """Date that was typed after an option."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            Fault(
                "bad-date",
                f"`{option} {text}` is not a full date",
                hint="write the year, month and day, such as 2027-03-31",
            )
        ) from None


Draws = Annotated[
    int, typer.Option(help="Readings of the uncertain assumptions; one takes every central value.")
]
Reps = Annotated[int, typer.Option(help="Rolls of chance for each draw.")]
Seed = Annotated[int, typer.Option(help="Key of all random numbers.")]
From = Annotated[
    date | None,
    typer.Option(
        "--from",
        metavar="DATE",
        help="First day to report; the simulation always starts at the date of the data.",
    ),
    Read(day, "--from"),
]
To = Annotated[
    date | None,
    typer.Option(
        "--to", metavar="DATE", help="Last day to simulate; 2029-03-31 if the scenario says nothing else."
    ),
    Read(day, "--to"),
]
Region = Annotated[str | None, typer.Option(metavar="NAME", help="Simulate one region only.")]
Units = Annotated[bool, typer.Option("--units", help="Keep and show single delivery units (illustrative).")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE@DATE", help="Try one change; may be repeated."),
]
Workers = Annotated[int | None, typer.Option(help="Replications at a time; the number of cores by default.")]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://10.0.0.5:8786; needs `[cluster]`."),
]
NoScheduler = Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", hidden=True)]
Layout = Annotated[
    str | None,
    typer.Option(
        "--design",
        metavar="KIND",
        help="How draws are laid out: lhs, sobol over a power of two, or lhs-20 as `--until` adds them.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="'MEASURE +- WIDTH'",
        help="Add draws until the mean is known so closely, with 95% confidence: 'gap_fte[grade=PO]@2028-03 +- 2%'.",
    ),
]
Limit = Annotated[int | None, typer.Option(metavar="N", help="With --until: the most draws (200).")]
RunsDir = Annotated[Path, typer.Option(help="Folder of the run folders.")]
Data = Annotated[
    str | None, typer.Option(metavar="NAME|PATH", help="Data set; that of the scenario by default.")
]
Timing = Annotated[
    str | None,
    typer.Option(
        "--timing-basis",
        metavar="BASIS",
        help="Timing that headlines are stated on: original, policy_adjusted or staff_reported.",
    ),
]
Movers = Annotated[
    bool | None,
    typer.Option(
        "--movers/--no-movers",
        help="Find which change moved each threshold most; by default where that is not dear beside the run.",
    ),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the tables as CSV.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the tables as JSON.")]
AsXlsx = Annotated[
    Path | None, typer.Option("--xlsx", metavar="FILE", help="Write the tables as a spreadsheet too.")
]
Suppress = Annotated[
    int | None, typer.Option("--suppress", metavar="N", help="Hide counts of people from 1 to N - 1 in tables.")
]
Force = Annotated[bool, typer.Option("--force", help="Run again what is on disk already.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no notes on stderr.")]
Area = Annotated[str, typer.Option(metavar="AREA", help="Area of work, such as court.")]


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a command prints: a table for people, CSV or JSON."""

    csv: AsCsv = False
    json: AsJson = False
    quiet: Quiet = False
    debug: Debug = False

    def __post_init__(self) -> None:
        """Refuse two forms of output at once."""
        if self.csv and self.json:
            raise UsageError(Fault("two-forms", "`--csv` and `--json` were both given", hint="give one of them"))


#: options that end the help of commands that run the model, as `Offers` takes them: how it is run, and how it prints
HOW = "workers scheduler runs_dir data timing_basis"
FORM = "csv json force quiet debug"

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def data_of(data: str | None) -> Callable[[str], DataSet]:
    """Loads the data set of a scenario; where one was typed it is that, and what the scenario names is not read.

    Parameters
    ----------
    data : str or None
        After `--data`. Its faults are raised at once, so that they are not laid to the scenario.
    """
    from capacity_sim.runs.replication import load_data

    if data is None:
        return load_data
    found = load_data(data)
    return lambda _: found


def month(text: str, option: str = "--at") -> str:
    """Month that was typed after an option; a full date stands for its month."""
    found = text[:7] if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else text
    if not _MONTH.fullmatch(found):
        raise UsageError(Fault("bad-month", f"`{option} {text}` is not a month", hint="write it as 2027-03"))
    return found


def one_among(text: str, names: Sequence[str], what: str) -> str:
    """The text, when it is one of the names."""
    if text not in names:
        raise UsageError(
            Fault(
                f"unknown-{what.replace(' ', '-')}",
                f"no {what} is called `{text}`",
                hint=did_you_mean(text, names, f"use {one_of(names)}"),
            )
        )
    return text


def reported(months: Sequence[str], first: date | None, start: date, last: date) -> tuple[str, ...]:
    """Months from that of ``--from`` to that of the horizon's last day.

    Raises
    ------
    UsageError
        When the first day is before the data or after the last day.
    """
    if first is not None and first < start:
        raise UsageError(
            Fault(
                "before-data",
                f"`--from {first}` is before the data, which start on {start}",
                hint=f"give {start} or a later day",
            )
        )
    if first is not None and first > last:
        raise UsageError(
            Fault(
                "empty-span",
                f"`--from {first}` is after the last day of the run, {last}",
                hint="give an earlier day, or a later `--to`",
            )
        )
    low, high = (first or start).isoformat()[:7], last.isoformat()[:7]
    return tuple(name for name in months if low <= name <= high) or tuple(months[-1:])


def too_few(*counts: tuple[str, int, int]) -> list[Fault]:
    """Faults for numbers that are less than they may be.

    Parameters
    ----------
    counts : tuple of (option, number, least)
        What was typed after each option.
    """
    return [
        Fault("too-few", f"`{option} {number}` is less than {least}", hint=f"give {least} or more")
        for option, number, least in counts
        if number < least
    ]


def bad_seed(seed: int) -> list[Fault]:
    """A fault for a seed that is none."""
    fault = Fault("bad-seed", f"seed {seed} is below zero", hint="give a whole number from 0")
    return [fault] if seed < 0 else []


def together(problems: Sequence[CapacitySimError]) -> CapacitySimError:
    """One error with the faults of several of a kind."""
    return type(problems[0])([fault for problem in problems for fault in problem.faults])
