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
# # 1. A first run
#
# **Question.** How many staff does the Probation Service need in sentence management, how many will be there, and how sure
# is that, if nothing changes?
#
# A *scenario* is a file of dated changes; `baseline` has none. A *draw* is one reading of the uncertain assumptions. Every
# figure below is the middle of the draws, with the 10th to 90th percentile beside it.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
from IPython.display import Markdown

import capacity_sim as cs

runs = cs.run("baseline", data=DATA, region=REGION, draws=DRAWS)
baseline = runs["baseline"]
baseline

# %% [markdown]
# The same question asked again is answered from disk: `cs.run` looks for a folder that is named by what was asked.
#
# ## Answer

# %%
march = baseline.months[-1]
Markdown(
    f"In {march} **{baseline.say('required_fte', at=march)}** are needed and {baseline.say('available_fte', at=march)} are "
    f"available: a gap of **{baseline.say('gap_fte', at=march)}** in {baseline.folder.place}."
)

# %% [markdown]
# ## Figure

# %%
baseline.plot()

# %%
baseline.fan("gap_fte")

# %% [markdown]
# The fan widens with time as leaving, intakes and drop-out differ from draw to draw. Everything behind it is a plain table:

# %%
baseline.table("gap_fte", by="grade", at=march)

# %%
baseline.monthly.query("measure == 'in_post_fte' and grade == 'PO' and month == @march").head()

# %% [markdown]
# ## Caveat
#
# The level of staff needed is fitted to a published figure at the start, so the level is not a finding; where it goes from
# there is. Ranges hold only the assumptions that carry one. Timings carry one by activity, but each area's total is held at
# what was published, so what is not known is wider than the bands. Nothing here is about reoffending.
