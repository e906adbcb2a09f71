"""Triggers of a week that are written down before their work is handed out."""

import datetime as dt

import pytest
from support.small_model import world_of

from capacity_sim.model import arrays, engine


@pytest.mark.parametrize("kinds", [0, 9])
def test_a_small_buffer_of_work_gives_the_same_results(monkeypatch: pytest.MonkeyPatch, kinds: int) -> None:
    """Work is handed out whenever the buffer cannot take what a trigger may bring: when does not matter."""
    world = world_of((), end=dt.date(2024, 6, 30))
    before = engine.simulate(world, 1)
    monkeypatch.setattr(arrays, "HITS", kinds)
    after = engine.simulate(world, 1)
    assert (after.due == before.due).all()
    assert (after.flow == before.flow).all()
    assert (after.activity == before.activity).all()


def test_more_triggers_than_there_is_room_for_are_a_fault_and_never_a_wrong_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrays, "ROOM", 1)
    with pytest.raises(IndexError, match="more triggers in a week than there is room for"):
        engine.simulate(world_of((), end=dt.date(2024, 6, 30)), 1)
