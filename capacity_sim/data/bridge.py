"""The published chain of gaps of a data set: its steps, what each adds, and published figures to hold beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.catalogue.checked import (
    Basis,
    FullDate,
    Name,
    Number,
    Quality,
    Record,
    Text,
    checked,
    one_word,
)
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.alone import check_keys, lacks, read_alone
from capacity_sim.data.dataset import DataSet
from capacity_sim.data.figures import check_citation
from capacity_sim.errors import Fault, Refused, did_you_mean, one_of, shown_path

FILE = "bridge.yaml"
#: how a simulated figure comes about
FITTED, GIVEN, PREDICTED = "fitted", "given", "predicted"
KINDS = (FITTED, GIVEN, PREDICTED)
#: change of staff needed in per cent
SHARE = "required_pct"
#: what a difference between two steps may be of
OF = ("required_fte", SHARE, "people_on_sentence", "people_supervised", "people_tagged")
_YEAR = re.compile(r"(\d{4})-(\d{2})")
_MONTHS = 12
_PARTS = ("scope", "supplies", "steps", "differences")


def _period(value: object) -> str:
    found = _YEAR.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        first, last = int(found[1]), int(found[2])
        if 1 <= last <= _MONTHS or last == (first + 1) % 100:
            return str(value)
    hint = 'write "2026-27" for a financial year or "2028-03" for a month, in quotes'
    raise Refused((), "bad-period", f"`{value}` is not a financial year or a month", hint)


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(dict.fromkeys(value))
    raise Refused((), "not-a-list", "`adds` is a list of names of scenarios", "write `adds: [reset]`")


def _types(value: object) -> tuple[str, ...]:
    known = load_catalogue().dimensions["state"]
    if isinstance(value, list) and value and set(value) <= set(known):
        return tuple(value)
    raise Refused((), "not-a-list", "`types` is a list of types of supervision", f"there are {one_of(known)}")


def _ends(value: object) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2 and all(type(item) in (int, float) for item in value):
        low, high = (float(item) for item in value)
        if low <= high:
            return low, high
    raise Refused((), "bad-range", "a range is `[low, high]`", "write the lower end first")


Period = Annotated[str, PlainValidator(_period)]
Names = Annotated[tuple[str, ...], PlainValidator(_names)]
Ends = Annotated[tuple[float, float], PlainValidator(_ends)]
Types = Annotated[tuple[str, ...], PlainValidator(_types)]
Kind = Annotated[str, PlainValidator(one_word("kind", *KINDS))]
Measure = Annotated[str, PlainValidator(one_word("measure", *OF))]


class Published(Record):
    """A published figure, or one that follows from published ones by arithmetic, and how far a result may be away.

    Parameters
    ----------
    value : float
        The figure, in `unit`.
    unit, scope, source, why : str
        What it counts, of whom, where it is written, and how it is read.
    period : str
        Financial year or month, as it is stated.
    as_of : datetime.date
        Day of the document that states it.
    basis, quality : str
        How it is known and how good it is.
    range : tuple of float, optional
        Ends between which any result is acceptable.
    tolerance, tolerance_abs : float, optional
        How far a result may be away, as a share or in the unit.
    least : float, optional
        Any result from here upwards is acceptable.
    target : str, optional
        Id of the target that says the same; its value and tolerance must be these.
    above, below : str, optional
        Why a simulated figure that misses it lies above it, or below.
    """

    value: Number
    unit: Text
    period: Period
    scope: Text
    source: Text
    as_of: FullDate
    basis: Basis
    quality: Quality
    why: Text
    range: Ends | None = None
    tolerance: Number | None = None
    tolerance_abs: Number | None = None
    least: Number | None = None
    target: Name | None = None
    above: Text | None = None
    below: Text | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Least and greatest result that is near enough; None when nothing says how near."""
        if self.range is not None:
            return self.range
        if self.least is not None:
            return self.least, inf
        if self.tolerance is None and self.tolerance_abs is None:
            return None
        room = self.tolerance_abs if self.tolerance_abs is not None else abs(self.value) * (self.tolerance or 0.0)
        return self.value - room, self.value + room

    def passes(self, value: float) -> bool | None:
        """Whether a result is near enough; None when nothing says how near it must be."""
        return None if self.ends is None else self.ends[0] <= value <= self.ends[1]

    def reason(self, value: float) -> str | None:
        """Why a result that misses it does; None when nobody has written that down."""
        if self.passes(value) is not False or self.ends is None:
            return None
        return self.above if value > self.ends[1] else self.below


class Step(Record):
    """One step of the chain.

    Parameters
    ----------
    id, words, short : str
        Its name, what it adds in words, and the same in two or three words.
    adds : tuple of str
        Scenarios that join those of the steps before.
    period : str
        Financial year or month whose mean is taken.
    kind : {"fitted", "given", "predicted"}
        How the simulated change from the step before comes about. Only a predicted one is evidence.
    supply : str, optional
        Id of the staff that the published gap takes to be there.
    required, shortfall, in_post : Published, optional
        Staff needed, needed less in post, and in post.
    """

    id: Name
    words: Text
    short: Text
    adds: Names
    period: Period
    kind: Kind
    supply: Name | None = None
    required: Published | None = None
    shortfall: Published | None = None
    in_post: Published | None = None


