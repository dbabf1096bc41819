#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the set of cloud sync tasks of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_sync_tasks
short_description: Manage the set of cloud sync tasks of a TrueNAS system
version_added: 0.1.0
description:
  - Manages a list of cloud sync tasks as M(nasops.truenas.cloud_sync_task) manages one, with one login and one query. A second
    query reads the credentials if a task gets another one, a third follows the creation of tasks.
  - Checks every item before the first write, and reports all errors together. If an item fails, the others continue; to finish,
    fix it and run the task again.
  - Can delete the tasks that the list does not name. Without O(purge), it lists them and leaves them alone.
  - Requires the role C(CLOUD_SYNC_WRITE). Scripts require the role C(FULL_ADMIN), and on some versions C(args), too.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.sync_tasks
  - nasops.truenas.cloud_tasks.write
  - nasops.truenas.pending.credential
  - nasops.truenas.purge
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired tasks as one document, with passwords masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
seealso:
  - module: nasops.truenas.cloud_sync_task
  - module: nasops.truenas.cloud_sync_task_info
  - module: nasops.truenas.cloud_credentials
"""

EXAMPLES = r"""
- name: Apply the declared tasks, and delete all others except those that begin with "manual"
  nasops.truenas.cloud_sync_tasks:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    tasks:
      - description: documents to offsite
        credential: offsite
        bucket: backups
        folder: nas1/documents
        path: /mnt/tank/documents
        direction: PUSH
        transfer_mode: SYNC
        schedule: {minute: "30", hour: "3"}
      - description: old
        state: absent
    purge: true
    purge_keep:
      - manual*
"""

RETURN = r"""
tasks:
  description: The result of each item, in the order of the list.
  type: list
  elements: dict
  returned: success and partial failure
  contains:
    description:
      description: The description.
      type: str
    changed:
      description: Whether the task changed it.
      type: bool
    action:
      description: The change that was made, in check mode the one that a run would make.
      type: str
      choices: [created, updated, deleted, none]
    changed_fields:
      description: Names of the options that differ.
      type: list
      elements: str
    unknown_fields:
      description: Names of the secrets that could not be compared, because the NAS hides them from this account.
      type: list
      elements: str
    kept_fields:
      description: Names of declared secrets that keep their stored value.
      type: list
      elements: str
    drift:
      description: Whether the stored task differs from the desired one.
      type: str
      choices: [none, found, unknown]
    task:
      description: The task after the change, as in M(nasops.truenas.cloud_sync_task).
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
  description: V(found) if any task differs, V(unknown) if none that can be compared does, otherwise V(none).
  type: str
  returned: success and partial failure
  choices: [none, found, unknown]
  sample: none
purged:
  description: Descriptions of the tasks that were deleted because the list does not name them.
  type: list
  elements: str
  returned: success and partial failure
  sample: [forgotten]
undeclared:
  description: Descriptions of the tasks that the list does not name and that stay on the NAS.
  type: list
  elements: str
  returned: success and partial failure
  sample: [made by hand]
counts:
  description: Numbers of tasks that were created, updated, deleted, left alone, and that failed.
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
      description: The option with its list item, such as V(tasks[1] (documents\).schedule.hour).
      type: str
    index:
      description: Index of the list item.
      type: int
    name:
      description: Description of the list item.
      type: str
    reason:
      description: The mistake.
      type: str
    remedy:
      description: How to fix it.
      type: str
pending_tasks:
  description:
    - The tasks that a run would create, rename, delete, or give another credential, for
      O(nasops.truenas.cloud_credential#module:pending_tasks) and O(nasops.truenas.cloud_sync_run#module:pending_tasks) of later
      tasks. Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample: [{service: cloudsync, id: 5, description: nightly, credential: null}]
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_sync_tasks import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
