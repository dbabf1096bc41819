#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks what the change would do, writes that to plan.md for the review, and ends as the check does.
set -euo pipefail

# What stays as it is has its line in the recap.
export ANSIBLE_DISPLAY_OK_HOSTS=false ANSIBLE_DISPLAY_SKIPPED_HOSTS=false
status=0
ansible-playbook project/provision.yml --check --diff 2>&1 | tee plan.txt || status=$?

changed=$(sed '1,/^PLAY RECAP/d' plan.txt | awk '/ changed=[1-9]/ {print $1}' | paste -sd ' ')
verdict="Merging this would change ${changed:-nothing}."
if [ "$status" -ne 0 ]; then
  verdict="**The check failed** (exit code $status)${changed:+; merging this would all the same change $changed}."
elif grep -q 'the NAS hides' plan.txt; then
  verdict+=" **That is not all:** the key of the check may not see every field, and the warnings say which."
fi

# A fence that the text cannot close, and less than a comment may hold.
{
  printf '%s\n' '<!-- plan of the fleet -->' "$verdict" '' "Checked: ${REVISION:-this change}" '' '~~~~~~~~diff'
  sed 's/~~~/~ ~/g' plan.txt | awk '(sum += length($0) + 1) < 60000; END {if (sum >= 60000) print "(cut: the log of the job has it all)"}'
  printf '%s\n' '~~~~~~~~'
} >plan.md
exit "$status"
