"""The command `new`: a file that works as it stands, to be edited."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.errors import CapacitySimError, Fault, RunError, ScenarioError, UsageError, shown_path

if TYPE_CHECKING:
    from capacity_sim.scenario import Change, Scenario

_EXAMPLES = Path(__file__).parent / "examples"
_FOLDER = Path("scenarios")
_SUFFIXES = (".yaml", ".yml")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_YEAR = timedelta(days=365)
_MOST_NAMED = 12


def start(name: str, parents: Sequence[str], today: date | None = None) -> Path:
    """Write a scenario that works, and give its file.

    Parameters
    ----------
    name : str
        Name of the scenario, for a file in `scenarios`, or the file.
    parents : sequence of str
        Scenarios to build on; none for the example that stands on the baseline.
    today : datetime.date, optional
        Day that the file says it is of.

    Raises
    ------
    UsageError
        When the file is there already, or the name cannot be used.
    ScenarioError
        When a parent is unknown or refused.
    """
    file = _file(name)
    today = today or datetime.now(UTC).date()
    text = _written(file, [_named(one) for one in dict.fromkeys(parents)], today)
    try:
        if not file.parent.is_dir():
            file.parent.mkdir(parents=True)
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except OSError as problem:
        if file.exists():
            raise UsageError(_exists(file)) from None
        reason = (problem.strerror or "the system refused").lower()
        message = f"`{shown_path(file)}` cannot be written: {reason}"
        raise RunError(Fault("cannot-write", message, hint="name another file")) from None
    return file


def typed_as(file: Path) -> str:
    """What stands for a new file in a command: its name where that is found, else its path."""
    from capacity_sim.scenario import available

    there = available().get(file.stem)
    return file.stem if there is not None and there.resolve() == file.resolve() else shown_path(file)


def first_parent(parents: Sequence[str] | None) -> str:
    """Scenario that a new one is best held against."""
    return parents[0] if parents else "baseline"


def _file(name: str) -> Path:
    path = Path(name)
    plain = not name.endswith(_SUFFIXES) and path.name == name
    file = _FOLDER / f"{name}.yaml" if plain else path
    if file.suffix not in _SUFFIXES:
        raise UsageError(Fault("not-a-file", f"`{name}` is not a scenario file", hint=f"write `{name}.yaml`"))
    from capacity_sim.catalogue.tree import scalar

    if not _NAME.fullmatch(file.stem) or not isinstance(scalar(file.stem), str):
        hint = "use letters, digits, `-`, `_` and `.`; a number, a date or `true` is no name"
        raise UsageError(Fault("bad-name", f"`{file.stem}` is not a name for a scenario", hint=hint))
    if file.exists():
        raise UsageError(_exists(file))
    if plain:
        from capacity_sim.scenario import available

        if file.stem in available():
            hint = f"`capacity-sim new another-name --from {file.stem}` builds on it"
            message = f"there is a scenario called `{file.stem}` already"
            raise UsageError(Fault("taken", message, hint=hint))
    return file


def _exists(file: Path) -> Fault:
    return Fault("exists", f"`{shown_path(file)}` is there already", hint="give another name, or edit the file")


def _named(parent: str) -> str:
    """Name of a parent; a file of one must be where its name is found."""
    return Path(parent).stem if parent.endswith(_SUFFIXES) else parent


def _written(file: Path, parents: Sequence[str], today: date) -> str:
    """Text of the file: the example, or a child with the first adjustment that has an effect."""
    child = _filled("child", file.stem, today)
    child = _extending(child, parents)
    bare = re.sub(r"\nadjust:.*", "\n", child, flags=re.DOTALL)
    found = _read(bare, file) if parents else None
    changes = sorted(found.changes, key=_order) if found else []
    listed = "\n".join(f"  #   {change.id}" for change in changes[:_MOST_NAMED])
    if len(changes) > _MOST_NAMED:
        listed += f"\n  #   and {len(changes) - _MOST_NAMED} more: `capacity-sim show {parents[0]}` lists them"
    for change in changes:
        text = child.replace("the.change\n", f"{change.id}\n").replace("  #   the.changes", listed)
        if found is not None and _acts(text, file, found, change):
            return text
    text = _extending(_filled("scenario", file.stem, today), parents or ["baseline"])
    _read(text, file)
    return text


def _extending(text: str, parents: Sequence[str]) -> str:
    return _beside(text, r"extends: \[\w+\]", f"extends: [{', '.join(parents)}]")


def _beside(text: str, old: str, new: str) -> str:
    """Text with one line written anew; the remark beside it stays where it stood."""
    return re.sub(rf"^({old} *)", lambda found: new.ljust(len(found[1]) - 1) + " ", text, flags=re.MULTILINE)


def _order(change: Change) -> tuple[int, bool, str]:
    """What hangs most on comes first, and of that what is not sure."""
    return ("red", "amber", "green").index(change.written.impact), not change.quantity.uncertain, change.id


def _filled(example: str, name: str, today: date) -> str:
    text = (_EXAMPLES / f"{example}.yaml").read_text(encoding="utf-8")
    text = _beside(text, r"name: my-scenario", f"name: {name}").replace("my-scenario", name)
    text = re.sub(r"as_of: \S+", f"as_of: {today}", text)
    return re.sub(r"review_by: \S+", f"review_by: {today + _YEAR}", text)


def _read(text: str, file: Path) -> Scenario:
    """Scenario of a text, as if it stood in the file; faults of the text itself have no place."""
    from capacity_sim import scenario
    from capacity_sim.runs.replication import load_data

    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / file.name
        trial.write_text(text, encoding="utf-8")
        try:
            return scenario.load(trial, [file.parent], load_data=load_data)
        except ScenarioError as problem:
            raise ScenarioError(
                [
                    Fault(one.code, one.message, hint=one.hint) if one.file == shown_path(trial) else one
                    for one in problem.faults
                ]
            ) from None


def _acts(text: str, file: Path, without: Scenario, change: Change) -> bool:
    """Whether a text can be used and gives other values than its parents alone."""
    from capacity_sim.analysis.difference import input_difference
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data

    try:
        found = _read(text, file)
    except CapacitySimError:
        return False
    data = load_data(found.data)
    difference = input_difference((without, found), (data, data), load())
    return any(one.path == change.path for one in difference.values)
