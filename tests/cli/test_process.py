"""The command as a process of its own: what it loads, and how it stops."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from capacity_sim.runs.parts import Parts

pytestmark = pytest.mark.cli

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "pandas", "numba", "pyarrow", "matplotlib", "pydantic", "simpy", "scipy", "ruamel.yaml")

#: a job in the background is born deaf to Ctrl-C, and so is what it starts
HEEDS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
SLOW = """
import sys
from capacity_sim.cli import main, work
from support.fake_model import FakeModel
work.make_model = lambda data, region: FakeModel(sleep=0.4)
sys.argv[1:] = ["run", "baseline", "reset", "--draws", "60", "--workers", "2", "--data", "demo"]
main()
"""


def kept_key(study: Path) -> str:
    """Hash of a study whose replications are kept, as each of them says it."""
    first = next(study.glob("*.arrow"))
    with first.open("rb") as source, pa.ipc.open_stream(source) as stream:
        return str(stream.schema.metadata[b"study"].decode())


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}


def loaded_by_help(commands: str, names: tuple[str, ...]) -> str:
    """Which of the names are loaded once the help of commands was shown, as a list in text."""
    code = (
        "import sys; from capacity_sim.cli import app; from typer.testing import CliRunner\n"
        f"for words in {commands}:\n"
        "    result = CliRunner().invoke(app, [*words, '--help'])\n"
        "    assert result.exit_code == 0 and 'Usage' in result.stdout, words\n"
        f"print([name for name in {names} if name in sys.modules])"
    )
    return subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    ).stdout


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by_help("[[]]", HEAVY) == "[]\n"


def test_help_of_a_command_loads_nothing_heavy() -> None:
    commands = "[[one.name or one.callback.__name__] for one in app.registered_commands]"
    # typer itself asks for pydantic when a command has arguments
    assert loaded_by_help(commands, tuple(name for name in HEAVY if name != "pydantic")) == "[]\n"


def test_the_module_and_its_version() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "capacity_sim", "--version"],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("capacity-sim ")


@pytest.mark.parametrize("command", [("pack", "audit"), ("data", "check"), ("run",)])
def test_the_example_of_a_command_stands_on_lines_of_its_own(command: tuple[str, ...]) -> None:
    lines = subprocess.run(
        [sys.executable, "-m", "capacity_sim", *command, "--help"],
        env=environment(), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    at = lines.index("  Example:")
    assert lines[at + 1].startswith(f"    capacity-sim {' '.join(command)} ")
    assert not any("\\b" in line for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are not sent there")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_whole_replications_and_nothing_half_written(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HEEDS + SLOW], cwd=tmp_path, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and not list(tmp_path.glob("runs/.kept/baseline-*/*.arrow")):
                time.sleep(0.05)
            time.sleep(0.3)
            running.send_signal(sent)
            out, err = running.communicate(timeout=60)
        finally:
            running.kill()
    assert running.returncode == code, err
    assert out == ""
    assert "what was finished is kept, and nothing half-written is left" in err
    assert "Traceback" not in err
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [".kept"]
    (study,) = (tmp_path / "runs" / ".kept").iterdir()
    there = {path.name for path in study.iterdir() if path.name != ".lock"}
    assert all(name.endswith(".arrow") for name in there)
    with Parts(tmp_path / "runs", "baseline", kept_key(study)) as parts:
        assert {f"{draw:05}-{rep:05}.arrow" for draw, rep in parts.there()} == there


def test_a_reader_that_leaves_early_is_no_fault(tmp_path: Path) -> None:
    command = f"{sys.executable} -m capacity_sim list units --csv | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "unit,region\n"
    assert "Traceback" not in done.stderr
