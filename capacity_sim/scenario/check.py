"""Checks of resolved changes together: dates that fit, sets that meet, limits, changes that alter nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from capacity_sim.calendars import DAYS_A_WEEK, Calendar
from capacity_sim.catalogue import Catalogue, label
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.values import BaselineValue
from capacity_sim.errors import CapacitySimError, Fault, did_you_mean, one_of
from capacity_sim.scenario.effects import Evaluator
from capacity_sim.scenario.model import DEFAULT_END, Change
from capacity_sim.series import ALWAYS_FROM, IntArray

_ROUNDING = 1e-9
_FEW_DAYS = 9
_MOST_NAMED = 20

#: share of an activity's work that the grade of its `moves_to` does
MOVED_SHARE = "work.moved.share"
_ENDS: tuple[tuple[str, float | None], ...] = (
    ("", None),
    (" at the low ends of ranges", 0.0),
    (" at the high ends of ranges", 1.0),
)


@dataclass(frozen=True)
class Placed:
    """A change with its place in a file, if it comes from one."""

    change: Change
    place: Tree | None = None
    inherited: bool = False

    def fault(self, key: str | None, code: str, message: str, hint: str | None = None) -> Fault:
        """Make a fault at a key of the change, or at the change."""
        if self.place is None:
            return Fault(code, message, self.change.origin.file, hint=hint)
        here = (self.place.get(key) if key else None) or self.place
        return here.fault(code, message, hint)


def check(
    name: str,
    changes: Iterable[Placed],
    catalogue: Catalogue,
    values: Sequence[BaselineValue],
    start: dt.date,
    horizon: dt.date | None = None,
    horizon_place: Tree | None = None,
) -> tuple[list[Fault], list[Fault]]:
    """Faults and notes of the changes of a scenario.

    Parameters
    ----------
    name : str
        The scenario; a change that its own file writes must alter something.
    changes : iterable of Placed
        All changes, adjusted.
    catalogue, values, start :
        What they change.
    horizon : datetime.date, optional
        Last day of the run.
    horizon_place : Tree, optional
        Where it is chosen.
    """
    end = horizon or DEFAULT_END
    try:
        calendar = Calendar(start, end, warm_up=0)
    except CapacitySimError as problem:
        fault = problem.faults[0]
        return [horizon_place.fault(fault.code, fault.message, fault.hint) if horizon_place else fault], []
    listed = list(changes)
    faults: list[Fault] = []
    sound: list[Placed] = []
    for placed in listed:
        found = _dates(placed, catalogue, calendar)
        faults += found
        if not found:
            sound.append(placed)
    acting = [placed for placed in sound if placed.change.acts]
    evaluator = Evaluator(catalogue, values, (placed.change for placed in acting), calendar)
    conflicts = _conflicts(name, acting, evaluator)
    faults += conflicts
    notes: list[Fault] = []
    if not conflicts:
        days = np.arange(calendar.n_weeks * DAYS_A_WEEK, dtype=np.int64)
        ids = [*(one.id for one in values), *(input_id for placed in acting for input_id in placed.change.input_ids)]
        faults += _limits(name, acting, evaluator, ids, days)
        faults += _cannot_move(name, acting, evaluator, ids, days)
        kinds = {path: evaluator.kinds_of_cells(path) for path in {placed.change.path for placed in sound}}
        for placed in sound:
            own = placed.change.origin.scenario == name and not placed.inherited
            said = _no_effect(placed, evaluator, kinds[placed.change.path], days)
            if said is None:
                notes += _before_data(placed, start) if own else []
                continue
            if own and placed.change.adjusted is None:
                faults.append(said)
            else:
                notes.append(replace(said, severity="note", hint=None))
    return faults, notes + _alone(name, acting, values)


def _alone(name: str, changes: Sequence[Placed], values: Sequence[BaselineValue]) -> list[Fault]:
    """Notes of groups that the scenario's own file names and in which one range is by itself."""
    members: dict[str, set[str]] = defaultdict(set)
    own: dict[str, Placed] = {}
    for value in values:
        if value.quantity.together:
            members[value.quantity.together.group].add(value.id)
    for placed in changes:
        change = placed.change
        ranges = [(change.id, change.quantity), *((input_id, one) for _, input_id, one in change.rolled_inputs())]
        for input_id, spread in ranges:
            if spread.together is None:
                continue
            members[spread.together.group].add(input_id)
            if change.origin.scenario == name and not placed.inherited:
                own.setdefault(spread.together.group, placed)
    notes = []
    for group, placed in own.items():
        if len(members[group]) == 1:
            (only,) = members[group]
            message = f"`{only}` is alone in the group `{group}`, so nothing moves with it here"
            hint = did_you_mean(group, [other for other in members if other != group])
            notes.append(replace(placed.fault("group", "alone-in-group", message, hint), severity="note"))
    return notes


