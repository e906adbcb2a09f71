"""A made-up replication with the shape and the sums of a real one."""

from __future__ import annotations

from datetime import date

import numpy as np

from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.model.result import (
    ACTIVITY_MEASURES,
    CASELOAD_LIMITS,
    EVENTS,
    SERVICE_MEASURES,
    SERVICES,
    STAFF_COUNTS,
    RunResult,
)

START = date(2024, 3, 31)
END = date(2025, 3, 30)


def fake_result(
    seed: int = 1,
    draw: int = 0,
    rep: int = 0,
    *,
    regions: tuple[str, ...] = ("Northshire", "Southshire"),
    units_each: int = 2,
    end: date = END,
    scale: float = 1.0,
    level: float = 20.0,
    noise: float = 0.05,
    catalogue: Catalogue | None = None,
) -> RunResult:
    """Random but consistent: due = delivered + short + lapsed + change of waiting and of owed, and so on."""
    catalogue = catalogue or load_catalogue()
    calendar = Calendar(START, end)
    random = np.random.default_rng([seed, draw, rep])
    dims = {name: len(values) for name, values in catalogue.dimensions.items()}
    n_months, n_units = len(calendar.months), len(regions) * units_each
    n_blocks = n_units + len(regions) + 1
    region = np.concatenate(
        [
            np.repeat(np.arange(len(regions)), units_each),
            np.arange(len(regions)),
            [-1],
        ]
    ).astype(np.int64)
    areas = catalogue.dimensions["area"]
    in_units = np.array([name in ("sentence_management", "court") for name in areas])
    in_nation = np.array([name in ("national_security", "complaints") for name in areas])
    block = np.arange(n_blocks)
    has_area = np.where(
        (block < n_units)[:, None],
        in_units,
        np.where((region < 0)[:, None], in_nation, ~in_units & ~in_nation),
    )
    grades = np.array([name != "trainee" for name in catalogue.dimensions["grade"]])
    cells = has_area[:, None, :, None] & np.ones((1, n_months, 1, 1), dtype=bool)

    productive = 1890.0
    weeks = calendar.weeks_in_month.astype(np.int64)
    shape = (n_blocks, n_months, dims["area"], dims["grade"])
    load = level * scale * (1 + noise * random.standard_normal(shape)) * cells * grades
    basis = np.array([0.66, 1.0, 1.1])
    due = np.rint(load[..., None] * basis * productive * weeks[None, :, None, None, None]).astype(np.int64)
    spent = due[..., 2]
    delivered = np.rint(spent * random.uniform(0.5, 0.7, shape)).astype(np.int64)
    short = np.rint(spent * 0.2).astype(np.int64)
    lapsed = np.rint(spent * 0.02).astype(np.int64)
    left = np.cumsum(spent - delivered - short - lapsed, axis=1)
    owed = left // 10
    flow = np.stack([spent, delivered, short, lapsed, left - owed, owed], axis=-1)

    in_post = level * 0.6 * (1 + 0.02 * random.standard_normal(shape)) * cells
    available = in_post * 0.95 * grades

    n_activities, n_risks = dims["activity"], dims["risk"]
    mine = np.array(
        [[has_area[b, areas.index(a.area)] for a in catalogue.activities] for b in range(n_blocks)]
    )
    pieces = random.poisson(50, (n_blocks, n_months, n_activities, n_risks)) * mine[:, None, :, None]
    lost, paused = pieces // 20, pieces // 25
    done = pieces - lost
    activity = np.stack([pieces, done, done * 9 // 10, lost, paused], axis=-1)
    assert activity.shape[-1] == len(ACTIVITY_MEASURES)

    on_sentence = random.poisson(100, (n_units, n_months, dims["state"], n_risks))
    people = np.stack([on_sentence, on_sentence - on_sentence // 10, on_sentence // 12], axis=-1)
    events = random.poisson(8, (n_units, n_months, len(EVENTS)))
    cases = on_sentence.sum(axis=(2, 3))
    desks = np.zeros((n_units, n_months, 2, 2 + len(CASELOAD_LIMITS)), dtype=np.int64)
    desks[..., 0] = [30, 20]
    desks[..., 1] = cases[..., None] * 2 // 5
    desks[..., 2:] = [18, 15, 12, 8, 4, 1, 0]
    return RunResult(
        months=calendar.months,
        weeks_in_month=weeks,
        productive_minutes=np.full((n_months, dims["grade"]), productive),
        block_names=(
            *(f"{name} {number + 1}" for name in regions for number in range(units_each)),
            *(f"{name} teams" for name in regions),
            "National teams",
        ),
        block_region=region,
        n_units=n_units,
        regions=regions,
        due=due,
        flow=flow,
        activity=activity.astype(np.int64),
        activity_lapsed_minutes=lost * 60,
        people=people,
        events=events,
        in_post=in_post,
        available=available,
        other_roles=np.full((n_months, dims["grade"]), 30.0),
        funded=np.concatenate([in_post * 1.2, np.zeros((1, *shape[1:]))]),
        headroom=np.zeros(n_months),
        staff_counts=random.poisson(3, (n_blocks + 1, n_months, dims["grade"], len(STAFF_COUNTS))).astype(float),
        caseload=desks,
        officer_changes=random.poisson(5, (n_units, n_months)),
        changes_of_ended=random.poisson(4, (n_units, n_months)),
        load=random.integers(100, 300, (n_units, n_months, 2)),
        status=random.integers(0, 3, (n_units, n_months)).astype(np.int8),
        services=np.random.default_rng(7).poisson(
            3, (n_units, n_months, len(SERVICES), len(SERVICE_MEASURES), n_risks)
        ),
        counts={"people": int(cases[:, 0].sum()), "activities": int(pieces.sum()), "officers": 50 * n_units},
    )
