"""A desk in the long run is a queue whose answers are known: Erlang C, and one server with two priorities.

Work comes as a Poisson stream, a tick is short against a piece of work, and the desk's time is never squeezed: then a
pool of c officers is M/M/c, and a desk that gives all its attention to the urgent queue is M/G/1 with preemptive
priorities that resume where they stopped.
"""

import numpy as np
import pytest
from scipy.stats import t as student
from support.desks import batch_interval, queue_of

pytestmark = pytest.mark.theory

MINUTES = 20  # of an officer in a tick
BATCHES = 20
#: half-width of an interval in standard errors: 99.9% with 20 batches
SIGMAS = float(student.ppf(0.9995, BATCHES - 1))


def poisson_ticks(rng: np.random.Generator, rate: float, number: int) -> np.ndarray:
    """Ticks in which customers come, at a rate a tick."""
    return np.floor(np.cumsum(rng.exponential(1 / rate, number))).astype(np.int64)


def whole(minutes: np.ndarray) -> np.ndarray:
    return np.maximum(1, np.rint(minutes)).astype(np.int64)


def erlang_c(servers: int, load: float) -> float:
    """Chance that a customer waits in M/M/c; `load` is the mean number of busy servers."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    busy = load / servers
    return blocked / (1 - busy * (1 - blocked))


@pytest.mark.parametrize("load", [1e-6, 0.5, 0.9])
def test_erlang_c_of_one_server_is_its_load(load):
    assert erlang_c(1, load) == pytest.approx(load)


def test_erlang_c_is_that_of_the_tables():
    assert erlang_c(10, 8.0) == pytest.approx(0.40918, abs=5e-6)


@pytest.mark.parametrize(("officers", "busy", "number"), [(1, 0.65, 60_000), (3, 0.75, 250_000), (5, 0.8, 300_000)])
def test_a_pool_of_officers_is_m_m_c(officers, busy, number):
    mean = 2000.0  # minutes of work: 100 ticks of one officer
    ticks = mean / MINUTES
    rng = np.random.default_rng(officers)
    size = whole(rng.exponential(mean, number))
    come = poisson_ticks(rng, officers * busy / ticks, number)
    (visits,) = queue_of([size], [come], MINUTES * officers, limit=MINUTES)

    chance = erlang_c(officers, officers * busy)
    wait = chance * ticks / (officers * (1 - busy))
    for found, known in ((visits.wait, wait), (visits.stay, wait + ticks)):
        mean_found, error = batch_interval(found, BATCHES)
        assert abs(mean_found - known) < SIGMAS * error + 0.005 * known, (mean_found, known, error)
        assert SIGMAS * error < 0.15 * known, "an interval this wide argues nothing"
    waited, error = batch_interval((visits.wait > 0).astype(float), BATCHES)
    assert abs(waited - chance) < SIGMAS * error + 1 / ticks


def test_without_a_limit_a_pool_would_be_one_fast_officer():
    """The test above would see it: five officers on one piece of work halve the mean wait."""
    rng = np.random.default_rng(5)
    size = whole(rng.exponential(3000.0, 60_000))
    come = poisson_ticks(rng, 5 * 0.85 / 150, 60_000)
    (fast,) = queue_of([size], [come], MINUTES * 5)
    mean_found, error = batch_interval(fast.stay, BATCHES)
    assert abs(mean_found - 150 / 5 / (1 - 0.85)) < SIGMAS * error + 2


def test_two_priorities_are_m_g_1_with_preemption():
    """First class: uniform sizes; second class: 1 or 9 (times 600), so that the second moments matter."""
    rng = np.random.default_rng(13)
    capacity = 200
    number = (70_000, 35_000)
    sizes = [
        whole(rng.uniform(4_000, 28_000, number[0])),
        whole(np.where(rng.random(number[1]) < 0.75, 8_000.0, 72_000.0)),
    ]
    busy = (0.4, 0.35)
    moments = [(16_000, (28_000**3 - 4_000**3) / (3 * 24_000)), (24_000, 0.75 * 8_000**2 + 0.25 * 72_000**2)]
    first, second = [m1 / capacity for m1, _ in moments]
    rates = [b / m for b, m in zip(busy, (first, second), strict=True)]
    residual = [rate * m2 / capacity**2 / 2 for rate, (_, m2) in zip(rates, moments, strict=True)]
    known = [
        first + residual[0] / (1 - busy[0]),
        second / (1 - busy[0]) + sum(residual) / ((1 - busy[0]) * (1 - sum(busy))),
    ]
    come = [poisson_ticks(rng, rate, n) for rate, n in zip(rates, number, strict=True)]
    visits = queue_of(sizes, come, capacity, attention=np.array([1e9, 1.0, 1.0, 1.0, 1.0]))
    for one, stay in zip(visits, known, strict=True):
        mean_found, error = batch_interval(one.stay, BATCHES)
        assert abs(mean_found - stay) < SIGMAS * error + 0.005 * stay, (mean_found, stay, error)
        assert SIGMAS * error < 0.12 * stay, "an interval this wide argues nothing"


def test_equal_attention_is_not_a_priority():
    """The same two classes with equal attention: the first stays longer and the second shorter than with priority."""
    rng = np.random.default_rng(13)
    sizes = [whole(rng.exponential(2_000, 20_000)) for _ in range(2)]
    come = [poisson_ticks(rng, 0.4 / 100, 20_000) for _ in range(2)]
    ruled = queue_of(sizes, come, MINUTES, attention=np.array([1e9, 1.0, 1.0, 1.0, 1.0]))
    alike = queue_of(sizes, come, MINUTES)
    assert alike[0].stay.mean() > 2 * ruled[0].stay.mean()
    assert alike[1].stay.mean() < 0.8 * ruled[1].stay.mean()
    assert alike[0].stay.mean() == pytest.approx(alike[1].stay.mean(), rel=0.1)
