"""Where a plan fails, as sentences in the units of the parameters, with coverage and density."""

from __future__ import annotations

import math

import numpy as np

from capacity_sim.analysis.boxes import Box, Discovery, Side
from capacity_sim.analysis.spread import HIGH, LOW
from capacity_sim.catalogue import load
from capacity_sim.show.amounts import plain
from capacity_sim.show.sheet import Report, Sheet, Value, interval, number, to_step
from capacity_sim.show.solved import measure_name, step_of, subject


def side_words(side: Side) -> str:
    """An input of a box as a sentence has it.

    Examples
    --------
    >>> side_words(Side("ofps-assessment-tool:slip", "rollout.slip_months", "slip_months", "", 4.1, None, (0.4, 1)))
    '`ofps-assessment-tool` slips by more than 4.1 months'
    >>> side_words(Side("ofps.assessment", "work.timing.factor", "scale", "factor", 0.9, None, (0.9, 1)))
    '`ofps.assessment` takes less than 10% off'
    >>> side_words(Side("staff.trainee.dropout", "staff.trainee.dropout", "set", "share", None, 0.15, (0, 0.2)))
    '`staff.trainee.dropout` is at most 0.15 share'
    """
    part = side.id.rpartition(":")[0]
    if side.verb == "slip_months":
        return f"`{part}` slips by {_between(side, ' months')}"
    if side.verb == "months":
        return f"`{part}` is rolled out over {_between(side, ' months')}"
    if side.verb == "strength":
        return f"`{part}` comes at a strength of {_between(side, '')}"
    if side.verb == "scale" and max(side.low or 0.0, side.high or 0.0) <= 1:
        off = Side(
            side.id, side.path, "", "",
            None if side.high is None else 100 * (1 - side.high), None if side.low is None else 100 * (1 - side.low),
            side.quantiles,
        )  # fmt: skip
        return f"`{side.id}` takes {_between(off, '%', less='less than')} off"
    if side.verb == "scale":
        return f"`{side.id}` multiplies by {_between(side, '')}"
    if side.verb == "add":
        return f"`{side.id}` adds {_between(side, _unit(side))}"
    return f"`{side.id}` is {_between(side, _unit(side))}"


def _unit(side: Side) -> str:
    return f" {side.unit}" if side.unit else ""


def _between(side: Side, unit: str, less: str = "at most") -> str:
    """Ends of a side in words."""
    low = None if side.low is None else _short(side.low)
    high = None if side.high is None else _short(side.high)
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    return f"more than {low}{unit}" if low is not None else f"{less} {high}{unit}"


def _short(value: float) -> str:
    return plain(float(f"{value:.2g}") if abs(value) < 100 else round(value))


def box_sentence(box: Box, failures: float) -> str:
    """A box as a sentence, with its coverage and density.

    Parameters
    ----------
    box : Box
        The box.
    failures : float
        Share of all readings that fail.
    """
    when = " and ".join(side_words(side) for side in box.sides)
    said = (
        f"If {when}, it fails in {box.density:.0%} of the readings (density), against {failures:.0%} in all; "
        f"{box.coverage:.0%} of all failures are there (coverage), in {box.share:.0%} of the readings."
    )
    if box.checked is not None and box.checked.inside:
        known = not math.isnan(box.checked.coverage)
        coverage = f"coverage {box.checked.coverage:.0%}" if known else "none fails, so the coverage is not known"
        elsewhere = f", and {_ranged(box.checked.elsewhere)} of {box.checked.outside} elsewhere"
        said += (
            f" Run anew: {_ranged(box.checked.density)} of {box.checked.inside} fresh readings there fail"
            f"{elsewhere if box.checked.outside else ''}: {coverage}."
        )
        if not box.checked.holds:
            said += " Not borne out: no more than chance would give, so more `--draws` and `--check` are needed."
    return said


def _ranged(share: tuple[float, float, float]) -> str:
    """A share with its interval, or a dash where no reading was made.

    Examples
    --------
    >>> _ranged((0.3, 0.14, 0.51)), _ranged((float("nan"), 0.0, 1.0))
    ('30% (14% to 51%)', '-')
    """
    return "-" if math.isnan(share[0]) else f"{share[0]:.0%} ({share[1]:.0%} to {share[2]:.0%})"


