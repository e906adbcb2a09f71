"""Points of the workload tool by tier and case type, as dated data with their source, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

from pydantic import Field, PlainValidator

from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.catalogue import strict_yaml
from capacity_sim.catalogue.checked import Basis, FullDate, Name, Number, Quality, Record, Text, checked, one_word
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data import figures
from capacity_sim.data.alone import check_keys, lacks, read_alone
from capacity_sim.errors import Fault, Refused, UsageError, did_you_mean, one_of, shown_path

FILE = "wmt_points.yaml"
#: the data set whose points are used where none is named
SHIPPED = Path(__file__).parent / "england_wales"
LOCATIONS = ("community", "licence", "custody")
GRADES = ("PO", "PSO", "SPO")
BASES = ("original", "policy_adjusted", "staff_reported")
_PARTS = ("sets", "reductions", "mapping", "rebase")
#: most points that the tool's screens take
GREATEST = 9999.0


def _points(value: object) -> dict[str, float]:
    """Names with numbers from 0 to 9,999."""
    if not isinstance(value, Mapping) or not value:
        raise Refused((), "not-points", "points are a mapping of names to numbers", "write `{A3: 206, A2: 158}`")
    for name, number in value.items():
        if type(number) not in (int, float) or not 0 <= number <= GREATEST:
            hint = "write a number from 0 to 9999"
            raise Refused((name,), "bad-points", f"`{number}` of `{name}` is not a number of points", hint)
    return {str(name): float(number) for name, number in value.items()}


def _share(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        return float(value)
    raise Refused((), "bad-percent", f"`{value}` is not a percentage", "write a number from 0 to 100")


def _words(value: object) -> dict[str, str]:
    if isinstance(value, Mapping) and value and all(isinstance(one, str) for one in value.values()):
        return {str(name): str(one) for name, one in value.items()}
    raise Refused((), "not-names", "this is a mapping of names to names", "write `{low: D2}`")


Points = Annotated[dict[str, float], PlainValidator(_points)]
Percent = Annotated[float, PlainValidator(_share)]
Words = Annotated[dict[str, str], PlainValidator(_words)]


class Weights(Record):
    """Points of cases and reports, and the points and hours of a full-time week.

    Parameters
    ----------
    community, licence, custody : mapping of tier to float
        Points a week of a case, by its tier, where the person is.
    t2a : mapping of tier to float
        Points a week of a case in transition to adulthood, wherever the person is.
    suspended : float
        Points a week of a case whose contact is suspended (suffix S), in any tier.
    reports : mapping of str to float
        Points of a ``standard`` and of a ``fast`` court report.
    arms, parole : mapping of str to float, float
        Points of an ARMS assessment by location, and of a parole report.
    kept_percent : mapping of str to float
        Share of points kept of inactive T2A cases: ``warrants``, ``unpaid_work``, ``overdue``.
    nominal, hours : mapping of grade to float
        Points of a full-time week, and hours a week where none are recorded.

    Examples
    --------
    >>> weights = load_points().in_force(date(2024, 4, 1))
    >>> weights.case("B2", "licence"), weights.case("B2S", "licence"), weights.case(None, "licence")
    (132.0, 0.0, 0.0)
    """

    community: Points
    licence: Points
    custody: Points
    t2a: Points
    suspended: Number
    reports: Points
    arms: Points
    parole: Number
    kept_percent: Points
    nominal: Points
    hours: Points

    def case(self, tier: str | None, location: str, t2a: bool = False) -> float:
        """Points a week of one case; 0 without a tier and where the location is not known.

        Raises
        ------
        UsageError
            When the tier or the location is not a known name.
        """
        place = location_name(location)
        name = tier_name(tier, self.community)
        if name is None or place is None:
            return 0.0
        if name.endswith("S"):
            return self.suspended
        table = self.t2a if t2a else {"community": self.community, "licence": self.licence}.get(place, self.custody)
        return table[name]


def tier_name(tier: str | None, tiers: Iterable[str]) -> str | None:
    """Tier as the tables write it, with its suffix S; None for a case without one.

    Examples
    --------
    >>> tier_name(" b2s", ["B2"]), tier_name("UNTIERED", ["B2"])
    ('B2S', None)
    """
    known = tuple(tiers)
    if tier is None:
        return None
    if not isinstance(tier, str):
        _refuse("tier", tier, (*known, "untiered"))
    name = tier.strip().upper()
    if name == "UNTIERED":
        return None
    if name in known or (name.endswith("S") and name[:-1] in known):
        return name
    _refuse("tier", tier, (*known, "untiered"))


def location_name(location: str) -> str | None:
    """Location as the tables write it; None for ``unknown``, which carries no points.

    Examples
    --------
    >>> location_name("LICENSE"), location_name("UNKNOWN")
    ('licence', None)
    """
    name = str(location).strip().lower()
    name = "licence" if name == "license" else name
    if name == "unknown":
        return None
    if name in LOCATIONS:
        return name
    _refuse("location", location, (*LOCATIONS, "unknown"))


def _refuse(kind: str, name: object, known: tuple[str, ...]) -> NoReturn:
    hint = did_you_mean(str(name), known, f"use {one_of(known)}")
    raise UsageError(Fault(f"unknown-{kind}", f"`{name}` is not a {kind} of the workload tool", hint=hint))


class _Stated(Record):
    """What every part says of where it comes from."""

    source: Text
    as_of: FullDate
    basis: Basis
    quality: Quality
    why: Text


class PointSet(_Stated, Weights):
    """Points from a day onwards, with their source.

    Parameters
    ----------
    id, words : str
        Its name, and what it is.
    status : {"illustrative", "in_use"}
        Whether the service is known to use them.
    start : datetime.date
        First day on which they count here.
    replaced : datetime.date, optional
        Day from which the service itself used others.
    arms_and_parole_until : datetime.date
        Last day on which ARMS assessments and parole reports count.
    """

    id: Name
    words: Text
    status: Annotated[str, PlainValidator(one_word("status", "illustrative", "in_use"))]
    start: FullDate = Field(alias="from")
    replaced: FullDate | None = None
    arms_and_parole_until: FullDate


class Reason(Record):
    """Why hours are taken off: a share of contracted hours, or the most that may be entered, and for how long."""

    percent: Percent | None = None
    most_percent: Percent | None = None
    months: Number | None = None


class PersonTiers(_Stated):
    """Tier and location of a simulated person by risk and state, from the day `start` on: an assumption."""

    start: FullDate = Field(alias="from")
    tier: Words
    location: Words


class Rebase(_Stated):
    """Staff needed for the same work on each timing.

    Examples
    --------
    >>> rebase = load_points().rebase
    >>> [round(118 * rebase.factor(basis)) for basis in ("original", "policy_adjusted", "staff_reported")]
    [118, 179, 197]
    """

    original: Number
    policy_adjusted: Number
    staff_reported: Number

    def factor(self, basis: str) -> float:
        """Staff needed on a timing as a multiple of that on the original one."""
        if basis not in BASES:
            _refuse("timing", basis, BASES)
        return float(getattr(self, basis)) / self.original


class WorkloadPoints(Record):
    """Everything that the workload tool's view needs of data.

    Parameters
    ----------
    sets : tuple of PointSet
        Points, in the order of the days from which they count.
    reasons : mapping of str to Reason
        What the tool takes off contracted hours.
    stated : _Stated
        Source of the reasons.
    mapping : PersonTiers
        Tier and location of a simulated person.
    rebase : Rebase
        Staff needed on each timing.
    """

    sets: tuple[PointSet, ...]
    reasons: Mapping[str, Reason]
    stated: _Stated
    mapping: PersonTiers
    rebase: Rebase

    def in_force(self, on: date) -> PointSet:
        """Points that count on a day: those of the latest row that has begun.

        Raises
        ------
        UsageError
            When none has.

        Examples
        --------
        >>> load_points().in_force(date(2024, 4, 1)).id
        'seed-2021-illustrative'
        """
        begun = [one for one in self.sets if one.start <= on]
        if not begun:
            message = f"no points of the workload tool are held for {on.isoformat()}"
            hint = f"the first row counts from {self.sets[0].start.isoformat()}"
            raise UsageError(Fault("no-points", message, hint=hint))
        return begun[-1]


def load_points(folder: Path | str = SHIPPED) -> WorkloadPoints:
    """Points, reductions, mapping and re-basing of a data set, checked.

    Parameters
    ----------
    folder : path
        Folder of the data set; that of England and Wales by default.

    Raises
    ------
    DataError
        When it has no such file, or with everything that is wrong in it.

    Examples
    --------
    >>> [(one.id, one.status) for one in load_points().sets]
    [('seed-2021-illustrative', 'illustrative')]
    """
    path = Path(folder) / FILE

    def absent() -> Fault:
        hint = f"write `{shown_path(path)}` in the form of that of `england_wales`, or leave the folder out"
        return Fault("no-points-file", "the data set has no points of the workload tool", hint=hint)

    def check(found: WorkloadPoints, tree: Tree, faults: list[Fault]) -> None:
        _check(found, tree, faults)
        _check_citations(found, path, tree, faults)

    return read_alone(path, absent, _read, check)


def _read(tree: Tree, faults: list[Fault]) -> WorkloadPoints | None:
    if lacks(tree, _PARTS, f"`{FILE}`", faults):
        return None
    check_keys(tree, _PARTS, f"a part of `{FILE}`", faults, f"the keys are {one_of(_PARTS)}")
    sets = [checked(PointSet, one, "a row of points", faults) for one in tree.at(("sets",)).items]
    reasons = {
        str(key.scalar): checked(Reason, one, "a reason", faults)
        for key, one in tree.at(("reductions", "reasons")).entries
    }
    stated = checked(_Reasons, tree.at(("reductions",)), "the reductions", faults)
    mapping = checked(PersonTiers, tree.at(("mapping",)), "the mapping", faults)
    rebase = checked(Rebase, tree.at(("rebase",)), "the re-basing", faults)
    if faults or stated is None or mapping is None or rebase is None:
        return None
    rows = sorted((one for one in sets if one is not None), key=lambda one: one.start)
    if not rows:
        faults.append(tree.fault("no-points", "`sets` holds no row of points"))
        return None
    return WorkloadPoints(
        sets=tuple(rows),
        reasons={name: one for name, one in reasons.items() if one is not None},
        stated=stated,
        mapping=mapping,
        rebase=rebase,
    )


class _Reasons(_Stated):
    reasons: object


def _check(found: WorkloadPoints, tree: Tree, faults: list[Fault]) -> None:
    """Tables of one row hold the same tiers, and every name is known."""
    needed = {
        "reports": ("standard", "fast"),
        "arms": ("community", "licence"),
        "kept_percent": ("warrants", "unpaid_work", "overdue"),
        "nominal": GRADES,
        "hours": GRADES,
    }
    starts = [one.start for one in found.sets]
    if len(set(starts)) < len(starts):
        faults.append(tree.at(("sets",)).fault("two-rows", "two rows of points begin on the same day"))
    for at, row in enumerate(tree.at(("sets",)).items):
        tiers = set(row.at(("community",)).plain())
        for name in ("licence", "custody", "t2a"):
            other = set(row.at((name,)).plain())
            for tier in sorted(tiers ^ other):
                faults.append(row.at((name,)).fault("unlike-tiers", f"`{tier}` is not in every table of row {at + 1}"))
        for name, keys in needed.items():
            if set(row.at((name,)).plain()) != set(keys):
                faults.append(row.at((name,)).fault("wrong-keys", f"`{name}` holds {one_of(keys)}, each once"))
    catalogue = load_catalogue()
    for part, dim in (("tier", "risk"), ("location", "state")):
        place, values = tree.at(("mapping", part)), catalogue.dimensions[dim]
        if set(place.plain()) != set(values):
            faults.append(place.fault("wrong-keys", f"`{part}` holds {one_of(values)}, each once"))
        for name in place.plain().values():
            if part == "location" and name not in LOCATIONS:
                faults.append(place.fault("unknown-location", f"`{name}` is not {one_of(LOCATIONS)}"))
            if part == "tier" and any(name not in one.community for one in found.sets):
                faults.append(place.fault("unknown-tier", f"`{name}` is not a tier of every row"))
    for basis in BASES:
        if getattr(found.rebase, basis) <= 0:
            faults.append(tree.at(("rebase", basis)).fault("bad-number", f"`{basis}` is above 0"))


def _check_citations(found: WorkloadPoints, path: Path, tree: Tree, faults: list[Fault]) -> None:
    """Sources that are cited must be in the sources beside the file."""
    beside = path.parent / "sources.yaml"
    if not beside.is_file():
        return
    known = figures.sources(strict_yaml.read(beside), faults)
    for one in (*found.sets, found.stated, found.mapping, found.rebase):
        figures.check_citation(one.source, known, tree.file, None, faults)
