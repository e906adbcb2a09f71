"""The method behind the National Audit Office's Figure 8: probation officers in post, year by year, on paper.

It is arithmetic on published figures and knows nothing of the model, which is held against it. Its notes are followed
as they stand (notes 3 to 7 of the figure): trainees qualify two financial years after they start; a share of each
year's trainees drops out; officers leave at one rate a year, taken off those in post when the year begins; nobody is
promoted, moves inside the service or comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from capacity_sim.data import DataSet, Figure
from capacity_sim.data.stated import part
from capacity_sim.errors import DataError, Fault, shown_path

#: financial years from the start of training to qualifying (note 3)
YEARS_IN_TRAINING = 2
_MARCH = 3
_QUALIFYING = "staff.yaml"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the method needs; years are financial ones, called by the year in which they end.

    Parameters
    ----------
    opening : float
        Officers in post before the first year (FTE).
    years : tuple of int
        Years to work out, in order.
    starters : mapping of int to float
        Trainees who started (people, taken as FTE as the method does).
    leaving : mapping of int to float
        Share of officers in post at the start of the year who leave in it.
    dropout : float
        Share of trainees who never qualify.
    qualified : mapping of int to float
        Years whose officers who qualify are printed; they stand for the product.
    """

    opening: float
    years: tuple[int, ...]
    starters: Mapping[int, float]
    leaving: Mapping[int, float]
    dropout: float
    qualified: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Year:
    """A financial year by the method: officers in post at its end (FTE), and those who qualified and left in it."""

    year: int
    qualified: float
    left: float
    in_post: float

    @property
    def month(self) -> str:
        """Month of the figure: March, in which the year ends."""
        return f"{self.year}-03"


def project(given: Inputs) -> tuple[Year, ...]:
    """Officers in post at the end of each year.

    Parameters
    ----------
    given : Inputs

    Returns
    -------
    tuple of Year
        One for each of `given.years`.

    Raises
    ------
    KeyError
        When a year lacks its leaving rate or its trainees; `inputs` says so in words.

    Examples
    --------
    >>> two = Inputs(1000, (2022, 2023), {2020: 100, 2021: 200}, {2022: 0.1, 2023: 0.1}, 0.25, {})
    >>> [(one.month, one.qualified, one.left, one.in_post) for one in project(two)]
    [('2022-03', 75.0, 100.0, 975.0), ('2023-03', 150.0, 97.5, 1027.5)]
    """
    found, stock = [], given.opening
    for year in given.years:
        printed = given.qualified.get(year)
        trained = given.starters[year - YEARS_IN_TRAINING] * (1 - given.dropout) if printed is None else printed
        left = stock * given.leaving[year]
        stock += trained - left
        found.append(Year(year, trained, left, stock))
    return tuple(found)


def inputs(dataset: DataSet, last: date) -> Inputs:
    """What the method needs from the published figures of a data set, for every March from its start to a day.

    Parameters
    ----------
    dataset : DataSet
        Its start is the opening; `history`, `leaving` and `intakes` of its ``staff.yaml`` give the rest.
    last : datetime.date
        Day on which the last year must be over.

    Raises
    ------
    DataError
        With everything that the method needs and the data lack, or when no financial year ends in the span.
    """
    staff = dataset.published["staff"]
    faults: list[Fault] = []
    first = dataset.start.year + (dataset.start >= date(dataset.start.year, _MARCH, 31))
    years = tuple(year for year in range(first, last.year + 1) if date(year, _MARCH, 31) <= last)
    file = shown_path(dataset.folder / _QUALIFYING)
    if not years:
        hint = f"give a last day from {date(first, _MARCH, 31)} on"
        message = f"no financial year ends between {dataset.start} and {last}, and Figure 8 counts by them"
        raise DataError(Fault("no-year", message, hint=hint))
    intakes = part(staff, "intakes")
    stocks = _figures(part(staff, "history").get("PO"))
    opening = next((one.number for one in stocks if _same_month(one.as_of, dataset.start)), None)
    starters = {one.as_of.year: one.number for one in _figures(intakes.get("starters"))}
    qualified = {one.as_of.year: one.number for one in _figures(intakes.get("qualifiers"))}
    dropout = intakes.get("dropout")
    leaving = {year: _nearest(_figures(part(staff, "leaving").get("PO")), year) for year in years}
    lacks = []
    if opening is None:
        lacks.append(("history.PO", f"probation officers in post in {dataset.start:%Y-%m}"))
    if not isinstance(dropout, Figure):
        lacks.append(("intakes.dropout", "the share of trainees who drop out"))
    for year in years:
        if leaving[year] is None:
            lacks.append(("leaving.PO", f"a leaving rate of probation officers within half a year of {year}-03-31"))
        if year not in qualified and year - YEARS_IN_TRAINING not in starters:
            lacks.append(("intakes.starters", f"trainees who started in the year to {year - YEARS_IN_TRAINING}-03-31"))
    for where, what in lacks:
        hint = f"add a figure to `{where}`"
        faults.append(Fault("figure-8", f"the method of Figure 8 needs {what}, which `{file}` lacks", file, hint=hint))
    if faults or opening is None or not isinstance(dropout, Figure):
        raise DataError(faults)
    rates = {year: rate for year, rate in leaving.items() if rate is not None}
    return Inputs(opening, years, starters, rates, dropout.number, qualified)


def _figures(rows: object) -> list[Figure]:
    return [one for one in rows if isinstance(one, Figure)] if isinstance(rows, list | tuple) else []


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def _nearest(rows: list[Figure], year: int) -> float | None:
    """Rate of the twelve months that end nearest to the end of a financial year, the earlier of two as near."""
    end = date(year, _MARCH, 31)
    near = [one for one in rows if abs((one.as_of - end).days) <= 183]
    return min(near, key=lambda one: (abs((one.as_of - end).days), one.as_of)).number if near else None
