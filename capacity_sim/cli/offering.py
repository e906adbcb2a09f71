"""Options that are written once, as the fields of a dataclass, and offered by many commands.

A command that has a parameter of such a dataclass is typed with an option for each of its fields, and is given the
dataclass that they fill.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from typer.models import ParameterInfo


@dataclass(frozen=True)
class Read:
    """Says of a field that text is typed for it, and how that is read.

    Parameters
    ----------
    reader : callable
        Given the text (None when nothing was typed) and the option; raises UsageError for a bad text.
    option : str
        The option, as it is typed.
    """

    reader: Callable[[str | None, str], object]
    option: str


@dataclass(frozen=True, init=False)
class Offers:
    """Fields that a command offers as options, in the order of its help; without it a command offers all of them.

    Parameters
    ----------
    words : str
        Names of fields, apart by spaces. A parameter of the command may stand among them, to have that place in the
        help; one that is called like a field fills the field too, unless nothing was typed for it (None).
    """

    names: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "names", tuple(" ".join(words).split()))


@dataclass(frozen=True)
class _Group:
    """A parameter of a command that stands for several options."""

    name: str
    default: Any
    kinds: Mapping[str, Any]
    offered: tuple[str, ...]

    @classmethod
    def of(cls, parameter: inspect.Parameter) -> _Group | None:
        """The group of a parameter; None when it is a plain one."""
        kind, *more = _parts(parameter.annotation)
        if not is_dataclass(kind):
            return None
        hints = get_type_hints(kind, include_extras=True)
        kinds = {field.name: hints[field.name] for field in fields(kind)}
        names = next((one.names for one in more if isinstance(one, Offers)), tuple(kinds))
        return cls(parameter.name, parameter.default, kinds, names)

    def option(self, name: str) -> inspect.Parameter:
        """Option of a field, with the default that the command has for it."""
        if name not in self.kinds:
            message = f"`{name}` is offered, and neither a parameter of the command nor a field"
            raise TypeError(message)
        _, *more = _parts(self.kinds[name])
        if any(isinstance(one, Read) for one in more):
            info = next(one for one in more if isinstance(one, ParameterInfo))
            return option(name, None, Annotated[str | None, info])
        return option(name, getattr(self.default, name), self.kinds[name])

    def filled(self, typed: Mapping[str, Any], own: Mapping[str, inspect.Parameter]) -> Any:
        """The dataclass with what was typed."""
        values = {
            name: typed[name] if name in own else self._read(name, typed[name])
            for name in self.kinds
            if name in typed and (typed[name] is not None if name in own else name in self.offered)
        }
        return replace(self.default, **values)

    def _read(self, name: str, value: Any) -> Any:
        _, *more = _parts(self.kinds[name])
        found = next((one for one in more if isinstance(one, Read)), None)
        return value if found is None else found.reader(value, found.option)


class Offered:
    """A command as it is typed, and as it is called.

    Parameters
    ----------
    command : callable
        A command, with parameters for Typer and for dataclasses of options; the latter have a default.
    """

    def __init__(self, command: Callable[..., Any]) -> None:
        self._own = dict(inspect.signature(command, eval_str=True).parameters)
        self._groups = [group for one in self._own.values() if (group := _Group.of(one)) is not None]
        for group in self._groups:
            del self._own[group.name]
        moved = {name for group in self._groups for name in group.offered}
        options = [_keyword(one) for name, one in self._own.items() if name not in moved]
        for group in self._groups:
            options += [_keyword(self._own[n]) if n in self._own else group.option(n) for n in group.offered]
        self.signature = inspect.Signature(options)

    def arguments(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """What the command is called with.

        Parameters
        ----------
        typed : mapping of str
            What was typed for each option.
        """
        own = {name: typed[name] for name in self._own if name in typed}
        return own | {group.name: group.filled(typed, self._own) for group in self._groups}


def option(name: str, default: Any, kind: Any) -> inspect.Parameter:
    """An option as Typer reads it from the signature of a command."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _keyword(parameter: inspect.Parameter) -> inspect.Parameter:
    """The same parameter, in any place: what is typed is given by name."""
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _parts(annotation: Any) -> tuple[Any, ...]:
    """Type of an annotation, and what is said of it."""
    return get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
