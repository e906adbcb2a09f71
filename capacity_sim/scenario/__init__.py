"""Scenarios: what is changed, from when, and why; read strictly, resolved to one list."""

from capacity_sim.scenario.model import Change, Scenario, Source

__all__ = ["Change", "Scenario", "Source"]
