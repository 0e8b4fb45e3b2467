# Magnus: `make` alone says what there is.

PYTHON ?= python3
PYTEST_ARGS ?=
# uv where it is there, pip otherwise; `make UV= run` insists on pip.
UV := $(shell command -v uv 2>/dev/null)

BIN := .venv/bin
PACKAGES := apps graph nodes tools checkpoints prompts trading
SOURCES := $(shell find $(PACKAGES) -name '*.py')

# `python3` may be older than what stands beside it; a PYTHON that was asked for is taken at its word.
PYTHONS := $(if $(filter python3,$(PYTHON)),python3 python3.13 python3.12 python3.11,$(PYTHON))
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
HAS_INSTALLER := import sys; $(if $(UV),,import pip;) sys.exit(sys.version_info < (3, 11))
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
COMPILE := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q

.PHONY: help run test check bench train chaos dev fmt install clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: install ## ask Magnus something, on the sample market
	@$(BIN)/magnus 'Find me high-premium opportunities under $$30' --data sample

test: install ## every test but the long kill runs; PYTEST_ARGS="-k scan" for some
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest -n 4 --dist worksteal $(PYTEST_ARGS)

check: install ## format, lint, types, floors, and the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/test_house.py

bench: install ## how fast it is, as ratios
	$(BIN)/python -m benchmarks

train: install ## the router's array file, from the sentences in prompts/examples
	$(BIN)/python -m benchmarks.train_router

chaos: install ## the long kill runs, and the longest of the others
	$(BIN)/pytest -m chaos $(PYTEST_ARGS)

dev: install ## the LangGraph server, with reload, and with .env where there is one
	@set -a; if [ -f .env ]; then . ./.env; fi; LANGGRAPH_CLI_NO_ANALYTICS=1 exec $(BIN)/langgraph dev --no-browser

fmt: install ## format, and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what was installed and built; the database stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .langgraph_api

install: .venv/compiled ## make .venv, when something changed

# A warm start is fast only with bytecode, which an environment variable may forbid to be written later.
.venv/compiled: .venv/installed $(SOURCES)
	@$(COMPILE) $(PACKAGES)
	@touch $@

.venv/installed: pyproject.toml constraints.txt
	@$(BIN)/python -c '$(HAS_INSTALLER)' 2>/dev/null || $(MAKE) --no-print-directory .venv
	@echo 'Installing Magnus into .venv, which takes a minute or two ...'
	@$(INSTALL) -c constraints.txt -e '.[dev]'
	@$(COMPILE) -j 0 "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	@touch $@

.PHONY: .venv
.venv:
	@for python in $(PYTHONS); do \
	  if $$python -c '$(NEW_ENOUGH)' 2>/dev/null; then \
	    rm -rf .venv; \
	    $(if $(UV),exec $(UV) venv --quiet --python $$python .venv,exec $$python -m venv .venv); \
	  fi; \
	done; \
	echo 'Magnus needs Python 3.11 or newer, and found none as: $(PYTHONS). Say where one is: make PYTHON=/path/to/python3.12' >&2; \
	exit 1
