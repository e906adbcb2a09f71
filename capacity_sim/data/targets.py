"""Published figures that results are held against: what they are, what they may be used for, what gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from capacity_sim.catalogue import Catalogue, strict_yaml
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.alone import check_keys
from capacity_sim.data.figures import number
from capacity_sim.data.holding import Held, Reader
from capacity_sim.errors import DataError, Fault, did_you_mean, one_of

KINDS = ("fit", "identity", "input", "check", "range", "report")
_KEYS = ("id", "description", "value", "unit", "date", "kind", "source")
_MORE = ("tolerance", "tolerance_abs", "range", "held", "explain")
#: what a file may say at its top besides its targets
_TOP = ("version", "targets")


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure that results are held against, and what it may be used for.

    Parameters
    ----------
    id, description, unit, date, source : str
        What it is; `date` is a day, a month, a span or a financial year, as text.
    value : float or None
        The figure; None when it is only to be shown.
    kind : {"fit", "identity", "input", "check", "range", "report"}
        What it may be used for; only a check is evidence.
    tolerance, tolerance_abs : float, optional
        How far a result may be away, as a share or in the unit.
    range : tuple, optional
        Ends between which any result is acceptable; None for an open end.
    held : Held, optional
        What gives it; None where the file does not say.
    explain : str
        Why it is missed, where it is.
    """

    id: str
    description: str
    value: float | None
    unit: str
    date: str
    kind: str
    source: str
    tolerance: float | None = None
    tolerance_abs: float | None = None
    range: tuple[float | None, float | None] | None = None
    held: Held | None = None
    explain: str = ""
    file: str = ""
    line: int = 0


def targets(tree: Tree, faults: list[Fault], catalogue: Catalogue) -> tuple[Target, ...]:
    """Targets of a targets file; what is wrong goes to `faults`."""
    listed = tree.get("targets") if tree.kind == "map" else None
    if listed is None or listed.kind != "list":
        faults.append(tree.fault("missing-key", "`targets` is a list of published figures"))
        return ()
    check_keys(tree, _TOP, "a part of a file of targets", faults)
    reader = Reader(catalogue, faults)
    found: dict[str, Target] = {}
    for item in listed.items:
        target = _target(item, reader)
        if target is not None:
            if target.id in found:
                faults.append(item.at(("id",)).fault("duplicate-id", f"target `{target.id}` is written twice"))
            found[target.id] = target
    return tuple(found.values())


def read_targets(path: Path, catalogue: Catalogue, known: tuple[Target, ...] = ()) -> tuple[Target, ...]:
    """Targets of a file of one's own; a row without `held` takes what the known row of its id says.

    Raises
    ------
    DataError
        With every fault of the file.
    """
    faults: list[Fault] = []
    found = targets(strict_yaml.read(path), faults, catalogue)
    if faults:
        raise DataError(faults)
    shipped = {target.id: target for target in known}
    return tuple(
        replace(one, held=shipped[one.id].held, explain=one.explain or shipped[one.id].explain)
        if one.held is None and one.id in shipped
        else one
        for one in found
    )


def _target(item: Tree, reader: Reader) -> Target | None:
    faults = reader.faults
    plain = item.plain() if item.kind == "map" else {}
    missing = [key for key in _KEYS if key not in plain and not (key == "value" and plain.get("kind") == "report")]
    unknown = [key for key, _ in item.entries if key.scalar not in _KEYS + _MORE]
    if missing:
        faults.append(item.fault("missing-key", f"a target lacks {one_of(missing)}"))
    for key in unknown:
        hint = did_you_mean(str(key.scalar), _KEYS + _MORE)
        faults.append(key.fault("unknown-key", f"`{key.scalar}` is not a key of a target", hint))
    if missing or unknown:
        return None
    name, value = str(plain["id"]), None
    if plain["kind"] not in KINDS:
        hint = did_you_mean(str(plain["kind"]), KINDS, f"use {one_of(KINDS)}")
        faults.append(item.at(("kind",)).fault("unknown-value", f"`{plain['kind']}` is not a kind", hint))
    if plain.get("value") is not None or plain["kind"] != "report":
        value = number(item.at(("value",)), f"`value` of target `{name}`", faults)
    near = {
        key: number(item.at((key,)), f"`{key}` of target `{name}`", faults, least=0.0)
        for key in ("tolerance", "tolerance_abs")
        if key in plain
    }
    held = item.get("held")
    explain = plain.get("explain")
    return Target(
        name,
        str(plain["description"]),
        value,
        str(plain["unit"]),
        str(plain["date"]),
        str(plain["kind"]),
        str(plain["source"]),
        near.get("tolerance"),
        near.get("tolerance_abs"),
        _range(item, name, faults) if plain.get("range") is not None else None,
        reader.held(held, str(plain["date"])) if held is not None else None,
        "" if explain is None else " ".join(str(explain).split()),
        item.file,
        item.line,
    )


def _range(item: Tree, name: str, faults: list[Fault]) -> tuple[float | None, float | None] | None:
    ends = item.at(("range",))
    plain: Any = ends.plain()
    good = isinstance(plain, list) and len(plain) == 2 and plain != [None, None]
    good = good and all(one is None or (isinstance(one, int | float) and one is not True) for one in plain)
    if not good or (None not in plain and plain[0] > plain[1]):
        hint = "the lower first; `null` leaves an end open"
        faults.append(ends.fault("bad-range", f"`range` of target `{name}` is `[low, high]`", hint))
        return None
    low, high = (None if one is None else float(one) for one in plain)
    return low, high
