"""The report: one HTML file that stands alone, and the one-page brief in Markdown; both from run folders."""

from capacity_sim.show.page.brief import brief
from capacity_sim.show.page.build import page

__all__ = ["brief", "page"]
