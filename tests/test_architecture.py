"""The shape of the house: who imports whom, how long a module is, and that every file stands alone."""

import importlib.metadata
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli as importlinter
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 450

#: what a committed file must not hold, and why
FOREIGN = {
    "a path of one machine": re.compile(
        r"(?<![\w./:~-])/(?:home|mnt|opt|root|srv|Users|work|workspace)[/]|\b[A-Z]:[\\]+Users\b"
    ),
    "a folder outside the project": re.compile(r"\.\./shared|\bevidence[/]|\bfacts[.]md"),
    "an address of a package index": re.compile(
        r"(?:index|extra-index)-ur[l]\b|find-link[s]\b|trusted-hos[t]\b|\bfile:/[/]"
    ),
}


def committed_files() -> list[Path]:
    """Text files of the project as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:4096]]


def pins() -> dict[str, str]:
    """Name and version of every line of `constraints.txt`."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def test_imports_keep_to_the_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert importlinter.lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


@pytest.mark.parametrize(
    "module", sorted((ROOT / "capacity_sim").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    assert len(module.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("fault", FOREIGN)
def test_every_file_stands_alone(fault: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in committed_files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if FOREIGN[fault].search(line)
    ]
    assert not found, f"{fault}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("see /" + "home/anna/model/run.py", "a path of one machine"),
        ("`/" + "srv/data/x.csv`", "a path of one machine"),
        ("open('/" + "Users/anna/x')", "a path of one machine"),
        ("C:" + r"\Users\anna", "a path of one machine"),
        ("see .." + "/shared" + "/design.md", "a folder outside the project"),
        ("as in evidence" + "/notes.txt", "a folder outside the project"),
        ("--index-" + "url https://example.org/simple", "an address of a package index"),
    ],
)
def test_a_foreign_line_is_seen(line: str, fault: str) -> None:
    assert FOREIGN[fault].search(line)


@pytest.mark.parametrize(
    "line",
    [
        "#!/usr/bin/env bash",
        "https://www.nao.org.uk/reports/x",
        "tasks/person/week",
        "runs/reset-b07e5d14/",
        "a / b/c",
    ],
)
def test_an_innocent_line_passes(line: str) -> None:
    assert not any(pattern.search(line) for pattern in FOREIGN.values())


def test_constraints_hold_names_and_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
    assert len(pins()) == len(lines), "a name stands twice"


def libraries_behind(requirements: list[str]) -> Iterator[str]:
    """Names of all installed libraries that the requirements bring in, one level after another."""
    waiting = [Requirement(text) for text in requirements]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            name = canonicalize_name(wanted.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            yield name
            further = map(Requirement, importlib.metadata.requires(name) or [])
            waiting += [r for r in further if r.marker is None or r.marker.evaluate({"extra": extra})]


def test_every_library_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    assert set(libraries_behind(wanted)) - set(pins()) == set()
