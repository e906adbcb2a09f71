"""`pack audit` and `pack verify` as they are typed: unpacked elsewhere, the pack gives the same."""

import shlex
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

pytestmark = pytest.mark.cli
Invoke = Callable[..., Result]
SPAN = ("--data", "demo", "--to", "2024-06-30")


@pytest.fixture
def pack(typed: Invoke) -> Path:
    """Pack of two runs of the made-up region, unpacked in a folder that holds nothing else."""
    # draws in two hypercubes, as `--until` adds them: the pack has to say so
    run = typed("run", "baseline", "reset", *SPAN, "--draws", 3, "--design", "lhs-2", "--no-movers")
    assert run.exit_code == 0, run.stderr
    made = typed("pack", "audit", *sorted(Path("runs").glob("[!.]*")), "-o", "out/audit.zip")
    assert made.exit_code == 0, made.stderr
    assert made.stdout == "out/audit.zip\n"
    elsewhere = Path("elsewhere")
    with zipfile.ZipFile("out/audit.zip") as archive:
        archive.extractall(elsewhere)
    (top,) = elsewhere.iterdir()
    assert f"next: `capacity-sim pack verify {top.name}`" in made.stderr
    shutil.rmtree("runs")
    return top


@pytest.mark.slow
def test_a_pack_is_rebuilt_elsewhere_byte_for_byte(typed: Invoke, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {file.relative_to(pack).as_posix() for file in pack.rglob("*") if file.is_file()}
    for name in (
        "README.md", "checksums.txt", "versions.json", "scenarios/baseline.yaml", "scenarios/reset.yaml",
        "parameters/reset.csv", "assumptions/reset.csv", "assumptions/reset.md", "data/demo/staff.yaml",
        "tables/baseline.txt", "tables/compared.csv",
    ):  # fmt: skip
        assert name in parts
    assert any(name.startswith("charts/") for name in parts)

    done = typed("pack", "verify", pack)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.count("same") == 4
    assert "byte for byte" in done.stdout

    # the commands of the README, typed in the unpacked folder, give the tables beside them
    monkeypatch.chdir(pack)
    words = Path("README.md").read_text(encoding="utf-8")
    lines = [line for line in words.splitlines() if line.startswith("| `tables/") and "capacity-sim" in line]
    assert len(lines) == 6
    for line in lines:
        name, command = (part.strip(" `") for part in line.strip("|").split("|"))
        again = typed_here(shlex.split(command)[1:])
        assert again.exit_code == 0, again.stderr
        assert again.stdout == Path(name).read_text(encoding="utf-8")


def typed_here(words: list[str]) -> Result:
    from typer.testing import CliRunner

    from capacity_sim.cli import app

    return CliRunner().invoke(app, words)


@pytest.mark.slow
def test_a_pack_that_was_altered_is_refused(typed: Invoke, pack: Path) -> None:
    table = pack / "tables" / "reset.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("0", "1"), encoding="utf-8")
    (pack / "versions.json").unlink()
    refused = typed("pack", "verify", pack)
    assert refused.exit_code == 3
    assert "`tables/reset.csv` is not as it was packed" in refused.stderr
    assert "`versions.json` is missing" in refused.stderr


def test_what_is_no_pack_is_said(typed: Invoke) -> None:
    Path("folder").mkdir()
    refused = typed("pack", "verify", "folder")
    assert refused.exit_code == 3
    assert "`folder` is no unpacked audit pack" in refused.stderr
    name = typed("pack", "audit", "baseline", "-o", "audit.tar")
    assert name.exit_code == 2
    assert "end it with .zip" in name.stderr
