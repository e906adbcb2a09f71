"""What goes wrong becomes one clear message and an exit code; a traceback only when it is asked for."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

import typer

from capacity_sim.cli import idle
from capacity_sim.cli.offering import Offered, option
from capacity_sim.cli.options import AsXlsx, NoScheduler, Suppress
from capacity_sim.cli.output import Spreadsheet, beside, without_small_cells
from capacity_sim.cli.saying import say as say
from capacity_sim.errors import CapacitySimError, DataError, ExitCode, Fault, ScenarioError, UsageError, counted, render

#: what shells expect of a command that Ctrl-C or a polite kill has stopped
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
_KEPT = "what was finished is kept, and nothing half-written is left; the same command goes on from there"

#: data set whose sources a spreadsheet lists when none is named
_DATA = "england_wales"
#: a command with workers that cannot run on a cluster is given the option, to say so
_ALONE = "no_scheduler"
#: every command is given what Typer knows of it, and so which options were typed
_CONTEXT = "context"


class Terminated(BaseException):
    """The process was asked to stop."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Command whose errors are shown as messages; its option `debug` asks for the traceback.

    A command that prints tables (it has `--json`) gets two options: `--xlsx`, for a spreadsheet of them, and
    `--suppress`, to hide small counts of people. One that takes a dataclass of options has an option for each field:
    see `offering`.
    """
    offered = Offered(command)

    @wraps(command)
    def run(**options: Any) -> None:
        xlsx: Path | None = options.pop("xlsx", None)
        least: int | None = options.pop("suppress", None)
        context: typer.Context | None = options.pop(_CONTEXT, None)
        try:
            if options.pop(_ALONE, None) is not None:
                raise UsageError(_alone(command.__name__))
            with idle.remembered(context), without_small_cells(least), _connected(options):
                if xlsx is None:
                    command(**offered.arguments(options))
                    return
                data = (options.get("data") or _DATA) if "data" in options else None
                with beside(Spreadsheet(xlsx, _typed(), data, bool(options.get("quiet")))):
                    command(**offered.arguments(options))
                    return
        except CapacitySimError as problem:
            _trace(options)
            say(render(_placed(problem, context)))
            if isinstance(problem, ScenarioError):
                say(f"\n{counted(problem.faults)}; nothing was run")
            code = int(problem.exit_code)
        except KeyboardInterrupt:
            say(f"stopped: {_KEPT}")
            code = INTERRUPTED
        except Terminated:
            say(f"stopped from outside: {_KEPT}")
            code = TERMINATED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = int(ExitCode.PROGRAM)
        except (typer.Exit, SystemExit):
            raise
        except Exception as problem:
            _trace(options)
            what = f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
            say(
                render(
                    [
                        Fault(
                            "fault-in-program",
                            f"a fault in the program, not in your files: {what}",
                            hint="`--debug` shows where; please report it with the command",
                        )
                    ]
                )
            )
            code = int(ExitCode.PROGRAM)
        raise typer.Exit(code)

    shown = offered.signature
    if "json" in shown.parameters:
        more = [option("xlsx", None, AsXlsx), option("suppress", None, Suppress)]
        shown = shown.replace(parameters=[*shown.parameters.values(), *more])
    if "workers" in shown.parameters and "scheduler" not in shown.parameters:
        shown = shown.replace(parameters=[*shown.parameters.values(), option(_ALONE, None, NoScheduler)])
    shown = shown.replace(parameters=[*shown.parameters.values(), option(_CONTEXT, None, typer.Context)])
    run.__annotations__ = {name: one.annotation for name, one in shown.parameters.items()}
    vars(run)["__signature__"] = shown
    return run


def _placed(problem: CapacitySimError, context: typer.Context | None) -> Sequence[Fault]:
    """Faults of an error; one of a data set as a whole is placed at the option that named the data set."""
    data = None if context is None or _source(context) != "COMMANDLINE" else context.params.get("data")
    if data is None or not isinstance(problem, DataError):
        return problem.faults
    return [replace(one, file=f"--data {data}") if one.file is None else one for one in problem.faults]


def _source(context: typer.Context) -> str:
    """Where the data set of a command comes from: typed, or by default."""
    source = context.get_parameter_source("data")
    return "" if source is None else source.name


def _connected(options: dict[str, Any]) -> AbstractContextManager[None]:
    """Connect to a cluster once for all the studies of a command that is to run on one."""
    if options.get("scheduler") is None:
        return nullcontext()
    from capacity_sim.runs.places import one_connection

    return one_connection()


def _alone(command: str) -> Fault:
    message = f"`{command}` runs on this machine alone, and not on a Dask cluster"
    return Fault("no-scheduler", message, hint="leave `--scheduler` out; `--workers` says on how many cores it runs")


def _typed() -> str:
    """The command as it was typed, for the notes of a spreadsheet."""
    program = Path(sys.argv[0])
    ours = program.stem == "capacity-sim" or (program.name == "__main__.py" and program.parent.name == "capacity_sim")
    return shlex.join(["capacity-sim", *(sys.argv[1:] if ours else ())])


def _trace(options: dict[str, Any]) -> None:
    if options.get("debug"):
        import traceback

        say(traceback.format_exc().rstrip())


def stop_politely() -> None:
    """Let a polite kill unwind the program, so that nothing half-written is left."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)
