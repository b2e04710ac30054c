# Partwork. `make run` shows the whole product on the real article, `make test` proves it.
# Needs Python 3.11 or newer with venv, and nothing else; uv is used where it is installed.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(shell command -v uv >/dev/null 2>&1 \
	&& echo "uv pip install --quiet --python $(BIN)/python" \
	|| echo "$(BIN)/python -m pip install --quiet --disable-pip-version-check")

.DEFAULT_GOAL := help
.PHONY: help run test faults up check bench lock format clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

run: $(VENV)/ready  ## rehearse the gluteus medius article for the sample readers
	@$(BIN)/partwork rehearse gluteus-medius

test: $(VENV)/ready-dev  ## every test but the faults that take long
	@$(BIN)/pytest --numprocesses auto --dist loadfile -m "not long"

up: $(VENV)/ready  ## the clock and the web in one process
	@$(BIN)/partwork up

check: $(VENV)/ready-dev  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

faults: $(VENV)/ready-dev  ## every fault in the list, and a storm of 300 kills on each database (most of an hour)
	@$(BIN)/pytest tests/faults --numprocesses auto --dist loadfile
	@$(BIN)/python -m tests.faults.storm --kills 300 --provider resend
	@$(BIN)/python -m tests.faults.storm --kills 60 --provider outbox
	@PARTWORK_TEST_PATIENCE=600 $(BIN)/python -m tests.faults.storm --kills 300 --provider resend \
		--database postgres --round 150 --restarts 8

bench: $(VENV)/ready  ## measure splitting and rendering beside their limits
	@$(BIN)/python benchmarks/split.py
	@$(BIN)/python benchmarks/render.py

format: $(VENV)/ready-dev  ## let the formatter have its way
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:  ## pin today's newest versions in constraints.txt
	rm -rf $(VENV)/lock && $(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check --upgrade '.[dev]'
	$(VENV)/lock/bin/python -m pip list --format=freeze --exclude partwork --exclude pip --exclude setuptools > constraints.txt
	rm -rf $(VENV)/lock

clean:  ## forget the environment and all local state
	rm -rf $(VENV) .partwork build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Partwork needs Python 3.11 or newer with venv: install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) (once; a minute or two) …" >&2
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --python $(PYTHON) $(VENV); else $(PYTHON) -m venv $(VENV); fi

$(VENV)/ready: $(BIN)/python pyproject.toml constraints.txt
	@$(INSTALL) --constraint constraints.txt --editable .
	@touch $@

$(VENV)/ready-dev: $(BIN)/python pyproject.toml constraints.txt
	@$(INSTALL) --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/ready
