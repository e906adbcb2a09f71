"""A model that returns made-up replications: for tests of everything that stands on the model."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from support.fake_result import END, START, fake_result

from capacity_sim.calendars import Calendar


@dataclass(frozen=True)
class FakeScenario:
    name: str
    title: str = "A made-up scenario"
    scale: float = 1.0


@dataclass(frozen=True)
class FakeInput:
    id: str
    low: float = 0.0
    mid: float = 0.5
    high: float = 1.0


@dataclass
class FakeModel:
    """Its level moves with the reading of one input, so that draws spread as they do in life."""

    sleep: float = 0.0
    fail_at: tuple[int, int] | None = None
    error: type[BaseException] = KeyboardInterrupt
    extra: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, int, int, int]] = field(default_factory=list)

    def months(self, scenario: FakeScenario) -> tuple[str, ...]:
        return Calendar(START, END).months

    def question(self, scenario: FakeScenario) -> dict[str, Any]:
        return {
            "scenario": f"{scenario.name} {scenario.scale}",
            "data": {"name": "made-up", "title": "Made-up land", "start": str(START), "hash": "0"},
            "versions": {"capacity_sim": "0", "model": "0"},
            "horizon": {"start": str(START), "end": str(END)},
            "region": None,
            "timing_basis": "staff_reported",
            **self.extra,
        }

    def inputs(self, scenario: FakeScenario) -> list[FakeInput]:
        return [FakeInput("level"), FakeInput(f"{scenario.name}.own")]

    def replicate(self, scenario, reading, *, seed, draw, rep, threads, progress):  # type: ignore[no-untyped-def]
        self.calls.append((scenario.name, draw, rep, threads))
        if self.fail_at == (draw, rep):
            raise self.error
        time.sleep(self.sleep)
        if progress is not None:
            progress(0.5)
        level = 20.0 if reading is None else 15.0 + 10.0 * reading["level"]
        return fake_result(seed, draw, rep, scale=scenario.scale, level=level)

    def scenario_text(self, scenario: FakeScenario) -> str:
        return f"name: {scenario.name}\n"

    def changed_values(self, scenario: FakeScenario) -> str:
        return "path,where,from,value,changes\n"
