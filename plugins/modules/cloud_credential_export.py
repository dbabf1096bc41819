#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the cloud credentials of a TrueNAS box as variables."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential_export
short_description: Write the cloud credentials of a TrueNAS box as variables
version_added: 0.1.0
description:
  - Writes what a NAS stores as a list that the role C(nasops.truenas.cloud_credentials) and M(nasops.truenas.cloud_credentials)
    take, into C(cloud_credentials.yml), with a variable in the place of each secret. A run with exactly this list changes nothing
    on the NAS.
  - The variables of the secrets stand in C(cloud_credentials_vault.yml), either with V(CHANGE_ME) to fill in, or on request
    with the secrets,
    encrypted by Ansible Vault. The secrets are neither shown nor returned nor logged, and never on disk in clear.
  - Both files go into a folder of the host, as Ansible reads them from C(host_vars).
  - Runs on the controller, whatever the task's connection is, because the vault's secret is there.
  - Needs the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
attributes:
  check_mode:
    description: Reads the NAS and the files, and says what would be written.
    support: full
  diff_mode:
    description: Shows nothing.
    support: none
  idempotent:
    description: Files that say the same are left alone.
    support: full
options:
  dest:
    description: Folder on the controller that gets a folder for the host, for example C(host_vars).
    type: path
    required: true
  host_name:
    description: Name of the folder, and part of the names of the secrets' variables. Mostly C({{ inventory_hostname }}).
    type: str
    required: true
  variable:
    description: Name of the variable that has the list.
    type: str
    default: nas_cloud_credentials
  export_secrets:
    description: Write the secrets, too, encrypted with a secret of Ansible Vault that the run was started with.
    type: bool
    default: false
  vault_id:
    description: Vault ID to encrypt with. By default the first one that Ansible was started with.
    type: str
  force:
    description:
      - Replace files that say something else. The one for the secrets only together with O(export_secrets=true), so that no
        secret is lost to a V(CHANGE_ME).
    type: bool
    default: false
seealso:
  - module: nasops.truenas.cloud_credentials
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: What this NAS has, as variables of the host
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
  description: The folder of the host.
  type: str
  returned: success
written:
  description: The files that were written, or would be in check mode.
  type: list
  elements: str
  returned: success
credentials:
  description: Names of the credentials.
  type: list
  elements: str
  returned: success
variables:
  description: Names of the variables that have the secrets.
  type: list
  elements: str
  returned: success
  sample: [vault_nas_nas1_offsite_secret_access_key]
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.nas import connection
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_export import ARGUMENTS


def main():
    """Say why nothing can be done here: only the action has the vault's secret."""
    module = AnsibleModule(argument_spec={**connection.ARGUMENTS, **ARGUMENTS}, supports_check_mode=True)
    module.fail_json(
        msg="cloud_credential_export runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
