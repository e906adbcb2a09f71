"""A pipeline of officers in a spreadsheet's arithmetic, behind the interface of the simulation: for tests of goals.

Need is a constant. Officers are those of the start plus each cohort, less its dropout, that has been there for the
months of training; nobody leaves. So the intake that closes a gap by a month is known in closed form.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from support.fake_model import FakeInput
from support.fake_result import fake_result
from support.small_model import catalogue_, demo

from capacity_sim.calendars import Calendar
from capacity_sim.model.result import RunResult
from capacity_sim.parameters import Parameters
from capacity_sim.runs.coalitions import Task
from capacity_sim.runs.identity import digest

TRAINING, DROPOUT = 27, 0.17
INTAKES = (3, 9)
#: the uncertain input: officers that the start lacks, up to this many
START = "start"


@dataclass
class Pipeline:
    """Counts officers and sets them against a need.

    Parameters
    ----------
    need, officers : float
        FTE needed, and in post at the start.
    month : str
        The last month.
    spread : float
        Officers fewer at the start at the high end of the one range.
    """

    need: float
    officers: float
    month: str
    spread: float = 0.0
    people: int = 10
    portable: bool = False
    months: int = 12
    runs: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(demo().start, dt.date(2029, 3, 31))

    def inputs(self, scenario: object) -> Sequence[Any]:
        return [FakeInput(START)]

    def key(self, task: Task, seed: int, delivery: bool) -> str:
        changes = [change.content() for change in task.scenario.changes]
        return digest({"changes": changes, "at": [self.month, task.draw, seed, sorted((task.reading or {}).items())]})

    def stock(self, task: Task, month: str) -> float:
        """Officers in a month."""
        parameters = Parameters(catalogue_(), demo().values, task.scenario.changes, self.calendar)
        weekly = parameters.weekly("staff.trainee.starts_per_year")
        found = self.officers - self.spread * (task.reading or {}).get(START, 0.5)
        for place, name in enumerate(self.calendar.months):
            year, number = int(name[:4]), int(name[5:])
            done = number - 1 + TRAINING
            if number in INTAKES and f"{year + done // 12}-{done % 12 + 1:02}" <= month:
                week = self.calendar.warm_up + int(np.flatnonzero(self.calendar.week_month == place)[-1])
                found += float(weekly[week]) / 2 * (1 - DROPOUT)
        return found

    def replicate(
        self, task: Task, seed: int, delivery: bool, threads: int, progress: Callable[[float], None] | None
    ) -> RunResult:
        with self._lock:
            self.runs += 1
        months = [one for one in self.calendar.months if one <= self.month]
        end = dt.date(int(self.month[:4]), int(self.month[5:]), 28)
        found = fake_result(1, regions=("Northshire",), units_each=1, end=end, noise=0.0)
        area, grade = catalogue_().place("area", "sentence_management"), catalogue_().place("grade", "PO")
        due, available = np.zeros_like(found.due), np.zeros_like(found.available)
        minutes = found.productive_minutes[0, grade] * found.weeks_in_month[: len(found.months)]
        due[0, :, area, grade, :] = np.rint(self.need * minutes)[:, None]
        available[0, :, area, grade] = [self.stock(task, month) for month in months[: len(found.months)]]
        return replace(found, due=due, available=available, in_post=available)
