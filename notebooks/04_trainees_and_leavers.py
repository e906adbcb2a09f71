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
# # 4. Trainees and leavers
#
# **Question.** What closes the gap sooner: more trainees, or fewer officers who leave?
#
# Trainees start in March and September, take 27 months (30 part-time), and some drop out; a newly qualified officer has a
# protected caseload at first. So an intake shows in the gap late. Leaving shows at once.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
from IPython.display import Markdown

import capacity_sim as cs

cs.params("staff.trainee")[["path", "unit", "words"]]

# %%
cs.why("in-force", "staff.leaving.annual_rate", on="2027-06-01", grade="PO", data=DATA)

# %% [markdown]
# Two scenarios, made in code. Each step is read by the rules of scenario files; `save` writes a file that reads back
# the same.

# %%
base = cs.load_scenario("in-force")
more_trainees = base.child("more-trainees", "Half as many trainees again").change(
    "staff.trainee.starts_per_year", scale=1.5, since="2026-09-01", why="A question of this notebook."
)
fewer_leavers = base.child("fewer-leavers", "A quarter fewer officers leave").change(
    "staff.leaving.annual_rate", scale=0.75, where={"grade": ["PO", "PSO"]}, since="2026-09-01",
    why="A question of this notebook.",
)  # fmt: skip
more_trainees

# %%
runs = cs.run([base, more_trainees, fewer_leavers], data=DATA, region=REGION, draws=DRAWS)
compared = runs.compare()

# %% [markdown]
# ## Answer

# %%
first, last = "2027-03", "2029-03"
Markdown(
    f"By March 2027 half as many trainees again change the gap by {compared.say('more-trainees', at=first)} and a quarter "
    f"fewer leavers by {compared.say('fewer-leavers', at=first)}. By March 2029 it is "
    f"**{compared.say('more-trainees', at=last)}** and **{compared.say('fewer-leavers', at=last)}**."
)

# %%
compared.show("gap_fte", at=["2027-03", "2028-03", "2029-03"])

# %% [markdown]
# ## Figures

# %%
compared.fan("more-trainees", "available_fte")

# %%
compared.fan("fewer-leavers", "available_fte")

# %% [markdown]
# The pipeline behind it: who starts, who drops out and who qualifies, half-year by half-year.

# %%
runs["more-trainees"].pipeline()

# %% [markdown]
# The same intake by intake, in expected numbers: when each qualifies, and from when it gives more than its mentors do.

# %%
more_trainees.cohorts("2029-03", data=DATA).plot()

# %% [markdown]
# ## Caveat
#
# A quarter fewer leavers is a question and not a policy: nothing here says how it would be done. Overload does not make
# people leave in this model, so relief from fewer cases does not come back as fewer leavers.
