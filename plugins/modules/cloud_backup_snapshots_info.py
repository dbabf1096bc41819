#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the snapshots of a cloud backup task of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_backup_snapshots_info
short_description: List the snapshots of a cloud backup task of a TrueNAS system
version_added: 0.1.0
description:
  - Returns the snapshots in the repository of a stored cloud backup task. The NAS reads them from the provider.
  - Does not restore anything. Restore a snapshot in the web interface of the NAS, or with restic.
  - Requires the role C(CLOUD_BACKUP_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.cloud_tasks.subject
  - nasops.truenas.provider_call
  - nasops.truenas.pending.task
attributes:
  check_mode:
    description:
      - Changes nothing, so check mode makes no difference.
      - If an earlier task creates the task, pass on its changes in O(pending_tasks). The list is then empty, with a warning.
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
seealso:
  - module: nasops.truenas.cloud_backup_run
  - module: nasops.truenas.cloud_backup_task
"""

EXAMPLES = r"""
- name: List the snapshots
  nasops.truenas.cloud_backup_snapshots_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    description: photos
  register: stored

- name: Show the time of the last backup
  ansible.builtin.debug:
    msg: "{{ (stored.snapshots | last).time }}"
  when: stored.snapshots | length > 0
"""

RETURN = r"""
task:
  description: The stored task.
  type: dict
  returned: success
  contains:
    id:
      description: ID of the task on the NAS. Null in check mode if an earlier task creates it.
      type: int
      sample: 5
    description:
      description: Description of the task.
      type: str
      sample: photos
snapshots:
  description: The snapshots, the oldest first. Those of every task that uses the repository are among them.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: ID of the snapshot.
      type: str
      sample: 3ebde08db558223d443df1d128d15919bd785d0ae6a68798e6d5f390546c1460
    time:
      description: Time of the backup in UTC, in ISO 8601.
      type: str
      sample: "2026-08-01T03:00:00Z"
    hostname:
      description: Host that made the snapshot.
      type: str
      sample: nas1
    paths:
      description: The folders in the snapshot.
      type: list
      elements: str
      sample: [/mnt/tank/photos]
cause:
  description:
    - Cause of the error, such as V(wrong_repository_password), V(no_repository), V(forbidden), V(unreachable), or V(unknown).
  type: str
  returned: when the NAS could not read the repository
  sample: no_repository
hint:
  description: How to fix the cause. Empty for an unknown cause.
  type: str
  returned: when the NAS could not read the repository
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_backup_snapshots_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
