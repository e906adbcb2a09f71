"""One replication as rows: draw, rep, month, place, what it is about, measure, value.

A row is a region's, with `unit` empty; with ``units=True`` the rows of the delivery units come as well. Rows
of the country as a whole are not stored: `capacity_sim.runs.totals` makes them by the totalling rule of each
measure. The national teams and the pool of other roles belong to no region and carry ``National``; the pool
has the area ``other_roles``. A cell that is zero in every month of a replication is left out.

`workload_pct` and `caseload_per_officer` are ratios: their numerator and denominator are stored, and the
ratio is made when a total is read. On the timing that officers really need, `hours_due` has no basis; rows
with a basis state the same work on that timing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from capacity_sim.catalogue import Catalogue
from capacity_sim.model.result import (
    ACTIVITY_MEASURES,
    CASELOAD_LIMITS,
    EVENTS,
    FLOW_MEASURES,
    SERVICE_MEASURES,
    SERVICES,
    STAFF_COUNTS,
    RunResult,
)
from capacity_sim.model.status import AMBER, RED
from capacity_sim.runs.schema import CUSTODY, KEYS, NATIONAL, ORDER, OTHER_ROLES, SCHEMA, WORK_MEASURES

_MINUTES = 60.0
_FLOWS = {
    "hours_due": "due",
    "hours_delivered": "delivered",
    "hours_short": "short",
    "hours_lapsed": "lapsed",
    "backlog_hours": "waiting",
    "hours_owed": "owed",
}
_EVENTS: Mapping[str, Mapping[str | None, Sequence[str]]] = {
    "starts": {ORDER: ("order_start",), CUSTODY: ("custody_start",)},
    "releases": {None: ("release",)},
    "recalls": {None: ("recall",)},
    "ends": {ORDER: ("order_completed", "order_revoked"), CUSTODY: ("supervision_end", "ended_in_custody")},
}
_STAFF = {
    "staff_joined": "joined",
    "staff_left": "left",
    "staff_moved_in": "moved_in",
    "staff_moved_out": "moved_out",
    "trainees_not_taken": "not_taken",
    "short_service_fte": "short_service",
    "mentoring_fte": "mentoring",
}
_CASELOAD_GRADES = ("PO", "PSO")
#: service and area of those whose requirements a court imposes, and the measures of them
_REQUIREMENTS = (("unpaid_work", "unpaid_work"), ("programme", "accredited_programmes"))
_OF_REQUIREMENTS = {
    "requirements_imposed": ("imposed",),
    "requirements_started": ("started",),
    "requirements_started_in_time": ("started_in_time",),
    "requirements_completed": ("completed",),
    "requirements_completed_in_time": ("completed_in_time",),
    "requirements_decided": ("decided",),
    "requirements_closed": ("completed", "ended", "expired"),
    "requirements_expired": ("expired",),
    "requirements_uncommenced": ("uncommenced",),
    "requirements_ended": ("ended",),
    "requirements_returned": ("returned",),
    "requirements_extended": ("extended",),
    "requirements_declined": ("declined",),
    "requirements_open": ("open",),
    "requirements_waiting": ("waiting",),
    "places_held": ("held",),
    "attendances_offered": ("offered",),
    "attendances": ("attended",),
    "attendances_left": ("left",),
}
#: measures of the other services, which belong to no area of work
_OF_NEEDS = {
    "tags_ordered": ("tag", "imposed"),
    "tags_fitted": ("tag", "started"),
    "tags_waiting": ("tag", "waiting"),
    "beds_needed": ("approved_premises", "imposed"),
    "beds_given": ("approved_premises", "started"),
    "beds_not_given": ("approved_premises", "uncommenced"),
    "beds_waiting": ("approved_premises", "waiting"),
    "beds_held": ("approved_premises", "held"),
}

Array = npt.NDArray[np.float64] | npt.NDArray[np.int64] | npt.NDArray[np.int32] | npt.NDArray[np.int8]
Codes = npt.NDArray[np.int16]


def tidy(result: RunResult, catalogue: Catalogue, draw: int, rep: int, units: bool = False) -> pa.Table:
    """Rows of one replication.

    Parameters
    ----------
    result : RunResult
        What the model handed back.
    catalogue : Catalogue
        Names of the dimensions and activities, in the order of the result's arrays.
    draw, rep : int
        Which replication it is.
    units : bool
        Whether to add a row for each delivery unit beside those of its region.

    Returns
    -------
    pyarrow.Table
        Columns of `capacity_sim.runs.schema`, with the text columns dictionary encoded. The rows by activity
        are chunks of their own, at the end, so that a reader who does not need them can leave them unread.
    """
    names = _names(result, catalogue)
    ranks = _places(result, units)
    cells, work = _Rows(names), _Rows(names)
    for place in ranks:
        _staffing(cells, place, result)
        _people(cells, place, result)
        _services(cells, place, result)
        _work(work, place, result)
    other = {"region": NATIONAL, "area": OTHER_ROLES}
    cells.add("in_post_fte", result.other_roles, ("month", "grade"), None, 1.0, **other)
    cells.add("funded_fte", result.funded[-1].sum(axis=1), ("month", "grade"), None, 1.0, **other)
    for measure, what in _STAFF.items():
        counted = result.staff_counts[-1, :, :, STAFF_COUNTS.index(what)]
        cells.add(measure, counted, ("month", "grade"), None, 1.0, **other)
    batches = [rows.batch(draw, rep) for rows in (cells, work) if rows]
    return pa.Table.from_batches(batches, schema=SCHEMA)


@dataclass(frozen=True)
class _Place:
    """How blocks add up to rows: the regions, or the delivery units as they are."""

    axis: str
    order: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64]
    regions: npt.NDArray[np.int64]

    def sum(self, blocks: Array, only_units: bool = False) -> Array:
        """Sum over the blocks of each place; with `only_units` the array has delivery units only."""
        if only_units and len(blocks) < len(self.order):
            missing = np.zeros((len(self.order) - len(blocks), *blocks.shape[1:]), dtype=blocks.dtype)
            blocks = np.concatenate([blocks, missing])
        if self.axis == "unit":
            return blocks[self.order]
        ordered = blocks if np.array_equal(self.order, np.arange(len(self.order))) else blocks[self.order]
        total: Array = np.add.reduceat(ordered, self.bounds, axis=0)
        return total


def _places(result: RunResult, units: bool) -> list[_Place]:
    order = np.argsort(result.block_region, kind="stable").astype(np.int64)
    codes, bounds = np.unique(result.block_region[order], return_index=True)
    national = len(result.regions)
    codes = np.where(codes < 0, national, codes)
    places = [_Place("region", order, bounds.astype(np.int64), codes, codes)]
    if units:
        own = np.arange(result.n_units, dtype=np.int64)
        places.append(_Place("unit", own, own, own, result.block_region[: result.n_units]))
    return places


def _names(result: RunResult, catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    dimensions = catalogue.dimensions
    return {
        "month": result.months,
        "region": (*result.regions, NATIONAL),
        "unit": tuple(result.block_names[: result.n_units]),
        "area": (*dimensions["area"], OTHER_ROLES),
        "grade": dimensions["grade"],
        "basis": dimensions["basis"],
        "measure": tuple(catalogue.outputs),
        "type": (*dimensions["state"], ORDER),
        "risk": dimensions["risk"],
        "activity": tuple(activity.id for activity in catalogue.activities),
        "activity_area": tuple(activity.area for activity in catalogue.activities),
    }


class _Rows:
    """Gathers arrays and turns them into one batch of rows."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self.names = names
        self.place: dict[str, dict[str, int]] = {
            key: {name: code for code, name in enumerate(names[key])} for key in KEYS
        }
        area = self.place["area"]
        self.activity_area = np.array([area[name] for name in names["activity_area"]], dtype=np.int16)
        self.codes: dict[str, list[Codes]] = {key: [] for key in KEYS}
        self.values: list[npt.NDArray[np.float64]] = []

    def __bool__(self) -> bool:
        return bool(self.values)

    def add(
        self,
        measure: str,
        array: Array,
        axes: tuple[str, ...],
        place: _Place | None = None,
        factor: float = 1.0,
        **fixed: str | Sequence[str] | None,
    ) -> None:
        """Rows of one measure.

        `axes` names the axes of `array`; ``place`` stands for the place's own. A keyword gives the value of a
        column: one word for all rows, or (with the axis named after the column) the words along that axis.
        """
        months = axes.index("month")
        moved = np.moveaxis(array, months, -1)
        others = [axis for axis in axes if axis != "month"]
        kept = moved.any(axis=-1)
        cells = np.nonzero(kept)
        n_cells, n_months = len(cells[0]) if others else int(kept), moved.shape[-1]
        if n_cells == 0:
            return
        self.values.append((moved[kept] if others else moved).astype(np.float64).ravel() * factor)
        found: dict[str, Codes] = {}
        for axis, index in zip(others, cells, strict=True):
            if axis == "place":
                if place is None:
                    message = "rows by place need the place"
                    raise ValueError(message)
                found["region"] = place.regions[index].astype(np.int16)
                if place.axis == "unit":
                    found["unit"] = place.codes[index].astype(np.int16)
            elif axis in fixed:
                codes = np.array([self._code(axis, word) for word in fixed.pop(axis) or ()], dtype=np.int16)
                found[axis] = codes[index]
            else:
                found[axis] = index.astype(np.int16)
        if "activity" in found:
            found["area"] = self.activity_area[found["activity"]]
        fixed["measure"] = measure
        for key in KEYS:
            if key == "month":
                codes = np.tile(np.arange(n_months, dtype=np.int16), n_cells)
            elif key in found:
                codes = np.repeat(found[key], n_months)
            else:
                codes = np.full(n_cells * n_months, self._code(key, fixed.get(key)), dtype=np.int16)
            self.codes[key].append(codes)

    def _code(self, key: str, word: str | Sequence[str] | None) -> int:
        return -1 if word is None else self.place[key][str(word)]

    def batch(self, draw: int, rep: int) -> pa.RecordBatch:
        values = np.concatenate(self.values)
        columns: list[pa.Array] = [
            pa.array(np.full(len(values), number, dtype=np.int16)) for number in (draw, rep)
        ]
        for key in KEYS:
            codes = np.concatenate(self.codes[key])
            indices = pa.array(codes, mask=codes < 0 if (codes < 0).any() else None)
            columns.append(pa.DictionaryArray.from_arrays(indices, pa.array(self.names[key], pa.string())))
        return pa.RecordBatch.from_arrays([*columns, pa.array(values)], schema=SCHEMA)


