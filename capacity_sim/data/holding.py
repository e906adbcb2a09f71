"""What a published figure is held against, as data: which outputs, where, when, and the arithmetic between them.

A file of targets writes it under `held`; nothing here computes. Each piece keeps its place, so that whatever is wrong
with it can be said with file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from capacity_sim.catalogue import Catalogue
from capacity_sim.catalogue.strict_yaml import Tree
from capacity_sim.data.alone import check_keys
from capacity_sim.data.figures import number
from capacity_sim.errors import Fault, did_you_mean, one_of

#: columns of the results that may be named, and dimensions that hold their values (None: those of the data)
COLUMNS: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "region": None,
        "unit": None,
        "area": ("area",),
        "grade": ("grade",),
        "basis": ("basis",),
        "type": ("state", "start_type"),
        "risk": ("risk",),
        "activity": ("activity",),
    }
)
#: words of the results that no dimension has: the pool without an area, and types of the rows of starts and ends
_MORE = {"area": ("other_roles",), "type": ("order",)}
ARITHMETIC = ("add", "less", "product", "ratio", "percent")
#: `less`, `ratio` and `percent` are of two
_OF_TWO = ("less", "ratio", "percent")
OVER_MONTHS = ("mean", "sum", "last")
PERIODS = MappingProxyType({"year": 1, "quarter": 4, "month": 12})
TAKE = ("count_above", "percent_at_least", "mean_of_highest", "mean_of_lowest")
OVER = ("region", "unit", "grade", "month")
_KINDS = ("output", "parameter", "timing", "each", *ARITHMETIC)
_HELD = ("scenario", "when", "where", "value")
_SHARED = ("scenario", "when", "where")
_MONTH = r"[0-9]{4}-(?:0[1-9]|1[0-2])"
_WHEN = re.compile(rf"{_MONTH}(?:-[0-9]{{2}})?|{_MONTH}/{_MONTH}|[0-9]{{4}}-[0-9]{{2}}")

Where = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a run: its cells, its months, and how the months are totalled.

    Parameters
    ----------
    name : str
        Output of the catalogue.
    where : mapping of column to values
        Rows to keep.
    scenario : str
        Whose run.
    months : tuple of str
        First and last month.
    over_months : {"", "mean", "sum", "last"}
        How months are totalled; empty for the rule of the catalogue.
    per : {"", "year", "quarter", "month"}
        Turns a sum over the weeks of the months into one of a period.
    """

    name: str
    where: Where
    scenario: str
    months: tuple[str, str]
    over_months: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter's value: the mean of its cells and of the weeks of the months."""

    path: str
    where: Where
    scenario: str
    months: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Timing:
    """Hours of one piece of an activity on a timing, where all risks have the same."""

    activity: str
    basis: str
    scenario: str
    months: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sum:
    """Arithmetic between values: add, less, product, ratio or percent."""

    what: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """A value for each region, unit, grade or month, and what is taken of them."""

    by: str
    of: Node
    take: str
    number: float


Node = Output | Given | Timing | Sum | Each | float


