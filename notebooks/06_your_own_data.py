# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. Your own data in place of ours
#
# **Question.** What does a region see when it puts its own people and staff in place of our allocation of published totals?
#
# `capacity-sim data template` writes tables that are filled with our figures; a region writes its own over them, and
# `data check` reads them. Nothing leaves the machine.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

import capacity_sim as cs

region = {"demo": "Demo Region"}.get(DATA, "North East")
own = Path(tempfile.mkdtemp()) / "own"


def command(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "capacity_sim", *words], capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


written = command("data", "template", str(own), "--data", DATA, "--region", region)
sorted(file.name for file in own.iterdir())

# %% [markdown]
# Here a tenth of the probation officers is taken away in every unit, as if there were vacancies that our allocation does not
# know of, and the tables say whose figures they are.

# %%
staff = pd.read_csv(own / "staff.csv")
mine = (staff["grade"] == "PO") & (staff["area"] == "sentence_management")
before = staff.loc[mine, "fte"].sum()
staff.loc[mine, "fte"] = (staff.loc[mine, "fte"] * 0.9).round(2)
staff.to_csv(own / "staff.csv", index=False)
about = (own / "about.yaml").read_text()
lines = []
for line in about.splitlines():
    key = line.partition(":")[0]
    lines.append(f"{key}: Made up in a notebook, {region}" if key in ("title", "source") else line)
_ = (own / "about.yaml").write_text("\n".join(lines) + "\n")
print(command("data", "check", str(own)))

# %%
ours = cs.run("baseline", data=DATA, region=region, draws=DRAWS)[0]
theirs = cs.run("baseline", data=str(own), region=region, draws=DRAWS)[0]
theirs

# %% [markdown]
# ## Answer

# %%
AT = "2025-03"
both = pd.DataFrame(
    {
        name: {measure: run.table(measure, at=AT)["central"].iloc[0] for measure in ("in_post_fte", "required_fte", "gap_fte")}
        for name, run in (("ours", ours), ("their own", theirs))
    }
)
Markdown(
    f"With {staff.loc[mine, 'fte'].sum():.0f} FTE of probation officers in place of our {before:.0f}, the gap of {region} in March "
    f"2025 is **{theirs.say('gap_fte', at=AT)}** and not {ours.say('gap_fte', at=AT)}."
)

# %%
both.round(1)

# %% [markdown]
# ## Figure

# %%
theirs.plot()

# %% [markdown]
# ## Caveat
#
# Two runs on unlike data are not compared draw by draw: `cs.compare` refuses them and says what differs, because what the
# data change cannot be told from luck.

# %%
try:
    cs.compare([ours, theirs])
except cs.CapacitySimError as refused:
    print(str(refused).splitlines()[0])
