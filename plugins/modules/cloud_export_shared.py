#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move secrets that several exported NAS systems share to group variables."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_export_shared
short_description: Move secrets that several exported NAS systems share to group variables
version_added: 0.1.0
description:
  - Reads the C(cloud_credentials_vault.yml) that M(nasops.truenas.cloud_credential_export) has written for each host, and finds
    secrets that at least two hosts have.
  - Writes each of these secrets once, to C(cloud_credentials_vault.yml) in the folder of the group, as a variable such as
    C(vault_nas_shared_offsite_secret_access_key). C(cloud_credentials.yml) and C(cloud_tasks.yml) of the hosts then refer to
    this variable, and the hosts' own variables of the secret are removed.
  - Keeps variables that the export did not write, and placeholders. Does not delete variables of the group.
  - Skips hosts without exported files. Warns about files that are not encrypted, or that this run cannot decrypt, and skips them.
  - Secrets are never printed, returned, logged, or stored on disk in plain text.
  - Always runs on the controller, which has the vault secret, whatever the connection of the task is. Calls no NAS.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.vault
attributes:
  check_mode:
    description: Reads the files, and lists those that a run would write.
    support: full
  diff_mode:
    description: Returns no diff, because the change is secret.
    support: none
  idempotent:
    description: Does not write files if there is nothing to move.
    support: full
options:
  dest:
    description: Folder on the controller with one folder for each host, for example C(host_vars).
    type: path
    required: true
  hosts:
    description: Hosts whose secrets to compare, usually C({{ groups['nas'] }}).
    type: list
    elements: str
    required: true
  group_dest:
    description: Folder of the group's variables on the controller, for example C(group_vars/nas). A missing folder is created.
    type: path
    required: true
  encryption:
    description:
      - How to encrypt a new file of the group. Existing files keep their form.
      - V(file) encrypts the whole file.
      - V(values) encrypts each value by itself, as C(!vault).
    type: str
    choices: [file, values]
    default: file
seealso:
  - module: nasops.truenas.cloud_credential_export
"""

EXAMPLES = r"""
- name: Export the credentials of each NAS
  nasops.truenas.cloud_credential_export:
    host: "{{ ansible_host }}"
    username: automation
    api_key: "{{ vault_truenas_key }}"
    dest: host_vars
    host_name: "{{ inventory_hostname }}"
    export_secrets: true
    group_dest: group_vars/nas

- name: Move secrets that several NAS share to the group
  nasops.truenas.cloud_export_shared:
    dest: host_vars
    hosts: "{{ groups['nas'] }}"
    group_dest: group_vars/nas
  run_once: true
"""

RETURN = r"""
written:
  description: Paths of the files that were written, in check mode those that a run would write.
  type: list
  elements: str
  returned: success
shared:
  description: The secrets that were moved.
  type: list
  elements: dict
  returned: success
  contains:
    variable:
      description: Name of the group's variable.
      type: str
      sample: vault_nas_shared_offsite_secret_access_key
    hosts:
      description: Hosts that now refer to the variable.
      type: list
      elements: str
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option.
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.arguments import CLOUD_EXPORT_SHARED, VAULT


def main():
    """Fail: only the action plugin has the vault secret."""
    module = AnsibleModule(argument_spec={**CLOUD_EXPORT_SHARED, **VAULT}, supports_check_mode=True)
    module.fail_json(
        msg="cloud_export_shared runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
