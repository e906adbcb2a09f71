"""Parameters and catalogue turned into the arrays that the kernels read. The only place that knows both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Activity, Catalogue
from capacity_sim.errors import DataError, Fault, ScenarioError, one_of
from capacity_sim.model import areas
from capacity_sim.model.delivery import ONE
from capacity_sim.model.people import DAYS_A_MONTH, N_EVENTS, PROGRAMME, TAG, UNPAID_WORK, Clocks, Segments
from capacity_sim.model.records import ACT, CASE, ITEM, N_DATED, N_STREAMS, NONE, QUANTILES, Work
from capacity_sim.model.result import EVENTS
from capacity_sim.parameters import Parameters

Floats = npt.NDArray[np.float64]

WAITED = ("unpaid_work", "programme")
STREAMS = ("contact", "review", "visit", "monthly", "occasional", "unpaid_work", "programme")
PAUSE = {None: 3, "amber": 1, "red": 2}
DAYS_A_WORKING_WEEK = 5
WEIGHT_UNIT = 16
SUPPORT_WEEKS = 4  # deadline of support work
_IMPACT = ("adoption", "after_weeks", "reoffending_below", "front_load", "residual")
ROOM_A_PERSON = 4  # most pieces of work that a person brings in a week, on average over a unit, at volume 1


def clocks(parameters: Parameters, calendar: Calendar) -> Clocks:
    """Sentence clocks of a run."""
    fixed, weekly = parameters.fixed, parameters.weekly
    n = calendar.n_total
    scale = fixed("people.length.scale")[:, None]
    hazard = (
        np.concatenate([weekly("people.recall.monthly_rate").T, weekly("people.revocation.monthly_rate").T])
        / DAYS_A_MONTH
    )
    orders_only = [np.append(fixed(f"people.{name}.share"), 0.0) for name in ("unpaid_work", "rehabilitation")]
    stock = fixed("people.risk.stock_mix")[None]
    rules, segment_of = segments(parameters, calendar)
    return Clocks(
        warm_up=calendar.warm_up,
        n_weeks=n,
        lengths=np.stack(
            [
                np.cumsum(fixed("people.length.band_share"), axis=1),
                fixed("people.length.shortest") * scale,
                fixed("people.length.longest") * scale,
            ]
        ),
        length_factor=_array(weekly("people.length.factor")),
        diverted=_array(weekly("people.diverted.share")),
        bands=np.stack([fixed("people.extended.share"), fixed("people.recall.standard_days")]),
        fixed_share=_array(weekly("people.recall.fixed_share")),
        fixed_days=_array(np.rint(weekly("people.recall.fixed_days"))),
        kinds=np.stack([*orders_only, fixed("people.programme.share")]),
        programme_factor=_array(weekly("people.programme.factor")),
        tag=_array(weekly("people.tag.share")),
        rules=rules,
        segment_of=segment_of,
        hazard=_array(hazard),
        hazard_sum=_since_start(hazard),
        flag_cut=np.cumsum(fixed("people.flag.share"), axis=0),
        risk_cut=np.cumsum(np.concatenate([weekly("people.risk.start_mix"), stock]), axis=1),
        handover_days=_array(weekly("people.handover.days")),
        unpaid_days=_array(weekly("people.unpaid_work.days")),
        unpaid_limit=np.rint(weekly("people.unpaid_work.limit_weeks")).astype(np.int64),
        remand_share=float(fixed("people.remand.share")),
        post_share=float(rules.post_share.max()),
        programme_sessions=round(float(fixed("people.programme.sessions"))),
        programme_wait=round(float(fixed("people.programme.wait"))),
        services=_services(parameters),
        wait_at_start=np.array([round(float(fixed(f"interventions.{x}.wait_at_start"))) for x in WAITED], np.int64),
    )


def _services(parameters: Parameters) -> Floats:
    """Rules of services with places by week, in the order of the columns of `places`."""
    weekly = parameters.weekly
    unpaid = ("attendance", "attendance_spread", "extended_share", "extension_weeks")
    columns = [
        *(weekly(f"people.unpaid_work.{name}")[:, None] for name in unpaid),
        weekly("people.programme.take_up")[:, None],
        weekly("people.programme.dropout")[:, None],
        np.rint(weekly("people.approved_premises.stay"))[:, None],
        weekly("interventions.programme.priority"),
        weekly("people.approved_premises.share"),
    ]
    columns[3] = np.rint(columns[3])
    return _array(np.concatenate(columns, axis=1))


def segments(parameters: Parameters, calendar: Calendar) -> tuple[Segments, npt.NDArray[np.int64]]:
    """Rules of release and end by segment, and the segment that holds each week."""
    weekly = parameters.weekly
    days = np.rint(weekly("people.early.days"))
    parts = {
        "fraction": weekly("people.release.fraction"),
        "excluded": weekly("people.release.excluded_share"),
        "added": np.stack([weekly("people.release.added_share"), weekly("people.release.added_fraction")], axis=1),
        "early_share": weekly("people.early.share"),
        "early_served": weekly("people.early.served"),
        "post_share": weekly("people.post_sentence.share"),
        "order_share": weekly("people.order.early_share"),
        "order_fraction": weekly("people.order.early_fraction"),
    }
    flat = np.concatenate([one.reshape(calendar.n_total, -1) for one in (*parts.values(), days)], axis=1)
    turns = np.append(True, (flat[1:] != flat[:-1]).any(axis=1))
    rows = np.flatnonzero(turns)
    first_days = np.where(rows == 0, -(10**7), 7 * (rows - calendar.warm_up)).astype(np.int64)
    made = {name: _array(values[rows]) for name, values in parts.items()}
    rules = Segments(day=first_days, early_days=days[rows].astype(np.int64), **made)
    return rules, np.cumsum(turns).astype(np.int64) - 1


def _array(values: Floats) -> Floats:
    """The values as the kernels read them."""
    # a copy, row by row: an array of another order, or that cannot be written to, is another type to the compiler,
    # which makes every kernel again
    return np.array(values, np.float64, order="C")


def _since_start(rate: Floats) -> Floats:
    """Hazard summed from the first simulated week (rate a day, weeks of seven days)."""
    return _array(np.concatenate([np.zeros((len(rate), 1)), np.cumsum(7 * rate, axis=1)], axis=1))


def timing(parameters: Parameters, catalogue: Catalogue) -> Floats:
    """Minutes of each activity: (week, activity, risk, 4), the three bases and the time that officers really need."""
    scale = parameters.fixed("work.timing.scale")
    factor = parameters.weekly("work.timing.factor")
    spread = _spread(parameters, catalogue)
    bases = catalogue.dimensions["basis"]
    n_risk = len(catalogue.dimensions["risk"])
    minutes = np.empty((len(catalogue.activities), n_risk, len(bases)))
    for a, activity in enumerate(catalogue.activities):
        shape = np.asarray(activity.spec["minutes"], float)
        area = catalogue.place("area", activity.area)
        for b, basis in enumerate(bases):
            printed = activity.spec.get("published", {}).get(basis)
            minutes[a, :, b] = shape * scale[area, b] * spread[a, b] if printed is None else printed
    dated = minutes[None] * factor[:, :, None, :]
    blend = parameters.weekly("delivery.spent_blend")[:, None, None]
    needed = dated[..., 1] + blend * (dated[..., 2] - dated[..., 1])
    return np.concatenate([dated, needed[..., None]], axis=-1)


def _spread(parameters: Parameters, catalogue: Catalogue) -> Floats:
    """What timings that no source prints are multiplied by (activity, basis), so that each area's total is held."""
    weight = np.array(parameters.fixed("work.timing.weight"))
    area = np.array([catalogue.place("area", activity.area) for activity in catalogue.activities])
    for a, activity in enumerate(catalogue.activities):
        for basis in activity.spec.get("published", {}):
            weight[a, catalogue.place("basis", basis)] = 0.0
    spread = np.where(weight > 0, parameters.fixed("work.timing.spread")[:, None], 1.0)
    for place in range(len(catalogue.dimensions["area"])):
        mine = area == place
        total, held = weight[mine].sum(axis=0), (weight * spread)[mine].sum(axis=0)
        spread[mine] *= np.where(weight[mine] > 0, total / np.where(held > 0, held, 1.0), 1.0)
    return np.asarray(spread)


