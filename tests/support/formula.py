"""A simulation whose output is a formula of the readings: for tests of all that varies them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from capacity_sim.parameters import UncertainInput
from capacity_sim.runs.cells_kept import Cells, KeepsCells
from capacity_sim.runs.coalitions import Task
from capacity_sim.runs.identity import digest
from capacity_sim.scenario import Scenario

#: output of a reading (0.5 for an input that it does not name) and a replication
Formula = Callable[[Mapping[str, float], int], float]
CELL = ("gap_fte", "court", "PO", "policy_adjusted")
NEEDED = ("required_fte", "court", "PO", "policy_adjusted")


def uncertain(name: str, path: str = "", low: float = 0.0, mid: float = 0.5, high: float = 1.0) -> UncertainInput:
    return UncertainInput(name, low, mid, high, "uniform", path or name, "made up", "red")


@dataclass
class FormulaCounts:
    """Counts nothing: the output is the formula of the reading."""

    formula: Formula
    names: Sequence[str]
    people: int = 1000
    portable: bool = False
    months: int = 12
    calls: list[tuple[dict[str, float], int, bool]] = field(default_factory=list)
    draws: set[int] = field(default_factory=set)
    _lock: Any = field(default_factory=threading.Lock)

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        at = [task.draw, task.rep, seed, delivery, task.scenario.name]
        return digest({"reading": sorted((task.reading or {}).items()), "at": at})

    def inputs(self, scenario: Scenario) -> list[UncertainInput]:
        return [uncertain(name) for name in self.names]

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> Any:
        reading = {name: 0.5 for name in self.names} | dict(task.reading or {})
        with self._lock:
            self.calls.append((dict(task.reading or {}), task.rep, delivery))
            self.draws.add(task.draw)
        return SimpleNamespace(value=self.formula(reading, task.rep), scenario=task.scenario.name)


@dataclass(frozen=True)
class KeepsFormula(KeepsCells):
    """Keeps the one output."""

    folder: str = "readings"

    def of(self, result: Any, draw: int, rep: int) -> Cells:
        return Cells((CELL, NEEDED), np.array([result.value, 100.0]))


def ishigami(reading: Mapping[str, float], rep: int = 0) -> float:
    """Ishigami's function of the quantiles of three inputs between -pi and pi."""
    x = [np.pi * (2 * reading[name] - 1) for name in ("a", "b", "c")]
    return float(np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0]))


def ishigami_shares() -> tuple[dict[str, float], dict[str, float]]:
    """First and total shares of its variance, in closed form."""
    pi = np.pi
    alone = {"a": 0.5 * (1 + 0.1 * pi**4 / 5) ** 2, "b": 7.0**2 / 8, "c": 0.0}
    together = 0.1**2 * pi**8 * (1 / 18 - 1 / 50)
    whole = sum(alone.values()) + together
    first = {name: part / whole for name, part in alone.items()}
    total = {name: (part + (0.0 if name == "b" else together)) / whole for name, part in alone.items()}
    return first, total
