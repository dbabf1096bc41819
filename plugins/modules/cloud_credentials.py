#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud credentials of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credentials
short_description: Manage the set of cloud credentials of a TrueNAS system
version_added: 0.1.0
description:
  - Manages a list of credentials as M(nasops.truenas.cloud_credential) manages one, with one login and one query, and a second
    query if it creates a credential.
  - Checks every item before the first write, and reports all errors together. If an item fails, the others continue; to finish,
    fix it and run the task again.
  - Verifies and writes several items at the same time.
  - Can delete the credentials that the list does not name.
  - Requires the role C(CLOUD_SYNC_WRITE). To list and reassign the cloud backup tasks of a credential, the account also needs
    the roles C(CLOUD_BACKUP_READ) and C(CLOUD_BACKUP_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.purge
  - nasops.truenas.update
  - nasops.truenas.pending.keypair
  - nasops.truenas.pending.credential
  - nasops.truenas.pending.task
  - nasops.truenas.verification
  - nasops.truenas.providers.credentials
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired credentials as one document, with every secret masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: Apply the declared credentials, and delete all others except those named manual-*
  nasops.truenas.cloud_credentials:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credentials:
      - name: offsite
        s3:
          access_key_id: AKIAEXAMPLE
          secret_access_key: "{{ vault_s3_secret }}"
          endpoint: https://s3.example.net
      - name: archive
        sftp:
          host: archive.example.net
          user: backup
          password: "{{ vault_archive_password }}"
      - name: old bucket
        state: absent
    verify: changed
    purge: true
    purge_keep:
      - manual-*
"""

RETURN = r"""
credentials:
  description: The result of each item, in the order of the list.
  type: list
  elements: dict
  returned: success and partial failure
  contains:
    name:
      description: Name of the credential.
      type: str
    changed:
      description: Whether the task changed it.
      type: bool
    action:
      description: The change that was made, in check mode the one that a run would make.
      type: str
      choices: [created, updated, deleted, none]
    changed_fields:
      description: Names of the fields that differ.
      type: list
      elements: str
    unknown_fields:
      description: Names of the declared fields that could not be compared, because the NAS hides them from this account.
      type: list
      elements: str
    kept_fields:
      description: Names of the declared fields whose stored value the task kept.
      type: list
      elements: str
    kept_reasons:
      description: The kept fields, each with the reason, such as V(token (refreshed by the NAS\)).
      type: list
      elements: str
    drift:
      description: Whether the stored credential differed from the desired one, as in M(nasops.truenas.cloud_credential).
      type: str
      choices: [none, found, unknown]
    generated_keypair:
      description: The SSH keypair that the NAS created for it, as in M(nasops.truenas.cloud_credential).
      type: dict
    replaced:
      description: The secrets that the change replaced, as in M(nasops.truenas.cloud_credential).
      type: dict
    moved_tasks:
      description: The tasks that were reassigned, as in M(nasops.truenas.cloud_credential).
      type: list
      elements: dict
    credential:
      description: The credential after the task, as in M(nasops.truenas.cloud_credential).
      type: dict
    verification:
      description: Result of its verification, as in M(nasops.truenas.cloud_credential).
      type: dict
    failed:
      description: Whether this item failed.
      type: bool
      returned: on failure
    msg:
      description: The error of this item.
      type: str
      returned: on failure
drift:
  description:
    - V(found) if any credential differs, V(unknown) if no visible field differs but the NAS hides others from this account,
      otherwise V(none).
  type: str
  returned: success and partial failure
  choices: [none, found, unknown]
  sample: none
purged:
  description: Names of the credentials that were deleted because the list does not name them.
  type: list
  elements: str
  returned: success and partial failure
  sample: [forgotten]
undeclared:
  description: Names of the credentials that the list does not name and that stay on the NAS.
  type: list
  elements: str
  returned: success and partial failure
  sample: [manual-archive]
counts:
  description: Numbers of credentials that were created, updated, deleted, left alone, and that failed.
  type: dict
  returned: success and partial failure
  sample:
    created: 1
    updated: 0
    deleted: 1
    none: 18
    failed: 0
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option with its list item, such as V(credentials[1] (archive\).sftp.port).
      type: str
    index:
      description: Index of the list item.
      type: int
    name:
      description: Name of the list item.
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
pending_credentials:
  description:
    - The credentials that a run would create, change, or delete, without secrets, for the option of this name of later tasks.
      Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample:
    - id: 3
      name: offsite
      former_name: offsite
      provider: s3
      fields: {access_key_id: AKIAEXAMPLE, endpoint: "https://s3.example.net", region: ""}
      keypair: null
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credentials import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
