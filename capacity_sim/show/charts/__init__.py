"""Charts of publication quality: each function returns a matplotlib figure that carries its alt text.

Labels and units come from the catalogue; colours stay apart for colour-blind readers and in grey; a line below each
chart says what the bands are and which run the figures come from.
"""

from capacity_sim.show.charts.chain import bridge_chart
from capacity_sim.show.charts.cohorts import cohorts_chart
from capacity_sim.show.charts.credit import waterfall
from capacity_sim.show.charts.drivers import drivers_chart
from capacity_sim.show.charts.fan import fan
from capacity_sim.show.charts.needed import needed_against_in_post, needed_funded_in_post
from capacity_sim.show.charts.past import past_chart
from capacity_sim.show.charts.people import career, timeline
from capacity_sim.show.charts.pipeline import pipeline
from capacity_sim.show.charts.places import caseload, region_tiles, status_months
from capacity_sim.show.charts.runs import runs_over_time
from capacity_sim.show.charts.steps import steps_chart
from capacity_sim.show.charts.style import alt_of, png_bytes, save

__all__ = [
    "alt_of",
    "bridge_chart",
    "career",
    "caseload",
    "cohorts_chart",
    "drivers_chart",
    "fan",
    "needed_against_in_post",
    "needed_funded_in_post",
    "past_chart",
    "pipeline",
    "png_bytes",
    "region_tiles",
    "runs_over_time",
    "save",
    "status_months",
    "steps_chart",
    "timeline",
    "waterfall",
]
