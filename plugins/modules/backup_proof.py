#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove that the backups of cloud tasks can be read."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_proof
short_description: Prove that the backups of cloud tasks can be read
version_added: 0.1.0
description:
  - Reads what cloud sync tasks and cloud backup tasks have stored at their providers, from the host that runs the Ansible task,
    with C(rclone) or C(restic) and the stored credential of the task. Changes nothing, neither on the NAS nor at the provider.
  - Lists the folder or the repository of each task, and compares the age of the newest object or snapshot, the number, and the
    size with limits. Then reads some files completely, through the encryption of the task, and compares them with checksums.
  - Does not write to a disk. The content of a file comes through a pipe and is forgotten, and secrets are neither in files nor in
    arguments of processes. The programs end with the module, even if it is killed.
  - Proves up to 20 tasks at the same time.
  - The outcome of a task is V(proven) if at least one file was read completely and all limits are met. It is V(failed) if the
    provider shows that the backup is missing, is outside the limits, or cannot be read with the stored credential. It is
    V(inconclusive) otherwise, for example if only the NAS can reach the provider.
  - Requires the roles C(CLOUD_SYNC_WRITE) and C(CLOUD_BACKUP_WRITE), because the NAS hides secrets from other accounts. For
    SFTP credentials with an SSH keypair, it also requires C(KEYCHAIN_CREDENTIAL_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.pending.task
options:
  descriptions:
    description:
      - Descriptions of the tasks to prove. If several tasks have one description, all of them are proven.
      - Without it, all cloud sync tasks and cloud backup tasks of the NAS are proven. Tasks that pull are V(inconclusive).
    type: list
    elements: str
  max_age:
    description:
      - Maximum age in hours of the newest object of a cloud sync task or the newest snapshot of a cloud backup task.
      - The age of an object begins with its upload. Providers that do not know this time, such as SFTP servers, report the
        modification time of the file.
    type: float
  min_count:
    description:
      - Minimum number of objects or snapshots.
    type: int
  max_count:
    description:
      - Maximum number of objects or snapshots.
    type: int
  min_size:
    description:
      - Minimum size in bytes of all objects, or of the files in the newest snapshot.
    type: int
  max_size:
    description:
      - Maximum size in bytes of all objects, or of the files in the newest snapshot.
    type: int
  fetch:
    description:
      - Number of files to read for each task, from 1 to 100. If fewer are stored, all of them are read.
      - The newest files are read that are not empty, match O(patterns), and are not larger than O(max_file_size).
    type: int
    default: 3
  patterns:
    description:
      - Shell patterns such as V(*.pdf) or V(invoices/*). Only files whose path or name matches one of them are read.
    type: list
    elements: str
    default: []
  checksums:
    description:
      - Hexadecimal MD5, SHA-1, or SHA-256 digests of files by path. Exactly these files are read, in place of the newest ones.
      - A path is relative to the folder of a cloud sync task, or begins at the root of a snapshot.
      - Requires exactly one task in O(descriptions).
    type: dict
  max_file_size:
    description:
      - Size in bytes of the largest file to read. At most O(fetch) times this size is read for each task.
    type: int
    default: 67108864
  max_listed:
    description:
      - Number of objects to list at most for each task. If a task has stored more, its proof is V(inconclusive).
    type: int
    default: 1000000
  proof_timeout:
    description:
      - Seconds for the proof of each task. O(timeout) does not apply to the provider.
    type: float
    default: 300
  rclone_path:
    description:
      - Path of C(rclone), version 1.60 or later, on the host that runs the task. By default, it is looked for in E(PATH).
    type: path
  restic_path:
    description:
      - Path of C(restic), version 0.14 or later, on the host that runs the task. By default, it is looked for in E(PATH).
    type: path
  fail_on:
    description:
      - The outcomes that make the Ansible task fail. V(inconclusive) includes V(failed). The results are returned anyway.
    type: str
    choices: [failed, inconclusive, never]
    default: failed
attributes:
  check_mode:
    description:
      - Does the same in check mode, because it changes nothing.
      - If an earlier task creates a task, pass on its changes in O(pending_tasks). A warning then takes the place of its proof.
    support: full
  diff_mode:
    description: Returns no diff.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
seealso:
  - module: nasops.truenas.cloud_sync_task
  - module: nasops.truenas.cloud_backup_task
  - module: nasops.truenas.cloud_audit
"""

EXAMPLES = r"""
- name: Prove that last night's backups can be read
  nasops.truenas.backup_proof:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    descriptions: [documents to offsite, photos]
    max_age: 26
    min_count: 1
  register: proof

- name: Compare one file with its checksum
  nasops.truenas.backup_proof:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    descriptions: [documents to offsite]
    checksums:
      contracts/lease.pdf: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
"""

RETURN = r"""
proofs:
  description: The result for each task, sorted by kind, description, and ID.
  type: list
  elements: dict
  returned: when the tasks were found
  contains:
    kind:
      description: V(cloud sync task) or V(cloud backup task).
      type: str
      sample: cloud sync task
    description:
      description: Description of the task.
      type: str
      sample: documents to offsite
    id:
      description: ID of the task on the NAS.
      type: int
      sample: 3
    outcome:
      description: V(proven), V(failed), or V(inconclusive).
      type: str
      sample: proven
    cause:
      description: Cause of an outcome that is not V(proven), such as V(too_old), V(checksum), or V(unreachable).
      type: str
      sample: ""
    error:
      description: The reason, with known secrets masked.
      type: str
      sample: ""
    hint:
      description: How to fix the cause.
      type: str
      sample: ""
    time:
      description: Time of the proof in UTC, in ISO 8601.
      type: str
      sample: "2026-08-01T07:55:00Z"
    newest:
      description: Time of the newest object or snapshot in UTC, in ISO 8601. Null if nothing could be listed.
      type: str
      sample: "2026-08-01T03:12:41Z"
    age_hours:
      description: Age of the newest object or snapshot.
      type: float
      sample: 4.71
    count:
      description: Number of objects or snapshots.
      type: int
      sample: 1204
    size:
      description: Size in bytes of all objects, or of the files in the newest snapshot.
      type: int
      sample: 73400320
    fetched:
      description: The files that were read.
      type: list
      elements: dict
      contains:
        path:
          description: Path of the file.
          type: str
          sample: contracts/lease.pdf
        size:
          description: Size in bytes.
          type: int
          sample: 48213
        sha256:
          description: SHA-256 of the content that was read.
          type: str
          sample: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
        compared:
          description:
            - Origins of the checksums that were equal, V(declared) for O(checksums) and V(provider).
            - C(rclone) and C(restic) check encrypted content themselves.
          type: list
          elements: str
          sample: [provider]
    notes:
      description: Remarks that do not change the outcome.
      type: list
      elements: str
      sample: []
    seconds:
      description: Duration of the proof.
      type: float
      sample: 1.9
counts:
  description: Number of tasks by outcome.
  type: dict
  returned: when the tasks were found
  sample: {"proven": 2, "inconclusive": 0, "failed": 0}
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.backup_proof import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
