# One command, one page. Everything is installed into .venv from the lock files; nothing else on the machine changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pressbox

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock reference clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | while IFS='|' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

demo: $(VENV)/.user ## play live simulated games to a page: http://127.0.0.1:8750/
	@$(BIN)/python tools/demo.py

test: $(VENV)/.developer ## the fast tests, and those of the servers that are installed
	@$(BIN)/python tools/test.py

check: $(VENV)/.developer ## format, lint, types, rooms, spelling
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=src $(BIN)/lint-imports
	$(BIN)/codespell

bench: $(VENV)/.developer ## measure: log, fold, live path, pages; ratios in one run
	$(BIN)/python -m bench

reference: $(VENV)/.developer ## write docs/settings.md and docs/cli.md anew
	$(BIN)/python tools/reference.py

lock: ## pin every dependency anew (needs uv)
	tools/lock

clean: ## remove what these commands made in this folder
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache pressbox-demo

$(VENV)/.user: requirements.lock pyproject.toml
	@$(PYTHON) tools/environment.py $(VENV) requirements.lock
	@touch $@

$(VENV)/.developer: requirements-dev.lock pyproject.toml
	@$(PYTHON) tools/environment.py $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.user
