#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the cloud providers that a TrueNAS system supports."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_provider_info
short_description: List the cloud providers that a TrueNAS system supports
version_added: 0.1.0
description:
  - Returns the providers that the NAS supports, together with those that this collection supports.
  - Requires the role C(CLOUD_SYNC_READ).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
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
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: List the providers of this NAS
  nasops.truenas.cloud_provider_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
  register: support

- name: Show the providers that this collection does not support yet
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
  description: Every provider that the NAS or this collection supports, sorted by type. Null means unknown.
  type: list
  elements: dict
  returned: success
  contains:
    type:
      description: Name of the provider in the API.
      type: str
      returned: success
      sample: STORJ_IX
    provider:
      description: Its option in M(nasops.truenas.cloud_credential). Null if this collection does not support it.
      type: str
      returned: success
      sample: storj_ix
    title:
      description: Display name of the provider.
      type: str
      returned: success
    known_to_collection:
      description: Whether this collection supports it.
      type: bool
      returned: success
    supported_by_nas:
      description: Whether the NAS can run tasks with it. Null if this TrueNAS version does not report it.
      type: bool
      returned: success
    stored_by_nas:
      description:
        - Whether this TrueNAS version stores credentials for it, according to this collection. TrueNAS stores credentials for
          Mega, but does not support it.
      type: bool
      returned: success
    since:
      description: First TrueNAS version that stores credentials for it.
      type: str
      returned: success
    has_buckets:
      description: Whether its root contains buckets or containers.
      type: bool
      returned: success
    can_create_buckets:
      description: Whether the NAS can create buckets.
      type: bool
      returned: success
    oauth:
      description: Whether its credentials contain the token of a browser login.
      type: bool
      returned: success
    rotates_token:
      description: Whether the NAS refreshes the token. A verification can then invalidate it.
      type: bool
      returned: success
    retired:
      description: Why the provider is out of service. Null if it is not.
      type: str
      returned: success
s3_provider_choices:
  description: Values that the NAS accepts for O(nasops.truenas.cloud_credential#module:s3.provider), each with its title.
  type: dict
  returned: success, null before TrueNAS 26.0
  sample:
    Other: Any other S3 compatible provider
missing_methods:
  description: API methods that this TrueNAS version lacks, each with the version that introduced it.
  type: dict
  returned: success
  sample:
    cloudsync.credentials.s3_provider_choices: 26.0.0
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.cloud_provider_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
