"""Which reading of every uncertain input each draw takes.

In Latin hypercubes the column of an input depends on the seed, the input's own id and its group alone. So an input has
the same readings in every scenario that includes it, and an input more or less leaves the columns of the others alone.

The columns of a Sobol sequence are even together or not at all, so they depend on which inputs there are. Scenarios
that are run by one command share the dimensions of all their inputs; runs of two commands that read an input
differently cannot be paired, and `analysis.compare` refuses them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import pi, sin, sqrt
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from capacity_sim.errors import Fault, UsageError, did_you_mean

Kind = Literal["lhs", "sobol"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Column = npt.NDArray[np.float64]

#: most draws that the results can number
MOST_DRAWS = 32_767


_TYPED = re.compile(r"(?P<kind>[a-z]+)(?:-(?P<block>\d+))?")
_STATED = re.compile(r"(?P<kind>[a-z]+) in blocks of (?P<block>\d+)")


class Input(Protocol):
    """What a design reads of an uncertain input."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def group(self) -> str:
        """Inputs that it moves with; empty for none."""

    @property
    def correlation(self) -> float:
        """Its rank correlation in the group."""


@dataclass(frozen=True)
class Design:
    """How the readings of draws are laid out.

    Parameters
    ----------
    kind : {"lhs", "sobol"}
        Latin hypercube, or a scrambled Sobol sequence.
    block : int, optional
        Draws of each Latin hypercube, where draws are added hypercube by hypercube; all of them by default.

    Raises
    ------
    UsageError
        For an unknown kind, or blocks of a Sobol sequence.
    """

    kind: Kind = "lhs"
    block: int | None = None

    def __post_init__(self) -> None:
        """Refuse what is no design."""
        if self.kind not in KINDS:
            raise UsageError(Fault("unknown-design", f"no design is called `{self.kind}`", hint="use lhs or sobol"))
        if self.kind == "sobol" and self.block is not None:
            message = "draws are added in Latin hypercubes of their own, and a Sobol sequence is one whole"
            raise UsageError(Fault("sobol-block", message, hint="leave `--design sobol` out, or give `--draws` alone"))

    @classmethod
    def read(cls, text: str) -> Design:
        """Design as it is typed: ``lhs``, ``sobol``, or ``lhs-20`` for Latin hypercubes of 20 draws each.

        Raises
        ------
        UsageError
            For an unknown kind, blocks of a Sobol sequence, or blocks of fewer than two draws.

        Examples
        --------
        >>> Design.read("lhs-20")
        Design(kind='lhs', block=20)
        """
        found = _TYPED.fullmatch(text)
        kind = next((one for one in KINDS if found is not None and one == found["kind"]), None)
        if found is None or kind is None:
            hint = did_you_mean(text, KINDS, "use lhs, sobol, or lhs-20 for hypercubes of 20 draws each")
            raise UsageError(Fault("unknown-design", f"no design is called `{text}`", hint=hint))
        block = None if found["block"] is None else int(found["block"])
        if block is not None and block < 2:
            message = f"`{text}` has {block} draws in a hypercube, and it takes two to be even"
            raise UsageError(Fault("too-few", message, hint="give lhs-2 or more"))
        return cls(kind, block)

    def check(self, draws: int) -> None:
        """Refuse a number of draws that the design cannot have."""
        if draws > MOST_DRAWS:
            message = f"{draws:,} draws are more than the {MOST_DRAWS:,} that results can number"
            raise UsageError(Fault("too-many", message, hint="a range hardly moves beyond some thousand draws"))
        if self.kind != "sobol" or draws == 1:
            return
        if draws & (draws - 1):
            near = 1 << (draws.bit_length() - 1)
            message = f"a Sobol sequence is even over {near} or {2 * near} draws, and not over {draws}"
            raise UsageError(Fault("sobol-draws", message, hint=f"`--draws {near}` or `--draws {2 * near}`"))

    def words(self, draws: int) -> str:
        """The design of a number of draws, as a run states it.

        Examples
        --------
        >>> Design().words(20), Design(block=20).words(20), Design(block=20).words(60), Design("sobol").words(1)
        ('lhs', 'lhs', 'lhs in blocks of 20', 'central')
        """
        if draws == 1:
            return "central"
        return self.kind if self.block is None or draws <= self.block else f"{self.kind} in blocks of {self.block}"


def as_typed(words: str) -> str | None:
    """Design of a run as it is typed, from the words by which the run states it; None for what nobody has to type.

    Examples
    --------
    >>> as_typed("lhs in blocks of 20"), as_typed("sobol"), as_typed("lhs"), as_typed("central")
    ('lhs-20', 'sobol', None, None)
    """
    found = _STATED.fullmatch(words)
    if found is not None:
        return f"{found['kind']}-{found['block']}"
    return words if words in KINDS and words != Design().kind else None


