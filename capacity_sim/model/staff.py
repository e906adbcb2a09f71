"""Members of staff: who they are, when they come, qualify, move and leave, and the hours they give each week.

Everyone is a record in parallel arrays: the officers and pools of the delivery units, the regional and national teams,
and the pool of other roles (people, leaving and moves, no work). What happens in a month is drawn from the person's
key and the month, so a change of one rate touches only those whose draw it moves.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.model.compiled import kernel
from capacity_sim.streams import uniform_k

UNIT_AREA = "sentence_management"
OTHER_ROLES = -1  # area and block of the pool of other roles
NOT_SET = 10**6
COLUMNS = {
    "key": np.uint64,
    "block": np.int32,
    "area": np.int16,
    "grade": np.int16,
    "fte": np.float64,
    "desk": np.int32,
    "cohort": np.int32,  # month number of the start of training, NOT_SET for others
    "protected_until": np.int32,  # month number until which a newly qualified officer is protected
    "joined": np.int32,  # month number in which they joined the service
    "training": np.int32,  # months that their training takes, 0 for all but trainees
}


@dataclass
class Staff:
    """Everyone in post, as parallel arrays (see COLUMNS), and what the run must know to move them.

    Attributes
    ----------
    columns : dict of arrays
        One entry for each member of staff in post.
    counter : int
        Recruits made so far; part of a recruit's key.
    """

    columns: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    counter: int = 0

    def __post_init__(self) -> None:
        """Start with nobody."""
        for name, kind in COLUMNS.items():
            self.columns.setdefault(name, np.empty(0, kind))

    def __getattr__(self, name: str) -> npt.NDArray[Any]:
        """Column of a name."""
        try:
            return self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __len__(self) -> int:
        """Members of staff in post."""
        return len(self.columns["key"])

    def add(self, **values: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Add people; returns their places."""
        count = len(np.atleast_1d(np.asarray(values["key"])))
        first = len(self)
        for name, kind in COLUMNS.items():
            default = NOT_SET if name == "cohort" else -1 if name in ("desk", "protected_until") else 0
            value = np.broadcast_to(np.asarray(values.get(name, default), kind), (count,))
            self.columns[name] = np.concatenate([self.columns[name], value])
        return np.arange(first, first + count)

    def remove(self, gone: npt.NDArray[np.bool_]) -> None:
        """Take people off the books."""
        for name in COLUMNS:
            self.columns[name] = self.columns[name][~gone]


def month_number(day: dt.date) -> int:
    """Months since year 0, so that differences are whole months."""
    return day.year * 12 + day.month - 1


def heads(fte: float, fte_per_head: float) -> int:
    """People who hold some FTE: the nearest whole number, at least one."""
    return max(1, int(fte / fte_per_head + 0.5)) if fte > 0 else 0


def trainee_stage(months: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Stage of training from months since the start: 0 to 6, 6 to 12, 12 to 18, 18 on."""
    return np.clip(months // 6, 0, 3)


def hazard(annual_rate: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    """Chance in a month that goes with a hazard a year."""
    return np.asarray(1.0 - np.exp(-np.asarray(annual_rate) / 12.0))


@kernel
def fill_capacity(key, block, desk, minutes, base_minutes, first, last, absent, capacity, desks):
    """Write the minutes of each desk for some weeks: people are away in some weeks and work more in the others.

    `minutes` are the usual minutes a week of each member of staff; a week away gives none, and the others give
    minutes / (1 - absent), so that the mean stays. Desks of named officers have one member, pools have many.
    """
    capacity[:, :, first:last] = 0
    for b in range(desks.shape[0]):
        for d in range(desks.shape[1]):
            desks[b, d].base = 0
    for m in range(len(key)):
        b = block[m]
        d = desk[m]
        if b < 0 or d < 0:
            continue
        desks[b, d].base += base_minutes[m]
        there = np.int64(minutes[m] / (1.0 - absent) + 0.5)
        for row in range(first, last):
            if uniform_k(key[m], streams.ABSENT, row) >= absent:
                capacity[b, d, row] += there
