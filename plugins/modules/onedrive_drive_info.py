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
  - Has the NAS list the drives that a token opens, so that O(nasops.truenas.cloud_credential#module:onedrive.drive_id) and
    O(nasops.truenas.cloud_credential#module:onedrive.drive_type) can be filled.
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
  onedrive:
    description:
      - The account, as M(nasops.truenas.cloud_credential) takes it.
    type: dict
    required: true
    suboptions:
      client_id:
        description:
          - ID of your own OAuth client. Empty for the one that rclone brings.
        type: str
        aliases: [oauth_client_id]
      client_secret:
        description:
          - Secret of your own OAuth client.
        type: str
        aliases: [oauth_client_secret]
      token:
        description:
          - The token as rclone writes it, as a mapping or as JSON text. It has to be given.
        type: raw
        aliases: [access_token]
  verify_may_refresh:
    description:
      - Microsoft may hand out a new refresh token whenever one is used, and the NAS throws away the one that comes of this.
        Without V(true) the task is skipped. It matters once the access token has expired.
    type: bool
    default: false
  provider_timeout:
    description:
      - Seconds that the NAS may wait for the provider; the NAS itself sets no limit. It is apart from O(timeout), which goes for
        what the NAS knows itself.
    type: float
    default: 180
seealso:
  - module: nasops.truenas.cloud_credential
  - module: nasops.truenas.cloud_oauth_token
"""

EXAMPLES = r"""
- name: The drives behind a token that was just made
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

- name: A credential for the first of them
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
  description: The drives as the NAS names them; none if the task was skipped.
  type: list
  elements: dict
  returned: success
  contains:
    drive_id:
      description: ID of the drive.
      type: str
      returned: success
    drive_type:
      description: Kind of the drive, in the word that the credential takes.
      type: str
      returned: success
      sample: PERSONAL
    name:
      description: Name of the drive.
      type: str
      returned: success
    description:
      description: What the account says of the drive.
      type: str
      returned: success
skip_reason:
  description: Why nobody was asked.
  type: str
  returned: when the task was skipped
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.onedrive_drive_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
