"""Members of staff followed through a run: grade, place and cases at the end of each month."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model.engine import Event, World, _Run, starts_of
from capacity_sim.model.staff import NOT_SET
from capacity_sim.model.state import State
from capacity_sim.model.workforce import Workforce


@dataclass(frozen=True)
class Seen:
    """Staff of sentence management at the end of a month, one entry a member.

    Attributes
    ----------
    month : str
    key : uint64 array
        Who it is.
    grade : int array
        Place of the grade in the catalogue.
    unit : int array
        Delivery unit.
    cases : int array
        Cases of a named officer; -1 for who has no desk of their own.
    training : bool array
        Whether a member is in training.
    """

    month: str
    key: npt.NDArray[np.uint64]
    grade: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]
    cases: npt.NDArray[np.int64]
    training: npt.NDArray[np.bool_]


class _Watched(_Run):
    """A replication with somebody who looks at the staff at the end of each month."""

    def go(self) -> None:
        """Look on while the weeks go by."""
        self.seen: list[Seen] = []
        self.env.process(self.watcher())
        super().go()

    def watcher(self) -> Event:
        """Look at the staff at the end of each month."""
        for month, _, last in self.months():
            yield self.at(last, self.RECORD)
            self.seen.append(self._look(self.world.calendar.months[month]))

    def _look(self, month: str) -> Seen:
        staff, state = self.force.staff, self.state
        mine = np.flatnonzero((staff.block >= 0) & (staff.block < state.n_units) & (staff.area == self.force.case_area))
        unit, desk = staff.block[mine].astype(np.int64), staff.desk[mine].astype(np.int64)
        named = desk >= state.officers
        cases = np.where(named, state.desks.desk["cases"][unit, np.maximum(desk, 0)], -1)
        training = staff.cohort[mine] != NOT_SET
        return Seen(month, staff.key[mine].copy(), staff.grade[mine].astype(np.int64), unit, cases, training)


def watch(world: World, seed: int, draw: int = 0, rep: int = 0) -> list[Seen]:
    """Staff of sentence management month by month, in the run that the same key would give.

    Parameters
    ----------
    world : World
        From `capacity_sim.model.engine.prepare`, with delivery.
    seed, draw, rep : int
        Key of the replication.

    Returns
    -------
    list of Seen
        One for each month.
    """
    root = streams.key_of(seed, draw, rep)
    state = State(world, starts_of(world, root))
    force = Workforce(world, streams.child_int(root, 10**6), state)
    with ThreadPoolExecutor(max_workers=1) as pool:
        run = _Watched(world, state, force, pool, 1, None)
        run.go()
    return run.seen
