"""Each notebook is a short paper, and runs on the made-up region within a budget of seconds."""

import importlib.util
import re
import time
from pathlib import Path
from types import ModuleType

import jupytext
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
#: seconds that a notebook may take on a machine that does nothing else, with room for one that does
BUDGET = 300


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_seven() -> None:
    assert [source.name[:2] for source in SOURCES] == [f"0{number}" for number in range(1, 8)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_each_reads_as_a_short_paper(source: Path) -> None:
    words = "\n".join(cell.source for cell in jupytext.read(source).cells if cell.cell_type == "markdown")
    assert re.search(r"^# \d\. ", words)
    assert "**Question.**" in words
    assert "## Caveat" in words
    assert re.search(r"^## (Answer|One person)", words, re.M)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_notebook_of_the_nation_has_the_cells_of_its_text(source: Path, make: ModuleType) -> None:
    kept = nbformat.read(source.with_suffix(".ipynb"), 4).cells
    text = make.notebook(source, make.NATION).cells
    assert [cell.source for cell in kept] == [cell.source for cell in text]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_notebook_of_the_nation_ran_whole_and_names_no_machine(source: Path) -> None:
    kept = nbformat.read(source.with_suffix(".ipynb"), 4)
    cells = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    text = source.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert re.findall(r"(?<![\w.])/(?:tmp|home|root|Users|var|private)/", text) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where they run, one after another as a reader would: what one has simulated, the next finds."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")
def test_it_runs_on_the_made_up_region(
    source: Path, make: ModuleType, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "ipython"))
    began = time.monotonic()
    done = make.execute(make.notebook(source, {**make.DEMO, "DRAWS": 2}), folder, BUDGET)
    assert time.monotonic() - began < BUDGET
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert pictures
    assert all(len(output.metadata["image/png"]["alt"]) > 40 for output in pictures)
    assert [output for output in outputs if "text/markdown" in output.get("data", {})]
