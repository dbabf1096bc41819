#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the pinned versions of Ansible and the collection, with the commands in .venv/bin.
set -euo pipefail

python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
.venv/bin/ansible-galaxy collection install --requirements-file requirements.yml
