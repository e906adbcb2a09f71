"""Scenarios as text and files, and changes typed at a command line."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue import load as load_catalogue
from capacity_sim.catalogue.checked import Record, checked
from capacity_sim.catalogue.strict_yaml import Tree, parse
from capacity_sim.errors import Fault, RunError, UsageError
from capacity_sim.scenario.model import Change, Origin, Scenario
from capacity_sim.scenario.resolve import cited
from capacity_sim.scenario.written import VERBS, Source, WrittenChange
from capacity_sim.series import Verb

#: source of changes typed at a command line
TYPED = Source(title="Typed at the command line with `--set`")
TYPED_ID = "command-line"

_OPTION = re.compile(r"(?P<path>[^=@\[\]\s]+)(\[(?P<where>[^\]]*)\])?=(?P<value>[^@]+)(@(?P<date>.+))?")
#: years from the data to the last day beyond which it is asked whether that was meant
_FAR = 15
_FORM = "write `path=value@date`, or `path[dimension=value]=value@date`"


def from_set_option(text: str, catalogue: Catalogue | None = None, verb: Verb = "set") -> Change:
    """Change of a `--set` option: `path=value@date` or `path[dimension=value,...]=value@date`.

    Parameters
    ----------
    text : str
        The option. Several values of a dimension are joined by `|`. A parameter that is fixed for the run
        takes no date.
    catalogue : Catalogue, optional
        Names to check against; the model's own by default.
    verb : {"set", "scale", "add"}
        What the value does.

    Raises
    ------
    UsageError
        With every fault of the option.

    Examples
    --------
    >>> change = from_set_option("staff.leaving.annual_rate[grade=PO]=0.09@2026-04-01")
    >>> change.id, change.verb, change.quantity.amounts, change.start.isoformat()
    ('set.staff.leaving.annual_rate.PO.2026-04-01', 'set', (0.09,), '2026-04-01')
    """
    catalogue = catalogue or load_catalogue()
    found = _OPTION.fullmatch(text.strip())
    if found is None:
        raise UsageError(Fault("bad-option", f"`--set {text}` cannot be read", hint=_FORM))
    if ":" in found["path"]:
        message = f"`{found['path']}` of `--set {text}` is a part of a scenario, and `--set` changes parameters"
        hint = "`capacity-sim new NAME --from SCENARIO` writes a file that adjusts it; `solve --lever` searches over it"
        raise UsageError(Fault("not-a-parameter", message, hint=hint))
    named = dict(part.partition("=")[::2] for part in (found["where"] or "").split(",") if part)
    where = {dim.strip(): [one.strip() for one in values.split("|")] for dim, values in named.items()}
    record: dict[str, Any] = {
        "id": ".".join([verb, found["path"], *(one for values in where.values() for one in values),
                        *filter(None, [found["date"]])]),
        "path": found["path"],
        verb: found["value"].strip(),
        "source": TYPED_ID,
        "basis": "assumed",
        "quality": "red",
        "impact": "red",
        "why": "Typed at the command line.",
    }  # fmt: skip
    if where:
        record["where"] = where
    if found["date"]:
        record["from"] = found["date"].strip()
    faults: list[Fault] = []
    tree = _plain_tree(record)
    written = checked(WrittenChange, tree, f"`--set {text}`", faults, {"catalogue": catalogue})
    if written is not None and catalogue.parameters[written.path].varies and written.from_ is None:
        faults.append(Fault("missing-from", f"`--set {text}` has no first day", hint=_FORM))
    if faults or written is None:
        raise UsageError([Fault(fault.code, fault.message, hint=fault.hint) for fault in faults])
    return Change(written, Origin("--set"))


def _plain_tree(record: Mapping[str, Any]) -> Tree:
    """Tree of plain values, read by the rules of files: so `2026-04-01` is a date and `0.5` a number."""
    lines = []
    for key, value in record.items():
        if isinstance(value, dict):
            inside = ", ".join(
                f"{_quoted(dim)}: [{', '.join(map(_quoted, one))}]" for dim, one in value.items()
            )
            lines.append(f"{key}: {{{inside}}}")
        else:
            lines.append(f"{key}: {value if key in (*VERBS, 'from') else _quoted(str(value))}")
    try:
        return parse("\n".join(lines), "--set", UsageError)
    except UsageError:
        raise UsageError(Fault("bad-option", "the option after `--set` cannot be read", hint=_FORM)) from None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def to_text(scenario: Scenario, flat: bool = True) -> str:
    """Scenario as the text of a file.

    Parameters
    ----------
    scenario : Scenario
        A resolved scenario.
    flat : bool
        With all that it inherits and without parents, so that the text stands alone; `trace` then says where
        each change was first written, and adjustments of whole parts are written out change by change. Otherwise
        only its own part, with `extends`.

    Returns
    -------
    str
        YAML that reads back to the same content.
    """
    changes = scenario.changes if flat else scenario.own_changes
    in_force = (change.adjusted for change in changes if change.adjusted is not None)
    adjusts = tuple(in_force) if flat else scenario.adjusts_written
    rolled = {change.rollout.of: change.rollout.written for change in changes if change.rollout is not None}
    citations = [change.source for change in changes] + [adjust.source for adjust in adjusts]
    citations += [rollout.source for rollout in rolled.values()]
    alone = bool(rolled) and all(change.rollout and change.rollout.of == scenario.name for change in changes)
    rollouts = {
        name: {**_dump(rollout), "changes": [one.id for one in changes if one.rollout and one.rollout.of == name]}
        for name, rollout in rolled.items()
    }
    needed = {name for citation in citations for name in cited(citation)}
    record: dict[str, Any] = {
        "name": scenario.name,
        "title": scenario.title,
        "extends": None if flat else list(scenario.extends) or None,
        "kind": scenario.kind,
        "status": scenario.status,
        "summary": scenario.summary,
        "question": scenario.question,
        "as_of": scenario.as_of,
        "review_by": scenario.review_by,
        # a flat text stands alone, so it names no other file
        "instead_of": None if flat else list(scenario.instead_of) or None,
        "data": scenario.data,
        "choices": dict(scenario.choices) or None,
        "sources": {name: _dump(source) for name, source in scenario.sources.items() if name in needed}
        or None,
        "rollout": _dump(rolled[scenario.name]) if alone else None,
        "changes": [_dump(change.written) for change in changes] or None,
        "adjust": [_dump(adjust) for adjust in adjusts] or None,
        "not_modelled": list(scenario.not_modelled) or None,
        "example": _dump(scenario.example) if scenario.example is not None else None,
        "rollouts": rollouts if rollouts and not alone else None,
        "trace": {one.id: scenario.trace.get(one.id, one.origin.place) for one in changes} or None
        if flat
        else None,
    }
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 10_000
    text = io.StringIO()
    yaml.dump({key: value for key, value in record.items() if value is not None}, text)
    return text.getvalue()


def _dump(record: Record) -> dict[str, Any]:
    """Record as a file writes it: only what was given, lists for tuples."""
    given = record.model_dump(by_alias=True, exclude_defaults=True)
    return {key: _listed(value) for key, value in given.items()}


def _listed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_listed(one) for one in value]
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return value


def save(scenario: Scenario, path: Path | str, flat: bool = True) -> Path:
    """Write a scenario to a file, whole or not at all.

    Parameters
    ----------
    scenario : Scenario
        A resolved scenario.
    path : path
        The file; it is replaced if it exists.
    flat : bool
        As in `to_text`.

    Raises
    ------
    RunError
        When the file cannot be written.
    """
    path = Path(path)
    text = to_text(scenario, flat)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", text=True)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as problem:
        reason = (problem.strerror or "the system refused").lower()
        hint = "check the folder and the space left"
        raise RunError(Fault("cannot-write", f"`{path}` cannot be written: {reason}", hint=hint)) from None
    return path


def review_notes(scenario: Scenario, today: dt.date, soon: int = 60) -> list[Fault]:
    """Warnings when the scenario is due for review within `soon` days of `today`, or overdue."""
    days = (scenario.review_by - today).days
    if days > soon:
        return []
    when = f"in {days} days" if days > 0 else "today" if days == 0 else f"{-days} days ago"
    message = f"`{scenario.name}` is due for review on {scenario.review_by}, {when}"
    code = "review-soon" if days >= 0 else "review-overdue"
    hint = "read its sources again and move `review_by`"
    return [Fault(code, message, scenario.file, hint=hint, severity="warning")]


def far_note(scenario: Scenario, start: dt.date) -> list[Fault]:
    """Return one warning when a run ends so long after its data that a slip of the pen is likely."""
    years = scenario.horizon.year - start.year
    if years <= _FAR:
        return []
    message = f"`{scenario.name}` runs to {scenario.horizon}, {years} years after its data: all stays as last written"
    hint = "if another year was meant, correct `--to` or the horizon"
    return [Fault("far-horizon", message, hint=hint, severity="warning")]


def horizon_notes(scenario: Scenario, end: dt.date) -> list[Fault]:
    """Return one warning when a run that ends on `end` is over before some changes start."""
    late = [change.id for change in scenario.changes if change.start is not None and change.start > end]
    if not late:
        return []
    names = ", ".join(f"`{name}`" for name in late)
    message = f"the run ends on {end}, before {names} of `{scenario.name}` can act"
    return [Fault("short-run", message, scenario.file, hint="give a later `--to`", severity="warning")]
