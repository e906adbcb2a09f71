"""What goes wrong becomes one clear message and an exit code; a traceback only when it is asked for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

import typer

from capacity_sim.errors import CapacitySimError, ExitCode, Fault, ScenarioError, counted, render

#: what shells expect of a command that Ctrl-C or a polite kill has stopped
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM

F = TypeVar("F", bound=Callable[..., Any])


class Terminated(BaseException):
    """The process was asked to stop."""


def guarded(command: F) -> F:
    """Command whose errors are shown as messages; its option `debug` asks for the traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except CapacitySimError as problem:
            _trace(options)
            say(render(problem.faults))
            if isinstance(problem, ScenarioError):
                say(f"\n{counted(problem.faults)}; nothing was run")
            code = int(problem.exit_code)
        except KeyboardInterrupt:
            say("stopped: what was finished is kept, and nothing half-written is left")
            code = INTERRUPTED
        except Terminated:
            say("stopped from outside: what was finished is kept, and nothing half-written is left")
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

    return run  # type: ignore[return-value]


def say(text: str) -> None:
    """Print to stderr."""
    print(text, file=sys.stderr, flush=True)


def _trace(options: dict[str, Any]) -> None:
    if options.get("debug"):
        import traceback

        say(traceback.format_exc().rstrip())


def stop_politely() -> None:
    """Let a polite kill unwind the program, so that nothing half-written is left."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)
