"""The command line: the only place that prints."""

from capacity_sim.cli.app import app, main

__all__ = ["app", "main"]
