"""The clock of the run, and everything that does not change in it, by the names of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from capacity_sim import streams
from capacity_sim.model import areas

from .services import ServiceRules

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

NAMED_AREA = "sentence_management"  # where cases belong to named officers
CASE = "case"  # grade of work that the named officer does
MOVED = "moved"  # instead of an officer's grade: work that another grade than the activity's does
EVENTS = (
    "order_start", "custody_start", "handover", "release", "recall", "re_release", "post_sentence_start",
    "follow_up", "order_completed", "order_revoked", "supervision_end", "ended_in_custody", "programme_start",
    "unpaid_work_limit",
)  # fmt: skip
STREAMS = ("contact", "review", "visit", "monthly", "occasional", "unpaid_work", "programme")
SUPERVISION = {
    "suspend": ("adoption", "licence_from", "order_from", "post_sentence", "residual", "follow_up", "exempt_share"),
    "impact": ("adoption", "after_weeks", "reoffending_below", "eligible_share", "front_load", "residual"),
    "unsupervised": ("from", "share", "residual"),
}
#: number of everything that makes work fall due; part of the key of its draws
TRIGGERS = {name: number for number, name in enumerate((*EVENTS, *STREAMS, "referral_returned"))}
SUPPORT_DEADLINE = 4  # weeks
GREEN, AMBER, RED, NEVER_PAUSED = range(4)
URGENT = 0  # the first queue
WARM_UP_REVIEW = 4  # weeks between two reviews in the warm-up
ONE = 1024  # shares of full time, and durations of pieces of work, are whole numbers of 1/1024


def uniform(key: int, purpose: int) -> float:
    """Draw for a purpose."""
    return streams.unit_int(streams.child_int(key, purpose))


def uniform_k(key: int, purpose: int, k: int) -> float:
    """Draw for the k-th time that a purpose comes round."""
    return streams.unit_int(streams.child_int(streams.child_int(key, purpose), k))


class Phase(IntEnum):
    """Order of what happens in a week."""

    MANAGEMENT = 0
    STARTS = 1
    PEOPLE = 2
    PLACES = 3
    TEAMS = 4
    SUPPORT = 5
    DESKS = 6


class Clock:
    """SimPy's clock, which counts the phases of the simulated weeks (the warm-up is the first of them)."""

    def __init__(self) -> None:
        self.env = simpy.Environment()

    @property
    def row(self) -> int:
        """Week that is being simulated."""
        return int(self.env.now) // len(Phase)

    def at(self, row: int, phase: Phase, turn: int = 0) -> simpy.Event:
        """Wait for a phase of a week: lower turns first, then who has waited longest."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        self.env.schedule(event, priority=turn, delay=row * len(Phase) + phase - self.env.now)
        return event


@dataclass(frozen=True, eq=False)
class Activity:
    """A kind of work.

    Attributes
    ----------
    place : int
        Place in the catalogue (support work of an area comes behind all activities).
    grade : str
        Grade of the pool that does it, or `CASE`.
    queue, level, deadline : int
        Class of urgency; 0 unit, 1 regional team, 2 national team; weeks.
    suspendable : bool
        Whether it stops, but for the residual, while contact is suspended.
    pause_at : int
        Status of the unit from which it is paused.
    support : dict
        Share of its minutes that goes with it in other grades.
    moves_to : str or None
        Grade whose pool does the pieces that are moved.
    is_support : bool
        Whether it stands for the support work of an area: many small pieces in one.
    """

    place: int
    area: str
    grade: str
    queue: int
    level: int
    deadline: int
    suspendable: bool = False
    pause_at: int = NEVER_PAUSED
    support: dict[str, float] = field(default_factory=dict)
    moves_to: str | None = None
    is_support: bool = False


@dataclass(frozen=True)
class Item:
    """Work that a trigger makes fall due, for whom, and how often; `place` is part of the key of its draws."""

    place: int
    activity: Activity
    states: frozenset[int]
    probability: tuple[float, ...]  # by risk
    flag: str | None
    report: bool
    referred: bool


class Rules:
    """What a world says, by name.

    Parameters
    ----------
    world : World
        Of the engine: catalogue, parameters by week, and the tables of minutes made from them.
    """

    def __init__(self, world: World) -> None:
        catalogue, weekly = world.catalogue, world.parameters.weekly
        self.world, self.catalogue = world, catalogue
        self.warm_up, self.weeks = world.calendar.warm_up, world.calendar.n_total
        self.grades, self.areas = catalogue.dimensions["grade"], catalogue.dimensions["area"]
        self.states, self.flags = catalogue.dimensions["state"], catalogue.dimensions["flag"]
        self.queues = range(len(catalogue.dimensions["queue"]))
        self.bases = range(len(catalogue.dimensions["basis"]))
        self.spent = len(self.bases)  # behind the three bases: the time that officers really need
        self.activities = [self._activity(place, x) for place, x in enumerate(catalogue.activities)]
        self.support_of = {
            area: Activity(len(self.activities) + i, area, "", 0, areas.LEVEL[area], SUPPORT_DEADLINE, is_support=True)
            for i, area in enumerate(self.areas)
        }
        self.items: dict[str, list[Item]] = {name: [] for name in TRIGGERS}
        for activity, entry in zip(self.activities, catalogue.activities, strict=True):
            for trigger in entry.spec["triggers"]:
                name = trigger["on"] if "on" in trigger else trigger["stream"]
                self.items[name].append(self._item(len(self.items[name]), activity, trigger))
        for items in self.items.values():
            items.sort(key=lambda item: item.flag is not None)  # what everybody gets comes first
        self.every = {
            name: [catalogue.streams[name]["every_weeks"][state] for state in self.states] for name in STREAMS
        }
        self.services = ServiceRules(world)
        self.suspend, self.impact, self.unsupervised = (
            {name: weekly(f"supervision.{why}.{name}").tolist() for name in names} for why, names in SUPERVISION.items()
        )
        self.exempt_flags, self.impact_exempt_flags = (
            [
                {flag for flag, value in zip(self.flags, row, strict=True) if value >= 0.5}
                for row in weekly(f"supervision.{why}.exempt_flag")
            ]
            for why in ("suspend", "impact")
        )
        self.needs_po = weekly("work.case_needs_po").tolist()
        self.report_share = weekly("people.report.share").tolist()
        self.volume = weekly("work.volume.factor").tolist()
        self.moved_share, self.moved_time = weekly("work.moved.share").tolist(), weekly("work.moved.time").tolist()
        self.commissioned = weekly("work.commissioned.share").tolist()
        self.start_rate = weekly("work.commissioned.start_rate").tolist()
        self.failure_rate = weekly("work.commissioned.failure_rate").tolist()
        self.timing = world.work.timing  # minutes of an activity for a risk: three bases, and the time really needed
        self.durations = world.work.quantile.tolist()  # of single pieces, in 1/1024 of the activity's minutes
        self.floor = world.work.floor.tolist()
        self.weight = world.work.weight.tolist()
        self.attention, self.lapse = world.work.attention.tolist(), world.work.lapse.tolist()
        self.squeeze_from, self.squeeze_full = world.work.squeeze_from, world.work.squeeze_full
        fixed = world.parameters.fixed
        self.held_share = [round(share * ONE) for share in fixed("delivery.held_up.share").tolist()]
        self.cover_share = round(float(fixed("delivery.cover.share")) * ONE)
        self.owed_share = float(fixed("delivery.owed.time_share"))

    def _activity(self, place: int, entry: Any) -> Activity:
        spec = entry.spec
        return Activity(
            place=place,
            area=entry.area,
            grade=spec["grade"],
            queue=self.catalogue.place("queue", entry.queue),
            level=areas.LEVEL[entry.area],
            deadline=-(-spec["deadline_working_days"] // 5),
            suspendable=bool(spec.get("suspendable", False)),
            pause_at={None: NEVER_PAUSED, "amber": AMBER, "red": RED}[spec.get("pause_at")],
            support=dict(spec.get("support", {})),
            moves_to=spec.get("moves_to"),
        )

    def _item(self, place: int, activity: Activity, trigger: dict[str, Any]) -> Item:
        chosen: Iterable[str] = trigger.get("states", self.states)
        probability = trigger.get("probability", 1.0)
        by_risk = probability if isinstance(probability, list | tuple) else [probability] * 4
        return Item(
            place,
            activity,
            frozenset(self.states.index(state) for state in chosen),
            tuple(float(p) for p in by_risk),
            trigger.get("flag"),
            bool(trigger.get("report", False)),
            bool(trigger.get("referred", False)),
        )

    def minutes(self, activity: Activity, risk: int, row: int, duration: int) -> int:
        """Whole minutes that a piece of work really needs, at least one (single precision, as in the tables)."""
        mean = self.timing[row, activity.place, risk, self.spent]
        return max(1, int(mean * np.float32(duration) * np.float32(1 / ONE) + np.float32(0.5)))

    def times(self, item: Item, risk: int, row: int) -> float:
        """Pieces of work that an item makes fall due each time, on average (single precision, as in the tables).

        Commissioned services take part of them over, where they start and do not fail.
        """
        place = item.activity.place
        left = 1 - self.commissioned[row][place] * self.start_rate[row] * (1 - self.failure_rate[row])
        return float(np.float32(item.probability[risk] * (self.volume[row][place][risk] * left)))

    def is_held_up(self, activity: Activity, z: int) -> bool:
        """Whether something other than staff time makes the pieces of a firing late; `z` is the key of their draws."""
        return (z >> 11) % ONE < self.held_share[activity.place]

    def is_covered(self, z: int) -> bool:
        """Whether a colleague takes the pieces of a firing if the officer is away."""
        return (z >> 21) % ONE < self.cover_share

    def is_moved(self, activity: Activity, row: int, z: int) -> bool:
        """Whether the pieces of a firing are moved to another grade; `z` is the key of their draws."""
        return activity.moves_to is not None and uniform(z, 1) < self.moved_share[row][activity.place]

    def moved_duration(self, activity: Activity, row: int, duration: int) -> int:
        """Duration of a piece that was moved, in 1/1024 of the activity's minutes."""
        return max(1, int(duration * self.moved_time[row][activity.place] + 0.5))

    def monday(self, row: int) -> int:
        """First day of a week."""
        return 7 * (row - self.warm_up)

    def row_of(self, day: int) -> int:
        """Week that holds a day."""
        return day // 7 + self.warm_up
