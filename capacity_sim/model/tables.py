"""Parameters and catalogue turned into the arrays that the kernels read. The only place that knows both sides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Activity, Catalogue
from capacity_sim.errors import DataError, Fault
from capacity_sim.model import areas
from capacity_sim.model.delivery import ONE, Rules
from capacity_sim.model.kernels import CASE, N_STREAMS, QUANTILES, Work
from capacity_sim.model.people import DAYS_A_MONTH, N_EVENTS, PROGRAMME, TAG, UNPAID_WORK, Clocks
from capacity_sim.model.result import EVENTS
from capacity_sim.parameters import Parameters

Floats = npt.NDArray[np.float64]

STREAMS = ("contact", "review", "visit", "monthly", "occasional", "unpaid_work", "programme")
PAUSE = {None: 3, "amber": 1, "red": 2}
DAYS_A_WORKING_WEEK = 5
WEIGHT_UNIT = 16


def clocks(parameters: Parameters, calendar: Calendar) -> Clocks:
    """Sentence clocks of a run."""
    fixed, weekly = parameters.fixed, parameters.weekly
    n = calendar.n_total
    scale = fixed("people.length.scale")[:, None]
    fraction = weekly("people.release.fraction")
    changes = [0, *(i for i in range(1, n) if not np.array_equal(fraction[i], fraction[i - 1]))]
    recall = np.ascontiguousarray(weekly("people.recall.monthly_rate").T) / DAYS_A_MONTH
    revoke = np.ascontiguousarray(weekly("people.revocation.monthly_rate").T) / DAYS_A_MONTH
    return Clocks(
        warm_up=calendar.warm_up,
        n_weeks=n,
        band_cut=np.cumsum(fixed("people.length.band_share"), axis=1),
        shortest=fixed("people.length.shortest") * scale,
        longest=fixed("people.length.longest") * scale,
        extended_share=fixed("people.extended.share"),
        segment_day=np.array([7 * (i - calendar.warm_up) if i else -(10**7) for i in changes], np.int64),
        segment_fraction=np.ascontiguousarray(fraction[changes]),
        remand_share=float(fixed("people.remand.share")),
        post_share=float(fixed("people.post_sentence.share")),
        recall_rate=recall,
        recall_sum=_since_start(recall),
        recall_fixed_share=fixed("people.recall.fixed_share"),
        recall_fixed_days=np.rint(fixed("people.recall.fixed_days")).astype(np.int64),
        recall_mean_days=fixed("people.recall.standard_days"),
        revoke_rate=revoke,
        revoke_sum=_since_start(revoke),
        flag_cut=np.cumsum(fixed("people.flag.share"), axis=0),
        stock_cut=np.cumsum(fixed("people.risk.stock_mix")),
        start_cut=np.cumsum(weekly("people.risk.start_mix"), axis=1),
        unpaid_share=fixed("people.unpaid_work.share"),
        unpaid_days=float(fixed("people.unpaid_work.days")),
        programme_share=fixed("people.programme.share"),
        programme_sessions=int(round(float(fixed("people.programme.sessions")))),
        programme_wait=int(round(float(fixed("people.programme.wait")))),
        tag_share=fixed("people.tag.share"),
        rehabilitation_share=fixed("people.rehabilitation.share"),
        handover_days=weekly("people.handover.days"),
    )


def _since_start(rate: Floats) -> Floats:
    """Hazard summed from the first simulated week (rate a day, weeks of seven days)."""
    return np.concatenate([np.zeros((len(rate), 1)), np.cumsum(7 * rate, axis=1)], axis=1)


def timing(parameters: Parameters, catalogue: Catalogue) -> Floats:
    """Minutes of each activity: (week, activity, risk, 4), the three bases and the time that officers really need."""
    scale = parameters.fixed("work.timing.scale")
    factor = parameters.weekly("work.timing.factor")
    bases = catalogue.dimensions["basis"]
    n_risk = len(catalogue.dimensions["risk"])
    minutes = np.empty((len(catalogue.activities), n_risk, len(bases)))
    for a, activity in enumerate(catalogue.activities):
        shape = np.asarray(activity.spec["minutes"], float)
        area = catalogue.place("area", activity.area)
        for b, basis in enumerate(bases):
            printed = activity.spec.get("published", {}).get(basis)
            minutes[a, :, b] = shape * scale[area, b] if printed is None else printed
    dated = minutes[None] * factor[:, :, None, :]
    blend = parameters.weekly("delivery.spent_blend")[:, None, None]
    needed = dated[..., 1] + blend * (dated[..., 2] - dated[..., 1])
    return np.concatenate([dated, needed[..., None]], axis=-1)


def work(parameters: Parameters, catalogue: Catalogue, deliver: bool = True) -> Work:
    """What falls due, as arrays."""
    names = tuple(f"on {e}" for e in EVENTS) + tuple(f"stream {s}" for s in STREAMS)
    items: list[list[tuple[int, Floats, int, int]]] = [[] for _ in names]
    for a, activity in enumerate(catalogue.activities):
        for trigger in activity.spec["triggers"]:
            place, item = _item(a, activity, trigger, catalogue, names)
            items[place].append(item)
    flat = [item for group in items for item in group]
    pools = areas.pools(catalogue)
    pool_of = {(pool.area, pool.grade): i for i, pool in enumerate(pools)}
    acts = catalogue.activities
    support = np.zeros((len(acts), len(pools)))
    for a, activity in enumerate(acts):
        for grade, part in activity.spec.get("support", {}).items():
            support[a, pool_of[activity.area, grade]] = part
    minutes = timing(parameters, catalogue)
    weekly = parameters.weekly
    suspend = np.stack(
        [
            weekly(f"supervision.suspend.{name}")
            for name in ("adoption", "licence_from", "order_from", "post_sentence", "residual", "follow_up")
        ],
        axis=1,
    )
    flags = weekly("supervision.suspend.exempt_flag") >= 0.5
    interval = _intervals(catalogue)
    tables = Work(
        item_from=np.cumsum([0, *(len(group) for group in items)]).astype(np.int64),
        item_act=np.array([item[0] for item in flat], np.int64),
        item_mean=np.stack([item[1] for item in flat]),
        item_flag=np.array([item[2] for item in flat], np.int64),
        item_report=np.array([item[3] for item in flat], np.int64),
        interval=interval,
        timing=minutes.astype(np.float32),
        volume=weekly("work.volume.factor").astype(np.float32),
        report=weekly("people.report.share").astype(np.float32),
        quantile=durations(float(parameters.fixed("work.duration.spread"))),
        queue=np.array([catalogue.place("queue", x.queue) for x in acts], np.int64),
        stops=np.array([bool(x.spec.get("suspendable", False)) for x in acts], np.int64),
        pause_at=np.array([PAUSE[x.spec.get("pause_at")] for x in acts], np.int64),
        level=np.array([areas.LEVEL[x.area] for x in acts], np.int64),
        main=np.array([pool_of.get((x.area, x.spec["grade"]), CASE) for x in acts], np.int64),
        area=np.array([catalogue.place("area", x.area) for x in acts], np.int64),
        support=support,
        needs_po=weekly("work.case_needs_po"),
        suspend=suspend,
        exempt_share=weekly("supervision.suspend.exempt_share"),
        exempt_flags=(flags * (1 << np.arange(flags.shape[1]))).sum(axis=1).astype(np.int64),
        weight=np.zeros((len(catalogue.dimensions["state"]), len(catalogue.dimensions["risk"])), np.int64),
        deliver=int(deliver),
    )
    return tables._replace(weight=_case_weight(tables))


def _item(
    a: int, activity: Activity, trigger: dict[str, object], catalogue: Catalogue, names: tuple[str, ...]
) -> tuple[int, tuple[int, Floats, int, int]]:
    """Place of the trigger, and activity, mean pieces of work by state and risk, flag and report switch."""
    name = f"on {trigger['on']}" if "on" in trigger else f"stream {trigger.get('stream')}"
    flag_bits = {flag: 1 << f for f, flag in enumerate(catalogue.dimensions["flag"])}
    flag_bits |= {"unpaid_work": UNPAID_WORK, "programme": PROGRAMME, "tag": TAG}
    states = catalogue.dimensions["state"]
    flag = trigger.get("flag")
    chosen = trigger.get("states", states)
    known = {"on", "stream", "states", "flag", "probability", "report"}
    wrong = [f"trigger `{name}`"] if name not in names else []
    wrong += [f"flag `{flag}`"] if flag is not None and flag not in flag_bits else []
    wrong += [f"state `{s}`" for s in chosen if s not in states]  # type: ignore[attr-defined]
    wrong += [f"key `{key}`" for key in trigger if key not in known]
    if wrong:
        raise DataError([Fault("unknown-name", f"activity `{activity.id}` names unknown {x}") for x in wrong])
    mean = np.zeros((len(states), len(catalogue.dimensions["risk"])))
    for state in chosen:  # type: ignore[attr-defined]
        mean[states.index(state)] = trigger.get("probability", 1.0)
    return names.index(name), (a, mean, flag_bits[str(flag)] if flag else 0, int(bool(trigger.get("report", False))))


def _intervals(catalogue: Catalogue) -> npt.NDArray[np.int64]:
    states = catalogue.dimensions["state"]
    return np.array(
        [[catalogue.streams[s]["every_weeks"][state] for state in states] for s in STREAMS], np.int64
    )


def _case_weight(w: Work) -> npt.NDArray[np.int64]:
    """Minutes a week (in 1/16) that a case of a state and risk is expected to need of its officer in the first week."""
    weight = np.zeros(w.weight.shape)
    row = 0
    for stream in range(5):
        for j in range(w.item_from[N_EVENTS + stream], w.item_from[N_EVENTS + stream + 1]):
            a = w.item_act[j]
            if w.main[a] != CASE or w.item_flag[j]:
                continue
            every = w.interval[stream].astype(float)
            rate = np.divide(w.item_mean[j], every, out=np.zeros_like(every), where=every > 0)
            weight += rate * w.timing[row, a, :, 3][None, :]
    return np.maximum(1, np.rint(weight * WEIGHT_UNIT)).astype(np.int64)


def durations(spread: float) -> npt.NDArray[np.float32]:
    """Quantiles of the time that single pieces of work take, as a multiple of their mean (lognormal, mean 1).

    Parameters
    ----------
    spread : float
        Coefficient of variation.
    """
    if spread <= 0:
        return np.ones(QUANTILES, np.float32)
    sigma = np.sqrt(np.log1p(spread**2))
    q = np.exp(sigma * ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES))
    return (q / q.mean()).astype(np.float32)


def rules(parameters: Parameters, catalogue: Catalogue) -> Rules:
    """Delivery rules, with the floor of each activity and of each area's support work by week."""
    minutes = timing(parameters, catalogue).sum(axis=2)  # over risk: the ratio is the same for each
    floor = parameters.weekly("delivery.floor")[:, None]
    acts = minutes[..., 0] / np.maximum(minutes[..., 3], 1e-9)
    area_of = np.array([catalogue.place("area", x.area) for x in catalogue.activities])
    n_areas = len(catalogue.dimensions["area"])
    support = np.stack([acts[:, area_of == i].mean(axis=1) for i in range(n_areas)], axis=1)
    share = np.clip(floor * np.concatenate([acts, support], axis=1), 1 / ONE, 1.0)
    days = np.array([x.spec["deadline_working_days"] for x in catalogue.activities])
    return Rules(
        attention=parameters.fixed("delivery.attention"),
        lapse=np.rint(parameters.fixed("delivery.lapse_weeks")).astype(np.int64),
        squeeze_from=float(parameters.fixed("delivery.squeeze_from")),
        squeeze_full=float(parameters.fixed("delivery.squeeze_full")),
        floor=np.rint(share * ONE).astype(np.int64),
        deadline=np.concatenate([-(-days // DAYS_A_WORKING_WEEK), np.full(n_areas, 4)]).astype(np.int64),
    )


assert N_STREAMS == len(STREAMS) + 1