def _fails(found: Discovery) -> Sheet:
    """How often it fails in each region and elsewhere, run anew, and how much of all failures that is."""
    rows = tuple(
        (
            str(place), f"{box.density:.0%}", f"{box.coverage:.0%}", _ranged(box.checked.density),
            _ranged(box.checked.elsewhere),
            "-" if math.isnan(box.checked.coverage) else f"{box.checked.coverage:.0%}",
        )
        for place, box in enumerate(found.boxes, 1)
        if box.checked is not None
    )  # fmt: skip
    columns = ("region", "density", "coverage", "density, run anew", "elsewhere, run anew", "coverage, run anew")
    return Sheet(columns, rows)


def discovered_report(found: Discovery) -> Report:
    """Sentences and a table of where a plan fails.

    Parameters
    ----------
    found : Discovery
        The answer.
    """
    fails = found.fails
    step = step_of(fails.measure, found.needed, [float(np.median(found.values))])
    low, middle, high = (float(value) for value in np.quantile(found.values, (LOW, 0.5, HIGH)))
    name, unit = measure_name(fails.measure), load().outputs[fails.measure].unit
    sign = "or more" if fails.sign == ">=" else "or less"
    lead = [
        f"`{found.scenario}` fails where the {name} is {plain(fails.level)} {unit} {sign}: in {found.failures:.0%} of "
        f"{found.draws:,} readings of {found.inputs} ranges. Over all of them: {number(middle, step)} "
        f"({interval(low, high, step)})."
    ]
    if found.failures in (0.0, 1.0):
        never = "never" if found.failures == 0 else "always"
        hint = f"try a level between {number(low, step)} and {number(high, step)}."
        lead.append(f"It {never} fails, so no region can be told apart; {hint}")
    elif not found.boxes:
        lead.append("No region stands out: it fails about as often everywhere.")
    lead += [box_sentence(box, found.failures) for box in found.boxes]
    rows = tuple(
        (
            str(place + 1), side_words(side), f"{side.quantiles[0]:.2f} to {side.quantiles[1]:.2f}",
            side.path,
        )
        for place, box in enumerate(found.boxes)
        for side in box.sides
    )  # fmt: skip
    tables = (Sheet(("region", "where", "of its range", "parameter"), rows, words=4), _fails(found))
    sheets = tuple(one for one in tables if one.rows)
    anew = "Run anew: the share of the fresh readings that fail, with its exact 90% interval."
    notes = [
        "All readings share the same lives, so that they differ by their assumptions; fresh readings have lives of "
        "their own. Ranges are independent where no group is stated. Regions come from a tree of at most six leaves.",
        *([anew] if len(sheets) == len(tables) else []),
        f"Range: 10th to 90th percentile. No emulator: every reading is a run of the model. {found.source}.",
    ]
    title = f"Where the plan fails: {subject(fails, found.place, found.basis)}"
    return Report(title, tuple(lead), sheets, tuple(notes), _records(found, step))


def _records(found: Discovery, step: float) -> tuple[dict[str, Value], ...]:
    blank: dict[str, Value] = dict.fromkeys(
        ("row", "region", "of", "where", "low", "high", "quantile_low", "quantile_high", "coverage", "density", "share",
         "fresh_density", "fresh_low", "fresh_high", "elsewhere", "elsewhere_low", "elsewhere_high", "fresh_coverage",
         "value")
    )  # fmt: skip
    rows: list[dict[str, Value]] = [
        {
            **blank, "row": "all", "density": round(found.failures, 4),
            "value": to_step(float(np.median(found.values)), step),
        }
    ]  # fmt: skip
    for place, box in enumerate(found.boxes, 1):
        fresh = box.checked
        density = (None,) * 3 if fresh is None else tuple(_known(one) for one in fresh.density)
        elsewhere = (None,) * 3 if fresh is None else tuple(_known(one) for one in fresh.elsewhere)
        rows.append(
            {
                **blank, "row": "region", "region": place, "coverage": round(box.coverage, 4),
                "density": round(box.density, 4), "share": round(box.share, 4), "fresh_density": density[0],
                "fresh_low": density[1], "fresh_high": density[2],
                "elsewhere": elsewhere[0], "elsewhere_low": elsewhere[1], "elsewhere_high": elsewhere[2],
                "fresh_coverage": None if fresh is None else _known(fresh.coverage),
            }
        )  # fmt: skip
        rows += [
            {
                **blank, "row": "side", "region": place, "of": side.id, "where": side_words(side), "low": side.low,
                "high": side.high, "quantile_low": round(side.quantiles[0], 4),
                "quantile_high": round(side.quantiles[1], 4),
            }
            for side in box.sides
        ]  # fmt: skip
    return tuple(rows)


def _known(share: float) -> float | None:
    """A share for a file; nothing where it is not known."""
    return None if math.isnan(share) else round(share, 4)
