#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the cloud credentials of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential_info
short_description: Read the cloud credentials of a TrueNAS box
version_added: 0.1.0
description:
  - Returns the stored credentials in the shape that M(nasops.truenas.cloud_credential) takes, so that what is read can be
    written back, without its C(id).
  - With O(verify=always) it verifies the stored credentials and reports the results. A failed verification does not fail the
    task, and O(on_inconclusive) has no effect. V(changed) verifies nothing here, so one default serves all modules.
  - To an account without the role C(CLOUD_SYNC_WRITE) the NAS shows V(********) in place of nearly every value.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.verification
  - nasops.truenas.verification.place
  - nasops.truenas.providers.filter
attributes:
  check_mode:
    description: Changes nothing, so it runs in check mode as it always does.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
options:
  name:
    description:
      - Return only the credentials of exactly this name.
    type: str
  reveal_secrets:
    description:
      - Return secrets as they are. Anyone who sees the result sees them, so set C(no_log) on the task.
    type: bool
    default: false
  usage:
    description:
      - Tell which tasks of the NAS use each credential. To see every task takes the role C(CLOUD_BACKUP_READ) as well.
    type: bool
    default: false
  preview:
    description:
      - Tell what each secret is like, without the secret itself, as far as it has an inside that may be shown. There is nothing
        to tell to an account without the role C(CLOUD_SYNC_WRITE).
      - What is shown is no option of M(nasops.truenas.cloud_credential), nor is what O(usage) adds.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: Read every credential
  nasops.truenas.cloud_credential_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
  register: stored

- name: The names of the S3 credentials
  ansible.builtin.debug:
    msg: "{{ stored.credentials | selectattr('s3', 'defined') | map(attribute='name') }}"

- name: Which of them are used
  nasops.truenas.cloud_credential_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    usage: true
  register: usage

- name: Nothing is left over
  ansible.builtin.assert:
    that: unused | length == 0
    fail_msg: "No task uses {{ unused | join(', ') }}"
  vars:
    unused: "{{ usage.credentials | selectattr('unused', 'true') | map(attribute='name') }}"
"""

RETURN = r"""
credentials:
  description:
    - The credentials by name, each in the shape of the options of M(nasops.truenas.cloud_credential) and with its C(id).
    - One of a provider that this collection does not know has its C(type) and its fields under C(unknown_provider) instead.
  type: list
  elements: dict
  returned: success
  sample:
    - id: 7
      name: offsite
      s3:
        access_key_id: AKIAEXAMPLE
        secret_access_key: "********"
        endpoint: https://s3.example.net/
  contains:
    verification:
      description:
        - What came of the verification, in the form that M(nasops.truenas.cloud_credential) returns it.
      type: dict
      returned: with O(verify=always)
    used_by:
      description:
        - The tasks that use it, each with its C(service), V(cloudsync) or V(cloud_backup), its C(id) and its C(description).
      type: list
      elements: dict
      returned: with O(usage=true)
      sample:
        - service: cloudsync
          id: 3
          description: nightly
    unused:
      description:
        - Whether no task uses it; null if the account may not see every task and no other one is known to use it.
      type: bool
      returned: with O(usage=true)
    preview:
      description:
        - What may be shown of its secrets, by field. Of a service account its C(project_id), C(client_email) and
          C(private_key_id). Of a token its C(token_type), its C(expiry), of which the year 1 stands for never, and as
          C(refreshable) whether it can then be renewed. Of an SSH keypair its C(name), C(type), C(fingerprint) and
          C(public_key); all but the name take the role C(KEYCHAIN_CREDENTIAL_WRITE).
      type: dict
      returned: with O(preview=true)
      sample:
        token:
          token_type: Bearer
          expiry: "2026-11-25T12:00:00Z"
          refreshable: true
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
