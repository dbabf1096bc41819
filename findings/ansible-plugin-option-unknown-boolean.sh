#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core reads every unknown word as false where a plugin declares an option of type bool.
#
# Expected: a misspelled word is an error, as it is for the same option of a module.
# Happens: a variable with the word "ture" sets the option of a connection plugin to False without an error or a warning. A module
# refuses the same word and lists the words that it accepts.
# Why it matters: a misspelled "true" switches a check off, for example the check of a certificate.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14

mkdir -p "$folder/connection" "$folder/action" "$folder/library"
cat > "$folder/connection/example.py" <<'PYTHON'
from __future__ import annotations

DOCUMENTATION = """
name: example
short_description: An example
description: One option.
options:
  check:
    description: Whether to check.
    type: bool
    default: true
    vars: [{name: example_check}]
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
        return {"seen": self._connection.get_option("check")}
PYTHON
touch "$folder/library/show.py"
cat > "$folder/library/strict.py" <<'PYTHON'
from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

AnsibleModule({"check": {"type": "bool", "default": True}}).exit_json()
PYTHON
cat > "$folder/play.yml" <<'YAML'
- hosts: all
  gather_facts: false
  connection: example
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - show:
    - strict:
        check: "{{ example_check }}"
      ignore_errors: true
YAML

output=$(cd "$folder" && ANSIBLE_CONNECTION_PLUGINS="$folder/connection" ANSIBLE_ACTION_PLUGINS="$folder/action" \
  ANSIBLE_LIBRARY="$folder/library" ANSIBLE_NOCOLOR=1 "$folder/venv/bin/ansible-playbook" -v -i box, play.yml -e example_check=ture 2>&1)
"$folder/venv/bin/ansible" --version | sed -n 1p
echo "option of the connection plugin: $(grep -o '"seen".*' <<< "$output")"
echo "option of the module:            $(grep -o "The value 'ture' is not a valid boolean" <<< "$output" | sed -n 1p)"
grep -qF '"seen": false' <<< "$output"
grep -qF "The value 'ture' is not a valid boolean" <<< "$output"
