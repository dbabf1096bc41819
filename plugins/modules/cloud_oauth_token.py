#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in at a cloud provider and keep the token in a vault."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_oauth_token
short_description: Log in at a cloud provider and keep the token in a vault
version_added: 0.1.0
description:
  - Asks a person to log in at a provider with an OAuth client of their own, and writes the token that comes of it, in the form
    that rclone reads, into a file of variables that Ansible Vault encrypts. O(nasops.truenas.cloud_credential#module:box.token)
    and its likes take the variable.
  - Runs on the controller, whatever the task's host is, and is meant to be run once and by hand. The address to open and the code
    to type in are shown on the terminal. The token is neither shown nor returned nor logged.
author:
  - The nasops.truenas maintainers (@nasops)
requirements:
  - authlib and requests in the Python that runs Ansible
attributes:
  check_mode:
    description: Checks the options and the file, and says what would be done.
    support: full
  diff_mode:
    description: Shows nothing, because all that changes is secret.
    support: none
  idempotent:
    description: Each run asks for a new token, so that without O(force) a second one fails.
    support: none
options:
  provider:
    description: Provider to log in at, by the name of its option in M(nasops.truenas.cloud_credential).
    type: str
    required: true
    choices: [box, dropbox, google_drive, google_photos, onedrive, pcloud, yandex]
  client_id:
    description: ID of your OAuth client, as you registered it with the provider.
    type: str
    required: true
  client_secret:
    description: Secret of your OAuth client, if it has one.
    type: str
  flow:
    description:
      - V(browser) waits for a browser on the controller to come back. Through SSH, forward O(redirect_port).
      - V(device) shows a code to type in, in a browser anywhere. OneDrive and Yandex have it; Google does not give it the scopes
        that are needed.
    type: str
    choices: [browser, device]
    default: browser
  scopes:
    description: What to ask for. By default what rclone asks for, which is what the NAS needs.
    type: list
    elements: str
  redirect_port:
    description:
      - Port on loopback that the browser comes back to; V(0) takes any. The redirect is C(http://localhost:PORT/) for Dropbox,
        OneDrive and pCloud, and C(http://127.0.0.1:PORT/) for the others, and has to be registered as that where the provider
        compares it.
    type: int
    default: 53682
  authorize_url:
    description: Where a person logs in, for a tenant or region of your own.
    type: str
  token_url:
    description: Where the token comes from, for a tenant or region of your own.
    type: str
  device_url:
    description: Where the code for O(flow=device) comes from, for a tenant or region of your own.
    type: str
  dest:
    description: File on the controller. It is made for its owner only.
    type: path
    required: true
  variable:
    description: Name of the variable in the file.
    type: str
    required: true
  vault_id:
    description: Vault ID to encrypt with. By default the first one that Ansible was started with.
    type: str
  force:
    description: Replace a file that is there.
    type: bool
    default: false
  timeout:
    description: Seconds that the login may take.
    type: float
    default: 300
seealso:
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: A token for the backups, once
  nasops.truenas.cloud_oauth_token:
    provider: onedrive
    client_id: 00000000-1111-2222-3333-444444444444
    client_secret: "{{ vault_onedrive_client_secret }}"
    flow: device
    dest: group_vars/nas/onedrive_token.yml
    variable: vault_onedrive_token
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
dest:
  description: The file.
  type: str
  returned: success
variable:
  description: Name of the variable in it.
  type: str
  returned: success
provider:
  description: The provider.
  type: str
  returned: success
expiry:
  description: When the access token expires; the NAS renews it before. The year 1 stands for never.
  type: str
  returned: success, not in check mode
  sample: "2026-11-25T12:00:00Z"
hostname:
  description: Host of the account's region, for O(nasops.truenas.cloud_credential#module:pcloud.hostname); null for others.
  type: str
  returned: success, not in check mode
  sample: eapi.pcloud.com
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.oauth.arguments import ARGUMENTS


def main():
    """Say why nothing can be done here: only the action has the browser's machine and the vault's secrets."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(
        msg="cloud_oauth_token runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
