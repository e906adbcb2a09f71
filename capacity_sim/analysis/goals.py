"""What is wanted, and what may be moved to get it: goals and levers as they are typed, read with all faults at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.runs.asked import area_faults, has
from capacity_sim.scenario import from_set_option
from capacity_sim.series import Verb

AREA = "sentence_management"
ALL = "all"
GOAL_FORM = "write `gap_fte <= 500 @2028-03`, or `gap_fte[grade=PO] <= 500 @2028-03`"
LEVER_FORM = (
    "write `path@date between 500 and 4000`, `scale path[grade=PO]@date between 0.5 and 1`, `SCENARIO:strength between "
    "0 and 1` or `SCENARIO:slip between 0 and 24`; ` cost 12000` may follow"
)
#: ends of a lever of a part, and the step in which it moves
STRENGTH, SLIP = "strength", "slip"

_NUMBER = r"[-+]?\d[\d,_]*(?:\.\d+)?(?:e[-+]?\d+)?"
_GOAL = re.compile(
    rf"(?P<measure>[\w.]+)\s*(\[(?P<where>[^\]]*)\])?\s*(?P<sign><=|>=|<|>)\s*(?P<level>{_NUMBER})\s*"
    r"(@\s*(?P<month>[\w-]+))?"
)
_LEVER = re.compile(
    rf"((?P<verb>set|scale|add)\s+)?(?P<what>\S+(?:\[[^\]]*\])?\S*)\s+between\s+(?P<low>{_NUMBER})\s+and\s+"
    rf"(?P<high>{_NUMBER})(\s+cost\s+(?P<cost>{_NUMBER}))?"
)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-\d{2})?")

Sign = Literal["<=", ">="]


@dataclass(frozen=True)
class Goal:
    """A level that an output is to keep to in a month.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    sign : {"<=", ">="}
        On which side of the level it is to be.
    level : float
        The level, in the unit of the output.
    month : str
        The month, as ``2028-03``.
    area, grade : str or None
        Area of work and grade; None for all of them.
    """

    measure: str
    sign: Sign
    level: float
    month: str
    area: str | None = AREA
    grade: str | None = None

    def met(self, value: float) -> bool:
        """Whether a value keeps to the level.

        Examples
        --------
        >>> Goal("gap_fte", "<=", 500.0, "2028-03").met(500.0)
        True
        """
        return value <= self.level if self.sign == "<=" else value >= self.level

    def over(self, value: float) -> float:
        """How far a value is on the wrong side; below zero when the goal is met.

        Examples
        --------
        >>> Goal("gap_fte", "<=", 500.0, "2028-03").over(650.0)
        150.0
        """
        return value - self.level if self.sign == "<=" else self.level - value

    @property
    def text(self) -> str:
        """The goal as it is typed."""
        named = [f"{dim}={name}" for dim, name in (("area", self.area), ("grade", self.grade)) if name is not None]
        if self.area == AREA:
            named = [name for name in named if not name.startswith("area=")]
        elif self.area is None and has(self.measure, "area"):
            named.insert(0, f"area={ALL}")
        return f"{self.measure}{'[' + ','.join(named) + ']' if named else ''} {self.sign} {self.level:g} @{self.month}"


@dataclass(frozen=True)
class Lever:
    """Something that may be moved between two ends.

    Parameters
    ----------
    what : str
        Name as it is typed, without ends and cost.
    low, high : float
        Ends between which it may be moved.
    verb : {"set", "scale", "add"} or None
        What its value does to a parameter; None for a lever of a part.
    path, date : str, datetime.date or None
        The parameter and its first day; None for a lever of a part, and no date where it is fixed for the run.
    part, key : str or None
        The scenario, and ``strength`` or ``slip``.
    cost : float or None
        Pounds a year for one unit that it is moved from where it stands.
    """

    what: str
    low: float
    high: float
    verb: Verb | None = None
    path: str | None = None
    date: dt.date | None = None
    part: str | None = None
    key: str | None = None
    cost: float | None = None

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense: months of slip."""
        return self.key == SLIP

    @property
    def text(self) -> str:
        """The lever as it is typed."""
        verb = f"{self.verb} " if self.verb in ("scale", "add") else ""
        cost = "" if self.cost is None else f" cost {self.cost:g}"
        return f"{verb}{self.what} between {self.low:g} and {self.high:g}{cost}"

    def option(self, value: float) -> str:
        """A value as the words after ``--set``."""
        path, at, date = self.what.partition("@")
        return f"{path}={digits(value)}{at}{date}"


