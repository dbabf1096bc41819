#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which cloud providers a TrueNAS box supports."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_provider_info
short_description: Read which cloud providers a TrueNAS box supports
version_added: 0.1.0
description:
  - Returns what the NAS says of the providers that it can use, beside what this collection knows of them.
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
seealso:
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: What this NAS supports
  nasops.truenas.cloud_provider_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
  register: support

- name: Providers that this collection does not know yet
  ansible.builtin.debug:
    msg: "{{ support.providers | rejectattr('known_to_collection') | map(attribute='type') }}"
"""

RETURN = r"""
version:
  description: Version of the NAS.
  type: str
  returned: success
  sample: 25.10.0
providers:
  description: Every provider that the NAS or this collection knows, by type. Null stands for what is not known.
  type: list
  elements: dict
  returned: success
  contains:
    type:
      description: The provider's name on the wire.
      type: str
      returned: success
      sample: STORJ_IX
    provider:
      description: Its option of M(nasops.truenas.cloud_credential); null if this collection does not know it.
      type: str
      returned: success
      sample: storj_ix
    title:
      description: What it calls itself.
      type: str
      returned: success
    known_to_collection:
      description: Whether this collection knows it.
      type: bool
      returned: success
    supported_by_nas:
      description: Whether the NAS has what its tasks need to use it; null if its version does not tell.
      type: bool
      returned: success
    stored_by_nas:
      description:
        - Whether this version stores credentials for it, as far as this collection knows. Mega is stored and not supported.
      type: bool
      returned: success
    since:
      description: First version that stores credentials for it.
      type: str
      returned: success
    has_buckets:
      description: Whether its root holds buckets or containers.
      type: bool
      returned: success
    can_create_buckets:
      description: Whether the NAS can create one.
      type: bool
      returned: success
    oauth:
      description: Whether its credentials hold the token of a login in the browser.
      type: bool
      returned: success
    rotates_token:
      description: Whether the NAS renews that token by itself, so that a verification may spend it.
      type: bool
      returned: success
    retired:
      description: Why it can no longer be used, if it cannot.
      type: str
      returned: success
s3_provider_choices:
  description: Values for O(nasops.truenas.cloud_credential#module:s3.provider) that the NAS offers, each with its title.
  type: dict
  returned: success, null before TrueNAS 26.0
  sample:
    Other: Any other S3 compatible provider
missing_methods:
  description: What this version cannot be asked, each with the version that brought it.
  type: dict
  returned: success
  sample:
    cloudsync.credentials.s3_provider_choices: 26.0.0
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_provider_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