def _staffing(rows: _Rows, place: _Place, result: RunResult) -> None:
    """Staff needed, there and short of, and the hours behind them."""
    by_grade = ("place", "month", "area", "grade")
    minutes = (result.productive_minutes * result.weeks_in_month[:, None])[None, :, None]
    due = place.sum(result.due)
    kept = 1.0 - result.headroom[None, :, None, None, None]
    required = due / minutes[..., None] / kept
    in_post, available = place.sum(result.in_post), place.sum(result.available)
    rows.add("required_fte", required, (*by_grade, "basis"), place)
    rows.add("funded_fte", place.sum(result.funded[:-1]), by_grade, place)
    rows.add("in_post_fte", in_post, by_grade, place)
    rows.add("available_fte", available, by_grade, place)
    rows.add("shortfall_fte", required - in_post[..., None], (*by_grade, "basis"), place)
    rows.add("gap_fte", required - available[..., None], (*by_grade, "basis"), place)
    rows.add("hours_available", available * minutes, by_grade, place, factor=1 / _MINUTES)
    rows.add("hours_due", due, (*by_grade, "basis"), place, factor=1 / _MINUTES)
    counts = place.sum(result.staff_counts[:-1])
    for measure, what in _STAFF.items():
        rows.add(measure, counts[..., STAFF_COUNTS.index(what)], ("place", "month", "grade"), place)
    flow = place.sum(result.flow)
    for measure, name in _FLOWS.items():
        rows.add(measure, flow[..., FLOW_MEASURES.index(name)], by_grade, place, factor=1 / _MINUTES)
    taken_on = flow[..., FLOW_MEASURES.index("delivered")] + flow[..., FLOW_MEASURES.index("short")]
    rows.add("hours_taken_on", taken_on, by_grade, place, factor=1 / _MINUTES)


