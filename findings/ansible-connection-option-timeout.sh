#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A connection plugin of ansible-core whose documentation declares an option named `timeout` never sees it unset.
#
# Expected: an option that declares no default, no keyword, and no environment variable is None unless one of its variables is
# set.
# Happens: ansible-core looks the option's name up among its own settings of the task, in which `timeout` is the timeout of
# connections, 10 seconds. An option with the same declaration and another name is None.
# Why it matters: a plugin passes on what the inventory sets, and leaves the rest at its own default of 60 seconds. With this
# name, every call silently gets 10 seconds.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14

mkdir -p "$folder/connection" "$folder/action"
cat > "$folder/connection/example.py" <<'PYTHON'
from __future__ import annotations

DOCUMENTATION = """
name: example
short_description: An example
description: Two options with the same declaration.
options:
  timeout:
    description: Seconds.
    type: float
    vars: [{name: example_timeout}]
  patience:
    description: Seconds.
    type: float
    vars: [{name: example_patience}]
extends_documentation_fragment: [connection_pipelining]
"""

from ansible.plugins.connection.local import Connection as Local


class Connection(Local):
    transport = "example"
PYTHON
cat > "$folder/action/show.py" <<'PYTHON'
from __future__ import annotations

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {"seen": {name: self._connection.get_option(name) for name in ("timeout", "patience")}}
PYTHON
cat > "$folder/play.yml" <<'YAML'
- hosts: all
  gather_facts: false
  connection: example
  tasks:
    - show:
YAML

see() {
  (cd "$folder" && ANSIBLE_CONNECTION_PLUGINS="$folder/connection" ANSIBLE_ACTION_PLUGINS="$folder/action" \
    ANSIBLE_LIBRARY="$folder/action" ANSIBLE_NOCOLOR=1 "$folder/venv/bin/ansible-playbook" -v -i box, play.yml "$@" | grep -o '"seen".*')
}
"$folder/venv/bin/ansible" --version | head -1
echo "nothing set:   $(see)"
echo "both set to 7: $(see -e example_timeout=7 -e example_patience=7)"
see | grep -qF '"seen": {"patience": null, "timeout": 10.0}'
see -e example_timeout=7 -e example_patience=7 | grep -qF '"seen": {"patience": 7.0, "timeout": 7.0}'
