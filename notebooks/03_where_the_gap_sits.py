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
# # 3. Where the gap sits
#
# **Question.** In which grades, regions and delivery units is the gap, and is it the same places all along?

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
import pandas as pd
from IPython.display import Markdown

import capacity_sim as cs

run = cs.run("in-force", data=DATA, region=REGION, draws=DRAWS, units=True)[0]
AT = "2027-03"
run

# %% [markdown]
# ## Answer

# %%
grades = run.table("gap_fte", by="grade", at=AT).set_index("grade")["central"]


def gap(grade: str) -> str:
    """Gap of a grade and the staff that it needs, with ranges."""
    both = [run.say(name, at=AT, where={"grade": grade}) for name in ("gap_fte", "required_fte")]
    return f"{both[0]} of the {both[1]} needed"


Markdown(
    f"In March 2027 the gap is largest for **{grades.idxmax()}**. Probation officers (PO) lack {gap('PO')}, probation services "
    f"officers (PSO) {gap('PSO')}, case administrators (CA) {gap('CA')} and senior probation officers (SPO) {gap('SPO')}."
)

# %%
run.headline(AT, by="grade")

# %% [markdown]
# ## Figures
#
# Regions lie roughly as they do on a map. A darker tile lacks a larger share of the staff that it needs.

# %%
run.regions("gap_fte", at=AT)

# %% [markdown]
# Delivery units month by month. They are *illustrative*: no workload is published by unit, and they rest on a split of
# published totals.

# %%
run.status()

# %% [markdown]
# A gap is carried by people: officers by the cases that they hold.

# %%
run.caseload(at=AT)

# %% [markdown]
# Work due for each hundred hours that there are, by delivery unit: how many units, and not which, as each is *illustrative*.

# %%
units = run.table("workload_pct", by="unit", at=AT)
bands = pd.cut(units["central"], [0, 100, 125, 150, 175, 200, float("inf")], right=False)
bands.value_counts(sort=False).rename_axis("per cent").rename("units (illustrative)").to_frame()

# %% [markdown]
# ## Caveat
#
# Trust the country before a region, and no figure of a single unit. People and staff of a region are both our allocation of
# published totals, so a region's gap has the error of both.
