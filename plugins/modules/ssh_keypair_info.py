#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the SSH keypairs of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypair_info
short_description: Read the SSH keypairs of a TrueNAS system
version_added: 0.1.0
description:
  - Returns the stored keypairs with their public keys and fingerprints, and on request the objects that use them.
  - The NAS returns only the names to an account without the role C(KEYCHAIN_CREDENTIAL_WRITE).
  - Requires the role C(KEYCHAIN_CREDENTIAL_READ).
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
options:
  name:
    description:
      - Return only the keypair with exactly this name.
    type: str
  usage:
    description:
      - Whether to return the objects that use each keypair. This takes one call for each keypair, with up to ten calls at the
        same time.
    type: bool
    default: false
  reveal_secrets:
    description:
      - Whether to return private keys unmasked. Anyone who can read the result can read them, so set C(no_log) on the task.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.ssh_keypair
"""

EXAMPLES = r"""
- name: Read every keypair and the objects that use it
  nasops.truenas.ssh_keypair_info:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    usage: true
  register: stored

- name: Show the keypairs that nothing uses
  ansible.builtin.debug:
    msg: "{{ stored.keypairs | rejectattr('used_by') | map(attribute='name') }}"
"""

RETURN = r"""
keypairs:
  description: The keypairs, sorted by name.
  type: list
  elements: dict
  returned: success
  contains:
    id:
      description: ID of the keypair, as a value for O(nasops.truenas.cloud_credential#module:sftp.private_key).
      type: int
      sample: 3
    name:
      description: Name of the keypair.
      type: str
      sample: archive
    public_key:
      description: The public key, as a line for C(authorized_keys), or V(unknown (redacted\)).
      type: str
      sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcWGB2gCgPhk archive
    fingerprint:
      description: The fingerprint as OpenSSH prints it, or V(unknown (redacted\)).
      type: str
      sample: SHA256:hoFcnBHW/xrC22Yqey0T+sSMzjbCmjMQggW+dRW2jBk
    type:
      description: Type of the key, or V(unknown (redacted\)).
      type: str
      sample: ssh-ed25519
    bits:
      description: Length of the key in bits.
      type: int
      sample: 256
    private_key:
      description: V(********), the key if O(reveal_secrets=true), or null if the NAS stores only the public key.
      type: str
      sample: "********"
    used_by:
      description: The objects that use the keypair.
      type: list
      elements: dict
      returned: if O(usage=true)
      contains:
        title:
          description: Description of the object from the NAS.
          type: str
          sample: Cloud credentials archive
        unbind_method:
          description:
            - The effect on the object if the keypair is deleted with O(nasops.truenas.ssh_keypair#module:cascade).
            - V(delete) means that it is deleted as well, V(disable) that it loses its key.
          type: str
          choices: [delete, disable]
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
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.ssh_keypair_info import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