def work(parameters: Parameters, catalogue: Catalogue, deliver: bool = True) -> Work:
    """What falls due, as arrays."""
    names = (*(f"on {e}" for e in EVENTS), *(f"stream {s}" for s in STREAMS), "on referral_returned")
    items: list[list[tuple[int, Floats, int, int]]] = [[] for _ in names]
    for a, activity in enumerate(catalogue.activities):
        for trigger in activity.spec["triggers"]:
            place, item = _item(a, activity, trigger, catalogue, names)
            items[place].append(item)
    pools = areas.pools(catalogue)
    pool_of = {(pool.area, pool.grade): i for i, pool in enumerate(pools)}
    acts = catalogue.activities
    support = np.zeros((len(acts), len(pools)))
    for a, activity in enumerate(acts):
        for grade, part in activity.spec.get("support", {}).items():
            support[a, pool_of[activity.area, grade]] = part
    minutes = timing(parameters, catalogue)
    act = np.array(
        [
            (
                catalogue.place("queue", x.queue),
                bool(x.spec.get("suspendable", False)),
                PAUSE[x.spec.get("pause_at")],
                areas.LEVEL[x.area],
                pool_of.get((x.area, x.spec["grade"]), CASE),
                catalogue.place("area", x.area),
                -(-x.spec["deadline_working_days"] // DAYS_A_WORKING_WEEK),
                pool_of.get((x.area, str(x.spec.get("moves_to"))), NONE),
            )
            for x in acts
        ]
        + [(0, 0, 3, 0, 0, i, SUPPORT_WEEKS, NONE) for i in range(len(catalogue.dimensions["area"]))],
        ACT,
    )
    desk_of = np.cumsum([pool.level == areas.UNIT for pool in pools]) - 1
    item_from, item_table, mean = _plan(items, act, desk_of, len(catalogue.dimensions["state"]))
    tables = Work(
        item_from=item_from,
        item=item_table,
        mean=_mean(parameters, mean, item_table["act"]),
        interval=_intervals(catalogue),
        timing=np.ascontiguousarray(minutes, np.float32),
        quantile=durations(float(parameters.fixed("work.duration.spread"))),
        act=act,
        support=support,
        dated=_dated(parameters),
        moved=_moved(parameters, catalogue, act["other"]),
        weight=np.zeros((len(catalogue.dimensions["state"]), len(catalogue.dimensions["risk"])), np.int64),
        floor=_floor(parameters, catalogue, minutes),
        attention=parameters.fixed("delivery.attention"),
        lapse=np.rint(
            [*parameters.fixed("delivery.lapse_weeks"), float(parameters.fixed("delivery.owed.lapse_weeks"))]
        ).astype(np.int64),
        held=np.rint(np.asarray(parameters.fixed("delivery.held_up.share")) * ONE).astype(np.int64),
        cover=round(float(parameters.fixed("delivery.cover.share")) * ONE),
        owed_share=float(parameters.fixed("delivery.owed.time_share")),
        referred=_array(
            np.stack([parameters.weekly(f"work.commissioned.{x}") for x in ("start_rate", "failure_rate")], axis=1)
        ),
        squeeze_from=float(parameters.fixed("delivery.squeeze_from")),
        squeeze_full=float(parameters.fixed("delivery.squeeze_full")),
        room=ROOM_A_PERSON * _most(parameters),
        deliver=int(deliver),
    )
    return tables._replace(weight=_case_weight(tables))


def _plan(
    items: list[list[tuple[int, Floats, int, int]]],
    act: npt.NDArray[np.void],
    desk_of: npt.NDArray[np.int64],
    n_states: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.void], Floats]:
    """Work of each trigger in each state, what asks for a flag last: where it starts, the items, their mean by risk.

    `desk_of` is the desk of each of a unit's pools: an item names the desk, an activity the pool.
    """
    start = np.zeros((len(items), n_states, 3), np.int64)
    records: list[tuple[int, ...]] = []
    means: list[Floats] = []
    for trigger, group in enumerate(items):
        for state in range(n_states):
            here = [(place, x) for place, x in enumerate(group) if x[1][state].any()]
            plain = [one for one in here if not one[1][2]]
            start[trigger, state] = len(records) + np.array([0, len(plain), len(here)])
            for place, (a, mean, flag, report) in plain + [one for one in here if one[1][2]]:
                stops, pause_at, level, pool, queue, other = (
                    int(act[name][a]) for name in ("stops", "pause_at", "level", "main", "queue", "other")
                )
                desk = CASE if pool == CASE else int(desk_of[pool])
                moved_to = NONE if other == NONE else int(desk_of[other])
                records.append((a, place, flag, report, stops, pause_at, level, queue, desk, moved_to))
                means.append(mean[state])
    return start, np.array(records, ITEM), np.stack(means)


