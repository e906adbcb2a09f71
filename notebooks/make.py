"""Executes the notebooks: the text files are the source, and the notebooks beside them are made.

`python notebooks/make.py` takes the nation and writes `notebooks/*.ipynb` with what the cells gave; `--demo` takes the
made-up region and writes nothing. The tests execute them on the made-up region too. A notebook that is written says
which inputs and which model made it, as the pages of `docs/` do; `python docs/render.py --stale` lists it when they
change.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
#: what stands in the cell of parameters of each notebook
DEMO: Mapping[str, object] = {"DATA": "demo", "REGION": None, "DRAWS": 4}
NATION: Mapping[str, object] = {"DATA": "england_wales", "REGION": None, "DRAWS": 10}
#: scenarios that they rest on, beside those of every page
SCENARIOS = ("impact", "in-force", "isr", "nao-2025", "ofps")
_SECONDS = 3600


def sources() -> list[Path]:
    """Text files of the notebooks, in order."""
    return sorted(HERE.glob("[0-9]*.py"))


def notebook(source: Path, parameters: Mapping[str, object]) -> nbformat.NotebookNode:
    """Notebook of a text file, with its cell of parameters filled."""
    found = jupytext.read(source)
    cells = [cell for cell in found.cells if "parameters" in cell.metadata.get("tags", ())]
    if len(cells) != 1:
        message = f"{source.name} has {len(cells)} cells of parameters, not one"
        raise ValueError(message)
    names = ", ".join(parameters)
    cells[0].source = f"{names} = {', '.join(map(repr, parameters.values()))}"
    for place, cell in enumerate(found.cells):
        cell["id"] = f"cell-{place}"
    return found


def execute(found: nbformat.NotebookNode, folder: Path, seconds: int = _SECONDS) -> nbformat.NotebookNode:
    """Notebook with what its cells give, run in a folder."""
    place = {"metadata": {"path": str(folder)}}
    client = NotebookClient(found, timeout=seconds, kernel_name="python3", resources=place)
    done: nbformat.NotebookNode = client.execute()
    for cell in done.cells:
        cell.metadata.pop("execution", None)
    return done


def stamp() -> str:
    """Which inputs and which model make the notebooks."""
    folder = str(HERE.parent / "docs")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    made: str = importlib.import_module("render").stamp(*SCENARIOS)
    return made


def main() -> None:
    """Execute every notebook, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="start of the names; all by default")
    parser.add_argument("--demo", action="store_true", help="the made-up region, without writing")
    given = parser.parse_args()
    for source in sources():
        if given.names and not source.name.startswith(tuple(given.names)):
            continue
        print(source.name, flush=True)
        done = execute(notebook(source, DEMO if given.demo else NATION), HERE.parent)
        if not given.demo:
            done.metadata["made"] = stamp()
            nbformat.write(done, source.with_suffix(".ipynb"))


if __name__ == "__main__":
    main()
