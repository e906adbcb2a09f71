"""Small runs of the real model: the demo set, changed where a test needs it, and a look inside while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any
from unittest import mock

import numpy as np

from capacity_sim import catalogue, data, scenario
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.data import DataSet
from capacity_sim.model import engine
from capacity_sim.model.delivery import OWED, RISK, Desks
from capacity_sim.model.engine import World
from capacity_sim.model.lines import CHUNK
from capacity_sim.model.result import FLOW_MEASURES, RunResult
from capacity_sim.model.state import State
from capacity_sim.parameters import Parameters
from capacity_sim.scenario import Change, Origin, WrittenChange

FIRST = dt.date(2024, 4, 1)
FLOW = {name: i for i, name in enumerate(FLOW_MEASURES)}


@cache
def catalogue_() -> Catalogue:
    """The model's own catalogue."""
    return catalogue.load()


@cache
def demo() -> DataSet:
    """The made-up region."""
    return data.load("demo")


@cache
def changes_of(name: str) -> tuple[Change, ...]:
    """Changes of a shipped scenario."""
    return scenario.load(name).changes


def change(path: str, **keys: Any) -> Change:
    """A change as a file would write it; it starts on the first day unless `from_` says when.

    `from_=None` leaves the date out, as parameters that do not vary need.
    """
    given = {"id": f"test.{path}", "source": "s", "basis": "assumed", "quality": "red", "impact": "red", "why": "w"}
    given |= {"path": path, "from": keys.pop("from_", FIRST), **keys}
    written = WrittenChange.model_validate({key: value for key, value in given.items() if value is not None})
    return Change(written, Origin("test", "test.yaml", 1))


def fixed(path: str, amount: float, verb: str = "set", **keys: Any) -> Change:
    """A change of a parameter that does not vary."""
    return change(path, from_=None, **{verb: amount}, **keys)


def world_of(
    changes: Sequence[Change] = (),
    *,
    end: dt.date = dt.date(2025, 3, 31),
    dataset: DataSet | None = None,
    region: str | None = None,
    delivery: bool = True,
    warm_up: int = 26,
) -> World:
    """World of some changes on the demo set."""
    dataset = dataset or demo()
    calendar = Calendar(dataset.start, end, warm_up)
    parameters = Parameters(catalogue_(), dataset.values, changes, calendar)
    return engine.prepare(dataset, catalogue_(), parameters, calendar, region, delivery)


def grown(dataset: DataSet, people: float = 1.0, staff: float = 1.0) -> DataSet:
    """A data set with more or fewer people and staff in post (starts are a parameter and stay)."""
    return replace(
        dataset,
        people=np.rint(dataset.people * people).astype(np.int64),
        staff={area: fte * staff for area, fte in dataset.staff.items()},
    )


@dataclass
class Look:
    """What was there each time that the books were closed; the first entry is the end of the warm-up.

    Attributes
    ----------
    waiting : list of int arrays (block, activity, risk)
        Pieces of work that waited or were owed.
    minutes, owed : list of int arrays (block, area, grade)
        Full minutes still needed of all work that waited, and of what was owed.
    due : list of int arrays (activity, basis)
        Minutes of the month that fell due, support work left out.
    rooms : list of int
        Pieces of work for which a delivery unit had room.
    """

    waiting: list[np.ndarray] = field(default_factory=list)
    minutes: list[np.ndarray] = field(default_factory=list)
    owed: list[np.ndarray] = field(default_factory=list)
    due: list[np.ndarray] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)


@contextmanager
def looking() -> Iterator[Look]:
    """Watch the replications that run inside, one at a time."""
    look = Look()

    class Watched(State):
        def clear_books(self) -> None:
            places_in_use(self)
            look.waiting.append(pieces_waiting(self))
            look.minutes.append(minutes_waiting(self, owed=False))
            look.owed.append(minutes_waiting(self, owed=True))
            books = (self.books, self.team_books)
            look.due.append(sum(b.due.sum(axis=(0, 2)) for b in books))
            look.rooms.append(self.desks.piece.shape[1])
            super().clear_books()

    with mock.patch.object(engine, "State", Watched):
        yield look


