"""The brief: one page of Markdown, for a mail or a board paper."""

from __future__ import annotations

from collections.abc import Sequence

from capacity_sim.analysis.dossier import Dossier
from capacity_sim.show import words
from capacity_sim.show.page import build
from capacity_sim.show.page import words as said
from capacity_sim.show.page.watched import levels
from capacity_sim.show.sheet import interval, number

_MOST = 4


def brief(found: Dossier) -> str:
    """One page of Markdown: the answer, by grade, what changes it, what is left out, and where it comes from.

    Parameters
    ----------
    found : Dossier
        What is said.
    """
    subject, step = found.subject, said.step_of(found)
    area = words.area_name(found.area).lower()
    parts = [
        f"# {subject.title}: staff in {area}, {subject.place}",
        "\n".join(f"{place}. {line}" for place, line in enumerate(said.five_lines(found), 1)),
        f"## By grade, {words.month_name(found.month)} (FTE)",
        _table(("Grade", "needed", "in post", "gap"), build.grades(found)),
    ]
    if found.comparisons:
        rows = []
        for folder in found.folders[1:]:
            central, low, high = found.difference("gap_fte", folder.name)
            fine = said.finer(step, central)
            rows.append((folder.title, number(central, fine, sign=True), interval(low, high, fine, sign=True)))
        parts += [
            f"## Change in the gap beside {found.base.name} (FTE)",
            _table(("Scenario", "change", "10th to 90th percentile"), rows),
        ]
    parts += ["## Thresholds", "\n".join(f"- {line}" for line in levels(found).said)]
    left = said.left_out(found)
    more = f" And {len(left) - _MOST} more in the report." if len(left) > _MOST else ""
    parts += [
        "## How sure",
        f"{found.headline.words} {said.drivers_sentence(found)}",
        "## Left out",
        "\n".join(f"- {line}" for line in left[:_MOST]) + (f"\n\n{more.strip()}" if more else ""),
        "## Where it comes from",
        f"Runs {', '.join(f'`{folder.path.name}`' for folder in found.folders)}; data set "
        f"{subject.question['data']['name']} as at {subject.question['data']['start']}; capacity-sim "
        f"{subject.question['versions']['capacity_sim']}. Again: `{build.rebuild(found)[0]}`."
        + (f" {subject.own_words}" if subject.own_words else ""),
    ]
    return "\n\n".join(parts) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1)]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)
