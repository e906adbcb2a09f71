"""Sentence clocks: many of the model's at once, and the same lives in plain arithmetic, day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.model import people as pp
from capacity_sim.model.compiled import kernel
from capacity_sim.model.engine import World

Floats = npt.NDArray[np.float64]

DAYS_A_MONTH = 365.25 / 12
STATES = ("community_order", "suspended_sentence", "custody", "recalled", "licence", "post_sentence")
GRID = 20_000  # lengths of a band are read at this many even quantiles


@kernel
def live(c, keys, kind, start, ends, days, counts):
    """Live many lives to their end: last day, days in each state and events of each kind."""
    for i in range(len(keys)):
        band, _, _, release, end, post = pp.sentence(c, keys[i], kind, -1, start)
        state = kind
        since = start
        spell = 0
        handed = 0
        while state >= 0:
            event, day = pp.next_event(c, keys[i], state, band, start, release, end, post, spell, since, handed)
            days[i, state] += day - since
            counts[i, event] += 1
            state = pp.state_after(event, state)
            since = day
            if event == pp.HANDOVER:
                handed = 1
            if event == pp.RE_RELEASE:
                spell += 1
        ends[i] = since


@kernel
def next_days(c, keys, state, band, since, end, events, days):
    """What happens next to many people in one state."""
    for i in range(len(keys)):
        events[i], days[i] = pp.next_event(c, keys[i], state, band, since, since, end, -pp.NEVER, 0, since, 1)


@kernel
def hazard_days(c, row, since, amounts, days):
    """Days on which a hazard has used up each amount."""
    for i in range(len(amounts)):
        days[i] = pp.hazard_day(c, row, since, amounts[i])


@dataclass(frozen=True)
class Expected:
    """What arithmetic expects of one person who starts, with everything as on the first day.

    Attributes
    ----------
    days : dict of state to float
        Mean days in each state.
    events : dict of event to float
        Mean number of events.
    """

    days: dict[str, float]
    events: dict[str, float]


def _renewals(source: Floats, again: Floats) -> Floats:
    """Solve v[x] = source[x] + sum over s of again[s] v[x - s], with v[0] = 0."""
    v = np.zeros(len(source))
    backwards = again[::-1]
    n = len(again)
    for x in range(1, len(source)):
        v[x] = source[x] + backwards[n - x : n - 1] @ v[1:x]
    return v


def _order(world: World, kind: int, lengths: Floats, weights: Floats) -> Expected:
    rate = float(world.parameters.weekly("people.revocation.monthly_rate")[0, kind]) / DAYS_A_MONTH
    stays = np.exp(-rate)
    # on the d-th day with chance exp(-rate d), to the end of the order
    days = lengths if rate == 0 else stays * (1 - stays**lengths) / (1 - stays)
    ends = float(weights @ stays**lengths)
    name = STATES[kind]
    return Expected({name: float(weights @ days)}, {"order_completed": ends, "order_revoked": 1 - ends})


def _custody(world: World, lengths: Floats, weights: Floats, band_of: npt.NDArray[np.int64]) -> Expected:
    fixed, weekly = world.parameters.fixed, world.parameters.weekly
    served = float(fixed("people.remand.share")) * lengths
    fraction, extended = weekly("people.release.fraction")[0], fixed("people.extended.share")
    days = dict.fromkeys(("custody", "licence", "recalled", "post_sentence"), 0.0)
    events = dict.fromkeys(("recall", "re_release", "post_sentence_start", "ended_in_custody"), 0.0)
    for band in range(4):
        mine = band_of == band
        rate = float(weekly("people.recall.monthly_rate")[0, band]) / DAYS_A_MONTH
        most = int(lengths[mine].max()) + 2
        d = np.arange(most)
        falls = np.exp(-rate * d) * (1 - np.exp(-rate))  # recalled after d days
        back = np.zeros(most)  # released again after so many days
        mean = float(fixed("people.recall.standard_days")[band])
        back[1:] = np.exp(-d[1:] / mean) - np.exp(-(d[1:] + 1) / mean)
        back[1] += 1 - np.exp(-1 / mean)
        short = float(weekly("people.recall.fixed_share")[0, band])
        back *= 1 - short
        back[int(np.rint(weekly("people.recall.fixed_days")[0, band]))] += short
        again = np.convolve(falls, back)[:most]
        on_licence = _renewals(np.concatenate([[0.0], np.cumsum(np.exp(-rate * d[1:]))]), again)
        at_end = _renewals(np.exp(-rate * d), again)  # on licence on the last day
        recalls = _renewals(1 - np.exp(-rate * d), again)
        returns = _renewals(np.concatenate([[0.0], np.cumsum(again)[:-1]]), again)
        for kind, share in ((0, 1 - extended[band]), (1, extended[band])):
            inside = np.maximum(1, np.floor(fraction[kind, band] * lengths[mine] - served[mine]))
            end = np.maximum(np.floor(lengths[mine] - served[mine]), inside + 1)
            on = (end - inside).astype(int)
            w = weights[mine] * share
            days["custody"] += float(w @ inside)
            days["licence"] += float(w @ on_licence[on])
            days["recalled"] += float(w @ (on - on_licence[on]))
            events["recall"] += float(w @ recalls[on])
            events["re_release"] += float(w @ returns[on])
            goes_on = np.zeros(len(on))
            if kind == 0:
                goes_on = (lengths[mine] < 730) * (on < 365) * float(weekly("people.post_sentence.share")[0])
                days["post_sentence"] += float(w @ (goes_on * (365 - on)))
                events["post_sentence_start"] += float(w @ goes_on)
            events["ended_in_custody"] += float(w @ ((1 - at_end[on]) * (1 - goes_on)))
    return Expected(days, events | {"release": 1.0, "handover": 1.0})


def expected(world: World, kind: int) -> Expected:
    """What arithmetic expects of a person of a start type, from the parameters of the first day alone."""
    fixed = world.parameters.fixed
    scale = float(fixed("people.length.scale")[kind])
    u = (np.arange(GRID) + 0.5) / GRID
    lengths, weights, bands = [], [], []
    for band, share in enumerate(fixed("people.length.band_share")[kind]):
        low, high = (float(fixed(f"people.length.{end}")[kind, band]) * scale for end in ("shortest", "longest"))
        lengths.append(np.maximum(1, np.floor(low + u * (high + 1 - low))))
        weights.append(np.full(GRID, share / GRID))
        bands.append(np.full(GRID, band))
    length, weight = np.concatenate(lengths), np.concatenate(weights)
    if kind < 2:
        return _order(world, kind, length, weight)
    return _custody(world, length, weight, np.concatenate(bands))