def places_of(piece: np.ndarray, after: np.ndarray, line: np.void) -> list[int]:
    """Places of the pieces of a line from its head to its tail, found by walking its chunks; holes are left out."""
    places: list[int] = []
    at, end = int(line["head"]), int(line["tail"])
    assert (at < 0) == (end < 0) == (line["count"] == 0)
    while len(places) < line["count"]:
        if piece["left"][at] > 0:
            places.append(at)
        at += 1
        if at % CHUNK == 0 and len(places) < line["count"]:
            at = int(after[at // CHUNK - 1]) * CHUNK
            assert at >= 0, "a line holds as many pieces as it says"
    assert not places or after[(end - 1) // CHUNK] < 0, "the tail is in the last chunk"
    assert not places or line["oldest"] <= piece["due"][places[0]]
    assert (np.diff(piece["due"][places].astype(int)) >= 0).all(), "work stands in the order in which it fell due"
    return places


def _lines(state: State) -> Iterator[tuple[int, int, bool, np.ndarray]]:
    """Block, group of the books, whether it is what is owed, and pieces of work of every line, found by walking it."""
    for desks, first in ((state.desks, 0), (state.team_desks, state.n_units)):
        for block, desk, queue in np.argwhere(desks.line["count"] > 0):
            piece = desks.piece[block]
            places = places_of(piece, desks.after[block], desks.line[block, desk, queue])
            group = int(desks.desk["group"][block, desk])
            assert group >= 0, "a closed desk has no work"
            yield first + int(block), group, bool(queue == OWED), piece[places]


def chunks_in_use(desks: Desks) -> np.ndarray:
    """Chunks of the lines of each block, found by walking them."""
    found = np.zeros(len(desks.line), np.int64)
    for block, desk, queue in np.argwhere(desks.line["count"] > 0):
        chunk = int(desks.line["head"][block, desk, queue]) // CHUNK
        while chunk >= 0:
            found[block] += 1
            chunk = int(desks.after[block, chunk])
    return found


def pieces_waiting(state: State) -> np.ndarray:
    """Pieces of work that wait or are owed (block, activity, risk); support work is left out."""
    n_acts = len(state.world.catalogue.activities)
    count = np.zeros((state.n_blocks, n_acts, 4), np.int64)
    for block, _, _, pieces in _lines(state):
        mine = pieces[pieces["act"] < n_acts]
        np.add.at(count, (block, mine["act"], mine["risk"] & RISK), 1)
    return count


def minutes_waiting(state: State, owed: bool) -> np.ndarray:
    """Minutes still needed (block, area, grade) of what waits or is owed, piece by piece: not the engine's own sums."""
    dims = state.world.catalogue.dimensions
    total = np.zeros((state.n_blocks, len(dims["area"]), len(dims["grade"])), np.int64)
    for block, group, is_owed, pieces in _lines(state):
        if is_owed == owed:
            total[block, state.group_area[group], state.group_grade[group]] += pieces["left"].sum(dtype=np.int64)
    return total


def places_in_use(state: State) -> None:
    """Every chunk of the room for work is free or of one line, and the count of those in use is right."""
    for desks in (state.desks, state.team_desks):
        assert (chunks_in_use(desks) == desks.free[:, 1]).all()
        assert (desks.free[:, 0] + desks.free[:, 1] == desks.free[:, 2]).all()


def same(one: RunResult, other: RunResult) -> list[str]:
    """Names of the arrays of two replications that differ."""
    pairs = ((f.name, getattr(one, f.name), getattr(other, f.name)) for f in fields(RunResult))
    return [name for name, a, b in pairs if not np.array_equal(np.asarray(a), np.asarray(b))]
