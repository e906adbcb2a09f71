"""A model that returns made-up replications: for tests of everything that stands on the model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from support.fake_result import END, START, fake_result

from capacity_sim.calendars import Calendar
from capacity_sim.model.result import RunResult


@dataclass(frozen=True)
class FakeScenario:
    name: str
    title: str = "A made-up scenario"
    scale: float = 1.0
    horizon: date = END


@dataclass(frozen=True)
class FakeInput:
    id: str
    low: float = 0.0
    mid: float = 0.5
    high: float = 1.0
    family: str = "uniform"
    group: str = ""
    correlation: float = 0.0


@dataclass
class FakeModel:
    """Its level moves with the reading of one input, so that draws spread as they do in life.

    It takes real scenarios too; one whose name starts with `reset` needs a fifth less.
    """

    sleep: float = 0.0
    fail_at: tuple[str, int, int] | None = None
    error: type[BaseException] = KeyboardInterrupt
    end: date = END
    portable: bool = False
    people: int = 1000
    extra: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, int, int, int]] = field(default_factory=list)

    def months(self, scenario: Any) -> tuple[str, ...]:
        return Calendar(START, self.end).months

    def question(self, scenario: Any) -> dict[str, Any]:
        return {
            "scenario": f"{scenario.name} {getattr(scenario, 'scale', 1.0)}",
            "data": {"name": "made-up", "title": "Made-up land", "start": str(START), "hash": "0" * 64},
            "versions": {"capacity_sim": "0", "model": "0"},
            "horizon": {"start": str(START), "end": str(self.end)},
            "region": None,
            "timing_basis": "staff_reported",
            **self.extra,
        }

    def inputs(self, scenario: Any) -> list[FakeInput]:
        return [FakeInput("level"), FakeInput(f"{scenario.name}.own")]

    def replicate(
        self,
        scenario: Any,
        reading: Mapping[str, float] | None,
        *,
        seed: int,
        draw: int,
        rep: int,
        threads: int,
        progress: Callable[[float], None] | None,
    ) -> RunResult:
        self.calls.append((scenario.name, draw, rep, threads))
        if self.fail_at == (scenario.name, draw, rep):
            raise self.error
        time.sleep(self.sleep * (1 if (draw + rep) % 2 else 3))
        if progress is not None:
            progress(0.5)
        level = 20.0 if reading is None else 15.0 + 10.0 * reading["level"]
        scale = getattr(scenario, "scale", 0.8 if scenario.name.startswith("reset") else 1.0)
        return fake_result(seed, draw, rep, scale=scale, level=level, end=self.end)

    def scenario_text(self, scenario: Any) -> str:
        return f"name: {scenario.name}\n"

    def changed_values(self, scenario: Any) -> str:
        return "path,where,from,value,changes\n"
