"""The Python interface: what `import capacity_sim as cs` offers, beside the command line and above all else.

Every call returns a pandas object, a chart, or an object that shows itself in a notebook and has its figures as plain
pandas in `frame`. Nothing is printed.
"""

from capacity_sim.api.comparing import Comparison, compare
from capacity_sim.api.following import Career, Life, follow, follow_officer
from capacity_sim.api.naming import params, why
from capacity_sim.api.running import Run, Runs, open_runs, run
from capacity_sim.api.scenarios import Scenario, load_scenario
from capacity_sim.api.shown import Shown
from capacity_sim.errors import CapacitySimError
from capacity_sim.show.charts.chart import Chart

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
