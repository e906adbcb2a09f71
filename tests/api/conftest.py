"""Finished runs of the made-up region, made once."""

from pathlib import Path

import pytest

import capacity_sim as cs


@pytest.fixture(scope="session")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo-runs")


@pytest.fixture(scope="session")
def runs(runs_dir: Path) -> cs.Runs:
    """Two draws of four scenarios to March 2029."""
    names = ["baseline", "reset", "impact", "in-force"]
    return cs.run(names, data="demo", draws=2, units=True, runs_dir=runs_dir, workers=2)
