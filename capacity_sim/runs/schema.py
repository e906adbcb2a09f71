"""The columns of the monthly results, and the words in them that no dimension of the catalogue holds."""

from __future__ import annotations

import pyarrow as pa

#: columns that say what a row is about, in order
KEYS = ("month", "region", "unit", "area", "grade", "basis", "measure", "type", "risk", "activity")
COLUMNS = ("draw", "rep", *KEYS, "value")
_TEXT = pa.dictionary(pa.int16(), pa.string())
SCHEMA = pa.schema(
    [
        ("draw", pa.int16()),
        ("rep", pa.int16()),
        *((key, _TEXT) for key in KEYS),
        ("value", pa.float64()),
    ]
)

#: place of the national teams and of the pool of other roles
NATIONAL = "National"
#: area of the pool of staff whose work is not modelled
OTHER_ROLES = "other_roles"
#: types of the rows of starts and ends; custody is also a state
ORDER, CUSTODY = "order", "custody"
#: what every file with rows of single units says of them
ILLUSTRATIVE = (
    "Rows of single delivery units are illustrative (quality red): they rest on an assumed split of "
    "published totals and regional figures."
)
#: measures that are kept by activity; their rows come after all others
WORK_MEASURES = ("work_due", "work_done", "work_on_time", "work_not_done", "hours_not_done", "work_paused")
