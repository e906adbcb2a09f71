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
# # 2. Reset, Impact, the sentencing review and Our Future Probation Service
#
# **Question.** What does each of the four do to the staff needed, and how much of it is left when they come together?
#
# Reset suspends contact late in a licence; Impact suspends it for people at lower risk; the Independent Sentencing Review
# (`isr`) changes who is supervised and for how long; Our Future Probation Service (`ofps`) changes how work is done.
# `nao-2025` holds them all, with the early releases and recall rules that came before.

# %% tags=["parameters"]
DATA, REGION, DRAWS = "demo", None, 4  # a made-up region, in seconds; `make notebooks` takes the nation

# %%
from IPython.display import Markdown

import capacity_sim as cs

names = ["baseline", "reset", "impact", "isr", "ofps", "nao-2025"]
runs = cs.run(names, data=DATA, region=REGION, draws=DRAWS)
compared = cs.compare(runs, to="baseline")
compared

# %% [markdown]
# `cs.compare` refuses runs that differ in more than their scenario, because a difference is taken between the same draw of
# two runs: the same people, the same officers, the same luck.
#
# ## Answer

# %%
AT = "2028-03"
found = compared.table("required_fte", at=AT).query("row == 'difference'").set_index("scenario")
alone = found.loc[["reset", "impact", "isr", "ofps"], "central"]
largest = alone.abs().idxmax()
Markdown(
    f"By March 2028 the largest by itself is **{largest}**: {compared.say(largest, 'required_fte', at=AT)}. The middles of the "
    f"four alone add up to {alone.sum():+,.0f}; all together, with what came before them, give "
    f"**{compared.say('nao-2025', 'required_fte', at=AT)}**. They act on the same hours, so they do not add up."
)

# %%
compared.show("required_fte", at=["2026-03", "2027-03", AT])

# %% [markdown]
# ## Figure

# %%
compared.waterfall("required_fte", at=AT)

# %% [markdown]
# What is hatched belongs to no single one: hours that two measures both would save, and the changes that only the
# combination holds. `compared.by_change("nao-2025")` runs what is missing and gives each its share.
#
# What the saving is paid with is exposure: months that people spend on a sentence without contact.

# %%
compared.exposure(AT)

# %% [markdown]
# Where the saving falls by grade is a column away:

# %%
by_grade = compared.table("required_fte", at=AT, by="grade").query("row == 'difference'")
by_grade.pivot(index="scenario", columns="grade", values="central").round(1)

# %% [markdown]
# ## Caveat
#
# Trust the differences before the levels. Measures that are announced and not yet law are read as `as_of` in their file
# says. Savings of Our Future Probation Service are sized to published estimates and are not predicted by the model.
