"""Capacity Sim: how many probation staff are needed, of which grade, where and when.

``import capacity_sim as cs`` is quick: what stands in `capacity_sim.api` is loaded when it is first used.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

#: names of the Python interface; `__init__.pyi` says where they are for tools that read types
__all__ = [
    "CapacitySimError",
    "Career",
    "Chart",
    "Comparison",
    "Life",
    "Run",
    "Runs",
    "Scenario",
    "Shown",
    "compare",
    "follow",
    "follow_officer",
    "load_scenario",
    "open_runs",
    "params",
    "run",
    "why",
]


def __getattr__(name: str) -> object:
    """Name of the Python interface, loaded when it is first used."""
    if name in __all__:
        found = getattr(_import_module("capacity_sim.api"), name)
        globals()[name] = found
        return found
    message = f"module 'capacity_sim' has no attribute '{name}'"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """Names that can be used."""
    return sorted([*globals(), *__all__])