def _dates(placed: Placed, catalogue: Catalogue, calendar: Calendar) -> list[Fault]:
    """Faults of dates against what the parameter allows, and of amounts that must be whole."""
    change, spec = placed.change, catalogue.parameters[placed.change.path]
    written = change.written
    faults = []
    if not spec.varies:
        hint = "leave the date out"
        message = f"`{spec.path}` is fixed for the run and takes no dates"
        for key, given in (("to", written.to), ("phase_in_months", written.phase_in_months)):
            if given is not None:
                faults.append(placed.fault(key, "fixed-parameter", message, hint))
        if written.quantity.dates:
            faults.append(placed.fault(change.verb, "fixed-parameter", message, "write one number"))
        elif written.from_ is not None and calendar.day(written.from_) > 0:
            faults.append(placed.fault("from", "fixed-parameter", message, hint))
    elif not change.dates:
        message = f"`{change.id}` has no first day"
        faults.append(placed.fault(None, "missing-from", message, "add `from:` with a full date"))
    if spec.kind == "integer" and change.verb == "set":
        for amount in change.quantity.amounts:
            if amount != round(amount):
                message = f"`{spec.path}` is a whole number, and {amount:g} is not"
                faults.append(placed.fault(change.verb, "not-whole", message))
    return faults


def _conflicts(name: str, changes: Sequence[Placed], evaluator: Evaluator) -> list[Fault]:
    """Faults of sets that meet on a cell and a day, at any reading of what they slip by."""
    by_path: dict[str, list[Placed]] = defaultdict(list)
    for placed in changes:
        if placed.change.verb == "set":
            by_path[placed.change.path].append(placed)
    faults = []
    for path, sets in by_path.items():
        cells = {one.change.id: evaluator.catalogue.mask(path, one.change.where) for one in sets}
        for one, other in combinations(_own_last(name, sets), 2):
            shared = cells[one.change.id] & cells[other.change.id]
            first, slips = _meeting(one.change, other.change, evaluator) if shared.any() else (None, False)
            if first is None:
                continue
            place = [int(i) for i in np.argwhere(shared)[0]]
            cell = label(path, evaluator.catalogue.cell(path, place))
            since = "for the whole run" if first == ALWAYS_FROM else f"from {evaluator.calendar.date(first)}"
            when = " when one slips" if slips else ""
            files = " and ".join(f"`{placed.change.id}` in {placed.change.origin.place}" for placed in (one, other))
            message = f"two changes set `{cell}` {since}{when}: {files}"
            hint = f"drop one: `adjust: [{{id: {one.change.id}, drop: true, ...}}]`, or name other cells or days"
            faults.append(other.fault(other.change.verb, "conflict", message, hint))
    return faults


def _meeting(one: Change, other: Change, evaluator: Evaluator) -> tuple[int | None, bool]:
    """First day on which both act, or None; and whether only because one of them slips."""
    first, second = ([_span(change, evaluator, end) for _, end in _ENDS] for change in (one, other))
    if _slip(one) == _slip(other):
        pairs = list(zip(first, second, strict=True))
    else:
        pairs = [(first[0], second[0]), (_hull(first), _hull(second))]
    for place, (mine, theirs) in enumerate(pairs):
        start = max(mine[0], theirs[0])
        if start <= min(mine[1], theirs[1]):
            return start, place > 0
    return None, False


def _slip(change: Change) -> str | None:
    """Name of the reading that moves its dates."""
    return next((input_id for key, input_id, _ in change.rolled_inputs() if key == "slip_months"), None)


def _span(change: Change, evaluator: Evaluator, quantile: float | None) -> tuple[int, int]:
    """First and last day of a change with its slip at a quantile."""
    slip = _slip(change)
    move = evaluator.at({slip: quantile} if slip and quantile is not None else None).move(change)
    return move.days[0], move.last


