# `make` alone lists the targets. Everything that needs set-up does it first; it is skipped when nothing has changed.
SHELL := /bin/sh
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup setup-tests run test lint types lock train bench bench-nlu messages demo-reset clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make both Python environments, message catalogues and browser assets
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh --tests

run: setup ## start everything on this machine; without TELEGRAM_TOKEN the demo
	@exec $(BIN)/ownerdesk run

test: setup-tests lint types train ## formatting, lint, types, import rules and all tests
	$(BIN)/pytest --numprocesses=logical --maxprocesses=4 --dist=worksteal

lint: setup ## check formatting, style and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: setup ## check types
	$(BIN)/mypy

lock: setup ## compile the hashed lock files anew
	@scripts/lock.sh

train: setup ## train the Rasa model when none fits the training data
	@$(BIN)/ownerdesk train

bench: setup ## measure speed and memory, against stock Rasa too
	@$(BIN)/python -m scripts.bench

bench-nlu: setup ## measure how well, how fast and how cheaply messages are read
	@$(BIN)/python -m scripts.bench_nlu

messages: setup ## compile the message catalogues
	@$(BIN)/python scripts/compile_messages.py

demo-reset: ## forget the demo: its database, files and stand-in (the trained model stays)
	@scripts/demo_reset.sh

clean: ## remove caches and both environments (var/ stays)
	rm -rf .venv .venv-rasa .venv.unfinished .venv-rasa.unfinished console/node_modules console/node_modules.unfinished
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .rasa *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
