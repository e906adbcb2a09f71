"""The names of grades, areas, timings and months as a reader meets them."""

from __future__ import annotations

from datetime import date

BASES = {
    "original": "original timings (used before 2024)",
    "policy_adjusted": "policy-adjusted timings (what policy expects)",
    "staff_reported": "staff-reported timings (what staff say)",
}
GRADES = {
    "CA": "Case administrator (CA)",
    "PSO": "Probation services officer (PSO)",
    "trainee": "Trainee probation officer",
    "PO": "Probation officer (PO)",
    "SPO": "Senior probation officer (SPO)",
    "specialist": "Specialist",
}
STAFF = {
    "required_fte": "needed",
    "funded_fte": "funded",
    "in_post_fte": "in post",
    "available_fte": "available",
    "shortfall_fte": "shortfall",
    "gap_fte": "gap",
}
RISKS = {"low": "low", "medium": "medium", "high": "high", "very_high": "very high"}


def month_name(month: str, short: bool = False) -> str:
    """Month in words.

    Examples
    --------
    >>> month_name("2029-03"), month_name("2029-03", short=True)
    ('March 2029', 'Mar 2029')
    """
    return date.fromisoformat(f"{month}-01").strftime("%b %Y" if short else "%B %Y")


def day_name(day: date) -> str:
    """Day in words.

    Examples
    --------
    >>> day_name(date(2024, 3, 31))
    '31 March 2024'
    """
    return f"{day.day} {day.strftime('%B %Y')}"


def area_name(area: str) -> str:
    """Area of work in words.

    Examples
    --------
    >>> area_name("sentence_management")
    'Sentence management'
    """
    return area.replace("_", " ").capitalize()
