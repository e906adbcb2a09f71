"""The commands `check` and `list`: scenario files, without running them."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.errors import CapacitySimError, Fault, ScenarioError, UsageError, shown_path
from capacity_sim.show.sheet import Report, Sheet, Value

if TYPE_CHECKING:
    from capacity_sim.scenario import Scenario

_SUFFIXES = (".yaml", ".yml")
#: kinds of scenario in the order of a list: from what is to what might be
_KINDS = ("baseline", "event", "measure", "part", "programme", "combination", "stress")
_SHOWN = ("name", "kind", "status", "as_of", "changes", "review_by", "title")
_LONGEST_TITLE = 64
#: what `list` can show
LISTS = ("scenarios", "parameters", "outputs", "regions", "units")


@dataclass(frozen=True)
class Checked:
    """What the check of some files found."""

    scenarios: tuple[Scenario, ...]
    faults: tuple[Fault, ...]

    @property
    def summary(self) -> str:
        """One line when all is well."""
        changes = sum(len(one.own_changes) for one in self.scenarios)
        sources = len({name for one in self.scenarios for name in one.sources})
        parts = ((len(self.scenarios), "scenario"), (changes, "change"), (sources, "source"))
        words = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts]
        if len(self.scenarios) == 1 and len(self.scenarios[0].changes) > changes:
            words[1] += f" of its own ({len(self.scenarios[0].changes)} in force)"
        return ", ".join(words) + ": no errors"


def check(paths: Sequence[Path] | None) -> Checked:
    """Load every file and gather all faults, each once, and the warnings of files that are due for review."""
    from capacity_sim import scenario
    from capacity_sim.runs.replication import load_data

    today = datetime.now(UTC).date()
    good: list[Scenario] = []
    faults: dict[Fault, None] = {}
    for file in _files(paths):
        try:
            found = scenario.load(file, load_data=load_data)
        except CapacitySimError as problem:
            faults.update(dict.fromkeys(problem.faults))
            continue
        good.append(found)
        faults.update(dict.fromkeys([*found.notes, *scenario.review_notes(found, today)]))
    return Checked(tuple(good), tuple(faults))


def _files(paths: Sequence[Path] | None) -> list[Path]:
    from capacity_sim import scenario

    if not paths:
        return list(scenario.available().values())
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
            if not inside:
                raise UsageError(
                    Fault(
                        "no-scenarios",
                        f"`{shown_path(path)}` holds no scenario files",
                        hint="scenario files end in .yaml",
                    )
                )
            files += inside
        else:
            files.append(path if path.exists() or path.suffix in _SUFFIXES else scenario.find(str(path)))
    return files


def fault_report(faults: Sequence[Fault]) -> Report:
    """Faults as records."""
    records: list[dict[str, Value]] = [
        {
            "severity": fault.severity,
            "code": fault.code,
            "file": fault.file,
            "line": fault.line,
            "column": fault.column,
            "message": fault.message,
            "hint": fault.hint,
        }
        for fault in faults
    ]
    return Report("Faults of scenario files", (), (), (), tuple(records))


def listing() -> tuple[Report, list[str]]:
    """Table of the scenarios that can be named, and the names of those that are refused."""
    from capacity_sim import scenario
    from capacity_sim.runs.replication import load_data

    records: list[dict[str, Value]] = []
    refused: list[str] = []
    for name, file in scenario.available().items():
        try:
            found = scenario.load(file, load_data=load_data)
        except ScenarioError:
            refused.append(name)
            continue
        records.append(
            {
                "name": found.name,
                "kind": found.kind,
                "status": (found.status or "-").replace("_", " "),
                "as_of": found.as_of.isoformat() if found.as_of else "-",
                "changes": len(found.changes),
                "review_by": found.review_by.isoformat(),
                "title": found.title,
                "file": shown_path(file),
            }
        )
    records.sort(key=lambda record: (_place(str(record["kind"])), str(record["name"])))
    return _grouped(records), refused


def _place(kind: str) -> int:
    return _KINDS.index(kind) if kind in _KINDS else len(_KINDS)


def _grouped(records: Sequence[dict[str, Value]]) -> Report:
    """Table with a gap between kinds; long titles are cut there and whole in the records."""
    rows: list[tuple[str, ...]] = []
    for _, group in itertools.groupby(records, key=lambda record: record["kind"]):
        rows += [("",) * len(_SHOWN)] if rows else []
        rows += [
            tuple(
                _short(str(record[key])) if key == "title" else str(record[key])
                for key in _SHOWN
            )
            for record in group
        ]
    columns = tuple(key.upper().replace("_", " ") for key in _SHOWN)
    return Report("", (), (Sheet(columns, tuple(rows), words=len(columns)),), (), tuple(records))


def _short(title: str) -> str:
    return textwrap.shorten(title, _LONGEST_TITLE, break_on_hyphens=False, placeholder=" ...")


def names(what: str, data: str) -> Report:
    """Table of the parameters, outputs, regions or units."""
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data

    records: list[dict[str, Value]] = []
    if what == "parameters":
        records = [
            {"path": spec.path, "by": " ".join(spec.dims) or "-", "unit": spec.unit, "words": spec.words}
            for spec in load().parameters.values()
        ]
    elif what == "outputs":
        records = [
            {
                "output": spec.name,
                "by": " ".join(spec.by) or "-",
                "unit": spec.unit,
                "over months": spec.over_months,
                "words": spec.words,
            }
            for spec in load().outputs.values()
        ]
    else:
        dataset = load_data(data)
        records = [{"region": region} for region in dataset.regions]
        if what == "units":
            records = [
                {"unit": unit, "region": dataset.regions[place]}
                for unit, place in zip(dataset.units, dataset.unit_region, strict=True)
            ]
    return _list(records, tuple(records[0]))


def _list(records: Sequence[dict[str, Value]], shown: Sequence[str]) -> Report:
    rows = tuple(tuple(str(record[key]) for key in shown) for record in records)
    columns = tuple(key.upper().replace("_", " ") for key in shown)
    return Report("", (), (Sheet(columns, rows, words=len(columns)),), (), tuple(records))
