"""The made-up region with a past to rerun: what `hindcast` is tested on."""

import shutil
from pathlib import Path

DEMO = Path(__file__).parent.parent / "data" / "past_demo"
SETS = Path(__file__).parent.parent.parent / "capacity_sim" / "data"


def past_demo(folder: Path) -> Path:
    """The set, made as `past_demo` in a folder; its values are those of `demo`."""
    made, demo = folder / "past_demo", SETS / "demo"
    shutil.copytree(DEMO, made)
    head = (demo / "dataset.yaml").read_text(encoding="utf-8").replace("../", f"{SETS.as_posix()}/")
    for name in ("sources", "parameters", "calibrated"):
        head = head.replace(f"- {name}.yaml", f"- {demo.as_posix()}/{name}.yaml")
        head = head.replace(f"file: {name}.yaml", f"file: {demo.as_posix()}/{name}.yaml")
    head = head.replace("name: demo", f"name: past_demo\nbase: {demo.as_posix()}")
    (made / "dataset.yaml").write_text(head, encoding="utf-8")
    return made
