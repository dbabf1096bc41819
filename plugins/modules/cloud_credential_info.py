#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the cloud credentials of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credential_info
short_description: Read the cloud credentials of a TrueNAS system
version_added: 0.1.0
description:
  - Returns the stored credentials in the form of the options of M(nasops.truenas.cloud_credential). Without its C(id), a result
    can be written back.
  - With O(verify=always) it verifies the stored credentials and reports the results. A failed verification does not fail the
    task, and O(on_inconclusive) has no effect. V(changed) verifies nothing here, so one default serves all modules.
  - The NAS returns V(********) for nearly every value to an account without the role C(CLOUD_SYNC_WRITE).
  - Requires the role C(CLOUD_SYNC_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.verification
  - nasops.truenas.verification.place
  - nasops.truenas.providers.filter
attributes:
  check_mode:
    description: Changes nothing, so check mode makes no difference.
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
options:
  name:
    description:
      - Return only the credentials with exactly this name.
    type: str
  reveal_secrets:
    description:
      - Whether to return secrets unmasked. Anyone who can read the result can read them, so set C(no_log) on the task.
    type: bool
    default: false
  usage:
    description:
      - Whether to return the cloud sync and cloud backup tasks that use each credential. A list of all tasks also requires the
        role C(CLOUD_BACKUP_READ).
    type: bool
    default: false
  preview:
    description:
      - Whether to return the parts of each secret that are not confidential, such as the expiry of a token. An account without
        the role C(CLOUD_SYNC_WRITE) gets an empty preview.
      - M(nasops.truenas.cloud_credential) does not accept the values that O(preview) and O(usage) add.
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

- name: Show the names of the S3 credentials
  ansible.builtin.debug:
    msg: "{{ stored.credentials | selectattr('s3', 'defined') | map(attribute='name') }}"

- name: Read which tasks use each credential
  nasops.truenas.cloud_credential_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    usage: true
  register: usage

- name: Check that a task uses every credential
  ansible.builtin.assert:
    that: unused | length == 0
    fail_msg: "No task uses {{ unused | join(', ') }}"
  vars:
    unused: "{{ usage.credentials | selectattr('unused', 'true') | map(attribute='name') }}"
"""

RETURN = r"""
credentials:
  description:
    - The credentials, sorted by name, each in the form of the options of M(nasops.truenas.cloud_credential) and with its C(id).
    - A credential for a provider that this collection does not support has its C(type) and its fields under
      C(unknown_provider).
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
        - Result of the verification, as in M(nasops.truenas.cloud_credential).
      type: dict
      returned: with O(verify=always)
    used_by:
      description:
        - The tasks that use the credential, each with its C(service) (V(cloudsync) or V(cloud_backup)), C(id), and
          C(description).
      type: list
      elements: dict
      returned: with O(usage=true)
      sample:
        - service: cloudsync
          id: 3
          description: nightly
    unused:
      description:
        - Whether no task uses the credential. Null if this account cannot list all tasks and none of those that it can list uses
          the credential.
      type: bool
      returned: with O(usage=true)
    preview:
      description:
        - The parts of the secrets that are not confidential, by field.
        - For a service account, C(project_id), C(client_email), and C(private_key_id).
        - For a token, C(token_type), C(expiry), and C(refreshable), which is true if the NAS can refresh it after the expiry. An
          expiry in the year 1 means that the token does not expire.
        - For an SSH keypair, C(name), C(type), C(fingerprint), and C(public_key). All except the name require the role
          C(KEYCHAIN_CREDENTIAL_WRITE).
      type: dict
      returned: with O(preview=true)
      sample:
        token:
          token_type: Bearer
          expiry: "2026-11-25T12:00:00Z"
          refreshable: true
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

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credential_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
