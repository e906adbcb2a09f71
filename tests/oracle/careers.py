"""Rules of a career, person by person: hours of a year, service, chances of leaving and dropping out."""

from __future__ import annotations

import math

from capacity_sim import streams

from .rules import Rules, uniform, uniform_k

MONTHS_A_YEAR = 12
BANDS = ((0, 12), (12, 24), (24, 48), (48, 120), (120, 360))  # months of service
BELOW = {"SPO": "PO", "PSO": "CA"}  # who is promoted
MINUTES = 60 / (365.25 / 7)  # a week, of an hour in a year


class Careers:
    """The rules for one world.

    Parameters
    ----------
    rules : Rules
    """

    def __init__(self, rules: Rules) -> None:
        self.rules, self.fixed = rules, rules.world.parameters.fixed

    def dated(self, path: str, row: int, grade: str | None = None) -> float:
        """Value of a parameter in a week."""
        value = self.rules.world.parameters.weekly(path)[row]
        return float(value if grade is None else value[self.rules.grades.index(grade)])

    def of_grade(self, path: str, grade: str) -> list[float]:
        """Row of a grade in a parameter of the whole run."""
        return [float(x) for x in self.fixed(path)[self.rules.grades.index(grade)]]

    def minutes_a_week(self, grade: str, row: int) -> float:
        """Productive minutes of one FTE of a grade in a week; a trainee's time is that of a PSO."""
        works_as = "PSO" if grade == "trainee" else grade
        day = float(self.fixed("staff.time.day_hours"))
        days = self.dated("staff.time.leave_days", row) + self.dated("staff.time.sickness_days", row, works_as)
        days += self.dated("staff.time.training_days", row, works_as)
        change = self.dated("staff.time.change.proposals", row) * self.dated("staff.time.change.hours_each", row)
        change *= 1.0 - self.dated("staff.time.change.paused", row)
        taken = day * days + change + self.dated("staff.time.other_hours", row, works_as)
        hours = (float(self.fixed("staff.time.contract_hours")) - taken) * self.dated(
            "staff.productive.factor", row, works_as
        )
        return hours * MINUTES

    def service(self, key: int, grade: str) -> int:
        """Months since someone in post at the start joined."""
        draw, total = uniform(key, streams.TENURE), 0.0
        low, high = BANDS[-1]
        for band, share in zip(BANDS, self.of_grade("staff.tenure.share", grade), strict=True):
            total += share
            if draw < total:
                low, high = band
                break
        return low + int(uniform_k(key, streams.TENURE, 1) * (high - low))

    def leaving(self, grade: str, service: int, row: int) -> float:
        """Annual rate of leaving of someone with some months of service."""
        factors = [float(x) for x in self.fixed("staff.leaving.tenure_factor")]
        shares = self.of_grade("staff.tenure.share", grade)
        mean = sum(share * factor for share, factor in zip(shares, factors, strict=True))
        band = next((i for i, (_, high) in enumerate(BANDS) if service < high), len(BANDS) - 1)
        return self.dated("staff.leaving.annual_rate", row, grade) * factors[band] / (mean or 1.0)

    def dropout(self, month: int, training: int) -> float:
        """Chance of dropping out in a month (1 is the first) of a training of some months."""
        total = float(self.fixed("staff.trainee.dropout"))
        shape = [float(x) for x in self.fixed("staff.trainee.dropout_shape")]
        when = []
        for n in range(training):
            stage = 0 if n < 1 else 1 if n < 3 else 2
            when.append(shape[stage] / (1, min(training, 3) - 1, training - 3)[stage])
        sum_of_all = sum(when)
        if sum_of_all <= 0:
            when, sum_of_all = [1.0] * training, training
        gone = [total * part / sum_of_all for part in when]
        there = 1.0 - sum(gone[: month - 1])
        return min(1.0, gone[month - 1] / there) if there > 0 else 1.0

    def training(self, key: int, row: int) -> int:
        """Months of the training of someone who starts it in a week."""
        part_time = uniform(key, streams.PART_TIME) < self.dated("staff.trainee.part_time_share", row)
        return int(self.fixed("staff.trainee.part_time_months" if part_time else "staff.trainee.months"))

    def feedback(self, size: float, workload: float) -> float:
        """Factor that a unit's workload puts on leaving or sickness."""
        reference = float(self.fixed("staff.feedback.reference"))
        return min(4.0, max(0.25, 1.0 + size * (workload / reference - 1.0)))


def whole_and_chance(amount: float, draw: float) -> int:
    """The whole part of an amount, and one more with the chance of the rest."""
    return math.floor(amount) + (draw < amount - math.floor(amount))


def a_month(annual_rate: float) -> float:
    """Chance in a month that goes with a hazard a year."""
    return 1.0 - math.exp(-annual_rate / MONTHS_A_YEAR)
