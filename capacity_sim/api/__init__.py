"""The Python interface: what `import capacity_sim as cs` offers, beside the command line and above all else.

Every call returns a pandas object, a chart, or an object that shows itself in a notebook and has its figures as plain
pandas in `frame`. Nothing is printed.
"""

from capacity_sim.api.comparing import Comparison as Comparison
from capacity_sim.api.following import Career as Career
from capacity_sim.api.following import Life as Life
from capacity_sim.api.following import follow as follow
from capacity_sim.api.following import follow_officer as follow_officer
from capacity_sim.api.making import compare as compare
from capacity_sim.api.making import open_runs as open_runs
from capacity_sim.api.making import run as run
from capacity_sim.api.naming import params as params
from capacity_sim.api.naming import why as why
from capacity_sim.api.running import Run as Run
from capacity_sim.api.running import Runs as Runs
from capacity_sim.api.scenarios import Scenario as Scenario
from capacity_sim.api.scenarios import load_scenario as load_scenario
from capacity_sim.api.shown import Shown as Shown
from capacity_sim.errors import CapacitySimError as CapacitySimError
from capacity_sim.show.charts.chart import Chart as Chart
