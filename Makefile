# Two commands for a new user: `make serve` and `make test`. Everything is installed into .venv on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: serve demo test conformance lint types layers unit bench clean

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

serve: $(STAMP)
	$(BIN)/kubegate serve --bind-address 127.0.0.1 --data-dir kubegate-data --hollow-nodes 3 --bootstrap-manifests policies/examples

demo: $(STAMP)
	$(BIN)/kubegate demo

test: $(STAMP) lint types layers unit

lint: $(STAMP)
	$(BIN)/ruff check kubegate tests benchmarks tools
	$(BIN)/ruff format --check kubegate tests benchmarks tools

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term:skip-covered

$(BIN)/kubectl: $(STAMP)
	$(BIN)/python tests/tools/fetch_kubectl.py $(BIN)

conformance: $(STAMP) $(BIN)/kubectl
	$(BIN)/python -m tests.conformance.run --update

bench: $(STAMP)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage kubegate-data
