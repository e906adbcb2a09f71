"""Scenarios in code: loaded from a file, changed step by step, saved as a file that reads back the same."""

from __future__ import annotations

import datetime as dt
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from capacity_sim import scenario as scenarios
from capacity_sim.api.shown import Shown
from capacity_sim.errors import Fault, ScenarioError, UsageError, shown_path
from capacity_sim.runs.replication import load_data, rests_on
from capacity_sim.show import charts
from capacity_sim.show.piped import pipeline_report
from capacity_sim.show.resolved import resolved_report

_SOURCE = "in-code"
_IN_CODE = {"title": "Set in Python with capacity_sim"}
_VERBS = ("set", "scale", "add")
_NO_STEM = re.compile(r"[^\w.-]")
_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, repr=False)
class Scenario:
    """A scenario that can be run, looked at, changed and saved.

    Parameters
    ----------
    resolved : capacity_sim.scenario.Scenario
        What it comes to, with all that it inherits.
    record : mapping
        What was written in code; empty for one that is as its file says.
    search : tuple of Path
        Folders in which its parents are found first.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> mine = cs.load_scenario("reset").change("staff.trainee.starts_per_year", scale=0.5, since="2026-09-01")
    >>> mine
    <Scenario reset-changed: Probation Reset, changed; ... changes in force>
    >>> mine.changes.query("written_by == 'reset-changed'")[["verb", "value"]].to_dict("records")
    [{'verb': 'scale', 'value': 0.5}]
    """

    resolved: scenarios.Scenario
    record: Mapping[str, Any] = field(default_factory=dict)
    search: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """Name."""
        return self.resolved.name

    @property
    def title(self) -> str:
        """Title."""
        return self.resolved.title

    @property
    def changes(self) -> pd.DataFrame:
        """Every change in force, one amount a row, with source and reason."""
        return pd.DataFrame(list(resolved_report(self.resolved).records)).drop(columns="scenario", errors="ignore")

    @property
    def text(self) -> str:
        """Text of its file: what it writes itself, and the parents that it builds on."""
        return scenarios.to_text(self.resolved, flat=False)

    def cohorts(self, by: str = "2027-04", *, data: str | None = None) -> Shown:
        """Trainee cohorts one by one in expected numbers: who starts, qualifies and when each helps; nothing is run.

        Parameters
        ----------
        by : str
            Month by which officers are wanted, as ``2027-04``.
        data : str, optional
            Name or folder of a data set; that of the scenario by default.

        Raises
        ------
        UsageError
            When `by` is not a month.
        """
        from capacity_sim.analysis.pipeline import expected

        try:
            wanted = dt.date.fromisoformat(f"{by}-01")
        except ValueError:
            raise UsageError(Fault("bad-month", f"`by={by}` is not a month", hint="write it as 2027-04")) from None
        dataset = load_data(data or self.resolved.data)
        found = expected(self.resolved, dataset, wanted)
        source = rests_on(dataset)
        drawn = partial(charts.cohorts_chart, found, self.name, dataset.title, source)
        return Shown(pipeline_report(found, self.name, dataset, show=True), drawn)

    def child(self, name: str, title: str | None = None, *, summary: str | None = None) -> Scenario:
        """Scenario that builds on this one and changes nothing yet.

        Parameters
        ----------
        name : str
            Its name: small letters, digits and hyphens.
        title, summary : str, optional
            What it is.

        Raises
        ------
        UsageError
            When this one was made in code and is not saved, so that no file could name it as a parent.
        ScenarioError
            When the name is none.
        """
        if self.record:
            message = f"`{self.name}` was made in code and has no file that a child could name"
            raise UsageError(Fault("unsaved-parent", message, hint="`save` it and load it again, or go on changing it"))
        found = self.resolved
        record: dict[str, Any] = {
            "name": name,
            "title": title or f"{found.title}, changed",
            "extends": [found.name],
            "kind": "stress",
            "status": "hypothetical",
            "summary": summary or f"Built on `{found.name}` in Python.",
            "review_by": found.review_by,
        }
        search = (Path(found.file).parent,) if found.file else ()
        return Scenario(found, record, search)._with()

    def change(
        self,
        path: str,
        *,
        set: float | Mapping[str, float] | None = None,
        scale: float | None = None,
        add: float | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        since: str | dt.date | None = None,
        to: str | dt.date | None = None,
        phase_in_months: float | None = None,
        range: Sequence[float] | None = None,
        why: str = "Tried in code; no reason was given.",
        source: str | None = None,
        basis: str = "assumed",
        quality: str = "red",
        impact: str = "red",
        id: str | None = None,
    ) -> Scenario:
        """Scenario with one more dated change; this one stays as it is.

        Parameters
        ----------
        path : str
            The parameter; `params` has the names, units and limits.
        set, scale, add : float
            What the change does: one of the three. `set` also takes dated values, each of which holds until the next.
        where : mapping, optional
            Cells, such as ``{"grade": "PO"}``; all of them by default.
        since, to : str or datetime.date, optional
            First and last day, as ``2026-04-01``.
        phase_in_months : float, optional
            Months from nothing to the full effect.
        range : pair of float, optional
            Ends of what the amount may be; draws then read it.
        why, source, basis, quality, impact : str
            Reason, where it comes from, and how good it is.
        id : str, optional
            Its name; made from the parameter by default.

        Raises
        ------
        ScenarioError
            With every fault, as `capacity-sim check` says it of a file.
        UsageError
            When a date cannot be read.
        """
        base = self if self.record else self.child(f"{self.name}-changed")
        already = list(base.record.get("changes", ()))
        amounts = {"set": set, "scale": scale, "add": add}
        cited, sources = _cited(source, base.record.get("sources", {}))
        cells = {dim: [one] if isinstance(one, str) else [str(v) for v in one] for dim, one in (where or {}).items()}
        named = [base.record["name"], path, *(word for words in cells.values() for word in words)]
        made = ".".join([*named, str(len(already) + 1)])
        record: dict[str, Any] = {"id": id or made, "path": path, "where": cells or None}
        record |= {verb: _plain(value) for verb, value in amounts.items()}
        record |= {
            "from": None if since is None else day(since, "since"),
            "to": None if to is None else day(to, "to"),
            "phase_in_months": _plain(phase_in_months),
            "range": None if range is None else [_plain(one) for one in range],
            "source": cited,
            "basis": basis,
            "quality": quality,
            "impact": impact,
            "why": why,
        }
        kept = {key: value for key, value in record.items() if value is not None}
        return base._with(changes=[*already, kept], sources=sources)

    def adjust(
        self,
        what: str,
        *,
        delay_months: int | None = None,
        strength: float | None = None,
        drop: bool = False,
        why: str = "Tried in code; no reason was given.",
        source: str | None = None,
    ) -> Scenario:
        """Scenario in which something inherited comes later, weaker, stronger or not at all; this one stays as it is.

        What is adjusted already keeps what was said of it, as long as that is something else.

        Parameters
        ----------
        what : str
            Id of a change, or name of a parent for all that it brings.
        delay_months : int, optional
            Months later.
        strength : float, optional
            0 for none, 1 as written.
        drop : bool
            Leave it out.
        why, source : str
            Reason, and where it comes from.

        Raises
        ------
        ScenarioError
            With every fault, as `capacity-sim check` says it of a file.
        UsageError
            When the same is asked of it a second time.
        """
        base = self if self.record else self.child(f"{self.name}-changed")
        cited, sources = _cited(source, base.record.get("sources", {}))
        ids = {change.id for change in base.resolved.changes}
        record: dict[str, Any] = {"id" if what in ids else "of": what, "delay_months": delay_months}
        record |= {"strength": _plain(strength), "drop": True if drop else None, "source": cited, "why": why}
        kept = {key: value for key, value in record.items() if value is not None}
        adjusted = list(base.record.get("adjust", ()))
        for place, one in enumerate(adjusted):
            if what == one.get("id", one.get("of")):
                adjusted[place] = _both(what, one, kept)
                break
        else:
            adjusted.append(kept)
        return base._with(adjust=adjusted, sources=sources)

    def save(self, path: str | Path) -> Path:
        """Write it as a file that reads back the same.

        Parameters
        ----------
        path : str or path
            The file, which ends in ``.yaml``; its name becomes the name of the scenario. It is replaced if it exists.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UsageError
            When the name does not end in ``.yaml``: no command would find it.
        ScenarioError
            When a parent would not be found from there.
        RunError
            When the file cannot be written.
        """
        file = Path(path)
        if file.suffix != ".yaml":
            hint = f"write `{file.with_suffix('.yaml').name}`: commands look for that ending"
            raise UsageError(Fault("not-yaml", f"`{shown_path(file)}` is not the name of a scenario's file", hint=hint))
        mine = self if file.stem == self.name else self._renamed(file.stem)
        for parent in mine.resolved.extends:
            there, here = scenarios.find(parent, (file.parent,)), scenarios.find(parent, self.search)
            if there.resolve() != here.resolve():
                message = f"from `{shown_path(file)}`, `{parent}` would be `{shown_path(there)}`"
                hint = f"save it beside `{shown_path(here)}`, on which it was built"
                raise ScenarioError(Fault("other-parent", message, hint=hint))
        return scenarios.save(mine.resolved, file, flat=False)

    def _renamed(self, name: str) -> Scenario:
        if self.record:
            return Scenario(self.resolved, {**self.record, "name": name}, self.search)._with()
        mine = tuple(
            replace(one, origin=replace(one.origin, scenario=name)) if one.origin.scenario == self.name else one
            for one in self.resolved.changes
        )
        return Scenario(replace(self.resolved, name=name, changes=mine), {}, self.search)

    def _with(self, **parts: Any) -> Scenario:
        """Scenario with more in its record, read by the rules of files."""
        record = {**self.record, **parts}
        yaml: Any = YAML(typ="safe", pure=True)
        yaml.default_flow_style, yaml.sort_base_mapping_type_on_output, yaml.allow_unicode = False, False, True
        text = io.StringIO()
        yaml.dump(record, text)
        with tempfile.TemporaryDirectory() as folder:
            # a name that is none is refused below, and must not lead out of the folder until then
            file = Path(folder) / f"{_NO_STEM.sub('-', str(record['name']))}.yaml"
            file.write_text(text.getvalue(), encoding="utf-8")
            try:
                found = scenarios.load(file, self.search, load_data=load_data)
            except ScenarioError as problem:
                raise ScenarioError([_placeless(fault, folder) for fault in problem.faults]) from None
        changes = tuple(
            replace(one, origin=replace(one.origin, file=None, line=None, column=None))
            if one.origin.scenario == found.name
            else one
            for one in found.changes
        )
        notes = tuple(_placeless(fault, folder) for fault in found.notes)
        here = str(self.search[0] / file.name) if self.search else None
        return Scenario(replace(found, changes=changes, file=here, notes=notes), record, self.search)

    def __repr__(self) -> str:
        """One line."""
        return f"<Scenario {self.name}: {self.title}; {len(self.resolved.changes)} changes in force>"

    def _repr_html_(self) -> str:
        shown = ["id", "path", "where", "verb", "value", "from", "to", "source", "quality", "written_by"]
        table = self.changes
        found = table[[name for name in shown if name in table]] if not table.empty else table
        head = f"<p><strong>{escape(self.name)}</strong>: {escape(self.title)}. {escape(self.resolved.summary)}</p>"
        return head + str(found.to_html(index=False, na_rep="", border=0))


