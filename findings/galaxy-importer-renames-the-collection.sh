#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# galaxy-importer lints a collection under the name placeholder_namespace.placeholder_name.
#
# Expected: a playbook that imports another playbook of its own collection by its full name passes ansible-lint, as it does in the
# checkout.
# Happens: the name is not found, and the log of the import has a warning. The import itself succeeds.
# Why it matters: everybody who looks at the collection on Galaxy reads an error that its author does not see.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  galaxy-importer==0.4.44 ansible-core==2.19.14 ansible-lint==26.10.1
export PATH="$folder/venv/bin:$PATH"
pip freeze | grep -E "^(galaxy.importer|ansible-lint|ansible-core)=="

source="$folder/ansible_collections/example/playbooks"
mkdir -p "$source"/{meta,playbooks,examples}
cat > "$source/galaxy.yml" <<'YAML'
namespace: example
name: playbooks
version: 1.0.0
readme: README.md
authors: [Nobody]
license: [MIT]
tags: [tools]
repository: https://example.com
YAML
echo "An example" > "$source/README.md"
echo "# Changelog" > "$source/CHANGELOG.md"
printf -- '---\nrequires_ansible: ">=2.19.0"\n' > "$source/meta/runtime.yml"
printf -- '---\n- name: Do nothing\n  hosts: all\n  tasks: []\n' > "$source/playbooks/nothing.yml"
printf -- '---\n- name: Do nothing\n  ansible.builtin.import_playbook: example.playbooks.nothing\n' > "$source/examples/use.yml"

export ANSIBLE_COLLECTIONS_PATH="$folder"
cd "$source"
ansible-playbook --syntax-check -i localhost, examples/use.yml
cd "$folder"
ansible-galaxy collection build --output-path "$folder" "$source"
python -m galaxy_importer.main "$folder/example-playbooks-1.0.0.tar.gz" 2>&1 | tee "$folder/log" | tail -4

grep --quiet "Importer processing completed successfully" "$folder/log"
if ! grep --quiet "Failed to find example.playbooks.nothing playbook" "$folder/log"; then
  echo "The behavior has changed: the playbook is found."
  exit 1
fi
echo "As described: ansible-playbook finds the playbook, and the import does not."
