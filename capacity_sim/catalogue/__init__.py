"""Every parameter, activity and output of the model: its name, unit, dimensions, limits and words."""

from capacity_sim.catalogue.names import Activity, Catalogue, OutputSpec, ParameterSpec, Where, label
from capacity_sim.catalogue.reader import load, read_catalogue

__all__ = [
    "Activity",
    "Catalogue",
    "OutputSpec",
    "ParameterSpec",
    "Where",
    "label",
    "load",
    "read_catalogue",
]
