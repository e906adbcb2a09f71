"""Data sets: places, people and staff at the start, values of parameters, published figures."""

from capacity_sim.data.dataset import NATIONAL_AREAS, REGION_AREAS, UNIT_AREAS, DataSet, TraineeCohort
from capacity_sim.data.figures import Figure, Source
from capacity_sim.data.reading import load, shipped, state_of
from capacity_sim.data.targets import Target

__all__ = [
    "NATIONAL_AREAS",
    "REGION_AREAS",
    "UNIT_AREAS",
    "DataSet",
    "Figure",
    "Source",
    "Target",
    "TraineeCohort",
    "load",
    "shipped",
    "state_of",
]
