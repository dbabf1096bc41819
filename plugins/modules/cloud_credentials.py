#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the whole set of cloud credentials of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_credentials
short_description: Manage the whole set of cloud credentials of a TrueNAS box
version_added: 0.1.0
description:
  - Does for a list of credentials what M(nasops.truenas.cloud_credential) does for one, with one login and one query, and a
    second query if something is created.
  - Every item is checked before the first write, and all that is wrong is told at once. Verifications and writes of different
    items are in flight together. One that fails fails alone; running the task again finishes the job.
  - Can delete the credentials that are not named.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.purge
  - nasops.truenas.update
  - nasops.truenas.update.pending
  - nasops.truenas.verification
  - nasops.truenas.providers.credentials
attributes:
  check_mode:
    description: Can run in check mode, and then predicts exactly what would be done without doing it.
    support: full
  diff_mode:
    description: Returns what was stored and what is stored afterwards as one document, with every secret masked.
    support: full
  idempotent:
    description: Running the task again changes nothing.
    support: full
seealso:
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_credential_info
"""

EXAMPLES = r"""
- name: Exactly these, and whatever somebody made by hand under a name of its own
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
  description: What became of each item, in the order of the list.
  type: list
  elements: dict
  returned: success and partial failure
  contains:
    name:
      description: Name of the credential.
      type: str
    changed:
      description: Whether it was changed.
      type: bool
    action:
      description: What was done, or in check mode would be done.
      type: str
      choices: [created, updated, deleted, none]
    changed_fields:
      description: Names of the fields that differ.
      type: list
      elements: str
    unknown_fields:
      description: Names of the fields that the NAS hides from this account.
      type: list
      elements: str
    kept_fields:
      description: Names of the declared fields whose stored value was left alone.
      type: list
      elements: str
    kept_reasons:
      description: The same, each with the reason, such as V(token (refreshed by the NAS\)).
      type: list
      elements: str
    drift:
      description: Whether what was stored differed from what the item wants, as in M(nasops.truenas.cloud_credential).
      type: str
      choices: [none, found, unknown]
    generated_keypair:
      description: The SSH keypair that the NAS made for it, as in M(nasops.truenas.cloud_credential).
      type: dict
    replaced:
      description: The secrets that it no longer has, as in M(nasops.truenas.cloud_credential).
      type: dict
    moved_tasks:
      description: The tasks that use another credential now, as in M(nasops.truenas.cloud_credential).
      type: list
      elements: dict
    credential:
      description: The credential as it is stored afterwards, secrets masked.
      type: dict
    verification:
      description: What came of its verification, as in M(nasops.truenas.cloud_credential).
      type: dict
    failed:
      description: Whether this item failed.
      type: bool
      returned: on failure
    msg:
      description: Why it failed.
      type: str
      returned: on failure
drift:
  description:
    - V(found) if something differed, V(unknown) if nothing that this account can see did but the NAS hides the rest, else
      V(none).
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
counts:
  description: How many credentials were created, updated, deleted, left alone, and failed.
  type: dict
  returned: success and partial failure
  sample:
    created: 1
    updated: 0
    deleted: 1
    none: 18
    failed: 0
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_credentials import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
