"""Reports as HTML: tables with headings for rows and columns, every word escaped."""

from __future__ import annotations

from html import escape

from capacity_sim.show.sheet import Report, Sheet


def table(sheet: Sheet, caption: str | None = None) -> str:
    r"""Table with headings of rows and columns.

    Parameters
    ----------
    sheet : Sheet
        The table.
    caption : str, optional
        Words above it; those of the sheet by default.

    Examples
    --------
    >>> print(table(Sheet(("", "needed"), (("PO", "<9"),), "FTE")))
    <table><caption>FTE</caption><thead><tr><td></td><th scope="col">needed</th></tr></thead>
    <tbody><tr><th scope="row">PO</th><td>&lt;9</td></tr></tbody></table>
    """
    said = sheet.caption if caption is None else caption
    parts = [f"<table>{f'<caption>{escape(said)}</caption>' if said else ''}<thead><tr>"]
    for heading in sheet.columns:
        parts.append(f'<th scope="col">{escape(heading)}</th>' if heading else "<td></td>")
    parts.append("</tr></thead>\n<tbody>")
    for row in sheet.rows:
        cells = []
        for number, cell in enumerate(row):
            words = number < sheet.words
            if number == 0 and cell.strip():
                kind = ' class="under"' if cell.startswith(" ") else ""
                cells.append(f'<th scope="row"{kind}>{escape(cell.strip())}</th>')
            else:
                cells.append(f"<td{' class=words' if words else ''}>{escape(cell)}</td>")
        parts.append(f"<tr>{''.join(cells)}</tr>")
    parts.append("</tbody></table>")
    return "".join(parts)


def report(found: Report) -> str:
    """Report with its sentences and tables, as a notebook shows it."""
    parts = [f"<p><strong>{escape(found.title)}</strong></p>"] if found.title else []
    parts += [f"<p>{escape(line)}</p>" for line in found.lead]
    parts += [table(sheet) for sheet in found.sheets]
    if found.notes:
        parts.append("".join(f"<p><small>{escape(note)}</small></p>" for note in found.notes))
    return "\n".join(parts)
