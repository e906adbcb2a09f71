"""Pages of the site that are generated: parameters, outputs, assumptions and the log of data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from capacity_sim import catalogue, data
from capacity_sim.cli import reading


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def parameters() -> str:
    """Every parameter of the catalogue, by room."""
    known = catalogue.load().parameters
    lines: list[str] = []
    for room in dict.fromkeys(path.partition(".")[0] for path in known):
        lines += ["", f"## {room}", ""]
        lines += ["| parameter | unit | by | limits | dated | what it is |", "|---|---|---|---|---|---|"]
        for path, spec in known.items():
            if path.partition(".")[0] != room:
                continue
            low, high = spec.limits
            dated = ("yes, a rule" if spec.rule else "yes") if spec.varies else "no"
            by = ", ".join(spec.dims) or "-"
            cells = (f"`{path}`", _cell(spec.unit), by, f"{low:g} to {high:g}", dated, _cell(spec.words))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).strip()


def outputs() -> str:
    """Every output of the catalogue."""
    head = "| output | unit | by | over places and grades | over months | what it is |"
    lines = [head, "|---|---|---|---|---|---|"]
    every = catalogue.load().dimensions["area"]
    for name, spec in catalogue.load().outputs.items():
        ratio = spec.over_cells
        if ratio == "ratio":
            ratio = f"ratio of `{spec.numerator}` to `{spec.denominator}`"
        some = f" ({', '.join(f'`{area}`' for area in spec.areas)} only)"
        by = ", ".join(key + (some if key == "area" and spec.areas != every else "") for key in spec.by) or "-"
        cells = (f"`{name}`", _cell(spec.unit), by, ratio, spec.over_months, _cell(spec.words))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def assumptions() -> str:
    """The log of what the baseline assumes, worst first."""
    return reading.markdown(reading.log("baseline", False, ("red", "amber", "green"), None)).strip()


def data_log() -> str:
    """Sources of the data, and the files with their hashes."""
    found = data.load("england_wales")
    head = "| source | title | publisher | date | retrieved | licence |"
    lines = ["## Sources", "", head, "|---|---|---|---|---|---|"]
    for one in found.sources.values():
        title = f"[{_cell(one.title)}]({one.url})" if one.url else _cell(one.title)
        cells = (f"`{one.id}`", title, one.publisher, one.date or "-", one.retrieved.isoformat(), one.licence)
        lines.append("| " + " | ".join(_cell(cell) if at != 1 else str(cell) for at, cell in enumerate(cells)) + " |")
    lines += ["", "## Files", "", "| file | bytes | SHA-256 |", "|---|--:|---|"]
    for file in sorted(Path(found.folder).iterdir()):
        if file.suffix in (".yaml", ".csv"):
            content = file.read_bytes().replace(b"\r\n", b"\n")
            lines.append(f"| `{file.name}` | {len(content):,} | `{hashlib.sha256(content).hexdigest()[:16]}` |")
    return "\n".join(lines)


GENERATED: Mapping[str, Callable[[], str]] = MappingProxyType(
    {"parameters": parameters, "outputs": outputs, "assumptions": assumptions, "data-log": data_log}
)
