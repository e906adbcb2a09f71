"""Parts of workload-tool cases: an input whose keys are counted off, weight sets, reports, reductions, small forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from capacity_sim.analysis import wmt_hours as hours
from capacity_sim.analysis import wmt_rules as rule
from capacity_sim.data.wmt_points import Weights
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of

#: a flag of inactive cases by every name that files use
FLAGS = {
    "warrants": "warrants",
    "unpaid_work": "unpaid_work",
    "unpaid_work_only": "unpaid_work",
    "overdue": "overdue",
    "overdue_termination": "overdue",
    "overdue_terminations": "overdue",
}


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise a `DataError` with one fault."""
    raise DataError(Fault(code, message, hint=hint))


@dataclass
class Given:
    """An input, with the keys that were read of it."""

    values: Mapping[str, Any]
    what: str
    read: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __getitem__(self, key: str) -> Any:
        if key not in self.values:
            refuse("missing-key", f"{self.what} lacks `{key}`", f"it has {one_of(self.values)}")
        self.read.add(key)
        return self.values[key]

    def get(self, key: str, otherwise: Any = None) -> Any:
        self.read.add(key)
        return self.values.get(key, otherwise)

    def part(self, key: str) -> Given:
        """A mapping inside; its own keys have to be read by themselves."""
        value = self[key]
        if not isinstance(value, Mapping):
            refuse("not-a-mapping", f"`{key}` of {self.what} is not a mapping")
        return Given(value, f"`{key}` of {self.what}")

    def listed(self, key: str) -> list[Given]:
        value = self[key]
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            refuse("not-a-list", f"`{key}` of {self.what} is not a list of mappings")
        return [Given(one, f"`{key}[{at}]` of {self.what}") for at, one in enumerate(value)]

    def done(self) -> None:
        """Refuse keys that nobody read."""
        left = sorted(set(self.values) - self.read - {"note"})
        if left:
            hint = did_you_mean(left[0], self.read)
            refuse("unknown-key", f"{self.what} has {one_of(left)}, which its kind does not know", hint)


def weights_of(held: Mapping[str, Any]) -> Weights:
    """Weights as a case file writes them."""
    given = Given(held, "the weight set")
    nominal, kept = dict(given["nominal_points"]), flags(given["kept_percent"], "`kept_percent` of the weight set")
    arms, parole = given.part("arms"), given.part("parom")
    return Weights(
        community=given["community"],
        licence=given["licence"],
        custody=given["custody"],
        t2a=given["t2a_all_locations"],
        suspended=0.0,
        reports={"standard": given["sdr"], "fast": given["sdr_conversion"]},
        arms={"community": arms["community"], "licence": arms["licence"]},
        parole=float(parole["points"]),
        kept_percent=kept,
        nominal={"SPO": nominal["PO"]} | nominal,
        hours=given["default_hours"],
    )


def flags(written: Mapping[str, float], what: str) -> dict[str, float]:
    """Numbers by flag, under the package's own names."""
    unknown = sorted(set(written) - set(FLAGS))
    if unknown:
        refuse("unknown-flag", f"{what} has {one_of(unknown)}", did_you_mean(unknown[0], FLAGS))
    return {FLAGS[key]: number for key, number in written.items()}


def counted(given: Given, *, whole: bool = True) -> float:
    """Points of a number of reports, or of several such inside; none where they are not enabled."""
    if "count" not in given:
        found = sum(counted(given.part(key)) for key in given.values)
    else:
        each = given["points_each"] if "points_each" in given else given["points"]
        found = rule.report_points([(given["count"], each)])
        found = found if given.get("enabled", True) else 0.0
    if whole:
        given.done()
    return found


def paired(given: Given) -> dict[str, float]:
    """Points of what is written as a number and its points side by side, or as a mapping of the two.

    >>> paired(Given({"community_count": 1, "community_points": 5, "licence": {"count": 2, "points": 4}}, "x"))
    {'licence': 8.0, 'community': 5.0}
    """
    found = {key: counted(given.part(key)) for key, value in given.values.items() if isinstance(value, Mapping)}
    for key in [key for key in given.values if key.endswith("_points") and key not in given.read]:
        kind = key.removesuffix("_points")
        numbers = [name for name in given.values if re.fullmatch(rf"{kind}(s|_\w+)?", name) and name != key]
        if len(numbers) != 1:
            refuse("missing-key", f"{given.what} has `{key}` without a number of them")
        found[kind] = rule.report_points([(given[numbers[0]], given[key])])
    return found


def reduction(one: Given, given: Given) -> tuple[float, str | None, bool]:
    """Hours, status and whether the reason is enabled; without a status it follows from days, else it is active."""
    enabled = bool(one.get("enabled", one.get("reason_enabled", True)))
    number = hours.offered_hours(given["contracted_hours"], one["percent"]) if "percent" in one else one["hours"]
    status = one.get("status", "ACTIVE")
    if "status" not in one.values and "start" in one:
        start, end = (date.fromisoformat(day) if day else None for day in (one["start"], one.get("end")))
        status = hours.Reduction(number, start, end).status(date.fromisoformat(given["on"]))
    found = number, status, enabled
    one.get("reason")
    one.done()
    return found


def linear(form: str, letter: str, at: int) -> int:
    """Value of a form such as `j-1`, `2j` or `7` for a place in the order.

    >>> [linear(form, "j", 3) for form in ("j", "j-1", "2j + 1", "7")]
    [3, 2, 7, 7]
    """
    found = re.fullmatch(rf"\s*(\d+)?\s*\*?\s*({letter})?\s*(?:([+-])\s*(\d+))?\s*", form)
    if found is None or (found[1] is None and found[2] is None):
        refuse("bad-layout", f"`{form}` is not a number of cases in terms of `{letter}`")
    value = int(found[1] or 1) * (at if found[2] else 1)
    return value + int((found[3] or "+") + (found[4] or "0"))
