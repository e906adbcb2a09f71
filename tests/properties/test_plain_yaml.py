"""The quick reader of plain YAML gives the tree that ruamel.yaml gives, or gives up."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sim.catalogue import plain_yaml, strict_yaml
from capacity_sim.errors import CapacitySimError

pytestmark = pytest.mark.properties

ROOT = Path(__file__).parent.parent.parent
SHIPPED = sorted([*(ROOT / "capacity_sim").rglob("*.yaml"), *(ROOT / "scenarios").glob("*.yaml")])
SAMPLE = """\
# what is written in these files
name: reset   # why
parents: [baseline, 'other one', "q"]
empty: []
none: {}
summary: >
  Contact is suspended for
  the last third. #4

changes:
  - id: reset.licence
    path: a.b-c
    set: {2024-03-31: 0.5, 2025-01-01: -1e3,
      low: ~, "x": {y: [1, 2.50, [a b]]}}   # many
    # a comment
    from: 2024-04-29
  -   note: it's at https://a.b/c?d=1, yes
      more:
        Kent, Surrey & Sussex: true

  - plain text here
  - "quoted: text"
out:
  - {a: 1,
     b: 2}
below:
  {a: 1, b: [2,
    3]}  # why
    # c
list:
  [a, b]
last: 08
"""
PIECES = [
    *"\n :-,#[]{}\"'>|&*!?%@\\~.0ae\t",
    *("  ", "\n  ", "- ", "\n- ", ": ", "x: ", ", ", " # c", "{a: b}", "[a]", "a: b", "k: {", "---", "..."),
    *("<<: ", "&a ", "*a", "!t ", "? ", "|\n", ">\n", ">-\n", "null", "1.5", "\n\n", "\n  y: "),
]


def by_ruamel(text: str) -> object:
    """Tree of ruamel.yaml, or the faults that it finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_yaml, "read", lambda text, file: None)
        try:
            return strict_yaml.parse(text, "a.yaml")
        except CapacitySimError as error:
            return error


def agrees(text: str) -> bool:
    """Whether the quick reader knew the text; if so, its tree must be that of ruamel.yaml, place by place."""
    quick = plain_yaml.read(text, "a.yaml")
    if quick is not None:
        assert quick == by_ruamel(text)
    return quick is not None


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_it_knows_every_file_that_ships(path: Path):
    known = agrees(path.read_text(encoding="utf-8"))
    assert known or "scenarios" in path.parts  # a scenario is short: it may use what only ruamel.yaml knows


def test_it_knows_the_sample():
    assert agrees(SAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c\n",
        "a: 1\na: 2\n",
        "a: &b c\n",
        "a: *b\n",
        "a: !b c\n",
        "<<: {a: 1}\n",
        "1.5: a\n",
        "true: a\n",
        "a:\n",
        "a:\tb\n",
        "a: one\n  two\n",
        'a: "one\n  two"\n',
        'a: "\\n"\n',
        "a: 'it''s'\n",
        "a: >-\n  b\n",
        "a: |\n  b\n",
        "a: >\n  b\n\n  c\n",
        "a: >\n  b\n   c\n",
        "a: [1, 2\n",
        "a: {b}\n",
        "a: {b: 1, b: 2}\n",
        "- a\n b: c\n",
        "a: 1\n---\nb: 2\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: café\n",
        "a: b\r\n",
        "",
        "# nothing\n",
        "text\n",
    ],
)
def test_it_gives_up_on_what_it_does_not_know(text: str):
    assert plain_yaml.read(text, "a.yaml") is None


@given(st.integers(0, 2**32))
def test_a_spoilt_file_is_never_read_in_another_way(seed: int):
    chance = random.Random(seed)
    lines = chance.choice([SAMPLE, chance.choice(SHIPPED).read_text(encoding="utf-8")]).split("\n")
    first = chance.randrange(len(lines))
    text = "\n".join(lines[first : first + chance.randrange(2, 30)])
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(["", chance.choice(PIECES)]) + text[at + chance.randrange(2) :]
    agrees(text)


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_pieces_of_yaml_are_never_read_in_another_way(pieces: list[str]):
    agrees("".join(pieces))
