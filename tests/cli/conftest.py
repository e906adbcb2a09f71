"""Typing commands in an empty folder, on a made-up model."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_counts import FakeCounts
from support.fake_model import FakeModel
from typer.testing import CliRunner, Result

from capacity_sim.cli import app, work
from capacity_sim.runs.runner import Model


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """Model whose replications are made up; `--region` and the like reach it as they would the real one.

    So are the runs without each change that say what moved a threshold: each change takes a little of what is left.
    """
    fake = FakeModel()

    def make(data: str, region: str | None) -> Model:
        fake.extra = {"region": region}
        return fake

    monkeypatch.setattr(work, "make_model", make)
    counts = FakeCounts(lambda there: 1.0 - 0.95 ** len(there))
    monkeypatch.setattr(work, "make_counts", lambda *_: counts)
    return fake


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Type a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    return invoke
