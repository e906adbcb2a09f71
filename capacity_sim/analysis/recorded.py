"""What a run folder records of its scenario: changes, sources and what is left out, read without the model."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from capacity_sim.calendars import add_months
from capacity_sim.errors import Fault, RunError, UsageError, did_you_mean, shown_path
from capacity_sim.runs.store import SCENARIO, RunFolder


@dataclass(frozen=True)
class Recorded:
    """The scenario of a run, as its folder keeps it.

    Parameters
    ----------
    name, title, kind, summary, question : str or None
        As the scenario's file says.
    as_of, review_by : datetime.date or None
        Day of the knowledge it rests on, and day after which it is stale.
    changes : mapping of id to mapping
        Every change in force, as it is written.
    adjusted : mapping of id to mapping
        Adjustments of changes.
    rollouts : mapping of scenario to mapping
        How surely and how fast parts come, as they are written.
    sources : mapping of id to mapping
        Where the changes come from.
    not_modelled : tuple of str
        What the scenario and its parents leave out.
    """

    name: str
    title: str
    kind: str | None
    summary: str | None
    question: str | None
    as_of: dt.date | None
    review_by: dt.date | None
    changes: Mapping[str, Mapping[str, Any]]
    adjusted: Mapping[str, Mapping[str, Any]]
    rollouts: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Mapping[str, Any]]
    not_modelled: tuple[str, ...]

    @property
    def qualities(self) -> Counter[str]:
        """How many changes are green, amber and red."""
        return Counter(str(change.get("quality")) for change in self.changes.values())

    def content(self, change: str) -> tuple[object, object]:
        """What a change does here: as it is written, and what is adjusted of it."""
        return self.changes[change], self.adjusted.get(change)

    def starts(self, change: str) -> dt.date | None:
        """First day of a change, an adjustment's delay included; None where it holds for the whole run.

        Raises
        ------
        UsageError
            When the scenario has no such change.
        """
        if change not in self.changes:
            hint = did_you_mean(change, self.changes, f"`capacity-sim show {self.name}` lists them")
            raise UsageError(Fault("unknown-change", f"`{self.name}` has no change `{change}`", hint=hint))
        written = self.changes[change]
        dates = [day for key in ("set", "scale", "add") if isinstance(written.get(key), dict) for day in written[key]]
        first = written.get("from") or min(dates, default=None)
        months = (self.adjusted.get(change) or {}).get("delay_months") or 0
        return None if first is None else add_months(first, int(months))

    def holds(self, other: Recorded) -> bool:
        """Whether every change of another scenario is in force here too, and alike."""
        return all(
            name in self.changes and self.content(name) == other.content(name) for name in other.changes
        ) and all(self.rollouts.get(name) == rollout for name, rollout in other.rollouts.items())


@lru_cache(maxsize=8)
def _content(text: str) -> Any:
    """What a scenario file says; whoever has it leaves it as it is, as the next has the same."""
    return YAML(typ="safe", pure=True).load(text)


def recorded(folder: RunFolder) -> Recorded:
    """Scenario that a run folder keeps.

    Raises
    ------
    RunError
        When the file cannot be read.
    """
    file = folder.path / SCENARIO
    try:
        content = _content(file.read_text(encoding="utf-8"))
    except (OSError, YAMLError, UnicodeDecodeError) as problem:
        hint = "remove the folder and run the scenario again"
        message = f"the run `{folder.path.name}` cannot be used: {SCENARIO} cannot be read"
        raise RunError(Fault("bad-run", message, shown_path(file), hint=hint)) from problem
    found: dict[str, Any] = content if isinstance(content, dict) else {}
    rollouts = dict(found.get("rollouts") or {})
    if found.get("rollout"):
        rollouts[folder.name] = {**found["rollout"], "changes": [one["id"] for one in found.get("changes") or ()]}
    return Recorded(
        folder.name,
        folder.title,
        found.get("kind"),
        found.get("summary"),
        found.get("question"),
        found.get("as_of"),
        found.get("review_by"),
        {one["id"]: one for one in found.get("changes") or ()},
        {str(one.get("id") or one.get("of")): one for one in found.get("adjust") or ()},
        rollouts,
        dict(found.get("sources") or {}),
        tuple(found.get("not_modelled") or ()),
    )
