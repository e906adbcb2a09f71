"""What a call hands back when a table of words is the answer: it shows itself, and has its figures as pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from capacity_sim.show import html, sheet
from capacity_sim.show.charts.chart import Chart


@dataclass(frozen=True, repr=False)
class Shown:
    """An answer in words and tables, rounded as the command shows it.

    Parameters
    ----------
    report : Report
        Title, sentences, tables and notes.
    draw : callable, optional
        Makes its chart.
    about : str
        What it is about in one line, where its title does not say so.

    Examples
    --------
    >>> import capacity_sim as cs
    >>> cs.why("reset", "supervision.suspend.adoption", on="2027-06-01")
    <Shown: supervision.suspend.adoption in `reset` on 2027-06-01: 1 share>
    """

    report: sheet.Report
    draw: Callable[[], Chart] | None = field(default=None, compare=False)
    about: str = field(default="", compare=False)

    @property
    def title(self) -> str:
        """What it is about."""
        return self.about or self.report.title or (self.report.lead[0] if self.report.lead else "")

    @property
    def frame(self) -> pd.DataFrame:
        """Figures as a table of plain columns, one figure a row, rounded as they are shown."""
        return pd.DataFrame(list(self.report.records))

    @property
    def text(self) -> str:
        """Tables and sentences as the command prints them."""
        return sheet.to_text(self.report)

    def plot(self) -> Chart:
        """Chart of the answer.

        Raises
        ------
        TypeError
            When the answer has no chart.
        """
        if self.draw is None:
            message = f"`{self.title}` has no chart"
            raise TypeError(message)
        return self.draw()

    def __repr__(self) -> str:
        """One line."""
        return f"<Shown: {self.title}>"

    def _repr_html_(self) -> str:
        return html.report(self.report)
