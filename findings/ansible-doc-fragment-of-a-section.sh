#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# ansible-core takes `namespace.collection.a.b` for the doc fragment b if there is one, and not for the section B of the fragment a.
#
# Expected: a module that extends its documentation with example.one.server.proxy gets the section PROXY of doc_fragments/server.py.
# Happens: as soon as a file doc_fragments/proxy.py exists, the module gets the options of that file, and its own section is lost.
# Why it matters: a new fragment silently replaces documented options of modules that never mention it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14

plugins="$folder/ansible_collections/example/one/plugins"
mkdir -p "$plugins/doc_fragments" "$plugins/modules"
fragment() {
  printf 'class ModuleDocFragment:\n    %s = """\noptions:\n  %s:\n    description: Option of %s.\n    type: str\n"""\n' "$1" "$2" "$3"
}
fragment PROXY from_the_section "section PROXY of server.py" > "$plugins/doc_fragments/server.py"
cat > "$plugins/modules/show.py" <<'PYTHON'
DOCUMENTATION = """
module: show
short_description: An example
description: An example.
author: [An example]
extends_documentation_fragment: [example.one.server.proxy]
"""
PYTHON

options() {
  ANSIBLE_COLLECTIONS_PATH="$folder" "$folder/venv/bin/ansible-doc" --json example.one.show \
    | python3 -c 'import json, sys; print(*json.load(sys.stdin)["example.one.show"]["doc"]["options"])'
}
"$folder/venv/bin/ansible" --version | sed -n 1p
before=$(options)
fragment DOCUMENTATION from_the_file "proxy.py" > "$plugins/doc_fragments/proxy.py"
after=$(options)
echo "with server.py alone: $before"
echo "with proxy.py, too:   $after"
[[ $before == from_the_section && $after == from_the_file ]]
