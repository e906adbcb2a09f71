"""What staff and measures cost, as ranges: pay by grade, on-cost, optimism bias, cost of an FTE freed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from capacity_sim.analysis.benefits import Costed, Entry
from capacity_sim.data.pay import PayFile
from capacity_sim.runs.cells_kept import Cells
from capacity_sim.runs.design import column

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pay:
    """Pounds a year of one FTE by grade in each draw; all salaries move together, and so does on-cost.

    Parameters
    ----------
    file : PayFile
        What it is read from.
    each : mapping of grade to float array (draw,)
        Pay and on-cost.
    bias : float array (draw,)
        Share by which what measures free is cut.
    measures : mapping of part to float array (draw,)
        Pounds a year of a part besides staff.
    """

    file: PayFile
    each: Mapping[str, Array]
    bias: Array
    measures: Mapping[str, Array]


def pay_of(file: PayFile, draws: int, seed: int = 1) -> Pay:
    """Pay in each draw; with one draw at its central values.

    Parameters
    ----------
    file : PayFile
        Pay with its ranges.
    draws, seed : int
        Readings, and the key of all random numbers.

    Examples
    --------
    >>> from capacity_sim.data.pay import read_pay
    >>> pay = pay_of(read_pay(), 1)
    >>> round(float(pay.each["PO"][0]))
    49356
    """

    def quantiles(name: str) -> list[float | None]:
        return [None] if draws == 1 else list(column(seed, name, draws).tolist())

    salary, on_cost, bias = (quantiles(f"pay.{name}") for name in ("salary", "on_cost", "optimism_bias"))
    share = np.array([1.0 + file.on_cost.spread.read(q)[0] for q in on_cost])
    each = {
        grade: np.array([one.spread.read(q)[0] for q in salary]) * share for grade, one in file.salaries.items()
    }
    measures = {
        part: np.array([one.spread.read(q)[0] for q in quantiles(f"pay.measures.{part}")])
        for part, one in file.measures.items()
    }
    return Pay(file, each, np.array([file.optimism_bias.spread.read(q)[0] for q in bias]), measures)


def costed(entries: Sequence[Entry], pay: Pay) -> list[Costed]:
    """What each measure of a ledger frees after optimism bias, and what an FTE freed costs.

    Parameters
    ----------
    entries : sequence of Entry
        Measures with the staff that they free, draw by draw.
    pay : Pay
        Optimism bias and costs of measures in as many draws.

    Examples
    --------
    >>> from capacity_sim.data.pay import read_pay
    >>> none = np.zeros(1)
    >>> (one,) = costed([Entry("tool", 0, none, None, None, np.array([200.0]), none)], pay_of(read_pay(), 1))
    >>> one.after.tolist(), one.cost
    ([180.0], None)
    """
    found = []
    for one in entries:
        after = one.fte * (1.0 - pay.bias)
        cost = pay.measures.get(one.name)
        each = None
        if cost is not None:
            each = np.divide(cost, after, out=np.full(len(after), np.nan), where=after > 0)
        found.append(Costed(one.name, pay.bias, after, cost, each))
    return found


def pay_bill(pay: Pay, cells: Cells, draw: int, area: str | None = None) -> float:
    """Pounds a year of the staff in post in a month: all areas of work that are simulated, or one.

    Parameters
    ----------
    pay : Pay
        Pay in each draw.
    cells : Cells
        A month of a run.
    draw : int
        Its draw.
    area : str, optional
        One area of work.
    """
    trainees = cells.value("in_post_fte", area, "trainee", "")
    found = 0.0
    for grade, each in pay.each.items():
        fte = cells.value("in_post_fte", area, grade, "")
        fte -= trainees if grade == "PSO" else 0.0  # trainees count under PSO, and have pay of their own
        found += fte * float(each[draw])
    return found
