#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log in to a cloud provider and store the token in a vault."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloud_oauth_token
short_description: Log in to a cloud provider and store the token in a vault
version_added: 0.1.0
description:
  - Asks you to log in to a provider with your own OAuth client, and writes the token to a variables file that is encrypted with
    Ansible Vault. The token is in the format of rclone. Use the variable in
    O(nasops.truenas.cloud_credential#module:box.token) and the C(token) options of the other providers.
  - Always runs on the controller, whatever the host of the task is. Run it once, by hand. The terminal shows the address to open
    and the code to enter.
  - The token is never printed, returned, or logged.
author:
  - The nasops.truenas maintainers (@nasops)
requirements:
  - authlib and requests in the Python that runs Ansible
extends_documentation_fragment:
  - nasops.truenas.vault
attributes:
  check_mode:
    description: Checks the options and the file, and predicts the change.
    support: full
  diff_mode:
    description: Returns no diff, because the change is secret.
    support: none
  idempotent:
    description: Each run requests a new token, so without O(force) a second run fails.
    support: none
options:
  provider:
    description: Provider to log in to, by its option name in M(nasops.truenas.cloud_credential).
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
      - How to log in.
      - V(browser) waits until a browser on the controller is redirected after the login. Over SSH, forward O(redirect_port).
      - V(device) shows a code that you enter in a browser on any device. OneDrive and Yandex support it. Google does not grant
        the required scopes to it.
    type: str
    choices: [browser, device]
    default: browser
  scopes:
    description: Scopes to request. By default, the scopes that rclone requests, which the NAS needs.
    type: list
    elements: str
  redirect_port:
    description:
      - Port on the loopback interface for the redirect. V(0) uses any free port.
      - The redirect URL is C(http://localhost:PORT/) for Dropbox, OneDrive, and pCloud, and C(http://127.0.0.1:PORT/) for the
        others. Register exactly this URL if the provider compares it.
    type: int
    default: 53682
  authorize_url:
    description: URL of the login page, for your own tenant or region.
    type: str
  token_url:
    description: URL that issues the token, for your own tenant or region.
    type: str
  device_url:
    description: URL that issues the code for O(flow=device), for your own tenant or region.
    type: str
  dest:
    description: File on the controller. Only its owner can read it.
    type: path
    required: true
  variable:
    description: Name of the variable in the file.
    type: str
    required: true
  force:
    description: Whether to replace an existing file.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for the login.
    type: float
    default: 300
seealso:
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: Log in to OneDrive, and store the token in the vault
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
  description: Path of the file.
  type: str
  returned: success
variable:
  description: Name of the variable in the file.
  type: str
  returned: success
provider:
  description: The provider, by its option name.
  type: str
  returned: success
expiry:
  description: Time at which the access token expires; the NAS refreshes it before. The year 1 means that it does not expire.
  type: str
  returned: success, not in check mode
  sample: "2026-11-25T12:00:00Z"
hostname:
  description: Host of the region, for O(nasops.truenas.cloud_credential#module:pcloud.hostname). Null for other providers.
  type: str
  returned: success, not in check mode
  sample: eapi.pcloud.com
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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.nasops.truenas.plugins.module_utils.oauth.arguments import ARGUMENTS


def main():
    """Fail: only the action plugin runs on the host of the browser and has the vault secrets."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(
        msg="cloud_oauth_token runs on the controller only, through its action plugin. Call it from a task."
    )


if __name__ == "__main__":
    main()
