"""Fixtures that any test may use, the `--update-golden` option, and the rule that every test has one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from capacity_sim.catalogue import Catalogue, read_catalogue
from capacity_sim.data.values import BaselineValue, read_values

ROOT = Path(__file__).parent.parent
TINY = Path(__file__).parent / "tiny"

# A loaded machine is slow now and then: time limits on single examples would fail for no fault of the code.
settings.register_profile("capacity-sim", deadline=None, max_examples=50)
settings.load_profile("capacity-sim")


@dataclass(frozen=True)
class TinyData:
    """A data set with a start and values, and nothing else."""

    name: str
    start: date
    values: tuple[BaselineValue, ...]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites expected files."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write expected files (golden results, messages) instead of comparing; read the diff afterwards",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def tiny() -> Catalogue:
    """A catalogue of a few parameters, for tests of the language alone."""
    return read_catalogue(TINY)


@pytest.fixture(scope="session")
def tiny_data(tiny: Catalogue) -> TinyData:
    """Values of the tiny catalogue."""
    return TinyData("tiny", date(2024, 3, 31), read_values(TINY / "values.yaml", tiny))


@pytest.fixture
def check_text(update_golden: bool) -> Callable[[str, Path], None]:
    """Compare a text with an expected file, or write it under `--update-golden`."""

    def check(text: str, expected: Path) -> None:
        if update_golden:
            expected.parent.mkdir(parents=True, exist_ok=True)
            expected.write_text(text + "\n", encoding="utf-8")
        assert expected.exists(), f"{expected.name} is missing; write it with `pytest --update-golden`"
        assert text + "\n" == expected.read_text(encoding="utf-8")

    return check


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work at the root of the checkout, so that paths in messages are the same everywhere."""
    monkeypatch.chdir(ROOT)
    return ROOT
