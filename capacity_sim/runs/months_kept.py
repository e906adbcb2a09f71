"""Keeps of each replication of a coalition the months that a bridge needs, small enough to be text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.model.result import RunResult
from capacity_sim.runs.monthly import Line, Monthly
from capacity_sim.runs.tidy import tidy

FORMAT = 1
AREA = "sentence_management"
#: measures that are kept, and the column whose cells stay apart
STAFF = {"required_fte": "grade", "in_post_fte": "grade", "available_fte": "grade"}
PEOPLE = {
    "people_on_sentence": "type",
    "people_supervised": "type",
    "people_tagged": "type",
    "months_without_contact": "risk",
}


@dataclass(frozen=True)
class KeepsMonths:
    """Keeps the months of a replication; how it is written down and read again."""

    folder: str = "bridge"

    def of(self, result: RunResult, draw: int, rep: int) -> Monthly:
        """Monthly values of a replication."""
        rows = tidy(_without_work(result), load_catalogue(), draw, rep).unify_dictionaries().to_pandas()
        found: dict[tuple[str, str, str], Line] = {}
        place = {month: number for number, month in enumerate(result.months)}
        for measure, column in {**STAFF, **PEOPLE}.items():
            mine = rows[rows["measure"] == measure]
            if measure in STAFF:
                mine = mine[mine["area"] == AREA]
            sums = mine.groupby([column, "basis", "month"], observed=True, dropna=False, sort=False)["value"].sum()
            lines: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * len(place))
            for (cell, basis, month), value in sums.items():
                lines[str(cell), basis if isinstance(basis, str) else ""][place[str(month)]] = float(value)
            found.update({(measure, *name): tuple(line) for name, line in lines.items()})
        return Monthly(tuple(result.months), found)

    def to_json(self, found: Monthly) -> dict[str, Any]:
        """Plain data of what is kept."""
        lines = {"|".join(name): list(line) for name, line in found.lines.items()}
        return {"format": FORMAT, "months": list(found.months), "lines": lines}

    def from_json(self, content: Mapping[str, Any]) -> Monthly:
        """What is kept, from plain data; raises ValueError when it is of another form."""
        if content["format"] != FORMAT:
            message = f"format {content['format']} is not {FORMAT}"
            raise ValueError(message)
        lines = {}
        for name, line in content["lines"].items():
            measure, cell, basis = name.split("|")
            lines[measure, cell, basis] = tuple(float(value) for value in line)
        return Monthly(tuple(content["months"]), lines)


def _without_work(result: RunResult) -> RunResult:
    """A result without pieces of work, so that their rows, which are most, are never made."""
    return replace(
        result,
        activity=np.zeros_like(result.activity),
        activity_lapsed_minutes=np.zeros_like(result.activity_lapsed_minutes),
        flow=np.zeros_like(result.flow),
    )
