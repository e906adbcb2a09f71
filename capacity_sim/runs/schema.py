"""The columns of the monthly results, and the words in them that no dimension of the catalogue holds."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from capacity_sim.errors import Fault, UsageError, one_of

#: columns that say what a row is about, in order
KEYS = ("month", "region", "unit", "area", "grade", "basis", "measure", "type", "risk", "activity")
COLUMNS = ("draw", "rep", *KEYS, "value")
_TEXT = pa.dictionary(pa.int16(), pa.string())
SCHEMA = pa.schema(
    [
        ("draw", pa.int16()),
        ("rep", pa.int16()),
        *((key, _TEXT) for key in KEYS),
        ("value", pa.float64()),
    ]
)

#: place of the national teams and of the pool of other roles
NATIONAL = "National"
#: area of the pool of staff whose work is not modelled
OTHER_ROLES = "other_roles"
#: types of the rows of starts and ends; custody is also a state
ORDER, CUSTODY = "order", "custody"
#: what every file with rows of single units says of them
ILLUSTRATIVE = (
    "Rows of single delivery units are illustrative (quality red): they rest on an assumed split of "
    "published totals and regional figures."
)
#: measures that are kept by activity; their rows come after all others
WORK_MEASURES = ("work_due", "work_done", "work_on_time", "work_not_done", "hours_not_done", "work_paused")
#: outputs with a value for each grade
GRADED = frozenset(
    {
        "required_fte", "funded_fte", "in_post_fte", "available_fte", "shortfall_fte", "gap_fte", "workload_pct",
        "hours_available", "hours_due", "hours_delivered", "hours_short", "hours_lapsed", "backlog_hours", "hours_owed",
        "hours_taken_on", "time_given_pct", "caseload_per_officer", "cases_held", "officers_with_cases",
        *(f"officers_over_{n}" for n in (20, 30, 40, 50, 60, 70, 80)),
        *(f"officers_over_{n}_pct" for n in (40, 50, 60, 70)),
        "staff_joined", "staff_left", "staff_moved_in", "staff_moved_out", "trainees_not_taken", "short_service_fte",
        "mentoring_fte",
    }
)  # fmt: skip
#: outputs that are of no area of work
EVERYWHERE = frozenset(
    {
        "people_on_sentence", "people_supervised", "people_tagged", "months_without_contact", "starts", "releases",
        "recalls", "ends", "units_amber", "units_red", "red_spells_ended", "red_months_ended", "months_to_leave_red",
        "tags_ordered", "tags_fitted", "tags_waiting", "beds_needed", "beds_given", "beds_not_given", "beds_waiting",
        "beds_held", "staff_joined", "staff_left", "staff_moved_in", "staff_moved_out", "trainees_not_taken",
        "short_service_fte", "mentoring_fte",
    }
)  # fmt: skip
#: how the names of outputs start that have a value for each risk of serious harm, or for each type of sentence
_RISKED = (
    "people_", "months_without_contact", "work_", "hours_not_done", "requirements_", "started_in_time_pct",
    "completed_", "places_held", "attendances", "tags_", "beds_", "referrals",
)  # fmt: skip
_TYPED = ("people_", "months_without_contact", "starts", "ends")
_CASES, _UNPAID, _ORDERED = ("sentence_management",), ("unpaid_work",), ("unpaid_work", "accredited_programmes")
#: areas of outputs that are counted in some of them only, by how their names start
_ONLY_IN = {
    "caseload_per_officer": _CASES, "cases_held": _CASES, "officers_": _CASES, "officer_": _CASES,
    "sentences_ended": _CASES, "referrals": _CASES, "requirements_started_in_time": _UNPAID,
    "requirements_completed_in_time": _UNPAID, "requirements_decided": _UNPAID, "started_in_time_pct": _UNPAID,
    "completed_in_time_pct": _UNPAID, "requirements_": _ORDERED, "completed_pct": _ORDERED, "places_held": _ORDERED,
    "attendances": _ORDERED,
}  # fmt: skip


def has(measure: str, key: str) -> bool:
    """Whether an output has a value for each grade, risk, type, activity or area of work; any has for other columns.

    Examples
    --------
    >>> has("gap_fte", "grade"), has("gap_fte", "risk"), has("starts", "type"), has("starts", "area")
    (True, False, True, False)
    """
    known = {
        "grade": measure in GRADED,
        "risk": measure.startswith(_RISKED),
        "type": measure.startswith(_TYPED),
        "activity": measure.startswith(WORK_MEASURES),
        "area": areas_of(measure) != (),
    }
    return known.get(key, True)


def check_has(measure: str, keys: Iterable[str]) -> None:
    """Refuse columns by which an output is not told apart.

    Raises
    ------
    UsageError
        With every one.
    """
    lacking = [key for key in keys if not has(measure, key)]
    if lacking:
        hint = "`capacity-sim list outputs` has them all"
        raise UsageError([Fault(f"no-{key}", f"`{measure}` has no value for each {key}", hint=hint) for key in lacking])


def areas_of(measure: str) -> tuple[str, ...] | None:
    """Areas of work in which an output is counted: none, some, or any (None).

    Examples
    --------
    >>> areas_of("gap_fte"), areas_of("starts"), areas_of("cases_held")
    (None, (), ('sentence_management',))
    """
    if measure in EVERYWHERE:
        return ()
    return next((areas for start, areas in _ONLY_IN.items() if measure.startswith(start)), None)


def area_faults(measure: str, area: str, how: str) -> list[Fault]:
    """What is wrong with asking for an output in an area of work.

    Parameters
    ----------
    measure, area : str
        Output and area of the catalogue.
    how : str
        How another area is asked for, with `{}` in its place.
    """
    areas = areas_of(measure)
    if areas is None or area in areas:
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
    if area is None or (not typed and areas_of(measure) == ()):
        return None
    faults = area_faults(measure, area, "--area {}")
    if faults:
        raise UsageError(faults)
    return area
