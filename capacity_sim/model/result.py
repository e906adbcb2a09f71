"""What one replication of the model hands back: plain arrays, no files and no names of measures.

Every array is a sum over the weeks of a calendar month (a week belongs to the month of its Thursday) or, where said,
the state at the end of the month's last week. Minutes are whole minutes in int64, so sums do not depend on order.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
CountArray = npt.NDArray[np.int32]  # of the large tables, to halve them
FloatArray = npt.NDArray[np.float64]

#: counts kept for each activity and risk
ACTIVITY_MEASURES = ("due", "done", "on_time", "lapsed", "paused")
#: minutes kept for each area and grade on the timing that officers really need
FLOW_MEASURES = ("due", "delivered", "short", "lapsed", "waiting", "owed")
#: cases above which officers are counted
CASELOAD_LIMITS = (20, 30, 40, 50, 60, 70, 80)
#: what is kept of staff by grade: heads who joined, left, came by a move inside the service and went by one; trainees
#: not taken on for want of places or mentors; FTE with four years of service or less; FTE given to mentoring
STAFF_COUNTS = ("joined", "left", "moved_in", "moved_out", "not_taken", "short_service", "mentoring")
#: what happens to people
EVENTS = (
    "order_start",
    "custody_start",
    "handover",
    "release",
    "recall",
    "re_release",
    "post_sentence_start",
    "follow_up",
    "order_completed",
    "order_revoked",
    "supervision_end",
    "ended_in_custody",
    "programme_start",
    "unpaid_work_limit",
)

#: what people need a place of, or are referred to
SERVICES = ("unpaid_work", "programme", "tag", "approved_premises", "referral")
#: counts kept for each service and risk; the last four are stocks at the end of the month
SERVICE_MEASURES = (
    "imposed",
    "started",
    "started_in_time",
    "completed",
    "completed_in_time",
    "decided",
    "expired",
    "uncommenced",
    "ended",
    "returned",
    "extended",
    "declined",
    "offered",
    "attended",
    "waiting",
    "held",
    "open",
    "left",
)


@dataclass(frozen=True)
class RunResult:
    """One replication: arrays by block (delivery unit or team) and month.

    Blocks are the delivery units in the order of the data set, then one regional team for each region, then one
    national team. `block_names` and `block_region` (index of the region, -1 for the national team) say which is which;
    the first `n_units` blocks are delivery units.

    Attributes
    ----------
    months : tuple of str
        Calendar months as ``YYYY-MM``.
    weeks_in_month : int array (month,)
        Weeks that were simulated in each month: divide by it to turn a monthly sum into a weekly mean.
    productive_minutes : float array (month, grade)
        Productive minutes of one FTE in a week (the denominator of every required FTE).
    due : int64 minutes (block, month, area, grade, basis)
        Work that fell due, on each of the three timing bases.
    flow : int64 minutes (block, month, area, grade, FLOW_MEASURES)
        On the timing officers really need: due in the month, delivered, hours short (time that done work was not
        given), lapsed; waiting at the end of the month; and owed then (paused by the unit's status).
        due = delivered + short + lapsed + change of waiting + change of owed.
    activity : int64 counts (block, month, activity, risk, ACTIVITY_MEASURES)
        Pieces of work due, done, done by their deadline, lapsed, and paused by the unit's status when they fell due.
    activity_lapsed_minutes : int64 minutes (block, month, activity, risk)
    people : int64 persons (unit, month, state, risk, 3)
        At the end of the month: on sentence, supervised (contact not suspended), and tagged in the community.
    events : int64 counts (unit, month, EVENTS)
    in_post, available : float FTE (block, month, area, grade)
        Mean over the month's weeks.
    other_roles : float FTE (month, grade)
    funded : float FTE (block + 1, month, area, grade)
        Target staffing in force; the last block is the other roles, all under the first area.
    headroom : float array (month,)
        Share of hours that is planned to stay free; the staff needed are divided by what is left.
    staff_counts : float array (block + 1, month, grade, STAFF_COUNTS)
        Heads and FTE; the last block is the other roles.
    caseload : int64 (unit, month, 2, 9)
        For PO (0) and PSO (1) desks at the end of the month: officers holding cases, cases, officers above 20, 30, 40,
        50, 60, 70 and 80 cases.
    officer_changes : int64 (unit, month)
        Changes of a person's named officer: the officer left, or the seniors who held the case found an officer.
    changes_of_ended : int64 (unit, month)
        Changes of officer that the people whose sentence ended in the month had seen in it, since day 0.
    status : int8 (unit, month)
        0 green, 1 amber, 2 red, as set at the review that closes the month.
    load : int64 minutes (unit, review, 2)
        What fell due for named officers since the review before, and the minutes that they had: the load is the ratio.
        Reviews of the warm-up come first, then one for each month.
    services : int64 counts (unit, month, SERVICES, SERVICE_MEASURES, risk)
        Requirements, needs and referrals: imposed in the month; started (a place, a fitting, a first session), and by
        the end of the third week of the order; completed, and before the first return to court; decided (known
        whether completed in time); expired with the sentence after they had begun, and uncommenced; ended by the
        court or by dropping out; returned to court, and extended there; not taken up; days or sessions offered, and
        attended. Of referrals *declined* did not start and *ended* failed. At the end of the month: people who wait
        and who have a place, requirements still open, days or sessions left.
    counts : dict
        Totals for the manifest (people simulated, activities, officers).
    """

    months: tuple[str, ...]
    weeks_in_month: npt.NDArray[np.int64]
    productive_minutes: FloatArray
    block_names: tuple[str, ...]
    block_region: npt.NDArray[np.int64]
    n_units: int
    regions: tuple[str, ...]
    due: IntArray
    flow: IntArray
    activity: CountArray
    activity_lapsed_minutes: IntArray
    people: IntArray
    events: IntArray
    in_post: FloatArray
    available: FloatArray
    other_roles: FloatArray
    funded: FloatArray
    headroom: FloatArray
    staff_counts: FloatArray
    caseload: IntArray
    officer_changes: IntArray
    changes_of_ended: IntArray
    status: npt.NDArray[np.int8]
    load: IntArray
    services: CountArray
    counts: dict[str, int] = field(default_factory=dict)
