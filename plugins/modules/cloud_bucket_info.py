#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the buckets that a cloud credential sees."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_bucket_info
short_description: List the buckets that a cloud credential sees
version_added: 0.1.0
description:
  - Has the NAS list the buckets or containers that one of its stored credentials sees. That proves at the same time that the
    credential opens its provider.
  - A key that is bound to one bucket may not list at all, which is C(scoped_key) as C(cause).
  - Needs the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
attributes:
  check_mode:
    description: Changes nothing, so it runs in check mode as it always does.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
options:
  credential:
    description:
      - Name of a stored credential, of a provider with buckets or containers. M(nasops.truenas.cloud_provider_info) tells which
        have any.
    type: str
    required: true
  provider_timeout:
    description:
      - Seconds that the NAS may wait for the provider; the NAS itself sets no limit. It is apart from O(timeout), which goes for
        what the NAS knows itself.
    type: float
    default: 180
seealso:
  - module: nasops.truenas.cloud_bucket
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: What the off-site key sees
  nasops.truenas.cloud_bucket_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credential: offsite
  register: seen

- name: It has to be exactly one bucket
  ansible.builtin.assert:
    that: seen.buckets | map(attribute='name') == ['backups']
"""

RETURN = r"""
credential:
  description: The credential.
  type: str
  returned: success
provider:
  description: Its provider, by the name of the option of M(nasops.truenas.cloud_credential).
  type: str
  returned: success
  sample: s3
buckets:
  description: The buckets, by name.
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
      description: Time that rclone gives for it, which providers mean in different ways; the year 2000 stands for none.
      type: str
      returned: success
      sample: "2026-11-25T12:00:00.000000000Z"
cause:
  description:
    - Why the provider did not do it, in the words that C(cause) of a verification has, for example C(wrong_secret),
      C(scoped_key), C(unreachable) or C(unknown).
  type: str
  returned: when the provider refused
hint:
  description: What to do about it; empty if that is not known.
  type: str
  returned: when the provider refused
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_bucket_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
