#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Expected: a no_log option is hidden in the result of its own task, and the output of other tasks stays as it is, as up to
#   ansible-core 2.21.
# Seen: ansible-core 2.22 registers each value of a no_log option as a secret, of any length and down to the leaves of a mapping,
#   and replaces it with $REDACTED$ in all that the play prints afterwards, also in the output of other tasks. Up to 2.21 the
#   registered result is masked, from 2.22 on it is what the module returned, so that conditions on it change their outcome.
# Why it matters: a service account key is a mapping with the leaf "type": "service_account", and a test NAS may have a password
#   of one letter. Marking such an option as no_log makes ports, names and messages of the whole play unreadable.
#
# Needs Python 3.13 for ansible-core 2.22: python3.13 in the PATH, or its path in PYTHON313. Exits with 77 without it.
set -euo pipefail

python=${PYTHON313:-python3.13}
if ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null; then
    echo "This needs Python 3.13: put python3.13 into the PATH, or set PYTHON313 to its path." >&2
    exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir library
cat >library/keeper.py <<'MODULE'
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"pin": {"type": "str", "no_log": True}, "key": {"type": "raw", "no_log": True}})
module.exit_json(changed=False, message="kept offsite for service_account")
MODULE

cat >play.yml <<'PLAY'
- hosts: localhost
  gather_facts: false
  vars:
    pin: "22"
    key: {type: service_account, project_id: offsite}
  tasks:
    - keeper: {pin: "{{ pin }}", key: "{{ key }}"}
      register: kept
    - debug: {msg: "port 2222, bucket offsite, kind service_account"}
    - debug: {msg: "registered as returned is {{ kept.message == 'kept offsite for service_account' }}"}
PLAY

played() {
    local version=$1
    "$python" -m venv "$version"
    "$version/bin/pip" install --quiet --disable-pip-version-check "ansible-core==$version"
    env -u ANSIBLE_CONFIG ANSIBLE_HOME="$folder/home" ANSIBLE_LIBRARY="$folder/library" ANSIBLE_NOCOLOR=1 \
        ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0 \
        "$version/bin/ansible-playbook" -e "ansible_python_interpreter=$folder/$version/bin/python" play.yml
}

shown() {
    echo "ansible-core $1 prints:"
    played "$1" >"$1.txt" 2>&1 || { cat "$1.txt"; exit 1; }
    grep '"msg"' "$1.txt"
}

holds() {
    grep --quiet --fixed-strings "$2" "$1.txt" || { echo "ansible-core $1 no longer prints: $2" >&2; exit 1; }
}

mark="\$REDACTED\$"
shown 2.21.5
holds 2.21.5 '"msg": "port 2222, bucket offsite, kind service_account"'
holds 2.21.5 '"msg": "registered as returned is False"'
shown 2.22.0rc1
holds 2.22.0rc1 "\"msg\": \"port $mark, bucket $mark, kind $mark\""
holds 2.22.0rc1 '"msg": "registered as returned is True"'
echo "As described: 2.22 masks the port, the bucket and the kind in the output of another task, and not what is registered."
