# Needs Python 3.11 or later, git and make; everything else is installed into .venv by the first target.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
STAMP := $(VENV)/.installed
DRAWS ?= 20

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types golden docs site notebooks bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## make .venv and install the pinned libraries and the package

run: setup  ## the nation with and without Reset: a table and a chart (DRAWS=20)
	$(BIN)/capacity-sim compare baseline reset --draws $(DRAWS) --no-movers

test: check  ## lint, types, import layers, then the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types  ## lint, types and import layers

lint: setup  ## ruff, and the import layers of pyproject.toml
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

types: setup  ## mypy
	$(BIN)/mypy

golden: setup  ## write expected results and messages anew; read the diff before you commit it
	$(BIN)/python -m pytest -m "golden or bad" --update-golden

docs: setup  ## write the tables and the chart of README.md and docs/ anew (some minutes)
	$(BIN)/python docs/render.py

notebooks: setup  ## execute the notebooks on the nation and write them beside their text (an hour or so)
	$(BIN)/python notebooks/make.py

site: setup  ## the documentation as a site, in site/ (nothing is fetched)
	$(BIN)/mkdocs build --strict --quiet

bench: setup  ## measure speed and size, and write docs/speed.md (some minutes; leave the machine alone)
	$(BIN)/python -m benchmarks.speed

clean:  ## remove .venv and every cache; results in runs/ stay
	rm -rf $(VENV) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist site
	find capacity_sim tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The build tool comes from the same pins (no isolated build), so that a setup today and one next year are the same.
$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later was not found. Name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned libraries into $(VENV): a minute or two, once"
	$(PIP) install --quiet --constraint constraints.txt hatchling editables
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@
