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
# # 7. How the model works: one person and one officer
#
# **Question.** What happens in a run, week by week, to one person under supervision and to one officer, and how do
# millions of such weeks become a number of staff?
#
# Nothing types in a total of work. A court passes a sentence; the sentence has a clock; the clock makes work fall due;
# officers at desks do it, or do not. Everybody below is made up: drawn from a key, as a run draws everybody.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
from IPython.display import Markdown

import capacity_sim as cs

# %% [markdown]
# ## One person
#
# The same key is the same person in every scenario, so what differs between two lives is what the scenario changes.

# %%
KEY, START = 7, "2024-06-03"
before = cs.follow("baseline", KEY, "custody", START, data=DATA)
after = cs.follow("reset", KEY, "custody", START, data=DATA)
before.plot()

# %%
after.plot()

# %% [markdown]
# Under Reset contact is suspended late in the licence: the hatched part. Work that keeps risk in hand goes on.

# %%
hours = {"baseline": before.facts["hours_policy"], "reset": after.facts["hours_policy"]}
Markdown(
    f"The life takes {hours['baseline']:.0f} hours of work in the baseline and {hours['reset']:.0f} under Reset, over "
    f"{len(before.weeks)} weeks. Contact was suspended for {after.facts['weeks_suspended']:.0f} of them."
)

# %% [markdown]
# ## One officer
#
# Trainees start in March and September, hold the cases of a probation services officer while they learn, and qualify; at
# first a newly qualified officer carries less. This is the trainee of one run who then held cases for the most months.

# %%
officer = cs.follow_officer("reset", data=DATA, region=REGION or ("North East" if DATA == "england_wales" else None))
officer.plot()

# %%
officer

# %% [markdown]
# ## From lives to staff
#
# Minutes that fall due in a month, divided by the productive minutes of one full-time officer, are the staff needed.
# Whoever is in post, less what trainees and new officers cannot yet carry, is there. The rest is the gap.

# %%
run = cs.run("reset", data=DATA, region=REGION, draws=DRAWS)[0]
run.plot()

# %%
month = run.months[-1]
needed, there, gap = (run.say(name, at=month) for name in ("required_fte", "available_fte", "gap_fte"))
Markdown(f"In {month}: {needed} needed, {there} available, and a gap of {gap}.")

# %% [markdown]
# ## Caveat
#
# One life says nothing of another. Risk does not change while somebody is supervised, and nothing is said of
# reoffending. `docs/method.md` has every rule.
