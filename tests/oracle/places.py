"""Services with room for so many: who waits, who gets a place at the end of a week, and how requirements end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from capacity_sim import streams

from .lives import State
from .rules import uniform, uniform_k
from .services import REQUIREMENTS, WITH_PLACES

if TYPE_CHECKING:
    from .people import Person
    from .teams import Unit

UNPAID_WAIT = 2  # weeks from the start of an order to the first day of unpaid work
IN_TIME = 3  # weeks


class Office:
    """A unit's lists and places.

    Attributes
    ----------
    lists : dict of list
        Who waits, first come first.
    held : dict of list
        Who has a place (a bed until the need ends).
    allotted : dict of int
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.lists: dict[str, list[Person]] = {service: [] for service in WITH_PLACES}
        self.held: dict[str, list[Person]] = {service: [] for service in WITH_PLACES}
        self.allotted = dict.fromkeys(WITH_PLACES, 0)

    def give(self, row: int) -> None:
        """Give out the free places of a week."""
        rules = self.unit.rules.services
        beds = self.held["approved_premises"]
        beds[:] = [person for person in beds if person.needs.until["approved_premises"] > row]
        for person in list(self.lists["approved_premises"]):
            if person.needs.until["approved_premises"] <= row:
                person.needs.count("approved_premises", "uncommenced")
                person.needs.leave("approved_premises")
        for service in WITH_PLACES:
            free = self.allotted[service] - (len(self.held[service]) if service != "tag" else 0)
            while free > 0 and self.lists[service]:
                person = self.lists[service][0]
                if service == "programme":
                    person = max(self.lists[service], key=lambda one: rules.priority[row][one.risk])
                self.lists[service].remove(person)
                if service == "programme" and uniform(person.key, streams.TAKE_UP) >= rules.take_up[row]:
                    person.needs.where[service] = "declines"
                    person.needs.count(service, "declined")
                    continue
                free -= 1
                self.held[service].append(person)
                person.needs.get(service, row)


