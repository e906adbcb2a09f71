from pathlib import Path

import pytest

from capacity_sim import catalogue
from capacity_sim.catalogue import strict_yaml
from capacity_sim.errors import DataError, ScenarioError, render

FILES = {
    "dimensions": "risk: [low, high]\narea: [court]\nqueue: [plan]\n",
    "parameters": "a.b: {unit: x, dims: [risk, activity], limits: [0, 1], varies: true, words: w}\n",
    "activities": "activities:\n  - {id: report, title: Report, area: court, queue: plan, minutes: [1, 2]}\n",
    "outputs": "fte: {unit: FTE, by: [area], over_cells: sum, over_months: mean, words: w}\n",
}


def write(folder: Path, **changed: str) -> Path:
    for name, text in {**FILES, **changed}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def faults_of(folder: Path) -> list[tuple[str, int | None]]:
    with pytest.raises(DataError) as caught:
        catalogue.read_catalogue(folder)
    return [(fault.code, fault.line) for fault in caught.value.faults]


def test_the_real_catalogue_is_sound():
    real = catalogue.load()
    assert real is catalogue.load()
    assert real.dimensions["activity"] == tuple(activity.id for activity in real.activities)
    assert {activity.area for activity in real.activities} == set(real.dimensions["area"])
    for spec in real.parameters.values():
        assert spec.words.endswith("."), spec.path
    for output in real.outputs.values():
        assert output.words.endswith("."), output.name


def test_a_small_catalogue_is_read(tmp_path: Path):
    small = catalogue.read_catalogue(write(tmp_path))
    assert small.shape("a.b") == (2, 1)
    assert small.activities[0].spec == {"minutes": [1, 2]}
    assert small.parameters["a.b"].kind == "number"
    assert small.outputs["fte"].over_months == "mean"


def test_a_ratio_is_told_apart_by_what_both_its_parts_are(tmp_path: Path):
    ratio = "share: {unit: per cent, over_cells: ratio, over_months: ratio, numerator: a, denominator: b, words: w}\n"
    parts = [
        f"{name}: {{unit: FTE, by: {by}, over_cells: sum, over_months: mean, words: w}}\n"
        for name, by in (("a", "[risk, area]"), ("b", "[area, grade]"))
    ]
    found = catalogue.read_catalogue(write(tmp_path, outputs=ratio + "".join(parts)))
    assert (found.outputs["share"].by, found.outputs["share"].areas) == (("area",), ("court",))
    assert found.outputs["b"].by == ("area", "grade")
    assert faults_of(write(tmp_path, outputs=ratio.replace("unit", "by: [area], unit") + "".join(parts)))


def test_a_where_names_cells(tmp_path: Path):
    small = catalogue.read_catalogue(write(tmp_path))
    assert small.mask("a.b", {}).all()
    assert small.mask("a.b", {"risk": "high"}).tolist() == [[False], [True]]
    assert small.mask("a.b", {"risk": ("low", "high"), "activity": "report"}).all()
    assert small.cell("a.b", (1, 0)) == {"risk": "high", "activity": "report"}


