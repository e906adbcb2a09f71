"""Two commands that ask the same at once, each in a process of its own: every run is made by one of them."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support.past import past_demo

pytestmark = [pytest.mark.cli, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
#: types a command once the other process is there too, and writes down each run that is made
TYPES = """
import json, sys, time
from pathlib import Path
from capacity_sim.cli import main
from capacity_sim.runs.coalitions import EngineCounts
from capacity_sim.runs.replication import EngineModel

me = sys.argv.pop(1)

def noted(before, what):
    def replicate(self, *words, **more):
        with Path(f"made-{me}").open("a") as log:
            log.write(json.dumps(what(self, *words, **more)) + "\\n")
        return before(self, *words, **more)
    return replicate

EngineModel.replicate = noted(EngineModel.replicate, lambda self, one, _, *, draw, rep, **more: [one.name, draw, rep])
EngineCounts.replicate = noted(EngineCounts.replicate, lambda self, task, seed, desks, *_: self.key(task, seed, desks))
Path(f"ready-{me}").touch()
while len(list(Path().glob("ready-*"))) < 2:
    time.sleep(0.01)
main()
"""


# the other studies make their runs in the same place as the first and the last of these
@pytest.mark.parametrize(
    "words",
    [
        "sensitivity reset --data demo --at 2024-06 --only staff.trainee.dropout --reps 4",
        "hindcast --data past_demo --draws 2 --no-forward",
        "solve reset --data demo --to 2024-06-30 --goal 'gap_fte <= 90 @2024-06' --draws 4 --probability 0.5"
        " --lever 'scale work.timing.factor@2024-04-29 between 0.8 and 1'",
    ],
    ids=lambda words: words.partition(" ")[0],
)
def test_two_that_ask_the_same_make_each_run_once(words: str, tmp_path: Path) -> None:
    past_demo(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TYPES, me, *shlex.split(words), "--workers", "1"],
            cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for me in ("first", "second")
    ]  # fmt: skip
    try:
        said = [one.communicate(timeout=300) for one in both]
    finally:
        for one in both:
            one.kill()
    assert [one.returncode for one in both] == [0, 0], said
    assert said[0][0] == said[1][0] != ""
    made = [line for log in tmp_path.glob("made-*") for line in log.read_text().splitlines()]
    assert made
    assert sorted(made) == sorted(set(made)), "each run once"
    assert not list(tmp_path.rglob("*.lock"))
