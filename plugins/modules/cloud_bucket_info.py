#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the buckets of a cloud credential."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_bucket_info
short_description: List the buckets of a cloud credential
version_added: 0.1.0
description:
  - Lists the buckets or containers that a stored credential can access. The NAS runs the call, so a result also proves that the
    credential works.
  - A key that is limited to one bucket is often not allowed to list buckets. The task then fails with the RV(cause)
    V(scoped_key).
  - Requires the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.provider_call
  - nasops.truenas.provider_call.buckets
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
  - module: nasops.truenas.cloud_bucket
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: List the buckets that the off-site key can access
  nasops.truenas.cloud_bucket_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credential: offsite
  register: seen

- name: Check that the bucket of the backups exists
  ansible.builtin.assert:
    that: "'backups' in seen.buckets | map(attribute='name')"
"""

RETURN = r"""
credential:
  description: Name of the credential.
  type: str
  returned: success
provider:
  description: Its provider, by its option name in M(nasops.truenas.cloud_credential).
  type: str
  returned: success
  sample: s3
buckets:
  description: The buckets, sorted by name.
  type: list
  elements: dict
  returned: success
  contains:
    name:
      description: Name of the bucket.
      type: str
      returned: success
      sample: backups
    modified:
      description: Time that rclone reports. Its meaning depends on the provider; a time in the year 2000 stands for no time.
      type: str
      returned: success
      sample: "2026-11-25T12:00:00.000000000Z"
cause:
  description:
    - Identifier of the cause of the failure, as in C(cause) of a verification. Examples are V(wrong_secret), V(scoped_key),
      V(unreachable), and V(unknown).
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_bucket_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
