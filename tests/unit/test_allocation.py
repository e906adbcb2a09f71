"""The allocation to units repeats to the byte, meets every total, and has the published regional pattern."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sim import data
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.data import allocate
from capacity_sim.errors import DataError

SETS = Path(data.__file__).parent
GRADES = load_catalogue().dimensions["grade"]
PO = GRADES.index("PO")


@pytest.fixture(scope="module")
def nation():
    return data.load("england_wales")


@pytest.mark.parametrize("name", ["england_wales", "demo"])
def test_the_tables_are_those_that_the_rules_give(name, tmp_path):
    for path in allocate.write(SETS / name, tmp_path):
        shipped = SETS / name / path.name
        assert path.read_bytes() == shipped.read_bytes(), f"run `python -m capacity_sim.data.allocate {name}`"


def test_another_seed_gives_other_units_and_the_same_totals(tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(SETS / "demo", folder)
    shutil.copytree(SETS / "england_wales", tmp_path / "england_wales")
    rules = folder / "allocation.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("seed: {value: 1,", "seed: {value: 2,"))
    allocate.write(folder)
    other, first = data.load(folder), data.load("demo")
    assert (other.people != first.people).any()
    assert (other.people.sum(axis=0) == first.people.sum(axis=0)).all()
    for area in first.staff:
        assert other.national_staff(area) == pytest.approx(first.national_staff(area))


def regional_po(nation):
    return np.bincount(nation.unit_region, nation.staff["sentence_management"][:, PO])


def test_officer_vacancies_are_the_published_ones(nation):
    vacancy = dict(zip(nation.regions, 1 - regional_po(nation) / nation.po_target, strict=True))
    assert vacancy["London"] == pytest.approx(0.35, abs=1e-4)
    assert vacancy["Kent, Surrey & Sussex"] == pytest.approx(0.31, abs=1e-4)
    assert 1 - regional_po(nation).sum() / nation.po_target.sum() == pytest.approx(0.21, abs=1e-4)


def test_wales_is_least_loaded_and_london_and_the_east_among_the_four_most(nation):
    people = np.bincount(nation.unit_region, nation.people.sum(axis=1))
    order = [nation.regions[at] for at in np.argsort(people / regional_po(nation))]
    assert order[0] == "Wales"
    assert {"London", "East of England"} <= set(order[-4:])


def test_no_unit_is_without_the_least_staff(nation):
    least = {"CA": 1, "PSO": 3, "PO": 3, "SPO": 1}
    for grade, fte in least.items():
        assert nation.staff["sentence_management"][:, GRADES.index(grade)].min() >= fte


def test_units_have_people_of_every_state_and_sizes_that_a_unit_has(nation):
    assert (nation.people > 0).all()
    size = nation.people.sum(axis=1)
    assert 1_000 < size.min()
    assert size.max() < 5_000
    assert (nation.people.sum(axis=1) == np.rint(size)).all()


@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=30),
    least=st.integers(0, 3),
)
@settings(deadline=None)
def test_shares_are_whole_and_add_up(total, weights, least):
    if total < least * len(weights):
        with pytest.raises(DataError):
            allocate.apportion(total, np.array(weights), least)
        return
    shares = allocate.apportion(total, np.array(weights), least)
    assert shares.sum() == total
    assert shares.min() >= least
    free = shares > least
    if free.any() and least == 0:
        ideal = total * np.array(weights) / sum(weights)
        assert (np.abs(shares - ideal) < 1 + 1e-6).all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("people_share: {value: 1,", "people_share: {value: 0.9,", "add up to 0.9000, not 1"),
        ("Demo Region:", "Demo Regions:", "there is no people share for `Demo Region`"),
        ("seed:", "sed:", "`sed` is not a part of `allocation.yaml`"),
        ("value: 0.12", "value: wide", "is a number"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(tmp_path, old, new, words):
    folder = tmp_path / "demo"
    shutil.copytree(SETS / "demo", folder)
    rules = folder / "allocation.yaml"
    text = rules.read_text(encoding="utf-8")
    assert old in text
    rules.write_text(text.replace(old, new, 1), encoding="utf-8")
    before = (folder / "allocation_units.csv").read_bytes()
    with pytest.raises(DataError) as caught:
        allocate.write(folder)
    assert any(words in fault.message for fault in caught.value.faults)
    assert (folder / "allocation_units.csv").read_bytes() == before


def test_the_command_writes_and_says_so(tmp_path, capsys):
    folder = tmp_path / "demo"
    shutil.copytree(SETS / "demo", folder)
    assert allocate.main([str(folder)]) == 0
    assert "allocation_units.csv" in capsys.readouterr().err
    assert allocate.main([str(tmp_path / "nowhere")]) == 3
    assert "error[no-data-set]" in capsys.readouterr().err
    assert allocate.main(["--help"]) == 0
    assert capsys.readouterr().err.startswith("usage: ")
