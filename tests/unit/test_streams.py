import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from scipy import stats

from capacity_sim import streams

words = st.integers(0, 2**64 - 1)
parts = st.integers(0, 2**40)


@njit
def in_kernel(key, part, k):
    here = streams.child(key, part)
    return streams.mix(key), here, streams.uniform(key, part), streams.uniform_k(key, part, k)


# --- one function, three languages -----------------------------------------------------------------------------------


@settings(max_examples=100)
@given(key=words, part=parts, k=parts)
def test_kernels_python_and_numpy_agree(key, part, k):
    mixed, here, once, again = in_kernel(np.uint64(key), part, k)
    assert int(mixed) == streams.mix_int(key)
    assert int(here) == streams.child_int(key, part)
    assert once == streams.unit_int(streams.child_int(key, part))
    assert again == streams.unit_int(streams.child_int(streams.child_int(key, part), k))
    keys = np.array([key, key ^ 1], np.uint64)
    assert int(streams.uniform_keys(keys, part)[0]) == int(here)
    assert streams.uniforms(keys, part)[0] == once
    assert streams.uniforms(keys, part, k)[0] == again
    assert streams.uniforms([key], part, k)[0] == again


def test_children_are_the_first_parts():
    key = streams.key_of(3, 1, 4)
    assert [int(one) for one in streams.children(key, 5)] == [streams.child_int(key, part) for part in range(5)]
    assert len(streams.children(key, 0)) == 0


def test_a_key_is_made_part_by_part():
    assert streams.key_of(1, 2, 3) == streams.child_int(streams.key_of(1, 2), 3)
    assert 0 <= streams.key_of(2**70, -1) < 2**64


def test_the_mixer_is_the_published_one():
    # splitmix64 from state 1234567: state + golden gamma, then the finaliser (values of its reference programme)
    state = 1234567
    found = []
    for _ in range(5):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        found.append(streams.mix_int(state))
    assert found == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(key=words)
def test_draws_lie_in_the_half_open_unit_interval(key):
    assert 0.0 <= streams.unit_int(key) < 1.0


def test_the_ends_of_the_unit_interval():
    assert streams.unit_int(0) == 0.0
    assert streams.unit_int(2**64 - 1) == 1.0 - 2.0**-53
    # an exponential amount is made from 1 - u: it must never be the logarithm of 0
    assert np.isfinite(-np.log(1.0 - streams.unit_int(2**64 - 1)))


# --- neighbours have nothing in common -------------------------------------------------------------------------------

MANY = 20_000
DRAWS = {
    "seeds": lambda i: streams.key_of(i, 0, 0),
    "draws": lambda i: streams.key_of(0, i, 0),
    "replications": lambda i: streams.key_of(0, 0, i),
    "people": lambda i: streams.child_int(streams.key_of(7), i),
}


@pytest.mark.parametrize("name", DRAWS)
def test_neighbouring_keys_give_unlike_draws(name):
    keys = np.array([DRAWS[name](i) for i in range(MANY)], np.uint64)
    assert len(np.unique(keys)) == MANY
    u = streams.uniforms(keys, streams.RISK)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    for lag in (1, 2, 7):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / np.sqrt(MANY)
    for other in (streams.SCORE, streams.FLAG, streams.GAP):
        assert abs(np.corrcoef(u, streams.uniforms(keys, other))[0, 1]) < 4 / np.sqrt(MANY)


def test_the_next_seed_does_not_live_the_same_lives_one_person_later():
    """Keys that add their parts up make seed + 1 the same stream, shifted: every gap of one is a gap of the other."""
    lives = [streams.children(streams.child_int(streams.key_of(seed), 5), 2000) for seed in range(20)]
    assert len(np.unique(np.concatenate(lives))) == 20 * 2000
    gaps = [set(streams.uniforms(keys, streams.GAP)) for keys in lives]
    assert all(not gaps[i] & gaps[j] for i in range(20) for j in range(i))


def test_the_same_part_at_two_places_of_a_key_is_not_the_same_key():
    keys = [streams.key_of(a, b, c) for a in range(10) for b in range(10) for c in range(10)]
    assert len(set(keys)) == 1000


def test_the_time_that_a_purpose_comes_round_is_not_another_purpose():
    """`purpose + k` must never stand for `purpose` and `k`: month 1 of leaving is not month 0 of moving."""
    keys = streams.children(streams.key_of(1), 1000)
    grid = {(p, k): streams.uniforms(keys, p, k) for p in range(40, 46) for k in range(6)}
    values = np.concatenate(list(grid.values()))
    assert len(np.unique(values)) == len(values)


def test_purposes_are_never_used_twice():
    names = [name for name in vars(streams) if name.isupper() and isinstance(getattr(streams, name), int)]
    purposes = {name: getattr(streams, name) for name in names if getattr(streams, name) < 10**6}
    assert {"RISK", "WORK", "LEAVE", "PHASE"} <= set(purposes)
    assert len(set(purposes.values())) == len(purposes)
    phases = set(range(streams.PHASE, streams.PHASE + 8))
    assert [name for name, value in purposes.items() if value in phases] == ["PHASE"]
    assert max(value for name, value in purposes.items() if name != "WORK") < streams.WORK


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [("", 0xCBF29CE484222325), ("a", 0xAF63DC4C8601EC8C), ("foobar", 0x85944171F73967E8)],
)
def test_the_key_of_a_name_is_the_published_hash(text, key):
    assert streams.text_key(text) == key


@given(one=st.text(max_size=30), other=st.text(max_size=30))
def test_unlike_names_have_unlike_keys(one, other):
    assert (streams.text_key(one) == streams.text_key(other)) == (one == other)
    assert 0 <= streams.text_key(one) < 2**64
