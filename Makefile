# From nothing but Python 3.11 and make: `make setup`, then `make run`.

PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.8
export UV_PROJECT_ENVIRONMENT := .venv
# One more than CI has cores: some tests wait for a call to be spoken, or for a database to come back.
WORKERS ?= 3
# Some machines forbid Python to keep what it compiled: tests start hundreds of processes, and each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

# `make check test` asks nothing twice.
CHECKED := $(if $(filter check,$(MAKECMDGOALS)),--ignore=tests/house --ignore=tests/migrations)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-quick test-room test-nightly check bench fix docs revision chromium

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(BIN)/.synced ## Make .venv with what uv.lock says

# A uv that is on the PATH is used; otherwise the pinned one is installed into .venv itself.
$(BIN)/.synced: uv.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet "uv==$(UV_VERSION)"
	@PATH="$(CURDIR)/$(BIN):$$PATH" uv sync --locked --inexact
	@touch $@

run: setup ## Start the demo: a seeded business, with phones in the browser
	$(BIN)/sami demo

test: setup chromium ## Run every test on SQLite and PostgreSQL
	$(BIN)/pytest -n $(WORKERS) $(CHECKED)

test-quick: setup ## Run what is pure, in under a minute: the rules and the house
	$(BIN)/pytest -q -n $(WORKERS) tests/domain tests/house

# `make test-room room=calls`: what is right, what happens, and what was said, at every height that has the noun.
test-room: setup ## Run the tests of one room: make test-room room=leads
	$(BIN)/pytest -q -n $(WORKERS) $(wildcard tests/$(room) tests/domain/$(room) tests/webhooks/$(room) tests/webhooks/commands/test_$(room).py)

test-nightly: setup chromium ## Run the same tests with the counts of a night
	SAMI_NIGHTLY=1 $(BIN)/pytest -n $(WORKERS)

check: setup ## Quick: format, lint, types, arrows, and that declared and migrated tables agree
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n $(WORKERS) tests/house tests/migrations

fix: setup ## Format, and correct what a machine can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: setup ## Make the parts of docs/ that come from the code again
	$(BIN)/python -m docs.reference

bench: setup ## Measure answers under load, leads that arrive, and steps of cadences, on both databases
	$(BIN)/python -m bench
	$(BIN)/python -m bench.intake
	$(BIN)/python -m bench.cadences

revision: setup ## Write the next migration: make revision m="why"
	$(BIN)/python -m migrations.revision "$(m)"
	$(BIN)/ruff check --quiet --fix migrations
	$(BIN)/ruff format --quiet migrations

# The console's tests drive the system's Chromium.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests."; \
		apt-get update -qq && apt-get install -qq -y chromium >/dev/null; \
	else \
		echo "There is no Chromium: the browser tests will be skipped."; \
	fi