def load_scenario(scenario: str | Path | Scenario, *, search: Sequence[str | Path] = ()) -> Scenario:
    """Scenario of a name or a file, resolved and checked.

    Parameters
    ----------
    scenario : str, path or Scenario
        A name, a file, or a scenario, which is given back as it is.
    search : sequence of path
        Folders in which names are looked for first; then `scenarios`, then what ships with the package.

    Raises
    ------
    ScenarioError
        With every fault of the scenario and of its parents.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.load_scenario("baseline")
    <Scenario baseline: ...; 0 changes in force>
    """
    if isinstance(scenario, Scenario):
        return scenario
    return Scenario(scenarios.load(scenario, search, load_data=load_data))


def day(text: str | dt.date, what: str) -> dt.date:
    """Date of a text or a date.

    Raises
    ------
    UsageError
        When it is not a full date.
    """
    if isinstance(text, dt.date):
        return text
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        hint = "write the year, month and day, such as 2027-03-31"
        raise UsageError(Fault("bad-date", f"`{what}={text}` is not a full date", hint=hint)) from None


def _both(what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """One adjustment for two that ask for different things; each keeps its reason and its source."""
    twice = [key for key in now if key in before and key not in ("id", "of", "source", "why")]
    if twice:
        said = f"`{what}` has a `{twice[0]}` of {before[twice[0]]} already"
        raise UsageError(Fault("adjusted-twice", said, hint="adjust it once, from the scenario before"))
    found = {**before, **now}
    for key, between in (("why", " "), ("source", "; ")):
        if before[key] != now[key]:
            found[key] = f"{before[key]}{between}{now[key]}"
    return found


def _plain(value: Any) -> Any:
    """Numbers of any library as plain ones; dated values with dates as keys."""
    if isinstance(value, Mapping):
        return {day(key, "set"): _plain(one) for key, one in value.items()}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def _cited(source: str | None, known: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Id of a source, and the sources with it."""
    if source is None:
        return _SOURCE, {**known, _SOURCE: _IN_CODE}
    name = _WORD.sub("-", source.lower()).strip("-")[:40].strip("-") or _SOURCE
    return name, {**known, name: {"title": source}}


def _placeless(fault: Fault, folder: str) -> Fault:
    """Fault of what was written in code: without the place in a file that nobody wrote."""
    inside = fault.file is not None and folder in str(Path(fault.file).resolve())
    message = re.sub(re.escape(folder) + r"[\\/]?", "", fault.message)
    if not inside:
        return replace(fault, message=message)
    return replace(fault, file=None, line=None, column=None, message=message)
