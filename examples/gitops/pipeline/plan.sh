# SPDX-License-Identifier: GPL-3.0-or-later
# Checks what the change would do, writes that to plan.md for the review, and ends as the check does.
set -euo pipefail

status=0
ansible-playbook project/provision.yml --check --diff 2>&1 | tee plan.txt || status=$?

changed=$(sed '1,/^PLAY RECAP/d' plan.txt | awk '/ changed=[1-9]/ {print $1}' | paste -sd ' ')
verdict="Merging this would change ${changed:-nothing}."
if [ "$status" -ne 0 ]; then
  verdict="**The check failed** (exit code $status). ${verdict/would/would all the same}"
fi

# A fence that the text cannot close, and less than a comment may hold.
{
  printf '%s\n' '<!-- plan of the fleet -->' "$verdict" '' "Checked: ${REVISION:-this change}" '' '~~~~~~~~diff'
  sed 's/~~~/~ ~/g' plan.txt | awk '(sum += length($0) + 1) < 60000 {print; next} {print "(cut: the log of the job has all)"; exit}'
  printf '%s\n' '~~~~~~~~'
} >plan.md
exit "$status"
