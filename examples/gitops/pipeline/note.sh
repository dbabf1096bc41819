#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Shows plan.md in the merge request: the note of an earlier run is replaced. FLEET_NOTES_TOKEN is a project access token.
set -euo pipefail

notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
mine='
import json, sys
print(next((note["id"] for note in json.load(sys.stdin) if note["body"].startswith("<!-- plan of the fleet -->")), ""))
'

# The token goes through a pipe: the arguments of a process are for everybody to see.
api() {
  curl --silent --show-error --fail --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' "$FLEET_NOTES_TOKEN") "$@"
}

first=$(api "$notes?order_by=created_at&sort=asc&per_page=100")
former=$(python3 -c "$mine" <<<"$first")
if [ -n "$former" ]; then
  api --output /dev/null --request PUT --data-urlencode body@plan.md "$notes/$former"
else
  api --output /dev/null --request POST --data-urlencode body@plan.md "$notes"
fi