def _people(rows: _Rows, place: _Place, result: RunResult) -> None:
    """People, what happened to them, and the officers who hold them."""
    people = place.sum(result.people, only_units=True)
    by_type = ("place", "month", "type", "risk")
    types = rows.names["type"][: result.people.shape[2]]
    rows.add("people_on_sentence", people[..., 0], by_type, place, type=types)
    rows.add("people_supervised", people[..., 1], by_type, place, type=types)
    rows.add("people_tagged", people[..., 2], by_type, place, type=types)
    rows.add("months_without_contact", people[..., 0] - people[..., 1], by_type, place, type=types)
    events = place.sum(result.events, only_units=True)
    for measure, parts in _EVENTS.items():
        for word, names in parts.items():
            total = sum(events[..., EVENTS.index(name)] for name in names)
            rows.add(measure, np.asarray(total), ("place", "month"), place, type=word)
    desks = place.sum(result.caseload, only_units=True)
    over = [(f"officers_over_{limit}", 2 + k) for k, limit in enumerate(CASELOAD_LIMITS)]
    for measure, column in (("officers_with_cases", 0), ("cases_held", 1), *over):
        rows.add(
            measure,
            desks[..., column],
            ("place", "month", "grade"),
            place,
            grade=_CASELOAD_GRADES,
            area="sentence_management",
        )
    changes = place.sum(result.officer_changes, only_units=True)
    rows.add("officer_changes", changes, ("place", "month"), place, area="sentence_management")
    seen = place.sum(result.changes_of_ended, only_units=True)
    rows.add("officer_changes_of_ended", seen, ("place", "month"), place, area="sentence_management")
    ended = [name for names in _EVENTS["ends"].values() for name in names]
    total = np.asarray(sum(events[..., EVENTS.index(name)] for name in ended))
    rows.add("sentences_ended", total, ("place", "month"), place, area="sentence_management")
    spells, months = red_spells(result.status)
    of_units = {
        "units_amber": result.status == AMBER,
        "units_red": result.status == RED,
        "red_spells_ended": spells,
        "red_months_ended": months,
    }
    for measure, array in of_units.items():
        rows.add(measure, place.sum(array.astype(np.int64), only_units=True), ("place", "month"), place)


