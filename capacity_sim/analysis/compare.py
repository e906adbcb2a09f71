"""Paired differences between finished runs that differ in their scenario alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from capacity_sim.analysis.spread import RangeKind, range_kind, range_words, spread
from capacity_sim.analysis.variance import Pairing, pairing
from capacity_sim.catalogue import OutputSpec, load
from capacity_sim.errors import Fault, NotComparableError, UsageError, did_you_mean, one_of
from capacity_sim.runs import store
from capacity_sim.runs.asked import check_has
from capacity_sim.runs.design import as_typed
from capacity_sim.runs.store import RunFolder, Where
from capacity_sim.runs.totals import months_of, replications, summarise

_LEVEL, _DIFFERENCE = "level", "difference"
#: what a line of unlike readings starts with, and how many are named
_READS, _MOST_NAMED = "readings of", 5
#: a measure that has rows in every month of every replication
NEVER_ZERO = "in_post_fte"
_HOW = {
    "seed": "--seed",
    "draws": "--draws",
    "reps": "--reps",
    "region": "--region",
    "timing basis": "--timing-basis",
    "design": "--design",
}


#: traits in which runs on two data sets differ
_OF_DATA = ("data", "data content")


@dataclass(frozen=True)
class Comparison:
    """Levels of a measure in several runs, and their paired differences from the first.

    Parameters
    ----------
    measure : OutputSpec
        What is compared.
    frame : pandas.DataFrame
        Columns scenario, row (``level`` or ``difference``), those of `by`, month, central, low, high. A
        difference is the run less the first one, taken draw by draw and replication by replication before its
        middle is.
    by : tuple of str
        Columns that were kept besides the month.
    months : tuple of str
        Months, in the order asked.
    basis : str or None
        Timing basis, where the measure has one.
    where : mapping
        What the rows were limited to.
    kind : RangeKind
        Where the ranges come from.
    words : str
        The same in a sentence.
    folders : tuple of RunFolder
        The runs, the first being what the others are held against.
    pairs : tuple of Pairing
        What pairing takes out of the variance of each difference, over all cells in the last month.
    """

    measure: OutputSpec
    frame: pd.DataFrame
    by: tuple[str, ...]
    months: tuple[str, ...]
    basis: str | None
    where: Where
    kind: RangeKind
    words: str
    folders: tuple[RunFolder, ...]
    pairs: tuple[Pairing, ...] = ()


def compare(
    folders: Sequence[RunFolder],
    measure: str = "gap_fte",
    months: Sequence[str] | None = None,
    *,
    by: Sequence[str] = (),
    where: Where | None = None,
    basis: str | None = None,
    across_data: bool = False,
) -> Comparison:
    """Compare runs with the first of them.

    Parameters
    ----------
    folders : sequence of RunFolder
        Two or more finished runs.
    measure : str
        Output to compare.
    months : sequence of str, optional
        Months as ``2029-03``; every March of the horizon by default.
    by : sequence of str
        Columns to keep, such as ``grade``.
    where : mapping, optional
        Column and the value or values to keep.
    basis : str, optional
        Timing basis; that of the runs by default.
    across_data : bool
        Whether they may differ in their data, too: a difference is then also that of the data.

    Raises
    ------
    NotComparableError
        When the runs differ in more than their scenario.
    UsageError
        For fewer than two runs, an unknown measure or month, or a column by which the measure is not told apart.
    """
    if len(folders) < 2:
        raise UsageError(
            Fault("one-run", "a comparison needs two runs", hint="name a second scenario or run folder")
        )
    check_alike(folders, _OF_DATA if across_data else ())
    spec = output(measure)
    check_has(measure, by)
    base = folders[0]
    chosen = tuple(months) if months else marches(base.months)
    basis = basis or base.timing_basis
    parts = [name for name in (spec.name, spec.numerator, spec.denominator) if name is not None]
    keys = [*by, "month"]
    tables = [_rows(folder, parts, where, "unit" in by, chosen) for folder in folders]
    totals = [summarise(table, measure, keys, chosen, where=where, basis=basis) for table in tables]
    last = [summarise(table, measure, (), chosen[-1], where=where, basis=basis) for table in tables]
    found = [pairing(folder.name, last[0], one) for folder, one in zip(folders[1:], last[1:], strict=True)]
    frames = []
    for folder, total in zip(folders, totals, strict=True):
        frames.append(_named(spread(total, keys), folder, _LEVEL))
        if folder is not base:
            frames.append(_named(spread(paired(totals[0], total, keys), keys), folder, _DIFFERENCE))
    frame = pd.concat(frames, ignore_index=True)[["scenario", "row", *keys, "central", "low", "high"]]
    stated = spec.name in ("required_fte", "shortfall_fte", "gap_fte", "hours_due", "workload_pct")
    return Comparison(
        spec,
        frame,
        tuple(by),
        chosen,
        basis if stated else None,
        dict(where or {}),
        range_kind(base),
        range_words(base),
        tuple(folders),
        tuple(pair for pair in found if pair is not None),
    )


def _rows(
    folder: RunFolder, parts: Sequence[str], where: Where | None, units: bool, months: Sequence[str]
) -> pd.DataFrame:
    """Rows of a measure; where zeros were left out, rows of staff show which replications and months there are."""
    table = folder.table(parts, {**(where or {}), "month": list(months)}, units=units)
    whole = len(replications(table)) == folder.draws * folder.reps and set(months) <= set(months_of(table))
    return table if whole else folder.table([*parts, NEVER_ZERO], units=units)


def staffed_rows(
    folder: RunFolder, measures: Sequence[str], where: Where, months: Sequence[str] | None = None
) -> pd.DataFrame:
    """Rows of some outputs, and all those of staff in post: they show which replications and months there are.

    Parameters
    ----------
    folder : RunFolder
        The run.
    measures : sequence of str
        Outputs.
    where : mapping
        Column and the value or values of their rows; those of staff in post are read whatever they have.
    months : sequence of str, optional
        Months; all of them by default.
    """
    at: Where = {} if months is None else {"month": list(months)}
    others = [one for one in measures if one != NEVER_ZERO]
    return store.framed([*folder.parts(others, {**where, **at}), *folder.parts([NEVER_ZERO], at)])


def output(measure: str) -> OutputSpec:
    """Specification of an output, or a `UsageError` that names the nearest."""
    outputs = load().outputs
    if measure not in outputs:
        raise UsageError(
            Fault(
                "unknown-output",
                f"no output is called `{measure}`",
                hint=did_you_mean(measure, outputs, f"outputs are {one_of(outputs, most=40)}"),
            )
        )
    return outputs[measure]


def marches(months: Sequence[str]) -> tuple[str, ...]:
    """Every March of the horizon, or its last month when it holds none.

    Examples
    --------
    >>> marches(["2025-02", "2025-03", "2025-04"])
    ('2025-03',)
    """
    return tuple(month for month in months if month.endswith("-03")) or tuple(months[-1:])


def paired(first: pd.DataFrame, other: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Difference of two totals, matched by draw, replication and the columns of `by`; a missing cell is zero.

    Raises
    ------
    ValueError
        When the two do not have the same draws and replications.
    """
    lines = ["draw", "rep"]
    there = [
        one[lines].drop_duplicates().sort_values(lines).reset_index(drop=True) for one in (first, other) if len(one)
    ]  # a total without a cell is zero in every replication
    if len(there) > 1 and not there[0].equals(there[1]):
        message = "the totals do not have the same draws and replications, so they cannot be paired"
        raise ValueError(message)
    keys = [*lines, *by]
    both = first.merge(other, on=keys, how="outer", suffixes=("_first", "_other"))
    filled = both[["value_first", "value_other"]].fillna(0.0)
    return both[keys].assign(value=filled["value_other"] - filled["value_first"])


