from capacity_sim.api import CapacitySimError as CapacitySimError
from capacity_sim.api import Career as Career
from capacity_sim.api import Chart as Chart
from capacity_sim.api import Comparison as Comparison
from capacity_sim.api import Life as Life
from capacity_sim.api import Run as Run
from capacity_sim.api import Runs as Runs
from capacity_sim.api import Scenario as Scenario
from capacity_sim.api import Shown as Shown
from capacity_sim.api import compare as compare
from capacity_sim.api import follow as follow
from capacity_sim.api import follow_officer as follow_officer
from capacity_sim.api import load_scenario as load_scenario
from capacity_sim.api import open_runs as open_runs
from capacity_sim.api import params as params
from capacity_sim.api import run as run
from capacity_sim.api import why as why

__version__: str
