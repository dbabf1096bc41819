#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have a bucket behind a cloud credential."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_bucket
short_description: Have a bucket behind a cloud credential
version_added: 0.1.0
description:
  - Makes sure that there is a bucket which a stored credential sees.
  - The NAS can create one at Storj only. At the other providers a bucket that is there is fine, and one that is missing fails the
    task, in check mode as well.
  - Needs the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
attributes:
  check_mode:
    description: Has the buckets listed, and predicts.
    support: full
  diff_mode:
    description: Shows the bucket.
    support: full
  idempotent:
    description: A bucket that is there is left alone.
    support: full
options:
  credential:
    description:
      - Name of a stored credential, of a provider with buckets or containers. M(nasops.truenas.cloud_provider_info) tells which
        have any.
    type: str
    required: true
  name:
    description:
      - Name of the bucket. What it may be called is for the provider to say.
    type: str
    required: true
  state:
    description:
      - The NAS can create a bucket, and cannot delete one.
    type: str
    choices: [present]
    default: present
  provider_timeout:
    description:
      - Seconds that the NAS may wait for the provider; the NAS itself sets no limit. It is apart from O(timeout), which goes for
        what the NAS knows itself.
    type: float
    default: 180
seealso:
  - module: nasops.truenas.cloud_bucket_info
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: The bucket of this NAS
  nasops.truenas.cloud_bucket:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    credential: storj
    name: "backups-{{ inventory_hostname }}"
"""

RETURN = r"""
action:
  description: What was done, or would be in check mode, V(created) or V(none).
  type: str
  returned: success
bucket:
  description: The bucket.
  type: str
  returned: success
credential:
  description: The credential.
  type: str
  returned: success
provider:
  description: Its provider, by the name of the option of M(nasops.truenas.cloud_credential).
  type: str
  returned: success
  sample: storj_ix
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_bucket import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
