#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the SSH keypairs of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypair_info
short_description: Read the SSH keypairs of a TrueNAS box
version_added: 0.1.0
description:
  - Returns the stored keypairs, their public keys and fingerprints, and on request what uses each.
  - To an account without the role C(KEYCHAIN_CREDENTIAL_WRITE) the NAS shows the names only.
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
  name:
    description:
      - Return only the keypair of exactly this name.
    type: str
  usage:
    description:
      - Ask what uses each keypair. It costs a call each; up to ten are in flight together.
    type: bool
    default: false
  reveal_secrets:
    description:
      - Return private keys as they are. Anyone who sees the result sees them, so set C(no_log) on the task.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.ssh_keypair
"""

EXAMPLES = r"""
- name: Read every keypair and what uses it
  nasops.truenas.ssh_keypair_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    usage: true
  register: stored

- name: The keypairs that nothing uses
  ansible.builtin.debug:
    msg: "{{ stored.keypairs | rejectattr('used_by') | map(attribute='name') }}"
"""

RETURN = r"""
keypairs:
  description: The keypairs by name.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: Number of the keypair, which the option O(nasops.truenas.cloud_credential#module:sftp.private_key) takes.
      type: int
      sample: 3
    name:
      description: Name of the keypair.
      type: str
      sample: archive
    public_key:
      description: The public key as a line for C(authorized_keys), or V(unknown (redacted\)).
      type: str
      sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcWGB2gCgPhk archive
    fingerprint:
      description: The fingerprint as OpenSSH prints it, or V(unknown (redacted\)).
      type: str
      sample: SHA256:hoFcnBHW/xrC22Yqey0T+sSMzjbCmjMQggW+dRW2jBk
    type:
      description: The type of the key, or V(unknown (redacted\)).
      type: str
      sample: ssh-ed25519
    bits:
      description: The length of the key.
      type: int
      sample: 256
    private_key:
      description: V(********), the text if O(reveal_secrets=true), or none if the NAS has the public key only.
      type: str
      sample: "********"
    used_by:
      description: What uses the keypair.
      type: list
      elements: dict
      returned: if O(usage=true)
      contains:
        title:
          description: What it is, in the words of the NAS.
          type: str
          sample: Cloud credentials archive
        unbind_method:
          description: What becomes of it if the keypair is deleted with O(nasops.truenas.ssh_keypair#module:cascade). It is
            deleted as well, or it loses its key.
          type: str
          choices: [delete, disable]
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.ssh_keypair_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