@dataclass(frozen=True, slots=True)
class Held:
    """What a target is held against.

    Parameters
    ----------
    scenario : str
        Scenario that stands for what was so in print.
    when : tuple of str
        First and last month.
    value : Node, optional
        The arithmetic; None where no output of the model gives it.
    because : str
        Why there is none.
    """

    scenario: str
    when: tuple[str, str]
    value: Node | None
    because: str = ""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Scenarios whose runs are read, each once."""
        return tuple(dict.fromkeys(one.scenario for one in leaves(self.value)))


def leaves(node: Node | None) -> list[Output | Given | Timing]:
    """Values that are read from runs and inputs."""
    if isinstance(node, Output | Given | Timing):
        return [node]
    if isinstance(node, Sum):
        return [one for part in node.parts for one in leaves(part)]
    return leaves(node.of) if isinstance(node, Each) else []


def span(text: str) -> tuple[str, str] | None:
    """First and last month of a period: a month, a day, a span or a financial year; None for anything else.

    Examples
    --------
    >>> span("2025-03-31"), span("2024-04/2025-03"), span("2026-27")
    (('2025-03', '2025-03'), ('2024-04', '2025-03'), ('2026-04', '2027-03'))
    >>> span("2024") is None
    True
    """
    if not _WHEN.fullmatch(text):
        return None
    if "/" in text:
        first, _, last = text.partition("/")
        return (first, last) if first <= last else None
    if len(text) == 7 and int(text[5:]) == (int(text[:4]) + 1) % 100:
        return f"{text[:4]}-04", f"{int(text[:4]) + 1}-03"
    return (text[:7], text[:7]) if re.fullmatch(_MONTH, text[:7]) else None


@dataclass(frozen=True)
class Reader:
    """Reads `held` of targets; what is wrong goes to `faults`."""

    catalogue: Catalogue
    faults: list[Fault] = field(default_factory=list)

    def held(self, tree: Tree, date: str) -> Held | None:
        """What a target of a date is held against; None when something is wrong with it."""
        before = len(self.faults)
        if tree.kind != "map":
            hint = "write `held: {scenario: baseline, value: {output: ...}}`, or `held: {none: why}`"
            self.faults.append(tree.fault("bad-held", "`held` is a mapping", hint))
            return None
        why = tree.get("none")
        if why is not None:
            self._keys(tree, ("none",), "held")
            return Held("", ("", ""), None, str(why.scalar)) if len(self.faults) == before else None
        self._keys(tree, _HELD, "held")
        base = self._shared(tree, _Shared("", None, {}))
        if base.months is None and tree.get("when") is None:
            base = _Shared(base.scenario, span(date), base.where)
            if base.months is None:
                hint = "write `when: 2024-04`, `2024-04/2025-03` or `2024-25`"
                self.faults.append(tree.fault("no-when", f"`held` lacks `when`, and `{date}` is no month", hint))
        for key in ("scenario", "value"):
            if tree.get(key) is None:
                self.faults.append(tree.fault("missing-key", f"`held` lacks `{key}`"))
        written = tree.get("value")
        node = None if written is None else self.node(written, base)
        if len(self.faults) > before or node is None or base.months is None:
            return None
        return Held(base.scenario, base.months, node)

    def node(self, tree: Tree, base: _Shared) -> Node | None:
        """Piece of the arithmetic."""
        if tree.kind == "scalar" and isinstance(tree.scalar, int | float) and not isinstance(tree.scalar, bool):
            return number(tree, "a number of the arithmetic", self.faults)
        kinds = [kind for kind in _KINDS if tree.kind == "map" and tree.get(kind) is not None]
        if len(kinds) != 1:
            hint = f"a piece of the arithmetic is a number or has one of {one_of(_KINDS)}"
            self.faults.append(tree.fault("bad-arithmetic", "this says nothing that can be computed", hint))
            return None
        kind = kinds[0]
        mine = self._shared(tree, base)
        if kind in ARITHMETIC:
            self._keys(tree, (kind, *_SHARED), kind)
            return self._sum(tree, kind, mine)
        if kind == "each":
            return self._each(tree, mine)
        if mine.months is None:  # said already
            return None
        if kind == "output":
            return self._output(tree, mine, mine.months)
        return self._input(tree, kind, mine, mine.months)

    def _sum(self, tree: Tree, kind: str, mine: _Shared) -> Sum | None:
        listed = tree.at((kind,))
        if listed.kind != "list" or not listed.items or (kind in _OF_TWO and len(listed.items) != 2):
            many = "two pieces" if kind in _OF_TWO else "one piece or more"
            self.faults.append(listed.fault("bad-arithmetic", f"`{kind}` is a list of {many}"))
            return None
        parts = [self.node(item, mine) for item in listed.items]
        found = tuple(part for part in parts if part is not None)
        return Sum(kind, found) if len(found) == len(parts) else None

    def _each(self, tree: Tree, mine: _Shared) -> Each | None:
        self._keys(tree, ("each", "of", *TAKE, *_SHARED), "each")
        by, of = tree.at(("each",)), tree.get("of")
        if by.scalar not in OVER:
            hint = did_you_mean(str(by.scalar), OVER, f"use {one_of(OVER)}")
            self.faults.append(by.fault("unknown-value", f"`each` has no `{by.scalar}`", hint))
        takes = [name for name in TAKE if tree.get(name) is not None]
        if len(takes) != 1 or of is None:
            message = f"`each` has `of` and one of {one_of(TAKE)}"
            self.faults.append(tree.fault("bad-arithmetic", message))
            return None
        bound = number(tree.at((takes[0],)), f"`{takes[0]}`", self.faults)
        node = self.node(of, mine)
        return None if node is None or bound is None else Each(str(by.scalar), node, takes[0], bound)

    def _output(self, tree: Tree, mine: _Shared, months: tuple[str, str]) -> Output | None:
        self._keys(tree, ("output", "over_months", "per", *COLUMNS, *_SHARED), "output")
        name = str(tree.at(("output",)).scalar)
        outputs = self.catalogue.outputs
        if name not in outputs:
            hint = did_you_mean(name, outputs, "`capacity-sim list outputs` has the names")
            self.faults.append(tree.at(("output",)).fault("unknown-output", f"no output is called `{name}`", hint))
        over = self._word(tree, "over_months", OVER_MONTHS)
        per = self._word(tree, "per", tuple(PERIODS))
        where = {**mine.where, **self._where(tree)}
        return Output(name, MappingProxyType(where), mine.scenario, months, over, per)

    def _input(self, tree: Tree, kind: str, mine: _Shared, months: tuple[str, str]) -> Given | Timing | None:
        name = str(tree.at((kind,)).scalar)
        if kind == "timing":
            self._keys(tree, ("timing", "basis", *_SHARED), "timing")
            self._known(tree.at((kind,)), name, self.catalogue.dimensions["activity"], "activity")
            basis = self._word(tree, "basis", self.catalogue.dimensions["basis"])
            if not basis:
                self.faults.append(tree.fault("missing-key", "`timing` lacks `basis`"))
            return Timing(name, basis, mine.scenario, months)
        spec = self.catalogue.parameters.get(name)
        if spec is None:
            hint = did_you_mean(name, self.catalogue.parameters, "`capacity-sim params` has the names")
            self.faults.append(tree.at((kind,)).fault("unknown-path", f"no parameter is called `{name}`", hint))
            return None
        self._keys(tree, ("parameter", *spec.dims, *_SHARED), "parameter")
        where = {dim: self._values(tree, dim, (dim,)) for dim in spec.dims if tree.get(dim) is not None}
        return Given(name, MappingProxyType(where), mine.scenario, months)

    # --- what pieces share --------------------------------------------------------------------------------------------

    def _shared(self, tree: Tree, base: _Shared) -> _Shared:
        scenario, when, where = (tree.get(key) for key in _SHARED)
        months = base.months
        if when is not None:
            months = span(str(when.scalar))
            if months is None:
                hint = "write a month (2024-04), a span (2024-04/2025-03) or a financial year (2024-25)"
                self.faults.append(when.fault("bad-when", f"`{when.scalar}` is not a period", hint))
        named = dict(base.where)
        if where is not None:
            self._keys(where, tuple(COLUMNS), "where")
            named.update(self._where(where))
        return _Shared(base.scenario if scenario is None else str(scenario.scalar), months, named)

    def _where(self, tree: Tree) -> dict[str, tuple[str, ...]]:
        return {
            column: self._values(tree, column, dims) for column, dims in COLUMNS.items() if tree.get(column) is not None
        }

    def _values(self, tree: Tree, column: str, dims: tuple[str, ...] | None) -> tuple[str, ...]:
        written = tree.at((column,))
        items = written.items if written.kind == "list" else (written,)
        if dims is not None:
            known = [name for dim in dims for name in self.catalogue.dimensions[dim]]
            for item in items:
                self._known(item, str(item.scalar), [*known, *_MORE.get(column, ())], column)
        return tuple(str(item.scalar) for item in items)

    def _word(self, tree: Tree, key: str, known: tuple[str, ...]) -> str:
        written = tree.get(key)
        if written is None:
            return ""
        self._known(written, str(written.scalar), known, key)
        return str(written.scalar)

    def _known(self, tree: Tree, name: str, known: Any, what: str) -> None:
        if name not in known:
            hint = did_you_mean(name, known, f"use {one_of(known)}")
            self.faults.append(tree.fault("unknown-value", f"`{name}` is not a value of `{what}`", hint))

    def _keys(self, tree: Tree, known: tuple[str, ...], what: str) -> None:
        check_keys(tree, known, f"a key of `{what}`", self.faults, f"its keys are {one_of(known, most=20)}")


@dataclass(frozen=True)
class _Shared:
    """What pieces below take over from those above."""

    scenario: str
    months: tuple[str, str] | None
    where: Mapping[str, tuple[str, ...]]
