"""What many draws cost besides simulating: rows of a replication kept, the folder written, read again, and the memory.

Run it from the root of the repository: ``python benchmarks/draws.py`` (a minute or two). One replication is simulated;
its rows then stand for those of as many draws as are asked, as their size does not depend on the reading.
Seconds are of processor time, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from capacity_sim import scenario
from capacity_sim.runs.parts import Parts, Rows
from capacity_sim.runs.replication import EngineModel, load_data
from capacity_sim.runs.task import replicate
from capacity_sim.runs.writer import RunWriter

KEY = "0" * 64


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor time of some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def peak() -> float:
    """Peak memory of this process, in MiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_folder(runs: Path, draws: int) -> dict[str, float]:
    """Write a folder of so many draws from parts, each a copy of the one that is there."""
    with Parts(runs, "baseline", KEY) as parts, RunWriter(runs, "baseline", f"{draws:08}" + "0" * 56) as writer:
        began = time.process_time()
        for _ in range(draws):
            writer.write(parts.read(0, 0).table)
        return {"seconds": (time.process_time() - began) / draws, "peak": peak()}


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="england_wales", help="data set")
    parser.add_argument("--folder", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.folder:
        sys.stdout.write(json.dumps(write_folder(asked.runs, asked.folder)))
        return
    found = dataclasses.replace(scenario.load("baseline", load_data=load_data), data=asked.data)
    model = EngineModel(asked.data)
    rows: list[Rows] = []

    def simulate() -> None:
        rows.append(replicate(model, found, None, 1, 0, 0, False, 1, None, None))

    simulate()  # compiles
    lines = [("one replication simulated, one thread", f"{timed(simulate):.2f} s")]
    lines.append(("rows of it", f"{rows[0].table.num_rows:,}"))
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        with Parts(runs, "baseline", KEY) as parts:
            lines.append(("its rows kept", f"{timed(lambda: parts.write(0, 0, rows[0])):.2f} s"))
            size = next(parts.folder.glob("*.arrow")).stat().st_size / 2**20
            lines.append(("size of what is kept", f"{size:.1f} MiB"))
            again = timed(lambda: parts.read(0, 0))
            lines.append(("its rows read again", f"{again:.2f} s"))
        for draws in (5, 50):  # the part is there, and nobody holds its folder
            made = json.loads(
                subprocess.run(
                    [sys.executable, __file__, "--folder", str(draws), "--runs", folder],
                    check=True, capture_output=True, text=True,
                ).stdout
            )  # fmt: skip
            lines.append((f"folder of {draws} draws written, a draw", f"{made['seconds']:.2f} s"))
            lines.append((f"peak memory of that, {draws} draws", f"{made['peak']:.0f} MiB"))
    sys.stdout.write("| what | measured |\n| --- | --- |\n" + "".join(f"| {a} | {b} |\n" for a, b in lines))


if __name__ == "__main__":
    main()
