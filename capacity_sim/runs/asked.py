"""What may be asked of an output: by which columns it is told apart, and in which areas of work it is counted."""

from __future__ import annotations

from collections.abc import Iterable

from capacity_sim.catalogue import OutputSpec, load
from capacity_sim.catalogue.names import TOLD_BY
from capacity_sim.errors import Fault, UsageError, one_of


def has(measure: str, key: str) -> bool:
    """Whether the rows of an output are told apart by a column of the results.

    Examples
    --------
    >>> has("gap_fte", "grade"), has("gap_fte", "risk"), has("starts", "type"), has("starts", "area")
    (True, False, True, False)
    """
    return key not in TOLD_BY or key in _spec(measure).by


def check_has(measure: str, keys: Iterable[str]) -> None:
    """Refuse columns by which an output is not told apart.

    Raises
    ------
    UsageError
        With every one.
    """
    lacking = [key for key in keys if not has(measure, key)]
    if lacking:
        hint = "`capacity-sim list outputs` says which each has"
        raise UsageError([Fault(f"no-{key}", f"`{measure}` has no value for each {key}", hint=hint) for key in lacking])


def area_faults(measure: str, area: str, how: str) -> list[Fault]:
    """What is wrong with asking for an output in an area of work.

    Parameters
    ----------
    measure, area : str
        Output and area of the catalogue.
    how : str
        How another area is asked for, with `{}` in its place.
    """
    areas = _spec(measure).areas
    if area in areas:
        return []
    if not areas:
        return [Fault("no-area", f"`{measure}` has no area of work", hint=f"leave `{how.format('').strip()}` out")]
    message = f"`{measure}` is not counted in `{area}`, but in {one_of(areas).replace(' or ', ' and ')}"
    return [Fault("not-in-area", message, hint=f"give {one_of([how.format(one) for one in areas])}")]


def area_asked(measure: str, area: str | None, typed: bool) -> str | None:
    """Area that rows of an output are limited to; None for all of them, or where it has none.

    Parameters
    ----------
    measure : str
        Output of the catalogue.
    area : str or None
        What was asked for; None for all.
    typed : bool
        Whether somebody asked, or it is what stands when nobody does.

    Raises
    ------
    UsageError
        When it is not counted there; an output of no area may be asked for with an area that nobody typed.
    """
    if area is None or (not typed and not has(measure, "area")):
        return None
    faults = area_faults(measure, area, "--area {}")
    if faults:
        raise UsageError(faults)
    return area


def _spec(measure: str) -> OutputSpec:
    return load().outputs[measure]