def check_alike(folders: Sequence[RunFolder], apart_from: Sequence[str] = ()) -> None:
    """Refuse runs that differ in more than their scenario, and in what is named.

    Raises
    ------
    NotComparableError
        With a small table of everything in which they differ.
    """
    traits = [_traits(folder) for folder in folders]
    unlike = [name for name in traits[0] if name not in apart_from and len({trait[name] for trait in traits}) > 1]
    if not unlike:
        traits = _unlike_readings(folders)
        unlike = list(traits[0])
    if not unlike:
        return
    names = _labels(folders)
    words = (
        " and ".join(f"`{name}`" for name in names) if len(names) < 3 else ", ".join(f"`{n}`" for n in names)
    )
    lines = [["", *names], *([name, *(trait[name] for trait in traits)] for name in unlike)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names) + 1)]
    table = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    message = f"{words} differ in more than their scenario\n\n{table}\n"
    raise NotComparableError(Fault("not-comparable", message, hint=_remedy(folders, traits, unlike)))


def _remedy(folders: Sequence[RunFolder], traits: Sequence[Mapping[str, str]], unlike: Sequence[str]) -> str:
    names = " ".join(dict.fromkeys(folder.name for folder in folders))
    if any(name.startswith(_READS) for name in unlike):
        if "dimensions" in folders[0].question:
            return f"`capacity-sim compare {names} --design sobol` lays their inputs out together"
        return "give the range the same `group` and `correlation` in both, or another id"
    blocks = next((trait for trait in traits if " in blocks" in trait["design"]), None)
    if blocks is not None and set(unlike) <= {"draws", "design"}:
        how = f"--draws {blocks['draws']} --design {as_typed(blocks['design'])}"
        return f"`capacity-sim compare {names} {how}` makes them alike"
    options = [
        f"{_HOW[name]} {_typed(name, traits[0][name])}"
        for name in unlike
        if name in _HOW and not (name == "region" and folders[0].region is None)
    ]
    return f"`capacity-sim run {' '.join([names, *options])}` makes them alike"