def _mean(parameters: Parameters, mean: Floats, act: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Pieces of work each time a trigger fires: (week, item, risk)."""
    # in one order whatever the scenario: another order is another type, and compiles every kernel again
    weekly = parameters.weekly
    succeeds = weekly("work.commissioned.start_rate") * (1.0 - weekly("work.commissioned.failure_rate"))
    stays = 1.0 - weekly("work.commissioned.share") * succeeds[:, None]
    return np.ascontiguousarray(mean[None] * (weekly("work.volume.factor") * stays[..., None])[:, act], np.float32)


def _most(parameters: Parameters) -> int:
    """Largest multiplier on the pieces of work that a person brings, as a whole number."""
    most = parameters.weekly("work.volume.factor").max() * parameters.weekly("supervision.impact.front_load").max()
    return max(1, int(np.ceil(most)))


def _moved(parameters: Parameters, catalogue: Catalogue, other: npt.NDArray[np.int64]) -> Floats:
    """Share of each activity that another grade does, and the time it needs: (week, activity, 2)."""
    share = parameters.weekly("work.moved.share")
    stays = other[: share.shape[1]] == NONE
    if share[:, stays].any():
        names = [x.id for a, x in enumerate(catalogue.activities) if stays[a] and share[:, a].any()]
        can = [x.id for a, x in enumerate(catalogue.activities) if not stays[a]]
        message = f"work of {one_of(names)} cannot be moved to another grade"
        raise ScenarioError(Fault("cannot-move", message, hint=f"work that can: {one_of(can, most=20)}"))
    return _array(np.stack([share, parameters.weekly("work.moved.time")], axis=2))


def _dated(parameters: Parameters) -> Floats:
    """Rules of suspension, needed grade and report share by week, in the order of the kernels' columns."""
    weekly = parameters.weekly
    impact, alone = "supervision.impact", "supervision.unsupervised"
    names = ("adoption", "licence_from", "order_from", "post_sentence", "residual", "follow_up")
    adopted = weekly("supervision.suspend.adoption"), weekly(f"{impact}.adoption"), weekly(f"{alone}.share").max(axis=1)
    columns = [
        *(weekly(f"supervision.suspend.{name}")[:, None] for name in names),
        weekly("supervision.suspend.exempt_share"),
        weekly("work.case_needs_po"),
        weekly("people.report.share"),
        _bits(weekly("supervision.suspend.exempt_flag")),
        *(weekly(f"{impact}.{name}")[:, None] for name in _IMPACT),
        _bits(weekly(f"{impact}.exempt_flag")),
        weekly(f"{impact}.eligible_share"),
        weekly(f"{alone}.from")[:, None],
        weekly(f"{alone}.residual")[:, None],
        weekly(f"{alone}.share"),
        np.maximum.reduce(adopted)[:, None],
    ]
    table = np.ascontiguousarray(np.concatenate(columns, axis=1), np.float64)
    if table.shape[1] != N_DATED:
        raise DataError([Fault("dimensions", "the dimensions of the catalogue do not fit the kernels' columns")])
    return table


def _bits(switches: Floats) -> Floats:
    """Switches of the flags as one number a week."""
    return ((switches >= 0.5) * (1 << np.arange(switches.shape[1]))).sum(axis=1)[:, None]


def _floor(parameters: Parameters, catalogue: Catalogue, minutes: Floats) -> npt.NDArray[np.int16]:
    """Least share of full time (in 1/1024) of each activity, then of each area's support work, by week."""
    total = minutes.sum(axis=2)  # over risk: the ratio is the same for each
    acts = total[..., 0] / np.maximum(total[..., 3], 1e-9)
    area_of = np.array([catalogue.place("area", x.area) for x in catalogue.activities])
    n_areas = len(catalogue.dimensions["area"])
    support = np.stack([acts[:, area_of == i].mean(axis=1) for i in range(n_areas)], axis=1)
    share = parameters.weekly("delivery.floor")[:, None] * np.concatenate([acts, support], axis=1)
    return np.rint(np.clip(share, 1 / ONE, 1.0) * ONE).astype(np.int16)


def _item(
    a: int, activity: Activity, trigger: Mapping[str, Any], catalogue: Catalogue, names: tuple[str, ...]
) -> tuple[int, tuple[int, Floats, int, int]]:
    """Place of the trigger, and activity, mean pieces of work by state and risk, flag and report switch."""
    name = f"on {trigger['on']}" if "on" in trigger else f"stream {trigger.get('stream')}"
    flag_bits = {flag: 1 << f for f, flag in enumerate(catalogue.dimensions["flag"])}
    flag_bits |= {"unpaid_work": UNPAID_WORK, "programme": PROGRAMME, "tag": TAG}
    states = catalogue.dimensions["state"]
    flag = trigger.get("flag")
    chosen = trigger.get("states", states)
    known = {"on", "stream", "states", "flag", "probability", "report", "referred"}
    wrong = [f"trigger `{name}`"] if name not in names else []
    wrong += [f"flag `{flag}`"] if flag is not None and flag not in flag_bits else []
    wrong += [f"state `{s}`" for s in chosen if s not in states]
    wrong += [f"key `{key}`" for key in trigger if key not in known]
    if wrong:
        raise DataError([Fault("unknown-name", f"activity `{activity.id}` names unknown {x}") for x in wrong])
    mean = np.zeros((len(states), len(catalogue.dimensions["risk"])))
    for state in chosen:
        mean[states.index(state)] = trigger.get("probability", 1.0)
    kind = 2 if trigger.get("referred", False) else int(bool(trigger.get("report", False)))
    return names.index(name), (a, mean, flag_bits[str(flag)] if flag else 0, kind)


def _intervals(catalogue: Catalogue) -> npt.NDArray[np.int64]:
    states = catalogue.dimensions["state"]
    return np.array([[catalogue.streams[s]["every_weeks"][state] for state in states] for s in STREAMS], np.int64)


def _case_weight(w: Work) -> npt.NDArray[np.int64]:
    """Minutes a week (in 1/16) that a case of a state and risk is expected to need of its officer in the first week."""
    weight = np.zeros(w.weight.shape)
    for stream in range(5):
        for state in range(len(weight)):
            first, flagged, _ = w.item_from[N_EVENTS + stream, state]
            every = w.interval[stream, state].astype(float)
            for j in range(first, flagged):
                if w.item[j]["desk"] == CASE:
                    rate = np.divide(w.mean[0, j], every, out=np.zeros_like(every), where=every > 0)
                    weight[state] += rate * w.timing[0, w.item[j]["act"], :, 3]
    return np.maximum(1, np.rint(weight * WEIGHT_UNIT)).astype(np.int64)


def durations(spread: float) -> npt.NDArray[np.int64]:
    """Quantiles of the time that single pieces of work take, in 1/1024 of their mean (lognormal, mean exactly 1).

    Parameters
    ----------
    spread : float
        Coefficient of variation.

    Examples
    --------
    >>> float(durations(0.5).mean())
    1024.0
    """
    if spread <= 0:
        return np.full(QUANTILES, ONE, np.int64)
    sigma = np.sqrt(np.log1p(spread**2))
    q = np.exp(sigma * ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES))
    total = np.rint(np.cumsum(q) / q.sum() * QUANTILES * ONE).astype(np.int64)
    return np.diff(total, prepend=0)


assert N_STREAMS == len(STREAMS) + 1
