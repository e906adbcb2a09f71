"""Makes the page of forty questions: runs each command or cell, and shows what it prints."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

#: what the page says where a command did not work
FAILED = "(failed)"
#: types a command and gives what it prints, and what it says beside
Typed = Callable[..., tuple[str, str]]
WITH_RUNS = ("run", "compare", "delivery", "measures", "sensitivity", "solve", "diff", "pack", "thresholds", "ledger")


def questions(file: Path) -> list[dict[str, Any]]:
    """The readers, each with their questions."""
    found: list[dict[str, Any]] = YAML(typ="safe").load(file)["readers"]
    return found


def made_page(file: Path, typed: Typed, runs_dir: Path) -> str:
    """All questions with what they print."""
    readers = questions(file)
    where = YAML(typ="safe").load(file)["place"]
    every = [one for reader in readers for one in reader["questions"]]
    answered = sum("none" not in one for one in every)
    in_part = sum("part" in one for one in every)
    lines = [
        f"{answered} of {len(every)} are answered, {in_part} of them in part; what is lacking, and why the others have "
        "no answer, is said there.",
        "",
    ]
    number = 0
    here = Path.cwd()
    runs = runs_dir.resolve()
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            for reader in readers:
                lines += [f"## {reader['reader']}", ""]
                for one in reader["questions"]:
                    number += 1
                    sys.stderr.write(f"question {number}\n")
                    lines += [f"### {number}. {one['ask']}", "", *_answer(one, file.parent, typed, runs, where), ""]
        finally:
            os.chdir(here)
    # shipped scenarios are printed with their place on this machine, as they lie outside the folder of the page
    return "\n".join(lines).strip().replace(f"{file.resolve().parents[1]}{os.sep}", "")


def _answer(one: dict[str, Any], docs: Path, typed: Typed, runs: Path, where: str) -> list[str]:
    lines: list[str] = []
    for written in one.get("run", ()):
        what = written.replace("{place}", where)
        if what.startswith("capacity-sim "):
            lines += ["```text", f"$ {what}", *_cut(_command(what, typed, runs), one.get("keep")), "```", ""]
        else:
            printed = _cut(_cell(what, runs), one.get("keep"))
            lines += ["```python", what.rstrip(), "```", ""]
            lines += ["```text", *printed, "```", ""] if printed else []
    if "page" in one:
        shown = one.get("keep") if "run" not in one else None
        lines += [*_part(docs, one["page"], one.get("rows"), shown), ""]
    if "none" in one:
        lines += [f"Not answered. {one['none']}"]
    if "note" in one:
        lines += [one["note"]]
    if "part" in one:
        lines += ["", f"In part. {one['part']}"] if "note" in one else [f"In part. {one['part']}"]
    return lines


def _command(line: str, typed: Typed, runs: Path) -> str:
    name, *words = shlex.split(line)[1:]
    none = "--inputs" in words or words[:1] == ["verify"]
    more = ["--runs-dir", str(runs)] if name in WITH_RUNS and not none else []
    try:
        return typed(name, *words, *more)[0].rstrip()
    except RuntimeError as problem:  # the page is made all the same, and a test refuses it
        sys.stderr.write(f"{problem}\n")
        return f"{FAILED}\n{problem}".rstrip()


def _cell(code: str, runs: Path) -> str:
    """What a Python cell prints; its runs are kept with the others."""
    out = io.StringIO()
    if not Path("runs").exists():
        Path("runs").symlink_to(runs, target_is_directory=True)
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(code, "cell", "exec"), {"__name__": "cell"})
        except Exception:  # as above
            traceback.print_exc()
            return f"{FAILED}\n{traceback.format_exc()}".rstrip()
    return out.getvalue().rstrip()


def _cut(text: str, keep: Sequence[int] | None) -> list[str]:
    """Lines that are shown, with dots for those that are left out."""
    lines = text.splitlines()
    if keep is None:
        return lines
    first, last = (at if at > 0 else max(1, len(lines) + 1 + at) for at in keep)
    shown = lines[first - 1 : last]
    return [*(["..."] if first > 1 else []), *shown, *(["..."] if last < len(lines) else [])]


def _part(docs: Path, place: str, rows: str | None, keep: Sequence[int] | None = None) -> list[str]:
    """What stands below a heading of a page: all of it, lines of it, or the head of its table and the rows that fit."""
    name, _, heading = place.partition("#")
    text = (docs / name).read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        message = f"{name} has no heading `{heading}`"
        raise ValueError(message)
    lines = found[1].strip().splitlines()
    if rows is not None:
        table = [line for line in lines if line.startswith("|")]
        lines = [*table[:2], *(line for line in table[2:] if re.search(rows, line))]
    # comments of a made part are of that page
    lines = _cut("\n".join(line for line in lines if not line.startswith("<!--")).strip(), keep)
    lines += ["```"] if sum(line.startswith("```") for line in lines) % 2 else []
    return [f"From [{name}]({name}):", "", *lines]
