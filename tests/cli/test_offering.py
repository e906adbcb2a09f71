"""Options that are written once and offered by many commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import pytest
import typer
from typer.testing import Result

from capacity_sim.cli.offering import Offered, Offers, Read
from capacity_sim.cli.options import day
from capacity_sim.errors import UsageError

pytestmark = pytest.mark.cli
Invoke = Callable[..., Result]


@dataclass(frozen=True)
class Few:
    """Some options."""

    size: Annotated[int, typer.Option(help="How many.")] = 1
    last: Annotated[date | None, typer.Option("--to", help="Last day."), Read(day, "--to")] = None
    loud: Annotated[bool, typer.Option("--loud", help="Say it.")] = False


def whole(name: str, few: Few = Few(size=3)) -> None:
    """A command that offers every option of the group."""


def part(
    name: str,
    size: Annotated[int | None, typer.Option(help="My own words.")] = None,
    top: int = 5,
    few: Annotated[Few, Offers("last top", "loud")] = Few(size=7),
) -> None:
    """A command with a place for an option of its own, and with one like a field."""


def test_each_field_is_an_option_with_the_default_of_the_command() -> None:
    typed = Offered(whole).signature.parameters
    assert list(typed) == ["name", "size", "last", "loud"]
    assert [one.default for one in typed.values()] == [inspect.Parameter.empty, 3, None, False]


def test_what_a_command_offers_stands_in_that_order() -> None:
    assert list(Offered(part).signature.parameters) == ["name", "size", "last", "top", "loud"]


def test_a_command_is_given_the_group_that_was_filled() -> None:
    given = Offered(whole).arguments({"name": "a", "size": 2, "last": "2027-03-31", "loud": True})
    assert given == {"name": "a", "few": Few(2, date(2027, 3, 31), True)}


@pytest.mark.parametrize(("typed", "size"), [(4, 4), (None, 7)])
def test_an_option_of_its_own_fills_the_field_when_it_was_typed(typed: int | None, size: int) -> None:
    given = Offered(part).arguments({"name": "a", "size": typed, "top": 9, "last": None, "loud": False})
    assert given == {"name": "a", "size": typed, "top": 9, "few": Few(size)}


def test_a_bad_text_is_refused_when_the_command_is_called() -> None:
    with pytest.raises(UsageError, match="`--to soon` is not a full date"):
        Offered(whole).arguments({"name": "a", "size": 2, "last": "soon", "loud": True})


@pytest.mark.parametrize(
    ("words", "name"), [("calibrate", "calibrate"), ("reconcile", "reconcile"), ("pack verify anywhere", "verify")]
)
def test_a_command_that_cannot_run_on_a_cluster_says_so(typed: Invoke, words: str, name: str) -> None:
    result = typed(*words.split(), "--scheduler", "tcp://127.0.0.1:9")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error[no-scheduler]: `{name}` runs on this machine alone")


def test_a_name_that_is_no_option_is_a_fault_of_the_program() -> None:
    def wrong(few: Annotated[Few, Offers("lst")] = Few()) -> None:
        """A command with a slip."""

    wrong.__annotations__ = {"few": Annotated[Few, Offers("lst")], "return": None}
    with pytest.raises(TypeError, match="`lst` is offered"):
        Offered(wrong)
