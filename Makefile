# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3.11
BIN := .venv/bin
PLUGINS := ansible_collections.nasops.truenas.plugins
# pip takes a minute, of which it compiles most files for nothing.
INSTALL := $(BIN)/uv pip install --quiet --system-certs

# Images for containers often switch bytecode off. Without it, each process compiles all files of the tests anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help audit bench bench-proofs bench-scale build coverage demo docs faults format fuzz generate integration leaks lint lock \
	matrix molecule mutation read-back rebuild release rights sanity sbom screenshots soak test types unit venv

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: venv ## Provision six simulated NAS from a playbook, with real storage servers
	$(BIN)/python -m tests.demo

# Targets that use one core each run two at a time.
test: venv ## Everything that must hold
	$(MAKE) --jobs 2 --output-sync=target lint types docs
	$(MAKE) unit
	$(MAKE) integration
	$(MAKE) --jobs 2 --output-sync=target molecule sanity
	$(MAKE) build

venv: .venv/ready ## Build the pinned environment in .venv

.venv/ready: tests/requirements.txt tests/lab/azurite/package-lock.json tests/formats/package-lock.json
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(grep ^uv== tests/requirements.txt)"
	$(INSTALL) --python $(BIN)/python --requirement tests/requirements.txt
	$(BIN)/python -m tests.lab.install
	touch $@

generate: venv ## Write the views of the provider models
	$(BIN)/python -m tools.generate

format: venv ## Format the code
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

# ansible-lint keeps its stubs of other collections in ANSIBLE_HOME and deletes them at its end, also those of another checkout.
lint: venv ## ruff, codespell, ansible-lint, changelog fragments, and that the generated views are not stale
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/codespell
	$(BIN)/python -m tools.generate --check
	$(BIN)/antsibull-changelog lint
	ANSIBLE_HOME="$(CURDIR)/.cache/ansible" PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/ansible-lint --offline

types: venv ## mypy, strict
	$(BIN)/mypy --package $(PLUGINS).module_utils --package $(PLUGINS).plugin_utils --package $(PLUGINS).action \
		--package $(PLUGINS).filter --package $(PLUGINS).lookup --package $(PLUGINS).connection
	$(BIN)/mypy tests tools

unit: venv ## Unit and property-based tests
	$(BIN)/python -m pytest --numprocesses 3 tests/unit

# Probes, logins, and proofs talk to the servers of the lab in the process of their tests.
IN_PROCESS := $(addprefix tests/integration/test_,backup_proof.py probes.py sftp_login.py swift_logins.py url_logins.py)

coverage: venv ## Branches of module_utils that the unit tests and other tests in one process run, at least 95 %
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 2 --quiet tests/unit $(IN_PROCESS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

integration: venv ## Playbooks against simulated NAS, with real rclone and real storage servers
	$(BIN)/python -m pytest --numprocesses 3 tests/integration

molecule: venv ## The roles in scenarios, each on a simulated NAS
	cd extensions && PATH="$(CURDIR)/$(BIN):$$PATH" ANSIBLE_CONFIG="$(CURDIR)/ansible.cfg" \
		ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/.collections" molecule --base-config molecule/config.yml test --all

screenshots: venv ## The audit's page in Chromium, and what axe says of it (needs Debian's chromium)
	PYTHONPATH=.collections $(BIN)/python -m tests.pages

bench: venv ## Measure, and write docs/performance.md (takes a quarter of an hour)
	$(BIN)/python -m tests.bench

bench-scale: venv ## Measure fleets of up to 200 NAS, and write the tables of docs/scale.md (takes ten minutes)
	$(BIN)/python -m tests.bench.scale

faults: venv ## Every operation under every fault, kill -9, ten controllers, and docs/faults.md (takes ten minutes)
	$(BIN)/python -m tests.faults

soak: venv ## 1,000 converged runs in each of four forms, and their section of docs/faults.md (takes ten minutes)
	$(BIN)/python -m tests.faults.soak

rights: venv ## Run rclone and restic without each right of their keys, and write docs/least_rights.md (takes five minutes)
	PYTHONPATH=.collections $(BIN)/python -m tests.lab.rights

bench-proofs: venv ## Measure proofs of backups, and write the table of docs/protected_backups.md (takes five minutes)
	PYTHONPATH=.collections $(BIN)/python -m tests.bench.proofs

read-back: venv ## Apply bucket settings to Ceph, SeaweedFS, and moto, and write docs/read_back.md (needs Debian 12)
	PYTHONPATH=.collections $(BIN)/python -m tests.lab.read_back

matrix: venv ## Each ansible-core, Python, and TrueNAS version, and docs/support_matrix.md (FLAGS=--keep goes on)
	PYTHONPATH=.collections $(BIN)/python -m tests.matrix $(FLAGS)
	$(BIN)/python -m tools.generate

sanity: venv ## ansible-test sanity, without ignore files
	$(BIN)/python -m tests.sanity

build: venv ## Build the tarball into .cache
	$(BIN)/ansible-galaxy collection build --force --output-path .cache

release: venv .cache/audit/ready .cache/release/ready ## Build and check the release VERSION; FLAGS=--dry-run leaves the checkout as it is
	$(BIN)/python -m tests.release $(VERSION) $(FLAGS)

rebuild: venv .cache/audit/ready .cache/release/ready ## Build the released version of the checkout again, and print its hash
	$(BIN)/python -m tests.release $(FLAGS)

sbom: venv .cache/audit/ready ## Write the components of the release next to its tarball (CycloneDX)
	$(BIN)/python -m tests.audit components

audit: venv .cache/audit/ready ## Licenses and known vulnerabilities of all dependencies (needs the advisory service of PyPI or OSV)
	$(BIN)/python -m tests.audit licenses
	$(BIN)/python -m tests.audit advisories

docs: venv .cache/docs/ready ## Build the docs site into .cache/docs/html, offline; a warning is an error
	$(BIN)/python -m tools.docsite

leaks: venv ## Search every callback and way of running for secrets, and write docs/leaks.md (takes a quarter of an hour)
	PYTHONPATH=.collections $(BIN)/python -m tests.leaks

mutation: .cache/mutation/ready ## Mutate the code that decides about writes, and write docs/mutation.md (takes hours; FLAGS=--changed runs what changed)
	.cache/mutation/bin/python -m tests.mutation $(FLAGS)

fuzz: .cache/fuzz/ready ## Fuzz everything that reads a reply, SECONDS (60) for each target, and keep what is found
	.cache/fuzz/bin/python -m tests.fuzz --seconds $(or $(SECONDS),60) --keep

.cache/fuzz/ready .cache/audit/ready .cache/release/ready .cache/mutation/ready: \
		.cache/%/ready: tests/%/requirements.txt | .venv/ready
	$(PYTHON) -m venv .cache/$*
	$(INSTALL) --python .cache/$*/bin/python --requirement $<
	touch $@

.cache/docs/ready: tools/docsite/requirements.txt | .venv/ready
	$(PYTHON) -m venv .cache/docs
	$(INSTALL) --python .cache/docs/bin/python --requirement $<
	touch $@

lock: venv ## Pin anew what the files requirements.in ask for
	for folder in tests tests/fuzz tests/audit tests/release tests/mutation tools/docsite; do \
		(cd $$folder && $(CURDIR)/$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --quiet --output-file requirements.txt requirements.in) || exit 1; done
