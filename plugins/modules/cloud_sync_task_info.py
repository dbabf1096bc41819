#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the cloud sync tasks of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_sync_task_info
short_description: Read the cloud sync tasks of a TrueNAS system
version_added: 0.1.0
description:
  - Returns the stored cloud sync tasks as options of M(nasops.truenas.cloud_sync_task), with the state of the last run.
  - Passwords and the login of the credential are never returned.
  - Requires the role C(CLOUD_SYNC_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.cloud_tasks.info
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
seealso:
  - module: nasops.truenas.cloud_sync_task
"""

EXAMPLES = r"""
- name: Read the tasks
  nasops.truenas.cloud_sync_task_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
  register: stored

- name: Show the tasks whose last run failed
  ansible.builtin.debug:
    msg: "{{ stored.tasks | selectattr('job') | selectattr('job.state', '==', 'FAILED') | map(attribute='description') }}"
"""

RETURN = r"""
tasks:
  description: The tasks, sorted by description. Each has the options of M(nasops.truenas.cloud_sync_task).
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: ID of the task on the NAS.
      type: int
      sample: 3
    description:
      description: The description.
      type: str
      sample: documents to offsite
    credential:
      description: Name of the credential. Its login is never part of the result.
      type: str
      sample: offsite
    locked:
      description: Whether the dataset is locked, so that every run fails.
      type: bool
    job:
      description: The last run, or null if the NAS knows of none.
      type: dict
      contains:
        id:
          description: ID of the job. Null after a restart of the NAS.
          type: int
          sample: 1204
        state:
          description: State of the job, such as V(RUNNING), V(SUCCESS), V(FAILED), or V(ABORTED).
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_sync_task_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
