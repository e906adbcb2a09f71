"""Why a parameter has its value: the chain of one cell, or a table of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from capacity_sim.catalogue import label
from capacity_sim.parameters import Parameters, Step
from capacity_sim.show import amounts
from capacity_sim.show.sheet import Report, Sheet, Value

_COLUMNS = ("", "GIVES", "BY", "HOW", "RANGE", "SINCE", "SOURCE", "QUALITY", "WRITTEN IN")


def chain_report(
    parameters: Parameters, scenario: str, path: str, on: date, cells: Sequence[Mapping[str, str]]
) -> Report:
    """Chain of values behind one cell, or each cell's value with what acts on it.

    Parameters
    ----------
    parameters : Parameters
        The parameters of a scenario.
    scenario : str
        Its name.
    path : str
        The parameter.
    on : datetime.date
        The day.
    cells : sequence of mapping
        A value for each dimension of the parameter, cell by cell.
    """
    chains = [(where, parameters.why(path, on, **where)) for where in cells]
    records = tuple(
        _record(scenario, path, on, where, number, step)
        for where, steps in chains
        for number, step in enumerate(steps)
    )
    spec = parameters.catalogue.parameters[path]
    when = f"on {on} in `{scenario}`" if spec.varies else f"for the whole run in `{scenario}`"
    if len(chains) == 1:
        where, steps = chains[0]
        rows = tuple(_row(step) for step in steps)
        return Report(
            f"{amounts.plain(steps[-1].value)} {spec.unit}",
            (f"{label(path, where)} {when}. {spec.words}",),
            (Sheet(_COLUMNS, rows, words=len(_COLUMNS), placed=True),),
            tuple(f"{step.id}: {step.why}" for step in steps),
            records,
        )
    columns = (*spec.dims, "value", "baseline", "changed by")
    rows = tuple(
        (
            *where.values(),
            amounts.plain(steps[-1].value),
            amounts.plain(steps[0].value),
            ", ".join(step.id for step in steps[1:]) or "-",
        )
        for where, steps in chains
    )
    return Report(
        f"{path} {when} ({spec.unit})",
        (spec.words,),
        (Sheet(tuple(column.upper() for column in columns), rows, words=len(columns)),),
        ("Name one cell with `--where` to see the chain behind it.",),
        records,
    )


def _row(step: Step) -> tuple[str, ...]:
    low, high = step.range or (None, None)
    return (
        amounts.does(step.op, step.amount),
        amounts.plain(step.value),
        "baseline" if step.op == "baseline" else step.id,
        _force(step),
        amounts.ends(low, high),
        amounts.day(step.since),
        step.source,
        step.quality,
        amounts.place(step.file, step.line),
    )


def _force(step: Step) -> str:
    """Share of the full effect, with its ends over the ranges of the rollout."""
    if step.forces is not None:
        return f"at {amounts.plain(step.force)} of full ({amounts.ends(*step.forces)})"
    return "" if step.force == 1 else f"at {amounts.plain(step.force)} of full"


def _record(
    scenario: str, path: str, on: date, where: Mapping[str, str], number: int, step: Step
) -> dict[str, Value]:
    low, high = step.range or (None, None)
    return {
        "scenario": scenario,
        "path": path,
        "where": amounts.cells(where),
        "on": on.isoformat(),
        "step": number,
        "op": step.op,
        "id": step.id,
        "amount": step.amount,
        "force": step.force,
        "force_low": step.forces[0] if step.forces else None,
        "force_high": step.forces[1] if step.forces else None,
        "value": step.value,
        "low": low,
        "high": high,
        "since": amounts.day(step.since) or None,
        "source": step.source,
        "basis": step.basis,
        "quality": step.quality,
        "why": step.why,
        "place": amounts.place(step.file, step.line) or None,
    }
