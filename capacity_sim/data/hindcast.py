"""What a run of the past is: its scenarios, the published figures beside which it is shown, and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import PlainValidator

from capacity_sim.catalogue.checked import Name, Record, Switch, Text, checked
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.alone import check_keys, lacks, read_alone
from capacity_sim.data.dataset import DataSet
from capacity_sim.data.targets import Target
from capacity_sim.errors import Fault, Refused, did_you_mean, one_of, shown_path

FILE = "hindcast.yaml"
_PARTS = ("scenarios", "series", "figure8", "forward")
_MUST = ("scenarios", "series")


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return tuple(dict.fromkeys(value))
    raise Refused((), "not-a-list", "`rows` is a list of ids of `targets.yaml`", "write `rows: [po_in_post_2025_03]`")


Names = Annotated[tuple[str, ...], PlainValidator(_names)]


class Scenarios(Record):
    """The two runs: with what was known at the start, and with what is known now."""

    ex_ante: Name
    ex_post: Name


class Series(Record):
    """Published figures of one thing at several dates.

    Parameters
    ----------
    id, words : str
        Its name, and what it is.
    rows : tuple of str
        Ids of the targets, in the order of their dates.
    start : str, optional
        Id of the published figure that a forecast of no change keeps.
    chart : bool
        Whether it has a panel of the chart.
    why : str, optional
        What a reader must know of its rows.
    """

    id: Name
    words: Text
    rows: Names
    start: Name | None = None
    chart: Switch = False
    why: Text | None = None


class Forward(Record):
    """The view forward: a scenario of another data set, what is read from it, and the target it is held against."""

    data: Text
    scenario: Name
    measure: Name
    target: Name


class Hindcast(Record):
    """A run of the past.

    Parameters
    ----------
    scenarios : Scenarios
    series : tuple of Series
    figure8 : str, optional
        Id of the series that the method of Figure 8 is a benchmark of.
    forward : Forward, optional
    """

    scenarios: Scenarios
    series: tuple[Series, ...]
    figure8: str | None = None
    forward: Forward | None = None


def load_hindcast(dataset: DataSet) -> Hindcast:
    """Run of the past of a data set.

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
    >>> load_hindcast(data.load("england_wales_2021")).scenarios.ex_ante
    'hindcast-ex-ante'
    """
    path = Path(dataset.folder) / FILE

    def absent() -> Fault:
        hint = f"give `--data england_wales_2021`, or write `{shown_path(path)}` in the form of the file there"
        message = f"the data set `{dataset.name}`, which starts on {dataset.start}, has no run of the past"
        return Fault("no-hindcast", message, hint=hint)

    return read_alone(path, absent, _read, lambda found, tree, faults: _check(found, dataset, tree, faults))


def _read(tree: Tree, faults: list[Fault]) -> Hindcast | None:
    if lacks(tree, _MUST, "a run of the past", faults):
        return None
    check_keys(tree, _PARTS, "a key of a run of the past", faults, f"the keys are {one_of(_PARTS)}")
    scenarios = checked(Scenarios, tree.at(("scenarios",)), "the scenarios", faults)
    series = [checked(Series, one, "a series", faults) for one in tree.at(("series",)).items]
    ahead = tree.get("forward")
    forward = checked(Forward, ahead, "the view forward", faults) if ahead is not None else None
    if faults or scenarios is None:
        return None
    named = tree.get("figure8")
    return Hindcast(
        scenarios=scenarios,
        series=tuple(one for one in series if one is not None),
        figure8=None if named is None else str(named.scalar),
        forward=forward,
    )


def _check(found: Hindcast, dataset: DataSet, tree: Tree, faults: list[Fault]) -> None:
    """Names of series and rows must be known, and a row must say what it is held against."""
    targets = {target.id: target for target in dataset.targets}
    ids = [one.id for one in found.series]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        faults.append(tree.fault("duplicate-id", f"the series `{name}` is written twice"))
    if found.figure8 is not None and found.figure8 not in ids:
        hint = did_you_mean(found.figure8, ids, f"the series are {one_of(ids)}")
        faults.append(tree.at(("figure8",)).fault("unknown-series", f"`{found.figure8}` is not a series", hint))
    for at, series in enumerate(found.series):
        for place, name in enumerate(series.rows):
            _row(name, targets, tree.at(("series", at, "rows", place)), faults)
        if series.start is not None:
            _known(series.start, targets, tree.at(("series", at, "start")), faults)


def _row(name: str, targets: Mapping[str, Target], place: Tree, faults: list[Fault]) -> None:
    target = _known(name, targets, place, faults)
    if target is not None and (target.held is None or target.held.value is None):
        hint = "say it under `held` of the row, in `targets.yaml`"
        faults.append(place.fault("not-held", f"`{name}` says no output that it is held against", hint))


def _known(name: str, targets: Mapping[str, Target], place: Tree, faults: list[Fault]) -> Target | None:
    target = targets.get(name)
    if target is None:
        faults.append(place.fault("unknown-target", f"`{name}` is not a target", did_you_mean(name, targets)))
    elif target.value is None:
        faults.append(place.fault("no-value", f"`{name}` has no published value", "take it out"))
        return None
    return target