def column(seed: int, input_id: str, draws: int) -> Column:
    """Quantiles of one input, one for each draw: one in each of `draws` strata of equal width.

    Parameters
    ----------
    seed : int
        Seed of the run.
    input_id : str
        Id of the uncertain input.
    draws : int
        Number of draws.

    Returns
    -------
    array of float
        Quantiles between 0 and 1.

    Examples
    --------
    >>> sorted(int(u * 4) for u in column(1, "delivery.floor", 4))
    [0, 1, 2, 3]
    """
    from scipy.stats import qmc

    found: Column = qmc.LatinHypercube(d=1, rng=_random(seed, input_id)).random(draws)[:, 0]
    return found


def _sobol(seed: int, names: Sequence[str], draws: int) -> dict[str, Column]:
    """Columns of a scrambled Sobol sequence, one dimension for each name in order."""
    from scipy.stats import qmc

    points = qmc.Sobol(d=len(names), rng=_random(seed, "sobol")).random(draws)
    return {name: points[:, place] for place, name in enumerate(names)}


def _random(seed: int, name: str) -> np.random.Generator:
    key = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(key[:16], "little")))


def together(own: Column, group: Column, correlation: float) -> Column:
    """Own quantiles in an order that follows a group's: a Gaussian copula, put on ranks.

    Two columns with correlations *r* and *s* in one group have the rank correlation sign(*rs*) sqrt(|*rs*|), up to the
    chance of so many draws. The quantiles themselves stay, so every range is read as evenly as without the group.

    Parameters
    ----------
    own, group : array of float
        Quantiles of the input, and of its group.
    correlation : float
        Rank correlation in the group, not 0, from -1 to 1.

    Examples
    --------
    >>> together(np.array([0.1, 0.6, 0.4]), np.array([0.5, 0.2, 0.9]), -1.0).tolist()
    [0.4, 0.6, 0.1]
    """
    from scipy.special import ndtri

    # of normal numbers with this correlation, ranks have the one that is wanted
    share = min(1.0, 2 * sin(pi * abs(correlation) / 6))
    common = ndtri(group) * (1 if correlation > 0 else -1)
    scores = sqrt(share) * common + (sqrt(1 - share) * ndtri(own) if share < 1 else 0.0)
    ranks = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    found: Column = np.sort(own)[ranks]
    return found


def readings(
    seed: int, inputs: Iterable[Input | str], draws: int, design: Design | None = None
) -> tuple[dict[str, float] | None, ...]:
    """Reading of each draw: the quantile of every input, or None (central values) when there is one draw.

    Parameters
    ----------
    seed : int
        Seed of the run.
    inputs : iterable of Input or str
        Uncertain inputs with their groups, or ids of inputs without one; an id is read once. For a Sobol sequence,
        those of every scenario that is to be compared.
    draws : int
        Number of draws.
    design : Design, optional
        How they are laid out; one Latin hypercube by default.

    Returns
    -------
    tuple of dict or None
        One item for each draw.

    Raises
    ------
    UsageError
        When the design cannot have so many draws.

    Examples
    --------
    >>> readings(1, ["delivery.floor"], 1)
    (None,)
    """
    design = design or Design()
    design.check(draws)
    if draws == 1:
        return (None,)
    groups = dict(_grouped(one) for one in inputs)
    size = design.block or draws
    parts = []
    for block, first in enumerate(range(0, draws, size)):
        parts.append(_columns(seed, groups, min(size, draws - first), design.kind, f"/{block}" if block else ""))
    columns = {name: np.concatenate([part[name] for part in parts]).tolist() for name in sorted(groups)}
    return tuple({name: values[draw] for name, values in columns.items()} for draw in range(draws))


def _columns(
    seed: int, groups: Mapping[str, tuple[str, float]], draws: int, kind: Kind, block: str
) -> dict[str, Column]:
    """Quantiles of every input in one hypercube or sequence."""
    names = [*sorted(groups), *(f"group {group}" for group in sorted({group for group, _ in groups.values()} - {""}))]
    plain = (
        _sobol(seed, names, draws) if kind == "sobol" else {name: column(seed, name + block, draws) for name in names}
    )
    return {
        name: together(plain[name], plain[f"group {group}"], correlation) if group else plain[name]
        for name, (group, correlation) in groups.items()
    }


def _grouped(one: Input | str) -> tuple[str, tuple[str, float]]:
    return (one, ("", 0.0)) if isinstance(one, str) else (one.id, (one.group, one.correlation))
