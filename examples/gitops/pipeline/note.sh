#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Posts plan.md as a note in the merge request, and replaces the note of an earlier run. FLEET_NOTES_TOKEN is a project access
# token.
set -euo pipefail

notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
mine='
import json, sys
print(next((note["id"] for note in json.load(sys.stdin) if note["body"].startswith("<!-- plan of the fleet -->")), ""))
'

# The token goes through a pipe, because every user can see the arguments of a process.
api() {
  curl --silent --show-error --fail --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$FLEET_NOTES_TOKEN") "$@"
}

first=$(api "$notes?order_by=created_at&sort=asc&per_page=100")
previous=$(python3 -c "$mine" <<<"$first")
if [ -n "$previous" ]; then
  api --output /dev/null --request PUT --data-urlencode body@plan.md "$notes/$previous"
else
  api --output /dev/null --request POST --data-urlencode body@plan.md "$notes"
fi
