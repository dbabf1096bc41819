# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return the least that a key must be allowed to do for cloud tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.nasops.truenas.plugins.module_utils import mistyped
from ansible_collections.nasops.truenas.plugins.module_utils.access import least
from ansible_collections.nasops.truenas.plugins.module_utils.errors import InvalidInput, Problem

DOCUMENTATION = r"""
name: least_policy
short_description: Return the least that a key must be allowed to do for cloud tasks
version_added: 0.1.0
author:
  - The nasops.truenas maintainers (@nasops)
description:
  - Returns the rights of a key with which cloud sync and cloud backup tasks run, and without one of which a run fails. Write them
    to the provider, and use the key in the credential of the tasks.
  - The rights were measured with rclone and restic on servers that enforce policies, one right removed at a time. The filter
    refuses a provider, a direction, a mode, or an argument of rclone without a measurement.
  - Nobody has tried the rights at Amazon, Backblaze, Storj, or MinIO.
positional: _input
options:
  _input:
    description:
      - A task in the form of the options of M(nasops.truenas.cloud_sync_task) or M(nasops.truenas.cloud_backup_task), or as
        M(nasops.truenas.cloud_sync_task_info) or M(nasops.truenas.cloud_backup_task_info) returns it.
      - A list of tasks returns the rights of one key for all of them. Tasks with C(state=absent) are omitted.
    type: raw
    required: true
  provider:
    description:
      - Provider of the tasks' credential. V(s3) and V(storj_ix) return a policy, V(b2) returns capabilities.
    type: str
    choices: [s3, storj_ix, b2]
    default: s3
  variant:
    description:
      - How much to allow.
      - V(plain) allows the work in the whole bucket.
      - V(folder) allows it only for objects below the folder of each task. The key can still list the names in the bucket.
      - V(append_only) allows a cloud sync task only to hide files, in a bucket that keeps versions. It allows a cloud backup task
        to delete locks but no data, which requires a C(keep_last) that is never reached.
    type: str
    choices: [plain, folder, append_only]
    default: plain
  has_region:
    description:
      - Whether the credential sets C(region) or C(skip_region). If it does not, the NAS itself asks for the region of the bucket,
        and the key must allow that.
    type: bool
    default: true
seealso:
  - module: nasops.truenas.protected_bucket
"""

EXAMPLES = r"""
- name: Show the policy of the key for a task
  ansible.builtin.debug:
    msg: "{{ task | nasops.truenas.least_policy }}"
  vars:
    task:
      description: documents to offsite
      credential: offsite
      bucket: backups
      folder: nas1/documents
      path: /mnt/tank/documents
      direction: PUSH
      transfer_mode: SYNC

- name: List the cloud backup tasks of a credential
  nasops.truenas.cloud_backup_task_info:
    credential: offsite
  register: backups

- name: Write the policy of a key that cannot delete data
  ansible.builtin.copy:
    content: "{{ (backups.tasks | nasops.truenas.least_policy(variant='append_only')).policy | to_nice_json }}"
    dest: offsite-policy.json
    mode: "0644"
"""

RETURN = r"""
_value:
  description:
    - The rights, and what they require.
    - C(policy) is a policy document, for V(s3) and V(storj_ix). C(capabilities) is a list of capabilities for a key that is
      limited to the bucket, for V(b2).
    - C(args) is the value that the option C(args) of the task needs, and C(keep_last) that of the option C(keep_last). They are
      returned only if the task needs another value to work with these rights. For a list, they are in C(tasks), with the
      C(description) of each task.
    - C(notes) is a list of sentences about the limits of these rights.
  type: dict
  sample:
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource: ["arn:aws:s3:::backups/*"]
        - Effect: Allow
          Action: ["s3:ListBucket"]
          Resource: ["arn:aws:s3:::backups"]
    notes: ["The key cannot list the buckets, so set verify_bucket to verify the credential."]
"""

_TEXTS = {"provider": {"type": "str"}, "variant": {"type": "str"}}


def least_policy(
    tasks: Any, provider: str = "s3", variant: str = least.PLAIN, has_region: bool = True
) -> dict[str, Any]:
    """Return the rights. Raises AnsibleFilterError with the task, the field, and a remedy."""
    problems = mistyped.problems({"provider": provider, "variant": variant}, _TEXTS)
    if not isinstance(has_region, bool):
        problems.append(
            Problem("has_region", "must be true or false", "Add `| bool` to the template that computes it.")
        )
    if problems:
        raise AnsibleFilterError(f"nasops.truenas.least_policy:\n{InvalidInput(problems)}")
    try:
        if isinstance(tasks, Mapping):
            return least.one(tasks, provider, variant, has_region)
        if isinstance(tasks, (list, tuple)):
            return least.least("tasks", tasks, provider, variant, has_region)
    except InvalidInput as error:
        raise AnsibleFilterError(f"nasops.truenas.least_policy:\n{error}") from None
    raise AnsibleFilterError("nasops.truenas.least_policy: requires a task or a list of tasks")


class FilterModule:
    """The filter plugin of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"least_policy": least_policy}
