"""Each file in `bad` has one kind of fault; the exact message stands beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from capacity_sim import data, scenario
from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import ScenarioError, counted, render

BAD = Path(__file__).parent / "bad"
FILES = sorted(BAD.glob("*.yaml"))

pytestmark = pytest.mark.bad


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_fault_has_its_message(
    path: Path, tiny: Catalogue, tiny_data, check_text: Callable[[str, Path], None], at_root: Path
):
    def load_data(name: str) -> scenario.HasValues:
        return tiny_data if name == "tiny" else data.load(name)

    with pytest.raises(ScenarioError) as caught:
        scenario.load(
            path.relative_to(at_root), ["tests/bad/parents", "tests/bad"], catalogue=tiny, load_data=load_data
        )
    faults = caught.value.faults
    check_text(f"{render(faults)}\n\n{counted(faults)}", path.with_suffix(".txt"))


def test_every_message_belongs_to_a_file():
    assert {path.stem for path in BAD.glob("*.txt")} == {path.stem for path in FILES}


def test_the_parents_are_sound(tiny: Catalogue, tiny_data):
    for path in sorted((BAD / "parents").glob("*.yaml")):
        if path.stem != "ring":
            scenario.load(path, catalogue=tiny, load_data=lambda name: tiny_data)
