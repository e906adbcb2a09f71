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
# # 5. Stress-testing a plan
#
# **Question.** Does the plan hold if it slips by six months and more people are recalled, and which assumption would
# hurt it most?
#
# The plan is what is law and practice (`in-force`). Stress is made in code here; the shipped `stress-*` scenarios are
# files of the same kind.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
from IPython.display import Markdown

import capacity_sim as cs

plan = cs.load_scenario("in-force")
late = plan.child("late", "Impact six months late").adjust("impact", delay_months=6, why="Programmes slip.")
recalls = plan.child("more-recalls", "A fifth more recalls").change(
    "people.recall.monthly_rate", scale=1.2, since="2026-10-01", why="A question of this notebook."
)
both = plan.child("late-and-more-recalls", "Both").adjust("impact", delay_months=6, why="Programmes slip.").change(
    "people.recall.monthly_rate", scale=1.2, since="2026-10-01", why="A question of this notebook."
)  # fmt: skip
runs = cs.run([plan, late, recalls, both], data=DATA, region=REGION, draws=DRAWS)
compared = runs.compare()

# %% [markdown]
# ## Answer

# %%
AT = ["2025-09", "2027-03", "2029-03"]
Markdown(
    f"Six months' delay moves the gap of sentence management by **{compared.say('late', at=AT[0])}** in September 2025 and by "
    f"{compared.say('late', at=AT[2])} in March 2029.\n\nA fifth more recalls moves it by "
    f"{compared.say('more-recalls', at=AT[2])} in March 2029: who is back in custody is not seen meanwhile. It is felt in "
    f"enforcement, by **{compared.say('more-recalls', at=AT[2], area='enforcement')}**. Both together move sentence management "
    f"by {compared.say('late-and-more-recalls', at=AT[1])} in March 2027."
)

# %%
compared.show("gap_fte", at=AT)

# %% [markdown]
# ## Figures

# %%
compared.plot(scenario="late-and-more-recalls")

# %% [markdown]
# Which uncertain assumption matters most? Each is put to both ends of its range, one at a time, over the same lives.

# %%
drivers = compared.tornado("in-force", "gap_fte", at="2025-09", by="part", top=8)
drivers.plot()

# %%
drivers

# %% [markdown]
# ## Caveat
#
# A tornado moves one thing at a time, and grey is chance: a bar inside it says nothing. Stress tests are what somebody
# thought of; what nobody thought of is not in them.
