"""A simulation of coalitions whose answer is a made-up game: for tests of all that shares out credit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from support.fake_model import FakeInput
from support.fake_result import fake_result

from capacity_sim.model.result import RunResult
from capacity_sim.runs.coalitions import Task
from capacity_sim.runs.identity import digest
from capacity_sim.scenario import Scenario

Game = Callable[[frozenset[str]], float]


@dataclass
class FakeCounts:
    """Need moves by the game of the ids that are there, times a reading that moves the effect, not the level.

    Parameters
    ----------
    game : callable
        Part of the need that goes, of the ids of the changes.
    unseen : set of str
        Changes that alter nothing before the month.
    """

    game: Game
    end: date = date(2025, 3, 30)
    people: int = 1000
    portable: bool = False
    months: int = 12
    unseen: frozenset[str] = frozenset()
    stop_at: int | None = None
    calls: list[tuple[frozenset[str], int, int, bool]] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.Lock)

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        reading = sorted((task.reading or {}).items())
        ids = sorted(self._ids(task.scenario))
        return digest({"ids": ids, "at": [task.draw, task.rep, seed, delivery], "reading": reading})

    def inputs(self, scenario: Scenario) -> Sequence[Any]:
        return [FakeInput("effect"), *(FakeInput(f"{change.id}.own") for change in scenario.changes)]

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> RunResult:
        ids = self._ids(task.scenario)
        with self._lock:
            if self.stop_at is not None and len(self.calls) >= self.stop_at:
                raise KeyboardInterrupt
            self.calls.append((ids, task.draw, task.rep, delivery))
        if progress is not None:
            progress(0.5)
        force = 1.0 if task.reading is None else 0.5 + task.reading.get("effect", 0.5)
        cut = force * self.game(ids)
        found = fake_result(seed, task.draw, task.rep, scale=1.0 - cut, level=1000.0, end=self.end)
        people = np.array(found.people)
        people[..., 1] = people[..., 0] - np.rint(10 * people[..., 0] * cut).astype(np.int64)
        return replace(found, people=people)

    def _ids(self, scenario: Scenario) -> frozenset[str]:
        return frozenset(change.id for change in scenario.changes if change.acts) - self.unseen