def digits(value: float) -> str:
    """Number in plain digits, as a scenario file takes it.

    Examples
    --------
    >>> digits(1300.0), digits(0.0825), digits(1e-13)
    ('1300', '0.0825', '0')
    """
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def read_goal(text: str, catalogue: Catalogue, option: str = "--goal", most: bool = True) -> Goal:
    """Goal as it is typed.

    Parameters
    ----------
    text : str
        Such as ``gap_fte <= 500 @2028-03``.
    catalogue : Catalogue
        Names of outputs, areas and grades.
    option : str
        What a message calls it.
    most : bool
        Whether it is a goal; otherwise it says what a failure is, and is of the same form.

    Raises
    ------
    UsageError
        With every fault of the text.

    Examples
    --------
    >>> from capacity_sim.catalogue import load
    >>> read_goal("gap_fte[grade=PO] < 1,000 @2028-03", load())
    Goal(measure='gap_fte', sign='<=', level=1000.0, month='2028-03', area='sentence_management', grade='PO')
    """
    form = GOAL_FORM if most else GOAL_FORM.replace("<= 500", "> 3000")
    found = _GOAL.fullmatch(" ".join(text.split()))
    if found is None:
        raise UsageError(Fault("bad-goal", f"`{option} {text}` cannot be read", hint=form))
    faults: list[Fault] = []
    measure = found["measure"]
    if measure not in catalogue.outputs:
        hint = did_you_mean(measure, catalogue.outputs, "`capacity-sim list outputs` has them all")
        faults.append(Fault("unknown-output", f"no output is called `{measure}`", hint=hint))
    area, grade = _where(found["where"], measure, catalogue, option, faults)
    month = found["month"] or ""
    if not found["month"]:
        faults.append(Fault("no-month", f"`{option} {text}` has no month", hint=form))
    elif not _MONTH.fullmatch(month):
        faults.append(Fault("bad-month", f"`@{month}` of `{option}` is not a month", hint="write it as @2028-03"))
    if faults:
        raise UsageError(faults)
    sign: Sign = "<=" if found["sign"].startswith("<") else ">="
    return Goal(measure, sign, _float(found["level"]), month[:7], area, grade)


def _where(
    text: str | None, measure: str, catalogue: Catalogue, option: str, faults: list[Fault]
) -> tuple[str | None, str | None]:
    """Area and grade of a goal."""
    named: dict[str, str] = {}
    hint: str | None
    for part in filter(None, (part.strip() for part in (text or "").split(","))):
        dim, sign, name = (word.strip() for word in part.partition("="))
        if not sign or dim not in ("area", "grade"):
            hint = "write `[area=court]`, `[grade=PO]` or both with a comma; `--region` is an option of its own"
            faults.append(Fault("bad-where", f"`{part}` of `{option}` names no area and no grade", hint=hint))
            continue
        known = catalogue.dimensions[dim]
        if name not in known and not (dim == "area" and name == ALL):
            hint = did_you_mean(name, known, f"they are {one_of(known)}")
            faults.append(Fault(f"unknown-{dim}", f"no {dim} is called `{name}`", hint=hint))
        named[dim] = name
    area: str | None = named.get("area", AREA)
    if measure in catalogue.outputs:
        if "grade" in named and not has(measure, "grade"):
            faults.append(Fault("no-grade", f"`{measure}` has no grades", hint="leave `grade=` out"))
        area = named.get("area", AREA if has(measure, "area") else None)
        faults += area_faults(measure, area, "[area={}]") if area not in (None, ALL) else []
    return None if area == ALL else area, named.get("grade")


