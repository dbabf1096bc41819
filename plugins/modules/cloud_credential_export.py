#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the cloud credentials of a TrueNAS system as variables."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential_export
short_description: Export the cloud credentials of a TrueNAS system as variables
version_added: 0.1.0
description:
  - Writes the stored credentials of a NAS to C(cloud_credentials.yml), as a list for the role
    C(nasops.truenas.cloud_credentials) and for M(nasops.truenas.cloud_credentials), with a variable in place of each secret. A
    run with exactly this list changes nothing on the NAS.
  - Writes the variables of the secrets to C(cloud_credentials_vault.yml). By default, their value is the placeholder
    V(CHANGE_ME). With O(export_secrets=true) the file contains the secrets, encrypted with Ansible Vault.
  - To write secrets that several NAS systems share only once, set O(group_dest), and run
    M(nasops.truenas.cloud_export_shared) after the export of all hosts.
  - Secrets are never printed, returned, logged, or stored on disk in plain text.
  - Writes the files to a folder for the host, where Ansible reads them if it is in C(host_vars).
  - Always runs on the controller, which has the vault secret, whatever the connection of the task is.
  - Requires the role C(CLOUD_SYNC_WRITE). To export the names of SSH keypairs, the account also needs the role
    C(KEYCHAIN_CREDENTIAL_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.vault
attributes:
  check_mode:
    description: Reads the NAS and the files, and lists the files that a run would write.
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Does not write files whose content is the same.
    support: full
options:
  dest:
    description: Folder on the controller in which the task creates a folder for the host, for example C(host_vars).
    type: path
    required: true
  host_name:
    description: Name of the host's folder, and part of the names of the variables. Usually C({{ inventory_hostname }}).
    type: str
    required: true
  variable:
    description: Name of the variable that contains the list.
    type: str
    default: nas_cloud_credentials
  export_secrets:
    description: Whether to export the secrets, encrypted with a vault secret of the run.
    type: bool
    default: false
  encryption:
    description:
      - How to encrypt the secrets in C(cloud_credentials_vault.yml), with O(export_secrets=true).
      - V(file) encrypts the whole file.
      - V(values) encrypts each value by itself, as C(!vault). The names of the variables stay readable, and an export after a
        change encrypts only the values that have changed.
    type: str
    choices: [file, values]
    default: file
  group_dest:
    description:
      - Folder of group variables on the controller, for example C(group_vars/nas). If its C(cloud_credentials_vault.yml) has a
        secret of this NAS, the export refers to the variable of the group, and does not write the secret again.
    type: path
  export_tasks:
    description:
      - Whether to export the cloud sync tasks and the cloud backup tasks, too, to C(cloud_tasks.yml), as the variables
        C(nas_cloud_sync_tasks) and C(nas_cloud_backup_tasks) of the role. The variables of their passwords are in
        C(cloud_credentials_vault.yml).
      - Off by default, because it also requires the role C(CLOUD_BACKUP_WRITE), and because the role manages the tasks that it
        finds in these variables.
    type: bool
    default: false
  force:
    description:
      - Whether to replace existing files whose content differs.
      - C(cloud_credentials_vault.yml) is replaced only together with O(export_secrets=true), because V(CHANGE_ME) must not
        overwrite a secret.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.cloud_export_shared
  - module: nasops.truenas.cloud_credentials
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: Export the credentials of this NAS as variables of the host
  nasops.truenas.cloud_credential_export:
    host: "{{ ansible_host }}"
    username: automation
    api_key: "{{ vault_truenas_key }}"
    dest: host_vars
    host_name: "{{ inventory_hostname }}"
    export_secrets: true
"""

RETURN = r"""
dest:
  description: Folder of the host.
  type: str
  returned: success
written:
  description: Paths of the files that were written, in check mode those that a run would write.
  type: list
  elements: str
  returned: success
credentials:
  description: Names of the credentials.
  type: list
  elements: str
  returned: success
tasks:
  description: Descriptions of the tasks.
  type: list
  elements: str
  returned: success
variables:
  description: Names of the variables that contain the secrets.
  type: list
  elements: str
  returned: success
  sample: [vault_nas_nas1_offsite_secret_access_key]
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

from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_export import ARGUMENTS


def main():
    """Fail: only the action plugin has the vault secret."""
    module = AnsibleModule(argument_spec={**connection.ARGUMENTS, **ARGUMENTS}, supports_check_mode=True)
    module.fail_json(
        msg="cloud_credential_export runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