class Difference(Record):
    """A difference between two steps that a published figure states.

    Parameters
    ----------
    id, words : str
        Its name, and what it is.
    of : str
        Staff needed, or people at the end of a month.
    step, less : str
        Ids of the two steps.
    period : str
        Financial year or month.
    kind : {"given", "predicted"}
        As in `Step`.
    types : tuple of str
        Types of supervision that people are counted in; all when empty.
    published : Published, optional
        The figure; without one the difference is shown beside the others.
    """

    id: Name
    words: Text
    of: Measure
    step: Name
    less: Name
    period: Period
    kind: Kind
    types: Types = ()
    published: Published | None = None


class Bridge(Record):
    """The published chain.

    Parameters
    ----------
    scope : str
        Of whom and on which timing every figure of staff is.
    supplies : mapping of id to Published
        Staff that published gaps take to be there.
    steps : tuple of Step
        The chain; the first is its start.
    differences : tuple of Difference
        Differences between steps.
    """

    scope: str
    supplies: Mapping[str, Published]
    steps: tuple[Step, ...]
    differences: tuple[Difference, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        """Steps by their names."""
        return {step.id: step for step in self.steps}

    def figures(self) -> list[tuple[str, Published]]:
        """Every published figure with a name for it."""
        found = [(f"supplies.{name}", one) for name, one in self.supplies.items()]
        for step in self.steps:
            parts = (("required", step.required), ("shortfall", step.shortfall), ("in_post", step.in_post))
            found += [(f"{step.id}.{name}", one) for name, one in parts if one is not None]
        return [*found, *((one.id, one.published) for one in self.differences if one.published is not None)]


def load_bridge(dataset: DataSet) -> Bridge:
    """Published chain of a data set.

    Parameters
    ----------
    dataset : DataSet
        The data set; the file is in its folder.

    Raises
    ------
    DataError
        When it has none, or with everything that is wrong in it.

    Examples
    --------
    >>> from capacity_sim import data
    >>> [step.period for step in load_bridge(data.load("england_wales")).steps][:3]
    ['2024-04', '2026-27', '2026-27']
    """
    path = Path(dataset.folder) / FILE

    def absent() -> Fault:
        hint = f"write `{shown_path(path)}` in the form of that of `england_wales`"
        return Fault("no-bridge", f"the data set `{dataset.name}` has no published chain", hint=hint)

    def check(found: Bridge, tree: Tree, faults: list[Fault]) -> None:
        _check_names(found, tree, faults)
        _check_figures(found, dataset, tree, faults)

    return read_alone(path, absent, _read, check)


def _read(tree: Tree, faults: list[Fault]) -> Bridge | None:
    if lacks(tree, _PARTS, "a published chain", faults):
        return None
    check_keys(tree, _PARTS, "a key of a published chain", faults, f"the keys are {one_of(_PARTS)}")
    supplies = {
        str(key.scalar): checked(Published, one, "a published figure", faults)
        for key, one in tree.at(("supplies",)).entries
    }
    steps = [checked(Step, one, "a step", faults) for one in tree.at(("steps",)).items]
    differences = [checked(Difference, one, "a difference", faults) for one in tree.at(("differences",)).items]
    if faults:
        return None
    return Bridge(
        scope=" ".join(str(tree.at(("scope",)).scalar).split()),
        supplies={name: one for name, one in supplies.items() if one is not None},
        steps=tuple(one for one in steps if one is not None),
        differences=tuple(one for one in differences if one is not None),
    )


def _check_names(found: Bridge, tree: Tree, faults: list[Fault]) -> None:
    """Every name of a step or a supply must be there, once."""
    names = [step.id for step in found.steps] + [one.id for one in found.differences]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(tree.fault("duplicate-id", f"`{name}` is written twice"))
    for at, step in enumerate(found.steps):
        place = tree.at(("steps", at))
        if step.supply is not None and step.supply not in found.supplies:
            hint = did_you_mean(step.supply, found.supplies, f"there are {one_of(found.supplies)}")
            faults.append(place.at(("supply",)).fault("unknown-supply", f"`{step.supply}` is not a supply", hint))
    for at, one in enumerate(found.differences):
        for key, name in (("step", one.step), ("less", one.less)):
            if name not in found.by_id:
                place = tree.at(("differences", at, key))
                hint = did_you_mean(name, found.by_id, f"the steps are {one_of(found.by_id)}")
                faults.append(place.fault("unknown-step", f"`{name}` is not a step", hint))


def _check_figures(found: Bridge, dataset: DataSet, tree: Tree, faults: list[Fault]) -> None:
    """Sources that are cited must be known, and a figure must agree with the target it names."""
    targets = {target.id: target for target in dataset.targets}
    for name, figure in found.figures():
        check_citation(figure.source, dataset.sources, tree.file, None, faults)
        if figure.target is None:
            continue
        target = targets.get(figure.target)
        if target is None:
            hint = did_you_mean(figure.target, targets)
            faults.append(tree.fault("unknown-target", f"`{name}` names the target `{figure.target}`", hint))
        elif not _agree(figure, target):
            message = f"`{name}` differs from the target `{figure.target}` in its value, range or tolerance"
            faults.append(tree.fault("unlike-target", message, "make the two the same"))


def _agree(figure: Published, target: Any) -> bool:
    """Whether a figure says what a target says; a saving is below zero here and a plain number there."""
    sign = -1.0 if figure.value < 0 else 1.0
    ends = target.range and tuple(sorted(sign * end for end in target.range))
    same = [figure.value == sign * target.value, figure.range == ends]
    if ends is None:
        same += [figure.tolerance == target.tolerance, figure.tolerance_abs == target.tolerance_abs]
    return all(same)
