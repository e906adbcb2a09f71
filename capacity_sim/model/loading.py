"""The loaded start and the stream of starts of each delivery unit.

The clocks run on a constant stream longer than the longest sentence. Whoever is alive on the data's date is kept, at
random, until each unit has exactly its published or allocated number of people in each state; whoever ended in the
warm-up weeks is kept too, so that desks fill as they would. Later starts are thinned from one dominating stream, so
that person k is the same person in every scenario.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from capacity_sim import streams
from capacity_sim.errors import DataError, Fault
from capacity_sim.model.compiled import maker
from capacity_sim.model.people import (
    CUSTODY,
    ENDED,
    LICENCE,
    ORDER,
    POST,
    RECALLED,
    SUSPENDED,
    Clocks,
    live_on,
    sentence,
    starts_as,
)
from capacity_sim.streams import child, uniform

LOADED, FUTURE = 1, 2
MAX_SWEEPS = 60
#: states that someone who starts may be in, by start type
LEADS_TO = ([ORDER], [SUSPENDED], [CUSTODY, RECALLED, LICENCE, POST])


#: a start: day, start type, length band (-1: drawn from the key), key of the person
START = np.dtype([("key", "u8"), ("day", "i4"), ("kind", "i1"), ("band", "i1")], align=True)
Starts = npt.NDArray[np.void]


@maker
def burn_in(c, unit_key, sweep, per_day, band_share, first_day):
    """One sweep of past starts that matter: alive on day 0, or ended between the first simulated day and day 0.

    Returns arrays of start day, kind, band, key and state on day 0 (-1 for those who ended in the warm-up weeks).
    """
    matters = first_day if sweep == 0 else np.int64(0)
    room = 1024
    n = 0
    day_of = np.empty(room, np.int32)
    kind_of = np.empty(room, np.int8)
    band_of = np.empty(room, np.int8)
    key_of = np.empty(room, np.uint64)
    state_of = np.empty(room, np.int8)
    for kind in range(3):
        for band in range(4):
            rate = per_day[kind] * band_share[kind, band]
            if rate <= 0.0:
                continue
            reach = c.lengths[2, kind, band] + 370.0 - first_day
            key = child(child(child(child(unit_key, streams.KEEP), sweep), kind), band)
            at = 0.0
            k = 0
            while True:
                person = child(key, k)
                k += 1
                at -= -np.log(1.0 - uniform(person, streams.GAP)) / rate
                if at < -reach:
                    break
                start = np.int64(np.floor(at))
                whole = sentence(c, person, kind, band, start)
                if max(whole[4], whole[5]) < matters:  # most are long over, and need not be lived
                    continue
                state, _, _, _, _, _, _, _, _, _, last = live_on(c, person, kind, start, whole, np.int64(0))
                if state == ENDED and (last < first_day or sweep > 0):
                    continue
                if n == room:
                    room *= 2
                    day_of = np.append(day_of, np.empty(room - n, np.int32))
                    kind_of = np.append(kind_of, np.empty(room - n, np.int8))
                    band_of = np.append(band_of, np.empty(room - n, np.int8))
                    key_of = np.append(key_of, np.empty(room - n, np.uint64))
                    state_of = np.append(state_of, np.empty(room - n, np.int8))
                day_of[n] = start
                kind_of[n] = kind
                band_of[n] = band
                key_of[n] = person
                state_of[n] = state
                n += 1
    return day_of[:n], kind_of[:n], band_of[:n], key_of[:n], state_of[:n]


@maker
def future(c, unit_key, per_day, ceiling):
    """Starts from day 0 to the end: candidates of the dominating stream, thinned to the dated rate.

    A custodial sentence that is diverted starts as a suspended sentence: the same person, on the same day.

    `per_day` is (week, kind), warm-up rows first; `ceiling` is the dominating rate a day by kind. Returns start day,
    kind and key, kind by kind.
    """
    room = 1024
    n = 0
    day_of = np.empty(room, np.int32)
    kind_of = np.empty(room, np.int8)
    key_of = np.empty(room, np.uint64)
    last = 7 * (c.n_weeks - c.warm_up)
    for kind in range(3):
        if ceiling[kind] <= 0.0:
            continue
        key = child(child(unit_key, streams.THIN), kind)
        at = 0.0
        k = 0
        while True:
            person = child(key, k)
            k += 1
            at += -np.log(1.0 - uniform(person, streams.GAP)) / ceiling[kind]
            if at >= last:
                break
            day = np.int64(at)
            row = day // 7 + c.warm_up
            if uniform(person, streams.THIN) * ceiling[kind] >= per_day[row, kind]:
                continue
            if n == room:
                room *= 2
                day_of = np.append(day_of, np.empty(room - n, np.int32))
                kind_of = np.append(kind_of, np.empty(room - n, np.int8))
                key_of = np.append(key_of, np.empty(room - n, np.uint64))
            day_of[n] = day
            kind_of[n] = starts_as(c, person, kind, row)
            key_of[n] = person
            n += 1
    return day_of[:n], kind_of[:n], key_of[:n]


def unit_starts(
    clocks: Clocks,
    unit_key: int,
    quota: npt.NDArray[np.int64],
    per_day: npt.NDArray[np.float64],
    ceiling: npt.NDArray[np.float64],
    band_share: npt.NDArray[np.float64],
    unit_name: str,
) -> Starts:
    """People of a unit: the loaded start, then everyone who starts until the end of the run.

    Parameters
    ----------
    clocks : Clocks
    unit_key : int
        Key of the unit in this draw and replication.
    quota : int array (state,) or (state, risk)
        People in each state on day 0, or in each state and risk; met exactly.
    per_day : float array (week, start_type)
        Starts a day.
    ceiling : float array (start_type,)
        Rate a day of the dominating stream.
    band_share : float array (start_type, length_band)
    unit_name : str
        For messages.

    Returns
    -------
    array of START
        Sorted by start day.

    Raises
    ------
    DataError
        If the clocks cannot produce anyone in a state that has people.
    """
    first_day = -7 * clocks.warm_up
    key = np.uint64(unit_key)
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    need = quota.astype(np.int64).copy()
    by_risk = need.ndim == 2
    for sweep in range(MAX_SWEEPS):
        wanted = np.array([sweep == 0 or need[states].any() for states in LEADS_TO])
        day, kind, band, person, state = burn_in(clocks, key, sweep, per_day[0] * wanted, band_share, first_day)
        keep = np.zeros(len(day), bool)
        cut = clocks.risk_cut[-1, :3]
        risk = np.searchsorted(cut, streams.uniforms(person, streams.RISK), side="right") if by_risk else None
        for cell in np.ndindex(need.shape):
            there = state == cell[0]
            here = np.flatnonzero(there if risk is None else there & (risk == cell[1]))
            if len(here) > need[cell]:
                order = np.argsort(streams.uniforms(person[here], streams.KEEP), kind="stable")
                here = here[order[: need[cell]]]
            keep[here] = True
            need[cell] -= len(here)
        keep |= state == ENDED
        parts.append((day[keep], kind[keep], band[keep], person[keep]))
        if not need.any():
            break
    else:
        states = ("community_order", "suspended_sentence", "custody", "recalled", "licence", "post_sentence")
        lacking = need.sum(axis=1) if by_risk else need
        missing = ", ".join(f"`{states[s]}` ({lacking[s]} missing)" for s in np.flatnonzero(lacking))
        raise DataError(
            [
                Fault(
                    "empty-intake",
                    f"unit `{unit_name}` has people in {missing}, but its starts produce none",
                    hint="give `people.starts.monthly` a value above zero for the start type that leads there",
                )
            ]
        )
    day, kind, person = future(clocks, key, per_day, ceiling)
    parts.append((day, kind, np.full(len(day), -1, np.int8), person))
    columns = [np.concatenate([p[c] for p in parts]) for c in range(4)]
    order = np.lexsort((columns[3], columns[0]))
    starts = np.empty(len(order), START)
    for name, column in zip(("day", "kind", "band", "key"), columns, strict=True):
        starts[name] = column[order]
    return starts
