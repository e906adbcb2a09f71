"""The tree of teams: which areas of work are done where, and the pools of staff who do it.

Sentence management and court work are done in the delivery units; enforcement, serious further offences, unpaid work
and accredited programmes by regional teams; national security and complaints by one national team. Cases belong to
named officers (PO and PSO); everyone else works in a pool: the staff of one grade for one area in one team.
"""

from dataclasses import dataclass

from capacity_sim.catalogue import Catalogue
from capacity_sim.errors import DataError, Fault

UNIT, REGION, NATION = 0, 1, 2

#: where each area of work is done
LEVEL = {
    "sentence_management": UNIT,
    "court": UNIT,
    "enforcement": REGION,
    "serious_further_offences": REGION,
    "unpaid_work": REGION,
    "accredited_programmes": REGION,
    "national_security": NATION,
    "complaints": NATION,
}
#: groups of desks of named officers, before the pools
CASE_GROUPS = (("sentence_management", "PO"), ("sentence_management", "PSO"))
#: the pool that holds a case when no officer of the eligible grade is left
FALLBACK = ("sentence_management", "SPO")


@dataclass(frozen=True)
class Pool:
    """Staff of one grade who do one area's work in one team.

    Attributes
    ----------
    area, grade : str
    level : int
        0 delivery unit, 1 regional team, 2 national team.
    """

    area: str
    grade: str
    level: int


def pools(catalogue: Catalogue) -> tuple[Pool, ...]:
    """Pools that the activities need, the fallback pool first.

    Raises
    ------
    DataError
        If an activity names a grade or an area that does not exist.

    Examples
    --------
    >>> from capacity_sim import catalogue
    >>> pools(catalogue.load())[0]
    Pool(area='sentence_management', grade='SPO', level=0)
    """
    names = [FALLBACK]
    faults = []
    for activity in catalogue.activities:
        moves_to = activity.spec.get("moves_to")
        if moves_to is not None and LEVEL[activity.area] != UNIT:
            message = f"activity `{activity.id}` moves to another grade, which only work of delivery units can"
            faults.append(Fault("cannot-move", message))
        grades = [activity.spec["grade"], *activity.spec.get("support", {}), *([moves_to] if moves_to else [])]
        for grade in grades:
            if grade == "case":
                continue
            if grade not in catalogue.dimensions["grade"]:
                faults.append(
                    Fault("unknown-grade", f"activity `{activity.id}` names grade `{grade}`, which does not exist")
                )
            elif (activity.area, grade) not in names:
                names.append((activity.area, grade))
    if faults:
        raise DataError(faults)
    return tuple(Pool(area, grade, LEVEL[area]) for area, grade in names)


def groups(catalogue: Catalogue) -> tuple[tuple[str, str], ...]:
    """Area and grade of every group of desks: named PO, named PSO, then the pools."""
    return CASE_GROUPS + tuple((pool.area, pool.grade) for pool in pools(catalogue))
