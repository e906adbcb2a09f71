"""What a scenario is once it is resolved: changes in force, each with its origin and its adjustment."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from capacity_sim.errors import Fault
from capacity_sim.scenario.example import Example
from capacity_sim.scenario.rollout import KEYS, Rolled, months_later
from capacity_sim.scenario.written import Adjust, Source, WrittenChange
from capacity_sim.series import Quantity, Verb

#: last day of a run when nothing else is asked
DEFAULT_END = dt.date(2029, 3, 31)

#: timing basis of headline tables when nothing else is asked
DEFAULT_TIMING_BASIS = "policy_adjusted"

#: quantile of each uncertain input that is read, or None for central values
Draw = Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The scenario and the place in which something is written."""

    scenario: str
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def place(self) -> str:
        """The place in words."""
        return (
            f"{self.file}:{self.line}" if self.file is not None and self.line is not None else self.scenario
        )


@dataclass(frozen=True)
class Change:
    """A change in force: as it is written, with what adjustments and the rollout of its file make of it.

    Parameters
    ----------
    written : WrittenChange
        As a file writes it.
    origin : Origin
        Where.
    delay_months : int
        Months that an adjustment moves all its dates by.
    strength : float
        0 none, 1 as written.
    adjusted : Adjust, optional
        The adjustment.
    rollout : Rolled, optional
        How surely and how fast the file that writes it comes; its strength multiplies, its slip adds to the delay.
    rule : bool
        Whether its parameter says who, when or how, and not how many: then it holds whole at any strength above 0, and
        is not rolled out.

    Notes
    -----
    `dates`, `end`, `ramp_days` and `force` are of central readings; `dates_in` and so on of those of a draw.
    """

    written: WrittenChange
    origin: Origin = field(compare=False)
    delay_months: int = 0
    strength: float = 1.0
    adjusted: Adjust | None = None
    rollout: Rolled | None = None
    rule: bool = False

    @property
    def id(self) -> str:
        """Its name, and the name of its range as an uncertain input."""
        return self.written.id

    @property
    def path(self) -> str:
        """The parameter."""
        return self.written.path

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The cells; empty for all."""
        return self.written.where

    @property
    def verb(self) -> Verb:
        """What it does: set, scale or add."""
        return self.written.verb

    @property
    def quantity(self) -> Quantity:
        """The amount with its range; `dates` gives the first days of a dated one, adjustments included."""
        return self.written.quantity

    @property
    def source(self) -> str:
        """Citations: ids of sources, each with its paragraph."""
        return self.written.source

    @property
    def basis(self) -> str:
        """How it is known."""
        return self.written.basis

    @property
    def quality(self) -> str:
        """How good it is."""
        return self.written.quality

    @property
    def why(self) -> str:
        """The reason for it."""
        return self.written.why

    @property
    def file(self) -> str | None:
        """File in which it is written."""
        return self.origin.file

    @property
    def line(self) -> int | None:
        """Line in which it is written."""
        return self.origin.line

    @property
    def dates(self) -> tuple[dt.date, ...]:
        """First day of each amount, all delays included; empty when it holds for the whole run."""
        return self.dates_in(None)

    @property
    def start(self) -> dt.date | None:
        """First day, all delays included; None when it holds for the whole run."""
        return self.dates[0] if self.dates else None

    @property
    def end(self) -> dt.date | None:
        """Last day, all delays included; None when it stays."""
        return self.end_in(None)

    @property
    def ramp_days(self) -> int:
        """Days from nothing to the full effect."""
        return self.ramp_in(None)

    @property
    def force(self) -> float:
        """Strength of the adjustment times that of the rollout; 0 none, 1 as written."""
        return self.force_in(None)

    @property
    def acts(self) -> bool:
        """Whether it has a strength in any draw; one without is as good as absent."""
        spread = self.rollout.spread("strength") if self.rollout else None
        return self.strength != 0 and (spread is None or max(spread.numbers()) > 0)

    def dates_in(self, draw: Draw) -> tuple[dt.date, ...]:
        """First day of each amount in a draw."""
        written = self.written.quantity.dates or ((self.written.from_,) if self.written.from_ else ())
        return tuple(months_later(day, self._months_late(draw)) for day in written)

    def end_in(self, draw: Draw) -> dt.date | None:
        """Last day in a draw."""
        return months_later(self.written.to, self._months_late(draw)) if self.written.to else None

    def ramp_in(self, draw: Draw) -> int:
        """Days from nothing to the full effect in a draw; part of a month counts by its share of that month."""
        months = self._read("months", draw) if self.takes("months") else self.written.phase_in_months
        if not months or not self.written.from_:
            return 0
        first = self.dates_in(draw)[0]
        return (months_later(first, months) - first).days

    def force_in(self, draw: Draw) -> float:
        """Strength in a draw."""
        rolled = self._read("strength", draw)
        force = self.strength if rolled is None else self.strength * rolled
        return 1.0 if self.rule and force > 0 else force

    def takes(self, key: str) -> bool:
        """Whether a key of the rollout acts on it: dates slip, and what has no phase-in of its own is phased in."""
        if self.rollout is None or self.rollout.spread(key) is None or (self.rule and key != "slip_months"):
            return False
        return key == "strength" or could_take(self.written, key)

    def rolled_inputs(self) -> list[tuple[str, str, Quantity]]:
        """Ranges of the rollout that act on it: the key, the name of the reading, and the range."""
        rolled = self.rollout
        if rolled is None:
            return []
        spreads = ((key, rolled.spread(key)) for key in KEYS if self.takes(key))
        return [(key, rolled.input_id(key), one) for key, one in spreads if one is not None and one.uncertain]

    @property
    def input_ids(self) -> tuple[str, ...]:
        """Names of the readings that it takes from a draw: its own, and those of its rollout."""
        own = (self.id,) if self.quantity.uncertain else ()
        return (*own, *(input_id for _, input_id, _ in self.rolled_inputs()))

    def _read(self, key: str, draw: Draw) -> float | None:
        return self.rollout.read(key, draw) if self.rollout is not None else None

    def _months_late(self, draw: Draw) -> float:
        return self.delay_months + (self._read("slip_months", draw) or 0.0)

    def content(self) -> dict[str, Any]:
        """What it does, as plain data: no words and no places."""
        amount = self.quantity
        rolled = self.rolled_inputs()
        uncertain = {
            "rollout": {
                name: [one.amounts[0], *one.lows, *one.highs, one.family, *(one.together or ())]
                for _, name, one in rolled
            },
            "adjusted": [self.strength, self.delay_months],
        }
        return {
            "id": self.id,
            "path": self.path,
            "where": {dim: list(values) for dim, values in self.where.items()},
            "verb": self.verb,
            "amounts": list(amount.amounts),
            "dates": [day.isoformat() for day in self.dates],
            "to": self.end.isoformat() if self.end else None,
            "ramp_days": self.ramp_days,
            "range": [list(amount.lows), list(amount.highs)],
            "family": amount.family,
            "strength": self.force,
            "source": self.source,
            "basis": self.written.basis,
            "quality": self.written.quality,
            **({"together": list(amount.together)} if amount.together else {}),
            **(uncertain if rolled else {}),
        }


def could_take(written: WrittenChange, key: str) -> bool:
    """Whether a change as written has what a key of a rollout acts on."""
    if key == "slip_months":
        return bool(written.from_ or written.quantity.dates)
    return key == "strength" or (written.from_ is not None and written.phase_in_months is None)


@dataclass(frozen=True)
class Scenario:
    """A resolved scenario: its parents and its own changes as one list without conflicts.

    Parameters
    ----------
    name, title, kind, status, summary, question, review_by, as_of, instead_of, example :
        As the file says.
    data : str
        Name of the data set, or its folder.
    choices : mapping
        `timing_basis` and `horizon`.
    changes : tuple of Change
        Every change in force, by id.
    sources : mapping of id to Source
        Where they come from.
    not_modelled : tuple of str
        What it and its parents leave out.
    extends : tuple of str
        Its parents.
    adjusts : tuple of Adjust
        What its own file adjusts, change by change; without what it keeps as written.
    adjusts_written : tuple of Adjust
        The same as the file says it, of changes and of whole parts.
    file : str, optional
        Where it is written.
    trace : mapping of id to str
        For a saved scenario, where each change was first written.
    notes : tuple of Fault
        Notes and warnings that stop nothing.
    """

    name: str
    title: str
    kind: str
    status: str | None
    summary: str
    question: str | None
    review_by: dt.date
    data: str
    choices: Mapping[str, Any]
    changes: tuple[Change, ...]
    sources: Mapping[str, Source]
    not_modelled: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    adjusts: tuple[Adjust, ...] = ()
    adjusts_written: tuple[Adjust, ...] = ()
    file: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Fault, ...] = field(default=(), compare=False)
    as_of: dt.date | None = None
    instead_of: tuple[str, ...] = ()
    example: Example | None = None

    @property
    def timing_basis(self) -> str:
        """Timing basis of headline tables."""
        return str(self.choices.get("timing_basis") or DEFAULT_TIMING_BASIS)

    @property
    def horizon(self) -> dt.date:
        """Last day of a run when nothing else is asked."""
        return cast("dt.date", self.choices.get("horizon") or DEFAULT_END)

    @property
    def own_changes(self) -> tuple[Change, ...]:
        """Changes that the scenario's own file writes."""
        return tuple(change for change in self.changes if change.origin.scenario == self.name)

    @cached_property
    def hash_text(self) -> str:
        """Canonical text of all that a result depends on; no names, words or places."""
        content = {
            "data": self.data,
            "timing_basis": self.timing_basis,
            "horizon": self.horizon.isoformat(),
            "changes": [change.content() for change in self.changes if change.acts],
        }
        return json.dumps(content, sort_keys=True, ensure_ascii=False)

    @property
    def content_hash(self) -> str:
        """Short hash of `hash_text`."""
        return hashlib.sha256(self.hash_text.encode()).hexdigest()[:8]
