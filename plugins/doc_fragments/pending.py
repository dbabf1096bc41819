# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that pass the changes of earlier tasks on to a later task in check mode."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules whose objects refer to others share."""

    KEYPAIR = r"""
options:
  pending_keypairs:
    description:
      - SSH keypairs that earlier tasks create, rename, or delete in a real run. In check mode, the NAS does not have these
        changes yet.
      - Pass on what M(nasops.truenas.ssh_keypair) or M(nasops.truenas.ssh_keypairs) returns under the same name.
      - Has no effect outside check mode.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the keypair after the earlier task. Without it, that task deletes the keypair.
        type: str
      former_name:
        description:
          - Name of the keypair on the NAS before the earlier task.
        type: str
      id:
        description:
          - ID of the keypair. Without it, the earlier task creates the keypair.
        type: int
"""

    CREDENTIAL = r"""
options:
  pending_credentials:
    description:
      - Cloud credentials that earlier tasks create, rename, change, or delete in a real run. In check mode, the NAS does not have
        these changes yet.
      - Pass on what M(nasops.truenas.cloud_credential) or M(nasops.truenas.cloud_credentials) returns under the same name.
      - Has no effect outside check mode.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - Name of the credential after the earlier task. Without it, that task deletes the credential.
        type: str
      former_name:
        description:
          - Name of the credential on the NAS before the earlier task.
        type: str
      id:
        description:
          - ID of the credential. Without it, the earlier task creates the credential.
        type: int
      provider:
        description:
          - The provider, such as V(s3). Without it, check mode cannot check options that depend on the provider.
        type: str
      fields:
        description:
          - The fields of the provider that are not secret, as the NAS stores them.
        type: dict
        default: {}
      keypair:
        description:
          - ID of the SSH keypair that the credential uses after the earlier task.
        type: int
"""

    TASK = r"""
options:
  pending_tasks:
    description:
      - Cloud sync and cloud backup tasks that earlier tasks create, rename, delete, or give another credential in a real run. In
        check mode, the NAS does not have these changes yet, so a credential can still look used, and a task can be missing.
      - Pass on what M(nasops.truenas.cloud_sync_tasks), M(nasops.truenas.cloud_backup_tasks), and the modules for a single task
        return under the same name.
      - Has no effect outside check mode.
    type: list
    elements: dict
    default: []
    suboptions:
      service:
        description:
          - The kind of task.
        type: str
        choices: [cloudsync, cloud_backup]
        required: true
      description:
        description:
          - Description of the task after the earlier task.
        type: str
        aliases: [name]
      id:
        description:
          - ID of the task on the NAS. Without it, the earlier task creates the task.
        type: int
      credential:
        description:
          - Name of the credential that the task uses after the earlier task. Without it, that task deletes the task.
        type: str
"""
