#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# SemanticVersion of ansible-core accepts a version that ends in a line break, and a version without any text.
#
# Expected: ValueError, as for every other text that is not a semantic version.
# Happens: "1.2.3\n" equals 1.2.3, because the expression ends in `$`, which matches before a last line break. "" is not parsed
# at all.
# Why it matters: a script that reads a version from a file and checks it with this class passes the line break on, for example into
# a file name.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
"$folder/venv/bin/ansible" --version | head -1

"$folder/venv/bin/python" - <<'PYTHON'
from ansible.utils.version import SemanticVersion

for text in ("1.2", "1.2.3 ", "1.2.3\n", ""):
    try:
        found = repr(SemanticVersion(text))
    except ValueError as error:
        found = f"ValueError: {error}"
    print(f"{text!r:10} {found}")

try:
    same = SemanticVersion("1.2.3\n") == SemanticVersion("1.2.3")
    SemanticVersion("")
except ValueError:
    raise SystemExit("The behavior has changed: the text is refused.") from None
if not same:
    raise SystemExit("The behavior has changed: the versions differ.")
print("As described: both texts are accepted.")
PYTHON
