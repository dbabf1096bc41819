#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of SSH keypairs of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypairs
short_description: Manage the set of SSH keypairs of a TrueNAS system
version_added: 0.1.0
description:
  - Manages a list of SSH keypairs as M(nasops.truenas.ssh_keypair) manages one, with one login and one query.
  - Checks every item before the first write, and reports all errors together. If an item fails, the others continue; to finish,
    fix it and run the task again.
  - Can delete the keypairs that the list does not name. SSH connections are never deleted by a purge.
  - Requires the role C(KEYCHAIN_CREDENTIAL_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.pending.credential
  - nasops.truenas.pending.keypair
  - nasops.truenas.keypairs
  - nasops.truenas.purge
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired keypairs as one document, every private key masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: nasops.truenas.ssh_keypair
  - module: nasops.truenas.ssh_keypair_info
"""

EXAMPLES = r"""
- name: Apply the declared keypairs, and delete all others except those named manual-*
  nasops.truenas.ssh_keypairs:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    keypairs:
      - name: archive
        generate: true
      - name: replication
        private_key_file: replication.key
      - name: old
        state: absent
    purge: true
    purge_keep:
      - manual-*
"""

RETURN = r"""
keypairs:
  description: The result of each item, in the order of the list.
  type: list
  elements: dict
  returned: success and partial failure
  contains:
    name:
      description: Name of the keypair.
      type: str
    changed:
      description: Whether the task changed it.
      type: bool
    action:
      description: The change that was made, in check mode the one that a run would make.
      type: str
      choices: [created, updated, deleted, none]
    changed_fields:
      description: The fields that differ, of V(name), V(private_key) and V(public_key).
      type: list
      elements: str
    unknown_fields:
      description: Names of the options that could not be compared, because the NAS hides keys from this account.
      type: list
      elements: str
    drift:
      description: Whether the stored keypair differs from the desired one.
      type: str
      choices: [none, found, unknown]
    keypair:
      description: The keypair after the task, as in M(nasops.truenas.ssh_keypair).
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
  description: V(found) if any keypair differs, V(unknown) if none that can be compared does, otherwise V(none).
  type: str
  returned: success and partial failure
  choices: [none, found, unknown]
  sample: none
purged:
  description: Names of the keypairs that were deleted because the list does not name them.
  type: list
  elements: str
  returned: success and partial failure
  sample: [forgotten]
undeclared:
  description: Names of the keypairs that the list does not name and that stay on the NAS.
  type: list
  elements: str
  returned: success and partial failure
  sample: [manual-archive]
counts:
  description: Numbers of keypairs that were created, updated, deleted, left alone, and that failed.
  type: dict
  returned: success and partial failure
  sample:
    created: 1
    updated: 0
    deleted: 1
    none: 3
    failed: 0
problems:
  description: The mistakes in the options, one by one.
  type: list
  elements: dict
  returned: when an option is invalid
  contains:
    field:
      description: The option with its list item, such as V(keypairs[1] (archive\).private_key).
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
pending_keypairs:
  description:
    - The keypairs that a run would create, change, or delete, for O(nasops.truenas.cloud_credential#module:pending_keypairs) of
      later tasks. Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample: [{id: 4, name: archive of nas1, former_name: archive}]
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.ssh_keypairs import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
