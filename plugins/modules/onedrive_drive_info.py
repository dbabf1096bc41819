#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the drives of a OneDrive account."""

from __future__ import annotations

DOCUMENTATION = r"""
module: onedrive_drive_info
short_description: List the drives of a OneDrive account
version_added: 0.1.0
description:
  - Lists the drives that a token can access. The result contains the values for
    O(nasops.truenas.cloud_credential#module:onedrive.drive_id) and
    O(nasops.truenas.cloud_credential#module:onedrive.drive_type). The NAS runs the call.
  - Requires the role C(CLOUD_SYNC_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.provider_call
  - nasops.truenas.providers.drives
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
options:
  verify_may_refresh:
    description:
      - Whether to make the call although it can refresh the token. Without V(true) the task is skipped.
      - If the access token has expired, the call refreshes it. Microsoft can then issue a new refresh token, which the NAS
        discards.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_oauth_token
"""

EXAMPLES = r"""
- name: List the drives of a new token
  nasops.truenas.onedrive_drive_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    onedrive:
      client_id: 00000000-1111-2222-3333-444444444444
      client_secret: "{{ vault_onedrive_client_secret }}"
      token: "{{ vault_onedrive_token }}"
    verify_may_refresh: true
  register: account

- name: Apply a credential for the first drive
  nasops.truenas.cloud_credential:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    name: onedrive
    onedrive:
      client_id: 00000000-1111-2222-3333-444444444444
      client_secret: "{{ vault_onedrive_client_secret }}"
      token: "{{ vault_onedrive_token }}"
      drive_id: "{{ account.drives[0].drive_id }}"
      drive_type: "{{ account.drives[0].drive_type }}"
"""

RETURN = r"""
drives:
  description: The drives, in the form of the NAS. Empty if the task was skipped.
  type: list
  elements: dict
  returned: success
  contains:
    drive_id:
      description: ID of the drive.
      type: str
      returned: success
    drive_type:
      description: Type of the drive, as a value for O(nasops.truenas.cloud_credential#module:onedrive.drive_type).
      type: str
      returned: success
      sample: PERSONAL
    name:
      description: Name of the drive.
      type: str
      returned: success
    description:
      description: Description of the drive in the account.
      type: str
      returned: success
skip_reason:
  description: Why the task was skipped.
  type: str
  returned: when the task was skipped
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.onedrive_drive_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
