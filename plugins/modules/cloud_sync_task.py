#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a cloud sync task of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_sync_task
short_description: Manage a cloud sync task of a TrueNAS system
version_added: 0.1.0
description:
  - Creates, changes, renames, and deletes the tasks that transfer files between a TrueNAS system and a cloud provider
    with rclone.
  - Compares by meaning, so the other notation of a schedule, a folder, or a bandwidth limit is not a change. Sends only fields
    that differ.
  - Refuses settings that the NAS accepts and nobody can want, such as a schedule that never runs, and warns about settings with
    which a task succeeds and loses data.
  - Refuses options that the provider of the credential does not take, in check mode as well.
  - Passwords never appear in any output.
  - Requires the role C(CLOUD_SYNC_WRITE). Scripts require the role C(FULL_ADMIN), and on some versions C(args), too.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.cloud_tasks
  - nasops.truenas.cloud_tasks.write
  - nasops.truenas.pending.credential
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired task, with passwords masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
options:
  direction:
    description:
      - V(PUSH) transfers from the NAS to the provider, V(PULL) from the provider to the NAS. Required to create a task.
    type: str
    choices: [PUSH, PULL]
  transfer_mode:
    description:
      - V(SYNC) makes the destination equal to the source, and deletes what the source does not have. V(COPY) never deletes.
        V(MOVE) deletes files from the source after the transfer. Required to create a task.
    type: str
    choices: [SYNC, COPY, MOVE]
  bwlimit:
    description:
      - Bandwidth limits by time of day. Each item is a text such as V(08:00,512K) or V(23:00,off), or a mapping with C(time) and
        C(bandwidth). A text without a time is the limit for the whole day.
      - A number without a unit is in bytes per second. K, M, and G are powers of 1024.
    type: list
    elements: raw
    aliases: [bandwidth_limit]
  transfers:
    description:
      - Number of files to transfer at the same time. V(0) is the default of rclone.
    type: int
  encryption:
    description:
      - Whether to encrypt files on the NAS before they are transferred, and to decrypt pulled files.
    type: bool
    aliases: [remote_encryption]
  filename_encryption:
    description:
      - Whether to encrypt the names of files and folders as well. Requires O(encryption=true) to have an effect.
    type: bool
  encryption_password:
    description:
      - Password of the encryption. Required with O(encryption=true). Without it, the files at the provider are lost.
    type: str
  encryption_salt:
    description:
      - A second password for the encryption.
    type: str
  create_empty_src_dirs:
    description:
      - Whether to create empty folders of the source at the destination.
    type: bool
    aliases: [create_empty_source_dirs]
  follow_symlinks:
    description:
      - Whether to transfer the targets of symbolic links.
    type: bool
seealso:
  - module: nasops.truenas.cloud_sync_tasks
  - module: nasops.truenas.cloud_sync_task_info
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_backup_task
"""

EXAMPLES = r"""
- name: Encrypt the documents and copy them to a bucket every night
  nasops.truenas.cloud_sync_task:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    description: documents to offsite
    credential: offsite
    bucket: backups
    folder: nas1/documents
    path: /mnt/tank/documents
    direction: PUSH
    transfer_mode: SYNC
    schedule:
      minute: "30"
      hour: "3"
    snapshot: true
    exclude: ["*.tmp", "cache/**"]
    encryption: true
    encryption_password: "{{ vault_documents_password }}"
    encryption_salt: "{{ vault_documents_salt }}"
    bwlimit: ["08:00,2M", "19:00,off"]

# The connection of the following tasks comes from module_defaults or from the environment.
- name: Collect the files of a branch office from its SFTP server
  nasops.truenas.cloud_sync_task:
    description: branch office
    credential: branch
    folder: /srv/export
    path: /mnt/tank/branch
    direction: PULL
    transfer_mode: COPY
    schedule:
      minute: "0"
      hour: 8-18/2
      dow: mon-fri

- name: Stop the schedule, and keep everything else
  nasops.truenas.cloud_sync_task:
    description: branch office
    enabled: false

- name: Delete one of two tasks with the same description
  nasops.truenas.cloud_sync_task:
    description: documents
    id: 7
    state: absent
"""

RETURN = r"""
action:
  description: The change that was made, in check mode the one that a run would make.
  type: str
  returned: success
  choices: [created, updated, deleted, none]
  sample: created
changed_fields:
  description: Names of the options that differ.
  type: list
  elements: str
  returned: success
  sample: [folder, schedule]
drift:
  description: Whether the stored task differs from the desired one. V(unknown) if the NAS hides secrets from this account.
  type: str
  returned: success
  choices: [none, found, unknown]
  sample: found
unknown_fields:
  description:
    - Names of the secrets that could not be compared, because the NAS hides them from this account. Outside check mode, the task
      fails in this case.
  type: list
  elements: str
  returned: success
  sample: []
kept_fields:
  description: Names of declared secrets that keep their stored value, because of O(update_secret=on_create).
  type: list
  elements: str
  returned: success
  sample: []
task:
  description:
    - The task after the change, with the options of this module. Null if it was deleted or did not exist.
    - Secrets are V(********), or V(unknown (redacted\)) if the NAS hides them. The login of the credential is never part of it.
  type: dict
  returned: success
  contains:
    id:
      description: ID of the task on the NAS, null if check mode predicts its creation.
      type: int
      sample: 3
    description:
      description: The description.
      type: str
      sample: documents to offsite
    credential:
      description: Name of the credential.
      type: str
      sample: offsite
    locked:
      description: Whether the dataset is locked, so that every run fails.
      type: bool
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_sync_task import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
