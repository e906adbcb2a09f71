"""The commands `show`, `why`, `params` and `assumptions`: what is written, without running it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from capacity_sim.cli import options as typed
from capacity_sim.errors import Fault, UsageError, did_you_mean, one_of

if TYPE_CHECKING:
    from capacity_sim.catalogue import Catalogue
    from capacity_sim.scenario import Scenario
    from capacity_sim.show.assumed import Dates
    from capacity_sim.show.sheet import Report

#: cells that a table of `why` shows
MOST_CELLS = 40


def scenario(name: str, data: str | None = None) -> tuple[Scenario, list[Fault]]:
    """Scenario of a name, a file or a run folder, and the notes and warnings that stop nothing."""
    from capacity_sim import scenario as scenarios

    found = scenarios.load(_of_run(name) or name, load_data=typed.data_of(data))
    return replace(found, data=data or found.data), list(found.notes)


def _of_run(name: str) -> Path | None:
    """File of the scenario that a run folder holds, as it was run; None for what is no run folder."""
    from capacity_sim.runs.store import MANIFEST, SCENARIO

    folders = (folder for folder in (Path(name), Path("runs") / name) if (folder / MANIFEST).is_file())
    return next((folder / SCENARIO for folder in folders), None)


def flat_text(found: Scenario) -> str:
    """One file that stands alone."""
    from capacity_sim.scenario import to_text

    return to_text(found)


def shown(found: Scenario) -> Report:
    """Table of a resolved scenario."""
    from capacity_sim.show.resolved import resolved_report

    return resolved_report(found)


def chain(name: str, path: str | None, on: date | None, where: str | None, data: str | None) -> Report:
    """Chain of values behind one number, or a table of the cells that fit."""
    from capacity_sim.calendars import Calendar
    from capacity_sim.catalogue import load
    from capacity_sim.parameters import Parameters
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.chain import chain_report

    known = load()
    found, _ = scenario(name, data)
    asked = _path(path, found, known)
    cells = _cells(asked, where, known)
    dataset = load_data(found.data)
    calendar = Calendar(dataset.start, found.horizon)
    parameters = Parameters(known, dataset.values, found.changes, calendar)
    return chain_report(parameters, found.name, asked, on or found.horizon, cells)


def _path(path: str | None, found: Scenario, known: Catalogue) -> str:
    """Name of a parameter; what else is typed in its place has a hint of its own."""
    if path in known.parameters:
        return str(path)
    changed = sorted({change.path for change in found.changes})
    if path is None:
        hint = f"it changes {one_of(changed, most=40)}" if changed else "`capacity-sim params` lists the names"
        raise UsageError(Fault("which-path", "which parameter of the scenario is meant?", hint=hint))
    if path in known.outputs:
        versus = found.extends[0] if found.extends else "baseline"
        hint = (
            f"`capacity-sim compare {versus} {found.name} --output {path} --by change` says what each change adds"
        )
        raise UsageError(Fault("output-not-input", f"`{path}` is an output, not a parameter", hint=hint))
    of_change = next((change.path for change in found.changes if change.id == path), None)
    if of_change is not None:
        raise UsageError(Fault("change-not-input", f"`{path}` is a change", hint=f"it acts on `{of_change}`"))
    nearest = did_you_mean(path, known.parameters, "`capacity-sim params` lists the names")
    raise UsageError(Fault("unknown-path", f"no parameter is called `{path}`", hint=nearest))


def _cells(path: str, where: str | None, known: Catalogue) -> list[Mapping[str, str]]:
    """Cells that `--where` names; several values of a dimension are joined by `|`."""
    named: dict[str, tuple[str, ...]] = {}
    for part in (where or "").split(",") if where else ():
        dim, sign, values = part.partition("=")
        if not (sign and dim.strip() and values.strip()):
            hint = "write `--where dimension=value,...`, such as `--where grade=PO`"
            raise UsageError(Fault("bad-where", f"`--where {where}` cannot be read", hint=hint))
        named[dim.strip()] = tuple(one.strip() for one in values.split("|"))
    faults = known.where_faults(path, named)
    if faults:
        raise UsageError(faults)
    dims = known.parameters[path].dims
    values_of = {dim: named.get(dim, known.dimensions[dim]) for dim in dims}
    number = math.prod(len(values) for values in values_of.values())
    if number > MOST_CELLS:
        free = [dim for dim in dims if dim not in named]
        hint = "; ".join(f"`{dim}` has {one_of(known.dimensions[dim])}" for dim in free or dims)
        message = f"`{path}` has {number} values here, by {', '.join(f'`{dim}`' for dim in dims)}"
        raise UsageError(Fault("which-cell", f"{message}: name fewer with `--where`", hint=hint))
    return [dict(zip(dims, place, strict=True)) for place in itertools.product(*values_of.values())]


def catalogue(text: str | None, data: str | None) -> Report:
    """Table of the parameters that begin with a text or have it in their words, with values if data are named."""
    from capacity_sim.api.naming import catalogue

    return catalogue(text, data)


def log(name: str, changes: bool, keep: Sequence[str], data: str | None) -> Report:
    """Log of the assumptions of a scenario."""
    from capacity_sim.catalogue import load
    from capacity_sim.runs.replication import load_data
    from capacity_sim.show.assumed import log_report

    found, _ = scenario(name, data)
    values = () if changes else load_data(found.data).values
    units = {spec.path: spec.unit for spec in load().parameters.values()}
    return log_report(found, values, units, _dates(found), keep)


def _dates(found: Scenario) -> Callable[[str | None], Dates]:
    """Dates of the file in which something is written; for values of the data, of the scenario that names them."""
    from capacity_sim.catalogue.strict_yaml import Tree, read
    from capacity_sim.errors import ScenarioError
    from capacity_sim.scenario import find
    from capacity_sim.show.assumed import Dates

    @cache
    def tree(file: Path) -> Tree:
        return read(file, ScenarioError)

    def names_the_data(file: Path) -> Path | None:
        if tree(file).get("data") is not None:
            return file
        extends = tree(file).get("extends")
        parents = (find(str(item.scalar), (file.parent,)) for item in (extends.items if extends else ()))
        return next((one for parent in parents if (one := names_the_data(parent)) is not None), None)

    @cache
    def dates(file: str | None) -> Dates:
        path = Path(file) if file is not None else names_the_data(Path(found.file)) if found.file else None
        if path is None:
            return Dates(None, found.review_by)
        as_of, review_by = (tree(path).get(key) for key in ("as_of", "review_by"))
        due = review_by.scalar if review_by else None
        return Dates(str(as_of.scalar) if as_of else None, due if isinstance(due, date) else None)

    return dates


def markdown(report: Report) -> str:
    """Report as Markdown."""
    from capacity_sim.show.assumed import to_markdown

    return to_markdown(report)
