"""What is known without a run: parameters with their values, and the chain behind one number."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from capacity_sim.api.scenarios import Scenario, day, load_scenario
from capacity_sim.api.shown import Shown
from capacity_sim.calendars import Calendar
from capacity_sim.catalogue import Catalogue, label, load
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of
from capacity_sim.parameters import Parameters
from capacity_sim.runs.replication import load_data
from capacity_sim.show.assumed import catalogue_report
from capacity_sim.show.chain import chain_report
from capacity_sim.show.sheet import Report

_MOST_CELLS = 40


def catalogue(text: str | None, data: str | None) -> Report:
    """Table of the parameters that begin with a text or have it in their words, with values if data are named."""
    parameters = load().parameters
    chosen = [spec for spec in parameters.values() if text is None or spec.path.startswith(text)]
    if not chosen and text is not None:
        word = text.lower()
        chosen = [spec for spec in parameters.values() if word in spec.path or word in spec.words.lower()]
    if not chosen and text is not None:
        rooms = sorted({spec.path.partition(".")[0] for spec in parameters.values()})
        hint = did_you_mean(text, [*parameters, *rooms], f"names begin with {one_of(rooms)}")
        raise UsageError(Fault("unknown-path", f"no parameter has `{text}` in its name or words", hint=hint))
    return catalogue_report(chosen) if data is None else catalogue_report(chosen, load_data(data).values)


def params(text: str | None = None, *, values: bool = False, data: str = "england_wales") -> pd.DataFrame:
    """Parameters of the model: name, unit, dimensions, limits and meaning; or their values with sources.

    Parameters
    ----------
    text : str, optional
        Start of a name, or a word of its description; all of them by default.
    values : bool
        Whether to give the values of a data set, one a row.
    data : str
        Name or folder of that data set.

    Returns
    -------
    pandas.DataFrame
        Columns path, unit, by, lowest, highest, whole, varies, words; with values path, where, value, unit, from, low,
        high, source, as_of, basis, quality, why, place.

    Raises
    ------
    UsageError
        When no parameter fits.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.params("staff.leaving")[["path", "unit"]]
                              path          unit
    0    staff.leaving.annual_rate  share a year
    1  staff.leaving.tenure_factor         ratio
    """
    return pd.DataFrame(list(catalogue(text, data if values else None).records))


def why(
    scenario: str | Path | Scenario,
    path: str,
    on: str | dt.date | None = None,
    *,
    data: str | None = None,
    **where: str | Sequence[str],
) -> Shown:
    """Why a parameter has its value on a day: the baseline and every change that acts, with source and reason.

    Parameters
    ----------
    scenario : str, path or Scenario
        Name or file of a scenario, or one made in code.
    path : str
        The parameter; `params` has the names.
    on : str or datetime.date, optional
        The day, as ``2027-06-01``; the last day of the scenario by default.
    data : str, optional
        Data set; that of the scenario by default.
    **where : str or sequence of str
        Cells of the parameter, such as ``grade="PO"``; all of them by default, at most 40.

    Raises
    ------
    ScenarioError
        When the scenario has faults.
    UsageError
        When a name is unknown, or more than 40 cells fit.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.why("reset", "supervision.suspend.adoption", on="2027-06-01").frame[["id", "value"]]
                                   id  value
    0    supervision.suspend.adoption    0.0
    1                  reset.adoption    1.0
    """
    known = load()
    found = load_scenario(scenario).resolved
    if data is not None:
        found = replace(found, data=data)
    if path not in known.parameters:
        raise UsageError(_unknown(path, known, {change.id: change.path for change in found.changes}))
    dataset = load_data(found.data)
    parameters = Parameters(known, dataset.values, found.changes, Calendar(dataset.start, found.horizon))
    named = {dim: (values,) if isinstance(values, str) else tuple(values) for dim, values in where.items()}
    moment = found.horizon if on is None else day(on, "on")
    cells = _cells(path, named, known)
    report = chain_report(parameters, found.name, path, moment, cells)
    one = f"{label(path, cells[0])} in `{found.name}` on {moment}: {report.title}" if len(cells) == 1 else ""
    return Shown(report, about=one)


def _unknown(path: str, known: Catalogue, changes: Mapping[str, str]) -> Fault:
    if path in known.outputs:
        hint = "`compare(...).by_change(...)` says what each change adds to an output"
        return Fault("output-not-input", f"`{path}` is an output, not a parameter", hint=hint)
    if path in changes:
        return Fault("change-not-input", f"`{path}` is a change", hint=f"it acts on `{changes[path]}`")
    hint = did_you_mean(path, known.parameters, "`params()` lists the names") or ""
    return Fault("unknown-path", f"no parameter is called `{path}`", hint=hint)


def _cells(path: str, named: Mapping[str, tuple[str, ...]], known: Catalogue) -> list[Mapping[str, str]]:
    faults = known.where_faults(path, named)
    if faults:
        raise UsageError(faults)
    dims = known.parameters[path].dims
    values = {dim: named.get(dim, known.dimensions[dim]) for dim in dims}
    number = math.prod(len(one) for one in values.values())
    if number > _MOST_CELLS:
        free = [dim for dim in dims if dim not in named] or list(dims)
        hint = "; ".join(f"`{dim}` has {one_of(known.dimensions[dim])}" for dim in free)
        message = f"`{path}` has {number} values here, by {', '.join(f'`{dim}`' for dim in dims)}: name fewer"
        raise UsageError(Fault("which-cell", message, hint=hint))
    return [dict(zip(dims, place, strict=True)) for place in itertools.product(*values.values())]