def read_levers(
    texts: Sequence[str], catalogue: Catalogue, family: Mapping[str, frozenset[str]], option: str = "--lever"
) -> list[Lever]:
    """Levers as they are typed.

    Parameters
    ----------
    texts : sequence of str
        Such as ``staff.trainee.dropout between 0.1 and 0.2``.
    catalogue : Catalogue
        Names of parameters, and their limits.
    family : mapping
        Ids of the changes that the scenario and each of its parents bring, by name.
    option : str
        What a message calls them.

    Raises
    ------
    UsageError
        With every fault of all of them.
    """
    found: list[Lever] = []
    faults: list[Fault] = []
    for text in texts:
        try:
            lever = _lever(text, catalogue, family, option)
        except UsageError as problem:
            faults += problem.faults
            continue
        if any(lever.what == other.what for other in found):
            faults.append(Fault("same-lever", f"`{lever.what}` is a lever twice", hint="keep one of the two"))
        found.append(lever)
    if faults:
        raise UsageError(faults)
    return found


def _lever(text: str, catalogue: Catalogue, family: Mapping[str, frozenset[str]], option: str) -> Lever:
    read = _LEVER.fullmatch(" ".join(text.split()))
    if read is None:
        raise UsageError(Fault("bad-lever", f"`{option} {text}` cannot be read", hint=LEVER_FORM))
    low, high, verb = _float(read["low"]), _float(read["high"]), cast("Verb", read["verb"] or "set")
    cost = None if read["cost"] is None else _float(read["cost"])
    what, faults = read["what"], list[Fault]()
    if low >= high:
        hint = "give the lower end first; one value alone is a `--set` of `capacity-sim run`"
        faults.append(Fault("no-room", f"`{what}` between {low:g} and {high:g} leaves nothing to move", hint=hint))
    if cost is not None and cost < 0:
        message = f"`cost {digits(cost)}` of `{what}` is below zero"
        faults.append(Fault("bad-cost", message, hint="give 0 or more pounds"))
    part, colon, key = str(what).rpartition(":")
    if colon:
        if read["verb"]:
            faults.append(Fault("bad-lever", f"a lever of a part takes no `{read['verb']}`", hint=LEVER_FORM))
        faults += _part_faults(part, key, low, family)
        if faults:
            raise UsageError(faults)
        return Lever(what, low, high, part=part, key=key, cost=cost)
    date = None
    for end in (low, high):
        path, at, day = what.partition("@")
        try:
            date = from_set_option(f"{path}={digits(end)}{at}{day}", catalogue, verb).start
        except UsageError as problem:
            known = {(fault.code, fault.message) for fault in faults}
            new = [_as_lever(fault, path, end, what, option) for fault in problem.faults]
            faults += [fault for fault in new if (fault.code, fault.message) not in known]
    if faults:
        raise UsageError(faults)
    return Lever(what, low, high, verb, what.partition("@")[0].partition("[")[0], date, cost=cost)


def _as_lever(fault: Fault, path: str, end: float, what: str, option: str) -> Fault:
    """Fault of a change that a lever makes, in the words of the lever."""
    typed = fault.message.replace("--set", option).replace(f"{path}={digits(end)}", path)
    hint = LEVER_FORM if fault.hint and "path=value" in fault.hint else fault.hint
    return Fault(fault.code, typed, hint=hint)


def _part_faults(part: str, key: str, low: float, family: Mapping[str, frozenset[str]]) -> list[Fault]:
    faults = []
    if key not in (STRENGTH, SLIP):
        hint = did_you_mean(key, (STRENGTH, SLIP), f"a part has {one_of((STRENGTH, SLIP))}")
        faults.append(Fault("unknown-lever", f"`:{key}` is not a lever of a part", hint=hint))
    if part not in family:
        hint = did_you_mean(part, family, f"it has {one_of(sorted(family))}")
        faults.append(Fault("unknown-part", f"the scenario has no part called `{part}`", hint=hint))
    elif not family[part]:
        faults.append(Fault("empty-part", f"`{part}` changes nothing that could be moved", hint="name another part"))
    if low < 0:
        least = "0 is none" if key == STRENGTH else "0 is as planned"
        faults.append(Fault("no-room", f"`{part}:{key}` cannot be below 0", hint=f"{least}; start there"))
    return faults


def _float(text: str) -> float:
    return float(text.replace(",", "").replace("_", ""))
