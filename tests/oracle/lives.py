"""Lives: what happens to a person from the start of the sentence to its end, and who is there at the start.

Days are whole days since the Monday after the data's date (day 0); they may be negative.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from capacity_sim import streams

from .rules import uniform, uniform_k

if TYPE_CHECKING:
    from capacity_sim.model.people import Clocks

DAYS_A_YEAR = 365
NEVER = 1 << 30


class State(IntEnum):
    """Where a person is in the sentence."""

    ORDER = 0
    SUSPENDED = 1
    CUSTODY = 2
    RECALLED = 3
    LICENCE = 4
    POST_SENTENCE = 5


#: state after an event; None: the sentence is over
AFTER = {
    "release": State.LICENCE,
    "re_release": State.LICENCE,
    "recall": State.RECALLED,
    "post_sentence_start": State.POST_SENTENCE,
}


class Start(NamedTuple):
    """A sentence that starts: day, key of the person, start type, length band if it is not drawn."""

    day: int
    key: int
    kind: int
    band: int | None


@dataclass
class Life:
    """A sentence and where the person is in it (`state` None: it is over, on day `since`)."""

    key: int
    kind: int
    band: int
    length: int
    start: int
    release: int
    end: int
    post: int | None  # end of post-sentence supervision
    state: State | None
    since: int  # day of the last event
    spell: int = 0  # times released again after a recall
    handed: bool = False  # whether the officer in the community has taken over before release


class Law:
    """The rules of the sentence clock.

    Parameters
    ----------
    clocks : Clocks
        Rates, lengths and release points, as arrays that the parameters made.
    """

    def __init__(self, clocks: Clocks) -> None:
        c = clocks
        self.warm_up, self.weeks = c.warm_up, c.n_weeks
        self.first_day = -7 * c.warm_up
        self.band_share, self.shortest, self.longest = c.lengths.tolist()
        self.extended_share, self.fixed_share, self.fixed_days, self.standard_days = c.bands.tolist()
        self.unpaid_share, self.rehabilitation_share, self.programme_share, self.tag_share = c.kinds.tolist()
        self.release_from, self.release_part = c.segment_day.tolist(), c.segment_fraction.tolist()
        self.hazard, self.hazard_sum = c.hazard.tolist(), c.hazard_sum.tolist()
        self.flag_share, self.risk_share = c.flag_cut.tolist(), c.risk_cut.tolist()
        self.handover_days = c.handover_days.tolist()
        self.remand_share, self.post_share = c.remand_share, c.post_share
        self.unpaid_days = c.unpaid_days
        self.sessions, self.programme_wait = c.programme_sessions, c.programme_wait

    def row(self, day: int) -> int:
        """Week that holds a day, or the nearest that is simulated."""
        return min(max(day // 7 + self.warm_up, 0), self.weeks - 1)

    # --- a sentence -------------------------------------------------------------------------------------------------
    def sentence(self, start: Start) -> Life:
        """A sentence on its first day."""
        key, kind, band = start.key, start.kind, start.band
        if band is None:
            u = uniform(key, streams.BAND)
            band = sum(u >= share for share in self.band_share[kind][:3])
        low, high = self.shortest[kind][band], self.longest[kind][band]
        length = max(1, int(low + uniform(key, streams.LENGTH) * (high + 1.0 - low)))
        state = State(kind)
        if state != State.CUSTODY:
            end = start.day + length
            return Life(key, kind, band, length, start.day, start.day, end, None, state, start.day)
        extended = int(uniform(key, streams.EXTENDED) < self.extended_share[band])
        served = self.remand_share * length
        release = self.release_day(start.day, length, served, extended, band)
        end = max(start.day + int(length - served), release + 1)
        post = None
        if length < 2 * DAYS_A_YEAR and not extended and uniform(key, streams.POST_SENTENCE) < self.post_share:
            post = release + DAYS_A_YEAR
        return Life(key, kind, band, length, start.day, release, end, post, state, start.day)

    def release_day(self, start: int, length: int, served: float, extended: int, band: int) -> int:
        """Day of release: under the first set of release points that lets a person out while it is in force."""
        until = [*self.release_from[1:], math.inf]
        for since, before, part in zip(self.release_from, until, self.release_part, strict=True):
            day = max(start + max(1, int(part[extended][band] * length - served)), since)
            if day < before:
                return day
        raise AssertionError

    def next_event(self, life: Life) -> tuple[str, int]:
        """What happens next, and on which day."""
        key, band = life.key, life.band
        if life.state in (State.ORDER, State.SUSPENDED):
            amount = exponential(uniform(key, streams.REVOKE))
            day = self.hazard_day(4 + life.kind, life.start, amount)
            return ("order_revoked", day) if day < life.end else ("order_completed", life.end)
        if life.state == State.CUSTODY:
            if life.handed:
                return "release", life.release
            day = life.release - int(self.handover_days[self.row(life.start)])
            return "handover", max(day, life.start)
        if life.state == State.LICENCE:
            day = self.hazard_day(band, life.since, exponential(uniform_k(key, streams.RECALL, life.spell)))
            if day < life.end:
                return "recall", day
            if life.post is not None and life.post > life.end:
                return "post_sentence_start", life.end
            return "supervision_end", life.end
        if life.state == State.RECALLED:
            if uniform_k(key, streams.RECALL_KIND, life.spell) < self.fixed_share[band]:
                days = int(self.fixed_days[band])
            else:
                mean = self.standard_days[band]
                days = int(exponential(uniform_k(key, streams.RECALL_LENGTH, life.spell)) * mean)
            day = life.since + max(1, days)
            return ("re_release", day) if day < life.end else ("ended_in_custody", life.end)
        assert life.post is not None
        return "supervision_end", life.post

    def happen(self, life: Life, event: str, day: int) -> None:
        """Let an event happen."""
        life.since = day
        if event == "handover":
            life.handed = True
            return
        life.state = AFTER.get(event)
        life.spell += event == "re_release"

    def live_until(self, life: Life, day: int) -> None:
        """Live on to a day, without work."""
        while life.state is not None:
            event, when = self.next_event(life)
            if when >= day:
                return
            self.happen(life, event, when)

    def hazard_day(self, h: int, day: int, amount: float) -> int:
        """Day on which a dated hazard a day has used up an amount since a day."""
        rate, total = self.hazard[h], self.hazard_sum[h]
        if day < self.first_day:
            gone = (self.first_day - day) * rate[0]
            if amount < gone:
                return day + int(amount / rate[0])
            amount -= gone
            day = self.first_day
        last = self.first_day + 7 * self.weeks
        if day >= last:
            return day + int(min(amount / rate[-1], 1e8)) if rate[-1] > 0 else NEVER
        row = (day - self.first_day) // 7
        target = total[row] + (day - self.first_day - 7 * row) * rate[row] + amount
        if target >= total[-1]:
            return last + int(min((target - total[-1]) / rate[-1], 1e8)) if rate[-1] > 0 else NEVER
        row = bisect.bisect_right(total, target, row + 1, self.weeks) - 1
        return self.first_day + 7 * row + int((target - total[row]) / rate[row])

    # --- a person ---------------------------------------------------------------------------------------------------
    def risk(self, key: int, start: int) -> int:
        """Risk of serious harm: by the start's week, or that of the stock for who started before day 0."""
        u = uniform(key, streams.RISK)
        shares = self.risk_share[self.row(start) if start >= 0 else self.weeks]
        return sum(u >= share for share in shares[:3])

    def flags(self, key: int, kind: int, risk: int, exclusive: Sequence[str]) -> set[str]:
        """Flags: at most one of the exclusive ones, and what the sentence holds."""
        u = uniform(key, streams.FLAG)
        carried = (flag for flag, share in zip(exclusive, self.flag_share, strict=True) if u < share[risk])
        flags = set(itertools.islice(carried, 1))
        for flag, purpose, share in (
            ("unpaid_work", streams.UNPAID, self.unpaid_share),
            ("rehabilitation", streams.REHABILITATION, self.rehabilitation_share),
            ("programme", streams.PROGRAMME, self.programme_share),
            ("tag", streams.TAG, self.tag_share),
        ):
            if uniform(key, purpose) < share[kind]:
                flags.add(flag)
        return flags

    def unpaid_work_days(self, key: int) -> int:
        """Days of unpaid work: evenly from one third to five thirds of the mean."""
        u = uniform(key, streams.UNPAID_DAYS)
        return max(1, int(self.unpaid_days * (1.0 / 3.0 + u * 4.0 / 3.0) + 0.5))

    # --- who starts -------------------------------------------------------------------------------------------------
    def past(
        self, unit_key: int, sweep: int, per_day: Sequence[float], band_share: Sequence[Sequence[float]]
    ) -> Iterator[tuple[Start, Life]]:
        """One sweep of starts before day 0, on a constant stream, and where they are on day 0."""
        for kind, band in itertools.product(range(3), range(4)):
            rate = per_day[kind] * band_share[kind][band]
            if rate <= 0.0:
                continue
            reach = self.longest[kind][band] + 370.0 - self.first_day
            key = unit_key
            for part in (streams.KEEP, sweep, kind, band):
                key = streams.child_int(key, part)
            at = 0.0
            for k in itertools.count():
                person = streams.child_int(key, k)
                at -= exponential(uniform(person, streams.GAP)) / rate
                if at < -reach:
                    break
                start = Start(math.floor(at), person, kind, band)
                life = self.sentence(start)
                self.live_until(life, 0)
                yield start, life

    def loaded(
        self,
        unit_key: int,
        quota: Sequence[int],
        per_day: Sequence[float],
        band_share: Sequence[Sequence[float]],
    ) -> list[Start]:
        """People of a unit who started before day 0: as many in each state as the quota says.

        Sweeps of the stream are added until there are enough; too many are thinned at random. Who ended in the
        warm-up weeks of the first sweep is kept too.
        """
        need = list(quota)
        kept: list[Start] = []
        for sweep in range(60):
            found = list(self.past(unit_key, sweep, per_day, band_share))
            for state in State:
                here = [start for start, life in found if life.state == state]
                if len(here) > need[state]:
                    here = sorted(here, key=lambda start: uniform(start.key, streams.KEEP))[: need[state]]
                need[state] -= len(here)
                kept += here
            if sweep == 0:
                kept += [s for s, life in found if life.state is None and life.since >= self.first_day]
            if not any(need):
                return kept
        raise AssertionError

    def future(self, unit_key: int, per_day: Sequence[Sequence[float]], ceiling: Sequence[float]) -> Iterator[Start]:
        """Starts from day 0 on: a dominating stream, thinned to the dated rate."""
        for kind in range(3):
            if ceiling[kind] <= 0.0:
                continue
            key = streams.child_int(streams.child_int(unit_key, streams.THIN), kind)
            at = 0.0
            for k in itertools.count():
                person = streams.child_int(key, k)
                at += exponential(uniform(person, streams.GAP)) / ceiling[kind]
                if at >= 7 * (self.weeks - self.warm_up):
                    break
                day = int(at)
                if uniform(person, streams.THIN) * ceiling[kind] < per_day[day // 7 + self.warm_up][kind]:
                    yield Start(day, person, kind, None)


def exponential(u: float) -> float:
    """Exponential amount with mean 1 from a draw."""
    return -math.log(1.0 - u)
