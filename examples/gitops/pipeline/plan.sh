#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the change in check mode, writes the plan to plan.md for the review, and exits with the code of the run.
set -euo pipefail

# Unchanged hosts appear only in the recap.
export ANSIBLE_DISPLAY_OK_HOSTS=false ANSIBLE_DISPLAY_SKIPPED_HOSTS=false
status=0
ansible-playbook project/provision.yml --check --diff 2>&1 | tee plan.txt || status=$?

changed=$(sed '1,/^PLAY RECAP/d' plan.txt | awk '/ changed=[1-9]/ {print $1}' | paste -sd ' ')
verdict="Merging this would change ${changed:-nothing}."
if [ "$status" -ne 0 ]; then
  verdict="**The plan failed** (exit code $status)${changed:+; merging this would still change $changed}."
# Ansible wraps its warnings.
elif tr -s '[:space:]' ' ' <plan.txt | grep 'the NAS hides' >/dev/null; then
  verdict+=" **This plan is incomplete:** the NAS hides fields from the account of the plan. The warnings list these fields."
fi

# Use a fence that the text cannot close, and stay below the maximum length of a comment.
{
  printf '%s\n' '<!-- plan of the fleet -->' "$verdict" '' "Checked: ${REVISION:-this change}" '' '~~~~~~~~diff'
  sed 's/~~~/~ ~/g' plan.txt | awk '(sum += length($0) + 1) < 60000; END {if (sum >= 60000) print "(truncated: see the log of the job)"}'
  printf '%s\n' '~~~~~~~~'
} >plan.md
exit "$status"