def test_a_where_with_unknown_names_says_what_is_near(tmp_path: Path):
    small = catalogue.read_catalogue(write(tmp_path))
    found = small.where_faults("a.b", {"rusk": "low", "risk": ("hihg",)})
    assert [(fault.code, fault.hint) for fault in found] == [
        ("unknown-dimension", "did you mean `risk`?"),
        ("unknown-value", "did you mean `high`?"),
    ]
    assert small.path_hint("a.bb") == "did you mean `a.b`?"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"dimensions": "risk: low\n" + FILES["dimensions"].partition("\n")[2]}, ("bad-dimension", 1)),
        ({"dimensions": FILES["dimensions"] + "activity: [a]\n"}, ("bad-dimension", 4)),
        ({"parameters": FILES["parameters"].replace("risk,", "rusk,")}, ("unknown-dimension", 1)),
        ({"parameters": FILES["parameters"].replace("[0, 1]", "[1, 0]")}, ("bad-limits", 1)),
        ({"parameters": FILES["parameters"].replace("true", "often")}, ("bad-switch", 1)),
        ({"parameters": FILES["parameters"].replace("unit: x, ", "")}, ("missing-key", 1)),
        ({"parameters": FILES["parameters"].replace("words: w", "words: w, and more")}, ("unknown-key", 1)),
        ({"parameters": "A.b" + FILES["parameters"][3:]}, ("bad-name", 1)),
        ({"activities": FILES["activities"].replace("area: court", "area: cuort")}, ("unknown-value", 2)),
        ({"activities": FILES["activities"].replace("id: report, ", "")}, ("missing-key", 2)),
        ({"activities": "activities: none\n"}, ("missing-key", 1)),
        ({"outputs": FILES["outputs"].replace("mean", "median")}, ("bad-total", 1)),
        ({"outputs": FILES["outputs"].replace("sum", "ratio")}, ("bad-ratio", 1)),
        ({"outputs": FILES["outputs"].replace("by: [area], ", "")}, ("missing-key", 1)),
        ({"outputs": FILES["outputs"].replace("[area]", "[aera]")}, ("unknown-value", 1)),
        ({"outputs": FILES["outputs"].replace("[area]", "[area], areas: [cuort]")}, ("unknown-value", 1)),
        ({"outputs": FILES["outputs"].replace("[area]", "[risk], areas: [court]")}, ("bad-areas", 1)),
    ],
)
def test_each_fault_of_a_catalogue_has_a_place(
    tmp_path: Path, changed: dict[str, str], expected: tuple[str, int]
):
    assert expected in faults_of(write(tmp_path, **changed))


def test_missing_files_are_named_together(tmp_path: Path):
    write(tmp_path)
    (tmp_path / "outputs.yaml").unlink()
    (tmp_path / "dimensions.yaml").write_text("", encoding="utf-8")
    assert sorted(code for code, _ in faults_of(tmp_path)) == ["empty-file", "no-file"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("2.", 2.0),
        ("true", True),
        ("~", None),
        ("2024-04-29", __import__("datetime").date(2024, 4, 29)),
        ("2024-02-30", "2024-02-30"),
        ("2024-04", "2024-04"),
        ("yes", "yes"),
        ("012", "012"),
        ("1_000", "1_000"),
        ("'12'", "12"),
        ("e", "e"),
        (".", "."),
        (".inf", ".inf"),
    ],
)
def test_scalars_mean_one_thing(text: str, value: object):
    found = strict_yaml.parse(f"a: {text}", "f").plain()["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a: 1\na: 2", ["duplicate-key"]),
        ("a: &x 1\nb: *x", ["anchor"]),
        ("<<: {a: 1}", ["merge-key"]),
        ("a: !thing 1", ["tag"]),
        ("a: 1\n---\nb: 1", ["two-documents"]),
        ("1.5: a\ntrue: b\n? [x]\n: c", ["bad-key"] * 3),
        ("", ["empty-file"]),
        ("a: [1", ["not-yaml"]),
        ("a: \x07", ["not-yaml"]),
        ("\ta: 1", ["not-yaml"]),
    ],
)
def test_what_is_refused(text: str, codes: list[str]):
    with pytest.raises(ScenarioError) as caught:
        strict_yaml.parse(text, "f", ScenarioError)
    assert [fault.code for fault in caught.value.faults] == codes
    assert render(caught.value.faults)


def test_a_tree_knows_its_places():
    tree = strict_yaml.parse("a:\n  - {b: 1}\n  - c", "f")
    assert (tree.at(("a", 0, "b")).line, tree.at(("a", 0, "b")).column) == (2, 9)
    assert tree.at(("a", 9)).line == 2
    assert tree.plain() == {"a": [{"b": 1}, "c"]}


def test_a_file_that_cannot_be_read_is_one_message(tmp_path: Path):
    with pytest.raises(DataError, match="there is no file"):
        strict_yaml.read(tmp_path / "none.yaml")
    with pytest.raises(DataError, match="cannot be read"):
        strict_yaml.read(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(DataError, match="not text in UTF-8"):
        strict_yaml.read(tmp_path / "latin.yaml")
