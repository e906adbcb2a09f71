"""Options that were typed where they would have no effect: refused, so that nobody believes that they acted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

import typer

from capacity_sim.errors import Fault, UsageError, one_of

#: options on how scenarios are run, by the names of the parameters of a command: without effect where nothing is run
RUNNING = "draws reps seed design units last region workers scheduler data timing_basis force movers"

#: name of the parameter and option of all that was typed, in the order of the help
_TYPED: ContextVar[tuple[tuple[str, str], ...]] = ContextVar("typed", default=())


@contextlib.contextmanager
def remembered(context: typer.Context | None) -> Iterator[None]:
    """Remember which options were typed while a command runs; none where it is called from code."""
    found: list[tuple[str, str]] = []
    for one in [] if context is None else context.command.params:
        source = None if context is None or one.name is None else context.get_parameter_source(one.name)
        if one.name is not None and source is not None and source.name == "COMMANDLINE":
            found.append((one.name, one.opts[0]))
    token = _TYPED.set(tuple(found))
    try:
        yield
    finally:
        _TYPED.reset(token)


def was_typed(name: str) -> bool:
    """Whether the option of a parameter was typed."""
    return any(name == one for one, _ in _TYPED.get())


def refuse(names: str, why: str, hint: str) -> None:
    """Refuse options that were typed and have no effect.

    Parameters
    ----------
    names : str
        Names of parameters of the command, apart by spaces.
    why : str
        Why they have none.
    hint : str
        What to do about it.

    Raises
    ------
    UsageError
        With one message for all of them.
    """
    idle = [option for name, option in _TYPED.get() if name in names.split()]
    if idle:
        listed, verb = one_of(idle).replace(" or ", " and "), "has" if len(idle) == 1 else "have"
        raise UsageError(Fault("no-effect", f"{listed} {verb} no effect here: {why}", hint=hint))