class Needs:
    """What one person needs.

    Attributes
    ----------
    where : dict of str
        Of each service that is needed: readies, waits, holds or declines.
    begun : set of str
    until : dict of int
        Last week of unpaid work before it goes back to court; week in which a bed is no longer needed.
    """

    def __init__(self, person: Person) -> None:
        self.person, self.rules, self.office = person, person.rules.services, person.unit.office
        self.where: dict[str, str] = {}
        self.begun: set[str] = set()
        self.until: dict[str, int] = {}
        self.is_decided, self.rounds = False, 0

    def count(self, service: str, measure: str) -> None:
        """Count what happens."""
        self.person.unit.books.services[service, measure, self.person.risk] += 1

    # --- lists and places -------------------------------------------------------------------------------------------
    def join(self, service: str) -> None:
        """Go to the end of the list."""
        self.where[service] = "waits"
        self.office.lists[service].append(self.person)

    def ask(self, service: str) -> None:
        """Need a place from now on."""
        self.count(service, "imposed")
        self.join(service)

    def leave(self, service: str) -> None:
        """Need it no more: leave the list or the place."""
        for people in (self.office.lists[service], self.office.held[service]):
            if self.person in people:
                people.remove(self.person)
        self.where.pop(service, None)

    def hold(self, service: str) -> None:
        """Have a place."""
        self.where[service] = "holds"
        self.office.held[service].append(self.person)

    def get(self, service: str, row: int) -> None:
        """Get a place at the end of a week."""
        self.where[service] = "holds"
        if service == "programme":
            self.person.due["programme"] = row + 1
            return
        self.count(service, "started")
        if service == "unpaid_work":
            started = self.person.rules.row_of(self.person.life.start)
            self.begun.add(service)
            if row - started < IN_TIME:
                self.count(service, "started_in_time")
            first = max(row + 1, started + UNPAID_WAIT)
            self.person.due["unpaid_work"] = min(first, self.until[service] + 1)

    @property
    def waits(self) -> bool:
        """Whether a place may come in any week."""
        return "waits" in self.where.values()

    # --- from the start to the end ----------------------------------------------------------------------------------
    def start(self, row: int, loaded: bool) -> None:
        """What is needed from the first week on."""
        person = self.person
        state = person.life.state
        inside = state in (State.CUSTODY, State.RECALLED)
        if person.unpaid_days > 0:
            self.start_unpaid_work(row, loaded)
        if person.sessions > 0:
            if not loaded:
                self.count("programme", "imposed")
            if inside:
                self.where["programme"] = "readies"
            elif state != State.POST_SENTENCE:
                since = person.life.start if person.life.kind != State.CUSTODY else person.life.release
                self.start_programme(row, person.rules.row_of(since) + self.rules.ready, loaded)
        if "tag" in person.flags and not inside:
            if loaded:
                self.hold("tag")
            else:
                self.ask("tag")

    def start_unpaid_work(self, row: int, loaded: bool) -> None:
        """An order that starts joins the list; one that is loaded has had a place for some time."""
        person, service = self.person, "unpaid_work"
        started = person.rules.row_of(person.life.start)
        self.until[service] = started + self.rules.limit[person.law.row(person.life.start)]
        person.due[service] = self.until[service] + 1
        if not loaded:
            self.ask(service)
            return
        first = started + max(UNPAID_WAIT, self.rules.waited[service])
        person.unpaid_days -= min(person.unpaid_days, int(max(0, row - first) * self.rules.comes(person.key, 0)))
        if person.unpaid_days == 0 or row > self.until[service]:
            person.unpaid_days = 0
            del person.due[service]
        elif row >= first:
            self.hold(service)
            self.begun.add(service)
            person.due[service] = row
        else:
            self.join(service)

    def start_programme(self, row: int, ready: int, loaded: bool) -> None:
        """Who starts outside gets ready; who is loaded has got as far as the weeks since allow."""
        person, service = self.person, "programme"
        self.where[service] = "readies"
        if not loaded or row < ready:
            person.due[service] = ready
            return
        gone = row - ready - self.rules.waited[service]
        if gone < 0:
            self.join(service)
        elif uniform(person.key, streams.TAKE_UP) >= self.rules.take_up[0]:
            self.where[service] = "declines"
        elif gone >= person.sessions or uniform(person.key, streams.QUIT) < gone * self.rules.dropout[0]:
            person.sessions = 0
            del self.where[service]
        else:
            person.sessions -= gone
            self.hold(service)
            if gone > 0:
                self.begun.add(service)
            person.due[service] = row

    def after(self, event: str, row: int) -> None:
        """What a recall, a release or the end of the sentence proper does."""
        person = self.person
        if event == "recall":
            if self.where.get("programme", "declines") != "declines":
                self.leave("programme")
                self.where["programme"] = "readies"
                person.due.pop("programme", None)
            for service in ("tag", "approved_premises"):
                if self.where.get(service) == "waits":
                    self.count(service, "uncommenced")
                self.leave(service)
        elif event in ("release", "re_release"):
            if self.where.get("programme") == "readies":
                person.due["programme"] = row + (1 if "programme" in self.begun else self.rules.ready)
            if "tag" in person.flags:
                self.ask("tag")
            draw = uniform_k(person.key, streams.APPROVED, person.life.spell)
            if draw < self.rules.bed_share[row][person.risk]:
                self.until["approved_premises"] = row + self.rules.stay[row]
                self.ask("approved_premises")
        elif event == "post_sentence_start" and "programme" in self.where:
            self.expire("programme")
            person.due.pop("programme", None)

    def expire(self, service: str) -> None:
        """A requirement ends with the sentence."""
        if service == "unpaid_work" and not self.is_decided:
            self.count(service, "decided")
        self.count(service, "expired" if service in self.begun else "uncommenced")
        self.leave(service)

    def end(self) -> None:
        """The sentence is over."""
        for service in list(self.where):
            if service in REQUIREMENTS:
                self.expire(service)
                continue
            if self.where[service] == "waits":
                self.count(service, "uncommenced")
            self.leave(service)

    # --- weeks with a place -----------------------------------------------------------------------------------------
    def decide(self, in_time: bool) -> None:
        """Note, the first time, whether unpaid work was done in time."""
        if not self.is_decided:
            self.is_decided = True
            self.count("unpaid_work", "decided")
            if in_time:
                self.count("unpaid_work", "completed_in_time")

    def unpaid_week(self, row: int, step: int) -> list[str]:
        """A day is offered, or the limit is over; what falls due."""
        person, service = self.person, "unpaid_work"
        del person.due[service]
        if row > self.until[service]:
            self.count(service, "returned")
            self.decide(False)
            if uniform_k(person.key, streams.EXTEND, self.rounds) < self.rules.extended_share[row]:
                self.count(service, "extended")
                self.rounds += 1
                self.until[service] = row + self.rules.extension[row]
                again = row + step if self.where[service] == "holds" else self.until[service] + 1
                person.due[service] = min(again, self.until[service] + 1)
            else:
                self.count(service, "ended")
                self.leave(service)
            return ["unpaid_work_limit"]
        self.count(service, "offered")
        if uniform_k(person.key, streams.ATTEND, row) < self.rules.comes(person.key, row):
            self.count(service, "attended")
            person.unpaid_days -= 1
        if person.unpaid_days > 0:
            person.due[service] = min(row + step, self.until[service] + 1)
        else:
            self.count(service, "completed")
            self.decide(True)
            self.leave(service)
        return [service]

    def programme_week(self, row: int, step: int) -> list[str]:
        """Someone is ready, or a session is held; what falls due."""
        person, service = self.person, "programme"
        del person.due[service]
        if self.where[service] == "readies":
            self.join(service)
            return []
        person.due[service] = row + step
        falls = [service]
        if service not in self.begun:
            self.begun.add(service)
            self.count(service, "started")
            falls.insert(0, "programme_start")
        self.count(service, "offered")
        self.count(service, "attended")
        person.sessions -= 1
        quits = uniform_k(person.key, streams.QUIT, row) < self.rules.dropout[row]
        if person.sessions == 0 or quits:
            self.count(service, "completed" if person.sessions == 0 else "ended")
            self.leave(service)
            del person.due[service]
        return falls


def share_out(units: Sequence[Unit], there: int, service: str) -> None:
    """Share the places of a region out among its units."""
    held = [len(unit.office.held[service]) if service != "tag" else 0 for unit in units]
    waiting = [len(unit.office.lists[service]) for unit in units]
    free = there - sum(held)
    if free < 0:
        shares = parts(there, held)
    elif free < sum(waiting):
        shares = [h + extra for h, extra in zip(held, parts(free, waiting), strict=True)]
    else:
        claims = [h + w for h, w in zip(held, waiting, strict=True)]
        weights = claims if any(claims) else [len_of_stock(unit) for unit in units]
        shares = [c + extra for c, extra in zip(claims, parts(free - sum(waiting), weights), strict=True)]
    for unit, share in zip(units, shares, strict=True):
        unit.office.allotted[service] = share


def len_of_stock(unit: Unit) -> int:
    """People of a unit at the start."""
    return int(unit.rules.world.data.people[unit.place].sum())


def parts(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts in proportion, the rest one by one to the largest remainders, the first ones first."""
    if not sum(weights):
        return [0] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    whole = [int(share) for share in exact]
    order = sorted(range(len(weights)), key=lambda i: whole[i] - exact[i])
    for i in order[: amount - sum(whole)]:
        whole[i] += 1
    return whole
