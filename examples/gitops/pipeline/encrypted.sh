#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fails if a vault.yml has a value that is not encrypted, and names it without showing it. Needs no secret.
set -euo pipefail

plain=$(find inventory -name vault.yml -exec awk '
  /^[^ #-]/ && !/^[A-Za-z0-9_]+: !vault \|$/ {sub(/:.*/, ""); print FILENAME ": " $0}' {} +)
if [ -n "$plain" ]; then
  printf 'Not encrypted:\n%s\n' "$plain" >&2
  exit 1
fi
