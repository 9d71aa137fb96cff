# The few commands people expect. Everything lives in .venv; nothing else is touched.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
SOURCES := langchain_dynaroute tests graphs

.PHONY: help demo test test-slow bench lint format train-classifier clean
.DEFAULT_GOAL := help

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.package: $(BIN)/python pyproject.toml
	@echo "Installing the package and the local model's server (a minute or two, once) …"
	@$(PIP) install -e '.[local]'
	@touch $@

$(VENV)/.development: $(VENV)/.package
	@echo "Installing what the tests and linters need …"
	@$(PIP) install 'pip>=25.1'
	@$(PIP) install -e '.[local,bench,train]' --group dev
	@touch $@

$(VENV)/.model: | $(VENV)/.package
	@$(BIN)/dynaroute download smollm2 > /dev/null
	@touch $@

demo: $(VENV)/.package $(VENV)/.model ## Set up, then route and answer real prompts, without a key
	@$(BIN)/dynaroute demo

test: $(VENV)/.development ## Set up, then run the tests
	@$(BIN)/dynaroute download smollm2 > /dev/null || echo "Without the local model its tests are skipped."
	@$(BIN)/python -m pytest tests/unit_tests --disable-socket --allow-unix-socket -q -m "not slow"
	@$(BIN)/python -m pytest tests/integration_tests --allow-hosts=127.0.0.1 --allow-unix-socket -q -m "not slow"

test-slow: $(VENV)/.development ## Run the tests that are too slow for CI
	@$(BIN)/python -m pytest tests -q -m slow

lint: $(VENV)/.development ## Check style and types
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy

format: $(VENV)/.development ## Put style right
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.development ## Measure imports, decisions, calls, the classifier and the routing benchmark, each beside its floor
	@$(BIN)/python tests/benchmarks/speed.py
	@$(BIN)/python tests/benchmarks/classifier.py
	@$(BIN)/python tests/benchmarks/routing_bench.py

PROMPTS ?= ../shared/prompts/labelled_prompts.parquet
train-classifier: $(VENV)/.development ## Train the embedded classifier (PROMPTS=labelled_prompts.parquet)
	@$(BIN)/dynaroute train-classifier --prompts $(PROMPTS) --own tables/user_prompts/train.jsonl --out langchain_dynaroute/assets

clean: ## Remove what was set up
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
