"""Whether an audit pack gives the same when it is made anew."""

from __future__ import annotations

from collections.abc import Sequence

from capacity_sim.runs.packed import Rebuilt
from capacity_sim.show.sheet import Report, Sheet


def verified_report(found: Sequence[Rebuilt], name: str) -> Report:
    """Result files of a pack beside the rebuilt ones.

    Parameters
    ----------
    found : sequence of Rebuilt
        What was compared.
    name : str
        The pack.
    """
    rows = tuple(
        (one.run, one.file, one.packed[:12], one.rebuilt[:12], "same" if one.same else "DIFFERENT") for one in found
    )
    differ = sum(not one.same for one in found)
    lead = (
        "Every file is as it was packed, and every result file was made anew, byte for byte."
        if not differ
        else f"{differ} of {len(found)} result files differ: the program or a library is another one (`versions.json`)."
    )
    return Report(
        f"Audit pack {name}, made anew",
        (lead,),
        (Sheet(("Run", "File", "Packed", "Rebuilt", ""), rows, words=5),),
        ("Packed and rebuilt: the first twelve characters of the SHA-256.",),
        tuple(
            {
                "run": one.run,
                "file": one.file,
                "packed": one.packed,
                "rebuilt": one.rebuilt,
                "same": str(one.same).lower(),
            }
            for one in found
        ),
    )