def _typed(name: str, value: str) -> str:
    """Value of a trait as it is typed."""
    return as_typed(value) or value if name == "design" else value


def _traits(folder: RunFolder) -> dict[str, str]:
    question: Mapping[str, Any] = folder.question
    data, versions, horizon = question["data"], question["versions"], question["horizon"]
    return {
        "seed": str(question["seed"]),
        "draws": str(question["draws"]),
        "design": _design(question),
        "reps": str(question["reps"]),
        "horizon": f"{horizon['start']} to {horizon['end']}",
        "data": str(data["name"]),
        "data content": str(data["hash"])[:8],
        "version": str(versions["capacity_sim"]),
        "model version": str(versions["model"]),
        "region": str(question["region"] or "all"),
        "timing basis": str(question["timing_basis"]),
    }


def _design(question: Mapping[str, Any]) -> str:
    """How readings are laid out; one draw at central values is like any design."""
    design = str(question.get("design", "lhs"))
    return "lhs" if design == "central" else design


def _unlike_readings(folders: Sequence[RunFolder]) -> list[dict[str, str]]:
    """Inputs that all runs have and read differently, with what may be the reason; empty where there are none."""
    inputs = [folder.manifest.get("uncertain_inputs", {}) for folder in folders]
    shared = sorted(set(inputs[0]).intersection(*inputs[1:]))
    unlike = [name for name in shared if len({tuple(mine[name]["quantiles"]) for mine in inputs}) > 1]
    found: list[dict[str, str]] = [{} for _ in folders]
    for name in unlike[:_MOST_NAMED]:
        for said, mine, folder in zip(found, inputs, folders, strict=True):
            of = len(folder.question.get("dimensions", ()))
            group = f"group {mine[name]['group']}, {mine[name]['correlation']:g}" if mine[name].get("group") else ""
            said[f"{_READS} {name}"] = group or (f"of {of} Sobol dimensions" if of else "no group")
    return found


def _labels(folders: Sequence[RunFolder]) -> list[str]:
    """Scenario names, or the folders' where two runs are of one scenario."""
    names = [folder.name for folder in folders]
    return names if len(set(names)) == len(names) else [folder.path.name for folder in folders]


def _named(frame: pd.DataFrame, folder: RunFolder, row: str) -> pd.DataFrame:
    return frame.assign(scenario=folder.name, row=row)
