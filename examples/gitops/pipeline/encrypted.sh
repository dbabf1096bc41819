#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Fails if a line of a vault file is not encrypted, and prints its number, but not its text. Needs no secret.
set -euo pipefail

plain=$(find inventory \( -name '*vault.yml' -o -name '*vault.yaml' \) -exec awk '
  FNR == 1 { whole = /^\$ANSIBLE_VAULT;/; begins = inside = 0 }
  whole || /^(#.*|---)?$/ { next }
  /^[A-Za-z0-9_]+: !vault \|$/ { begins = 1; inside = 0; next }
  begins && /^ +\$ANSIBLE_VAULT;/ { begins = 0; inside = 1; next }
  inside && /^ +[0-9a-f]+$/ { next }
  { begins = inside = 0; print FILENAME ": line " FNR }' {} +)
if [ -n "$plain" ]; then
  printf 'Not encrypted:\n%s\n' "$plain" >&2
  exit 1
fi
