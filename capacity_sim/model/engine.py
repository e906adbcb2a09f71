"""One replication: SimPy holds the clock and the cast, compiled kernels live the weeks.

Processes, each on its own calendar: the weeks of the delivery units and teams (`delivery`), the monthly recorder, the
monthly review of unit status, leavers and movers, recruitment, trainee intakes and qualification. Units are
independent between the monthly reviews and run in parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import simpy
from simpy.events import EventPriority

from capacity_sim import streams
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.data import DataSet
from capacity_sim.errors import Fault, UsageError, did_you_mean
from capacity_sim.model import areas, careers, compiling, joiners, loading, posts, tables
from capacity_sim.model.people import DAYS_A_MONTH, Clocks
from capacity_sim.model.posts import Posts
from capacity_sim.model.records import Work
from capacity_sim.model.result import RunResult
from capacity_sim.model.state import State
from capacity_sim.model.status import warm_up_reviews
from capacity_sim.model.workforce import POLICY, Workforce
from capacity_sim.parameters import Parameters

Event = Generator[simpy.Event, None, None]


@dataclass(frozen=True)
class World:
    """Everything that a replication reads: the same for all reps of a draw of a scenario.

    Attributes
    ----------
    data : DataSet
        Restricted to the units that are simulated.
    unit_ids, region_ids : int arrays
        Places of the units and regions in the whole data set; they key the random numbers, so that a region run alone
        lives the same lives as in the nation.
    share_of_nation : float
        Share of the people of the whole data set: the part of the national team that belongs to the units.
    """

    data: DataSet
    catalogue: Catalogue
    parameters: Parameters
    calendar: Calendar
    clocks: Clocks
    work: Work
    unit_ids: npt.NDArray[np.int64]
    region_ids: npt.NDArray[np.int64]
    share_of_nation: float
    productive_minutes: float  # of one FTE (a PO) in a week, at the data's date
    productive: npt.NDArray[np.float64]  # the same by week and grade
    placement: npt.NDArray[np.float64]  # cumulative share of trainees by unit of the whole data set
    place_share: npt.NDArray[np.float64]  # of the nation's places (unpaid work, programmes ...) by region
    posts: Posts
    funded: npt.NDArray[np.float64]  # target staffing by block (other roles last), month, area and grade

    @property
    def month_rows(self) -> npt.NDArray[np.int64]:
        """First simulated week of each month."""
        calendar = self.calendar
        first = np.searchsorted(calendar.week_month, np.arange(len(calendar.months)))
        return np.asarray(first + calendar.warm_up, np.int64)


def prepare(
    dataset: DataSet,
    catalogue: Catalogue,
    parameters: Parameters,
    calendar: Calendar,
    region: str | None = None,
    delivery: bool = True,
) -> World:
    """Make the arrays of a run from data and parameters.

    Parameters
    ----------
    dataset : DataSet
    catalogue : Catalogue
    parameters : Parameters
        Values by week, for one scenario and one draw.
    calendar : Calendar
    region : str, optional
        Simulate only this region.
    delivery : bool
        Whether officers deliver the work; without it only what falls due is counted (faster).

    Returns
    -------
    World

    Raises
    ------
    UsageError
        If the region does not exist.
    """
    chosen = np.arange(len(dataset.units))
    region_ids = np.arange(len(dataset.regions))
    if region is not None:
        if region not in dataset.regions:
            raise UsageError(
                [
                    Fault(
                        "unknown-region",
                        f"no region is called `{region}`",
                        hint=did_you_mean(region, dataset.regions, "the regions are " + ", ".join(dataset.regions)),
                    )
                ]
            )
        region_ids = np.array([dataset.regions.index(region)])
        chosen = np.flatnonzero(dataset.unit_region == region_ids[0])
    trainee = catalogue.place("grade", "trainee")
    weights = dataset.staff[areas.FALLBACK[0]][:, trainee]
    if weights.sum() <= 0:
        weights = dataset.people.sum(axis=1).astype(float)
    share = float(dataset.people[chosen].sum() / max(1, dataset.people.sum()))
    people = np.bincount(dataset.unit_region, dataset.people.sum(axis=1), len(dataset.regions))
    places = people / max(1, dataset.people.sum())
    months = calendar.months
    for path in catalogue.parameters:  # every value within its limits before the clock starts
        parameters.weekly(path)
    split = posts.split_grades(dataset, catalogue, float(parameters.fixed("staff.sentence_management.po_share")))
    productive = careers.productive_hours(parameters, catalogue) * careers.WEEKLY_MINUTES
    return World(
        data=posts.restrict(split, chosen, region_ids, share),
        catalogue=catalogue,
        parameters=parameters,
        calendar=calendar,
        clocks=tables.clocks(parameters, calendar),
        work=tables.work(parameters, catalogue, delivery),
        unit_ids=chosen,
        region_ids=region_ids,
        share_of_nation=share,
        productive_minutes=float(productive[0, catalogue.place("grade", "PO")]),
        productive=productive,
        placement=np.cumsum(weights / weights.sum()),
        place_share=places[region_ids],
        posts=posts.posts(split, catalogue, chosen, region_ids, share),
        funded=posts.funded(dataset, catalogue, chosen, region_ids, months),
    )


def _quota(people: npt.NDArray[np.int64], by_risk: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    """People of a unit by state, or by state and risk where somebody has counted them so."""
    return people if by_risk is None or not by_risk.any() else by_risk


def starts_of(world: World, root: int) -> list[loading.Starts]:
    """People of each unit, loaded and to come."""
    monthly = world.parameters.weekly("people.starts.monthly") / DAYS_A_MONTH
    ceiling = monthly[0] * float(world.parameters.fixed("people.starts.ceiling"))
    peak = monthly.max(axis=0)
    if (peak > ceiling * (1 + 1e-9)).any():
        kind = world.catalogue.dimensions["start_type"][int(np.argmax(peak - ceiling))]
        raise UsageError(
            [
                Fault(
                    "too-many-starts",
                    f"starts of `{kind}` rise above the dominating stream",
                    hint="raise `people.starts.ceiling`",
                )
            ]
        )
    band_share = world.parameters.fixed("people.length.band_share")
    own = world.data.own
    counted = None if own is None else own.people_by_risk
    return [
        loading.unit_starts(
            world.clocks,
            streams.child_int(root, int(world.unit_ids[u])),
            _quota(world.data.people[u], None if counted is None else counted[world.unit_ids[u]]),
            np.ascontiguousarray(monthly * world.data.start_share[u]),
            ceiling * world.data.start_share[u],
            band_share,
            world.data.units[u],
        )
        for u in range(len(world.data.units))
    ]


def simulate(
    world: World,
    seed: int,
    draw: int = 0,
    rep: int = 0,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    months: int | None = None,
) -> RunResult:
    """Run one replication.

    Parameters
    ----------
    world : World
        From `prepare`.
    seed, draw, rep : int
        Key of the replication; the same key gives the same lives in every scenario.
    threads : int
        Threads over the delivery units; results do not depend on it.
    progress : callable, optional
        Called with the share of weeks done.
    months : int, optional
        Months to simulate; all by default. Those months are as in a whole run, because people's dates follow the rules
        of the whole horizon; nothing is counted in the others.

    Returns
    -------
    RunResult
    """
    compiling.ready(world)
    root = streams.key_of(seed, draw, rep)
    state = State(world, starts_of(world, root))
    play(world, state, root, threads, progress, months)
    return state.result()


def play(
    world: World,
    state: State,
    root: int,
    threads: int = 1,
    progress: Callable[[float], None] | None = None,
    months: int | None = None,
) -> None:
    """Take a replication from its first week to its last; see `simulate`.

    Parameters
    ----------
    world : World
    state : State
        With everyone who is there or will start.
    root : int
        Key of the replication.
    threads, progress, months
        As of `simulate`.
    """
    force = Workforce(world, streams.child_int(root, 10**6), state)
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        _Run(world, state, force, pool, max(1, threads), progress, months).go()


class _Run:
    """The cast of one replication on a SimPy clock that counts simulated weeks."""

    #: order of what happens on the same Monday
    RECORD, REVIEW, LEAVE, QUALIFY, INTAKE, RECRUIT, DELIVER = range(7)

    def __init__(
        self,
        world: World,
        state: State,
        force: Workforce,
        pool: ThreadPoolExecutor,
        threads: int,
        progress: Callable[[float], None] | None,
        months: int | None = None,
    ) -> None:
        self.world, self.state, self.force = world, state, force
        self.pool, self.threads, self.progress = pool, threads, progress
        self.env = simpy.Environment()
        calendar = world.calendar
        rows = [*world.month_rows.tolist(), calendar.n_total]
        self.month_rows = rows if months is None else rows[: months + 1]
        year, month = (int(part) for part in calendar.months[0].split("-"))
        self.first_month = year * 12 + month - 1

    def go(self) -> None:
        for process in (self.recorder, self.reviews, self.leavers, self.trainees, self.recruitment, self.delivery):
            self.env.process(process())
        self.env.run()

    def at(self, row: int, order: int) -> simpy.Event:
        """Event on the Monday of a simulated week, before those of a higher order."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        self.env.schedule(event, priority=EventPriority(order), delay=row - self.env.now)
        return event

    def months(self) -> Iterable[tuple[int, int, int]]:
        """Place of each month, its first week and the week after its last."""
        return zip(range(len(self.month_rows) - 1), self.month_rows, self.month_rows[1:], strict=False)

    def delivery(self) -> Event:
        """Weeks of people, work and desks: the warm-up, then month by month."""
        spans = [(0, self.month_rows[0]), *((first, last) for _, first, last in self.months())]
        for first, last in spans:
            yield self.at(first, self.DELIVER)
            if last == first:
                continue
            self.force.fill(first, last, self.first_month if first < self.month_rows[0] else self._month(first))
            self.state.lend(first, last)
            if first == 0:
                self.state.load(self.pool, self.threads)
                self.state.share_places(0)
            for row in warm_up_reviews(last) if first < self.month_rows[0] else ():
                self.state.advance(row, self.pool, self.threads)
                self.state.review(min(row, self.world.calendar.n_total - 1))
            self.state.advance(last, self.pool, self.threads)
            if self.progress is not None:
                self.progress(last / self.month_rows[-1])

    def _month(self, row: int) -> int:
        return self.first_month + int(self.world.calendar.week_month[row - self.world.calendar.warm_up])

    def recorder(self) -> Event:
        """Close the books at the end of each month (and throw those of the warm-up away)."""
        if self.month_rows[0] > 0:
            yield self.at(self.month_rows[0], self.RECORD)
            self.state.clear_books()
        for month, first, last in self.months():
            yield self.at(last, self.RECORD)
            self.state.close(month, last - 1, self.force)
            due = self.state.due[: self.state.n_units, month, self.force.case_area, :, POLICY]
            self.force.observe(due, last - first)

    def reviews(self) -> Event:
        """Monthly review of every unit's status, and of the places that units share."""
        if self.month_rows[0] > 0:
            yield self.at(self.month_rows[0], self.REVIEW)
            self.state.share_places(self.month_rows[0])
        for month, _, last in self.months():
            yield self.at(last, self.REVIEW)
            self.state.review(min(last, self.world.calendar.n_total - 1), month)
            self.state.share_places(min(last, self.world.calendar.n_total - 1))

    def leavers(self) -> Event:
        """Leavers, movers and trainees who drop out, month by month from the second month on."""
        for month, first, _ in self.months():
            yield self.at(first, self.LEAVE)
            if month > 0:
                self.force.leave(self.first_month + month, first)

    def trainees(self) -> Event:
        """Qualification of cohorts, and intakes in March and September."""
        for month, first, _ in self.months():
            yield self.at(first, self.QUALIFY)
            self.force.qualify(self.first_month + month, first)
            joiners.intake(self.force, self.first_month + month, first)

    def recruitment(self) -> Event:
        """Last month's vacancies are filled, and recruits beyond them come."""
        for month, first, _ in self.months():
            yield self.at(first, self.RECRUIT)
            joiners.recruit(self.force, self.first_month + month, first)
