"""The figure that charts are: a matplotlib figure that shows itself in a notebook, with its alt text."""

from __future__ import annotations

from matplotlib.figure import Figure

from capacity_sim.show.charts.style import alt_of, png_bytes

_NOTEBOOK_DPI = 110


class Chart(Figure):
    """A matplotlib figure that a notebook shows by itself, and that carries what it shows in words."""

    @property
    def alt(self) -> str:
        """What the chart shows, for a reader who cannot see it."""
        return alt_of(self)

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        return png_bytes(self, _NOTEBOOK_DPI), {"alt": self.alt}

    def __repr__(self) -> str:
        """First sentence of what the chart shows."""
        return f"<Chart: {self.alt.partition('. ')[0]}>"
