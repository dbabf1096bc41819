#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a cloud backup task of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_backup_task
short_description: Manage a cloud backup task of a TrueNAS system
version_added: 0.1.0
description:
  - Creates, changes, renames, and deletes the tasks that back up a TrueNAS system to a cloud provider with restic. The web
    interface calls them TrueCloud Backup tasks.
  - The NAS contacts the provider for each create and update, even of a description, and can create the bucket and the
    repository. The task writes only if something differs, and waits for O(provider_timeout).
  - Works with credentials for Amazon S3 and compatible services, and for Storj. The NAS cannot use restic with other
    providers, so the task refuses them before it writes.
  - Refuses settings that nobody can want, such as two tasks on one repository, and warns about settings with which a task
    succeeds and loses data.
  - Passwords never appear in any output.
  - Requires the roles C(CLOUD_BACKUP_WRITE) and C(CLOUD_SYNC_READ). Scripts require the role C(FULL_ADMIN), and on some
    versions C(args), too.
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
  path:
    description:
      - Dataset, folder, or volume (C(/dev/zvol/POOL/NAME)) to back up. The NAS does not check that a folder exists.
      - Required to create a task.
  include:
    description:
      - The NAS stores these patterns, but never uses them. The task warns about them.
  exclude:
    description:
      - Patterns of restic for files to leave out. V(cache) leaves out every file and folder of that name.
      - A pattern with a leading slash is compared with the full path of a file, so it usually leaves out nothing.
  args:
    description:
      - The NAS stores these arguments, but never uses them. The task warns about them.
  repository_password:
    description:
      - Password of the restic repository in O(folder). Required to create a task. Without it, the backups are lost.
      - The NAS cannot change the password of a repository, so this value can only change together with the folder.
      - It must not begin or end with a space, because restic removes spaces when it reads a password from a file.
    type: str
  keep_last:
    description:
      - Number of snapshots to keep in the repository. Required to create a task.
      - Counts all snapshots of the repository, so two tasks on one repository would delete each other's. The task refuses this.
    type: int
  transfer_setting:
    description:
      - Number of simultaneous transfers and size of the packs.
    type: str
    choices: [DEFAULT, PERFORMANCE, FAST_STORAGE]
    aliases: [transfer_settings]
  absolute_paths:
    description:
      - Whether snapshots contain the full paths of files. The NAS accepts this option only when it creates the task.
    type: bool
    aliases: [use_absolute_paths]
  cache_path:
    description:
      - Folder on the NAS for the cache of restic. An empty text disables the cache. Requires TrueNAS 25.10 or later.
    type: str
  rate_limit:
    description:
      - Bandwidth limit in KiB per second. V(0) disables the limit. Requires TrueNAS 25.10 or later.
    type: int
seealso:
  - module: nasops.truenas.cloud_backup_tasks
  - module: nasops.truenas.cloud_backup_task_info
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_sync_task
"""

EXAMPLES = r"""
- name: Back up the photos every night, and keep the last 30 snapshots
  nasops.truenas.cloud_backup_task:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    description: photos
    credential: storj
    bucket: nas1
    folder: photos
    path: /mnt/tank/photos
    repository_password: "{{ vault_photos_repository }}"
    keep_last: 30
    snapshot: true
    schedule:
      minute: "15"
      hour: "2"
    exclude: ["*.tmp", cache]

# The connection of the following task comes from module_defaults or from the environment.
- name: Rename the task
  nasops.truenas.cloud_backup_task:
    description: photos
    new_description: photos of nas1
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
      sample: photos
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
      O(nasops.truenas.cloud_credential#module:pending_tasks) and O(nasops.truenas.cloud_backup_run#module:pending_tasks) of later
      tasks. Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample: [{service: cloud_backup, id: 5, description: nightly, credential: null}]
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_backup_task import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
