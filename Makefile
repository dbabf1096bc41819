# SPDX-License-Identifier: GPL-3.0-or-later
# `make help` lists the targets.

PYTHON ?= python3.11
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help venv lock

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: .venv/ready ## Build the pinned environment in .venv

.venv/ready: tests/requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	touch $@

lock: ## Pin anew what tests/requirements.in asks for
	$(BIN)/pip install --quiet uv
	cd tests && ../$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --quiet --output-file requirements.txt requirements.in
