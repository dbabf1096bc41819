#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Precompute an API key for faster logins, and store it in a vault."""

from __future__ import annotations

DOCUMENTATION = r"""
module: precomputed_key
short_description: Precompute an API key for faster logins, and store it in a vault
version_added: 0.1.0
description:
  - Computes C(client_key), C(stored_key), and C(server_key) of an API key with the salt and the iterations of the NAS, and writes
    them with C(api_key_id) to a variables file that is encrypted with Ansible Vault. With this variable as O(api_key), a login
    needs no PBKDF2.
  - Logs in with the raw key, so a wrong key is not computed. Changes nothing on the NAS.
  - Neither key is printed, returned, logged, or stored on disk in plain text.
  - A precomputed key works for one API key of one NAS. Run this for each NAS, and again after the key has changed.
  - Always runs on the controller, which has the vault secret, whatever the connection of the task is.
  - Requires TrueNAS 26.0 or later.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.vault
attributes:
  check_mode:
    description: Asks the NAS, and predicts whether a run would write the file.
    support: full
  diff_mode:
    description: Returns no diff, because the change is secret.
    support: none
  idempotent:
    description: Does not write a file whose content is the same.
    support: full
options:
  dest:
    description:
      - File on the controller, for example C(host_vars/nas1/nas_api_key.yml). Only its owner can read it.
      - A missing folder is created.
    type: path
    required: true
  variable:
    description: Name of the variable with the precomputed key.
    type: str
    default: nas_api_key
  force:
    description: Whether to replace an existing file whose content differs.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.cloud_credentials
"""

EXAMPLES = r"""
- name: Precompute the API key of this NAS
  nasops.truenas.precomputed_key:
    host: "{{ ansible_host }}"
    username: automation
    api_key: "{{ vault_raw_api_key }}"
    dest: "host_vars/{{ inventory_hostname }}/nas_api_key.yml"
    variable: nas_api_key

# The next run reads the file with the other variables of the host.
- name: Log in with the precomputed key
  nasops.truenas.cloud_credential_info:
    host: "{{ ansible_host }}"
    username: automation
    api_key: "{{ nas_api_key }}"
"""

RETURN = r"""
dest:
  description: Path of the file.
  type: str
  returned: success
variable:
  description: Name of the variable with the precomputed key.
  type: str
  returned: success
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.precomputed_key import ARGUMENTS


def main():
    """Fail: only the action plugin has the vault secret."""
    module = AnsibleModule(argument_spec={**connection.ARGUMENTS, **ARGUMENTS}, supports_check_mode=True)
    module.fail_json(msg="precomputed_key runs on the controller only, through its action plugin. Call it from a task.")


if __name__ == "__main__":
    main()
