"""The documentation as a site: it builds strictly, without the network, and every page has its place."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_the_site() -> set[str]:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return set(re.findall(r": ([\w-]+\.md)$", text, re.MULTILINE))


def test_every_page_has_its_place_in_the_site() -> None:
    assert in_the_site() == {page.name for page in PAGES}


@pytest.mark.slow
def test_the_site_builds_strictly_and_fetches_nothing(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(PAGES)
    fetched = re.compile(r"<(?:script|link)[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*\"")
    assert [page.name for page in pages if fetched.search(page.read_text(encoding="utf-8"))] == []


def test_generated_pages_are_as_they_would_be_made() -> None:
    for name, maker in tool("reference").GENERATED.items():
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        assert f"<!-- made: {name} -->\n{maker()}\n<!-- end of {name} -->" in text, "run `make docs`"


def test_forty_questions_of_four_readers_of_which_most_are_answered() -> None:
    content = YAML(typ="safe").load(DOCS / "questions.yaml")
    readers = content["readers"]
    assert [len(reader["questions"]) for reader in readers] == [10, 10, 10, 10]
    every = [one for reader in readers for one in reader["questions"]]
    assert sum("none" not in one for one in every) >= 32
    for one in every:
        assert {"run", "page", "none"} & set(one)
        assert not {"part", "none"} <= set(one)
    made = (DOCS / "questions.md").read_text(encoding="utf-8")
    assert made.count("\nIn part. ") == sum("part" in one for one in every)
    assert made.count("\nNot answered. ") == sum("none" in one for one in every)


def test_no_answer_of_the_page_failed() -> None:
    assert tool("questions").FAILED not in (DOCS / "questions.md").read_text(encoding="utf-8")


def test_what_is_cut_is_marked() -> None:
    cut = tool("questions")._cut
    assert cut("a\nb\nc", None) == ["a", "b", "c"]
    assert cut("a\nb\nc", [1, 2]) == ["a", "b", "..."]
    assert cut("a\nb\nc", [-2, -1]) == ["...", "b", "c"]
