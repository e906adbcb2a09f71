"""The wheel that `pip install` makes holds what the package needs and runs away from the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds the unpacked wheel, as `pip install` would lay it out."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_wheel_holds_every_data_file(installed: Path) -> None:
    wanted = [*(ROOT / "capacity_sim").rglob("*.yaml"), ROOT / "capacity_sim" / "py.typed"]
    assert wanted
    assert [path for path in wanted if not (installed / path.relative_to(ROOT)).is_file()] == []


def test_wheel_holds_the_scenarios(installed: Path) -> None:
    shipped = {path.name for path in (installed / "capacity_sim" / "scenarios_shipped").iterdir()}
    assert {path.name for path in (ROOT / "scenarios").glob("*.yaml")} <= shipped
    assert {"baseline.yaml", "reset.yaml"} <= shipped


def test_installed_command_finds_its_scenarios(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(installed))
    command = (
        "import capacity_sim, sys; from capacity_sim.cli import main;"
        f"assert capacity_sim.__file__.startswith({str(installed)!r}), capacity_sim.__file__;"
        "sys.argv = ['capacity-sim', 'list']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "baseline" in done.stdout
    assert "reset" in done.stdout
