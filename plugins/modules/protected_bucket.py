#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep what is stored in a bucket: versions, object lock, lifecycle rules, and no public access."""

from __future__ import annotations

DOCUMENTATION = r"""
module: protected_bucket
short_description: Keep versions in a bucket, lock them, and limit them with lifecycle rules
version_added: 0.1.0
description:
  - Manages the settings of a bucket that protect its objects from a stolen key. The host that runs the task contacts the
    provider with boto3; the NAS does not.
  - Manages only the settings that the task declares. The task never deletes a bucket or an object.
  - Compares by meaning. The order of rules, IDs that the server makes up, and old forms of a filter are not a change.
  - Reads each setting back after it has written it. If the server dropped a part of a lifecycle rule, such as a filter or a
    number of versions, the task restores the previous rules and fails. The error describes the effect of the rule.
  - If everything is in sync, the task needs one request for each declared setting, and at most four.
  - Does not read the environment or the files of the AWS tools.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.providers.stores
attributes:
  check_mode:
    description: Reads the settings, and predicts the change. Whether a server drops a part of a rule shows only in a run.
    support: full
  diff_mode:
    description: Returns the settings before and after.
    support: full
  idempotent:
    description: Settings that have the declared meaning are not written.
    support: full
options:
  host:
    description:
      - Name or address of the NAS that stores O(credential). Required with O(credential), otherwise ignored.
      - If not set, the environment variable E(TRUENAS_HOST) is used.
    required: false
  username:
    description:
      - The TrueNAS user that logs in. Required with O(credential), otherwise ignored.
      - If not set, the environment variable E(TRUENAS_USERNAME) is used.
    required: false
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  credential:
    description:
      - Name of a credential on the NAS whose key to use. Set this or the account itself.
      - The task reads the secret through the API of the NAS, and never shows it. The account needs the role
        C(CLOUD_SYNC_WRITE).
      - The key of a backup should not be able to change the protection of its bucket. Prefer another key.
    type: str
  create:
    description:
      - Whether to create the bucket if it does not exist. Otherwise the task fails.
      - With O(object_lock), the bucket is created with object lock enabled, which some servers require.
    type: bool
    default: false
  versioning:
    description:
      - Whether the bucket keeps the old versions of objects that are overwritten or deleted.
      - V(suspended) keeps the existing versions, and makes no new ones.
    type: str
    choices: [enabled, suspended]
  object_lock:
    description:
      - The retention that new versions get by default. Requires versioning, which the task enables unless O(versioning) is set.
      - Nobody can turn object lock off again. Until a version's retention ends, nobody can delete the version.
    type: dict
    suboptions:
      mode:
        description:
          - V(governance) can be bypassed with a special right.
          - V(compliance) cannot be bypassed by anyone, also not by the owner of the account. It requires O(confirm).
        type: str
        choices: [governance, compliance]
        required: true
      days:
        description: Days of the retention.
        type: int
        required: true
  confirm:
    description:
      - Whether you accept that versions with O(object_lock.mode=compliance) stay, and cost money, until their retention ends.
    type: bool
    default: false
  lifecycle_rules:
    description:
      - Lifecycle rules of this task. Each rule must remove something, and needs at least one of
        O(lifecycle_rules[].old_versions_after) and O(lifecycle_rules[].unfinished_uploads_after).
    type: list
    elements: dict
    suboptions:
      name:
        description: ID of the rule. A stored rule with this ID is replaced. Other rules are kept, unless O(purge) is set.
        type: str
        required: true
      state:
        description: Whether the rule must exist.
        type: str
        choices: [present, absent]
        default: present
      prefix:
        description: Apply the rule only to objects whose names begin with this text.
        type: str
        default: ""
      larger_than:
        description: Apply the rule only to objects of more than this number of bytes.
        type: int
      old_versions_after:
        description: Delete old versions this number of days after they were replaced or deleted.
        type: int
      keep_versions:
        description:
          - Keep this number of old versions of each object, whatever their age.
          - Requires O(lifecycle_rules[].old_versions_after).
        type: int
      unfinished_uploads_after:
        description:
          - Remove the parts of uploads that are not finished after this number of days.
          - Cannot be combined with O(lifecycle_rules[].larger_than).
        type: int
  purge:
    description:
      - Whether to delete the lifecycle rules that are not declared. Requires O(lifecycle_rules).
    type: bool
    default: false
  block_public_access:
    description: Whether to refuse public access to the bucket by policies and access lists. V(false) allows it again.
    type: bool
  request_timeout:
    description: Seconds to wait for each answer of the provider.
    type: float
    default: 60
notes:
  - Requires boto3 on the host that runs the task.
  - Some servers accept a rule with O(lifecycle_rules[].larger_than) or O(lifecycle_rules[].keep_versions), and store it
    without. Ceph 16.2 does, and would delete every object.
  - Deleting old versions frees their space. Without such a rule, each overwritten or deleted object is kept, and paid for.
seealso:
  - plugin: nasops.truenas.least_policy
    plugin_type: filter
  - module: nasops.truenas.cloud_bucket
"""

EXAMPLES = r"""
- name: Keep deleted and overwritten backups for 30 days
  nasops.truenas.protected_bucket:
    s3:
      access_key_id: "{{ vault_s3_admin.id }}"
      secret_access_key: "{{ vault_s3_admin.secret }}"
      endpoint: https://s3.example.net
    bucket: backups
    create: true
    versioning: enabled
    block_public_access: true
    lifecycle_rules:
      - name: nasops-old-versions
        old_versions_after: 30
      - name: nasops-unfinished-uploads
        unfinished_uploads_after: 7

- name: Lock what is written to the bucket for two weeks, with the key of a credential on the NAS
  nasops.truenas.protected_bucket:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credential: offsite
    bucket: locked-backups
    object_lock:
      mode: governance
      days: 14
"""

RETURN = r"""
action:
  description: The change that was made, in check mode the one that a run would make. V(created), V(updated), or V(none).
  type: str
  returned: success
bucket:
  description: Name of the bucket.
  type: str
  returned: success
changed_fields:
  description: The options whose settings were written.
  type: list
  elements: str
  returned: success
  sample: [versioning, lifecycle_rules]
settings:
  description: The settings after the task, with all lifecycle rules in the form of S3. A setting that was not read is missing.
  type: dict
  returned: success
  contains:
    versioning:
      description: V(enabled), V(suspended), or V(off).
      type: str
    object_lock:
      description: The C(mode) and the C(days) of the default retention. Null without object lock.
      type: dict
    lifecycle_rules:
      description: The rules.
      type: list
      elements: dict
    block_public_access:
      description: Whether all public access is refused.
      type: bool
cause:
  description:
    - Identifier of the cause of the failure. Examples are V(wrong_secret), V(forbidden), V(no_such_bucket), V(not_supported),
      V(not_kept), and V(unknown).
  type: str
  returned: when the provider refused
hint:
  description: How to fix it. Empty if the cause is unknown.
  type: str
  returned: when the provider refused
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.protected_bucket import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
