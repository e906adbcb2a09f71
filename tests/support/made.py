"""Two made-up scenario files, a part and a stress test of it, with everything that a file can say."""

from __future__ import annotations

from pathlib import Path

PART = """\
name: part
title: A made-up part of a made-up programme, whose title is much longer than a list can show
extends: [baseline]
kind: part
status: announced
summary: Fewer recalls, and officers leave less.
question: What does it spare?
as_of: 2025-10-22
review_by: 2030-03-31

sources:
  planners:
    title: Planners
    publisher: A workshop
    url: https://example.org/planners

rollout:
  slip_months: {value: 0, range: [0, 12]}
  strength: 0.5
  source: planners 9
  basis: assumed
  quality: green
  why: No day is given.

changes:
  - id: part.recalls
    path: people.recall.monthly_rate
    where: {length_band: [under_12m, 12m_to_24m]}
    scale: 0.8
    from: 2026-04-01
    to: 2028-03-31
    phase_in_months: 6
    range: [0.7, 0.9]
    source: planners 3
    basis: assumed
    quality: red
    impact: amber
    why: As planned.
  - id: part.trainees
    path: staff.trainee.starts_per_year
    set: {2026-04-01: 1300, 2027-04-01: 1400}
    range: {2027-04-01: [1200, 1600]}
    source: planners 4
    basis: policy
    quality: amber
    impact: red
    why: As funded.

not_modelled:
  - Anything else.

example:
  words: A short sentence with one recall.
  person: {key: 7, start_type: custody, start: 2026-05-04, length_days: 300, risk: high, flags: [mappa]}
  traced: {recall: [2026-11-02, never], hours: [61.5, 58]}
"""

STRESS = """\
name: stress
title: The part late and weak
extends: [part]
kind: stress
status: hypothetical
summary: As the part, later and with half the recalls.
review_by: 2031-03-31

sources:
  doubters:
    title: Doubters

adjust:
  - id: part.recalls
    strength: 0.5
    delay_months: 12
    source: doubters 1
    why: It has slipped before.

changes:
  - id: stress.leavers
    path: staff.leaving.annual_rate
    where: {grade: PO}
    add: -0.02
    from: 2026-04-01
    source: doubters 2
    basis: assumed
    quality: red
    impact: red
    why: Fewer leave.
"""


def write(folder: Path) -> None:
    """Write the two files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("part", PART), ("stress", STRESS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