def _hull(spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return min(first for first, _ in spans), max(last for _, last in spans)


def _own_last(name: str, changes: Iterable[Placed]) -> list[Placed]:
    """Changes with those of the scenario itself last, where a fault is best shown."""
    return sorted(changes, key=lambda placed: (placed.change.origin.scenario == name, placed.change.id))


def _limits(
    name: str,
    changes: Sequence[Placed],
    evaluator: Evaluator,
    ids: Sequence[str],
    days: IntArray,
) -> list[Fault]:
    """Faults of values outside limits, as written and with all ranges at their low and high ends."""
    by_path: dict[str, list[Placed]] = defaultdict(list)
    for placed in changes:
        by_path[placed.change.path].append(placed)
    faults = []
    for path, together in by_path.items():
        low, high = evaluator.catalogue.parameters[path].limits
        slack = _ROUNDING * max(1.0, abs(low), abs(high))
        cells = evaluator.kinds_of_cells(path)
        for ends, quantile in _ENDS:
            read = evaluator.at(None if quantile is None else dict.fromkeys(ids, quantile))
            level = read.level(path, days, cells=cells)
            outside = np.argwhere((level < low - slack) | (level > high + slack))
            if not len(outside):
                continue
            day, place_of = (int(i) for i in outside[0])
            cell = int(cells[place_of])
            guilty = [one for one in together if _acts(one.change, read, int(days[day]), cell)] or together
            shape = evaluator.catalogue.shape(path)
            place = [int(i) for i in np.unravel_index(cell, shape)] if shape else []
            because = one_of(one.change.id for one in guilty).replace(" or ", " and ")
            message = (
                f"{because} would make `{label(path, evaluator.catalogue.cell(path, place))}` "
                f"{level[day, place_of]:g} on {read.calendar.date(int(days[day]))}{ends}, "
                f"outside its limits {low:g} to {high:g}"
            )
            last = _own_last(name, guilty)[-1]
            faults.append(
                last.fault(last.change.verb, "out-of-limits", message, "correct the change or its range")
            )
            break
    return faults


def _cannot_move(
    name: str, changes: Sequence[Placed], evaluator: Evaluator, ids: Sequence[str], days: IntArray
) -> list[Fault]:
    """Faults of changes that move work to another grade where the activity names none, at any end of ranges."""
    moving = [placed for placed in changes if placed.change.path == MOVED_SHARE]
    activities = evaluator.catalogue.activities
    stays = np.array([place for place, one in enumerate(activities) if "moves_to" not in one.spec], dtype=np.int64)
    if not moving or not len(stays):
        return []
    levels = [
        evaluator.at(None if end is None else dict.fromkeys(ids, end)).level(MOVED_SHARE, days, cells=stays)
        for _, end in _ENDS
    ]
    moved = stays[np.any([(level > 0).any(axis=0) for level in levels], axis=0)]
    faults = []
    for placed in _own_last(name, moving):
        mine = [activities[cell].id for cell in moved if evaluator.mask(placed.change)[cell]]
        if mine:
            can = [one.id for one in activities if "moves_to" in one.spec]
            message = f"work of {one_of(mine)} cannot be moved to another grade"
            key = "where" if placed.change.where else "path"
            faults.append(placed.fault(key, "cannot-move", message, f"work that can: {one_of(can, most=_MOST_NAMED)}"))
    return faults


def _acts(change: Change, evaluator: Evaluator, day: int, cell: int) -> bool:
    force = evaluator.move(change).force(np.array([day], dtype=np.int64))[0]
    return bool(force != 0 and evaluator.mask(change)[cell])


def _before_data(placed: Placed, start: dt.date) -> list[Fault]:
    """Note of a change that is dated before the data: most often a slip of the pen in the year."""
    change = placed.change
    early = [day for day in change.dates if day < start]
    if not early:
        return []
    key = "from" if change.written.from_ is not None else change.verb
    message = f"`{change.id}` starts {early[0]}, before the data ({start}): it is in force on the first day of the run"
    if len(early) > 1:
        message += f", as of {early[-1]}"
    hint = f"if another year was meant, correct it; `{start}` says the same without this note"
    return [replace(placed.fault(key, "before-data", message, hint), severity="note")]


def _no_effect(placed: Placed, evaluator: Evaluator, kinds: IntArray, days: IntArray) -> Fault | None:
    """Fault of a change that alters no value from its first day to the horizon, at any end of its ranges."""
    change, calendar = placed.change, evaluator.calendar
    hint = "a change that can alter nothing is an error, never silent"
    outside = f"{hint}: correct its dates or the run's, or leave it out"
    draws = _ends_of(change)
    if evaluator.catalogue.parameters[change.path].varies and change.start is not None:
        starts = [change.dates_in(draw)[0] for draw in draws]
        ends = [end for draw in draws if (end := change.end_in(draw)) is not None]
        if min(starts) > calendar.end:
            message = f"this change starts {min(starts)}, after the run ends ({calendar.end})"
            return placed.fault("from" if change.written.from_ else "set", "no-effect", message, outside)
        if ends and max(ends) < calendar.day0:
            message = f"this change ends {max(ends)}, before the run starts ({calendar.day0})"
            return placed.fault("to", "no-effect", message, outside)
    if change.acts and any(_alters(change, evaluator.at(draw), kinds, days) for draw in draws):
        return None
    message = f"`{change.id}` alters no value of `{change.path}`"
    if not change.acts:
        message += " at strength 0"
    return placed.fault(change.verb, "no-effect", message, hint)


def _ends_of(change: Change) -> list[dict[str, float] | None]:
    """Draws in which a change is seen at the ends of its ranges; early and in full among them."""
    ids = change.input_ids
    if not ids:
        return [None]
    low, high = dict.fromkeys(ids, 0.0), dict.fromkeys(ids, 1.0)
    slip = _slip(change)
    return [None, low, high, *([{**high, slip: 0.0}] if slip else [])]


def _alters(change: Change, read: Evaluator, kinds: IntArray, days: IntArray) -> bool:
    """Whether a change alters a value; a few days are tried before all on which it acts."""
    path, move = change.path, read.move(change)
    cells = kinds[read.mask(change)[kinds]]
    acting = days[(days >= move.days[0]) & (days <= move.last)]
    if not len(acting) or move.strength == 0:
        return False
    others = [one for one in read.changes[path] if one.id != change.id and read.mask(one)[cells].any()]
    together = sorted([*others, change], key=lambda one: one.id)
    few = acting[np.unique(np.linspace(0, len(acting) - 1, _FEW_DAYS).astype(np.int64))]
    return any(
        not np.array_equal(read.level(path, some, together, cells), read.level(path, some, others, cells))
        for some in (few, acting)
    )
