# Everything runs in .venv, which the first target that needs it makes. `make` alone says what there is.

ARGS ?=
SEEDS ?= 50
SEED ?= 1
SECONDS ?= 600
ROUNDS ?= 10
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
FROM_TESTS = PYTHONPATH=tests $(BIN)/python
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench bench-understanding bench-readers bench-panel bench-models screenshots model simulate torture failover mutants proof proof-table lock clean

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/'
	@echo 'Arguments are passed on: make test ARGS="-k retry"'

demo: $(VENV)/main  ## Customers talk in three flows while everything fails; a table says what held
	@$(BIN)/surereply demo $(ARGS)

test: $(VENV)/dev  ## All tests, on a PostgreSQL of their own
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/dev  ## Style, types, and which part may import which
	@$(BIN)/ruff check $(ARGS)
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/dev  ## Messages a second, webhook in to reply accepted, on this machine
	@$(BIN)/python -m bench.pipeline $(ARGS)

bench-understanding: $(VENV)/dev  ## What is read right, wrong and not at all, in seven languages
	@$(BIN)/python -m bench.understanding $(ARGS)

bench-readers: $(VENV)/dev  ## The pipeline with an earlier revision's reader and with ours, by turns
	@$(BIN)/python -m bench.pipeline.readers $(ARGS)

bench-panel: $(VENV)/dev  ## Pages over a long history; `ARGS=followers`: what open panels cost the pipeline
	@$(BIN)/python -m bench.panel $(ARGS)

bench-models: $(VENV)/dev  ## With a slow language model: calls in flight, and where the knee is
	@$(BIN)/python -m bench.models $(ARGS)

screenshots: $(VENV)/dev  ## Pictures of the panel for README and docs; ARGS=FOLDER: every page and state, in every look
	@$(FROM_TESTS) -m browser.screenshots $(ARGS)

model: $(VENV)/dev  ## The proof, 1: every interleaving of the protocol, searched
	@$(FROM_TESTS) -m model $(ARGS)

simulate: $(VENV)/dev  ## The proof, 3: whole conversations, everything from a seed; SEEDS=50
	@$(FROM_TESTS) -m simulation --seeds $(SEEDS) $(ARGS)

torture: $(VENV)/main  ## The proof, 4: real processes killed, cut and restarted; SECONDS=600 SEED=1
	@$(BIN)/surereply lab torture --seconds $(SECONDS) --seed $(SEED) $(ARGS)

failover: $(VENV)/dev  ## The proof, 5: three PostgreSQL nodes, the primary destroyed under load; ROUNDS=10 SEED=1
	@$(FROM_TESTS) -m failover --rounds $(ROUNDS) --seed $(SEED) $(ARGS)

mutants: $(VENV)/dev  ## Which planted bug is caught by which layer; writes the table in docs/proof.md
	@$(FROM_TESTS) -m proof.mutants $(ARGS)

proof-table: $(VENV)/dev  ## Which fault is done where; writes the table in docs/proof.md
	@$(FROM_TESTS) -m proof.document $(ARGS)

proof:  ## All layers, in their long form (hours), and the tables of docs/proof.md
	@$(MAKE) model
	@SUREREPLY_PROPERTIES=long $(MAKE) test ARGS=tests/properties
	@$(MAKE) simulate SEEDS=1000
	@$(MAKE) torture
	@$(MAKE) failover
	@$(MAKE) proof-table mutants

lock: $(VENV)/dev  ## Choose the dependencies' versions anew
	@$(LOCK) --extra build $(ARGS) --output-file requirements/main.txt
	@$(LOCK) --extra build --extra dev --extra llm --constraint requirements/main.txt $(ARGS) --output-file requirements/dev.txt
	@$(LOCK) --extra llm --constraint requirements/dev.txt $(ARGS) --output-file requirements/llm.txt

clean:  ## Remove .venv and everything that was made
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/main: requirements/main.txt pyproject.toml | $(BIN)/python
	@echo 'Setting up $(VENV) (once) …'
	@$(PIP) install --require-hashes --requirement requirements/main.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/main
	@echo 'Setting up the tools for tests (once) …'
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed, and none was found; install it, or say make PYTHON=…' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
