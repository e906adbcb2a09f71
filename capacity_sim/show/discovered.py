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
        density, low, high = box.checked.density
        known = not math.isnan(box.checked.coverage)
        coverage = f"coverage {box.checked.coverage:.0%}" if known else "none fails, so the coverage is not known"
        said += (
            f" Run anew: {density:.0%} ({low:.0%} to {high:.0%}) of {box.checked.inside} fresh readings there fail, "
            f"and {box.checked.failed_outside / max(1, box.checked.outside):.0%} of {box.checked.outside} elsewhere: "
            f"{coverage}."
        )
        if not box.checked.holds:
            said += " Not borne out: no more than chance would give, so more `--draws` and `--check` are needed."
    return said


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
    sheets = (Sheet(("region", "where", "of its range", "parameter"), rows, words=4),) if rows else ()
    notes = [
        "All readings share the same lives, so that they differ by their assumptions; fresh readings have lives of "
        "their own. Ranges are independent where no group is stated. Regions come from a tree of at most six leaves.",
        f"Range: 10th to 90th percentile. No emulator: every reading is a run of the model. {found.source}.",
    ]
    title = f"Where the plan fails: {subject(fails, found.place, found.basis)}"
    return Report(title, tuple(lead), sheets, tuple(notes), _records(found, step))


def _records(found: Discovery, step: float) -> tuple[dict[str, Value], ...]:
    blank: dict[str, Value] = dict.fromkeys(
        ("row", "region", "of", "where", "low", "high", "quantile_low", "quantile_high", "coverage", "density", "share",
         "fresh_density", "fresh_low", "fresh_high", "fresh_coverage", "value")
    )  # fmt: skip
    rows: list[dict[str, Value]] = [
        {
            **blank, "row": "all", "density": round(found.failures, 4),
            "value": to_step(float(np.median(found.values)), step),
        }
    ]  # fmt: skip
    for place, box in enumerate(found.boxes, 1):
        fresh = box.checked
        density = (None,) * 3 if fresh is None else tuple(round(one, 4) for one in fresh.density)
        rows.append(
            {
                **blank, "row": "region", "region": place, "coverage": round(box.coverage, 4),
                "density": round(box.density, 4), "share": round(box.share, 4), "fresh_density": density[0],
                "fresh_low": density[1], "fresh_high": density[2],
                "fresh_coverage": None if fresh is None else round(fresh.coverage, 4),
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
