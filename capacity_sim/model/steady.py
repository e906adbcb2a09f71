"""Time that a life spends in each state when nothing changes: what the loaded start is fitted with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from capacity_sim.model.compiled import kernel
from capacity_sim.model.people import (
    CUSTODY,
    DAYS_A_MONTH,
    ENDED,
    HANDOVER,
    POST_START,
    RE_RELEASE,
    RECALL,
    RELEASE,
    Clocks,
    next_event,
    sentence,
    state_after,
)
from capacity_sim.streams import child

LONG_AGO = -(10**6)  # lives far before the run see only the values in force at its start


@kernel
def live(c, key, kind, count, days, events):
    """Add up the days of `count` lives of a start type by state, and releases, recalls, re-releases and post starts."""
    for k in range(count):
        person = child(key, k)
        start = LONG_AGO
        band, _extended, _length, release, end, post = sentence(c, person, kind, -1, start)
        state = kind
        spell = np.int64(0)
        handed = np.int64(0)
        since = start
        while state != ENDED:
            event, day = next_event(c, person, state, band, start, release, end, post, spell, since, handed)
            days[state] += day - since
            since = day
            if event == HANDOVER:
                handed = np.int64(1)
            elif event == RELEASE:
                events[0] += 1
            elif event == RECALL:
                events[1] += 1
            elif event == RE_RELEASE:
                events[2] += 1
                spell += 1
            elif event == POST_START:
                events[3] += 1
            state = state_after(event, state)


def months_per_start(clocks: Clocks, kind: int, count: int, key: int = 1) -> npt.NDArray[np.float64]:
    """Mean months in each state per start, then releases, recalls, re-releases and post-sentence starts per start.

    Parameters
    ----------
    clocks : Clocks
    kind : int
        0 community order, 1 suspended sentence, 2 custody.
    count : int
        Lives; the same ones for the same key, so that fits are smooth.
    key : int

    Returns
    -------
    float array (10,)
    """
    days = np.zeros(6, np.int64)
    events = np.zeros(4, np.int64)
    live(clocks, np.uint64(key), kind, count, days, events)
    return np.concatenate([days / DAYS_A_MONTH, events]) / count


def with_factors(
    clocks: Clocks, kind: int, length: float = 1.0, recall: float = 1.0, recall_days: float = 1.0,
    remand: float | None = None, post: float | None = None,
) -> Clocks:  # fmt: skip
    """Clocks with the fitted parts multiplied or replaced."""
    lengths, bands, hazard = clocks.lengths.copy(), clocks.bands.copy(), clocks.hazard.copy()
    lengths[1:, kind] *= length
    if kind == CUSTODY:
        bands[1] *= recall_days
        hazard[:4] *= recall
    share = clocks.post_share if post is None else post
    return clocks._replace(
        lengths=lengths,
        bands=bands,
        hazard=hazard,
        remand_share=clocks.remand_share if remand is None else remand,
        post_share=share,
        rules=clocks.rules._replace(post_share=np.full(len(clocks.rules.day), share)),
    )
