"""Lives: what happens to a person from the start of the sentence to its end, and who is there at the start.

Days are whole days since the Monday after the data's date (day 0); they may be negative.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from capacity_sim import streams

from .rules import uniform, uniform_k
from .spans import Span, spans

if TYPE_CHECKING:
    from capacity_sim.model.engine import World

DAYS_A_MONTH = 365.25 / 12
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
    world : World
        Of the engine: its parameters and calendar alone are read.

    Attributes
    ----------
    hazard, hazard_sum : list of list of float
        Rate a day by week, and its sum since the first: recall of each length band, then revocation of each order type.
    """

    def __init__(self, world: World) -> None:
        fixed, weekly = world.parameters.fixed, world.parameters.weekly
        self.warm_up, self.weeks = world.calendar.warm_up, world.calendar.n_total
        self.first_day = -7 * self.warm_up
        self.band_share = [sums(shares) for shares in fixed("people.length.band_share").tolist()]
        scale = fixed("people.length.scale")[:, None]
        self.shortest = (fixed("people.length.shortest") * scale).tolist()
        self.longest = (fixed("people.length.longest") * scale).tolist()
        self.length_factor = weekly("people.length.factor").tolist()
        self.diverted_share = weekly("people.diverted.share").tolist()
        self.extended_share = fixed("people.extended.share").tolist()
        self.remand_share = float(fixed("people.remand.share"))
        self.spans = spans(world)
        self.fixed_share = weekly("people.recall.fixed_share").tolist()
        self.fixed_days = np.rint(weekly("people.recall.fixed_days")).tolist()
        self.standard_days = fixed("people.recall.standard_days").tolist()
        rates = [*weekly("people.recall.monthly_rate").T, *weekly("people.revocation.monthly_rate").T]
        self.hazard = [(rate / DAYS_A_MONTH).tolist() for rate in rates]
        self.hazard_sum = [[0.0, *sums(7 * a_day for a_day in rate)] for rate in self.hazard]
        self.handover_days = weekly("people.handover.days").tolist()
        mixes = [*weekly("people.risk.start_mix").tolist(), fixed("people.risk.stock_mix").tolist()]
        self.risk_share = [sums(mix) for mix in mixes]
        by_risk = [sums(shares) for shares in fixed("people.flag.share").T.tolist()]
        self.flag_share = list(zip(*by_risk, strict=True))
        self.unpaid_share = [*fixed("people.unpaid_work.share").tolist(), 0.0]
        self.rehabilitation_share = [*fixed("people.rehabilitation.share").tolist(), 0.0]
        self.programme_share = fixed("people.programme.share").tolist()
        self.programme_factor = weekly("people.programme.factor").tolist()
        self.tag_share = weekly("people.tag.share").tolist()
        self.unpaid_days = weekly("people.unpaid_work.days").tolist()
        self.sessions = round(float(fixed("people.programme.sessions")))

    def row(self, day: int) -> int:
        """Week that holds a day, or the nearest that is simulated."""
        return min(max(day // 7 + self.warm_up, 0), self.weeks - 1)

    def spans_from(self, day: int) -> list[Span]:
        """Spans of rules from the one that holds a day onwards."""
        return [span for span in self.spans if span.holds(day)]

    # --- a sentence -------------------------------------------------------------------------------------------------
    def sentence(self, start: Start) -> Life:
        """A sentence on its first day."""
        key, kind, band = start.key, start.kind, start.band
        if band is None:
            band = self.band(key, kind)
        low, high = self.shortest[kind][band], self.longest[kind][band]
        days = low + uniform(key, streams.LENGTH) * (high + 1.0 - low)
        state = State(kind)
        if state != State.CUSTODY:
            length = max(1, int(days * self.length_factor[self.row(start.day)][kind]))
            end = self.order_end(start, length)
            return Life(key, kind, band, length, start.day, start.day, end, None, state, start.day)
        length = max(1, int(days))
        extended = int(uniform(key, streams.EXTENDED) < self.extended_share[band])
        served = self.remand_share * length
        days_of_release = (
            (span, span.release_day(key, start.day, length, served, extended, band))
            for span in self.spans_from(start.day)
        )
        release = next(day for span, day in days_of_release if span.holds(day))
        end = max(start.day + int(length - served), release + 1)
        post = None
        most = max(span.post_share for span in self.spans)
        if length < 2 * DAYS_A_YEAR and not extended and uniform(key, streams.POST_SENTENCE) < most:
            post = release + DAYS_A_YEAR
        return Life(key, kind, band, length, start.day, release, end, post, state, start.day)

    def band(self, key: int, kind: int) -> int:
        """Length band of a sentence."""
        u = uniform(key, streams.BAND)
        return sum(u >= share for share in self.band_share[kind][:3])

    def order_end(self, start: Start, length: int) -> int:
        """Last day of an order: early, under the first rules in force that end it, or the whole of it."""
        for span in self.spans_from(start.day):
            day = span.order_ends_early(start.key, start.day, length, start.kind)
            if day is not None:
                return day
        return start.day + length

    def post_end(self, key: int, since: int, post: int) -> int:
        """Last day of post-sentence supervision: a year after release, or the first day of rules without it."""
        u = uniform(key, streams.POST_SENTENCE)
        stops = [span.since for span in self.spans_from(since)[1:] if u >= span.post_share]
        return min([post, *stops])

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
            return ("post_sentence_start" if self.goes_on(life) else "supervision_end"), life.end
        if life.state == State.RECALLED:
            row = self.row(life.since)
            if uniform_k(key, streams.RECALL_KIND, life.spell) < self.fixed_share[row][band]:
                days = int(self.fixed_days[row][band])
            else:
                mean = self.standard_days[band]
                days = int(exponential(uniform_k(key, streams.RECALL_LENGTH, life.spell)) * mean)
            day = life.since + max(1, days)
            if day < life.end:
                return "re_release", day
            return ("post_sentence_start" if self.goes_on(life) else "ended_in_custody"), life.end
        assert life.post is not None
        return "supervision_end", self.post_end(key, life.since, life.post)

    def goes_on(self, life: Life) -> bool:
        """Whether supervision goes on after the sentence."""
        if life.post is None or life.post <= life.end:
            return False
        return uniform(life.key, streams.POST_SENTENCE) < self.spans_from(life.end)[0].post_share

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

    def flags(self, life: Life, risk: int, exclusive: Sequence[str]) -> set[str]:
        """Flags: at most one of the exclusive ones, and what the sentence holds.

        Who was released before the run has the tag of its first week; who is inside gets one, or none, at release.
        """
        key, kind, row = life.key, life.kind, self.row(life.start)
        u = uniform(key, streams.FLAG)
        carried = (flag for flag, share in zip(exclusive, self.flag_share, strict=True) if u < share[risk])
        flags = set(itertools.islice(carried, 1))
        for flag, purpose, share in (
            ("unpaid_work", streams.UNPAID, self.unpaid_share[kind]),
            ("rehabilitation", streams.REHABILITATION, self.rehabilitation_share[kind]),
            ("programme", streams.PROGRAMME, self.programme_share[kind] * self.programme_factor[row][risk]),
        ):
            if uniform(key, purpose) < share:
                flags.add(flag)
        if life.state != State.CUSTODY and self.is_tagged(key, kind, row if kind != State.CUSTODY else 0):
            flags.add("tag")
        return flags

    def is_tagged(self, key: int, kind: int, row: int) -> bool:
        """Whether someone whose order starts, or who is released, in a week is tagged."""
        return uniform(key, streams.TAG) < self.tag_share[row][kind]

    def unpaid_work_days(self, key: int, start: int) -> int:
        """Days of unpaid work: evenly from one third to five thirds of the mean of the start's week."""
        u = uniform(key, streams.UNPAID_DAYS)
        return max(1, int(self.unpaid_days[self.row(start)] * (1.0 / 3.0 + u * 4.0 / 3.0) + 0.5))

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
        """Starts from day 0 on: a dominating stream, thinned to the dated rate; some custody is diverted."""
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
                    yield Start(day, person, State.SUSPENDED if self.is_diverted(person, kind, day) else kind, None)

    def is_diverted(self, key: int, kind: int, day: int) -> bool:
        """Whether a sentence of a day is suspended instead of custody."""
        if kind != State.CUSTODY:
            return False
        return uniform(key, streams.DIVERT) < self.diverted_share[self.row(day)][self.band(key, kind)]


def sums(shares: Iterable[float]) -> list[float]:
    """Sums of the first of some numbers, of the first two, and so on."""
    return list(itertools.accumulate(shares))


def exponential(u: float) -> float:
    """Exponential amount with mean 1 from a draw."""
    return -math.log(1.0 - u)
