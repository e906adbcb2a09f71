"""How far stocks wander from where they start."""

import numpy as np
import pytest

from capacity_sim import data
from capacity_sim.analysis import stability


def test_departures_are_from_the_start() -> None:
    demo = data.load("demo")
    stock = demo.people.sum(axis=0).astype(float)
    mix = np.array([0.155, 0.6464, 0.1827, 0.0159])
    still = np.rint(stock[:, None] * mix)
    lives = [np.rint([still, still * later]).astype(np.int64) for later in (1.1, 0.9, 1.3)]
    found = stability.departures(np.stack(lives), demo, ("2024-04", "2024-05"))
    everyone = found[-1]
    assert (everyone.by, everyone.name, everyone.month) == ("all", "all", "2024-05")
    assert everyone.worst == pytest.approx(10, abs=0.2)
    assert everyone.mean == pytest.approx(5, abs=0.2)
    assert everyone.outside == 1
    assert [one.name for one in found if one.by == "risk"] == ["low", "medium", "high", "very_high"]
