"""Fixtures that any test may use, the `--update-golden` option, and the rule that every test has one kind."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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


@pytest.fixture
def check_text(update_golden: bool):  # type: ignore[no-untyped-def]
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
