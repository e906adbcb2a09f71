"""One replication of the twin: who is in the cast, and what management does each month."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from capacity_sim import streams
from capacity_sim.model import areas
from capacity_sim.model.result import RunResult

from .books import Recorder
from .force import MONTHS_A_YEAR, Force
from .lives import Law, Start
from .places import share_out
from .rules import WARM_UP_REVIEW, Clock, Phase, Rules
from .teams import Team, Unit

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

DAYS_A_MONTH = 365.25 / 12
WORKFORCE = 10**6  # part of the run's key that is the workforce's


def run(world: World, seed: int, draw: int = 0, rep: int = 0) -> RunResult:
    """Run one replication.

    Parameters
    ----------
    world : World
        From the engine's `prepare`.
    seed, draw, rep : int
        Key of the replication.

    Returns
    -------
    RunResult
        The same as the engine's `simulate` returns.
    """
    return Twin(world, streams.key_of(seed, draw, rep)).run()


class Twin:
    """The cast of one replication.

    Parameters
    ----------
    world : World
    root : int
        Key of the replication.
    """

    def __init__(self, world: World, root: int) -> None:
        self.world, self.clock = world, Clock()
        self.rules, self.law = Rules(world), Law(world)
        data = world.data
        self.units = [
            Unit(self.clock, self.rules, self.law, place, self.starts(place, streams.child_int(root, int(lasting))))
            for place, lasting in enumerate(world.unit_ids)
        ]
        n = len(self.units)
        teams = [
            Team(self.clock, self.rules, n + r, areas.REGION, [u for u in self.units if data.unit_region[u.place] == r])
            for r in range(len(data.regions))
        ]
        teams.append(Team(self.clock, self.rules, n + len(teams), areas.NATION, self.units))
        self.force = Force(self.rules, streams.child_int(root, WORKFORCE), self.units, teams)
        self.blocks = [*self.units, *teams]
        self.recorder = Recorder(self.rules, self.units, self.blocks)

    def starts(self, place: int, key: int) -> list[Start]:
        """People of a unit: loaded, and to come."""
        monthly = self.world.parameters.weekly("people.starts.monthly") / DAYS_A_MONTH
        ceiling = monthly[0] * float(self.world.parameters.fixed("people.starts.ceiling"))
        share = self.world.data.start_share[place]
        per_day = (monthly * share).tolist()
        bands = self.world.parameters.fixed("people.length.band_share").tolist()
        loaded = self.law.loaded(key, self.world.data.people[place].tolist(), per_day[0], bands)
        return [*loaded, *self.law.future(key, per_day, (ceiling * share).tolist())]

    def run(self) -> RunResult:
        """Let everyone live."""
        self.clock.env.process(self.management())
        self.clock.env.run()
        return self.recorder.result()

    def management(self) -> Generator[simpy.Event, None, None]:
        """The Mondays between two months: the books are closed, units reviewed; staff leave, qualify and come."""
        calendar, force = self.world.calendar, self.force
        rows = [[i + calendar.warm_up for i, m in enumerate(calendar.week_month) if m == month]
                for month in range(len(calendar.months))]  # fmt: skip
        year, number = (int(part) for part in calendar.months[0].split("-"))
        number = year * MONTHS_A_YEAR + number - 1
        yield self.clock.at(0, Phase.MANAGEMENT)
        force.fill(0, calendar.warm_up, number)
        self.clock.env.process(self.first_places())
        force.lend(0, calendar.warm_up)
        for row in reversed(range(calendar.warm_up, 0, -WARM_UP_REVIEW)):
            yield self.clock.at(row, Phase.MANAGEMENT)
            for unit in self.units:
                unit.note_load(max(0, row - WARM_UP_REVIEW), row)
            self.review(None, min(row, calendar.n_total - 1))
        for month, weeks in enumerate(rows):
            first, last = weeks[0], weeks[-1]
            yield self.clock.at(first, Phase.MANAGEMENT)
            if month == 0 and first > 0:
                self.share_places(first)
            if month == 0:  # the warm-up is not written down
                for block in self.blocks:
                    block.books.clear()
                for unit in self.units:
                    unit.noted = 0
            else:
                force.leave(number + month, first)
            force.qualify(number + month, first)
            force.intake(number + month, first)
            force.recruit(number + month, first)
            force.fill(first, last + 1, number + month)
            force.lend(first, last + 1)
            yield self.clock.at(last + 1, Phase.MANAGEMENT)
            for unit in self.units:
                unit.note_load(first, last + 1)
                unit.noted = 0
            self.recorder.close(month, first, last, force)
            self.review(month, min(last + 1, calendar.n_total - 1))
            self.share_places(min(last + 1, calendar.n_total - 1))

    def first_places(self) -> Generator[simpy.Event, None, None]:
        """Places are first shared out when everyone who is there on the first day has come."""
        yield self.clock.at(0, Phase.PEOPLE)
        self.share_places(0)

    def share_places(self, row: int) -> None:
        """Share the places of each region out among its units."""
        data = self.world.data
        for service, nation in self.rules.services.places.items():
            for region, share in enumerate(self.world.place_share.tolist()):
                units = [unit for unit in self.units if data.unit_region[unit.place] == region]
                share_out(units, int(nation[row] * share + 0.5), service)

    def review(self, month: int | None, row: int) -> None:
        """Set each unit's status for the month to come; `month` is the one that ends, none in the warm-up."""
        weekly, fixed = self.world.parameters.weekly, self.world.parameters.fixed
        amber, red = float(weekly("delivery.amber_at")[row]), float(weekly("delivery.red_at")[row])
        names = ("approval.reviews", "recovery.reviews", "review.months")
        after = [round(float(fixed(f"delivery.{name}"))) for name in names]
        for unit in self.units:
            unit.review(amber, red, float(fixed("delivery.hysteresis")), *after)
            if month is not None:
                self.recorder.status[unit.place, month] = unit.status
