#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a cloud backup task of a TrueNAS system now."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_backup_run
short_description: Run a cloud backup task of a TrueNAS system now
version_added: 0.1.0
description:
  - Runs a stored cloud backup task now. After the backup, the NAS deletes the snapshots that exceed
    O(nasops.truenas.cloud_backup_task#module:keep_last).
  - Waits for the end of the run through the events of the NAS. If the connection is lost, logs in again and looks for the run.
    Never starts it a second time.
  - If the task is already running, the module joins that run in place of starting another one, and RV(action) is V(joined). Files
    that changed after the start of that run might not be part of it.
  - Runs a disabled task, too, because O(nasops.truenas.cloud_backup_task#module:enabled) concerns the schedule only. A task
    on a locked dataset is refused, because each of its runs fails.
  - Each run makes a snapshot. C(changed) is false if restic has added no data to the repository.
  - Does not restore anything. Restore a snapshot in the web interface of the NAS, or with restic.
  - Requires the role C(CLOUD_BACKUP_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.cloud_tasks.subject
  - nasops.truenas.cloud_tasks.run
  - nasops.truenas.pending.task
attributes:
  check_mode:
    description:
      - Starts nothing, and returns in RV(ignore:msg) whether a run would be started or joined.
      - If an earlier task creates or renames the task, pass on its changes in O(pending_tasks).
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Each use runs the task. C(changed) is false if the run has transferred nothing.
    support: none
seealso:
  - module: nasops.truenas.cloud_backup_task
"""

EXAMPLES = r"""
- name: Back up now
  nasops.truenas.cloud_backup_run:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    description: photos

- name: Start a backup, and do not wait for it
  nasops.truenas.cloud_backup_run:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    id: 5
    wait: false
"""

RETURN = r"""
action:
  description: Whether the module has started a run, or has joined one that was already in progress.
  type: str
  returned: when the task was found
  sample: started
task:
  description: The stored task.
  type: dict
  returned: when the task was found
  contains:
    id:
      description: ID of the task on the NAS. Null in check mode if an earlier task creates it.
      type: int
      sample: 3
    description:
      description: Description of the task.
      type: str
      sample: nightly
job:
  description: The run. Null in check mode.
  type: dict
  returned: when the task was found
  contains:
    id:
      description: ID of the job on the NAS.
      type: int
      sample: 1204
    state:
      description: State of the job, such as V(WAITING), V(RUNNING), V(SUCCESS), V(FAILED), or V(ABORTED).
      type: str
      sample: SUCCESS
    error:
      description: The error of the run, with known secrets masked.
      type: str
      sample: null
    started:
      description: Time of the start in UTC, in ISO 8601.
      type: str
      sample: "2026-08-01T03:00:00Z"
    finished:
      description: Time of the end in UTC, in ISO 8601.
      type: str
      sample: "2026-08-01T03:12:41Z"
transferred:
  description: Counts of restic for the run. Null until the run has ended.
  type: dict
  returned: when the task was found
  contains:
    files:
      description: Number of new and changed files. Null if it cannot be determined.
      type: int
      sample: 12
    bytes:
      description: Bytes that were added to the repository. Null if they cannot be determined.
      type: int
      sample: 1310720
    snapshot:
      description: ID of the snapshot, or the beginning of it. Null if it cannot be determined.
      type: str
      sample: 3ebde08d
error:
  description: The first error in the log of the run, with known secrets masked.
  type: str
  returned: when the run failed
cause:
  description:
    - Cause of the error, such as V(forbidden), V(unreachable), V(locked), V(local_path), V(script), or V(unknown). The guide
      on verification lists those that concern the provider.
  type: str
  returned: when the run failed
  sample: local_path
hint:
  description: How to fix the cause. Empty for an unknown cause.
  type: str
  returned: when the run failed
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_backup_run import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