def _services(rows: _Rows, place: _Place, result: RunResult) -> None:
    """Requirements of unpaid work and programmes, needs of tags and beds, and referrals."""
    counts = place.sum(result.services, only_units=True)

    def of(service: str, *names: str) -> Array:
        found = counts[:, :, SERVICES.index(service)]
        return np.asarray(sum(found[:, :, SERVICE_MEASURES.index(name)] for name in names))

    by_risk = ("place", "month", "risk")
    for service, area in _REQUIREMENTS:
        for measure, names in _OF_REQUIREMENTS.items():
            rows.add(measure, of(service, *names), by_risk, place, area=area)
    for measure, (service, name) in _OF_NEEDS.items():
        rows.add(measure, of(service, name), by_risk, place)
    made, not_started, failed = (of("referral", name) for name in ("imposed", "declined", "ended"))
    of_referrals = {
        "referrals": made,
        "referrals_started": made - not_started,
        "referrals_returned": not_started + failed,
    }
    for measure, array in of_referrals.items():
        rows.add(measure, array, by_risk, place, area="sentence_management")


def red_spells(status: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Units that left red at the review of a month, and the months in a row that they had been red.

    Parameters
    ----------
    status : int8 array (unit, month)
        0 green, 1 amber, 2 red.

    Returns
    -------
    tuple of int arrays (unit, month)

    Examples
    --------
    >>> left, months = red_spells(np.array([[2, 2, 0, 2, 1]], np.int8))
    >>> left.tolist(), months.tolist()
    ([[0, 0, 1, 0, 1]], [[0, 0, 2, 0, 1]])
    """
    left = np.zeros(status.shape, np.int64)
    months = np.zeros(status.shape, np.int64)
    run = np.zeros(len(status), np.int64)
    for month in range(status.shape[1]):
        red = status[:, month] == RED
        ends = ~red & (run > 0)
        left[ends, month] = 1
        months[ends, month] = run[ends]
        run = np.where(red, run + 1, 0)
    return left, months


def _work(rows: _Rows, place: _Place, result: RunResult) -> None:
    """Pieces of work by activity and risk."""
    pieces = place.sum(result.activity)
    due, done, on_time, lapsed, paused = (
        pieces[..., ACTIVITY_MEASURES.index(name)] for name in ("due", "done", "on_time", "lapsed", "paused")
    )
    hours = place.sum(result.activity_lapsed_minutes) / _MINUTES
    for measure, array in zip(WORK_MEASURES, (due, done, on_time, lapsed, hours, paused), strict=True):
        rows.add(measure, array, ("place", "month", "activity", "risk"), place)
