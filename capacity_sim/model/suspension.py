"""What is left of the contact of a person outside: Reset, Impact, and the unsupervised last part of a sentence.

A person is suspended once, whatever the number of measures that would do it.
"""

import numpy as np

from capacity_sim import streams
from capacity_sim.model import people as pp
from capacity_sim.model.compiled import inlined
from capacity_sim.model.records import (
    ADOPTION,
    AFTER,
    BELOW,
    ELIGIBLE,
    EXEMPT,
    EXEMPT_FLAGS,
    FRONT,
    IMPACT,
    IMPACT_FLAGS,
    IMPACT_RESIDUAL,
    LICENCE_FROM,
    ORDER_FROM,
    POST_SHARE,
    RESIDUAL,
    UNSUPERVISED,
    UNSUPERVISED_FROM,
    UNSUPERVISED_RESIDUAL,
)
from capacity_sim.streams import uniform


@inlined
def contact_left(p, w, s, row, day):
    """Contact work of a person outside on a day, against the usual, and why it is less.

    Returns the part of suspendable work that goes on, the part of appointments (above 1 before an early suspension),
    whether contact is suspended, and whether it is so in the last part of the licence or order. A person is suspended
    once, whatever the number of reasons: the least of their parts goes on.
    """
    part = 1.0
    front = 1.0
    reset = w.dated[row, ADOPTION] > 0.0 and is_late(p, w, s, row, day)
    stopped = reset
    if reset:
        part = w.dated[row, RESIDUAL]
    x = p.rec[s]
    if (
        x.adopt < w.dated[row, IMPACT]
        and x.score < w.dated[row, BELOW]
        and (x.flags & np.int64(w.dated[row, IMPACT_FLAGS])) == 0
        and uniform(x.key, streams.IMPACT) < w.dated[row, ELIGIBLE + x.risk]
    ):
        if day >= x.released + 7.0 * w.dated[row, AFTER]:
            stopped = True
            part = min(part, w.dated[row, IMPACT_RESIDUAL])
        else:
            front = w.dated[row, FRONT]
    share = w.dated[row, UNSUPERVISED + x.risk]
    if share > 0.0 and x.state == pp.LICENCE and w.dated[row, UNSUPERVISED_FROM] < 1.0:
        alone = day >= x.end - (1.0 - w.dated[row, UNSUPERVISED_FROM]) * p.cold[s].length
        if alone and uniform(x.key, streams.UNSUPERVISED) < share:
            stopped = True
            part = min(part, w.dated[row, UNSUPERVISED_RESIDUAL])
    if stopped:
        front = 1.0
    return part, part * front, stopped, reset


@inlined
def is_late(p, w, s, row, day):
    """Whether a person is in the last part, in which contact is suspended, and not exempt."""
    if p.rec[s].adopt >= w.dated[row, ADOPTION]:
        return False
    if (p.rec[s].flags & np.int64(w.dated[row, EXEMPT_FLAGS])) != 0 or p.rec[s].exempt < w.dated[
        row, EXEMPT + p.rec[s].risk
    ]:
        return False
    state = p.rec[s].state
    if state == pp.LICENCE:
        part = w.dated[row, LICENCE_FROM]
        return part < 1.0 and day >= p.rec[s].released + part * (p.rec[s].end - p.rec[s].released)
    if state == pp.POST:
        return p.rec[s].adopt < w.dated[row, POST_SHARE] * w.dated[row, ADOPTION]
    if state == pp.ORDER or state == pp.SUSPENDED:
        part = w.dated[row, ORDER_FROM]
        return (
            part < 1.0
            and (p.rec[s].flags & pp.REHABILITATION) != 0
            and day >= p.cold[s].start + part * p.cold[s].length
        )
    return False
