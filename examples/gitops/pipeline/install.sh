#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts Ansible and the collection in place, of the pinned versions: the commands into .venv/bin.
set -euo pipefail

python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
.venv/bin/ansible-galaxy collection install --requirements-file requirements.yml
