#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make sure that the bucket of a cloud credential exists."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_bucket
short_description: Make sure that the bucket of a cloud credential exists
version_added: 0.1.0
description:
  - Checks that a stored credential can list a bucket, and creates the bucket if the NAS supports that.
  - The NAS can create buckets only at Storj. For the other providers, the task fails if the bucket does not exist, also in check
    mode.
  - Requires the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.provider_call
  - nasops.truenas.provider_call.buckets
  - nasops.truenas.pending.credential
attributes:
  check_mode:
    description: Lists the buckets, and predicts the change.
    support: full
  diff_mode:
    description: Returns the bucket.
    support: full
  idempotent:
    description: An existing bucket is not changed.
    support: full
options:
  name:
    description:
      - Name of the bucket. The provider decides which names are allowed.
    type: str
    required: true
  state:
    description:
      - Whether the bucket must exist. Only V(present) is supported, because the NAS cannot delete buckets.
    type: str
    choices: [present]
    default: present
seealso:
  - module: nasops.truenas.cloud_bucket_info
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: Create the bucket of this NAS
  nasops.truenas.cloud_bucket:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credential: storj
    name: "backups-{{ inventory_hostname }}"
"""

RETURN = r"""
action:
  description: The change that was made, in check mode the one that a run would make. V(created) or V(none).
  type: str
  returned: success
bucket:
  description: Name of the bucket.
  type: str
  returned: success
credential:
  description: Name of the credential.
  type: str
  returned: success
provider:
  description: Its provider, by its option name in M(nasops.truenas.cloud_credential).
  type: str
  returned: success
  sample: storj_ix
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_bucket import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
