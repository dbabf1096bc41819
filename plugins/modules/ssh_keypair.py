#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an SSH keypair of a TrueNAS system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypair
short_description: Manage an SSH keypair of a TrueNAS system
version_added: 0.1.0
description:
  - Creates, changes, renames, and deletes the SSH keypairs that TrueNAS uses for SFTP credentials and SSH connections.
  - The NAS can create the keypair, or the task stores a private key that you provide.
  - Compares keys, not texts. The same key in another format, with other white space or with another comment, is not a change.
  - Private keys never appear in any output. The NAS hides even public keys from an account without the role
    C(KEYCHAIN_CREDENTIAL_WRITE).
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
  - nasops.truenas.pending.credential
  - nasops.truenas.pending.keypair
attributes:
  check_mode:
    description: Predicts in check mode exactly what a run would change, and never writes.
    support: full
  diff_mode:
    description: Returns the stored and the desired keypair with public key and fingerprint. The private key is masked.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
options:
  name:
    description:
      - Name of the keypair. Case and spaces matter.
      - Keypairs and SSH connections share one set of names.
    type: str
    required: true
  state:
    description:
      - Whether the keypair must exist.
      - V(present) creates or updates the keypair. Without O(generate) or a private key, it fails if the keypair does not exist.
      - V(absent) deletes the keypair.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - Rename the keypair to this. If it already has this name, nothing changes.
      - Credentials and connections refer to the keypair by its ID, so a rename does not affect them.
    type: str
  generate:
    description:
      - Whether to create the keypair on the NAS, as an RSA key, if it does not exist. An existing keypair is not changed.
      - The NAS generates the keys in one call and stores them in another, so the private key passes through the memory of the
        task. The task does not store it.
    type: bool
    default: false
  private_key:
    description:
      - Text of the private key in OpenSSH, PEM, or PuTTY format, without a passphrase.
      - If the keypair stores another key, the task replaces its private and its public key.
    type: str
  private_key_file:
    description:
      - File on the controller that contains the private key. It can be encrypted with Ansible Vault.
      - Not read if O(state=absent).
    type: path
  public_key:
    description:
      - The public key of the private key, as a line of a C(.pub) file. Set it only to add a comment. The comparison of keys
        ignores comments.
    type: str
  cascade:
    description:
      - Whether to delete the keypair with O(state=absent) even if it is used.
      - V(true) also deletes SSH connections that use the keypair. SFTP credentials that use it keep no key, and the NAS does not
        report it. The task warns and lists each of them.
      - With V(false), the task fails if the keypair is used, and lists everything that uses it.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.ssh_keypairs
  - module: nasops.truenas.ssh_keypair_info
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: Create a keypair whose private key is stored only on the NAS
  nasops.truenas.ssh_keypair:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    name: archive
    generate: true
  register: archive

# The connection of the following tasks comes from module_defaults or from the environment.
- name: Log in to the archive with the keypair
  nasops.truenas.cloud_credential:
    name: archive
    sftp:
      host: archive.example.net
      user: backup
      private_key_name: archive
    pending_keypairs: "{{ archive.pending_keypairs }}"     # check mode has not created it

- name: Store an existing keypair from a file that is encrypted with Ansible Vault
  nasops.truenas.ssh_keypair:
    name: replication
    private_key_file: replication.key

- name: Rename a keypair
  nasops.truenas.ssh_keypair:
    name: replication
    new_name: replication of nas1

- name: Delete a keypair that nothing uses
  nasops.truenas.ssh_keypair:
    name: replication of nas1
    state: absent
"""

RETURN = r"""
action:
  description: The change that was made, in check mode the one that a run would make.
  type: str
  returned: success
  choices: [created, updated, deleted, none]
  sample: created
changed_fields:
  description: The fields that differ, of V(name), V(private_key) and V(public_key).
  type: list
  elements: str
  returned: success
  sample: [name, private_key, public_key]
drift:
  description: Whether the stored keypair differed from the desired one. V(unknown) if the NAS hides the keys from this account.
  type: str
  returned: success
  choices: [none, found, unknown]
  sample: found
unknown_fields:
  description:
    - Names of the options that could not be compared, because the NAS hides keys from this account. Outside check mode, the task
      fails in this case.
  type: list
  elements: str
  returned: success
  sample: []
keypair:
  description:
    - The keypair after the task. Null if it was deleted or did not exist.
    - In check mode, a keypair that a run would create has no C(id), and one that the NAS would generate has no keys.
    - If the NAS hides keys from this account, they are V(unknown (redacted\)).
  type: dict
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
      description: The public key, as a line for C(authorized_keys).
      type: str
      sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcWGB2gCgPhk archive
    fingerprint:
      description: The fingerprint as OpenSSH prints it.
      type: str
      sample: SHA256:hoFcnBHW/xrC22Yqey0T+sSMzjbCmjMQggW+dRW2jBk
    type:
      description: Type of the key.
      type: str
      sample: ssh-ed25519
    bits:
      description: Length of the key in bits.
      type: int
      sample: 256
    private_key:
      description: Always V(********), or null if the NAS stores only the public key.
      type: str
      sample: "********"
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
pending_keypairs:
  description:
    - The keypairs that a run would create, change, or delete, for O(nasops.truenas.cloud_credential#module:pending_keypairs) of
      later tasks. Empty outside check mode.
  type: list
  elements: dict
  returned: success
  sample: [{id: 4, name: archive of nas1, former_name: archive}]
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.ssh_keypair import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
