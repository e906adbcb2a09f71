"""Random numbers that are a function of what they are for.

A draw is never "the next number": it is a hash of a key (seed, draw, rep, person ...) and a purpose. A scenario
therefore changes only what it touches, and results do not depend on the order of work or the number of workers.
Each part of a key is mixed before the next is added, so that neighbouring seeds do not give neighbouring lives.

The mixer is the splitmix64 finaliser (Steele, Lea and Flood, 2014).
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from numba import njit

_GAMMA = 0x9E3779B97F4A7C15
_MULTIPLY_1 = 0xBF58476D1CE4E5B9
_MULTIPLY_2 = 0x94D049BB133111EB
_MASK = (1 << 64) - 1

GAMMA = np.uint64(_GAMMA)
M1 = np.uint64(_MULTIPLY_1)
M2 = np.uint64(_MULTIPLY_2)
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
TO_UNIT = 2.0**-53

# what a draw about a person or a member of staff is for; a purpose is never reused
RISK, SCORE, FLAG, BAND, LENGTH, EXTENDED, REVOKE, RECALL, RECALL_KIND, RECALL_LENGTH = range(1, 11)
POST_SENTENCE, UNPAID, UNPAID_DAYS, PROGRAMME, TAG, REHABILITATION, ADOPTION, NEEDS_PO = range(11, 19)
EXCLUDED, ADDED, EARLY, DIVERT, EARLY_END, IMPACT, UNSUPERVISED = range(50, 57)
ATTENDANCE, ATTEND, EXTEND, TAKE_UP, QUIT, APPROVED = range(70, 76)
PHASE = 20  # to PHASE + 7: where in its interval each stream of work starts
GAP, THIN, KEEP = 30, 31, 32
LEAVE, MOVE, DROP_OUT, PLACE, ABSENT, ROUND = range(40, 46)
TENURE, PROMOTE, REGRADE, PART_TIME = range(46, 50)
WORK = 1000  # WORK + week * 64 + trigger


@njit(forceinline=True, error_model="numpy")
def mix(z):
    """Scramble 64 bits."""
    z = (z ^ (z >> S30)) * M1
    z = (z ^ (z >> S27)) * M2
    return z ^ (z >> S31)


@njit(forceinline=True, error_model="numpy")
def child(key, part):
    """Key of one part of what `key` stands for."""
    return mix(key + np.uint64(part + 1) * GAMMA)


@njit(forceinline=True, error_model="numpy")
def unit(z):
    """Turn 64 mixed bits into a number in [0, 1)."""
    return np.float64(z >> S11) * TO_UNIT


@njit(forceinline=True, error_model="numpy")
def uniform(key, purpose):
    """Draw for a purpose, in [0, 1)."""
    return unit(child(key, purpose))


@njit(forceinline=True, error_model="numpy")
def uniform_k(key, purpose, k):
    """Draw for the k-th time that a purpose comes round, in [0, 1)."""
    return unit(child(child(key, purpose), k))


def mix_int(z: int) -> int:
    """Scramble 64 bits held in a Python integer (the same function as `mix`)."""
    z &= _MASK
    z = ((z ^ (z >> 30)) * _MULTIPLY_1) & _MASK
    z = ((z ^ (z >> 27)) * _MULTIPLY_2) & _MASK
    return z ^ (z >> 31)


def child_int(key: int, part: int) -> int:
    """Key of a part, in Python integers (the same function as `child`)."""
    return mix_int(key + (part + 1) * _GAMMA)


def unit_int(z: int) -> float:
    """Number in [0, 1) from 64 mixed bits."""
    return (z >> 11) * TO_UNIT


def key_of(*parts: int) -> int:
    """Key from its parts, each mixed before the next is added.

    Parameters
    ----------
    *parts : int
        For example seed, draw, rep, unit.

    Returns
    -------
    int
        64-bit key.

    Examples
    --------
    >>> key_of(1, 2) != key_of(2, 1)
    True
    """
    key = mix_int(_GAMMA)
    for part in parts:
        key = child_int(key, int(part))
    return key


def text_key(text: str) -> int:
    """64-bit number that stands for a name (FNV-1a), to key draws by name.

    Examples
    --------
    >>> text_key("a") == text_key("a") != text_key("b")
    True
    """
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


def uniforms(
    keys: npt.NDArray[np.uint64] | Iterable[int], purpose: int, k: int | None = None
) -> npt.NDArray[np.float64]:
    """Draws for many keys at once.

    Parameters
    ----------
    keys : uint64 array
        One key a draw.
    purpose : int
        What the draws are for.
    k : int, optional
        Which time the purpose comes round (a month, say).

    Returns
    -------
    float array
        In [0, 1), one for each key.

    Examples
    --------
    >>> import numpy as np
    >>> bool(uniforms(np.array([key_of(1)], dtype=np.uint64), RISK)[0] == unit_int(child_int(key_of(1), RISK)))
    True
    """
    return (uniform_keys(keys, purpose, k) >> S11).astype(np.float64) * TO_UNIT


def uniform_keys(
    keys: npt.NDArray[np.uint64] | Iterable[int], purpose: int, k: int | None = None
) -> npt.NDArray[np.uint64]:
    """Keys of a part (and of its k-th time) of what each of many keys stands for."""
    with np.errstate(over="ignore"):
        z = _mix_array(np.asarray(keys, dtype=np.uint64) + np.uint64(((purpose + 1) * _GAMMA) & _MASK))
        if k is not None:
            z = _mix_array(z + np.uint64(((k + 1) * _GAMMA) & _MASK))
    return z


def children(key: int, count: int) -> npt.NDArray[np.uint64]:
    """Keys of the first `count` parts of what a key stands for."""
    with np.errstate(over="ignore"):
        parts = np.arange(1, count + 1, dtype=np.uint64) * GAMMA
        return _mix_array(np.uint64(key) + parts)


def _mix_array(z: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        z = (z ^ (z >> S30)) * M1
        z = (z ^ (z >> S27)) * M2
        return z ^ (z >> S31)
