#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an SSH keypair of a TrueNAS box."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ssh_keypair
short_description: Manage an SSH keypair of a TrueNAS box
version_added: 0.1.0
description:
  - Creates, changes, renames and deletes the SSH keypairs that SFTP credentials and SSH connections of a TrueNAS box log in with.
  - Lets the NAS make a keypair, or stores one that is given.
  - Compares keys, not texts, so the same key in another format, with other white space or another comment, is no change.
  - Private keys appear in no output. An account without the role C(KEYCHAIN_CREDENTIAL_WRITE) may not even see public keys.
author:
  - The nasops.truenas maintainers (@nasops)
extends_documentation_fragment:
  - nasops.truenas.connection
attributes:
  check_mode:
    description: Can run in check mode, and then predicts exactly what would be done without doing it.
    support: full
  diff_mode:
    description: Returns what was stored and what is stored afterwards, with public key and fingerprint, the private key masked.
    support: full
  idempotent:
    description: Running the task again changes nothing.
    support: full
options:
  name:
    description:
      - Name of the keypair. Upper and lower case and blanks matter.
      - Keypairs and SSH connections share one set of names.
    type: str
    required: true
  state:
    description:
      - Whether the keypair is to be there.
      - Without O(generate) and a private key, V(present) says that it has to be there already.
    type: str
    choices: [present, absent]
    default: present
  new_name:
    description:
      - Rename the keypair to this. Once it has this name, the task changes nothing.
      - Whatever uses the keypair does so by its number, and is not affected.
    type: str
  generate:
    description:
      - Have the NAS make the keypair, an RSA one, if there is none of that name. A keypair that is there is left as it is.
      - The NAS makes the keys in one call and stores them in another, so the private key passes through the memory of the task.
        It is written nowhere.
    type: bool
    default: false
  private_key:
    description:
      - Text of the private key, in OpenSSH's format, as PEM or in PuTTY's format, without a passphrase.
      - If another key is stored under the name, both keys are replaced.
    type: str
  private_key_file:
    description:
      - File on the controller that holds the private key. It may be encrypted with Ansible Vault.
      - Not read if O(state=absent).
    type: path
  public_key:
    description:
      - The public key that belongs to the private one, as a line of a C(.pub) file. Needed only to give it a comment, which does
        not count where keys are compared.
    type: str
  cascade:
    description:
      - With O(state=absent), delete the keypair even if it is used.
      - SSH connections that use it are deleted as well. SFTP credentials that use it stay without a key, and nothing on the NAS
        tells so. The task warns, naming each.
      - Without this a keypair in use is an error that names everything that uses it.
    type: bool
    default: false
seealso:
  - module: nasops.truenas.ssh_keypairs
  - module: nasops.truenas.ssh_keypair_info
  - module: nasops.truenas.cloud_credential
"""

EXAMPLES = r"""
- name: A keypair whose private key nobody has to keep anywhere else
  nasops.truenas.ssh_keypair:
    host: nas1.example.net
    username: automation
    api_key: "{{ vault_truenas_key }}"
    name: archive
    generate: true

# From here on the connection comes from module_defaults or from the environment.
- name: Log in to the archive with it
  nasops.truenas.cloud_credential:
    name: archive
    sftp:
      host: archive.example.net
      user: backup
      private_key_name: archive
    pending_keypairs: [archive]     # a check has not made it

- name: A keypair that exists already, from a file that Ansible Vault encrypts
  nasops.truenas.ssh_keypair:
    name: replication
    private_key_file: replication.key

- name: Rename
  nasops.truenas.ssh_keypair:
    name: replication
    new_name: replication of nas1

- name: Remove, if nothing uses it
  nasops.truenas.ssh_keypair:
    name: replication of nas1
    state: absent
"""

RETURN = r"""
action:
  description: What was done, or in check mode would be done.
  type: str
  returned: success
  choices: [created, updated, deleted, none]
  sample: created
changed_fields:
  description: What differs, of V(name), V(private_key) and V(public_key).
  type: list
  elements: str
  returned: success
  sample: [name, private_key, public_key]
drift:
  description: Whether the stored keypair differs from the desired one; V(unknown) if the NAS hides too much to tell.
  type: str
  returned: success
  choices: [none, found, unknown]
  sample: found
unknown_fields:
  description:
    - Names of the options that cannot be compared, as the NAS hides keys from this account. Outside check mode that is an error.
  type: list
  elements: str
  returned: success
  sample: []
keypair:
  description:
    - The keypair as it is stored afterwards. None if it was deleted or not there.
    - In check mode, one that would be created has no C(id), and one that the NAS would make has no keys.
    - To an account that the NAS hides keys from, they are V(unknown (redacted\)).
  type: dict
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
      description: The public key as a line for C(authorized_keys).
      type: str
      sample: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcWGB2gCgPhk archive
    fingerprint:
      description: The fingerprint as OpenSSH prints it.
      type: str
      sample: SHA256:hoFcnBHW/xrC22Yqey0T+sSMzjbCmjMQggW+dRW2jBk
    type:
      description: The type of the key.
      type: str
      sample: ssh-ed25519
    bits:
      description: The length of the key.
      type: int
      sample: 256
    private_key:
      description: Always V(********), or none if the NAS has the public key only.
      type: str
      sample: "********"
problems:
  description: What is wrong with the options, one by one.
  type: list
  elements: dict
  returned: when options are refused
  contains:
    field:
      description: The option.
      type: str
    reason:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

from ansible_collections.nasops.truenas.plugins.module_utils.module import Module
from ansible_collections.nasops.truenas.plugins.module_utils.tasks.ssh_keypair import TASK


def main():
    """Run the module."""
    Module(TASK).run()


if __name__ == "__main__":
    main()
