# Every target makes .venv by itself when it is missing or when its lock file changed.
# The only tools needed are make and Python 3.11 or newer (choose one with PYTHON=python3.12).

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# xdist: one worker per core up to two, whole files per worker, so that a compiled model program is reused.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help brief app test test-all lint format bench docs records lock release clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

brief: .venv/.run ## Run the main job and write brief.html
	@$(BIN)/curveshift brief -o brief.html

app: .venv/.app ## Open the simulator on http://127.0.0.1:8765
	@$(BIN)/curveshift app

test: lint ## Check the style, the types and the layers, then run the tests
	$(PYTEST) -m "not slow"

test-all: lint docs ## The same with the slow tests, and the documentation built
	$(PYTEST)

lint: .venv/.dev ## ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.dev ## Let ruff rewrite the layout and the imports
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/.run .venv-peers/.made ## Measure speed beside what others use, and write docs/benchmarks.md
	$(BIN)/python benchmarks/report.py --peer .venv-peers/bin/python
	@$(BIN)/python -c 'import equinox, optax' 2>/dev/null && $(BIN)/python benchmarks/bench_lab.py || \
		echo "The lab was not measured: it needs the extra lab (make test installs it)."

docs: .venv/.docs ## Build docs/_build/html, with the reference pages written from the records
	$(BIN)/sphinx-build -q -W --keep-going docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

records: .venv/.run ## Recompile the shipped records after their YAML was edited
	$(BIN)/python tools/compile_records.py

# `make lock` keeps the present pins where they still fit; `make lock UPGRADE=--upgrade` takes the newest.
# Each lock constrains the next, so all three agree on every dependency that they share.
COMPILE = $(BIN)/uv --no-config --quiet pip compile pyproject.toml --group build $(UPGRADE) \
	--universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

lock: | $(BIN)/python ## Write requirements/*.lock anew from pyproject.toml
	@test -x $(BIN)/uv || { echo "Installing uv, which resolves the locks ..."; $(PIP) install "uv>=0.9"; }
	$(COMPILE) -o requirements/run.lock
	$(COMPILE) -c requirements/run.lock --extra app -o requirements/app.lock
	$(COMPILE) -c requirements/app.lock --extra app --extra dev --extra calibrate --extra cluster --extra lab -o requirements/dev.lock
	$(COMPILE) -c requirements/dev.lock --extra docs -o requirements/docs.lock
	$(subst pyproject.toml --group build,requirements/peers.in,$(COMPILE)) -o requirements/peers.lock

release: .venv/.run ## Build dist/ twice with the same bytes, and try it in a fresh environment
	$(BIN)/python tools/check_release.py --json dist/figures.json

clean: ## Remove what the other targets make, except .venv
	rm -rf build dist docs/_build docs/reference brief.html
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "curveshift needs Python 3.11 or newer, and '$(PYTHON)' is not: try make PYTHON=python3.12" >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# --no-deps: a lock names everything, so nothing is left for pip to resolve.
.venv/.run .venv/.app .venv/.dev .venv/.docs: .venv/.%: requirements/%.lock pyproject.toml | $(BIN)/python
	@echo "Installing the packages pinned in requirements/$*.lock (a minute or two the first time) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements/$*.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Packages that only the benchmarks meet, apart from our own.
.venv-peers/.made: requirements/peers.lock | $(BIN)/python
	@echo "Installing what the benchmarks compare with ..."
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes -r requirements/peers.lock
	@touch $@
