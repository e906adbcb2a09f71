"""What is written down: sums of a month for each block, and where people stand at its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from capacity_sim.model.result import ACTIVITY_MEASURES, FLOW_MEASURES, SERVICE_MEASURES, STAFF_COUNTS, RunResult

from .rules import CASE, EVENTS, MOVED, NAMED_AREA, Activity, Rules
from .services import REQUIREMENTS, SERVICES, WITH_PLACES

if TYPE_CHECKING:
    from .force import Force
    from .teams import Block, Unit

LIMITS = (20, 30, 40, 50, 60, 70, 80)
POLICY = 1  # basis on which feedback reads workload


class Books:
    """Sums of a month.

    Attributes
    ----------
    due : Counter
        Minutes by activity, grade of the named officer, and basis; work in pools, and of cases that seniors hold, is
        under PO, and work that was moved under `MOVED`.
    flow : Counter
        Minutes by area, grade and measure.
    work : Counter
        Pieces of work (or minutes lapsed) by activity, risk and measure.
    events : Counter
        Sentence events.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.clear()

    def clear(self) -> None:
        """Start a new month."""
        self.due: Counter[tuple[Activity, str, int]] = Counter()
        self.flow: Counter[tuple[str, str, str]] = Counter()
        self.work: Counter[tuple[Activity, int, str]] = Counter()
        self.events: Counter[str] = Counter()
        self.officer_changes = 0
        self.changes_of_ended = 0
        self.services: Counter[tuple[str, str, int]] = Counter()

    def count(self, activity: Activity, risk: int, measure: str, amount: int = 1) -> None:
        """Count pieces of work, or their minutes."""
        self.work[activity, risk, measure] += amount


class Recorder:
    """Arrays of a result, filled month by month."""

    def __init__(self, rules: Rules, units: list[Unit], blocks: list[Block]) -> None:
        self.rules, self.units, self.blocks = rules, units, blocks
        world = rules.world
        months, n_areas, n_grades = len(world.calendar.months), len(rules.areas), len(rules.grades)
        n_acts, n_risk, n_units = len(rules.activities), len(world.catalogue.dimensions["risk"]), len(units)
        cells = (len(blocks), months, n_areas, n_grades)
        self.due = np.zeros((*cells, len(rules.bases)), np.int64)
        self.flow = np.zeros((*cells, len(FLOW_MEASURES)), np.int64)
        self.activity = np.zeros((len(blocks), months, n_acts, n_risk, len(ACTIVITY_MEASURES)), np.int64)
        self.lapsed = np.zeros((len(blocks), months, n_acts, n_risk), np.int64)
        self.people = np.zeros((n_units, months, len(rules.states), n_risk, 3), np.int64)
        self.events = np.zeros((n_units, months, len(EVENTS)), np.int64)
        self.in_post, self.available = np.zeros(cells), np.zeros(cells)
        self.other = np.zeros((months, n_grades))
        self.staff_counts = np.zeros((len(blocks) + 1, months, n_grades, len(STAFF_COUNTS)))
        self.productive = np.zeros((months, n_grades))
        self.caseload = np.zeros((n_units, months, 2, 2 + len(LIMITS)), np.int64)
        self.changes = np.zeros((n_units, months), np.int64)
        self.changes_of_ended = np.zeros((n_units, months), np.int64)
        self.status = np.zeros((n_units, months), np.int8)
        self.services = np.zeros((n_units, months, len(SERVICES), len(SERVICE_MEASURES), n_risk), np.int64)

    def close(self, month: int, first: int, row: int, force: Force) -> None:
        """Write down the month from its first week to its last."""
        for block in self.blocks:
            self.write_due(block, month)
            self.write_flow(block, month)
            for (activity, risk, measure), amount in block.books.work.items():
                if activity.is_support:
                    continue
                if measure == "minutes_lapsed":
                    self.lapsed[block.place, month, activity.place, risk] = amount
                else:
                    place = ACTIVITY_MEASURES.index(measure)
                    self.activity[block.place, month, activity.place, risk, place] = amount
        for unit in self.units:
            self.write_people(unit, month, row)
            self.write_services(unit, month)
            self.events[unit.place, month] = [unit.books.events[event] for event in EVENTS]
            self.changes[unit.place, month] = unit.books.officer_changes
            self.changes_of_ended[unit.place, month] = unit.books.changes_of_ended
        for (block, area, grade), fte in force.in_post.items():
            self.in_post[block, month, self.rules.areas.index(area), self.rules.grades.index(grade)] = fte
        for (block, area, grade), fte in force.available.items():
            self.available[block, month, self.rules.areas.index(area), self.rules.grades.index(grade)] = fte
        self.productive[month] = [force.minutes_a_week(grade, first) for grade in self.rules.grades]
        for grade, fte in force.other_roles.items():
            self.other[month, self.rules.grades.index(grade)] = fte
        for (what, place, grade), amount in force.counts.items():
            cell = (place, month, self.rules.grades.index(grade), STAFF_COUNTS.index(what))
            self.staff_counts[cell] = amount  # -1, the other roles, is the last
        force.counts.clear()
        cases = self.rules.areas.index(NAMED_AREA)
        due = {unit.place: int(self.due[unit.place, month, cases, :, POLICY].sum()) for unit in self.units}
        force.observe(due, first, row + 1 - first)
        for block in self.blocks:
            block.books.clear()

    def write_due(self, block: Block, month: int) -> None:
        """Minutes due on each basis: the work itself, then the support that goes with it."""
        rules, due = self.rules, block.books.due
        for (activity, officer, basis), minutes in due.items():
            grade = activity.moves_to if officer == MOVED else officer if activity.grade == CASE else activity.grade
            self.due[block.place, month, rules.areas.index(activity.area), rules.grades.index(grade), basis] += minutes
        for area, grade in block.pools:
            for basis in rules.bases:
                total = 0.0
                for activity in rules.activities:
                    if activity.area == area and grade in activity.support:
                        minutes = sum(due[activity, officer, basis] for officer in ("PO", "PSO", MOVED))
                        total += activity.support[grade] * minutes
                place = (block.place, month, rules.areas.index(area), rules.grades.index(grade), basis)
                self.due[place] += int(total + 0.5)

    def write_flow(self, block: Block, month: int) -> None:
        """Minutes of the month, and minutes that wait at its end."""
        rules = self.rules
        for (area, grade, measure), minutes in block.books.flow.items():
            cell = (block.place, month, rules.areas.index(area), rules.grades.index(grade))
            self.flow[(*cell, FLOW_MEASURES.index(measure))] += minutes
        for desk in (*block.pools.values(), *getattr(block, "seats", ())):
            if desk is not None:
                cell = (block.place, month, rules.areas.index(desk.area), rules.grades.index(desk.grade))
                self.flow[(*cell, FLOW_MEASURES.index("waiting"))] += desk.in_hand()
                self.flow[(*cell, FLOW_MEASURES.index("owed"))] += sum(piece.left for piece in desk.owed)

    def write_people(self, unit: Unit, month: int, row: int) -> None:
        """People on sentence, supervised and tagged on the Monday after the month, and cases by officer."""
        monday = self.rules.monday(row + 1)
        for person in unit.people:
            if person.is_alive:
                cell = self.people[unit.place, month, person.life.state, person.risk]
                cell[0] += 1
                cell[1] += not person.residuals(row, monday)
                cell[2] += person.is_tagged
        for desk in unit.seats:
            if desk is not None and desk.cases:
                cell = self.caseload[unit.place, month, ("PO", "PSO").index(desk.grade)]
                cell += [1, len(desk.cases), *(len(desk.cases) > limit for limit in LIMITS)]

    def write_services(self, unit: Unit, month: int) -> None:
        """What became of requirements and needs, and where people stand at the end of the month."""
        counts = unit.books.services
        for person in unit.people:
            if not person.is_alive:
                continue
            for service in WITH_PLACES:
                counts[service, "waiting", person.risk] += person in unit.office.lists[service]
                counts[service, "held", person.risk] += person in unit.office.held[service]
            for service, left in zip(REQUIREMENTS, (person.unpaid_days, person.sessions), strict=True):
                if service in person.needs.where:
                    counts[service, "open", person.risk] += 1
                    counts[service, "left", person.risk] += left
        for (service, measure, risk), number in counts.items():
            self.services[unit.place, month, SERVICES.index(service), SERVICE_MEASURES.index(measure), risk] = number

    def result(self) -> RunResult:
        """Hand over what was written down."""
        world, data = self.rules.world, self.rules.world.data
        n_regions = len(data.regions)
        return RunResult(
            months=world.calendar.months,
            weeks_in_month=np.bincount(world.calendar.week_month).astype(np.int64),
            productive_minutes=self.productive,
            block_names=(*data.units, *(f"{r} regional team" for r in data.regions), "National team"),
            block_region=np.array([*data.unit_region, *range(n_regions), -1], np.int64),
            n_units=len(self.units),
            regions=data.regions,
            due=self.due,
            flow=self.flow,
            activity=self.activity,
            activity_lapsed_minutes=self.lapsed,
            people=self.people,
            events=self.events,
            in_post=self.in_post,
            available=self.available,
            other_roles=self.other,
            funded=world.funded,
            headroom=world.parameters.weekly("staff.headroom")[world.month_rows],
            staff_counts=self.staff_counts,
            caseload=self.caseload,
            officer_changes=self.changes,
            changes_of_ended=self.changes_of_ended,
            status=self.status,
            load=np.array([unit.loads for unit in self.units], np.int64).reshape(len(self.units), -1, 2),
            services=self.services,
            counts={
                "people": sum(len(unit.people) for unit in self.units),
                "people_at_start": int(data.people.sum()),
                "work": int(self.activity[..., 0].sum()),
            },
        )
